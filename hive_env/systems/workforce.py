"""Migration: a governor's orders move the idle between the regions of its sector."""

from __future__ import annotations

import numpy as np

from hive_env.enums import Health
from hive_env.random import rule

_ALIVE = int(Health.ALIVE)


@rule
def base_of(entity, workers, regions):
    """Region that a worker belongs to by its id: floor(id * regions / workers)."""
    return np.int64(entity) * regions // workers


@rule
def first_of(place, workers, regions):
    """Lowest id of the workers that belong to a region: ceil(place * workers / regions)."""
    return (place * workers + regions - 1) // regions


@rule
def migrate(
    row, world, tick, governor_period, workers, regions, sectors, consensus, id, health, cargo,
    refuge, refuges, governor, sector_ordered, home,
):  # fmt: skip
    """Send an idle worker of a pushed-out region to a drawn-in one, others to their own.

    The idle are those who carry nothing and are alive. They are dealt to the refuges of their own
    region by their number in it. A worker with cargo keeps its home until the next decision.
    """
    if tick % governor_period != 0 and consensus == 0:
        return
    entity = np.int64(id[row])
    base = base_of(entity, workers, regions)
    above = world * sectors + np.int64(governor[world * regions + base])
    if tick % governor_period != 0 and sector_ordered[above] == 0:
        return
    if health[row] != _ALIVE or cargo[row] > 0:
        return
    count = np.int64(refuges[world * regions + base])
    if count > 0:
        number = entity - first_of(base, workers, regions)
        home[row] = refuge[world * regions + base, number % count]
    else:
        home[row] = base
