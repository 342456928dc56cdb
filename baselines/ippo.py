"""IPPO: workers learn by their own rewards, and nobody gives an order.

De Witt et al., *Is independent learning all you need in the StarCraft multi-agent challenge?*
(2020). All workers share a network, in which their kinds are turned into each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from baselines.learning.training import Checkpoint, Setting, train_level
from baselines.recipes import recipe_of
from hive_env.scenarios.hive import NOBODY, UPPER


def long_of(task: str) -> float:
    """Return the budgets of `ippo_long`: at nano it decides no less often than all of `feudal`."""
    return 2.25 if task == "queue" else 1.625


def train(
    setting: Setting, seed: int, checkpoints: int, state: Any = None, budgets: float = 1.0
) -> Iterator[Checkpoint]:
    """Train, and yield where it stands at equal intervals.

    Parameters
    ----------
    setting, seed, checkpoints, state
        As of `train_level`.
    budgets : float
        How long, in budgets of the recipe.
    """
    nobody = dict.fromkeys(UPPER, NOBODY)
    recipe = recipe_of(replace(setting, share=budgets * setting.share), "worker")
    yield from train_level(setting, "worker", recipe, nobody, seed, checkpoints, state=state)
