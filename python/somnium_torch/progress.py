"""Lines that tell a waiting person how far a long job is, on standard error, and the losses of a run as a table."""

from __future__ import annotations

import csv
import io
import os
import sys
import time
from dataclasses import dataclass
from typing import List, TextIO

from .safetensors import replacing

GROUP = 20  # how many updates one row of the table averages
COLUMNS = ["stage", "step", "updates", "loss", "heads", "gradient_norm"]


class Progress:
    """A line on the terminal that is rewritten, elsewhere a line every ten seconds."""

    def __init__(self, title: str, unit: str, total: int, initial: int = 0, out: TextIO = sys.stderr) -> None:
        self.title, self.unit, self.total, self.initial, self.out = title, unit, total, initial, out
        self.live = out.isatty()
        self.start = self.drawn = time.monotonic()

    def set(self, count: int, status: str, force: bool = False) -> None:
        """Says that count units are done."""
        now = time.monotonic()
        if not force and now - self.drawn < (0.1 if self.live else 10):
            return
        self.drawn = now
        rate = (count - self.initial) / max(now - self.start, 1e-9)
        left = f"ETA {duration((self.total - count) / rate)}" if rate > 0 and count < self.total else duration(now - self.start)
        line = f"{self.title}  {100 * count / max(1, self.total):3.0f}%  {count}/{self.total} {self.unit}  {rate:.1f} {self.unit}/s  {left}  {status}"
        self.out.write(f"\r\x1b[K{line}" if self.live else line + "\n")
        self.out.flush()

    def done(self, count: int, status: str) -> None:
        self.set(count, status, force=True)
        if self.live:
            self.out.write("\n")


def duration(seconds: float) -> str:
    """Reads like 42s, 3m05s or 2h07m."""
    s = int(seconds + 0.5)
    if s < 60:
        return f"{s}s"
    return f"{s // 60}m{s % 60:02d}s" if s < 3600 else f"{s // 3600}h{s % 3600 // 60:02d}m"


@dataclass
class Point:
    """The sums over up to GROUP updates of a stage."""

    stage: str
    step: int
    count: int = 0
    total: float = 0.0
    heads: float = 0.0
    norm: float = 0.0


class History:
    """The way of the loss over a run, in the table that `somnium train` keeps, so that either goes on with the other's."""

    def __init__(self) -> None:
        self.points: List[Point] = []

    def add(self, stage: str, step: int, total: float, heads: float, norm: float) -> None:
        """Appends an update. What the history has from that update on, as after a resume, is dropped."""
        start = step // GROUP * GROUP
        while self.points and self.reaches(self.points[-1], stage, step, start):
            self.points.pop()
        if not self.points or (self.points[-1].stage, self.points[-1].step) != (stage, start):
            self.points.append(Point(stage, start))
        p = self.points[-1]
        p.count, p.total, p.heads, p.norm = p.count + 1, p.total + total, p.heads + heads, p.norm + norm

    @staticmethod
    def reaches(p: Point, stage: str, step: int, start: int) -> bool:
        """Whether a point covers the update, which belongs to the point that begins at start, or a later one."""
        if p.stage != stage:
            return stage == "tokenizer"
        return p.step > start or p.step == start and p.step + p.count > step

    def recent(self, stage: str) -> float:
        """The mean loss of the last few points of a stage."""
        last = [p for p in self.points[-5:] if p.stage == stage]
        return sum(p.total for p in last) / max(1, sum(p.count for p in last))

    def save(self, path: str) -> None:
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(COLUMNS)
        for p in self.points:
            table.writerow([p.stage, p.step, p.count] + [f"{x / p.count:.6g}" for x in (p.total, p.heads, p.norm)])
        with replacing(path) as file:
            file.write(text.getvalue().encode())

    def load(self, path: str) -> None:
        """Reads the table; where there is none, the history is empty."""
        if not os.path.exists(path):
            return
        with open(path, newline="", encoding="utf-8") as file:
            for stage, step, count, *means in list(csv.reader(file))[1:]:
                total, heads, norm = (float(x) * int(count) for x in means)
                self.points.append(Point(stage, int(step), int(count), total, heads, norm))
