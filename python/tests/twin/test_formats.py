"""Files: safetensors, shards, msgpack and zstd."""

from __future__ import annotations

import struct
from pathlib import Path

import episodes
import numpy as np
import parity
import pytest
import torch

from somnium_torch import msgpack, safetensors, shards, zstd
from somnium_torch.model import World

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("path", [ROOT / "world" / "weights" / "small.safetensors", parity.TESTDATA / parity.WEIGHTS])
def test_weights_are_written_to_the_byte_as_they_were(path: Path, tmp_path: Path) -> None:
    World.open(str(path)).save(str(tmp_path / "again"))
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_all_that_go_recorded_is_written_to_the_byte(tmp_path: Path) -> None:
    safetensors.save(str(tmp_path / "again"), *safetensors.load(str(parity.TESTDATA / parity.GO)))
    assert (tmp_path / "again").read_bytes() == (parity.TESTDATA / parity.GO).read_bytes()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"old")
    with pytest.raises(KeyError):
        safetensors.save(str(path), {"x": torch.zeros(1, dtype=torch.float64)}, {})
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("cut", [0, 7, 100, -1])
def test_damaged_safetensors_are_errors(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "cut"
    path.write_bytes((parity.TESTDATA / parity.WEIGHTS).read_bytes()[:cut])
    with pytest.raises(ValueError):
        World.open(str(path))


def test_a_file_that_is_no_model_is_an_error() -> None:
    with pytest.raises(ValueError, match="not a world model"):
        World.open(str(parity.TESTDATA / parity.GO))


@pytest.mark.parametrize("length", [0, 1, 9, 255, 256, 257, 5000])
def test_checksum(length: int) -> None:
    data = bytes(i * 7 % 256 for i in range(length))
    state = 0xFFFFFFFF
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ (0x82F63B78 if state & 1 else 0)
    assert shards.crc32c(data) == state ^ 0xFFFFFFFF
    assert shards.crc32c(b"123456789") == 0xE3069283


def test_msgpack() -> None:
    long = list(range(70))
    value = {"a": [1, -1, 200, -200, 1 << 40, 2.5, None, True, False, "é" * 300], "b": {"c": []}, "long": long}
    assert msgpack.unpack(episodes.pack(value)) == value
    for data, want in ((b"\x93\x01\xff\x7f", [1, -1, 127]), (b"\x81\xa1a\xcc\xc8", {"a": 200}), (b"\xd1\xff\x00", -256), (b"\xca\x3f\x80\x00\x00", 1.0)):
        assert msgpack.unpack(data) == want
    for data in (b"", b"\x92\x01", b"\xc6\xff\xff\xff\xff", b"\xc1", b"\xdd\xff\xff\xff\xff", b"\x91" * 100):
        with pytest.raises(ValueError):
            msgpack.unpack(data)


@pytest.mark.parametrize("size", [0, 1, zstd.BLOCK, 3 * zstd.BLOCK + 5])
def test_stored_frames_are_read_by_every_reader(size: int) -> None:
    data = np.random.default_rng(1).integers(256, size=size, dtype=np.uint8).tobytes()
    for read in (zstd.stored, zstd.by_module(), zstd.by_library()):
        assert read is None or read(zstd.store(data), size) == data


def test_compressed_frames_without_a_library_say_what_to_do() -> None:
    entry = shards.open_all([str(ROOT / "datasets" / "testdata" / "v1.golden")])[0]
    with open(entry.path, "rb") as file:
        file.seek(entry.offset + 32 + entry.header[1])
        body = file.read(entry.header[2])
    with pytest.raises(ValueError, match="store"):
        zstd.stored(body, entry.header[3])


def test_golden_shard() -> None:
    first, second = (entry.read() for entry in shards.open_all([str(ROOT / "datasets" / "testdata" / "v1.golden")]))
    assert first.entry.meta["env"] == "Golden-v0?height=2&width=3" and first.entry.meta["seed"] == 2**64 - 1
    assert first.frames.shape == (4, 2, 3, 3) and first.frames.reshape(-1).tolist() == [(i * i * 7 + 3) % 256 for i in range(72)]
    assert first.rewards.tolist() == [0.5, -1.25, 3] and first.terminated.tolist() == [0, 0, 1]
    assert first.captions == [(0, "a ball", "A red ball falls."), (2, "une balle", "Une balle tombée.")]
    assert first.actions[1] is None and first.space["kind"] == "dict"
    assert second.vector(0, 4).tolist() == [0, 1, 0, 0] and second.frames.shape == (2, 1, 2, 3)


def test_action_vectors(data: str) -> None:
    e = shards.open_all([data])[0].read()
    e.space, e.actions = {"kind": "multi_discrete", "n": [2, 3]}, [{"i": [1, 2]}, {"f": struct.pack("<2f", 0.5, -1)}]
    assert e.vector(0, 6).tolist() == [0, 1, 0, 0, 1, 0]
    with pytest.raises(ValueError, match="cannot hold"):
        e.vector(0, 4)
    e.space = {"kind": "box", "shape": [2]}
    assert e.vector(1, 3).tolist() == [0.5, -1, 0]
    with pytest.raises(ValueError, match="cannot hold"):
        e.vector(1, 1)


def test_damage_is_told(data: str, tmp_path: Path) -> None:
    whole = (Path(data) / "shard-00001.shard").read_bytes()
    path = tmp_path / "shard-00000.shard"
    path.write_bytes(whole[:-10])
    assert len(shards.open_all([str(tmp_path)])) == 1  # an unfinished end is left out
    for at in (3, 20, 60, len(whole) - 20):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(shards.Problem):
            for entry in shards.open_all([str(tmp_path)]):
                entry.read()


def test_a_data_set_is_stored_anew(data: str, tmp_path: Path) -> None:
    shards.store(data, str(tmp_path))
    before, after = shards.open_all([data]), shards.open_all([str(tmp_path)])
    assert [a.meta for a in before] == [b.meta for b in after]
    assert all(a.body() == b.body() for a, b in zip(before, after))
