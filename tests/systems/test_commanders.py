"""Built-in commanders: what they ask for, in words, and what they cannot see."""

from __future__ import annotations

import numpy as np
import pytest
from systems.worlds import ABOVE, CLOCKS, TINY, command, idle, march, random_orders, settle, world

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import PAIRS, Workforce
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.seats import COMMANDERS
from hive_env.sizes import SIZES, Size
from hive_env.systems import orders, priorities

PRIVATE = {
    "manager": {"door", "door_word", "season", "season_until"},
    "governor": {"demand", "demand_until", "season", "season_until"},
    "orchestrator": {"demand", "demand_until", "door", "door_word"},
}
"""What other levels alone know, by level."""

HIDDEN = {"site_generation", "site_wait", "next_fault", "trail", "ground", "region_value"}
"""What no level above the workers is shown."""

BY_ORDERS = pytest.mark.parametrize("form", ["priorities", "squads"])
TWO_HIVES = Size(100, 2, 2, 2, 1, 2, 1)


def scrambled(seed, **forage):
    """Two worlds with random facts, reports and standing orders."""
    hive = world(TWO_HIVES, worlds=2, sites_per_region=60, **forage)
    rng = np.random.default_rng(seed)
    c = hive.columns
    c["demand"][:] = rng.integers(0, 6, c["demand"].shape)
    c["season"][:] = rng.integers(0, 6, c["season"].shape)
    c["door"][:] = rng.integers(0, 2, c["door"].shape)
    c["quota"][...] = rng.integers(0, 4, c["quota"].shape) * rng.integers(0, 2, (4, 1))
    c["site_known"][...] = rng.random(c["site_known"].shape) < rng.choice([0, 0.2, 0.7])
    c["site_stock"][...] = rng.integers(0, 65, c["site_stock"].shape)
    hive.resume()
    return hive


def wanted(hive, region, see_demand):
    """The types that a manager wants: of at least half the highest worth."""
    c, forage = hive.columns, hive.config.forage
    place = region % hive.config.size.regions
    row = region // hive.config.size.regions * 2 + int(c["region_hive"][place])
    hot = PAIRS[c["demand"][region]] if see_demand else range(4)
    worth = [
        (forage.demand_hot if kind in hot else forage.demand_cold) * int(c["quota"][row, kind])
        for kind in range(4)
    ]
    return [kind for kind in range(4) if worth[kind] > 0 and 2 * worth[kind] >= max(worth)]


def known(hive, region, kinds):
    """Zone, type and stock of the known sites of some types, slot by slot."""
    c, side = hive.columns, hive.config.region_side
    for site in range(hive.config.sites):
        if c["site_known"][region, site] and c["site_type"][region, site] in kinds:
            y, x = divmod(int(c["site_cell"][region, site]) % side**2, side)
            zone = y * 4 // side * 4 + x * 4 // side
            yield zone, int(c["site_type"][region, site]), int(c["site_stock"][region, site])


def managed(hive, region, see_demand):
    """The scripted manager's order by priorities."""
    kinds = wanted(hive, region, see_demand)
    if not kinds:
        return [1, 1, 1, 1, 0]
    stock = [0] * 4
    for zone, _, left in known(hive, region, kinds):
        stock[zone // 8 * 2 + zone % 4 // 2] += left
    best = int(np.argmax(stock))
    focus = 1 + best if stock[best] > 0 and stock[best] >= 0.4 * sum(stock) else 0
    return [2 * (kind in kinds) for kind in range(4)] + [focus]


def dealt(hive, region, see_demand):
    """The scripted manager's goals of squads: the middle of each eighth of the known stock."""
    sites = list(known(hive, region, wanted(hive, region, see_demand)))
    total = sum(left for _, _, left in sites)
    goals = []
    for squad in range(8):
        past = goal = 0
        for zone, kind, left in sites:
            past += left
            if past * 16 > (2 * squad + 1) * total:
                goal = 1 + 4 * zone + kind
                break
        goals.append(goal)
    return goals


# --- what they ask for -------------------------------------------------------------------------


@pytest.mark.jitless
@BY_ORDERS
@pytest.mark.parametrize("name", ["scripted", "blind"])
def test_a_manager_asks_for_what_pays_where_it_is_known_to_be(form, name):
    reference = dealt if form == "squads" else managed
    seen = set()
    for seed in range(6):
        hive = scrambled(seed, orders=form, demand_cold=0 if seed % 2 else 600)
        stale = np.full((32, 8 if form == "squads" else 5), 77, np.uint8)
        hive.decide(name, stale, "manager")
        for region in range(32):
            expected = reference(hive, region, name == "scripted")
            assert stale[region].tolist() == expected
            seen.add(tuple(expected))
    assert len(seen) > 20


@pytest.mark.jitless
def test_a_governor_empties_the_regions_whose_depots_are_shut_into_the_open_ones():
    hive = world(TWO_HIVES, worlds=2, max_span=6)
    hive.reparent(0, 1, world=1)
    c = hive.columns
    c["door"][:] = np.random.default_rng(0).integers(0, 2, 32)
    got = hive.decide("scripted", level="governor")
    for sector in range(8):
        row, part = divmod(sector, 4)
        mine = [r for r in range(16) if c["governor"][row * 16 + r] == part]
        expected = [2 if c["door"][row * 16 + place] else 1 for place in mine]
        assert got[sector].tolist() == expected + [0] * (6 - len(mine))
    hive.columns["tick"][:] = 32
    settle(hive)
    hive.step(idle(hive), {"governor": got})
    np.testing.assert_array_equal(c["workforce"] == Workforce.DRAW, c["door"] == 1)


@pytest.mark.jitless
def test_an_orchestrator_asks_for_what_is_in_season():
    hive = scrambled(3)
    got = hive.decide("scripted", level="orchestrator")
    for row, season in enumerate(hive.columns["season"]):
        assert got[row].tolist() == [3 if kind in PAIRS[season] else 1 for kind in range(4)]


@pytest.mark.jitless
@BY_ORDERS
def test_the_policy_none_gives_the_orders_that_stand_when_nobody_has_given_any(form):
    hive = world(TWO_HIVES, worlds=2, orders=form)
    before = hive.state_hash()
    given = command(hive, "none")
    hive.step(idle(hive), given)
    silent = world(TWO_HIVES, worlds=2, orders=form)
    assert silent.state_hash() == before
    silent.step(idle(silent))
    assert hive.state_hash() == silent.state_hash()
    expected = {
        "manager": [0] * 8 if form == "squads" else [1, 1, 1, 1, 0],
        "governor": [0] * 4,
        "orchestrator": [orders.NEUTRAL_QUOTA] * 4,
    }
    for level in ABOVE:
        assert (given[level] == expected[level]).all()


@BY_ORDERS
def test_the_policy_none_takes_back_what_was_ordered(form):
    hive = world(TWO_HIVES, orders=form)
    rng = np.random.default_rng(0)
    hive.step(idle(hive), random_orders(hive, rng))
    hive.columns["tick"][:] = 64
    hive.step(idle(hive), command(hive, "none"))
    c = hive.columns
    assert (c["task_priority"] == priorities.NEUTRAL).all()
    assert not c["task_zone"].any()
    assert (c["quota"] == orders.NEUTRAL_QUOTA).all()
    np.testing.assert_array_equal(c["home"], np.arange(100) * 16 // 100)


@pytest.mark.parametrize("level", ABOVE)
@BY_ORDERS
def test_random_commanders_draw_every_value_of_every_part_alike(level, form):
    hive = Forage(HiveConfig(SIZES["nano"], ForageConfig(orders=form)), worlds=2000)
    hive.reset(0)
    drawn = hive.decide("random", level=level)
    choices = hive.levels[level].choices
    for part, count in enumerate(choices):
        seen = np.bincount(drawn[:, part], minlength=count) / len(drawn)
        p = 1 / count
        assert len(seen) == count
        assert (abs(seen - p) <= 5 * np.sqrt(p * (1 - p) / len(drawn))).all()
    for one in range(len(choices)):
        for other in range(one):
            pairs = np.unique(drawn[:, [one, other]], axis=0)
            assert len(pairs) > min(choices[one] * choices[other], 200) / 2, "drawn apart"


@pytest.mark.jitless
@pytest.mark.parametrize("level", ABOVE)
def test_random_commanders_draw_anew_by_seed_tick_and_seat_and_alike_otherwise(level):
    hive = world(TWO_HIVES, worlds=2, seed=4)
    first = hive.decide("random", level=level)
    np.testing.assert_array_equal(hive.decide("random", level=level), first)
    half = len(first) // 2
    assert (first[:half] != first[half:]).any(), "worlds of other seeds"
    assert len(np.unique(first[:half], axis=0)) > 1, "seats"
    hive.step(idle(hive))
    assert (hive.decide("random", level=level) != first).any()
    alone = world(TWO_HIVES, seed=5)
    np.testing.assert_array_equal(alone.decide("random", level=level), first[half:])


@pytest.mark.parametrize("level", ABOVE)
def test_every_commander_asks_for_valid_actions(level):
    for form in ("priorities", "squads"):
        hive = world(SIZES["nano"], worlds=2, orders=form, fault_mean_ticks=50, **CLOCKS)
        for name in COMMANDERS[level]:
            for _ in range(12):
                fresh = hive.decide(name, level=level)
                assert fresh.dtype == np.uint8
                given = hive.decide(name, np.full_like(fresh, 99), level)
                np.testing.assert_array_equal(given, fresh, "whatever the buffer held")
                assert (given < hive.levels[level].choices).all()
                hive.step(hive.decide("scripted"), {level: given})


@pytest.mark.parametrize("level", ABOVE)
def test_an_unknown_commander_is_refused_by_name(level):
    with pytest.raises(ArgumentError, match=r"^policy: expected one of scripted.*, got clever"):
        world(TINY).decide("clever", level=level)
    with pytest.raises(ArgumentError, match=r"^level: expected one of worker, manager, governor"):
        world(TINY).decide("scripted", level="emperor")


# --- what they cannot see ----------------------------------------------------------------------


@pytest.mark.parametrize("level", ABOVE)
def test_a_commander_reads_nothing_that_its_level_is_not_shown(level):
    """Its parameters are the proof."""
    for pass_, _ in COMMANDERS[level].values():
        for system in pass_.systems():
            assert not set(system.parameters) & (PRIVATE[level] | HIDDEN)


@pytest.mark.parametrize("level", ABOVE)
def test_a_commander_decides_alike_whatever_other_levels_know(level):
    hive = world(SIZES["nano"], worlds=2, fault_mean_ticks=60, **CLOCKS)
    march(hive, 40)
    before = {name: hive.decide(name, level=level) for name in COMMANDERS[level]}
    rng = np.random.default_rng(0)
    for name in PRIVATE[level] | HIDDEN:
        shape = hive.columns[name].shape
        hive.columns[name][...] = rng.integers(0, 2, shape)
    for name, given in before.items():
        np.testing.assert_array_equal(hive.decide(name, level=level), given)


def test_the_blind_manager_does_not_see_the_demand_and_the_scripted_one_does():
    hive = world(SIZES["nano"])
    march(hive, 40)
    before = {name: hive.decide(name, level="manager") for name in ("scripted", "blind")}
    hive.columns["demand"][:] = (hive.columns["demand"] + 1) % 6
    assert (hive.decide("blind", level="manager") == before["blind"]).all()
    assert (hive.decide("scripted", level="manager") != before["scripted"]).any()


def test_a_manager_decides_by_known_sites_alone():
    hive = world(SIZES["nano"])
    march(hive, 40)
    c = hive.columns
    before = hive.decide("scripted", level="manager")
    unknown = c["site_known"] == 0
    c["site_stock"][unknown] = 60
    c["site_type"][unknown] = 2
    assert unknown.any()
    np.testing.assert_array_equal(hive.decide("scripted", level="manager"), before)
