"""What a step tells of the workers of Queue besides what they observe, by id."""

from __future__ import annotations

import numpy as np

from hive_env.random import rule
from hive_env.systems.workforce import first_of


@rule
def tell_events(
    sector, world, workers, regions, sectors, sector_regions, row_of, event, told_event
):
    """Write what happened to every worker of a sector in the last tick, bits of `QueueEvent`."""
    place = (sector - world * sectors) * sector_regions
    last = first_of(place + sector_regions, workers, regions)
    for entity in range(first_of(place, workers, regions), last):
        out = world * workers + entity
        told_event[out] = event[np.int64(row_of[out])]


@rule
def tell_agents(sector, world, workers, regions, sectors, sector_regions, agent):
    """Write which agent every worker of a sector is: its id, for nobody is ever replaced."""
    place = (sector - world * sectors) * sector_regions
    last = first_of(place + sector_regions, workers, regions)
    for entity in range(first_of(place, workers, regions), last):
        agent[world * workers + entity] = entity


@rule
def allow_workers(sector, world, workers, regions, sectors, sector_regions, row_of, delay, able):
    """Write whether the action of every worker of a sector counts: not while it walks."""
    place = (sector - world * sectors) * sector_regions
    last = first_of(place + sector_regions, workers, regions)
    for entity in range(first_of(place, workers, regions), last):
        out = world * workers + entity
        able[out] = delay[np.int64(row_of[out])] == 0


@rule
def open_workers(sector, world, workers, regions, sectors, sector_regions, row_of, delay, mask):
    """Write what is open to every worker of a sector: all, or but to go on while it walks."""
    place = (sector - world * sectors) * sector_regions
    last = first_of(place + sector_regions, workers, regions)
    for entity in range(first_of(place, workers, regions), last):
        out = world * workers + entity
        there = delay[np.int64(row_of[out])] == 0
        for index in range(mask.shape[1]):
            mask[out, index] = there | (index == 0)
