"""LeRobot reads what is exported for it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from lerobot.datasets.lerobot_dataset import LeRobotDataset, LeRobotDatasetMetadata
from pyarrow import parquet

import somnium
from somnium import local


def exported(tmp_path: Path) -> tuple[str, Path]:
    """A data set of three short episodes, and the same as LeRobot has it."""
    data, out = str(tmp_path / "data"), tmp_path / "lerobot"
    collect = ["collect", "RigidCatch-v0?height=32&width=48", "--agent", "scripted:0.5", "--episodes", "3", "--max-steps", "12", "--out", data]
    for arguments in (collect, ["data", "export", data, "--to", "lerobot", "--out", str(out)]):
        subprocess.run([local.find_binary(), *arguments], check=True, capture_output=True)
    return data, out


def test_lerobot_reads_what_was_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    data, out = exported(tmp_path)
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


def recorded(root: Path, loaded: LeRobotDataset) -> LeRobotDataset:
    """What LeRobot itself writes of the same rows."""
    own = {"timestamp", "frame_index", "episode_index", "index", "task_index"}
    features = {name: told for name, told in loaded.features.items() if name not in own}
    written = LeRobotDataset.create("somnium/again", fps=loaded.fps, features=features, root=root, use_videos=False)
    for episode in range(loaded.num_episodes):
        for i in range(12 * episode, 12 * (episode + 1)):
            row = loaded[i]
            frame = {name: np.atleast_1d(row[name].numpy()) for name in features if name != "observation.image"}
            picture = np.rint(row["observation.image"].numpy().transpose(1, 2, 0) * 255).astype(np.uint8)
            written.add_frame({**frame, "observation.image": picture, "task": row["task"]})
        written.save_episode()
    written.finalize()
    return written


def test_statistics_are_those_that_lerobot_computes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    out = exported(tmp_path)[1]
    loaded = LeRobotDataset("somnium/catch", root=out)
    theirs = recorded(tmp_path / "again", loaded)
    kept, wanted = (parquet.read_table(root / "meta" / "episodes" / "chunk-000" / "file-000.parquet") for root in (out, theirs.root))
    types = [{field.name: str(field.type).replace(" not null", "") for field in table.schema} for table in (kept, wanted)]
    assert types[0] == types[1], "names and types of all columns, ten statistics of each feature among them"
    for episode in range(3):
        for name in types[0]:
            got, want = (np.asarray(table[name][episode].as_py()) for table in (kept, wanted))
            if name == "stats/observation.image/std":  # LeRobot 0.4.4 squares uint8 pixels, which overflows
                pictures = [loaded[12 * episode + t]["observation.image"].numpy() for t in range(12)]
                want = np.stack(pictures).astype(np.float64).std((0, 2, 3), keepdims=True)[0]
            if name.startswith("stats/"):  # its quantiles are those of a histogram of 5,000 bins
                assert got.shape == want.shape and np.allclose(got, want, rtol=1e-3, atol=1e-3), name
            else:
                assert (got == want).all(), name
    for feature, figures in LeRobotDatasetMetadata("somnium/again", theirs.root).stats.items():
        for figure, want in figures.items():
            if (feature, figure) != ("observation.image", "std"):
                assert np.allclose(loaded.meta.stats[feature][figure], want, rtol=1e-3, atol=1e-3), (feature, figure)


def shown(data: str) -> list[dict[str, int]]:
    """What `data show` tells of each episode."""
    told = []
    for i in range(3):
        arguments = ["--json", "data", "show", data, "--episode", str(i), "--out", f"{data}-{i}.png"]
        told.append(json.loads(subprocess.run([local.find_binary(), *arguments], check=True, capture_output=True).stdout))
    return told
