"""The global state, for critics that see everything: aggregates by region, never rows."""

from __future__ import annotations

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, RESOURCE_TYPES
from hive_env.scenarios.queue.config import QueueHive
from hive_env.simulation import Simulation
from hive_env.systems.queue_streams import EFFORT

_PRESENT, _IDLE, _WAITING, _RIPE = 0, 4, 5, 9
_SLACK, _BUSY, _PRICE, _VALUE, _TIME = 13, 17, 18, 22, 23

STATE_WIDTH = 24
"""Numbers in the state for each region.

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
    """Return the least and greatest state of one world, float32[regions * STATE_WIDTH] each.

    As all workers of a sector can be in one region, its counts go up to the sector's regions
    and one more, for spans that differ.
    """
    size = config.size
    high = np.ones((size.regions, STATE_WIDTH), np.float32)
    high[:, _PRESENT:_WAITING] = size.sector_regions + 1
    dear = max(config.queue.price_hot, config.queue.price_cold) / 1000
    worth = 2 * max(config.queue.pair_worth, 1.0) * dear * (size.sector_regions + 1)
    high[:, _VALUE] = np.nextafter(
        np.float32(max(worth, 1e-3) * config.episode_ticks), np.float32(np.inf)
    )
    return np.zeros(high.size, np.float32), high.ravel()


def state_of(simulation: Simulation, config: QueueHive, world: int) -> Array:
    """Return the state of one world, a new float32[regions * STATE_WIDTH], region by region."""
    size = config.size
    out = np.zeros((size.regions, STATE_WIDTH), np.float32)
    regions = slice(world * size.regions, (world + 1) * size.regions)
    columns = simulation.columns
    tick = int(columns["tick"][world])
    pairs = np.zeros((len(PAIRS), RESOURCE_TYPES), np.float32)
    for pair, kinds in enumerate(PAIRS):
        pairs[pair, list(kinds)] = 1
    waits = columns["task_waits"][regions] > 0
    soonest = tick + 1 - (-columns["task_work"][regions].astype(np.int64) // EFFORT)
    ready = waits & (soonest <= columns["task_until"][regions])
    by_type = (size.regions, RESOURCE_TYPES, -1)
    hive = world * size.hives + np.arange(size.regions) // (size.regions // size.hives)
    out[:, _PRESENT:_IDLE] = columns["present"][regions] / size.span
    out[:, _IDLE] = columns["idle"][regions] / size.span
    out[:, _WAITING:_RIPE] = waits.reshape(by_type).mean(axis=2)
    out[:, _RIPE:_SLACK] = ready.reshape(by_type).mean(axis=2)
    out[:, _SLACK:_BUSY] = pairs[columns["slack"][regions]]
    out[:, _BUSY] = columns["busy"][regions]
    out[:, _PRICE:_VALUE] = pairs[columns["price"][hive]]
    out[:, _VALUE] = columns["region_value"][regions] / (1000.0 * size.span)
    out[:, _TIME] = max(config.episode_ticks - tick, 0) / config.episode_ticks
    return out.ravel()
