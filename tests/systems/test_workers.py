"""What a worker goes through and does: faults, repair, hazards, crowds, drops and values."""

from __future__ import annotations

import numpy as np
import pytest
from systems.worlds import (
    TINY,
    alone,
    idle,
    members,
    put,
    random_actions,
    settle,
    verbs,
    world,
)

from hive_env.ecs import Unit
from hive_env.enums import PAIRS, Event, Ground, Health, Verb
from hive_env.sizes import Size
from hive_env.systems import workers

STRIKE = members("strike")
ENDURE = members("endure")
TICK_ON = alone("advance_clock", Unit.WORLD)
BOUND = 5.0
"""Standard errors by which a frequency may miss its probability; seeds are fixed."""


def agrees(hits: int, trials: int, probability: float) -> bool:
    """Whether a frequency lies within `BOUND` standard errors of its probability."""
    error = np.sqrt(probability * (1 - probability) / trials)
    return abs(hits / trials - probability) <= BOUND * error


# --- faults ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [1, 3, 20, 500])
def test_gaps_between_faults_are_geometric_with_the_documented_mean(mean):
    """P(gap = n) is that of a chain that strikes with 1 - exp(-1/mean) in each tick."""
    gaps = np.array([workers.fault_gap(7, 0, 3, entity, mean) for entity in range(20_000)])
    p = 1 - np.exp(-1 / mean)
    assert gaps.min() >= 1
    assert abs(gaps.mean() - 1 / p) <= BOUND * np.sqrt(1 - p) / p / np.sqrt(len(gaps))
    assert 1 / p == pytest.approx(mean + 0.5, abs=0.5)
    for ticks in {1, 2, mean, 2 * mean}:
        assert agrees(int((gaps <= ticks).sum()), len(gaps), 1 - (1 - p) ** ticks)


def faults_struck(hive, ticks, change=None):
    """Run clock and `strike` alone; return the schedule of each tick and who was struck."""
    c, schedules, struck = hive.columns, [], []
    for _ in range(ticks):
        hive.run_pass(STRIKE)
        schedules.append(c["next_fault"].copy())
        struck.append((c["event"] & Event.STRUCK) != 0)
        if change:
            change(c)
        hive.run_pass(TICK_ON)
    return np.array(schedules), np.array(struck)


def test_faults_strike_the_healthy_as_often_as_the_chain_says():
    hive = world(TINY, worlds=40, fault_mean_ticks=8)

    def heal(c):
        c["health"][:] = Health.ALIVE

    schedules, struck = faults_struck(hive, 120, heal)
    assert not struck[0].any(), "nobody is struck in the tick of the reset"
    assert agrees(int(struck[1:].sum()), struck[1:].size, 1 - np.exp(-1 / 8))
    assert (schedules > np.arange(120)[:, None]).all()


def test_the_times_of_faults_do_not_depend_on_health():
    """One world stays as struck, one is healed every tick, one has its dead and failed."""
    hives = [world(TINY, seed=4, fault_mean_ticks=10) for _ in range(3)]
    rng = np.random.default_rng(0)

    def shuffle(c):
        c["health"][:] = rng.integers(0, 3, len(c["health"]))

    changes = (None, lambda c: c["health"].fill(0), shuffle)
    found = [faults_struck(h, 100, change) for h, change in zip(hives, changes, strict=True)]
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][0], found[2][0])
    assert found[0][1].sum() == TINY.workers, "who lies failed is not struck again"


@pytest.mark.jitless
def test_no_faults_strike_where_they_are_switched_off():
    hive = world(TINY, fault_mean_ticks=0)
    hive.columns["tick"][:] = 2**30
    hive.run_pass(STRIKE)
    assert not hive.columns["event"].any()


@pytest.mark.jitless
@pytest.mark.parametrize("cause", ["strike", "hazard"])
def test_a_failure_loses_the_cargo_and_counts_as_an_error(cause):
    hive = world(TINY, fault_mean_ticks=1000, hazard_fatigue=255, hazards_per_region=1)
    c = hive.columns
    c["cargo"][:] = 3
    c["next_fault"][:] = 0 if cause == "strike" else 10**6
    if cause == "hazard":
        c["ground"][...] |= int(Ground.HAZARD)
    hive.run_pass(STRIKE)
    hive.run_pass(ENDURE)
    assert (c["health"] == Health.FAILED).all()
    assert (c["cargo"] == 0).all()
    assert (c["error_count"] == 1).all()
    assert (c["repair"] == 0).all()
    assert (c["down"] == 0).all()


def test_a_failed_worker_ignores_every_action():
    hive = world(TINY, reboot_ticks=1000)
    rng = np.random.default_rng(1)
    c = hive.columns
    c["health"][:] = Health.FAILED
    settle(hive)
    before = {name: c[name].copy() for name in ("x", "y", "cargo", "home", "success")}
    trails = c["trail"].copy()
    for _ in range(30):
        hive.step(random_actions(hive, rng))
        assert (c["event"] == 0).all()
    for name, value in before.items():
        np.testing.assert_array_equal(c[name], value)
    np.testing.assert_array_equal(c["trail"][:, 1:], trails[:, 1:])
    assert c["trail"][:, 0].any(), "who lies there leaves danger"


# --- repair and reboot -------------------------------------------------------------------------


def casualty(x, y, beside, **forage):
    """A world in which worker 0 has just failed, worker 1 stands beside it, others far away."""
    hive = world(TINY, repair_ticks=4, **{"reboot_ticks": 100, **forage})
    side = hive.config.region_side
    put(hive, np.arange(2, 16), side + 3, side + 3)
    put(hive, 0, x % (2 * side), y % (2 * side))
    put(hive, 1, (x + beside[0]) % (2 * side), (y + beside[1]) % (2 * side))
    hive.columns["health"][0] = Health.FAILED
    settle(hive)
    return hive


BESIDE = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize(("x", "y"), [(5, 5), (11, 5), (12, 5), (5, 11), (5, 12), (11, 11)])
@pytest.mark.parametrize("worked", [3, 4])
def test_a_neighbours_work_of_exactly_repair_ticks_brings_a_worker_back(x, y, beside, worked):
    """Also across the border between regions, which lies between cells 11 and 12."""
    hive = casualty(x, y, beside)
    for tick in range(8):
        assert hive.columns["health"][0] == Health.FAILED
        actions = idle(hive)
        actions[1, 0] = int(Verb.WORK) if tick < worked else int(Verb.STAY)
        hive.step(actions)
        if tick == worked:
            break
    assert (hive.columns["health"][0] == Health.ALIVE) == (worked == 4)
    if worked == 4:
        assert hive.columns["event"][0] & Event.REPAIRED


@pytest.mark.parametrize("beside", [(1, 1), (2, 0), (0, -2)])
def test_work_farther_away_does_not_help(beside):
    hive = casualty(5, 5, beside)
    for _ in range(10):
        hive.step(verbs(hive, np.array([0, int(Verb.WORK)] + [0] * 14)))
    assert hive.columns["repair"][0] == 0


def test_many_hands_repair_no_faster_than_one_and_pauses_do_no_harm():
    hive = casualty(5, 5, (1, 0))
    put(hive, np.arange(2, 6), 4, 5)
    settle(hive)
    work = verbs(hive, int(Verb.WORK))
    for actions in (work, idle(hive), work, idle(hive), work, work):
        hive.step(actions)
        assert hive.columns["health"][0] == Health.FAILED
    assert hive.columns["repair"][0] == 3
    hive.step(idle(hive))
    assert hive.columns["health"][0] == Health.ALIVE


@pytest.mark.parametrize("cause", ["strike", "hazard"])
@pytest.mark.parametrize("reboot", [1, 5])
def test_a_worker_reboots_after_exactly_reboot_ticks_whatever_failed_it(cause, reboot):
    """Failed at the end of ``reboot`` ticks, back in the next, and it may act in the one after."""
    hive = world(
        TINY,
        fault_mean_ticks=10**6,
        reboot_ticks=reboot,
        hazard_fatigue=255,
        hazards_per_region=8 * (cause == "hazard"),
    )
    c, side = hive.columns, hive.config.region_side
    c["next_fault"][:] = 10**6
    put(hive, np.arange(16), side + 3, side + 3)
    if cause == "hazard":
        c["hazard_cell"][...] = side + 1
    put(hive, 0, 1, 1)
    settle(hive)
    if cause == "strike":
        c["next_fault"][0] = 0
    east = verbs(hive, int(Verb.EAST))
    down = []
    for tick in range(reboot + 3):
        if tick == 1:
            c["hazard_cell"][...] = 8 * side + 8
            settle(hive)
        x = c["x"][0]
        hive.step(east)
        down.append(c["health"][0] == Health.FAILED)
        moved = c["x"][0] != x
        assert moved == (tick > reboot)
    assert down == [True] * reboot + [False] * 3


def test_work_done_before_a_failure_does_not_repair_it():
    hive = casualty(5, 5, (1, 0), fault_mean_ticks=10**6)
    c = hive.columns
    c["health"][0] = Health.ALIVE
    c["next_fault"][:] = 10**6
    settle(hive)
    c["next_fault"][0] = 1
    work = verbs(hive, np.array([0, int(Verb.WORK)] + [0] * 14))
    for _ in range(2):
        hive.step(work)
    assert c["health"][0] == Health.FAILED
    assert c["repair"][0] == 0
    for _ in range(3):
        hive.step(work)
        assert c["health"][0] == Health.FAILED
    hive.step(work)
    assert c["health"][0] == Health.ALIVE


# --- hazards and crowds ------------------------------------------------------------------------


@pytest.mark.jitless
def test_fatigue_rises_in_hazards_falls_outside_and_fails_at_255():
    hive = world(TINY, hazard_fatigue=100, hazards_per_region=1)
    c = hive.columns
    c["ground"][...] |= int(Ground.HAZARD)
    for expected, health in ((100, 0), (200, 0), (255, 1)):
        c["event"][:] = 0
        hive.run_pass(ENDURE)
        assert (c["fatigue"] == expected).all()
        assert (c["health"] == health).all()
        assert ((c["event"] & Event.HAZARD) != 0).all()
    c["ground"][...] = 0
    c["health"][:] = 0
    c["fatigue"][:] = 2
    for expected in (1, 0, 0):
        hive.run_pass(ENDURE)
        assert (c["fatigue"] == expected).all()


@pytest.mark.parametrize("crowd", [1, 4, 5, 9, 15])
def test_a_crowd_lets_each_act_with_probability_capacity_over_count(crowd):
    hive = world(Size(64, 1, 1, 2, 2), worlds=20, crowd_capacity=4)
    c = hive.columns
    acted = trials = 0
    for tick in range(10):
        c["tick"][:] = tick
        c["event"][:] = 0
        c["ground"][...] = crowd
        hive.run_pass(ENDURE)
        acted += int(((c["event"] & Event.SLOWED) == 0).sum())
        trials += len(c["event"])
    if crowd <= 4:
        assert acted == trials
    else:
        assert agrees(acted, trials, 4 / crowd)


def test_a_worker_held_up_does_nothing():
    hive = world(Size(64, 1, 1, 2, 2), crowd_capacity=1)
    c = hive.columns
    put(hive, np.arange(15), 3, 3)
    settle(hive)
    hive.step(verbs(hive, int(Verb.EAST)))
    held = (c["event"] & Event.SLOWED) != 0
    assert held[:15].any()
    assert ((c["x"][:15] >> 12) == np.where(held[:15], 3, 4)).all()


# --- drops and values --------------------------------------------------------------------------


@pytest.mark.parametrize("demand", range(6))
@pytest.mark.parametrize("season", range(6))
def test_a_units_value_is_demand_times_season_at_an_open_depot(demand, season):
    for kind in range(4):
        for door in (0, 1):
            worth = (1000 if kind in PAIRS[demand] else 300) * door
            factor = 1800 if kind in PAIRS[season] else 200
            got = workers.value_of(kind, demand, season, door, 1000, 300, 1800, 200)
            assert got == worth * factor // 1000


def drop(x, y, *, home=0, door=1, kind=2, depth=1, z=0):
    """Worker 0 drops a unit at a cell; its world after that tick."""
    hive = world(TINY, depth=depth)
    c = hive.columns
    put(hive, 0, x, y, z)
    c["home"][0] = home
    c["cargo"][0] = kind + 1
    c["success"][0] = 2
    settle(hive)
    c["door"][:] = door
    c["demand"][:] = PAIRS.index((0, 2))
    c["season"][:] = PAIRS.index((2, 3))
    hive.step(verbs(hive, np.array([int(Verb.DROP)] + [0] * 15)))
    return hive


@pytest.mark.parametrize("dx", range(-2, 3))
@pytest.mark.parametrize("dy", range(-2, 3))
def test_a_drop_delivers_within_one_cell_of_the_depot_and_elsewhere_is_in_vain(dx, dy):
    hive = drop(6 + dx, 6 + dy)
    c = hive.columns
    near = abs(dx) + abs(dy) <= 1
    assert c["delivered"][0].tolist() == [0, 0, int(near), 0]
    assert c["cargo"][0] == (0 if near else 3)
    assert c["success"][0] == (0 if near else 2)
    assert c["gain"][0] == (1900 if near else 0)
    assert c["region_value"].sum() == c["gain"].astype(int).sum()
    assert hive.values()[0] == (1.9 if near else 0)
    event = int(c["event"][0])
    assert event == (Event.DELIVERED if near else 0)


def test_a_shut_depot_takes_the_unit_and_pays_nothing():
    hive = drop(6, 6, door=0)
    assert hive.columns["delivered"][0, 2] == 1
    assert hive.columns["gain"][0] == 0
    assert hive.values()[0] == 0


def test_only_the_depot_of_the_workers_own_region_pays():
    hive = drop(6, 6, home=1)
    assert hive.columns["cargo"][0] == 3
    assert hive.values()[0] == 0


@pytest.mark.parametrize(("kind", "worth"), [(0, 100), (1, 0), (2, 1900), (3, 0)])
def test_the_pay_depends_on_the_type(kind, worth):
    assert drop(6, 6, kind=kind).columns["gain"][0] == worth


def test_in_space_the_depot_lies_in_the_middle_layer():
    half = drop(0, 0, depth=3).config.region_side // 2
    assert drop(half, half, depth=3, z=1).columns["delivered"].sum() == 1
    assert drop(half, half, depth=3, z=2).columns["delivered"].sum() == 1
    assert drop(half, half + 1, depth=3, z=2).columns["delivered"].sum() == 0


def test_an_empty_handed_drop_is_nothing():
    hive = world(TINY)
    hive.step(verbs(hive, int(Verb.DROP)))
    assert not hive.columns["event"].any()
    assert not hive.columns["delivered"].any()
