"""Offices: teams of roles, each held by members, behind every manager's and governor's seat.

An office advances by events, each at its own instant within the tick: a fault, a return, the end
of a takeover. Between two events nothing changes. A role is *filled* while a member who is not down
serves it; an office whose critical roles are not all filled is closed.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import Condition, Memory, Stream
from hive_env.random import draw, rule
from hive_env.systems.members import (
    INSTANT_SHIFT,
    NEVER,
    arm,
    fault_words,
    send_crews,
    strike_member,
)
from hive_env.systems.takeover import chain_to, hand_on, stand_in, take_over

_UP = int(Condition.UP)
_CORRUPT = int(Condition.CORRUPT)
_DOWN = int(Condition.DOWN)
_TRANSFERRED = int(Memory.TRANSFERRED)
_RESTARTED = int(Memory.RESTARTED)
_TAKEOVER = int(Stream.OFFICE_TAKEOVER)


@rule
def filled_roles(office, roles, at, role_holder, role_ready_at):
    """Roles that somebody serves at an instant, a bit each."""
    filled = np.int64(0)
    for role in range(roles):
        served = (role_holder[office, role] > 0) & (role_ready_at[office, role] <= at)
        filled |= np.int64(served) << role
    return filled


@rule
def since_snapshot(office, at, snapshot_every, snapshot_at):
    """Instants since an office's last snapshot; for ever where it takes none."""
    if snapshot_every <= 0:
        return np.int64(NEVER)
    return at - np.int64(snapshot_at[office])


@rule
def fill_roles(
    office, world, offices, members, roles, required, at, seed, episode, standby, detect_time,
    load_time, event_gap, replay_time, coverage, snapshot_every, skill, least_skill,
    skill_half_life, eligible, slot_of, practised_at, role_holder, role_ready_at,
    member_condition, member_poisoned, member_duty, member_back_at, snapshot_at,
    office_events, takeovers, takeovers_failed, takeover_time,
):  # fmt: skip
    """Find somebody for every role that nobody serves, by reassigning others where that helps."""
    span = since_snapshot(office, at, snapshot_every, snapshot_at)
    tries = np.int64(0)
    role = np.int64(0)
    while role < roles:
        end, asked_by = np.int64(-1), np.int64(0)
        if role_holder[office, role] == 0:
            end, asked_by = chain_to(
                office, role, roles, required, members, at, skill, least_skill, skill_half_life,
                eligible, slot_of, practised_at, role_holder, member_condition, member_duty,
            )  # fmt: skip
        if end < 0:
            role += 1
            continue
        hand_on(office, role, end, asked_by, at, role_holder, role_ready_at, member_duty)
        member = stand_in(
            office, end, members, at, skill, least_skill, skill_half_life, eligible, slot_of,
            practised_at, member_condition, member_duty,
        )  # fmt: skip
        if member < 0:
            continue
        entity = ((office - world * offices) * members + member) * roles + end
        number = ((np.int64(office_events[office]) << 6) + tries) & 0xFFFFFFFF
        words = draw(seed, episode, number, _TAKEOVER, entity)
        tries += 1
        # A takeover that fails costs a member, so there is an end to them.
        role = take_over(
            office, end, member, at, words, span, standby, detect_time, load_time, event_gap,
            replay_time, coverage, role_holder, role_ready_at, member_condition, member_poisoned,
            member_duty, member_back_at, takeovers, takeovers_failed, takeover_time,
        ) * role  # fmt: skip


@rule
def next_event(
    office, members, roles, at, practice_every, snapshot_every, member_fault_at, member_back_at,
    role_ready_at,
):  # fmt: skip
    """When and what the next event after an instant is.

    Returns
    -------
    tuple of two int
        The instant; and a member who is struck, ``members`` more for one who is back, twice
        ``members`` plus a role where a takeover ends, ``roles`` more for a turn of practice, one
        more for a snapshot. Of events at one instant the lowest comes first.
    """
    first = np.int64(NEVER)
    which = np.int64(-1)
    for member in range(members):
        due = np.int64(member_fault_at[office, member])
        if due < first:
            first = due
            which = np.int64(member)
    for member in range(members):
        due = np.int64(member_back_at[office, member])
        if due < first:
            first = due
            which = np.int64(members + member)
    for role in range(roles):
        due = np.int64(role_ready_at[office, role])
        if (due > at) & (due < first):
            first = due
            which = np.int64(2 * members + role)
    if practice_every > 0:
        due = (at // practice_every + 1) * practice_every
        if due < first:
            first = due
            which = np.int64(2 * members + roles)
    if snapshot_every > 0:
        due = (at // snapshot_every + 1) * snapshot_every
        if due < first:
            first = due
            which = np.int64(2 * members + roles + 1)
    return first, which


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


@rule
def practise(
    office, members, at, practice_every, slot_of, member_condition, member_duty, practised_at
):
    """Rotate responsibility: in each turn who is up practises a role.

    The one that it serves; who is free, the next of its roles.
    """
    turn = (at // practice_every) % practised_at.shape[2]
    for member in range(members):
        if member_condition[office, member] < _DOWN:
            duty = np.int64(member_duty[office, member])
            slot = np.int64(slot_of[member, duty - 1]) if duty > 0 else turn
            practised_at[office, member, slot] = at


@rule
def forget(office, member, skill_half_life, member_memory, practised_at):
    """Take from a member who is back what its recovery did not restore: a half-life of practice.

    A resumed one remembers all. After a transfer it has forgotten so much of all roles but its
    own, after a restart of all.
    """
    memory = np.int64(member_memory[office, member])
    first = 0 if memory == _RESTARTED else 1
    if memory in (_TRANSFERRED, _RESTARTED):
        for slot in range(first, practised_at.shape[2]):
            practised_at[office, member, slot] -= skill_half_life


@rule
def come_back(
    office, member, skill_half_life, member_condition, member_poisoned, member_memory,
    member_back_at, practised_at,
):  # fmt: skip
    """Let what a member goes through end: it is up again, or found out and down.

    Returns
    -------
    int
        1 when it is down by it.
    """
    state = np.int64(member_condition[office, member])
    member_back_at[office, member] = NEVER
    if state == _CORRUPT:
        member_condition[office, member] = _DOWN
        member_poisoned[office, member] = 1
        return np.int64(1)
    if state >= _DOWN:
        forget(office, member, skill_half_life, member_memory, practised_at)
    member_condition[office, member] = _UP
    member_poisoned[office, member] = 0
    return np.int64(0)


@rule
def staff(
    office, world, offices, members, roles, at, seed, episode, inverse_shape, role_of, fault_mean,
    practised_at, member_faults, member_fault_at, member_condition, member_poisoned,
    member_memory, member_duty, member_back_at, role_holder, role_ready_at, snapshot_at,
):  # fmt: skip
    """Give an office all its members, up, the first of each role serving it."""
    for role in range(roles):
        role_holder[office, role] = 0
        role_ready_at[office, role] = at
    for member in range(members):
        role = np.int64(role_of[member])
        member_condition[office, member] = _UP
        member_poisoned[office, member] = 0
        member_memory[office, member] = 0
        member_back_at[office, member] = NEVER
        member_duty[office, member] = 0
        for slot in range(practised_at.shape[2]):
            practised_at[office, member, slot] = at
        if role_holder[office, role] == 0:
            role_holder[office, role] = member + 1
            member_duty[office, member] = role + 1
        arm(
            office, world, offices, members, member, at, seed, episode, inverse_shape, role_of,
            fault_mean, member_faults, member_fault_at,
        )  # fmt: skip
    snapshot_at[office] = at


@rule
def advance_office(
    office, world, seed, episode, tick, offices, members, roles, renew, required, archive, crew,
    inverse_shape, kill_share, delay_share, corruption_share, delay_mean, detection_mean,
    detect_time, event_gap, replay_time, snapshot_every, snapshot_integrity, evidence_integrity,
    resume_mean, transfer_mean, restart_mean, skill, least_skill, skill_half_life, practice_every,
    role_of, fault_mean, dormancy, standby, load_time, coverage, eligible, slot_of, practised_at,
    member_faults, member_fault_at, member_condition, member_poisoned,
    member_memory, member_duty, member_back_at, role_holder, role_ready_at, snapshot_at,
    office_next_at, office_events, office_filled, office_level, office_closed, closed_since,
    open_time, closed_time, closings, takeovers, takeovers_failed, takeover_time,
):  # fmt: skip
    """Let an office live through a tick, event by event.

    Parameters
    ----------
    renew : int
        1: an office that closes starts anew with all its members up, at once: what measures the
        mean time to failure.
    """
    until = (np.int64(tick) + 1) << INSTANT_SHIFT
    while office_next_at[office] < until:
        at, which = next_event(
            office, members, roles, np.int64(office_next_at[office]) - 1, practice_every,
            snapshot_every, member_fault_at, member_back_at, role_ready_at,
        )  # fmt: skip
        gone = np.int64(-1)
        if which < members:
            words = fault_words(
                office, world, offices, members, which, seed, episode, member_faults
            )
            arm(
                office, world, offices, members, which, at, seed, episode, inverse_shape, role_of,
                fault_mean, member_faults, member_fault_at,
            )  # fmt: skip
            if strike_member(
                office, which, at, words, dormancy, kill_share, delay_share, corruption_share,
                delay_mean, detection_mean, role_of, member_condition, member_duty,
                member_poisoned, member_back_at,
            ):  # fmt: skip
                gone = which
        elif which < 2 * members and come_back(
            office, which - members, skill_half_life, member_condition, member_poisoned,
            member_memory, member_back_at, practised_at,
        ):  # fmt: skip
            gone = which - members
        elif which == 2 * members + roles:
            practise(
                office, members, at, practice_every, slot_of, member_condition, member_duty,
                practised_at,
            )  # fmt: skip
        elif which == 2 * members + roles + 1 and (
            archive < 0 or (np.int64(office_filled[office]) >> archive) & 1
        ):
            snapshot_at[office] = at
        if gone >= 0 and member_duty[office, gone] > 0:
            role = np.int64(member_duty[office, gone]) - 1
            role_holder[office, role] = 0
            member_duty[office, gone] = 0
        fill_roles(
            office, world, offices, members, roles, required, at, seed, episode, standby,
            detect_time, load_time, event_gap, replay_time, coverage, snapshot_every, skill,
            least_skill, skill_half_life, eligible, slot_of, practised_at, role_holder,
            role_ready_at, member_condition, member_poisoned, member_duty, member_back_at,
            snapshot_at, office_events, takeovers, takeovers_failed, takeover_time,
        )  # fmt: skip
        fresh = since_snapshot(office, at, snapshot_every, snapshot_at) < snapshot_every
        send_crews(
            office, world, offices, members, roles, at, seed, episode, crew, fresh,
            snapshot_integrity, evidence_integrity, resume_mean, transfer_mean, restart_mean,
            role_of, member_condition, member_poisoned, member_memory, member_back_at,
            office_events,
        )  # fmt: skip
        note_outcome(
            office, at, members, roles, required, role_of, member_condition, role_holder,
            role_ready_at, office_filled, office_level, office_closed, closed_since, open_time,
            closed_time, closings,
        )  # fmt: skip
        if renew and office_closed[office]:
            staff(
                office, world, offices, members, roles, at, seed, episode, inverse_shape, role_of,
                fault_mean, practised_at, member_faults, member_fault_at, member_condition,
                member_poisoned, member_memory, member_duty, member_back_at, role_holder,
                role_ready_at, snapshot_at,
            )  # fmt: skip
            note_outcome(
                office, at, members, roles, required, role_of, member_condition, role_holder,
                role_ready_at, office_filled, office_level, office_closed, closed_since,
                open_time, closed_time, closings,
            )  # fmt: skip
        office_next_at[office] = next_event(
            office, members, roles, at, practice_every, snapshot_every, member_fault_at,
            member_back_at, role_ready_at,
        )[0]  # fmt: skip


@rule
def open_office(
    office, world, seed, episode, tick, offices, members, roles, required, inverse_shape,
    practice_every, snapshot_every, role_of, fault_mean, practised_at, member_faults,
    member_fault_at, member_condition, member_poisoned, member_memory, member_duty,
    member_back_at, role_holder, role_ready_at, snapshot_at, office_next_at, office_events,
    office_filled, office_level, office_closed, closed_since, open_time, closed_time, closings,
    takeovers, takeovers_failed, takeover_time,
):  # fmt: skip
    """Staff an office at the start of an episode, its accounts empty."""
    at = np.int64(tick) << INSTANT_SHIFT
    for member in range(members):
        member_faults[office, member] = 0
    staff(
        office, world, offices, members, roles, at, seed, episode, inverse_shape, role_of,
        fault_mean, practised_at, member_faults, member_fault_at, member_condition,
        member_poisoned, member_memory, member_duty, member_back_at, role_holder, role_ready_at,
        snapshot_at,
    )  # fmt: skip
    office_events[office] = 0
    office_closed[office] = 0
    closed_since[office] = at
    open_time[office] = 0
    closed_time[office] = 0
    closings[office] = 0
    takeovers[office] = 0
    takeovers_failed[office] = 0
    takeover_time[office] = 0
    note_outcome(
        office, at, members, roles, required, role_of, member_condition, role_holder,
        role_ready_at, office_filled, office_level, office_closed, closed_since, open_time,
        closed_time, closings,
    )  # fmt: skip
    office_next_at[office] = next_event(
        office, members, roles, at, practice_every, snapshot_every, member_fault_at,
        member_back_at, role_ready_at,
    )[0]  # fmt: skip
