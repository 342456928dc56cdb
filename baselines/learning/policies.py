"""A network in the seats of a level: what it chooses, and as a policy of a hive."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from hive_env.errors import ArgumentError
from hive_env.scenarios.hive import Hive
from hive_env.specialists import SpecialistNetwork

CLOSED = -1e9
"""Logit of a value that is not open."""


def network_of(
    hive: Hive, level: str, hidden: tuple[int, ...], memory: int = 0, shared: bool = False
) -> SpecialistNetwork:
    """Return a network for the seats of a level.

    Workers have one for each kind of specialist, or with ``shared`` one for all; the seats of an
    upper level share theirs.
    """
    kinds = hive.lengths["K"] if level == "worker" and not shared else 1
    played = hive.levels[level]
    if played.dtype is np.uint8:
        return SpecialistNetwork(kinds, played.features, played.choices, hidden, memory)
    made = SpecialistNetwork(kinds, played.features, played.choices, hidden, memory)
    # What is observed as float32 needs no map from bytes.
    made.zero.zero_()
    made.scale.fill_(1.0)
    return made


def kinds_of(hive: Hive, level: str, network: SpecialistNetwork) -> Tensor:
    """Return which network each seat of a level has, int64[W * S], by seat."""
    rows = hive.worlds * hive.levels[level].seats
    found = np.zeros(rows, np.int64)
    if network.kinds > 1:
        columns = hive.columns
        entity = np.arange(rows) // hive.workers * hive.workers + columns["id"]
        found[entity] = columns["specialist"]
    return torch.as_tensor(found)


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
    network : SpecialistNetwork
        Without memory.
    level : str
        Whose seats.
    likeliest : bool
        Whether to take the likeliest action instead of drawing one.
    """

    def __init__(self, network: SpecialistNetwork, level: str, likeliest: bool = False) -> None:
        if network.memory:
            raise ArgumentError("network", "one without memory", f"memory of {network.memory}")
        self.network, self.level, self.likeliest = network, level, likeliest

    @torch.no_grad()
    def __call__(self, hive: Hive) -> Any:
        """Return the actions, uint8[W * S, C]."""
        seen = torch.as_tensor(hive.observe(level=self.level))
        masks = torch.as_tensor(hive.masks(self.level))
        logits, _, _ = self.network(seen, kinds_of(hive, self.level, self.network))
        chosen = draw(masked(logits, masks), self.network.choices, self.likeliest)
        return chosen.to(torch.uint8).numpy()
