"""What the seats of Queue earn, from the last tick and from what counts have grown by.

Sums are whole thousandths and go up by stages, as in `hive_env.systems.pay`.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES
from hive_env.random import rule
from hive_env.systems.pay import per_worker, whole
from hive_env.systems.priorities import kept
from hive_env.systems.queue_streams import EFFORT
from hive_env.systems.queues import QueueEvent
from hive_env.systems.workforce import first_of

_TYPES = RESOURCE_TYPES
_VAIN = int(QueueEvent.VAIN)
_MATCHED = int(QueueEvent.MATCHED)
_MISMATCHED = int(QueueEvent.MISMATCHED)
_DROPPED = int(QueueEvent.DROPPED)
_WORKED = int(QueueEvent.WORKED)

TICK_COST, VAIN_COST = 10, 50
"""What a tick costs a worker, and a request that got nothing, thousandths."""

PROGRESS = 100
"""What a tick of a specialist's work at a task is worth, thousandths."""

_TICK_COST, _VAIN_COST, _PROGRESS = TICK_COST, VAIN_COST, PROGRESS
_EFFORT = EFFORT


@rule
def progress(row, off_effort, specialist, order, job, partner):
    """What a tick of work at a task was worth: nothing where the order asks for other types.

    Without it nobody would find out that tasks can be done. Who is slower is paid less: by what the
    task came on.
    """
    kind = np.int64(job[row]) - 1
    if kept(np.int64(order[row]), kind) == 0:
        return np.int64(0)
    slow = partner[row] == 0 and specialist[row] != kind
    return np.int64(_PROGRESS * (off_effort if slow else _EFFORT) // _EFFORT)


@rule
def done_with(happened, credit):
    """What a job that ended in the last tick was worth: handed in as ordered or not, or dropped.

    In proportion to the task's worth: for a tick a short task is paid no better than a long one.
    A dropped task is lost to all: where that were free, who keeps only what is soon done would gain
    by it, and the hive lose.
    """
    if happened & _MATCHED:
        return credit
    if happened & (_MISMATCHED | _DROPPED):
        return -(credit // 2)
    return np.int64(0)


@rule
def sum_sector(sector, sector_regions, region_value, value_since, sector_gain):
    """Write the value, thousandths, that the regions of a sector have delivered since."""
    total = np.int64(0)
    for region in range(sector * sector_regions, (sector + 1) * sector_regions):
        total += np.int64(region_value[region]) - np.int64(value_since[region])
    sector_gain[sector] = total


@rule
def sum_hive(hive, workers, hives, hive_sectors, sector_gain, hive_gain):
    """Write the value that a hive has gained, by worker, from the gains of its sectors."""
    total = np.int64(0)
    for sector in range(hive * hive_sectors, (hive + 1) * hive_sectors):
        total += np.int64(sector_gain[sector])
    hive_gain[hive] = per_worker(total, hives, workers)


@rule
def pay_workers(
    sector, world, workers, regions, sectors, sector_regions, hive_sectors, difference, off_effort,
    row_of, specialist, order, job, partner, event, gain, credit, hive_gain,
    earned,
):  # fmt: skip
    """Write what the last tick was worth to every worker of a sector: immediate, local, global.

    Immediate: the value of its own delivery, less what a tick and a vain request cost. Local: the
    worth before the price of a delivered task of a type with the highest priority of its order,
    less half of it of another or of a task that it drops (`done_with`); and for a tick of work
    `progress`.
    Global: ``hive_gain`` of its hive, or with ``difference`` at 1 the value of its own delivery.
    """
    place = (sector - world * sectors) * sector_regions
    shared = hive_gain[sector // hive_sectors]
    last = first_of(place + sector_regions, workers, regions)
    for entity in range(first_of(place, workers, regions), last):
        out = world * workers + entity
        row = np.int64(row_of[out])
        happened = np.int64(event[row])
        own = np.int64(gain[row])
        paid = own - _TICK_COST
        if happened & _VAIN:
            paid -= _VAIN_COST
        local = done_with(happened, np.int64(credit[row]))
        if happened & _WORKED:
            local += progress(row, off_effort, specialist, order, job, partner)
        earned[out, 0] = whole(paid)
        earned[out, 1] = whole(local)
        earned[out, 2] = whole(own) if difference else shared


@rule
def top_quotas(hive, quota):
    """Types with the highest quota of a hive, a bit each; none where all quotas are equal."""
    top = np.int64(0)
    for kind in range(_TYPES):
        top = max(top, np.int64(quota[hive, kind]))
    found = np.int64(0)
    for kind in range(_TYPES):
        found |= np.int64(quota[hive, kind] == top) << kind
    return found if found != (1 << _TYPES) - 1 else np.int64(0)


@rule
def kept_quotas(region, top, delivered, delivered_since):
    """Half units by which a region kept to quotas: +2 a task of the highest, -1 another."""
    halves = np.int64(0)
    if top == 0:
        return halves
    for kind in range(_TYPES):
        tasks = np.int64(delivered[region, kind]) - np.int64(delivered_since[region, kind])
        halves += tasks * (3 * ((top >> kind) & 1) - 1)
    return halves


@rule
def pay_manager(
    region, workers, regions, hives, difference, quota, region_value, value_since, delivered,
    delivered_since, hive_gain, earned,
):  # fmt: skip
    """Write what a manager has earned: immediate, local, global.

    Immediate: the value delivered in its region, by worker of their initial number. Local, by
    worker likewise: +1 for a delivered task of a type with the highest quota, -0.5 for another;
    nothing when the quotas are equal. Global: ``hive_gain`` of its hive, or with ``difference`` at
    1 the immediate one.
    """
    hive = region // (regions // hives)
    halves = kept_quotas(region, top_quotas(hive, quota), delivered, delivered_since)
    value = np.int64(region_value[region]) - np.int64(value_since[region])
    own = per_worker(value, regions, workers)
    earned[region, 0] = own
    earned[region, 1] = per_worker(500 * halves, regions, workers)
    earned[region, 2] = own if difference else hive_gain[hive]


@rule
def pay_governor(
    sector, workers, sectors, sector_regions, hive_sectors, difference, quota, region_value,
    value_since, delivered, delivered_since, hive_gain, earned,
):  # fmt: skip
    """Write what a governor has earned for its regions: as `pay_manager`."""
    hive = sector // hive_sectors
    top = top_quotas(hive, quota)
    value = np.int64(0)
    halves = np.int64(0)
    for region in range(sector * sector_regions, (sector + 1) * sector_regions):
        value += np.int64(region_value[region]) - np.int64(value_since[region])
        halves += kept_quotas(region, top, delivered, delivered_since)
    own = per_worker(value, sectors, workers)
    earned[sector, 0] = own
    earned[sector, 1] = per_worker(500 * halves, sectors, workers)
    earned[sector, 2] = own if difference else hive_gain[hive]
