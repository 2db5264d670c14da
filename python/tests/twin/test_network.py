"""Properties of the network that no recorded number shows."""

from __future__ import annotations

import pytest
import torch

from somnium_torch import objective, train
from somnium_torch.dit import Cache, Dynamics, scan
from somnium_torch.model import PRESETS, World
from somnium_torch.session import Sampler

GRID = (2, 3)


both_kinds = pytest.mark.parametrize("preset", ["tiny", "tiny-memory"])


def model(preset: str) -> Dynamics:
    torch.manual_seed(2)
    made = World.new(preset).dynamics
    with torch.no_grad():
        for p in made.parameters():
            p.add_(torch.randn_like(p) * 0.1)
    return made


def random_inputs(frames: int):
    c = PRESETS["tiny"][1]
    return torch.randn(2, frames, 6, c.token_size), torch.randn(2, frames, c.feature_size), torch.rand(2, c.vocabulary)


@both_kinds
@torch.no_grad()
def test_a_clip_in_one_pass_and_frame_by_frame_agree(preset: str) -> None:
    m, frames = model(preset), 12  # more than the window
    tokens, features, bags = random_inputs(frames)
    whole, heads = m(tokens, features, bags, GRID)
    for first in (1, 5, 10):
        cache = Cache(m.config, 2, 6, tokens.device)
        m(tokens[:, :first], features[:, :first], bags, GRID, cache=cache)
        cache.length = first
        for t in range(first, frames):
            m(tokens[:, :1], features[:, t : t + 1], bags, GRID, cache=cache)  # a look at something else, which changes nothing
            one, head = m(tokens[:, t : t + 1], features[:, t : t + 1], bags, GRID, cache=cache)
            cache.length += 1
            assert torch.allclose(one[:, 0], whole[:, t], atol=1e-4) and torch.allclose(head[:, 0], heads[:, t], atol=1e-4)


@both_kinds
@torch.no_grad()
def test_the_future_is_seen_by_bidirectional_clips_alone(preset: str) -> None:
    m = model(preset)
    tokens, features, bags = random_inputs(6)
    both = torch.tensor([True, False])
    before, _ = m(tokens, features, bags, GRID, both)
    tokens[:, 4] += 1
    after, _ = m(tokens, features, bags, GRID, both)
    assert (before[0, :4] - after[0, :4]).abs().max() > 1e-3
    assert torch.equal(before[1, :4], after[1, :4])


@both_kinds
@torch.no_grad()
def test_committing_a_clip_at_once_or_frame_by_frame_is_the_same(preset: str) -> None:
    m, count = model(preset), 5
    latents, actions, known = torch.randn(2, count, 6, 8), torch.rand(2, count, 8), torch.ones(2, count, dtype=torch.bool)
    dreams = []
    for at_once in (True, False):
        generator = torch.Generator().manual_seed(4)
        sampler = Sampler(m, GRID, torch.rand(2, 64, generator=generator), lambda: torch.randn(2, 6, 8, generator=generator))
        if at_once:
            sampler.commit_clip(latents, actions, known)
        else:
            for t in range(count):
                sampler.commit(latents[:, t], actions[:, t], known[:, t])
        dreams.append(sampler.sample(actions[:, 0], known[:, 0]))
    assert torch.allclose(*dreams, atol=1e-4)


def test_an_untrained_network_copies_what_stands_still() -> None:
    torch.manual_seed(1)
    m = World.new("tiny").dynamics
    still = torch.randn(2, 1, 6, 8).expand(2, 5, 6, 8)
    none = torch.zeros(2, 5)
    heads = none.unsqueeze(-1)
    clips = objective.Clips(still, torch.zeros(2, 5, 8), none.bool(), heads, heads, heads == 0, torch.zeros(2, 64), GRID)
    levels = torch.full((2, 5), 0.97)
    levels[:, 3] = 0
    batch = objective.prepare(clips, still, torch.randn(2, 5, 6, 8), levels, None, m.config)
    correction, _ = m(batch.tokens, batch.features, clips.bags, GRID)
    assert torch.equal(correction, torch.zeros_like(correction))
    assert batch.target[:, 3].abs().mean() < 0.1  # the estimate is nearly the frame before
    assert batch.weights[:, 3].unique().tolist() == [0.30000001192092896]


@both_kinds
def test_the_network_is_one_graph_for_the_compiler(preset: str) -> None:
    m, both = model(preset), torch.tensor([True, False])
    tokens, features, bags = random_inputs(6)
    if not hasattr(torch, "compile"):  # PyTorch 1: the option is refused
        with pytest.raises(ValueError, match="PyTorch 2"):
            train.check(train.parser().parse_args(["data", "--out", "run", "--dynamics-steps", "1", "--compile"]))
        return
    compiled = torch.compile(m, backend="aot_eager", fullgraph=True)
    for ours, theirs in zip(m(tokens, features, bags, GRID, both), compiled(tokens, features, bags, GRID, both)):
        assert torch.allclose(ours, theirs, atol=1e-5)
    compiled(tokens, features, bags, GRID, both)[0].square().sum().backward()
    assert all(torch.isfinite(p.grad).all() for name, p in m.named_parameters() if not name.startswith(("pool", "heads")))


def test_a_recurrence_by_doubling_is_one_by_frames() -> None:
    keep, add = torch.rand(2, 13, 3, 4), torch.randn(2, 13, 3, 4)
    state = torch.zeros(2, 3, 4)
    for t, states in enumerate(scan(keep, add).unbind(1)):
        state = keep[:, t] * state + add[:, t]
        assert torch.allclose(states, state, atol=1e-5)


@torch.no_grad()
def test_a_memory_outlasts_the_window() -> None:
    tokens, features, bags = random_inputs(40)
    for preset in ("tiny", "tiny-memory"):
        m = model(preset)
        before, _ = m(tokens, features, bags, GRID)
        changed = tokens.clone()
        changed[:, 0] += 1
        after, _ = m(changed, features, bags, GRID)
        assert ((before[:, -1] - after[:, -1]).abs().max() > 1e-4) == (preset == "tiny-memory")


def test_a_fresh_memory_keeps_for_one_to_a_hundred_frames() -> None:
    memory = World.new("tiny-memory").dynamics.layer[1].attention.memory
    frames = -1 / torch.log1p(-memory.bias.double().sigmoid())
    assert frames[0].item() == pytest.approx(1, rel=1e-4) and frames[-1].item() == pytest.approx(100, rel=1e-3) and (frames.diff() > 0).all()
    assert not memory.out.any()
