"""The global state, for critics that see everything: aggregates by region, never rows."""

from __future__ import annotations

import numpy as np

from hive_env.config import HiveConfig
from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, PLANES, RESOURCE_TYPES, Health
from hive_env.simulation import Simulation

_ALIVE, _FAILED, _CARGO, _STOCK = 0, 1, 2, 6
_DEMAND, _DOOR, _SEASON, _TRAIL, _VALUE, _TIME = 10, 14, 15, 19, 26, 27

STATE_WIDTH = 28
"""Numbers in the state for each region.

======= ==========================================================================
0, 1    Workers at home here who are alive, and failed, in units of the mean span.
2–5     Those of them who carry each type, in units of the mean span.
6–9     Stock of the sites by type, share of what new sites in all slots would hold.
10–13   1 for each type in demand.
14      1 when the depot is open.
15–18   1 for each type in season.
19–25   Mean trail of each plane, share of the cap.
26      Value delivered here, in units for each worker of the mean span.
27      Time left, share of the episode.
======= ==========================================================================
"""


def bounds_of(config: HiveConfig) -> tuple[Array, Array]:
    """Return the least and greatest state of one world, float32[regions * STATE_WIDTH] each.

    As all workers can be at home in one region, its counts go up to the number of regions.
    """
    forage = config.forage
    high = np.ones((config.size.regions, STATE_WIDTH), np.float32)
    high[:, _ALIVE:_STOCK] = config.size.regions
    worth = max(forage.demand_hot, forage.demand_cold) * max(forage.season_hot, forage.season_cold)
    most = max(worth / 1e6, 1e-3) * config.episode_ticks * config.size.regions
    high[:, _VALUE] = np.nextafter(np.float32(most), np.float32(np.inf))
    return np.zeros(high.size, np.float32), high.ravel()


def state_of(simulation: Simulation, config: HiveConfig, world: int) -> Array:
    """Return the state of one world, a new float32[regions * STATE_WIDTH], region by region."""
    size = config.size
    out = np.zeros((size.regions, STATE_WIDTH), np.float32)
    workers = slice(world * size.workers, (world + 1) * size.workers)
    regions = slice(world * size.regions, (world + 1) * size.regions)
    columns = simulation.columns
    home, cargo = columns["home"][workers], columns["cargo"][workers]
    failed = columns["health"][workers] == Health.FAILED
    alive = columns["health"][workers] == Health.ALIVE

    def count(chosen: Array) -> Array:
        return np.bincount(home[chosen], minlength=size.regions) / size.span

    out[:, _ALIVE] = count(alive)
    out[:, _FAILED] = count(failed)
    pairs = np.zeros((len(PAIRS), RESOURCE_TYPES), np.float32)
    for pair, kinds in enumerate(PAIRS):
        pairs[pair, list(kinds)] = 1
    hive = world * size.hives + columns["region_hive"]
    stock, types = columns["site_stock"][regions], columns["site_type"][regions]
    room = config.sites * config.forage.site_stock
    for kind in range(RESOURCE_TYPES):
        out[:, _CARGO + kind] = count(cargo == kind + 1)
        out[:, _STOCK + kind] = np.where(types == kind, stock, 0).sum(axis=1) / room
    out[:, _DEMAND:_DOOR] = pairs[columns["demand"][regions]]
    out[:, _DOOR] = columns["door"][regions]
    out[:, _SEASON:_TRAIL] = pairs[columns["season"][hive]]
    trail = columns["trail"][regions].mean(axis=2, dtype=np.float64)
    out[:, _TRAIL : _TRAIL + PLANES] = trail / config.forage.trail_cap
    out[:, _VALUE] = columns["region_value"][regions] / (1000.0 * size.span)
    left = max(config.episode_ticks - int(columns["tick"][world]), 0)
    out[:, _TIME] = left / config.episode_ticks
    return out.ravel()
