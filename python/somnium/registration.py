"""Registers every environment with Gymnasium."""

from __future__ import annotations

import subprocess
import warnings

import gymnasium

from somnium import errors, local, names


def register_all() -> list[str]:
    """Registers every environment that the server lists, under `somnium/`, and returns the ids.

    `import somnium` calls it. Where neither server nor program is to be found it warns and registers nothing; call it again
    once that is mended.
    """
    try:
        listed = local.list_environments()
    except (errors.SomniumError, OSError, subprocess.SubprocessError) as error:
        warnings.warn(f"no environments are registered: {error}", RuntimeWarning, stacklevel=3)
        return []
    return [_register(told["id"], told["max_episode_steps"]) for told in listed]


def _register(name: str, max_episode_steps: int) -> str:
    """Registers one. Its time limit is left to Gymnasium, so that `make(..., max_episode_steps=...)` can change it."""
    registered = names.gymnasium_id(name)
    gymnasium.registry.pop(registered, None)
    gymnasium.register(
        id=registered,
        entry_point="somnium.environment:SomniumEnv",
        vector_entry_point="somnium.vector:SomniumVectorEnv",
        max_episode_steps=max_episode_steps or None,
        kwargs={"name": name, "time_limit": 0},
    )
    return registered
