"""Orders: what each level tells the one below, and how a manager's order reaches its workers.

An order takes effect at a decision tick of the level that gives it, and is held until the next
one replaces it. Where no actions are given, the orders that stand are held.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, SQUADS, ZONES_ACROSS, Standing, Workforce
from hive_env.random import rule
from hive_env.systems.mandates import is_due, speaker_of
from hive_env.systems.partitions import hub_linked
from hive_env.systems.priorities import HIGH, NEUTRAL, preferred
from hive_env.systems.space import cell_of, way
from hive_env.systems.workforce import base_of, first_of

_TYPES = RESOURCE_TYPES
_SQUADS = SQUADS
_ACROSS = ZONES_ACROSS
_ZONES = ZONES_ACROSS * ZONES_ACROSS
_GOALS = _ZONES * RESOURCE_TYPES
_DEPOT = _ZONES + 5
_CARRY_ON = int(Standing.CARRY_ON)
_HOLD = int(Workforce.HOLD)
_DRAW = int(Workforce.DRAW)
_PUSH = int(Workforce.PUSH)
_HIGH, _NEUTRAL = HIGH, NEUTRAL

NEUTRAL_QUOTA = 1
"""Quota of every type while no orchestrator has given one."""


@rule
def order_hive(hive, tick, orchestrator_period, orchestrator_action, quota):
    """Let an orchestrator's action become the quotas of its hive."""
    if tick % orchestrator_period != 0 or orchestrator_action.shape[0] == 0:
        return
    for kind in range(_TYPES):
        quota[hive, kind] = orchestrator_action[hive, kind]


@rule
def apart(place, other, cells_x, cells_y, torus, region_x0, region_y0):
    """How far apart the depots of two regions are along both axes together, cells."""
    off_x = np.int64(region_x0[place]) - np.int64(region_x0[other])
    off_y = np.int64(region_y0[place]) - np.int64(region_y0[other])
    return abs(way(off_x, cells_x, torus)) + abs(way(off_y, cells_y, torus))


@rule
def order_standing(
    sector, world, tick, orchestrator_period, sectors, hives, offices, cut, sector_hive,
    orchestrator_action, governor_standing,
):  # fmt: skip
    """Let an orchestrator's action set how a sector goes on while its governor's office is closed.

    A sector that is cut off from the orchestrator keeps what it was told last.
    """
    if tick % orchestrator_period != 0 or orchestrator_action.shape[0] == 0 or offices == 0:
        return
    if hub_linked(cut[sector]):
        hive = world * hives + np.int64(sector_hive[sector - world * sectors])
        governor_standing[sector] = orchestrator_action[hive, _TYPES]


@rule
def find_refuges(
    sector, world, regions, cells_x, cells_y, torus, reports, reports_count, region_x0, region_y0,
    workforce, refuge, refuges,
):  # fmt: skip
    """Find where each region under a governor that is to push its workers out sends them.

    To the drawn-in regions under the same governor that are nearest to it, four at most, ties by
    number.
    """
    count = np.int64(reports_count[sector])
    for slot in range(count):
        place = np.int64(reports[sector, slot])
        region = world * regions + place
        found = np.int64(0)
        if workforce[region] == _PUSH:
            for other_slot in range(count):
                other = np.int64(reports[sector, other_slot])
                if workforce[world * regions + other] != _DRAW:
                    continue
                far = apart(place, other, cells_x, cells_y, torus, region_x0, region_y0)
                at = found
                # Kept in order of distance; slots are in order of number.
                while at > 0:
                    last = np.int64(refuge[region, at - 1])
                    if far >= apart(place, last, cells_x, cells_y, torus, region_x0, region_y0):
                        break
                    if at < refuge.shape[1]:
                        refuge[region, at] = refuge[region, at - 1]
                    at -= 1
                if at < refuge.shape[1]:
                    refuge[region, at] = other
                    found = min(found + 1, refuge.shape[1])
        refuges[region] = found


@rule
def apply_order(
    sector, world, max_span, regions, sectors, offices, governor, meant_reports, meant_count,
    governor_meant, governor_issued, workforce, stand_in, manager_standing,
):  # fmt: skip
    """Let what a governor's office puts out become orders to the regions that it was about.

    Those that report to somebody else by now are left out.
    """
    for head in range(governor_issued.shape[1]):
        governor_issued[sector, head] = governor_meant[sector, head]
    for slot in range(meant_count[sector]):
        region = world * regions + np.int64(meant_reports[sector, slot])
        if world * sectors + np.int64(governor[region]) != sector:
            continue
        workforce[region] = governor_issued[sector, slot]
        if offices > 0:
            stand_in[region] = np.int64(governor_issued[sector, max_span] == slot + 1)
            manager_standing[region] = governor_issued[sector, max_span + 1]


@rule
def order_sector(
    sector, world, tick, governor_period, max_span, regions, sectors, cells_x, cells_y, torus,
    offices, consensus, office_closed, proposal, peer_rank, commit_index, log_value, governor,
    reports, reports_count, meant_reports, meant_count, region_x0, region_y0, governor_action,
    governor_meant, governor_standing, governor_issued, decision_issued, sector_ordered, workforce,
    stand_in, manager_standing, refuge, refuges,
):  # fmt: skip
    """Let what a governor's office puts out become orders to its regions, slot by slot.

    With offices the parts after the slots are the region that the governor stands in for, by slot
    plus one, and the standing order of its managers' offices. The people of a closed office carry
    on as last told, or are all held.
    """
    due = tick % governor_period == 0
    issued = due and governor_action.shape[0] > 0
    held = False
    if offices > 0:
        office = world * offices + regions + sector - world * sectors
        if consensus:
            issued = is_due(
                office, office_closed, proposal, decision_issued, peer_rank, commit_index, log_value
            )
            if issued:
                decision_issued[office] = proposal[office]
        elif office_closed[office]:
            issued = False
        held = due and office_closed[office] == 1 and governor_standing[sector] != _CARRY_ON
    sector_ordered[sector] = issued
    if not (due or issued):
        return
    if issued:
        apply_order(
            sector, world, max_span, regions, sectors, offices, governor, meant_reports,
            meant_count, governor_meant, governor_issued, workforce, stand_in, manager_standing,
        )  # fmt: skip
    elif held:
        for slot in range(reports_count[sector]):
            workforce[world * regions + np.int64(reports[sector, slot])] = _HOLD
    find_refuges(
        sector, world, regions, cells_x, cells_y, torus, reports, reports_count, region_x0,
        region_y0, workforce, refuge, refuges,
    )  # fmt: skip


@rule
def order_region(
    region, place, world, tick, manager_period, by_squad, regions, offices, consensus,
    office_closed, stand_in, governor, proposal, peer_rank, commit_index, log_value, manager_action,
    manager_meant, manager_issued, decision_issued, ordered, priority, focus, squad,
):  # fmt: skip
    """Let what a manager's office puts out become the order of its region.

    A closed office puts out nothing, unless the governor stands in; one with consensus what its
    peers have agreed on, when they have.

    Parameters
    ----------
    by_squad : int
        0: a priority for each type, and a focus. 1: a goal for each squad.
    """
    due = tick % manager_period == 0
    issued = due and manager_action.shape[0] > 0
    spoken = False
    if offices > 0:
        own = world * offices + place
        speaker = speaker_of(
            region, place, world, regions, offices, office_closed, stand_in, governor
        )
        spoken = due and speaker >= 0
        issued = issued and spoken and (consensus == 0 or speaker != own)
        if consensus and issued:
            # What the closed office had put to its peers is overtaken by who stands in.
            decision_issued[own] = proposal[own]
        elif consensus and is_due(
            own, office_closed, proposal, decision_issued, peer_rank, commit_index, log_value
        ):
            issued = True
            decision_issued[own] = proposal[own]
    ordered[region] = issued
    if issued:
        for head in range(manager_issued.shape[1]):
            manager_issued[region, head] = manager_meant[region, head]
    # While an office speaks its last order stands, also after people went by a standing order.
    if not (issued or spoken):
        return
    if by_squad:
        for which in range(_SQUADS):
            squad[region, which] = manager_issued[region, which]
        return
    for kind in range(_TYPES):
        priority[region, kind] = manager_issued[region, kind]
    focus[region] = manager_issued[region, _TYPES]


@rule
def squad_of(entity, workers, regions):
    """Squad of a worker: its number among those of its own region, modulo the squads."""
    return (entity - first_of(base_of(entity, workers, regions), workers, regions)) % _SQUADS


@rule
def take_order(
    row, world, workers, regions, by_squad, id, home, specialist, priority, focus, squad, task,
    task_zone, task_priority,
):  # fmt: skip
    """Hand a worker the order that stands in the region of its home.

    Priorities are packed two bits a type. The goal itself is the type that it prefers. The zone
    is 0 for anywhere, 1 to 16 for a zone, 17 to 20 for a quadrant, 21 for the depot.
    """
    place = world * regions + np.int64(home[row])
    entity = np.int64(id[row])
    packed = np.int64(0)
    zone = np.int64(0)
    if by_squad:
        goal = np.int64(squad[place, squad_of(entity, workers, regions)])
        if goal > _GOALS:
            zone = np.int64(_DEPOT if goal > _GOALS + 1 else 0)
        elif goal > 0:
            packed = np.int64(_HIGH) << (2 * ((goal - 1) % _TYPES))
            zone = 1 + (goal - 1) // _TYPES
        else:
            packed = np.int64(_NEUTRAL)
    else:
        for kind in range(_TYPES):
            packed |= np.int64(priority[place, kind]) << (2 * kind)
        if focus[place] > 0:
            zone = _ZONES + np.int64(focus[place])
    sort = np.int64(0)
    if packed != _NEUTRAL or zone > 0:
        sort = 1 + preferred(packed, np.int64(specialist[row]), entity)
    task[row] = sort
    task_zone[row] = zone
    task_priority[row] = packed


@rule
def assign(
    row, world, tick, manager_period, workers, regions, by_squad, consensus, id, home, specialist,
    ordered, priority, focus, squad, task, task_zone, task_priority,
):  # fmt: skip
    """Hand a worker the order of its home when managers decide, or when an office issues one."""
    if tick % manager_period != 0 and consensus == 0:
        return
    if tick % manager_period != 0 and ordered[world * regions + np.int64(home[row])] == 0:
        return
    take_order(
        row, world, workers, regions, by_squad, id, home, specialist, priority, focus, squad, task,
        task_zone, task_priority,
    )  # fmt: skip


@rule
def zone_x(zone, region_side):
    """Centre of an ordered zone along x, cells from its region's west edge."""
    if zone == _DEPOT:
        return region_side // 2
    if zone > _ZONES:
        half = region_side // 2
        return ((zone - _ZONES - 1) & 1) * half + half // 2
    part = region_side // _ACROSS
    return ((zone - 1) % _ACROSS) * part + part // 2


@rule
def zone_y(zone, region_side):
    """Centre of an ordered zone along y, cells from its region's north edge."""
    if zone == _DEPOT:
        return region_side // 2
    if zone > _ZONES:
        half = region_side // 2
        return ((zone - _ZONES - 1) >> 1) * half + half // 2
    part = region_side // _ACROSS
    return ((zone - 1) // _ACROSS) * part + part // 2


@rule
def outside_zone(
    row, zone, region_side, cells_x, cells_y, torus, x, y, home, region_x0, region_y0
):  # fmt: skip
    """Cells by which a worker is outside its ordered zone, along x and y together."""
    place = np.int64(home[row])
    wide = (zone > _ZONES) & (zone < _DEPOT)
    reach = region_side // 4 if wide else region_side // (2 * _ACROSS)
    off_x = way(cell_of(x[row]) - region_x0[place] - zone_x(zone, region_side), cells_x, torus)
    off_y = way(cell_of(y[row]) - region_y0[place] - zone_y(zone, region_side), cells_y, torus)
    return max(abs(off_x) - reach, 0) + max(abs(off_y) - reach, 0)


@rule
def away_from_depot(
    row, region_side, depth, cells_x, cells_y, torus, x, y, z, home, region_x0, region_y0
):  # fmt: skip
    """Cells from a worker to the depot that pays it, along all axes together."""
    place = np.int64(home[row])
    half = region_side // 2
    off_x = way(cell_of(x[row]) - region_x0[place] - half, cells_x, torus)
    off_y = way(cell_of(y[row]) - region_y0[place] - half, cells_y, torus)
    off_z = cell_of(z[row]) - depth // 2 if depth > 1 else np.int64(0)
    return abs(off_x) + abs(off_y) + abs(off_z)
