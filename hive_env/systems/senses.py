"""What a worker observes: 64 features a row as bytes, 80 in worlds of depth above one.

Each feature is an integer from 0 to 255; as float32 it is a fixed linear map of that byte (see
`hive_env.envs.spaces`), so both forms carry the same information and every device
agrees on every bit. Offsets have 128 for zero; ways to the depot and to the zone are those of
`way_byte`.
"""

from __future__ import annotations

import numpy as np

from hive_env.config import VISION
from hive_env.enums import PLANES, RESOURCE_TYPES, Condition, Event, Ground, Health, Plane
from hive_env.random import rule
from hive_env.systems.orders import zone_x, zone_y
from hive_env.systems.priorities import HIGH, priority_of
from hive_env.systems.sight import cell_parts, first_listed, none_near, parts_seen
from hive_env.systems.space import across, cell_of, way

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
"""First feature of each group in the plane, and their number."""

DEEP = {
    "SITE": 0,
    "CROWD": 4,
    "HAZARD": 6,
    "TRAIL": 8,
    "CARGO": 15,
    "SPECIALIST": 15,
    "HEALTH": 15,
    "FATIGUE": 15,
    "HOME": 15,
    "SUCCESS": 16,
    "GOAL": 16,
    "ZONE": 16,
    "TIME": 16,
    "BLOCKED": 16,
    "WIDTH": 16,
}
"""By how much each group moves in worlds of depth above one, whose rows have 80 features:
sites and trails gain a z, crowd and threat an above and a below, home a z."""

WALL = 85
CASUALTY = 170
HAZARD = 255

_VISION = VISION
_PLANES = PLANES
_TYPES = RESOURCE_TYPES
_COUNT = int(Ground.COUNT)
_CASUALTY = int(Ground.CASUALTY)
_HAZARD = int(Ground.HAZARD)
_ALIVE = int(Health.ALIVE)
_ENDED = int(Health.ENDED)
_SLOW = int(Condition.SLOW)
_EXPLORATION = int(Plane.EXPLORATION)
_HELD_UP = int(Event.BLOCKED | Event.SLOWED)
_HIGH = HIGH
_NONE_RANKED = (1 << 48) - 1


@rule
def way_byte(offset):
    """An offset in cells as a byte, finer nearby: 128 is zero.

    A cell is 8 up to 7 cells, 2 up to 32, 1/8 beyond; 1 and 255 are 200 cells or more.
    """
    far = abs(offset)
    if far <= 7:
        step = 8 * far
    elif far <= 32:
        step = 42 + 2 * far
    else:
        step = min(102 + far // 8, 127)
    return 128 - step if offset < 0 else 128 + step


@rule
def cells_of(byte):
    """The offset in cells that a byte of `way_byte` tells.

    Exact up to 32, up to 7 less to 207, and never above 200.
    """
    step = abs(byte - 128)
    if step <= 56:
        far = step // 8
    elif step <= 106:
        far = (step - 42) // 2
    else:
        far = 8 * (step - 102)
    return -far if byte < 128 else far


@rule
def time_byte(tick, episode_ticks):
    """The share of an episode that is left, of 255, rounded down."""
    left = max(episode_ticks - tick, 0) * 255
    # Cheaper than a division of integers, and exact: a quotient below 256 that is not whole is
    # farther from the next whole number than doubles round.
    return np.int64(np.float64(left) / np.float64(episode_ticks))


@rule
def slope_byte(difference):
    """A difference of trails as a byte: 128 is level, one step is 256 units, to zero."""
    step = abs(difference) >> 8
    if difference < 0:
        step = -step
    return min(max(step, -127), 127) + 128


@rule
def ground_byte(bits):
    """What a cell threatens: 255 a hazard, 170 a failed worker, 0 neither."""
    hurt = CASUALTY * np.int64((bits & _CASUALTY) != 0)
    return max(HAZARD * np.int64((bits & _HAZARD) != 0), hurt)


@rule
def sense_sites(
    out, deep, place, world, regions, region_side, side_inverse, stock, local_x, local_y, local_z,
    neighbour, site_near, site_square, site_next, site_cell, site_stock, site_type, observation,
):  # fmt: skip
    """Nearest visible site of each type: offset in x, y (and z), 32 a cell, and stock.

    In sight is the square of radius 2 around the worker, and in deep worlds the same square
    one layer up and down. Of equally near sites the first in order of z, y, x is told.
    """
    stride = 3 + deep
    for kind in range(_TYPES):
        index = SITE_AT + stride * kind
        for axis in range(2 + deep):
            observation[out, index + axis] = 128
        observation[out, index + 2 + deep] = 0
    if none_near(place, world, regions, region_side, local_x, local_y, neighbour, site_near):
        return
    # By type the least rank so far, 12 bits each: distance, then z, y, x.
    best = _NONE_RANKED
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
                site = np.int64(site_next[here, slot]) - 1
                off_x = at_x + step_x * region_side - local_x
                off_y = at_y + step_y * region_side - local_y
                off_z = layer - local_z
                if max(abs(off_x), abs(off_y)) > _VISION or abs(off_z) > 1:
                    continue
                rank = (abs(off_x) + abs(off_y) + abs(off_z)) << 9
                rank |= ((off_z + 1) << 6) | ((off_y + _VISION) << 3) | (off_x + _VISION)
                kind = np.int64(site_type[here, slot])
                if rank < ((best >> (12 * kind)) & 4095):
                    best = (best & ~(4095 << (12 * kind))) | (rank << (12 * kind))
                    index = SITE_AT + stride * kind
                    left = np.int64(site_stock[here, slot])
                    observation[out, index] = 128 + 32 * off_x
                    observation[out, index + 1] = 128 + 32 * off_y
                    if deep:
                        observation[out, index + 2] = 128 + 32 * off_z
                    observation[out, index + 2 + deep] = max(left * 255 // stock, 1)


@rule
def put_ground(out, index, bits, observation):
    """Write crowd and threat of one of the five cells of a worker in the plane."""
    observation[out, CROWD_AT + index] = 17 * (bits & _COUNT)
    observation[out, HAZARD_AT + index] = ground_byte(bits)


@rule
def sense_ground(
    out, deep, place, world, regions, region_side, depth, local_x, local_y, local_z, neighbour,
    ground, observation,
):  # fmt: skip
    """Crowd (17 a worker, up to 15) and threat here, north, east, south, west (above, below)."""
    inside = (local_x > 0) & (local_x < region_side - 1)
    inside = inside & (local_y > 0) & (local_y < region_side - 1)
    if inside and deep == 0:
        region = np.uint64(world * regions + place)
        cell = np.uint64(local_y * region_side + local_x)
        side = np.uint64(region_side)
        one = np.uint64(1)
        put_ground(out, 0, np.int64(ground[region, cell]), observation)
        put_ground(out, 1, np.int64(ground[region, cell - side]), observation)
        put_ground(out, 2, np.int64(ground[region, cell + one]), observation)
        put_ground(out, 3, np.int64(ground[region, cell + side]), observation)
        put_ground(out, 4, np.int64(ground[region, cell - one]), observation)
        return
    for index in range(5 + 2 * deep):
        step_x = np.int64(index == 2) - np.int64(index == 4)
        step_y = np.int64(index == 3) - np.int64(index == 1)
        layer = local_z + np.int64(index == 5) - np.int64(index == 6)
        other, at_x, at_y = across(
            place, local_x + step_x, local_y + step_y, region_side, neighbour
        )
        crowd = np.int64(0)
        threat = np.int64(WALL)
        if other >= 0 and layer >= 0 and layer < depth:
            cell = (layer * region_side + at_y) * region_side + at_x
            bits = np.int64(ground[world * regions + other, cell])
            crowd = 17 * (bits & _COUNT)
            threat = np.int64(ground_byte(bits))
        observation[out, CROWD_AT + 4 * deep + index] = crowd
        observation[out, HAZARD_AT + 6 * deep + index] = threat


@rule
def map_cell_beside(
    place, world, regions, map_x, map_y, map_z, map_side, map_depth, neighbour, region, cell
):
    """Region and index of a map cell that may lie one region away; those given beyond a wall."""
    step_x = np.int64(map_x >= map_side) - np.int64(map_x < 0)
    step_y = np.int64(map_y >= map_side) - np.int64(map_y < 0)
    other = np.int64(neighbour[place, 3 * step_y + step_x + 4])
    at = (map_z * map_side + map_y - step_y * map_side) * map_side + map_x - step_x * map_side
    walled = (other < 0) | (map_z < 0) | (map_z >= map_depth)
    return (
        region if walled else np.uint64(world * regions + other), cell if walled else np.uint64(at)
    )  # fmt: skip


@rule
def sense_trails(
    out, deep, place, world, regions, local_x, local_y, local_z, map_shift, map_side, map_depth,
    trail_cap, neighbour, trail, observation,
):  # fmt: skip
    """Trail of each plane in the worker's map cell, and its slope along x, y (and z).

    The slope is the difference of the map cells ahead and behind; beyond a wall, which nothing
    flows through, the trail counts as that of the cell at hand. The exploration plane is sensed as
    priority: the cap less the trail of visits.
    """
    map_x = local_x >> map_shift
    map_y = local_y >> map_shift
    map_z = local_z >> map_shift
    region = np.uint64(world * regions + place)
    cell = np.uint64((map_z * map_side + map_y) * map_side + map_x)
    # Where to look is the same for every plane.
    region_e, cell_e = map_cell_beside(
        place, world, regions, map_x + 1, map_y, map_z, map_side, map_depth, neighbour, region, cell
    )
    region_w, cell_w = map_cell_beside(
        place, world, regions, map_x - 1, map_y, map_z, map_side, map_depth, neighbour, region, cell
    )
    region_s, cell_s = map_cell_beside(
        place, world, regions, map_x, map_y + 1, map_z, map_side, map_depth, neighbour, region, cell
    )
    region_n, cell_n = map_cell_beside(
        place, world, regions, map_x, map_y - 1, map_z, map_side, map_depth, neighbour, region, cell
    )
    layer = np.uint64(map_side * map_side)
    above = cell + layer if map_z + 1 < map_depth else cell
    below = cell - layer if map_z > 0 else cell
    for plane in range(_PLANES):
        this = np.uint64(plane)
        here = np.int64(trail[region, this, cell])
        slope_x = np.int64(trail[region_e, this, cell_e]) - np.int64(trail[region_w, this, cell_w])
        slope_y = np.int64(trail[region_s, this, cell_s]) - np.int64(trail[region_n, this, cell_n])
        sign = 1
        if plane == _EXPLORATION:
            here = trail_cap - here
            sign = -1
        index = TRAIL_AT + 8 * deep + (3 + deep) * plane
        observation[out, index] = here >> 8
        observation[out, index + 1] = slope_byte(sign * slope_x)
        observation[out, index + 2] = slope_byte(sign * slope_y)
        if deep:
            slope_z = np.int64(trail[region, this, above]) - np.int64(trail[region, this, below])
            observation[out, index + 3] = slope_byte(sign * slope_z)


@rule
def sense_self(
    out, deep, row, region_side, cells_x, cells_y, depth, torus, tick, episode_ticks, at_x, at_y,
    at_z, home, region_x0, region_y0, cargo, specialist, health, fatigue, success, event,
    task_priority, task_zone, observation,
):  # fmt: skip
    """A worker's own condition, its way home, its goal, and the time left."""
    shift = 15 * deep
    load = np.int64(cargo[row])
    kind = np.int64(specialist[row])
    packed = np.int64(task_priority[row])
    for index in range(_TYPES):
        observation[out, CARGO_AT + shift + index] = 255 * np.int64(load == index + 1)
        observation[out, SPECIALIST_AT + shift + index] = 255 * np.int64(kind == index)
        level = priority_of(packed, index)
        observation[out, GOAL_AT + 16 * deep + index] = 255 if level == _HIGH else 128 * level
    observation[out, HEALTH_AT + shift] = 255 * np.int64(health[row] == _ALIVE)
    observation[out, FATIGUE_AT + shift] = np.int64(fatigue[row])
    place = np.int64(home[row])
    corner_x = np.int64(region_x0[place])
    corner_y = np.int64(region_y0[place])
    half = region_side // 2
    observation[out, HOME_AT + shift] = way_byte(way(corner_x + half - at_x, cells_x, torus))
    observation[out, HOME_AT + shift + 1] = way_byte(way(corner_y + half - at_y, cells_y, torus))
    if deep:
        observation[out, HOME_AT + shift + 2] = way_byte(depth // 2 - at_z)
    shift = 16 * deep
    won = np.int64(success[row])
    observation[out, SUCCESS_AT + shift] = 255 if won == 2 else 128 * won
    zone = np.int64(task_zone[row])
    off_x = np.int64(0)
    off_y = np.int64(0)
    if zone > 0:
        off_x = corner_x + zone_x(zone, region_side) - at_x
        off_y = corner_y + zone_y(zone, region_side) - at_y
    observation[out, ZONE_AT + shift] = way_byte(way(off_x, cells_x, torus))
    observation[out, ZONE_AT + shift + 1] = way_byte(way(off_y, cells_y, torus))
    observation[out, TIME_AT + shift] = time_byte(tick, episode_ticks)
    held_up = (np.int64(event[row]) & _HELD_UP) != 0
    observation[out, BLOCKED_AT + shift] = 255 * np.int64(held_up)


@rule
def sense_nothing(out, deep, tick, episode_ticks, observation):
    """What is observed from a place without a worker: the time left, and nothing else."""
    for index in range(observation.shape[1]):
        observation[out, index] = 0
    for kind in range(_TYPES):
        for axis in range(2 + deep):
            observation[out, SITE_AT + (3 + deep) * kind + axis] = 128
    for plane in range(_PLANES):
        for axis in range(2 + deep):
            observation[out, TRAIL_AT + 8 * deep + (3 + deep) * plane + 1 + axis] = 128
    for axis in range(2 + deep):
        observation[out, HOME_AT + 15 * deep + axis] = 128
    for axis in range(2):
        observation[out, ZONE_AT + 16 * deep + axis] = 128
    observation[out, TIME_AT + 16 * deep] = time_byte(tick, episode_ticks)


@rule
def seen_at(row, number, region, world, by_id, workers, id, dense_first, dense_base):
    """Row of a buffer in which a worker's observation lies.

    Parameters
    ----------
    by_id : int
        1: row ``world * workers + id``. 0: the rows of a chunk lie region by region, from
        ``dense_first[region] - dense_base``.
    """
    if by_id:
        return world * workers + np.int64(id[row])
    return dense_first[region] + number - dense_base


@rule
def observe(
    row, number, region, place, world, tick, by_id, episode_ticks, workers, regions, region_side,
    side_inverse, cells_x, cells_y, depth, torus, stock, map_shift, map_side, map_depth, trail_cap,
    kinds, ailment, id, x, y, z, home, cargo, specialist, health, fatigue, success, event,
    task_priority, task_zone, region_x0, region_y0, neighbour, ground, trail, site_near,
    site_square, site_next, site_cell, site_stock, site_type, dense_first, dense_base, observation,
):  # fmt: skip
    """Write a worker's observation: to the row of its id, or to a chunk's."""
    out = seen_at(row, number, region, world, by_id, workers, id, dense_first, dense_base)
    deep = np.int64(depth > 1)
    if health[row] == _ENDED:
        sense_nothing(out, deep, tick, episode_ticks, observation)
        return
    at_x = cell_of(x[row])
    at_y = cell_of(y[row])
    at_z = cell_of(z[row]) if deep else np.int64(0)
    local_x = at_x - np.int64(region_x0[place])
    local_y = at_y - np.int64(region_y0[place])
    sense_sites(
        out, deep, place, world, regions, region_side, side_inverse, stock, local_x, local_y, at_z,
        neighbour, site_near, site_square, site_next, site_cell, site_stock, site_type, observation,
    )  # fmt: skip
    sense_ground(
        out, deep, place, world, regions, region_side, depth, local_x, local_y, at_z, neighbour,
        ground, observation,
    )  # fmt: skip
    sense_trails(
        out, deep, place, world, regions, local_x, local_y, at_z, map_shift, map_side, map_depth,
        trail_cap, neighbour, trail, observation,
    )  # fmt: skip
    sense_self(
        out, deep, row, region_side, cells_x, cells_y, depth, torus, tick, episode_ticks, at_x,
        at_y, at_z, home, region_x0, region_y0, cargo, specialist, health, fatigue, success, event,
        task_priority, task_zone, observation,
    )  # fmt: skip
    if kinds and ailment[row] == _SLOW and health[row] == _ALIVE:
        observation[out, HEALTH_AT + 15 * deep] = 128


@rule
def identify(row, number, region, world, workers, id, dense_first, dense_base, entity):
    """Write whose observation a chunk's row holds: ``world * workers + id``."""
    entity[dense_first[region] + number - dense_base] = world * workers + np.int64(id[row])
