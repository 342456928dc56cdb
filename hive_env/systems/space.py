"""Where a worker stands: cells, map cells, neighbours, and the lists of who stands where."""

from __future__ import annotations

import numpy as np
from numba import njit

from hive_env.atomics import add, swap
from hive_env.config import FRACTION_BITS
from hive_env.enums import Event, Ground, Health
from hive_env.random import rule

_COUNT = int(Ground.COUNT)
_WORK = int(Ground.WORK)
_CASUALTY = int(Ground.CASUALTY)
_HAZARD = int(Ground.HAZARD)
_SITE = int(Ground.SITE)
_WORKED = int(Event.WORKED)
_FAILED = int(Health.FAILED)
_ENDED = int(Health.ENDED)


@rule
def cell_of(position):
    """World cell along one axis of a position in 1/4096 cells."""
    return np.int64(position) >> FRACTION_BITS


@rule
def flat_cell(row, place, region_side, depth, x, y, z, region_x0, region_y0):
    """Index of a worker's cell within its region: (z * side + y) * side + x."""
    local_x = cell_of(x[row]) - region_x0[place]
    local_y = cell_of(y[row]) - region_y0[place]
    cell = local_y * region_side + local_x
    if depth > 1:
        cell += cell_of(z[row]) * region_side * region_side
    return cell


@rule
def map_cell(local_x, local_y, local_z, map_shift, map_side):
    """Index of the map cell that holds a world cell, within its region's tile."""
    flat = (local_y >> map_shift) * map_side + (local_x >> map_shift)
    return flat + (local_z >> map_shift) * map_side * map_side


@rule
def across(place, local_x, local_y, region_side, neighbour):
    """Region and local cell of a cell that may lie one region away.

    Returns
    -------
    tuple of three int
        Region within the world (-1 beyond a wall), local x, local y.
    """
    step_x = np.int64(local_x >= region_side) - np.int64(local_x < 0)
    step_y = np.int64(local_y >= region_side) - np.int64(local_y < 0)
    other = np.int64(neighbour[place, (step_y + 1) * 3 + step_x + 1])
    return other, local_x - step_x * region_side, local_y - step_y * region_side


@rule
def ground_about(
    row, place, world, regions, region_side, x, y, z, region_x0, region_y0, neighbour, ground
):
    """Ground bits of a worker's cell and of the four beside it, of all that any of them has.

    Cells beyond a wall have none. Not to be asked for the count, which is no bit.
    """
    local_x = cell_of(x[row]) - region_x0[place]
    local_y = cell_of(y[row]) - region_y0[place]
    layer = cell_of(z[row]) * region_side * region_side if z.shape[0] > 0 else np.int64(0)
    bits = np.int64(0)
    for index in range(5):
        step_x = np.int64(index == 1) - np.int64(index == 2)
        step_y = np.int64(index == 3) - np.int64(index == 4)
        other, at_x, at_y = across(
            place, local_x + step_x, local_y + step_y, region_side, neighbour
        )
        if other >= 0:
            bits |= np.int64(ground[world * regions + other, layer + at_y * region_side + at_x])
    return bits


@rule
def way(offset, extent, torus):
    """An offset in cells along an axis; on a torus the shorter way round."""
    if torus:
        return (offset + extent // 2) % extent - extent // 2
    return offset


@rule
def stands_in(row, place, region_side, x, y, region_x0, region_y0):
    """Whether a worker's position lies in a region."""
    local_x = cell_of(x[row]) - region_x0[place]
    local_y = cell_of(y[row]) - region_y0[place]
    inside_x = (local_x >= 0) & (local_x < region_side)
    return inside_x & (local_y >= 0) & (local_y < region_side)


@rule
def stands_near(row, place, region_side, x, y, region_x0, region_y0, neighbour):
    """Whether a worker's position lies in one of the eight regions around a region."""
    for index in range(9):
        other = np.int64(neighbour[place, index])
        if other >= 0 and stands_in(row, other, region_side, x, y, region_x0, region_y0):
            return True
    return False


@rule
def close_ranks(
    region, member_first, member_room, member, member_stay, member_left, member_end
):  # fmt: skip
    """Move a region's arrivals next to those who stayed, over those who left.

    A region's slots hold, in this order: who stayed, who left in the last tick (their new
    regions read them there), who arrived. Afterwards all three ends agree.
    """
    start = member_first[region]
    stay = np.int64(member_stay[region])
    for slot in range(member_left[region], min(member_end[region], member_room[region])):
        member[start + stay] = member[start + slot]
        stay += 1
    member_stay[region] = stay
    member_left[region] = stay
    member_end[region] = stay


@rule
def depart(
    row, number, region, place, region_side, x, y, region_x0, region_y0, neighbour, member_first,
    member_room, member, member_left, overflow,
):  # fmt: skip
    """Note the number of a worker who has walked out of its region, in the slots behind all.

    Where they do not suffice ``overflow`` is raised, and the lists are made anew from positions;
    so it is when somebody went farther than to a neighbour, which no motion system of the package
    lets a worker do.
    """
    if stands_in(row, place, region_side, x, y, region_x0, region_y0):
        return
    slot = add(member_left, region, 1)
    if slot < member_room[region]:
        member[member_first[region] + slot] = number
    else:
        overflow[0] = 1
    if not stands_near(row, place, region_side, x, y, region_x0, region_y0, neighbour):
        overflow[0] = 1


@rule
def see_off(
    region, place, region_side, x, y, region_x0, region_y0, member_first, member_room, member,
    member_stay, member_left, member_end,
):  # fmt: skip
    """Gather those who walked out of a region, whom `depart` has noted, behind those who stayed."""
    start = member_first[region]
    total = np.int64(member_stay[region])
    noted = np.int64(member_left[region])
    member_left[region] = total
    member_end[region] = total
    if noted > member_room[region]:
        # Who left is not told from who stayed, so nobody here is in a list until all are made anew.
        member_stay[region] = 0
        return
    stay = 2 * total - noted
    last = total
    for slot in range(total, noted):
        at = np.int64(member[start + slot])
        if at < stay:
            # Behind, there is somebody who stayed for each who left from before.
            last -= 1
            row = np.int64(member[start + last])
            while last > stay and not stands_in(
                row, place, region_side, x, y, region_x0, region_y0
            ):
                last -= 1
                row = np.int64(member[start + last])
            member[start + last] = member[start + at]
            member[start + at] = row
    member_stay[region] = stay


@rule
def take_in(
    region, place, bearing, world, regions, region_side, x, y, region_x0, region_y0, near,
    member_first, member_room, member_stay, member_left, member, member_end, overflow,
):  # fmt: skip
    """Append to a region those who left one of its neighbours for it.

    Where the slots do not suffice ``overflow`` is raised, and the lists are made anew with
    more room before anybody reads them.
    """
    other = np.int64(near[place, bearing])
    if other < 0:
        return
    source = world * regions + other
    base = member_first[source]
    for slot in range(member_stay[source], member_left[source]):
        row = np.int64(member[base + slot])
        if stands_in(row, place, region_side, x, y, region_x0, region_y0):
            end = add(member_end, region, 1)
            if end < member_room[region]:
                member[member_first[region] + end] = row
            else:
                overflow[0] = 1


@rule
def clear_ground(region, cell, ground):
    """Empty a cell of a region's ground."""
    ground[region, cell] = 0


@rule
def mark_worker(
    row, region, place, region_side, depth, x, y, z, region_x0, region_y0, health, event, ground
):
    """Count a worker in its cell, and show that it works or lies there failed."""
    if health[row] == _ENDED:
        return
    cell = flat_cell(row, place, region_side, depth, x, y, z, region_x0, region_y0)
    shown = np.int64(0)
    if health[row] == _FAILED:
        shown |= _CASUALTY
    if np.int64(event[row]) & _WORKED:
        shown |= _WORK
    bits = np.int64(ground[region, cell])
    while True:
        crowd = min((bits & _COUNT) + 1, _COUNT)
        found = swap(ground, (region, cell), bits, (bits & ~_COUNT) | crowd | shown)
        if found == bits:
            return
        bits = found


@rule
def mark_site(region, site, site_cell, site_stock, ground):
    """Show a live site in its cell."""
    if site_stock[region, site] > 0:
        cell = np.int64(site_cell[region, site])
        ground[region, cell] = np.int64(ground[region, cell]) | _SITE


@rule
def mark_hazard(region, hazard, region_side, hazard_cell, ground):
    """Show a hazard in its cell and the four beside it."""
    cell = np.int64(hazard_cell[region, hazard])
    for offset in (0, -1, 1, -region_side, region_side):
        ground[region, cell + offset] = np.int64(ground[region, cell + offset]) | _HAZARD


@njit(cache=True, nogil=True)
def region_of(row, x, y, region_grid, workers, regions, regions_x, region_side):
    """Region of all worlds in which a row's worker stands."""
    grid = (cell_of(y[row]) // region_side) * regions_x + cell_of(x[row]) // region_side
    return (row // workers) * regions + np.int64(region_grid[grid])


@njit(cache=True, nogil=True)
def count_members(x, y, region_grid, workers, regions, regions_x, region_side, counts):
    """Count the workers that stand in each region."""
    for row in range(x.shape[0]):
        counts[region_of(row, x, y, region_grid, workers, regions, regions_x, region_side)] += 1


@njit(cache=True, nogil=True)
def fill_members(
    x, y, region_grid, workers, regions, regions_x, region_side, member_first, member_stay, member
):
    """List the workers that stand in each region, in order of row."""
    member_stay[:] = 0
    for row in range(x.shape[0]):
        region = region_of(row, x, y, region_grid, workers, regions, regions_x, region_side)
        member[member_first[region] + member_stay[region]] = row
        member_stay[region] += 1


@njit(cache=True, nogil=True)
def names_each_once(ids):
    """Whether ids are the numbers from 0 on, in any order."""
    seen = np.zeros(ids.shape[0], np.bool_)
    for row in range(ids.shape[0]):
        if ids[row] >= ids.shape[0] or seen[ids[row]]:
            return False
        seen[ids[row]] = True
    return True


@njit(cache=True, nogil=True)
def first_invalid(actions, verbs, deposits):
    """First row whose verb or deposit is out of range, -1 where all are in it."""
    worst_verb = np.uint8(0)
    worst_deposit = np.uint8(0)
    for row in range(actions.shape[0]):
        worst_verb = max(worst_verb, actions[row, 0])
        worst_deposit = max(worst_deposit, actions[row, 1])
    if worst_verb < verbs and worst_deposit < deposits:
        return -1
    for row in range(actions.shape[0]):
        if actions[row, 0] >= verbs or actions[row, 1] >= deposits:
            return row
    return -1
