"""Lumping: a smaller chain of classes of states, and whether it is one.

Notes
-----
Kemeny and Snell, *Finite Markov Chains*, 1960, theorem 6.3.2: the classes form a Markov chain from
any start (strong lumpability) if and only if, for each pair of classes, the summed rate from a
state of the one into the other is the same for all its states.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from fractions import Fraction

from hive_env.checks import need
from hive_env.dependability.chain import Chain, State
from hive_env.dependability.results import Number

Key = Callable[[State], Hashable]

TOLERANCE = 1e-12
"""Relative difference of float rates that counts as rounding."""


def lumping_defect(chain: Chain, key: Key) -> float:
    """Return how far classes are from forming a chain.

    Parameters
    ----------
    chain : Chain
        A chain.
    key : callable
        A state's class.

    Returns
    -------
    float
        Largest difference between the rates of two states of one class into another class,
        relative to the larger; infinite where a class holds failed states and others. 0 is exact.
    """
    keys = [key(state) for state in chain.states]
    first: dict[Hashable, tuple[bool, dict[Hashable, Number]]] = {}
    worst = 0.0
    for place, own in enumerate(keys):
        rates = _class_rates(chain, keys, place)
        failed, expected = first.setdefault(own, (chain.failed[place], rates))
        if failed != chain.failed[place]:
            return float("inf")
        for other in rates.keys() | expected.keys():
            low, high = sorted((rates.get(other, Fraction(0)), expected.get(other, Fraction(0))))
            if low != high:
                worst = max(worst, float((high - low) / high))
    return worst


def lump(chain: Chain, key: Key, tolerance: float = TOLERANCE) -> Chain:
    """Return the chain of the classes.

    Parameters
    ----------
    chain : Chain
        A chain.
    key : callable
        A state's class, which becomes the state of the result.
    tolerance : float
        Largest `lumping_defect` that counts as none.

    Raises
    ------
    ConfigError
        The classes form no chain.
    """
    defect = lumping_defect(chain, key)
    need(
        defect <= tolerance,
        "key",
        "classes whose states have equal rates into every other class",
        f"rates that differ by {defect:.3g} of themselves",
        "Tell more states apart.",
    )
    keys = [key(state) for state in chain.states]
    places: dict[Hashable, int] = {}
    for own in keys:
        places.setdefault(own, len(places))
    rows: dict[int, dict[int, Number]] = {}
    failed: dict[int, bool] = {}
    start: dict[int, Number] = {}
    for place, own in enumerate(keys):
        here = places[own]
        if here not in rows:
            rates = _class_rates(chain, keys, place)
            rows[here] = {places[other]: rate for other, rate in rates.items()}
            failed[here] = chain.failed[place]
        if place in chain.start:
            start[here] = start.get(here, 0) + chain.start[place]
    order = range(len(places))
    return Chain(
        tuple(places), tuple(rows[i] for i in order), tuple(failed[i] for i in order), start
    )


def _class_rates(chain: Chain, keys: list[Hashable], place: int) -> dict[Hashable, Number]:
    """Return a state's summed rates into the classes other than its own."""
    rates: dict[Hashable, Number] = {}
    for to, rate in chain.rows[place].items():
        if keys[to] != keys[place]:
            rates[keys[to]] = rates.get(keys[to], 0) + rate
    return rates
