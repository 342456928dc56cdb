"""Finished runs, and how well they did: scores between random and expert play, U by test seed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.learning.aggregates import Scores
from baselines.learning.results import runs_in
from hive_env.errors import ArgumentError
from hive_env.scenarios.controllers import CEILING, FLOOR

Runs = Mapping[str, Mapping[str, list[dict[str, Any]]]]
"""Finished runs by task and algorithm, in the order of their seeds."""


def runs_of(root: Path) -> Runs:
    """Return the finished runs below a folder, but for those in other worlds than the table's.

    Raises
    ------
    ArgumentError
        When there are none, or random or expert play is missing, without which there is no score;
        or when the runs of a task were scored on different numbers of test seeds.
    """
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for cell, run in runs_in(root):
        if not run.get("elsewhere", False):
            found.setdefault(cell.place, {}).setdefault(cell.algorithm, []).append(run)
    if not found:
        raise ArgumentError("folder", "one with finished runs of baselines.run", str(root))
    for task, rows in found.items():
        missing = [name for name in (FLOOR, CEILING) if name not in rows]
        if missing:
            raise ArgumentError(
                "folder",
                f"runs of {FLOOR} and {CEILING} for {task}",
                f"none of {', '.join(missing)}",
                f"Run python -m baselines.run with --algos {FLOOR},{CEILING}.",
            )
        tests = sorted({len(run["test"]) for runs in rows.values() for run in runs})
        if len(tests) > 1:
            expected = f"runs of {task} that were scored on the same test seeds"
            raise ArgumentError("folder", expected, f"runs with {tests} of them")
    return found


def scores_of(rows: Mapping[str, list[dict[str, Any]]], name: str) -> NDArray[np.float64]:
    """Return the score of each run of an algorithm on a task."""
    low, high = (np.mean(rows[end][0]["test"]) for end in (FLOOR, CEILING))
    return np.array([(np.mean(run["test"]) - low) / (high - low) for run in rows[name]])


def scores_over(runs: Runs, name: str) -> Scores | None:
    """Return the scores of an algorithm, [runs, tasks]; None unless it ran in every task.

    Of tasks with more runs than others the first are taken.
    """
    if any(name not in rows for rows in runs.values()):
        return None
    columns = [scores_of(rows, name) for rows in runs.values()]
    count = min(len(one) for one in columns)
    return np.stack([one[:count] for one in columns], axis=1)


def names_over(runs: Runs) -> list[str]:
    """Return the algorithms that learned in every task, in the order of their names."""
    common = set.intersection(*(set(rows) for rows in runs.values()))
    return sorted(one for one in common if all(trained(rows[one][0]) for rows in runs.values()))


def by_seed(rows: Mapping[str, list[dict[str, Any]]], name: str) -> NDArray[np.float64]:
    """Return U by worker on each test seed, the mean over an algorithm's runs."""
    return np.asarray(np.mean([run["test"] for run in rows[name]], axis=0))


def trained(run: Mapping[str, Any]) -> bool:
    """Whether a run learned: it has decisions of training behind it."""
    return bool(run["checkpoints"][-1]["decisions"] > 0)


def worst(rows: Mapping[str, list[dict[str, Any]]], name: str) -> float:
    """Return U by worker of the worst run of an algorithm."""
    return min(float(np.mean(run["test"])) for run in rows[name])


def best(rows: Mapping[str, list[dict[str, Any]]], name: str) -> float:
    """Return U by worker of the best run of an algorithm."""
    return max(float(np.mean(run["test"])) for run in rows[name])
