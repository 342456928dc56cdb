"""The meter: it looks on while worlds tick, and counts."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import TracebackType

import numpy as np

from hive_env.backends import CpuBackend
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.monitoring.counts import Counts, histogram
from hive_env.monitoring.course import LENGTH, Course
from hive_env.monitoring.metrics import Metrics
from hive_env.monitoring.tallies import TALLIES, Tally, Tick
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.sizes import SIZES


class Meter:
    """Counts what worlds do, tick by tick, whoever lets them tick; it changes nothing.

    It looks on from its construction until it is closed, and can be used in a ``with``. What is
    written by hand to columns that count, between two ticks, it takes for what the tick did.

    Parameters
    ----------
    hive : Hive
        W worlds.
    levels : sequence of str, optional
        Levels whose choices and coherence are counted; all by default.
    length : int
        Readings that the trend of the reward goes back.

    Attributes
    ----------
    course : Course
        The gains of the last readings.
    levels : tuple of str
        The levels that are counted.

    Raises
    ------
    ArgumentError
        When the hive is none, a level is none, or the length is no integer from 2.
    """

    def __init__(
        self, hive: Hive, levels: Sequence[str] | None = None, length: int = LENGTH
    ) -> None:
        if not isinstance(hive, Hive):
            raise ArgumentError("hive", "a Hive, such as an environment's simulation", hive)
        given = tuple(LEVELS if levels is None else levels)
        if not given or any(level not in LEVELS for level in given):
            raise ArgumentError("levels", f"some of {', '.join(LEVELS)}", levels)
        self.hive = hive
        self.levels = tuple(level for level in LEVELS if level in given)
        self.course = Course(length)
        self._processors = CpuBackend().threads
        self._tally: Tally = TALLIES.get(hive.family, Tally)(hive, self.levels)
        self._names = ("ticks", "decisions", *self._tally.names())
        self._totals: dict[str, Array] = {}
        self._left: tuple[int, Array] = (-1, np.zeros(0, np.int64))
        self._began = self._left[1]
        self._able = np.zeros((hive.worlds, hive.workers), bool)
        self._asked = np.zeros((hive.worlds, 0), np.int64)
        self._ordered: dict[str, Array] = {}
        self._watching = True
        self._table = self._nothing()
        self.start()
        hive.watchers.append(self)

    def __enter__(self) -> Meter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Look on no longer; what was counted can still be read. A second time does nothing."""
        if self._watching:
            self.hive.watchers.remove(self)
            self._watching = False

    def start(self) -> None:
        """Let time run from now; what the process did since the last reading does not count."""
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> Counts:
        """Return what was counted since the last reading, with the time, and add it to the course.

        The time is that since the last reading, or since the construction or `start` if that is
        less; all worlds have the same.
        """
        counts = self.timed(self.take())
        if counts.table["ticks"].any():
            self.course.add(counts)
        return counts

    def take(self) -> Counts:
        """Return what was counted since the last reading, without the time, which runs on."""
        nothing = np.zeros(self.hive.worlds)
        choices = {level: self.hive.levels[level].choices for level in self.levels}
        table, self._table = self._table, self._nothing()
        return Counts(self.hive.workers, self._processors, choices, nothing, nothing, table)

    def timed(self, counts: Counts) -> Counts:
        """Return counts with the time that has run, which then begins anew."""
        wall, processor = self._wall, self._processor
        self.start()
        everywhere = np.ones(self.hive.worlds)
        return replace(
            counts,
            seconds=everywhere * (self._wall - wall),
            cpu_seconds=everywhere * (self._processor - processor),
        )

    def metrics(self, level: str | None = None) -> Metrics:
        """Return the metrics of what was counted since the last reading, and `read` it.

        Parameters
        ----------
        level : str, optional
            Whose coherence and entropy; the first of ``levels`` by default.
        """
        counts = self.read()
        return Metrics.of(counts, level or self.levels[0], self.course.pooled_slope())

    def labels(self, level: str) -> dict[str, str]:
        """Return what tells these metrics from others: family, size and level."""
        return {"family": self.hive.family, "size": size_of(self.hive), "level": level}

    # --- a tick --------------------------------------------------------------------------------

    def before(self, actions: Array, orders: Mapping[str, Array]) -> None:
        """Look at the worlds before a tick, and at what everybody is about to do."""
        hive = self.hive
        restored, ticks = self._left
        if restored != hive.restored or not np.array_equal(ticks, hive.ticks):
            # The last tick that was seen did not leave them so: another episode, or another past.
            self._remember()
        self._began = self._left[1]
        shape = (hive.worlds, hive.workers)
        self._able = hive.host(hive.able("worker")).reshape(shape)
        asked = hive.host(actions).reshape(*shape, -1)
        self._asked = histogram(asked, self._able, hive.levels["worker"].choices)
        self._ordered = {level: hive.deciding(level) for level in orders}
        for level in orders:
            if level in self.levels:
                self._count({f"chosen/{level}": self._chosen(level, orders[level])})

    def after(self, actions: Array, orders: Mapping[str, Array]) -> None:
        """Look at the worlds after it."""
        totals = self._tally.totals()
        grown = {name: total - self._totals[name] for name, total in totals.items()}
        tick = Tick(self._began, self._able, self._asked, self._ordered, grown)
        self._count({**grown, **self._tally.happened(tick)})
        self._count({"ticks": 1, "decisions": self._able.sum(axis=1)})
        if "worker" in self.levels:
            self._count({"chosen/worker": self._asked})
        self._remember(totals)

    def _remember(self, totals: Mapping[str, Array] | None = None) -> None:
        """Take note of how the worlds stand."""
        self._left = (self.hive.restored, self.hive.ticks.copy())
        self._totals = dict(self._tally.totals() if totals is None else totals)
        self._tally.remember()

    def _nothing(self) -> dict[str, Array]:
        """Return counts of nothing."""
        levels, worlds = self.hive.levels, self.hive.worlds
        widths = {f"chosen/{level}": sum(levels[level].choices) for level in self.levels}
        return {
            **{name: np.zeros(worlds, np.int64) for name in self._names},
            **{name: np.zeros((worlds, width), np.int64) for name, width in widths.items()},
        }

    def _count(self, found: Mapping[str, Array | int]) -> None:
        """Add to the counts."""
        for name, more in found.items():
            self._table[name] += more

    def _chosen(self, level: str, given: Array) -> Array:
        """Return how often each value of each part of an upper level's action was chosen.

        Of parts in which more than one value was open, where the level decides.
        """
        hive, played = self.hive, self.hive.levels[level]
        shape = (hive.worlds, played.seats)
        sizes = np.array(played.choices, np.int64)
        first = np.cumsum(sizes) - sizes
        masks = hive.host(hive.masks(level)).reshape(*shape, -1)
        open_values = np.add.reduceat(masks.astype(np.int64), first, axis=2)
        counted = (open_values > 1) & self._ordered[level][:, None, None]
        actions = hive.host(given).reshape(*shape, -1)
        return histogram(actions, counted, played.choices)


def size_of(hive: Hive) -> str:
    """Return the name of a hive's size, or its number of workers."""
    config = getattr(hive, "config", None)
    size = getattr(config, "size", None)
    names = [name for name, one in SIZES.items() if one == size]
    return names[0] if names else str(hive.workers)
