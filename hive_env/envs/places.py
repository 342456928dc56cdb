"""Places as goals: where a worker of Forage is, and where it may be told to be."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from hive_env.config import FRACTION_BITS
from hive_env.ecs.columns import Array
from hive_env.enums import ZONES_ACROSS
from hive_env.errors import ConfigError
from hive_env.hindsight.goals import is_near
from hive_env.scenarios.forage import Forage

GOALS = ("cell", "zone")
"""Kinds of goal: a world cell, or one of the sixteen zones of a region."""


class Places:
    """The cells or zones of a world, as a worker of one region is told to be in them.

    A place is written as the way to its centre from the depot of the region, in halves of the
    region's side along each axis, so that the region itself spans about -1 to 1. A cell has a
    third axis in worlds of depth above one, in the same unit.

    Parameters
    ----------
    hive : Forage
        One world.
    home : int
        The region.
    kind : {"cell", "zone"}
        What a place is.
    tolerance : int
        How many cells or zones away along every axis still counts as there, from 0 to less
        than a quarter of those along a region's side.

    Attributes
    ----------
    space : Box of shape (G,)
        All places of the world.

    Raises
    ------
    ConfigError
        When the kind is unknown or the tolerance out of range.
    """

    def __init__(self, hive: Forage, home: int, kind: str, tolerance: int) -> None:
        if not isinstance(kind, str) or kind not in GOALS:
            raise ConfigError("goal", f"one of {', '.join(GOALS)}", kind)
        side, depth = hive.config.region_side, hive.config.forage.depth
        grain = 1 if kind == "cell" else side // ZONES_ACROSS
        most = side // grain // 4 - 1
        whole = isinstance(tolerance, int | np.integer) and not isinstance(tolerance, bool)
        if not whole or not 0 <= tolerance <= most:
            raise ConfigError("tolerance", f"an integer from 0 to {most} {kind}s", tolerance)
        axes = 3 if kind == "cell" and depth > 1 else 2
        west, north = (int(hive.columns[name][home]) for name in ("region_x0", "region_y0"))
        size = hive.config.size
        world = np.array((size.regions_x * side, size.regions_y * side, depth)[:axes])
        self._hive, self._axes = hive, ("x", "y", "z")[:axes]
        self._grain, self._half, self._tolerance = grain, side // 2, int(tolerance)
        self._corner = np.array((west, north, 0)[:axes]) // grain
        self._extent = np.array((side, side, depth)[:axes]) // grain
        self._depot = np.array((west + side // 2, north + side // 2, depth // 2)[:axes])
        lowest, highest = self._written(0 * world), self._written(world // grain - 1)
        self.space = spaces.Box(lowest, highest, dtype=np.float32)

    def of(self, row: int) -> Array:
        """Return where the worker at a row of the columns is, float32[G]."""
        at = np.array([self._hive.columns[axis][row] for axis in self._axes], np.int64)
        return self._written((at >> FRACTION_BITS) // self._grain)

    def draw(self, row: int, random: np.random.Generator) -> Array:
        """Return a place in the region, uniform over those where the worker is not, float32[G]."""
        here = self.of(row)
        # The tolerance leaves most of the region to draw.
        while True:
            there = self._written(self._corner + random.integers(self._extent))
            if not self.reached(here, there):
                return there

    def reached(self, achieved: Any, desired: Any) -> Array:
        """Return whether places are the same within the tolerance, bool[...] for (..., G)."""
        # Half a place more, for places are rounded to float32.
        return is_near(achieved, desired, (self._tolerance + 0.5) * self._grain / self._half)

    def _written(self, places: Array) -> Array:
        centre = places * self._grain + (self._grain - 1) / 2
        return np.asarray((centre - self._depot) / self._half, np.float32)
