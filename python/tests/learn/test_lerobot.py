"""LeRobot reads what is exported for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from lerobot.datasets.lerobot_dataset import LeRobotDataset

import somnium
from somnium import local


def test_lerobot_reads_what_was_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    data, out = str(tmp_path / "data"), tmp_path / "lerobot"
    collect = ["collect", "RigidCatch-v0?height=32&width=48", "--agent", "scripted:0.5", "--episodes", "3", "--max-steps", "12", "--out", data]
    for arguments in (collect, ["data", "export", data, "--to", "lerobot", "--out", str(out)]):
        subprocess.run([local.find_binary(), *arguments], check=True, capture_output=True)
    step = 1 / json.loads((out / "meta" / "info.json").read_text())["fps"]
    loaded = LeRobotDataset("somnium/catch", root=out, delta_timestamps={"observation.image": [-step, 0], "action": [0, step]})
    assert loaded.num_episodes == 3 and loaded.num_frames == 36 and loaded.meta.stats["observation.image"]["mean"].shape == (3, 1, 1)
    with somnium.SomniumEnv("RigidCatch-v0?height=32&width=48") as env:
        seeds = [episode["seed"] for episode in shown(data)]
        seen, _ = env.reset(seed=seeds[1])
        for t in range(12):
            row = loaded[12 + t]
            assert (np.rint(row["observation.image"][1].numpy() * 255).astype(np.uint8).transpose(1, 2, 0) == seen).all()
            assert row["episode_index"] == 1 and row["frame_index"] == t and bool(row["next.done"]) == (t == 11) and "ball" in row["task"]
            seen, reward, *_ = env.step(int(row["action"][0]))
            assert np.float32(reward) == row["next.reward"].numpy()


def shown(data: str) -> list[dict[str, int]]:
    """What `data show` tells of each episode."""
    told = []
    for i in range(3):
        arguments = ["--json", "data", "show", data, "--episode", str(i), "--out", f"{data}-{i}.png"]
        told.append(json.loads(subprocess.run([local.find_binary(), *arguments], check=True, capture_output=True).stdout))
    return told
