"""What an office can do: which roles are filled, how far it is degraded, whether it is closed."""

from __future__ import annotations

import numpy as np

from hive_env.enums import Condition
from hive_env.random import rule

_UP = int(Condition.UP)


@rule
def filled_roles(office, roles, at, role_holder, role_ready_at):
    """Roles that somebody serves at an instant, a bit each."""
    filled = np.int64(0)
    for role in range(roles):
        served = (role_holder[office, role] > 0) & (role_ready_at[office, role] <= at)
        filled |= np.int64(served) << role
    return filled


@rule
def degradation(office, members, roles, required, filled, role_of, role_holder, member_condition):
    """How far an office is degraded, 0 to 3, counted over the critical roles.

    3: a critical role is unfilled, and the office is closed. 2: only others are. 1: all are
    filled, but not as planned: by a backup, or somebody is not up. 0: as planned.
    """
    if (filled & required) != required:
        return np.int64(3)
    if filled != (1 << roles) - 1:
        return np.int64(2)
    planned = True
    for member in range(members):
        planned = planned & (member_condition[office, member] == _UP)
    for role in range(roles):
        holder = np.int64(role_holder[office, role]) - 1
        first = (holder == 0) or (role_of[holder - 1] != role)
        planned = planned & (role_of[holder] == role) & first
    return np.int64(0) if planned else np.int64(1)


@rule
def note_outcome(
    office, at, members, roles, required, role_of, member_condition, role_holder,
    role_ready_at, office_filled, office_level, office_closed, closed_since, open_time,
    closed_time, closings,
):  # fmt: skip
    """Keep account of what an office can do from an instant on, and whether it closes."""
    filled = filled_roles(office, roles, at, role_holder, role_ready_at)
    office_filled[office] = filled
    level = degradation(
        office, members, roles, required, filled, role_of, role_holder, member_condition
    )
    office_level[office] = level
    closed = np.int64(level == 3)
    if closed != office_closed[office]:
        spent = at - closed_since[office]
        if closed:
            open_time[office] += spent
            closings[office] += 1
        else:
            closed_time[office] += spent
        closed_since[office] = at
        office_closed[office] = closed
