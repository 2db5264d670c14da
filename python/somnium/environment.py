"""One environment on a server as a `gymnasium.Env`."""

from __future__ import annotations

from typing import Any, Mapping

import gymnasium
import numpy as np

from somnium import block, local, names, spaces
from somnium.handle import Handle


class SomniumEnv(gymnasium.Env[Any, Any]):
    """A simulator, or a dream in its place.

    `reset(options=...)` takes the environment's parameters by name for one episode, as in `options={"gravity": 3.0}`, and, in a
    dream, the context to begin from: `options={"context": {"frames": ..., "actions": ..., "caption": ...}}`, as `prime` has it. The
    same seed gives the same episode to the bit; an unseeded reset continues the random stream.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(
        self,
        name: str,
        *,
        render_mode: str | None = None,
        height: int | None = None,
        width: int | None = None,
        params: Mapping[str, float] | None = None,
        model: str | None = None,
        time_limit: int | None = None,
        address: str | None = None,
        token: str | None = None,
        shared: bool = True,
        timeout: float | None = None,
    ) -> None:
        """Makes it.

        Args:
            name: The server's name of it, such as RigidCatch-v0, RigidCatch-v0?gravity=5 or dream:small@RigidCatch-v0.
            render_mode: rgb_array or None.
            height, width: The picture's size in pixels; 64 by default.
            params: Parameters for every episode, by name.
            model: The preset or the path of the weights that dream in the simulator's place.
            time_limit: Steps of an episode, 0 for no limit; the environment's own by default.
            address: The server's, as host:port or unix:path; that of SOMNIUM_ADDRESS by default, else one is started.
            token: What the server wants to see; that of SOMNIUM_TOKEN by default.
            shared: Whether to try for observations through shared memory.
            timeout: How long to wait for the server, in seconds; for ever by default.
        """
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode {render_mode!r} is not one of None and 'rgb_array'")
        self.render_mode = render_mode
        self.name = names.full_name(name, model, height, width, time_limit, params)
        connection = local.connect(address, token, timeout)
        try:
            self._handle = Handle(connection, self.name, 1, "single", shared, slots=1)
        except BaseException:
            connection.close()
            raise
        told = self._handle.spec
        self.observation_space = spaces.to_gymnasium(told["observation"])
        self.action_space = spaces.to_gymnasium(told["action"])
        self.metadata = {**type(self).metadata, "render_fps": told["fps"]}
        self.params: list[dict[str, Any]] = told["params"]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Starts an episode."""
        super().reset(seed=seed)
        params = dict(options or {})
        context = params.pop("context", None)
        if context is None or seed is not None or params:
            outcome = self._handle.reset(None if seed is None else [seed], params=params)
        if context is not None:
            outcome = self._handle.prime(**context)
        return block.row(outcome.obs, 0), {}

    def prime(self, frames: Any = None, actions: Any = None, caption: str = "") -> tuple[Any, dict[str, Any]]:
        """Starts an episode, of a dream, that continues a stretch of video, and returns its last frame as `reset` would.

        A wrapper, such as Gymnasium's time limit, learns of it only where it is asked for by `reset(options={"context": ...})`.

        Args:
            frames: T pictures of the size observed, uint8 [T, height, width, 3]; none where the caption is all there is.
            actions: The T-1 actions between them; None where they are not known.
            caption: What is to be seen, in words.
        """
        return block.row(self._handle.prime(frames, actions, caption).obs, 0), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Applies the action and advances by one frame."""
        outcome = self._handle.step(self._handle.action_row(action))
        return block.row(outcome.obs, 0), float(outcome.reward[0]), bool(outcome.terminated[0]), bool(outcome.truncated[0]), {}

    def render(self) -> np.ndarray | None:
        """The picture of the last observation, uint8 [height, width, 3], where the render mode is rgb_array."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() shows nothing without a render_mode; give one to gymnasium.make(..., render_mode='rgb_array')")
            return None
        return self._handle.render()

    def snapshot(self) -> bytes:
        """The whole state, the random stream included."""
        return self._handle.snapshot()

    def restore(self, snapshot: bytes) -> Any:
        """Brings a state back to the bit, and returns the observation of that moment."""
        return block.row(self._handle.restore(snapshot).obs, 0)

    def state(self) -> dict[str, Any]:
        """The true state behind the last observation: step, bodies and values."""
        return self._handle.state()

    def captions(self) -> tuple[str, str]:
        """What a person would say of the present scene, in a few words and in a few sentences."""
        return self._handle.captions()

    def close(self) -> None:
        """Frees it on the server. Closing twice is fine."""
        handle: Handle | None = getattr(self, "_handle", None)
        if handle is not None:
            handle.close()


