"""The headline and the legend: two strips above and below the map.

Every item has a slot as wide as its longest text can be, so the strips of one simulation at
one width always have the same height, and nothing moves from frame to frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, RESOURCE_TYPES, Channel
from hive_env.render import glyphs, kernels, palette
from hive_env.render.layers import depots_fit
from hive_env.render.view import View
from hive_env.scenarios.forage import Forage

Draw = Callable[[Array, int, int, int], None]
"""Draws an icon: image, row and column of its centre, its size."""


@dataclass(frozen=True)
class Item:
    """One entry of a strip.

    Parameters
    ----------
    label, value : str
        Faint words, and what is said of them.
    longest : str
        As long a value as there can be.
    icon : callable, optional
        Draws the glyph in front.
    icon_width : int
        Width of the icon in icon sizes.
    """

    label: str
    value: str = ""
    longest: str = ""
    icon: Draw | None = None
    icon_width: int = 1


@dataclass(frozen=True)
class Type:
    """Sizes of a strip at a width, pixels."""

    text: int
    icon: int
    line: int
    gap: int
    margin: int


def type_at(width: int) -> Type:
    """Return the sizes of text and icons for a picture of a width."""
    text = max(11, min(40, width // 68))
    return Type(text, glyphs.odd(0.95 * text, 9), round(1.75 * text), round(1.5 * text), text)


@lru_cache(maxsize=8)
def font(size: int) -> Any:
    """Return the font that comes with Pillow, at a size in pixels."""
    from PIL import ImageFont

    return ImageFont.load_default(size)


@lru_cache(maxsize=512)
def text_width(text: str, size: int) -> int:
    """Return how wide a text is, pixels."""
    return int(np.ceil(font(size).getlength(text)))


def header(simulation: Forage, view: View) -> Array:
    """Return the headline: tick, U, season, and which part of what is shown.

    Returns
    -------
    uint8[h, w, 3]
        RGB.
    """
    columns, config = simulation.columns, simulation.config
    tick, end = int(columns["tick"][view.world]), config.episode_ticks
    value = float(simulation.values()[view.world])
    per_worker = value / simulation.workers
    most = f"{simulation.workers * 99:,}.0"
    items = [
        Item("tick", f"{tick:,} of {end:,}", f"{end:,} of {end:,}"),
        Item("U", f"{value:,.1f}", most),
        Item("a worker", f"{per_worker:,.2f}", "99.99"),
        _season(simulation, view),
        Item("workers", f"{simulation.workers:,}"),
    ]
    if simulation.worlds > 1:
        items.append(Item("world", f"{view.world} of {simulation.worlds}"))
    if view.layer >= 0:
        items.append(Item("layer", f"{view.layer} of {config.forage.depth}"))
    return strip(items, view.width)


def _season(simulation: Forage, view: View) -> Item:
    """Types in season; with several hives, in how many of them each is."""
    hives = simulation.config.size.hives
    seasons = simulation.columns["season"][view.world * hives : (view.world + 1) * hives]
    count = np.zeros(RESOURCE_TYPES, int)
    for pair in seasons:
        count[list(PAIRS[int(pair)])] += 1

    def draw(image: Array, row: int, column: int, size: int) -> None:
        half = size // 2
        for kind in range(RESOURCE_TYPES):
            left = column + round((kind - RESOURCE_TYPES / 2) * 1.3 * size)
            opacity = int(55 + 200 * count[kind] // hives)
            edges = (row - half, left, row + half + 1, left + size)
            glyphs.box(image, *edges, palette.TYPES[kind], opacity)

    word, longest = " and ".join(map(str, np.flatnonzero(count))), "0 and 0"
    if hives > 1:
        word, longest = "", ""
    return Item("season", word, longest, icon=draw, icon_width=6)


def footer(simulation: Forage, view: View, tally: Array) -> Array:
    """Return the legend: what each glyph and hue means, and how many there are in the world.

    Parameters
    ----------
    simulation, view
        What is shown.
    tally : int64[TALLIES]
        Workers of the world, as `kernels.place_workers` counts them.

    Returns
    -------
    uint8[h, w, 3]
        RGB.
    """
    size = simulation.config.size
    regions = slice(view.world * size.regions, (view.world + 1) * size.regions)
    most = f"{simulation.workers:,}"
    items = [
        Item(f"type {kind}", f"{tally[kind]:,}", most, icon=_worker(kind, False))
        for kind in range(RESOURCE_TYPES)
    ]
    carrying: Draw = _worker(0, True)
    failed: Draw = _failed
    if not view.by_glyph:
        items = [Item(one.label, one.value, one.longest, _swatch(palette.TYPES[kind]))
                 for kind, one in enumerate(items)]  # fmt: skip
        free = int(tally[:RESOURCE_TYPES].sum() - tally[kernels.TALLY_CARRYING])
        items.append(Item("free", f"{free:,}", most, _swatch(palette.CROWD)))
        carrying, failed = _swatch(palette.WHITE), _swatch(palette.FAILED)
    items.append(Item("carrying", f"{tally[kernels.TALLY_CARRYING]:,}", most, carrying))
    items.append(Item("failed", f"{tally[kernels.TALLY_FAILED]:,}", most, failed))
    return strip(items + _places(simulation, view, regions), view.width)


def _places(simulation: Forage, view: View, regions: slice) -> list[Item]:
    """Entries of sites, depots, hazards and the channel."""
    columns = simulation.columns
    live = int(np.count_nonzero(columns["site_stock"][regions]))
    slots = columns["site_stock"][regions].size
    doors = columns["door"][regions]
    most = f"{doors.size:,}"
    depot, shut = _depot(True), _depot(False)
    if not depots_fit(simulation, view):
        depot, shut = _swatch(palette.OPEN_GROUND), _swatch(palette.GROUND)
    items = [
        Item("sites", f"{live:,}", f"{slots:,}", _site if view.by_glyph else _stock),
        Item("depots open", f"{int(doors.sum()):,}", most, depot),
        Item("shut", f"{int((doors == 0).sum()):,}", most, shut),
        Item(
            "hazards", f"{columns['hazard_cell'][regions].size:,}",
            icon=_hazard if view.by_glyph else _swatch(palette.HAZARD),
        ),
    ]  # fmt: skip
    if view.channel is not None:
        _, hues = palette.planes_of(view.channel, view.types)
        items.append(
            Item(f"{view.channel.name.lower()} trail", icon=_ramp(view.channel, hues), icon_width=4)
        )
    return items


def _worker(kind: int, carrying: bool) -> Draw:
    def draw(image: Array, row: int, column: int, size: int) -> None:
        rim = palette.WHITE if carrying else palette.OUTLINE
        hues = np.stack((rim, rim, palette.TYPES[kind], palette.TYPES[kind]))
        glyphs.stamp(image, row, column, glyphs.disc(size, carrying), hues)

    return draw


def _failed(image: Array, row: int, column: int, size: int) -> None:
    hues = np.stack((palette.OUTLINE, palette.OUTLINE, palette.FAILED, palette.FAILED))
    glyphs.stamp(image, row, column, glyphs.cross(size), hues)


def _site(image: Array, row: int, column: int, size: int) -> None:
    glyphs.draw_site(image, row, column, size, 0.6, palette.FAINT, palette.OUTLINE)


def _stock(image: Array, row: int, column: int, size: int) -> None:
    half = size // 2
    for kind, hue in enumerate(palette.TYPES):
        top, left = row - half + kind // 2 * half, column - half + kind % 2 * half
        glyphs.box(image, top, left, top + half, left + half, palette.GROUND, 255)
        glyphs.box(image, top, left, top + half, left + half, hue, kernels.MOST_STOCK)


def _depot(is_open: bool) -> Draw:
    def draw(image: Array, row: int, column: int, size: int) -> None:
        glyphs.draw_depot(
            image, row, column, size, is_open, palette.TYPES[0], palette.TYPES[1], palette.WHITE,
            palette.SHUT, palette.OUTLINE,
        )  # fmt: skip

    return draw


def _hazard(image: Array, row: int, column: int, size: int) -> None:
    half = size // 2
    third = max(1, size // 3)
    edges = (row - half, row - half + third, row + half + 1 - third, row + half + 1)
    across = (column - half, column - half + third, column + half + 1 - third, column + half + 1)
    for line in range(3):
        left, right = (0, 3) if line == 1 else (1, 2)
        glyphs.hatch(
            image, edges[line], across[left], edges[line + 1], across[right], 4, palette.HAZARD
        )


def _swatch(hue: Array) -> Draw:
    def draw(image: Array, row: int, column: int, size: int) -> None:
        half = size // 2 - 1
        edges = (row - half, column - half, row + half + 1, column + half + 1)
        glyphs.box(image, edges[0] - 1, edges[1] - 1, edges[2] + 1, edges[3] + 1, palette.FAINT, 90)
        glyphs.box(image, *edges, hue, 255)

    return draw


def _ramp(channel: Channel, hues: Array) -> Draw:
    """A ramp of trail from none to the most, one band a hue, drawn as on the map."""

    def draw(image: Array, row: int, column: int, size: int) -> None:
        left, top, wide = column - 2 * size + size // 2, row - size // 2, 4 * size - size
        for index, hue in enumerate(hues):
            first = top + index * size // len(hues)
            last = top + (index + 1) * size // len(hues)
            for over in range(wide):
                glyphs.box(image, first, left + over, last, left + over + 1, palette.GROUND, 255)
                opacity = palette.TRAIL_STRENGTH[channel] * over // wide
                glyphs.box(image, first, left + over, last, left + over + 1, hue, opacity)

    return draw


def strip(items: Sequence[Item], width: int) -> Array:
    """Return a strip of items, from left to right, on as many lines as they need.

    Returns
    -------
    uint8[h, width, 3]
        RGB.
    """
    from PIL import Image, ImageDraw

    sizes = type_at(width)
    places = _places_of(
        tuple((item.label, item.longest or item.value, item.icon_width if item.icon else 0)
              for item in items), width
    )  # fmt: skip
    lines = 1 + max(line for line, _ in places)
    image = np.empty((lines * sizes.line + sizes.line // 3, width, 3), np.uint8)
    image[...] = palette.PANEL
    words: list[tuple[int, int, str, Array]] = []
    for item, (line, left) in zip(items, places, strict=True):
        row = sizes.line // 6 + line * sizes.line + sizes.line // 2
        if item.icon is not None:
            wide = item.icon_width * sizes.icon
            item.icon(image, row, left + wide // 2, sizes.icon)
            left += wide + sizes.text // 2
        words.append((left, row, item.label, palette.FAINT))
        left += text_width(item.label + " ", sizes.text)
        words.append((left, row, item.value, palette.TEXT))
    canvas = Image.fromarray(image)
    pen = ImageDraw.Draw(canvas)
    for left, row, text, hue in words:
        pen.text((left, row), text, tuple(map(int, hue)), font(sizes.text), anchor="lm")
    return np.asarray(canvas)


@lru_cache(maxsize=64)
def _places_of(slots: tuple[tuple[str, str, int], ...], width: int) -> tuple[tuple[int, int], ...]:
    """Line and left edge of every item: they flow, and break where the width ends."""
    sizes = type_at(width)
    places: list[tuple[int, int]] = []
    line, left = 0, sizes.margin
    for label, longest, icon in slots:
        wide = text_width(f"{label} {longest}".rstrip(), sizes.text)
        wide += icon * sizes.icon + sizes.text // 2 if icon else 0
        if left > sizes.margin and left + wide > width - sizes.margin:
            line, left = line + 1, sizes.margin
        places.append((line, left))
        left += wide + sizes.gap
    return tuple(places)
