"""Built-in controllers of managers, governors and orchestrators, as systems over their seats.

The scripted ones read only what their level is shown: its own private fact, reports, the orders
from above. Each writes the action of the seat at hand.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, SQUADS, ZONES_ACROSS, Standing, Stream, Workforce
from hive_env.random import below, draw, rule
from hive_env.systems.office_views import orphans, thin_share
from hive_env.systems.orders import NEUTRAL_QUOTA
from hive_env.systems.priorities import HIGH, NORMAL, OFF
from hive_env.systems.reports import zone_of
from hive_env.systems.views import QUOTAS
from hive_env.systems.workers import in_pair
from hive_env.systems.worth import asked_types, known_stock, quadrant_of

_TYPES = RESOURCE_TYPES
_SQUADS = SQUADS
_CARRY_ON = int(Standing.CARRY_ON)
_HOLD = int(Workforce.HOLD)
_PUSH = int(Workforce.PUSH)
_DRAW = int(Workforce.DRAW)
_MANAGER = int(Stream.MANAGER)
_GOVERNOR = int(Stream.GOVERNOR)
_ORCHESTRATOR = int(Stream.ORCHESTRATOR)
_OFF, _NORMAL, _HIGH = OFF, NORMAL, HIGH
_NEUTRAL_QUOTA = NEUTRAL_QUOTA

FOCI = 5
"""Values of a manager's focus: none, or one of four quadrants."""

GOALS = 1 + ZONES_ACROSS * ZONES_ACROSS * RESOURCE_TYPES
"""Values of a squad's goal: none, or 1 + 4 * zone + type."""

FOCUS_SHARE = 40
"""Share of the known stock that a quadrant must have to become the focus, percent."""


@rule
def manage_nothing(region, by_squad, manager_action):
    """Give no order: types normal, no focus, no goal to any squad; the first posture."""
    for head in range(manager_action.shape[1]):
        manager_action[region, head] = 0 if by_squad or head >= _TYPES else _NORMAL


@rule
def manage_randomly(
    region, place, seed, episode, tick, by_squad, offices, postures, manager_action
):
    """Draw every part of a manager's action uniformly."""
    heads = np.int64(manager_action.shape[1])
    if offices > 0:
        heads -= 1
        word = draw(seed, episode, tick, _MANAGER, place * _SQUADS)[1]
        manager_action[region, heads] = below(word, postures)
    for head in range(heads):
        word = draw(seed, episode, tick, _MANAGER, place * _SQUADS + head)[0]
        values = GOALS if by_squad else (3 if head < _TYPES else FOCI)
        manager_action[region, head] = below(word, values)


@rule
def best_quadrant(region, region_side, sites, high, site_cell, site_type, site_stock, site_known):
    """Quadrant plus one with most of the known stock of high types, 0 if it has too little."""
    total = np.int64(0)
    best = np.int64(0)
    found = np.int64(0)
    for quadrant in range(4):
        here = np.int64(0)
        for site in range(sites):
            if quadrant_of(np.int64(site_cell[region, site]), region_side) == quadrant:
                here += known_stock(region, site, high, site_type, site_stock, site_known)
        total += here
        if here > best:
            best = here
            found = np.int64(quadrant) + 1
    return found if 100 * best >= FOCUS_SHARE * total else np.int64(0)


@rule
def deal_squads(
    region, region_side, sites, high, site_cell, site_type, site_stock, site_known, manager_action
):
    """Deal the squads over the known sites of high types, in proportion to their stock."""
    total = np.int64(0)
    for site in range(sites):
        total += known_stock(region, site, high, site_type, site_stock, site_known)
    for squad in range(_SQUADS):
        manager_action[region, squad] = 0
    past = np.int64(0)
    squad = np.int64(0)
    for site in range(sites):
        past += known_stock(region, site, high, site_type, site_stock, site_known)
        zone = zone_of(np.int64(site_cell[region, site]), region_side)
        while squad < _SQUADS and (2 * squad + 1) * total < 2 * _SQUADS * past:
            manager_action[region, squad] = 1 + zone * _TYPES + np.int64(site_type[region, site])
            squad += 1


@rule
def mind_office(
    region, place, world, offices, members, roles, required, heed, planned_posture,
    rotating_posture, role_of, member_condition, manager_action,
):  # fmt: skip
    """Ask for the planned posture, and let members take on further roles while any is thin.

    That is while a critical role has no backup left. Who heeds nothing takes the first posture.
    """
    if offices == 0:
        return
    last = manager_action.shape[1] - 1
    manager_action[region, last] = 0
    if heed == 0:
        return
    manager_action[region, last] = planned_posture
    office = world * offices + place
    if thin_share(office, members, roles, required, role_of, member_condition) > 0:
        manager_action[region, last] = rotating_posture


@rule
def manage(
    region, world, sectors, region_side, sites, by_squad, see_demand, demand_hot, demand_cold,
    governor, demand, quota_heard, site_cell, site_type, site_stock, site_known, manager_action,
):  # fmt: skip
    """Ask for what pays, where it is known to be.

    Types of at least half the highest worth are of high priority, the rest are off; where nothing
    is worth anything all are normal. The focus is the quadrant with most of the known stock of
    high types, if it has at least `FOCUS_SHARE` percent of it.
    """
    sector = world * sectors + np.int64(governor[region])
    high = asked_types(region, sector, see_demand, demand_hot, demand_cold, demand, quota_heard)
    if high == 0:
        manage_nothing(region, by_squad, manager_action)
    elif by_squad:
        deal_squads(
            region, region_side, sites, high, site_cell, site_type, site_stock, site_known,
            manager_action,
        )  # fmt: skip
    else:
        for kind in range(_TYPES):
            manager_action[region, kind] = _HIGH if (high >> kind) & 1 else _OFF
        manager_action[region, _TYPES] = best_quadrant(
            region, region_side, sites, high, site_cell, site_type, site_stock, site_known
        )


@rule
def mind_offices(
    sector, world, regions, sectors, hive_sectors, offices, max_span, heed, standing_order,
    hive_sector, sector_hive, reports, reports_count, cut, office_closed, governor_action,
):  # fmt: skip
    """Stand in for the first region whose manager's office is closed, or take in an orphan.

    The people of closed offices carry on. Who heeds nothing does neither, and leaves the standing
    order as it was at the start.
    """
    if offices == 0:
        return
    governor_action[sector, max_span] = 0
    governor_action[sector, max_span + 1] = _CARRY_ON if heed else standing_order
    if heed == 0:
        return
    for slot in range(reports_count[sector]):
        if office_closed[world * offices + np.int64(reports[sector, slot])]:
            governor_action[sector, max_span] = slot + 1
            return
    orphaned = orphans(
        sector, world, regions, sectors, hive_sectors, offices, hive_sector, sector_hive,
        reports_count, cut, office_closed,
    )  # fmt: skip
    if orphaned > 0 and reports_count[sector] < max_span:
        governor_action[sector, max_span] = max_span + 1


@rule
def govern_nothing(sector, max_span, offices, standing_order, governor_action):
    """Leave every region its workers, and to its own governor."""
    for slot in range(max_span):
        governor_action[sector, slot] = _HOLD
    if offices > 0:
        governor_action[sector, max_span] = 0
        governor_action[sector, max_span + 1] = standing_order


@rule
def govern_randomly(sector, world, sectors, seed, episode, tick, max_span, governor_action):
    """Draw every part of the action uniformly."""
    part = sector - world * sectors
    for head in range(governor_action.shape[1]):
        word = draw(seed, episode, tick, _GOVERNOR, part * governor_action.shape[1] + head)[0]
        governor_action[sector, head] = below(word, max_span + 2 if head == max_span else 3)


@rule
def govern(sector, world, regions, max_span, reports, reports_count, door, governor_action):
    """Push workers out of the regions whose depots are shut, into those that are open."""
    for slot in range(max_span):
        governor_action[sector, slot] = _HOLD
    for slot in range(reports_count[sector]):
        region = world * regions + np.int64(reports[sector, slot])
        governor_action[sector, slot] = _DRAW if door[region] else _PUSH


@rule
def mind_governors(hive, offices, heed, standing_order, orchestrator_action):
    """Let the regions of a closed governor's office carry on; else as it was at the start."""
    if offices > 0:
        orchestrator_action[hive, _TYPES] = _CARRY_ON if heed else standing_order


@rule
def orchestrate_nothing(hive, orchestrator_action):
    """Give every type the same quota."""
    for kind in range(_TYPES):
        orchestrator_action[hive, kind] = _NEUTRAL_QUOTA


@rule
def orchestrate_randomly(hive, world, hives, seed, episode, tick, offices, orchestrator_action):
    """Draw every quota uniformly."""
    part = hive - world * hives
    for kind in range(_TYPES):
        word = draw(seed, episode, tick, _ORCHESTRATOR, part * _TYPES + kind)[0]
        orchestrator_action[hive, kind] = below(word, QUOTAS)
    if offices > 0:
        word = draw(seed, episode, tick, _ORCHESTRATOR, part * _TYPES)[1]
        orchestrator_action[hive, _TYPES] = below(word, 3)


@rule
def orchestrate(hive, season, orchestrator_action):
    """Ask for much of the two types in season, for little of the others."""
    for kind in range(_TYPES):
        orchestrator_action[hive, kind] = 3 if in_pair(kind, np.int64(season[hive])) else 1
