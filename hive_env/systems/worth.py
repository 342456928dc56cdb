"""What a region's depot and the quota from above ask for, and where it is known to be."""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES
from hive_env.random import rule
from hive_env.systems.reports import zone_of
from hive_env.systems.workers import in_pair

_TYPES = RESOURCE_TYPES


@rule
def wanted(kind, region, sector, see_demand, demand_hot, demand_cold, demand, quota_heard):
    """How much a manager wants a type: what its depot pays, times the quota its sector heard."""
    worth = np.int64(demand_hot)
    if see_demand and in_pair(kind, np.int64(demand[region])) == 0:
        worth = np.int64(demand_cold)
    return worth * np.int64(quota_heard[sector, kind])


@rule
def asked_types(region, sector, see_demand, demand_hot, demand_cold, demand, quota_heard):
    """Types of at least half the highest worth, a bit each; none if nothing is worth anything."""
    top = np.int64(0)
    for kind in range(_TYPES):
        worth = wanted(
            kind, region, sector, see_demand, demand_hot, demand_cold, demand, quota_heard
        )
        top = max(top, worth)
    found = np.int64(0)
    for kind in range(_TYPES):
        worth = wanted(
            kind, region, sector, see_demand, demand_hot, demand_cold, demand, quota_heard
        )
        found |= np.int64((2 * worth >= top) & (worth > 0)) << kind
    return found


@rule
def known_stock(region, site, asked, site_type, site_stock, site_known):
    """Stock of a site, if its manager knows of it and its type is asked for."""
    wants = (asked >> np.int64(site_type[region, site])) & 1
    return np.int64(site_stock[region, site]) * np.int64(site_known[region, site]) * wants


@rule
def quadrant_of(cell, region_side):
    """Quadrant of a cell: 0 north-west, 1 north-east, 2 south-west, 3 south-east."""
    zone = zone_of(cell, region_side)
    return ((zone >> 3) << 1) + ((zone & 3) >> 1)
