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

_BLOCK = 64
"""States eliminated between two matrix products; any number gives the same result."""


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
    carried = np.stack([exits, np.ones(len(exits))], axis=1)
    outs = _eliminate(rates, carried)
    times = np.zeros(len(exits))
    for k, out in enumerate(outs):
        times[k] = (carried[k, 1] + rates[k, :k] @ times[:k]) / out
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
    _eliminate(rates, np.zeros((len(rates), 1)))
    weights = np.ones(len(rates))
    for k in range(1, len(rates)):
        weights[k] = weights[:k] @ rates[:k, k]
    weights /= weights.sum()
    return weights


def _eliminate(rates: Floats, carried: Floats) -> Floats:
    """Eliminate the states from the last on, a block at a time; return what leaves each.

    Parameters
    ----------
    rates : float64[n, n]
        Rates. Left behind: in row k, before the diagonal, the rates of state k once all later
        ones are eliminated; in column k, above it, the shares of state k in what leaves the others
        by way of it, rate over the rate at which k is left.
    carried : float64[n, c]
        What goes along with the rates; column 0 counts as a rate out of the states.

    Returns
    -------
    float64[n]
        Rate at which state k is left for earlier ones, or for good.
    """
    outs = np.zeros(len(rates))
    for top in range(len(rates), 0, -_BLOCK):
        low = max(0, top - _BLOCK)
        for k in range(top - 1, low - 1, -1):
            outs[k] = carried[k, 0] + rates[k, :k].sum()
            rates[:k, k] /= outs[k]
            shares = rates[low:k, k, None]
            rates[low:k, :k] += shares * rates[k, :k]
            carried[low:k] += shares * carried[k]
            rates[:low, low:k] += rates[:low, k, None] * rates[k, low:k]
        rates[:low, :low] += rates[:low, low:top] @ rates[low:top, :low]
        carried[:low] += rates[:low, low:top] @ carried[low:top]
    return outs


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
