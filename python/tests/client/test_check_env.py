"""Gymnasium's own check of every environment."""

from __future__ import annotations

import json
import subprocess
import warnings

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

import somnium
from somnium import local

IDS = sorted(id for id in gymnasium.registry if id.startswith("somnium/"))


@pytest.mark.parametrize("id", IDS)
def test_check_env_has_nothing_to_say(id: str) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        env = gymnasium.make(id)
        check_env(env.unwrapped)
        env.close()
        env.close()
    assert [str(warning.message) for warning in told] == []


def test_every_simulator_and_dream_is_registered() -> None:
    listed = subprocess.run([local.find_binary(), "envs", "--json"], capture_output=True, check=True).stdout
    simulators = {f"somnium/{env['id']}" for env in json.loads(listed)["envs"]}
    dreams = {id for id in IDS if id.startswith("somnium/Dream")}
    assert simulators and dreams
    assert simulators | dreams == set(IDS)
    assert {id.replace("Dream", "") for id in dreams} <= simulators
    assert set(somnium.register_all()) == set(IDS)


def test_a_dream_stands_where_the_simulator_can() -> None:
    with gymnasium.make("somnium/DreamRigidCatch-v0", render_mode="rgb_array") as dream, gymnasium.make("somnium/RigidCatch-v0") as truth:
        assert dream.observation_space == truth.observation_space
        assert dream.action_space == truth.action_space
        first, _ = dream.reset(seed=5)
        after, _, _, _, _ = dream.step(1)
        again, _ = dream.reset(seed=5)
        assert (first == again).all()
        assert (dream.step(1)[0] == after).all()
        assert (first != after).any()
