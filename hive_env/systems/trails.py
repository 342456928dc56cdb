"""The stigmergy map: deposits, evaporation, diffusion, and what a trail feels like.

The map has seven planes: danger, one of the resource channel for each type, congestion,
exploration. A trail is an unsigned integer from 0 to ``trail_cap``. The exploration plane
holds how freshly a cell was visited; its *priority*, which sensing returns, is the cap less
that. Evaporation and diffusion follow NetLogo's ``evaporation-rate`` and ``diffuse4``.
"""

from __future__ import annotations

import numpy as np

from hive_env.atomics import swap
from hive_env.enums import Channel, Event, Health, Plane
from hive_env.random import rule
from hive_env.systems.space import cell_of, map_cell
from hive_env.systems.workers import free_to_act

_ALIVE = int(Health.ALIVE)
_FAILED = int(Health.FAILED)
_HURT = int(Event.HAZARD)
_DANGER = int(Plane.DANGER)
_RESOURCE = int(Plane.RESOURCE)
_CONGESTION = int(Plane.CONGESTION)
_EXPLORATION = int(Plane.EXPLORATION)
_RESOURCE_CHANNEL = int(Channel.RESOURCE)
_CONGESTION_CHANNEL = int(Channel.CONGESTION)


@rule
def add_trail(region, plane, cell, amount, trail_cap, trail):
    """Add to the trail of a map cell: min(cap, old + amount), whatever the order of adding."""
    level = np.int64(trail[region, plane, cell])
    while True:
        found = swap(trail, (region, plane, cell), level, min(level + amount, trail_cap))
        if found == level:
            return
        level = found


@rule
def plane_of(channel, load, kind):
    """Plane that a deposit writes: for ``resource`` that of the cargo, else of the worker's kind.

    Parameters
    ----------
    channel : int
        One of `Channel`.
    load : int
        Cargo: 0 for none, else its type plus one.
    kind : int
        The worker's specialist kind.
    """
    if channel == _RESOURCE_CHANNEL:
        return _RESOURCE + (load - 1 if load > 0 else kind)
    if channel > _RESOURCE_CHANNEL:
        return _CONGESTION + channel - _CONGESTION_CHANNEL
    return _DANGER


@rule
def own_map_cell(row, place, map_shift, map_side, depth, x, y, z, region_x0, region_y0):
    """Map cell under a worker, within the tile of the region where it stands."""
    local_x = cell_of(x[row]) - region_x0[place]
    local_y = cell_of(y[row]) - region_y0[place]
    local_z = cell_of(z[row]) if depth > 1 else np.int64(0)
    return map_cell(local_x, local_y, local_z, map_shift, map_side)


@rule
def deposit(
    row, region, place, world, workers, map_shift, map_side, depth, trail_cap, deposit_amount,
    danger_deposit, congestion_deposit, exploration_deposit, action, id, x, y, z, region_x0,
    region_y0, health, event, cargo, specialist, trail,
):  # fmt: skip
    """Leave a worker's traces where it stood at the start of the tick.

    Presence leaves congestion and marks the cell visited; damage, and a failed worker that
    lies there, leave danger; a deposit action adds ``deposit_amount`` to its channel.
    """
    condition = np.int64(health[row])
    cell = own_map_cell(row, place, map_shift, map_side, depth, x, y, z, region_x0, region_y0)
    if condition == _FAILED or (np.int64(event[row]) & _HURT):
        add_trail(region, _DANGER, cell, danger_deposit, trail_cap, trail)
    if condition != _ALIVE:
        return
    add_trail(region, _CONGESTION, cell, congestion_deposit, trail_cap, trail)
    add_trail(region, _EXPLORATION, cell, exploration_deposit, trail_cap, trail)
    wanted = np.int64(action[world * workers + np.int64(id[row]), 1])
    if wanted > 0 and free_to_act(row, health, event):
        plane = plane_of(wanted - 1, np.int64(cargo[row]), np.int64(specialist[row]))
        add_trail(region, plane, cell, deposit_amount, trail_cap, trail)


@rule
def evaporate(region, plane, spot, evaporation, trail):
    """Let the trail of a map cell fade: v <- v - ceil(v * rate), which ends at exactly zero.

    Parameters
    ----------
    evaporation : uint32[P]
        Rate of each plane in a tick, 1/65536.
    """
    level = np.uint32(trail[region, plane, spot])
    lost = np.uint32(np.uint32(level * np.uint32(evaporation[plane])) + np.uint32(65535))
    trail[region, plane, spot] = np.uint16(level - np.uint32(lost >> np.uint32(16)))


@rule
def trail_at(
    place, world, regions, map_x, map_y, map_z, map_side, map_depth, neighbour, plane, trail
):
    """Trail of a map cell that may lie one region away, -1 beyond a wall.

    Parameters
    ----------
    map_x, map_y, map_z : int
        Map cell relative to the tile of region ``place``.
    """
    if map_z < 0 or map_z >= map_depth:
        return np.int64(-1)
    step_x = np.int64(map_x >= map_side) - np.int64(map_x < 0)
    step_y = np.int64(map_y >= map_side) - np.int64(map_y < 0)
    other = np.int64(neighbour[place, (step_y + 1) * 3 + step_x + 1])
    if other < 0:
        return np.int64(-1)
    at_x = map_x - step_x * map_side
    at_y = map_y - step_y * map_side
    cell = (map_z * map_side + at_y) * map_side + at_x
    return np.int64(trail[world * regions + other, plane, cell])


@rule
def trail_slope(
    axis, place, world, regions, map_x, map_y, map_z, map_side, map_depth, neighbour, plane, trail
):
    """Difference of the trails one map cell ahead and one behind along an axis (0 x, 1 y, 2 z).

    Nothing flows through a wall: beyond it the trail counts as that of the cell at hand.
    """
    step_x = np.int64(axis == 0)
    step_y = np.int64(axis == 1)
    step_z = np.int64(axis == 2)
    ahead = trail_at(
        place, world, regions, map_x + step_x, map_y + step_y, map_z + step_z, map_side, map_depth,
        neighbour, plane, trail,
    )  # fmt: skip
    behind = trail_at(
        place, world, regions, map_x - step_x, map_y - step_y, map_z - step_z, map_side, map_depth,
        neighbour, plane, trail,
    )  # fmt: skip
    here = trail_at(
        place, world, regions, map_x, map_y, map_z, map_side, map_depth, neighbour, plane, trail
    )
    return (ahead if ahead >= 0 else here) - (behind if behind >= 0 else here)


@rule
def diffuse(
    region, place, plane, spot, world, tick, regions, map_side, map_depth, diffusion_share,
    diffusion_period, trail_cap, neighbour, trail, trail_next,
):  # fmt: skip
    """Spread a map cell's trail: it gives a share to each neighbour, and gets theirs.

    As NetLogo's ``diffuse4`` with integer shares: what goes beyond a wall stays, so the sum is
    kept (short of the cap). Runs every ``diffusion_period`` ticks of its world.

    Parameters
    ----------
    diffusion_share : int
        Share that goes to each of the neighbours, 1/65536.
    """
    level = np.int64(trail[region, plane, spot])
    if tick % diffusion_period == 0:
        layers = 3 if map_depth > 1 else 2
        map_z = spot // (map_side * map_side)
        map_y = spot // map_side - map_z * map_side
        map_x = spot % map_side
        given = (level * diffusion_share) >> 16
        for axis in range(layers):
            for sign in range(-1, 2, 2):
                at_x = map_x + sign * np.int64(axis == 0)
                at_y = map_y + sign * np.int64(axis == 1)
                at_z = map_z + sign * np.int64(axis == 2)
                theirs = trail_at(
                    place, world, regions, at_x, at_y, at_z, map_side, map_depth, neighbour, plane,
                    trail,
                )  # fmt: skip
                if theirs >= 0:
                    level += ((theirs * diffusion_share) >> 16) - given
    trail_next[region, plane, spot] = min(level, trail_cap)


@rule
def spread(region, plane, spot, trail_next, trail):
    """Take over the diffused trail of a map cell."""
    trail[region, plane, spot] = trail_next[region, plane, spot]


@rule
def tile_of(x, y, region_side, regions_x, region_grid):
    """Region of a world cell, and the cell's place within it."""
    grid_x = x // region_side
    grid_y = y // region_side
    place = np.int64(region_grid[grid_y * regions_x + grid_x])
    return place, x - grid_x * region_side, y - grid_y * region_side


@rule
def deposit_cells(
    world, regions, regions_x, region_side, map_shift, map_side, trail_cap, region_grid, probe_cell,
    probe_plane, probe_amount, trail,
):  # fmt: skip
    """Deposit on listed world cells of a world; several on one map cell add up.

    Parameters
    ----------
    probe_cell : int64[n, 3]
        World cells: x, y, z.
    probe_plane, probe_amount : int64[n]
        Plane of each deposit, and its amount.
    """
    for index in range(probe_cell.shape[0]):
        place, local_x, local_y = tile_of(
            probe_cell[index, 0], probe_cell[index, 1], region_side, regions_x, region_grid
        )
        cell = map_cell(local_x, local_y, probe_cell[index, 2], map_shift, map_side)
        region = world * regions + place
        add_trail(region, probe_plane[index], cell, probe_amount[index], trail_cap, trail)


@rule
def sense_cells(
    world, regions, regions_x, region_side, map_shift, map_side, map_depth, trail_cap, radius,
    region_grid, neighbour, probe_cell, trail, probe_level, probe_slope,
):  # fmt: skip
    """Sense listed world cells of a world: level and slope of every plane.

    The slope along an axis is sum(d=1..radius, v(+d) - v(-d)) / (2 * sum(d)), the least-squares
    slope of the pairs at equal distance, in trail a map cell; it is exact for a linear trail. A
    cell beyond a wall counts as the last one before it.

    Parameters
    ----------
    radius : int
        Map cells, from 1 to the map cells of a region's side.
    probe_cell : int64[n, 3]
        World cells: x, y, z.
    probe_level : int64[n, P]
        Trail; for exploration the priority.
    probe_slope : float64[n, P, 3]
        Slope along x, y and z.
    """
    for index in range(probe_cell.shape[0]):
        place, local_x, local_y = tile_of(
            probe_cell[index, 0], probe_cell[index, 1], region_side, regions_x, region_grid
        )
        map_x = local_x >> map_shift
        map_y = local_y >> map_shift
        map_z = probe_cell[index, 2] >> map_shift
        for plane in range(trail.shape[1]):
            here = trail_at(
                place, world, regions, map_x, map_y, map_z, map_side, map_depth, neighbour, plane,
                trail,
            )  # fmt: skip
            sign = -1 if plane == _EXPLORATION else 1
            probe_level[index, plane] = trail_cap - here if plane == _EXPLORATION else here
            for axis in range(3):
                total = np.int64(0)
                ahead = here
                behind = here
                for step in range(1, radius + 1):
                    step_x = step * np.int64(axis == 0)
                    step_y = step * np.int64(axis == 1)
                    step_z = step * np.int64(axis == 2)
                    found = trail_at(
                        place, world, regions, map_x + step_x, map_y + step_y, map_z + step_z,
                        map_side, map_depth, neighbour, plane, trail,
                    )  # fmt: skip
                    ahead = found if found >= 0 else ahead
                    found = trail_at(
                        place, world, regions, map_x - step_x, map_y - step_y, map_z - step_z,
                        map_side, map_depth, neighbour, plane, trail,
                    )  # fmt: skip
                    behind = found if found >= 0 else behind
                    total += ahead - behind
                probe_slope[index, plane, axis] = sign * total / (radius * (radius + 1))
