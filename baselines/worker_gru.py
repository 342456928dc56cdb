"""PPO in the workers' seats with a memory, under the scripted policies of all above.

A gated recurrent unit whose state is the hive's own column ``memory`` (`hive_env.specialists`):
what a worker remembers goes into snapshots, and a fault that makes it forget makes the network
forget.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from baselines.learning.training import Checkpoint, Setting, shortened, train_level
from baselines.recipes import RECIPES

RECIPE = replace(RECIPES["worker"], minibatches=8, hidden=(64,), memory=32)


def train(setting: Setting, seed: int, checkpoints: int, state: Any = None) -> Iterator[Checkpoint]:
    """Train, and yield where it stands at equal intervals; see `train_level`.

    The setting's constants are to have a ``memory_width`` of `RECIPE.memory`.
    """
    recipe = shortened(RECIPE, setting)
    yield from train_level(setting, "worker", recipe, {}, seed, checkpoints, state=state)
