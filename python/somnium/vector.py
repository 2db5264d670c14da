"""N environments that step together on a server, as a `gymnasium.vector.VectorEnv`."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from somnium import block, local, names, spaces
from somnium.handle import Handle

_MODES = {AutoresetMode.NEXT_STEP: "next_step", AutoresetMode.SAME_STEP: "same_step", AutoresetMode.DISABLED: "disabled"}


class SomniumVectorEnv(VectorEnv[Any, Any, np.ndarray]):
    """N environments of one name, stepped in parallel by the server: one message a step, whatever N is.

    Environment i of a vector that is seeded with s begins as a single one that is seeded with s+i does.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10, "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(
        self,
        name: str,
        num_envs: int = 1,
        *,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        slots: int = 4,
        render_mode: str | None = None,
        height: int | None = None,
        width: int | None = None,
        params: Mapping[str, float] | None = None,
        model: str | None = None,
        max_episode_steps: int | None = None,
        time_limit: int | None = None,
        address: str | None = None,
        token: str | None = None,
        shared: bool = True,
        timeout: float | None = None,
    ) -> None:
        """Makes them. What is not listed here is as in `SomniumEnv`.

        Args:
            autoreset_mode: What happens to an environment whose episode has ended, as in Gymnasium.
            copy: Whether observations are returned in memory of their own. Where they are not, they hold until `slots` further
                steps or resets have been asked for.
            slots: The number of outcomes that hold at a time in shared memory.
            max_episode_steps: The time limit, which `gymnasium.make_vec` fills in; it goes before `time_limit`.
        """
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode {render_mode!r} is not one of None and 'rgb_array'")
        self.render_mode = render_mode
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        self.num_envs = num_envs
        self.copy = copy
        limit = time_limit if max_episode_steps is None else max_episode_steps
        self.name = names.full_name(name, model, height, width, limit, params)
        connection = local.connect(address, token, timeout)
        try:
            self._handle = Handle(connection, self.name, num_envs, _MODES[self.autoreset_mode], shared, slots)
        except BaseException:
            connection.close()
            raise
        told = self._handle.spec
        self.single_observation_space = spaces.to_gymnasium(told["observation"])
        self.single_action_space = spaces.to_gymnasium(told["action"])
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.metadata = {**type(self).metadata, "render_fps": told["fps"], "autoreset_mode": self.autoreset_mode}
        self.params: list[dict[str, Any]] = told["params"]

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Starts episodes, in all environments or in those that `options["reset_mask"]` selects, bool [N].

        A seed s seeds environment i with s+i; a list seeds each, None leaving its stream to continue. `options["context"]`, in a
        dream, is what the episodes begin from, as in `SomniumEnv`: one for all, or a list with one or None for each. Other options
        are parameters by name, for all environments alike.
        """
        super().reset(seed=seed if isinstance(seed, int) else None)
        params = dict(options or {})
        mask = self._checked_mask(params.pop("reset_mask", None))
        context = params.pop("context", None)
        outcome = self._begin(seed, mask, params)
        if context is not None:
            outcome = self._prime_all([context] * self.num_envs if isinstance(context, Mapping) else context, mask) or outcome
        return self._obs(outcome), {}

    def _begin(self, seed: int | Sequence[int | None] | None, mask: np.ndarray | None, params: dict[str, Any]) -> block.Outcome:
        seeds = [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else list(seed or [])
        if seeds and len(seeds) != self.num_envs:
            raise ValueError(f"{len(seeds)} seeds for {self.num_envs} environments")
        if None not in seeds:
            return self._handle.reset(seeds or None, mask, params)  # type: ignore[arg-type]
        chosen = np.ones(self.num_envs, np.bool_) if mask is None else mask
        seeded = np.array([s is not None for s in seeds])
        if (chosen & seeded).any():
            self._handle.reset([s or 0 for s in seeds], chosen & seeded, params)
        return self._handle.reset(None, chosen & ~seeded, params)

    def _prime_all(self, contexts: Sequence[Mapping[str, Any] | None], mask: np.ndarray | None) -> block.Outcome | None:
        if len(contexts) != self.num_envs:
            raise ValueError(f"{len(contexts)} contexts for {self.num_envs} environments")
        outcome = None
        for i, context in enumerate(contexts):
            if context is not None and (mask is None or mask[i]):
                outcome = self._handle.prime(**context, index=i)
        return outcome

    def _checked_mask(self, mask: Any) -> np.ndarray | None:
        if mask is None:
            return None
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != (self.num_envs,) or not mask.any():
            raise ValueError(f"options['reset_mask'] must be a bool array of shape ({self.num_envs},) with at least one true")
        return mask

    def step(self, actions: Any) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Applies an action to each environment."""
        self._handle.send(actions)
        return self.step_wait()

    def step_async(self, actions: Any) -> None:
        """Sends the actions and returns at once; `step_wait` returns the outcomes in their turn.

        Up to `slots - 1` steps can be under way, so that the environments step while an agent still thinks about the last
        observations.
        """
        self._handle.send(actions)

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Returns what the earliest step that is under way has given."""
        outcome = self._handle.receive()
        terminated, truncated = outcome.terminated.copy(), outcome.truncated.copy()
        infos: dict[str, Any] = {}
        if self.autoreset_mode is AutoresetMode.SAME_STEP and (ended := terminated | truncated).any():
            infos = self._final(outcome, ended)
        return self._obs(outcome), outcome.reward.copy(), terminated, truncated, infos

    def _final(self, outcome: block.Outcome, ended: np.ndarray) -> dict[str, Any]:
        final = np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(ended):
            final[i] = block.row(outcome.final_obs, int(i))
        return {"final_obs": final, "_final_obs": ended, "final_info": {}, "_final_info": ended.copy()}

    def _obs(self, outcome: block.Outcome) -> Any:
        return block.copy_tree(outcome.obs) if self.copy else outcome.obs

    def render(self) -> tuple[Any, ...] | None:
        """The pictures of the last observations, uint8 [height, width, 3] each, where the render mode is rgb_array."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() shows nothing without a render_mode; give one to gymnasium.make_vec(..., render_mode='rgb_array')")
            return None
        return tuple(self._handle.render(i) for i in range(self.num_envs))

    def snapshot(self, index: int) -> bytes:
        """The whole state of environment `index`, the random stream included."""
        return self._handle.snapshot(index)

    def restore(self, index: int, snapshot: bytes) -> Any:
        """Brings a state back to the bit in environment `index`, and returns the observations of all."""
        return self._obs(self._handle.restore(snapshot, index))

    def prime(self, index: int, frames: Any = None, actions: Any = None, caption: str = "") -> Any:
        """Begins an episode of environment `index`, a dream, that continues a stretch of video; returns the observations of all."""
        return self._obs(self._handle.prime(frames, actions, caption, index))

    def state(self, index: int) -> dict[str, Any]:
        """The true state of environment `index`: step, bodies and values."""
        return self._handle.state(index)

    def captions(self, index: int) -> tuple[str, str]:
        """What a person would say of environment `index`, in a few words and in a few sentences."""
        return self._handle.captions(index)

    def close_extras(self, **kwargs: Any) -> None:
        """Frees the environments on the server."""
        handle: Handle | None = getattr(self, "_handle", None)
        if handle is not None:
            handle.close()
