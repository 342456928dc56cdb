"""What leaves an office: its seat's action as it is, late, garbled, or not at all.

The office of a manager or governor stands between what the seat decides and what becomes an order.
A closed one gives no order; its people go on by a standing order, or by the orders of the governor
who stands in. An office with consensus gives an order when its peers have agreed on it.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, SQUADS, Condition, Garble, Standing, Stream
from hive_env.random import below, draw, rule
from hive_env.systems.consensus import is_agreed
from hive_env.systems.members import INSTANT_SHIFT
from hive_env.systems.priorities import OFF
from hive_env.systems.takeover import proficiency

_TYPES = RESOURCE_TYPES
_SQUADS = SQUADS
_SHIFT = INSTANT_SHIFT
_OFF = OFF
_SLOW = int(Condition.SLOW)
_CORRUPT = int(Condition.CORRUPT)
_STUCK = int(Garble.STUCK)
_ADVERSARIAL = int(Garble.ADVERSARIAL)
_CARRY_ON = int(Standing.CARRY_ON)
_RETREAT = int(Standing.RETREAT)
_MANDATE = int(Stream.MANDATE)

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
    return proficiency(office, role, holder, now, 65536, skill_half_life, slot_of, practised_at)


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
def outlook(
    office, seat, order_stride, seed, episode, tick, roles, required, decide_role, relay_role,
    skill_half_life, slot_of, practised_at, role_holder, member_condition,
):  # fmt: skip
    """How an office puts out what its seat decides now: whether late, whether corrupt, how well.

    Parameters
    ----------
    seat : int
        The place of the seat's office in its world, which its draws go by.
    order_stride : int
        More than any seat's action has parts.
    """
    now = np.int64(tick) << _SHIFT
    word = draw(seed, episode, tick, _MANDATE, seat * order_stride)[0]
    late = is_late(
        office, now, word, roles, required, relay_role, skill_half_life, slot_of, practised_at,
        role_holder, member_condition,
    )  # fmt: skip
    corrupt = held_in(office, decide_role, _CORRUPT, member_condition, role_holder)
    corrupt = corrupt | held_in(office, relay_role, _CORRUPT, member_condition, role_holder)
    known = quality(office, decide_role, now, skill_half_life, slot_of, practised_at, role_holder)
    return late, corrupt, known


@rule
def part_of_order(
    seat, order_stride, head, seed, episode, tick, wanted, drafted, stood, values, garble, late,
    corrupt, known,
):  # fmt: skip
    """What an office makes of one part of its seat's action."""
    word = draw(seed, episode, tick, _MANDATE, seat * order_stride + 1 + head)[0]
    return put_out(drafted if late else wanted, stood, values, word, known, corrupt, garble)


@rule
def speaker_of(region, place, world, regions, offices, office_closed, stand_in, governor):
    """The office by which a region gets orders: its manager's, or its governor's; -1 if neither.

    While the manager's is closed the office of the governor who has adopted the region stands in.
    """
    own = world * offices + place
    if office_closed[own] == 0:
        return own
    above = world * offices + regions + np.int64(governor[region])
    if stand_in[region] and office_closed[above] == 0:
        return above
    return np.int64(-1)


@rule
def values_of(head, by_squad):
    """How many values a part of a manager's order has."""
    return np.int64(HOLD_GOAL if by_squad else (3 if head < _TYPES else 5))


@rule
def mandate_region(
    region, place, world, seed, episode, tick, manager_period, by_squad, order_stride, regions,
    offices, roles, required, decide_role, relay_role, garble, consensus, skill_half_life, slot_of,
    practised_at, role_holder, member_condition, office_closed, stand_in, governor, manager_action,
    manager_draft, manager_issued, manager_meant, proposal,
):  # fmt: skip
    """Turn a manager's action into what its office means to put out; closed, nothing.

    An office with consensus puts it to its peers.
    """
    if tick % manager_period != 0 or manager_action.shape[0] == 0:
        return
    heads = np.int64(_SQUADS if by_squad else _TYPES + 1)
    if offices == 0:
        for head in range(heads):
            manager_draft[region, head] = manager_action[region, head]
            manager_meant[region, head] = manager_action[region, head]
        return
    office = speaker_of(region, place, world, regions, offices, office_closed, stand_in, governor)
    late, corrupt, known = False, False, np.int64(65536)
    if office >= 0:
        late, corrupt, known = outlook(
            office, place, order_stride, seed, episode, tick, roles, required, decide_role,
            relay_role, skill_half_life, slot_of, practised_at, role_holder, member_condition,
        )  # fmt: skip
    for head in range(heads):
        wanted = np.int64(manager_action[region, head])
        drafted = np.int64(manager_draft[region, head])
        manager_draft[region, head] = wanted
        if office >= 0:
            manager_meant[region, head] = part_of_order(
                place, order_stride, head, seed, episode, tick, wanted, drafted,
                np.int64(manager_issued[region, head]), values_of(head, by_squad), garble, late,
                corrupt, known,
            )  # fmt: skip
    if consensus and office == world * offices + place:
        proposal[office] = 1 + tick // manager_period


@rule
def note_reports(sector, count, slot_of_region, noted_reports, noted_count):
    """Note which regions an action is about, slot by slot."""
    noted_count[sector] = count
    for slot in range(count):
        noted_reports[sector, slot] = slot_of_region[sector, slot]


@rule
def mandate_sector(
    sector, world, seed, episode, tick, governor_period, max_span, order_stride, regions, sectors,
    offices, roles, required, decide_role, relay_role, garble, consensus, skill_half_life, slot_of,
    practised_at, role_holder, member_condition, office_closed, reports, reports_count,
    governor_action, governor_draft, governor_issued, governor_meant, draft_reports, draft_count,
    meant_reports, meant_count, proposal,
):  # fmt: skip
    """Turn a governor's action into what its office means to put out; closed, nothing.

    What is meant is kept with the regions that it is about: slots may be dealt anew before it
    goes out.
    """
    if tick % governor_period != 0 or governor_action.shape[0] == 0:
        return
    heads = np.int64(governor_action.shape[1])
    count = np.int64(reports_count[sector])
    if offices == 0:
        note_reports(sector, count, reports, draft_reports, draft_count)
        note_reports(sector, count, reports, meant_reports, meant_count)
        for head in range(heads):
            governor_draft[sector, head] = governor_action[sector, head]
            governor_meant[sector, head] = governor_action[sector, head]
        return
    seat = regions + sector - world * sectors
    office = world * offices + seat
    is_open = office_closed[office] == 0
    late, corrupt, known = outlook(
        office, seat, order_stride, seed, episode, tick, roles, required, decide_role, relay_role,
        skill_half_life, slot_of, practised_at, role_holder, member_condition,
    )  # fmt: skip
    if is_open and late:
        note_reports(
            sector, np.int64(draft_count[sector]), draft_reports, meant_reports, meant_count
        )
    elif is_open:
        note_reports(sector, count, reports, meant_reports, meant_count)
    note_reports(sector, count, reports, draft_reports, draft_count)
    for head in range(heads):
        wanted = np.int64(governor_action[sector, head])
        drafted = np.int64(governor_draft[sector, head])
        governor_draft[sector, head] = wanted
        values = np.int64(3)
        if head == max_span:
            values = np.int64(max_span + 2)
        if is_open:
            governor_meant[sector, head] = part_of_order(
                seat, order_stride, head, seed, episode, tick, wanted, drafted,
                np.int64(governor_issued[sector, head]), values, garble, late, corrupt, known,
            )  # fmt: skip
    if consensus and is_open:
        proposal[office] = 1 + tick // governor_period


@rule
def is_due(office, office_closed, proposal, decision_issued, peer_rank, commit_index, log_value):
    """Whether an office with consensus may issue what it last put to its peers: they agreed."""
    if office_closed[office] or decision_issued[office] >= proposal[office]:
        return False
    return is_agreed(office, 1, np.int64(proposal[office]), peer_rank, commit_index, log_value)


@rule
def stand_down(
    region, place, world, tick, manager_period, by_squad, regions, offices, office_closed,
    stand_in, governor, manager_standing, priority, focus, squad,
):  # fmt: skip
    """Let the people of a region for whom no office speaks go on by the standing order.

    They carry on as last told; or hold: fetch nothing; or retreat: fetch nothing, at the depot.
    """
    if tick % manager_period != 0 or offices == 0 or manager_standing[region] == _CARRY_ON:
        return
    office = speaker_of(region, place, world, regions, offices, office_closed, stand_in, governor)
    if office >= 0:
        return
    back = manager_standing[region] == _RETREAT
    for kind in range(_TYPES):
        priority[region, kind] = _OFF
    focus[region] = DEPOT_FOCUS if back else 0
    if by_squad:
        for which in range(_SQUADS):
            squad[region, which] = RETREAT_GOAL if back else HOLD_GOAL
