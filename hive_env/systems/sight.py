"""What sites are in a worker's sight, and which slot a cell's site has.

In sight is the square of radius `VISION` around a worker, and in deep worlds the same square one
layer up and down. Where no site is near is told by bits, and the sites that are near by lists, by
square of 8 x 8 cells: so nobody looks at 25 cells, or through all slots of a region.
"""

from __future__ import annotations

import numpy as np

from hive_env.config import VISION
from hive_env.random import rule

SQUARE_SHIFT = 3
"""Binary logarithm of the side of a square of cells, by which sites are listed."""

_VISION = VISION
_SHIFT = SQUARE_SHIFT
_ROUND = (1 << SQUARE_SHIFT) - 1

INVERSE_BITS = 40
"""Binary digits of the constant ``side_inverse``, see `cell_parts`."""


def squares_across(region_side: int) -> int:
    """Return the squares along a side of a region; the last ones may reach beyond it."""
    return (region_side + _ROUND) >> _SHIFT


def near_words(region_side: int) -> int:
    """Return the words of 64 bits that hold a bit for every 2 x 2 cells of a region."""
    return ((region_side // 2) ** 2 + 63) // 64


@rule
def square_of(local_x, local_y, region_side):
    """Square of a region that holds a cell, whatever its layer."""
    return (local_y >> _SHIFT) * ((region_side + _ROUND) >> _SHIFT) + (local_x >> _SHIFT)


@rule
def cell_parts(cell, region_side, side_inverse):
    """Local x, y and layer of a cell of a region, without a division.

    Parameters
    ----------
    side_inverse : int
        ``2**40 // region_side + 1``: exact for cells below ``2**40 / region_side``.
    """
    line = (cell * side_inverse) >> INVERSE_BITS
    layer = (line * side_inverse) >> INVERSE_BITS
    return cell - line * region_side, line - layer * region_side, layer


@rule
def mark_near(region, local_x, local_y, region_side, site_near):
    """Set the bits of all 2 x 2 cells of a region from which a cell may be in sight."""
    half = region_side >> 1
    first = max((local_x - _VISION) >> 1, 0)
    last = min((local_x + _VISION) >> 1, half - 1)
    bits = (np.uint64(2) << np.uint64(last - first)) - np.uint64(1)
    for line in range(
        max((local_y - _VISION) >> 1, 0), min((local_y + _VISION) >> 1, half - 1) + 1
    ):
        start = np.uint64(line * half + first)
        word = start >> np.uint64(6)
        shift = start & np.uint64(63)
        here = np.uint64(region)
        site_near[here, word] |= bits << shift
        if shift > np.uint64(61) and (bits >> (np.uint64(64) - shift)) != np.uint64(0):
            site_near[here, word + np.uint64(1)] |= bits >> (np.uint64(64) - shift)


@rule
def list_sites(
    region, region_side, side_inverse, sites, site_cell, site_stock, site_near, site_square,
    site_next,
):  # fmt: skip
    """List a region's live sites by square, in each in order of slot, and where one is near.

    Parameters
    ----------
    site_near : uint64[R, l]
        A bit for every 2 x 2 cells, line by line: whether one of the region's sites may be in
        sight from there.
    site_square : int32[R, k]
        First slot of each square plus one, 0 where there is none.
    site_next : int32[R, S]
        Slot plus one that follows each in its square, 0 after the last.
    """
    for word in range(site_near.shape[1]):
        site_near[region, word] = 0
    for square in range(site_square.shape[1]):
        site_square[region, square] = 0
    for back in range(sites):
        site = sites - 1 - back
        if site_stock[region, site] > 0:
            cell = np.int64(site_cell[region, site])
            local_x, local_y, _ = cell_parts(cell, region_side, side_inverse)
            mark_near(region, local_x, local_y, region_side, site_near)
            square = square_of(local_x, local_y, region_side)
            after = np.int64(site_square[region, square])
            # Nobody sees, or claims, what lies under a site of a lower slot.
            link = site + 1
            site_next[region, site] = after
            site_square[region, square] = link
            while after > 0:
                if site_cell[region, after - 1] == cell:
                    site_next[region, link - 1] = site_next[region, after - 1]
                else:
                    link = after
                after = np.int64(site_next[region, after - 1])


@rule
def within(local_x, local_y, region_side):
    """Whether the square in sight lies in the region of its middle."""
    inside_x = (local_x >= _VISION) & (local_x < region_side - _VISION)
    return inside_x & (local_y >= _VISION) & (local_y < region_side - _VISION)


@rule
def near_at(region, local_x, local_y, region_side, site_near):
    """Whether a site of a region may be in sight from one of its cells: 1 or 0."""
    bit = np.uint64((local_y >> 1) * (region_side >> 1) + (local_x >> 1))
    # Unsigned indices are not looked at for a sign.
    word = site_near[np.uint64(region), bit >> np.uint64(6)]
    return np.int64((word >> (bit & np.uint64(63))) & np.uint64(1))


@rule
def none_near(place, world, regions, region_side, local_x, local_y, neighbour, site_near):
    """Whether there is certainly no site in sight, in any layer."""
    near = near_at(world * regions + place, local_x, local_y, region_side, site_near)
    if within(local_x, local_y, region_side) or near:
        return near == 0
    # What is in sight in another region is in sight from that region's nearest cell too.
    out_x = np.int64(local_x >= region_side - _VISION) - np.int64(local_x < _VISION)
    out_y = np.int64(local_y >= region_side - _VISION) - np.int64(local_y < _VISION)
    at_x = region_side - 1 if out_x < 0 else np.int64(0)
    at_y = region_side - 1 if out_y < 0 else np.int64(0)
    if out_x:
        other = np.int64(neighbour[place, 4 + out_x])
        if other >= 0:
            near |= near_at(world * regions + other, at_x, local_y, region_side, site_near)
    if out_y:
        other = np.int64(neighbour[place, 4 + 3 * out_y])
        if other >= 0:
            near |= near_at(world * regions + other, local_x, at_y, region_side, site_near)
    if out_x and out_y:
        other = np.int64(neighbour[place, 4 + 3 * out_y + out_x])
        if other >= 0:
            near |= near_at(world * regions + other, at_x, at_y, region_side, site_near)
    return near == 0


@rule
def parts_seen(local, region_side):
    """Where the first and the last cell in sight along an axis lie.

    Returns
    -------
    tuple of five int
        Steps to the region of the first, and its square there; the same of the last; and in how
        many squares they are, 1 or 2. There is nothing between them: regions are four cells wide at
        least.
    """
    before = -np.int64(local < _VISION)
    behind = np.int64(local >= region_side - _VISION)
    first = (local - _VISION - before * region_side) >> _SHIFT
    last = (local + _VISION - behind * region_side) >> _SHIFT
    return before, first, behind, last, 1 + np.int64((before != behind) | (first != last))


@rule
def first_listed(
    far_x, far_y, place, world, regions, region_side, parts_x, parts_y, neighbour, site_square
):
    """Steps to a region in sight, the region (-1 beyond a wall), and its first site seen from here.

    Parameters
    ----------
    far_x, far_y : int
        0 for the first of `parts_seen`, 1 for the last.
    """
    step_x = parts_x[2] if far_x else parts_x[0]
    step_y = parts_y[2] if far_y else parts_y[0]
    column = parts_x[3] if far_x else parts_x[1]
    line = parts_y[3] if far_y else parts_y[1]
    other = np.int64(neighbour[place, 3 * step_y + step_x + 4])
    if other < 0:
        return step_x, step_y, other, np.int64(-1)
    there = world * regions + other
    square = np.uint64(line * ((region_side + _ROUND) >> _SHIFT) + column)
    site = np.int64(site_square[np.uint64(there), square]) - 1
    return step_x, step_y, there, site
