"""Blocks of arrays, as a server lays them out, and the shared memory that they lie in."""

from __future__ import annotations

import mmap
import os
from typing import Any, Mapping, Sequence

import numpy as np

Tree = Any
"""A NumPy array, or a dict of trees where the space is a Dict."""


class Outcome:
    """What N environments return, as views of a block. Each array begins with the axis of the environments."""

    __slots__ = ("reward", "terminated", "truncated", "obs", "final_obs")

    def __init__(self, parts: Mapping[str, Tree]) -> None:
        self.reward: np.ndarray = parts["reward"]
        self.terminated: np.ndarray = parts["terminated"]
        self.truncated: np.ndarray = parts["truncated"]
        self.obs: Tree = parts["obs"]
        self.final_obs: Tree = parts.get("final_obs")


def views(fields: Sequence[Mapping[str, Any]], buffer: Any, start: int, size: int) -> dict[str, Tree]:
    """The fields that lie within the first `size` bytes from `start`, by name; those of a Dict as dicts."""
    tree: dict[str, Tree] = {}
    for field in fields:
        dtype, shape = np.dtype(field["dtype"]), tuple(field["shape"])
        if field["offset"] + int(np.prod(shape)) * dtype.itemsize > size:
            continue
        *parents, name = field["path"]
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[name] = np.ndarray(shape, dtype, buffer, start + field["offset"])
    return tree


def lay_out(fields: Sequence[Mapping[str, Any]], num: int) -> tuple[bytearray, dict[str, Tree]]:
    """Room for what the fields hold, of `num` environments in the place of as many as they were told for, and views of it."""
    told, size = [], 0
    for field in fields:
        shape = (num, *field["shape"][1:])
        told.append({**field, "shape": shape, "offset": size})
        size += -(-int(np.prod(shape)) * np.dtype(field["dtype"]).itemsize // 64) * 64
    buffer = bytearray(size)
    return buffer, views(told, buffer, 0, size)


def copy_tree(tree: Tree) -> Tree:
    """A copy in memory of its own."""
    if isinstance(tree, dict):
        return {key: copy_tree(part) for key, part in tree.items()}
    return tree.copy()


def row(tree: Tree, index: int) -> Tree:
    """What is environment `index`'s, in memory of its own; a number where the environment's is a single one."""
    if isinstance(tree, dict):
        return {key: row(part, index) for key, part in tree.items()}
    part = tree[index]
    return part.copy() if isinstance(part, np.ndarray) else part


def write(target: Tree, value: Tree) -> None:
    """Writes an action or a batch of them into views of a block, with a ValueError or TypeError where it does not fit."""
    if isinstance(target, dict):
        if not isinstance(value, Mapping) or value.keys() != target.keys():
            raise ValueError(f"the action must be a dict with the keys {sorted(target)}")
        for key, part in target.items():
            write(part, value[key])
        return
    if np.shape(value) != target.shape:
        raise ValueError(f"the action's shape is {np.shape(value)}, and must be {target.shape}")
    np.copyto(target, value, casting="same_kind")


class Segment:
    """Shared memory of a server on this machine, mapped for reading."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        """Maps it, or raises OSError where it is not to be had: the server is on another machine, or another user's."""
        descriptor = os.open(told["path"], os.O_RDONLY)
        try:
            self.memory = mmap.mmap(descriptor, 0, prot=mmap.PROT_READ)
        finally:
            os.close(descriptor)
        if self.memory[: len(told["nonce"])] != told["nonce"]:
            raise OSError("another machine's segment has this name")
        self.offset: int = told["offset"]
        self.slots: int = told["slots"]
