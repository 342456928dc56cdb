"""One network for workers of all kinds, each of whom sees the types of goods from its own on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from baselines.learning.equivariant import Label, make_equivariant
from hive_env.errors import ArgumentError
from hive_env.scenarios.features import Feature
from hive_env.specialists import SpecialistNetwork

TYPES = "abcd"
"""Names of the types of goods in those of features; a worker's kind is the place of its own."""


class TiedNetwork(nn.Module):
    """A `SpecialistNetwork` for each kind, all of which are one in different order.

    Types of goods are alike but for their names: what a worker that is made for type b does about c
    is what one that is made for a does about b. So a worker of kind k is shown every type as that k
    places before it, its own as the first, and what it chooses for a type is turned back. Each step
    of learning so serves all kinds.

    Parameters
    ----------
    features : sequence of Feature
        F features of an observation; those of a type have its name between underscores.
    choices : sequence of int
        Number of values of each part of an action.
    hidden : sequence of int
        Widths of the hidden layers.
    memory : int
        M, width of the memory; 0 for none.
    first : int, optional
        The value of an action that stands for the first type, those of the others follow it; none
        does by default.
    alike : bool
        Whether the types other than the own are alike too: what it does about b when c is wanted is
        what it does about d when b is. By default it may tell them apart by how far they come
        after the own.

    Raises
    ------
    ArgumentError
        When there is no feature of the same kind for each type, or, with ``alike``, a layer or the
        memory is too narrow to have a number for each.
    """

    source: Tensor
    result: Tensor

    kinds = len(TYPES)

    def __init__(
        self,
        features: Sequence[Feature],
        choices: Sequence[int],
        hidden: Sequence[int] = (64, 64),
        memory: int = 0,
        first: int | None = None,
        alike: bool = False,
    ) -> None:
        super().__init__()
        self.base = SpecialistNetwork(1, features, choices, hidden, memory)
        if alike:
            chosen = labels_of_values(sum(choices), first)
            make_equivariant(self.base, labels_of(features), chosen, self.kinds)
        self.choices, self.memory = self.base.choices, memory
        self.features, self.widths = tuple(features), tuple(hidden)
        kinds = range(self.kinds)
        self.register_buffer("source", torch.tensor([turned(features, kind) for kind in kinds]))
        values = [list(range(sum(choices))) for _ in kinds]
        if first is not None:
            for kind, of_type in ((kind, of_type) for kind in kinds for of_type in kinds):
                values[kind][first + of_type] = first + (of_type - kind) % self.kinds
        self.register_buffer("result", torch.tensor(values))

    @property
    def value_units(self) -> Tensor:
        """In what units the values are; see `SpecialistNetwork`."""
        return self.base.value_units

    def forward(
        self, observed: Tensor, kind: Tensor, memory: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return logits, values and memory, as `SpecialistNetwork` does."""
        shown = observed.gather(-1, self.source[kind])
        logits, values, memory = self.base(shown, kind, memory)
        return logits.gather(-1, self.result[kind]), values, memory

    @torch.no_grad()
    def spread(self) -> SpecialistNetwork:
        """Return a network with weights for each kind that does the same, as it is now."""
        hidden, memory = self.widths, self.memory
        made = SpecialistNetwork(self.kinds, self.features, self.choices, hidden, memory)
        for name, values in made.named_parameters():
            layer, _, part = name.rpartition(".")
            values.copy_(getattr(self.base.get_submodule(layer), part).expand_as(values))
        for name, values in made.named_buffers():
            values.copy_(self.base.get_buffer(name))
        for kind in range(self.kinds):
            made.hidden[0].weight[kind, self.source[kind]] = self.base.hidden[0].weight[0]
            made.logits.weight[kind] = self.base.logits.weight[0][:, self.result[kind]]
            made.logits.bias[kind] = self.base.logits.bias[0][self.result[kind]]
        return made


def labels_of(features: Sequence[Feature]) -> list[Label]:
    """Return what each feature is about without its type, and of which type it is."""
    return [(_named(one, "type"), _type_of(one)) for one in features]


def _type_of(feature: Feature) -> int | None:
    """Return which type a feature is of; None where of none."""
    parts = feature.name.split("_")
    return next((TYPES.index(part) for part in parts if part in tuple(TYPES)), None)


def _named(feature: Feature, other: str) -> str:
    """Return the name of a feature with another one in the place of its type's."""
    of_type = _type_of(feature)
    own = None if of_type is None else TYPES[of_type]
    return "_".join(other if part == own else part for part in feature.name.split("_"))


def labels_of_values(count: int, first: int | None) -> list[Label]:
    """Return the same of so many values of an action, of which some are for the types."""
    found: list[Label] = [(f"value_{at}", None) for at in range(count)]
    if first is not None:
        for of_type in range(len(TYPES)):
            found[first + of_type] = ("value_of_type", of_type)
    return found


def turned(features: Sequence[Feature], kind: int) -> list[int]:
    """Return for each feature which one a worker of a kind is shown there."""
    places = {one.name: at for at, one in enumerate(features)}
    found = []
    for at, one in enumerate(features):
        of_type = _type_of(one)
        if of_type is None:
            found.append(at)
            continue
        name = _named(one, TYPES[(of_type + kind) % len(TYPES)])
        like = None if name not in places else features[places[name]]
        if like is None or replace(like, name=one.name) != one:
            raise ArgumentError("features", f"one of each type, of one range: {name}", one.name)
        found.append(places[name])
    return found
