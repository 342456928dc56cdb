"""The metrics: what each is, worked out from counts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.monitoring.counts import Counts

UNIT = 1000
"""Value is counted in thousandths; churn is told for so many ticks."""


def _metric(unit: str, about: str, **more: bool) -> Any:
    return field(default=float("nan"), metadata={"unit": unit, "about": about, **more})


@dataclass(frozen=True)
class Metrics:
    """Numbers that tell how a hive does; NaN where one is not defined.

    ``docs/monitoring.md`` has the formula of each. Where there are several worlds these are of all
    of them together.
    """

    throughput: float = _metric("tasks / s", "Tasks completed in a second on the wall.", timed=True)
    tasks_per_tick: float = _metric("tasks / tick", "Tasks completed in a tick of a world.")
    worker_utilization: float = _metric("1", "Share of the workers who do something in a tick.")
    compute_utilization: float = _metric(
        "1", "Processor time of this process, by processor and second on the wall.", timed=True
    )
    communication_overhead: float = _metric("messages / decision", "Messages by worker decision.")
    success_rate: float = _metric("1", "Share of what was attempted that succeeded.")
    coherence: float = _metric(
        "1", "Share of what a level did that keeps to the order above.", by_level=True
    )
    churn_rate: float = _metric(
        "1 / worker / 1000 ticks", "Workers destroyed and spawned, by worker and 1000 ticks."
    )
    reward_rate: float = _metric("U / worker / tick", "U gained by worker and tick.")
    reward_trend: float = _metric(
        "U / worker / tick / 1000 ticks", "What the reward rate gains in 1000 ticks."
    )
    action_entropy: float = _metric(
        "1", "Entropy of what a level chose, over the greatest there can be.", by_level=True
    )

    def as_dict(self) -> dict[str, float]:
        """Return the metrics by name, in their order."""
        return asdict(self)

    def defined(self) -> dict[str, float]:
        """Return those that are defined, by name."""
        return {name: value for name, value in asdict(self).items() if value == value}

    @classmethod
    def of(cls, counts: Counts, level: str, trend: float = float("nan")) -> Metrics:
        """Return the metrics of some counts, of all worlds together.

        Parameters
        ----------
        counts : Counts
            What was counted.
        level : str
            Whose coherence and entropy.
        trend : float
            The reward trend: `Course.pooled_slope`.

        Raises
        ------
        ArgumentError
            When nothing was counted of the level.
        """
        values = by_world(counts.pooled(), level)
        return cls(**{name: float(one[0]) for name, one in values.items()}, reward_trend=trend)


METRICS = tuple(one.name for one in fields(Metrics))
"""Names of the metrics."""

UNITS = {one.name: str(one.metadata["unit"]) for one in fields(Metrics)}
"""Unit of each."""

ABOUT = {one.name: str(one.metadata["about"]) for one in fields(Metrics)}
"""What each is, in a sentence."""

TIMED = tuple(one.name for one in fields(Metrics) if "timed" in one.metadata)
"""Those that depend on how fast the machine is, and so differ between two equal episodes."""

BY_LEVEL = tuple(one.name for one in fields(Metrics) if "by_level" in one.metadata)
"""Those that each level has one of."""


def by_world(counts: Counts, level: str) -> dict[str, Array]:
    """Return the metrics of each world, float64[W] by name, but for the trend.

    Raises
    ------
    ArgumentError
        When nothing was counted of the level.
    """
    if f"chosen/{level}" not in counts.table:
        known = ", ".join(counts.choices)
        raise ArgumentError("level", f"one that was counted: {known}", level)
    unknown = np.full(counts.worlds, np.nan)

    def found(name: str) -> Array:
        return counts.table.get(name, unknown)

    ticks = found("ticks")
    worker_ticks = counts.workers * ticks
    kept, broken = found(f"kept/{level}"), found(f"broken/{level}")
    return {
        "throughput": share(found("tasks"), counts.seconds),
        "tasks_per_tick": share(found("tasks"), ticks),
        "worker_utilization": share(found("busy"), worker_ticks),
        "compute_utilization": share(counts.cpu_seconds, counts.processors * counts.seconds),
        "communication_overhead": share(found("messages"), found("decisions")),
        "success_rate": share(found("successes"), found("attempts")),
        "coherence": share(kept, kept + broken),
        "churn_rate": share(UNIT * (found("destroyed") + found("spawned")), worker_ticks),
        "reward_rate": share(found("value"), UNIT * worker_ticks),
        "action_entropy": entropy(found(f"chosen/{level}"), counts.choices[level]),
    }


def share(part: Array, whole: Array) -> Array:
    """Return a quotient, float64; NaN where the divisor is zero or either is not known."""
    out = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=out, where=whole != 0)
    return out


def entropy(chosen: Array, choices: tuple[int, ...]) -> Array:
    """Return the entropy of what was chosen over its greatest, mean over the parts, float64[W].

    Parameters
    ----------
    chosen : int64[W, sum(choices)]
        How often each value of each part was.
    choices : tuple of int
        Number of values of each part.

    Notes
    -----
    Of a part with n values, chosen with frequencies f: -sum(f ln f) / ln n, 0 when always the same
    was chosen and 1 when all were equally often. Parts of which nothing was chosen, or of which
    there is but one value, do not count.
    """
    sizes = np.array(choices)
    first = np.cumsum(sizes) - sizes
    total = np.add.reduceat(chosen, first, axis=1)
    frequency = share(chosen, total.repeat(sizes, axis=1))
    terms = frequency * np.log(np.where(frequency > 0, frequency, 1))
    counts = (total > 0) & (sizes > 1)
    sums = np.where(counts, np.add.reduceat(terms, first, axis=1), 0)
    parts = np.abs(sums) / np.log(np.maximum(sizes, 2))
    return share(parts.sum(axis=1), counts.sum(axis=1))
