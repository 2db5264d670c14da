"""Spaces, from a server's description to Gymnasium's classes."""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np
from gymnasium import spaces


def to_gymnasium(told: Mapping[str, Any]) -> spaces.Space[Any]:
    """The Gymnasium space of a server's description."""
    kind = told["kind"]
    if kind == "discrete":
        return spaces.Discrete(told["n"])
    if kind == "multi_discrete":
        return spaces.MultiDiscrete(np.asarray(told["nvec"], dtype=np.int64))
    if kind == "box":
        return spaces.Box(told["low"], told["high"], tuple(told["shape"]), np.dtype(told["dtype"]).type)
    if kind == "dict":
        return spaces.Dict({key: to_gymnasium(part) for key, part in sorted(told["spaces"].items())})
    raise ValueError(f"the server tells of a space of the kind {kind!r}, which this client does not know; install matching versions")
