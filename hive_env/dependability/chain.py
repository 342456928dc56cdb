"""Markov chains in continuous time, with some states called failed."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hive_env.checks import need
from hive_env.dependability import elimination
from hive_env.dependability.reach import closed_set, reached, reaching
from hive_env.dependability.results import Number, Result, number
from hive_env.dependability.transient import survival

State: TypeAlias = Hashable
Floats = NDArray[np.float64]

EXPLORED_STATES = 30_000
"""Most states that a chain may have."""

FLOAT_STATES = 8_192
"""Most states of a float solve, which is dense."""

EXACT_STATES = 256
"""Most states of a rational solve."""

EXACT_UNASKED = 64
"""Most states of a rational solve that was not asked for: it takes well under a second."""

_TINY = 5e-324

_LUMP = "Lump the chain: give roles equal rates, use Team.chain() as it is, or lump(chain, key)."


@dataclass(frozen=True, eq=False)
class Chain:
    """A Markov chain in continuous time.

    Parameters
    ----------
    states : tuple
        Its n states, any hashable values.
    rows : tuple of dict
        For each state the rates, 1/h, to others, by their places in ``states``; none to itself.
    failed : tuple of bool
        Which states are failures.
    start : dict
        Probabilities at time 0 (alpha), by place; the others' are 0.
    """

    states: tuple[State, ...]
    rows: tuple[dict[int, Number], ...]
    failed: tuple[bool, ...]
    start: dict[int, Number]

    @classmethod
    def of(
        cls, rates: Mapping[tuple[State, State], Number], failed: Collection[State], start: State
    ) -> Chain:
        """Return the chain of the states that the start can reach.

        Parameters
        ----------
        rates : mapping
            (from, to) to rate, 1/h.
        failed : collection of states
            The failures.
        start : state
            Where it is at time 0.

        Raises
        ------
        ConfigError
            A rate is negative, not finite, or leads from a state to itself; ``start`` or a failed
            state has no rate.
        """
        targets: dict[State, list[tuple[State, Number]]] = {}
        for (here, there), rate in rates.items():
            need(here != there, f"rates[{here!r}, {there!r}]", "two different states", here)
            targets.setdefault(there, [])
            targets.setdefault(here, []).append(
                (there, number(rate, f"rates[{here!r}, {there!r}]"))
            )
        need(start in targets, "start", "a state that some rate names", start)
        for state in failed:
            need(state in targets, "failed", "states that some rate names", state)
        return cls.explore(start, lambda state: targets[state], lambda state: state in failed)

    @classmethod
    def explore(
        cls,
        start: State,
        transitions: Callable[[State], Iterable[tuple[State, Number]]],
        failed: Callable[[State], bool],
        absorbing: bool = False,
    ) -> Chain:
        """Return the chain of the states that transitions reach, in breadth-first order.

        Parameters
        ----------
        start : state
            Where it is at time 0.
        transitions : callable
            State to pairs of state and rate, 1/h; pairs of one state add up, rates of 0 and
            transitions to the state itself are dropped.
        failed : callable
            Whether a state is a failure.
        absorbing : bool
            Whether a failure is for good: failed states then lead nowhere.

        Raises
        ------
        ConfigError
            There are more than ``EXPLORED_STATES`` states.
        """
        places: dict[State, int] = {start: 0}
        states, rows, failures = [start], [], []
        for state in states:
            row: dict[int, Number] = {}
            failures.append(failed(state))
            for target, rate in () if absorbing and failures[-1] else transitions(state):
                if rate == 0 or target == state:
                    continue
                if target not in places:
                    places[target] = len(states)
                    states.append(target)
                place = places[target]
                row[place] = row[place] + rate if place in row else rate
            rows.append(row)
            _need_states(len(states), EXPLORED_STATES)
        return cls(tuple(states), tuple(rows), tuple(failures), {0: Fraction(1)})

    @property
    def rational(self) -> bool:
        """Whether every rate is a `Fraction`."""
        return all(isinstance(rate, Fraction) for row in self.rows for rate in row.values())

    @property
    def up(self) -> tuple[int, ...]:
        """Places of the states that are no failures."""
        return tuple(place for place, failed in enumerate(self.failed) if not failed)

    def generator(self) -> Floats:
        """Return the generator Q, float64[n, n], 1/h: rows sum to 0."""
        _need_states(len(self.states), FLOAT_STATES)
        rates = _dense(self.rows, range(len(self.states)))
        np.fill_diagonal(rates, -rates.sum(axis=1))
        return rates

    def times_to_failure(self, exact: bool | None = None) -> dict[State, Number]:
        """Return the mean time to the first failure from each state that is none, h.

        These are the entries of -Q_T**-1 1, where Q_T is Q among those states. Infinite where it
        is possible that no failure ever comes.
        """
        times, _ = self._times(self._exactly(exact, len(self.up)))
        return {self.states[place]: times.get(place, math.inf) for place in self.up}

    def mttf(self, exact: bool | None = None) -> Result:
        """Return the mean time to the first failure from the start, h.

        Parameters
        ----------
        exact : bool, optional
            Whether to solve in rationals; a float rate then counts at its exact binary value. By
            default, if all rates are rational and there are at most ``EXACT_UNASKED`` states.

        Returns
        -------
        Result
            -alpha' Q_T**-1 1 with alpha = ``start``: Kemeny and Snell, *Finite Markov Chains*,
            1960, theorem 3.3.5, in continuous time. Infinite if a failure may never come.

        Raises
        ------
        ConfigError
            There are more states than a solve takes.
        """
        exact = self._exactly(exact, len(self.up))
        times, residual = self._times(exact)
        total: Number = Fraction(0) if exact else 0.0
        for place, weight in self.start.items():
            if not self.failed[place]:
                if place not in times:
                    return Result(math.inf, "h", "a failure may never come", 0.0)
                total += weight * times[place]
        return Result(total, "h", _method("mean times", exact, len(self.up)), residual)

    def reliability(self, time: float) -> Result:
        """Return R(t), the probability that no failure has come by a time.

        Parameters
        ----------
        time : float
            Time t, h.

        Returns
        -------
        Result
            alpha' exp(Q_T t) 1 by uniformisation; its residual bounds its absolute error.
        """
        hours = float(number(time, "time"))
        up = self.up
        _need_states(len(up), FLOAT_STATES)
        places = {place: index for index, place in enumerate(up)}
        start = np.zeros(len(up))
        for place, weight in self.start.items():
            if place in places:
                start[places[place]] = float(weight)
        found = survival(_dense(self.rows, up), self._exits(up), start, hours)
        return Result(min(1.0, float(found)), found.unit, found.method, found.residual)

    def availability(self, exact: bool | None = None) -> Result:
        """Return the share of a long time in which the chain is not failed."""
        shares, method, residual = self._shares(exact)
        return Result(self._up_share(shares), "1", method, residual)

    def failure_frequency(self, exact: bool | None = None) -> Result:
        """Return how often the chain fails in the long run, 1/h."""
        shares, method, residual = self._shares(exact)
        return Result(self._crossings(shares), "1/h", method, residual)

    def mean_up_time(self, exact: bool | None = None) -> Result:
        """Return the mean time from a repair to the next failure in the long run, h.

        It differs from the MTTF, which begins at ``start``. Availability over frequency: Trivedi,
        *Probability and Statistics with Reliability, Queuing, and Computer Science Applications*,
        2nd ed. 2002, section 8.2.
        """
        shares, method, residual = self._shares(exact)
        return Result(_over(self._up_share(shares), self._crossings(shares)), "h", method, residual)

    def mean_down_time(self, exact: bool | None = None) -> Result:
        """Return the mean time from a failure to the end of it in the long run, h."""
        shares, method, residual = self._shares(exact)
        down = sum((share for place, share in shares.items() if self.failed[place]), Fraction(0))
        return Result(_over(down, self._crossings(shares)), "h", method, residual)

    def _exactly(self, exact: bool | None, count: int) -> bool:
        """Return whether to solve in rationals; refuse what has too many states."""
        if exact is None:
            exact = count <= EXACT_UNASKED and self.rational
        _need_states(count, EXACT_STATES if exact else FLOAT_STATES)
        return exact

    def _exits(self, places: Iterable[int]) -> Floats:
        """Return the rates from places into failed states."""
        return np.array(
            [
                math.fsum(float(rate) for to, rate in self.rows[place].items() if self.failed[to])
                for place in places
            ]
        )

    def _times(self, exact: bool) -> tuple[dict[int, Number], float]:
        """Return the mean times to failure where they are finite, and their residual."""
        doomed = self._doomed()
        if exact:
            among = _rational_rows(self.rows, doomed)
            exits = [
                sum((Fraction(r) for to, r in self.rows[p].items() if self.failed[to]), Fraction(0))
                for p in doomed
            ]
            return dict(zip(doomed, elimination.exact_mean_times(among, exits), strict=True)), 0.0
        rates, leaks = _dense(self.rows, doomed), self._exits(doomed)
        times: dict[int, Number] = dict(
            zip(doomed, elimination.mean_times(rates, leaks).tolist(), strict=True)
        )
        worst = 0.0
        for place in doomed:
            row = self.rows[place]
            spent = 1 + math.fsum(rate * times[to] for to, rate in row.items() if to in times)
            owed = math.fsum(row.values()) * times[place]
            worst = max(worst, abs(owed - spent) / owed)
        return times, worst

    def _doomed(self) -> list[int]:
        """Return the places of the states, not failed, whose failure is certain to come."""
        failures = {place for place, failed in enumerate(self.failed) if failed}
        harmless = set(range(len(self.states))) - reaching(self.rows, failures)
        spared = reaching(self.rows, harmless, through=self.up)
        return [place for place in self.up if place not in spared]

    def _recurrent(self) -> list[int]:
        """Return the places in which the chain ends up for good; refuse a choice of several."""
        found = closed_set(self.rows, next(iter(self.start)))
        need(
            reached(self.rows, self.start) <= reaching(self.rows, found),
            "chain",
            "one set of states to end up in",
            "several, and chance decides between them",
            "Ask for the MTTF or R(t), or let repairs connect the states.",
        )
        return sorted(found)

    def _shares(self, exact: bool | None) -> tuple[dict[int, Number], str, float]:
        """Return the stationary probabilities by place, how found, and their residual."""
        hopeless = set(range(len(self.states))) - reaching(self.rows, self.up)
        if hopeless and reached(self.rows, self.start) <= reaching(self.rows, hopeless):
            # Any one of the states from which it never comes up stands for all.
            return {min(hopeless): Fraction(1)}, "it fails for good in the end", 0.0
        places = self._recurrent()
        exact = self._exactly(exact, len(places))
        method = _method("stationary probabilities", exact, len(places))
        if exact:
            found = elimination.exact_stationary(_rational_rows(self.rows, places))
            return dict(zip(places, found, strict=True)), method, 0.0
        rates = _dense(self.rows, places)
        shares: dict[int, Number] = dict(
            zip(places, elimination.stationary(rates).tolist(), strict=True)
        )
        entering = dict.fromkeys(places, 0.0)
        for place, share in shares.items():
            for to, rate in self.rows[place].items():
                entering[to] += float(share * rate)
        worst = 0.0
        for place, flow in entering.items():
            leaving = float(shares[place]) * math.fsum(self.rows[place].values())
            worst = max(worst, abs(leaving - flow) / max(leaving, flow, _TINY))
        return shares, method, worst

    def _up_share(self, shares: dict[int, Number]) -> Number:
        """Return the probability of the states that are no failures."""
        return sum((s for place, s in shares.items() if not self.failed[place]), Fraction(0))

    def _crossings(self, shares: dict[int, Number]) -> Number:
        """Return the rate of steps from states that are no failures into failures."""
        total: Number = Fraction(0)
        for place, share in shares.items():
            if not self.failed[place]:
                for to, rate in self.rows[place].items():
                    if self.failed[to]:
                        total += share * rate
        return total


def _need_states(count: int, limit: int) -> None:
    """Refuse a chain that is too large."""
    need(count <= limit, "states", f"at most {limit:,}", f"{count:,}", _LUMP)


def _dense(rows: tuple[dict[int, Number], ...], places: Iterable[int]) -> Floats:
    """Return the rates among places as a matrix."""
    order = {place: index for index, place in enumerate(places)}
    rates = np.zeros((len(order), len(order)))
    for place, index in order.items():
        for to, rate in rows[place].items():
            if to in order:
                rates[index, order[to]] = float(rate)
    return rates


def _rational_rows(
    rows: tuple[dict[int, Number], ...], places: Iterable[int]
) -> list[dict[int, Fraction]]:
    """Return the rates among places as rationals, by index."""
    order = {place: index for index, place in enumerate(places)}
    return [
        {order[to]: Fraction(rate) for to, rate in rows[place].items() if to in order}
        for place in order
    ]


def _method(what: str, exact: bool, count: int) -> str:
    """Return how a value was found."""
    return f"{what} by {'rational' if exact else 'float'} state reduction, {count} states"


def _over(share: Number, frequency: Number) -> Number:
    """Return a share of time per event; infinite where there are no events."""
    if frequency == 0:
        return math.inf if share else 0.0
    return share / frequency
