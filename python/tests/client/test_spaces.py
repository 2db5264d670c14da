"""Spaces and blocks of every kind, which no single environment has."""

from __future__ import annotations

import numpy as np
import pytest
from dm_env import specs
from gymnasium import spaces

from somnium import block, deepmind
from somnium.names import full_name, gymnasium_id
from somnium.spaces import to_gymnasium

TOLD = {
    "kind": "dict",
    "spaces": {
        "pixels": {"kind": "box", "shape": [16, 24, 3], "dtype": "uint8", "low": 0.0, "high": 255.0},
        "speed": {"kind": "box", "shape": [3], "dtype": "float32", "low": -1.0, "high": float("inf")},
        "slot": {"kind": "discrete", "n": 9},
        "keys": {"kind": "multi_discrete", "nvec": [2, 2, 5]},
    },
}


def test_spaces_map() -> None:
    assert to_gymnasium(TOLD) == spaces.Dict(
        {
            "pixels": spaces.Box(0, 255, (16, 24, 3), np.uint8),
            "speed": spaces.Box(-1, np.inf, (3,), np.float32),
            "slot": spaces.Discrete(9),
            "keys": spaces.MultiDiscrete([2, 2, 5]),
        }
    )
    told = deepmind.to_spec(TOLD, "observation")
    assert told["slot"] == specs.DiscreteArray(9, np.int64, "slot")
    assert (told["keys"].maximum == [1, 1, 4]).all() and told["pixels"].dtype == np.uint8
    for mapping in (to_gymnasium, lambda space: deepmind.to_spec(space, "x")):
        with pytest.raises(ValueError, match="'graph'"):
            mapping({"kind": "graph"})


def test_blocks_are_read_and_written_by_their_layout() -> None:
    fields = [
        {"path": ["action", "keys"], "dtype": "int64", "shape": [2, 3], "offset": 0},
        {"path": ["action", "speed"], "dtype": "float32", "shape": [2, 3], "offset": 64},
        {"path": ["late"], "dtype": "float64", "shape": [9], "offset": 128},
    ]
    memory = bytearray(128)
    tree = block.views(fields, memory, 0, len(memory))
    assert tree.keys() == {"action"}, "what lies beyond the end is left out"
    block.write(tree["action"], {"keys": np.arange(6).reshape(2, 3), "speed": np.ones((2, 3))})
    assert np.frombuffer(memory, np.int64, 6).tolist() == [0, 1, 2, 3, 4, 5]
    row = block.row(tree["action"], 1)
    assert row["keys"].tolist() == [3, 4, 5] and not np.shares_memory(row["speed"], tree["action"]["speed"])
    copied = block.copy_tree(tree)
    memory[0] = 99
    assert copied["action"]["keys"][0, 0] == 0
    with pytest.raises(ValueError, match=r"the keys \['keys', 'speed'\]"):
        block.write(tree["action"], {"keys": np.zeros((2, 3), int)})


def test_names() -> None:
    assert gymnasium_id("RigidCatch-v0") == "somnium/RigidCatch-v0"
    assert gymnasium_id("dream:small@RigidCatch-v0") == "somnium/DreamRigidCatch-v0"
    assert full_name("RigidCatch-v0") == "RigidCatch-v0"
    assert full_name("RigidCatch-v0?height=48", width=80, params={"gravity": 2.5}) == "RigidCatch-v0?height=48&width=80&gravity=2.5"
    assert full_name("dream:small@RigidCatch-v0", model="runs/x.safetensors") == "dream:runs/x.safetensors@RigidCatch-v0"
    assert full_name("RigidCatch-v0", model="small", max_episode_steps=0) == "dream:small@RigidCatch-v0?max_episode_steps=0"
