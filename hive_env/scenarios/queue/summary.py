"""The global state, for critics that see everything: aggregates by area, never rows."""

from __future__ import annotations

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, RESOURCE_TYPES
from hive_env.scenarios.areas import areas_of, by_area
from hive_env.scenarios.queue.config import QueueHive
from hive_env.simulation import Simulation
from hive_env.systems.queue_streams import EFFORT

_PRESENT, _IDLE, _WAITING, _RIPE = 0, 4, 5, 9
_SLACK, _BUSY, _PRICE, _VALUE, _TIME = 13, 17, 18, 22, 23

STATE_WIDTH = 24
"""Numbers in the state for each area: those of a region, or their mean over the area's regions.

======= ==========================================================================
0–3     Workers of each kind who are posted here, in units of the mean span.
4       Those of all kinds who hold nothing, likewise.
5–8     Tasks of each type that wait, share of the places.
9–12    Those of them whose deadline a specialist can still meet.
13–16   1 for each type with slack deadlines.
17      1 when the region is busy.
18–21   1 for each type whose price is high.
22      Value delivered here, in units for each worker of the mean span.
23      Time left, share of the episode.
======= ==========================================================================
"""


def bounds_of(config: QueueHive) -> tuple[Array, Array]:
    """Return the least and greatest state of one world, float32[areas * STATE_WIDTH] each.

    As all workers of a sector can be in one region, its counts go up to the sector's regions
    and one more, for spans that differ; where areas are whole sectors, to two.
    """
    areas = areas_of(config.size)
    high = np.ones((areas.number, STATE_WIDTH), np.float32)
    most = config.size.sector_regions + 1 if areas.kind == "region" else 2
    high[:, _PRESENT:_WAITING] = most
    dear = max(config.queue.price_hot, config.queue.price_cold) / 1000
    worth = 2 * max(config.queue.pair_worth, 1.0) * dear * most
    high[:, _VALUE] = np.nextafter(
        np.float32(max(worth, 1e-3) * config.episode_ticks), np.float32(np.inf)
    )
    return np.zeros(high.size, np.float32), high.ravel()


def states_of(simulation: Simulation, config: QueueHive, first: int, last: int) -> Array:
    """Return the states of the worlds ``first`` to ``last``, the last one excluded.

    A new float32[worlds, areas * STATE_WIDTH], area by area.
    """
    size, worlds = config.size, last - first
    out = np.zeros((worlds, size.regions, STATE_WIDTH))
    regions = slice(first * size.regions, last * size.regions)
    columns = simulation.columns

    def of_regions(name: str) -> Array:
        column = columns[name][regions]
        return column.reshape(worlds, size.regions, *column.shape[1:])

    tick = columns["tick"][first:last].astype(np.int64)
    pairs = np.zeros((len(PAIRS), RESOURCE_TYPES))
    for pair, kinds in enumerate(PAIRS):
        pairs[pair, list(kinds)] = 1
    waits = of_regions("task_waits") > 0
    soonest = tick[:, None, None] + 1 - (-of_regions("task_work").astype(np.int64) // EFFORT)
    ready = waits & (soonest <= of_regions("task_until"))
    by_type = (worlds, size.regions, RESOURCE_TYPES, -1)
    region = np.arange(size.regions)
    hive = np.arange(first, last)[:, None] * size.hives + region // (size.regions // size.hives)
    out[..., _PRESENT:_IDLE] = of_regions("present") / size.span
    out[..., _IDLE] = of_regions("idle") / size.span
    out[..., _WAITING:_RIPE] = waits.reshape(by_type).mean(axis=3)
    out[..., _RIPE:_SLACK] = ready.reshape(by_type).mean(axis=3)
    out[..., _SLACK:_BUSY] = pairs[of_regions("slack")]
    out[..., _BUSY] = of_regions("busy")
    out[..., _PRICE:_VALUE] = pairs[columns["price"][hive]]
    out[..., _VALUE] = of_regions("region_value") / (1000.0 * size.span)
    out[..., _TIME] = np.maximum(config.episode_ticks - tick, 0)[:, None] / config.episode_ticks
    areas = areas_of(size).number
    return by_area(out, region // (size.regions // areas), areas)
