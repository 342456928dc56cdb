"""What a worker observes: 64 features a row, as bytes.

Each feature is an integer from 0 to 255; as float32 it is a fixed linear map of that byte (see
`hive_env.scenarios.forage.FEATURES`), so both forms carry the same information and every device
agrees on every bit. Offsets have 128 for zero.
"""

from __future__ import annotations

import numpy as np

from hive_env.config import VISION
from hive_env.enums import PLANES, RESOURCE_TYPES, Event, Ground, Health, Plane
from hive_env.random import rule
from hive_env.systems.space import across, cell_of
from hive_env.systems.trails import trail_at
from hive_env.systems.workers import site_at

SITE_AT = 0
CROWD_AT = 12
HAZARD_AT = 17
TRAIL_AT = 22
CARGO_AT = 43
SPECIALIST_AT = 47
HEALTH_AT = 51
FATIGUE_AT = 52
HOME_AT = 53
SUCCESS_AT = 55
GOAL_AT = 56
ZONE_AT = 60
TIME_AT = 62
BLOCKED_AT = 63
WIDTH = 64

WALL = 85
CASUALTY = 170
HAZARD = 255

_VISION = VISION
_PLANES = PLANES
_TYPES = RESOURCE_TYPES
_COUNT = int(Ground.COUNT)
_CASUALTY = int(Ground.CASUALTY)
_HAZARD = int(Ground.HAZARD)
_SITE = int(Ground.SITE)
_ALIVE = int(Health.ALIVE)
_EXPLORATION = int(Plane.EXPLORATION)
_HELD_UP = int(Event.BLOCKED | Event.SLOWED)
_FAR = 0xFFFFFFFF


@rule
def offset_byte(offset):
    """An offset in cells as a byte: 128 is zero, saturating at 127 cells either way."""
    return min(max(offset, -127), 127) + 128


@rule
def slope_byte(difference):
    """A difference of trails as a byte: 128 is level, one step is 256 units."""
    return min(max(difference // 256, -127), 127) + 128


@rule
def ground_byte(bits):
    """What a cell threatens: 255 a hazard, 170 a failed worker, 0 neither."""
    if bits & _HAZARD:
        return HAZARD
    if bits & _CASUALTY:
        return CASUALTY
    return 0


@rule
def sense_sites(
    out, place, world, regions, region_side, sites, stock, local_x, local_y, neighbour, ground,
    site_cell, site_stock, site_type, observation,
):  # fmt: skip
    """Nearest visible site of each type: offset in x and y (32 a cell), stock."""
    for index in range(SITE_AT, SITE_AT + 3 * _TYPES, 3):
        observation[out, index] = 128
        observation[out, index + 1] = 128
        observation[out, index + 2] = 0
    near = (local_x >= _VISION) & (local_x < region_side - _VISION)
    near = near & (local_y >= _VISION) & (local_y < region_side - _VISION)
    if near:
        region = world * regions + place
        any_site = np.int64(0)
        first = (local_y - _VISION) * region_side + local_x - _VISION
        for step_y in range(2 * _VISION + 1):
            for step_x in range(2 * _VISION + 1):
                any_site |= np.int64(ground[region, first + step_y * region_side + step_x])
        if (any_site & _SITE) == 0:
            return
    best = np.int64(_FAR)
    for step_y in range(-_VISION, _VISION + 1):
        for step_x in range(-_VISION, _VISION + 1):
            other, at_x, at_y = across(
                place, local_x + step_x, local_y + step_y, region_side, neighbour
            )
            if other < 0:
                continue
            there = world * regions + other
            cell = at_y * region_side + at_x
            if (np.int64(ground[there, cell]) & _SITE) == 0:
                continue
            site = site_at(there, cell, sites, site_cell, site_stock)
            if site < 0:
                continue
            kind = np.int64(site_type[there, site])
            distance = abs(step_x) + abs(step_y)
            if distance < ((best >> (8 * kind)) & 255):
                best = (best & ~(255 << (8 * kind))) | (distance << (8 * kind))
                index = SITE_AT + 3 * kind
                observation[out, index] = 128 + 32 * step_x
                observation[out, index + 1] = 128 + 32 * step_y
                observation[out, index + 2] = max(
                    np.int64(site_stock[there, site]) * 255 // stock, 1
                )


@rule
def sense_ground(
    out, place, world, regions, region_side, local_x, local_y, neighbour, ground, observation
):
    """Crowd (17 a worker, up to 15) and threat here, north, east, south and west."""
    for index in range(5):
        step_x = np.int64(index == 2) - np.int64(index == 4)
        step_y = np.int64(index == 3) - np.int64(index == 1)
        other, at_x, at_y = across(
            place, local_x + step_x, local_y + step_y, region_side, neighbour
        )
        crowd = np.int64(0)
        threat = np.int64(WALL)
        if other >= 0:
            bits = np.int64(ground[world * regions + other, at_y * region_side + at_x])
            crowd = 17 * (bits & _COUNT)
            threat = np.int64(ground_byte(bits))
        observation[out, CROWD_AT + index] = crowd
        observation[out, HAZARD_AT + index] = threat


@rule
def sense_trails(
    out, place, world, regions, local_x, local_y, map_shift, map_side, trail_cap, neighbour, trail,
    observation,
):  # fmt: skip
    """Trail of each plane in the worker's map cell, and its slope along x and y.

    The exploration plane is sensed as priority: the cap less the trail of visits.
    """
    map_x = local_x >> map_shift
    map_y = local_y >> map_shift
    region = world * regions + place
    cell = map_y * map_side + map_x
    inside = (map_x > 0) & (map_x < map_side - 1) & (map_y > 0) & (map_y < map_side - 1)
    for plane in range(_PLANES):
        here = np.int64(trail[region, plane, cell])
        if inside:
            slope_x = np.int64(trail[region, plane, cell + 1]) - np.int64(
                trail[region, plane, cell - 1]
            )
            slope_y = np.int64(trail[region, plane, cell + map_side]) - np.int64(
                trail[region, plane, cell - map_side]
            )
        else:
            slope_x = trail_at(
                place, world, regions, map_x + 1, map_y, 0, map_side, 1, neighbour, plane, trail
            ) - trail_at(
                place, world, regions, map_x - 1, map_y, 0, map_side, 1, neighbour, plane, trail
            )
            slope_y = trail_at(
                place, world, regions, map_x, map_y + 1, 0, map_side, 1, neighbour, plane, trail
            ) - trail_at(
                place, world, regions, map_x, map_y - 1, 0, map_side, 1, neighbour, plane, trail
            )
        if plane == _EXPLORATION:
            here = trail_cap - here
            slope_x = -slope_x
            slope_y = -slope_y
        index = TRAIL_AT + 3 * plane
        observation[out, index] = here >> 8
        observation[out, index + 1] = slope_byte(slope_x)
        observation[out, index + 2] = slope_byte(slope_y)


@rule
def sense_self(
    out, row, region_side, tick, episode_ticks, at_x, at_y, home, region_x0, region_y0,
    cargo, specialist, health, fatigue, success, event, task, task_zone, observation,
):  # fmt: skip
    """A worker's own condition, its way home, its goal, and the time left."""
    load = np.int64(cargo[row])
    kind = np.int64(specialist[row])
    goal = np.int64(task[row])
    for index in range(_TYPES):
        observation[out, CARGO_AT + index] = 255 * np.int64(load == index + 1)
        observation[out, SPECIALIST_AT + index] = 255 * np.int64(kind == index)
        observation[out, GOAL_AT + index] = 255 * np.int64(goal == index + 1)
    observation[out, HEALTH_AT] = 255 * np.int64(health[row] == _ALIVE)
    observation[out, FATIGUE_AT] = np.int64(fatigue[row])
    place = np.int64(home[row])
    corner_x = np.int64(region_x0[place])
    corner_y = np.int64(region_y0[place])
    half = region_side // 2
    observation[out, HOME_AT] = offset_byte(corner_x + half - at_x)
    observation[out, HOME_AT + 1] = offset_byte(corner_y + half - at_y)
    won = np.int64(success[row])
    observation[out, SUCCESS_AT] = 255 if won == 2 else 128 * won
    zone = np.int64(task_zone[row])
    quarter = region_side // 4
    off_x = np.int64(0)
    off_y = np.int64(0)
    if zone > 0:
        off_x = corner_x + ((zone - 1) & 3) * quarter + quarter // 2 - at_x
        off_y = corner_y + ((zone - 1) >> 2) * quarter + quarter // 2 - at_y
    observation[out, ZONE_AT] = offset_byte(off_x)
    observation[out, ZONE_AT + 1] = offset_byte(off_y)
    observation[out, TIME_AT] = max(episode_ticks - tick, 0) * 255 // episode_ticks
    observation[out, BLOCKED_AT] = 255 * np.int64((np.int64(event[row]) & _HELD_UP) != 0)


@rule
def observe_at(
    out, row, place, world, tick, episode_ticks, regions, region_side, sites, stock, map_shift,
    map_side, trail_cap, x, y, home, region_x0, region_y0, neighbour, ground, trail,
    site_cell, site_stock, site_type, cargo, specialist, health, fatigue, success, event, task,
    task_zone, observation,
):  # fmt: skip
    """Write a worker's observation to row ``out``."""
    at_x = cell_of(x[row])
    at_y = cell_of(y[row])
    local_x = at_x - np.int64(region_x0[place])
    local_y = at_y - np.int64(region_y0[place])
    sense_sites(
        out, place, world, regions, region_side, sites, stock, local_x, local_y, neighbour, ground,
        site_cell, site_stock, site_type, observation,
    )  # fmt: skip
    sense_ground(
        out, place, world, regions, region_side, local_x, local_y, neighbour, ground, observation
    )
    sense_trails(
        out, place, world, regions, local_x, local_y, map_shift, map_side, trail_cap, neighbour,
        trail, observation,
    )  # fmt: skip
    sense_self(
        out, row, region_side, tick, episode_ticks, at_x, at_y, home, region_x0, region_y0,
        cargo, specialist, health, fatigue, success, event, task, task_zone, observation,
    )  # fmt: skip


@rule
def observe(
    row, place, world, tick, episode_ticks, workers, regions, region_side, sites, stock, map_shift,
    map_side, trail_cap, id, x, y, home, region_x0, region_y0, neighbour, ground, trail,
    site_cell, site_stock, site_type, cargo, specialist, health, fatigue, success, event, task,
    task_zone, observation,
):  # fmt: skip
    """Write a worker's observation to the row of its id."""
    observe_at(
        world * workers + np.int64(id[row]), row, place, world, tick, episode_ticks, regions,
        region_side, sites, stock, map_shift, map_side, trail_cap, x, y, home, region_x0,
        region_y0, neighbour, ground, trail, site_cell, site_stock, site_type, cargo, specialist,
        health, fatigue, success, event, task, task_zone, observation,
    )  # fmt: skip


@rule
def observe_dense(
    row, number, region, place, world, tick, episode_ticks, regions, region_side, sites, stock,
    map_shift, map_side, trail_cap, x, y, home, region_x0, region_y0, neighbour, ground, trail,
    site_cell, site_stock, site_type, cargo, specialist, health, fatigue, success, event, task,
    task_zone, dense_first, dense_base, observation,
):  # fmt: skip
    """Write a worker's observation to a chunk, whose rows lie region by region."""
    observe_at(
        dense_first[region] + number - dense_base, row, place, world, tick, episode_ticks, regions,
        region_side, sites, stock, map_shift, map_side, trail_cap, x, y, home, region_x0,
        region_y0, neighbour, ground, trail, site_cell, site_stock, site_type, cargo, specialist,
        health, fatigue, success, event, task, task_zone, observation,
    )  # fmt: skip
