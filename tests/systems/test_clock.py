"""Seasons, doors, demand and hazards: what happens whatever anybody does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import SMALL, TINY, alone, idle, random_actions, world

from hive_env.ecs import Pass, Unit
from hive_env.enums import PAIRS
from hive_env.random import below
from hive_env.sizes import SIZES, Size
from hive_env.systems import clock

DOORS = alone("turn_doors", Unit.SECTOR)
WEATHER = ("demand", "demand_until", "door", "season", "season_until", "hazard_cell")


@pytest.mark.parametrize("side", [1, 2, 3, 5])
@given(seed=st.integers(0, 2**63))
@settings(deadline=None, max_examples=15)
def test_exactly_half_the_depots_of_every_sector_are_shut(side, seed):
    """n // 2 of them, at each redraw."""
    hive = world(Size(25 * 12, side, side, 2, 1), seed=seed, worlds=2, door_ticks=7)
    c, regions = hive.columns, hive.config.size.regions
    for tick in (0, 7, 70):
        c["tick"][:] = tick * hive.blueprint.constants["door_ticks"]
        hive.run_pass(DOORS)
        for doors in c["door"].reshape(2, regions):
            shut = (doors[c["sector_regions"]] == 0).sum(axis=1)
            assert (shut == side * side // 2).all()


def test_doors_change_every_door_ticks_and_only_then():
    hive = world(SIZES["nano"], door_ticks=10)
    c = hive.columns
    previous, changes = c["door"].copy(), 0
    for tick in range(1, 61):
        hive.step(idle(hive))
        if tick % 10:
            np.testing.assert_array_equal(c["door"], previous)
        changes += bool((c["door"] != previous).any())
        previous = c["door"].copy()
    assert changes >= 4


def test_each_region_of_a_sector_is_shut_as_often_as_any_other():
    hive = world(Size(64, 2, 2, 1, 1), worlds=1000)
    shut = (hive.columns["door"].reshape(1000, 4) == 0).sum(axis=0)
    assert (abs(shut - 500) <= 5 * np.sqrt(1000 * 0.25)).all()


@given(mean=st.integers(1, 1 << 20), word=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_a_duration_lies_from_half_the_mean_to_one_and_a_half_times_it(mean, word):
    lasts = clock.lasting(mean, word)
    assert mean // 2 <= lasts < mean // 2 + mean
    assert clock.lasting(mean, 0) == mean // 2
    assert clock.lasting(mean, 2**32 - 1) == mean // 2 + mean - 1


SOME = st.sets(st.integers(0, 5), min_size=2)


@given(some=SOME, data=st.data(), tick=st.integers(1, 1 << 24), word=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_a_redraw_gives_another_of_the_pairs_that_there_are(some, data, tick, word):
    pair = data.draw(st.sampled_from(sorted(some)))
    after = clock.next_pair(pair, tick, word, sum(1 << one for one in some))
    assert after in some - {pair}


@given(some=SOME)
@settings(deadline=None)
def test_each_of_the_pairs_can_come_first_and_after_each_other_one(some):
    pairs = sum(1 << one for one in some)
    words = np.linspace(0, 2**32 - 1, 60).astype(np.int64).tolist()
    assert {clock.next_pair(0, 0, word, pairs) for word in words} == some
    for pair in some:
        assert {clock.next_pair(pair, 9, word, pairs) for word in words} == some - {pair}


@given(pair=st.integers(0, 5), word=st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_of_all_pairs_the_next_is_as_many_places_on_as_is_drawn(pair, word):
    """What worlds have drawn since their first version."""
    after = clock.next_pair(pair, 9, word, clock.EVERY_PAIR)
    assert after == (pair + 1 + below(word, len(PAIRS) - 1)) % len(PAIRS)


def test_a_region_asks_for_no_other_pairs_than_the_task_has():
    hive = world(SIZES["nano"], worlds=2, demand_ticks=8, demand_pairs=(1, 4))
    seen = set()
    for _ in range(60):
        seen |= set(hive.columns["demand"].tolist())
        hive.step(idle(hive))
    assert seen == {1, 4}


@pytest.mark.parametrize("name", ["demand", "season"])
def test_every_pair_comes_first_equally_often(name):
    hive = world(TINY, worlds=1500)
    first = hive.columns[name]
    counts = np.bincount(first, minlength=6)
    n = len(first)
    assert (abs(counts - n / 6) <= 5 * np.sqrt(n * 5 / 36)).all(), counts


@pytest.mark.parametrize(("name", "mean"), [("demand", 16), ("season", 12)])
def test_demand_and_season_last_as_documented_and_then_change(name, mean):
    hive = world(SIZES["nano"], worlds=2, **{f"{name}_ticks": mean})
    c = hive.columns
    since = np.zeros(len(c[name]), int)
    lengths = []
    previous = c[name].copy()
    for tick in range(1, 200):
        hive.step(idle(hive))
        changed = c[name] != previous
        lengths += (tick - since[changed]).tolist()
        since[changed] = tick
        previous = c[name].copy()
    assert min(lengths) >= mean // 2
    assert max(lengths) < mean // 2 + mean
    assert len(set(lengths)) > mean // 3
    spread = np.sqrt((mean**2 - 1) / 12 / len(lengths))
    assert abs(np.mean(lengths) - (mean // 2 + (mean - 1) / 2)) < 5 * spread + 1


@pytest.mark.parametrize("depth", [1, 3])
def test_hazards_keep_off_the_edge_and_move_one_cell_at_most(depth):
    hive = world(SMALL, hazards_per_region=9, hazard_period=3, depth=depth)
    c, side = hive.columns, hive.config.region_side

    def places():
        cell = c["hazard_cell"].astype(int)
        return np.array([cell // (side * side), cell // side % side, cell % side])

    before = places()
    assert before.shape[2] > 0
    moves = 0
    for tick in range(1, 120):
        hive.step(idle(hive))
        now = places()
        assert ((now[1:] >= 1) & (now[1:] <= side - 2)).all()
        assert ((now[0] >= 0) & (now[0] < depth)).all()
        step = abs(now - before)
        assert step[0].max() == 0
        assert step.max() <= 1
        assert tick % 3 == 0 or not step.any()
        moves += int(step.any(axis=0).sum())
        before = now
    assert moves > 0


def test_the_weather_does_not_depend_on_what_anybody_does():
    """Random workers and an expert who orders the workforce meet the same world."""
    hives = [
        world(SMALL, hazards_per_region=4, demand_ticks=20, door_ticks=15, season_ticks=25)
        for _ in "ab"
    ]
    rng = np.random.default_rng(0)
    for _ in range(100):
        hives[0].step(random_actions(hives[0], rng))
        hives[1].step(hives[1].decide("expert"))
        for name in WEATHER:
            np.testing.assert_array_equal(hives[0].columns[name], hives[1].columns[name])
    assert hives[0].state_hash() != hives[1].state_hash()


def test_worlds_and_regions_have_weather_of_their_own():
    hive = world(SIZES["nano"], worlds=3)
    demand = hive.columns["demand"].reshape(3, -1)
    assert len({row.tobytes() for row in demand}) == 3
    assert len(np.unique(demand[0])) > 1


@pytest.mark.jitless
def test_the_clock_counts_each_world():
    hive = world(TINY, worlds=2)
    hive.columns["tick"][:] = (4, 9)
    hive.run_pass(Pass("clock_alone", Unit.WORLD, alone("advance_clock", Unit.WORLD).steps))
    assert hive.columns["tick"].tolist() == [5, 10]
