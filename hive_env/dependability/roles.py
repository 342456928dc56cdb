"""One role of a team: its members, how they fail, how a standby takes over.

Notes
-----
**State.** The members of a role are alike, so the role's state is one integer: s > 0, the role is
filled and s members are up; s = 0, none is up; s < 0, -s members are up but the failover to them
failed, and the role is unfilled until a repaired member returns to it.

**Dormancy** d: a standby fails at d times the failure rate: 1 hot, 0 cold (Trivedi, 2002, example
8.24).

**Coverage** c acts on a failover: when the member that fills a role fails and standbys of that role
are up, one takes over with probability c; with 1 - c none does (Bouricius, Carter and Schneider,
*Reliability modeling techniques for self-repairing computer systems*, 1969; Trivedi, 2002, example
8.23). The failure of a standby needs no failover, and neither does the failure of a last member.
That is ``failed_failover="role"``. With ``"standby"`` a failover that fails costs the standby that
was to take over, not the role: it is down, and the next one tries, with the same probability. A
member that returns to an unfilled role then has to take over as well; with ``"role"`` it need not.

**Common cause** beta: of a member's failure rate, the share beta comes as one shock that fails all
members of the role at once, whatever they do; the rest is its own (Fleming, *A reliability model
for common mode failures in redundant safety systems*, 1975).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from hive_env.checks import need, need_integer
from hive_env.dependability.results import Number, number

MOST_MEMBERS = 64

ROLE, STANDBY = "role", "standby"
FAILED_FAILOVERS = (ROLE, STANDBY)
"""What a failed failover costs: the role until a member returns; or the standby alone."""


@dataclass(frozen=True)
class Role:
    """A role, filled by any one of its members.

    Parameters
    ----------
    members : int
        Members, from 1 to 64.
    failure_rate : Fraction or float
        Rate at which a member fails, 1/h: its own failures and its share of the shocks.
    repair_rate : Fraction or float
        Rate at which a member under repair returns, 1/h; 0: never.
    critical : bool
        Whether the team fails when the role is unfilled.
    dormancy : Fraction or float
        A standby's failure rate over that of the member that fills the role, 0 (cold) to 1 (hot).
    coverage : Fraction or float
        Probability that a failover succeeds.
    common_cause : Fraction or float
        Share of the failure rate that strikes all members of the role at once (beta).
    failed_failover : str
        What a failed failover costs, ``role`` or ``standby``.
    """

    members: int
    failure_rate: Number
    repair_rate: Number = Fraction(0)
    critical: bool = True
    dormancy: Number = Fraction(1)
    coverage: Number = Fraction(1)
    common_cause: Number = Fraction(0)
    failed_failover: str = ROLE

    def __post_init__(self) -> None:
        need_integer(self.members, "members", 1, MOST_MEMBERS)
        for name in ("failure_rate", "repair_rate"):
            object.__setattr__(self, name, number(getattr(self, name), name))
        for name in ("dormancy", "coverage", "common_cause"):
            object.__setattr__(self, name, number(getattr(self, name), name, 0, 1))
        known = self.failed_failover in FAILED_FAILOVERS
        expected = f"one of {', '.join(FAILED_FAILOVERS)}"
        need(known, "failed_failover", expected, self.failed_failover)

    @property
    def own_rate(self) -> Number:
        """Failure rate of a member without the shocks, 1/h."""
        return (1 - self.common_cause) * self.failure_rate

    @property
    def shock_rate(self) -> Number:
        """Rate of the shocks that fail all members, 1/h."""
        return self.common_cause * self.failure_rate

    def rates(self, state: int, repairing: Number) -> Iterator[tuple[int, Number]]:
        """Yield the states that may follow, and their rates, 1/h; a state may come twice.

        Parameters
        ----------
        state : int
            State of the role.
        repairing : Fraction or float
            Members under repair; a mean where a crew is shared.
        """
        up = abs(state)
        sign = 1 if state > 0 else -1
        standbys = up - 1 if state > 0 else up
        if up:
            yield 0, self.shock_rate
            yield sign * (up - 1), standbys * self.dormancy * self.own_rate
        if state > 0:
            for end, chance in self.after_failover(up - 1):
                yield end, self.own_rate * chance
        if up < self.members:
            returns = repairing * self.repair_rate
            yield up + 1, returns * self.coverage if self._must_take_over(state) else returns

    def after_failover(self, candidates: int) -> Iterator[tuple[int, Number]]:
        """Yield the states after a role has lost the member that filled it, with probabilities.

        Parameters
        ----------
        candidates : int
            Members up that may take over.
        """
        failing = 1 - self.coverage
        if self.failed_failover == ROLE or not candidates:
            yield candidates, self.coverage if candidates else Fraction(1)
            yield -candidates, failing if candidates else Fraction(0)
            return
        for failed in range(candidates):
            yield candidates - failed, failing**failed * self.coverage
        yield 0, failing**candidates

    def _must_take_over(self, state: int) -> bool:
        """Return whether a member that returns has to take over, and may fail to."""
        return state == 0 and self.failed_failover == STANDBY

    def after_tick(self, state: int, repairing: int, tick: float) -> dict[int, float]:
        """Return the states in which a tick of independent draws may end, with probabilities.

        Each member up draws its failure with p = 1 - exp(-rate tick), each member under repair its
        return with q likewise, the role its shock; all from the state at the tick's start. When
        the member that fills the role fails, a standby that is up at the end takes over with the
        probability of coverage; a member that returns fills an unfilled role without a failover,
        but for ``failed_failover="standby"``.

        Parameters
        ----------
        state : int
            State of the role at the tick's start.
        repairing : int
            Members under repair.
        tick : float
            Length of a tick, h.
        """
        up = abs(state)
        standbys = up - 1 if state > 0 else up
        shock = _chance(self.shock_rate, tick)
        returning = _binomial(repairing, _chance(self.repair_rate, tick))
        staying = _binomial(standbys, 1 - _chance(self.dormancy * self.own_rate, tick))
        own = _chance(self.own_rate, tick) if state > 0 else 1.0
        ends: dict[int, float] = {}

        def add(end: int, chance: float) -> None:
            if chance:
                ends[end] = ends.get(end, 0.0) + chance

        for back, returned in enumerate(returning):
            for end, taken in self._without_filler(0, 0, back):
                add(end, returned * shock * float(taken))
            for left, stayed in enumerate(staying):
                chance = returned * stayed * (1 - shock)
                if state > 0:
                    add(1 + left + back, chance * (1 - own))
                for end, taken in self._without_filler(state, left, back):
                    add(end, chance * own * float(taken))
        return ends

    def _without_filler(self, state: int, left: int, back: int) -> Iterator[tuple[int, Number]]:
        """Yield the states in which a tick may end whose role has nobody that has filled it."""
        if self.failed_failover == STANDBY:
            yield from self.after_failover(left + back)
        elif back:
            yield left + back, Fraction(1)
        elif state > 0:
            yield from self.after_failover(left)
        else:
            yield -left, Fraction(1)


def _chance(rate: Number, tick: float) -> float:
    """Return the probability of an event at a rate within a tick."""
    return -math.expm1(-float(rate) * tick)


def _binomial(count: int, chance: float) -> list[float]:
    """Return the probabilities of 0 to ``count`` successes."""
    return [
        math.comb(count, hits) * chance**hits * (1 - chance) ** (count - hits)
        for hits in range(count + 1)
    ]
