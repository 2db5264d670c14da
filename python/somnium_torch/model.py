"""A world model: a tokenizer, a transformer and what the checkpoint says of them. See world/model.go, whose twin it is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Dict, List, Mapping, Optional, Tuple

import torch
from torch import Tensor, nn

from . import dit, flow, safetensors, tokenizer

VERSION = 1
METADATA_KEY = "somnium"

PRESETS: Dict[str, Tuple[tokenizer.Config, dit.Config]] = {
    "tiny": (
        tokenizer.Config(latent=8, fine=16, coarse=32, encoder_blocks=1, decoder_blocks=1, coarse_blocks=1),
        dit.Config(latent=8, width=32, heads=2, layers=2, hidden=64, time_every=2, window=8, actions=8, vocabulary=64),
    ),
    "tiny-stride4": (
        tokenizer.Config(latent=16, fine=32, coarse=64, encoder_blocks=1, decoder_blocks=1, coarse_blocks=1, time_stride=4),
        dit.Config(latent=16, width=32, heads=2, layers=2, hidden=64, time_every=2, window=8, actions=8, vocabulary=64, time_stride=4),
    ),
    "small": (
        tokenizer.Config(latent=16, fine=64, coarse=128, encoder_blocks=1, decoder_blocks=3, coarse_blocks=1),
        dit.Config(latent=16, width=96, heads=3, layers=6, hidden=256, time_every=2, window=16, actions=16, vocabulary=1024),
    ),
    "tiny-memory": (
        tokenizer.Config(latent=8, fine=16, coarse=32, encoder_blocks=1, decoder_blocks=1, coarse_blocks=1),
        dit.Config(latent=8, width=32, heads=2, layers=2, hidden=64, time_every=2, window=8, actions=8, vocabulary=64, memory=True),
    ),
    "small-memory": (
        tokenizer.Config(latent=16, fine=64, coarse=128, encoder_blocks=1, decoder_blocks=3, coarse_blocks=1),
        dit.Config(latent=16, width=96, heads=3, layers=6, hidden=256, time_every=2, window=16, actions=16, vocabulary=1024, memory=True),
    ),
    "medium": (
        tokenizer.Config(latent=16, fine=64, coarse=128, encoder_blocks=1, decoder_blocks=3, coarse_blocks=1),
        dit.Config(latent=16, width=128, heads=4, layers=8, hidden=344, time_every=2, window=16, actions=96, vocabulary=4096, memory=True),
    ),
    "base": (
        tokenizer.Config(latent=16, fine=96, coarse=192, encoder_blocks=2, decoder_blocks=4, coarse_blocks=2),
        dit.Config(latent=16, width=256, heads=8, layers=12, hidden=704, time_every=2, window=16, actions=96, vocabulary=8192, memory=True),
    ),
    "large": (
        tokenizer.Config(latent=16, fine=96, coarse=192, encoder_blocks=2, decoder_blocks=4, coarse_blocks=2),
        dit.Config(latent=16, width=384, heads=12, layers=16, hidden=1024, time_every=2, window=16, actions=96, vocabulary=16384, memory=True),
    ),
}


@dataclass
class Info:
    """What a checkpoint says about its model."""

    preset: str
    tokenizer: tokenizer.Config
    dynamics: dit.Config
    flow: Optional[flow.Config] = None
    version: int = VERSION
    environments: List[str] = field(default_factory=list)
    tokenizer_steps: int = 0
    tokenizer_frames: int = 0
    flow_steps: int = 0
    flow_frames: int = 0
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
        if values.get("flow"):
            values["flow"] = flow.Config(**values["flow"])
        values["environments"] = values.get("environments") or []
        return Info(**values)

    def text(self) -> str:
        """The metadata, to the byte as the Go program writes them."""
        values = asdict(self)
        keys = ["version", "preset", "tokenizer", "dynamics", "flow", "environments", "tokenizer_steps", "tokenizer_frames"]
        keys += ["flow_steps", "flow_frames", "dynamics_steps", "dynamics_clips", "words"]
        keys = [key for key in keys if values[key] or key not in ("flow", "flow_steps", "flow_frames", "words")]
        for part in ("tokenizer", "dynamics"):
            for size in ("time_stride", "context_noise", "memory"):
                if not values[part].get(size):
                    values[part].pop(size, None)
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
        self.flow = flow.Flow(info.flow) if info.flow else None

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

    def grown(self, preset: str, seed: int) -> "World":
        """A model of a preset that computes what this one does, of fewer layers, actions or words, or without a memory. See world/grow.go and
        world/dit/grow.go, whose twin it is."""
        torch.manual_seed(seed)
        big, old, sizes = World.new(preset), self.tensors(), self.info.dynamics
        like = replace(big.info.dynamics, layers=sizes.layers, window=sizes.window, actions=sizes.actions, vocabulary=sizes.vocabulary)
        like = replace(like, memory=like.memory and sizes.memory)
        fewer = sizes.layers <= big.info.dynamics.layers and sizes.actions <= big.info.dynamics.actions
        fewer = fewer and (sizes.span == 1 or sizes.actions == big.info.dynamics.actions)  # several actions lie one after the other
        if big.info.tokenizer != self.info.tokenizer or like != sizes or not fewer:
            raise ValueError(f"a model of the preset {preset!r} cannot grow from one of the sizes {self.info.tokenizer} and {sizes}; choose its preset, or fresh weights")
        with torch.no_grad():
            for name, parameter in big.tensors().items():
                if name not in old:  # a layer or a memory that is new adds nothing until it has learned to
                    if name.endswith("/out"):
                        parameter.zero_()
                elif name != "dynamics/condition/words" or parameter.shape == old[name].shape:
                    parameter[: len(old[name])] = old[name]  # the numbers of further actions are the last rows
        big.info = replace(self.info, preset=preset, dynamics=big.info.dynamics)
        if self.flow is not None and self.info.flow.actions == big.info.dynamics.actions:
            big.flow = self.flow
        else:
            big.info = replace(big.info, flow=None, flow_steps=0, flow_frames=0)
        return big

    def add_flow(self) -> None:
        """Gives the model a fresh network that guesses the next frame, from PyTorch's random stream."""
        if self.info.dynamics.span > 1:
            raise ValueError(f"a latent of this model stands for {self.info.dynamics.span} frames, and what guesses single frames needs one whose latents stand for one")
        sizes = (16, 16, 2, 2) if self.info.preset.startswith("tiny") else (96, 192, 8, 2)
        self.info.flow = flow.Config(*sizes, self.info.dynamics.actions)
        self.flow = flow.Flow(self.info.flow)

    def tensors(self) -> Dict[str, Tensor]:
        """The weights and statistics by the names of the checkpoint; they share the model's memory."""
        stats = {"tokenizer/stats/mean": self.tokenizer.mean, "tokenizer/stats/deviation": self.tokenizer.deviation}
        guesses = named(self.flow, "flow/") if self.flow is not None else {}
        return {**named(self.tokenizer, "tokenizer/params/"), **stats, **named(self.dynamics, "dynamics/"), **guesses}

    def save(self, path: str) -> None:
        """Writes the weights in bf16, for dreams."""
        tensors = {name: t.detach().bfloat16() for name, t in self.tensors().items()}
        safetensors.save(path, tensors, {METADATA_KEY: self.info.text()})
