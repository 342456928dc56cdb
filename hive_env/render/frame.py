"""A picture of one world: the map between a headline and a legend."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.render.layers import paint_map
from hive_env.render.legend import footer, header
from hive_env.render.view import view_of
from hive_env.scenarios.forage import Forage


def frame(
    simulation: Forage,
    world: int = 0,
    width: int = 960,
    channel: str | None = "resource",
    types: Iterable[int] | None = None,
    area: tuple[int, int, int, int] | None = None,
    layer: int | None = None,
) -> Array:
    """Return a picture of a world.

    Where a world cell has a pixel or more, every worker, site, depot and hazard is drawn by
    itself. Where it has less, the picture is a density: how many workers and how much stock lie
    under each pixel. It depends on the state alone, not on the order of rows.

    Parameters
    ----------
    simulation : Forage
        After a reset.
    world : int
        World of the batch, from 0.
    width : int
        Width of the picture, pixels, 320 to 8,192. Its height follows from the shape of the
        world; for one simulation it depends on ``width`` and ``area`` only.
    channel : {"danger", "resource", "congestion", "exploration"} or None
        Trails shown behind everything. The planes of ``resource`` have the hues of their
        types; ``exploration`` is bright where the ground was visited lately.
    types : iterable of int, optional
        Resource types, 0 to 3, whose sites, specialists and trails are shown; all by default.
        The counts in the legend are of all.
    area : tuple of four int, optional
        Part of the world to show, cells: x0, y0, x1, y1, the last two excluded.
    layer : int, optional
        In worlds of depth above one, the layer of cells to show; by default all, from above.

    Returns
    -------
    uint8[h, w, 3]
        RGB, rows from north to south; a new array each time.

    Raises
    ------
    ArgumentError
        When an argument is out of range.
    ResetNeededError
        Before the first reset.
    """
    view = view_of(simulation, world, width, channel, types, area, layer)
    simulation.need_ready()
    picture, tally = paint_map(simulation, view)
    return np.concatenate(
        (header(simulation, view), picture, footer(simulation, view, tally)), axis=0
    )


def save(
    simulation: Forage,
    path: str | os.PathLike[str],
    world: int = 0,
    width: int = 960,
    channel: str | None = "resource",
    types: Iterable[int] | None = None,
    area: tuple[int, int, int, int] | None = None,
    layer: int | None = None,
) -> Path:
    """Write a picture of a world to a PNG file.

    Parameters
    ----------
    simulation, world, width, channel, types, area, layer
        As for `frame`.
    path : str or path
        Where to write it; its name ends in ``.png``. A file that is there is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ArgumentError
        As for `frame`, and when the name is no PNG's or its folder is missing.
    ResetNeededError
        Before the first reset.
    """
    from PIL import Image

    to = Path(path)
    if to.suffix.lower() != ".png":
        raise ArgumentError("path", "a file name that ends in .png", str(to))
    if not to.parent.is_dir():
        raise ArgumentError("path", "a file in a folder that exists", str(to), "Make it first.")
    picture = frame(simulation, world, width, channel, types, area, layer)
    Image.fromarray(picture).save(to, format="PNG", optimize=True)
    return to
