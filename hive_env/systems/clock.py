"""What happens to the world by itself: time, seasons, doors, demand and hazards.

All of it is exogenous: drawn from streams of its own by place and tick, never from an action.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import PAIRS, Stream
from hive_env.random import below, draw, rule

_PAIRS = len(PAIRS)
EVERY_PAIR = (1 << _PAIRS) - 1
"""All pairs of types, a bit each."""

_SEASON = int(Stream.SEASON)
_DEMAND = int(Stream.DEMAND)
_DOOR = int(Stream.DOOR)
_HAZARD = int(Stream.HAZARD)


@rule
def advance_clock(world, tick):
    """Count the tick."""
    tick[world] += 1


@rule
def next_pair(pair, tick, word, pairs):
    """Another of some pairs of types than this one, each as likely; at tick 0 any of them.

    ``pairs`` has a bit for each that there is, two at least.
    """
    before, count = 0, 0
    for one in range(_PAIRS):
        there = (pairs >> one) & 1
        count += there
        if one < pair:
            before += there
    turn = below(word, count)
    if tick > 0:
        turn = (before + 1 + below(word, count - 1)) % count
    found, passed = 0, 0
    for one in range(_PAIRS):
        if (pairs >> one) & 1:
            if passed == turn:
                found = one
            passed += 1
    return found


@rule
def lasting(mean, word):
    """A duration from half the mean to one and a half times it, uniform, ticks."""
    return mean // 2 + below(word, max(mean, 1))


@rule
def turn_season(hive, world, hives, seed, episode, tick, season_ticks, season, season_until):
    """Redraw a hive's season, the two types whose factor is high, when its time is up."""
    if tick >= season_until[hive]:
        words = draw(seed, episode, tick, _SEASON, hive - world * hives)
        season[hive] = next_pair(season[hive], tick, words[0], EVERY_PAIR)
        season_until[hive] = tick + max(1, lasting(season_ticks, words[1]))


@rule
def turn_demand(
    region, place, seed, episode, tick, demand_ticks, demand_pairs, demand, demand_until
):
    """Redraw a region's demand, the two types that are worth something, when its time is up."""
    if tick >= demand_until[region]:
        words = draw(seed, episode, tick, _DEMAND, place)
        demand[region] = next_pair(demand[region], tick, words[0], demand_pairs)
        demand_until[region] = tick + max(1, lasting(demand_ticks, words[1]))


@rule
def turn_doors(
    sector, world, regions, sectors, seed, episode, tick, door_ticks, sector_regions, door_word,
    door,
):  # fmt: skip
    """Shut half of a sector's depots anew, all at once, every ``door_ticks``.

    Each region draws a word; the lower half of the sector's words is shut, ties by region.
    """
    if tick % door_ticks != 0:
        return
    count = sector_regions.shape[1]
    base = world * regions
    part = sector - world * sectors
    for index in range(count):
        region = np.int64(sector_regions[part, index])
        door_word[base + region] = draw(seed, episode, tick, _DOOR, region)[0]
    for index in range(count):
        region = np.int64(sector_regions[part, index])
        word = door_word[base + region]
        rank = np.int64(0)
        for other_index in range(count):
            other = np.int64(sector_regions[part, other_index])
            before = (door_word[base + other] < word) | (
                (door_word[base + other] == word) & (other < region)
            )
            rank += np.int64(before)
        door[base + region] = np.int64(rank >= count // 2)


@rule
def drift_hazards(
    region, place, seed, episode, tick, hazards, hazard_period, region_side, depth, hazard_cell
):
    """Move each hazard one cell, or not at all, every ``hazard_period`` ticks.

    A hazard keeps a cell away from its region's edge, so what it covers lies in the region.
    """
    if tick % hazard_period != 0:
        return
    for hazard in range(hazards):
        words = draw(seed, episode, tick, _HAZARD, place * hazards + hazard)
        cell = np.int64(hazard_cell[region, hazard])
        plane = region_side * region_side
        layer = cell // plane
        local_y = (cell - layer * plane) // region_side
        local_x = cell - layer * plane - local_y * region_side
        if tick == 0:
            local_x = below(words[0], region_side)
            local_y = below(words[1], region_side)
            layer = below(words[2], depth)
        else:
            local_x += below(words[0], 3) - 1
            local_y += below(words[1], 3) - 1
        local_x = min(max(local_x, 1), region_side - 2)
        local_y = min(max(local_y, 1), region_side - 2)
        hazard_cell[region, hazard] = layer * plane + local_y * region_side + local_x
