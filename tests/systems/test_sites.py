"""Resource sites: contention, success, stock, renewal, and the order in which sites come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import SMALL, TINY, idle, place_site, put, random_actions, settle, verbs, world

from hive_env.enums import Event, Plane, Stream, Verb
from hive_env.random import draw

PICK = int(Verb.PICK)


def contest(seed, count, stock, attempts, kinds, kind=1):
    """Workers 0 to count - 1 pick at one site in the same tick; the world after it."""
    hive = world(
        TINY, seed=seed, crowd_capacity=14, site_attempts=attempts, site_stock=8, trail_cap=60_000
    )
    c, side = hive.columns, hive.config.region_side
    put(hive, np.arange(16), side + 3, side + 3)
    put(hive, np.arange(count), 3, 3)
    c["specialist"][:count] = kinds
    place_site(hive, 0, 3 * side + 3, kind, stock)
    settle(hive)
    hive.step(verbs(hive, np.array([PICK] * count + [0] * (16 - count))))
    return hive


def keys(seed, count):
    """The keys of the workers' claims at tick 0 of episode 0: the draw, then the id."""
    return [(draw(seed, 0, 0, int(Stream.PICK), i)[0], i) for i in range(count)]


@given(
    seed=st.integers(0, 2**63 - 1),
    count=st.integers(1, 14),
    stock=st.integers(1, 4),
    attempts=st.integers(1, 2),
)
@settings(deadline=None, max_examples=60)
def test_exactly_the_lowest_keys_win_as_many_as_the_site_admits(seed, count, stock, attempts):
    hive = contest(seed, count, stock, attempts, 1)
    c = hive.columns
    most = min(stock, attempts, count)
    winners = sorted(i for _, i in sorted(keys(seed, count))[:most])
    assert np.flatnonzero(c["cargo"][:count] == 2).tolist() == winners
    assert np.flatnonzero(c["event"] & Event.PICKED).tolist() == winners
    assert np.flatnonzero(c["event"] & Event.CLAIMED).tolist() == list(range(count))
    assert c["site_stock"][0, 0] == stock - most
    assert c["picked"][0].tolist() == [0, most, 0, 0]
    assert (c["success"][winners] > 0).all()


@given(seed=st.integers(0, 2**63 - 1), count=st.integers(2, 14), stock=st.integers(1, 3))
@settings(deadline=None, max_examples=40)
def test_a_loser_takes_nothing_even_where_a_winner_fails(seed, count, stock):
    """Off-specialists may fail: their attempt is spent all the same."""
    hive = contest(seed, count, stock, 2, 0)
    winners = {i for _, i in sorted(keys(seed, count))[: min(2, stock)]}
    got = set(np.flatnonzero(hive.columns["cargo"][:count]).tolist())
    assert got <= winners
    chance = round(0.35 * 2**32)
    lucky = {i for i in winners if draw(seed, 0, 0, int(Stream.PICK), i)[1] < chance}
    assert got == lucky
    assert hive.columns["site_stock"][0, 0] == stock - len(got)


@pytest.mark.parametrize("attempts", [1, 2])
def test_the_order_of_rows_does_not_decide_who_wins(attempts):
    hive = world(TINY, crowd_capacity=14, site_attempts=attempts)
    side = hive.config.region_side
    put(hive, np.arange(14), 3, 3)
    place_site(hive, 0, 3 * side + 3)
    settle(hive)
    start = hive.snapshot()
    rng = np.random.default_rng(0)
    hashes = set()
    for _ in range(10):
        hive.restore(start)
        hive.permute(rng.permutation(16))
        hive.step(verbs(hive, PICK))
        hashes.add(hive.state_hash())
    assert len(hashes) == 1


@pytest.mark.parametrize(("kind", "probability"), [(0, 1.0), (1, 0.35), (3, 0.35)])
def test_a_worker_of_another_kind_succeeds_with_the_documented_probability(kind, probability):
    hive = world(TINY, worlds=600)
    c, side = hive.columns, hive.config.region_side
    firsts = np.arange(600) * 16
    for region in range(0, 2400, 4):
        place_site(hive, region, 3 * side + 3, 0, 32)
    put(hive, np.arange(9600), side + 3, side + 3)
    put(hive, firsts, 3, 3)
    c["specialist"][firsts] = kind
    settle(hive)
    actions = idle(hive)
    actions[firsts, 0] = PICK
    taken = 0
    for _ in range(5):
        hive.step(actions)
        taken += int((c["cargo"] > 0).sum())
        c["cargo"][:] = 0
    error = np.sqrt(probability * (1 - probability) / 3000)
    assert abs(taken / 3000 - probability) <= 5 * error


@pytest.mark.jitless
@pytest.mark.parametrize("carried", [0, 1])
@pytest.mark.parametrize("away", [0, 1])
def test_only_an_unloaded_worker_on_the_sites_cell_picks(carried, away):
    hive = world(TINY)
    c, side = hive.columns, hive.config.region_side
    put(hive, np.arange(16), side + 3, side + 3)
    put(hive, 0, 3 + away, 3)
    c["cargo"][0] = carried
    place_site(hive, 0, 3 * side + 3, int(c["specialist"][0]))
    settle(hive)
    hive.step(verbs(hive, np.array([PICK] + [0] * 15)))
    good = not carried and not away
    assert bool(c["event"][0] & Event.CLAIMED) == good
    assert c["site_stock"][0, 0] == 32 - good


@pytest.mark.jitless
@pytest.mark.parametrize(("stock", "left"), [(1, False), (2, True), (9, True)])
def test_a_pick_that_leaves_stock_lays_a_trail_of_the_resources_type(stock, left):
    hive = contest(3, 1, stock, 2, 1)
    c = hive.columns
    trail = c["trail"][0].astype(int).sum(axis=1)
    assert trail[Plane.RESOURCE + 1] == (4096 if left else 0)
    assert trail[Plane.RESOURCE] == trail[Plane.RESOURCE + 2] == 0
    assert c["success"][0] == (2 if left else 1)


@pytest.mark.parametrize("renewal", [1, 5])
def test_an_empty_slot_has_a_site_again_after_site_renewal_ticks(renewal):
    hive = world(SMALL, site_renewal_ticks=renewal)
    c, side = hive.columns, hive.config.region_side
    put(hive, 0, 3, 3)
    put(hive, np.arange(1, 64), 2, 2)
    place_site(hive, 0, 3 * side + 3, int(c["specialist"][0]), 1)
    settle(hive)
    generation = int(c["site_generation"][0, 0])
    hive.step(verbs(hive, np.array([PICK] + [0] * 63)))
    assert c["site_stock"][0, 0] == 0
    assert not c["ground"][0, 3 * side + 3] & 128, "an empty site does not show"
    waited = 0
    while c["site_stock"][0, 0] == 0:
        hive.step(idle(hive))
        waited += 1
    assert waited == hive.blueprint.constants["site_renewal_ticks"]
    assert c["site_stock"][0, 0] == hive.blueprint.constants["stock"]
    assert c["site_generation"][0, 0] == generation + 1
    assert c["ground"][0, c["site_cell"][0, 0]] & 128


def test_two_sites_on_one_cell_are_emptied_one_after_the_other():
    hive = world(TINY, sites_per_region=14)
    c, side = hive.columns, hive.config.region_side
    place_site(hive, 0, 3 * side + 3, 0, 1)
    c["site_cell"][0, 1], c["site_type"][0, 1], c["site_stock"][0, 1] = 3 * side + 3, 0, 2
    put(hive, np.arange(16), side + 3, side + 3)
    put(hive, 0, 3, 3)
    settle(hive)
    pick = verbs(hive, np.array([PICK] + [0] * 15))
    for first, second in ((0, 2), (0, 1), (0, 0)):
        hive.step(pick)
        assert c["site_stock"][0, :2].tolist() == [first, second]
        c["cargo"][0] = 0


def sites_seen(hive, decide, ticks):
    """Where and what the sites of every slot were, by slot and generation."""
    c, seen = hive.columns, {}
    for _ in range(ticks):
        hive.step(decide())
        assert (c["site_stock"] >= 0).all()
        for slot in zip(*np.nonzero(c["site_stock"] > 0), strict=True):
            key = (*slot, int(c["site_generation"][slot]))
            found = (int(c["site_cell"][slot]), int(c["site_type"][slot]))
            assert seen.setdefault(key, found) == found
    return seen


def test_the_sites_of_a_slot_come_in_the_same_order_whoever_empties_them():
    rng = np.random.default_rng(0)
    hives = [world(SMALL, site_stock=1, site_renewal_ticks=1, sites_per_region=40) for _ in "ab"]
    one = sites_seen(hives[0], lambda: hives[0].decide("expert"), 150)
    two = sites_seen(hives[1], lambda: random_actions(hives[1], rng), 150)
    shared = one.keys() & two.keys()
    assert {key: one[key] for key in shared} == {key: two[key] for key in shared}
    renewed = hives[0].columns["site_generation"] > 2
    assert renewed.sum() > 5, "the expert emptied too few sites for the test to say anything"
    assert hives[0].columns["picked"].sum() > hives[1].columns["picked"].sum()
