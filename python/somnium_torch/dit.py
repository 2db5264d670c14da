"""The video diffusion transformer. See world/dit, whose twin it is.

One forward serves training, on whole clips, and dreaming, a frame at a time against a Cache of keys and values.

Shape letters: B clips, T frames, P patches, C latent channels, D the width, L the window, d the width of a head.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import List, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .diffusion import CONTEXT_LEVEL, FOURIER_SIZE, KNOWN_LEVEL, estimate, fourier
from .layers import EPSILON, FeedForward, Linear, fan_in, normal, ones, rms_norm

HISTORY = 2  # how many frames before its own a token sees directly, joined to its input
HEAD_WIDTH = 64
SPACE_BASE, TIME_BASE = 100.0, 1000.0  # of the rotary frequencies
LONGEST = 100.0  # the longest time constant of a fresh memory, in frames


def split(caption: str) -> List[str]:
    """The words of a caption, in small letters. Those that a hyphen joins are two."""
    kept = "".join(ch if ch == "." or unicodedata.category(ch)[0] == "L" or unicodedata.category(ch) == "Nd" else " " for ch in caption.lower())
    return [w.strip(".") for w in kept.split()]


@dataclass(frozen=True)
class Config:
    """The size of a transformer, as the checkpoint's metadata has it."""

    latent: int
    width: int
    heads: int
    layers: int
    hidden: int
    time_every: int
    window: int
    actions: int
    vocabulary: int
    time_stride: int = 0
    context_noise: float = 0.0  # the share of noise in known frames; 0 is that of CONTEXT_LEVEL
    memory: bool = False

    @property
    def context_level(self) -> float:
        """The signal level at which known frames are shown."""
        return 1 - self.context_noise if self.context_noise else CONTEXT_LEVEL

    def known_levels(self, drawn: Tensor) -> Tensor:
        """What levels become where those of known frames carry the noise of this model: as much more or less as its dreams show."""
        if not self.context_noise:
            return drawn
        return torch.where(drawn >= KNOWN_LEVEL, 1 - (1 - drawn) * self.context_noise / (1 - CONTEXT_LEVEL), drawn)

    @property
    def span(self) -> int:
        """S, how many frames of the data a latent stands for, which is what is called a frame here."""
        return self.time_stride or 1

    @property
    def action_size(self) -> int:
        """The length of the vectors of the actions into a frame, S of them one after the other."""
        return self.span * self.actions

    @property
    def token_size(self) -> int:
        return (2 + HISTORY) * self.latent

    @property
    def feature_size(self) -> int:
        return (1 + HISTORY) * (FOURIER_SIZE + 1) + 1 + self.action_size

    def over_time(self, layer: int) -> bool:
        return layer % self.time_every == self.time_every - 1

    def remembers(self, layer: int) -> bool:
        return self.memory and self.over_time(layer)

    def words(self, caption: str) -> List[int]:
        """The hashed words and pairs of neighbouring words of a caption."""
        words = split(caption)
        pairs = [f"{a} {b}" for a, b in zip(words, words[1:])]
        return [fnv32a(w.encode()) % self.vocabulary for w in words + pairs]

    def bag(self, ids: List[int]) -> Tensor:
        """The weights [V] of the words of a caption, whose mean is taken."""
        bag = torch.zeros(self.vocabulary)
        for i in ids:
            bag[i] += 1 / len(ids)
        return bag


def fnv32a(data: bytes) -> int:
    """The 32-bit FNV-1a hash."""
    value = 2166136261
    for byte in data:
        value = (value ^ byte) * 16777619 & 0xFFFFFFFF
    return value


def inputs(
    x: Tensor, levels: Tensor, present: Tensor, actions: Tensor, known: Tensor, guess: Optional[Tensor] = None, guessed: Optional[Tensor] = None
) -> Tuple[Tensor, Tensor, Tensor]:
    """What the network is shown of T frames that follow HISTORY others.

    x [B, HISTORY+T, P, C] are noised latents of the given levels [B, HISTORY+T], zero where present [B, HISTORY+T] is false;
    actions [B, T, S*A] are zero where known [B, T] is false. The starting estimate takes a guess [B, T, P, C] for the frame before where
    guessed [B, T] is true. Returns tokens [B, T, P, (2+HISTORY)*C], features [B, T, ...] and
    the starting estimate [B, T, P, C].
    """
    frames = x.shape[1] - HISTORY
    present = present.to(x.dtype)
    views = [slice(HISTORY - k, HISTORY - k + frames) for k in range(HISTORY + 1)]
    before, level = x[:, views[1]], levels[:, views[1]] * present[:, views[1]]
    if guess is not None:
        before, level = torch.where(guessed[..., None, None], guess, before), torch.where(guessed, torch.ones_like(level), level)
    own, previous = estimate(levels[:, views[0]], level)
    start = own[..., None, None] * x[:, views[0]] + previous[..., None, None] * before
    tokens = torch.cat([x[:, view] for view in views] + [start], -1)
    seen = present.unsqueeze(-1)
    read = torch.cat((seen, fourier(levels) * seen), -1)
    features = torch.cat([read[:, view] for view in views] + [known.to(x.dtype).unsqueeze(-1), actions], -1)
    return tokens, features, start


def angles(positions: Tensor, base: float, count: int) -> Tensor:
    """The angles [N, count] of positions [N] in the rotary frequencies of a base."""
    exponents = torch.arange(count, dtype=torch.float64, device=positions.device) / count
    return positions.double().unsqueeze(-1) * base**-exponents


Rotation = Tuple[Tensor, Tensor]


def space_rotation(height: int, width: int, d: int, device: torch.device) -> Rotation:
    """Cosines and sines [P, d/2] of the patches of a frame: a quarter of the head turns by the row, a quarter by the column."""
    p = torch.arange(height * width, device=device)
    rows = torch.div(p, width, rounding_mode="floor")
    a = torch.cat((angles(rows, SPACE_BASE, d // 4), angles(p % width, SPACE_BASE, d // 4)), -1)
    return a.cos().float(), a.sin().float()


def time_rotation(first: int, frames: int, d: int, device: torch.device) -> Rotation:
    """Cosines and sines [T, d/2] of times from the first."""
    a = angles(torch.arange(first, first + frames, device=device), TIME_BASE, d // 2)
    return a.cos().float(), a.sin().float()


def turn(x: Tensor, gain: Tensor, rotation: Rotation) -> Tensor:
    """Queries or keys [..., L, d], normalised, scaled by gain [d] and turned by their positions."""
    y = x.float()
    low, high = (y * torch.rsqrt(y.square().mean(-1, keepdim=True) + EPSILON) * gain).chunk(2, -1)
    cos, sin = rotation
    return torch.cat((low * cos - high * sin, high * cos + low * sin), -1).to(x.dtype)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Optional[Tensor]) -> Tensor:
    """Softmax attention of [N, heads, L, d] where mask, which broadcasts to the scores, is true."""
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    if q.shape[-2] == 1:  # many small products, which old versions make one by one
        weights = ((q * k).sum(-1) * q.shape[-1] ** -0.5).softmax(-1)
        return (weights.unsqueeze(-1) * v).sum(-2, keepdim=True)
    scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return scores.softmax(-1) @ v


class Cache:
    """The keys and values of the last L frames of B dreams, for every layer over time: slot t mod L is that of frame t; and the states
    of a memory behind the last two, of which slot t mod 2 is that of frame t."""

    def __init__(self, config: Config, dreams: int, patches: int, device: torch.device) -> None:
        shape = (dreams, patches * config.heads, config.window, config.width // config.heads)
        self.window = config.window
        self.keys = [torch.zeros(shape, device=device) for i in range(config.layers) if config.over_time(i)]
        self.values = [torch.zeros_like(k) for k in self.keys]
        self.states = [torch.zeros(2, dreams, patches, config.width, device=device) for k in self.keys if config.memory]
        self.length = 0  # frames seen

    def attend(self, layer: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """The attention of one newest frame, whose slot is taken from the frame that the window has just left; until length rises,
        the slot is free to be taken again."""
        slot, seen = self.length % self.window, min(self.length + 1, self.window)
        keys, values = self.keys[layer], self.values[layer]
        keys[:, :, slot : slot + 1], values[:, :, slot : slot + 1] = k, v
        return attend(q, keys[:, :, :seen].to(q.dtype), values[:, :, :seen].to(q.dtype), None)

    def remember(self, layer: int, gate: Tensor, candidate: Tensor) -> Tensor:
        """The states behind one newest frame, given its gates and candidates [B, P, D]; until length rises, the slot is free as in attend."""
        before = self.states[layer][(self.length + 1) % 2]
        self.states[layer][self.length % 2] = before + gate * (candidate - before)
        return self.states[layer][self.length % 2]

    def fill(self, layer: int, k: Tensor, v: Tensor) -> None:
        """Stores the frames of a whole clip, the first of a dream."""
        frames = k.shape[2]
        kept = slice(max(0, frames - self.window), frames)
        slots = torch.arange(kept.start, kept.stop, device=k.device) % self.window
        self.keys[layer][:, :, slots], self.values[layer][:, :, slots] = k[:, :, kept].float(), v[:, :, kept].float()

    def fill_states(self, layer: int, states: Tensor) -> None:
        """Stores the states [B, T, P, D] behind the frames of a whole clip, the first of a dream."""
        self.states[layer][(states.shape[1] - 1) % 2] = states[:, -1]


def scan(keep: Tensor, add: Tensor) -> Tensor:
    """h_t = keep_t * h_{t-1} + add_t over the frames of [B, T, ...], h_0 = add_0, by doubling."""
    step = 1
    while step < add.shape[1]:
        add = torch.cat((add[:, :step], add[:, step:] + keep[:, step:] * add[:, :-step]), 1)
        keep = torch.cat((keep[:, :step], keep[:, step:] * keep[:, :-step]), 1)
        step *= 2
    return add


class Memory(nn.Module):
    """A gated linear recurrence over the frames, at every patch by itself. See kernel.MemoryWeights."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_parameter("in", fan_in(1, width, 2 * width))
        frames = LONGEST ** (torch.arange(width, dtype=torch.float64) / max(1, width - 1))
        self.bias = nn.Parameter((1 / frames).expm1().log().float())
        self.out = nn.Parameter(torch.zeros(width, width))

    def forward(self, normed: Tensor, frames: int, cache: Optional[Cache], layer: int) -> Tensor:
        """What the states behind the frames add to tokens [F, P, D], given what the attention reads."""
        gate, candidate = (normed @ getattr(self, "in")).float().unflatten(0, (-1, frames)).chunk(2, -1)
        gate = (gate + self.bias).sigmoid()
        if cache is not None and frames == 1:
            states = cache.remember(layer, gate[:, 0], candidate[:, 0])
        else:
            states = scan(1 - gate, gate * candidate)
            if cache is not None:
                cache.fill_states(layer, states)
        return states.reshape(normed.shape).to(normed.dtype) @ self.out


class Attention(nn.Module):
    """The residual block x + attend(norm(x) * qkv) * out over space or over time, there with a memory beside it where it has one."""

    def __init__(self, width: int, heads: int, memory: bool) -> None:
        super().__init__()
        self.heads = heads
        self.gain = ones(width)
        self.qkv = fan_in(1, width, 3 * width)
        self.q_gain, self.k_gain = ones(width // heads), ones(width // heads)
        self.out = fan_in(0.3, width, width)
        self.film = Linear(width, 2 * width, 0)
        self.memory = Memory(width) if memory else None

    def project(self, normed: Tensor) -> Tensor:
        """Queries, keys and values [F, P, 3, heads, d]."""
        return (normed @ self.qkv).reshape(*normed.shape[:2], 3, self.heads, -1)

    def over_space(self, x: Tensor, film: Tensor, rotation: Rotation) -> Tensor:
        q, k, v = self.project(rms_norm(x, self.gain, film)).permute(2, 0, 3, 1, 4)
        y = attend(turn(q, self.q_gain, rotation), turn(k, self.k_gain, rotation), v, None)
        return x + y.transpose(1, 2).reshape(x.shape) @ self.out

    def over_time(self, x: Tensor, film: Tensor, rotation: Rotation, frames: int, mask: Optional[Tensor], cache: Optional[Cache], layer: int) -> Tensor:
        patches, clips = x.shape[1], x.shape[0] // frames
        normed = rms_norm(x, self.gain, film)
        qkv = self.project(normed).reshape(clips, frames, patches, 3, self.heads, -1)
        q, k, v = qkv.permute(3, 0, 2, 4, 1, 5).flatten(2, 3)  # [B, P*heads, T, d]: patches do not see each other, no more than heads do
        q, k = turn(q, self.q_gain, rotation), turn(k, self.k_gain, rotation)
        if cache is not None and frames == 1:
            y = cache.attend(layer, q, k, v)
        else:
            y = attend(q, k, v, mask)
            if cache is not None:
                cache.fill(layer, k, v)
        y = y.reshape(clips, patches, self.heads, frames, -1).permute(0, 3, 1, 2, 4)
        x = x + y.reshape(x.shape) @ self.out
        return x if self.memory is None else x + self.memory(normed, frames, cache, layer)


class Layer(nn.Module):
    """An attention block and a feed-forward block."""

    def __init__(self, c: Config, remembers: bool) -> None:
        super().__init__()
        self.attention = Attention(c.width, c.heads, remembers)
        self.feed = FeedForward(c.width, c.hidden, film=True)


class Condition(nn.Module):
    """The vector that conditions a frame: SiLU(features * W + b + the mean of the caption's words)."""

    def __init__(self, c: Config) -> None:
        super().__init__()
        self.weight = fan_in(1, c.feature_size, c.width)
        self.bias = nn.Parameter(torch.zeros(c.width))
        self.words = normal(1, c.vocabulary, c.width)

    def forward(self, features: Tensor, bags: Tensor) -> Tensor:
        return F.silu(F.linear(features, self.weight.t(), self.bias) + (bags @ self.words).unsqueeze(1))


class Last(nn.Module):
    """The last norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = ones(width)
        self.film = Linear(width, 2 * width, 0)


class Dynamics(nn.Module):
    """The transformer: tokens and conditions to corrections of the starting estimate, rewards and ends."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config, c = config, config
        self.embed = Linear(c.token_size, c.width)
        self.condition = Condition(c)
        self.layer = nn.ModuleList(Layer(c, c.remembers(i)) for i in range(c.layers))
        self.last = Last(c.width)
        self.output = Linear(c.width, c.latent, 0)
        self.pool = Linear(c.width, HEAD_WIDTH)
        self.heads = Linear(HEAD_WIDTH, 2 * c.span, 0)

    def forward(
        self, tokens: Tensor, features: Tensor, bags: Tensor, grid: Tuple[int, int], bidirectional: Optional[Tensor] = None, cache: Optional[Cache] = None
    ) -> Tuple[Tensor, Tensor]:
        """The corrections [B, T, P, C], and the reward and the logit of the end [B, T, 2S], of tokens and features as inputs makes them.

        bags [B, V] weigh the words of the captions, and frames of the clips in which bidirectional [B] is true see later ones. With a
        cache, T = 1 frame is seen as the newest, or T frames as the first of a dream.
        """
        c, d = self.config, self.config.width // self.config.heads
        clips, frames, patches = tokens.shape[:3]
        at = cache.length if cache is not None and frames == 1 else 0
        space = space_rotation(*grid, d, tokens.device)
        time = time_rotation(at, frames, d, tokens.device)
        mask = self.mask(frames, bidirectional, tokens.device)
        x = self.embed(tokens).flatten(0, 1).float()  # so that the residual stream is exact where products are not
        condition = self.condition(features, bags).flatten(0, 1)
        timed = 0
        for i, layer in enumerate(self.layer):
            film = layer.attention.film(condition)
            if c.over_time(i):
                x = layer.attention.over_time(x, film, time, frames, mask, cache, timed)
                timed += 1
            else:
                x = layer.attention.over_space(x, film, space)
            x = layer.feed(x, *grid, layer.feed.film(condition))
        x = rms_norm(x, self.last.gain, self.last.film(condition))
        heads = self.heads(F.silu(self.pool(x).mean(1)))
        return self.output(x).reshape(clips, frames, patches, -1).float(), heads.reshape(clips, frames, -1).float()

    def mask(self, frames: int, bidirectional: Optional[Tensor], device: torch.device) -> Optional[Tensor]:
        """Which frames see which, [B, 1, T, T], or [T, T] where it is the same in all clips."""
        if frames == 1:
            return None
        t = torch.arange(frames, device=device)
        apart = t.unsqueeze(1) - t
        near, past = apart.abs() < self.config.window, apart >= 0
        if bidirectional is None:
            return near & past
        return (near & (past | bidirectional[:, None, None])).unsqueeze(1)
