"""The same team drawn once a tick, and how far that is from the team in continuous time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from hive_env.checks import need
from hive_env.dependability.chain import Chain
from hive_env.dependability.results import Number, Result, positive
from hive_env.dependability.rotation import by_sorting
from hive_env.dependability.team import Team, TeamState

MOST_ENDS = 100_000
"""Most combinations of the roles' ends that one tick may have."""


@dataclass(frozen=True)
class DiscreteTeam:
    """A team whose failures and repairs are drawn once a tick, each with 1 - exp(-rate tick).

    The draws are independent and all from the state at the tick's start, as `Role.after_tick`
    says; a crew that is shared serves one member for the whole tick. The team has failed when a
    critical role is unfilled at a tick's end. This is what a simulation with per-tick draws
    measures, however many ticks it runs: compare it with this, not with the `Team`.

    Parameters
    ----------
    team : Team
        The team in continuous time.
    tick : float
        Length of a tick, h.

    Raises
    ------
    ConfigError
        The tick is not above zero.
    """

    team: Team
    tick: Number

    def __post_init__(self) -> None:
        object.__setattr__(self, "tick", float(positive(self.tick, "tick", "h")))

    def chain(self, absorbing: bool = False) -> Chain:
        """Return the chain, from all members up; its rates are probabilities per tick.

        A chain in discrete time has the mean times and the stationary probabilities of the one in
        continuous time with generator P - I, ticks for hours.

        Parameters
        ----------
        absorbing : bool
            Whether a failure of the team is for good.

        Raises
        ------
        ConfigError
            The roles are too many to combine their ends: with rotation, or served in order.
        """
        return Chain.explore(
            self.team.representative(self.team.all_up),
            self._transitions,  # type: ignore[arg-type]
            self.team.fails,  # type: ignore[arg-type]
            absorbing,
        )

    def mttf(self) -> Result:
        """Return the mean time to the end of the tick in which the team first fails, h."""
        return self._in_hours(self.chain(absorbing=True).mttf(exact=False))

    def availability(self) -> Result:
        """Return the share of ticks at whose end every critical role is filled."""
        return self.chain().availability(exact=False)

    def mean_up_time(self) -> Result:
        """Return the mean time from the end of a failure to the next, in the long run, h."""
        return self._in_hours(self.chain().mean_up_time(exact=False))

    def mean_down_time(self) -> Result:
        """Return the mean time for which a failure of the team lasts, in the long run, h."""
        return self._in_hours(self.chain().mean_down_time(exact=False))

    def bias(self) -> Result:
        """Return how far the MTTF lies from the one in continuous time, relative to that."""
        drawn, meant = self.mttf(), self.team.mttf(exact=False)
        residual = drawn.residual + meant.residual
        return Result(float(drawn) / float(meant) - 1, "1", "ratio of two MTTF", residual)

    def _in_hours(self, ticks: Result) -> Result:
        """Return a time in ticks as one in hours."""
        return Result(float(ticks) * float(self.tick), "h", ticks.method, ticks.residual)

    def _transitions(self, state: TeamState) -> Iterator[tuple[TeamState, Number]]:
        """Yield the states at the tick's end, and their probabilities."""
        roles = self.team.each
        mergeable = self.team.rotation == 1 and self.team.exchangeable
        for chance, serving in self.team.allocations(state):
            ends = [
                role.after_tick(own, served, float(self.tick))
                for role, own, served in zip(roles, state, serving, strict=True)
            ]
            if not mergeable:
                count = prod(len(end) for end in ends)
                need(count <= MOST_ENDS, "team", f"at most {MOST_ENDS:,} ends of a tick", count)
            found: dict[TeamState, float] = {(): float(chance)}
            for index, end in enumerate(ends):
                name = by_sorting(roles[: index + 1], 1) if mergeable else tuple
                longer: dict[TeamState, float] = {}
                for before, weight in found.items():
                    for after, probability in end.items():
                        key = name((*before, after))
                        longer[key] = longer.get(key, 0.0) + weight * probability
                found = longer
            for after_all, weight in found.items():
                yield self.team.representative(after_all), weight
