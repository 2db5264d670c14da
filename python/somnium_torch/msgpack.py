"""A reader of msgpack: as much of the format as the shards of data sets hold, extension types apart."""

from __future__ import annotations

import struct
from typing import Any, Callable, Dict, Tuple

FIXED: Dict[int, Tuple[str, int]] = {  # numbers by their first byte
    0xCA: (">f", 4), 0xCB: (">d", 8), 0xCC: (">B", 1), 0xCD: (">H", 2), 0xCE: (">I", 4), 0xCF: (">Q", 8),
    0xD0: (">b", 1), 0xD1: (">h", 2), 0xD2: (">i", 4), 0xD3: (">q", 8),
}  # fmt: skip
LENGTHS: Dict[int, Tuple[str, str]] = {  # what has a length before it: its kind and the length's form
    0xC4: ("bin", ">B"), 0xC5: ("bin", ">H"), 0xC6: ("bin", ">I"), 0xD9: ("str", ">B"), 0xDA: ("str", ">H"), 0xDB: ("str", ">I"),
    0xDC: ("array", ">H"), 0xDD: ("array", ">I"), 0xDE: ("map", ">H"), 0xDF: ("map", ">I"),
}  # fmt: skip
MAX_DEPTH = 32


class Reader:
    """Reads values from bytes. Strings come as str, binary as memoryview."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = memoryview(data), 0

    def take(self, count: int) -> memoryview:
        if count > len(self.data) - self.at:
            raise ValueError("a length goes beyond the end of the record")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def value(self, depth: int = 0) -> Any:
        """The next value."""
        if depth > MAX_DEPTH:
            raise ValueError("maps or arrays nest too deep")
        first = self.take(1)[0]
        if first < 0x80 or first >= 0xE0:
            return first if first < 0x80 else first - 256
        if first < 0xC0:
            kind, count = ("map", first & 15) if first < 0x90 else ("array", first & 15) if first < 0xA0 else ("str", first & 31)
            return self.body(kind, count, depth)
        if first in FIXED:
            return self.number(FIXED[first][0])
        if first in LENGTHS:
            kind, form = LENGTHS[first]
            return self.body(kind, self.number(form), depth)
        if first not in (0xC0, 0xC2, 0xC3):
            raise ValueError(f"the byte {first:#x} begins no value that is known here")
        return {0xC0: None, 0xC2: False, 0xC3: True}[first]

    def body(self, kind: str, count: int, depth: int) -> Any:
        if kind in ("bin", "str"):
            data = self.take(count)
            return data if kind == "bin" else bytes(data).decode()
        if count > len(self.data) - self.at:
            raise ValueError("a length goes beyond the end of the record")
        item: Callable[[], Any] = lambda: self.value(depth + 1)
        return [item() for _ in range(count)] if kind == "array" else {item(): item() for _ in range(count)}


def unpack(data: bytes) -> Any:
    """The value that the bytes hold."""
    return Reader(data).value()
