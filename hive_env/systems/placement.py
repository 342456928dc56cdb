"""The start of an episode: every column of a world set anew."""

from __future__ import annotations

import numpy as np

from hive_env.config import FRACTION_BITS
from hive_env.enums import RESOURCE_TYPES, Stream
from hive_env.random import below, draw, rule
from hive_env.systems.orders import NEUTRAL_QUOTA
from hive_env.systems.priorities import NEUTRAL, NORMAL
from hive_env.systems.sites import found_sites
from hive_env.systems.workers import NEVER, NO_CLAIM, fault_gap
from hive_env.systems.workforce import first_of

_PLACE = int(Stream.PLACE)
_TYPES = RESOURCE_TYPES
_HALF_CELL = 1 << (FRACTION_BITS - 1)


@rule
def start_clock(world, tick):
    """Begin the episode at tick 0."""
    tick[world] = 0


@rule
def place_workers(
    region, place, world, seed, episode, workers, regions, region_side, depth, scatter,
    fault_mean_ticks,
    region_x0, region_y0, member_first, member, member_stay, member_left, member_end,
    id, x, y, z, vx, vy, vz, home, cargo, specialist, health, fatigue, error_count, next_fault,
    down, repair, success, task, task_zone, task_priority, compute_budget, memory_usage,
    event, gain, memory,
):  # fmt: skip
    """Put a region's workers around its depot, alive, unloaded and without orders.

    They start within ``scatter`` cells of it along each axis.
    """
    first = first_of(place, workers, regions)
    count = first_of(place + 1, workers, regions) - first
    start = member_first[region]
    for number in range(count):
        entity = first + number
        row = world * workers + entity
        words = draw(seed, episode, 0, _PLACE, entity)
        at_x = region_x0[place] + region_side // 2 + below(words[0], 2 * scatter + 1) - scatter
        at_y = region_y0[place] + region_side // 2 + below(words[1], 2 * scatter + 1) - scatter
        member[start + number] = row
        id[row] = entity
        x[row] = (at_x << FRACTION_BITS) + _HALF_CELL
        y[row] = (at_y << FRACTION_BITS) + _HALF_CELL
        if z.shape[0] > 0:
            z[row] = (below(words[2], depth) << FRACTION_BITS) + _HALF_CELL
        if vx.shape[0] > 0:
            vx[row] = 0
            vy[row] = 0
            vz[row] = 0
        home[row] = place
        cargo[row] = 0
        specialist[row] = number % _TYPES
        health[row] = 0
        fatigue[row] = 0
        error_count[row] = 0
        next_fault[row] = NEVER
        if fault_mean_ticks > 0:
            due = fault_gap(seed, episode, 0, entity, fault_mean_ticks)
            next_fault[row] = min(due, NEVER)
        down[row] = 0
        repair[row] = 0
        success[row] = 0
        task[row] = 0
        task_zone[row] = 0
        task_priority[row] = NEUTRAL
        compute_budget[row] = 1
        memory_usage[row] = 4 * memory.shape[1]
        event[row] = 0
        gain[row] = 0
        for index in range(memory.shape[1]):
            memory[row, index] = np.float32(0)
    member_stay[region] = count
    member_left[region] = count
    member_end[region] = count


@rule
def clear_region(
    region, place, trail, workforce, region_value, delivered, paid, picked, demand,
    demand_until, door, hazard_cell, priority, focus, squad, squad_units, squad_lately, counted,
    lately, region_sector, governor, refuge, refuges, by_squad, standing_order, manager_draft,
    manager_meant, manager_issued, manager_standing, stand_in, adopted, ordered,
):  # fmt: skip
    """Forget a region's past: trails, orders, counts, demand and doors.

    Its manager reports to the governor of its sector again.
    """
    for plane in range(trail.shape[1]):
        for cell in range(trail.shape[2]):
            trail[region, plane, cell] = 0
    workforce[region] = 0
    focus[region] = 0
    governor[region] = region_sector[place]
    refuges[region] = 0
    manager_standing[region] = standing_order
    stand_in[region] = 0
    adopted[region] = 0
    ordered[region] = 0
    for index in range(refuge.shape[1]):
        refuge[region, index] = 0
    for which in range(squad.shape[1]):
        neutral = NORMAL if by_squad == 0 and which < _TYPES else 0
        manager_draft[region, which] = neutral
        manager_meant[region, which] = neutral
        manager_issued[region, which] = neutral
        squad[region, which] = 0
        squad_units[region, which] = 0
        squad_lately[region, which] = 0
    region_value[region] = 0
    for kind in range(_TYPES):
        priority[region, kind] = NORMAL
        counted[region, kind] = 0
        lately[region, kind] = 0
        delivered[region, kind] = 0
        paid[region, kind] = 0
        picked[region, kind] = 0
    demand[region] = 0
    demand_until[region] = 0
    door[region] = 1
    for hazard in range(hazard_cell.shape[1]):
        hazard_cell[region, hazard] = 0


@rule
def open_sites(
    region, place, seed, episode, region_side, depth, sites, stock, claim_first, claim_second,
    site_taken, site_wait, site_cell, site_type, site_stock, site_generation, site_known,
):  # fmt: skip
    """Open the first site of every slot of a region."""
    for site in range(sites):
        claim_first[region, site] = NO_CLAIM
        claim_second[region, site] = NO_CLAIM
        site_taken[region, site] = 0
        site_wait[region, site] = 0
        site_generation[region, site] = 0
    found_sites(
        region, place, seed, episode, region_side, depth, sites, stock, site_cell, site_type,
        site_stock, site_generation, site_known,
    )  # fmt: skip


@rule
def clear_sector(
    sector, world, sectors, sector_regions, standing_order, reports, reports_count, governor_draft,
    governor_meant, governor_issued, governor_standing, sector_ordered, draft_reports, draft_count,
    meant_reports, meant_count,
):  # fmt: skip
    """Let a sector's own regions report to its governor."""
    part = sector - world * sectors
    reports_count[sector] = sector_regions.shape[1]
    for slot in range(sector_regions.shape[1]):
        reports[sector, slot] = sector_regions[part, slot]
    for slot in range(governor_issued.shape[1]):
        governor_draft[sector, slot] = 0
        governor_meant[sector, slot] = 0
        governor_issued[sector, slot] = 0
    draft_count[sector] = sector_regions.shape[1]
    meant_count[sector] = sector_regions.shape[1]
    for slot in range(meant_reports.shape[1]):
        draft_reports[sector, slot] = 0
        meant_reports[sector, slot] = 0
    for slot in range(sector_regions.shape[1]):
        draft_reports[sector, slot] = sector_regions[part, slot]
        meant_reports[sector, slot] = sector_regions[part, slot]
    governor_standing[sector] = standing_order
    sector_ordered[sector] = 0


@rule
def clear_hive(hive, season, season_until, quota):
    """Forget a hive's quotas, and its season, so that one is drawn."""
    for kind in range(_TYPES):
        quota[hive, kind] = NEUTRAL_QUOTA
    season[hive] = 0
    season_until[hive] = 0
