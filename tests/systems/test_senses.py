"""Observations: each feature against an independent reference, and what nobody may see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.reference_senses import observations
from systems.worlds import SMALL, TINY, put, random_actions, settle, world

from hive_env.enums import Boundary, Event
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import OBSERVE
from hive_env.scenarios.forage.seats import WORKERS
from hive_env.sizes import SIZES, Size
from hive_env.systems import senses

PRIVATE = ("demand", "demand_until", "door", "season", "season_until", "region_value", "delivered")
NANO = SIZES["nano"]
DENSE = Size(48, 1, 1, 2, 2)
CASES = {
    "nano": (NANO, {}),
    "walls, fine map": (DENSE, {"trail_resolution": 1}),
    "torus, middling map": (DENSE, {"trail_resolution": 2, "boundary": Boundary.TORUS}),
    "torus, coarse map": (SMALL, {"trail_resolution": 4, "boundary": Boundary.TORUS}),
    "one region": (TINY, {"boundary": Boundary.TORUS, "trail_resolution": 4}),
    "space": (DENSE, {"depth": 3, "trail_resolution": 1}),
    "space on a torus": (DENSE, {"depth": 4, "trail_resolution": 2, "boundary": Boundary.TORUS}),
}


def scramble(hive, rng):
    """Put random but possible values into every column that a worker could sense."""
    c, n = hive.columns, len(hive.columns["id"])
    side, size = hive.config.region_side, hive.config.size
    depth = hive.config.forage.depth
    wide, high = side * size.regions_x, side * size.regions_y
    x, y = rng.integers(0, wide, n), rng.integers(0, high, n)
    edges = rng.random(n) < 0.4
    x[edges] = rng.choice([0, 1, side - 1, side, wide - 2, wide - 1], edges.sum())
    put(hive, np.arange(n), x, y, rng.integers(0, depth, n))
    c["health"][:] = rng.choice([0, 0, 0, 1], n)
    c["fatigue"][:] = rng.integers(0, 256, n)
    c["cargo"][:] = rng.integers(0, 5, n)
    c["specialist"][:] = rng.integers(0, 4, n)
    c["success"][:] = rng.integers(0, 3, n)
    c["task"][:] = rng.integers(0, 5, n)
    c["task_zone"][:] = rng.integers(0, 22, n)
    c["task_priority"][:] = rng.integers(0, 3, (n, 4)) @ 4 ** np.arange(4)
    c["home"][:] = rng.integers(0, size.regions, n)
    c["event"][:] = rng.choice([0, Event.BLOCKED, Event.SLOWED, Event.MOVED, Event.WORKED], n)
    levels = rng.integers(0, 65_536, c["trail"].shape)
    faint = rng.random(c["trail"].shape) < 0.5
    c["trail"][...] = np.where(faint, levels // 100, levels)
    full = hive.config.forage.site_stock
    c["site_stock"][...] = rng.choice([0, 1, full // 3, full], c["site_stock"].shape)
    c["tick"][:] = rng.integers(0, hive.config.episode_ticks + 40, hive.worlds)
    settle(hive)


@pytest.mark.parametrize("case", CASES)
@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=3)
def test_every_feature_is_what_the_reference_computes(case, seed):
    size, forage = CASES[case]
    hive = world(size, worlds=2, hazards_per_region=3, sites_per_region=60, **forage)
    scramble(hive, np.random.default_rng(seed))
    expected = observations(hive)
    np.testing.assert_array_equal(hive.observe(), expected)
    hive.permute(np.concatenate([np.arange(size.workers)[::-1] + k * size.workers for k in (0, 1)]))
    np.testing.assert_array_equal(hive.observe(), expected)


@pytest.mark.jitless
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("torus", [0, 1])
def test_the_reference_agrees_in_a_tiny_world(depth, torus):
    """With a site in every other cell, so that many are equally near."""
    hive = world(
        TINY,
        depth=depth,
        boundary=Boundary(torus),
        hazards_per_region=4,
        sites_per_region=500,
        site_stock=1000,
    )
    scramble(hive, np.random.default_rng(depth))
    np.testing.assert_array_equal(hive.observe(), observations(hive))


def test_the_reference_agrees_while_a_world_runs():
    hive = world(NANO, fault_mean_ticks=60, hazards_per_region=2)
    for tick in range(1, 61):
        hive.step(hive.decide("pheromone"))
        if tick % 20 == 0:
            np.testing.assert_array_equal(hive.observe(), observations(hive))


@pytest.mark.parametrize("column", PRIVATE)
def test_no_worker_sees_what_belongs_to_the_levels_above(column):
    """Demand is the managers' fact, doors the governors', the season the orchestrator's."""
    hive = world(NANO)
    for _ in range(20):
        hive.step(hive.decide("pheromone"))
    before = hive.observe()
    hive.columns[column][...] = np.random.default_rng(0).integers(0, 2, hive.columns[column].shape)
    np.testing.assert_array_equal(hive.observe(), before)
    inputs = {name for system in OBSERVE.systems() for name in system.parameters}
    assert column not in inputs


@pytest.mark.parametrize("chunk", [1, 40, 10_000])
def test_a_policy_decides_alike_whatever_the_chunk(chunk):
    """The observations of a chunk are those of `observe`, in another order."""
    hive = world(NANO, worlds=2, fault_mean_ticks=100, hazards_per_region=1)
    rng = np.random.default_rng(0)
    for _ in range(10):
        hive.step(random_actions(hive, rng))
        whole = hive.decide("pheromone", chunk=1 << 30)
        np.testing.assert_array_equal(hive.decide("pheromone", chunk=chunk), whole)


def test_the_rows_of_a_chunk_are_the_observations_of_its_workers():
    hive = world(NANO, worlds=2, fault_mean_ticks=100)
    rng = np.random.default_rng(0)
    for _ in range(10):
        hive.step(random_actions(hive, rng))
    by_id = hive.observe()
    c, seen = hive.columns, 0
    for first, last, base, count in hive.chunks(100):
        view = np.full((count, 64), 7, np.uint8)
        hive.run_units(
            WORKERS["reflex"][0],
            first,
            last,
            count,
            {"observation": view, "action": np.zeros((1024, 2), np.uint8), "dense_base": base},
        )
        rows = np.concatenate(
            [
                c["member"][c["member_first"][region] :][: c["member_stay"][region]]
                for region in range(first, last)
            ]
        )
        ids = rows // 512 * 512 + c["id"][rows]
        np.testing.assert_array_equal(view, by_id[ids])
        seen += count
    assert seen == 1024


@given(difference=st.integers(-65_535, 65_535))
@settings(deadline=None)
def test_a_slope_reads_alike_up_and_down(difference):
    assert senses.slope_byte(difference) - 128 == 128 - senses.slope_byte(-difference)
    assert abs(senses.slope_byte(difference) - 128) == min(abs(difference) // 256, 127)


@given(cells=st.integers(-400, 400))
@settings(deadline=None)
def test_a_way_is_told_exactly_nearby_and_never_too_long(cells):
    byte = senses.way_byte(cells)
    assert byte - 128 == 128 - senses.way_byte(-cells)
    assert senses.way_byte(cells + 1) >= byte
    told = senses.cells_of(byte)
    assert told * cells >= 0
    short = abs(cells) - abs(told)
    assert short == 0 if abs(cells) <= 32 else 0 <= short <= max(7, abs(cells) - 200)


@given(data=st.data(), extent=st.integers(8, 1 << 17))
@settings(deadline=None)
def test_on_a_torus_the_way_is_the_shorter_one(data, extent):
    offset = data.draw(st.integers(1 - extent, extent - 1))
    way = senses.way(offset, extent, 1)
    assert (way - offset) % extent == 0
    assert abs(way) <= extent / 2
    assert senses.way(offset, extent, 0) == offset


@pytest.mark.parametrize(
    "out",
    [np.zeros((16, 63), np.uint8), np.zeros((16, 64)), np.zeros((64, 16), np.uint8).T],
    ids=["width", "dtype", "order"],
)
def test_a_buffer_that_does_not_fit_is_refused(out):
    with pytest.raises(ArgumentError, match=r"^out: expected a writeable C-contiguous uint8"):
        world(TINY).observe(out)


def test_observing_changes_no_state():
    hive = world(TINY)
    before = hive.state_hash()
    hive.observe()
    assert hive.state_hash() == before
