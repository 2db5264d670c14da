"""Reading the shards of recorded episodes. The format is told in the package comment of datasets, whose twin this is.

    python -m somnium_torch.shards store DATA OUT

writes a data set anew without compression: for machines whose Python has no zstd. `somnium` reads it like any other.
"""

from __future__ import annotations

import os
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np

from . import msgpack, zstd
from .safetensors import replacing

VERSION = 1
MAGIC, RECORD = b"SOMNIUM\n", b"SOMR"
PART = 256  # bytes of which the checksum is taken side by side


def crc_table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, table >> 1 ^ np.uint32(0x82F63B78), table >> 1).astype(np.uint32)
    return table


TABLE = crc_table()


def feed(state: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Feeds the checksums [N] the bytes [length, N], one row after the other."""
    for row in columns:
        state = TABLE[(state ^ row) & 0xFF] ^ state >> np.uint32(8)
    return state


def shift_tables() -> List[List[int]]:
    """What a state becomes when it is fed PART zeros, by each of its four bytes."""
    bits = feed(np.uint32(1) << np.arange(32, dtype=np.uint32), np.zeros((PART, 1), np.uint8)).tolist()
    tables = [[0] * 256 for _ in range(4)]
    for byte in range(4):
        for value in range(1, 256):
            low = value & -value
            tables[byte][value] = tables[byte][value ^ low] ^ bits[byte * 8 + low.bit_length() - 1]
    return tables


SHIFT = shift_tables()


def crc32c(data: bytes) -> int:
    """The CRC-32C of bytes. Its state is linear in what it is fed, so parts are fed side by side, and joined."""
    bulk = np.frombuffer(data, np.uint8)
    count = len(bulk) // PART
    parts = feed(np.zeros(count, np.uint32), np.ascontiguousarray(bulk[: count * PART].reshape(count, PART).T))
    state = 0xFFFFFFFF
    a, b, c, d = SHIFT
    for part in parts.tolist():
        state = a[state & 255] ^ b[state >> 8 & 255] ^ c[state >> 16 & 255] ^ d[state >> 24] ^ part
    rest = bulk[count * PART :].reshape(-1, 1)
    return int(feed(np.array([state], np.uint32), rest)[0]) ^ 0xFFFFFFFF


class Problem(ValueError):
    """What cannot be read of a shard, and where."""


@dataclass(frozen=True)
class Entry:
    """The place of an episode, and what is known of it without reading its frames."""

    path: str
    offset: int
    header: Tuple[int, ...]  # number, lengths of meta, body and raw body, checksums of meta and body
    meta: Dict[str, Any]

    @property
    def frames(self) -> int:
        return self.meta["steps"] + 1

    @property
    def size(self) -> Tuple[int, int]:
        return self.meta["height"], self.meta["width"]

    def body(self) -> bytes:
        """The decompressed body."""
        _, meta_bytes, body_bytes, raw_bytes, _, body_sum = self.header
        with open(self.path, "rb") as file:
            file.seek(self.offset + 32 + meta_bytes)
            body = file.read(body_bytes)
        if crc32c(body) != body_sum:
            raise Problem(f"{self.path}: the record at {self.offset} is damaged; `somnium data repair` saves the others")
        raw = zstd.DECOMPRESS(body, raw_bytes)
        if len(raw) != raw_bytes:
            raise Problem(f"{self.path}: the record at {self.offset} decompresses to another length; `somnium data repair` saves the others")
        return raw

    def read(self) -> "Episode":
        """The episode, states apart."""
        return Episode.unpack(self, msgpack.unpack(self.body()))


@dataclass
class Episode:
    """A recorded episode of T steps."""

    entry: Entry
    frames: np.ndarray  # uint8 [T+1, H, W, 3]
    actions: List[Any]  # T values as the format has them: an int, a map, or None
    rewards: np.ndarray  # float32 [T]
    terminated: np.ndarray  # uint8 [T]
    captions: List[Tuple[int, str, str]]  # step, short, detailed
    space: Dict[str, Any]  # of the actions

    @staticmethod
    def unpack(entry: Entry, body: Dict[str, Any]) -> "Episode":
        if body["coding"] != "raw":
            raise Problem(f"{entry.path}: frames are coded as {body['coding']!r}, which this version does not read")
        frames = np.frombuffer(body["frames"], np.uint8).reshape(entry.frames, *entry.size, 3)
        rewards, ends = np.frombuffer(body["rewards"], "<f4"), np.frombuffer(body["terminated"], np.uint8)
        if not len(body["actions"]) == len(rewards) == len(ends) == entry.frames - 1:
            raise Problem(f"{entry.path}: the lengths of the record at {entry.offset} do not agree")
        captions = [(c[0], c[1], c[2]) for c in body["captions"]]
        return Episode(entry, frames, body["actions"], rewards, ends, captions, body["spec"]["action"])

    def vector(self, i: int, length: int) -> np.ndarray:
        """Action i as numbers [length], as ActionVector of world/dit writes it."""
        out = np.zeros(length, np.float32)
        value, kind = self.actions[i], self.space["kind"]
        choices = [value] if isinstance(value, int) else list(value.get("i", []))
        if kind in ("discrete", "multi_discrete"):
            if sum(self.space["n"]) > length:
                raise ValueError(f"the model's action vector of {length} numbers cannot hold {self.space['n']} choices; train a model with a larger one")
            for choice, before in zip(choices, np.cumsum([0] + self.space["n"])):
                out[before + choice] = 1
            return out
        numbers = np.frombuffer(value.get("f", b""), "<f4")
        if kind != "box" or len(numbers) > length:
            raise ValueError(f"the model's action vector of {length} numbers cannot hold a space {kind} of {len(numbers)}; train a model with a larger one")
        out[: len(numbers)] = numbers
        return out


def entries(path: str) -> Iterator[Entry]:
    """The episodes of one shard, read from the shard itself; an end that was not finished is left out."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        head = file.read(16)
        if len(head) < 16 or head[:8] != MAGIC or struct.unpack_from("<I", head, 12)[0] != crc32c(head[:12]):
            raise Problem(f"{path} is not a shard of recorded episodes, or is damaged; `somnium data verify` tells")
        if struct.unpack_from("<I", head, 8)[0] != VERSION:
            raise Problem(f"{path} is of another version of the shard format; use a newer program")
        offset = 16
        while size - offset >= 32:
            file.seek(offset)
            header = file.read(32)
            fields = struct.unpack("<7I", header[4:])
            if header[:4] != RECORD or fields[6] != crc32c(header[:28]):
                raise Problem(f"{path}: no record starts at {offset}; `somnium data repair` saves the others")
            end = offset + 32 + fields[1] + fields[2]
            if end > size:
                return
            meta = file.read(fields[1])
            if crc32c(meta) != fields[4]:
                raise Problem(f"{path}: the record at {offset} is damaged; `somnium data repair` saves the others")
            yield Entry(path, offset, fields[:6], msgpack.unpack(meta))
            offset = end


def shard_paths(path: str) -> List[str]:
    """The shards of a folder in order, or the path itself where it is a file."""
    if not os.path.isdir(path):
        return [path]
    found = sorted((str(p) for p in Path(path).glob("*.shard")), key=lambda p: (len(p), p))
    if not found:
        raise ValueError(f"the folder {path} holds no shards; `somnium collect` records some")
    return found


def open_all(paths: Sequence[str]) -> List[Entry]:
    """The episodes of data sets, folders or shards."""
    return [entry for path in paths for shard in shard_paths(path) for entry in entries(shard)]


def store(data: str, out: str) -> None:
    """Writes the shards of a data set into another folder, bodies stored as they are."""
    os.makedirs(out, exist_ok=True)
    for shard in shard_paths(data):
        head = MAGIC + struct.pack("<I", VERSION)
        with replacing(os.path.join(out, os.path.basename(shard))) as file:
            file.write(head + struct.pack("<I", crc32c(head)))
            for entry in entries(shard):
                with open(shard, "rb") as source:
                    source.seek(entry.offset + 32)
                    meta = source.read(entry.header[1])
                raw = entry.body()
                body = zstd.store(raw)
                header = RECORD + struct.pack("<6I", entry.header[0], len(meta), len(body), len(raw), crc32c(meta), crc32c(body))
                file.write(header + struct.pack("<I", crc32c(header)) + meta + body)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] != "store":
        sys.exit(__doc__)
    store(sys.argv[2], sys.argv[3])
