"""Feudal PPO: the levels learn from the bottom up, each over the frozen ones below it.

Workers learn under random orders, so that they know all of them; then managers learn over those
workers under random governors, then governors, then orchestrators. At last every level learns once
more among the learned others, workers with a tenth of their learning rate. Every level is paid its
own reward, workers also for keeping to their orders (Ahilan and Dayan, *Feudal multi-agent
hierarchies*, 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch

from baselines.learning.episodes import Policy
from baselines.learning.policies import network_of
from baselines.learning.ppo import Recipe
from baselines.learning.training import Checkpoint, Setting, policy_of, shortened, train_level
from baselines.one_level import RECIPES
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import Size

RANDOM = "random"
"""Policy of the levels above the one that learns."""

JOINT, SLOWER = 0.2, 0.1
"""Share of each level's budget in the last phase, and of the workers' learning rate in it."""


def train(setting: Setting, seed: int, checkpoints: int) -> Iterator[Checkpoint]:
    """Train all levels, and yield where they stand at equal intervals of each phase."""
    torch.manual_seed(seed)
    family = FAMILIES[setting.task]
    constants = family.constants() if setting.constants is None else setting.constants
    hive = family.hive(family.config(Size.of(setting.size), constants), 1, "cpu", None)
    recipes = {level: shortened(RECIPES[level], setting) for level in LEVELS}
    networks = {level: network_of(hive, level, recipes[level].hidden) for level in LEVELS}
    phases: list[tuple[str, Recipe]] = [(level, recipes[level]) for level in LEVELS]
    for level, recipe in recipes.items():
        rate = recipe.learning_rate * (SLOWER if level == "worker" else 1.0)
        again = max(1, round(JOINT * recipe.decisions))
        phases.append((level, replace(recipe, decisions=again, learning_rate=rate)))
    learned: list[str] = []
    before = Checkpoint(0, 0, 0.0, {})
    each = max(checkpoints // len(phases), 1)
    for number, (level, recipe) in enumerate(phases):
        others: dict[str, Policy] = {
            name: policy_of(networks[name], name) if name in learned else RANDOM
            for name in LEVELS
            if name != level
        }
        one = before
        for one in train_level(
            setting, level, recipe, others, seed * len(phases) + number, each, networks[level]
        ):
            yield Checkpoint(
                before.decisions + one.decisions,
                before.ticks + one.ticks,
                before.seconds + one.seconds,
                one.policies,
                {f"{level} {name}": value for name, value in one.told.items()},
            )
        before = Checkpoint(
            before.decisions + one.decisions, before.ticks + one.ticks,
            before.seconds + one.seconds, {},
        )  # fmt: skip
        learned.append(level)
