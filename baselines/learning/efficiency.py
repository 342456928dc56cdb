"""What runs have reached after so much of their training, or so much time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.learning.aggregates import CONFIDENCE, RESAMPLES
from baselines.learning.results import METRIC

TAIL = (1 - CONFIDENCE) / 2
"""Share of what is drawn that lies below an interval, and above it."""

Run = Mapping[str, Any]
"""A finished run, as it was written."""


def reached(run: Run, by: str, mark: float) -> float:
    """Return U by worker on the seeds of validation at the last test up to a mark.

    Parameters
    ----------
    run : Run
        That was tested.
    by : str
        What is counted: ``"decisions"`` or ``"seconds"``.
    mark : float
        How much of it.

    Returns
    -------
    float
        NaN before the first test.
    """
    found = [one for one in run["checkpoints"] if one[by] <= mark]
    return float(np.mean(found[-1][METRIC])) if found else float("nan")


Band = tuple[list[float], list[float], list[float], list[float]]
"""Marks, and there a mean and the ends of its interval."""


def band(runs: Sequence[Run], by: str) -> Band | None:
    """Return marks, and there the interquartile mean over runs and the ends of its interval.

    Marks are all at which a run was tested, from the first at which each had been to the last at
    which each still trained. None for fewer than two runs, or where there are no such marks.
    """
    if len(runs) < 2:
        return None
    tests = [[float(one[by]) for one in run["checkpoints"]] for run in runs]
    first, last = max(one[0] for one in tests), min(one[-1] for one in tests)
    marks = sorted({mark for one in tests for mark in one if first <= mark <= last})
    if not marks:
        return None
    worth = np.array([[reached(run, by, mark) for mark in marks] for run in runs])
    # A run that is drawn is drawn at all marks.
    drawn = np.random.default_rng(0).integers(len(runs), size=(RESAMPLES, len(runs)))
    low, high = np.quantile(_middle(worth[drawn]), (TAIL, 1 - TAIL), axis=0)
    return marks, _middle(worth).tolist(), low.tolist(), high.tolist()


def _middle(worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the interquartile mean over runs at each mark, of [..., runs, marks]."""
    ordered = np.sort(worth, axis=-2)
    cut = ordered.shape[-2] // 4
    return np.asarray(ordered[..., cut : ordered.shape[-2] - cut, :].mean(axis=-2))


def after(
    rows: Mapping[str, Sequence[Run]], name: str, by: str, mark: float, ends: tuple[str, str]
) -> NDArray[np.float64]:
    """Return the score of each run of an algorithm at a mark, on the seeds of validation.

    Parameters
    ----------
    rows : mapping of str to sequence of Run
        Runs of a task, by algorithm.
    name, by, mark
        Whose, and when, see `reached`; by ``"share"`` at the test nearest to that share of the
        decisions of the whole training, which are made in whole updates.
    ends : (str, str)
        Which algorithms have the scores 0 and 1.

    Returns
    -------
    float64[runs]
        NaN where a run had not been tested by then.
    """
    low, high = (reached(rows[one][0], "decisions", 0) for one in ends)
    found = [_nearest(run, mark) if by == "share" else reached(run, by, mark) for run in rows[name]]
    return (np.array(found) - low) / (high - low)


def _nearest(run: Run, share: float) -> float:
    """Return U by worker at the test nearest to a share of the decisions."""
    goal = share * run["checkpoints"][-1]["decisions"]
    test = min(run["checkpoints"], key=lambda one: abs(one["decisions"] - goal))
    return float(np.mean(test[METRIC]))
