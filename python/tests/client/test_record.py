"""Gymnasium environments into shards, and a world model that trains on them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import gymnasium
import numpy as np
import pytest

from somnium import errors, local, pictures, record
from somnium.shards import Episode, ShardWriter, pack_space, pack_value


def somnium(*arguments: str) -> dict[str, object]:
    """The figures of a command of the program."""
    done = subprocess.run([local.find_binary(), "--json", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told


CASES = {
    "CartPole-v1": ("", {}),
    "MiniGrid-Empty-5x5-v0": ("minigrid", {}),
    "ALE/Breakout-v5": ("ale_py", {"frameskip": 4}),
    "somnium/RigidCatch-v0": ("somnium", {"height": 32, "width": 48}),
}


def test_a_world_model_trains_on_what_is_recorded(tmp_path: Path) -> None:
    folders = []
    for env_id, (module, kwargs) in CASES.items():
        folders.append(str(tmp_path / env_id.replace("/", "-")))
        given = [env_id, "--episodes", "2", "--max-steps", "24", "--size", "32x48", "--out", folders[-1], "--kwargs", json.dumps(kwargs)]
        assert record.main(given + (["--import", module] if module else [])) == 0
    info = somnium("data", "info", *folders)
    assert info["episodes"] == 8 and {group["env"] for group in info["envs"]} == set(CASES)
    args = ["--preset", "tiny", "--tokenizer-steps", "3", "--dynamics-steps", "3", "--clips", "2", "--frames", "6"]
    trained = somnium("train", *folders, "--out", str(tmp_path / "run"), *args)
    assert trained["dynamics_steps"] == 3 and Path(str(trained["weights"])).exists()


def test_a_job_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, parts = str(tmp_path / "whole"), str(tmp_path / "parts")
    record.record("CartPole-v1", 4, whole, seed=3, size=(16, 24))
    for episodes in (1, 3, 4):
        record.record("CartPole-v1", episodes, parts, seed=3, size=(16, 24))
    shards = [(Path(folder) / "shard-00000.shard").read_bytes() for folder in (whole, parts)]
    assert shards[0] == shards[1]
    with pytest.raises(errors.SomniumError, match="seed was 3, is 4"):
        record.record("CartPole-v1", 4, parts, seed=4, size=(16, 24))


def test_what_is_recorded_is_what_happened(tmp_path: Path) -> None:
    with gymnasium.make("somnium/RigidCatch-v0", height=32, width=48) as env:
        episode = record.play(env, 7, job=1, size=None, max_steps=9, stay=0.3)
        seen, _ = env.reset(seed=record.episode_seeds(1, 7)[0])
        for t, action in enumerate(episode.actions):
            assert (seen == episode.frames[t]).all()
            seen, reward, terminated, truncated, _ = env.step(action)
            assert np.float32(reward) == episode.rewards[t] and terminated == episode.terminated[t]
        assert (seen == episode.frames[-1]).all() and episode.truncated.tolist() == [False] * 8 + [True]


def test_mistakes_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, want in (
        (["Nowhere-v0"], "doesn't exist"),
        (["CartPole-v1", "--kwargs", '{"render_mode": null}'], "shows nothing to record"),
        (["CartPole-v1", "--import", "no_such_module"], "no_such_module"),
    ):
        assert record.main([*arguments, "--out", str(tmp_path / "x")]) == 1
        assert want in capsys.readouterr().err


def test_the_program_refuses_what_does_not_fit(tmp_path: Path) -> None:
    space = gymnasium.spaces.Discrete(2)
    fields = {"env": "X-v0", "number": 0, "seed": 1, "rewards": np.zeros(1), "terminated": [False], "truncated": [True], "action_space": space}
    with pytest.raises(errors.SomniumError, match=r"choice 5 is outside Discrete\(2\)"):
        with ShardWriter(str(tmp_path)) as writer:
            writer.append(Episode(frames=np.zeros((2, 16, 16, 3), np.uint8), actions=[5], **fields))
    with pytest.raises(ValueError, match="must be uint8"):
        Episode(frames=np.zeros((1, 16, 16, 3), np.uint8), actions=[0], **fields).pack()
    with ShardWriter(str(tmp_path)) as writer:
        assert writer.present == set()
        with pytest.raises(errors.SomniumError, match="another program"):
            ShardWriter(str(tmp_path))


def test_spaces_of_actions() -> None:
    spaces = gymnasium.spaces
    space = spaces.Dict({"a": spaces.Discrete(3, start=-1), "b": spaces.Tuple([spaces.MultiBinary(2), spaces.Box(-2.0, 5.0, (2,))])})
    assert pack_space(space)["parts"]["b"]["parts"]["1"] == {"kind": "box", "shape": [2], "type": "float32", "low": -2.0, "high": 5.0}
    value = {"a": np.int64(1), "b": (np.array([1, 0], np.int8), np.array([0.5, 1], np.float32))}
    packed = pack_value(space, value)
    assert packed["d"]["a"] == 2 and packed["d"]["b"]["d"]["0"] == {"i": [1, 0]}
    with pytest.raises(ValueError, match="no place in a shard"):
        pack_space(spaces.Text(3))


def test_pictures_are_means() -> None:
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert pictures.resize(picture, 1, 1).ravel().tolist() == np.rint(picture.reshape(-1, 3).mean(0)).tolist()
    assert (pictures.resize(np.full((210, 160, 3), 77, np.uint8), 64, 64) == 77).all()
    assert pictures.rgb(np.full((4, 5), 9, np.uint8)).shape == (4, 5, 3)
