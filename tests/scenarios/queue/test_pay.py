"""What the seats of Queue are paid, and that obeying sensible orders pays."""

from __future__ import annotations

import numpy as np
import pytest
from scenarios.queue.worlds import NANO, UNEVEN, go, play, put_task, still, world

from hive_env.enums import PAIRS
from hive_env.scenarios.controllers import FULL, Crew
from hive_env.scenarios.hive import LEVELS
from hive_env.scenarios.queue import Queue
from hive_env.scenarios.queue.controllers import CONTROLLERS
from hive_env.scenarios.rewards import GLOBAL_MODES, WEIGHTS, total
from hive_env.systems.queue_workers import ASK, HAND_IN

levels = pytest.mark.parametrize("level", LEVELS)


def delivery(hive: Queue, worker: int, kind: int, worth: int = 2000) -> dict[str, np.ndarray]:
    """Let a worker deliver one task; returns the counters before its last tick."""
    region = worker // hive.workers * hive.config.size.regions
    region += int(hive.columns["post"][worker])
    hive.columns["counter"][worker] = kind
    put_task(hive, kind, region=region, work=1, worth=worth)
    go(hive, {worker: ASK + kind})
    go(hive, ticks=2)
    since = hive.counters()
    go(hive, {worker: HAND_IN})
    return since


@pytest.mark.parametrize(("kind", "local"), [(0, 2.0), (1, -1.0)])
def test_a_worker_is_paid_the_true_value_and_for_keeping_to_its_order(
    kind: int, local: float
) -> None:
    hive = still(UNEVEN, worlds=2)
    hive.columns["price"][...] = PAIRS.index((0, 1))
    hive.columns["price_until"][...] = 1000
    orders = np.tile(np.array([2, 1, 0, 0, 0], np.uint8), (32, 1))
    go(hive, manager=orders)
    since = delivery(hive, 53, kind)
    for mode, expected in (("mean", 2 * 3.6 / 50), ("difference", 3.6), ("none", 0.0)):
        paid = hive.components("worker", since, mode)
        assert paid.shape == (100, 3)
        np.testing.assert_allclose(paid[53], [3.59, local, expected], rtol=1e-6)
        shared = expected if mode == "mean" else 0.0
        np.testing.assert_allclose(paid[54], [-0.01, 0.0, shared], atol=1e-7)
        np.testing.assert_allclose(paid[0], [-0.01, 0.0, 0.0], atol=1e-7)
        other_hive = paid[50 + 30]
        np.testing.assert_allclose(other_hive, [-0.01, 0.0, 0.0], atol=1e-7)


def ordered(hive: Queue) -> Queue:
    """Let all orders want the first type most, the second a little, no other."""
    go(hive, manager=np.tile(np.array([2, 1, 0, 0, 0], np.uint8), (len(hive.masks("manager")), 1)))
    return hive


def work_paid(
    hive: Queue, kind: int, verbs: tuple[int, ...], work: int = 2, worth: int = 1000
) -> list[float]:
    """Let worker 0 do something about a task; returns its local pay, tick by tick."""
    hive.columns["counter"][0] = kind
    put_task(hive, kind, region=int(hive.columns["post"][0]), work=work, worth=worth)
    paid = []
    for verb in verbs:
        since = hive.counters()
        go(hive, {0: verb})
        paid.append(float(hive.components("worker", since)[0, 1]))
    return paid


def test_a_tick_of_work_at_a_task_is_paid_and_nothing_else_that_takes_time() -> None:
    paid = work_paid(still(), 0, (ASK, 0, 0, 0, HAND_IN, 0))
    assert paid == pytest.approx([0.0, 0.1, 0.1, 0.0, 0.0, 0.0])


def test_who_is_no_specialist_is_paid_less_for_a_tick_of_work() -> None:
    """Five eighths of the speed, in whole thousandths."""
    paid = work_paid(still(), 1, (ASK + 1, 0, 0, 0, 0))
    assert paid == pytest.approx([0.0, 0.062, 0.062, 0.062, 0.062])


@pytest.mark.parametrize(("kind", "expected"), [(0, 0.1), (1, 0.0)])
def test_work_at_what_the_order_puts_behind_is_not_paid(kind: int, expected: float) -> None:
    paid = work_paid(ordered(still()), kind, (ASK + kind, 0))
    assert paid == pytest.approx([0.0, expected])


@pytest.mark.parametrize(("kind", "short", "long"), [(0, 0.5, 2.5), (1, -0.25, -1.25)])
def test_for_a_tick_of_work_a_short_task_is_paid_no_better_than_a_long_one(
    kind: int, short: float, long: float
) -> None:
    """Two ticks that are worth 500, and ten that are worth 2500: five times the pay."""
    for work, expected in ((2, short), (10, long)):
        # Who is no specialist takes 16/10 of the time, in whole ticks.
        ticks = work if kind == 0 else -(-16 * work // 10)
        verbs = (ASK + kind, *[0] * ticks, HAND_IN)
        paid = work_paid(ordered(still()), kind, verbs, work, 250 * work)
        assert paid[-1] == pytest.approx(expected)
        assert sum(paid[:-1]) == pytest.approx(0.1 * work if kind == 0 else 0.0)


@pytest.mark.parametrize(("kind", "handed"), [(0, [0.501, 0.5]), (1, [-0.25, -0.25])])
def test_partners_are_paid_each_its_half_and_who_drops_pays_alone(
    kind: int, handed: list[float]
) -> None:
    """A task worth 1001, of which the worker of the lower id has the odd thousandth."""
    dropped = {
        (ASK, 0): [-0.25, 0.0],
        (HAND_IN, ASK): [0.0, -0.25],
        (ASK, ASK + 3): [-0.25, -0.25],
    }
    for verbs, expected in (((0, HAND_IN), handed), *dropped.items()):
        hive = ordered(still())
        hive.columns["counter"][:2] = kind
        put_task(hive, kind, second=1 - kind, work=2, worth=1001)
        go(hive, {0: ASK + kind, 1: ASK + kind})
        go(hive, ticks=2 if verbs == (0, HAND_IN) else 1)
        since = hive.counters()
        go(hive, dict(enumerate(verbs)))
        paid = hive.components("worker", since)
        assert paid[:2, 1].tolist() == pytest.approx(expected)
        assert not paid[2:, 1].any()


@pytest.mark.parametrize("verbs", [(ASK, HAND_IN), (HAND_IN, ASK + 1)])
def test_a_task_that_is_done_is_paid_to_both_though_one_asks_for_another(
    verbs: tuple[int, int],
) -> None:
    hive = ordered(still())
    hive.columns["counter"][1] = 0
    put_task(hive, 0, second=1, work=2, worth=1001)
    go(hive, {0: ASK, 1: ASK})
    go(hive, ticks=2)
    since = hive.counters()
    go(hive, dict(enumerate(verbs)))
    assert hive.components("worker", since)[:2, 1].tolist() == pytest.approx([0.501, 0.5])
    assert hive.columns["dropped"].sum() == 0


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("kind", [0, 1])
def test_who_drops_a_task_pays_half_its_worth_whatever_its_type(kind: int, wanted: bool) -> None:
    """At once, half-way, and done; what it was paid for its work it keeps. Once, not again."""
    for ticks in range(5):
        hive = ordered(still()) if wanted else still()
        verbs = (ASK + kind, *[0] * ticks, ASK + 3, 0)
        assert work_paid(hive, kind, verbs, 2, 2009)[-2:] == pytest.approx([-1.004, 0.0])


def test_a_task_that_expires_in_somebodys_hands_costs_nothing_more() -> None:
    hive = ordered(still())
    put_task(hive, 0, work=9, until=3, worth=2000)
    go(hive, {0: ASK})
    go(hive, ticks=2)
    since = hive.counters()
    go(hive, {0: ASK})
    assert hive.columns["expired"][0, 0] == 1
    assert hive.components("worker", since)[0, 1] == 0


def test_without_a_preference_nothing_matches_and_asking_in_vain_costs() -> None:
    hive = still()
    since = delivery(hive, 0, 0)
    assert hive.components("worker", since)[0, 1] == 0
    since = hive.counters()
    go(hive, {0: ASK})
    assert hive.components("worker", since)[0, 0] == pytest.approx(-0.06)


def test_upper_levels_are_paid_by_worker_for_what_their_people_deliver() -> None:
    """Region 1 of sector 0 of hive 0 delivers one task of a type with the highest quota."""
    hive = still(UNEVEN)
    hive.columns["price"][...] = PAIRS.index((0, 1))
    hive.columns["price_until"][...] = 1000
    hive.columns["quota"][...] = [[3, 1, 1, 1], [1, 3, 1, 1]]
    since = delivery(hive, 4, 0)
    value, worker = 3.6, 1.0
    for level, seat, people in (("manager", 1, 50 / 16), ("governor", 0, 50 / 4)):
        mean = hive.components(level, since, "mean")
        own = [value / people, worker / people]
        np.testing.assert_allclose(mean[seat], [*own, value / 25], rtol=1e-6)
        np.testing.assert_allclose(mean[seat + 1], [0, 0, value / 25], rtol=1e-6)
        np.testing.assert_allclose(mean[-1], 0)
        difference = hive.components(level, since, "difference")
        np.testing.assert_allclose(difference[seat], [*own, value / people], rtol=1e-6)
        np.testing.assert_allclose(difference[seat + 1], 0)
    top = hive.components("orchestrator", since)
    np.testing.assert_allclose(top, [[0, 0, value / 25], [0, 0, 0]], rtol=1e-6)


@levels
@pytest.mark.parametrize("mode", GLOBAL_MODES)
def test_scales_are_positive_and_rewards_finite(level: str, mode: str) -> None:
    hive = world(UNEVEN)
    since = hive.counters()
    play(hive, ticks=1)
    scales = hive.scales(level, mode)
    assert scales.dtype == np.float32
    assert (scales > 0).all()
    paid = hive.components(level, since, mode)
    assert paid.dtype == np.float32
    assert np.isfinite(total(paid, scales, WEIGHTS[level])).all()


@levels
def test_what_is_paid_tick_by_tick_sums_to_what_was_delivered(level: str) -> None:
    """The immediate and the difference component of all seats, over a stretch of play."""
    hive = play(world(NANO), ticks=40)
    before = hive.values()[0]
    paid = np.zeros((hive.levels[level].seats, 3))
    start = hive.counters()
    for _ in range(64):
        since = hive.counters()
        play(hive, ticks=1)
        paid += hive.components(level, since, "difference")
    gained = hive.values()[0] - before
    assert gained > 0
    if level == "worker":
        assert paid[:, 2].sum() == pytest.approx(gained, rel=1e-4)
    else:
        people = hive.workers / len(paid)
        assert paid[:, 2].sum() * people == pytest.approx(gained, rel=1e-4)
        whole = hive.components(level, start, "difference")
        np.testing.assert_allclose(paid, whole, rtol=1e-3, atol=1e-3)


def earned(deviants: slice) -> tuple[float, float]:
    """Return the mean reward of chosen workers who ignore a sensible hierarchy, and who obey."""
    found = []
    for disobey in (True, False):
        hive = Queue(world(NANO).config, worlds=4, threads=1)
        hive.reset(seed=0)
        crew = Crew(hive, CONTROLLERS[FULL])
        scales = hive.scales("worker", "mean")
        sum_ = np.zeros(hive.workers)
        for _ in range(hive.episode_ticks):
            orders, actions = crew.orders(), crew.actions().copy()
            if disobey:
                reflex = hive.decide("reflex").reshape(4, -1, 1)
                actions.reshape(4, -1, 1)[:, deviants] = reflex[:, deviants]
            since = hive.counters()
            hive.step(actions, orders)
            paid = total(hive.components("worker", since), scales, WEIGHTS["worker"])
            sum_ += paid.reshape(4, -1).sum(axis=0)
        found.append(float(sum_[deviants].mean()))
    return found[0], found[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "deviants", [slice(None), slice(0, 512, 32)], ids=["everybody", "one of a region"]
)
def test_obeying_the_scripted_hierarchy_pays_more_than_ignoring_it(deviants: slice) -> None:
    """In the whole population, and for a worker who deviates alone in its region."""
    ignoring, obeying = earned(deviants)
    assert obeying > 1.1 * max(ignoring, 0.0)
