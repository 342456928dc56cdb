"""What a picture shows: a part of one world, the pixels it falls on, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hive_env.config import UNIT
from hive_env.ecs.columns import Array
from hive_env.enums import RESOURCE_TYPES, Channel
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import Forage

CHANNELS = {channel.name.lower(): channel for channel in Channel}
"""Channels by the name that `frame` takes."""

WIDTHS = (320, 8_192)
"""Least and greatest width of a picture, pixels; the height of the map keeps to them too."""


@dataclass(frozen=True)
class View:
    """A rectangle of world cells on a rectangle of pixels. Made by `view_of`.

    Parameters
    ----------
    world : int
        World of the batch.
    x0, y0 : int
        North-west corner, cells.
    span_x, span_y : int
        Extent, cells.
    width, height : int
        Extent, pixels.
    layer : int
        Layer of cells along z that is shown; -1 for all of them, seen from above.
    types : tuple of K bool
        Resource types whose sites, specialists and trails are shown.
    channel : Channel or None
        Trails behind everything.
    """

    world: int
    x0: int
    y0: int
    span_x: int
    span_y: int
    width: int
    height: int
    layer: int
    types: tuple[bool, ...]
    channel: Channel | None

    @property
    def scale(self) -> float:
        """Pixels along the side of a cell."""
        return self.width / self.span_x

    @property
    def by_glyph(self) -> bool:
        """Whether things are drawn one by one: a cell has a pixel or more. Else by density."""
        return self.width >= self.span_x

    @property
    def lens(self) -> Array:
        """The rectangles as the kernels take them: int64[6] of x0, y0, spans, pixels."""
        return np.array(
            (self.x0, self.y0, self.span_x, self.span_y, self.width, self.height), np.int64
        )

    def pixel(self, x: int, y: int) -> tuple[int, int]:
        """Return column and row of the pixel at a position in 1/4096 cells."""
        return (
            (x - self.x0 * UNIT) * self.width // (self.span_x * UNIT),
            (y - self.y0 * UNIT) * self.height // (self.span_y * UNIT),
        )

    def columns(self, samples: int) -> Array:
        """Return the cell under each of so many points across every pixel of a row, int64."""
        count = self.width * samples
        return self.x0 + (2 * np.arange(count) + 1) * self.span_x // (2 * count)

    def rows(self, samples: int) -> Array:
        """Return the cell under each of so many points down every pixel of a column, int64."""
        count = self.height * samples
        return self.y0 + (2 * np.arange(count) + 1) * self.span_y // (2 * count)


def is_integer(value: object) -> bool:
    """Whether a value is an integer and no bool."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _integer(value: object, argument: str, low: int, high: int) -> int:
    if not is_integer(value) or not low <= int(value) <= high:  # type: ignore[call-overload]
        raise ArgumentError(argument, f"an integer from {low} to {high}", value)
    return int(value)  # type: ignore[call-overload, no-any-return]


def _types(types: Iterable[int] | None) -> tuple[bool, ...]:
    if types is None:
        return (True,) * RESOURCE_TYPES
    chosen = tuple(types) if isinstance(types, Iterable) else (-1,)
    good = all(is_integer(one) and 0 <= one < RESOURCE_TYPES for one in chosen)
    if not good or len(set(chosen)) < len(chosen):
        raise ArgumentError("types", f"different integers from 0 to {RESOURCE_TYPES - 1}", types)
    return tuple(kind in chosen for kind in range(RESOURCE_TYPES))


def _channel(channel: str | None) -> Channel | None:
    if channel is None:
        return None
    if not isinstance(channel, str) or channel not in CHANNELS:
        raise ArgumentError("channel", f"None or one of {', '.join(CHANNELS)}", channel)
    return CHANNELS[channel]


def _area(
    area: tuple[int, int, int, int] | None, cells_x: int, cells_y: int
) -> tuple[int, int, int, int]:
    if area is None:
        return 0, 0, cells_x, cells_y
    good = isinstance(area, tuple | list) and len(area) == 4 and all(map(is_integer, area))
    if good:
        x0, y0, x1, y1 = (int(edge) for edge in area)
        if 0 <= x0 < x1 <= cells_x and 0 <= y0 < y1 <= cells_y:
            return x0, y0, x1 - x0, y1 - y0
    raise ArgumentError(
        "area", f"cells (x0, y0, x1, y1), x0 < x1 <= {cells_x} and y0 < y1 <= {cells_y}", area
    )


def view_of(
    simulation: Forage,
    world: int = 0,
    width: int = 960,
    channel: str | None = "resource",
    types: Iterable[int] | None = None,
    area: tuple[int, int, int, int] | None = None,
    layer: int | None = None,
) -> View:
    """Return the view that the arguments of `frame` ask for.

    Raises
    ------
    ArgumentError
        When one of them is out of range; see `frame`.
    """
    if not isinstance(simulation, Forage):
        raise ArgumentError(
            "simulation", "a Forage simulation", type(simulation).__name__,
            "Of an environment, pass its simulation.",
        )  # fmt: skip
    constants = simulation.blueprint.constants
    x0, y0, span_x, span_y = _area(area, int(constants["cells_x"]), int(constants["cells_y"]))
    low, high = WIDTHS
    pixels = _integer(width, "width", low, high)
    height = max(1, round(pixels * span_y / span_x))
    if height > high:
        raise ArgumentError(
            "width", f"one at which the map is at most {high} pixels high", f"{width} ({height})",
            "Take a smaller width, or an area less high.",
        )  # fmt: skip
    return View(
        world=_integer(world, "world", 0, simulation.worlds - 1),
        x0=x0,
        y0=y0,
        span_x=span_x,
        span_y=span_y,
        width=pixels,
        height=height,
        layer=-1 if layer is None else _integer(layer, "layer", 0, int(constants["depth"]) - 1),
        types=_types(types),
        channel=_channel(channel),
    )
