"""Migration: a governor's orders move the idle between the regions of its sector."""

from __future__ import annotations

import numpy as np

from hive_env.enums import Health, Workforce
from hive_env.random import rule

_ALIVE = int(Health.ALIVE)
_PUSH = int(Workforce.PUSH)
_DRAW = int(Workforce.DRAW)


@rule
def base_of(entity, workers, regions):
    """Region that a worker belongs to by its id: floor(id * regions / workers)."""
    return np.int64(entity) * regions // workers


@rule
def first_of(place, workers, regions):
    """Lowest id of the workers that belong to a region: ceil(place * workers / regions)."""
    return (place * workers + regions - 1) // regions


@rule
def muster(
    sector,
    world,
    tick,
    governor_period,
    regions,
    sectors,
    sector_regions,
    workforce,
    drawn,
    drawn_count,
):
    """List the regions of a sector that are ordered to draw workers in."""
    if tick % governor_period != 0:
        return
    part = sector - world * sectors
    count = np.int64(0)
    for index in range(sector_regions.shape[1]):
        region = np.int64(sector_regions[part, index])
        if workforce[world * regions + region] == _DRAW:
            drawn[sector, count] = region
            count += 1
    drawn_count[sector] = count


@rule
def migrate(
    row, world, tick, governor_period, workers, regions, sectors, id, health, cargo, region_sector,
    workforce, drawn, drawn_count, home,
):  # fmt: skip
    """Send an idle worker of a pushed-out region to a drawn-in sibling, others to their own.

    The idle are those who carry nothing and are alive. They are dealt to the drawn-in regions
    of their sector by their number within their own region. A worker with cargo keeps its home
    until the next decision.
    """
    if tick % governor_period != 0:
        return
    if health[row] != _ALIVE or cargo[row] > 0:
        return
    entity = np.int64(id[row])
    base = base_of(entity, workers, regions)
    sector = world * sectors + np.int64(region_sector[base])
    count = np.int64(drawn_count[sector])
    if workforce[world * regions + base] == _PUSH and count > 0:
        number = entity - first_of(base, workers, regions)
        home[row] = drawn[sector, number % count]
    else:
        home[row] = base
