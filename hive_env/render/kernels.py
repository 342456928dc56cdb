"""Compiled loops of the pictures: the passes over workers, trails, sites and hazards.

None makes anything of the size of the world, and each reads its columns once, in order. Sums
and maxima are of integers, so the order of rows does not show.

A *lens* is int64[6]: west and north edge and extents of the area, cells; extents, pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from hive_env.config import FRACTION_BITS
from hive_env.ecs.columns import Array
from hive_env.enums import Health

_FAILED = int(Health.FAILED)
_ENDED = int(Health.ENDED)
HALF_BITS = FRACTION_BITS - 1
"""Binary digits of half a cell."""

FREE, CARRYING, DOWN, STOCK, HAZARDS = 0, 1, 2, 3, 7
LAYERS = 8
"""Layers of a density: workers free, carrying and failed; stock by type; hazards."""

TALLIES = 6
"""Counts of workers: those of each kind that have not failed; carrying; failed."""
TALLY_CARRYING, TALLY_FAILED = 4, 5

MOST_STOCK, MOST_HAZARD = 110, 200
"""Greatest opacity of stock and of hazards in a density, of 255."""

compiled: Any = njit(cache=True, nogil=True, error_model="numpy")
"""Decorator of every loop."""


@compiled
def pixel_at(position: int, first: int, span: int, pixels: int) -> Any:
    """Pixel along one axis of a position in 1/4096 cells; outside the area it is not in range.

    The quotient of doubles has the integer part of the exact one: numerator and divisor are
    below 2**53, and no quotient that is not whole comes within 2**-29 of a whole number.
    """
    over = (np.int64(position) - (first << FRACTION_BITS)) * pixels
    return np.int64(np.floor(over / np.float64(span << FRACTION_BITS)))


@compiled
def centre_of(lens: Array, at_x: int, at_y: int) -> tuple[int, int]:
    """Row and column of the pixel at the centre of a cell."""
    column = pixel_at((2 * np.int64(at_x) + 1) << HALF_BITS, lens[0], lens[2], lens[4])
    row = pixel_at((2 * np.int64(at_y) + 1) << HALF_BITS, lens[1], lens[3], lens[5])
    return row, column


@compiled
def mix(image: Array, row: int, column: int, hue: Array, opacity: int) -> None:
    """Lay a hue over a pixel; opacity is out of 255."""
    for part in range(3):
        old = np.int64(image[row, column, part])
        new = old + ((np.int64(hue[part]) - old) * opacity) // 255
        image[row, column, part] = new


@compiled
def place_workers(
    lens: Array, layer: int, types: Array, first: int, last: int,
    x: Array, y: Array, z: Array, specialist: Array, health: Array, cargo: Array,
    by_glyph: bool, top: Array, density: Array, tally: Array,
) -> None:  # fmt: skip
    """Count the workers of the rows ``first`` to ``last``, and put those in view on pixels.

    Parameters
    ----------
    lens : int64[6]
        Area and pixels.
    layer : int
        Layer of cells that is shown, -1 for all.
    types : bool[K]
        Kinds that are shown.
    by_glyph : bool
        Which of the two next arrays to write.
    top : uint8[h, w]
        Of the workers in each pixel, the greatest of 32 * (1 free, 2 carrying, 3 failed) +
        8 * kind + cargo; 0 where there is none.
    density : int32[h, w, LAYERS]
        Workers in each pixel.
    tally : int64[TALLIES]
        Counts over all the rows, in view or not.
    """
    x0, y0, span_x, span_y, width, height = lens[0], lens[1], lens[2], lens[3], lens[4], lens[5]
    deep = layer >= 0 and z.shape[0] > 0
    for row in range(first, last):
        condition = np.int64(health[row])
        if condition == _ENDED:
            continue
        kind = np.int64(specialist[row])
        load = np.int64(cargo[row])
        group = DOWN if condition == _FAILED else (CARRYING if load > 0 else FREE)
        if group == DOWN:
            tally[TALLY_FAILED] += 1
        else:
            tally[kind] += 1
            tally[TALLY_CARRYING] += group
        column = pixel_at(x[row], x0, span_x, width)
        line = pixel_at(y[row], y0, span_y, height)
        if column < 0 or column >= width or line < 0 or line >= height or not types[kind]:
            continue
        if deep and (np.int64(z[row]) >> FRACTION_BITS) != layer:
            continue
        if by_glyph:
            code = 32 * (group + 1) + 8 * kind + load
            top[line, column] = max(np.int64(top[line, column]), code)
        else:
            density[line, column, group] += 1


@compiled
def place_sites(
    lens: Array, layer: int, types: Array, base: int, side: int, x0: Array, y0: Array,
    site_cell: Array, site_type: Array, site_stock: Array, density: Array,
) -> None:  # fmt: skip
    """Add the stock of every live site in view to its pixel's layer of its type."""
    for place in range(x0.shape[0]):
        for site in range(site_cell.shape[1]):
            stock = np.int64(site_stock[base + place, site])
            kind = np.int64(site_type[base + place, site])
            if stock <= 0 or not types[kind]:
                continue
            cell = np.int64(site_cell[base + place, site])
            if layer >= 0 and cell // (side * side) != layer:
                continue
            line, column = centre_of(lens, x0[place] + cell % side, y0[place] + cell // side % side)
            if 0 <= column < lens[4] and 0 <= line < lens[5]:
                density[line, column, STOCK + kind] += stock


@compiled
def place_hazards(
    lens: Array, layer: int, base: int, side: int, x0: Array, y0: Array, hazard_cell: Array,
    density: Array,
) -> None:  # fmt: skip
    """Count the hazards in view in their pixels."""
    for place in range(x0.shape[0]):
        for hazard in range(hazard_cell.shape[1]):
            cell = np.int64(hazard_cell[base + place, hazard])
            if layer >= 0 and cell // (side * side) != layer:
                continue
            line, column = centre_of(lens, x0[place] + cell % side, y0[place] + cell // side % side)
            if 0 <= column < lens[4] and 0 <= line < lens[5]:
                density[line, column, HAZARDS] += 1


@compiled
def add_trails(
    levels: Array, region: int, cell: int, layer_cells: int, first_layer: int, last_layer: int,
    planes: Array, trail: Array,
) -> None:  # fmt: skip
    """Add each plane's greatest trail among the layers over a map cell to its level."""
    for index in range(planes.shape[0]):
        high = np.int64(0)
        for deep in range(first_layer, last_layer):
            high = max(high, np.int64(trail[region, planes[index], deep * layer_cells + cell]))
        levels[index] += high


@compiled
def blend(
    image: Array, line: int, column: int, levels: Array, points: int, hues: Array,
    strengths: Array, hue: Array,
) -> None:  # fmt: skip
    """Lay planes over a pixel, given the sums of their levels over so many points.

    The strongest gives the opacity; hues mix by opacity squared.
    """
    most = np.int64(0)
    total = np.int64(0)
    hue[:] = 0
    for index in range(levels.shape[0]):
        opacity = np.int64(strengths[levels[index] // points])
        most = max(most, opacity)
        total += opacity * opacity
        for part in range(3):
            hue[part] += opacity * opacity * np.int64(hues[index, part])
    if total > 0:
        for part in range(3):
            hue[part] //= total
        mix(image, line, column, hue, most)


@compiled
def paint_trails(
    image: Array, over_region: Array, over_cell: Array, down_region: Array, down_cell: Array,
    samples: int, layer_cells: int, first_layer: int, last_layer: int, region_grid: Array,
    base: int, planes: Array, hues: Array, strengths: Array, trail: Array,
) -> None:  # fmt: skip
    """Lay the trails of some planes over every pixel, in their hues.

    A plane's level in a pixel is the mean over samples x samples points of the greatest trail
    of the layers there. Where points are pixels, runs in one map cell are copied.

    Parameters
    ----------
    over_region, over_cell : int64[w * samples]
        What each point across adds to the place in ``region_grid``, and to the map cell.
    down_region, down_cell : int64[h * samples]
        The same for each point down.
    layer_cells : int
        Map cells in a layer of a region.
    first_layer, last_layer : int
        Layers of map cells, the last one excluded.
    base : int
        First region of the world.
    planes, hues, strengths : int64[n], uint8[n, 3], uint8[65536]
        What to show, its RGB, and the opacity of each level of trail.
    """
    levels = np.zeros(planes.shape[0], np.int64)
    hue = np.zeros(3, np.int64)
    for line in range(image.shape[0]):
        if samples == 1 and line > 0 and _same(down_region, down_cell, line):
            image[line] = image[line - 1]
            continue
        for column in range(image.shape[1]):
            if samples == 1 and column > 0 and _same(over_region, over_cell, column):
                for part in range(3):
                    image[line, column, part] = image[line, column - 1, part]
                continue
            levels[:] = 0
            for down in range(line * samples, (line + 1) * samples):
                for over in range(column * samples, (column + 1) * samples):
                    region = base + region_grid[down_region[down] + over_region[over]]
                    cell = down_cell[down] + over_cell[over]
                    add_trails(
                        levels, region, cell, layer_cells, first_layer, last_layer, planes, trail
                    )
            blend(image, line, column, levels, samples * samples, hues, strengths, hue)


@compiled
def _same(regions: Array, cells: Array, point: int) -> bool:
    """Whether a point of an axis lies in the map cell of the one before."""
    return bool(regions[point] == regions[point - 1] and cells[point] == cells[point - 1])


@compiled
def soften(density: Array, line: int, column: int, layer: int) -> Any:
    """Sixteen times a layer of a density, weighted 1 2 1 over the pixel and those around it."""
    total = np.int64(0)
    for down in range(-1, 2):
        row = min(max(line + down, 0), density.shape[0] - 1)
        for over in range(-1, 2):
            at = min(max(column + over, 0), density.shape[1] - 1)
            total += np.int64(density[row, at, layer]) * (2 - abs(down)) * (2 - abs(over))
    return total


@compiled
def paint_density(
    image: Array, density: Array, full: Array, worker_hues: Array, hazard_weight: int,
    hazard_hue: Array, stock_weight: int, hues: Array, soft: bool,
) -> None:  # fmt: skip
    """Lay the layers of a density over every pixel: stock, hazards, free, carrying, failed.

    Parameters
    ----------
    full : int64[3]
        Workers free, carrying and failed in a pixel that make it opaque, thousandths.
    worker_hues, hazard_hue, hues : uint8[3, 3], uint8[3], uint8[K, 3]
        RGB of those groups, of hazards, of types.
    hazard_weight, stock_weight : int
        Opacity that a hazard, and a unit of stock, gives a pixel, 1/65536 of 1/255.
    soft : bool
        Whether workers are softened over the pixels around, where their grain would hide where
        they are many.
    """
    hue = np.zeros(3, np.int64)
    for line in range(image.shape[0]):
        for column in range(image.shape[1]):
            stock = np.int64(0)
            hue[:] = 0
            for kind in range(hues.shape[0]):
                amount = np.int64(density[line, column, STOCK + kind])
                stock += amount
                for part in range(3):
                    hue[part] += amount * np.int64(hues[kind, part])
            if stock > 0:
                for part in range(3):
                    hue[part] //= stock
                mix(image, line, column, hue, min(MOST_STOCK, (stock * stock_weight) >> 16))
            hazards = np.int64(density[line, column, HAZARDS])
            if hazards > 0:
                opacity = min(MOST_HAZARD, (hazards * hazard_weight) >> 16)
                mix(image, line, column, hazard_hue, opacity)
            for group in range(3):
                workers = 16 * np.int64(density[line, column, group])
                if soft:
                    workers = soften(density, line, column, group)
                if workers > 0:
                    opacity = 255 * 1000 * workers // (16 * full[group])
                    mix(image, line, column, worker_hues[group], min(255, opacity))
