"""Stable-Baselines3 learns Catch from pixels, and steps a dream by the same code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.vec_env import SubprocVecEnv

import somnium
from examples.ppo import learn, make, returns
from somnium import local
from somnium.sb3 import SomniumVecEnv

STEPS = 200_000


def oracle(folder: str) -> float:
    """The mean return of the scripted agent over 100 episodes."""
    collect = ["collect", "RigidCatch-v0?height=32&width=32", "--agent", "scripted", "--episodes", "100", "--seed", "5", "--no-states", "--out", folder]
    subprocess.run([local.find_binary(), *collect], check=True, capture_output=True)
    told = json.loads(subprocess.run([local.find_binary(), "--json", "data", "info", folder], check=True, capture_output=True).stdout)
    return float(told["envs"][0]["mean_return"])


def test_ppo_learns_catch_from_pixels(tmp_path: Path) -> None:
    model = learn("RigidCatch-v0", STEPS)
    earned = returns(model, "RigidCatch-v0", 100, seed=1_000_000)
    assert np.mean(earned) >= 0.7 * oracle(str(tmp_path / "oracle")), f"it earns {np.mean(earned)}"


def test_the_same_code_steps_a_dream() -> None:
    name = "dream:small@RigidCatch-v0?max_episode_steps=20"
    model = learn(name, 2 * 2 * 128, num_envs=2, size=64)
    assert np.isfinite(returns(model, name, 3, seed=9, size=64)).all()


def test_the_vector_is_what_stable_baselines_makes_of_single_ones() -> None:
    name, limit = "RigidCatch-v0?height=32&width=32", 7
    ours = SomniumVecEnv(name, 3, max_episode_steps=limit)
    theirs = SubprocVecEnv([lambda: gym_env(name, limit)] * 3)
    assert ours.observation_space == theirs.observation_space and ours.action_space == theirs.action_space
    ours.seed(4), theirs.seed(4)
    assert (ours.reset() == theirs.reset()).all()
    for step in range(20):
        actions = np.array([step % 3, 0, 2])
        one, two = ours.step(actions), theirs.step(actions)
        assert all((a == b).all() for a, b in zip(one[:3], two[:3]))
        for mine, other in zip(one[3], two[3]):
            assert mine.get("TimeLimit.truncated", False) == other["TimeLimit.truncated"]
            assert ("terminal_observation" in mine) == ("terminal_observation" in other)
            assert "terminal_observation" not in mine or (mine["terminal_observation"] == other["terminal_observation"]).all()
    assert ours.env_method("captions", indices=1)[0][1] and ours.render().shape[2] == 3
    ours.close(), theirs.close()
    check_env(somnium.SomniumEnv("RigidCatch-v0"))
    make("RigidCatch-v0", 2, 0).close()


def gym_env(name: str, limit: int) -> somnium.SomniumEnv:
    return somnium.SomniumEnv(name, time_limit=limit)
