"""A network in the seats of a level: what it chooses, and as a policy of a hive."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from baselines.learning.codes import CodedNetwork
from baselines.learning.sets import SetNetwork
from baselines.learning.tied import TYPES, TiedNetwork
from baselines.learning.views import View
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.scenarios.features import Feature, exact
from hive_env.scenarios.forage.levels import PRIORITIES
from hive_env.scenarios.hive import Hive, Level
from hive_env.scenarios.queue import ASK
from hive_env.specialists import SpecialistNetwork

CLOSED = -1e9
"""Logit of a value that is not open."""


Network = SpecialistNetwork | SetNetwork | TiedNetwork | CodedNetwork
"""What plays: `SpecialistNetwork` says how one is called."""


def network_of(hive: Hive, view: View, hidden: tuple[int, ...], memory: int = 0) -> Network:
    """Return a network for the seats of a level.

    All seats share it. Workers have one in which their kinds are turned into each other and types
    other than their own are alike; an upper level has one for tables of alike things, where what it
    chooses for are such.

    Raises
    ------
    ArgumentError
        When a hidden layer of workers, or their memory, has no number for each type.
    """
    played, features = hive.levels[view.level], features_of(hive, view)
    if view.level == "worker":
        first = first_type_of(hive)
        return TiedNetwork(features, played.choices, hidden, memory, first, alike=True)
    items = () if memory else items_of(played)
    if not items:
        return SpecialistNetwork(1, features, played.choices, hidden, memory)
    return SetNetwork(features, played.choices, items, hidden)


def first_type_of(hive: Hive) -> int | None:
    """Return which action of a worker is for the first type of goods; none is in Forage."""
    return ASK if hive.family == "queue" else None


def critic_of(hive: Hive, view: View, hidden: tuple[int, ...]) -> SpecialistNetwork:
    """Return a critic of the seats of a level: a network that chooses nothing."""
    return SpecialistNetwork(1, features_of(hive, view), (), hidden)


def features_of(hive: Hive, view: View) -> tuple[Feature, ...]:
    """Return the features of a view, with the map to bytes only where they come as bytes."""
    features = view.features(hive)
    count = len(features) if hive.levels[view.level].dtype is np.uint8 else 0
    count = min(count, len(hive.levels[view.level].features))
    return (*features[:count], *(exact(one.name, one.low, one.high) for one in features[count:]))


def items_of(played: Level) -> tuple[str, ...]:
    """Return what the first parts of an action are for: a governor's regions, else types of goods.

    By the names that they have in those of features. None for workers; for managers who order
    squads; and for governors with offices, one part of whose action names a region, which cannot be
    read from what is the same for all.
    """
    if played.name == "governor":
        names = (one.name for one in played.features if one.name.endswith("_present"))
        regions = tuple(name.split("_")[0] for name in names)
        return regions if len(played.choices) == len(regions) else ()
    if played.name == "worker" or (played.name == "manager" and played.choices[0] != PRIORITIES):
        return ()
    return tuple(TYPES)


def kinds_of(hive: Hive, level: str, network: Network) -> Tensor:
    """Return which network each seat of a level has, int64[W * S], by seat."""
    found = np.zeros(hive.worlds * hive.levels[level].seats, np.int64)
    if network.kinds > 1:
        found[rows_of(hive)] = hive.columns["specialist"]
    return torch.as_tensor(found)


def rows_of(hive: Hive) -> Array:
    """Return the seat of the worker in each row of the columns, int64[W * N]."""
    first = np.arange(hive.worlds).repeat(hive.workers) * hive.workers
    return np.asarray(first + hive.columns["id"])


def masked(logits: Tensor, masks: Tensor) -> Tensor:
    """Return logits under which what is not open is never chosen."""
    return torch.where(masks, logits, CLOSED)


def draw(logits: Tensor, choices: tuple[int, ...], likeliest: bool = False) -> Tensor:
    """Return a value for each part of an action, int64[n, C], drawn or the likeliest.

    Drawn by the largest of the logits plus Gumbel noise.
    """
    if not likeliest:
        logits = logits - torch.empty_like(logits).exponential_().log()
    return torch.stack([part.argmax(-1) for part in logits.split(choices, -1)], -1)


def log_chance(logits: Tensor, choices: tuple[int, ...], actions: Tensor) -> tuple[Tensor, Tensor]:
    """Return the logarithm of each action's probability, and the entropy, both float32[n]."""
    chance = torch.zeros(len(logits), device=logits.device)
    entropy = torch.zeros_like(chance)
    for index, part in enumerate(logits.split(choices, -1)):
        logs = functional.log_softmax(part, -1)
        chance = chance + logs.gather(-1, actions[:, index, None]).squeeze(-1)
        entropy = entropy - (logs.exp() * logs).sum(-1)
    return chance, entropy


class NetworkPolicy:
    """A network as a policy of all seats of a level: ``policies={level: NetworkPolicy(...)}``.

    Parameters
    ----------
    network : Network
        Without memory.
    view : View
        What it is shown, of which level.
    likeliest : bool
        Whether to take the likeliest action instead of drawing one.
    """

    def __init__(self, network: Network, view: View, likeliest: bool = False) -> None:
        if network.memory:
            raise ArgumentError("network", "one without memory", f"memory of {network.memory}")
        self.network, self.view, self.likeliest = network, view, likeliest

    @torch.no_grad()
    def __call__(self, hive: Hive) -> Any:
        """Return the actions, uint8[W * S, C]."""
        level = self.view.level
        seen = self.view(hive, hive.observe(level=level))
        masks = torch.as_tensor(hive.masks(level))
        logits, _, _ = self.network(seen, kinds_of(hive, level, self.network))
        chosen = draw(masked(logits, masks), self.network.choices, self.likeliest)
        return chosen.to(torch.uint8).numpy()
