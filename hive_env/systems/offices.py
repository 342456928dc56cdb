"""Offices: teams of roles, each held by members, behind every manager's and governor's seat.

An office advances by events, each at its own instant within the tick: a fault, a return, the end
of a takeover. Between two events nothing changes. A role is *filled* while a member who is not down
serves it; an office whose critical roles are not all filled is closed.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import Condition, Stream
from hive_env.random import draw, rule
from hive_env.systems.members import (
    INSTANT_SHIFT,
    NEVER,
    arm,
    fault_words,
    send_crews,
    strike_member,
)
from hive_env.systems.outcomes import filled_roles, note_outcome
from hive_env.systems.practice import come_back, practise
from hive_env.systems.takeover import chain_to, hand_on, stand_in, take_over, vacate

_UP = int(Condition.UP)
_DOWN = int(Condition.DOWN)
_MENDED = int(Condition.MENDED)
_TAKEOVER = int(Stream.OFFICE_TAKEOVER)


@rule
def since_checkpoint(office, at, checkpoint_every, checkpoint_at):
    """Instants since an office's last checkpoint; for ever where it takes none."""
    if checkpoint_every <= 0:
        return np.int64(NEVER)
    return at - np.int64(checkpoint_at[office])


@rule
def fill_roles(
    office, world, offices, members, roles, required, at, seed, episode, posture, standby,
    detect_time, load_time, event_gap, replay_time, coverage, checkpoint_every, skill, least_skill,
    skill_half_life, eligible, slot_of, practised_at, role_holder, role_ready_at,
    member_condition, member_poisoned, member_duty, member_back_at, checkpoint_at,
    office_events, takeovers, takeovers_failed, takeover_time,
):  # fmt: skip
    """Find somebody for every role that nobody serves, by reassigning others where that helps."""
    span = since_checkpoint(office, at, checkpoint_every, checkpoint_at)
    tries = np.int64(0)
    role = np.int64(0)
    while role < roles:
        end, asked_by = np.int64(-1), np.int64(0)
        if role_holder[office, role] == 0:
            end, asked_by = chain_to(
                office, role, roles, required, members, at, skill, least_skill, skill_half_life,
                posture, eligible, slot_of, practised_at, role_holder, member_condition,
                member_duty,
            )  # fmt: skip
        if end < 0:
            role += 1
            continue
        hand_on(office, role, end, asked_by, at, role_holder, role_ready_at, member_duty)
        member = stand_in(
            office, end, members, at, skill, least_skill, skill_half_life, posture, eligible,
            slot_of, practised_at, member_condition, member_duty,
        )  # fmt: skip
        if member < 0:
            continue
        entity = ((office - world * offices) * members + member) * roles + end
        number = ((np.int64(office_events[office]) << 6) + tries) & 0xFFFFFFFF
        words = draw(seed, episode, number, _TAKEOVER, entity)
        tries += 1
        # A takeover that fails costs a member, so there is an end to them.
        role = take_over(
            office, end, member, at, words, span, posture, standby, detect_time, load_time,
            event_gap, replay_time, coverage, role_holder, role_ready_at, member_condition,
            member_poisoned, member_duty, member_back_at, takeovers, takeovers_failed,
            takeover_time,
        ) * role  # fmt: skip


@rule
def next_event(
    office, members, roles, at, practice_every, checkpoint_every, member_fault_at, member_back_at,
    role_ready_at,
):  # fmt: skip
    """When the next event after an instant comes, and whom it befalls.

    Returns
    -------
    tuple of two int
        The instant; and a member who is struck, ``members`` more for one who is back, twice
        ``members`` for what befalls nobody: the end of a takeover, practice, a checkpoint.
        Of events at one instant the lowest comes first.
    """
    first = np.int64(NEVER)
    which = np.int64(2 * members)
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
            which = np.int64(2 * members)
    for every in (practice_every, checkpoint_every):
        if every > 0 and (at // every + 1) * every < first:
            first = (at // every + 1) * every
            which = np.int64(2 * members)
    return first, which


@rule
def staff(
    office, world, offices, members, roles, at, seed, episode, inverse_shape, role_of, fault_mean,
    practised_at, member_faults, member_fault_at, member_condition, member_poisoned,
    member_memory, member_duty, member_back_at, role_holder, role_ready_at, checkpoint_at,
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
    checkpoint_at[office] = at


@rule
def befall(
    office, world, which, at, until, offices, members, seed, episode, inverse_shape, kill_share,
    delay_share, corruption_share, delay_mean, detection_mean, skill_half_life, role_of,
    fault_mean, dormancy, posture, practised_at, member_out, member_faults, member_fault_at,
    member_condition, member_poisoned, member_memory, member_duty, member_back_at,
):  # fmt: skip
    """Let an event befall a member: the one who is down by it, or -1.

    Nobody comes back while what it runs on is out: who is mended by then needs no repairer any
    more, and its return is put off to the next tick.

    Parameters
    ----------
    which : int
        As `next_event` has it.
    until : int
        Instant at which the next tick begins.
    """
    if which < members:
        words = fault_words(office, world, offices, members, which, seed, episode, member_faults)
        arm(
            office, world, offices, members, which, at, seed, episode, inverse_shape, role_of,
            fault_mean, member_faults, member_fault_at,
        )  # fmt: skip
        if strike_member(
            office, which, at, words, posture, dormancy, kill_share, delay_share,
            corruption_share, delay_mean, detection_mean, role_of, member_condition, member_duty,
            member_poisoned, member_back_at,
        ):  # fmt: skip
            return which
    elif which < 2 * members:
        member = which - members
        if member_out[office, member] and member_condition[office, member] >= _DOWN:
            member_condition[office, member] = _MENDED
            member_back_at[office, member] = until
        elif come_back(
            office, member, skill_half_life, member_condition, member_poisoned, member_memory,
            member_back_at, practised_at,
        ):  # fmt: skip
            return member
    return np.int64(-1)


@rule
def keep_up(
    office, members, roles, at, archive, practice_every, checkpoint_every, posture, rotations,
    slot_of, member_condition, member_duty, practised_at, role_holder, role_ready_at, checkpoint_at,
):  # fmt: skip
    """Practise, and take a checkpoint while somebody serves the archive, where it is time to.

    Who has been struck at this very instant serves no more: ``office_filled`` does not know yet.
    """
    if practice_every > 0 and at % practice_every == 0:
        practise(
            office, members, at, practice_every, posture, rotations, slot_of, member_condition,
            member_duty, practised_at,
        )  # fmt: skip
    if checkpoint_every > 0 and at % checkpoint_every == 0:
        filled = filled_roles(office, roles, at, role_holder, role_ready_at)
        if archive < 0 or (filled >> archive) & 1:
            checkpoint_at[office] = at


@rule
def settle(
    office, world, offices, members, roles, at, seed, episode, required, crew, detect_time,
    event_gap, replay_time, checkpoint_every, checkpoint_integrity, evidence_integrity, resume_mean,
    transfer_mean, restart_mean, skill, least_skill, skill_half_life, role_of, posture, standby,
    load_time, coverage, eligible, slot_of, practised_at, member_condition, member_poisoned,
    member_memory, member_duty, member_back_at, role_holder, role_ready_at, checkpoint_at,
    office_events, office_filled, office_level, office_closed, closed_since, open_time,
    closed_time, closings, takeovers, takeovers_failed, takeover_time,
):  # fmt: skip
    """Fill the roles after an event, send repairers, and keep account of what that makes of it."""
    fill_roles(
        office, world, offices, members, roles, required, at, seed, episode, posture, standby,
        detect_time, load_time, event_gap, replay_time, coverage, checkpoint_every, skill,
        least_skill, skill_half_life, eligible, slot_of, practised_at, role_holder,
        role_ready_at, member_condition, member_poisoned, member_duty, member_back_at,
        checkpoint_at, office_events, takeovers, takeovers_failed, takeover_time,
    )  # fmt: skip
    fresh = since_checkpoint(office, at, checkpoint_every, checkpoint_at) < checkpoint_every
    send_crews(
        office, world, offices, members, roles, at, seed, episode, crew, fresh,
        checkpoint_integrity, evidence_integrity, resume_mean, transfer_mean, restart_mean,
        role_of, member_condition, member_poisoned, member_memory, member_back_at,
        office_events,
    )  # fmt: skip
    note_outcome(
        office, at, members, roles, required, role_of, member_condition, role_holder,
        role_ready_at, office_filled, office_level, office_closed, closed_since, open_time,
        closed_time, closings,
    )  # fmt: skip


@rule
def live_until(
    office, world, until, seed, episode, offices, members, roles, renew, required, archive, crew,
    inverse_shape, kill_share, delay_share, corruption_share, delay_mean, detection_mean,
    detect_time, event_gap, replay_time, checkpoint_every, checkpoint_integrity, evidence_integrity,
    resume_mean, transfer_mean, restart_mean, skill, least_skill, skill_half_life, practice_every,
    role_of, fault_mean, dormancy, posture, rotations, standby, load_time, coverage, eligible,
    slot_of, practised_at, member_out, member_faults, member_fault_at, member_condition,
    member_poisoned, member_memory, member_duty, member_back_at, role_holder, role_ready_at,
    checkpoint_at, office_next_at, office_events, office_filled, office_level, office_closed,
    closed_since, open_time, closed_time, closings, takeovers, takeovers_failed, takeover_time,
):  # fmt: skip
    """Let an office live until an instant, event by event.

    What strikes it from outside sets ``office_next_at``: where nothing else is due then, the
    office only settles.
    """
    while office_next_at[office] < until:
        now = np.int64(office_next_at[office])
        at, which = next_event(
            office, members, roles, now - 1, practice_every, checkpoint_every, member_fault_at,
            member_back_at, role_ready_at,
        )  # fmt: skip
        if at > now:
            at, which = now, np.int64(2 * members)
        gone = befall(
            office, world, which, at, until, offices, members, seed, episode, inverse_shape,
            kill_share, delay_share, corruption_share, delay_mean, detection_mean,
            skill_half_life, role_of, fault_mean, dormancy, posture, practised_at, member_out,
            member_faults, member_fault_at, member_condition, member_poisoned, member_memory,
            member_duty, member_back_at,
        )  # fmt: skip
        if gone >= 0:
            vacate(office, gone, role_holder, member_duty)
        keep_up(
            office, members, roles, at, archive, practice_every, checkpoint_every, posture,
            rotations, slot_of, member_condition, member_duty, practised_at, role_holder,
            role_ready_at, checkpoint_at,
        )  # fmt: skip
        settle(
            office, world, offices, members, roles, at, seed, episode, required, crew, detect_time,
            event_gap, replay_time, checkpoint_every, checkpoint_integrity, evidence_integrity,
            resume_mean, transfer_mean, restart_mean, skill, least_skill, skill_half_life, role_of,
            posture, standby, load_time, coverage, eligible, slot_of, practised_at,
            member_condition, member_poisoned, member_memory, member_duty, member_back_at,
            role_holder, role_ready_at, checkpoint_at, office_events, office_filled, office_level,
            office_closed, closed_since, open_time, closed_time, closings, takeovers,
            takeovers_failed, takeover_time,
        )  # fmt: skip
        if renew and office_closed[office]:
            staff(
                office, world, offices, members, roles, at, seed, episode, inverse_shape, role_of,
                fault_mean, practised_at, member_faults, member_fault_at, member_condition,
                member_poisoned, member_memory, member_duty, member_back_at, role_holder,
                role_ready_at, checkpoint_at,
            )  # fmt: skip
            note_outcome(
                office, at, members, roles, required, role_of, member_condition, role_holder,
                role_ready_at, office_filled, office_level, office_closed, closed_since,
                open_time, closed_time, closings,
            )  # fmt: skip
        office_next_at[office] = next_event(
            office, members, roles, at, practice_every, checkpoint_every, member_fault_at,
            member_back_at, role_ready_at,
        )[0]  # fmt: skip


@rule
def advance_office(
    office, world, seed, episode, tick, offices, members, roles, renew, required, archive, crew,
    inverse_shape, kill_share, delay_share, corruption_share, delay_mean, detection_mean,
    detect_time, event_gap, replay_time, checkpoint_every, checkpoint_integrity, evidence_integrity,
    resume_mean, transfer_mean, restart_mean, skill, least_skill, skill_half_life, practice_every,
    role_of, fault_mean, dormancy, posture, rotations, standby, load_time, coverage, eligible,
    slot_of, practised_at, member_out, member_faults, member_fault_at, member_condition,
    member_poisoned, member_memory, member_duty, member_back_at, role_holder, role_ready_at,
    checkpoint_at, office_next_at, office_events, office_filled, office_level, office_closed,
    closed_since, open_time, closed_time, closings, takeovers, takeovers_failed, takeover_time,
):  # fmt: skip
    """Let an office live through a tick.

    Parameters
    ----------
    renew : int
        1: an office that closes starts anew with all its members up, at once: what measures the
        mean time to failure.
    """
    until = (np.int64(tick) + 1) << INSTANT_SHIFT
    live_until(
        office, world, until, seed, episode, offices, members, roles, renew, required, archive,
        crew, inverse_shape, kill_share, delay_share, corruption_share, delay_mean,
        detection_mean, detect_time, event_gap, replay_time, checkpoint_every, checkpoint_integrity,
        evidence_integrity, resume_mean, transfer_mean, restart_mean, skill, least_skill,
        skill_half_life, practice_every, role_of, fault_mean, dormancy, posture, rotations,
        standby, load_time, coverage, eligible, slot_of, practised_at, member_out, member_faults,
        member_fault_at, member_condition, member_poisoned, member_memory, member_duty,
        member_back_at, role_holder, role_ready_at, checkpoint_at, office_next_at, office_events,
        office_filled, office_level, office_closed, closed_since, open_time, closed_time,
        closings, takeovers, takeovers_failed, takeover_time,
    )  # fmt: skip


@rule
def open_office(
    office, world, seed, episode, tick, offices, members, roles, required, inverse_shape,
    practice_every, checkpoint_every, role_of, fault_mean, practised_at, member_faults,
    member_fault_at, member_condition, member_poisoned, member_memory, member_duty,
    member_back_at, role_holder, role_ready_at, checkpoint_at, office_next_at, office_events,
    office_filled, office_level, office_closed, closed_since, open_time, closed_time, closings,
    takeovers, takeovers_failed, takeover_time, posture,
):  # fmt: skip
    """Staff an office at the start of an episode, in its first posture, its accounts empty."""
    at = np.int64(tick) << INSTANT_SHIFT
    posture[office] = 0
    for member in range(members):
        member_faults[office, member] = 0
    staff(
        office, world, offices, members, roles, at, seed, episode, inverse_shape, role_of,
        fault_mean, practised_at, member_faults, member_fault_at, member_condition,
        member_poisoned, member_memory, member_duty, member_back_at, role_holder, role_ready_at,
        checkpoint_at,
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
        office, members, roles, at, practice_every, checkpoint_every, member_fault_at,
        member_back_at, role_ready_at,
    )[0]  # fmt: skip
