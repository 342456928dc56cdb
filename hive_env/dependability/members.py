"""A team's chain member by member: the full chain that its lumped ones must agree with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hive_env.dependability.repair import allocations
from hive_env.dependability.results import Number
from hive_env.dependability.roles import STANDBY, Role

RoleState = tuple[tuple[bool, ...], int]
"""Which members of a role are up, and which of them fills it (-1: none)."""

TeamState = tuple[RoleState, ...]


def all_up(roles: Sequence[Role]) -> TeamState:
    """Return the state in which all are up and each role's first member fills it."""
    return tuple(((True,) * role.members, 0) for role in roles)


def counts(state: TeamState) -> tuple[int, ...]:
    """Return the states of the roles as `Role` counts them."""
    return tuple(sum(up) if filler >= 0 else -sum(up) for up, filler in state)


def transitions(
    roles: Sequence[Role], repair: str, priority: str, state: TeamState
) -> Iterator[tuple[TeamState, Number]]:
    """Yield the states that may follow a team's state, and their rates, 1/h."""
    ups = [sum(up) for up, _ in state]
    shares = allocations(repair, priority, ups, [role.members for role in roles])
    for index, (role, (up, filler)) in enumerate(zip(roles, state, strict=True)):
        served = sum(chance * serving[index] for chance, serving in shares)
        for after, rate in _role_transitions(role, up, filler, served):
            yield (*state[:index], after, *state[index + 1 :]), rate


def _role_transitions(
    role: Role, up: tuple[bool, ...], filler: int, served: Number
) -> Iterator[tuple[RoleState, Number]]:
    """Yield the states that may follow a role's state, and their rates."""
    down = len(up) - sum(up)
    if any(up):
        yield ((False,) * len(up), -1), role.shock_rate
    for member, works in enumerate(up):
        flipped = (*up[:member], not works, *up[member + 1 :])
        if not works:
            rate = served * role.repair_rate / down
            if role.failed_failover == STANDBY and not any(up):
                rate *= role.coverage
            yield (flipped, member if filler < 0 else filler), rate
        elif member != filler:
            yield (flipped, filler), role.dormancy * role.own_rate
        elif not any(flipped):
            yield (flipped, -1), role.own_rate
        else:
            yield (flipped, flipped.index(True)), role.own_rate * role.coverage
            rate = role.own_rate * (1 - role.coverage)
            while role.failed_failover == STANDBY and any(flipped):
                first = flipped.index(True)
                flipped = (*flipped[:first], False, *flipped[first + 1 :])
                if any(flipped):
                    yield (flipped, flipped.index(True)), rate * role.coverage
                    rate *= 1 - role.coverage
            yield (flipped, -1), rate
