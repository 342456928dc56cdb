"""Rewards of the workers, computed from what the tick left in their rows."""

from __future__ import annotations

import numpy as np

from hive_env.config import VISION
from hive_env.enums import Event, Ground, Health
from hive_env.random import rule
from hive_env.systems.orders import away_from_depot, outside_zone
from hive_env.systems.priorities import highest, priority_of
from hive_env.systems.sight import cell_parts, first_listed, none_near, parts_seen
from hive_env.systems.space import cell_of, ground_about

_HAZARD = int(Event.HAZARD)
_BLOCKED = int(Event.BLOCKED)
_MATCHED = int(Event.MATCHED)
_MISMATCHED = int(Event.MISMATCHED)
_ALIVE = int(Health.ALIVE)
_ENDED = int(Health.ENDED)
_DESTROYED = int(Event.DESTROYED)
_SPAWNED = int(Event.SPAWNED)
_WORKED = int(Event.WORKED)
_CASUALTY = int(Ground.CASUALTY)
_REPAIR_PAY = 250
_VISION = VISION
_EDGE = 2 * VISION + 1
_ZONE_AT = 8
_LADEN = 1 << 13
_HOME_AT = 14
_HOMES = (1 << 18) - 1
_NONE = 0xFFFFFFFF


@rule
def asked_near(
    place, world, regions, region_side, side_inverse, depth, local_x, local_y, local_z, packed,
    neighbour, site_near, site_square, site_next, site_cell, site_type,
):  # fmt: skip
    """Cells to the nearest site in sight that an order asks for; beyond sight where there is none.

    In sight is what `hive_env.systems.senses.sense_sites` shows.

    Parameters
    ----------
    packed : int
        Priorities of the types, two bits each.
    """
    nearest = _EDGE + np.int64(depth > 1)
    if none_near(place, world, regions, region_side, local_x, local_y, neighbour, site_near):
        return nearest
    least = max(highest(packed), 1)
    parts_x = parts_seen(local_x, region_side)
    parts_y = parts_seen(local_y, region_side)
    for far_y in range(parts_y[4]):
        for far_x in range(parts_x[4]):
            step_x, step_y, there, site = first_listed(
                far_x, far_y, place, world, regions, region_side, parts_x, parts_y, neighbour,
                site_square,
            )  # fmt: skip
            here = np.uint64(there)
            while site >= 0:
                slot = np.uint64(site)
                at_x, at_y, layer = cell_parts(
                    np.int64(site_cell[here, slot]), region_side, side_inverse
                )
                off_x = abs(at_x + step_x * region_side - local_x)
                off_y = abs(at_y + step_y * region_side - local_y)
                off_z = abs(layer - local_z)
                seen = (off_x <= _VISION) & (off_y <= _VISION) & (off_z <= 1)
                asked = priority_of(packed, np.int64(site_type[here, slot])) == least
                if seen & asked:
                    nearest = min(nearest, off_x + off_y + off_z)
                site = np.int64(site_next[here, slot]) - 1
    return nearest


@rule
def errand_of(row, home, cargo, health, task_zone, task_priority):
    """What a worker is to do next, as a number of 32 bits.

    It differs whenever the home does (by less than 2**18 regions), whether it is laden, and,
    unladen, the order; one number is that of all who are not alive.
    """
    if health[row] != _ALIVE:
        return np.int64(_NONE)
    task = (np.int64(home[row]) & _HOMES) << _HOME_AT
    if cargo[row] > 0:
        return task | _LADEN
    return task | (np.int64(task_zone[row]) << _ZONE_AT) | np.int64(task_priority[row])


@rule
def standing_of(
    row, place, world, regions, region_side, side_inverse, depth, cells_x, cells_y, torus,
    cell_worth, x, y, z, home, region_x0, region_y0, neighbour, site_near, site_square, site_next,
    site_cell, site_type, cargo, task_zone, task_priority,
):  # fmt: skip
    """How near a worker is to what it is to do next, thousandths.

    Laden: go to its depot; less the way there, in half region sides. Else: fetch; 1 at a site that
    its order asks for, falling to 0 beyond the edge of sight, less what it is outside its ordered
    zone, in half region sides. An order that prefers nothing asks for every type.

    Parameters
    ----------
    cell_worth : int
        What a cell of way is worth, thousandths.
    """
    if cargo[row] > 0:
        return -cell_worth * away_from_depot(
            row, region_side, depth, cells_x, cells_y, torus, x, y, z, home, region_x0, region_y0
        )
    nearest = asked_near(
        place, world, regions, region_side, side_inverse, depth, cell_of(x[row]) - region_x0[place],
        cell_of(y[row]) - region_y0[place], cell_of(z[row]) if depth > 1 else np.int64(0),
        np.int64(task_priority[row]), neighbour, site_near, site_square, site_next, site_cell,
        site_type,
    )  # fmt: skip
    edge = _EDGE + np.int64(depth > 1)
    worth = (edge - nearest) * 1000 // edge if nearest < edge else np.int64(0)
    zone = np.int64(task_zone[row])
    if zone > 0:
        worth -= cell_worth * outside_zone(
            row, zone, region_side, cells_x, cells_y, torus, x, y, home, region_x0, region_y0
        )
    return worth


@rule
def stand(
    row, place, world, regions, region_side, side_inverse, depth, cells_x, cells_y, torus,
    cell_worth, x, y, z, home, region_x0, region_y0, neighbour, site_near, site_square, site_next,
    site_cell, site_type, cargo, health, task_zone, task_priority, standing, errand,
    progress,
):  # fmt: skip
    """Write where a worker stands, see `standing_of`, as the begin of a step."""
    standing[row] = standing_of(
        row, place, world, regions, region_side, side_inverse, depth, cells_x, cells_y, torus,
        cell_worth, x, y, z, home, region_x0, region_y0, neighbour, site_near, site_square,
        site_next, site_cell, site_type, cargo, task_zone, task_priority,
    )  # fmt: skip
    errand[row] = errand_of(row, home, cargo, health, task_zone, task_priority)
    progress[row] = 0


@rule
def follow(
    row, place, world, regions, region_side, side_inverse, depth, cells_x, cells_y, torus,
    cell_worth, x, y, z, home, region_x0, region_y0, neighbour, site_near, site_square, site_next,
    site_cell, site_type, cargo, health, task_zone, task_priority, ground, event, standing, errand,
    progress,
):  # fmt: skip
    """Write what a worker brought on in the tick that ends, thousandths, and where it stands.

    What it came nearer to its errand: nothing, unless the tick ends with the errand with which it
    began. So nobody is paid, or charged, for what somebody else has moved. And 250 when it is
    alive and worked with a failed worker in its cell or beside it, where the next tick counts that
    as repair, see `hive_env.systems.workers.recover`, and also where the repair is done and an
    outage holds that worker down. Who works for another has nothing else of it.
    """
    now = standing_of(
        row, place, world, regions, region_side, side_inverse, depth, cells_x, cells_y, torus,
        cell_worth, x, y, z, home, region_x0, region_y0, neighbour, site_near, site_square,
        site_next, site_cell, site_type, cargo, task_zone, task_priority,
    )  # fmt: skip
    task = errand_of(row, home, cargo, health, task_zone, task_priority)
    # Standings are kept modulo 2**16: nobody comes farther in a tick.
    nearer = ((now - np.int64(standing[row]) + 32768) & 0xFFFF) - 32768
    brought = nearer if task == np.int64(errand[row]) and task != _NONE else np.int64(0)
    if (np.int64(event[row]) & _WORKED) and health[row] == _ALIVE:
        about = ground_about(
            row, place, world, regions, region_side, x, y, z, region_x0, region_y0, neighbour,
            ground,
        )  # fmt: skip
        brought += _REPAIR_PAY if about & _CASUALTY else np.int64(0)
    progress[row] = brought
    standing[row] = now
    errand[row] = task


@rule
def earned_by(
    row, world, hives, difference, home, region_hive, event, gain, health, hive_gain, progress
):
    """What the last tick was worth to a worker: immediate, local, global.

    Immediate: value / 1000 - 0.01 a tick - 0.5 in a hazard - 0.05 when a wall blocked it.
    Local: +1 for a pick that its order asks for, -0.5 for another; and what it brought on, of what
    it is to do next and of repair, see `follow`.
    Global: ``hive_gain`` of its hive, or with ``difference`` at 1 the value of its own deliveries,
    which the hive would not have had without it. A worker that is destroyed is paid for its last
    tick; a place without a worker, or whose worker has started in this tick, earns nothing.

    Parameters
    ----------
    hive_gain : float32[W * hives]
        The hive's gain in the tick, by worker.

    Returns
    -------
    tuple of three float32
    """
    happened = np.int64(event[row])
    paid = np.int64(gain[row]) - 10
    if happened & _HAZARD:
        paid -= 500
    if happened & _BLOCKED:
        paid -= 50
    local = np.int64(progress[row])
    if happened & _MATCHED:
        local += 1000
    if happened & _MISMATCHED:
        local -= 500
    shared = hive_gain[world * hives + np.int64(region_hive[np.int64(home[row])])]
    if difference:
        shared = np.float32(gain[row]) * np.float32(0.001)
    gone = health[row] == _ENDED and (happened & _DESTROYED) == 0
    if gone or happened & _SPAWNED:
        paid = np.int64(0)
        local = np.int64(0)
        shared = np.float32(0)
    # Whole thousandths, rounded once: every device agrees on the bits.
    return (
        np.float32(paid) * np.float32(0.001), np.float32(local) * np.float32(0.001), shared
    )  # fmt: skip


@rule
def earn(
    row, world, workers, hives, difference, id, home, region_hive, event, gain, health, hive_gain,
    progress, earned,
):  # fmt: skip
    """Write the three parts of what a worker has earned, see `earned_by`, by id."""
    immediate, local, shared = earned_by(
        row, world, hives, difference, home, region_hive, event, gain, health, hive_gain, progress
    )
    out = world * workers + np.int64(id[row])
    earned[out, 0] = immediate
    earned[out, 1] = local
    earned[out, 2] = shared


@rule
def reward_worker(
    row, world, workers, hives, difference, id, home, region_hive, event, gain, health, hive_gain,
    progress, factor, reward,
):  # fmt: skip
    """Write the reward of a worker by id: the sum of its parts, see `earned_by`, times factors.

    Parameters
    ----------
    factor : float32[3]
        Weight of each part over its constant.
    """
    immediate, local, shared = earned_by(
        row, world, hives, difference, home, region_hive, event, gain, health, hive_gain, progress
    )
    out = world * workers + np.int64(id[row])
    # In this order, as `hive_env.scenarios.rewards.total` adds.
    reward[out] = immediate * factor[0] + local * factor[1] + shared * factor[2]
