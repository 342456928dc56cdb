"""Areas of a world: what the global state has a row for, whatever the family."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.sizes import Size

AREA_LIMIT = 1_024
"""Most rows of the global state: with more regions than that, rows are means over greater areas."""


class Areas(NamedTuple):
    """What the rows of the global state stand for.

    Parameters
    ----------
    kind : {"region", "sector", "hive", "world"}
        What an area is.
    number : int
        How many there are in a world.
    """

    kind: str
    number: int


def areas_of(size: Size) -> Areas:
    """Return the smallest areas of which a world of a size has at most `AREA_LIMIT`."""
    counts = {"region": size.regions, "sector": size.sectors, "hive": size.hives}
    few = (Areas(kind, count) for kind, count in counts.items() if count <= AREA_LIMIT)
    return next(few, Areas("world", 1))


def by_area(table: Array, area: Array, areas: int) -> Array:
    """Return the means over the regions of each area.

    Parameters
    ----------
    table : float64[W, R, F]
        A row for every region.
    area : integers [R]
        Area of each region of a world; all areas have as many regions.
    areas : int
        How many there are.

    Returns
    -------
    float32[W, areas * F]
        Area by area.
    """
    worlds, regions, width = table.shape
    if areas < regions:
        order = np.argsort(area, kind="stable")
        table = table[:, order].reshape(worlds, areas, -1, width).mean(axis=2)
    return table.reshape(worlds, areas * width).astype(np.float32)
