"""MAPPO: as IPPO, but the critic sees the global state.

Yu et al., *The surprising effectiveness of PPO in cooperative multi-agent games* (2022). The critic
of a worker is shown, besides what it observes, the state of its region and the mean over all
regions; what a worker does still hangs on its own observation alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from baselines.learning.training import Checkpoint, Setting, train_level
from baselines.learning.views import CentralView
from baselines.recipes import recipe_of
from hive_env.scenarios.hive import NOBODY, UPPER


def train(setting: Setting, seed: int, checkpoints: int, state: Any = None) -> Iterator[Checkpoint]:
    """Train, and yield where it stands at equal intervals; see `train_level`."""
    nobody = dict.fromkeys(UPPER, NOBODY)
    recipe, central = recipe_of(setting, "worker"), CentralView("worker")
    yield from train_level(
        setting, "worker", recipe, nobody, seed, checkpoints, state=state, central=central
    )
