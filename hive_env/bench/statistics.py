"""Intervals for paired differences: Student's t, and the bootstrap."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hive_env.errors import ArgumentError

CONFIDENCE = 0.95
RESAMPLES = 10_000


@dataclass(frozen=True)
class Difference:
    """A paired difference and how far down it may lie.

    Parameters
    ----------
    mean : float
        Mean over the pairs.
    sd : float
        Standard deviation over the pairs, with n - 1.
    t_lower : float
        Lower end of the two-sided 95 % interval by Student's t.
    bootstrap_lower : float
        Lower end of the 95 % percentile interval over resampled pairs.
    """

    mean: float
    sd: float
    t_lower: float
    bootstrap_lower: float

    @property
    def positive(self) -> bool:
        """Whether both lower ends are above zero."""
        return self.t_lower > 0 and self.bootstrap_lower > 0


def t_within(t: float, freedom: int) -> float:
    """Return the probability that Student's t lies between -t and t.

    Parameters
    ----------
    t : float
        Not negative.
    freedom : int
        Degrees of freedom, at least 1.

    Notes
    -----
    The finite series of Abramowitz and Stegun, 26.7.3 and 26.7.4.
    """
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2 == 1
    term = cosine if odd else 1.0
    total = 0.0
    for power in range(1 if odd else 0, freedom - 1, 2):
        total += term
        term *= cosine * cosine * (power + 1) / (power + 2)
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def t_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Return the t that holds the confidence between -t and t, by bisection."""
    low, high = 0.0, 1.0
    while t_within(high, freedom) < confidence:
        high *= 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_within(middle, freedom) < confidence else (low, middle)
    return high


def paired_difference(upper: ArrayLike, lower: ArrayLike) -> Difference:
    """Return the difference ``upper - lower`` over pairs, with its lower 95 % bounds.

    Parameters
    ----------
    upper, lower : float[n]
        Results of two policies on the same n seeds, n at least 2.

    Raises
    ------
    ArgumentError
        When the two do not pair, or there are fewer than two pairs.
    """
    one, other = np.asarray(upper, np.float64), np.asarray(lower, np.float64)
    if one.ndim != 1 or one.shape != other.shape or len(one) < 2:
        raise ArgumentError(
            "upper, lower", "two or more pairs", f"shapes {one.shape} and {other.shape}"
        )
    apart = one - other
    count = len(apart)
    mean, sd = float(apart.mean()), float(apart.std(ddof=1))
    drawn = np.random.default_rng(0).integers(count, size=(RESAMPLES, count))
    tail = (1 - CONFIDENCE) / 2
    return Difference(
        mean,
        sd,
        mean - t_quantile(count - 1) * sd / math.sqrt(count),
        float(np.quantile(apart[drawn].mean(axis=1), tail)),
    )
