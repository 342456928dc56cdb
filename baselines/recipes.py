"""Budgets and hyper-parameters, by family and level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from baselines.learning.ppo import Recipe
from baselines.learning.training import Setting, shortened

RECIPES: Mapping[str, Recipe] = {
    "worker": Recipe(
        16_000_000, worlds=4, minibatches=16, epochs=2, learning_rate=4e-3, discount=0.97, trace=0.9
    ),
    "manager": Recipe(
        1_000_000,
        steps=8,
        learning_rate=5e-4,
        discount=0.6,
        trace=0.9,
        entropy=0.003,
        hidden=(128, 128),
    ),
    "governor": Recipe(40_000, steps=8, epochs=10, minibatches=4, discount=0.9, entropy=0.003),
    "orchestrator": Recipe(8_000, steps=8, epochs=10, minibatches=2, discount=0.9, entropy=0.003),
}
"""By level, of every family that has no other."""

OF_QUEUE: Mapping[str, Recipe] = {
    "worker": replace(
        RECIPES["worker"], decisions=8_000_000, discount=0.99, entropy=0.02, exploring=0.2
    ),
    "manager": replace(RECIPES["manager"], discount=0.9),
}
"""Those of Queue: a task is paid when it is done, many ticks after it was asked for."""


def recipe_of(setting: Setting, level: str) -> Recipe:
    """Return the recipe of a level, with the setting's share of its budget."""
    others = OF_QUEUE if setting.task == "queue" else {}
    return shortened(others.get(level, RECIPES[level]), setting)
