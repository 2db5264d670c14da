"""What the twin makes of the inputs that Go recorded, and the writing of the files that both sides are held to.

    python tests/twin/parity.py weights    writes the weights
    python tests/twin/parity.py results    writes the twin's results, once Go has recorded its inputs
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Dict

import torch
from torch import Tensor

from somnium_torch import flow, objective, safetensors, tokenizer
from somnium_torch.dit import Cache
from somnium_torch.model import PRESETS, Info, World, named
from somnium_torch.optimizer import Optimizer, Rates
from somnium_torch.session import Session

TESTDATA = Path(__file__).resolve().parents[3] / "world" / "parity" / "testdata"
# What the models have other than the tiny preset, in both parts and in the transformer, by the folders of what is recorded of them.
MODELS = {
    TESTDATA: ({}, {}),
    TESTDATA / "stride4": ({"time_stride": 4}, {}),
    TESTDATA / "memory": ({}, {"memory": True, "context_noise": 0.1}),
    TESTDATA / "flow": ({}, {"memory": True}),
}
FLOWS = {TESTDATA / "flow": flow.Config(width=8, hidden=12, blocks=2, flows=2, actions=8)}  # of those that guess frames
WEIGHTS, GO, TORCH = "weights.safetensors", "go.safetensors", "torch.safetensors"
TOKENIZER_RATES = FLOW_RATES = Rates(adam=2e-3, muon=1e-2)
DYNAMICS_RATES = Rates(adam=1e-3, muon=5e-3, decay=0.01)

Tensors = Dict[str, Tensor]


def write_weights(folder: Path) -> None:
    """Writes a tiny model none of whose weights is zero, as if it had been trained on something."""
    torch.manual_seed(1)
    (both, dynamics), (first, second) = MODELS[folder], PRESETS["tiny"]
    world = World(Info("tiny", replace(first, **both), replace(second, **both, **dynamics), FLOWS.get(folder)))
    with torch.no_grad():
        for p in world.parameters():
            p.add_(torch.randn_like(p) * 0.1)
        world.tokenizer.mean.normal_(0, 0.1)
        world.tokenizer.deviation.uniform_(0.3, 0.6)
    folder.mkdir(exist_ok=True)
    world.save(str(folder / WEIGHTS))


def codec(world: World, given: Tensors) -> Tensors:
    height, width = given["in/codec/frames"].shape[1:3]
    return {
        "out/codec/latents": world.tokenizer.encode(given["in/codec/frames"]),
        "out/codec/frames": world.tokenizer.decode(given["in/codec/latents"], height, width),
    }


@torch.no_grad()
def steps(world: World, given: Tensors) -> Tensors:
    model = world.dynamics
    tokens, features = given["in/steps/tokens"], given["in/steps/features"]
    bags = model.config.bag(model.config.words(caption(given))).unsqueeze(0)
    cache = Cache(model.config, 1, tokens.shape[1], tokens.device)
    corrections, heads = [], []
    for t in range(len(tokens)):
        one = slice(t, t + 1)
        correction, head = model(tokens[None, one], features[None, one], bags, size(given), cache=cache)
        cache.length += 1
        corrections.append(correction[0])
        heads.append(head[0])
    return {"out/steps/corrections": torch.cat(corrections), "out/steps/heads": torch.cat(heads)}


def caption(given: Tensors) -> str:
    return bytes(given["in/caption"].tolist()).decode()


def size(given: Tensors):
    """The latent grid of all cases."""
    return tokenizer.grid(*given["in/codec/frames"].shape[1:3])


def dream(world: World, given: Tensors) -> Tensors:
    context, actions = given["in/dream/context"], given["in/dream/actions"]
    noise = iter(given["in/dream/noise"].unsqueeze(1))
    session = Session(world, *context.shape[1:3], noise=lambda: next(noise))
    primed = len(context)
    session.prime(context, actions[: primed - 1], caption(given))
    taken = actions[primed - 1 :].unflatten(0, (-1, world.dynamics.config.span))
    frames, rewards, ends = (torch.cat(parts) for parts in zip(*(session.step_each(each) for each in taken)))
    return {"out/dream/frames": frames, "out/dream/rewards": rewards, "out/dream/ends": ends}


class Course:
    """Ten updates of a stage, and what they saw."""

    def __init__(self, stage: str, parameters: Tensors, rates: Rates) -> None:
        self.stage, self.parameters, self.optimizer = "out/" + stage, parameters, Optimizer(parameters, rates)
        self.out: Tensors = {}
        self.rows = []

    def step(self, loss: Tensor, total: Tensor, heads: float) -> None:
        for p in self.parameters.values():
            p.grad = None
        loss.backward()
        if not self.rows:
            self.out.update({f"{self.stage}/gradient/{name}": p.grad.clone() for name, p in self.parameters.items()})
        self.rows.append((float(total), heads, self.optimizer.update(1)))

    def finish(self) -> Tensors:
        for name, column in zip(("losses", "heads", "norms"), zip(*self.rows)):
            self.out[f"{self.stage}/{name}"] = torch.tensor(column)
        self.optimizer.swap()
        self.out.update({f"{self.stage}/average/{name}": p.detach().clone() for name, p in self.parameters.items()})
        return self.out


def train_tokenizer(world: World, given: Tensors) -> Tensors:
    model, clips = world.tokenizer, given["in/tokenizer/clips"]
    course = Course("tokenizer", named(model, ""), TOKENIZER_RATES)
    weights = tokenizer.pixel_weights(model.config, clips)
    for noise in given["in/tokenizer/noise"]:
        loss = tokenizer.loss_sum(model, clips, noise, weights) / (3 * weights.sum())
        course.step(loss, loss, 0.0)
    return course.finish()


def train_dynamics(world: World, given: Tensors) -> Tensors:
    model = world.dynamics
    course = Course("dynamics", named(model, ""), DYNAMICS_RATES)
    latents, actions, known, rewards, ends = (given["in/dynamics/" + name] for name in ("latents", "actions", "known", "rewards", "ends"))
    bags = torch.stack((model.config.bag([]), model.config.bag(model.config.words(caption(given)))))
    rewards, ends = (heads.unflatten(1, (-1, model.config.span)) for heads in (rewards, ends))
    there = torch.ones_like(ends, dtype=torch.bool)
    there[-1, -1, 1:] = False
    clips = objective.Clips(latents, actions, known.bool(), rewards, ends, there, bags, size(given))
    both = torch.tensor([True, False])
    for levels, noise in zip(given["in/dynamics/levels"], given["in/dynamics/noise"]):
        batch = objective.prepare(clips, latents, noise, levels, both, model.config)
        correction, heads = model(batch.tokens, batch.features, clips.bags, clips.grid, batch.bidirectional)
        loss, tokens, rest = objective.loss(objective.error_sums(correction, heads, batch), objective.totals(batch))
        if not course.rows:
            course.out.update({"out/dynamics/corrections": correction.detach(), "out/dynamics/outputs": heads.detach()})
        course.step(loss, tokens, float(rest))
    return course.finish()


def train_flow(world: World, given: Tensors) -> Tensors:
    if world.flow is None:
        return {}
    model, videos, actions = world.flow, given["in/flow/videos"], given["in/flow/actions"]
    course = Course("flow", named(model, ""), FLOW_RATES)
    last, before, following = videos[:, 1], videos[:, 0].clone(), videos[:, 2]
    before[0] = last[0]  # of which there is one frame alone
    two = torch.arange(len(videos)) > 0
    known = torch.ones_like(two)
    condition = flow.features(actions[:, 0], known, actions[:, 1], known, two)
    course.out["out/flow/guesses"] = model.guess(last, before, condition)
    weights = flow.pixel_weights(last, following)
    for _ in range(10):
        loss = flow.loss_sum(model, last, before, following, condition, weights) / (3 * weights.sum())
        course.step(loss, loss, 0.0)
    return course.finish()


def results(folder: Path) -> Tensors:
    """All that the twin makes of the inputs."""
    given, world = safetensors.load(str(folder / GO))[0], World.open(str(folder / WEIGHTS))
    out: Tensors = {}
    for case in (codec, steps, dream, train_tokenizer, train_dynamics, train_flow):
        out.update(case(world, given))
    return out


if __name__ == "__main__":
    if sys.argv[1:] not in (["weights"], ["results"]):
        sys.exit(__doc__)
    for folder in MODELS:
        if sys.argv[1] == "weights":
            write_weights(folder)
        else:
            safetensors.save(str(folder / TORCH), {name: t.contiguous() for name, t in results(folder).items()}, {})
