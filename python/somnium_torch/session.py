"""Dreaming: frames one after another, each from those before it and an action. See world/session.go, whose twin it is."""

from __future__ import annotations

from typing import Callable, List, Optional, Tuple

import torch
from torch import Tensor

from . import diffusion, flow
from .dit import HISTORY, Cache, Dynamics, inputs
from .model import World
from .objective import Guesses
from .tokenizer import grid

Noise = Callable[[], Tensor]
DEFAULT_STEPS = 4


class Sampler:
    """Frames of B dreams in latents, which are those of a span each, against a cache of the frames before.

    noise returns standard normal latents [B, P, C], each call the next ones.
    """

    def __init__(self, model: Dynamics, size: Tuple[int, int], bags: Tensor, noise: Noise, steps: int = DEFAULT_STEPS) -> None:
        self.model, self.grid, self.bags, self.noise = model, size, bags, noise
        self.levels = diffusion.levels(steps) + [1.0]
        dreams, patches, device = bags.shape[0], size[0] * size[1], bags.device
        self.cache = Cache(model.config, dreams, patches, device)
        self.past = torch.zeros(dreams, HISTORY, patches, model.config.latent, device=device)  # noised, oldest first
        self.context = torch.full((dreams, 1), model.config.context_level, device=device)
        self.guess: Optional[Tensor] = None  # of the newest frame [B, P, C], where there is one

    def show(self, latents: Tensor, level: Tensor, actions: Tensor, known: Tensor) -> Tuple[Tensor, Tensor]:
        """Passes the newest frame [B, P, C] at a level [B, 1] through the model, with the actions [B, S*A] into it where known [B]:
        its predicted clean latents, and reward and logit of the end [B, 2S]."""
        x = torch.cat((self.past, latents.unsqueeze(1)), 1)
        there = torch.arange(-HISTORY, 1, device=x.device) >= -self.cache.length
        levels = torch.cat((self.context.expand(-1, HISTORY), level), 1)
        guess = None if self.guess is None else self.guess.unsqueeze(1)
        guessed = torch.full_like(level, guess is not None, dtype=torch.bool)
        tokens, features, start = inputs(x, levels, there.expand_as(levels), actions.unsqueeze(1), known.unsqueeze(1), guess, guessed)
        correction, heads = self.model(tokens, features, self.bags, self.grid, cache=self.cache)
        return (start + correction)[:, 0], heads[:, 0]

    def commit(self, latents: Tensor, actions: Tensor, known: Tensor) -> Tensor:
        """Makes frames [B, P, C] part of what later ones see, noised once; returns reward and logit of the end [B, 2S]."""
        noised = diffusion.noise(latents, self.noise(), self.context[:, 0])
        _, heads = self.show(noised, self.context, actions, known)
        self.past = torch.cat((self.past[:, 1:], noised.unsqueeze(1)), 1)
        self.cache.length += 1
        return heads

    def commit_clip(self, latents: Tensor, actions: Tensor, known: Tensor, guess: Guesses = (None, None)) -> None:
        """Commits the first frames [B, T, P, C] of the dreams in one pass."""
        frames = latents.shape[1]
        noise = torch.stack([self.noise() for _ in range(frames)], 1)
        noised = diffusion.noise(latents, noise, self.context.expand(-1, frames))
        before = torch.cat((self.past, noised), 1)
        present = torch.arange(-HISTORY, frames, device=latents.device) >= 0
        levels = self.context.expand(-1, HISTORY + frames)
        tokens, features, _ = inputs(before, levels, present.expand_as(levels), actions, known, *guess)
        self.model(tokens, features, self.bags, self.grid, cache=self.cache)
        self.past = before[:, -HISTORY:]
        self.cache.length = frames

    def sample(self, actions: Tensor, known: Tensor) -> Tensor:
        """Dreams the next frame [B, P, C] from noise, without committing it."""
        x = self.noise()
        for level, following in zip(self.levels, self.levels[1:]):
            clean, _ = self.show(x, torch.full_like(self.context, level), actions, known)
            x = diffusion.advance(x, clean, level, following)
        return x


class Session:
    """A rollout of a world model: prime it with frames, then step it with actions."""

    def __init__(self, world: World, height: int = 64, width: int = 64, steps: int = DEFAULT_STEPS, noise: Optional[Noise] = None) -> None:
        self.world, self.height, self.width, self.steps = world, height, width, steps
        self.grid = grid(height, width)
        self.noise = noise

    def stream(self, seed: int) -> Noise:
        """The noise of a seed."""
        device = self.world.tokenizer.mean.device
        generator = torch.Generator(device).manual_seed(seed)
        shape = (1, self.grid[0] * self.grid[1], self.world.tokenizer.config.latent)
        return lambda: torch.randn(shape, generator=generator, device=device)

    @torch.no_grad()
    def prime(self, frames: Tensor, actions: Optional[Tensor] = None, caption: str = "", seed: int = 0) -> None:
        """Starts a dream that continues frames uint8 [T, H, W, 3]; actions [T-1, A] lead from each to the next, where they are known."""
        dynamics = self.world.dynamics
        bag = dynamics.config.bag(dynamics.config.words(caption)).to(self.world.tokenizer.mean.device)
        self.sampler = Sampler(dynamics, self.grid, bag.unsqueeze(0), self.noise or self.stream(seed), self.steps)
        latents, count = self.world.tokenizer.encode(frames), len(frames)
        led = latents.new_zeros(self.world.tokenizer.config.latents(count) * dynamics.config.span, dynamics.config.actions)
        known = torch.zeros(len(led), dtype=torch.bool, device=led.device)
        if actions is not None and count > 1:
            led[1 - count :], known[1 - count :] = actions, True
        led, known = led.reshape(len(latents), 1, -1), known.reshape(len(latents), 1, -1).all(-1)
        self.seen: List[Tuple[Tensor, Tensor, Tensor]] = []
        for i, (latent, into, there) in enumerate(zip(latents.unsqueeze(1), led, known)):
            self.foretell(into * there.unsqueeze(-1), there)
            self.sampler.commit(latent, into * there.unsqueeze(-1), there)
            if self.world.flow is not None:
                self.seen = [(frames[i : i + 1], into * there.unsqueeze(-1), there)] + self.seen[:1]

    def foretell(self, into: Tensor, known: Tensor) -> None:
        """Guesses the frame that an action [1, A] leads to, where known [1], from the last two, as far as there are some."""
        self.sampler.guess = None
        if self.world.flow is None or not self.seen:
            return
        (last, led, told), before = self.seen[0], self.seen[-1][0]
        two = torch.full_like(known, len(self.seen) > 1)
        condition = flow.features(into, known, led, told, two)
        self.sampler.guess = self.world.tokenizer.encode(self.world.flow.guess(last, before, condition))

    @torch.no_grad()
    def step_each(self, actions: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        """Dreams the frames uint8 [S, H, W, 3] that the actions [S, A] lead to, their rewards [S], and the probabilities that they
        end the episode [S]."""
        into, known = actions.reshape(1, -1), torch.ones(1, dtype=torch.bool, device=actions.device)
        self.foretell(into, known)
        self.latent = self.world.tokenizer.clamp(self.sampler.sample(into, known))
        rewards, ends = self.sampler.commit(self.latent, into, known).reshape(-1, 2).unbind(-1)
        frames = self.world.tokenizer.decode(self.latent, self.height, self.width)
        if self.world.flow is not None:
            self.seen = [(frames, into, known)] + self.seen[:1]
        return frames, rewards, ends.sigmoid()

    def step(self, action: Tensor) -> Tuple[Tensor, float, float]:
        """Dreams the frame uint8 [H, W, 3] that the action [A] leads to, its reward, and the probability that it ends the episode. Where
        several frames are dreamed at a time, the action is taken for each of them, or until one ends the episode."""
        frames, rewards, ends = self.step_each(action.expand(self.world.dynamics.config.span, -1))
        over = (ends > 0.5).nonzero()
        count = int(over[0]) + 1 if len(over) else len(ends)
        return frames[count - 1], float(rewards[:count].sum()), float(ends[:count].max())
