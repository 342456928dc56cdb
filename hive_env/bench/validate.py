"""Whether tasks are valid: all of their controllers, on paired seeds, through their gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hive_env.bench.episodes import Tell, Trial, bounds, play_all, warm_up
from hive_env.bench.gates import judge_all, scores
from hive_env.bench.machine import provenance
from hive_env.bench.statistics import RESAMPLES, interval
from hive_env.bench.tables import decimal, origin, table
from hive_env.sizes import SIZES, Size

PLAN: Mapping[str, int] = {"nano": 16, "v0": 4}
"""Sizes at which a task is validated, and how many seeds each."""

FAULT_PLAN: Mapping[str, int] = {"nano": 48, "v0": 8}
"""The same with faults: outages are rare and strike many, so worlds differ more."""

OTHER_SEEDS = 4
"""Seeds at any other size."""


def name_of(size: Size) -> str:
    """Return the name of a published size, or the number of workers of another."""
    names = [name for name, one in SIZES.items() if one == size]
    return names[0] if names else f"{size.workers:,} workers"


def plan_of(
    size: Size | None, seeds: int | None, plan: Mapping[str, int] = PLAN
) -> list[tuple[Size, int]]:
    """Return the sizes to validate, and the number of seeds at each.

    Parameters
    ----------
    size : Size, optional
        The only size; by default those of `PLAN`.
    seeds : int, optional
        Seeds at every size; by default what the plan says, or `OTHER_SEEDS`.
    plan : mapping of str to int
        `PLAN` or `FAULT_PLAN`.
    """
    sizes = [Size.of(name) for name in plan] if size is None else [size]
    return [(one, seeds or plan.get(name_of(one), OTHER_SEEDS)) for one in sizes]


def validate(trials: Sequence[Trial], tell: Callable[[str], Tell]) -> dict[str, Any]:
    """Play every controller of some tasks and sizes, and judge the gates of each.

    Parameters
    ----------
    trials : sequence of Trial
        A batch of worlds for each task and size; world k gets the seed k.
    tell : callable
        Gives the hearer of a controller's ticks when it is about to be played.

    Returns
    -------
    dict
        Under ``trials`` the controllers and the verdicts of each, under ``holds`` whether every
        gate of every trial holds.
    """
    found = [validate_one(trial, tell) for trial in trials]
    return {
        **provenance("validate", None, 0),
        "trials": found,
        "holds": all(one["holds"] for one in found),
    }


def validate_one(trial: Trial, tell: Callable[[str], Tell]) -> dict[str, Any]:
    """Return the controllers and the verdicts of one task and size; see `validate`."""
    task, hive = trial.task, trial.hive
    warm_up(trial, task.controllers)
    values = play_all(trial, task.controllers, tell)
    seeds = range(hive.worlds)
    fluid = bounds(trial, seeds)
    size = name_of(trial.config.size)
    verdicts = judge_all(task.gates, values, None if fluid is None else fluid[0], size)
    return {
        "task": task.name,
        "faults": task.faults or None,
        "size": size,
        "workers": hive.workers,
        "ticks": hive.episode_ticks,
        "config_hash": trial.config.config_hash(),
        "seeds": list(seeds),
        "controllers": [
            {
                "controller": name,
                "u_per_worker": float(values[name].mean()),
                "u_by_seed": values[name].tolist(),
                "score": float(interval(scored).mean),
            }
            for name, scored in scores(values).items()
        ],
        "gates": [verdict.record() for verdict in verdicts],
        "holds": all(verdict.holds for verdict in verdicts),
    }


def gate_table(one: dict[str, Any]) -> str:
    """Return the table of the gates of one task and size, in Markdown."""
    rows = [
        (
            gate["gate"],
            gate["of"],
            gate["needs"],
            decimal(gate["mean"]),
            f"{decimal(gate['t_lower'])} to {decimal(gate['t_upper'])}",
            f"{decimal(gate['bootstrap_lower'])} to {decimal(gate['bootstrap_upper'])}",
            "yes" if gate["holds"] else "**no**",
        )
        for gate in one["gates"]
    ]
    heads = ("gate", "of", "needs", "mean", "95 %, t", "95 %, bootstrap", "holds")
    return table(heads, rows)


def verdict(report: dict[str, Any]) -> str:
    """Return one sentence: whether the gates hold, and where not."""
    weak = [
        f"{gate['gate']} ({place(one)})"
        for one in report["trials"]
        for gate in one["gates"]
        if not gate["holds"]
    ]
    if weak:
        return f"These gates do not hold: {'; '.join(weak)}."
    return f"Every gate holds: {', '.join(place(one) for one in report['trials'])}."


def place(one: dict[str, Any]) -> str:
    """Return the task, the size and the faults of a trial, in words."""
    faults = f" with faults {one['faults']}" if one["faults"] else ""
    return f"{one['task']} at {one['size']}{faults}"


def sections(report: dict[str, Any]) -> list[str]:
    """Return a heading and a table for each task and size."""
    return [
        f"## {place(one).capitalize()}: {one['workers']:,} workers, {one['ticks']:,} ticks, "
        f"{len(one['seeds'])} seeds\n\n{gate_table(one)}"
        for one in report["trials"]
    ]


def markdown(report: dict[str, Any]) -> str:
    """Return the page of the documentation that a report makes."""
    tables = "\n\n".join(sections(report))
    hashes = ", ".join(f"{place(one)} `{one['config_hash']}`" for one in report["trials"])
    return f"""# The gates

A task is worth playing when every level of it owns a fact that pays. Each gate below is an
inequality over scores, (U − U_random) / (U_expert − U_random) on the means of both over the same
seeds, or over the gap between two controllers, paired by seed. A floor is held by the lower end of
the two-sided 95 % interval over seeds and a ceiling by the upper end, by Student's t and by the
percentile bootstrap ({RESAMPLES:,} resamples) both. `hive-env validate` plays all of it anew; its
exit status is 1 when a gate does not hold.

{verdict(report)}

{tables}

Configurations: {hashes}.
{origin(report)}
"""
