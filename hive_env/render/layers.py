"""The map, layer upon layer: ground, trails, hazards, borders, sites, depots, workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hive_env.config import UNIT
from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS
from hive_env.render import glyphs, kernels, palette
from hive_env.render.view import View
from hive_env.scenarios.forage import Forage

SAMPLES = 4
"""Most points along a pixel's side at which trails are sampled."""

FULL_CROWD = (5, 4, 1.5)
"""Workers free, carrying and failed that make a pixel opaque, in mean numbers of workers."""
REGION_CROWD = (3, 1.5, 0.25)
"""The same where a region is shown as one area."""
LEAST_MEAN = 0.08
"""Mean number of workers in a pixel below which single ones are not made brighter."""

REGION_PIXELS, SECTOR_PIXELS = 24, 16
"""Least pixels along a region's, and a sector's, side for its border to be drawn."""
ROOMY = 5
"""Least size of a worker, pixels, at which workers are drawn over depots. Smaller ones would
hide whether a depot is open."""
DEPOT_PIXELS = 40
"""Least pixels along a region's side for its depot to be drawn."""
CROWD_PIXELS = 5.5
"""Least pixels along a region's side for the crowd in it to be drawn as it lies. Below, the crowds
around depots would show as a lattice that hides all else."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of glyphs at a scale, pixels; all odd.

    Parameters
    ----------
    worker, site, depot : int
        Across.
    stripe : int
        Period of the stripes of hazards.
    """

    worker: int
    site: int
    depot: int
    stripe: int


def sizes_at(scale: float) -> Sizes:
    """Return the sizes of glyphs where a cell has so many pixels along its side."""
    return Sizes(
        worker=glyphs.odd(scale, 3),
        site=glyphs.odd(1.4 * scale, 5),
        depot=glyphs.odd(3 * scale, 7),
        stripe=max(3, round(0.5 * scale)),
    )


def paint_map(simulation: Forage, view: View) -> tuple[Array, Array]:
    """Return the map of a view, and the count of its world's workers.

    Returns
    -------
    image : uint8[h, w, 3]
        RGB.
    tally : int64[TALLIES]
        Workers of the whole world, as `kernels.place_workers` counts them.
    """
    if simulation.config.region_side * view.scale < CROWD_PIXELS:
        image, tally = paint_regions(simulation, view)
    else:
        image = paint_ground(simulation, view)
        if view.by_glyph:
            return image, paint_things(simulation, view, image)
        density, tally = density_of(simulation, view)
        paint_density(simulation, view, image, density, FULL_CROWD, soft=True)
    paint_borders(simulation, view, image)
    paint_depots(simulation, view, image)
    return image, tally


def paint_ground(simulation: Forage, view: View) -> Array:
    """Return a view of bare ground, doors where depots do not fit, and trails."""
    image = np.empty((view.height, view.width, 3), np.uint8)
    image[...] = palette.GROUND
    if not depots_fit(simulation, view):
        paint_doors(simulation, view, image)
    paint_trails(simulation, view, image)
    return image


def paint_regions(simulation: Forage, view: View) -> tuple[Array, Array]:
    """Return a view in which each region is one area, and the tally of its world.

    It is a density of a pixel to a region, enlarged.
    """
    side = simulation.config.region_side
    first_x, first_y = view.x0 // side, view.y0 // side
    across = -(-(view.x0 + view.span_x) // side) - first_x
    down = -(-(view.y0 + view.span_y) // side) - first_y
    coarse = replace(
        view, x0=first_x * side, y0=first_y * side, span_x=across * side, span_y=down * side,
        width=across, height=down,
    )  # fmt: skip
    image = paint_ground(simulation, coarse)
    density, tally = density_of(simulation, coarse)
    paint_density(simulation, coarse, image, density, REGION_CROWD, soft=False)
    rows, columns = view.rows(1) // side - first_y, view.columns(1) // side - first_x
    return image[rows[:, None], columns[None, :]], tally


def paint_trails(simulation: Forage, view: View, image: Array) -> None:
    """Lay the view's channel over the ground."""
    if view.channel is None:
        return
    constants, columns = simulation.blueprint.constants, simulation.columns
    shift, deep = int(constants["map_shift"]), int(constants["map_depth"])
    planes, hues = palette.planes_of(view.channel, view.types)
    samples = min(SAMPLES, max(1, -(-view.span_x // (view.width << shift))))
    first = 0 if view.layer < 0 else view.layer >> shift
    across = int(constants["map_side"])
    over_region, over_cell = _points(view.columns(samples), simulation.config.region_side, shift)
    down_region, down_cell = _points(view.rows(samples), simulation.config.region_side, shift)
    kernels.paint_trails(
        image, over_region, over_cell, down_region * simulation.config.size.regions_x,
        down_cell * across, samples, across * across, first,
        deep if view.layer < 0 else first + 1, columns["region_grid"],
        view.world * simulation.config.size.regions, planes, hues,
        palette.trail_strengths(view.channel), columns["trail"],
    )  # fmt: skip


def _points(cells: Array, side: int, shift: int) -> tuple[Array, Array]:
    """Region, and map cell within it, of cells along an axis."""
    region, within = np.divmod(cells, side)
    return region, within >> shift


def density_of(simulation: Forage, view: View) -> tuple[Array, Array]:
    """Return how many workers, how much stock and how many hazards lie under each pixel.

    Returns
    -------
    density : int32[h, w, LAYERS]
        Workers free, carrying, failed; units of stock by type; hazards.
    tally : int64[TALLIES]
        As for `paint_map`.
    """
    density = np.zeros((view.height, view.width, kernels.LAYERS), np.int32)
    tally = _place_workers(simulation, view, False, np.empty((0, 0), np.uint8), density)
    columns, side = simulation.columns, simulation.config.region_side
    base = view.world * simulation.config.size.regions
    at = (columns["region_x0"], columns["region_y0"])
    kernels.place_sites(
        view.lens, view.layer, np.array(view.types), base, side, *at, columns["site_cell"],
        columns["site_type"], columns["site_stock"], density,
    )  # fmt: skip
    kernels.place_hazards(view.lens, view.layer, base, side, *at, columns["hazard_cell"], density)
    return density, tally


def _place_workers(
    simulation: Forage, view: View, by_glyph: bool, top: Array, density: Array
) -> Array:
    """Put the workers of a view on pixels, and return the tally of its world."""
    columns, workers = simulation.columns, simulation.workers
    tally = np.zeros(kernels.TALLIES, np.int64)
    kernels.place_workers(
        view.lens, view.layer, np.array(view.types), view.world * workers,
        (view.world + 1) * workers, columns["x"], columns["y"], columns["z"],
        columns["specialist"], columns["health"], columns["cargo"], by_glyph, top, density,
        tally,
    )  # fmt: skip
    return tally


def paint_density(
    simulation: Forage,
    view: View,
    image: Array,
    density: Array,
    crowd: Sequence[float],
    soft: bool,
) -> None:
    """Lay a density over the trails; ``crowd`` as `FULL_CROWD`, ``soft`` as the kernel takes it.

    Opacities are fixed by the view and the configuration, so that a film does not flicker: of
    workers by a multiple of their mean number in a pixel, of hazards and stock by the share of
    the pixel that they cover, which is raised to be seen.
    """
    constants = simulation.blueprint.constants
    in_pixel = view.span_x * view.span_y / (view.width * view.height)
    mean = simulation.workers / (constants["cells_x"] * constants["cells_y"]) * in_pixel
    full = np.rint(1000 * max(LEAST_MEAN, mean) * np.asarray(crowd)).astype(np.int64)
    stock = simulation.config.forage.site_stock
    kernels.paint_density(
        image, density, full, np.stack((palette.CROWD, palette.WHITE, palette.FAILED)),
        round(65536 * 255 * min(1.0, 5 / in_pixel)), palette.HAZARD,
        round(65536 * 255 * min(1.0, 2 / in_pixel) / stock), palette.TYPES, soft,
    )  # fmt: skip


def paint_things(simulation: Forage, view: View, image: Array) -> Array:
    """Draw every border, hazard, site, depot and worker of a view, and return its tally."""
    columns, config = simulation.columns, simulation.config
    size, side = sizes_at(view.scale), config.region_side
    base = view.world * config.size.regions
    at = (columns["region_x0"], columns["region_y0"])
    paint_borders(simulation, view, image)
    glyphs.draw_hazards(
        image, view.lens, view.layer, base, side, *at, columns["hazard_cell"], size.stripe,
        palette.HAZARD,
    )  # fmt: skip
    glyphs.draw_sites(
        image, view.lens, view.layer, np.array(view.types), base, side, *at,
        columns["site_cell"], columns["site_type"], columns["site_stock"], size.site,
        config.forage.site_stock, palette.TYPES, palette.OUTLINE,
    )  # fmt: skip
    if size.worker >= ROOMY:
        paint_depots(simulation, view, image)
    top = np.zeros((view.height, view.width), np.uint8)
    nothing = np.empty((0, 0, kernels.LAYERS), np.int32)
    tally = _place_workers(simulation, view, True, top, nothing)
    glyphs.draw_workers(
        image, top, glyphs.disc(size.worker, False), glyphs.disc(size.worker, True),
        glyphs.cross(size.worker), palette.TYPES, palette.OUTLINE, palette.WHITE, palette.FAILED,
    )  # fmt: skip
    if size.worker < ROOMY:
        paint_depots(simulation, view, image)
    return tally


def paint_borders(simulation: Forage, view: View, image: Array) -> None:
    """Draw borders of regions, sectors and hives, each where there is room for it."""
    size = simulation.config.size
    region = simulation.config.region_side
    sector_x, sector_y = region * size.sector_x, region * size.sector_y
    kinds = (
        (region, region, REGION_PIXELS),
        (sector_x, sector_y, SECTOR_PIXELS),
        (sector_x * size.hive_x, sector_y * size.hive_y, 0),
    )
    for hue, (step_x, step_y, least) in zip(palette.BORDERS, kinds, strict=True):
        if step_x * view.scale < least:
            continue
        for x in range((view.x0 // step_x + 1) * step_x, view.x0 + view.span_x, step_x):
            image[:, view.pixel(x * UNIT, 0)[0]] = hue
        for y in range((view.y0 // step_y + 1) * step_y, view.y0 + view.span_y, step_y):
            image[view.pixel(0, y * UNIT)[1]] = hue


def paint_depots(simulation: Forage, view: View, image: Array) -> None:
    """Draw the depots of a view, where regions are wide enough for them to be seen."""
    config, columns = simulation.config, simulation.columns
    side, depth = config.region_side, config.forage.depth
    if not depots_fit(simulation, view) or view.layer not in (-1, depth // 2):
        return
    size = sizes_at(view.scale).depot
    base = view.world * config.size.regions
    for place in regions_in(simulation, view):
        column, row = view.pixel(
            (2 * int(columns["region_x0"][place]) + side + 1) * UNIT // 2,
            (2 * int(columns["region_y0"][place]) + side + 1) * UNIT // 2,
        )
        one, other = PAIRS[int(columns["demand"][base + place])]
        glyphs.draw_depot(
            image, row, column, size, bool(columns["door"][base + place]), palette.TYPES[one],
            palette.TYPES[other], palette.WHITE, palette.SHUT, palette.OUTLINE,
        )  # fmt: skip


def depots_fit(simulation: Forage, view: View) -> bool:
    """Whether regions are wide enough for their depots to be drawn."""
    return simulation.config.region_side * view.scale >= DEPOT_PIXELS


def paint_doors(simulation: Forage, view: View, image: Array) -> None:
    """Lighten the ground of the regions whose depot is open."""
    columns, size = simulation.columns, simulation.config.size
    base = view.world * size.regions
    by_grid = columns["door"][base : base + size.regions][columns["region_grid"]]
    by_grid = by_grid.reshape(size.regions_y, size.regions_x).astype(bool)
    side = simulation.config.region_side
    over, down = view.columns(1) // side, view.rows(1) // side
    image[by_grid[down[:, None], over[None, :]]] = palette.OPEN_GROUND


def regions_in(simulation: Forage, view: View) -> Array:
    """Return the regions of one world that a view touches."""
    side = simulation.config.region_side
    x0, y0 = simulation.columns["region_x0"], simulation.columns["region_y0"]
    across = (x0 + side > view.x0) & (x0 < view.x0 + view.span_x)
    down = (y0 + side > view.y0) & (y0 < view.y0 + view.span_y)
    return np.flatnonzero(across & down)
