"""IPPO whose workers also see what their manager sees, and get no orders.

It tells what comes of commands apart from what comes of knowing more: a hierarchy that is no better
than this one has only passed on information.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from baselines.learning.training import Checkpoint, Setting, train_level
from baselines.learning.views import ManagersView
from baselines.recipes import recipe_of
from hive_env.scenarios.hive import NOBODY, UPPER


def train(setting: Setting, seed: int, checkpoints: int, state: Any = None) -> Iterator[Checkpoint]:
    """Train, and yield where it stands at equal intervals; see `train_level`."""
    nobody = dict.fromkeys(UPPER, NOBODY)
    recipe, view = recipe_of(setting, "worker"), ManagersView("worker")
    yield from train_level(
        setting, "worker", recipe, nobody, seed, checkpoints, state=state, view=view
    )
