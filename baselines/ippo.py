"""IPPO: workers learn by their own rewards, and nobody gives an order.

De Witt et al., *Is independent learning all you need in the StarCraft multi-agent challenge?*
(2020). All workers share a network, in which their kinds are turned into each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from baselines.learning.training import Checkpoint, Setting, train_level
from baselines.recipes import recipe_of
from hive_env.scenarios.hive import NOBODY, UPPER


def train(setting: Setting, seed: int, checkpoints: int, state: Any = None) -> Iterator[Checkpoint]:
    """Train, and yield where it stands at equal intervals; see `train_level`."""
    nobody = dict.fromkeys(UPPER, NOBODY)
    recipe = recipe_of(setting, "worker")
    yield from train_level(setting, "worker", recipe, nobody, seed, checkpoints, state=state)
