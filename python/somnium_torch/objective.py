"""The training objective of the transformer. See world/train/dynamics.go and internal/gop/loss.go, whose twin it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor

from . import diffusion
from .dit import HISTORY, Config, inputs

HEAD_WEIGHT = 0.25  # of the reward and end losses beside the tokens' loss
MOVING_WEIGHT = 4.0  # how much more a token counts where things moved between the two frames before
OPENING_WEIGHT = 3.0  # how much more a token counts of a first frame that is hidden
MOVING_BY = 0.3  # the root mean square, in units of the latents' deviation, from which they did


Guesses = Tuple[Optional[Tensor], Optional[Tensor]]  # [B, T, P, C], and where they are [B, T]; None where the model guesses nothing


@dataclass
class Clips:
    """A batch of clips of one size, as the data have them."""

    latents: Tensor  # [B, T, P, C], clean
    actions: Tensor  # [B, T, S*A], those into frame t; zero where they are not known
    known: Tensor  # [B, T] bool: the actions are
    rewards: Tensor  # [B, T, S], of the transitions into frame t; those into the first are never learned
    ends: Tensor  # [B, T, S], 1 where the transition terminated the episode
    there: Tensor  # [B, T, S] bool: the transition is, and not behind the end of its episode
    bags: Tensor  # [B, V], the words of the captions
    grid: Tuple[int, int]
    pixels: Optional[Tensor] = None  # uint8 [B, T, H, W, 3], where the model guesses frames


@dataclass
class Batch:
    """What the transformer is shown of some clips, and what it is to answer."""

    tokens: Tensor  # [B, T, P, (2+HISTORY)*C]
    features: Tensor  # [B, T, ...]
    target: Tensor  # [B, T, P, C], the clean latent less the starting estimate
    weights: Tensor  # [B, T, P]
    clips: Clips
    bidirectional: Optional[Tensor]  # [B] bool


def apart(a: Tensor, b: Tensor, limit: float) -> Tensor:
    """Whether two latents [..., C] of a patch differ by more than limit, root mean square."""
    return (a - b).square().sum(-1) > limit * limit * a.shape[-1]


def moving(clean: Tensor, grid: Tuple[int, int]) -> Tensor:
    """Whether a patch of [B, T, P, C], or one of the eight around it, differed between the two frames before, [B, T, P]."""
    moved = apart(clean[:, 1:-1], clean[:, :-2], MOVING_BY)
    around = F.max_pool2d(moved.reshape(-1, 1, *grid).float(), 3, stride=1, padding=1) > 0
    return F.pad(around.reshape(moved.shape), (0, 0, 2, 0))


def prepare(
    clips: Clips, shown: Tensor, eps: Tensor, levels: Tensor, bidirectional: Optional[Tensor], config: Config, guess: Guesses = (None, None)
) -> Batch:
    """The batch of clips noised by eps to the levels [B, T] that were drawn. Known frames are shown as `shown` [B, T, P, C] has them, the clean latents or
    dreams of them: the past is what the model made of it, and what it is to make now is the truth. guess are guesses and where they are."""
    hidden = levels < diffusion.KNOWN_LEVEL
    source = torch.where(hidden[..., None, None], clips.latents, shown)
    levels = config.known_levels(levels)
    noised = diffusion.noise(source, eps, levels)
    before = F.pad(noised, (0, 0, 0, 0, HISTORY, 0))
    present = F.pad(torch.ones_like(levels, dtype=torch.bool), (HISTORY, 0))
    tokens, features, start = inputs(before, F.pad(levels, (HISTORY, 0)), present, clips.actions, clips.known, *guess)
    clean = clips.latents
    weights = diffusion.weight(levels)
    weights = torch.cat((torch.where(hidden[:, :1], weights[:, :1] * OPENING_WEIGHT, weights[:, :1]), weights[:, 1:]), 1)
    weights = weights.unsqueeze(-1).expand(clean.shape[:-1])
    return Batch(tokens, features, clean - start, torch.where(moving(clean, clips.grid), weights * MOVING_WEIGHT, weights), clips, bidirectional)


def totals(batch: Batch) -> Tensor:
    """What the two sums of errors are divided by, [2]: the weights, and the transitions whose reward and end are learned."""
    return torch.stack((batch.weights.sum(), batch.clips.there[:, 1:].sum().to(batch.weights.dtype)))


def error_sums(correction: Tensor, heads: Tensor, batch: Batch) -> Tensor:
    """The weighted squared errors of the tokens, and the errors of the heads, summed, [2]."""
    tokens = (batch.weights * (correction - batch.target).square().mean(-1)).sum()
    clips = batch.clips
    reward, end = heads.unflatten(-1, (-1, 2))[:, 1:].unbind(-1)
    there = clips.there[:, 1:].to(heads.dtype)
    squares = (there * (reward - clips.rewards[:, 1:]).square()).sum()
    ends = F.binary_cross_entropy_with_logits(end, clips.ends[:, 1:], weight=there, reduction="sum")
    return torch.stack((tokens, squares + ends))


def loss(sums: Tensor, total: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    """The loss, and its two terms: of the tokens, and of reward and end, unweighted."""
    tokens, heads = (sums / torch.stack((total[0], total[1].clamp(min=1)))).unbind()
    return tokens + HEAD_WEIGHT * heads, tokens, heads
