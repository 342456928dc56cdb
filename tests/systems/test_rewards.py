"""What a worker earns: value and costs, keeping to its order, and what the hive gained."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems.worlds import (
    CLOCKS,
    STAY,
    TINY,
    command,
    idle,
    put,
    random_actions,
    random_orders,
    settle,
    verbs,
    world,
)

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Boundary, Event, Health, Verb
from hive_env.errors import ArgumentError
from hive_env.faults import Faults, WorkerFaults
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.rewards import GLOBAL_MODES, WEIGHTS, total
from hive_env.sizes import SIZES, Size
from hive_env.systems import priorities

TWO_HIVES = Size(64, 2, 1, 1, 1, 2, 1)
KEPT = {0: 0.0, Event.MATCHED: 1.0, Event.MISMATCHED: -0.5}
EVENTS = (0, Event.HAZARD), (0, Event.BLOCKED), tuple(KEPT)


@pytest.mark.jitless
@pytest.mark.parametrize("health", list(Health))
def test_the_components_are_value_less_costs_order_kept_and_what_the_hive_gained(health):
    hive = world(TINY)
    c = hive.columns
    c["health"][:] = health
    cases = list(itertools.product((0, 200, 32_000), *EVENTS))
    for part in range(0, len(cases), 16):
        chosen = cases[part : part + 16]
        c["event"][:], c["gain"][:] = 0, 0
        for row, (gain, *events) in enumerate(chosen):
            c["gain"][row] = gain
            c["event"][row] = int(sum(events) | Event.MOVED)
        since = hive.counters()
        c["progress"][:] = 31 * np.arange(16) * (health == Health.ALIVE)
        since["region_value"][0] -= 4_000
        got = hive.components("worker", since)
        for row, (gain, hazard, blocked, kept) in enumerate(chosen):
            paid = gain / 1000 - 0.01 - 0.5 * bool(hazard) - 0.05 * bool(blocked)
            local = KEPT[kept]
            local += 31 * row / 1000 * (health == Health.ALIVE)
            expected = [paid, local, 4 / 16]
            if health == Health.ENDED:
                expected = [0, 0, 0]
            assert got[row] == pytest.approx(expected, rel=1e-6, abs=1e-7)


@pytest.mark.jitless
@pytest.mark.parametrize("mode", GLOBAL_MODES)
def test_the_global_component_is_the_hives_gain_my_own_or_nothing(mode):
    """In two worlds of two hives, of which one worker has a home in the other hive."""
    hive = world(TWO_HIVES, worlds=2)
    c = hive.columns
    rng = np.random.default_rng(0)
    c["gain"][:] = rng.integers(0, 2000, 128)
    c["home"][3] = 3
    since = hive.counters()
    gained = rng.integers(0, 9000, 8)
    c["region_value"] += gained
    got = hive.components("worker", since, mode)[:, 2]
    for row in range(128):
        of_hive = c["region_hive"][c["home"][row]]
        regions = [row // 64 * 4 + r for r in range(4) if c["region_hive"][r] == of_hive]
        expected = {
            "mean": gained[regions].sum() / 1000 / 32,
            "difference": c["gain"][row] / 1000,
            "none": 0.0,
        }[mode]
        assert got[row] == pytest.approx(expected, rel=1e-6)


def test_the_difference_is_what_the_hive_would_lack_without_the_workers_deliveries():
    hive = world(TINY, worlds=2, sites_per_region=200)
    for _ in range(60):
        before, since = hive.values(), hive.counters()
        hive.step(hive.decide("scripted"), command(hive))
        gained = hive.values() - before
        own = hive.components("worker", since, "difference")[:, 2].reshape(2, -1)
        np.testing.assert_allclose(own.sum(axis=1), gained, rtol=1e-5, atol=1e-6)
        mean = hive.components("worker", since, "mean")[:, 2].reshape(2, -1)
        np.testing.assert_allclose(mean.sum(axis=1), gained, rtol=1e-5, atol=1e-6)
    assert hive.values().all()


def test_components_go_by_id():
    hive = world(TINY, worlds=2)
    rng = np.random.default_rng(0)
    hive.columns["gain"][:] = rng.integers(0, 2000, 32)
    since = hive.counters()
    hive.columns["progress"][:] = rng.integers(-90, 90, 32)
    before = hive.components("worker", since)
    hive.permute(np.concatenate([rng.permutation(16), 16 + rng.permutation(16)]))
    np.testing.assert_array_equal(hive.components("worker", since), before)
    expected = hive.columns["gain"].sum() / 1000 - 0.32
    assert before[:, 0].sum() == pytest.approx(expected, rel=1e-5)


def test_what_workers_earn_in_an_episode_is_what_the_hive_is_worth():
    hive = world(TINY, worlds=2, season_ticks=40)
    earned = np.zeros(2)
    for _ in range(150):
        hive.step(hive.decide("expert"), command(hive))
        earned += hive.columns["gain"].reshape(2, -1).sum(axis=1)
    np.testing.assert_array_equal(earned / 1000, hive.values())
    assert earned.all()


def test_a_failed_worker_still_pays_for_the_tick():
    hive = world(TINY, reboot_ticks=100)
    hive.columns["health"][:] = Health.FAILED
    since = hive.counters()
    hive.step(random_actions(hive, np.random.default_rng(0)))
    np.testing.assert_allclose(hive.components("worker", since)[:, 0], -0.01, rtol=1e-6)


@given(packed=st.integers(0, 255), kind=st.integers(0, 3))
@settings(deadline=None)
def test_what_the_order_prefers_is_matched_and_an_order_without_preference_by_nothing(packed, kind):
    levels = [packed // 4**sort % 4 for sort in range(4)]
    expected = -1 if len(set(levels)) == 1 else int(levels[kind] == max(levels))
    assert priorities.kept(packed, kind) == expected


@pytest.mark.jitless
def test_a_pick_is_matched_or_not_by_the_order_that_stands():
    """In each region a specialist picks at a site of each type, under an order of its region."""
    periods = {"manager_period": 64, "governor_period": 64, "orchestrator_period": 64}
    hive = world(TINY, sites_per_region=32, **periods)
    c, side = hive.columns, hive.config.region_side
    hive.step(idle(hive), {"manager": [[2, 0, 1, 0, 0], [1] * 5, [0] * 5, [2, 2, 2, 2, 3]]})
    c["site_type"][:, :4] = range(4)
    c["site_cell"][:, :4] = 20 + 5 * np.arange(4)
    c["site_cell"][:, 4:] = 3
    place = c["home"].astype(int)
    cell = c["site_cell"][place, c["specialist"]]
    c["x"][:] = ((c["region_x0"][place] + cell % side) << 12) + 2048
    c["y"][:] = ((c["region_y0"][place] + cell // side) << 12) + 2048
    hive.resume()
    pick = idle(hive)
    pick[:, 0] = Verb.PICK
    hive.step(pick)
    assert ((c["event"] & Event.PICKED) > 0).all()
    asked = np.flatnonzero((c["event"] & Event.MATCHED) > 0)
    other = np.flatnonzero((c["event"] & Event.MISMATCHED) > 0)
    assert [(place[row], c["specialist"][row]) for row in asked] == [(0, 0)]
    assert {(place[row], c["specialist"][row]) for row in other} == {(0, 1), (0, 2), (0, 3)}


def standing(hive, row):
    """How near a worker is to its next goal, in plain Python; in the plane, within walls."""
    c, side = hive.columns, hive.config.region_side
    cell = 2000 // side
    at = [int(c[axis][row]) >> 12 for axis in "xy"]
    corner = [int(c[f"region_{axis}0"][c["home"][row]]) for axis in "xy"]
    levels = [int(c["task_priority"][row]) // 4**kind % 4 for kind in range(4)]
    asked = [level == max(1, *levels) for level in levels]
    if c["cargo"][row]:
        return -cell * sum(abs(at[axis] - corner[axis] - side // 2) for axis in range(2))
    nearest = 5
    for place, slot in np.argwhere(c["site_stock"][: len(c["region_x0"])] > 0):
        line, column = divmod(int(c["site_cell"][place, slot]), side)
        off = [abs(int(c["region_x0"][place]) + column - at[0])]
        off.append(abs(int(c["region_y0"][place]) + line - at[1]))
        if max(off) <= 2 and asked[c["site_type"][place, slot]]:
            nearest = min(nearest, sum(off))
    outside, zone = 0, int(c["task_zone"][row])
    if zone:
        part, across, first = (side // 2, 2, 17) if zone > 16 else (side // 4, 4, 1)
        where = list(reversed(divmod(zone - first, across)))
        for axis in range(2):
            middle = side // 2 if zone == 21 else where[axis] * part + part // 2
            reach = side // 8 if zone == 21 else part // 2
            outside += max(abs(at[axis] - corner[axis] - middle) - reach, 0)
    return (5 - nearest) * 200 - cell * outside


@pytest.mark.jitless
def test_a_workers_standing_tells_how_near_it_is_to_its_next_goal():
    hive = world(TINY, sites_per_region=48)
    c, side = hive.columns, hive.config.region_side
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(12):
        for axis in "xy":
            c[axis][:] = (rng.integers(0, 2 * side, 16) << 12) + 2048
        c["home"][:] = rng.integers(0, 4, 16)
        c["cargo"][:] = rng.integers(0, 5, 16) * rng.integers(0, 2, 16)
        c["task_zone"][:] = rng.integers(0, 22, 16)
        c["task_priority"][:] = rng.choice([0, 0x55, 0b10, 0b100001, 0b1000], 16)
        hive.resume()
        hive.counters()
        expected = [standing(hive, row) for row in range(16)]
        np.testing.assert_array_equal(c["standing"], expected)
        seen.update(expected)
    assert min(seen) < 0 < max(seen)


def after_what(hive):
    """What tells a worker's errand, by id."""
    c = hive.columns
    by_id = np.argsort(c["id"])
    return {name: c[name][by_id].copy() for name in ("home", "task_zone", "task_priority")}


def stood(hive):
    """How near each is to its next goal, by id."""
    hive.counters()
    return hive.columns["standing"][np.argsort(hive.columns["id"])].astype(int)


def test_an_errand_pays_what_it_came_nearer_by_from_its_begin_to_its_end():
    """An errand ends by a pick, a delivery, a failure, a new order or a new home."""
    hive = world(SIZES["nano"], fault_mean_ticks=200, hazards_per_region=2, sites_per_region=100)
    c = hive.columns
    began = last = stood(hive)
    before = after_what(hive)
    expected, local, repairs = np.zeros(512), np.zeros(512), 0
    ends = dict.fromkeys(("turned", "home", "order", "failed"), 0)
    for tick in range(150):
        since = hive.counters()
        hive.step(hive.decide("scripted" if tick % 3 else "random"), command(hive))
        local += hive.components("worker", since)[:, 1]
        now = stood(hive)
        for event, paid in KEPT.items():
            expected[c["id"]] += paid * ((c["event"] & int(event)) > 0)
        hands = np.unique(beside(hive, worked(hive))[:, 0])
        expected[c["id"][hands]] += 0.25
        repairs += len(hands)
        by_id = np.argsort(c["id"])
        here = after_what(hive)
        laden = c["cargo"][by_id] > 0
        over = {
            "turned": ((c["event"] & int(Event.PICKED | Event.DELIVERED)) > 0)[by_id],
            "home": here["home"] != before["home"],
            "order": ~laden & (here["task_zone"] != before["task_zone"])
            | ~laden & (here["task_priority"] != before["task_priority"]),
            "failed": c["health"][by_id] != Health.ALIVE,
        }
        for name, whose in over.items():
            ends[name] += int(whose.sum())
        ended = np.any(list(over.values()), axis=0)
        expected[ended] += (last - began)[ended] / 1000
        began = np.where(ended, now, began)
        last, before = now, here
    expected += (last - began) / 1000
    np.testing.assert_allclose(local, expected, atol=2e-4)
    assert min(*ends.values(), repairs) > 100


def test_who_does_nothing_is_paid_for_no_way_whatever_others_order():
    """Orders and homes change at random, and nobody moves."""
    hive = world(SIZES["nano"], sites_per_region=100, **CLOCKS)
    rng, c, moved = np.random.default_rng(3), hive.columns, 0
    for _ in range(60):
        since, homes = hive.counters(), c["home"].copy()
        hive.step(idle(hive), random_orders(hive, rng))
        assert not hive.components("worker", since)[:, 1].any()
        moved += int((homes != c["home"]).sum())
    assert moved > 1000


def worked(hive):
    """Whether the worker of each row has worked in the last tick, and is alive."""
    c = hive.columns
    return ((c["event"] & int(Event.WORKED)) > 0) & (c["health"] == Health.ALIVE)


def beside(hive, some):
    """Rows of some workers, and of who lies failed with them or beside, from positions alone."""
    c, side = hive.columns, hive.config.region_side
    size = (hive.config.size.regions_x * side, hive.config.size.regions_y * side)
    off = []
    for axis, extent in zip("xy", size, strict=True):
        apart = (c[axis] >> 12)[:, None].astype(int) - (c[axis] >> 12)[None]
        if hive.config.forage.boundary == Boundary.TORUS:
            apart = (apart + extent // 2) % extent - extent // 2
        off.append(abs(apart))
    layer = c["z"] >> 12 if len(c["z"]) else np.zeros(len(c["x"]), int)
    near = (off[0] + off[1] <= 1) & (layer[:, None] == layer)
    return np.argwhere(near & some[:, None] & (c["health"] == Health.FAILED))


@pytest.mark.jitless
@pytest.mark.parametrize("boundary", Boundary)
@pytest.mark.parametrize("depth", [1, 3])
def test_who_works_is_paid_a_quarter_for_just_the_ticks_that_bring_a_failed_worker_nearer(
    boundary, depth
):
    """A tick is paid where the next counts it as repair, and nowhere else; nobody moves."""
    hive = world(TINY, boundary=boundary, depth=depth, repair_ticks=200, reboot_ticks=60_000)
    c, side = hive.columns, hive.config.region_side
    rng, paid, at_work = np.random.default_rng(0), 0, 0
    for _ in range(40):
        around = rng.integers(0, 2 * side, (2, 1)) + rng.integers(-1, 2, (2, 16))
        edge = np.clip(around, 0, 2 * side - 1)
        put(hive, np.arange(16), *(around % (2 * side) if boundary else edge), rng.integers(depth))
        if depth > 1:
            c["z"][:8] = (rng.integers(0, depth, 8) << 12) + 2048
        c["health"][:] = np.where(rng.random(16) < 0.2, Health.FAILED, Health.ALIVE)
        c["event"][:], c["repair"][:] = 0, 0
        settle(hive)
        since = hive.counters()
        hive.step(verbs(hive, np.where(rng.random(16) < 0.3, int(Verb.WORK), STAY)))
        pairs = beside(hive, worked(hive))
        expected = np.zeros(16)
        expected[c["id"][pairs[:, 0]]] = 0.25
        np.testing.assert_allclose(hive.components("worker", since)[:, 1], expected)
        paid += int((expected > 0).sum())
        at_work += int(worked(hive).sum())
        hive.step(idle(hive))
        np.testing.assert_array_equal(np.flatnonzero(c["repair"]), np.unique(pairs[:, 1]))
    assert 20 < paid < at_work - 10


def test_who_is_destroyed_at_work_is_paid_for_no_repair():
    """What it did is on no ground any more, and repairs nobody."""
    workers = WorkerFaults(mean_ticks=40, kill=0.5, corruption=0.5, corruption_mean=8, reserve=254)
    hive = world(SIZES["nano"], faults=Faults(workers=workers, offices=None))
    c, both, seen = hive.columns, int(Event.DESTROYED | Event.WORKED), 0
    for _ in range(60):
        since = hive.counters()
        hive.step(verbs(hive, int(Verb.WORK)))
        gone = (c["event"] & both) == both
        assert not hive.components("worker", since)[c["id"][gone], 1].any()
        seen += len(np.unique(beside(hive, gone)[:, 0]))
    assert seen > 3


@pytest.mark.jitless
def test_a_drop_away_from_the_depot_costs_nothing_but_the_tick():
    hive = world(TINY)
    c, side = hive.columns, hive.config.region_side
    away = c["id"] % 2 == 1
    c["x"][:] = ((c["region_x0"][c["home"]] + side // 2 + 3 * away) << 12) + 2048
    c["y"][:] = ((c["region_y0"][c["home"]] + side // 2) << 12) + 2048
    c["cargo"][:] = 1
    hive.resume()
    drop, since = idle(hive), hive.counters()
    drop[:, 0] = Verb.DROP
    hive.step(drop)
    np.testing.assert_array_equal((c["event"] & Event.DELIVERED) > 0, ~away)
    np.testing.assert_array_equal(c["cargo"] > 0, away)
    paid = hive.components("worker", since)[c["id"]]
    np.testing.assert_allclose(paid[away, 0], -0.01, rtol=1e-6)
    assert not paid[:, 1].any()


# --- does it pay to obey? ----------------------------------------------------------------------


def weighed(hive, since):
    """The reward of every worker, as a learner gets it by default."""
    parts = hive.components("worker", since, "mean")
    return total(parts, hive.scales("worker", "mean"), WEIGHTS["worker"])


def population(policy, worlds, ticks=512):
    """Mean reward of a worker in each world, when all play a policy under the hierarchy."""
    hive = Forage(HiveConfig(SIZES["nano"], ForageConfig()), worlds=worlds)
    hive.reset(0)
    earned = np.zeros(worlds)
    for _ in range(ticks):
        since = hive.counters()
        hive.step(hive.decide(policy), command(hive))
        earned += weighed(hive, since).reshape(worlds, -1).mean(axis=1)
    return earned


def lower_bound(gains):
    """Lower end of the 95 % interval of a mean, one-sided, normal: enough for these numbers."""
    return gains.mean() - 1.645 * gains.std(ddof=1) / np.sqrt(len(gains))


def test_a_population_that_obeys_earns_more_than_one_that_ignores_its_orders():
    gains = population("scripted", 4) - population("pheromone", 4)
    assert lower_bound(gains) > 0


def deviants_gain(worlds, share, ticks=512):
    """What chosen workers gain by obeying while all others obey, by world."""
    obeying, straying = (
        Forage(HiveConfig(SIZES["nano"], ForageConfig()), worlds=worlds) for _ in range(2)
    )
    generator = np.random.default_rng(0)
    chosen = generator.permuted(np.tile(np.arange(512) < share, (worlds, 1)), axis=1)
    earned = []
    for hive in (obeying, straying):
        hive.reset(100)
        paid = np.zeros(worlds)
        for _ in range(ticks):
            since = hive.counters()
            actions = hive.decide("scripted")
            if hive is straying:
                actions[chosen.ravel()] = hive.decide("pheromone")[chosen.ravel()]
            hive.step(actions, command(hive))
            reward = weighed(hive, since).reshape(worlds, -1)
            paid += (reward * chosen).sum(axis=1) / share
        earned.append(paid)
    return earned[0] - earned[1]


def test_a_few_workers_that_stray_earn_less_than_if_they_obeyed():
    """One in 32, so that the world in which they stray is nearly the same."""
    assert lower_bound(deviants_gain(worlds=6, share=16)) > 0


@pytest.mark.slow
def test_a_worker_that_strays_alone_earns_less_than_if_it_obeyed():
    assert lower_bound(deviants_gain(worlds=64, share=1)) > 0


# --- when it is asked --------------------------------------------------------------------------

ASKED = {"fault_mean_ticks": 200, "hazards_per_region": 2, "sites_per_region": 100}


def paid_twins(ticks, before, after=None, **constants):
    """Locals of a world that is always asked, and of one to which something is done besides."""
    always, now_and_then = (
        world(SIZES["nano"], worlds=2, **{**ASKED, **constants}) for _ in range(2)
    )
    for tick in range(ticks):
        since, other = always.counters(), before(now_and_then, tick)
        for hive in (always, now_and_then):
            hive.step(hive.decide("scripted"), command(hive))
        expected = always.components("worker", since)
        if other is not None:
            if after:
                after(now_and_then, tick)
            yield expected, now_and_then.components("worker", other)


def test_a_tick_that_is_not_paid_for_leaves_nothing_to_the_next():
    paid = list(paid_twins(40, lambda hive, tick: hive.counters() if tick % 3 else None))
    assert len(paid) == 26
    for expected, got in paid:
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("what", ["sort", "save", "resume", "ask again"])
def test_a_step_pays_the_same_whatever_is_done_around_it(what, tmp_path):
    rng = np.random.default_rng(0)

    def before(hive, tick):
        if what == "save":
            hive.restore(hive.snapshot())
        if what == "resume":
            hive.resume()
        since = hive.counters()
        if what == "sort":
            hive.permute(np.concatenate([rng.permutation(512), 512 + rng.permutation(512)]))
        return since

    def after(hive, tick):
        if what == "sort":
            hive.sort_rows()
        if what == "ask again":
            hive.counters()

    for expected, got in paid_twins(24, before, after):
        np.testing.assert_array_equal(got, expected)
        assert got[:, 1].any()


def test_a_world_that_begins_anew_pays_for_no_way_and_leaves_the_others_alone():
    plain, other = (world(SIZES["nano"], worlds=2, **ASKED) for _ in range(2))
    for tick in range(24):
        since = [hive.counters() for hive in (plain, other)]
        for hive in (plain, other):
            hive.step(hive.decide("scripted"), command(hive))
        if tick % 4 == 3:
            other.reset(worlds=np.array([False, True]))
        paid = [
            hive.components("worker", began)[:, 1]
            for hive, began in zip((plain, other), since, strict=True)
        ]
        np.testing.assert_array_equal(paid[1][:512], paid[0][:512])
        if tick % 4 == 3:
            assert not paid[1][512:].any()
        assert paid[0][512:].any()


@pytest.mark.parametrize("mode", GLOBAL_MODES)
def test_the_rewards_are_the_weighted_components_to_the_bit(mode):
    hive = world(SIZES["nano"], worlds=2, **ASKED)
    weights = (0.5, 0.25, 0.25)
    out = np.zeros(1024, np.float32)
    for tick in range(20):
        since = hive.counters()
        hive.step(hive.decide("scripted"), command(hive))
        first = hive.rewards("worker", since, mode).copy() if tick % 2 else None
        parts = hive.components("worker", since, mode)
        scales = hive.scales("worker", mode)
        expected = total(parts, scales, WEIGHTS["worker"])
        np.testing.assert_array_equal(hive.rewards("worker", since, mode), expected)
        assert first is None or (first == expected).all()
        assert hive.rewards("worker", since, mode, weights, out) is out
        np.testing.assert_array_equal(out, total(parts, scales, weights))
    counted = hive.counters("manager")
    hive.step(hive.decide("scripted"), command(hive))
    np.testing.assert_array_equal(
        hive.rewards("manager", counted, mode),
        total(
            hive.components("manager", counted, mode),
            hive.scales("manager", mode),
            WEIGHTS["manager"],
        ),
    )


def test_counts_of_another_tick_are_refused():
    hive = world(TINY)
    since = hive.counters()
    for _ in range(2):
        hive.step(idle(hive))
    with pytest.raises(ArgumentError, match=r"^since: expected what counters\('worker'\) returned"):
        hive.components("worker", since)
    hive.counters()
    hive.reset(1)
    with pytest.raises(ArgumentError, match=r"^since: expected"):
        hive.rewards("worker", since)


@pytest.mark.parametrize("buffer", [np.zeros(16), np.zeros(15, np.float32), [0.0] * 16])
def test_a_buffer_of_rewards_that_does_not_fit_is_refused(buffer):
    hive = world(TINY)
    with pytest.raises(ArgumentError, match=r"^out: expected a writeable C-contiguous float32"):
        hive.rewards("worker", hive.counters(), out=buffer)


def test_a_mode_that_is_none_is_refused():
    hive = world(TINY)
    with pytest.raises(ArgumentError, match=r"^mode: expected one of mean, difference, none"):
        hive.components("worker", hive.counters(), "median")
