"""Built-in controllers of managers, governors and orchestrators, as systems over their seats.

The scripted ones read only what their level is shown: its own private fact, reports, the orders
from above. Each writes the action of the seat at hand.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, SQUADS, ZONES_ACROSS, Stream, Workforce
from hive_env.random import below, draw, rule
from hive_env.systems.orders import NEUTRAL_QUOTA
from hive_env.systems.priorities import HIGH, NORMAL, OFF
from hive_env.systems.reports import zone_of
from hive_env.systems.views import QUOTAS
from hive_env.systems.workers import in_pair
from hive_env.systems.worth import asked_types, known_stock, quadrant_of

_TYPES = RESOURCE_TYPES
_SQUADS = SQUADS
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
    """Give no order: every type normal and no focus, or no goal to any squad."""
    for head in range(manager_action.shape[1]):
        manager_action[region, head] = 0 if by_squad or head == _TYPES else _NORMAL


@rule
def manage_randomly(region, place, seed, episode, tick, by_squad, manager_action):
    """Draw every part of a manager's action uniformly."""
    for head in range(manager_action.shape[1]):
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
def govern_nothing(sector, governor_action):
    """Leave every region its workers."""
    for slot in range(governor_action.shape[1]):
        governor_action[sector, slot] = _HOLD


@rule
def govern_randomly(sector, world, sectors, seed, episode, tick, governor_action):
    """Draw the order to every slot uniformly."""
    part = sector - world * sectors
    for slot in range(governor_action.shape[1]):
        word = draw(seed, episode, tick, _GOVERNOR, part * governor_action.shape[1] + slot)[0]
        governor_action[sector, slot] = below(word, 3)


@rule
def govern(sector, world, regions, reports, reports_count, door, governor_action):
    """Push workers out of the regions whose depots are shut, into those that are open."""
    for slot in range(governor_action.shape[1]):
        governor_action[sector, slot] = _HOLD
    for slot in range(reports_count[sector]):
        region = world * regions + np.int64(reports[sector, slot])
        governor_action[sector, slot] = _DRAW if door[region] else _PUSH


@rule
def orchestrate_nothing(hive, orchestrator_action):
    """Give every type the same quota."""
    for kind in range(_TYPES):
        orchestrator_action[hive, kind] = _NEUTRAL_QUOTA


@rule
def orchestrate_randomly(hive, world, hives, seed, episode, tick, orchestrator_action):
    """Draw every quota uniformly."""
    part = hive - world * hives
    for kind in range(_TYPES):
        word = draw(seed, episode, tick, _ORCHESTRATOR, part * _TYPES + kind)[0]
        orchestrator_action[hive, kind] = below(word, QUOTAS)


@rule
def orchestrate(hive, season, orchestrator_action):
    """Ask for much of the two types in season, for little of the others."""
    for kind in range(_TYPES):
        orchestrator_action[hive, kind] = 3 if in_pair(kind, np.int64(season[hive])) else 1
