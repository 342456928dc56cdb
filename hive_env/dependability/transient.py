"""Probabilities at a time, by uniformisation, with a bound of the error."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hive_env.dependability.results import Result

Floats = NDArray[np.float64]

TRUNCATION = 1e-16
"""Probability that all truncated series together may leave out."""

_ROUNDING = float(np.finfo(float).eps)
_LONGEST_STEP = 32.0
"""Expected jumps that one series of vectors covers."""


def survival(rates: Floats, exits: Floats, start: Floats, time: float) -> Result:
    """Return the probability of not being absorbed by a time.

    Parameters
    ----------
    rates : float64[n, n]
        Rates between transient states; the diagonal is not read.
    exits : float64[n]
        Rates to absorption.
    start : float64[n]
        Probabilities of the transient states at time 0.
    time : float
        Time, in the inverse of the rates' unit.

    Returns
    -------
    Result
        start . exp(Q time) . 1; its residual bounds what the truncated series leave out plus the
        roundings, absolute.

    Notes
    -----
    Jensen, *Markoff chains as an aid in the study of Markoff processes*, 1953: exp(Q t) is the sum
    over k of P**k weighted by the Poisson probability of k jumps in (rate t), P = I + Q / rate.
    Over a long time the series covers a fraction of it, and either the vector takes that step
    again and again or the matrix is squared, whichever is less work. All terms are positive, so
    roundings add up and never cancel.
    """
    count = len(exits)
    jumps = np.array(rates)
    np.fill_diagonal(jumps, 0.0)
    outs = jumps.sum(axis=1) + exits
    fastest = float(outs.max(initial=0.0))
    expected = fastest * time
    if expected == 0:
        return Result(float(start.sum()), "1", "nothing happens", 0.0)
    jumps /= fastest
    np.fill_diagonal(jumps, 1 - outs / fastest)
    halvings = max(0, math.ceil(math.log2(expected)))
    if 3 * expected <= (halvings + 24) * count:
        steps = max(1, math.ceil(expected / _LONGEST_STEP))
        weights, left_out = _poisson(expected / steps, TRUNCATION / steps)
        alive = np.ones(count)
        for _ in range(steps):
            alive = _series(jumps, weights, alive)
        rounded = steps * len(weights) * (count + 2)
        method = f"uniformisation, {steps} steps of {len(weights)} terms"
    else:
        steps = 2**halvings
        weights, left_out = _poisson(expected / steps, TRUNCATION / steps)
        over = _series(jumps, weights, np.eye(count))
        for _ in range(halvings):
            over = over @ over
        alive = over.sum(axis=1)
        rounded = steps * (len(weights) + 1) * (count + 2)
        method = f"uniformisation, {len(weights)} terms squared {halvings} times"
    bound = steps * left_out + rounded * _ROUNDING
    return Result(float(start @ alive), "1", method, bound)


def _poisson(mean: float, left_out: float) -> tuple[list[float], float]:
    """Return Poisson probabilities from 0 on, and a bound of the tail that they leave out."""
    weights = [math.exp(-mean)]
    while True:
        following = weights[-1] * mean / len(weights)
        shrinks = mean / (len(weights) + 1)
        if shrinks < 1 and following / (1 - shrinks) <= left_out:
            return weights, following / (1 - shrinks)
        weights.append(following)


def _series(jumps: Floats, weights: list[float], given: Floats) -> Floats:
    """Return the sum of the weighted powers of ``jumps``, applied to what is given."""
    total, term = weights[0] * given, given
    for weight in weights[1:]:
        term = jumps @ term
        total = total + weight * term
    return total
