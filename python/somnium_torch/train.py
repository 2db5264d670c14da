"""Trains a world model on recorded episodes, on processors or GPUs: `somnium train` in PyTorch, with the same options and files.

    python -m somnium_torch.train data/catch --out runs/catch --tokenizer-steps 5000 --dynamics-steps 12000
    torchrun --nproc_per_node 8 -m somnium_torch.train data/catch --out runs/catch --dynamics-steps 12000 --clips 256 ...

A run is a folder: checkpoint.safetensors holds weights and optimiser state in float32, and either program goes on from it;
weights.safetensors is the averaged model in bf16, which `somnium` dreams with; losses.csv shows the way. A run that is stopped,
by Ctrl-C too, goes on when the same command is run again. --clips is the batch of one process; N processes see what one
sees at N times the batch.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import re
import signal
import sys
import time
from typing import Callable, Dict, List, Optional, Tuple

import torch
import torch.distributed as distributed
from torch import Tensor

from . import safetensors, stages, tokenizer
from .data import Data, Plan
from .dit import split
from .model import METADATA_KEY, PRESETS, World, named
from .optimizer import Optimizer, Rates, schedule
from .progress import History, Progress
from .shards import open_all
from .stages import Step, Stream, Team

STAGE_KEY = "somnium.stage"
TOKENIZER_CLIPS, TOKENIZER_LATENTS = 8, 2  # those of the first frame, and of a whole span
FLOW_CLIPS, FLOW_FRAMES = 8, 5  # of a clip, all but the first of which are guessed
STAGES = ("tokenizer", "flow", "dynamics")
FIT_BATCHES = 64
RATES = {"tokenizer": Rates(adam=2e-3, muon=1e-2), "flow": Rates(adam=2e-3, muon=1e-2), "dynamics": Rates(adam=1e-3, muon=5e-3, decay=0.01)}


def seconds(text: str) -> float:
    """Reads a time such as 90s, 1m or 1h30m."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|m|s)", text)
    if not parts or "".join(a + b for a, b in parts) != text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time; write for example 90s, 1m or 1h30m")
    return sum(float(a) * {"h": 3600, "m": 60, "s": 1, "ms": 1e-3}[b] for a, b in parts)


def factors(text: str) -> Dict[str, float]:
    """Reads factors such as RigidCatch-v0=2,RigidPush-v0=0.5."""
    weights = {}
    for part in text.split(","):
        name, sign, number = part.rpartition("=")
        try:
            weights[name] = float(number)
        except ValueError:
            sign = ""
        if not sign or not 0 <= weights.get(name, -1) < math.inf:
            raise argparse.ArgumentTypeError(f"{part!r} is not a factor from 0; write for example RigidCatch-v0=2")
    return weights


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="somnium_torch.train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("data", nargs="+", help="folders of recorded episodes")
    p.add_argument("--out", required=True, help="folder of the run")
    p.add_argument("--preset", default="small", choices=sorted(PRESETS), help="sizes of the model (default: small)")
    p.add_argument("--from", dest="start", default="", help="weights to start from (default: fresh weights)")
    p.add_argument("--seed", type=int, default=0, help="seed of everything that is drawn at random (default: 0)")
    p.add_argument("--tokenizer-steps", type=int, default=0, help="updates of the tokenizer, counted over all runs")
    p.add_argument("--flow-steps", type=int, default=0, help="updates of the network that guesses the next frame, counted over all runs; a model that has none gets one")
    p.add_argument("--dynamics-steps", type=int, default=0, help="updates of the dynamics, counted over all runs")
    p.add_argument("--clips", type=int, default=4, help="clips in a batch of the dynamics, of each process (default: 4)")
    p.add_argument("--frames", type=int, default=16, help="frames in a clip of the dynamics; where a latent stands for S of them, the most up to it that are 1 more than a multiple of S (default: 16)")
    p.add_argument("--weight", type=factors, action="append", default=[], help="factors on the shares of environments, such as RigidCatch-v0=2")
    p.add_argument("--self-rollout", type=float, default=0.4, help="share of the dynamics' updates, at the end, that show the model frames of its own (default: 0.4)")
    p.add_argument("--rate", type=float, default=1.0, help="factor on the learning rates (default: 1)")
    p.add_argument("--save", type=seconds, default=60.0, help="time between checkpoints (default: 1m)")
    p.add_argument("--json", action="store_true", help="print figures as one JSON object")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cpu or cuda (default: cuda where there is one)")
    p.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="of products in the dynamics (default: bfloat16 on a GPU)")
    p.add_argument("--compile", action="store_true", help="compile the dynamics, where PyTorch can: slower to start, faster to run")
    p.add_argument("--threads", type=int, default=0, help="threads of PyTorch (default: its own choice)")
    return p


def check(o: argparse.Namespace) -> None:
    """Raises an error where an option is out of range."""
    if min(o.tokenizer_steps, o.flow_steps, o.dynamics_steps) < 0 or o.tokenizer_steps + o.flow_steps + o.dynamics_steps == 0:
        raise ValueError("train needs --tokenizer-steps, --flow-steps or --dynamics-steps, and none below 0")
    if o.clips < 1 or o.frames < 1:
        raise ValueError(f"--clips is {o.clips} and --frames {o.frames}; give at least 1")
    if not 0 < o.rate < math.inf or not 0 <= o.self_rollout <= 1:
        raise ValueError(f"--rate is {o.rate} and --self-rollout {o.self_rollout}; the one must be above 0, the other from 0 to 1")
    if o.compile and not hasattr(torch, "compile"):
        raise ValueError(f"--compile needs PyTorch 2, and this is {torch.__version__}")


def clip_frames(config: tokenizer.Config, latents: int) -> int:
    """The length of a clip of so many latents whose first stands for one frame."""
    return 1 + config.span * (latents - 1)


class Stopped(Exception):
    """The run was asked to stop, and has saved what is finished."""


class Run:
    """The state of a training run, in one of its processes."""

    def __init__(self, options: argparse.Namespace, team: Team, device: torch.device, report: Optional[Callable[..., None]] = None) -> None:
        self.options, self.team, self.device, self.report = options, team, device, report
        self.weights = {name: w for given in options.weight for name, w in given.items()}
        self.history, self.stopping = History(), False
        self.resumed: Optional[Tuple[str, Dict[str, Tensor]]] = None
        entries = open_all(options.data)
        names = {entry.meta["env"] for entry in entries}
        unknown = set(self.weights) - names - {name.partition("?")[0] for name in names}
        if unknown:
            raise ValueError(f"a weight is given to {sorted(unknown)[0]}, and no episode is of it; there are {', '.join(sorted(names))}")
        self.world = self.start(sorted(names)).to(device)
        sizes = self.world.tokenizer.config
        self.length = clip_frames(sizes, TOKENIZER_LATENTS)
        self.frames = clip_frames(sizes, sizes.latents(options.frames))
        self.data = Data(entries, self.world.dynamics.config, device)
        self.plans = {
            name: Plan(self.data, frames, self.weights)
            for name, frames, steps in (
                ("tokenizer", self.length, options.tokenizer_steps),
                ("flow", FLOW_FRAMES, options.flow_steps),
                ("dynamics", self.frames, options.dynamics_steps),
            )
            if steps > 0
        }

    def path(self, name: str) -> str:
        return os.path.join(self.options.out, name)

    def start(self, environments: List[str]) -> World:
        """The model: from the run's checkpoint, else from given weights, else fresh."""
        o, path = self.options, self.path("checkpoint.safetensors")
        if os.path.exists(path):
            tensors, metadata = safetensors.load(path)
            world = World.of(tensors, metadata, path)
            if STAGE_KEY not in metadata:
                raise ValueError(f"{path} holds weights but no state of a run; move it away and start from it with --from")
            self.resumed = metadata[STAGE_KEY], tensors
            if world.info.preset != o.preset:
                raise ValueError(f"{path} is of preset {world.info.preset!r}, not {o.preset!r}; choose that preset")
            self.history.load(self.path("losses.csv"))
        elif o.start:
            world = World.open(o.start).grown(o.preset, o.seed)
        else:
            torch.manual_seed(o.seed)
            world = World.new(o.preset)
        if self.resumed is None:
            world.info.environments = environments
        if o.flow_steps > 0 and world.flow is None:
            torch.manual_seed(o.seed)
            world.add_flow()
        return world

    def train(self) -> World:
        """Runs the stages from where they stand."""
        o = self.options
        if o.dynamics_steps > 0 and o.tokenizer_steps == 0 and self.world.info.tokenizer_steps == 0:
            raise ValueError("the dynamics would learn the latents of a tokenizer that was never trained; ask for updates of it too, or start from weights that have some")
        if o.flow_steps > 0 and o.tokenizer_steps == 0 and self.world.info.tokenizer_steps == 0:
            raise ValueError("the flow would see frames through a tokenizer that was never trained; ask for updates of it too, or start from weights that have some")
        self.stage("tokenizer", o.tokenizer_steps, self.tokenizer_steps, self.fit)
        self.stage("flow", o.flow_steps, self.flow_steps, lambda: None)
        self.stage("dynamics", o.dynamics_steps, self.dynamics_steps, lambda: None)
        return self.world

    def stage(self, name: str, steps: int, prepare: Callable[[], Callable[[int], Step]], finish: Callable[[], None]) -> None:
        """Runs one stage from where it stands to the given number of updates."""
        if self.resumed is not None and STAGES.index(name) < STAGES.index(self.resumed[0]):
            return  # the run stands in a later stage
        if self.resumed is None and steps == 0:
            return
        rates = RATES[name]
        rates = Rates(adam=rates.adam * self.options.rate, muon=rates.muon * self.options.rate, decay=rates.decay)
        optimizer = Optimizer(named(getattr(self.world, name), ""), rates)
        if self.resumed is not None and self.resumed[0] == name:
            optimizer.load(self.resumed[1])
            self.resumed = None
        if optimizer.step == 0 and steps == 0:
            return
        if optimizer.step < steps:
            self.loop(name, optimizer, steps, prepare())
        optimizer.swap()
        finish()
        if self.team.rank == 0:
            self.world.save(self.path("weights.safetensors"))

    def tokenizer_steps(self) -> Callable[[int], Step]:
        self.data.load(None)
        plan = self.plans["tokenizer"]

        def step(number: int) -> Step:
            clips = self.data.pixels(*self.draw(plan, self.options.seed, number, TOKENIZER_CLIPS), self.length)
            return stages.tokenizer_step(self.world.tokenizer, clips, self.stream(number))

        return step

    def flow_steps(self) -> Callable[[int], Step]:
        self.data.load(None)
        plan = self.plans["flow"]

        def step(number: int) -> Step:
            clips = self.data.transitions(*self.draw(plan, self.options.seed, number, FLOW_CLIPS), FLOW_FRAMES)
            return stages.flow_step(self.world.flow, self.world.tokenizer, *clips, self.stream(number))

        return step

    def dynamics_steps(self) -> Callable[[int], Step]:
        o, model, frozen = self.options, self.world.dynamics, self.world.tokenizer
        self.data.load(frozen, keep=self.world.flow is not None)
        plan = self.plans["dynamics"]
        half = o.precision == "bfloat16" or o.precision == "auto" and self.device.type == "cuda"
        autocast = (lambda: torch.autocast(self.device.type, torch.bfloat16)) if half else contextlib.nullcontext
        self.learn()
        stage = stages.DynamicsStage(model, frozen, torch.compile(model, dynamic=False) if o.compile else model, autocast, self.world.flow)

        def step(number: int) -> Step:
            stream = self.stream(number)
            clips = self.data.clips(*self.draw(plan, o.seed, number, o.clips), self.frames, stream)
            deep = stages.depth(number, o.dynamics_steps, o.self_rollout, frozen.config.latents(o.frames), stages.primed(frozen.config))
            return stage.step(clips, stream, deep, stages.plain(number, o.dynamics_steps, o.self_rollout))

        return step

    def stream(self, number: int) -> Stream:
        return Stream(self.options.seed, number, self.team, self.device)

    def draw(self, plan: Plan, seed: int, number: int, clips: int):
        """The size and the first frames of this process's clips."""
        size, starts = plan.draw(seed, number, clips * self.team.ranks)
        return size, starts[self.team.rank * clips : (self.team.rank + 1) * clips]

    def loop(self, name: str, optimizer: Optimizer, steps: int, step: Callable[[int], Step]) -> None:
        """Makes the updates."""
        clips = self.team.ranks * {"tokenizer": TOKENIZER_CLIPS, "flow": FLOW_CLIPS, "dynamics": self.options.clips}[name]
        bar = Progress(name, "clips", steps * clips, optimizer.step * clips, open(os.devnull, "w") if self.team.rank else sys.stderr)
        saved = time.monotonic()
        while optimizer.step < steps:
            number = optimizer.step
            total, heads, stop = self.gradients(optimizer.sources, step(number))
            norm = optimizer.update(schedule(number, steps))
            self.seen(name, clips)
            self.history.add(name, number, total, heads, norm)
            if self.report is not None:
                self.report(name, number, total, heads, norm)
            bar.set(optimizer.step * clips, f"loss {self.history.recent(name):.5f}")
            if stop or time.monotonic() - saved >= self.options.save:
                self.save(name, optimizer)
                saved = time.monotonic()
            if stop:
                bar.done(optimizer.step * clips, f"stopped at step {optimizer.step} of {steps}")
                raise Stopped
        bar.done(optimizer.step * clips, f"loss {self.history.recent(name):.5f}")
        self.save(name, optimizer)

    def gradients(self, parameters: List[Tensor], step: Step) -> Tuple[float, float, bool]:
        """Leaves the gradients of the clips of all processes; returns the two terms of the loss, and whether any process is to stop."""
        for p in parameters:
            p.grad = None
        totals = self.sum(step.totals).clamp(min=1e-9)
        sums = step.sums() / totals
        (sums[0] + step.head_weight * sums[1]).backward()
        grads = [p.grad for p in parameters]
        told = torch.cat((sums.detach(), sums.new_tensor([float(self.stopping)])))
        if self.team.ranks > 1:
            everything = self.sum(torch.cat([g.flatten() for g in grads] + [told]))
            *parts, told = everything.split([g.numel() for g in grads] + [3])
            for p, part in zip(parameters, parts):
                p.grad = part.view_as(p)
        total, heads, stop = told.tolist()
        return total, heads, stop > 0

    def sum(self, x: Tensor) -> Tensor:
        """The sum of a tensor over all processes."""
        if self.team.ranks > 1:
            distributed.all_reduce(x)
        return x

    def seen(self, name: str, clips: int) -> None:
        """Counts an update in what the model says of itself."""
        info = self.world.info
        if name == "tokenizer":
            info.tokenizer_steps += 1
            info.tokenizer_frames += clips * self.length
        elif name == "flow":
            info.flow_steps += 1
            info.flow_frames += clips * (FLOW_FRAMES - 1)
        else:
            info.dynamics_steps += 1
            info.dynamics_clips += clips

    def learn(self) -> None:
        """Counts the words of the captions among those that the model knows."""
        words = {word for text in self.data.captions.numbers for word in split(text)}
        self.world.info.words = sorted(words.union(self.world.info.words) - {""}, key=lambda word: word.encode())

    def fit(self) -> None:
        """Measures the statistics of the latents, so that each channel has mean 0 and deviation 1."""
        model = self.world.tokenizer
        model.mean.zero_()
        model.deviation.fill_(1)
        self.data.load(None)
        plan = Plan(self.data, self.length, self.weights)
        sums = torch.zeros(3, model.config.latent, dtype=torch.float64)
        for number in range(FIT_BATCHES):
            clips = self.data.pixels(*plan.draw(self.options.seed + 1, number, TOKENIZER_CLIPS), self.length)
            latents = model.encode(clips).flatten(0, 2).double().cpu()
            sums += torch.stack((torch.full_like(latents[0], len(latents)), latents.sum(0), latents.square().sum(0)))
        mean = sums[1] / sums[0]
        model.mean.copy_(mean)
        model.deviation.copy_((sums[2] / sums[0] - mean.square()).clamp(min=1e-6).sqrt())

    def save(self, name: str, optimizer: Optimizer) -> None:
        """Writes checkpoint, table and averaged weights."""
        if self.team.rank:
            return
        metadata = {METADATA_KEY: self.world.info.text(), STAGE_KEY: name}
        safetensors.save(self.path("checkpoint.safetensors"), {**self.world.tensors(), **optimizer.state()}, metadata)
        self.history.save(self.path("losses.csv"))
        optimizer.swap()
        self.world.save(self.path("weights.safetensors"))
        optimizer.swap()


def lock(folder: str):
    """Makes this process the folder's one writer, until its end."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise ValueError(f"{folder} is being written by another program; wait for it or choose another folder") from None
    return handle


def place(options: argparse.Namespace) -> Tuple[Team, torch.device]:
    """This process's place among those that torchrun started, and its device."""
    if options.threads:
        torch.set_num_threads(options.threads)
    device = torch.device(options.device)
    if "WORLD_SIZE" not in os.environ:
        return Team(), device
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return Team(distributed.get_rank(), distributed.get_world_size()), device


def main(arguments: Optional[List[str]] = None) -> int:
    options = parser().parse_args(arguments)
    started = time.monotonic()
    try:
        check(options)
        team, device = place(options)
        os.makedirs(options.out, exist_ok=True)
        held = lock(options.out) if team.rank == 0 else None
        run = Run(options, team, device)

        def stop(*_) -> None:
            run.stopping = True
            signal.signal(signal.SIGINT, signal.default_int_handler)

        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGTERM, stop)
        run.train()
    except Stopped:
        return 130
    except (ValueError, OSError, FloatingPointError) as err:
        print(f"somnium_torch: {err}", file=sys.stderr)
        return 1
    finally:
        if distributed.is_available() and distributed.is_initialized():
            distributed.destroy_process_group()
    if held is not None:
        figures(run, time.monotonic() - started)
    return 0


def figures(run: Run, spent: float) -> None:
    """Prints what came out."""
    info, path = run.world.info, run.path("weights.safetensors")
    count = sum(p.numel() for p in run.world.parameters())
    if run.options.json:
        keys = ("preset", "tokenizer_steps", "dynamics_steps", "dynamics_clips")
        values = {key: getattr(info, key) for key in keys}
        print(json.dumps({"out": run.options.out, "weights": path, **values, "parameters": count, "seconds": spent}))
        return
    print(f"{path}: preset {info.preset}, {count} weights, trained for {info.tokenizer_steps} updates of the tokenizer and {info.dynamics_steps} of the dynamics ({info.dynamics_clips} clips)")
    print(f"this run took {spent:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
