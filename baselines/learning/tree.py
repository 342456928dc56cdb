"""Runs that can be compared as the tree that marl-eval reads, and every run's origin beside it.

marl-eval takes tasks from the tree, algorithms from the first task, runs from the first algorithm
and steps from its first run, and looks for all of them everywhere: what is in the tree has to be
in every task, with the same seeds and as many tests. It takes every key for a task, an algorithm,
a run, a step or a metric, and a folder's files that end in ``.json`` for trees: what else is known
of a run has a file of its own, a line a run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from baselines.learning.results import METRIC, Cell, runs_in, write, write_json

ENVIRONMENT = "hive_env"
"""What marl-eval is told to be the environment."""

Runs = Mapping[Cell, Mapping[str, Any]]
"""Finished runs."""


def write_tree(path: Path, root: Path) -> dict[Cell, str]:
    """Write the tree of the finished runs below a folder, and the file that goes with it.

    Returns
    -------
    dict of Cell to str
        What the tree leaves out, and why.
    """
    runs = dict(runs_in(root))
    out = left_out(runs)
    write_json(path, tree_of(runs, out))
    lines = (json.dumps(record(run, out.get(cell))) + "\n" for cell, run in runs.items())
    write(beside(path), "".join(lines).encode())
    return out


def beside(path: Path) -> Path:
    """Return the file that goes with a tree."""
    return path.with_suffix(".runs.jsonl")


def record(run: Mapping[str, Any], why: str | None) -> dict[str, Any]:
    """Return where a run comes from, its seconds at each test, and why it is not in the tree."""
    origin = {key: value for key, value in run.items() if key not in ("checkpoints", "test")}
    seconds = [one["seconds"] for one in run["checkpoints"]]
    schema = "hive_env.baselines.tree/1"
    return {**origin, "schema": schema, "elapsed_time": seconds, "left_out": why}


def tree_of(runs: Runs, out: Mapping[Cell, str]) -> dict[str, Any]:
    """Return runs, but for those left out, as the tree that marl-eval reads.

    environment, task, algorithm, run: under each run ``step_0`` and so on with ``step_count`` and
    U of each episode, and ``absolute_metrics`` of the test.
    """
    tasks: dict[str, Any] = {}
    for cell, run in runs.items():
        if cell in out:
            continue
        steps = {
            f"step_{number}": {"step_count": one["decisions"], METRIC: one[METRIC]}
            for number, one in enumerate(run["checkpoints"])
        }
        rows = tasks.setdefault(cell.place, {}).setdefault(cell.algorithm, {})
        rows[f"seed_{cell.seed}"] = {**steps, "absolute_metrics": {METRIC: run["test"]}}
    return {ENVIRONMENT: tasks}


def left_out(runs: Runs) -> dict[Cell, str]:
    """Return the runs that cannot be compared with the others, and why.

    In are algorithms that learned in every task in which any did, each with the same seeds and as
    many tests; of all ways to choose seeds and tests the one that keeps the most runs.
    """
    out: dict[Cell, str] = {}
    for cell, run in runs.items():
        if not run["checkpoints"][-1]["decisions"]:
            out[cell] = "does not learn"
        elif run.get("elsewhere", False):
            out[cell] = "plays in other worlds than those of the tasks"
    there = {cell: len(run["checkpoints"]) for cell, run in runs.items() if cell not in out}
    tests, seeds = most_of(there)
    places = sorted({cell.place for cell in there})
    for name in {cell.algorithm for cell in there}:
        own = {cell: number for cell, number in there.items() if cell.algorithm == name}
        has = {(cell.place, cell.seed) for cell, number in own.items() if number == tests}
        never = [place for place in places if all(cell.place != place for cell in own)]
        lacks = sorted({(place, seed) for place in places for seed in seeds} - has)
        for cell in own:
            if never:
                out[cell] = f"has no run in {', '.join(never)}"
            elif not seeds:
                out[cell] = "has no seed with as many tests in every task"
            elif lacks:
                listed = ", ".join(f"{place} seed {seed}" for place, seed in lacks)
                out[cell] = f"has no run of {tests} tests in {listed}"
            elif cell.seed not in seeds:
                out[cell] = f"seed {cell.seed} of {cell.place} is not one that all have"
    return {cell: out[cell] for cell in runs if cell in out}


def most_of(there: Mapping[Cell, int]) -> tuple[int, frozenset[int]]:
    """Return the number of tests, and the seeds, with which the most runs can be kept.

    Parameters
    ----------
    there : mapping of Cell to int
        Runs, and how many tests each has.
    """
    places = {cell.place for cell in there}
    shared: dict[tuple[str, int], frozenset[int]] = {}
    for name, tests in {(cell.algorithm, tests) for cell, tests in there.items()}:
        of = [one for one in there if (one.algorithm, there[one]) == (name, tests)]
        by_place = [{one.seed for one in of if one.place == place} for place in places]
        shared[name, tests] = frozenset(set.intersection(*by_place))

    def kept(tests: int, seeds: frozenset[int]) -> int:
        has = [one for (_, number), one in shared.items() if number == tests]
        return len(seeds) * sum(seeds <= one for one in has)

    ways: set[tuple[int, frozenset[int]]] = set()
    for (_, tests), seeds in shared.items():
        both = {(tests, seeds & one) for number, one in ways if number == tests}
        ways |= {(tests, seeds), *both}
    return max(
        ways,
        key=lambda way: (kept(*way), len(way[1]), way[0], [-one for one in sorted(way[1])]),
        default=(0, frozenset()),
    )


def told(path: Path, out: Mapping[Cell, str]) -> str:
    """Return in words what the tree leaves out: a line a reason."""
    names: dict[str, list[str]] = {}
    for cell, why in out.items():
        row = names.setdefault(why, [])
        if cell.algorithm not in row:
            row.append(cell.algorithm)
    lines = [f"  {', '.join(row)}: {why}" for why, row in sorted(names.items())]
    count = "1 run" if len(out) == 1 else f"{len(out)} runs"
    return "\n".join([f"{path} leaves out {count}; see {beside(path)}.", *lines])
