"""Muon on the hidden matrices, AdamW on the rest, and the moving average of the weights. See internal/nn, whose twin it is.

The moments and the average are kept under the names that the Go program gives them, so that either goes on with the other's
checkpoint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Dict, List, Mapping, Tuple

import torch
from torch import Tensor

STEP = "optimizer/step"
NEWTON = (3.4445, -4.7750, 2.0315)  # of the quintic, by K. Jordan et al. 2024
NEWTON_STEPS = 5
# Maps from or to what is no hidden feature, and the input of the tokenizer's tanh, take AdamW.
ENDS = ("embed/weight", "condition/weight", "output/weight", "heads/weight", "encoder/squeeze/weight")


@dataclass(frozen=True)
class Rates:
    """The settings of an optimiser."""

    adam: float
    muon: float
    clip: float = 1.0  # bounds the norm of the gradient that AdamW sees
    decay: float = 0.0  # of matrices, decoupled
    beta1: float = 0.9
    beta2: float = 0.99
    momentum: float = 0.95
    average: float = 0.999  # decay of the moving average, reached gradually


def is_matrix(name: str) -> bool:
    """Whether Muon updates a parameter: those that are maps between hidden features."""
    matrix = name.endswith(("/weight", "/in", "/out", "/qkv"))
    return matrix and name not in ENDS


def orthogonalise(x: Tensor) -> Tensor:
    """Replaces matrices [N, rows, columns] by their nearest semi-orthogonal ones, roughly."""
    a, b, c = NEWTON
    x = x / (x.flatten(1).norm(dim=1)[:, None, None] + 1e-7)
    tall = x.shape[1] > x.shape[2]
    x = x.transpose(1, 2) if tall else x
    for _ in range(NEWTON_STEPS):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x


class Optimizer:
    """Updates parameters, given by the names of the checkpoint, from their gradients."""

    def __init__(self, parameters: Mapping[str, Tensor], rates: Rates) -> None:
        self.rates = rates
        self.step = 0
        self.names = list(parameters)
        self.parameters = [p.detach() for p in parameters.values()]
        self.sources = list(parameters.values())
        self.first = [torch.zeros_like(p) for p in self.parameters]
        self.second = [torch.zeros_like(p) for p in self.parameters]
        self.average = [p.clone() for p in self.parameters]
        self.plain = [i for i, name in enumerate(self.names) if not is_matrix(name)]
        self.matrices: Dict[Tuple[int, ...], List[int]] = {}  # those of one shape are updated together
        for i, name in enumerate(self.names):
            if is_matrix(name):
                self.matrices.setdefault(tuple(self.parameters[i].shape), []).append(i)

    @torch.no_grad()
    def update(self, scale: float) -> float:
        """Makes one step, the rates multiplied by scale, and returns the gradient's norm. A gradient that is not finite changes
        nothing and is an error."""
        grads = [p.grad for p in self.sources]
        norm = float(torch.stack([g.square().sum() for g in grads]).sum().sqrt())
        if not math.isfinite(norm):
            raise FloatingPointError(f"the gradient is not finite at step {self.step}; lower the rate or resume from an earlier checkpoint")
        self.step += 1
        self.adam(grads, scale * self.rates.adam, min(1.0, self.rates.clip / norm) if norm > 0 else 1.0)
        for indices in self.matrices.values():
            self.muon(grads, indices, scale * self.rates.muon)
        keep = min(self.rates.average, (1 + self.step) / (10 + self.step))
        torch._foreach_mul_(self.average, keep)
        torch._foreach_add_(self.average, self.parameters, alpha=1 - keep)
        return norm

    def adam(self, grads: List[Tensor], rate: float, clip: float) -> None:
        """AdamW, which decays nothing here, since it updates no hidden matrix."""
        r = self.rates
        values, first, second = ([part[i] for i in self.plain] for part in (self.parameters, self.first, self.second))
        scaled = torch._foreach_mul([grads[i] for i in self.plain], clip)
        torch._foreach_mul_(first, r.beta1)
        torch._foreach_add_(first, scaled, alpha=1 - r.beta1)
        torch._foreach_mul_(second, r.beta2)
        torch._foreach_addcmul_(second, scaled, scaled, value=1 - r.beta2)
        roots = torch._foreach_sqrt(torch._foreach_div(second, 1 - r.beta2**self.step))
        torch._foreach_add_(roots, 1e-8)
        torch._foreach_addcdiv_(values, first, roots, value=-rate / (1 - r.beta1**self.step))

    def muon(self, grads: List[Tensor], indices: List[int], rate: float) -> None:
        """One Nesterov step along the orthogonalised momentum, scaled to a root mean square of 0.2*rate."""
        r = self.rates
        values, momenta = [self.parameters[i] for i in indices], [self.first[i] for i in indices]
        slopes = [grads[i] for i in indices]
        torch._foreach_mul_(momenta, r.momentum)
        torch._foreach_add_(momenta, slopes)
        steps = orthogonalise(torch.stack(torch._foreach_add(slopes, momenta, alpha=r.momentum)))
        torch._foreach_mul_(values, 1 - rate * r.decay)
        torch._foreach_add_(values, list(steps.unbind()), alpha=-rate * 0.2 * math.sqrt(max(values[0].shape)))

    @torch.no_grad()
    def swap(self) -> None:
        """Exchanges the weights with their moving average; a second call exchanges them back."""
        for p, a in zip(self.parameters, self.average):
            kept = p.clone()
            p.copy_(a)
            a.copy_(kept)

    def parts(self) -> Dict[str, Tensor]:
        """Moments and average by the names of the checkpoint."""
        kinds = (("optimizer/first/", self.first), ("optimizer/second/", self.second), ("optimizer/ema/", self.average))
        return {kind + name: t for kind, list_ in kinds for name, t in zip(self.names, list_)}

    def state(self) -> Dict[str, Tensor]:
        """What a resumed run needs besides the weights."""
        return {STEP: torch.tensor([self.step]), **self.parts()}

    @torch.no_grad()
    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Brings back what state returned."""
        parts = self.parts()
        missing = [name for name, t in parts.items() if name not in tensors or tensors[name].shape != t.shape]
        if STEP not in tensors or missing:
            raise ValueError(f"the checkpoint lacks the optimiser's state {(missing or [STEP])[0]}; start from its weights alone instead")
        for name, t in parts.items():
            t.copy_(tensors[name])
        self.step = int(tensors[STEP][0])


def schedule(step: int, steps: int) -> float:
    """The factor on the rates: a warm-up over 100 updates and a linear decay to a fiftieth."""
    return min((step + 1) / 100, max(0.02, 1 - step / steps))
