"""The life of a worker's place: orders for those who return, ends, and replacements.

A failed worker that comes back has its task reset and gets the order that stands at its home at
once. A corrupt one that is found out is destroyed: its id is listed for the hive's blacklist, what
it carries is lost, and its place goes back to the depot of its home, at most a region a tick,
unseen and touching nothing. After ``spawn_ticks`` the next of its place starts there, with an id
of its own, until ``reserve`` of them have come; then the place stays empty. The k-th of place i
is agent ``i + k * workers``.
"""

from __future__ import annotations

import numpy as np

from hive_env.atomics import add
from hive_env.config import FRACTION_BITS
from hive_env.enums import Condition, Event, Health
from hive_env.random import rule
from hive_env.systems.ailments import DOCKET, forget
from hive_env.systems.members import INSTANT_SHIFT
from hive_env.systems.orders import take_order
from hive_env.systems.space import cell_of, way
from hive_env.systems.workers import held_down

DESTROYED_AT, SPAWNED_AT, SPENT_AT, RESET_AT = 0, 1, 2, 3
CHURN = 4
"""Counts of the column ``churn``, and their number."""

_DOCKET = DOCKET
_SHIFT = INSTANT_SHIFT
_HALF_CELL = 1 << (FRACTION_BITS - 1)
_ALIVE = int(Health.ALIVE)
_ENDED = int(Health.ENDED)
_UP = int(Condition.UP)
_REPAIRED = int(Event.REPAIRED)
_DESTROYED = int(Event.DESTROYED)
_SPAWNED = int(Event.SPAWNED)


@rule
def clear_churn(region, churn, struck, outcast, outcasts, docket):
    """Let nobody in a region have been struck, destroyed or replaced."""
    if outcasts.shape[0] == 0:
        return
    outcasts[region] = 0
    for index in range(outcast.shape[1]):
        outcast[region, index] = 0
        docket[region, index] = 0
    for index in range(churn.shape[1]):
        churn[region, index] = 0
    for index in range(struck.shape[1]):
        struck[region, index] = 0


@rule
def reassign(
    row, region, world, kinds, workers, regions, by_squad, id, home, specialist, priority, focus,
    squad, event, success, task, task_zone, task_priority, churn,
):  # fmt: skip
    """Reset the task of a worker that has just come back, and hand it the order that stands."""
    if kinds == 0 or (np.int64(event[row]) & _REPAIRED) == 0:
        return
    success[row] = 0
    take_order(
        row, world, workers, regions, by_squad, id, home, specialist, priority, focus, squad,
        task, task_zone, task_priority,
    )  # fmt: skip
    add(churn, (region, RESET_AT), 1)


@rule
def destroy(
    region, tick, kinds, ledgers, workers, reserve, spawn_ticks, docket, id, incarnation, health,
    cargo, success, task, task_zone, task_priority, memory, vx, vy, vz, event, ailment,
    ailment_until, outcast, outcasts, churn,
):  # fmt: skip
    """Destroy those of a region who were found out, and list their ids for the blacklist.

    Where the list is full they go on as they are and are found out anew in the next tick, lowest
    ids first. Without a ledger, where ``ledgers`` is 0, nobody reads the list and it stays empty.
    """
    if kinds == 0:
        return
    room = _DOCKET - np.int64(outcasts[region])
    for index in range(_DOCKET):
        key = docket[region, index]
        docket[region, index] = 0
        if key == 0 or index >= room:
            continue
        row = key & 0xFFFFFFFF
        health[row] = _ENDED
        cargo[row] = 0
        forget(row, success, task, task_zone, task_priority, memory)
        if vx.shape[0] > 0:
            vx[row] = 0
            vy[row] = 0
            vz[row] = 0
        event[row] = np.int64(event[row]) | _DESTROYED
        ailment[row] = _UP
        ailment_until[row] = (np.int64(tick) + spawn_ticks) << _SHIFT
        churn[region, DESTROYED_AT] += 1
        number = np.int64(incarnation[row])
        if number >= reserve:
            churn[region, SPENT_AT] += 1
        if ledgers:
            listed = np.int64(outcasts[region])
            outcast[region, listed] = np.int64(id[row]) + number * workers
            outcasts[region] = listed + 1


@rule
def nearer(position, to, extent, region_side, torus):
    """Cell along an axis after a tick of a place's way: at most a region's side nearer."""
    at = cell_of(position)
    off = way(to - at, extent, torus)
    reached = at + min(max(off, -region_side), region_side)
    return reached % extent if torus else reached


@rule
def respawn(
    row, region, world, tick, kinds, workers, regions, region_side, cells_x, cells_y, depth, torus,
    outages, hosts, reserve, by_squad, region_x0, region_y0, region_out, host_out, id, home,
    specialist, priority, focus, squad, x, y, z, health, cargo, fatigue, down, repair, error_count,
    event, success, task, task_zone, task_priority, memory, ailment_until, incarnation, churn,
):  # fmt: skip
    """Bring an empty place nearer to the depot of its home, and let its next worker start there.

    That is when its time has come, it is there, and no outage holds it down. The new worker is
    whole, remembers nothing, has the order that stands, and acts from the next tick on.
    """
    if kinds == 0 or health[row] != _ENDED:
        return
    if np.int64(incarnation[row]) >= reserve:
        return
    place = np.int64(home[row])
    depot_x = np.int64(region_x0[place]) + region_side // 2
    depot_y = np.int64(region_y0[place]) + region_side // 2
    at_x = nearer(x[row], depot_x, cells_x, region_side, torus)
    at_y = nearer(y[row], depot_y, cells_y, region_side, torus)
    x[row] = (at_x << FRACTION_BITS) + _HALF_CELL
    y[row] = (at_y << FRACTION_BITS) + _HALF_CELL
    if depth > 1:
        z[row] = ((depth // 2) << FRACTION_BITS) + _HALF_CELL
    if at_x != depot_x or at_y != depot_y or ailment_until[row] > (np.int64(tick) << _SHIFT):
        return
    here = world * regions + place
    if held_down(row, here, world, outages, hosts, id, region_out, host_out):
        return
    incarnation[row] += 1
    health[row] = _ALIVE
    cargo[row] = 0
    fatigue[row] = 0
    down[row] = 0
    repair[row] = 0
    error_count[row] = 0
    event[row] = _SPAWNED
    forget(row, success, task, task_zone, task_priority, memory)
    take_order(
        row, world, workers, regions, by_squad, id, home, specialist, priority, focus, squad,
        task, task_zone, task_priority,
    )  # fmt: skip
    add(churn, (region, SPAWNED_AT), 1)
