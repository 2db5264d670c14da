"""Decompression of zstd frames (RFC 8878) by whatever this Python or this system has: its standard library from 3.14 on, the
zstandard or pyzstd package, or the shared library libzstd. Where there is none of them, frames that are stored without
compression, which `python -m somnium_torch.shards` makes, are still read.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib
import struct
from typing import Callable, Optional

MAGIC = b"\x28\xb5\x2f\xfd"
BLOCK = 128 << 10  # the greatest block

Decompress = Callable[[bytes, int], bytes]


def by_module() -> Optional[Decompress]:
    for name in ("compression.zstd", "pyzstd"):
        try:
            return lambda data, size, module=importlib.import_module(name): module.decompress(data)
        except ImportError:
            continue
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        return None
    return lambda data, size: zstandard.ZstdDecompressor().decompress(data, max_output_size=size)


def by_library() -> Optional[Decompress]:
    for name in ("libzstd.so.1", ctypes.util.find_library("zstd")):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if library is not None:
            break
    else:
        return None
    library.ZSTD_decompress.restype = ctypes.c_size_t
    library.ZSTD_decompress.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]

    def decompress(data: bytes, size: int) -> bytes:
        out = ctypes.create_string_buffer(max(1, size))
        if library.ZSTD_decompress(out, size, data, len(data)) != size:
            raise ValueError("the body does not decompress to its length: the bytes changed after they were written")
        return out.raw[:size]

    return decompress


def stored(data: bytes, size: int) -> bytes:
    """Reads a frame of raw blocks alone."""
    if data[:4] != MAGIC or len(data) < 5:
        raise ValueError("the body is no zstd frame")
    flag = data[4]
    at = 5 + (0 if flag & 32 else 1) + (0, 1, 2, 4)[flag & 3] + ((1 if flag & 32 else 0), 2, 4, 8)[flag >> 6]
    parts, last = [], False
    while not last:
        head = int.from_bytes(data[at : at + 3], "little")
        last, kind, length = bool(head & 1), head >> 1 & 3, head >> 3
        if kind != 0 or at + 3 + length > len(data):
            raise ValueError(
                "this Python cannot decompress zstd: install zstandard, or the system's libzstd, or write the shards anew with "
                "`python -m somnium_torch.shards store` on a machine that can"
            )
        parts.append(data[at + 3 : at + 3 + length])
        at += 3 + length
    return b"".join(parts)


def store(data: bytes) -> bytes:
    """A frame of raw blocks: every zstd reader takes it, this one without a library."""
    blocks = [data[i : i + BLOCK] for i in range(0, len(data), BLOCK)] or [b""]
    out = [MAGIC, b"\xa0", struct.pack("<I", len(data))]  # one segment, whose size takes four bytes
    for i, block in enumerate(blocks):
        out += [(len(block) << 3 | (i == len(blocks) - 1)).to_bytes(3, "little"), block]
    return b"".join(out)


DECOMPRESS: Decompress = by_module() or by_library() or stored
