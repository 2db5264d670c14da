"""The twin against what Go recorded, and against what it recorded itself, on the inputs of world/parity."""

from __future__ import annotations

from typing import Dict

import parity
import pytest
import torch

from somnium_torch import safetensors


@pytest.fixture(scope="module")
def results() -> Dict[str, torch.Tensor]:
    return parity.results()


@pytest.mark.parametrize("path", [parity.GO, parity.TORCH])
def test_results_are_those_recorded(path: str, results: Dict[str, torch.Tensor]) -> None:
    recorded = {name: t for name, t in safetensors.load(path)[0].items() if name.startswith("out/")}
    assert recorded.keys() == results.keys()
    for name, want in recorded.items():
        got = results[name]
        assert got.shape == want.shape, name
        if want.dtype == torch.uint8:
            apart = (got.int() - want.int()).abs()
            assert apart.max() <= 1 and (apart > 0).float().mean() < 0.01, name
            continue
        assert (got - want).abs().max() <= 1e-4 * want.abs().max(), name


def test_ten_updates_teach() -> None:
    recorded = safetensors.load(parity.GO)[0]
    for stage in ("tokenizer", "dynamics"):
        losses = recorded[f"out/{stage}/losses"]
        assert len(losses) == 10 and losses[-1] < 0.6 * losses[0]
