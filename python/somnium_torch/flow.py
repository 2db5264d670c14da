"""The guess of the next frame, which carries along the pixels of the last one. See world/flow, whose twin it is.

Shape letters: F frames, H x W pixels, h x w cells of PATCH x PATCH pixels, M displacements of a cell, A the length of an action's vector.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import FeedForward, Linear, ones, patchify, rms_norm, unpatchify
from .tokenizer import pad

PATCH = 4
HISTORY = 2  # frames that the network sees
EDGES = 0.5  # weight of the loss's second term, on steps between neighbouring pixels
CHANGED_WEIGHT = 2.0  # how much more a pixel counts that differs from the frame before
CHANGED_BY = 8  # the difference, in levels of 255, from which it does


@dataclass(frozen=True)
class Config:
    """The size of a network, as the checkpoint's metadata has it."""

    width: int
    hidden: int
    blocks: int
    flows: int
    actions: int

    @property
    def feature_size(self) -> int:
        """The actions into the guessed frame and into the one before it, each with a flag, and a flag that there are two frames."""
        return HISTORY * (1 + self.actions) + 1

    @property
    def head_size(self) -> int:
        """What a cell says: its displacements, and for each pixel M+1 logits and paint."""
        return 2 * self.flows + PATCH * PATCH * (self.flows + 1 + 3)


def features(now: Tensor, now_known: Tensor, into: Tensor, into_known: Tensor, two: Tensor) -> Tensor:
    """The condition [F, feature_size] of guesses of the actions now and into [F, A], where known [F], from two [F] frames or one."""
    dtype = now.dtype
    flag = [x.to(dtype).unsqueeze(-1) for x in (now_known, into_known & two, two)]
    return torch.cat((flag[0], now * flag[0], flag[1], into * flag[1], flag[2]), -1)


def carry(head: Tensor, source: Tensor, flows: int) -> Tensor:
    """The frames [F, H, W, 3] that heads [F, h*w, ...] make of the pixels of others."""
    frames, height, width, _ = source.shape
    h, w = height // PATCH, width // PATCH
    sizes = (2 * flows, PATCH * PATCH * (flows + 1), PATCH * PATCH * 3)
    displacements, logits, paint = head.split(sizes, -1)
    moves = displacements.reshape(frames, h, w, -1).permute(0, 3, 1, 2)
    moves = PATCH * F.interpolate(moves, scale_factor=PATCH, mode="bilinear", align_corners=False)
    shares = unpatchify(logits, PATCH, height, width).softmax(-1)
    ys = torch.arange(height, device=head.device, dtype=head.dtype)[:, None]
    xs = torch.arange(width, device=head.device, dtype=head.dtype)[None]
    pixels = source.permute(0, 3, 1, 2)
    out = shares[..., flows:] * unpatchify(paint, PATCH, height, width)
    for m in range(flows):
        x = (2 * (xs + moves[:, 2 * m]) + 1) / width - 1
        y = (2 * (ys + moves[:, 2 * m + 1]) + 1) / height - 1
        moved = F.grid_sample(pixels, torch.stack((x, y), -1), padding_mode="border", align_corners=False)
        out = out + shares[..., m : m + 1] * moved.permute(0, 2, 3, 1)
    return out


class Flow(nn.Module):
    """The network that guesses."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embed = Linear(HISTORY * 3 * PATCH * PATCH + 2, config.width)
        self.condition = Linear(config.feature_size, config.width)
        self.block = nn.ModuleList(FeedForward(config.width, config.hidden, film=True) for _ in range(config.blocks))
        self.gain = ones(config.width)
        self.output = Linear(config.width, config.head_size, 0.1)  # displacements that begin alike would stay alike

    def forward(self, last: Tensor, before: Tensor, condition: Tensor) -> Tensor:
        """The guessed frames [F, H, W, 3] behind padded frames of the same shape, given their conditions [F, feature_size]."""
        h, w = last.shape[1] // PATCH, last.shape[2] // PATCH
        y = (2 * torch.arange(h, device=last.device, dtype=last.dtype) + 1 - h) / h
        x = (2 * torch.arange(w, device=last.device, dtype=last.dtype) + 1 - w) / w
        places = torch.stack((y[:, None].expand(h, w), x[None].expand(h, w)), -1).reshape(1, h * w, 2).expand(len(last), -1, -1)
        cells = self.embed(torch.cat((patchify(last, PATCH), patchify(before, PATCH), places), -1))
        told = F.silu(self.condition(condition))
        for block in self.block:
            cells = block(cells, h, w, block.film(told))
        return carry(self.output(rms_norm(cells, self.gain)), last, self.config.flows)

    @torch.no_grad()
    def guess(self, last: Tensor, before: Tensor, condition: Tensor) -> Tensor:
        """The frames uint8 [F, H, W, 3] that come after the last two, which are the same where there is but one."""
        height, width = last.shape[1:3]
        pixels = self(pad(last, PATCH), pad(before, PATCH), condition).float()[:, :height, :width]
        return ((pixels + 1) * 127.5).clamp(0, 255).round().to(torch.uint8)


def loss_sum(model: Flow, last: Tensor, before: Tensor, following: Tensor, condition: Tensor, weights: Tensor) -> Tensor:
    """The training loss of guesses behind frames uint8 [F, H, W, 3] before it is divided by 3 sum(weights)."""
    guess, target, weights = model(pad(last, PATCH), pad(before, PATCH), condition), pad(following, PATCH), weights.unsqueeze(-1)
    total = (weights * (guess - target).square()).sum()
    for dim in (1, 2):
        error = (guess - target).diff(dim=dim)
        total = total + EDGES * (weights.narrow(dim, 1, weights.shape[dim] - 1) * error.square()).sum()
    return total


def pixel_weights(last: Tensor, following: Tensor) -> Tensor:
    """The weights [F, H', W'] of the pixels of padded frames: padding counts nothing, what changes counts more."""
    height, width = last.shape[1:3]
    changed = ((following.int() - last.int()).abs() > CHANGED_BY).any(-1)
    weights = torch.where(changed, CHANGED_WEIGHT, 1.0)
    return F.pad(weights, (0, -width % PATCH, 0, -height % PATCH))
