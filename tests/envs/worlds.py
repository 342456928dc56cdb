"""Small worlds for the tests of the facades."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.scenarios.rewards import WEIGHTS, total
from hive_env.sizes import Size

TINY = Size(64, sector_x=2, sector_y=2, hive_x=1, hive_y=1)
"""Four regions of 16 workers."""

WIDE = Size(64, sector_x=2, sector_y=1, hive_x=2, hive_y=1, hives_x=2)
"""Eight regions in four sectors of two hives: every level has more than one seat."""

CLOCKS = {"manager_period": 2, "governor_period": 4, "orchestrator_period": 4}
"""Clocks of the upper levels that all have struck within a few ticks."""

PERIODS = {"manager_period": 2, "governor_period": 4, "orchestrator_period": 8}
"""Clocks that differ from level to level and have all struck within a few ticks."""

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


def random_actions(hive: Hive, level: str, rng: np.random.Generator) -> Any:
    """Return valid actions of every seat of a level, int64[W * S, C]."""
    played = hive.levels[level]
    rows = hive.worlds * played.seats
    return rng.integers(0, played.choices, (rows, len(played.choices)))


def build(task: str, size: Size, worlds: int = 1, **constants: Any) -> Hive:
    """Return worlds of a family: the array API, without a facade."""
    family = FAMILIES[task]
    return family.hive(family.config(size, family.constants(**constants)), worlds, "cpu", None)


def drive(
    hive: Hive,
    level: str,
    given: Mapping[int, Any],
    policies: Mapping[str, str] | None = None,
    mode: str = "mean",
) -> Any:
    """Play one world by hand for a step of a level, and return the rewards of its seats.

    The seats that are given act as they are told to in the first tick; everybody else follows a
    policy, the scripted one by default, whenever their level decides.
    """
    names = {name: one.scripted for name, one in hive.levels.items()} | dict(policies or {})
    since = hive.counters()
    for tick in range(hive.levels[level].period):
        acts = {
            name: hive.decide(names[name], level=name)
            for name in LEVELS
            if hive.deciding(name).all()
        }
        for seat, action in given.items():
            if tick == 0:
                acts[level][seat] = action
        hive.step(acts.pop("worker"), acts)
    components = hive.components(level, since, mode)
    return total(components, hive.scales(level, mode), WEIGHTS[level])
