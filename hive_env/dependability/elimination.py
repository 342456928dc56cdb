"""State reduction: mean times and stationary probabilities without a single subtraction.

A state is eliminated by sending what enters it on to where it leads. Every number stays positive,
so each result is accurate to a few roundings however stiff the chain, where an LU solve of the
generator loses as many digits as the MTTF is longer than a repair.

Notes
-----
Grassmann, Taksar and Heyman, *Regenerative analysis and steady state distributions for Markov
chains*, Operations Research 33 (1985); O'Cinneide, *Entrywise perturbation theory and error
analysis for Markov chains*, Numerische Mathematik 65 (1993), for the accuracy. Mean times follow
by the same reduction of (rates out) x = 1 + rates x.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Row = dict[int, Fraction]


def mean_times(rates: Floats, exits: Floats) -> Floats:
    """Return the mean time to absorption from each of n transient states.

    Parameters
    ----------
    rates : float64[n, n]
        Rates between transient states; the diagonal is not read. Overwritten.
    exits : float64[n]
        Rates to absorption; every state must be able to reach it. Overwritten.

    Returns
    -------
    float64[n]
        Mean times, in the inverse of the rates' unit.
    """
    count = len(exits)
    gains, outs = np.ones(count), np.zeros(count)
    for k in range(count - 1, -1, -1):
        targets = np.flatnonzero(rates[k, :k])
        outs[k] = exits[k] + rates[k, targets].sum()
        sources = np.flatnonzero(rates[:k, k])
        shares = rates[sources, k] / outs[k]
        rates[np.ix_(sources, targets)] += np.outer(shares, rates[k, targets])
        exits[sources] += shares * exits[k]
        gains[sources] += shares * gains[k]
    times = np.zeros(count)
    for k in range(count):
        times[k] = (gains[k] + rates[k, :k] @ times[:k]) / outs[k]
    return times


def stationary(rates: Floats) -> Floats:
    """Return the stationary probabilities of n states that all lead to one another.

    Parameters
    ----------
    rates : float64[n, n]
        Rates between the states; the diagonal is not read. Overwritten.

    Returns
    -------
    float64[n]
        Probabilities, of sum 1.
    """
    count = len(rates)
    for k in range(count - 1, 0, -1):
        targets = np.flatnonzero(rates[k, :k])
        sources = np.flatnonzero(rates[:k, k])
        rates[sources, k] /= rates[k, targets].sum()
        rates[np.ix_(sources, targets)] += np.outer(rates[sources, k], rates[k, targets])
    weights = np.ones(count)
    for k in range(1, count):
        weights[k] = weights[:k] @ rates[:k, k]
    return weights / weights.sum()


def exact_mean_times(rates: Sequence[Row], exits: Sequence[Fraction]) -> list[Fraction]:
    """Return the mean times of `mean_times`, as rationals; the arguments are kept."""
    rows, leaks = [dict(row) for row in rates], list(exits)
    gains, outs = [Fraction(1)] * len(rows), [Fraction(0)] * len(rows)
    for k in range(len(rows) - 1, -1, -1):
        outs[k] = leaks[k] + sum(rows[k].values())
        for i in range(k):
            if k in rows[i]:
                share = rows[i].pop(k) / outs[k]
                leaks[i] += share * leaks[k]
                gains[i] += share * gains[k]
                _pass_on(rows[i], i, share, rows[k])
    times: list[Fraction] = []
    for k, row in enumerate(rows):
        times.append((gains[k] + sum(rate * times[j] for j, rate in row.items())) / outs[k])
    return times


def exact_stationary(rates: Sequence[Row]) -> list[Fraction]:
    """Return the probabilities of `stationary`, as rationals; the argument is kept."""
    rows = [dict(row) for row in rates]
    entering: list[Row] = [{} for _ in rows]
    for k in range(len(rows) - 1, 0, -1):
        out = sum(rows[k].values())
        for i in range(k):
            if k in rows[i]:
                entering[k][i] = share = rows[i].pop(k) / out
                _pass_on(rows[i], i, share, rows[k])
    weights = [Fraction(1)]
    for entries in entering[1:]:
        weights.append(sum((weights[i] * share for i, share in entries.items()), Fraction(0)))
    total = sum(weights)
    return [weight / total for weight in weights]


def _pass_on(row: Row, own: int, share: Fraction, through: Row) -> None:
    """Add to a state's rates what an eliminated state passes on of its share."""
    for j, rate in through.items():
        if j != own:
            row[j] = row.get(j, Fraction(0)) + share * rate
