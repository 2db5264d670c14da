"""Vectors: the server's against Gymnasium's own SyncVectorEnv over single environments."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import vector as vector_wrappers

import somnium

MODES = list(AutoresetMode)


def assert_same(left: tuple, right: tuple) -> None:
    for a, b in zip(left[:-1], right[:-1]):
        assert a.dtype == b.dtype and a.shape == b.shape and (a == b).all()
    infos, expected = left[-1], right[-1]
    assert infos.keys() == expected.keys()
    for key in expected:
        if key == "final_obs":
            for a, b in zip(infos[key], expected[key]):
                assert (a is None and b is None) or (a == b).all()
        elif isinstance(expected[key], dict):
            assert infos[key] == expected[key]
        else:
            assert (infos[key] == expected[key]).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name, shared", [("RigidCatch-v0", True), ("RigidCatch-v0", False), ("VoxelNavigate-v0", True)])
def test_a_vector_is_what_gymnasium_makes_of_single_ones(name: str, shared: bool, mode: AutoresetMode) -> None:
    num, limit = 4, 9
    ours = gymnasium.make_vec(f"somnium/{name}", num, autoreset_mode=mode, shared=shared, max_episode_steps=limit)
    assert isinstance(ours, somnium.SomniumVectorEnv)
    theirs = SyncVectorEnv([lambda: gymnasium.make(f"somnium/{name}", max_episode_steps=limit)] * num, autoreset_mode=mode)
    assert ours.observation_space == theirs.observation_space and ours.action_space == theirs.action_space
    assert ours.single_observation_space == theirs.single_observation_space and ours.num_envs == num
    assert ours.metadata["autoreset_mode"] == mode
    assert_same(ours.reset(seed=11), theirs.reset(seed=11))
    ours.action_space.seed(2)
    ends = 0
    for _ in range(40):
        actions = ours.action_space.sample()
        outcome = ours.step(actions)
        assert_same(outcome, theirs.step(actions))
        ended = outcome[2] | outcome[3]
        ends += int(ended.sum())
        if mode == AutoresetMode.DISABLED and ended.any():
            assert_same(ours.reset(options={"reset_mask": ended}), theirs.reset(options={"reset_mask": ended}))
    assert ends >= num
    ours.close()
    theirs.close()
    ours.close()


def test_seeds_one_by_one() -> None:
    envs = gymnasium.make_vec("somnium/RigidPush-v0", 3)
    alone = somnium.SomniumEnv("RigidPush-v0")
    first, _ = envs.reset(seed=[5, 6, 7])
    for i, seed in enumerate((5, 6, 7)):
        assert (alone.reset(seed=seed)[0] == first[i]).all()
    second, _ = envs.reset(seed=[5, None, 7])
    assert (second[[0, 2]] == first[[0, 2]]).all() and (second[1] != first[1]).any()
    alone.reset(seed=6)
    assert (alone.reset()[0] == second[1]).all(), "the one without a seed continues its stream"
    for bad in ({"seed": [1, 2]}, {"options": {"reset_mask": [True] * 3}}, {"options": {"reset_mask": np.zeros(3, bool)}}):
        with pytest.raises(ValueError):
            envs.reset(**bad)
    envs.close()
    alone.close()


def test_steps_under_way() -> None:
    one, two = (gymnasium.make_vec("somnium/RigidCatch-v0", 2, slots=4) for _ in range(2))
    one.reset(seed=0)
    two.reset(seed=0)
    for _ in range(5):
        for action in range(3):
            one.step_async(np.full(2, action))
        for action in range(3):
            assert_same(one.step_wait(), two.step(np.full(2, action)))
    with pytest.raises(somnium.ProtocolError, match="no reply is due"):
        one.step_wait()
    one.close()
    two.close()


def test_views_hold_for_as_many_steps_as_there_are_slots() -> None:
    envs = gymnasium.make_vec("somnium/RigidCatch-v0", 2, slots=3, copy=False)
    first, _ = envs.reset(seed=0)
    kept = first.copy()
    for _ in range(2):
        envs.step(np.ones(2, int))
    assert (first == kept).all()
    with pytest.raises(ValueError, match="read-only"):
        first[:] = 0
    envs.close()


def test_capabilities_and_errors_name_the_environment() -> None:
    envs = gymnasium.make_vec("somnium/RigidCatch-v0", 3, render_mode="rgb_array")
    obs, _ = envs.reset(seed=0)
    assert all((picture == obs[i]).all() for i, picture in enumerate(envs.render()))
    snapshot = envs.snapshot(1)
    before = [envs.step(np.array([0, 1, 2]))[0][1] for _ in range(4)]
    restored = envs.restore(1, snapshot)
    assert (restored[1] == obs[1]).all()
    assert all((a == envs.step(np.array([0, 1, 2]))[0][1]).all() for a in before)
    assert envs.state(2)["step"] == 8 and envs.state(1)["step"] == 4
    assert envs.captions(0)[1]
    with pytest.raises(somnium.EnvironmentFault, match=r"environment 1 of the vector: env: choice 9 is outside Discrete\(3\)"):
        envs.step(np.array([0, 9, 0]))
    with pytest.raises(somnium.RequestError, match="environment 3 of 3"):
        envs.state(3)
    with pytest.raises(ValueError, match="shape"):
        envs.step(np.zeros(2, int))
    with pytest.raises(somnium.RequestError, match="num is 0"):
        gymnasium.make_vec("somnium/RigidCatch-v0", 0)
    envs.close()


def test_vector_wrappers() -> None:
    envs = gymnasium.make_vec("somnium/RigidCatch-v0", 3, max_episode_steps=6)
    envs = vector_wrappers.RecordEpisodeStatistics(vector_wrappers.ClipReward(envs, -1, 1))
    envs.reset(seed=0)
    seen = 0
    for _ in range(15):
        infos = envs.step(envs.action_space.sample())[-1]
        if "episode" in infos:
            seen += int(infos["_episode"].sum())
            assert (infos["episode"]["l"][infos["_episode"]] == 6).all()
    assert seen == 6
    envs.close()


def test_gymnasiums_processes_step_them_too() -> None:
    envs = gymnasium.make_vec("somnium/RigidCatch-v0", 2, vectorization_mode="async")
    ours = gymnasium.make_vec("somnium/RigidCatch-v0", 2)
    assert_same(ours.reset(seed=1), envs.reset(seed=1))
    for action in (0, 1, 2):
        assert_same(ours.step(np.full(2, action)), envs.step(np.full(2, action)))
    envs.close()
    ours.close()
