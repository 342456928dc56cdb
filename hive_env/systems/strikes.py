"""What strikes the members of offices besides their own faults: plans, outages, the user.

It strikes at the first instant of a tick, before all other events of it. The office then settles
like after any event: `hive_env.systems.offices.live_until` sees that its next event is now.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import Condition, FaultKind, Stream
from hive_env.random import draw, rule
from hive_env.systems.members import INSTANT_SHIFT, hit_member
from hive_env.systems.offices import live_until
from hive_env.systems.takeover import vacate

_DOWN = int(Condition.DOWN)
_KILL = int(FaultKind.KILL)
_STRIKE = int(Stream.OFFICE_STRIKE)

PLAN_SHIFT = 31
"""A planned strike has the key office * 2**31 + tick."""


@rule
def strike(
    office, member, at, kind, word, delay_mean, detection_mean, member_condition, member_poisoned,
    member_duty, member_back_at, role_holder, office_next_at,
):  # fmt: skip
    """Let a fault hit a member of an office from outside; who is down lets it pass."""
    if member_condition[office, member] >= _DOWN:
        return
    if hit_member(
        office, member, at, kind, word, delay_mean, detection_mean, member_condition,
        member_poisoned, member_back_at,
    ):  # fmt: skip
        vacate(office, member, role_holder, member_duty)
    office_next_at[office] = min(np.int64(office_next_at[office]), at)


@rule
def first_plan(key, plans, strike_at):
    """The first of the planned strikes, which are in the order of their keys, from a key on."""
    low, high = np.int64(0), np.int64(plans)
    while low < high:
        middle = (low + high) // 2
        if strike_at[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@rule
def strike_planned(
    office, world, seed, episode, tick, offices, members, planned_strikes, delay_mean,
    detection_mean, strike_at, strike_whom, strike_kind, member_condition, member_poisoned,
    member_duty, member_back_at, role_holder, office_next_at,
):  # fmt: skip
    """Let the strikes that are planned for this tick hit an office."""
    if planned_strikes == 0:
        return
    seat = office - world * offices
    key = (np.int64(seat) << PLAN_SHIFT) + np.int64(tick)
    plan = first_plan(key, planned_strikes, strike_at)
    while plan < planned_strikes and strike_at[plan] == key:
        member = np.int64(strike_whom[plan])
        word = draw(seed, episode, tick, _STRIKE, seat * members + member)[2]
        strike(
            office, member, np.int64(tick) << INSTANT_SHIFT, np.int64(strike_kind[plan]), word,
            delay_mean, detection_mean, member_condition, member_poisoned, member_duty,
            member_back_at, role_holder, office_next_at,
        )  # fmt: skip
        plan += 1


@rule
def suffer_outages(
    office, world, seed, episode, tick, offices, members, regions, outages, hosts, outage_share,
    delay_mean, detection_mean, place_of, region_out, region_hit, host_out, host_hit, member_out,
    member_condition, member_poisoned, member_duty, member_back_at, role_holder, office_next_at,
):  # fmt: skip
    """Let outages kill members of an office, and keep them from coming back.

    The n-th member of a role runs on host n modulo ``hosts``; a manager's office is in its region,
    a governor's in none.

    Parameters
    ----------
    outage_share : int
        Chance that one who shares the region or host is struck, in 1/65536.
    """
    if outages == 0:
        return
    seat = office - world * offices
    dark, dark_hit = np.int64(0), np.int64(0)
    if seat < regions:
        dark = np.int64(region_out[world * regions + seat])
        dark_hit = np.int64(region_hit[world * regions + seat])
    for member in range(members):
        host = np.int64(place_of[member]) % hosts
        member_out[office, member] = dark | np.int64(host_out[world, host])
        if dark_hit == 0 and host_hit[world, host] == 0:
            continue
        words = draw(seed, episode, tick, _STRIKE, seat * members + member)
        struck = (dark_hit > 0) & ((words[0] & 0xFFFF) < outage_share)
        struck = struck | ((host_hit[world, host] > 0) & ((words[1] & 0xFFFF) < outage_share))
        if struck:
            strike(
                office, member, np.int64(tick) << INSTANT_SHIFT, _KILL, words[2], delay_mean,
                detection_mean, member_condition, member_poisoned, member_duty, member_back_at,
                role_holder, office_next_at,
            )  # fmt: skip


@rule
def strike_now(
    office, world, struck_member, struck_kind, seed, episode, tick, offices, members, roles, renew,
    required, archive, crew, inverse_shape, kill_share, delay_share, corruption_share, delay_mean,
    detection_mean, detect_time, event_gap, replay_time, checkpoint_every, checkpoint_integrity,
    evidence_integrity, resume_mean, transfer_mean, restart_mean, skill, least_skill,
    skill_half_life, practice_every, role_of, fault_mean, dormancy, posture, rotations, standby,
    load_time, coverage, eligible, slot_of, practised_at, member_out, member_faults,
    member_fault_at, member_condition, member_poisoned, member_memory, member_duty,
    member_back_at, role_holder, role_ready_at, checkpoint_at, office_next_at, office_events,
    office_filled, office_level, office_closed, closed_since, open_time, closed_time, closings,
    takeovers, takeovers_failed, takeover_time,
):  # fmt: skip
    """Let a fault hit a member between two ticks, and the office live through that instant."""
    at = np.int64(tick) << INSTANT_SHIFT
    entity = (office - world * offices) * members + struck_member
    word = draw(seed, episode, tick, _STRIKE, entity)[3]
    strike(
        office, struck_member, at, struck_kind, word, delay_mean, detection_mean,
        member_condition, member_poisoned, member_duty, member_back_at, role_holder,
        office_next_at,
    )  # fmt: skip
    live_until(
        office, world, at + 1, seed, episode, offices, members, roles, renew, required, archive,
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
