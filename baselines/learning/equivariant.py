"""Weights for which all types of goods but a worker's own are alike.

Ravanbakhsh, Schneider and Póczos, *Equivariance through parameter-sharing* (2017): a map commutes
with changes of names when weights that such changes turn into each other are one parameter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from hive_env.errors import ArgumentError
from hive_env.specialists import SpecialistNetwork

Label = tuple[str, int | None]
"""What a number is about, and of which type of goods, the own one being 0; None where of none."""


class EquivariantLinear(nn.Module):
    """One affine map, in the place of a `GroupedLinear` of one kind.

    When the types other than the own are renamed in what it is given, so they are in what it
    returns.

    Parameters
    ----------
    before, after : sequence of Label
        Of the numbers that it is given and returns.
    gain : float
        Of the initial weights: each is one of an orthogonal matrix, but all together, some of them
        the same, make none. Biases begin at zero.
    """

    place: Tensor
    bias_place: Tensor

    def __init__(
        self, before: Sequence[Label], after: Sequence[Label], gain: float = math.sqrt(2)
    ) -> None:
        super().__init__()
        place, first = orbits(before, after)
        bias_place, first_bias = orbits([("", None)], after)
        self.register_buffer("place", place)
        self.register_buffer("bias_place", bias_place)
        whole = nn.init.orthogonal_(torch.empty(len(before), len(after)), gain)
        self.weights = nn.Parameter(whole.flatten()[first])
        self.biases = nn.Parameter(torch.zeros(len(first_bias)))

    @property
    def weight(self) -> Tensor:
        """The matrix, float32[1, inputs, outputs]: a copy."""
        return self.weights[self.place][None]

    @property
    def bias(self) -> Tensor:
        """What is added, float32[1, outputs]: a copy."""
        return self.biases[self.bias_place]

    def forward(self, rows: Tensor, counts: Sequence[int]) -> Tensor:
        """Return the map of rows; they are all of one kind, however they are counted."""
        return torch.addmm(self.bias, rows, self.weight[0])


def orbits(before: Sequence[Label], after: Sequence[Label]) -> tuple[Tensor, Tensor]:
    """Return which parameter each weight of a map is, and a weight that is each parameter.

    Returns
    -------
    int64[inputs, outputs], int64[parameters]
        The latter by places in the flattened former.
    """
    known: dict[tuple[str, int, str, int, bool], int] = {}
    first: list[int] = []
    table = torch.empty(len(before), len(after), dtype=torch.int64)
    for row, (name, of_type) in enumerate(before):
        for column, (other, of_other) in enumerate(after):
            same = of_type == of_other
            key = (name, _standing(of_type), other, _standing(of_other), same)
            if key not in known:
                known[key] = len(known)
                first.append(row * len(after) + column)
            table[row, column] = known[key]
    return table, torch.tensor(first)


def _standing(of_type: int | None) -> int:
    """Return 0 for what is of no type, 1 for what is of the own, 2 for what is of another."""
    return 0 if of_type is None else min(of_type, 1) + 1


def spaced(width: int, types: int) -> list[Label]:
    """Return labels for a hidden layer: three quarters of it are of the types, in equal parts.

    Raises
    ------
    ArgumentError
        When that is no number for each.
    """
    each = 3 * width // (4 * types)
    if not each:
        raise ArgumentError("hidden, memory", f"widths of at least {-(-4 * types // 3)}", width)
    of_types = [(f"unit_{one}", of_type) for one in range(each) for of_type in range(types)]
    return [*of_types, *((f"shared_{one}", None) for one in range(width - each * types))]


def make_equivariant(
    network: SpecialistNetwork, seen: Sequence[Label], chosen: Sequence[Label], types: int
) -> None:
    """Replace the maps of a network of one kind by such as do not tell other types apart.

    Parameters
    ----------
    network : SpecialistNetwork
        Of one kind; written to.
    seen, chosen : sequence of Label
        Of its features, and of the values of its actions.
    types : int
        How many there are.

    Raises
    ------
    ArgumentError
        When a layer is too narrow to have a number for each type.
    """
    layers = [list(seen), *(spaced(width, types) for width in network.widths[1:])]
    maps = (EquivariantLinear(*pair) for pair in pairwise(layers))
    network.add_module("hidden", nn.ModuleList(maps))
    last = layers[-1]
    if network.memory:
        kept = spaced(network.memory, types)
        gates = [(f"{gate}_{name}", of_type) for gate in range(3) for name, of_type in kept]
        network.add_module("gates_seen", EquivariantLinear(last, gates, 1.0))
        network.add_module("gates_kept", EquivariantLinear(kept, gates, 1.0))
        last = kept
    network.add_module("logits", EquivariantLinear(last, chosen, 0.01))
    network.add_module("value", EquivariantLinear(last, [("value", None)], 1.0))
