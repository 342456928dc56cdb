"""Metrics of a controller that is played for its worth: what ``run --metrics`` tells."""

from __future__ import annotations

from collections.abc import Callable

from hive_env.bench.episodes import Tell
from hive_env.bench.tables import table
from hive_env.monitoring import Course, Meter, Metrics
from hive_env.monitoring.metrics import BY_LEVEL, METRICS, UNITS
from hive_env.scenarios.hive import Hive

EVERY = 32
"""Ticks of a reading; the trend of the reward goes back over the last of them."""

Report = dict[str, dict[str, float | None]]
"""Metrics by level and name; None for what is not defined."""


class Metered:
    """Hears of controllers' ticks, tells them on, and meters those of one controller.

    Parameters
    ----------
    hive : Hive
        The worlds in which they are played.
    name : str
        The controller that is metered.
    tell : callable
        Gives the hearer of a controller's ticks when it is about to be played.
    """

    def __init__(self, hive: Hive, name: str, tell: Callable[[str], Tell]) -> None:
        self._name, self._tell = name, tell
        # From now on, so that what it needs is compiled when everything else is.
        self._meter = Meter(hive)
        self._counts = self._meter.take()
        self._ticks = 0
        self._watching = True

    def __call__(self, name: str) -> Tell:
        """Return the hearer of a controller's ticks."""
        heard = self._tell(name)
        if name != self._name:
            return heard
        self._meter.read()
        self._meter.course = Course()
        self._counts = self._meter.take()

        def metered(count: int) -> object:
            self._ticks += 1
            if self._ticks % EVERY == 0:
                self._counts += self._meter.read()
            return heard(count)

        return metered

    def close(self) -> None:
        """Count what is not yet counted, and look on no longer; a second time does nothing."""
        if self._watching:
            self._counts += self._meter.read()
            self._meter.close()
            self._watching = False

    def report(self) -> Report:
        """Return the metrics of the controller's ticks by level and name; None: not defined."""
        self.close()
        return {
            level: {name: value if value == value else None for name, value in one.items()}
            for level, one in self._metrics().items()
        }

    def table(self) -> str:
        """Return the metrics as a table: those that every level has one of for each."""
        self.close()
        found = self._metrics()
        rows = []
        for name in METRICS:
            for level in found if name in BY_LEVEL else tuple(found)[:1]:
                label = f"{name} of {level}s" if name in BY_LEVEL else name
                value = found[level][name]
                rows.append((label, f"{value:.4g}" if value == value else "-", UNITS[name]))
        return table(("metric", "value", "unit"), rows)

    def _metrics(self) -> dict[str, dict[str, float]]:
        trend = self._meter.course.pooled_slope()
        return {
            level: Metrics.of(self._counts, level, trend).as_dict() for level in self._meter.levels
        }
