"""Levels: what it means to sit in a seat of one.

A level knows how many seats a world has, what is observed there, what can be chosen, when it
counts, and what it pays. Facades know nothing of workers; a further level is a further class
here and a line in `LEVELS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from hive_env.config import FRACTION_BITS, HiveConfig
from hive_env.ecs.columns import Array
from hive_env.enums import Health, Verb
from hive_env.envs.spaces import Feature, worker_features
from hive_env.errors import ConfigError
from hive_env.scenarios.forage import OBSERVE, Forage


class Level(ABC):
    """One level of the hive. Arrays have a row for every seat of every world, W * S in all."""

    name: str
    """Name of the level, and prefix of its agents' names."""

    @abstractmethod
    def seats(self, config: HiveConfig) -> int:
        """Return S, the number of seats in one world."""

    @abstractmethod
    def features(self, config: HiveConfig) -> tuple[Feature, ...]:
        """Return what is observed from a seat."""

    @abstractmethod
    def choices(self, config: HiveConfig) -> tuple[int, ...]:
        """Return the number of values of each part of an action."""

    @abstractmethod
    def observe(self, simulation: Forage, seats: slice, out: Array) -> None:
        """Write uint8[W * S, F] by seat; only the rows of ``seats`` need to be right."""

    @abstractmethod
    def reward(self, simulation: Forage, out: Array) -> None:
        """Write float32[W * S], what the last step paid, by seat."""

    @abstractmethod
    def rows(self, simulation: Forage, seats: slice) -> Array:
        """Return where the columns of the level's entities hold some seats, int64[W, seats]."""

    @abstractmethod
    def able(self, simulation: Forage, rows: Array) -> Array:
        """Return whether the actions of some rows count, a bool for each."""

    @abstractmethod
    def events(self, simulation: Forage, rows: Array) -> Array:
        """Return what happened to some rows in the last tick, bits of `Event`, an int64 each."""


class WorkerLevel(Level):
    """L1: a seat is a worker, a step is a tick."""

    name = "worker"

    def seats(self, config: HiveConfig) -> int:
        """Return the number of workers."""
        return config.size.workers

    def features(self, config: HiveConfig) -> tuple[Feature, ...]:
        """Return the 64 features of a worker, 80 in worlds of depth above one."""
        return worker_features(config.forage.depth)

    def choices(self, config: HiveConfig) -> tuple[int, ...]:
        """Return 8 verbs (10 in worlds of depth above one) and 5 deposits."""
        return (len(Verb) if config.forage.depth > 1 else int(Verb.WORK) + 1, 5)

    def observe(self, simulation: Forage, seats: slice, out: Array) -> None:
        """Write every worker's observation, or those of the regions where a single seat stands."""
        rows = self.rows(simulation, seats)
        if rows.shape[1] > 1:
            simulation.observe(out)
            return
        given = {"observation": out, "by_id": 1}
        span = int(simulation.config.size.span)
        for region in _regions_of(simulation, rows[:, 0]).tolist():
            simulation.run_units(OBSERVE, region, region + 1, span, given)

    def reward(self, simulation: Forage, out: Array) -> None:
        """Write every worker's immediate reward."""
        simulation.rewards(out)

    def rows(self, simulation: Forage, seats: slice) -> Array:
        """Return the rows of some workers by id: rows may lie in any order."""
        ids = simulation.columns["id"].reshape(simulation.worlds, -1)
        first = np.arange(simulation.worlds)[:, None] * simulation.workers
        found = np.empty(ids.shape, np.int64)
        np.put_along_axis(found, ids.astype(np.int64), first + np.arange(ids.shape[1]), axis=1)
        return found[:, seats]

    def able(self, simulation: Forage, rows: Array) -> Array:
        """Return whether each worker is alive: a failed one may only stay and deposit nothing."""
        return np.asarray(simulation.columns["health"][rows] == Health.ALIVE)

    def events(self, simulation: Forage, rows: Array) -> Array:
        """Return each worker's events."""
        return simulation.columns["event"][rows].astype(np.int64)


def _regions_of(simulation: Forage, rows: Array) -> Array:
    """Return the region, among those of all worlds, in which each of some workers stands."""
    size, columns = simulation.config.size, simulation.columns
    side = simulation.config.region_side
    at_x = (columns["x"][rows] >> FRACTION_BITS) // side
    at_y = (columns["y"][rows] >> FRACTION_BITS) // side
    place = columns["region_grid"][at_y * size.regions_x + at_x].astype(np.int64)
    return rows // simulation.workers * size.regions + place


LEVELS: Mapping[str, Level] = {level.name: level for level in (WorkerLevel(),)}
"""The levels that can be played, by name."""


def level_named(name: str) -> Level:
    """Return a level by its name.

    Raises
    ------
    ConfigError
        When there is none of that name.
    """
    if not isinstance(name, str) or name not in LEVELS:
        there = " or ".join(repr(one) for one in LEVELS)
        raise ConfigError("level", there, name, "No other level can be played yet.")
    return LEVELS[name]
