"""The course of the reward: how U per worker and tick went from reading to reading."""

from __future__ import annotations

from collections import deque

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.monitoring.counts import Counts
from hive_env.monitoring.metrics import UNIT, share

LENGTH = 32
"""Readings that a course remembers."""


class Course:
    """The last readings' gains, and their trend.

    Parameters
    ----------
    length : int
        Readings that are remembered, at least 2.

    Raises
    ------
    ArgumentError
        When the length is no such integer.
    """

    def __init__(self, length: int = LENGTH) -> None:
        if not isinstance(length, int) or isinstance(length, bool) or length < 2:
            raise ArgumentError("length", "an integer from 2", length)
        self._ticks: deque[Array] = deque(maxlen=length)
        self._gains: deque[Array] = deque(maxlen=length)

    def add(self, counts: Counts) -> None:
        """Remember what was counted since the last reading."""
        self._ticks.append(counts.table["ticks"].copy())
        self._gains.append(counts.table["value"] / (UNIT * counts.workers))

    def clear(self, worlds: Array) -> None:
        """Forget the readings of some worlds, bool[W]."""
        for points in (*self._ticks, *self._gains):
            points[worlds] = 0

    def rates(self) -> list[float]:
        """Return the gains by worker and tick, all worlds together, the oldest reading first.

        Readings without a tick are left out.
        """
        sums = [(gains.sum(), ticks.sum()) for gains, ticks in self._points()]
        return [float(gain / ticks) for gain, ticks in sums if ticks]

    def slopes(self) -> Array:
        """Return the trend of each world, float64[W]; see `slope`."""
        if not self._ticks:
            return np.full(0, np.nan)
        return slope(np.array(self._gains), np.array(self._ticks))

    def pooled_slope(self) -> float:
        """Return the trend of all worlds together; see `slope`."""
        if not self._ticks:
            return float("nan")
        points = (np.array(self._gains), np.array(self._ticks))
        return float(slope(*(one.mean(axis=1, keepdims=True) for one in points))[0])

    def _points(self) -> list[tuple[Array, Array]]:
        return list(zip(self._gains, self._ticks, strict=True))


def slope(gains: Array, ticks: Array) -> Array:
    """Return by how much the gain of a tick grows in 1000 ticks, float64[W].

    The slope of the least squares line through the points (middle of a reading, its gain by tick),
    each reading counting alike; NaN with fewer than two readings that have ticks.

    Parameters
    ----------
    gains : float64[k, W]
        What each of k readings that follow one another gained.
    ticks : int64 or float64[k, W]
        How many ticks it had; readings without are left out.
    """
    counts = ticks > 0
    points = counts.sum(axis=0)
    at = np.cumsum(ticks, axis=0) - ticks / 2
    rate = np.where(counts, gains / np.where(counts, ticks, 1), 0)
    off = np.where(counts, at - share((at * counts).sum(axis=0), points), 0)
    return UNIT * share((off * rate).sum(axis=0), (off * off).sum(axis=0))
