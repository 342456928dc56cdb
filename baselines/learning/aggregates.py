"""Aggregates over runs and tasks, with stratified bootstrap intervals.

Those of Agarwal et al., *Deep reinforcement learning at the edge of the statistical precipice*
(2021), which its package rliable computes too. Scores are ``float64[runs, tasks]``: one number a
training run and task, on a scale on which tasks can be averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

CONFIDENCE = 0.95
RESAMPLES = 2_000
DAGGER = "†"
"""Mark of what rests on fewer than `FEW` runs."""

FEW = 5
"""Runs below which an interval says little: reports mark them."""


@dataclass(frozen=True)
class Estimate:
    """An aggregate, and the ends of its 95 % interval."""

    value: float
    lower: float
    upper: float
    runs: int

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than five runs."""
        return self.runs < FEW


def interquartile_mean(scores: Scores) -> float:
    """Return the mean of all scores but the lowest and the highest quarter, rounded down."""
    ordered = np.sort(scores, axis=None)
    count = len(ordered)
    cut = int(0.25 * count)
    return float(ordered[cut : count - cut].mean())


def optimality_gap(scores: Scores, good: float = 1.0) -> float:
    """Return by how much scores fall short of a good one on average; those above it by nothing."""
    return float(good - np.minimum(scores, good).mean())


def probability_of_improvement(one: Scores, other: Scores) -> float:
    """Return how likely a run of the first beats one of the second in a task, ties half.

    The Mann-Whitney statistic of each task, averaged over tasks.
    """
    above = (one[:, None] > other[None]).mean(axis=(0, 1))
    equal = (one[:, None] == other[None]).mean(axis=(0, 1))
    return float((above + equal / 2).mean())


def performance_profile(scores: Scores, levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each level the share of runs whose score is above it."""
    return np.asarray((scores[..., None] > levels).mean(axis=(0, 1)))


def estimate(
    aggregate: Callable[..., float], *scores: Scores, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """Return an aggregate with the percentile interval of the stratified bootstrap.

    Runs are drawn anew, with replacement, within each task by itself.

    Parameters
    ----------
    aggregate : callable
        From as many tables of scores as are given to a number.
    *scores : float64[runs, tasks]
        The tables; they are drawn independently of each other.
    """
    generator = np.random.default_rng(seed)
    drawn = np.empty(resamples)
    for index in range(resamples):
        anew = []
        for table in scores:
            rows = generator.integers(len(table), size=table.shape)
            anew.append(np.take_along_axis(table, rows, axis=0))
        drawn[index] = aggregate(*anew)
    tail = (1 - CONFIDENCE) / 2
    lower, upper = np.quantile(drawn, (tail, 1 - tail))
    return Estimate(
        aggregate(*scores), float(lower), float(upper), min(len(table) for table in scores)
    )
