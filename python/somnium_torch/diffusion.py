"""The mathematics of the objective and the sampler, apart from any network. See world/diffusion, whose twin it is.

At signal level tau in [0, 1] a latent x is noised to tau*x + (1-tau)*eps; every frame has a level of its own.
"""

from __future__ import annotations

import math
from typing import Callable, List, Tuple

import torch
from torch import Tensor

CONTEXT_LEVEL = 0.97  # the level at which known frames are shown
CHANGE = 0.1  # the deviation that the starting estimate assumes between a latent and the one before it
FOURIER_SIZE = 16
KNOWN_LEVEL = 0.92  # the lowest level of a known frame
PERIODIC = 0.6  # the share of clips that hide every second, third or fourth frame


def noise(x: Tensor, eps: Tensor, tau: Tensor) -> Tensor:
    """tau*x + (1-tau)*eps for x [..., P, C] and tau [...]."""
    tau = tau[..., None, None]
    return tau * x + (1 - tau) * eps


def weight(tau: Tensor) -> Tensor:
    """The ramp weight of the loss at level tau."""
    return 0.7 * tau + 0.3


def precision(tau: Tensor, change: float) -> Tensor:
    """The inverse variance of x_tau/tau as a view of x, changed by the given deviation besides; 0 at tau = 0."""
    share = (1 - tau) / tau.clamp(min=1e-30)
    return torch.where(tau > 0, 1 / (share * share + change * change + 1e-6), torch.zeros_like(tau))


def estimate(tau: Tensor, previous: Tensor) -> Tuple[Tensor, Tensor]:
    """The weights of a frame at level tau, and of the one before it at level previous, in the starting estimate of the clean latent:
    the precision-weighted mean of the two and of the prior N(0, 1). A first frame has previous = 0."""
    own, before = precision(tau, 0), precision(previous, CHANGE)
    total = 1 + own + before
    zero = torch.zeros_like(tau)
    return (
        torch.where(tau > 0, own / total / tau.clamp(min=1e-30), zero),
        torch.where(previous > 0, before / total / previous.clamp(min=1e-30), zero),
    )


def levels(steps: int) -> List[float]:
    """The levels that a sampler of so many steps visits: (i/K)^2, closer where it is settled which of the things that may happen does."""
    return [(i / steps) ** 2 for i in range(steps)]


def advance(x: Tensor, clean: Tensor, tau: float, following: float) -> Tensor:
    """Moves a sample from level tau to the following one, towards the predicted clean latent."""
    return x + (following - tau) / (1 - tau) * (clean - x)


def known_level(u: Tensor) -> Tensor:
    """The levels of known frames, of uniform numbers u."""
    return 1 - (1 - KNOWN_LEVEL) * u * u


def hidden_level(u: Tensor) -> Tensor:
    """The levels of frames that are to be predicted, of uniform numbers u: as densely as `levels` has them."""
    return u * u


def sample_levels(clips: int, frames: int, uniform: Callable[..., Tensor]) -> Tensor:
    """Draws the levels [clips, frames] of training clips from uniform numbers of given shapes: known frames near CONTEXT_LEVEL, hidden
    ones as densely as `levels` has them. More than half of the clips hide every second, third or fourth frame, the others a share of their own."""
    periodic = uniform(clips, 1) < PERIODIC
    period = 2 + (uniform(clips, 1) * 3).floor()
    phase = (uniform(clips, 1) * period).floor()
    times = torch.arange(frames, device=period.device)
    hidden = torch.where(periodic, times % period == phase, uniform(clips, frames) >= uniform(clips, 1))
    return torch.where(hidden, hidden_level(uniform(clips, frames)), known_level(uniform(clips, frames)))


def sample_shares(clips: int, frames: int, uniform: Callable[..., Tensor]) -> Tensor:
    """Draws the levels [clips, frames] of training clips before the model meets frames of its own: a clip draws its share of known frames,
    the square root of a uniform number, and hidden ones have uniform levels."""
    hidden = uniform(clips, frames) >= uniform(clips, 1).sqrt()
    return torch.where(hidden, uniform(clips, frames), known_level(uniform(clips, frames)))


def sample_stretches(clips: int, frames: int, uniform: Callable[..., Tensor]) -> Tensor:
    """Draws the levels [clips, frames] of training clips as filling in meets them: the frames of one stretch are hidden at one level."""
    length = 1 + (uniform(clips, 1) * frames).floor()
    begin = (uniform(clips, 1) * (frames - length + 1)).floor()
    times = torch.arange(frames, device=length.device)
    hidden = (times >= begin) & (times < begin + length)
    return torch.where(hidden, hidden_level(uniform(clips, 1)), known_level(uniform(clips, frames)))


def fourier(tau: Tensor) -> Tensor:
    """The features [..., 16] by which a network reads levels: sines and cosines of eight octaves, in turns."""
    octaves = 2.0 ** torch.arange(FOURIER_SIZE // 2, dtype=torch.float64, device=tau.device)
    angles = tau.double().unsqueeze(-1) * (math.pi / 2) * octaves
    return torch.stack((angles.sin(), angles.cos()), -1).flatten(-2).float()
