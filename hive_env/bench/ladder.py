"""The ladder of controllers: what each is worth over paired seeds, and whether they rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.bench.episodes import Tell, Trial, bounds, mean_of, play_all, score, share, warm_up
from hive_env.bench.machine import provenance
from hive_env.bench.statistics import CONFIDENCE, RESAMPLES, paired_difference
from hive_env.bench.tables import origin, table
from hive_env.scenarios.controllers import CEILING, FLOOR, FULL
from hive_env.scenarios.families import DEFAULT, Family


def pairs_of(task: Family, names: Sequence[str] | None) -> list[tuple[str, str]]:
    """Return (lower, upper) for every two controllers whose ranking must hold.

    Parameters
    ----------
    task : Family
        Whose table.
    names : sequence of str, optional
        Controllers, worst first: each must be worth more than the one before. By default those
        of the table, each below the one that it names.
    """
    if names is not None:
        return list(pairwise(names))
    return [(one.name, one.below) for one in task.controllers.values() if one.below]


def played(task: Family, names: Sequence[str] | None) -> list[str]:
    """Return the controllers to play: those named, and those that fix the score's scale."""
    listed = list(task.controllers if names is None else names)
    return listed + [end for end in (FLOOR, CEILING) if end not in listed]


def measure(
    trial: Trial, names: Sequence[str] | None, tell: Callable[[str], Tell]
) -> dict[str, Any]:
    """Play controllers on the seeds 0 to W - 1, all worlds of one batch.

    Parameters
    ----------
    trial : Trial
        At least 2 worlds.
    names : sequence of str, optional
        As in `pairs_of`. The two that fix the score's scale are played in any case.
    tell : callable
        Gives the hearer of a controller's ticks when it is about to be played.

    Returns
    -------
    dict
        Under ``rows`` the controllers, under ``pairs`` the gap of every two that must rank, under
        ``ranking_holds`` whether all their lower bounds are above zero.
    """
    task, hive = trial.task, trial.hive
    everyone = played(task, names)
    warm_up(trial, everyone)
    values = play_all(trial, everyone, tell)
    seeds = range(hive.worlds)
    bound = mean_of(bounds(trial, seeds))
    floor, ceiling = float(values[FLOOR].mean()), float(values[CEILING].mean())
    found = {
        (lower, upper): paired_difference(values[upper], values[lower])
        for lower, upper in pairs_of(task, names)
    }
    return {
        **provenance("ladder", trial.config, 0),
        "task": task.name,
        "tier": task.tier,
        "faults": task.faults or None,
        "workers": hive.workers,
        "ticks": hive.episode_ticks,
        "seeds": list(seeds),
        "u_random": floor,
        "u_expert": ceiling,
        "confidence": CONFIDENCE,
        "rows": [
            {
                "policy": name,
                "about": task.controllers[name].about,
                "u_per_worker": float(values[name].mean()),
                "sd": float(values[name].std(ddof=1)),
                "score": score(float(values[name].mean()), floor, ceiling),
                "u_over_fluid": share(float(values[name].mean()), bound),
                "behind_full": behind_full(name, values, floor, ceiling),
                "u_by_seed": values[name].tolist(),
            }
            for name in (task.controllers if names is None else names)
        ],
        "pairs": [
            {"lower": lower, "upper": upper, **asdict(pair), "holds": pair.positive}
            for (lower, upper), pair in found.items()
        ],
        "ranking_holds": all(pair.positive for pair in found.values()),
    }


def behind_full(
    name: str, values: dict[str, NDArray[np.float64]], floor: float, ceiling: float
) -> dict[str, float] | None:
    """Return by how much score a controller is behind the full hierarchy, paired by seed.

    None for the full hierarchy itself, where it was not played, and where there is no score.
    """
    if name == FULL or FULL not in values or floor == ceiling:
        return None
    return asdict(paired_difference(values[FULL], values[name]).over(ceiling - floor))


def verdict(report: dict[str, Any]) -> str:
    """Return one sentence: whether the ranking holds, and where not."""
    said = [f"{pair['lower']} < {pair['upper']}" for pair in report["pairs"]]
    if report["ranking_holds"]:
        return f"The ranking {', '.join(said)} holds by the lower 95 % bounds."
    weak = [f"{pair['lower']} < {pair['upper']}" for pair in report["pairs"] if not pair["holds"]]
    return f"The ranking does not hold by the lower 95 % bounds: {', '.join(weak)}."


def ladder_tables(report: dict[str, Any]) -> tuple[str, str]:
    """Return the table of the controllers and that of the pairs, in Markdown."""
    rows = [
        (
            row["policy"],
            f"{row['u_per_worker']:.2f} ({row['sd']:.2f})",
            _number(row["score"], ".2f"),
            _number(row["u_over_fluid"], ".3f"),
            _gap(row["behind_full"]),
        )
        for row in report["rows"]
    ]
    pairs = [
        (
            f"{pair['upper']} − {pair['lower']}",
            f"{pair['mean']:.3f}",
            f"{pair['t_lower']:.3f}",
            f"{pair['bootstrap_lower']:.3f}",
            "yes" if pair["holds"] else "no",
        )
        for pair in report["pairs"]
    ]
    heads = (
        "controller",
        "U per worker (sd)",
        "score",
        "U / U_fluid",
        "score behind full",
    )
    pair_heads = ("pair", "difference", "lower bound, t", "lower bound, bootstrap", "above zero")
    return table(heads, rows), table(pair_heads, pairs)


def markdown(report: dict[str, Any]) -> str:
    """Return the page of the documentation that a report makes."""
    controllers, pairs = ladder_tables(report)
    who = "\n".join(f"- **{row['policy']}**: {row['about']}" for row in report["rows"])
    title = report["task"].capitalize()
    tier = "" if report["tier"] == DEFAULT else f", {report['tier']}"
    faults = f", faults {report['faults']}" if report["faults"] else ""
    return f"""# {title}{tier}: the ladder of controllers{faults}

What the built-in controllers deliver. {report["workers"]:,} workers, an episode of
{report["ticks"]:,} ticks, seeds {report["seeds"][0]} to {report["seeds"][-1]}.

{controllers}

{who}

The standard deviation is over seeds. The score is (U − U_random) / (U_expert − U_random), of the
means over the same seeds, unclipped; U_fluid is an upper bound on U from the exogenous trace alone.
The last column is how much score it is behind the full hierarchy, paired by seed, with the
two-sided 95 % interval by Student's t.

{pairs}

Differences are of U per worker, paired by seed. The lower bound is the lower end of the two-sided
95 % interval, by Student's t and by the percentile bootstrap ({RESAMPLES:,} resamples of seeds).
{verdict(report)}

{origin(report)}
"""


def _number(value: float | None, how: str) -> str:
    return "–" if value is None else format(value, how)


def _gap(found: dict[str, float] | None) -> str:
    if found is None:
        return "–"
    return f"{found['mean']:.3f} ({found['t_lower']:.3f} to {found['t_upper']:.3f})"
