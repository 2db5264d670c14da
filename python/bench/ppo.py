"""Steps a second of PPO end to end, this project's beside Stable-Baselines3's, turn by turn in one run.

    python python/bench/ppo.py --somnium bin/somnium [--steps 16384] [--rounds 2] [--env RigidCatch-v0]

Both take the same environment, the same number of environments side by side, steps between updates, batch, epochs, and a network of
the same layers: 2x2 pixels averaged, the newest frame and its difference to the one before, 4x4 patches to 32 channels, 2x2 of
these to 64, all of those to 128, SiLU behind each. Stable-Baselines3 steps through the Python client. It needs stable-baselines3 and
PyTorch: `make learn` installs both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time

import gymnasium
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.vec_env import VecFrameStack

from somnium.sb3 import SomniumVecEnv


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
        before, newest = x[:, :3], x[:, 3:]
        return self.layers(torch.cat([newest, newest - before], dim=1))


def peer(name: str, num: int, steps: int, horizon: int) -> float:
    """Returns the seconds that Stable-Baselines3 takes."""
    envs = VecFrameStack(SomniumVecEnv(name, num), 2)
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
