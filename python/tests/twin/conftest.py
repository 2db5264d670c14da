"""What the tests share: one thread, so that they are fast beside other work, and a data set."""

from __future__ import annotations

import episodes
import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data set of two sizes and three environments."""
    folder = tmp_path_factory.mktemp("data")
    names = [("Square-v0?height=16&width=24", 16, 24), ("Other-v0?height=16&width=24", 16, 24), ("Square-v0?height=20&width=12", 20, 12)]
    episodes.write_shard(folder / "shard-00000.shard", [episodes.episode(i, *names[i % 3]) for i in range(6)])
    episodes.write_shard(folder / "shard-00001.shard", [episodes.episode(i, *names[0]) for i in range(6, 8)])
    return str(folder)
