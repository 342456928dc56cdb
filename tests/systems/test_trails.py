"""The stigmergy map: deposits, evaporation, diffusion, and reading it across borders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from systems.worlds import SMALL, TINY, alone, cells, members, picture, put, settle, standing, world

from hive_env.enums import Boundary, Channel, Event, Health, Plane
from hive_env.systems import trails

TRAIL = st.integers(0, 65_535)
DEPOSIT = members("deposit")
EVAPORATE = alone("evaporate")
DIFFUSE = alone("diffuse")
SPREAD = alone("spread")


@given(cap=st.integers(1, 65_535), old=TRAIL, amounts=st.lists(TRAIL, max_size=12), data=st.data())
@settings(deadline=None, max_examples=60)
def test_deposits_saturate_at_the_cap_in_any_order_and_never_wrap(cap, old, amounts, data):
    old = min(old, cap)
    shuffled = data.draw(st.permutations(amounts))
    for order in (amounts, shuffled):
        trail = np.full((1, 7, 3), 7, np.uint16)
        trail[0, 2, 1] = old
        for amount in order:
            trails.add_trail(0, 2, 1, amount, cap, trail)
        assert trail[0, 2, 1] == min(cap, old + sum(amounts))
        trail[0, 2, 1] = 7
        assert (trail == 7).all(), "a neighbouring trail changed"


@pytest.mark.parametrize("load", range(5))
@pytest.mark.parametrize("kind", range(4))
def test_a_resource_deposit_goes_to_the_plane_of_the_cargo_else_of_the_kind(load, kind):
    expected = Plane.RESOURCE + (load - 1 if load else kind)
    assert trails.plane_of(int(Channel.RESOURCE), load, kind) == expected
    assert trails.plane_of(int(Channel.DANGER), load, kind) == Plane.DANGER
    assert trails.plane_of(int(Channel.CONGESTION), load, kind) == Plane.CONGESTION
    assert trails.plane_of(int(Channel.EXPLORATION), load, kind) == Plane.EXPLORATION


@pytest.mark.jitless
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("resolution", [1, 2, 4])
@pytest.mark.parametrize("depth", [1, 3])
def test_a_ticks_deposits_to_a_cell_add_up(seed, resolution, depth):
    """All traces of `deposit` against sums made with NumPy, on crowded cells."""
    hive = world(trail_resolution=resolution, depth=depth, trail_cap=40_000)
    rng = np.random.default_rng(seed)
    c, n = hive.columns, hive.workers
    across = 2 * hive.config.region_side
    at_x, at_y = rng.integers(0, across, (2, n)) // 6 * 6
    put(hive, np.arange(n), at_x, at_y, depth - 1)
    c["health"][:] = rng.choice([0, 0, 1], n)
    c["cargo"][:] = rng.integers(0, 5, n)
    settle(hive)
    c["event"][:] = rng.choice([0, int(Event.HAZARD), int(Event.SLOWED), int(Event.REPAIRED)], n)
    c["trail"][...] = rng.integers(0, 40_001, c["trail"].shape)
    actions = np.stack([rng.integers(0, 8, n), rng.integers(0, 5, n)], 1).astype(np.uint8)
    expected = c["trail"].astype(np.int64)
    side, map_side = hive.config.region_side, hive.config.region_side // resolution
    cell = cells(hive)
    tile = cell // (side * side) // resolution * map_side * map_side
    tile += cell // side % side // resolution * map_side + cell % side // resolution
    for row, region in enumerate(standing(hive)):
        alive, event = c["health"][row] == Health.ALIVE, int(c["event"][row])
        added = np.zeros(7, np.int64)
        added[Plane.DANGER] += 16_384 * (not alive or bool(event & Event.HAZARD))
        added[Plane.CONGESTION] += 1_024 * alive
        added[Plane.EXPLORATION] += 2_048 * alive
        if alive and actions[row, 1] and not event & (Event.SLOWED | Event.REPAIRED):
            load = int(c["cargo"][row]) - 1 if c["cargo"][row] else int(c["specialist"][row])
            plane = {1: 0, 2: 1 + load, 3: 5, 4: 6}[int(actions[row, 1])]
            added[plane] += 4_096
        expected[region, :, tile[row]] += added
    hive.run_pass(DEPOSIT, action=actions)
    np.testing.assert_array_equal(c["trail"], np.minimum(expected, 40_000))


@njit
def fade(rates, trail):
    """Let every trail of one region fade."""
    for plane in range(trail.shape[1]):
        for spot in range(trail.shape[2]):
            trails.evaporate(0, plane, spot, rates, trail)


@pytest.mark.parametrize("rate", [0, 1, 2, 655, 1966, 6554, 13_107, 32_768, 65_535, 65_536])
def test_evaporation_takes_the_rate_rounded_up_from_every_possible_trail(rate):
    levels = np.arange(65_536, dtype=np.int64)
    trail = np.broadcast_to(levels.astype(np.uint16), (1, 7, 65_536)).copy()
    rates = np.zeros(7, np.uint32)
    rates[3] = rate
    fade(rates, trail)
    np.testing.assert_array_equal(trail[0, 3], levels - -(-levels * rate // 65_536))
    np.testing.assert_array_equal(trail[0, 4], levels)


@pytest.mark.jitless
def test_evaporation_ends_at_exactly_zero_and_each_plane_has_its_own_rate():
    hive = world(evaporation_rate=(0.5, 0.25, 1.0, 0.0))
    hive.columns["trail"][...] = 65_535
    for _ in range(60):
        hive.run_pass(EVAPORATE)
    trail = hive.columns["trail"]
    assert (trail[:, :6] == 0).all()
    assert (trail[:, 6] == 65_535).all()


def diffused(whole, share, torus):
    """One diffusion of a whole plane (Z, Y, X), written independently."""
    given_away = whole * share >> 16
    result = whole.copy()
    for axis in range(3) if whole.shape[0] > 1 else (1, 2):
        for sign in (1, -1):
            arriving = np.roll(given_away, sign, axis)
            leaving = given_away.copy()
            if not torus or axis == 0:
                edge = [slice(None)] * 3
                edge[axis] = 0 if sign == 1 else -1
                arriving[tuple(edge)] = 0
                edge[axis] = -1 if sign == 1 else 0
                leaving[tuple(edge)] = 0
            result += arriving - leaving
    return result


SHAPES = [
    (TINY, 1, 1, 0.4),
    (TINY, 4, 1, 1.0),
    (SMALL, 2, 1, 0.7),
    (TINY, 2, 3, 0.5),
    (TINY, 1, 3, 1.0),
]


@pytest.mark.jitless
@pytest.mark.parametrize(("size", "resolution", "depth", "fraction"), SHAPES)
@pytest.mark.parametrize("torus", [0, 1])
def test_diffusion_keeps_the_sum_across_borders_and_at_edges(
    size, resolution, depth, fraction, torus
):
    """Against a diffusion of the whole plane that knows of no regions."""
    hive = world(
        size,
        trail_resolution=resolution,
        depth=depth,
        diffusion_fraction=fraction,
        boundary=Boundary(torus),
    )
    c = hive.columns
    rng = np.random.default_rng(torus)
    c["trail"][...] = rng.integers(0, 65_530, c["trail"].shape)
    side = hive.config.region_side // resolution
    before = [picture(hive, c["trail"][:, p], side).astype(np.int64) for p in range(7)]
    hive.run_pass(DIFFUSE)
    hive.run_pass(SPREAD)
    share = int(hive.blueprint.constants["diffusion_share"])
    for plane in range(7):
        after = picture(hive, c["trail"][:, plane], side).astype(np.int64)
        assert after.sum() == before[plane].sum()
        np.testing.assert_array_equal(after, diffused(before[plane], share, torus))


@pytest.mark.parametrize(("depth", "resolution"), [(1, 1), (3, 1), (8, 2), (4, 4), (2, 4)])
def test_the_diffusion_fraction_is_what_a_cell_gives_to_all_its_neighbours(depth, resolution):
    hive = world(depth=depth, trail_resolution=resolution, diffusion_fraction=0.6)
    neighbours = 6 if hive.blueprint.constants["map_depth"] > 1 else 4
    given_away = hive.blueprint.constants["diffusion_share"] * neighbours / 65_536
    assert given_away == pytest.approx(0.6, abs=1e-4)


def test_no_trail_gives_away_more_than_it_has():
    """For every level, at the largest fraction, in the plane and in space."""
    level = np.arange(65_536, dtype=np.int64)
    for depth, neighbours in ((1, 4), (8, 6)):
        hive = world(depth=depth, diffusion_fraction=1.0)
        share = int(hive.blueprint.constants["diffusion_share"])
        assert (neighbours * (level * share >> 16) <= level).all()


def test_diffusion_stops_at_the_cap():
    """A share is rounded down: a cell a little below its neighbours gets more than it gives."""
    hive = world(trail_resolution=4, diffusion_fraction=0.8, trail_cap=1_001)
    hive.columns["trail"][...] = 1_001
    hive.columns["trail"][0, 0, 4] = 1_000
    hive.run_pass(DIFFUSE)
    hive.run_pass(SPREAD)
    assert hive.columns["trail"].max() == 1_001


def test_diffusion_waits_for_its_period():
    hive = world(diffusion_fraction=0.8, diffusion_period=8)
    hive.columns["tick"][:] = 3
    hive.columns["trail"][0, 1, 4] = 60_000
    before = hive.columns["trail"].copy()
    hive.run_pass(DIFFUSE)
    hive.run_pass(SPREAD)
    np.testing.assert_array_equal(hive.columns["trail"], before)


@pytest.mark.jitless
@pytest.mark.parametrize("torus", [0, 1])
@pytest.mark.parametrize("depth", [1, 2])
def test_a_trail_is_read_alike_on_both_sides_of_a_border(torus, depth):
    """Every map cell of every region, and one beyond each edge; -1 beyond a wall."""
    hive = world(boundary=Boundary(torus), trail_resolution=4, depth=4 * depth)
    c, size = hive.columns, hive.config.size
    side = hive.config.region_side // 4
    c["trail"][...] = np.random.default_rng(0).integers(0, 65_536, c["trail"].shape)
    whole = picture(hive, c["trail"][:, 2], side).astype(np.int64)
    if torus:
        padded = np.pad(whole, ((0, 0), (1, 1), (1, 1)), mode="wrap")
    else:
        padded = np.pad(whole, ((0, 0), (1, 1), (1, 1)), constant_values=-1)
    padded = np.pad(padded, ((1, 1), (0, 0), (0, 0)), constant_values=-1)
    for place in range(size.regions):
        x0, y0 = c["region_x0"][place] // 4, c["region_y0"][place] // 4
        for z in range(-1, depth + 1):
            for y in range(-1, side + 1):
                for x in range(-1, side + 1):
                    got = trails.trail_at(
                        place, 0, size.regions, x, y, z, side, depth, c["neighbour"], 2, c["trail"]
                    )
                    assert got == padded[z + 1, y0 + y + 1, x0 + x + 1]


def test_a_lone_trail_that_spreads_altogether_does_not_wrap():
    """A level at which six rounded shares come near the whole."""
    hive = world(depth=3, trail_resolution=1, diffusion_fraction=1.0)
    side = hive.config.region_side
    cell = (side + 3) * side + 3
    hive.columns["trail"][0, 1, cell] = 32_771
    hive.run_pass(DIFFUSE)
    hive.run_pass(SPREAD)
    assert hive.columns["trail"][0, 1, cell] <= 6
    assert hive.columns["trail"].astype(np.int64).sum() == 32_771
