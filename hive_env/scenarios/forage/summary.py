"""The global state, for critics that see everything: aggregates by area, never rows."""

from __future__ import annotations

import numpy as np

from hive_env.config import HiveConfig
from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, PLANES, RESOURCE_TYPES, Health
from hive_env.scenarios.areas import areas_of, by_area
from hive_env.simulation import Simulation

_ALIVE, _FAILED, _CARGO, _STOCK = 0, 1, 2, 6
_DEMAND, _DOOR, _SEASON, _TRAIL, _VALUE, _TIME = 10, 14, 15, 19, 26, 27

STATE_WIDTH = 28
"""Numbers in the state for each area: those of a region, or their mean over the area's regions.

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
    """Return the least and greatest state of one world, float32[areas * STATE_WIDTH] each.

    As all workers can be at home in one area, its counts go up to the number of areas.
    """
    forage, areas = config.forage, areas_of(config.size).number
    high = np.ones((areas, STATE_WIDTH), np.float32)
    high[:, _ALIVE:_STOCK] = areas
    worth = max(forage.demand_hot, forage.demand_cold) * max(forage.season_hot, forage.season_cold)
    most = max(worth / 1e6, 1e-3) * config.episode_ticks * areas
    high[:, _VALUE] = np.nextafter(np.float32(most), np.float32(np.inf))
    return np.zeros(high.size, np.float32), high.ravel()


def states_of(simulation: Simulation, config: HiveConfig, first: int, last: int) -> Array:
    """Return the states of the worlds ``first`` to ``last``, the last one excluded.

    A new float32[worlds, areas * STATE_WIDTH], area by area.
    """
    size, worlds = config.size, last - first
    out = np.zeros((worlds, size.regions, STATE_WIDTH))
    workers = slice(first * size.workers, last * size.workers)
    regions = slice(first * size.regions, last * size.regions)
    columns = simulation.columns
    world = np.arange(worlds)[:, None]
    home = columns["home"][workers].reshape(worlds, -1) + world * size.regions
    health = columns["health"][workers].reshape(home.shape)
    cargo = columns["cargo"][workers].reshape(home.shape)

    def count(chosen: Array) -> Array:
        counts = np.bincount(home[chosen], minlength=worlds * size.regions)
        return counts.reshape(worlds, -1) / size.span

    def of_regions(name: str) -> Array:
        column = columns[name][regions]
        return column.reshape(worlds, size.regions, *column.shape[1:])

    out[..., _ALIVE] = count(health == Health.ALIVE)
    out[..., _FAILED] = count(health == Health.FAILED)
    pairs = np.zeros((len(PAIRS), RESOURCE_TYPES))
    for pair, kinds in enumerate(PAIRS):
        pairs[pair, list(kinds)] = 1
    hive = (first + world) * size.hives + columns["region_hive"]
    stock, types = of_regions("site_stock"), of_regions("site_type")
    room = config.sites * config.forage.site_stock
    for kind in range(RESOURCE_TYPES):
        out[..., _CARGO + kind] = count(cargo == kind + 1)
        out[..., _STOCK + kind] = np.where(types == kind, stock, 0).sum(axis=2) / room
    out[..., _DEMAND:_DOOR] = pairs[of_regions("demand")]
    out[..., _DOOR] = of_regions("door")
    out[..., _SEASON:_TRAIL] = pairs[columns["season"][hive]]
    trail = of_regions("trail").mean(axis=3, dtype=np.float64)
    out[..., _TRAIL : _TRAIL + PLANES] = trail / config.forage.trail_cap
    out[..., _VALUE] = of_regions("region_value") / (1000.0 * size.span)
    left = np.maximum(config.episode_ticks - columns["tick"][first:last].astype(np.int64), 0)
    out[..., _TIME] = left[:, None] / config.episode_ticks
    areas = areas_of(size)
    # Regions lie sector by sector, but a hive's sectors need not lie together.
    region = np.arange(size.regions)
    in_order = region // (size.regions // areas.number)
    area = columns["region_hive"] if areas.kind == "hive" else in_order
    return by_area(out, area, areas.number)
