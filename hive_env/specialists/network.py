"""A network for each kind of worker, of one shape: an MLP, with a GRU where there is memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from hive_env.errors import ArgumentError
from hive_env.scenarios.features import Feature


class GroupedLinear(nn.Module):
    """One affine map for each kind, of one shape.

    Parameters
    ----------
    kinds : int
        K.
    inputs, outputs : int
        Width before and after.
    gain : float
        Of the orthogonal initial weights (Saxe, McClelland and Ganguli, 2014); every kind has its
        own. Biases begin at zero.
    """

    def __init__(self, kinds: int, inputs: int, outputs: int, gain: float = math.sqrt(2)) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(kinds, inputs, outputs))
        self.bias = nn.Parameter(torch.zeros(kinds, outputs))
        for weight in self.weight:
            nn.init.orthogonal_(weight, gain)

    def forward(self, rows: Tensor, counts: Sequence[int]) -> Tensor:
        """Return the maps of rows that stand kind by kind, so many of each."""
        parts = zip(torch.split(rows, list(counts)), self.weight, self.bias, strict=True)
        return torch.cat([torch.addmm(bias, part, weight) for part, weight, bias in parts])


class SpecialistNetwork(nn.Module):
    """A network for each kind of worker: logits for each part of its action, and a value.

    Observations go through hidden layers with rectifiers, then, where there is memory, through a
    gated recurrent unit (Cho et al., *Learning phrase representations using RNN encoder-decoder*,
    2014) whose state is the worker's memory; one last layer makes logits and value.

    Parameters
    ----------
    kinds : int
        K, at least 1: kinds of workers, each with parameters of its own.
    features : sequence of Feature
        F features of an observation, as `Level.features` has them.
    choices : sequence of int
        Number of values of each part of an action, as `Level.choices` has them.
    hidden : sequence of int
        Widths of the hidden layers.
    memory : int
        M, width of the memory; 0 for none.

    Raises
    ------
    ArgumentError
        When a number is not positive.
    """

    zero: Tensor
    scale: Tensor
    value_units: Tensor
    """float64[3], for whoever teaches the values: in what units they are, kept with the weights."""

    def __init__(
        self,
        kinds: int,
        features: Sequence[Feature],
        choices: Sequence[int],
        hidden: Sequence[int] = (64, 64),
        memory: int = 0,
    ) -> None:
        super().__init__()
        for name, numbers in (("kinds", (kinds,)), ("hidden", hidden)):
            if not numbers or min(numbers) < 1:
                raise ArgumentError(name, "positive numbers", list(numbers))
        if memory < 0:
            raise ArgumentError("memory", "a width, or 0 for none", memory)
        self.kinds, self.choices, self.memory = kinds, tuple(choices), memory
        self.register_buffer("zero", torch.tensor([float(one.zero) for one in features]))
        self.register_buffer("scale", torch.tensor([float(one.scale) for one in features]))
        self.register_buffer("value_units", torch.zeros(3, dtype=torch.float64))
        self.widths = widths = (len(features), *hidden)
        self.hidden: Any = nn.ModuleList(GroupedLinear(kinds, *pair) for pair in pairwise(widths))
        if memory:
            self.gates_seen = GroupedLinear(kinds, widths[-1], 3 * memory, 1.0)
            self.gates_kept = GroupedLinear(kinds, memory, 3 * memory, 1.0)
        last = memory or widths[-1]
        self.logits = GroupedLinear(kinds, last, sum(choices), 0.01)
        self.value = GroupedLinear(kinds, last, 1, 1.0)

    def forward(
        self, observed: Tensor, kind: Tensor, memory: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return logits, values and the memory after them, in the order of the rows given.

        Parameters
        ----------
        observed : uint8[n, F]
            Observations as bytes.
        kind : integers [n]
            Whose network each row goes through, from 0 to K - 1; not looked at where there is one.
        memory : float32[n, M], optional
            The memory before; needed where there is one.

        Returns
        -------
        float32[n, sum(choices)], float32[n], float32[n, M] or None
        """
        if (memory is None) != (self.memory == 0):
            raise ArgumentError("memory", f"float32[n, {self.memory}], or None without", memory)
        if self.kinds == 1:
            counts = [len(observed)]
            rows, kept = self.inner((observed.float() - self.zero) / self.scale, counts, memory)
            return self.logits(rows, counts), self.value(rows, counts).squeeze(-1), kept
        order = torch.argsort(kind, stable=True)
        counts = torch.bincount(kind, minlength=self.kinds).tolist()
        kept = None if memory is None else memory[order]
        rows = (observed[order].float() - self.zero) / self.scale
        rows, kept = self.inner(rows, counts, kept)
        back = torch.argsort(order)
        logits = self.logits(rows, counts)[back]
        values = self.value(rows, counts)[back].squeeze(-1)
        return logits, values, None if kept is None else kept[back]

    def inner(
        self, rows: Tensor, counts: Sequence[int], memory: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Return what the last layers read, and the memory after, of rows kind by kind."""
        for layer in self.hidden:
            rows = functional.relu(layer(rows, counts))
        if memory is None:
            return rows, None
        memory = _recall(self.gates_seen(rows, counts), self.gates_kept(memory, counts), memory)
        return memory, memory

    def remember(self, kind: int, rows: Tensor, memory: Tensor) -> Tensor:
        """Return the memory after, of rows of one kind."""
        seen, kept = (
            torch.addmm(gates.bias[kind], before, gates.weight[kind])
            for gates, before in ((self.gates_seen, rows), (self.gates_kept, memory))
        )
        return _recall(seen, kept, memory)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Return weights and biases of the first layer for bytes instead of features.

        As ``(byte - zero) / scale`` is linear, they can take it over: float32[K, F, H] and
        float32[K, H].
        """
        first: GroupedLinear = self.hidden[0]
        weight = first.weight / self.scale[:, None]
        bias = first.bias - torch.einsum("f,kfh->kh", self.zero, weight)
        return weight, bias


def _recall(seen: Tensor, kept: Tensor, memory: Tensor) -> Tensor:
    """Return the state of a gated recurrent unit after what its gates are given."""
    seen_reset, seen_update, seen_fresh = seen.chunk(3, -1)
    kept_reset, kept_update, kept_fresh = kept.chunk(3, -1)
    update = torch.sigmoid(seen_update + kept_update)
    fresh = torch.tanh(seen_fresh + torch.sigmoid(seen_reset + kept_reset) * kept_fresh)
    return (1 - update) * fresh + update * memory
