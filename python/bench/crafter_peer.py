"""Crafter as the peer of `go run ./internal/bench`: it answers every line with one.

    steps     from now on a unit of work is a step with a random action
    resets    from now on it is a reset
    run N     works N units, and answers how many seconds they took
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import Callable

warnings.simplefilter("ignore")

import crafter  # noqa: E402
import numpy as np  # noqa: E402


class Peer:
    """One environment, of Crafter's standard size and length."""

    def __init__(self) -> None:
        self.env = crafter.Env(seed=1)
        self.rng = np.random.default_rng(1)
        self.env.reset()

    def steps(self, count: int) -> float:
        """Takes steps; where an episode ends, the reset is not on the clock."""
        seconds = 0.0
        for action in self.rng.integers(self.env.action_space.n, size=count):
            begin = time.perf_counter()
            over = self.env.step(int(action))[2]
            seconds += time.perf_counter() - begin
            if over:
                self.env.reset()
        return seconds

    def resets(self, count: int) -> float:
        """Begins episodes."""
        begin = time.perf_counter()
        for _ in range(count):
            self.env.reset()
        return time.perf_counter() - begin


def main() -> None:
    """Answers until the input ends."""
    peer = Peer()
    work: Callable[[int], float] = peer.steps
    for line in sys.stdin:
        match line.split():
            case ["steps"]:
                work, answer = peer.steps, "ok"
            case ["resets"]:
                work, answer = peer.resets, "ok"
            case ["run", count]:
                answer = f"ok {work(int(count))}"
            case _:
                answer = "what is that?"
        print(answer, flush=True)


if __name__ == "__main__":
    main()
