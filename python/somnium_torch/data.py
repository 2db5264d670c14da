"""Recorded episodes in memory, as the two stages of training need them, and the drawing of clips.

Frames of one size lie one after the other, [N, ...], all that is known of them beside them; a clip is a range of them. Where a
latent stands for S frames, each episode is followed by S-1 in which its last one is held. The transformer trains on latents, which are made once for the whole data set and stay on the device: 4 KiB a frame of 64x64 in
the small preset. The tokenizer trains on pixels, 12 KiB a frame, which stay in the machine's memory for as long as it does.
"""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import Tensor

from . import dit, tokenizer
from .objective import Clips
from .shards import Entry, Episode
from .stages import DETAILED, DROP_CAPTION, Stream
from .tokenizer import Tokenizer

CHUNK = 1024  # frames that are encoded at a time
Size = Tuple[int, int]


def read_all(entries: Sequence[Entry]) -> Iterator[Episode]:
    """The episodes in order, decoded by a few threads that stay a little ahead."""
    workers = min(16, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        waiting = deque()
        for entry in entries:
            waiting.append(pool.submit(entry.read))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Captions:
    """The captions of a data set, each kept once, as word ids."""

    def __init__(self, config: dit.Config) -> None:
        self.config = config
        self.numbers: Dict[str, int] = {"": 0}
        self.pairs: List[Tuple[int, int]] = [(0, 0)]  # short, detailed
        self.known: Dict[Tuple[int, int], int] = {(0, 0): 0}

    def number(self, short: str, detailed: str) -> int:
        """The number of a pair of captions."""
        pair = tuple(self.numbers.setdefault(text, len(self.numbers)) for text in (short, detailed))
        if pair not in self.known:
            self.known[pair] = len(self.pairs)
            self.pairs.append(pair)
        return self.known[pair]

    def freeze(self, device: torch.device) -> None:
        """Makes the tables that bags reads."""
        words = [self.config.words(text) for text in self.numbers]
        table = torch.zeros(len(words), max(1, max(map(len, words))), dtype=torch.int32)
        for row, ids in zip(table, words):
            row[: len(ids)] = torch.tensor(ids, dtype=torch.int32)
        self.ids, self.counts = table.to(device), torch.tensor([len(ids) for ids in words]).to(device)
        self.choices = torch.tensor(self.pairs).to(device)

    def bags(self, numbers: Tensor, stream: Stream) -> Tensor:
        """The bags [B, V] of the captions that clips are shown, of pairs by number [B]: the short one, the long one or none."""
        u = stream.uniform(len(numbers))
        detailed = u < DROP_CAPTION + (1 - DROP_CAPTION) * DETAILED
        text = torch.where(detailed, self.choices[numbers, 1], self.choices[numbers, 0])
        text = torch.where(u < DROP_CAPTION, torch.zeros_like(text), text)
        ids, counts = self.ids[text].long(), self.counts[text].unsqueeze(1)
        there = torch.arange(ids.shape[1], device=ids.device) < counts
        bags = torch.zeros(len(text), self.config.vocabulary, device=ids.device)
        return bags.scatter_add_(1, ids, there / counts.clamp(min=1))


class Recorded:
    """All frames of one size."""

    def __init__(self, entries: Sequence[Entry], size: Size, config: dit.Config) -> None:
        self.span, self.size, self.grid = config.span, size, tokenizer.grid(*size)
        lengths = [entry.frames + self.span - 1 for entry in entries]
        self.count = count = sum(lengths)
        self.starts = np.cumsum([0] + lengths)[:-1]
        self.pixels: Optional[Tensor] = None  # uint8 [N, H, W, 3]
        self.latents: Optional[Tensor] = None  # [1 or 2, N, P, C]: of every frame alone, and of the span that ends with it
        self.actions, self.known = torch.zeros(count, config.actions), torch.zeros(count, dtype=torch.bool)
        self.there = torch.zeros(count, dtype=torch.bool)  # the transition into the frame is
        self.rewards, self.ends = torch.zeros(count), torch.zeros(count)
        self.captions = torch.zeros(count, dtype=torch.int64)
        self.filled = 0

    def put(self, episode: Episode, captions: Captions) -> slice:
        """Takes over all but the frames of the next episode, and returns the place of those and of the ones that hold the last."""
        place = slice(self.filled, self.filled + len(episode.frames))
        for i, action in enumerate(episode.actions):
            if action is not None:
                self.actions[place.start + 1 + i] = torch.from_numpy(episode.vector(i, self.actions.shape[1]))
                self.known[place.start + 1 + i] = True
        self.rewards[place.start + 1 : place.stop] = torch.from_numpy(episode.rewards.copy())
        self.ends[place.start + 1 : place.stop] = torch.from_numpy(episode.terminated.astype(np.float32))
        for step, short, detailed in episode.captions:
            self.captions[place.start + step : place.stop] = captions.number(short, detailed)
        self.there[place] = True
        self.filled = place.stop + self.span - 1
        held = slice(place.stop, self.filled)
        self.actions[held], self.known[held] = self.actions[place.stop - 1], self.known[place.stop - 1]
        return slice(place.start, self.filled)

    def to(self, device: torch.device) -> None:
        for name in ("actions", "known", "there", "rewards", "ends", "captions"):
            setattr(self, name, getattr(self, name).to(device))


class Data:
    """The data sets of a training run."""

    def __init__(self, entries: Sequence[Entry], config: dit.Config, device: torch.device) -> None:
        self.device, self.captions = device, Captions(config)
        self.entries: Dict[Size, List[Entry]] = {}
        for entry in entries:
            self.entries.setdefault(entry.size, []).append(entry)
        self.sizes = {size: Recorded(list_, size, config) for size, list_ in sorted(self.entries.items())}
        self.loaded = False

    def load(self, frozen: Optional[Tokenizer], keep: bool = False) -> None:
        """Reads all episodes: into latents where there is a tokenizer that stands still, else into pixels. Pixels that were read
        before are encoded and let go, but where they are to be kept."""
        for size, recorded in self.sizes.items():
            if not self.loaded:
                self.read(recorded, self.entries[size], frozen, keep)
            elif recorded.pixels is not None and frozen is not None:
                for first, last in zip(recorded.starts, [*recorded.starts[1:], recorded.count]):
                    self.encode(recorded, slice(first, last), recorded.pixels[first:last], frozen)
                if not keep:
                    recorded.pixels = None
        if not self.loaded:
            self.captions.freeze(self.device)
        self.loaded = True

    def read(self, recorded: Recorded, entries: Sequence[Entry], frozen: Optional[Tokenizer], keep: bool) -> None:
        for episode in read_all(entries):
            place, pixels = recorded.put(episode, self.captions), torch.from_numpy(episode.frames.copy())
            pixels = torch.cat((pixels, pixels[-1:].expand(recorded.span - 1, *pixels.shape[1:])))
            if frozen is not None:
                self.encode(recorded, place, pixels, frozen)
                if not keep:
                    continue
            if recorded.pixels is None:
                recorded.pixels = torch.empty(recorded.count, *recorded.size, 3, dtype=torch.uint8)
            recorded.pixels[place] = pixels
        recorded.to(self.device)

    def encode(self, recorded: Recorded, place: slice, pixels: Tensor, frozen: Tokenizer) -> None:
        spans = sorted({1, recorded.span})
        for first in range(0, len(pixels), CHUNK):
            ends = torch.arange(first, min(first + CHUNK, len(pixels)))
            for kind, span in enumerate(spans):
                frames = (ends.unsqueeze(1) + torch.arange(1 - span, 1)).clamp(min=0)
                latents = frozen.encode(pixels[frames].to(self.device))[:, 0]
                if recorded.latents is None:
                    recorded.latents = torch.empty(len(spans), recorded.count, *latents.shape[1:], device=self.device)
                recorded.latents[kind, place.start + ends] = latents

    def pixels(self, size: Size, starts: np.ndarray, frames: int) -> Tensor:
        """Clips uint8 [B, T, H, W, 3]."""
        places = torch.from_numpy(starts[:, None] + np.arange(frames))
        return self.sizes[size].pixels[places].to(self.device)

    def clips(self, size: Size, starts: np.ndarray, frames: int, stream: Stream) -> Clips:
        """Clips of so many frames, 1 and a whole number of spans, in latents. One that ends its episode begins at a whole number of
        spans from the episode's beginning, so that the end is seen wherever in a span it may come."""
        r, first = self.sizes[size], torch.from_numpy(starts).to(self.device)
        bags = self.captions.bags(r.captions[first], stream)
        within = starts - r.starts[np.searchsorted(r.starts, starts, side="right") - 1]
        late = torch.from_numpy(-within % r.span).to(self.device)
        first = first + late * (r.ends[first + frames - 1] > 0)
        slots = (torch.arange(1 - r.span, frames, device=self.device)).clamp(min=0)
        places = (first.unsqueeze(1) + slots).unflatten(1, (-1, r.span))  # [B, L, S]
        last = places[:, :, -1]
        latents = torch.cat((r.latents[0, last[:, :1]], r.latents[-1, last[:, 1:]]), 1)
        known = r.known[places].all(-1)
        known[:, 0] = False
        actions = r.actions[places].flatten(2) * known.unsqueeze(-1)
        pixels = None if r.pixels is None else r.pixels[last.cpu()].to(self.device)
        return Clips(latents, actions, known, r.rewards[places], r.ends[places], r.there[places], bags, r.grid, pixels)

    def transitions(self, size: Size, starts: np.ndarray, frames: int) -> Tuple[Tensor, Tensor, Tensor]:
        """Clips uint8 [B, T, H, W, 3], the actions into their frames [B, T, A], and where these are known [B, T]."""
        places = torch.from_numpy(starts[:, None] + np.arange(frames))
        r, there = self.sizes[size], places.to(self.device)
        known = r.known[there]
        return r.pixels[places].to(self.device), r.actions[there] * known.unsqueeze(-1), known


class Plan:
    """Draws clips: a size by its share of the frames, for every clip an environment of that size by its share, and any of that
    environment's windows."""

    def __init__(self, data: Data, frames: int, weights: Mapping[str, float]) -> None:
        self.frames = frames
        self.strata: Dict[Size, List[Tuple[float, np.ndarray, np.ndarray]]] = {}  # share, starts of episodes, running sums of windows
        for size, entries in sorted(data.entries.items()):
            groups: Dict[str, List[Tuple[int, int]]] = {}
            for entry, start in zip(entries, data.sizes[size].starts):
                if entry.frames >= frames and weight_of(entry.meta["env"], weights) > 0:
                    groups.setdefault(entry.meta["env"], []).append((start, entry.frames))
            for env, found in sorted(groups.items()):
                starts, lengths = (np.array(column) for column in zip(*found))
                share = float(lengths.sum()) * weight_of(env, weights)
                self.strata.setdefault(size, []).append((share, starts, np.cumsum(lengths - frames + 1)))
        if not self.strata:
            raise ValueError(f"no episode has the {frames} frames of a clip and a weight above 0; ask for shorter clips or record longer episodes")

    def draw(self, seed: int, step: int, clips: int) -> Tuple[Size, np.ndarray]:
        """The size and the first frames [clips] of a step's clips, a function of seed and step."""
        rng = np.random.default_rng((seed, step))
        sizes = list(self.strata)
        size = sizes[choose(rng, [sum(s[0] for s in self.strata[size]) for size in sizes], 1)[0]]
        strata = self.strata[size]
        which, starts = choose(rng, [s[0] for s in strata], clips), np.zeros(clips, np.int64)
        for i, (_, firsts, ends) in enumerate(strata):
            rows = np.flatnonzero(which == i)
            window = rng.integers(ends[-1], size=len(rows))
            episode = np.searchsorted(ends, window, side="right")
            starts[rows] = firsts[episode] + window - np.where(episode > 0, ends[episode - 1], 0)
        return size, starts


def choose(rng: np.random.Generator, shares: Sequence[float], count: int) -> np.ndarray:
    """Draws from choices in proportion to their shares, [count]."""
    p = np.array(shares, np.float64)
    return rng.choice(len(p), size=count, p=p / p.sum())


def weight_of(env: str, weights: Mapping[str, float]) -> float:
    """The factor on the share of an environment, by full name or by id."""
    return weights.get(env, weights.get(env.partition("?")[0], 1.0))
