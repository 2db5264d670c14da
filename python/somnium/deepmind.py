"""An environment under the interface of dm_env. It needs the package dm_env, which `pip install somnium[dm_env]` brings."""

from __future__ import annotations

from typing import Any, Mapping

import dm_env
import numpy as np
from dm_env import specs

from somnium import block, local, names
from somnium.handle import Handle


def to_spec(told: Mapping[str, Any], name: str) -> Any:
    """The dm_env spec of a server's description of a space; that of a Dict is a dict of specs."""
    kind = told["kind"]
    if kind == "discrete":
        return specs.DiscreteArray(told["n"], np.int64, name)
    if kind == "multi_discrete":
        nvec = np.asarray(told["nvec"], np.int64)
        return specs.BoundedArray(nvec.shape, np.int64, np.zeros_like(nvec), nvec - 1, name)
    if kind == "box":
        return specs.BoundedArray(tuple(told["shape"]), np.dtype(told["dtype"]), told["low"], told["high"], name)
    if kind == "dict":
        return {key: to_spec(part, key) for key, part in sorted(told["spaces"].items())}
    raise ValueError(f"the server tells of a space of the kind {kind!r}, which this client does not know; install matching versions")


class DmEnvironment(dm_env.Environment):  # type: ignore[misc]
    """A simulator, or a dream in its place, as dm_env has it: a step after the last one of an episode begins the next."""

    def __init__(
        self,
        name: str,
        *,
        seed: int | None = None,
        address: str | None = None,
        token: str | None = None,
        shared: bool = True,
        **asked: Any,
    ) -> None:
        """Makes it. `seed` seeds the first episode, the others continue; `asked` goes to `somnium.names.full_name`."""
        connection = local.connect(address, token)
        try:
            self._handle = Handle(connection, names.full_name(name, **asked), 1, "single", shared, slots=1)
        except BaseException:
            connection.close()
            raise
        self._seeds = None if seed is None else [seed]
        self._running = False

    def reset(self) -> dm_env.TimeStep:
        """Starts an episode."""
        outcome = self._handle.reset(self._seeds)
        self._seeds, self._running = None, True
        return dm_env.restart(block.row(outcome.obs, 0))

    def step(self, action: Any) -> dm_env.TimeStep:
        """Applies the action, or starts an episode where none is under way."""
        if not self._running:
            return self.reset()
        outcome = self._handle.step(self._handle.action_row(action))
        reward, obs = float(outcome.reward[0]), block.row(outcome.obs, 0)
        self._running = not (outcome.terminated[0] or outcome.truncated[0])
        if outcome.terminated[0]:
            return dm_env.termination(reward, obs)
        return dm_env.transition(reward, obs) if self._running else dm_env.truncation(reward, obs)

    def observation_spec(self) -> Any:
        """The spec of an observation."""
        return to_spec(self._handle.spec["observation"], "observation")

    def action_spec(self) -> Any:
        """The spec of an action."""
        return to_spec(self._handle.spec["action"], "action")

    def close(self) -> None:
        """Frees it on the server. Closing twice is fine."""
        self._handle.close()
