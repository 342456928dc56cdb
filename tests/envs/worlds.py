"""Small worlds for the tests of the facades."""

from __future__ import annotations

from typing import Any

import numpy as np

from hive_env.config import Size
from hive_env.scenarios.forage import Forage

TINY = Size(64, sector_side=2, hive_x=1, hive_y=1)
"""Four regions of 16 workers."""

HARSH = {"fault_mean_ticks": 8, "reboot_ticks": 24}
"""Constants under which many workers are failed at any time."""


def choices(seed: int, steps: int, *shape: int) -> Any:
    """Return valid actions int64[steps, *shape]; the last axis is verb, deposit, verb, ..."""
    nvec = np.tile([8, 5], shape[-1] // 2)
    return np.random.default_rng(seed).integers(0, nvec, (steps, *shape))


def alive(simulation: Forage) -> Any:
    """Return whether each worker is alive, bool[W * N], by id."""
    ids = simulation.columns["id"].astype(np.int64)
    world = np.arange(len(ids)) // simulation.workers
    out = np.empty(len(ids), bool)
    out[world * simulation.workers + ids] = simulation.columns["health"] == 0
    return out
