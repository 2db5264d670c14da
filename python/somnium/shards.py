"""Handing episodes to the Go program, which writes them into shards that `somnium train` reads.

    with ShardWriter("data/mine") as writer:
        if 0 not in writer.present:
            writer.append(Episode(env="CartPole-v1", number=0, ...))

The stream between the two is specified in docs/datasets.md.
"""

from __future__ import annotations

import json
import struct
import subprocess
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Mapping, Sequence

import msgpack
import numpy as np
from gymnasium import spaces

from somnium import errors, local

_LENGTH = struct.Struct("<I")


@dataclass
class Episode:
    """An episode of T steps, as a shard keeps it."""

    env: str
    number: int
    seed: int
    frames: np.ndarray
    """uint8 [T+1, height, width, 3]."""
    actions: Sequence[Any]
    """T elements of `action_space`; action i leads from frame i to frame i+1."""
    rewards: np.ndarray
    """[T], kept as float32."""
    terminated: np.ndarray
    truncated: np.ndarray
    """bool [T]."""
    action_space: spaces.Space[Any]
    agent: str = ""
    fps: float = 10.0
    doc: str = ""
    max_episode_steps: int = 0
    captions: Sequence[tuple[int, str, str]] = field(default_factory=tuple)
    """(step, short, detailed): what holds from a step on."""

    def pack(self) -> bytes:
        """The record of the stream."""
        steps, height, width, channels = len(self.actions), *self.frames.shape[1:]
        if self.frames.dtype != np.uint8 or channels != 3 or len(self.frames) != steps + 1:
            raise ValueError(f"frames of {self.frames.dtype} {self.frames.shape} for {steps} steps; they must be uint8 ({steps + 1}, height, width, 3)")
        meta = {
            "env": self.env, "number": self.number, "seed": self.seed, "agent": self.agent, "fps": float(self.fps),
            "height": height, "width": width, "steps": steps,
        }  # fmt: skip
        body = {
            "coding": "raw",
            "frames": self.frames.tobytes(),
            "actions": [pack_value(self.action_space, action) for action in self.actions],
            "rewards": np.asarray(self.rewards, "<f4").tobytes(),
            "terminated": np.asarray(self.terminated, np.uint8).tobytes(),
            "truncated": np.asarray(self.truncated, np.uint8).tobytes(),
            "captions": [list(caption) for caption in self.captions],
            "spec": {
                "id": self.env, "doc": self.doc, "fps": float(self.fps), "max_episode_steps": self.max_episode_steps, "params": [],
                "observation": {"kind": "box", "shape": [height, width, 3], "type": "uint8", "low": 0.0, "high": 255.0},
                "action": pack_space(self.action_space),
            },
        }  # fmt: skip
        parts = [msgpack.packb(part) for part in (meta, body)]
        return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def pack_space(space: spaces.Space[Any]) -> dict[str, Any]:
    """A space of actions as a shard has it. Choices are counted from 0; where the elements of a Box have bounds of their own, the
    widest hold for all."""
    if isinstance(space, spaces.Discrete):
        return {"kind": "discrete", "n": [int(space.n)]}
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
        return {"kind": "multi_discrete", "n": [int(n) for n in space.nvec]}
    if isinstance(space, spaces.MultiBinary):
        return {"kind": "multi_discrete", "n": [2] * int(np.prod(space.shape))}
    if isinstance(space, spaces.Box) and (space.dtype == np.uint8 or np.issubdtype(space.dtype, np.floating)):
        kind = "uint8" if space.dtype == np.uint8 else "float32"
        return {"kind": "box", "shape": list(space.shape), "type": kind, "low": float(space.low.min()), "high": float(space.high.max())}
    if isinstance(space, spaces.Dict):
        return {"kind": "dict", "parts": {key: pack_space(part) for key, part in space.spaces.items()}}
    if isinstance(space, spaces.Tuple):
        return {"kind": "dict", "parts": {str(i): pack_space(part) for i, part in enumerate(space.spaces)}}
    raise ValueError(f"actions of {space} have no place in a shard; Discrete, MultiDiscrete, MultiBinary, Box, Dict and Tuple have")


def pack_value(space: spaces.Space[Any], value: Any) -> Any:
    """An action as a shard has it."""
    if isinstance(space, spaces.Discrete):
        return int(value) - int(space.start)
    if isinstance(space, spaces.MultiDiscrete):
        return {"i": [int(choice) for choice in np.asarray(value) - space.start]}
    if isinstance(space, spaces.MultiBinary):
        return {"i": [int(choice) for choice in np.asarray(value).ravel()]}
    if isinstance(space, spaces.Box):
        if space.dtype == np.uint8:
            return {"u": np.asarray(value, np.uint8).tobytes()}
        return {"f": np.asarray(value, "<f4").tobytes()}
    if isinstance(space, spaces.Dict):
        return {"d": {key: pack_value(part, value[key]) for key, part in space.spaces.items()}}
    if isinstance(space, spaces.Tuple):
        return {"d": {str(i): pack_value(part, value[i]) for i, part in enumerate(space.spaces)}}
    raise ValueError(f"actions of {space} have no place in a shard")


class ShardWriter:
    """Appends episodes to the shards of a folder, through `somnium data append`. One writer at a time may have a folder open."""

    def __init__(self, folder: str, shard_bytes: int | None = None) -> None:
        """Opens the folder, which is made if need be. `present` holds the numbers of the episodes that are there."""
        command = [local.find_binary(), "data", "append", folder]
        if shard_bytes is not None:
            command += ["--shard-bytes", str(shard_bytes)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.present: set[int] = set(self._told()["present"])

    def append(self, episode: Episode) -> None:
        """Returns once the episode is kept whatever happens to this process."""
        packed = episode.pack()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(packed)
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # the program says why
        kept = self._told()["kept"]
        assert kept == episode.number
        self.present.add(kept)

    def _told(self) -> Mapping[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise errors.SomniumError(self._end() or "`somnium data append` ended without a word")
        told: dict[str, Any] = json.loads(line)
        return told

    def _end(self) -> str:
        """Ends the program, and returns what it complained of."""
        if self._process.returncode is not None:
            return ""
        _, complaint = self._process.communicate()
        return complaint.decode(errors="replace").strip().removeprefix("somnium: ") if self._process.returncode else ""

    def close(self) -> None:
        """Flushes the shards and ends the program. Closing twice is fine."""
        complaint = self._end()
        if complaint:
            raise errors.SomniumError(complaint)

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            self.close()
        else:
            self._end()
