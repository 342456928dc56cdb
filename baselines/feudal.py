"""Feudal PPO: the levels learn from the bottom up, each over the frozen ones below it.

Workers learn under random orders, so that they know all of them; then managers learn over those
workers under random governors, then governors, then orchestrators. Random orders are held for a
while: what is gone before it can be carried out teaches that orders mean nothing. At last every
level learns once more among the learned others, workers with a tenth of their learning rate. Every
level is paid its own reward, workers also for keeping to their orders (Ahilan and Dayan, *Feudal
multi-agent hierarchies*, 2019).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch

from baselines.learning.episodes import Policy
from baselines.learning.orders import HeldOrders
from baselines.learning.policies import network_of
from baselines.learning.ppo import Recipe
from baselines.learning.training import Checkpoint, Setting, policy_of, train_level, world_of
from baselines.learning.views import View
from baselines.recipes import recipe_of
from hive_env.scenarios.hive import LEVELS, NOBODY

MANAGERS, GOVERNORS, ORCHESTRATORS = (
    HeldOrders("manager", 8), HeldOrders("governor", 4), HeldOrders("orchestrator", 2)
)  # fmt: skip
ABOVE: Mapping[str, Mapping[str, Policy]] = {
    "worker": {"manager": MANAGERS, "governor": NOBODY, "orchestrator": NOBODY},
    "manager": {"governor": GOVERNORS, "orchestrator": ORCHESTRATORS},
    "governor": {"orchestrator": ORCHESTRATORS},
    "orchestrator": {},
}
"""Who is above a level that learns for the first time."""

JOINT, SLOWER = 0.2, 0.1
"""Share of each level's budget in the last phase, and of the workers' learning rate in it."""


def phases_of(setting: Setting) -> list[tuple[str, Recipe]]:
    """Return who learns, one after the other, and how."""
    recipes = {level: recipe_of(setting, level) for level in LEVELS}
    phases = [(level, recipes[level]) for level in LEVELS]
    for level, recipe in recipes.items():
        rate = recipe.learning_rate * (SLOWER if level == "worker" else 1.0)
        again = max(1, round(JOINT * recipe.decisions))
        phases.append((level, replace(recipe, decisions=again, learning_rate=rate)))
    return phases


def train(setting: Setting, seed: int, checkpoints: int, state: Any = None) -> Iterator[Checkpoint]:
    """Train all levels, and yield where they stand at equal intervals of each phase.

    Parameters
    ----------
    setting, seed, checkpoints, state
        As of `train_level`; each phase yields its part of the checkpoints, one at least.
    """
    torch.manual_seed(seed)
    phases = phases_of(setting)
    hive = world_of(setting)
    networks = {
        level: network_of(hive, View(level), recipe_of(setting, level).hidden) for level in LEVELS
    }
    begin, inner, so_far, counts = 0, None, (0, 0, 0.0), (0, 0, 0.0)
    if state is not None:
        begin, inner = state["phase"], state["inner"]
        so_far, counts = state["so_far"], state["counts"]
        for level, weights in state["networks"].items():
            networks[level].load_state_dict(weights)
    each = max(checkpoints // len(phases), 1)
    for number in range(begin, len(phases)):
        level, recipe = phases[number]
        learned = [name for name, _ in phases[:number]]
        others = {
            name: policy_of(networks[name], View(name)) if name in learned else ABOVE[level][name]
            for name in LEVELS
            if name != level
        }
        run = seed * len(phases) + number
        for one in train_level(setting, level, recipe, others, run, each, networks[level], inner):
            counts = (
                so_far[0] + one.decisions, so_far[1] + one.ticks, so_far[2] + one.seconds
            )  # fmt: skip
            told = {f"{level} {name}": value for name, value in one.told.items()}
            weights = {name: copy.deepcopy(net.state_dict()) for name, net in networks.items()}
            kept = {"phase": number, "inner": one.state, "networks": weights}
            kept |= {"so_far": so_far, "counts": counts}
            yield Checkpoint(*counts, one.policies, told, kept)
        so_far, inner = counts, None
