"""Steps a second of PPO end to end, this project's beside Stable-Baselines3's, turn by turn in one run.

    python python/bench/ppo.py --somnium bin/somnium [--steps 16384] [--rounds 2] [--env RigidCatch-v0]

Both take the same environment, the same number of environments side by side, steps between updates, batch, epochs, and a network of
the same layers: 2x2 pixels averaged, the newest frame and its difference to the one before, 4x4 patches to 32 channels, 2x2 of
these to 64, all of those to 128, SiLU behind each. Stable-Baselines3 steps through the Gymnasium client. It needs
stable-baselines3, torch, gymnasium and this project's python folder on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from typing import Any

import gymnasium
import numpy as np
import somnium
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnv


class Pair(VecEnv):
    """A Gymnasium vector as Stable-Baselines3 wants it, whose observations are the newest frame and the one before."""

    def __init__(self, envs: gymnasium.vector.VectorEnv[Any, Any, Any]):
        self.envs = envs
        height, width, _ = envs.single_observation_space.shape
        space = gymnasium.spaces.Box(0, 255, (6, height, width), np.uint8)
        super().__init__(envs.num_envs, space, envs.single_action_space)
        self.last = None

    def pair(self, obs: np.ndarray, fresh: np.ndarray) -> np.ndarray:
        obs = obs.transpose(0, 3, 1, 2)
        before = obs if self.last is None else np.where(fresh[:, None, None, None], obs, self.last)
        self.last = obs.copy()
        return np.concatenate([obs, before], axis=1)

    def reset(self) -> np.ndarray:
        self.last = None
        obs, _ = self.envs.reset(seed=1)
        return self.pair(obs, np.ones(self.num_envs, bool))

    def step_async(self, actions: np.ndarray) -> None:
        self.actions = actions

    def step_wait(self) -> Any:
        obs, reward, terminated, truncated, _ = self.envs.step(self.actions)
        done = terminated | truncated
        return self.pair(obs, done), reward.astype(np.float32), done, [{} for _ in range(self.num_envs)]

    def close(self) -> None:
        self.envs.close()

    def get_attr(self, name: str, indices: Any = None) -> list[Any]:
        return [None] * self.num_envs

    def set_attr(self, name: str, value: Any, indices: Any = None) -> None:
        raise AttributeError(name)

    def env_method(self, name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        raise AttributeError(name)

    def env_is_wrapped(self, wrapper: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs


class Eye(BaseFeaturesExtractor):
    """The layers of agents/actor."""

    def __init__(self, space: gymnasium.spaces.Box):
        super().__init__(space, 128)
        _, height, width = space.shape
        grid = (height // 16) * (width // 16)
        self.pool = torch.nn.AvgPool2d(2)
        self.layers = torch.nn.Sequential(
            torch.nn.Conv2d(6, 32, 4, 4), torch.nn.SiLU(), torch.nn.Conv2d(32, 64, 2, 2), torch.nn.SiLU(),
            torch.nn.Flatten(), torch.nn.Linear(64 * grid, 128), torch.nn.SiLU(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(x) * 2 - 1
        newest, before = x[:, :3], x[:, 3:]
        return self.layers(torch.cat([newest, newest - before], dim=1))


def peer(name: str, num: int, steps: int, horizon: int) -> float:
    """Returns the seconds that Stable-Baselines3 takes."""
    envs = Pair(gymnasium.make_vec(f"somnium/{name}", num_envs=num, vectorization_mode="vector_entry_point",
                                   vector_kwargs={"autoreset_mode": gymnasium.vector.AutoresetMode.SAME_STEP}))
    model = PPO(
        "CnnPolicy", envs, learning_rate=1e-3, n_steps=horizon, batch_size=num * horizon // 4, n_epochs=3, gamma=0.97, gae_lambda=0.9,
        ent_coef=0.01, device="cpu", seed=1, policy_kwargs={"features_extractor_class": Eye, "net_arch": []},
    )
    begin = time.perf_counter()
    model.learn(steps)
    seconds = time.perf_counter() - begin
    envs.close()
    return seconds


def ours(program: str, name: str, num: int, steps: int, horizon: int) -> float:
    """Returns the seconds that `somnium agent train` takes."""
    with tempfile.TemporaryDirectory() as out:
        line = [program, "agent", "train", name, "--out", out, "--steps", str(steps), "--num-envs", str(num), "--horizon", str(horizon), "--json", "--seed", "1"]
        return float(json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)["seconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--somnium", default="bin/somnium")
    parser.add_argument("--env", default="RigidCatch-v0")
    parser.add_argument("--steps", type=int, default=16384)
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--horizon", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    times: dict[str, list[float]] = {"somnium": [], "stable-baselines3": []}
    for _ in range(options.rounds):
        times["somnium"].append(ours(options.somnium, options.env, options.num_envs, options.steps, options.horizon))
        times["stable-baselines3"].append(peer(options.env, options.num_envs, options.steps, options.horizon))
    for name, seconds in times.items():
        print(f"{name:20} {options.steps / min(seconds):8.0f} steps/s, the best of {[round(options.steps / s) for s in seconds]}")


if __name__ == "__main__":
    main()
