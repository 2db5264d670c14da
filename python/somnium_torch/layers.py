"""The layers that tokenizer and transformer share.

Shape letters, here and elsewhere: B clips, T frames, F = B*T, H x W the latent grid, P = H*W patches of a frame, D channels.
Parameters have the names and the layouts of the checkpoint: the weight of a linear map is [in, out].
"""

from __future__ import annotations

import math
from typing import Optional

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-6
CONV_SIZE = 5


def normal(deviation: float, *shape: int) -> nn.Parameter:
    """New weights of a normal distribution."""
    return nn.Parameter(torch.randn(*shape) * deviation)


def fan_in(gain: float, inputs: int, outputs: int) -> nn.Parameter:
    """New weights of variance gain^2 / inputs, the matrix of a linear map."""
    return normal(gain / math.sqrt(inputs), inputs, outputs)


def ones(size: int) -> nn.Parameter:
    return nn.Parameter(torch.ones(size))


class Linear(nn.Module):
    """y = x W + b."""

    def __init__(self, inputs: int, outputs: int, gain: float = 1.0) -> None:
        super().__init__()
        self.weight = fan_in(gain, inputs, outputs)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.t(), self.bias)


def rms_norm(x: Tensor, gain: Tensor, film: Optional[Tensor] = None) -> Tensor:
    """x [F, P, D] divided by its root mean square, scaled by gain [D] and, by film [F, 2D], scaled and shifted a frame at a time."""
    x = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON)
    if film is None:
        return x * gain
    scale, shift = film.unsqueeze(1).chunk(2, -1)
    return x * (gain * (1 + scale)) + shift


def depthwise(x: Tensor, taps: Tensor, height: int, width: int) -> Tensor:
    """The convolution of every channel by itself: x [F, P, D], taps [25, D]."""
    frames, _, depth = x.shape
    grid = x.reshape(frames, height, width, depth).permute(0, 3, 1, 2)
    kernel = taps.t().reshape(depth, 1, CONV_SIZE, CONV_SIZE)
    return F.conv2d(grid, kernel, padding=CONV_SIZE // 2, groups=depth).permute(0, 2, 3, 1).reshape(frames, -1, depth)


class FeedForward(nn.Module):
    """The residual block x + SwiGLU(conv(norm(x)) * in) * out on a grid of tokens [F, P, D]."""

    def __init__(self, width: int, hidden: int, film: bool) -> None:
        super().__init__()
        self.gain = ones(width)
        taps = torch.randn(CONV_SIZE * CONV_SIZE, width) * 0.05
        taps[CONV_SIZE * CONV_SIZE // 2] += 1
        self.taps = nn.Parameter(taps)
        self.register_parameter("in", fan_in(1, width, 2 * hidden))
        self.out = fan_in(0.3, hidden, width)
        if film:
            self.film = Linear(width, 2 * width, 0)

    def forward(self, x: Tensor, height: int, width: int, film: Optional[Tensor] = None) -> Tensor:
        normed = depthwise(rms_norm(x, self.gain, film), self.taps, height, width)
        gate, up = (normed @ getattr(self, "in")).chunk(2, -1)
        return x + (F.silu(gate) * up) @ self.out


def patchify(x: Tensor, size: int) -> Tensor:
    """Cuts x [F, H, W, C] into patches [F, (H/size)*(W/size), size*size*C], row-major."""
    frames, height, width, channels = x.shape
    x = x.reshape(frames, height // size, size, width // size, size, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(frames, -1, size * size * channels)


def unpatchify(x: Tensor, size: int, height: int, width: int) -> Tensor:
    """The inverse of patchify: frames [F, height, width, C]."""
    frames = x.shape[0]
    x = x.reshape(frames, height // size, width // size, size, size, -1)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(frames, height, width, -1)
