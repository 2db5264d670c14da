"""The benchmark's peer: its protocol."""

from __future__ import annotations

import pytest

from somnium_torch.bench import Bench


def test_every_unit_runs() -> None:
    bench = Bench()
    assert bench.answer("preset tiny") == "ok"
    for unit in ("gemm 5 7 3 1 0 1", "gemm 5 7 3 1 1 0", "train 2 8 0 0", "train 2 8 1 2", "tokenizer", "dream 2"):
        assert bench.answer(unit) == "ok", unit
        status, taken = bench.answer("run 2").split()
        assert status == "ok" and 0 < float(taken) < 60
    peak, before = (int(x) for x in bench.answer("memory").split()[1:])
    assert peak > 0 and before > 0


@pytest.mark.parametrize("line", ["run 1", "paint", "gemm 1 2", "gemm a 1 1 1 0 0", "preset tiny x"])
def test_mistakes_are_answered(line: str) -> None:
    assert Bench().answer(line).startswith("error ")
