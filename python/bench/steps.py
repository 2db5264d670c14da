"""Steps a second from Python: this project's environments beside others, turn by turn in one run.

    python python/bench/steps.py [--seconds 1] [--rounds 3] [--json out/steps.json]

Every row is stepped with random actions, resets included, for a while in each round; the best round counts, since what
disturbs a round only ever slows it down. Observations of Somnium and Crafter are uint8 [64, 64, 3] pictures, those of CartPole
four numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
import warnings
from typing import Any, Callable

import gymnasium
import numpy as np

import somnium

Run = Callable[[float], tuple[int, float]]
"""Steps for so many seconds, and returns how many steps that were and how long they took."""


def single(env: gymnasium.Env[Any, Any]) -> Run:
    """Steps one environment."""
    actions = [env.action_space.sample() for _ in range(256)]
    env.reset(seed=0)

    def run(seconds: float) -> tuple[int, float]:
        steps, begin = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - begin) < seconds:
            _, _, terminated, truncated, _ = env.step(actions[steps % 256])
            steps += 1
            if terminated or truncated:
                env.reset()
        return steps, elapsed

    return run


def vector(envs: gymnasium.vector.VectorEnv[Any, Any, Any]) -> Run:
    """Steps a vector."""
    actions = [envs.action_space.sample() for _ in range(64)]
    envs.reset(seed=0)

    def run(seconds: float) -> tuple[int, float]:
        batches, begin = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - begin) < seconds:
            envs.step(actions[batches % 64])
            batches += 1
        return batches * envs.num_envs, elapsed

    return run


def under_way(envs: somnium.SomniumVectorEnv) -> Run:
    """Steps a vector with one more step under way while the last outcome is looked at."""
    actions = [envs.action_space.sample() for _ in range(64)]
    envs.reset(seed=0)

    def run(seconds: float) -> tuple[int, float]:
        batches, begin = 0, time.perf_counter()
        envs.step_async(actions[0])
        while (elapsed := time.perf_counter() - begin) < seconds:
            envs.step_async(actions[batches % 64])
            envs.step_wait()
            batches += 1
        envs.step_wait()
        return (batches + 1) * envs.num_envs, elapsed

    return run


def crafter() -> Run | None:
    """Steps Crafter, where it is installed. Its resets take longer than a round, so that there are none."""
    try:
        import crafter as package
    except ImportError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        env = package.Env(length=None)
        env.reset()

    def run(seconds: float) -> tuple[int, float]:
        steps, begin = 0, time.perf_counter()
        while (elapsed := time.perf_counter() - begin) < seconds:
            if env.step(0)[2]:
                break
            steps += 1
        return steps, elapsed

    return run


def rows() -> dict[str, Run]:
    """What is measured, by name."""
    scene = "somnium/RigidCatch-v0"
    table: dict[str, Run | None] = {
        "somnium RigidCatch, N=1, gymnasium.make": single(gymnasium.make(scene)),
        "somnium RigidCatch, N=1, SomniumEnv": single(somnium.SomniumEnv("RigidCatch-v0")),
        "somnium RigidCatch, N=1, through the socket": single(somnium.SomniumEnv("RigidCatch-v0", shared=False)),
        "somnium RigidCatch, N=64, make_vec": vector(gymnasium.make_vec(scene, 64)),
        "somnium RigidCatch, N=64, no copies": vector(gymnasium.make_vec(scene, 64, copy=False)),
        "somnium RigidCatch, N=64, no copies, one step under way": under_way(somnium.SomniumVectorEnv("RigidCatch-v0", 64, copy=False)),
        "somnium RigidCatch, N=64, through the socket": vector(gymnasium.make_vec(scene, 64, shared=False)),
        "somnium VoxelNavigate, N=64, make_vec": vector(gymnasium.make_vec("somnium/VoxelNavigate-v0", 64)),
        "CartPole-v1, N=1, gymnasium.make": single(gymnasium.make("CartPole-v1")),
        "CartPole-v1, N=64, AsyncVectorEnv": vector(gymnasium.make_vec("CartPole-v1", 64, vectorization_mode="async")),
        "Crafter, N=1, without resets": crafter(),
    }
    return {name: run for name, run in table.items() if run is not None}


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="of each row in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", help="a file for the figures")
    options = parser.parse_args()
    runs = rows()
    best = dict.fromkeys(runs, 0.0)
    for _ in range(options.rounds):
        for name, run in runs.items():
            steps, seconds = run(options.seconds)
            best[name] = max(best[name], steps / seconds)
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, NumPy {np.__version__}, gymnasium {gymnasium.__version__}")
    print("\n| What | steps/s |\n|---|---|")
    for name, pace in best.items():
        print(f"| {name} | {pace:,.0f} |")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({name: round(pace, 1) for name, pace in best.items()}, file, indent=2)


if __name__ == "__main__":
    main()
