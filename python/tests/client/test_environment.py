"""One environment: the Gymnasium interface, capabilities, errors."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium import wrappers

import somnium


def rollout(env: gymnasium.Env, seed: int, steps: int) -> list[tuple]:
    """What the first steps of a seed give, under actions that the seed draws as well."""
    env.action_space.seed(seed)
    outcomes = [(env.reset(seed=seed)[0], 0.0, False, False)]
    while len(outcomes) <= steps and not (outcomes[-1][2] or outcomes[-1][3]):
        outcomes.append(env.step(env.action_space.sample())[:4])
    return outcomes


def assert_same(left: list[tuple], right: list[tuple]) -> None:
    assert len(left) == len(right)
    for a, b in zip(left, right):
        assert (a[0] == b[0]).all() and a[1:] == b[1:]


@pytest.mark.parametrize("id", ["somnium/RigidPush-v0", "somnium/VoxelCollect-v0"])
def test_the_same_seed_is_the_same_episode_by_any_way(id: str) -> None:
    with gymnasium.make(id) as first, gymnasium.make(id, shared=False) as second:
        assert first.unwrapped._handle.shared and not second.unwrapped._handle.shared
        assert_same(rollout(first, 3, 30), rollout(second, 3, 30))
        third, _ = first.reset()
        assert (third == second.reset()[0]).all(), "an unseeded reset continues the stream"


def test_sizes_parameters_and_options() -> None:
    with gymnasium.make("somnium/RigidBounce-v0", height=48, width=80, params={"gravity": 2.0}) as env:
        assert env.reset(seed=1)[0].shape == (48, 80, 3)
        assert env.unwrapped.state()["values"]["gravity"] == 2.0
        env.reset(seed=1, options={"gravity": 9.0})
        assert env.unwrapped.state()["values"]["gravity"] == 9.0
        with pytest.raises(somnium.EnvironmentFault, match="has no parameter \"phlogiston\""):
            env.reset(options={"phlogiston": 1.0})
        assert "gravity" in {param["name"] for param in env.unwrapped.params}


def test_the_time_limit_is_gymnasiums() -> None:
    with gymnasium.make("somnium/RigidUniform-v0") as env:
        limit = env.spec.max_episode_steps
        assert limit is not None
    with gymnasium.make("somnium/RigidBounce-v0", max_episode_steps=limit + 500) as env:
        env.reset(seed=0)
        for step in range(limit + 500):
            _, _, terminated, truncated, _ = env.step(0)
            assert not terminated and truncated == (step == limit + 499)


def test_snapshots_states_captions_and_pictures() -> None:
    with gymnasium.make("somnium/RigidCatch-v0", render_mode="rgb_array") as env:
        obs, _ = env.reset(seed=4)
        assert (env.render() == obs).all()
        snapshot = env.unwrapped.snapshot()
        first = [env.unwrapped.step(2)[0] for _ in range(10)]
        assert (env.unwrapped.restore(snapshot) == obs).all()
        assert all((a == b).all() for a, b in zip(first, [env.unwrapped.step(2)[0] for _ in range(10)]))
        assert (env.render() == first[-1]).all()
        assert "paddle" in env.unwrapped.captions()[0]
        state = env.unwrapped.state()
        assert state["step"] == 10 and {body["kind"] for body in state["bodies"]} >= {"paddle"}


def test_observations_are_the_callers_own() -> None:
    with somnium.SomniumEnv("RigidPush-v0") as env:
        first, _ = env.reset(seed=0)
        kept = first.copy()
        for _ in range(5):
            env.step(1)
        assert (first == kept).all()
        first[:] = 0  # and may be written to


def test_wrappers() -> None:
    env = gymnasium.make("somnium/RigidCatch-v0", max_episode_steps=20)
    env = wrappers.FrameStackObservation(wrappers.GrayscaleObservation(env), 4)
    env = wrappers.RecordEpisodeStatistics(wrappers.TimeLimit(env, 12))
    obs, _ = env.reset(seed=1)
    assert obs.shape == (4, 64, 64) and obs.dtype == np.uint8
    for step in range(12):
        _, _, terminated, truncated, info = env.step(env.action_space.sample())
    assert truncated and not terminated and info["episode"]["l"] == 12
    env.close()


def test_go_errors_keep_their_words() -> None:
    with pytest.raises(somnium.EnvironmentFault, match="no environment is called \"RigidKatch-v0\"|RigidKatch"):
        somnium.SomniumEnv("RigidKatch-v0")
    with pytest.raises(ValueError, match="height"):
        somnium.SomniumEnv("RigidCatch-v0", height=4)
    env = somnium.SomniumEnv("RigidCatch-v0", time_limit=2)
    with pytest.raises(somnium.EnvironmentFault, match="^env: no episode has begun; call Reset before Step$"):
        env.step(0)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"env: choice 7 is outside Discrete\(3\): it must lie in 0..2"):
        env.step(7)
    with pytest.raises(ValueError, match="shape"):
        env.step([1, 2])
    with pytest.raises(TypeError, match="cast"):
        env.step(np.float32(0.5))
    with pytest.raises(somnium.EnvironmentFault, match="snapshot"):
        env.restore(b"nonsense")
    env.step(0)
    assert env.step(0)[3]
    with pytest.raises(somnium.EnvironmentFault, match="the episode is over"):
        env.step(0)
    env.close()
    env.close()
    with pytest.raises(somnium.ConnectionLost, match="closed"):
        env.reset()
    with pytest.raises(ValueError, match="render_mode 'human'"):
        somnium.SomniumEnv("RigidCatch-v0", render_mode="human")
