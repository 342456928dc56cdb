"""Report what runs have reached: tables and curves, with intervals.

    python -m baselines.report results/v0
    python -m baselines.report results/v0 --markdown results.md --picture results.svg

Scores are (U - U_random) / (U_expert - U_random), U by worker on the same test seeds: 0 is random
play, 1 that of the family's expert, who sees everything. Aggregates and their intervals are those
of `baselines.learning.aggregates`: over runs, within each task. What compares two algorithms by
test seed is Student's and the bootstrap's interval of `hive_env.bench.statistics`, the wider one.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from baselines.chart import Panel, picture, thousands
from baselines.learning.aggregates import (
    DAGGER,
    FEW,
    Estimate,
    estimate,
    interquartile_mean,
    optimality_gap,
    performance_profile,
    probability_of_improvement,
)
from baselines.learning.efficiency import after, band, reached
from baselines.learning.results import METRIC
from baselines.learning.scores import (
    Runs,
    best,
    by_seed,
    names_over,
    runs_of,
    scores_of,
    scores_over,
    trained,
    worst,
)
from hive_env.bench.statistics import paired_difference
from hive_env.bench.tables import described, table
from hive_env.errors import ArgumentError
from hive_env.scenarios.controllers import CEILING, FLOOR, FULL
from hive_env.scenarios.hive import LEVELS

LEVELS_OF_PROFILE = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
"""Scores above which a profile counts runs."""


def told(one: Estimate) -> str:
    """Return an estimate, and its interval where there is more than one run."""
    if one.runs == 1:
        return f"{one.value:.2f}{DAGGER}"
    return f"{one.value:.2f} ({one.lower:.2f} to {one.upper:.2f}){DAGGER if one.few else ''}"


def task_rows(rows: Mapping[str, list[dict[str, Any]]]) -> list[tuple[str, ...]]:
    """Return the rows of a task's table, the best first."""
    worth = {name: float(scores_of(rows, name).mean()) for name in rows}
    return [task_row(rows, name) for name in sorted(rows, key=lambda name: -worth[name])]


def task_row(rows: Mapping[str, list[dict[str, Any]]], name: str) -> tuple[str, ...]:
    """Return the row of an algorithm in a task's table."""
    runs, scores = rows[name], scores_of(rows, name)[:, None]
    decisions = runs[0]["checkpoints"][-1]["decisions"]
    seconds = np.mean([run["seconds"] for run in runs])
    scored = [run["checkpoints"][run["best"]]["decisions"] for run in runs]
    spent = ("–",) * 5
    if decisions:
        ticks = f"{runs[0]['checkpoints'][-1]['ticks'] / 1e6:.0f}"
        cores = " to ".join(_ends([run["machine"]["cores"] for run in runs]))
        scored_after = " to ".join(_ends(scored))
        spent = (f"{decisions:,}", ticks, f"{seconds:.0f}", cores, scored_after)
    score = told(estimate(interquartile_mean, scores)) if decisions else f"{scores.mean():.2f}"
    gain = "–"
    if name != FLOOR:
        gain = f"{paired_difference(by_seed(rows, name), by_seed(rows, FLOOR)).lower:.2f}"
    return (name, str(len(runs)), *spent, f"{by_seed(rows, name).mean():.2f}", score, gain)


TASK_HEADS = (
    "", "runs", "decisions", "worker-ticks, M", "seconds", "cores", "scored after", "U",
    "score, IQM", "U above random, at least",
)  # fmt: skip


def _ends(numbers: Sequence[int]) -> list[str]:
    """Return the least and the most of numbers, in words; one where they are the same."""
    return [f"{one:,}" for one in sorted({min(numbers), max(numbers)})]


def _few(*of: Sequence[Mapping[str, Any]]) -> str:
    """Return the mark of few runs where some that learned are."""
    return DAGGER if any(len(runs) < FEW for runs in of if trained(runs[0])) else ""


def aggregate_rows(runs: Runs) -> list[tuple[str, ...]]:
    """Return the rows of the table over all tasks, of what learned in all of them."""
    shown = []
    for name in names_over(runs):
        scores = scores_over(runs, name)
        assert scores is not None
        profile = (
            estimate(lambda drawn, level=level: performance_profile(drawn, level)[0], scores)
            for level in LEVELS_OF_PROFILE[:, None]
        )
        shown.append(
            (
                name,
                told(estimate(interquartile_mean, scores)),
                told(estimate(optimality_gap, scores)),
                *(told(share) for share in profile),
            )
        )
    return shown


SHARES = (0.25, 0.5, 0.75, 1.0)
"""Of a training, at which it is told what has been reached."""

TIMES = (30.0, 60.0, 120.0, 240.0)
"""The same in seconds."""

EFFICIENCY_HEADS = (
    "", *(f"{share:g} of the training" for share in SHARES),
    *(f"{seconds:g} s" for seconds in TIMES),
)  # fmt: skip


def efficiency_rows(runs: Runs) -> list[tuple[str, ...]]:
    """Return what those of `names_over` had reached over all tasks, and when."""
    rows = []
    for name in names_over(runs):
        cells = []
        for by, marks in (("share", SHARES), ("seconds", TIMES)):
            for mark in marks:
                found = [after(one, name, by, mark, (FLOOR, CEILING)) for one in runs.values()]
                count = min(len(one) for one in found)
                scores = np.stack([one[:count] for one in found], axis=1)
                tested = np.isfinite(scores).all()
                cells.append(told(estimate(interquartile_mean, scores)) if tested else "–")
        rows.append((name, *cells))
    return rows


AGGREGATE_HEADS = (
    "", "score, IQM", "optimality gap", *(f"above {level:g}" for level in LEVELS_OF_PROFILE)
)  # fmt: skip


def improvement_rows(runs: Runs) -> list[tuple[str, ...]]:
    """Return how likely a run of each algorithm that learned beats one of each other."""
    names = names_over(runs)
    rows = []
    for one in names:
        cells = []
        for other in names:
            mine, theirs = scores_over(runs, one), scores_over(runs, other)
            assert mine is not None
            assert theirs is not None
            same = one == other
            cells.append("–" if same else told(estimate(probability_of_improvement, mine, theirs)))
        rows.append((one, *cells))
    return rows


ASKED = (
    ("governor", "pheromone"),
    ("governor", "reflex"),
    ("manager", "blind"),
    ("feudal", "ippo"),
    ("feudal", "ippo_long"),
    ("feudal", "ippo_broadcast"),
    ("ippo", "random"),
    ("mappo", "ippo"),
    ("ippo_broadcast", "ippo"),
    ("codes", "ippo"),
    ("feudal_hindsight", "feudal"),
    ("worker_gru", "worker"),
    ("manager", "sb3_manager"),
    ("pheromone", "reflex"),
    ("full", "trailless"),
    ("full", "blind"),
    ("full", "no_governor"),
    ("full", "no_orchestrator"),
)
"""Pairs of which it is asked how far the first is ahead of the second; the last are of parts of the
scripted hierarchy, trails and levels, that are taken away."""


def compared_rows(rows: Mapping[str, list[dict[str, Any]]]) -> list[tuple[str, ...]]:
    """Return how far the runs of one algorithm are ahead of those of another on a task."""
    found: list[tuple[str, ...]] = []
    for one, other in ASKED:
        if one in rows and other in rows:
            gain = paired_difference(by_seed(rows, one), by_seed(rows, other))
            said = f"{gain.mean:.2f} ({gain.lower:.2f} to {gain.upper:.2f})"
            said += _few(rows[one], rows[other])
            least, most = worst(rows, one), best(rows, other)
            found.append(
                (one, other, said, f"{least:.2f} against {most:.2f}",
                 "yes" if gain.positive and least > most else "no",
                 _budgets(rows[one], rows[other]))
            )  # fmt: skip
    return found


def _budgets(*of: Sequence[Mapping[str, Any]]) -> str:
    """Return the decisions in which two algorithms learned, where both did."""
    decisions = [runs[0]["checkpoints"][-1]["decisions"] for runs in of]
    return " against ".join(map(thousands, decisions)) if all(decisions) else "–"


COMPARED_HEADS = (
    "", "compared with", "difference of U", "worst run against best", "every run ahead",
    "decisions",
)  # fmt: skip


def way_rows(rows: Mapping[str, list[dict[str, Any]]]) -> list[tuple[str, ...]]:
    """Return where a learned level stands between random play of that level and scripted play."""
    found: list[tuple[str, ...]] = []
    for level in LEVELS:
        low = f"random_{level}"
        if not {level, low, FULL} <= set(rows):
            continue
        ends = by_seed(rows, low).mean(), by_seed(rows, FULL).mean()
        shares = [(np.mean(run["test"]) - ends[0]) / (ends[1] - ends[0]) for run in rows[level]]
        bar = by_seed(rows, low) + WAY * (by_seed(rows, FULL) - by_seed(rows, low))
        ahead = paired_difference(by_seed(rows, level), bar)
        spread = f"{np.mean(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})"
        spread += _few(rows[level])
        bounds = (f"{ends[0]:.2f}", f"{ends[1]:.2f}")
        reached = ahead.positive and min(shares) > WAY
        found.append((level, *bounds, spread, "yes" if reached else "no"))
    return found


WAY = 0.9
WAY_HEADS = (
    "level that learned", "U, at random", "U, scripted", "share of the way (runs)",
    f"above {WAY:g}, every run",
)  # fmt: skip


def panels_of(runs: Runs) -> list[Panel]:
    """Return two panels for each task and algorithm that learned: U by decisions, and by time.

    U is that on the seeds of validation, the time that of training alone. Where there are several
    runs, their interquartile mean is drawn with its interval, as far as all of them trained.
    """
    panels = []
    for task, rows in runs.items():
        marks = [
            (name, reached(rows[name][0], "decisions", 0)) for name in (FULL, FLOOR) if name in rows
        ]
        for name, found in rows.items():
            if not trained(found[0]):
                continue
            for by in ("decisions", "seconds"):
                lines = [
                    (
                        [one[by] for one in run["checkpoints"]],
                        [float(np.mean(one[METRIC])) for one in run["checkpoints"]],
                    )
                    for run in found
                ]
                over = band(found, by)
                title = f"{task}: {name}{_few(found)}"
                panels.append(Panel(title, by, "U by worker", lines, marks, over))
    return panels


def machines_of(runs: Sequence[Mapping[str, Any]]) -> str:
    """Return sentences of when runs were made, and how many of them where."""
    days = " to ".join(sorted({min(run["date"] for run in runs), max(run["date"] for run in runs)}))
    counts = Counter(described(run["machine"]) for run in runs)
    found = (
        f"{count} run{'' if count == 1 else 's'} on {machine}"
        for machine, count in counts.most_common()
    )
    return f"{days}. {'. '.join(found)}."


def markdown(root: Path, runs: Runs, shown: str = "") -> str:
    """Return the page of a report."""
    every = [run for rows in runs.values() for found in rows.values() for run in found]
    suite = every[0]["suite"]
    versions, torches, commits, configurations = (
        ", ".join(quoted.format(one) for one in sorted({str(run[name]) for run in every}))
        for name, quoted in (
            ("version", "{}"), ("torch", "{}"), ("commit", "`{}`"), ("config_hash", "`{}`")
        )
    )  # fmt: skip
    parts = [
        "# Results",
        f"Made by `python -m baselines.report {root}` from the runs of `baselines.run`: suite "
        f"“{suite['about']}”, {suite['share']:g} of the budgets, {suite['checkpoints']} "
        f"checkpoints of {suite['episodes']} episodes, the best on validation scored on "
        f"{suite['tests']} test seeds.\n"
        f"hive_env {versions}, PyTorch {torches}. Made at the commits {commits}, of the "
        f"configurations {configurations}. {machines_of(every)}",
        "Scores are (U - U_random) / (U_expert - U_random) on the same test seeds. IQM is the "
        "interquartile mean over runs, in brackets its 95 % interval by the stratified bootstrap; "
        f"{DAGGER} marks fewer than five runs. Decisions are those of the whole training, of all "
        "levels that learned; the policies that are scored are those of the best checkpoint, "
        "after so many of them as stands there. Worker-ticks are what was played for it: a "
        "decision of a level above takes many ticks of all workers below. Cores are those that a "
        "run could use. What U is above random is told over test seeds.",
    ]
    if shown:
        parts += [
            f"![U by decisions and by seconds]({shown})",
            "U is that on the seeds of validation. Thin lines are runs; where there are several, "
            "the thick one is their interquartile mean, and the shade its 95 % interval by the "
            "bootstrap of whole runs, as far as all of them trained: of three runs that is from "
            "the least to the most.",
        ]
    for task, rows in runs.items():
        parts += [f"## {task}", table(TASK_HEADS, task_rows(rows))]
        if compared := compared_rows(rows):
            parts += [
                "Differences of U between the means over these runs, paired by test seed, with "
                "95 % intervals over test seeds: what other trainings would come to they do not "
                "say. That every run is ahead asks that the interval is above zero, and that the "
                "worst run of the one is ahead of the best of the other. Decisions are those in "
                "which both learned: not all had as many.",
                table(COMPARED_HEADS, compared),
            ]
        if ways := way_rows(rows):
            parts += [
                "Where a level that learned, all else scripted, stands between random play of that "
                "level and the scripted hierarchy:",
                table(WAY_HEADS, ways),
            ]
    rows_over = aggregate_rows(runs)
    if rows_over:
        heads = ("better than", *(row[0] for row in rows_over))
        parts += [
            "## Over all tasks",
            "The share of runs above each score is their performance profile.",
            table(AGGREGATE_HEADS, rows_over),
            "The score, IQM, on the seeds of validation at the test nearest to a share of the "
            "training's decisions, and at the last one up to so many seconds of training, – where "
            "not all runs had been tested by then. A run that is the first on its machine compiles "
            "in its seconds:",
            table(EFFICIENCY_HEADS, efficiency_rows(runs)),
            "How likely a run of the algorithm at the left scores higher than one of that above:",
            table(heads, improvement_rows(runs)),
        ]
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> None:
    """Report."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("folder", type=Path, help="that of a suite, below what --out of the run said")
    top.add_argument("--markdown", type=Path, metavar="FILE", help="write the page here")
    top.add_argument("--picture", type=Path, metavar="FILE", help="write curves here, SVG")
    top.add_argument("--json", type=Path, metavar="FILE", help="write the tables' rows here")
    given = top.parse_args(arguments)
    try:
        runs = runs_of(given.folder)
    except ArgumentError as error:
        top.error(str(error))
    shown = ""
    if given.markdown and given.picture:
        folder = given.markdown.resolve().parent
        if not given.picture.resolve().is_relative_to(folder):
            top.error(f"--picture: expected a file below {folder}, where the page is")
        shown = given.picture.resolve().relative_to(given.markdown.resolve().parent).as_posix()
    if given.picture:
        given.picture.write_text(picture(panels_of(runs)))
    page = markdown(given.folder, runs, shown)
    if given.markdown:
        given.markdown.write_text(page)
    if given.json:
        rows = {task: task_rows(rows) for task, rows in runs.items()}
        given.json.write_text(json.dumps({**rows, "all": aggregate_rows(runs)}, indent=1) + "\n")
    print(page)


if __name__ == "__main__":
    main()
