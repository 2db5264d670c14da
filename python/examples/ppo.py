"""Learns to act from pixels with Stable-Baselines3's PPO, in a simulator or in its dream.

    python python/examples/ppo.py RigidCatch-v0 --steps 200000
    python python/examples/ppo.py dream:small@RigidCatch-v0 --steps 2048

It needs stable-baselines3 and PyTorch: `make learn` installs both beside the tests.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import gymnasium
import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import CheckpointCallback
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack, VecMonitor

from somnium.sb3 import SomniumVecEnv

STACK = 3


class SmallCNN(BaseFeaturesExtractor):
    """Three convolutions for pictures of 32x32, where the usual network wants 84x84."""

    def __init__(self, space: gymnasium.spaces.Box, features: int = 128) -> None:
        super().__init__(space, features)
        layers = [
            torch.nn.Conv2d(space.shape[0], 16, 5, 2, 2), torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 3, 2, 1), torch.nn.ReLU(),
            torch.nn.Conv2d(32, 32, 3, 2, 1), torch.nn.ReLU(), torch.nn.Flatten(),
        ]  # fmt: skip
        self.network = torch.nn.Sequential(*layers)
        with torch.no_grad():
            length = self.network(torch.zeros(1, *space.shape)).shape[1]
        self.head = torch.nn.Sequential(torch.nn.Linear(length, features), torch.nn.ReLU())

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """pictures: float32 [B, channels, H, W] in 0..1."""
        return self.head(self.network(pictures))


def make(name: str, num_envs: int, seed: int, size: int = 32) -> VecEnv:
    """A vector of environments of a name, with the last frames stacked."""
    envs = VecFrameStack(VecMonitor(SomniumVecEnv(name, num_envs, height=size, width=size)), STACK)
    envs.seed(seed)
    return envs


def learn(name: str, steps: int, seed: int = 0, num_envs: int = 16, size: int = 32, verbose: int = 0, save: str | None = None) -> PPO:
    """A policy that has learned for so many steps. `save` names a folder that it is kept in on the way, every 20,000 steps."""
    torch.set_num_threads(1)
    policy: dict[str, Any] = {"features_extractor_class": SmallCNN, "net_arch": []}
    model = PPO(
        "CnnPolicy", make(name, num_envs, seed, size), learning_rate=lambda left: 1e-3 * max(left, 0.1), n_steps=128, batch_size=256, n_epochs=4,
        gamma=0.97, gae_lambda=0.95, ent_coef=0.01, policy_kwargs=policy, seed=seed, verbose=verbose, device="cpu",
    )  # fmt: skip
    keep = CheckpointCallback(max(1, 20_000 // num_envs), save) if save else None
    return model.learn(steps, keep)


def returns(model: PPO, name: str, episodes: int, seed: int, size: int = 32) -> list[float]:
    """The returns of whole episodes: one in each of as many environments, of the seeds from `seed` on."""
    envs = make(name, episodes, seed, size)
    observations, sums, running = envs.reset(), np.zeros(episodes), np.ones(episodes, bool)
    while running.any():
        actions, _ = model.predict(observations, deterministic=True)
        observations, rewards, ended, _ = envs.step(actions)
        sums += rewards * running
        running &= ~ended
    envs.close()
    return [float(x) for x in sums]


def main() -> None:
    """Learns, and prints what the policy earns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", default="RigidCatch-v0")
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--episodes", type=int, default=100, help="of the evaluation, on seeds that it did not learn from")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--save", help="folder that the policy goes into, on the way and at the end")
    options = parser.parse_args()
    begin = time.perf_counter()
    model = learn(options.name, options.steps, options.seed, size=options.size, verbose=1, save=options.save)
    if options.save:
        model.save(f"{options.save}/policy.zip")
    earned = returns(model, options.name, options.episodes, 1_000_000, options.size)
    print(json.dumps({"name": options.name, "steps": options.steps, "mean_return": float(np.mean(earned)), "seconds": time.perf_counter() - begin}))


if __name__ == "__main__":
    main()
