"""The two stages of training, a step at a time: what is drawn at random, what the network is shown, and the loss.

See world/train, whose twin it is; the random stream alone is another. A step's draws are a function of seed and step, made for
the clips of all processes together, of which each takes its rows: two processes see what one does at twice the batch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, List, Optional, Tuple

import torch
from torch import Tensor

from . import diffusion, flow, objective, tokenizer
from .dit import Dynamics
from .flow import Flow
from .objective import HEAD_WEIGHT, Clips, Guesses
from .session import Sampler
from .tokenizer import Tokenizer

DROP_ACTIONS = 0.1  # the shares of clips that are shown without them
DROP_CAPTION = 0.15
DETAILED = 0.5  # the share of the other captions that are the long one
BIDIRECTIONAL = 0.2  # the share of clips in which frames see later ones
STRETCH = 0.5  # of those that hide a stretch of frames
HIDE_HARDEST = 0.7  # the share of clips that hide the frame that changes most, whatever else they hide
PLAIN_HEADS = HEAD_WEIGHT / 5  # weight of the reward and end losses in the plain objective
DEPTHS = (2, 5, 11)  # how many frames of its own the model is shown, one after the other over the last share of the updates
PRIMED_FRAMES = 4  # how many true frames of the data a self-rollout starts from, at the least
STRAYED = 1.0  # the error of a patch from which a dreamed frame no longer shows what happened
GHOSTS = 0.3  # the share of the frames that give way to the truth in which what the dream has too many stays


CODED_NOISE = 0.1  # how much of their latents' deviation is noise, at most, in clips that the flow sees through the tokenizer


@dataclass(frozen=True)
class Team:
    """The place of this process among those that train together."""

    rank: int = 0
    ranks: int = 1


class Stream:
    """The random numbers of one step, [rows, ...] for the rows of this process."""

    def __init__(self, seed: int, step: int, team: Team, device: torch.device) -> None:
        self.generator = torch.Generator(device).manual_seed((seed * 0x9E3779B97F4A7C15 + step) % 2**63)
        self.team, self.device = team, device

    def mine(self, draw: Callable[..., Tensor], rows: int, *shape: int) -> Tensor:
        full = draw(rows * self.team.ranks, *shape, generator=self.generator, device=self.device)
        return full[self.team.rank * rows : (self.team.rank + 1) * rows]

    def uniform(self, rows: int, *shape: int) -> Tensor:
        return self.mine(torch.rand, rows, *shape)

    def normal(self, rows: int, *shape: int) -> Tensor:
        return self.mine(torch.randn, rows, *shape)

    def below(self, limit: int) -> int:
        """One number from 0 to limit-1, the same in all processes."""
        return int(torch.randint(limit, (1,), generator=self.generator, device=self.device))


@dataclass
class Step:
    """What a step computes: the network's errors summed over this process's clips, and what the sums of all are divided by."""

    sums: Callable[[], Tensor]  # [2]
    totals: Tensor  # [2]
    head_weight: float = HEAD_WEIGHT  # of the second beside the first


def hardest(latents: Tensor) -> Tensor:
    """The frame of each clip [B, T, P, C] that changes most from the one before it, [B]; 0 where nothing changes."""
    change = (latents[:, 1:] - latents[:, :-1]).square().flatten(2).sum(-1)
    most, frame = change.max(1)
    return torch.where(most > 0, frame + 1, torch.zeros_like(frame))


def tokenizer_step(model: Tokenizer, clips: Tensor, stream: Stream) -> Step:
    """A step of the tokenizer on clips uint8 [B, T, H, W, 3]."""
    h, w = tokenizer.grid(*clips.shape[2:4])
    deviation = stream.uniform(clips.shape[0], 1, 1, 1) * tokenizer.MAX_NOISE
    noise = deviation * stream.normal(clips.shape[0], model.config.latents(clips.shape[1]), h * w, model.config.latent)
    weights = tokenizer.pixel_weights(model.config, clips)
    one = weights.new_ones(())

    def sums() -> Tensor:
        error = tokenizer.loss_sum(model, clips, noise.flatten(0, 1), weights)
        return torch.stack((error, torch.zeros_like(error)))

    return Step(sums, torch.stack((3 * weights.sum(), one)))


def flow_step(model: Flow, frozen: Tokenizer, clips: Tensor, actions: Tensor, known: Tensor, stream: Stream) -> Step:
    """A step of the flow on clips uint8 [B, T, H, W, 3] of single frames, with the actions [B, T, A] into them where known [B, T]. Every
    second one is seen through the tokenizer, as a rollout sees what it dreamed; what is to be guessed is the truth."""
    count, frames, height, width = clips.shape[:4]
    seen = clips.clone()
    with torch.no_grad():
        latents = frozen.encode(clips)
        noise = stream.uniform(count, 1, 1, 1) * CODED_NOISE * stream.normal(count, *latents.shape[1:])
        decoded = frozen.decode(frozen.clamp((latents + noise)[::2]).flatten(0, 1), height, width)
        seen[::2] = decoded.unflatten(0, (-1, frames))
    last, following = seen[:, :-1].flatten(0, 1), clips[:, 1:].flatten(0, 1)
    before = torch.cat((seen[:, :1], seen[:, :-2]), 1).flatten(0, 1)
    known = torch.cat((torch.zeros_like(known[:, :1]), known[:, 1:]), 1)  # that into the first frame is left out, as where a dream begins
    two = (torch.arange(1, frames, device=clips.device) > 1).expand(count, -1)
    now, into = (actions[:, 1:], known[:, 1:]), (actions[:, :-1], known[:, :-1])
    condition = flow.features(*(x.flatten(0, 1) for x in (*now, *into, two)))
    weights = flow.pixel_weights(clips[:, :-1].flatten(0, 1), following)
    one = weights.new_ones(())

    def sums() -> Tensor:
        error = flow.loss_sum(model, last, before, following, condition, weights)
        return torch.stack((error, torch.zeros_like(error)))

    return Step(sums, torch.stack((3 * weights.sum(), one)))


def keep(
    dreamed: Tensor, shown_before: Tensor, truth: Tensor, truth_before: Tensor, missing: Tensor, ghosts: Tensor, both: Tensor
) -> Tuple[Tensor, Tensor]:
    """What of the dreamed frames [B, P, C] is shown, and in which clips [B] something is missing in the dream since then.

    A dream in which things are only missing, or only some too many, is a past to mend. Any other took another course, and its patches that
    stray give way to the truth, but where `ghosts` says so, what is too many stays. Frames of the clips `both` see later ones, and only the truth."""
    strays = objective.apart(dreamed, truth, STRAYED)
    moved = objective.apart(dreamed, shown_before, objective.MOVING_BY)
    happened = objective.apart(truth, truth_before, objective.MOVING_BY)
    extra = strays & moved & ~happened
    missing = (missing | (strays & happened & ~moved).any(-1)) & strays.any(-1)
    away = (strays & moved & happened).any(-1) | missing & extra.any(-1)
    stays = ~(away[:, None] & strays) | extra & ghosts[:, None]
    return torch.where((stays & ~both[:, None])[..., None], dreamed, truth), missing & ~away & ~both


def primed(config: tokenizer.Config) -> int:
    """PRIMED_FRAMES in frames of the model."""
    return 1 + config.latents(PRIMED_FRAMES - 1)


def plain(step: int, steps: int, share: float) -> bool:
    """Whether an update is before the last share, in which the model is shown frames of its own, and has the plain objective: it teaches the
    next frame in fewer updates than the one that makes rollouts hold."""
    return step < steps * (1 - share)


def depth(step: int, steps: int, share: float, frames: int, primed: int = PRIMED_FRAMES) -> int:
    """How many frames of its own the model is shown in an update: none before the last share of the updates."""
    begin = steps * (1 - share)
    if plain(step, steps, share) or share <= 0:
        return 0
    done = (step - begin) / (steps - begin)
    return max(0, min(DEPTHS[min(int(len(DEPTHS) * done), len(DEPTHS) - 1)], frames - primed - 1))


Forward = Callable[..., Tuple[Tensor, Tensor]]


class DynamicsStage:
    """The steps of the transformer on the latents of a tokenizer that stands still."""

    def __init__(self, model: Dynamics, frozen: Tokenizer, forward: Forward, autocast: Callable[[], object], guesser: Optional[Flow] = None) -> None:
        self.model, self.frozen, self.forward, self.autocast, self.guesser = model, frozen, forward, autocast, guesser

    def step(self, clips: Clips, stream: Stream, deep: int, simple: bool) -> Step:
        """A step on clips, in which known frames are dreamed over a stretch of `deep` frames, or one with the plain objective."""
        count, frames = clips.known.shape
        both = stream.uniform(count) < BIDIRECTIONAL
        shown, pixels = self.dream(clips, both, deep, stream) if deep > 0 else (clips.latents, clips.pixels)
        levels = diffusion.sample_shares(count, frames, stream.uniform) if simple else self.levels(clips, both, stream)
        eps = stream.normal(count, *clips.latents.shape[1:])
        told = clips.known & (stream.uniform(count, 1) >= DROP_ACTIONS)
        clips = replace(clips, known=told, actions=clips.actions * told.unsqueeze(-1))
        guess = self.guesses(pixels, levels >= diffusion.KNOWN_LEVEL, clips.actions, told)
        batch = objective.prepare(clips, shown, eps, levels, both, self.model.config, guess)

        def sums() -> Tensor:
            with self.autocast():
                correction, heads = self.forward(batch.tokens, batch.features, clips.bags, clips.grid, both)
            return objective.error_sums(correction, heads, batch)

        return Step(sums, objective.totals(batch), PLAIN_HEADS if simple else HEAD_WEIGHT)

    @torch.no_grad()
    def guesses(self, pixels: Optional[Tensor], known: Tensor, actions: Tensor, told: Tensor) -> Guesses:
        """The guesses of the frames of clips uint8 [B, T, H, W, 3], each from those of the two before it that are known [B, T], and of the
        actions [B, T, A] into it and into the last one, where they are told [B, T]."""
        count, frames = known.shape
        if self.guesser is None or frames < 2:
            return None, None
        two = torch.cat((torch.zeros_like(known[:, :1]), known[:, :-2]), 1)  # of frames 1 and on
        last = pixels[:, :-1]
        before = torch.where(two[..., None, None, None], torch.cat((pixels[:, :1], pixels[:, :-2]), 1), last)
        condition = flow.features(*(x.flatten(0, 1) for x in (actions[:, 1:], told[:, 1:], actions[:, :-1], told[:, :-1], two)))
        guessed = self.guesser.guess(last.flatten(0, 1), before.flatten(0, 1), condition)
        latents = self.frozen.encode(guessed.unsqueeze(1))[:, 0].unflatten(0, (count, frames - 1))
        none = torch.zeros_like(latents[:, :1])
        return torch.cat((none, latents), 1), torch.cat((torch.zeros_like(known[:, :1]), known[:, :-1]), 1)

    @staticmethod
    def levels(clips: Clips, both: Tensor, stream: Stream) -> Tensor:
        """The levels [B, T] at which clips are shown beside frames of the model's own."""
        count, frames = clips.known.shape
        levels = diffusion.sample_levels(count, frames, stream.uniform)
        frame, hide = hardest(clips.latents), stream.uniform(count) < HIDE_HARDEST
        hide = (hide & (frame > 0)).unsqueeze(1) & (torch.arange(frames, device=levels.device) == frame.unsqueeze(1))
        levels = torch.where(hide, diffusion.hidden_level(stream.uniform(count, 1)), levels)
        stretch = both & (stream.uniform(count) < STRETCH)
        return torch.where(stretch.unsqueeze(1), diffusion.sample_stretches(count, frames, stream.uniform), levels)

    @torch.no_grad()
    def dream(self, clips: Clips, both: Tensor, deep: int, stream: Stream) -> Tuple[Tensor, Optional[Tensor]]:
        """The latents with `deep` frames of every clip as the model dreams them, where those are of use (see keep), and their pictures, where the
        model guesses frames."""
        count, frames, patches, channels = clips.latents.shape
        first = primed(self.frozen.config)
        start = first + stream.below(frames - deep - first)
        with self.autocast():
            sampler = Sampler(self.model, clips.grid, clips.bags, lambda: stream.normal(count, patches, channels))
            pixels = None if self.guesser is None else clips.pixels.clone()
            all_known = torch.ones_like(clips.known)

            def guess(first: int, last: int) -> Guesses:
                cut = slice(max(0, first - 2), last)
                latents, there = self.guesses(None if pixels is None else pixels[:, cut], all_known[:, cut], clips.actions[:, cut], clips.known[:, cut])
                return (None, None) if latents is None else (latents[:, first - last :], there[:, first - last :])

            sampler.commit_clip(clips.latents[:, :start], clips.actions[:, :start], clips.known[:, :start], guess(0, start))
            shown: List[Tensor] = list(clips.latents.unbind(1))
            missing = torch.zeros_like(both)
            for t in range(start, start + deep):
                latents = guess(t, t + 1)[0]
                sampler.guess = None if latents is None else latents[:, 0]
                dreamed = self.frozen.clamp(sampler.sample(clips.actions[:, t], clips.known[:, t]))
                ghosts = stream.uniform(count) < GHOSTS
                shown[t], missing = keep(dreamed, shown[t - 1], clips.latents[:, t], clips.latents[:, t - 1], missing, ghosts, both)
                if pixels is not None:
                    drawn = self.frozen.decode(shown[t], *pixels.shape[2:4])
                    pixels[:, t] = torch.where(both[:, None, None, None], pixels[:, t], drawn)
                if t < start + deep - 1:
                    sampler.commit(shown[t], clips.actions[:, t], clips.known[:, t])
        return torch.stack(shown, 1), pixels
