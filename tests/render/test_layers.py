"""What the layers of a map show, and where."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render import staged

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import PAIRS, Channel, Plane
from hive_env.render import kernels, palette
from hive_env.render.layers import density_of, paint_map, sizes_at
from hive_env.render.view import View, view_of
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size


def density_view(x0: int, y0: int, x1: int, y1: int, pixels: int = 32) -> View:
    """A view of few pixels, whatever width `view_of` would allow."""
    return View(0, x0, y0, x1 - x0, y1 - y0, pixels, pixels, -1, (True,) * 4, None)


@pytest.mark.parametrize("kind", range(4))
def test_a_worker_stands_in_its_cell_in_the_hue_of_its_kind(kind):
    world = staged.bare()
    staged.put_worker(world, 7, 41, 90, kind)
    picture = staged.painted(world)
    assert staged.centre(picture, 41, 90) == tuple(palette.TYPES[kind])
    assert staged.shows(staged.cell(picture, 41, 90), palette.TYPES[kind]) > 20
    picture[9 * 90 : 9 * 91, 9 * 41 : 9 * 42] = 0
    assert staged.shows(picture[600:, :300], palette.TYPES[kind]) == 0


def test_a_carrying_worker_has_a_white_rim_and_a_core_of_its_cargo():
    world = staged.bare()
    staged.put_worker(world, 0, 40, 40, kind=1)
    staged.put_worker(world, 1, 44, 40, kind=1, cargo=3)
    picture = staged.painted(world)
    assert staged.shows(staged.cell(picture, 40, 40), palette.WHITE) == 0
    assert staged.shows(staged.cell(picture, 44, 40), palette.WHITE) > 10
    assert staged.shows(staged.cell(picture, 44, 40), palette.TYPES[1]) > 10
    assert staged.centre(picture, 44, 40) == tuple(palette.TYPES[2])


def test_a_failed_worker_is_a_yellow_cross_above_others_in_its_cell():
    world = staged.bare()
    staged.put_worker(world, 0, 40, 40, kind=0, failed=True)
    staged.put_worker(world, 1, 40, 40, kind=3, cargo=4)
    shown = staged.cell(staged.painted(world), 40, 40)
    corner, edge = shown[1, 1], shown[0, 4]
    assert tuple(shown[4, 4]) == tuple(corner) == tuple(palette.FAILED)
    assert tuple(edge) != tuple(palette.FAILED)


def test_an_ended_worker_is_not_drawn():
    world = staged.bare()
    before = staged.painted(world)
    staged.put_worker(world, 0, 40, 40, kind=0)
    assert (staged.painted(world) != before).any()
    world.columns["health"][0] = 2
    assert (staged.painted(world) == before).all()


@pytest.mark.parametrize("kind", range(4))
def test_a_site_frames_its_cell_in_the_hue_of_its_type(kind):
    world = staged.bare()
    staged.put_site(world, 2, 9, 25, kind, 32)
    picture = staged.painted(world)
    half = sizes_at(9).site // 2
    for down, over in ((-half, -half), (-half, half), (half, -half), (half, half), (half, 0)):
        assert tuple(picture[9 * 25 + 4 + down, 9 * 9 + 4 + over]) == tuple(palette.TYPES[kind])
    assert tuple(picture[9 * 25 + 4, 9 * 9 + 4 + half + 1]) == tuple(palette.OUTLINE)


def test_a_site_empties_from_above_as_its_stock_falls():
    world = staged.bare()
    dark = []
    for stock in (32, 24, 16, 8, 1):
        staged.put_site(world, 0, 9, 25, 1, stock)
        inside = staged.cell(staged.painted(world), 9, 25)
        dark.append(staged.shows(inside, palette.OUTLINE))
        assert tuple(inside[8, 4]) != tuple(palette.OUTLINE)
    assert dark == sorted(set(dark))
    staged.put_site(world, 0, 9, 25, 1, 0)
    assert staged.shows(staged.painted(world)[:280, :280], palette.TYPES[1]) == 0


def test_a_hazard_covers_its_cell_and_the_four_beside_it():
    world = staged.bare()
    world.columns["hazard_cell"][0, 0] = 20 * staged.SIDE + 8
    picture = staged.painted(world)
    for x, y in ((8, 20), (7, 20), (9, 20), (8, 19), (8, 21)):
        assert (staged.cell(picture, x, y) != palette.GROUND).any(axis=-1).all()
    for x, y in ((7, 19), (9, 19), (7, 21), (9, 21), (6, 20)):
        assert (staged.cell(picture, x, y) == palette.GROUND).all()


def test_a_depot_shows_whether_it_is_open_and_what_is_in_demand():
    world = staged.bare()
    world.columns["door"][:] = 1
    world.columns["demand"][:] = PAIRS.index((1, 3))
    half = sizes_at(9).depot // 2
    row = column = 9 * 16 + 4
    picture = staged.painted(world)
    assert tuple(picture[row - half, column]) == tuple(palette.WHITE)
    assert tuple(picture[row, column - half // 2]) == tuple(palette.TYPES[1])
    assert tuple(picture[row, column + half // 2]) == tuple(palette.TYPES[3])
    world.columns["door"][0] = 0
    picture = staged.painted(world)
    assert tuple(picture[row - half, column]) == tuple(palette.SHUT)
    assert tuple(picture[row, column - half // 2]) == tuple(palette.SHUT)
    assert tuple(picture[row - half, column + 9 * 32]) == tuple(palette.WHITE)


def test_borders_lie_between_regions_and_brighter_ones_between_sectors():
    picture = staged.painted(staged.bare())
    assert tuple(picture[60, 9 * 32]) == tuple(palette.BORDERS[0])
    assert tuple(picture[60, 9 * 64]) == tuple(palette.BORDERS[1])
    assert tuple(picture[9 * 96, 60]) == tuple(palette.BORDERS[0])
    assert tuple(picture[60, 9 * 33]) == tuple(palette.GROUND)


def test_borders_follow_sectors_that_are_not_square():
    """Sectors of three by one regions: brighter borders every 96 cells along x, 32 along y."""
    world = Forage(HiveConfig(Size(384, 3, 1, 2, 2), ForageConfig()))
    world.reset(seed=0)
    picture = paint_map(world, view_of(world, width=9 * 192, channel=None))[0]
    assert world.config.region_side == 32
    assert tuple(picture[60, 9 * 32]) == tuple(palette.BORDERS[0])
    assert tuple(picture[60, 9 * 96]) == tuple(palette.BORDERS[1])
    assert tuple(picture[9 * 32, 60]) == tuple(palette.BORDERS[1])


@pytest.mark.parametrize("kind", range(4))
def test_a_typed_trail_fills_its_map_cell_with_its_hue(kind):
    world = staged.bare()
    world.columns["trail"][0, Plane.RESOURCE + kind, 8 * 2 + 5] = 65_535
    shown = staged.painted(world, channel="resource")
    apart = (shown != staged.painted(world)).any(axis=-1)
    assert apart[9 * 8 : 9 * 12, 9 * 20 : 9 * 24].all()
    assert apart.sum() == 36 * 36
    got = shown[9 * 8 + 2, 9 * 20 + 2].astype(int)
    share = palette.TRAIL_STRENGTH[Channel.RESOURCE] / 255
    wanted = palette.GROUND + share * (palette.TYPES[kind] - palette.GROUND.astype(int))
    assert np.abs(got - wanted).max() <= 1
    assert (staged.painted(world, channel="resource", types=[(kind + 1) % 4]) == shown).all(
        axis=-1
    ).sum() == apart.size - apart.sum()


@pytest.mark.parametrize("name", ["danger", "congestion", "exploration"])
def test_a_channel_shows_its_own_plane_and_no_other(name):
    world = staged.bare()
    plain = staged.painted(world)
    for plane in range(7):
        world.columns["trail"][:] = 0
        world.columns["trail"][3, plane, 9] = 30_000
        changed = (staged.painted(world, channel=name) != plain).any()
        assert changed == (plane == int(Plane[name.upper()]))


def test_a_stronger_trail_is_brighter():
    world = staged.bare()
    seen = []
    for level in (0, 300, 3_000, 30_000):
        world.columns["trail"][0, Plane.CONGESTION, 40] = level
        seen.append(int(staged.painted(world, channel="congestion").sum()))
    assert seen == sorted(set(seen))


def test_types_leave_out_the_sites_and_specialists_of_the_others():
    world = staged.bare()
    staged.put_worker(world, 0, 40, 40, kind=0)
    staged.put_worker(world, 1, 44, 40, kind=2)
    staged.put_site(world, 0, 9, 25, 0, 32)
    staged.put_site(world, 1, 20, 25, 2, 32)
    picture = staged.painted(world, types=[2])
    assert (staged.cell(picture, 40, 40) == palette.GROUND).all()
    assert (staged.cell(picture, 9, 25) == palette.GROUND).all()
    assert staged.centre(picture, 44, 40) == tuple(palette.TYPES[2])
    assert (staged.cell(picture, 20, 25) != palette.GROUND).any()


def test_a_world_of_a_batch_shows_its_own_state():
    """Workers, sites, hazards, depots and trails of the second world are not in the first."""
    worlds = staged.bare(worlds=2)
    columns, first = worlds.columns, worlds.config.size.regions
    columns["door"][:first], columns["door"][first:] = 1, 0
    staged.put_worker(worlds, worlds.workers + 3, 40, 40, kind=1)
    columns["site_stock"][first, 0], columns["site_cell"][first, 0] = 32, 25 * 32 + 9
    columns["hazard_cell"][first, 0] = 25 * 32 + 20
    columns["trail"][first, Plane.DANGER, 0] = 60_000
    here, there = (staged.painted(worlds, world=world, channel="danger") for world in (0, 1))
    for x, y in ((40, 40), (9, 25), (20, 25), (3, 3)):
        assert (staged.cell(here, x, y) == palette.GROUND).all()
        assert (staged.cell(there, x, y) != palette.GROUND).any()
    assert staged.shows(here, palette.SHUT) == staged.shows(there, palette.WHITE) == 0
    density = [
        density_of(worlds, replace(density_view(0, 0, 128, 128), world=w))[0] for w in (0, 1)
    ]
    assert [int(one[..., :7].sum()) for one in density] == [0, 33]


def test_an_area_is_that_part_of_the_whole_magnified():
    world = staged.bare()
    staged.put_worker(world, 0, 40, 40, kind=1)
    part = staged.painted(world, width=36 * 9, area=(32, 28, 68, 64))
    assert part.shape == (36 * 9, 36 * 9, 3)
    whole = staged.painted(world)
    assert (part[15:, 15:] == whole[9 * 28 + 15 : 9 * 64, 9 * 32 + 15 : 9 * 68]).all()


def test_a_layer_of_a_deep_world_hides_the_others_and_above_shows_all():
    world = staged.bare(depth=3)
    side = world.config.region_side
    for row, z in enumerate((0, 2)):
        staged.put_worker(world, row, 2 * side + 4 + 3 * row, 2 * side + 5, kind=1)
        world.columns["z"][row] = z * 4096 + 2048
    world.columns["site_cell"][0, 0] = (1 * side + 5) * side + 4
    world.columns["site_stock"][0, 0] = 32
    world.columns["trail"][0, Plane.DANGER, 0] = 60_000
    places = ((2 * side + 4, 2 * side + 5), (2 * side + 7, 2 * side + 5), (4, 5), (3, 3))
    for layer, seen in ((None, "1111"), (0, "1001"), (1, "0011"), (2, "0101")):
        picture = staged.painted(world, width=9 * 4 * side, layer=layer, channel="danger")
        drawn = [(staged.cell(picture, *at) != palette.GROUND).any() for at in places]
        assert "".join(str(int(one)) for one in drawn) == seen


def test_the_order_of_rows_does_not_show():
    world = staged.nano()
    for _ in range(30):
        world.step(world.decide("reflex"))
    before = staged.painted(world, channel="resource")
    world.permute(np.random.default_rng(5).permutation(world.workers))
    assert (staged.painted(world, channel="resource") == before).all()


def test_the_density_sums_to_the_workers_stock_and_hazards_of_the_world():
    world = staged.nano()
    for _ in range(60):
        world.step(world.decide("reflex"))
    density, tally = density_of(world, density_view(0, 0, 128, 128))
    columns = world.columns
    failed = int((columns["health"] == 1).sum())
    carrying = int(((columns["cargo"] > 0) & (columns["health"] == 0)).sum())
    sums = density.sum(axis=(0, 1))
    assert sums[:3].tolist() == [512 - failed - carrying, carrying, failed]
    stock = [columns["site_stock"][columns["site_type"] == kind].sum() for kind in range(4)]
    assert sums[3:7].tolist() == stock
    assert sums[7] == columns["hazard_cell"].size
    assert tally[:4].sum() == 512 - failed
    assert tally[kernels.TALLY_CARRYING:].tolist() == [carrying, failed]  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 127), st.integers(1, 127))
def test_the_densities_of_the_parts_of_a_world_sum_to_that_of_the_whole(x, y):
    """However a world is cut, every worker, site and hazard is in exactly one part."""
    world = _shared()
    whole = density_of(world, density_view(0, 0, 128, 128))[0].sum(axis=(0, 1))
    parts = [
        density_of(world, density_view(*area))[0].sum(axis=(0, 1))
        for area in ((0, 0, x, y), (x, 0, 128, y), (0, y, x, 128), (x, y, 128, 128))
    ]
    assert (sum(parts) == whole).all()


@lru_cache(maxsize=1)
def _shared():
    return staged.nano()


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, (1 << 29) - 1), st.integers(0, 1 << 16), st.integers(1, 1 << 17),
    st.integers(1, 8_192),
)  # fmt: skip
def test_the_pixel_of_a_position_is_the_exact_quotient(position, first, span, pixels):
    """The kernel divides doubles; the quotient must be that of whole numbers."""
    exact = (position - first * 4096) * pixels // (span * 4096)
    assert kernels.pixel_at(position, first, span, pixels) == exact


def test_a_density_shows_workers_where_they_stand():
    world = staged.bare()
    world.columns["door"][:] = 0
    for row in range(40):
        staged.put_worker(world, row, 40, 100, kind=1, failed=True)
    image, _ = paint_map(world, density_view(0, 0, 128, 128))
    assert (image[25, 10] == palette.FAILED).all()
    assert (image[25, 20] == palette.GROUND).all()


def test_the_ground_is_lighter_where_a_depot_too_small_to_draw_is_open():
    world = staged.bare()
    world.columns["door"][:] = 0
    world.columns["door"][2] = 1
    image, _ = paint_map(world, density_view(0, 0, 128, 128))
    at_x, at_y = (int(world.columns[name][2]) // 4 for name in ("region_x0", "region_y0"))
    lit = np.argwhere((image == palette.OPEN_GROUND).all(axis=-1))
    assert len(lit) > 50
    assert (lit[:, 0] // 8 == at_y // 8).all()
    assert (lit[:, 1] // 8 == at_x // 8).all()


def test_a_view_of_fewer_pixels_than_cells_is_a_density():
    world = staged.bare()
    assert view_of(world, width=320).by_glyph
    assert not density_view(0, 0, 128, 128).by_glyph


def test_regions_of_a_few_pixels_are_areas_of_one_hue_each():
    """Sixteen pixels for four regions across: each is four wide, and all its workers count."""
    world = staged.bare()
    world.columns["door"][:] = 0
    for row in range(100):
        staged.put_worker(world, row, 64 + row % 32, 96 + row // 32, kind=1, failed=True)
    image, tally = paint_map(world, density_view(0, 0, 128, 128, 16))
    blocks = image.reshape(4, 4, 4, 4, 3).swapaxes(1, 2)
    assert (blocks == blocks[:, :, :1, :1]).all()
    failed = (blocks[:, :, 0, 0] == palette.FAILED).all(axis=-1)
    assert np.argwhere(failed).tolist() == [[3, 2]]
    assert tally[kernels.TALLY_FAILED] == 100


def test_a_part_of_a_world_of_areas_is_cut_from_the_whole():
    world = staged.nano()
    whole, _ = paint_map(world, density_view(0, 0, 128, 128, 16))
    part, _ = paint_map(world, density_view(64, 32, 128, 96, 8))
    assert (part == whole[4:12, 8:]).all()
