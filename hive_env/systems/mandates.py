"""What leaves an office: its seat's action as it is, late, garbled, or not at all.

The office of a manager or governor stands between what the seat decides and what becomes an order.
A closed one gives no order; its people go on by a standing order.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, SQUADS, Condition, Garble, Standing, Stream, Workforce
from hive_env.random import below, draw, rule
from hive_env.systems.members import INSTANT_SHIFT, faded
from hive_env.systems.priorities import OFF

_TYPES = RESOURCE_TYPES
_SQUADS = SQUADS
_SHIFT = INSTANT_SHIFT
_OFF = OFF
_HOLD_REGION = int(Workforce.HOLD)
_SLOW = int(Condition.SLOW)
_CORRUPT = int(Condition.CORRUPT)
_STUCK = int(Garble.STUCK)
_ADVERSARIAL = int(Garble.ADVERSARIAL)
_CARRY_ON = int(Standing.CARRY_ON)
_RETREAT = int(Standing.RETREAT)
_MANDATE = int(Stream.MANDATE)

_ENTITIES = 4096

DEPOT_FOCUS = 5
"""Focus of a region whose people retreat: its depot."""

HOLD_GOAL = 1 + 16 * RESOURCE_TYPES
"""Goal of a squad that holds: to fetch nothing."""

RETREAT_GOAL = HOLD_GOAL + 1
"""Goal of a squad that retreats to the depot."""


@rule
def quality(office, role, now, skill_half_life, slot_of, practised_at, role_holder):
    """How well a role is served, times 2**16: what its holder has not forgotten, 0 if unfilled.

    An office without the role does without it: full quality.
    """
    if role < 0:
        return np.int64(65536)
    holder = np.int64(role_holder[office, role]) - 1
    if holder < 0:
        return np.int64(0)
    span = now - np.int64(practised_at[office, holder, np.int64(slot_of[holder, role])])
    return faded(65536, span, skill_half_life)


@rule
def held_in(office, role, condition, member_condition, role_holder):
    """Whether a role is served by a member in a certain condition."""
    if role < 0:
        return False
    holder = np.int64(role_holder[office, role]) - 1
    return holder >= 0 and member_condition[office, holder] == condition


@rule
def is_late(
    office, now, word, roles, required, relay_role, skill_half_life, slot_of, practised_at,
    role_holder, member_condition,
):  # fmt: skip
    """Whether an office acts on old input: a critical role is slow, or its relay has faded."""
    late = False
    for role in range(roles):
        if (required >> role) & 1:
            late = late | held_in(office, role, _SLOW, member_condition, role_holder)
    known = quality(office, relay_role, now, skill_half_life, slot_of, practised_at, role_holder)
    return late | ((word & 0xFFFF) >= known)


@rule
def put_out(wanted, stood, values, word, known, corrupt, garble):
    """What becomes of one part of an action: a value below ``values``.

    A corrupt office puts out a value at random, the one that stood, or the opposite. A sound one
    errs, to a value at random, with the chance that it lacks in quality.

    Parameters
    ----------
    word : int
        A uniform 32-bit word.
    known : int
        Quality of the decision, times 2**16.
    """
    anything = below(word, values)
    if corrupt:
        if garble == _STUCK:
            return stood
        if garble == _ADVERSARIAL:
            return values - 1 - wanted
        return anything
    return anything if (word & 0xFFFF) >= known else wanted


@rule
def mandate_region(
    region, place, world, seed, episode, tick, manager_period, by_squad, offices, roles, required,
    decide_role, relay_role, garble, skill_half_life, slot_of, practised_at, role_holder,
    member_condition, office_closed, manager_action, manager_draft, manager_issued,
):  # fmt: skip
    """Turn a manager's action into what its office puts out; closed, it puts out nothing."""
    if tick % manager_period != 0 or manager_action.shape[0] == 0:
        return
    heads = np.int64(manager_action.shape[1])
    if offices == 0:
        for head in range(heads):
            manager_draft[region, head] = manager_action[region, head]
            manager_issued[region, head] = manager_action[region, head]
        return
    office = world * offices + place
    now = np.int64(tick) << _SHIFT
    seat = office - world * offices
    words = draw(seed, episode, tick, _MANDATE, _ENTITIES * seat)
    late = is_late(
        office, now, words[0], roles, required, relay_role, skill_half_life, slot_of,
        practised_at, role_holder, member_condition,
    )  # fmt: skip
    known = quality(office, decide_role, now, skill_half_life, slot_of, practised_at, role_holder)
    corrupt = held_in(office, decide_role, _CORRUPT, member_condition, role_holder)
    corrupt = corrupt | held_in(office, relay_role, _CORRUPT, member_condition, role_holder)
    for head in range(heads):
        values = HOLD_GOAL if by_squad else (3 if head < _TYPES else 5)
        wanted = np.int64(manager_action[region, head])
        meant = np.int64(manager_draft[region, head]) if late else wanted
        manager_draft[region, head] = wanted
        if office_closed[office]:
            continue
        word = draw(seed, episode, tick, _MANDATE, _ENTITIES * seat + 1 + head)[0]
        manager_issued[region, head] = put_out(
            meant, np.int64(manager_issued[region, head]), values, word, known, corrupt, garble
        )


@rule
def stand_down(
    region, place, world, tick, manager_period, by_squad, offices, standing_order, office_closed,
    priority, focus, squad,
):  # fmt: skip
    """Let the people of a region whose office is closed go on by its standing order.

    They carry on as last told; or hold: fetch nothing; or retreat: fetch nothing, at the depot.
    """
    if tick % manager_period != 0 or offices == 0 or standing_order == _CARRY_ON:
        return
    if office_closed[world * offices + place] == 0:
        return
    back = standing_order == _RETREAT
    for kind in range(_TYPES):
        priority[region, kind] = _OFF
    focus[region] = DEPOT_FOCUS if back else 0
    if by_squad:
        for which in range(_SQUADS):
            squad[region, which] = RETREAT_GOAL if back else HOLD_GOAL


@rule
def mandate_sector(
    sector, world, seed, episode, tick, governor_period, regions, sectors, offices, roles, required,
    decide_role, relay_role, garble, standing_order, skill_half_life, slot_of, practised_at,
    role_holder, member_condition, office_closed, governor_action, governor_draft, governor_issued,
):  # fmt: skip
    """Turn a governor's action into what its office puts out; closed, it may hold its regions."""
    if tick % governor_period != 0 or governor_action.shape[0] == 0:
        return
    slots = np.int64(governor_action.shape[1])
    if offices == 0:
        for slot in range(slots):
            governor_draft[sector, slot] = governor_action[sector, slot]
            governor_issued[sector, slot] = governor_action[sector, slot]
        return
    office = world * offices + regions + sector - world * sectors
    now = np.int64(tick) << _SHIFT
    seat = office - world * offices
    words = draw(seed, episode, tick, _MANDATE, _ENTITIES * seat)
    late = is_late(
        office, now, words[0], roles, required, relay_role, skill_half_life, slot_of,
        practised_at, role_holder, member_condition,
    )  # fmt: skip
    known = quality(office, decide_role, now, skill_half_life, slot_of, practised_at, role_holder)
    corrupt = held_in(office, decide_role, _CORRUPT, member_condition, role_holder)
    corrupt = corrupt | held_in(office, relay_role, _CORRUPT, member_condition, role_holder)
    closed = office_closed[office] == 1
    for slot in range(slots):
        wanted = np.int64(governor_action[sector, slot])
        meant = np.int64(governor_draft[sector, slot]) if late else wanted
        governor_draft[sector, slot] = wanted
        word = draw(seed, episode, tick, _MANDATE, _ENTITIES * seat + 1 + slot)[0]
        stood = np.int64(governor_issued[sector, slot])
        if closed:
            if standing_order != _CARRY_ON:
                governor_issued[sector, slot] = _HOLD_REGION
        else:
            governor_issued[sector, slot] = put_out(meant, stood, 3, word, known, corrupt, garble)
