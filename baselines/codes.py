"""IPPO with learned goal codes: from the top down, each level tells the next one word.

Nobody says what words mean: what a manager makes of what it observes, and of the word that it is
told, becomes the nearest word of a codebook that all levels share, and workers learn what to do
about it while the levels above learn what to say. Words are held until the next decision of who
says them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from baselines.learning.codes import CodedNetwork
from baselines.learning.policies import features_of, first_type_of
from baselines.learning.training import Checkpoint, Setting, train_level, world_of
from baselines.learning.views import HeldViews
from baselines.recipes import recipe_of
from hive_env.scenarios.hive import NOBODY, UPPER


def train(setting: Setting, seed: int, checkpoints: int, state: Any = None) -> Iterator[Checkpoint]:
    """Train, and yield where it stands at equal intervals; see `train_level`."""
    torch.manual_seed(seed)
    hive, view = world_of(setting), HeldViews("worker")
    recipe, worker = recipe_of(setting, "worker"), hive.levels["worker"]
    own = features_of(hive, view)[: len(worker.features)]
    network = CodedNetwork(
        own, view.widths(hive), worker.choices, recipe.hidden, first=first_type_of(hive)
    )
    nobody = dict.fromkeys(UPPER, NOBODY)
    yield from train_level(
        setting, "worker", recipe, nobody, seed, checkpoints, network, state, view
    )
