"""A world model: a tokenizer, a transformer and what the checkpoint says of them. See world/model.go, whose twin it is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Dict, List, Mapping, Tuple

import torch
from torch import Tensor, nn

from . import dit, safetensors, tokenizer

VERSION = 1
METADATA_KEY = "somnium"

PRESETS: Dict[str, Tuple[tokenizer.Config, dit.Config]] = {
    "tiny": (
        tokenizer.Config(latent=8, fine=16, coarse=32, encoder_blocks=1, decoder_blocks=1, coarse_blocks=1),
        dit.Config(latent=8, width=32, heads=2, layers=2, hidden=64, time_every=2, window=8, actions=8, vocabulary=64),
    ),
    "small": (
        tokenizer.Config(latent=16, fine=64, coarse=128, encoder_blocks=1, decoder_blocks=3, coarse_blocks=1),
        dit.Config(latent=16, width=96, heads=3, layers=6, hidden=256, time_every=2, window=16, actions=16, vocabulary=1024),
    ),
}


@dataclass
class Info:
    """What a checkpoint says about its model."""

    preset: str
    tokenizer: tokenizer.Config
    dynamics: dit.Config
    version: int = VERSION
    environments: List[str] = field(default_factory=list)
    tokenizer_steps: int = 0
    tokenizer_frames: int = 0
    dynamics_steps: int = 0
    dynamics_clips: int = 0
    words: List[str] = field(default_factory=list)

    @staticmethod
    def parse(text: str) -> "Info":
        """Reads the metadata of a checkpoint."""
        values = json.loads(text)
        if values.get("version") != VERSION:
            raise ValueError(f"the model has version {values.get('version')}, this program reads version {VERSION}; train anew")
        values["tokenizer"] = tokenizer.Config(**values["tokenizer"])
        values["dynamics"] = dit.Config(**values["dynamics"])
        values["environments"] = values.get("environments") or []
        return Info(**values)

    def text(self) -> str:
        """The metadata, to the byte as the Go program writes them."""
        values = asdict(self)
        keys = ["version", "preset", "tokenizer", "dynamics", "environments", "tokenizer_steps", "tokenizer_frames", "dynamics_steps", "dynamics_clips"]
        if values["words"]:
            keys.append("words")
        text = json.dumps({key: values[key] for key in keys}, separators=(",", ":"), ensure_ascii=False)
        for sign in "&<>\u2028\u2029":
            text = text.replace(sign, f"\\u{ord(sign):04x}")
        return text


def named(module: nn.Module, prefix: str) -> Dict[str, Tensor]:
    """The parameters of a module by the names of the checkpoint, which has slashes where PyTorch has dots."""
    return {prefix + name.replace(".", "/"): p for name, p in module.named_parameters()}


class World(nn.Module):
    """A world model's weights."""

    def __init__(self, info: Info) -> None:
        super().__init__()
        self.info = info
        self.tokenizer = tokenizer.Tokenizer(info.tokenizer)
        self.dynamics = dit.Dynamics(info.dynamics)

    @staticmethod
    def new(preset: str) -> "World":
        """A model of a preset with fresh weights, from PyTorch's random stream."""
        if preset not in PRESETS:
            raise ValueError(f"there is no preset {preset!r}; choose one of {', '.join(sorted(PRESETS))}")
        return World(Info(preset, *PRESETS[preset]))

    @staticmethod
    def open(path: str) -> "World":
        """The model of a file that `somnium train` or this package wrote."""
        return World.of(*safetensors.load(path), path)

    @staticmethod
    def of(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], path: str) -> "World":
        """The model of a file's content; path is for error messages."""
        if METADATA_KEY not in metadata:
            raise ValueError(f"{path} is a safetensors file but not a world model; choose a file that `somnium train` wrote")
        world = World(Info.parse(metadata[METADATA_KEY]))
        with torch.no_grad():
            for name, parameter in world.tensors().items():
                if name not in tensors or tensors[name].shape != parameter.shape:
                    raise ValueError(f"{path} lacks the tensor {name}, or has it in another shape; it is of another version")
                parameter.copy_(tensors[name])
        return world

    def tensors(self) -> Dict[str, Tensor]:
        """The weights and statistics by the names of the checkpoint; they share the model's memory."""
        stats = {"tokenizer/stats/mean": self.tokenizer.mean, "tokenizer/stats/deviation": self.tokenizer.deviation}
        return {**named(self.tokenizer, "tokenizer/params/"), **stats, **named(self.dynamics, "dynamics/")}

    def save(self, path: str) -> None:
        """Writes the weights in bf16, for dreams."""
        tensors = {name: t.detach().bfloat16() for name, t in self.tensors().items()}
        safetensors.save(path, tensors, {METADATA_KEY: self.info.text()})
