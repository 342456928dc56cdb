"""Intervals for means and paired differences: Student's t, and the bootstrap."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike

from hive_env.errors import ArgumentError

CONFIDENCE = 0.95
"""Of intervals, two-sided."""

RESAMPLES = 10_000
"""Of a bootstrap."""


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, and how far down and up it may lie.

    Parameters
    ----------
    mean : float
        Mean over the seeds.
    sd : float
        Standard deviation over the seeds, with n - 1.
    t_lower, t_upper : float
        Ends of the two-sided 95 % interval by Student's t.
    bootstrap_lower, bootstrap_upper : float
        Ends of the 95 % percentile interval over resampled seeds.
    """

    mean: float
    sd: float
    t_lower: float
    t_upper: float
    bootstrap_lower: float
    bootstrap_upper: float

    @property
    def lower(self) -> float:
        """The lower of the two lower ends."""
        return min(self.t_lower, self.bootstrap_lower)

    @property
    def upper(self) -> float:
        """The higher of the two upper ends."""
        return max(self.t_upper, self.bootstrap_upper)

    @property
    def positive(self) -> bool:
        """Whether both lower ends are above zero."""
        return self.lower > 0

    def over(self, scale: float) -> Interval:
        """Return the interval in units of a positive number."""
        return Interval(*(number / scale for number in astuple(self)))


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


def interval(sample: ArrayLike) -> Interval:
    """Return the mean of a sample with its 95 % bounds.

    Parameters
    ----------
    sample : float[n]
        One number a seed, n at least 2.

    Raises
    ------
    ArgumentError
        When there are fewer than two.
    """
    given = np.asarray(sample, np.float64)
    if given.ndim != 1 or len(given) < 2:
        raise ArgumentError("sample", "two or more numbers", f"shape {given.shape}")
    count = len(given)
    mean, sd = float(given.mean()), float(given.std(ddof=1))
    reach = t_quantile(count - 1) * sd / math.sqrt(count)
    drawn = np.random.default_rng(0).integers(count, size=(RESAMPLES, count))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(given[drawn].mean(axis=1), (tail, 1 - tail))
    return Interval(mean, sd, mean - reach, mean + reach, float(low), float(high))


def paired_difference(upper: ArrayLike, lower: ArrayLike) -> Interval:
    """Return the difference ``upper - lower`` over pairs, with its 95 % bounds.

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
    return interval(one - other)
