"""Reports: what a manager is told, against counts made another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import (
    CLOCKS,
    SMALL,
    TINY,
    cells,
    command,
    idle,
    place_site,
    put,
    random_actions,
    settle,
    standing,
    verbs,
    world,
)

from hive_env.enums import Event, Health, Verb
from hive_env.scenarios.forage.tick import COUNT
from hive_env.sizes import SIZES
from hive_env.systems import reports
from hive_env.systems.orders import squad_of


def told(hive):
    """The counts of the last report."""
    names = ("zone_crowd", "zone_failed", "census", "laden", "hit", "stock_seen")
    return {name: hive.columns[name].copy() for name in names}


def recounted(hive):
    """The same, from positions and conditions alone."""
    c, side = hive.columns, hive.config.region_side
    region, cell = standing(hive), cells(hive) % side**2
    zone = cell // side // (side // 4) * 4 + cell % side // (side // 4)
    alive, failed = c["health"] == Health.ALIVE, c["health"] == Health.FAILED
    out = {
        "zone_crowd": np.zeros(c["zone_crowd"].shape, int),
        "zone_failed": np.zeros(c["zone_crowd"].shape, int),
        "census": np.zeros(c["census"].shape, int),
    }
    np.add.at(out["zone_crowd"], (region[alive], zone[alive]), 1)
    np.add.at(out["zone_failed"], (region[failed], zone[failed]), 1)
    np.add.at(out["census"], (region[alive], c["specialist"][alive].astype(int)), 1)
    regions = len(c["laden"])
    out["laden"] = np.bincount(region[alive & (c["cargo"] > 0)], minlength=regions)
    hit = (c["event"] & Event.HAZARD) != 0
    out["hit"] = np.bincount(region[alive & hit], minlength=regions)
    seen = np.where(c["site_known"] == 1, c["site_stock"], 0)
    out["stock_seen"] = np.stack(
        [np.where(c["site_type"] == kind, seen, 0).sum(axis=1) for kind in range(4)], axis=1
    )
    return out


def check(hive):
    for name, expected in recounted(hive).items():
        np.testing.assert_array_equal(hive.columns[name], expected, err_msg=name)


# --- counts ------------------------------------------------------------------------------------


@pytest.mark.jitless
@pytest.mark.parametrize("depth", [1, 3])
def test_a_report_counts_who_stands_where_at_every_decision_and_not_between(depth):
    hive = world(
        TINY, worlds=2, depth=depth, fault_mean_ticks=20, hazards_per_region=20,
        sites_per_region=200, detection=0.3, manager_period=3, governor_period=3,
        orchestrator_period=3,
    )  # fmt: skip
    check(hive)
    before = told(hive)
    for tick in range(1, 13):
        hive.step(hive.decide("scripted"), command(hive))
        if tick % 3 == 0:
            check(hive)
            before = told(hive)
        else:
            for name, count in told(hive).items():
                np.testing.assert_array_equal(count, before[name])


def test_reports_hold_through_an_episode_in_which_much_happens():
    hive = world(
        SIZES["nano"], worlds=2, fault_mean_ticks=50, hazards_per_region=3, detection=0.2, **CLOCKS
    )
    seen = set()
    for tick in range(1, 121):
        hive.step(hive.decide("scripted"), command(hive))
        if tick % 2 == 0:
            check(hive)
            seen |= {name for name, count in told(hive).items() if count.any()}
    assert seen == set(told(hive)), "there was something of everything to count"


def test_each_world_of_a_batch_reports_at_its_own_ticks():
    hive = world(TINY, worlds=2, **CLOCKS)
    hive.step(idle(hive))
    hive.reset(worlds=np.array([True, False]))
    before = told(hive)["zone_crowd"]
    hive.step(verbs(hive, Verb.EAST))
    hive.step(verbs(hive, Verb.EAST))
    hive.step(verbs(hive, Verb.EAST))
    expected = recounted(hive)["zone_crowd"]
    assert (hive.columns["zone_crowd"][4:] == expected[4:]).all()
    assert (hive.columns["zone_crowd"][:4] != expected[:4]).any()
    assert before.sum() == 32


@given(side=st.integers(2, 40).map(lambda quarter: 4 * quarter), data=st.data())
@settings(deadline=None)
def test_a_zone_is_a_quarter_of_a_side_in_each_direction_whatever_the_depth(side, data):
    x, y = (data.draw(st.integers(0, side - 1)) for _ in range(2))
    layer = data.draw(st.integers(0, 3))
    zone = reports.zone_of((layer * side + y) * side + x, side)
    assert zone == int(y / (side / 4)) * 4 + int(x / (side / 4))


# --- deliveries --------------------------------------------------------------------------------


@pytest.mark.jitless
def test_deliveries_between_two_reports_are_told_by_type_and_by_squad():
    hive = world(TINY, worlds=2, sites_per_region=300, **CLOCKS)
    c = hive.columns
    for row in range(32):
        region = row // 16 * 4 + int(c["home"][row])
        put(hive, row, c["region_x0"][region % 4] + 6, c["region_y0"][region % 4] + 6)
    settle(hive)
    rng = np.random.default_rng(0)
    by_type, by_squad = np.zeros((8, 4), int), np.zeros((8, 8), int)
    for tick in range(1, 13):
        c["cargo"][:] = rng.integers(0, 5, 32)
        load, actions = c["cargo"].astype(int), verbs(hive, rng.choice([6, 6, 0], 32))
        hive.step(actions)
        for row in np.flatnonzero(c["event"] & Event.DELIVERED):
            region = row // 16 * 4 + int(c["home"][row])
            by_type[region, load[row] - 1] += 1
            by_squad[region, squad_of(int(c["id"][row]), 16, 4)] += 1
        if tick % 2 == 0:
            np.testing.assert_array_equal(c["lately"], by_type)
            np.testing.assert_array_equal(c["squad_lately"], by_squad)
            assert by_type.sum() == by_squad.sum() > 0
            by_type[...], by_squad[...] = 0, 0


def test_every_unit_delivered_is_told_in_one_report():
    hive = world(SMALL, sites_per_region=100, **CLOCKS)
    total = np.zeros((4, 4), int)
    for tick in range(1, 101):
        hive.step(hive.decide("scripted"), command(hive))
        if tick % 2 == 0:
            total += hive.columns["lately"]
            np.testing.assert_array_equal(total, hive.columns["delivered"])
    assert total.any()


# --- what is known of sites --------------------------------------------------------------------


def test_without_detection_a_manager_knows_the_sites_where_somebody_picked():
    hive = world(SMALL, detection=0.0, sites_per_region=60, site_stock=3, fault_mean_ticks=50)
    c = hive.columns
    known = np.zeros(c["site_known"].shape, bool)
    generation = c["site_generation"].copy()
    assert not c["site_known"].any()
    for _ in range(150):
        stock = c["site_stock"].copy()
        hive.step(hive.decide("reflex"))
        known |= c["site_stock"] < stock
        fresh = c["site_generation"] != generation
        known[fresh] = False
        generation = c["site_generation"].copy()
        np.testing.assert_array_equal(c["site_known"] == 1, known)
    assert known.any()
    assert (generation > 1).any()


@pytest.mark.jitless
def test_a_pick_tells_the_manager_of_the_region_where_the_site_is():
    hive = world(TINY, detection=0.0, **CLOCKS)
    c = hive.columns
    place_site(hive, 1, 3 * 12 + 3, kind=2)
    put(hive, 0, c["region_x0"][1] + 3, c["region_y0"][1] + 3)
    c["specialist"][0] = 2
    settle(hive)
    hive.step(verbs(hive, Verb.PICK))
    assert c["site_known"].sum() == c["site_known"][1, 0] == 1
    hive.step(idle(hive))
    assert c["stock_seen"][1].tolist() == [0, 0, 31, 0]


def test_a_failed_attempt_tells_nothing():
    hive = world(TINY, detection=0.0, off_specialist_success=0.0, **CLOCKS)
    place_site(hive, 0, 3 * 12 + 3, kind=2)
    put(hive, 0, 3, 3)
    hive.columns["specialist"][0] = 1
    settle(hive)
    hive.step(verbs(hive, Verb.PICK))
    assert hive.columns["event"][0] & Event.CLAIMED
    assert not hive.columns["site_known"].any()


@pytest.mark.parametrize("detection", [0.05, 0.25, 0.9])
def test_a_manager_detects_each_site_with_the_stated_probability_at_each_decision(detection):
    hive = world(SIZES["nano"], worlds=100, detection=detection, **CLOCKS)
    c = hive.columns
    for decision in range(1, 5):
        expected = 1 - (1 - detection) ** decision
        share, count = c["site_known"].mean(), c["site_known"].size
        assert abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / count) + 1e-9
        before = c["site_known"].copy()
        hive.step(idle(hive))
        np.testing.assert_array_equal(c["site_known"], before)
        hive.step(idle(hive))
        assert (c["site_known"] >= before).all()


@pytest.mark.parametrize(("detection", "known"), [(0.0, 0), (1.0, 1)])
def test_detection_of_zero_finds_nothing_and_of_one_everything(detection, known):
    hive = world(TINY, detection=detection, sites_per_region=300, worlds=4)
    assert (hive.columns["site_known"] == known).all()


def test_an_exhausted_site_is_known_until_another_opens_which_nobody_knows():
    hive = world(TINY, detection=0.0, site_renewal_ticks=6, **CLOCKS)
    c = hive.columns
    place_site(hive, 0, 3 * 12 + 3, kind=0, stock=1)
    c["site_known"][...] = 1
    put(hive, 0, 3, 3)
    settle(hive)
    renewal = int(hive.blueprint.constants["site_renewal_ticks"])
    hive.step(verbs(hive, Verb.PICK))
    hive.step(idle(hive))
    assert not c["stock_seen"][0].any(), "an empty site adds nothing"
    for _ in range(renewal + 1):
        hive.step(idle(hive))
    assert c["site_stock"][0, 0] == hive.config.forage.site_stock
    assert c["site_known"][0, 0] == 0


def test_what_is_detected_does_not_depend_on_who_plays():
    """Of sites that nobody has picked at, the same ones are known whatever the actions were."""
    known = []
    for policy in ("random", "open_loop"):
        hive = world(SIZES["nano"], detection=0.1, **CLOCKS)
        touched = np.zeros(hive.columns["site_known"].shape, bool)
        for _ in range(40):
            stock = hive.columns["site_stock"].copy()
            hive.step(hive.decide(policy))
            touched |= hive.columns["site_stock"] < stock
        known.append((hive.columns["site_known"].copy(), touched))
    both = ~(known[0][1] | known[1][1])
    np.testing.assert_array_equal(known[0][0][both], known[1][0][both])
    assert known[0][0][both].any()


def test_a_report_does_not_depend_on_how_rows_lie():
    hive = world(SMALL, worlds=2, fault_mean_ticks=30, **CLOCKS)
    rng = np.random.default_rng(0)
    for _ in range(4):
        hive.step(random_actions(hive, rng))
    before = told(hive)
    hive.permute(np.concatenate([rng.permutation(64), 64 + rng.permutation(64)]))
    hive.run_pass(COUNT)
    for name in ("zone_crowd", "zone_failed", "census", "laden", "hit"):
        np.testing.assert_array_equal(hive.columns[name], before[name])
