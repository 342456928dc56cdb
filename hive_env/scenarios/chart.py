"""The chart: who reports to whom, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.scenarios.hive import LEVELS, Hive


@dataclass(frozen=True)
class Reports:
    """Everybody of one level, sorted by the seat above that they report to.

    Parameters
    ----------
    members : int64[W * S]
        Rows of the level, ``k * S + i`` for seat i of world k; those under one seat lie together,
        in order.
    first : int64[W * A + 1]
        Where those under each of the A seats above begin, row by row, and the end.
    """

    members: Array
    first: Array

    @property
    def spans(self) -> Array:
        """How many report to each seat above, int64[W * A]."""
        return np.diff(self.first)

    def under(self, row: int) -> Array:
        """Return the rows of those who report to one seat above."""
        return np.asarray(self.members[self.first[row] : self.first[row + 1]])


def reports_of(hive: Hive, level: str) -> Reports:
    """Return who reports to each seat above a level.

    Parameters
    ----------
    hive : Hive
        W worlds.
    level : str
        The level of those who report: worker, manager or governor.

    Raises
    ------
    ArgumentError
        When there is no such level, or nobody above it.
    """
    if level not in LEVELS[:-1]:
        raise ArgumentError("level", f"one of {', '.join(LEVELS[:-1])}", level)
    above = hive.levels[LEVELS[LEVELS.index(level) + 1]].seats
    world = np.arange(hive.worlds * hive.levels[level].seats) // hive.levels[level].seats
    superior = world * above + hive.superiors(level)
    counts = np.bincount(superior, minlength=hive.worlds * above)
    return Reports(np.argsort(superior, kind="stable"), np.concatenate(([0], np.cumsum(counts))))
