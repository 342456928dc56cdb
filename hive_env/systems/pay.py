"""What the seats of Forage above the workers earn, from what their people's counts have grown by.

Sums are whole thousandths and go up by stages, from regions to sectors to hives, so that nobody
adds more than the regions of a sector or the sectors of a hive. They are divided once, at the
end: every device agrees on the bits.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES
from hive_env.random import rule
from hive_env.systems.worth import asked_types

_TYPES = RESOURCE_TYPES


@rule
def whole(thousandths):
    """A number of thousandths in units."""
    return np.float32(np.float64(thousandths) / np.float64(1000))


@rule
def per_worker(thousandths, seats, workers):
    """A seat's sum by worker of its people, of whom a world of so many seats has equally many."""
    return np.float32(np.float64(thousandths * seats) / np.float64(1000 * workers))


@rule
def sum_sector(
    sector, world, regions, sectors, sector_regions, region_value, value_since, sector_gain
):
    """Write the value, thousandths, that the regions of a sector have delivered since.

    A region counts where it belongs by the map, whoever governs it.
    """
    part = sector - world * sectors
    total = np.int64(0)
    for slot in range(sector_regions.shape[1]):
        region = world * regions + np.int64(sector_regions[part, slot])
        total += np.int64(region_value[region]) - np.int64(value_since[region])
    sector_gain[sector] = total


@rule
def sum_hive(hive, world, workers, sectors, hives, hive_sector, sector_gain, hive_gain):
    """Write the value that a hive has gained, by worker, from the gains of its sectors."""
    part = hive - world * hives
    total = np.int64(0)
    for index in range(hive_sector.shape[1]):
        total += np.int64(sector_gain[world * sectors + np.int64(hive_sector[part, index])])
    hive_gain[hive] = per_worker(total, hives, workers)


@rule
def sum_world(world, regions, shared_by, region_value, world_value):
    """Write the value that a world's regions have delivered in the episode, by worker."""
    total = np.int64(0)
    for place in range(regions):
        total += np.int64(region_value[world * regions + place])
    world_value[world] = np.float64(total) / np.float64(1000) / np.float64(shared_by)


@rule
def asked_quotas(sector, quota_heard):
    """Types with at least half the highest quota that a sector has heard, a bit each."""
    top = np.int64(0)
    for kind in range(_TYPES):
        top = max(top, np.int64(quota_heard[sector, kind]))
    found = np.int64(0)
    for kind in range(_TYPES):
        quota = np.int64(quota_heard[sector, kind])
        found |= np.int64((2 * quota >= top) & (quota > 0)) << kind
    return found


@rule
def pay_manager(
    region, place, world, workers, regions, sectors, hives, difference, demand_hot, demand_cold,
    governor, region_hive, demand, quota_heard, region_value, value_since, picked, picked_since,
    hive_gain, earned,
):  # fmt: skip
    """Write what a manager has earned: immediate, local, global.

    Immediate: the value delivered in its region, by worker of their initial number. Local, by
    worker likewise: +1 for a unit picked of a type that is asked for, -0.5 for another. Asked for
    is what its depot pays for the type as the step ends, times the quota that its sector has
    heard, of at least half the highest of that. Global: ``hive_gain`` of its hive, or with
    ``difference`` at 1 the immediate one.
    """
    sector = world * sectors + np.int64(governor[region])
    asked = asked_types(region, sector, 1, demand_hot, demand_cold, demand, quota_heard)
    halves = np.int64(0)
    for kind in range(_TYPES):
        units = np.int64(picked[region, kind]) - np.int64(picked_since[region, kind])
        halves += units * (3 * ((asked >> kind) & 1) - 1)
    value = np.int64(region_value[region]) - np.int64(value_since[region])
    own = per_worker(value, regions, workers)
    earned[region, 0] = own
    earned[region, 1] = per_worker(500 * halves, regions, workers)
    shared = hive_gain[world * hives + np.int64(region_hive[place])]
    earned[region, 2] = own if difference else shared


@rule
def pay_governor(
    sector, world, workers, regions, sectors, hives, difference, sector_hive, reports,
    reports_count, quota_heard, region_value, value_since, delivered, delivered_since, paid,
    paid_since, hive_gain, earned,
):  # fmt: skip
    """Write what a governor has earned: immediate, local, global.

    Immediate: the value delivered in the regions that are under it now, by worker of a sector's
    initial number. Local, by worker likewise: +1 for a unit delivered there that was worth
    something and of a type with at least half the highest quota that the sector has heard, -0.5
    for another. Global: ``hive_gain`` of its hive, or with ``difference`` at 1 the immediate one.
    """
    asked = asked_quotas(sector, quota_heard)
    value = np.int64(0)
    halves = np.int64(0)
    for slot in range(reports_count[sector]):
        region = world * regions + np.int64(reports[sector, slot])
        value += np.int64(region_value[region]) - np.int64(value_since[region])
        for kind in range(_TYPES):
            halves -= np.int64(delivered[region, kind]) - np.int64(delivered_since[region, kind])
            good = np.int64(paid[region, kind]) - np.int64(paid_since[region, kind])
            halves += 3 * good * ((asked >> kind) & 1)
    own = per_worker(value, sectors, workers)
    earned[sector, 0] = own
    earned[sector, 1] = per_worker(500 * halves, sectors, workers)
    shared = hive_gain[world * hives + np.int64(sector_hive[sector - world * sectors])]
    earned[sector, 2] = own if difference else shared


@rule
def pay_orchestrator(hive, hive_gain, earned):
    """Write what an orchestrator has earned: neither immediate nor local, ``hive_gain`` global."""
    earned[hive, 0] = np.float32(0)
    earned[hive, 1] = np.float32(0)
    earned[hive, 2] = hive_gain[hive]
