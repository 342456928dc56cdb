"""Glyphs: what a worker, a site, a depot and a hazard look like where each is drawn by itself.

A glyph is a small square of codes, drawn around a pixel; the codes name colours that are given
when it is drawn. Its size is odd, so that it has a centre.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.render.kernels import centre_of, compiled, mix

NOTHING, RIM, BODY, CORE = 0, 1, 2, 3


def odd(size: float, least: int) -> int:
    """Return the odd integer at or just below a size, and no less than ``least``."""
    return max(least, 2 * int((size - 1) // 2) + 1)


@lru_cache(maxsize=64)
def disc(size: int, carrying: bool) -> Array:
    """Return the glyph of a worker: a disc with a rim, and with a core where it carries.

    Below 5 pixels there is no room for a rim: a square, whose centre is rim where it carries.
    """
    codes = np.full((size, size), BODY, np.uint8)
    away = np.abs(np.arange(size) - size // 2)
    far = np.hypot(away[:, None], away[None, :])
    if size < 5:
        codes[(far < 1) & carrying] = RIM
        return codes
    codes[far > size / 2 - max(1.0, size / 10)] = RIM
    codes[far > size / 2] = NOTHING
    codes[(far <= max(0.5, size / 6)) & carrying] = CORE
    return codes


@lru_cache(maxsize=64)
def cross(size: int) -> Array:
    """Return the glyph of a failed worker: a diagonal cross with a rim."""
    offset = np.arange(size) - size // 2
    apart = np.minimum(
        np.abs(offset[:, None] - offset[None, :]), np.abs(offset[:, None] + offset[None, :])
    )
    thick = max(0, round(size / 9))
    codes = np.where(apart <= thick, BODY, NOTHING)
    if size >= 5:
        codes[(apart > thick) & (apart <= thick + 1)] = RIM
    return codes.astype(np.uint8)


@compiled
def stamp(image: Array, row: int, column: int, glyph: Array, hues: Array) -> None:
    """Draw a glyph around a pixel, as far as it lies in the image.

    Parameters
    ----------
    image : uint8[h, w, 3]
        Drawn upon.
    row, column : int
        Pixel of the centre.
    glyph : uint8[n, n]
        Codes; 0 leaves the pixel as it is.
    hues : uint8[4, 3]
        RGB by code.
    """
    half = glyph.shape[0] // 2
    for down in range(glyph.shape[0]):
        line = row + down - half
        if line < 0 or line >= image.shape[0]:
            continue
        for over in range(glyph.shape[1]):
            at = column + over - half
            code = glyph[down, over]
            if code > 0 and 0 <= at < image.shape[1]:
                for part in range(3):
                    image[line, at, part] = hues[code, part]


@compiled
def box(
    image: Array, top: int, left: int, bottom: int, right: int, hue: Array, opacity: int
) -> None:
    """Lay a hue over the pixels of a rectangle, its lower right edges excluded."""
    for line in range(max(top, 0), min(bottom, image.shape[0])):
        for column in range(max(left, 0), min(right, image.shape[1])):
            mix(image, line, column, hue, opacity)


@compiled
def draw_workers(
    image: Array, top: Array, free: Array, loaded: Array, failed: Array, types: Array,
    outline: Array, white: Array, failed_hue: Array,
) -> None:  # fmt: skip
    """Draw what `place_workers` left on top of each pixel: free, then carrying, then failed.

    A carrying worker has a white rim, and a core in the hue of its cargo: it shows where that
    is not the worker's own.
    """
    hues = np.zeros((4, 3), np.uint8)
    for group in range(1, 4):
        for line in range(top.shape[0]):
            for column in range(top.shape[1]):
                code = np.int64(top[line, column])
                if code >> 5 != group:
                    continue
                kind = (code >> 3) & 3
                hues[RIM] = outline
                hues[BODY] = types[kind]
                if group == 1:
                    stamp(image, line, column, free, hues)
                elif group == 2:
                    hues[RIM] = white
                    hues[CORE] = types[max(np.int64(0), (code & 7) - 1)]
                    stamp(image, line, column, loaded, hues)
                else:
                    hues[BODY] = failed_hue
                    stamp(image, line, column, failed, hues)


@compiled
def draw_site(
    image: Array, row: int, column: int, size: int, share: float, hue: Array, outline: Array
) -> None:
    """Draw a site: a frame in its type's hue, filled from below by the share of stock left."""
    half = size // 2
    thick = max(1, size // 9)
    top, left = row - half, column - half
    box(image, top - 1, left - 1, top + size + 1, left + size + 1, outline, 255)
    box(image, top, left, top + size, left + size, hue, 255 if size >= 7 else 170)
    inside = size - 2 * thick
    empty = inside - np.int64(np.ceil(share * inside))
    box(image, top + thick, left + thick, top + thick + empty, left + size - thick, outline, 255)
    box(
        image, top + thick + empty, left + thick, top + size - thick, left + size - thick,
        outline, 90,
    )  # fmt: skip


@compiled
def draw_sites(
    image: Array, lens: Array, layer: int, types: Array, base: int, side: int, x0: Array,
    y0: Array, site_cell: Array, site_type: Array, site_stock: Array, size: int, full: int,
    hues: Array, outline: Array,
) -> None:  # fmt: skip
    """Draw every live site in view.

    Parameters
    ----------
    size : int
        Side, pixels; odd.
    full : int
        Stock of a new site, units.
    """
    for place in range(x0.shape[0]):
        for site in range(site_cell.shape[1]):
            stock = np.int64(site_stock[base + place, site])
            kind = np.int64(site_type[base + place, site])
            if stock <= 0 or not types[kind]:
                continue
            cell = np.int64(site_cell[base + place, site])
            if layer >= 0 and cell // (side * side) != layer:
                continue
            row, column = centre_of(lens, x0[place] + cell % side, y0[place] + cell // side % side)
            if -size <= row < image.shape[0] + size and -size <= column < image.shape[1] + size:
                draw_site(image, row, column, size, stock / full, hues[kind], outline)


@compiled
def _edge(position: int, first: int, span: int, pixels: int) -> int:
    """Pixel at which a cell begins along one axis."""
    return ((position - first) * pixels) // span


@compiled
def hatch(
    image: Array, top: int, left: int, bottom: int, right: int, period: int, hue: Array
) -> None:
    """Lay a hue over a rectangle: faint, and strong on diagonal stripes."""
    for line in range(max(top, 0), min(bottom, image.shape[0])):
        for column in range(max(left, 0), min(right, image.shape[1])):
            striped = (line + column) % period < max(1, period // 3)
            mix(image, line, column, hue, 235 if striped else 90)


@compiled
def draw_hazards(
    image: Array, lens: Array, layer: int, base: int, side: int, x0: Array, y0: Array,
    hazard_cell: Array, period: int, hue: Array,
) -> None:  # fmt: skip
    """Hatch the cells that hazards cover: each its own and the four beside it."""
    for place in range(x0.shape[0]):
        for hazard in range(hazard_cell.shape[1]):
            cell = np.int64(hazard_cell[base + place, hazard])
            if layer >= 0 and cell // (side * side) != layer:
                continue
            at_x = x0[place] + cell % side
            at_y = y0[place] + cell // side % side
            for step in range(-1, 2):
                wide = 1 if step == 0 else 0
                hatch(
                    image,
                    _edge(at_y + step, lens[1], lens[3], lens[5]),
                    _edge(at_x - wide, lens[0], lens[2], lens[4]),
                    _edge(at_y + step + 1, lens[1], lens[3], lens[5]),
                    _edge(at_x + wide + 1, lens[0], lens[2], lens[4]),
                    period,
                    hue,
                )  # fmt: skip


@compiled
def draw_depot(
    image: Array, row: int, column: int, size: int, is_open: bool, first: Array, second: Array,
    white: Array, shut: Array, outline: Array,
) -> None:  # fmt: skip
    """Draw a depot: a frame around the hues of the two types in demand; barred when shut."""
    half = size // 2
    thick = max(1, size // 8)
    top, left, bottom, right = row - half, column - half, row + half + 1, column + half + 1
    box(image, top - 1, left - 1, bottom + 1, right + 1, outline, 255)
    box(image, top, left, bottom, right, white if is_open else shut, 255)
    top, left, bottom, right = top + thick, left + thick, bottom - thick, right - thick
    box(image, top, left, bottom, right, outline, 255)
    strength = 255 if is_open else 90
    box(image, top, left, bottom, column, first, strength)
    box(image, top, column + 1, bottom, right, second, strength)
    if not is_open:
        bar = max(1, size // 8)
        box(image, row - bar // 2, left, row - bar // 2 + bar, right, shut, 255)
