"""Pictures for shards: RGB of one size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=16)
def _weights(size: int, target: int) -> np.ndarray:
    """How much of each of `size` pixels lies under each of `target` that span the same length, float32 [target, size]."""
    edges = np.arange(target + 1) * (size / target)
    left, right = edges[:-1, None], edges[1:, None]
    pixels = np.arange(size)[None]
    covered = np.clip(np.minimum(right, pixels + 1) - np.maximum(left, pixels), 0, None)
    weights: np.ndarray = (covered / covered.sum(1, keepdims=True)).astype(np.float32)
    return weights


def resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """The picture [h, w, 3] in another size: each pixel is the mean of the area that it covers. It does not keep proportions."""
    if picture.shape[:2] == (height, width):
        return picture
    rows = np.tensordot(_weights(picture.shape[0], height), picture.astype(np.float32), 1)
    both = np.einsum("wx,hxc->hwc", _weights(picture.shape[1], width), rows, optimize=True)
    resized: np.ndarray = np.rint(both).astype(np.uint8)
    return resized


def rgb(picture: np.ndarray) -> np.ndarray:
    """The picture as uint8 [h, w, 3], of one that is grey or RGB; else a ValueError."""
    picture = np.asarray(picture)
    if picture.ndim == 2:
        picture = picture[..., None]
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (1, 3):
        raise ValueError(f"{picture.dtype} {picture.shape} is no picture of uint8 (height, width), (height, width, 1) or (height, width, 3)")
    return np.ascontiguousarray(np.broadcast_to(picture, (*picture.shape[:2], 3)))
