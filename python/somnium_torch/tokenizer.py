"""The tokenizer: frames to latents and back. See world/tokenizer, whose twin it is.

A frame of 8h x 8w pixels becomes a grid of h x w latents of C numbers in (-1, 1), handed out normalised. A latent stands for the
S frames of its span; what the first of a clip lacks in front is the clip's first frame, held.

Shape letters: B clips, T frames, L latents, S frames of a span, P = h*w patches, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .layers import FeedForward, Linear, ones, patchify, rms_norm, unpatchify

PATCH = 4
STRIDE = 2 * PATCH
EDGES = 0.5  # weight of the loss's second term, on steps between neighbouring pixels
ENERGY = 0.25  # weight of its third term, on the squares of these steps
CHANGED_WEIGHT = 6.0  # how much more a pixel counts that differs from the frame before or after it
CHANGED_BY = 8  # the difference, in levels of 255, from which it does
MAX_NOISE = 0.05  # bounds the deviation of the noise that training adds to latents


@dataclass(frozen=True)
class Config:
    """The size of a tokenizer, as the checkpoint's metadata has it."""

    latent: int
    fine: int
    coarse: int
    encoder_blocks: int
    decoder_blocks: int
    coarse_blocks: int
    time_stride: int = 0

    @property
    def span(self) -> int:
        """S, how many frames a latent stands for."""
        return self.time_stride or 1

    def latents(self, frames: int) -> int:
        """How many latents a clip of so many frames has."""
        return -(-frames // self.span)

    def slots(self, frames: int) -> Tensor:
        """Which frame of a clip of so many is in each of the L*S slots of its latents."""
        full = self.latents(frames) * self.span
        return (torch.arange(full) - (full - frames)).clamp(min=0)


def grid(height: int, width: int) -> Tuple[int, int]:
    """The size of the latent grid of frames of height x width pixels."""
    return -(-height // STRIDE), -(-width // STRIDE)


def pad(frames: Tensor, stride: int = STRIDE) -> Tensor:
    """Frames uint8 [F, H, W, 3] as numbers of -1 to 1, their right and lower rim repeated until the stride divides the sides."""
    height, width = frames.shape[1:3]
    x = frames.float() / 127.5 - 1
    rows = torch.arange(-(-height // stride) * stride, device=x.device).clamp(max=height - 1)
    columns = torch.arange(-(-width // stride) * stride, device=x.device).clamp(max=width - 1)
    return x[:, rows][:, :, columns]


def fold(x: Tensor, span: int) -> Tensor:
    """The patches [L*S, N, D] of the frames of each span side by side, [L, N, S*D]."""
    return x.unflatten(0, (-1, span)).transpose(1, 2).flatten(2)


def split(x: Tensor, span: int) -> Tensor:
    """Undoes fold."""
    return x.unflatten(2, (span, -1)).transpose(1, 2).flatten(0, 1)


def blocks(count: int, width: int) -> nn.ModuleList:
    return nn.ModuleList(FeedForward(width, 2 * width, film=False) for _ in range(count))


class Encoder(nn.Module):
    """Patches [L*S, 4P, 48] to latents before the tanh, [L, P, C]."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.span = c.span
        self.patch = Linear(c.span * 3 * PATCH * PATCH, c.fine)
        self.fine, self.coarse = blocks(c.encoder_blocks, c.fine), blocks(c.coarse_blocks, c.coarse)
        self.merge = Linear(4 * c.fine, c.coarse)
        self.gain = ones(c.coarse)
        self.squeeze = Linear(c.coarse, c.latent)

    def forward(self, x: Tensor, h: int, w: int) -> Tensor:
        x = self.patch(fold(x, self.span))
        for block in self.fine:
            x = block(x, 2 * h, 2 * w)
        x = self.merge(patchify(x.reshape(x.shape[0], 2 * h, 2 * w, -1), 2))
        for block in self.coarse:
            x = block(x, h, w)
        return self.squeeze(rms_norm(x, self.gain))


class Decoder(nn.Module):
    """Latents [L, P, C] to patches [L*S, 4P, 48]."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.span = c.span
        self.expand = Linear(c.latent, c.coarse)
        self.coarse, self.fine = blocks(c.coarse_blocks, c.coarse), blocks(c.decoder_blocks, c.fine)
        self.split = Linear(c.coarse, 4 * c.fine)
        self.gain = ones(c.fine)
        self.patch = Linear(c.fine, c.span * 3 * PATCH * PATCH)

    def forward(self, x: Tensor, h: int, w: int) -> Tensor:
        x = self.expand(x)
        for block in self.coarse:
            x = block(x, h, w)
        x = self.split(x)
        x = unpatchify(x, 2, 2 * h, 2 * w).reshape(x.shape[0], 4 * h * w, -1)
        for block in self.fine:
            x = block(x, 2 * h, 2 * w)
        return split(self.patch(rms_norm(x, self.gain)), self.span)


class Tokenizer(nn.Module):
    """The compression network, and the mean and deviation of each channel of its latents."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.register_buffer("mean", torch.zeros(config.latent))
        self.register_buffer("deviation", torch.ones(config.latent))

    def squeeze(self, pixels: Tensor) -> Tensor:
        """Latents [L, P, C], not normalised, of padded pixels [L*S, 8h, 8w, 3]."""
        h, w = pixels.shape[1] // STRIDE, pixels.shape[2] // STRIDE
        return self.encoder(patchify(pixels, PATCH), h, w).float().tanh()

    def expand(self, latents: Tensor, h: int, w: int) -> Tensor:
        """Padded pixels [L*S, 8h, 8w, 3] of latents [L, P, C] that are not normalised."""
        return unpatchify(self.decoder(latents, h, w).float(), PATCH, STRIDE * h, STRIDE * w)

    @torch.no_grad()
    def encode(self, frames: Tensor) -> Tensor:
        """The normalised latents [..., L, P, C] of clips uint8 [..., T, H, W, 3]."""
        clips = frames.reshape(-1, *frames.shape[-4:])
        held = clips[:, self.config.slots(clips.shape[1])].flatten(0, 1)
        latents = (self.squeeze(pad(held)) - self.mean) / self.deviation
        return latents.reshape(*frames.shape[:-4], -1, *latents.shape[1:])

    @torch.no_grad()
    def decode(self, latents: Tensor, height: int, width: int) -> Tensor:
        """The frames uint8 [L*S, H, W, 3] of normalised latents [L, P, C]; those out of range are clamped."""
        raw = (latents * self.deviation + self.mean).clamp(-1, 1)
        pixels = self.expand(raw, *grid(height, width))[:, :height, :width]
        return ((pixels + 1) * 127.5).clamp(0, 255).round().to(torch.uint8)

    def clamp(self, latents: Tensor) -> Tensor:
        """Moves normalised latents into the range that the encoder can make."""
        return torch.minimum(torch.maximum(latents, (-1 - self.mean) / self.deviation), (1 - self.mean) / self.deviation)


def pixel_weights(config: Config, clips: Tensor) -> Tensor:
    """The weights [B*L*S, 8h, 8w] of the pixels of clips uint8 [B, T, H, W, 3]: padding counts nothing, what changes counts more."""
    changed = torch.zeros(clips.shape[:-1], dtype=torch.bool, device=clips.device)
    moved = ((clips[:, 1:].int() - clips[:, :-1].int()).abs() > CHANGED_BY).any(-1)
    changed[:, 1:] |= moved
    changed[:, :-1] |= moved
    weights = torch.where(changed, CHANGED_WEIGHT, 1.0)[:, config.slots(clips.shape[1])].flatten(0, 1)
    height, width = clips.shape[2:4]
    h, w = grid(height, width)
    return F.pad(weights, (0, w * STRIDE - width, 0, h * STRIDE - height))


def loss_sum(model: Tokenizer, clips: Tensor, noise: Tensor, weights: Tensor) -> Tensor:
    """The training loss of clips uint8 [B, T, H, W, 3] before it is divided by 3 sum(weights): squared errors of pixels, of the
    steps between neighbouring pixels, and of the squares of these. noise [B*L, P, C] is added to the latents."""
    pixels = pad(clips[:, model.config.slots(clips.shape[1])].flatten(0, 1))
    h, w = pixels.shape[1] // STRIDE, pixels.shape[2] // STRIDE
    decoded, weights = model.expand(model.squeeze(pixels) + noise, h, w), weights.unsqueeze(-1)
    total = (weights * (decoded - pixels).square()).sum()
    for dim in (1, 2):
        got, want, counted = decoded.diff(dim=dim), pixels.diff(dim=dim), weights.narrow(dim, 1, weights.shape[dim] - 1)
        total = total + (counted * (EDGES * (got - want).square() + ENERGY * (got.square() - want.square()).square())).sum()
    return total
