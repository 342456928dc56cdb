"""The constants by which reward components are divided: measured once, then frozen.

Each is the standard deviation of a component over all seats, decisions and seeds, while the
scripted hierarchy plays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.bench.episodes import Tell, Trial
from hive_env.bench.machine import provenance
from hive_env.bench.tables import origin, table
from hive_env.scenarios.controllers import FULL, Crew
from hive_env.scenarios.hive import LEVELS

SIZE, SEEDS = "nano", 16
"""What the frozen constants are measured on."""

DIGITS = 4
"""Significant digits of a constant."""

COLUMNS = ("immediate", "local", "global, mean", "global, difference")
"""Components, in the order in which a task keeps its constants."""

UNSCALED = 1.0
"""What a component that never varies is divided by."""


class Moments:
    """Count, sum and sum of squares of each of the four components."""

    def __init__(self) -> None:
        self.count = 0
        self.sums: NDArray[np.float64] = np.zeros((2, len(COLUMNS)))

    def take(self, sample: NDArray[np.float64]) -> None:
        """Take in a sample, float64[n, 4]."""
        self.count += len(sample)
        self.sums += (sample.sum(axis=0), (sample**2).sum(axis=0))

    def deviations(self) -> NDArray[np.float64]:
        """Return the standard deviation of each component, float64[4]."""
        mean, square = self.sums / self.count
        return np.asarray(np.sqrt(np.maximum(square - mean**2, 0.0)))


def measure(trial: Trial, tell: Tell) -> dict[str, Any]:
    """Play one episode under the scripted hierarchy and measure every level's components.

    A decision's components are what it earned until the level's next decision.

    Parameters
    ----------
    trial : Trial
        Its worlds get the seeds 0 to W - 1.
    tell : callable
        Hears of every tick.

    Returns
    -------
    dict
        Under ``scales`` the constants by level, in the order of `COLUMNS`; under ``constant``
        the components that never varied, whose constant is `UNSCALED`.
    """
    hive = trial.hive
    crew = Crew(hive, trial.task.controllers[FULL])
    moments = {level: Moments() for level in LEVELS}
    hive.reset(0)
    since = {level: hive.counters(level) for level in LEVELS}
    for tick in range(1, hive.episode_ticks + 1):
        crew.tick()
        for name in LEVELS:
            if tick % hive.levels[name].period == 0:
                moments[name].take(_components(trial, name, since[name]))
                since[name] = hive.counters(name)
        tell(hive.worlds * hive.workers)
    deviations = {name: found.deviations() for name, found in moments.items()}
    return {
        **provenance("scales", trial.config, 0),
        "task": trial.task.name,
        "workers": hive.workers,
        "seeds": list(range(hive.worlds)),
        "scales": {name: [_rounded(sd) for sd in found] for name, found in deviations.items()},
        "constant": [
            f"{name}: {column}"
            for name, found in deviations.items()
            for column, sd in zip(COLUMNS, found, strict=True)
            if sd == 0
        ],
    }


def _components(trial: Trial, level: str, since: Any) -> NDArray[np.float64]:
    """Return what a level's seats have earned, both forms of the global component: float64[n, 4].

    An orchestrator's two forms are one.
    """
    mean = trial.hive.components(level, since, "mean")
    difference = trial.hive.components(level, since, "difference")
    return np.column_stack((mean, difference[:, 2])).astype(np.float64)


def _rounded(deviation: float) -> float:
    return float(f"{deviation:.{DIGITS}g}") if deviation else UNSCALED


def scale_table(report: dict[str, Any]) -> str:
    """Return the table of the constants, in Markdown."""
    rows = [(name, *(f"{one:g}" for one in found)) for name, found in report["scales"].items()]
    return table(("level", *COLUMNS), rows)


def note(report: dict[str, Any]) -> str:
    """Return the sentence about components that never varied."""
    if not report["constant"]:
        return "Every component varies."
    return f"Never varies, so it is divided by {UNSCALED:g}: {'; '.join(report['constant'])}."


def markdown(report: dict[str, Any]) -> str:
    """Return the page of the documentation that a report makes."""
    return f"""# {report["task"].capitalize()}: the scales of the reward

Each component of a reward is divided by a constant of its own, that is frozen with the task's
version: the standard deviation of the component over all seats, decisions and
{len(report["seeds"])} seeds, in the task's own units, while the scripted hierarchy plays
{report["workers"]:,} workers.

{scale_table(report)}

{note(report)}

{origin(report)}
"""
