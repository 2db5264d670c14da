"""Collects episodes on the machines of a Ray cluster into shards that `somnium train` reads.

    python python/examples/ray_collect.py "RigidCatch-v0?max_episode_steps=200" --episodes 10000 --actors 32 --out data/catch

Each actor steps a vector of environments and makes whole shards, of consecutive episodes, which the driver writes where it runs:
actors need no file system in common, and compress where they play. A shard is a function of the options and of its number, so that the
data set is the same to the byte whatever the number of actors and nodes, and a job that was stopped makes the shards that are missing.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
import tempfile
from collections import deque
from pathlib import Path
from typing import Any, Callable

import numpy as np
import ray

from somnium.record import claim, episode_seeds
from somnium.shards import Episode, ShardWriter
from somnium.vector import SomniumVectorEnv


class Take:
    """An episode being played."""

    def __init__(self, number: int, job: int, space: Any) -> None:
        self.number = number
        self.seed, policy_seed = episode_seeds(job, number)
        self.space = copy.deepcopy(space)
        self.space.seed(policy_seed)
        self.frames: list[np.ndarray] = []
        self.actions: list[Any] = []
        self.rewards: list[float] = []
        self.ends: list[tuple[bool, bool]] = []

    def act(self) -> Any:
        """The next action, drawn by the episode's own seed."""
        self.actions.append(self.space.sample())
        return self.actions[-1]

    def see(self, frame: np.ndarray, reward: float, terminated: bool, truncated: bool) -> None:
        """Keeps what the action has led to."""
        self.frames.append(frame.copy())
        self.rewards.append(reward)
        self.ends.append((terminated, truncated))

    def episode(self, name: str, fps: float) -> Episode:
        """What was played."""
        ends = np.array(self.ends, bool).reshape(-1, 2)
        return Episode(
            env=name, number=self.number, seed=self.seed, frames=np.stack(self.frames), actions=self.actions, rewards=np.array(self.rewards),
            terminated=ends[:, 0], truncated=ends[:, 1], action_space=self.space, agent="random", fps=fps,
        )  # fmt: skip


class Collector:
    """Plays on one node: a vector of environments, and a folder of its own for the shard in the making."""

    def __init__(self, name: str, num_envs: int, job: int) -> None:
        self.name, self.job = name, job
        self.envs = SomniumVectorEnv(name, num_envs, autoreset_mode="Disabled")

    def node(self) -> str:
        """The node that it runs on."""
        return str(ray.get_runtime_context().get_node_id())

    def shard(self, first: int, count: int) -> bytes:
        """The shard of the episodes from `first` on."""
        with tempfile.TemporaryDirectory() as folder:
            with ShardWriter(folder, shard_bytes=1 << 40) as writer:
                for episode in self.play(range(first, first + count)):
                    writer.append(episode)
            return (Path(folder) / "shard-00000.shard").read_bytes()

    def play(self, numbers: range) -> list[Episode]:
        """The episodes of the numbers, as many at a time as there are environments.

        Where there are no more numbers, environments that are done play on for nobody, until the last episode has ended.
        """
        waiting, played = deque(numbers), {}
        takes: list[Take | None] = [None] * self.envs.num_envs
        ended = np.ones(len(takes), bool)
        while len(played) < len(numbers):
            if ended.any():
                self.begin(takes, ended, waiting)
            actions = [take.act() if take else self.envs.single_action_space.sample() for take in takes]
            observations, rewards, terminated, truncated, _ = self.envs.step(np.stack(actions))
            ended = terminated | truncated
            for i, take in enumerate(takes):
                if take is not None:
                    take.see(observations[i], float(rewards[i]), bool(terminated[i]), bool(truncated[i]))
                    if ended[i]:
                        played[take.number], takes[i] = take, None
        return [played[number].episode(self.name, self.envs.metadata["render_fps"]) for number in numbers]

    def begin(self, takes: list[Take | None], mask: np.ndarray, waiting: deque[int]) -> None:
        """Resets those of the mask, to the next episodes that wait."""
        for i in np.flatnonzero(mask):
            takes[i] = Take(waiting.popleft(), self.job, self.envs.single_action_space) if waiting else None
        seeds = [take.seed if take else 0 for take in takes]
        observations, _ = self.envs.reset(seed=seeds, options={"reset_mask": mask})
        for i in np.flatnonzero(mask):
            take = takes[i]
            if take is not None:
                take.frames.append(observations[i].copy())


def collect(
    name: str,
    episodes: int,
    out: str,
    *,
    actors: int,
    num_envs: int = 16,
    seed: int = 0,
    shard_episodes: int = 64,
    progress: Callable[[int, int], None] | None = None,
) -> list[str]:
    """Makes the shards that are missing in the folder, and returns the nodes that made some."""
    claim(out, {"env": name, "episodes": episodes, "seed": seed, "shard_episodes": shard_episodes, "by": "ray_collect"})
    paths = [Path(out) / f"shard-{k:05d}.shard" for k in range(-(-episodes // shard_episodes))]
    missing = deque(k for k, path in enumerate(paths) if not path.exists())
    done, nodes = len(paths) - len(missing), set()
    remote = ray.remote(num_cpus=1, scheduling_strategy="SPREAD", max_restarts=-1, max_task_retries=-1)(Collector)
    idle = deque(remote.remote(name, num_envs, seed) for _ in range(min(actors, len(missing))))
    running: dict[Any, tuple[int, Any]] = {}
    while missing or running:
        while missing and idle:
            k, actor = missing.popleft(), idle.popleft()
            first = k * shard_episodes
            running[actor.shard.remote(first, min(shard_episodes, episodes - first))] = k, actor
        (ready,), _ = ray.wait(list(running), num_returns=1)
        k, actor = running.pop(ready)
        part = paths[k].with_suffix(".part")
        part.write_bytes(ray.get(ready))
        part.replace(paths[k])  # whole, or not at all
        nodes.add(ray.get(actor.node.remote()))
        idle.append(actor)
        done += 1
        if progress:
            progress(done, len(paths))
    for actor in idle:
        ray.kill(actor)
    return sorted(nodes)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="the environment's name, such as RigidCatch-v0?height=48")
    parser.add_argument("--episodes", type=int, required=True)
    parser.add_argument("--out", required=True, help="folder of the data set, where this program runs")
    parser.add_argument("--actors", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--envs", type=int, default=16, help="environments that an actor steps at a time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--address", help="the cluster's (default: the one that Ray finds, or this machine alone)")
    given = parser.parse_args()
    here = {key: os.environ[key] for key in ("PYTHONPATH", "SOMNIUM_BINARY") if key in os.environ}
    ray.init(address=given.address, runtime_env={"env_vars": here})

    def progress(done: int, shards: int) -> None:
        print(f"\rcollect: {done}/{shards} shards", end="" if done < shards else "\n", file=sys.stderr, flush=True)

    nodes = collect(given.name, given.episodes, given.out, actors=given.actors, num_envs=given.envs, seed=given.seed, progress=progress)
    print(f"{given.out}: {given.episodes} episodes, made on {len(nodes)} nodes")


if __name__ == "__main__":
    main()
