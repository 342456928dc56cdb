"""What an experiment with failures can show, and fault counts that follow from rates."""

from __future__ import annotations

import math

from hive_env.checks import need_integer
from hive_env.dependability.results import ROUNDED, Result, number, positive


def least_mttf(hours: float, confidence: float = 0.95) -> Result:
    """Return the MTTF that a time without any failure shows to be reached, h.

    Parameters
    ----------
    hours : float
        Time watched, h, in which no failure came.
    confidence : float
        Confidence, above 0 and below 1.

    Notes
    -----
    The lower bound T / -ln(1 - confidence) of an exponential mean from no failures in T, the "rule
    of three": Meeker and Escobar, *Statistical Methods for Reliability Data*, 1998, section 7.7.
    """
    watched = float(positive(hours, "hours", "h"))
    sure = float(number(confidence, "confidence", 5e-324, 1 - 2**-53))
    return Result(watched / -math.log1p(-sure), "h", "no failure, exponential", ROUNDED)


def failures_needed(relative_error: float, z: float = 1.96) -> Result:
    """Return how many failures must be seen to know an MTTF within a relative error.

    Parameters
    ----------
    relative_error : float
        Half-width of the interval over the MTTF, above 0.
    z : float
        Quantile of the normal law; 1.96 for 95 %.

    Notes
    -----
    The mean of r exponential times has the relative standard deviation 1 / sqrt(r).
    """
    width = float(positive(relative_error, "relative_error"))
    quantile = float(positive(z, "z"))
    return Result((quantile / width) ** 2, "1", "(z / relative error)**2", ROUNDED)


def faults_per_day(members: int, mean_hours: float) -> Result:
    """Return the faults that a day brings.

    Parameters
    ----------
    members : int
        Members, each with faults of its own.
    mean_hours : float
        Mean time between the faults of one member, h.
    """
    need_integer(members, "members", 1, 1 << 31)
    return Result(
        members * 24 / float(positive(mean_hours, "mean_hours", "h")), "1", "24 n / h", ROUNDED
    )


def patterns_missed(roles: int, critical: int) -> tuple[int, int]:
    """Return how often D = max(0, critical - filled roles) calls a stopped team sound.

    D counts filled roles whether critical or not. Of the 2**roles patterns of filled and unfilled
    roles it is zero in some that leave a critical role unfilled.

    Parameters
    ----------
    roles, critical : int
        All roles, and how many of them are critical.

    Returns
    -------
    tuple of int
        Patterns with an unfilled critical role in which D = 0, and all with one.
    """
    need_integer(roles, "roles", 1, 24)
    need_integer(critical, "critical", 1, roles)
    others = roles - critical
    missed = sum(
        math.comb(critical, filled) * math.comb(others, more)
        for filled in range(critical)
        for more in range(others + 1)
        if filled + more >= critical
    )
    return missed, 2**roles - 2**others
