"""Rewards of the workers, computed from what the tick left in their rows."""

from __future__ import annotations

import numpy as np

from hive_env.config import VISION
from hive_env.enums import Event, Ground, Health
from hive_env.random import rule
from hive_env.systems.orders import away_from_depot, outside_zone
from hive_env.systems.priorities import asked_for
from hive_env.systems.space import across, cell_of
from hive_env.systems.workers import site_at

_HAZARD = int(Event.HAZARD)
_BLOCKED = int(Event.BLOCKED)
_MATCHED = int(Event.MATCHED)
_MISMATCHED = int(Event.MISMATCHED)
_ALIVE = int(Health.ALIVE)
_ENDED = int(Health.ENDED)
_DESTROYED = int(Event.DESTROYED)
_SPAWNED = int(Event.SPAWNED)
_SITE = int(Ground.SITE)
_VISION = VISION
_EDGE = 2 * VISION + 1


@rule
def asked_near(
    place, world, regions, region_side, depth, sites, local_x, local_y, local_z, packed, neighbour,
    ground, site_cell, site_stock, site_type,
):  # fmt: skip
    """Cells to the nearest site in sight that an order asks for; beyond sight where there is none.

    In sight is what `hive_env.systems.senses.sense_sites` shows.

    Parameters
    ----------
    packed : int
        Priorities of the types, two bits each.
    """
    deep = np.int64(depth > 1)
    nearest = _EDGE + deep
    for step_z in range(-deep, deep + 1):
        layer = local_z + step_z
        if layer < 0 or layer >= depth:
            continue
        for step_y in range(-_VISION, _VISION + 1):
            for step_x in range(-_VISION, _VISION + 1):
                other, at_x, at_y = across(
                    place, local_x + step_x, local_y + step_y, region_side, neighbour
                )
                if other < 0:
                    continue
                there = world * regions + other
                cell = (layer * region_side + at_y) * region_side + at_x
                if (np.int64(ground[there, cell]) & _SITE) == 0:
                    continue
                site = site_at(there, cell, sites, site_cell, site_stock)
                if site >= 0 and asked_for(packed, np.int64(site_type[there, site])):
                    nearest = min(nearest, abs(step_x) + abs(step_y) + abs(step_z))
    return nearest


@rule
def stand(
    row, place, world, workers, regions, region_side, depth, cells_x, cells_y, torus, sites, id, x,
    y, z, home, region_x0, region_y0, neighbour, ground, site_cell, site_stock, site_type, cargo,
    health, task_zone, task_priority, standing, errand,
):  # fmt: skip
    """Write what a worker is to do next, and in thousandths how near it is to that.

    Laden: go to its depot; less the way there, in half region sides. Else: fetch; 1 at a site that
    its order asks for, falling to 0 beyond the edge of sight, less what it is outside its ordered
    zone, in half region sides. An order that prefers nothing asks for every type.

    The errand is a number that differs whenever the home does, whether it is laden, and, unladen,
    the order; -1 for who is not alive.
    """
    out = world * workers + np.int64(id[row])
    task = np.int64(home[row]) << 20
    cell = max(2000 // region_side, 1)
    if cargo[row] > 0:
        task |= 1 << 16
        worth = -cell * away_from_depot(
            row, region_side, depth, cells_x, cells_y, torus, x, y, z, home, region_x0, region_y0
        )
    else:
        packed = np.int64(task_priority[row])
        zone = np.int64(task_zone[row])
        task |= (zone << 8) | packed
        nearest = asked_near(
            place, world, regions, region_side, depth, sites, cell_of(x[row]) - region_x0[place],
            cell_of(y[row]) - region_y0[place], cell_of(z[row]) if depth > 1 else np.int64(0),
            packed, neighbour, ground, site_cell, site_stock, site_type,
        )  # fmt: skip
        edge = _EDGE + np.int64(depth > 1)
        worth = (edge - nearest) * 1000 // edge
        if zone > 0:
            worth -= cell * outside_zone(
                row, zone, region_side, cells_x, cells_y, torus, x, y, home, region_x0, region_y0
            )
    standing[out] = worth
    errand[out] = task if health[row] == _ALIVE else np.int64(-1)


@rule
def reward_worker(
    row, world, workers, hives, difference, id, home, region_hive, event, gain, health, hive_gain,
    standing, stood, errand, errand_before, earned,
):  # fmt: skip
    """Write what the last tick was worth to a worker: immediate, local, global.

    Immediate: value / 1000 - 0.01 a tick - 0.5 in a hazard - 0.05 when a wall blocked it.
    Local: +1 for a pick that its order asks for, -0.5 for another; and what it came nearer to what
    it is to do next, see `stand`, in a tick that ends with the errand with which it began. So
    nobody is paid, or charged, for what somebody else has moved.
    Global: ``hive_gain`` of its hive, or with ``difference`` at 1 the value of its own deliveries,
    which the hive would not have had without it. A worker that is destroyed is paid for its last
    tick; a place without a worker, or whose worker has started in this tick, earns nothing.

    Parameters
    ----------
    hive_gain : float32[W * hives]
        The hive's gain in the tick, by worker.
    """
    happened = np.int64(event[row])
    paid = np.int64(gain[row]) - 10
    if happened & _HAZARD:
        paid -= 500
    if happened & _BLOCKED:
        paid -= 50
    local = np.int64(0)
    if happened & _MATCHED:
        local += 1000
    if happened & _MISMATCHED:
        local -= 500
    out = world * workers + np.int64(id[row])
    if errand[out] >= 0 and errand[out] == errand_before[out]:
        local += np.int64(standing[out]) - np.int64(stood[out])
    shared = hive_gain[world * hives + np.int64(region_hive[np.int64(home[row])])]
    if difference:
        shared = np.float32(gain[row]) * np.float32(0.001)
    gone = health[row] == _ENDED and (happened & _DESTROYED) == 0
    if gone or happened & _SPAWNED:
        paid = np.int64(0)
        local = np.int64(0)
        shared = np.float32(0)
    # Whole thousandths, rounded once: every device agrees on the bits.
    earned[out, 0] = np.float32(paid) * np.float32(0.001)
    earned[out, 1] = np.float32(local) * np.float32(0.001)
    earned[out, 2] = shared
