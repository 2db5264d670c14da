"""A peer process for benchmarks: it sets up a unit of work and tells how long repetitions of it take.

    python -m somnium_torch.bench

It reads commands from standard input, a line each, and answers each with one line on standard output: `ok` and a value
where there is one, or `error` and a reason. Nothing else is written there, so that a program can alternate between its own
measurements and this process's. The commands:

    threads N              let PyTorch and its BLAS use N threads, 1 at the start
    gemm M N K THREADS TA TB
                           a unit: C [M, N] = A * B in float32 by OpenBLAS, where there is one, else by PyTorch; A is
                           [M, K], or [K, M] and read transposed where TA is 1, and B likewise [K, N] or [N, K]. OpenBLAS
                           is called from a loop in C, where there is a C compiler, so that no time is Python's
    preset NAME            the sizes of the networks that follow, small at the start
    train CLIPS FRAMES ENCODE DEPTH
                           a unit: one update of the transformer on clips of 64x64, draws, gradients, optimiser and moving
                           average included. With ENCODE 1 the frames are encoded first, as the Go program does in every
                           update; this package's trainer keeps latents (0). DEPTH frames of the clips are dreamed first
    tokenizer              a unit: one update of the tokenizer on 8 clips of 2 frames of 64x64
    dream K                a unit: one frame of 64x64 at batch 1 in K denoising steps, committed and decoded
    run COUNT              repeat the unit COUNT times; answers the seconds that took
    memory                 answers the greatest resident set since the unit was set up, and the one before it, in bytes
    quit                   end, as does the end of the input

Setting up a unit runs it twice, so that `run` finds everything warm.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import functools
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Callable, Iterable, Optional

import torch

from . import stages, tokenizer
from .model import World, named
from .objective import Clips
from .optimizer import Optimizer, Rates
from .session import Session

SIDE = 64  # of the frames in pixels
Unit = Callable[[int], object]
"""Does a piece of work so many times."""

LOOP = """
void repeat(void (*sgemm)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int),
            int count, int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
            float beta, float *c, int ldc) {
    while (count-- > 0) sgemm(order, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
"""
"""A call of cblas_sgemm costs microseconds from Python, as much as a small product takes; from here it costs nothing."""


def openblas() -> Optional[ctypes.CDLL]:
    """The OpenBLAS that PyTorch uses, where it does."""
    for name in ("libopenblas.so.0", ctypes.util.find_library("openblas")):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if library is not None and hasattr(library, "cblas_sgemm"):
            return library
    return None


def set_threads(count: int) -> None:
    """Sets the number of threads of PyTorch and of its BLAS, which counts its own."""
    torch.set_num_threads(count)
    blas = openblas()
    if blas is not None:
        blas.openblas_set_num_threads(count)


def each(work: Callable[[], object]) -> Unit:
    """The unit that calls work every time."""

    def unit(count: int) -> None:
        for _ in range(count):
            work()

    return unit


@functools.lru_cache(maxsize=None)
def loop() -> Optional[ctypes.CDLL]:
    """The loop around OpenBLAS's product, compiled; None, and a line that says so, where there is no C compiler."""
    with tempfile.TemporaryDirectory() as folder:
        source, library = pathlib.Path(folder, "loop.c"), pathlib.Path(folder, "loop.so")
        source.write_text(LOOP, encoding="ascii")
        try:
            subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, source], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as err:
            print(f"bench: no C compiler ({err}): small products bear the cost of a call from Python", file=sys.stderr)
            return None
        return ctypes.CDLL(str(library))


def gemm_unit(m: int, n: int, k: int, ta: bool, tb: bool) -> Unit:
    """One product of matrices, into memory that is there already."""
    a, b = torch.randn((k, m) if ta else (m, k)), torch.randn((n, k) if tb else (k, n))
    c = torch.empty(m, n)
    blas = openblas()
    if blas is None:
        left, right = a.t() if ta else a, b.t() if tb else b
        return each(lambda: torch.mm(left, right, out=c))
    row_major, plain, transposed, integer, real = 101, 111, 112, ctypes.c_int, ctypes.c_float
    pointer = ctypes.c_void_p
    arguments = (
        integer(row_major), integer(transposed if ta else plain), integer(transposed if tb else plain), integer(m), integer(n), integer(k),
        real(1), pointer(a.data_ptr()), integer(a.shape[1]), pointer(b.data_ptr()), integer(b.shape[1]), real(0), pointer(c.data_ptr()), integer(n),
    )
    sgemm = blas.cblas_sgemm
    sgemm.restype = None
    compiled = loop()
    keep = (a, b, c)  # the library sees their memory alone

    def unit(count: int) -> object:
        if compiled is None:
            for _ in range(count):
                sgemm(*arguments)
        else:
            compiled.repeat(sgemm, integer(count), *arguments)
        return keep

    unit(1)
    want = (a.t() if ta else a) @ (b.t() if tb else b)
    if not torch.allclose(c, want, rtol=1e-3, atol=1e-3):
        raise RuntimeError("the BLAS does not compute what PyTorch does")
    return unit


def pictures(*shape: int) -> torch.Tensor:
    """Frames uint8 [..., SIDE, SIDE, 3] of nothing in particular."""
    return torch.randint(256, (*shape, SIDE, SIDE, 3), dtype=torch.uint8)


def update(optimizer: Optimizer, step: stages.Step) -> None:
    """Computes the gradients of a step and makes the update."""
    for p in optimizer.sources:
        p.grad = None
    sums = step.sums() / step.totals
    (sums[0] + step.head_weight * sums[1]).backward()
    optimizer.update(1)


def train_unit(preset: str, clips: int, frames: int, encode: bool, depth: int) -> Unit:
    """One update of the transformer."""
    world = World.new(preset)
    model, config = world.dynamics, world.dynamics.config
    optimizer = Optimizer(named(model, ""), Rates(adam=1e-3, muon=5e-3, decay=0.01))
    stage = stages.DynamicsStage(model, world.tokenizer, model, contextlib.nullcontext)
    size = tokenizer.grid(SIDE, SIDE)
    video = pictures(clips * frames)
    latents = torch.randn(clips, frames, size[0] * size[1], config.latent)
    actions = torch.nn.functional.one_hot(torch.randint(config.actions, (clips, frames)), config.actions).float()
    known, nothing = torch.ones(clips, frames, dtype=torch.bool), torch.zeros(clips, frames, 1)
    bags = torch.stack([config.bag(config.words("a red ball moves left")) for _ in range(clips)])
    data = Clips(latents, actions, known, nothing, nothing, known.unsqueeze(-1), bags, size)

    def work() -> None:
        if encode:
            data.latents = world.tokenizer.encode(video).reshape(latents.shape)
        stream = stages.Stream(0, optimizer.step, stages.Team(), torch.device("cpu"))
        update(optimizer, stage.step(data, stream, depth, simple=False))

    return each(work)


def tokenizer_unit(preset: str) -> Unit:
    """One update of the tokenizer."""
    model = World.new(preset).tokenizer
    optimizer = Optimizer(named(model, ""), Rates(adam=2e-3, muon=1e-2))
    clips = pictures(8, 2)
    return each(lambda: update(optimizer, stages.tokenizer_step(model, clips, stages.Stream(0, optimizer.step, stages.Team(), torch.device("cpu")))))


def dream_unit(preset: str, steps: int) -> Unit:
    """One frame of a dream whose window is full."""
    world = World.new(preset)
    session = Session(world, SIDE, SIDE, steps)
    session.prime(pictures(world.dynamics.config.window))
    action = torch.zeros(world.dynamics.config.actions)
    action[0] = 1
    return each(lambda: session.step(action))


def resident() -> tuple[int, int]:
    """The resident set of this process in bytes: the greatest since reset_peak, and now. Linux alone tells it."""
    fields = {}
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            name, _, rest = line.partition(":")
            fields[name] = rest.split()
    return int(fields["VmHWM"][0]) * 1024, int(fields["VmRSS"][0]) * 1024


def reset_peak() -> None:
    """Forgets the greatest resident set so far."""
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


class Bench:
    """The unit at hand and the answers to commands."""

    def __init__(self) -> None:
        self.unit: Optional[Unit] = None
        self.preset = "small"
        self.before = 0
        set_threads(1)

    def answer(self, line: str) -> str:
        """Carries out a command and returns its answer."""
        command, *arguments = line.split()
        method = getattr(self, "do_" + command, None)
        if method is None:
            return f"error there is no command {command}; the module's documentation lists them"
        try:
            return f"ok {method(*arguments)}".rstrip()
        except (TypeError, ValueError, RuntimeError, OSError) as err:
            return f"error {command}: {err}".replace("\n", " ")

    def set_up(self, make: Callable[[], Unit]) -> str:
        """Replaces the unit and warms it up."""
        self.unit = None
        self.before = resident()[1]
        reset_peak()
        unit = make()
        unit(2)
        self.unit = unit
        return ""

    def do_threads(self, count: str) -> str:
        set_threads(int(count))
        return ""

    def do_gemm(self, m: str, n: str, k: str, threads: str, ta: str, tb: str) -> str:
        set_threads(int(threads))
        return self.set_up(lambda: gemm_unit(int(m), int(n), int(k), ta == "1", tb == "1"))

    def do_preset(self, name: str) -> str:
        self.preset = name
        return ""

    def do_train(self, clips: str, frames: str, encode: str, depth: str) -> str:
        return self.set_up(lambda: train_unit(self.preset, int(clips), int(frames), encode == "1", int(depth)))

    def do_tokenizer(self) -> str:
        return self.set_up(lambda: tokenizer_unit(self.preset))

    def do_dream(self, steps: str) -> str:
        return self.set_up(lambda: dream_unit(self.preset, int(steps)))

    def do_run(self, count: str) -> str:
        if self.unit is None:
            raise RuntimeError("no unit of work is set up; send gemm, train, tokenizer or dream first")
        unit, times = self.unit, int(count)
        start = time.perf_counter()
        unit(times)
        return f"{time.perf_counter() - start:.9f}"

    def do_memory(self) -> str:
        return f"{resident()[0]} {self.before}"


def main(lines: Iterable[str] = sys.stdin) -> None:
    bench = Bench()
    for line in lines:
        if not line.strip():
            continue
        if line.split()[0] == "quit":
            return
        print(bench.answer(line), flush=True)


if __name__ == "__main__":
    main()
