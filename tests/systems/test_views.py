"""Views: every feature against an independent reference, and within its declared range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples, seeds, sizes, tasks
from systems.reference_views import views
from systems.worlds import ABOVE, CLOCKS, TINY, march, random_actions, random_orders, world

from hive_env.config import HiveConfig
from hive_env.faults import Faults
from hive_env.offices import presets
from hive_env.scenarios.forage import Forage
from hive_env.sizes import SIZES, Size
from hive_env.systems import views as rules

TWO_HIVES = Size(100, 2, 2, 2, 1, 2, 1)
LIVELY = {
    "fault_mean_ticks": 20,
    "hazards_per_region": 12,
    "sites_per_region": 60,
    "detection": 0.5,
    "demand_ticks": 12,
    "door_ticks": 12,
    "season_ticks": 12,
    **CLOCKS,
}


def check(hive):
    for level in ABOVE:
        expected = views(hive, level)
        got = np.full(expected.shape, 7, np.float32)
        hive.observe(got, level)
        assert hive.observe(level=level).dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=0, err_msg=level)


@pytest.mark.jitless
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("orders", ["priorities", "squads"])
def test_every_feature_is_what_the_reference_computes(depth, orders):
    """In a batch at different ticks, with regions adopted, under random orders."""
    hive = world(TWO_HIVES, worlds=2, max_span=6, depth=depth, orders=orders, **LIVELY)
    rng = np.random.default_rng(depth)
    hive.reparent(0, 1)
    hive.reparent(9, 2, world=1)
    check(hive)
    for tick in range(9):
        hive.step(random_actions(hive, rng), random_orders(hive, rng))
        if tick == 2:
            hive.reset(worlds=np.array([True, False]))
            hive.reparent(4, 0)
        check(hive)


def test_the_reference_agrees_while_a_world_is_played():
    hive = world(SIZES["nano"], worlds=2, **{**LIVELY, "sites_per_region": 12})
    seen = set()
    for _ in range(60):
        march(hive, 3)
        check(hive)
        for level in ABOVE:
            seen |= {(level, int(at)) for at in hive.observe(level=level).any(axis=0).nonzero()[0]}
    features = {level: len(hive.levels[level].features) for level in ABOVE}
    dark = {(level, at) for level in ABOVE for at in range(features[level])} - seen
    names = {hive.levels[level].features[at].name for level, at in dark}
    never = {name for name in names if not name.endswith(("adopted", "hold"))}
    assert never == set(), "all that can be seen under the hierarchy has been seen"


@pytest.mark.jitless
@settings(max_examples=examples(12), deadline=None)
@given(size=sizes, task=tasks, seed=seeds)
def test_every_feature_of_every_level_is_within_its_declared_range(size, task, seed):
    hive = Forage(HiveConfig(size, task))
    hive.reset(seed)
    rng = np.random.default_rng(seed % 2**32)
    for _ in range(5):
        for level, played in hive.levels.items():
            seen = hive.observe(level=level).astype(np.float64)
            assert seen.shape == (played.seats, len(played.features))
            assert np.isfinite(seen).all()
            zero, scale, low, high = (
                np.array([getattr(feature, name) for feature in played.features])
                for name in ("zero", "scale", "low", "high")
            )
            value = np.float32((seen - zero) / scale)
            assert (value >= np.float32(low)).all()
            assert (value <= np.float32(high)).all()
        hive.step(random_actions(hive, rng), random_orders(hive, rng))


@given(count=st.integers(0, 2**24 - 2), scale=st.floats(1, 2**20))
@settings(deadline=None)
def test_a_ratio_is_from_zero_to_one_and_grows_with_the_count(count, scale):
    got = rules.ratio(count, scale)
    assert 0 <= got <= 1
    assert (got == 0) == (count == 0)
    assert rules.ratio(2 * count + 1, scale) >= got
    if count:
        assert got == pytest.approx(count / (count + scale), rel=1e-6)


@pytest.mark.parametrize("level", ABOVE)
def test_the_names_of_the_features_differ_and_their_number_is_the_width(level):
    for size in (TINY, SIZES["v0"], TWO_HIVES):
        hive = Forage(HiveConfig(size))
        played = hive.levels[level]
        names = [feature.name for feature in played.features]
        width = {
            "manager": 128,
            "governor": 16 * size.sector_regions + 8,
            "orchestrator": 16 * size.hive_sectors + 5,
        }[level]
        assert len(set(names)) == len(names) == width


def test_a_named_feature_is_where_its_name_says():
    """The groups' first places in the views, by the names that `levels` gives them."""
    hive = Forage(HiveConfig(SIZES["nano"]))
    names = [feature.name for feature in hive.levels["manager"].features]
    for name, at in {
        "z0_stock_a": 0,
        "z3_crowd": 3 * rules.ZONE_WIDTH + 4,
        "z15_failed": 95,
        "demand_a": rules.DEMAND_AT,
        "census_a": rules.CENSUS_AT,
        "order_push": rules.PUSH_AT,
        "quota_a": rules.QUOTA_AT,
        "hit": rules.HIT_AT,
        "time_left": rules.TIME_AT,
        "squad_0_units": rules.SQUAD_AT,
        "asked_a": rules.ASKED_AT,
        "asked_nw": rules.QUADRANT_AT,
    }.items():
        assert names[at] == name
    assert len(names) == rules.MANAGER_WIDTH


def test_an_order_given_is_seen_below_at_the_next_tick():
    """Quotas by managers and governors, workforce orders by managers, priorities by workers."""
    hive = world(SIZES["nano"])
    given = {
        "orchestrator": [[3, 0, 1, 2]],
        "governor": np.tile([1, 2, 0, 1], (4, 1)),
        "manager": np.tile([2, 0, 1, 0, 4], (16, 1)),
    }
    hive.step(np.zeros((512, 2), np.uint8), given)
    seen = {level: hive.observe(level=level) for level in hive.levels}
    at = {
        level: {feature.name: at for at, feature in enumerate(hive.levels[level].features)}
        for level in hive.levels
    }

    def value(level, *names):
        return seen[level][:, [at[level][name] for name in names]]

    quotas = [f"quota_{kind}" for kind in "abcd"]
    for level in ("manager", "governor"):
        np.testing.assert_allclose(value(level, *quotas) * 3, [[3, 0, 1, 2]] * len(seen[level]))
    orders = value("manager", "order_push", "order_draw")
    np.testing.assert_array_equal(orders, [[1, 0], [0, 1], [0, 0], [1, 0]] * 4)
    goals = value("worker", *(f"goal_{kind}" for kind in "abcd"))
    assert (goals == [255, 0, 128, 0]).all()


def test_a_manager_is_shown_what_its_pay_goes_by():
    """With types that pay something out of demand, and quotas of all values."""
    hive = world(SIZES["nano"], demand_cold=600, sites_per_region=8)
    c, rng = hive.columns, np.random.default_rng(2)
    for _ in range(20):
        c["demand"][:] = rng.integers(0, 6, len(c["demand"]))
        c["quota"][:] = rng.integers(0, 4, c["quota"].shape)
        hive.resume()
        shown = hive.observe(level="manager")[:, rules.ASKED_AT : rules.ASKED_AT + 4]
        for kind in range(4):
            since = hive.counters("manager")
            c["picked"][:, kind] += 1
            matched = hive.components("manager", since)[:, 1] > 0
            np.testing.assert_array_equal(shown[:, kind] == 1, matched)


# --- what is told late ---------------------------------------------------------------------------

SILENT = replace(presets()["off"], practice_every=0, checkpoint_every=0.0)
"""Offices in which nothing happens by itself."""


def unreported(office):
    """A world in which nobody serves the role ``report`` of an office, and one in which all do.

    Both have played 64 ticks with it filled and 32 more; views of both levels above the managers
    then and now.
    """
    views = []
    role = [one.name for one in SILENT.roles].index("report")
    for vacant in (True, False):
        hive = world(SIZES["nano"], faults=Faults(offices=SILENT))
        march(hive, 64)
        then = {level: hive.observe(level=level).copy() for level in ABOVE[1:]}
        if vacant:
            hive.columns["role_holder"][office, role] = 0
            hive.columns["office_filled"][office] &= ~(1 << role) & 0xFFFF
        march(hive, 32)
        views.append((then, {level: hive.observe(level=level).copy() for level in ABOVE[1:]}))
    np.testing.assert_array_equal(views[0][0]["governor"], views[1][0]["governor"])
    return views[0][0], views[0][1], views[1][1]


def test_while_a_manager_does_not_report_those_above_keep_all_they_were_told_of_its_region():
    """Manager 6 is the third under governor 1. What a governor sees by itself is not late."""
    then, late, true = unreported(6)
    told, own = slice(16 * 2 + 5, 16 * 2 + 15), slice(16 * 2, 16 * 2 + 5)
    np.testing.assert_array_equal(late["governor"][1, told], then["governor"][1, told])
    assert (late["governor"][1, told] != true["governor"][1, told]).sum() > 5
    np.testing.assert_array_equal(late["governor"][1, own], true["governor"][1, own])
    others = np.ones(true["governor"].shape, bool)
    others[1, told] = False
    others[1, 16 * 5 + 7] = False  # ``units`` of all, after five slots
    np.testing.assert_array_equal(late["governor"][others], true["governor"][others])
    sectors = [one["orchestrator"][0, :64].reshape(4, 16) for one in (late, true)]
    np.testing.assert_array_equal(sectors[0][[0, 2, 3]], sectors[1][[0, 2, 3]])
    assert (sectors[0][1, [1, *range(12, 16)]] != sectors[1][1, [1, *range(12, 16)]]).any()


def test_while_a_governor_does_not_report_the_orchestrator_keeps_all_it_was_told_of_its_sector():
    then, late, true = unreported(16 + 1)
    np.testing.assert_array_equal(late["governor"], true["governor"])
    now = [one["orchestrator"][0, :64].reshape(4, 16) for one in (then, late, true)]
    np.testing.assert_array_equal(now[1][1], now[0][1])
    assert (now[1][1] != now[2][1]).sum() > 5
    np.testing.assert_array_equal(now[1][[0, 2, 3]], now[2][[0, 2, 3]])


def test_with_offices_that_all_report_views_are_those_without():
    plain, teams = (
        world(SIZES["nano"], faults=Faults(offices=one), max_span=5) for one in (None, SILENT)
    )
    for _ in range(6):
        for hive in (plain, teams):
            march(hive, 16)
        for level in ABOVE:
            seen, more = plain.observe(level=level), teams.observe(level=level)
            np.testing.assert_array_equal(seen, more[:, : seen.shape[1]])
    assert not len(plain.columns["reported"])
    assert not len(plain.columns["told"])
