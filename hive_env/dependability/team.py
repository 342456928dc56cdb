"""A team: roles in series, each held by members in parallel, with repair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from hive_env.checks import need, need_integer
from hive_env.dependability import members as by_member
from hive_env.dependability.chain import Chain
from hive_env.dependability.repair import CREW_PER_TEAM, PRIORITIES, REPAIRS, allocations
from hive_env.dependability.results import Number, Result
from hive_env.dependability.roles import ROLE, Role
from hive_env.dependability.rotation import (
    ELIGIBILITIES,
    PAIRS,
    RING,
    all_filled,
    by_sorting,
    by_symmetry,
    homes_of,
    symmetries,
)

MOST_ROLES = 64

DETAILS = ("lumped", "roles", "members")
"""States of a team's chain: alike ones are one; a count for each role; each member by itself."""

TeamState = tuple[int, ...]


@dataclass(frozen=True)
class Team:
    """A team fails when a critical role is unfilled.

    A value for each role may be given as one for all, or as a sequence with one for each. Rates
    are per hour. Integers and `Fraction` are kept exact, and so are results of them.

    Parameters
    ----------
    roles : int
        Roles n, from 1 to 64.
    members : int or sequence of int
        Members m of each role, from 1 to 64.
    failure_rate : Fraction or float, or sequence
        Rate at which a member fails, 1/h.
    repair_rate : Fraction or float, or sequence
        Rate at which a member under repair returns, 1/h; 0: never.
    repair : str
        ``parallel``: every failed member is under repair; ``crew per role``, ``crew per team``:
        one at a time of each role, of the team; ``none``: nobody.
    priority : str
        Whom the team's one crew serves: ``random``, ``first`` or ``neediest``; see
        `hive_env.dependability.repair.allocations`.
    dormancy, coverage, common_cause : Fraction or float, or sequence
        As of a `Role`.
    failed_failover : str, or sequence
        What a failed failover costs: the ``role``, unfilled until a member returns to it, or the
        ``standby``, which is down while the next one tries.
    critical : int or sequence of int, optional
        How many roles, from the first, or which ones must be filled; by default all.
    rotation : int
        Depth k: each member may fill k roles, its own among them. From 1 to n.
    eligibility : str
        Which k roles: ``pairs`` or ``ring``; see `hive_env.dependability.rotation`.

    Raises
    ------
    ConfigError
        A value is out of its range, a policy is unknown, a sequence has not n values, ``pairs``
        does not divide the roles; or rotation comes with dormancy or coverage below 1, where it
        would have to be said which of the members that may fill a role is its standby.
    """

    roles: int
    members: int | Sequence[int]
    failure_rate: Number | Sequence[Number]
    repair_rate: Number | Sequence[Number] = Fraction(0)
    repair: str = "parallel"
    priority: str = "random"
    dormancy: Number | Sequence[Number] = Fraction(1)
    coverage: Number | Sequence[Number] = Fraction(1)
    common_cause: Number | Sequence[Number] = Fraction(0)
    critical: int | Sequence[int] | None = None
    rotation: int = 1
    eligibility: str = PAIRS
    failed_failover: str | Sequence[str] = ROLE

    def __post_init__(self) -> None:
        need_integer(self.roles, "roles", 1, MOST_ROLES)
        need_integer(self.rotation, "rotation", 1, self.roles)
        for name, known in (
            ("repair", REPAIRS),
            ("priority", PRIORITIES),
            ("eligibility", ELIGIBILITIES),
        ):
            given = getattr(self, name)
            need(given in known, name, f"one of {', '.join(known)}", given)
        plain = all(role.dormancy == role.coverage == 1 for role in self.each)
        need(
            plain or self.rotation == 1,
            "rotation",
            "1 with dormancy or coverage below 1",
            self.rotation,
            "Use hot standbys, or no rotation.",
        )
        need(
            self.eligibility == RING or self.roles % self.rotation == 0,
            "rotation",
            f"a divisor of the {self.roles} roles",
            self.rotation,
            "Or use eligibility='ring'.",
        )

    @cached_property
    def each(self) -> tuple[Role, ...]:
        """The n roles."""
        critical = self._critical()
        names = [item.name for item in fields(Role) if item.name != "critical"]
        values: dict[str, Any] = {name: self._for_each(name) for name in names}
        return tuple(
            Role(critical=role in critical, **{name: values[name][role] for name in names})
            for role in range(self.roles)
        )

    def chain(self, absorbing: bool = False, detail: str = "lumped") -> Chain:
        """Return the team's Markov chain, from all members up.

        Parameters
        ----------
        absorbing : bool
            Whether a failure of the team is for good. Otherwise its members go on failing and
            being repaired while it is down.
        detail : str
            ``lumped``: states that equal roles exchange are one; ``roles``: a tuple of the roles'
            states, as `Role` counts them; ``members``: each role as (which members are up, which
            fills it).

        Raises
        ------
        ConfigError
            There are too many states, or the detail is unknown.
        """
        need(detail in DETAILS, "detail", f"one of {', '.join(DETAILS)}", detail)
        if detail == "members":
            return Chain.explore(
                by_member.all_up(self.each),
                lambda state: by_member.transitions(self.each, self.repair, self.priority, state),  # type: ignore[arg-type]
                lambda state: self.fails(by_member.counts(state)),  # type: ignore[arg-type]
                absorbing,
            )
        name = self.representative if detail == "lumped" else tuple
        return Chain.explore(
            name(self.all_up),
            lambda state: ((name(after), rate) for after, rate in self._transitions(state)),  # type: ignore[arg-type]
            self.fails,  # type: ignore[arg-type]
            absorbing,
        )

    @property
    def all_up(self) -> TeamState:
        """The state in which every member is up."""
        return tuple(role.members for role in self.each)

    def fails(self, state: TeamState) -> bool:
        """Return whether a critical role is unfilled in a state of the roles."""
        if self.rotation == 1:
            return any(s <= 0 for role, s in zip(self.each, state, strict=True) if role.critical)
        return not all_filled(state, self._needed)

    @property
    def exchangeable(self) -> bool:
        """Whether equal roles may change places: not where the crew serves the first."""
        return self.repair != CREW_PER_TEAM or self.priority != "first"

    @cached_property
    def representative(self) -> Callable[[TeamState], TeamState]:
        """The function that gives to all states of the roles that are alike one of them."""
        if not self.exchangeable:
            return tuple
        if self.rotation > 1 and self.eligibility == RING:
            likes = [replace(role, critical=True) for role in self.each]
            critical = [role.critical for role in self.each]
            return by_symmetry(symmetries(likes, critical, self.rotation))
        return by_sorting(self.each, self.rotation)

    def allocations(self, state: TeamState) -> list[tuple[Fraction, tuple[int, ...]]]:
        """Return members under repair of each role in a state of the roles, with probabilities."""
        up = [abs(s) for s in state]
        return allocations(self.repair, self.priority, up, self.all_up)

    def mttf(self, exact: bool | None = None) -> Result:
        """Return the mean time to the team's first failure from all members up, h.

        See `Chain.mttf`, also for ``exact`` and the source.
        """
        return self.chain(absorbing=True).mttf(exact)

    def reliability(self, time: float) -> Result:
        """Return R(t), the probability that the team has not failed by a time, h."""
        return self.chain(absorbing=True).reliability(time)

    def availability(self, exact: bool | None = None) -> Result:
        """Return the share of a long time in which every critical role is filled."""
        return self.chain().availability(exact)

    def failure_frequency(self, exact: bool | None = None) -> Result:
        """Return how often the team fails in the long run, 1/h."""
        return self.chain().failure_frequency(exact)

    def mean_up_time(self, exact: bool | None = None) -> Result:
        """Return the mean time from the end of a failure to the next, in the long run, h."""
        return self.chain().mean_up_time(exact)

    def mean_down_time(self, exact: bool | None = None) -> Result:
        """Return the mean time for which a failure of the team lasts, in the long run, h."""
        return self.chain().mean_down_time(exact)

    @cached_property
    def _needed(self) -> list[tuple[int, ...]]:
        """For each critical role the home roles whose members may fill it."""
        return [
            homes_of(index, self.roles, self.rotation, self.eligibility)
            for index, role in enumerate(self.each)
            if role.critical
        ]

    def _transitions(self, state: TeamState) -> Iterator[tuple[TeamState, Number]]:
        """Yield the states of the roles that may follow, and their rates."""
        shares = self.allocations(state)
        for index, role in enumerate(self.each):
            served: Number = shares[0][1][index]
            if len(shares) > 1:
                served = sum((chance * serving[index] for chance, serving in shares), Fraction(0))
            key = (index, state[index], served)
            if key not in self._known:
                self._known[key] = [
                    (end, rate) for end, rate in role.rates(state[index], served) if rate
                ]
            for end, rate in self._known[key]:
                yield (*state[:index], end, *state[index + 1 :]), rate

    @cached_property
    def _known(self) -> dict[tuple[int, int, Number], list[tuple[int, Number]]]:
        """What may follow a role's state, given the members under repair, once worked out."""
        return {}

    def _for_each(self, name: str) -> tuple[Any, ...]:
        """Return a value for each role, given one for all or all of them."""
        given = getattr(self, name)
        if not isinstance(given, Sequence) or isinstance(given, str):
            return (given,) * self.roles
        need(
            len(given) == self.roles,
            name,
            f"one value, or {self.roles}, one for each role",
            given,
        )
        return tuple(given)

    def _critical(self) -> set[int]:
        """Return the roles that must be filled."""
        if self.critical is None:
            return set(range(self.roles))
        if isinstance(self.critical, Sequence):
            need(bool(self.critical), "critical", "at least one role", self.critical)
            for role in self.critical:
                need_integer(role, "critical", 0, self.roles - 1)
            return set(self.critical)
        need_integer(self.critical, "critical", 1, self.roles)
        return set(range(self.critical))
