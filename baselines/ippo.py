"""IPPO: workers learn by their own rewards, and nobody gives an order.

De Witt et al., *Is independent learning all you need in the StarCraft multi-agent challenge?*
(2020). Workers of one kind of specialist share a network.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from baselines.learning.ppo import Recipe
from baselines.learning.training import Checkpoint, Setting, shortened, train_level
from hive_env.scenarios.hive import NOBODY, UPPER

RECIPE = Recipe(
    8_000_000, worlds=4, minibatches=16, epochs=2, learning_rate=4e-3, discount=0.97, trace=0.9
)


def train(setting: Setting, seed: int, checkpoints: int, state: Any = None) -> Iterator[Checkpoint]:
    """Train, and yield where it stands at equal intervals; see `train_level`."""
    nobody = dict.fromkeys(UPPER, NOBODY)
    recipe = shortened(RECIPE, setting)
    yield from train_level(setting, "worker", recipe, nobody, seed, checkpoints, state=state)
