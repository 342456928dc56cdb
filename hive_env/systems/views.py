"""What managers, governors and orchestrators observe, written from counts and reports.

A count is told as ``count / (count + scale)``, from 0 to below 1, which needs no bound and
clips nothing. Each level sees one fact that nobody below it sees: a manager the demand of its
region, a governor the doors of its regions, an orchestrator the season of its hive.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, SQUADS, ZONES_ACROSS, Workforce
from hive_env.random import rule
from hive_env.systems.partitions import hub_linked
from hive_env.systems.reports import (
    CENSUS,
    CROWD,
    FAILED,
    HIT,
    LADEN,
    is_served,
    known_above,
    zone_of,
)
from hive_env.systems.workers import in_pair
from hive_env.systems.worth import asked_types, known_stock, quadrant_of

_TYPES = RESOURCE_TYPES
_SQUADS = SQUADS
_ZONES = ZONES_ACROSS * ZONES_ACROSS
_PUSH = int(Workforce.PUSH)
_DRAW = int(Workforce.DRAW)

ZONE_WIDTH = RESOURCE_TYPES + 2
DEMAND_AT = 96
CENSUS_AT = 100
PUSH_AT = 104
QUOTA_AT = 106
HIT_AT = 110
TIME_AT = 111
SQUAD_AT = 112
ASKED_AT = 120
QUADRANT_AT = 124
MANAGER_WIDTH = 128
"""First feature of each group of a manager's view, and their number."""

SLOT_WIDTH = 16
"""Features of one subordinate in the view of a governor or an orchestrator."""

GOVERNOR_EXTRA = 8
ORCHESTRATOR_EXTRA = 5
"""Features after the slots."""

QUOTAS = 4
"""Values of a quota, 0 to 3."""


@rule
def ratio(count, scale):
    """``count / (count + scale)`` as float32; 0 where both are zero."""
    if count <= 0:
        return np.float32(0)
    return np.float32(np.float32(count) / np.float32(count + scale))


@rule
def time_left(tick, episode_ticks):
    """Share of the episode that is left."""
    return np.float32(np.float32(max(episode_ticks - tick, 0)) / np.float32(episode_ticks))


@rule
def view_manager(
    region, world, tick, episode_ticks, sectors, region_side, sites, stock, mean_span,
    demand_hot, demand_cold, governor, site_cell, site_type, site_stock, site_known, zone_crowd,
    zone_failed, census, hit, squad_lately, demand, workforce, quota_heard, manager_view,
):  # fmt: skip
    """Write what a manager observes: float32[128]."""
    for index in range(MANAGER_WIDTH):
        manager_view[region, index] = np.float32(0)
    for site in range(sites):
        if site_known[region, site]:
            zone = zone_of(np.int64(site_cell[region, site]), region_side)
            at = ZONE_WIDTH * zone + np.int64(site_type[region, site])
            manager_view[region, at] += np.float32(site_stock[region, site])
    squad_span = mean_span / _SQUADS
    zone_span = mean_span / _ZONES
    for zone in range(_ZONES):
        at = ZONE_WIDTH * zone
        for kind in range(_TYPES):
            manager_view[region, at + kind] = ratio(
                np.int64(manager_view[region, at + kind]), stock
            )
        crowd = np.int64(zone_crowd[region, zone])
        failed = np.int64(zone_failed[region, zone])
        manager_view[region, at + _TYPES] = ratio(crowd, zone_span)
        manager_view[region, at + _TYPES + 1] = ratio(failed, zone_span)
    sector = world * sectors + np.int64(governor[region])
    asked = asked_types(region, sector, 1, demand_hot, demand_cold, demand, quota_heard)
    alive = np.int64(0)
    for kind in range(_TYPES):
        counted = np.int64(census[region, kind])
        alive += counted
        manager_view[region, DEMAND_AT + kind] = np.float32(in_pair(kind, np.int64(demand[region])))
        manager_view[region, CENSUS_AT + kind] = ratio(counted, mean_span / _TYPES)
        quota = np.float32(quota_heard[sector, kind])
        manager_view[region, QUOTA_AT + kind] = quota / np.float32(3)
        manager_view[region, ASKED_AT + kind] = np.float32((asked >> kind) & 1)
    manager_view[region, PUSH_AT] = np.float32(workforce[region] == _PUSH)
    manager_view[region, PUSH_AT + 1] = np.float32(workforce[region] == _DRAW)
    manager_view[region, HIT_AT] = share(np.int64(hit[region]), alive)
    manager_view[region, TIME_AT] = time_left(tick, episode_ticks)
    for which in range(_SQUADS):
        manager_view[region, SQUAD_AT + which] = ratio(
            np.int64(squad_lately[region, which]), squad_span
        )
    known = np.int64(0)
    for site in range(sites):
        there = known_stock(region, site, asked, site_type, site_stock, site_known)
        if there > 0:
            known += there
            quadrant = quadrant_of(np.int64(site_cell[region, site]), region_side)
            manager_view[region, QUADRANT_AT + quadrant] += np.float32(there)
    for quadrant in range(4):
        there = np.int64(manager_view[region, QUADRANT_AT + quadrant])
        manager_view[region, QUADRANT_AT + quadrant] = share(there, known)


@rule
def share(count, of):
    """``count / of`` as float32, 0 of none."""
    if of <= 0:
        return np.float32(0)
    return np.float32(np.float32(count) / np.float32(of))


@rule
def view_governor(
    sector, world, tick, episode_ticks, door_ticks, regions, sectors, sites, stock, mean_span,
    max_span, region_sector, reports, reports_count, door, workforce, zone_crowd, zone_failed,
    census, laden, hit, reported, lately, stock_seen, quota_heard, governor_view,
):  # fmt: skip
    """Write what a governor observes: float32[16 max_span + 8], a slot for each region."""
    width = SLOT_WIDTH * max_span + GOVERNOR_EXTRA
    for index in range(width):
        governor_view[sector, index] = np.float32(0)
    count = np.int64(reports_count[sector])
    part = sector - world * sectors
    delivered = np.int64(0)
    for slot in range(count):
        place = np.int64(reports[sector, slot])
        region = world * regions + place
        at = SLOT_WIDTH * slot
        seen = np.int64(0)
        units = np.int64(0)
        counts = (zone_crowd, zone_failed, laden, hit, census, reported)
        alive = known_above(region, CROWD, *counts)
        failed = known_above(region, FAILED, *counts)
        for kind in range(_TYPES):
            seen += np.int64(stock_seen[region, kind])
            units += np.int64(lately[region, kind])
            there = known_above(region, CENSUS + kind, *counts)
            governor_view[sector, at + 11 + kind] = ratio(there, mean_span / _TYPES)
        delivered += units
        governor_view[sector, at] = np.float32(1)
        governor_view[sector, at + 1] = np.float32(door[region])
        governor_view[sector, at + 2 + np.int64(workforce[region])] = np.float32(1)
        governor_view[sector, at + 5] = ratio(alive, mean_span)
        governor_view[sector, at + 6] = share(failed, alive + failed)
        governor_view[sector, at + 7] = ratio(seen, stock * sites / 4)
        governor_view[sector, at + 8] = ratio(units, mean_span / 4)
        governor_view[sector, at + 9] = share(known_above(region, LADEN, *counts), alive)
        governor_view[sector, at + 10] = share(known_above(region, HIT, *counts), alive)
        governor_view[sector, at + 15] = np.float32(np.int64(region_sector[place]) != part)
    at = SLOT_WIDTH * max_span
    for kind in range(_TYPES):
        governor_view[sector, at + kind] = np.float32(quota_heard[sector, kind]) / np.float32(3)
    governor_view[sector, at + 4] = time_left(tick, episode_ticks)
    governor_view[sector, at + 5] = share(door_ticks - tick % door_ticks, door_ticks)
    governor_view[sector, at + 6] = share(count, max_span)
    governor_view[sector, at + 7] = ratio(delivered, count * mean_span / 4)


@rule
def sum_up(
    sector, world, regions, reports, reports_count, workforce, zone_crowd, zone_failed, census,
    laden, hit, reported, lately, stock_seen, sums, row, at,
):  # fmt: skip
    """Sum up what is reported to a sector's governor: sixteen whole numbers, see `SLOT_WIDTH`.

    In the order of the features that `view_orchestrator` makes of them; the first is the number
    of regions. Written to a row, from a place on; small integers are exact in float32.
    """
    for index in range(SLOT_WIDTH):
        sums[row, at + index] = 0
    sums[row, at] = reports_count[sector]
    counts = (zone_crowd, zone_failed, laden, hit, census, reported)
    for slot in range(reports_count[sector]):
        region = world * regions + np.int64(reports[sector, slot])
        sums[row, at + 2] += known_above(region, FAILED, *counts)
        sums[row, at + 11] += np.int64(workforce[region] == _PUSH)
        for kind in range(_TYPES):
            there = known_above(region, CENSUS + kind, *counts)
            sums[row, at + 1] += there
            sums[row, at + 3 + kind] += np.int64(stock_seen[region, kind])
            sums[row, at + 7 + kind] += np.int64(lately[region, kind])
            sums[row, at + 12 + kind] += there


@rule
def tell_hub(
    sector, world, tick, manager_period, regions, sectors, offices, report_role, office_filled,
    cut, reports, reports_count, workforce, zone_crowd, zone_failed, census, laden, hit, reported,
    lately, stock_seen, told,
):  # fmt: skip
    """Tell the orchestrator what is reported to a governor, where it keeps what it was told.

    It is told nothing while the sector is cut off from it, and while nobody serves the role
    ``report`` of the governor's office.
    """
    if told.shape[0] == 0 or tick % manager_period != 0 or not hub_linked(cut[sector]):
        return
    office = world * offices + regions + sector - world * sectors
    if is_served(office, report_role, offices, office_filled):
        sum_up(
            sector, world, regions, reports, reports_count, workforce, zone_crowd, zone_failed,
            census, laden, hit, reported, lately, stock_seen, told, sector, 0,
        )  # fmt: skip


@rule
def clear_told(sector, told, told_tally):
    """Let the orchestrator have been told nothing of a sector."""
    if told.shape[0] == 0:
        return
    for index in range(told.shape[1]):
        told[sector, index] = 0
    for kind in range(told_tally.shape[1]):
        told_tally[sector, kind] = 0


@rule
def view_orchestrator(
    hive, world, tick, season_ticks, regions, sectors, hives, sites, stock, mean_span,
    hive_sectors, hive_sector, reports, reports_count, workforce, zone_crowd, zone_failed, census,
    laden, hit, reported, lately, stock_seen, told, season, season_until, orchestrator_view,
):  # fmt: skip
    """Write what an orchestrator observes: float32[16 governors + 5], a slot for each sector.

    With offices or a ledger what it was told last, else what was reported last.
    """
    part = hive - world * hives
    for slot in range(hive_sectors):
        at = SLOT_WIDTH * slot
        sector = world * sectors + np.int64(hive_sector[part, slot])
        # Sums first, in place; then the features that they make.
        if told.shape[0] > 0:
            for index in range(SLOT_WIDTH):
                orchestrator_view[hive, at + index] = told[sector, index]
        else:
            sum_up(
                sector, world, regions, reports, reports_count, workforce, zone_crowd, zone_failed,
                census, laden, hit, reported, lately, stock_seen, orchestrator_view, hive, at,
            )  # fmt: skip
        count = np.int64(orchestrator_view[hive, at])
        alive = np.int64(orchestrator_view[hive, at + 1])
        failed = np.int64(orchestrator_view[hive, at + 2])
        pushed = np.int64(orchestrator_view[hive, at + 11])
        span = mean_span * count
        for kind in range(_TYPES):
            seen = np.int64(orchestrator_view[hive, at + 3 + kind])
            units = np.int64(orchestrator_view[hive, at + 7 + kind])
            there = np.int64(orchestrator_view[hive, at + 12 + kind])
            orchestrator_view[hive, at + 3 + kind] = ratio(seen, count * stock * sites / 16)
            orchestrator_view[hive, at + 7 + kind] = ratio(units, span / 16)
            orchestrator_view[hive, at + 12 + kind] = ratio(there, span / _TYPES)
        orchestrator_view[hive, at] = np.float32(1)
        orchestrator_view[hive, at + 1] = ratio(alive, span)
        orchestrator_view[hive, at + 2] = share(failed, alive + failed)
        orchestrator_view[hive, at + 11] = share(pushed, count)
    at = SLOT_WIDTH * hive_sectors
    for kind in range(_TYPES):
        orchestrator_view[hive, at + kind] = np.float32(in_pair(kind, np.int64(season[hive])))
    left = max(np.int64(season_until[hive]) - tick, 0)
    orchestrator_view[hive, at + 4] = share(left, 2 * season_ticks)
