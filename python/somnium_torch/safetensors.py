"""Reading and writing of safetensors files, as the Go program does it: the same order, the same bytes.

A file is an 8-byte little-endian header length, a JSON header that gives every tensor's dtype, shape and byte range, and the
tensors' bytes, row-major and little-endian.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
from typing import Dict, Tuple

import torch

DTYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "I64": torch.int64, "U8": torch.uint8}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
ORDER = {torch.int64: 0, torch.float32: 1, torch.bfloat16: 2, torch.uint8: 3}
MAX_HEADER = 100_000_000

Tensors = Dict[str, torch.Tensor]


def load(path: str) -> Tuple[Tensors, Dict[str, str]]:
    """Returns a file's tensors in the dtypes that they have there, and its metadata."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    length = struct.unpack_from("<Q", data)[0] if len(data) >= 8 else MAX_HEADER + 1
    if length > MAX_HEADER or 8 + length > len(data):
        raise ValueError(f"{path} is not a safetensors file, or was cut short; take another copy")
    header = json.loads(bytes(data[8 : 8 + length]))
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        dtype, count = DTYPES.get(entry["dtype"]), 1
        for size in entry["shape"]:
            count *= size
        if dtype is None or end - begin != count * torch.empty((), dtype=dtype).element_size() or begin < 0 or 8 + length + end > len(data):
            raise ValueError(f"{path}: the tensor {name} does not fit the file, or is {entry['dtype']}, which is not read here; take another copy")
        if count == 0:
            tensors[name] = torch.empty(entry["shape"], dtype=dtype)
            continue
        tensors[name] = torch.frombuffer(data, dtype=dtype, count=count, offset=8 + length + begin).clone().reshape(entry["shape"])
    return tensors, metadata


def save(path: str, tensors: Tensors, metadata: Dict[str, str]) -> None:
    """Writes a file beside the path and renames it, so that what stood there stands until the new one is whole."""
    order = sorted(tensors.items(), key=lambda item: (ORDER[item[1].dtype], item[0]))
    header: Dict[str, object] = {"__metadata__": dict(sorted(metadata.items()))} if metadata else {}
    offset = 0
    for name, tensor in order:
        end = offset + tensor.numel() * tensor.element_size()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with replacing(path) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, tensor in order:
            raw = tensor.detach().cpu().contiguous()
            file.write(raw.view(torch.int16).numpy().tobytes() if raw.dtype == torch.bfloat16 else raw.numpy().tobytes())


class replacing:
    """A file that takes the place of the path when the block ends, and leaves no trace where the block fails."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self):
        folder, name = os.path.split(self.path)
        self.file = tempfile.NamedTemporaryFile(dir=folder or ".", prefix=f".{name}.tmp-", delete=False)
        return self.file

    def __exit__(self, kind, *_) -> None:
        if kind is None:
            self.file.flush()
            os.fsync(self.file.fileno())
            os.chmod(self.file.name, 0o644)
        self.file.close()
        (os.replace(self.file.name, self.path) if kind is None else os.unlink(self.file.name))
