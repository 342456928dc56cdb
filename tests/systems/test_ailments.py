"""Faults of workers: their kinds, arrivals and durations, and what the sick do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples
from systems.worlds import SMALL, TINY, alone, idle, march, members, random_actions, verbs, world

from hive_env.ecs import Unit
from hive_env.enums import Condition, Event, FaultKind, Garble, Health, Stream, Verb
from hive_env.faults import Faults, PlannedFault, WorkerFaults
from hive_env.random import below, draw
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size
from hive_env.systems import ailments
from hive_env.systems.members import exponential_fine, fault_gap, lasting

jitless = pytest.mark.jitless
BOUND = 5.0
"""Standard errors by which a figure may miss its expectation; seeds are fixed."""

CROWD = Size(512, 2, 2, 2, 2)
LONG = 2.0**26
"""A mean duration that no test outlives, ticks."""

AILMENT, GARBLE = int(Stream.AILMENT), int(Stream.GARBLE)
AFFLICT = members("afflict")
TICK_ON = alone("advance_clock", Unit.WORLD)


def sick(
    size: Size = SMALL, *, worlds: int = 1, seed: int = 1, task: Any = None, **faults: Any
) -> Forage:
    """A quiet world whose workers have only the faults given."""
    given = WorkerFaults(**{"mean_ticks": 0.0, "kill": 0.0, **faults})
    workers = Faults(given, offices=None)
    return world(size, worlds=worlds, seed=seed, faults=workers, **(task or {}))


def everybody(hive: Forage) -> list[int]:
    return list(range(hive.workers))


def by_id(hive: Forage, name: str) -> Any:
    column = hive.columns[name]
    out = np.empty_like(column)
    first = np.arange(len(column)) // hive.workers * hive.workers
    out[first + hive.columns["id"]] = column
    return out


# --- arrivals ------------------------------------------------------------------------------------


def faults_until(hive: Forage, ticks: int) -> Any:
    """Run `afflict` alone over workers that are sound whenever a fault comes."""
    for _ in range(ticks):
        hive.columns["health"][:] = Health.ALIVE
        hive.columns["ailment"][:] = Condition.UP
        hive.run_pass(AFFLICT)
        hive.columns["docket"][:] = 0
        hive.run_pass(TICK_ON)
    return hive.columns["struck"].sum(axis=0)


def test_kinds_come_in_their_shares_and_faults_at_their_rate() -> None:
    """About 41,000 faults: a share that is off by .013, or a rate by 2.5 %, would be seen."""
    shares = {"kill": 0.4, "delay": 0.3, "corruption": 0.2}
    hive = sick(CROWD, worlds=8, mean_ticks=40.0, **shares)
    struck = faults_until(hive, 401)
    total = int(struck.sum())
    expected = np.array([0.4, 0.3, 0.2, 0.1])
    error = np.sqrt(expected * (1 - expected) / total)
    assert (abs(struck / total - expected) <= BOUND * error).all()
    due = 8 * 512 * 400 / 40
    arrived = int((hive.columns["faults_drawn"] - 1).sum())
    assert abs(arrived - due) <= BOUND * np.sqrt(due)
    assert 0.97 * arrived < total <= arrived, "of two in one tick the second may meet the failed"


@pytest.mark.parametrize("shape", [0.5, 1.0, 3.0])
def test_times_between_faults_are_weibull_of_the_given_mean(shape: float) -> None:
    """Mean, variance and median of 20,480 first faults, in fractions of a tick."""
    from math import gamma, log

    hive = sick(CROWD, worlds=40, mean_ticks=50.0, shape=shape, kill=1.0)
    times = hive.columns["fault_at"] / 65536
    scale = 50 / gamma(1 + 1 / shape)
    moments = [scale**k * gamma(1 + k / shape) for k in range(5)]
    spread = moments[2] - moments[1] ** 2
    fourth = (
        moments[4]
        - 4 * moments[3] * moments[1]
        + 6 * moments[2] * moments[1] ** 2
        - 3 * moments[1] ** 4
    )
    count = len(times)
    assert abs(times.mean() - 50) <= BOUND * np.sqrt(spread / count) + 50 * 2**-12
    bound = BOUND * np.sqrt((fourth - spread**2) / count)
    assert abs(times.var() - spread) <= bound + spread * 2**-11
    below_median = (times < scale * log(2) ** (1 / shape)).mean()
    assert abs(below_median - 0.5) <= BOUND * 0.5 / np.sqrt(count) + 2**-11


def test_faults_strike_in_the_first_tick_that_begins_after_their_time() -> None:
    hive = sick(CROWD, mean_ticks=10.0, kill=1.0)
    times = by_id(hive, "fault_at").copy()
    for tick in range(12):
        hive.step(idle(hive))
        due = times <= tick << 16
        assert ((by_id(hive, "event") & Event.STRUCK > 0) == (due & (times > tick - 1 << 16))).all()
        times = np.where(due, np.iinfo(np.int64).max, times)


def test_times_of_faults_do_not_depend_on_what_anybody_does() -> None:
    """Scripted and random play, and play in which everybody is healed, meet the same clocks."""
    hives = [
        sick(mean_ticks=12.0, kill=0.4, delay=0.2, corruption=0.2, reserve=0) for _ in range(3)
    ]
    rng = np.random.default_rng(0)
    for _ in range(60):
        hives[0].step(hives[0].decide("scripted"))
        hives[1].step(random_actions(hives[1], rng))
        hives[2].columns["health"][:] = Health.ALIVE
        hives[2].step(idle(hives[2]))
        clocks = [(by_id(h, "fault_at"), by_id(h, "faults_drawn")) for h in hives]
        for others in clocks[1:]:
            assert all((a == b).all() for a, b in zip(clocks[0], others, strict=True))
    assert (hives[0].columns["x"] != hives[1].columns["x"]).any()
    assert hives[0].columns["faults_drawn"].sum() > 4 * 64


@jitless
def test_a_clock_adds_gap_to_gap_and_loses_no_part_of_a_tick() -> None:
    """Exact: the sum of the gaps of all draws so far, whenever a tick begins."""
    hive = sick(TINY, mean_ticks=2.5, kill=1.0)
    mean = int(hive.blueprint.constants["worker_fault_mean"])
    assert mean == 5 << 15
    for _ in range(12):
        hive.step(idle(hive))
    drawn, at = by_id(hive, "faults_drawn"), by_id(hive, "fault_at")
    for who in range(16):
        words = [draw(1, 0, number, AILMENT, who)[0] for number in range(drawn[who])]
        assert at[who] == sum(fault_gap(word, mean, 65536) for word in words)
    assert drawn.sum() > 50


@pytest.mark.parametrize("kind", [FaultKind.DELAY, FaultKind.CORRUPTION])
def test_an_ailment_lasts_an_exponential_time_of_its_mean(kind: FaultKind) -> None:
    """10,240 durations: a mean that is off by 5 % would be seen; so would constant ones."""
    hive = sick(CROWD, worlds=20, delay_mean=40.0, corruption_mean=40.0)
    for at in range(20):
        hive.inject(kind, seats=everybody(hive), world=at)
    times = hive.columns["ailment_until"] / 65536
    error = 40 / np.sqrt(len(times))
    assert abs(times.mean() - 40) <= BOUND * error
    assert abs(times.std() - 40) <= BOUND * np.sqrt(2) * error


def test_a_slow_worker_is_well_in_the_first_tick_after_its_time() -> None:
    hive = sick(delay_mean=6.0)
    hive.inject(FaultKind.DELAY, seats=everybody(hive))
    until = by_id(hive, "ailment_until").copy()
    for tick in range(20):
        hive.step(idle(hive))
        assert ((by_id(hive, "ailment") == Condition.SLOW) == (until > tick << 16)).all()


# --- what the sick do ----------------------------------------------------------------------------


def carried_out(hive: Forage, ticks: int, seed: int = 0) -> tuple[Any, Any]:
    """Play at random; return what was asked and what was done, [ticks, W * N, 2]."""
    rng = np.random.default_rng(seed)
    asked, done = [], []
    for _ in range(ticks):
        asked.append(random_actions(hive, rng))
        hive.step(asked[-1])
        done.append(hive.columns["acted"].copy())
    return np.array(asked), np.array(done)


@pytest.mark.parametrize("lag", [2, 5])
def test_a_slow_worker_repeats_the_action_of_every_lag_th_tick(lag: int) -> None:
    """Exact, from any tick on; the others do what they are asked."""
    hive = sick(delay_mean=LONG, lag=lag)
    carried_out(hive, 3, seed=9)
    slow = [3, 7, 21]
    hive.inject(FaultKind.DELAY, seats=slow)
    asked, done = carried_out(hive, 23)
    ticks = np.arange(23)
    expected = asked.copy()
    expected[:, slow] = asked[ticks - ticks % lag][:, slow]
    assert (done == expected).all()
    assert (done != asked).any()


def test_what_a_worker_carries_out_is_what_the_world_feels() -> None:
    """A sound world that is given what the sick one carried out goes the same way."""
    well = sick()
    ill = sick(delay_mean=LONG, corruption_mean=LONG, garble=Garble.ADVERSARIAL)
    ill.inject(FaultKind.DELAY, seats=list(range(20)))
    ill.inject(FaultKind.CORRUPTION, seats=list(range(20, 50)))
    rng = np.random.default_rng(2)
    for _ in range(40):
        asked = random_actions(ill, rng)
        ill.step(asked)
        well.step(ill.columns["acted"].copy())
        for name in ("x", "y", "cargo", "event", "trail", "site_stock", "delivered"):
            assert (ill.columns[name] == well.columns[name]).all(), name


@pytest.mark.parametrize("depth", [1, 3])
def test_an_adversarial_worker_does_the_opposite(depth: int) -> None:
    hive = sick(corruption_mean=LONG, garble=Garble.ADVERSARIAL, task={"depth": depth})
    hive.inject(FaultKind.CORRUPTION, seats=everybody(hive))
    asked, done = carried_out(hive, 20)
    back = {
        Verb.STAY: Verb.STAY,
        Verb.NORTH: Verb.SOUTH,
        Verb.EAST: Verb.WEST,
        Verb.SOUTH: Verb.NORTH,
        Verb.WEST: Verb.EAST,
        Verb.PICK: Verb.DROP,
        Verb.DROP: Verb.PICK,
        Verb.WORK: Verb.STAY,
        Verb.UP: Verb.DOWN,
        Verb.DOWN: Verb.UP,
    }
    table = np.array([back[Verb(verb)] for verb in range(10)])
    assert (done[..., 0] == table[asked[..., 0]]).all()
    assert (done[..., 1] == asked[..., 1]).all()
    assert set(np.unique(asked[..., 0])) == set(range(8 if depth == 1 else 10))


@jitless
@given(st.integers(1, 6) | st.integers(8, 9))
def test_the_opposite_of_the_opposite_is_the_verb_itself(verb: int) -> None:
    assert ailments.opposite(ailments.opposite(verb)) == verb != ailments.opposite(verb)


def test_a_stuck_worker_does_for_ever_what_it_was_asked_when_it_fell_ill() -> None:
    hive = sick(corruption_mean=LONG, garble=Garble.STUCK)
    carried_out(hive, 2, seed=5)
    hive.inject(FaultKind.CORRUPTION, seats=[5, 6])
    asked, done = carried_out(hive, 30)
    expected = asked.copy()
    expected[:, 5:7] = asked[0, 5:7]
    assert (done == expected).all()


def test_a_corrupt_worker_does_anything_by_its_own_stream() -> None:
    """The draws themselves, and that each verb comes as often as each other."""
    hive = sick(corruption_mean=LONG, garble=Garble.RANDOM)
    hive.inject(FaultKind.CORRUPTION, seats=everybody(hive))
    _, done = carried_out(hive, 60)
    words = [[draw(1, 0, tick, GARBLE, who)[:2] for who in range(64)] for tick in range(60)]
    expected = [[(below(verb, 8), below(trace, 5)) for verb, trace in row] for row in words]
    assert (done == np.array(expected)).all()
    counts = np.bincount(done[..., 0].ravel(), minlength=8)
    error = np.sqrt(done[..., 0].size * 1 / 8 * 7 / 8)
    assert (abs(counts - done[..., 0].size / 8) <= BOUND * error).all()


def test_a_worker_that_overflows_loses_memory_and_order_and_keeps_its_cargo() -> None:
    hive = sick(task={"memory_width": 3, "manager_period": 8})
    march(hive, 3)
    c = hive.columns
    c["memory"][:] = 7
    c["cargo"][:] = 2
    c["success"][:] = 1
    c["task"][:], c["task_zone"][:], c["task_priority"][:] = 2, 17, 2
    before = c["task_priority"].copy()
    hive.inject(FaultKind.OVERFLOW, seats=[4, 9])
    lost = np.isin(c["id"], [4, 9])
    assert (c["memory"][lost] == 0).all()
    assert (c["memory"][~lost] == 7).all()
    assert (c["task"][lost] == 0).all()
    assert (c["task_zone"][lost] == 0).all()
    assert (c["success"][lost] == 0).all()
    assert (c["success"][~lost] == 1).all()
    assert (c["task_priority"][lost] == ailments.NEUTRAL).all()
    assert (c["task_priority"][~lost] == before[~lost]).all()
    assert (c["cargo"] == 2).all()
    assert (c["health"] == Health.ALIVE).all()
    assert ((c["event"] & Event.OVERFLOWN > 0) == lost).all()


def test_a_fault_meets_only_the_living_and_makes_no_ailment_worse_but_slowness() -> None:
    hive = sick(delay_mean=LONG, corruption_mean=LONG)
    c, only = hive.columns, {"seats": 0}
    hive.inject(FaultKind.DELAY, **only)
    row = int(np.argmax(c["id"] == 0))
    until = int(c["ailment_until"][row])
    hive.inject(FaultKind.DELAY, **only)
    assert (c["ailment"][row], c["ailment_until"][row]) == (Condition.SLOW, until)
    hive.inject(FaultKind.CORRUPTION, **only)
    assert c["ailment"][row] == Condition.CORRUPT
    until = int(c["ailment_until"][row])
    for kind in (FaultKind.DELAY, FaultKind.CORRUPTION):
        hive.inject(kind, **only)
        assert (c["ailment"][row], c["ailment_until"][row]) == (Condition.CORRUPT, until)
    hive.inject(FaultKind.KILL, **only)
    assert c["health"][row] == Health.FAILED
    assert c["error_count"][row] == 1
    for kind in FaultKind:
        hive.inject(kind, **only)
    assert c["error_count"][row] == 1


def test_a_worker_feels_that_it_is_slow_and_not_that_it_is_corrupt() -> None:
    hive = sick(delay_mean=LONG, corruption_mean=LONG)
    before = hive.observe()
    hive.inject(FaultKind.DELAY, seats=[1])
    hive.inject(FaultKind.CORRUPTION, seats=[2])
    seen = hive.observe()
    health = [one.name for one in hive.levels["worker"].features].index("health")
    assert seen[1, health] == 128
    seen[1, health] = 255
    assert (seen == before).all()
    facts = hive.facts("worker")["ailment"]
    assert facts[:3].tolist() == [Condition.UP, Condition.SLOW, Condition.CORRUPT]
    assert hive.able("worker").all()


# --- schedules -----------------------------------------------------------------------------------


def test_planned_faults_strike_whom_and_when_they_say() -> None:
    """Two thousand of them, given in any order, in each of two worlds; nothing else strikes."""
    rng = np.random.default_rng(3)
    ticks, seats = np.arange(1, 41).repeat(50), rng.integers(0, 64, 2000)
    order = rng.permutation(2000)
    plan = tuple(
        PlannedFault(int(ticks[at]), FaultKind.OVERFLOW, "worker", int(seats[at])) for at in order
    )
    hive = world(SMALL, worlds=2, faults=Faults(offices=None, schedule=plan))
    for tick in range(45):
        hive.step(idle(hive))
        met = np.isin(np.arange(64), seats[ticks == tick])
        found = by_id(hive, "event").reshape(2, 64) & Event.OVERFLOWN > 0
        assert (found == met).all()


def test_faults_planned_for_one_tick_all_strike() -> None:
    every = [PlannedFault(2, kind, "worker", 3) for kind in (FaultKind.DELAY, FaultKind.OVERFLOW)]
    every += [
        PlannedFault(2, FaultKind.KILL, "worker", 4),
        PlannedFault(0, FaultKind.KILL, "worker", 5),
    ]
    hive = world(SMALL, faults=Faults(offices=None, schedule=tuple(every)))
    hive.step(idle(hive))
    assert np.flatnonzero(by_id(hive, "health")).tolist() == [5]
    hive.step(idle(hive))
    hive.step(idle(hive))
    assert np.flatnonzero(by_id(hive, "health")).tolist() == [4, 5]
    assert by_id(hive, "ailment")[3] == Condition.SLOW
    assert by_id(hive, "event")[3] == Event.OVERFLOWN
    assert hive.churn() | {"reset": 0} == {
        **dict.fromkeys(("destroyed", "spawned", "spent", "reset", "corruption"), 0),
        "kill": 2,
        "delay": 1,
        "overflow": 1,
    }


# --- the list of those found out -----------------------------------------------------------------


@jitless
@settings(max_examples=examples(60))
@given(st.permutations(range(10)), st.integers(0, 10))
def test_the_docket_holds_the_lowest_ids_whatever_the_order(order: list[int], count: int) -> None:
    ids = np.arange(10, dtype=np.uint32)[::-1].copy()
    docket = np.zeros((1, 4), np.int64)
    chosen = order[:count]
    for row in chosen:
        ailments.accuse(row, 0, ids, docket)
    rows = docket[0, docket[0] < 0] & 0xFFFFFFFF
    found = [int(ids[row]) for row in rows]
    assert found == sorted(int(ids[row]) for row in chosen)[:4]


@jitless
def test_a_duration_is_that_of_its_word() -> None:
    """The instants of `lasting` are those of the variate; a kind is the part of its word."""
    assert lasting(0, 1 << 16) == exponential_fine(0) >> 12
    kinds = [ailments.kind_of(word, 10, 20, 30) for word in (0, 9, 10, 29, 30, 59, 60, 65535)]
    assert kinds == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_world_without_kinds_keeps_nothing_and_plays_as_ever() -> None:
    """No rows, and the same hashes with a record of faults that only kill as without one."""
    plain, given = (
        world(TINY, fault_mean_ticks=9),
        world(TINY, fault_mean_ticks=9, faults=Faults(offices=None)),
    )
    for name in ("ailment", "acted", "incarnation", "fault_at", "outcast", "churn", "host_turn"):
        assert not len(plain.columns[name])
    for _ in range(40):
        for hive in (plain, given):
            hive.step(hive.decide("scripted"))
        assert plain.state_hash() == given.state_hash()
    assert set(plain.facts("worker")) == {"event"}


def test_faults_that_never_come_change_nothing() -> None:
    plain = world(SMALL)
    none = world(SMALL, faults="off")
    for _ in range(40):
        for hive in (plain, none):
            hive.step(hive.decide("scripted"))
        assert (plain.observe() == none.observe()).all()
    assert plain.values() == none.values()


def test_the_caller_is_read_where_it_lies_and_never_written_to() -> None:
    for hive in (world(SMALL), sick(mean_ticks=2.0, delay=0.5, corruption=0.5)):
        given = verbs(hive, int(Verb.EAST))
        before = given.copy()
        for _ in range(5):
            hive.step(given)
        assert (given == before).all()
