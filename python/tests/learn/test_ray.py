"""Episodes from the actors of a Ray cluster of two nodes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest
import ray
from ray.cluster_utils import Cluster

from examples.ray_collect import collect
from somnium import errors, local
from somnium.shards import ShardWriter

NAME = "RigidCatch-v0?height=16&width=24&max_episode_steps=12"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Two nodes of one processor each, on this machine."""
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    made.add_node(num_cpus=1)
    root = str(Path(__file__).resolve().parents[2])
    ray.init(address=made.address, runtime_env={"env_vars": {"PYTHONPATH": root, local.BINARY_VARIABLE: local.find_binary()}})
    yield made
    ray.shutdown()
    made.shutdown()


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.shard"))}


def test_the_same_episodes_whatever_the_number_of_actors(cluster: Cluster, tmp_path: Path) -> None:
    two, one = tmp_path / "two", tmp_path / "one"
    nodes = collect(NAME, 22, str(two), actors=2, num_envs=3, seed=5, shard_episodes=4)
    assert len(nodes) == 2, "both nodes make shards"
    collect(NAME, 22, str(one), actors=1, num_envs=5, seed=5, shard_episodes=4)
    assert len(shards(two)) == 6 and shards(two) == shards(one)
    with ShardWriter(str(one)) as writer:
        assert writer.present == set(range(22))

    kept = two / "shard-00001.shard"
    time_of_it = kept.stat().st_mtime_ns
    for k in (0, 4):
        os.remove(two / f"shard-{k:05d}.shard")
    (two / "shard-00004.part").write_bytes(b"half of it")
    collect(NAME, 22, str(two), actors=2, num_envs=2, seed=5, shard_episodes=4)
    assert kept.stat().st_mtime_ns == time_of_it and shards(two) == shards(one)
    with pytest.raises(errors.SomniumError, match="seed was 5, is 6"):
        collect(NAME, 22, str(two), actors=2, seed=6, shard_episodes=4)
