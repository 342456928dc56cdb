"""Who serves which role of an office: takeovers by those who stand by, and reassignments."""

from __future__ import annotations

import numpy as np

from hive_env.enums import Condition, Standby, Stream
from hive_env.random import draw, exponential_fine, rule, scaled
from hive_env.systems.members import NEVER, POISONED, faded

_CORRUPT = int(Condition.CORRUPT)
_DOWN = int(Condition.DOWN)
_WARM = int(Standby.WARM)
_TAKEOVER = int(Stream.OFFICE_TAKEOVER)

MOST_EVENTS = 4096
"""Events that a takeover replays at most; more would take longer than any latency that matters."""


@rule
def proficiency(office, role, member, now, skill, skill_half_life, slot_of, practised_at):
    """How well a member knows a role, times 2**16: what it learned, halved in each half-life.

    The half-life runs from when it last served or practised the role.

    Parameters
    ----------
    skill : int
        What it knows right then, times 2**16; 65,536 for the share of it that is left.
    """
    slot = np.int64(slot_of[member, role])
    span = now - np.int64(practised_at[office, member, slot])
    return faded(skill, span, skill_half_life)


@rule
def stand_in(
    office, role, members, now, skill, least_skill, skill_half_life, posture, eligible, slot_of,
    practised_at, member_condition, member_duty,
):  # fmt: skip
    """The free member who knows a role best and well enough, -1 where there is none.

    Of equals the first.
    """
    best = np.int64(-1)
    most = least_skill - 1
    able = np.int64(eligible[np.int64(posture[office]), role])
    for member in range(members):
        if (able >> member) & 1 == 0:
            continue
        if member_condition[office, member] >= _DOWN or member_duty[office, member] > 0:
            continue
        known = proficiency(
            office, role, member, now, skill, skill_half_life, slot_of, practised_at
        )
        if known > most:
            most = known
            best = np.int64(member)
    return best


@rule
def chain_to(
    office, role, roles, required, members, now, skill, least_skill, skill_half_life, posture,
    eligible, slot_of, practised_at, role_holder, member_condition, member_duty,
):  # fmt: skip
    """The shortest chain of reassignments that fills a role: an augmenting path, breadth first.

    Role after role is asked who of those eligible for it serves another role that somebody free
    could take. Where no such chain leads to a critical role, one from a role that is not critical
    does, which gives its holder up.

    Returns
    -------
    tuple of two int
        The role at the chain's end, which somebody free can take or nobody, or -1 without a chain;
        and for every role the one that asked for its holder, four bits each.
    """
    asked_by = np.int64(0)
    seen = np.int64(1) << role
    front = seen
    spare = np.int64(-1)
    while front:
        later = np.int64(0)
        for asker in range(roles):
            if (front >> asker) & 1 == 0:
                continue
            found = stand_in(
                office, asker, members, now, skill, least_skill, skill_half_life, posture,
                eligible, slot_of, practised_at, member_condition, member_duty,
            )  # fmt: skip
            if found >= 0:
                return np.int64(asker), asked_by
            able = np.int64(eligible[np.int64(posture[office]), asker])
            for other in range(roles):
                holder = np.int64(role_holder[office, other])
                if (seen >> other) & 1 or holder == 0:
                    continue
                if (able >> (holder - 1)) & 1 == 0:
                    continue
                known = proficiency(
                    office, asker, holder - 1, now, skill, skill_half_life, slot_of, practised_at
                )
                if known >= least_skill:
                    seen |= np.int64(1) << other
                    later |= np.int64(1) << other
                    asked_by |= np.int64(asker) << (4 * other)
                    if spare < 0 and (required >> other) & 1 == 0:
                        spare = np.int64(other)
        front = later
    if (required >> role) & 1 == 0:
        spare = np.int64(-1)
    return spare, asked_by


@rule
def replayed(word_a, word_b, span, event_gap, replay_time):
    """Instants that replaying takes: what came in a span as a Poisson process, one after another.

    Parameters
    ----------
    span : int
        Instants since the last checkpoint.
    event_gap : int
        Mean instants between events; 0 for none.
    replay_time : int
        Instants that one event takes to replay.
    """
    if event_gap <= 0:
        return np.int64(0)
    count = np.int64(0)
    passed = np.int64(0)
    words = draw(word_a, 0, word_b, _TAKEOVER, 0)
    for index in range(MOST_EVENTS):
        if index > 0 and index % 4 == 0:
            words = draw(word_a, index, word_b, _TAKEOVER, 0)
        part = index % 4
        word = words[0] if part == 0 else words[1] if part == 1 else words[2]
        word = words[3] if part == 3 else word
        passed += max(scaled(exponential_fine(word), event_gap), np.int64(1))
        if passed > span:
            break
        count += 1
    return count * replay_time


@rule
def take_over(
    office, role, member, at, words, since_checkpoint, posture, standby, detect_time, load_time,
    event_gap, replay_time, coverage, role_holder, role_ready_at, member_condition,
    member_poisoned, member_duty, member_back_at, takeovers, takeovers_failed, takeover_time,
):  # fmt: skip
    """Let a member take a role: 1, or 0 where the takeover fails and the member is down by it.

    It serves after the failure has been detected and what it needs is loaded; a warm standby
    replays what has happened since the last checkpoint besides.
    """
    kind = np.int64(standby[np.int64(posture[office]), role])
    takeovers[office] += 1
    if (words[0] >> 16) >= coverage[kind]:
        takeovers_failed[office] += 1
        member_poisoned[office, member] = (
            POISONED if member_condition[office, member] == _CORRUPT else 0
        )
        member_condition[office, member] = _DOWN
        member_back_at[office, member] = NEVER
        return np.int64(0)
    wait = np.int64(load_time[kind])
    if kind == _WARM:
        wait += replayed(words[1], words[2], since_checkpoint, event_gap, replay_time)
    role_holder[office, role] = member + 1
    role_ready_at[office, role] = at + detect_time + wait
    member_duty[office, member] = role + 1
    takeover_time[office] += detect_time + wait
    return np.int64(1)


@rule
def hand_on(office, role, end, asked_by, at, role_holder, role_ready_at, member_duty):
    """Move holders along a chain, from its end back to the role that asked; the end is then free.

    Those who move knew both roles, so they serve at once.
    """
    to = end
    moving = np.int64(role_holder[office, end])
    role_holder[office, end] = 0
    while to != role:
        asker = (asked_by >> (4 * to)) & 15
        displaced = np.int64(role_holder[office, asker])
        role_holder[office, asker] = moving
        role_ready_at[office, asker] = at
        member_duty[office, moving - 1] = asker + 1
        moving = displaced
        to = asker


@rule
def vacate(office, member, role_holder, member_duty):
    """Leave the role that a member serves, if any, to others."""
    if member_duty[office, member] > 0:
        role_holder[office, np.int64(member_duty[office, member]) - 1] = 0
        member_duty[office, member] = 0
