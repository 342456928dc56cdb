"""Colours: the palette of Okabe and Ito on a dark ground, and how levels become strengths.

Okabe and Ito, *Color Universal Design* (2008), chose hues that people with any of the common
kinds of colour blindness tell apart. What must not be confused also differs in shape.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.enums import RESOURCE_TYPES, Channel, Plane

TYPES = np.array([(230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167)], np.uint8)
"""uint8[K, 3]: hue of each resource type and of its specialists."""

GROUND = np.array((17, 20, 27), np.uint8)
"""Bare ground."""
OPEN_GROUND = np.array((38, 45, 62), np.uint8)
"""Ground of a region whose depot is open, where depots are too small to be drawn."""
OUTLINE = np.array((6, 8, 12), np.uint8)
"""Rim that sets a glyph off from whatever lies behind it."""
WHITE = np.array((255, 255, 255), np.uint8)
"""Rim of a worker that carries, and of an open depot."""
FAILED = np.array((240, 228, 66), np.uint8)
"""Failed workers."""
HAZARD = np.array((213, 94, 0), np.uint8)
"""Hazards, and the danger channel."""
SHUT = np.array((128, 136, 150), np.uint8)
"""Rim of a shut depot."""
CROWD = np.array((72, 118, 190), np.uint8)
"""Workers that carry nothing, where they are shown by density."""
PANEL = np.array((28, 32, 41), np.uint8)
"""Ground of the legend."""
TEXT = np.array((226, 231, 239), np.uint8)
"""Words and numbers of the legend."""
FAINT = np.array((148, 157, 172), np.uint8)
"""Labels of the legend."""
BORDERS = np.array([(44, 51, 64), (104, 116, 138), (176, 188, 206)], np.uint8)
"""uint8[3, 3]: borders of regions, of sectors, of hives."""

_CHANNELS = {
    Channel.DANGER: np.array([HAZARD], np.uint8),
    Channel.RESOURCE: TYPES,
    Channel.CONGESTION: np.array([(120, 150, 255)], np.uint8),
    Channel.EXPLORATION: np.array([(150, 200, 190)], np.uint8),
}

TRAIL_FLOOR = 256
"""A trail well below this can hardly be seen."""
TRAIL_TOP = 65_535
"""A trail of this is as bright as trails get."""
TRAIL_STRENGTH = {
    Channel.DANGER: 150,
    Channel.RESOURCE: 150,
    Channel.CONGESTION: 150,
    Channel.EXPLORATION: 70,
}
"""Opacity of the strongest trail, of 255: glyphs stay readable upon it. Exploration, which
covers nearly all the ground, is fainter."""


def planes_of(channel: Channel, types: tuple[bool, ...]) -> tuple[Array, Array]:
    """Return the planes of the map that a channel shows, and their hues.

    Parameters
    ----------
    channel : Channel
        The channel.
    types : tuple of K bool
        Resource types that are shown; matters to the resource channel only.

    Returns
    -------
    planes : int64[n]
        Indices of planes, as in `Plane`.
    hues : uint8[n, 3]
        RGB.
    """
    if channel is Channel.RESOURCE:
        chosen = np.flatnonzero(np.array(types[:RESOURCE_TYPES]))
        return chosen + int(Plane.RESOURCE), TYPES[chosen]
    return np.array([int(Plane[channel.name])]), _CHANNELS[channel]


@lru_cache(maxsize=4)
def trail_strengths(channel: Channel) -> Array:
    """Return the opacity of every level of trail, uint8[65536]; it grows with the logarithm."""
    level = np.arange(TRAIL_TOP + 1) / TRAIL_FLOOR
    strength = np.log1p(level) / np.log1p(TRAIL_TOP / TRAIL_FLOOR)
    return np.asarray(np.rint(TRAIL_STRENGTH[channel] * strength), np.uint8)
