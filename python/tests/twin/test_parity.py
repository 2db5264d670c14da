"""The twin against what Go recorded, and against what it recorded itself, on the inputs of world/parity."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Tuple

import parity
import pytest
import torch

from somnium_torch import safetensors

Results = Tuple[Path, Dict[str, torch.Tensor]]


@pytest.fixture(scope="module", params=parity.MODELS, ids=lambda folder: folder.name)
def results(request: pytest.FixtureRequest) -> Results:
    return request.param, parity.results(request.param)


@pytest.mark.parametrize("name", [parity.GO, parity.TORCH])
def test_results_are_those_recorded(name: str, results: Results) -> None:
    folder, made = results
    recorded = {name: t for name, t in safetensors.load(str(folder / name))[0].items() if name.startswith("out/")}
    assert recorded.keys() == made.keys()
    for name, want in recorded.items():
        got = made[name]
        assert got.shape == want.shape, name
        if want.dtype == torch.uint8:
            apart = (got.int() - want.int()).abs()
            assert apart.max() <= 1 and (apart > 0).float().mean() < 0.01, name
            continue
        assert (got - want).abs().max() <= 1e-4 * want.abs().max(), name


@pytest.mark.parametrize("folder", parity.MODELS, ids=lambda folder: folder.name)
def test_ten_updates_teach(folder: Path) -> None:
    recorded = safetensors.load(str(folder / parity.GO))[0]
    for stage in ["tokenizer", "dynamics"] + ["flow"] * (folder in parity.FLOWS):
        losses = recorded[f"out/{stage}/losses"]
        assert len(losses) == 10 and losses[-1] < 0.7 * losses[0]
