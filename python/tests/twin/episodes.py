"""Recorded episodes made by hand."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from somnium_torch import zstd
from somnium_torch.shards import MAGIC, RECORD, VERSION, crc32c

STEPS = 20


def pack(value: Any) -> bytes:
    """Writes msgpack, as much of it as an episode takes."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return b"\xc6" + struct.pack(">I", len(value)) + value
    if isinstance(value, str):
        return b"\xda" + struct.pack(">H", len(value.encode())) + value.encode()
    if isinstance(value, list):
        return b"\xdc" + struct.pack(">H", len(value)) + b"".join(map(pack, value))
    return b"\xde" + struct.pack(">H", len(value)) + b"".join(pack(k) + pack(v) for k, v in value.items())


def episode(number: int, env: str, height: int, width: int) -> tuple:
    """The meta and the body of an episode: a bright square that the actions move over a ground of its own."""
    rng = np.random.default_rng(number)
    frames = np.empty((STEPS + 1, height, width, 3), np.uint8)
    frames[:] = rng.integers(100, size=3)
    actions, x = rng.integers(3, size=STEPS).tolist(), width // 2
    for t in range(STEPS + 1):
        x = int(np.clip(x + (actions[t - 1] - 1 if t else 0), 0, width - 4))
        frames[t, t % (height - 4) :][:4, x : x + 4] = 250
    meta = {
        "env": env, "number": number, "seed": number, "agent": "hand", "fps": 10.0, "height": height, "width": width,
        "steps": STEPS, "return": 1.0, "terminated": True, "truncated": False, "later": "unknown",
    }  # fmt: skip
    body = {
        "coding": "raw", "frames": frames.tobytes(), "actions": actions, "rewards": np.eye(STEPS, dtype="<f4")[-1].tobytes(),
        "terminated": np.eye(STEPS, dtype=np.uint8)[-1].tobytes(), "truncated": bytes(STEPS),
        "captions": [[0, "a square", f"A bright square on ground {number}."], [9, "a lower square", "It is lower."]],
        "spec": {"id": env, "action": {"kind": "discrete", "n": [3]}}, "states": pack([]),
    }  # fmt: skip
    return meta, body


def write_shard(path: Path, episodes: list) -> None:
    """Writes a shard whose bodies are stored."""
    head = MAGIC + struct.pack("<I", VERSION)
    parts = [head, struct.pack("<I", crc32c(head))]
    for number, (meta, body) in enumerate(episodes):
        packed, raw = pack(meta), pack(body)
        stored = zstd.store(raw)
        header = RECORD + struct.pack("<6I", number, len(packed), len(stored), len(raw), crc32c(packed), crc32c(stored))
        parts += [header, struct.pack("<I", crc32c(header)), packed, stored]
    path.write_bytes(b"".join(parts))
