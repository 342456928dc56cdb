"""The ladder of controllers: what each is worth over paired seeds, and whether they rank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from hive_env.bench.episodes import CEILING, FLOOR, Tell, fluid, play, score, share, warm_up
from hive_env.bench.machine import provenance
from hive_env.bench.statistics import CONFIDENCE, RESAMPLES, paired_difference
from hive_env.bench.tables import origin, table
from hive_env.config import HiveConfig
from hive_env.scenarios.forage import Forage


def measure(
    config: HiveConfig,
    seeds: int,
    policies: Sequence[str],
    tell: Callable[[str], Tell],
    threads: int | None = None,
) -> dict[str, Any]:
    """Play controllers on the seeds 0 to ``seeds - 1``, all worlds of one batch.

    Parameters
    ----------
    config : HiveConfig
        Size and constants.
    seeds : int
        How many, at least 2.
    policies : sequence of str
        Controllers in the order in which they should rank, worst first. The two that fix the
        score's scale are played in any case.
    tell : callable
        Gives the hearer of a policy's ticks when it is about to be played.
    threads : int, optional
        As in `Forage`.

    Returns
    -------
    dict
        Under ``rows`` the controllers, under ``pairs`` the difference of every neighbouring
        two, under ``ranking_holds`` whether all their lower bounds are above zero.
    """
    simulation = Forage(config, worlds=seeds, threads=threads)
    names = [*policies, *(name for name in (FLOOR, CEILING) if name not in policies)]
    warm_up(simulation, names)
    values = {name: play(simulation, name, 0, 1, tell(name)).values[0] for name in names}
    bound = fluid(config, range(seeds))
    floor, ceiling = float(values[FLOOR].mean()), float(values[CEILING].mean())
    rows = [
        {
            "policy": name,
            "u_per_worker": float(values[name].mean()),
            "sd": float(values[name].std(ddof=1)),
            "score": score(float(values[name].mean()), floor, ceiling),
            "u_over_fluid": share(float(values[name].mean()), bound),
            "u_by_seed": values[name].tolist(),
        }
        for name in policies
    ]
    found = {
        (lower, upper): paired_difference(values[upper], values[lower])
        for lower, upper in pairwise(policies)
    }
    return {
        **provenance("ladder", config, 0),
        "workers": config.size.workers,
        "ticks": config.episode_ticks,
        "seeds": list(range(seeds)),
        "u_random": floor,
        "u_expert": ceiling,
        "confidence": CONFIDENCE,
        "rows": rows,
        "pairs": [
            {"lower": lower, "upper": upper, **asdict(pair), "holds": pair.positive}
            for (lower, upper), pair in found.items()
        ],
        "ranking_holds": all(pair.positive for pair in found.values()),
    }


def verdict(report: dict[str, Any]) -> str:
    """Return one sentence: whether the ranking holds, and where not."""
    ranking = " < ".join(row["policy"] for row in report["rows"])
    if report["ranking_holds"]:
        return f"The ranking {ranking} holds by the lower 95 % bounds."
    weak = [f"{pair['lower']} < {pair['upper']}" for pair in report["pairs"] if not pair["holds"]]
    return f"The ranking {ranking} does not hold by the lower 95 % bounds: {', '.join(weak)}."


def ladder_tables(report: dict[str, Any]) -> tuple[str, str]:
    """Return the table of the controllers and that of the neighbouring pairs, in Markdown."""
    rows = [
        (
            row["policy"],
            f"{row['u_per_worker']:.2f} ({row['sd']:.2f})",
            _number(row["score"], ".2f"),
            _number(row["u_over_fluid"], ".3f"),
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
    heads = ("controller", "U per worker (sd)", "score", "U / U_fluid")
    pair_heads = ("pair", "difference", "lower bound, t", "lower bound, bootstrap", "above zero")
    return table(heads, rows), table(pair_heads, pairs)


def markdown(report: dict[str, Any]) -> str:
    """Return the page of the documentation that a report makes."""
    controllers, pairs = ladder_tables(report)
    return f"""# Forage: the ladder of controllers

What the built-in controllers of workers deliver, each alone: no manager, governor or orchestrator
gives an order (the expert orders its own workforce). {report["workers"]:,} workers, an episode of
{report["ticks"]:,} ticks, seeds {report["seeds"][0]} to {report["seeds"][-1]}.

{controllers}

The standard deviation is over seeds. The score is (U − U_random) / (U_expert − U_random), of the
means over the same seeds, unclipped; U_fluid is an upper bound on U from the exogenous trace alone.

{pairs}

Differences are of U per worker, paired by seed. The lower bound is the lower end of the two-sided
95 % interval, by Student's t and by the percentile bootstrap ({RESAMPLES:,} resamples of seeds).
{verdict(report)}

{origin(report)}
"""


def _number(value: float | None, how: str) -> str:
    return "–" if value is None else format(value, how)
