"""The dm_env adapter."""

from __future__ import annotations

import dm_env
import numpy as np

import somnium
from somnium.deepmind import DmEnvironment


def test_an_episode_is_what_it_is_in_gymnasium() -> None:
    with DmEnvironment("RigidCatch-v0", seed=2, max_episode_steps=30) as env, somnium.SomniumEnv("RigidCatch-v0", time_limit=30) as other:
        env.observation_spec().validate(env.reset().observation)
        expected, _ = other.reset(seed=2)
        rng = np.random.default_rng(0)
        for _ in range(30):
            action = rng.integers(env.action_spec().num_values)
            step, (obs, reward, terminated, truncated, _) = env.step(action), other.step(action)
            assert (step.observation == obs).all() and step.reward == reward
            if terminated or truncated:
                break
        assert step.last() and step.discount == (0.0 if terminated else 1.0)
        begun = env.step(0)
        assert begun.first() and begun.reward is None
        assert (begun.observation == other.reset()[0]).all() and (begun.observation != expected).any()
        assert isinstance(env, dm_env.Environment) and env.step(1).mid()
