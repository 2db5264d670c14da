"""N environments on a server as a vector of Stable-Baselines3. It needs the package stable-baselines3."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.vec_env import VecEnv

from somnium.vector import SomniumVectorEnv


class SomniumVecEnv(VecEnv):  # type: ignore[misc]
    """What `SomniumVectorEnv` steps, under the interface that Stable-Baselines3 learns from.

    An episode's end resets at once; the last observation of the old one is in `infos[i]["terminal_observation"]`.
    """

    def __init__(self, name: str, num_envs: int, **asked: Any) -> None:
        """Makes them. `asked` goes to `SomniumVectorEnv`."""
        self.envs = SomniumVectorEnv(name, num_envs, autoreset_mode=AutoresetMode.SAME_STEP, render_mode="rgb_array", **asked)
        self.render_mode = "rgb_array"
        super().__init__(num_envs, self.envs.single_observation_space, self.envs.single_action_space)

    def reset(self) -> Any:
        """Starts episodes in all, by the seeds of `seed(...)` where that was called before."""
        seeds = [None if s is None else int(s) for s in self._seeds]
        observations, _ = self.envs.reset(seed=seeds if any(s is not None for s in seeds) else None)
        self.reset_infos: list[dict[str, Any]] = [{} for _ in seeds]
        self._reset_seeds()
        self._reset_options()
        return observations

    def step_async(self, actions: np.ndarray) -> None:
        """Sends the actions."""
        self.envs.step_async(actions)

    def step_wait(self) -> Any:
        """Returns observations, rewards, whether episodes have ended, and infos."""
        observations, rewards, terminated, truncated, told = self.envs.step_wait()
        ended = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in np.flatnonzero(ended):
            infos[i] = {"terminal_observation": told["final_obs"][i], "TimeLimit.truncated": bool(truncated[i] and not terminated[i])}
        return observations, rewards.astype(np.float32), ended, infos

    def close(self) -> None:
        """Frees them on the server."""
        self.envs.close()

    def get_images(self) -> Sequence[np.ndarray | None]:
        """The pictures of the last observations."""
        return self.envs.render() or ()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of the vector, once for each environment."""
        return [getattr(self.envs, attr_name, None)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """The environments live on the server, where attributes cannot be set."""
        raise AttributeError(f"{attr_name} cannot be set on environments of a server; make others")

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Calls a method of the vector that takes an environment's index first, such as `state`."""
        return [getattr(self.envs, method_name)(i, *method_args, **method_kwargs) for i in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Nothing wraps them."""
        return [False] * len(list(self._get_indices(indices)))
