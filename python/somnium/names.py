"""Names of environments: `ID?height=48&gravity=5` and `dream:<model>@ID` on the server, `somnium/ID` in Gymnasium."""

from __future__ import annotations

from typing import Mapping
from urllib.parse import quote

NAMESPACE = "somnium"


def is_dream(name: str) -> bool:
    """Whether the name is a world model's in the place of a simulator."""
    return name.startswith("dream:")


def gymnasium_id(name: str) -> str:
    """The id in Gymnasium's registry: somnium/RigidCatch-v0, and somnium/DreamRigidCatch-v0 for its dream."""
    if is_dream(name):
        return f"{NAMESPACE}/Dream{name.rpartition('@')[2]}"
    return f"{NAMESPACE}/{name}"


def full_name(
    name: str,
    model: str | None = None,
    height: int | None = None,
    width: int | None = None,
    max_episode_steps: int | None = None,
    params: Mapping[str, float] | None = None,
) -> str:
    """The server's name for an environment of a size and with parameters; 0 steps are no limit.

    `model` is the preset or the path of the weights that dream; it makes a dream of a simulator's name.
    """
    if model is not None:
        name = f"dream:{model}@{name.rpartition('@')[2]}"
    given: dict[str, object] = {"height": height, "width": width, "max_episode_steps": max_episode_steps, **(params or {})}
    query = "&".join(f"{quote(key)}={quote(str(value))}" for key, value in given.items() if value is not None)
    if not query:
        return name
    return name + ("&" if "?" in name else "?") + query
