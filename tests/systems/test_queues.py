"""The rules of Queue: who gets a task, what becomes of it, who goes where, what arrives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios.queue.worlds import NANO, TINY, UNEVEN, go, play, put_task, still, world
from strategies import examples

from hive_env.enums import PAIRS, Workforce
from hive_env.sizes import Size
from hive_env.systems.queue_workers import ASK, HAND_IN
from hive_env.systems.queues import Dispatch, QueueEvent, request_word

jitless = pytest.mark.jitless
HOLD, PUSH, DRAW = (int(order) for order in Workforce)


def dispatch(hive, rule):
    """Set the dispatch rule of every region."""
    hive.columns["ruling"][:] = int(rule)


# --- granting ----------------------------------------------------------------------------------


@jitless
def test_one_task_goes_to_the_lowest_word_among_those_who_ask():
    """Three specialists of type 0 ask for one task; the drawn words decide, not the rows."""
    winners = set()
    for seed in range(6):
        hive = still()
        hive.reset(seed)
        put_task(hive, 0)
        words = [int(request_word(hive.columns["seed"][0], 0, 0, who)) for who in (0, 4, 8)]
        go(hive, {0: ASK, 4: ASK, 8: ASK})
        holders = np.flatnonzero(hive.columns["job"])
        assert holders.tolist() == [(0, 4, 8)[int(np.argmin(words))]]
        events = hive.columns["event"][[0, 4, 8]]
        assert sorted(events.tolist()) == [QueueEvent.TOOK, QueueEvent.VAIN, QueueEvent.VAIN]
        winners.add(int(holders[0]))
    assert len(winners) > 1


@jitless
@pytest.mark.parametrize(
    ("rule", "place"),
    [
        (Dispatch.OLDEST, 0),
        (Dispatch.NEWEST, 1),
        (Dispatch.EARLIEST, 2),
        (Dispatch.RICHEST, 3),
        (Dispatch.PAIRS, 3),
    ],
)
def test_a_dispatch_rule_hands_out_the_task_that_it_names(rule, place):
    hive = still(queue_share=1.0)
    dispatch(hive, rule)
    put_task(hive, 0, 0, since=-9, until=500, worth=1000)
    put_task(hive, 0, 1, since=-1, until=500, worth=1000)
    put_task(hive, 0, 2, since=-5, until=100, worth=1000)
    put_task(hive, 0, 3, since=-5, until=500, worth=3000)
    go(hive, {0: ASK})
    assert hive.columns["job"][0] == 1
    assert np.flatnonzero(hive.columns["task_waits"][0] == 0)[0] == place


@jitless
def test_a_task_for_two_goes_to_both_specialists_in_one_tick_or_to_nobody():
    hive = still()
    put_task(hive, 0, second=1)
    hive.columns["counter"][[1, 2]] = 0
    go(hive, {0: ASK, 2: ASK})
    assert not hive.columns["job"].any(), "kind 2 has no part in it"
    go(hive, {0: ASK, 1: ASK, 2: ASK})
    assert hive.columns["job"][:3].tolist() == [1, 1, 0]
    assert hive.columns["partner"][:2].tolist() == [2, 1]
    assert not hive.columns["task_waits"].any()


@jitless
def test_when_a_kind_runs_out_the_next_pair_is_formed_with_another():
    """Two specialists lead; one partner of kind 1 for two rich tasks, one of kind 2 for a poor."""
    hive = still()
    dispatch(hive, Dispatch.PAIRS)
    for place, (second, worth) in enumerate(((1, 9000), (1, 8000), (2, 10))):
        put_task(hive, 0, place, second=second, worth=worth)
    hive.columns["counter"][[1, 2]] = 0
    go(hive, {0: ASK, 1: ASK, 2: ASK, 4: ASK})
    assert (hive.columns["job"][[0, 1, 2, 4]] == 1).all()
    assert hive.columns["worth"][[1, 2]].tolist() == [9000, 10]
    assert hive.columns["task_waits"][0, :3].tolist() == [0, 1, 0]


@jitless
def test_pairs_come_first_only_under_their_rule():
    for rule, expected in ((Dispatch.PAIRS, [1, 0]), (Dispatch.RICHEST, [0, 1])):
        hive = still()
        dispatch(hive, rule)
        hive.columns["counter"][1] = 0
        pair = put_task(hive, 0, 0, second=1)
        single = put_task(hive, 0, 1)
        put_task(hive, 0, 2)
        go(hive, {0: ASK, 1: ASK})
        taken = 1 - hive.columns["task_waits"][0, [pair, single]]
        assert taken.tolist() == expected


@given(seed=st.integers(0, 2**32))
@settings(max_examples=examples(20))
def test_every_grant_is_one_that_the_rules_allow_and_none_is_missed(seed):
    """Random queues and requests against what must hold of any outcome."""
    hive = still(worlds=2)
    rng = np.random.default_rng(seed)
    dispatch(hive, rng.integers(len(Dispatch)))
    for region in range(4):
        for kind in range(4):
            for place in range(rng.integers(0, 4)):
                second = (kind + rng.integers(1, 4)) % 4 if rng.random() < 0.5 else None
                put_task(hive, kind, place, region=region, second=second)
    columns = hive.columns
    columns["counter"][:] = rng.integers(0, 4, 48)
    before = columns["task_waits"].sum()
    asking = np.flatnonzero(rng.random(48) < 0.6)
    go(hive, {int(row): ASK + int(columns["counter"][row]) for row in asking})
    holders = np.flatnonzero(columns["job"])
    assert set(holders) <= set(asking)
    pairs = columns["partner"][holders] > 0
    assert before - columns["task_waits"].sum() == (~pairs).sum() + pairs.sum() // 2
    region = np.arange(48) // 24 * 2 + columns["post"]
    for row in holders:
        kind, second = columns["job"][row] - 1, columns["job_second"][row]
        assert columns["counter"][row] == kind
        if columns["partner"][row]:
            mate = row // 24 * 24 + columns["partner"][row] - 1
            assert columns["partner"][mate] - 1 == row % 24
            assert region[mate] == region[row]
            kinds = {int(columns["specialist"][one]) for one in (row, mate)}
            assert kinds == {int(kind), int(second) - 1}
        else:
            assert second == 0
    for row in set(asking) - set(holders):
        kind = int(columns["counter"][row])
        mine = slice(kind * hive.config.queue_length, (kind + 1) * hive.config.queue_length)
        left = columns["task_second"][region[row], mine][
            columns["task_waits"][region[row], mine] > 0
        ]
        assert (left > 0).all(), "a task for one was left while somebody asked"
        if columns["specialist"][row] == kind:
            others = [
                columns["specialist"][other] + 1
                for other in set(asking) - set(holders)
                if region[other] == region[row] and columns["counter"][other] == kind
            ]
            assert not set(left.tolist()) & set(others), "a pair was there for a task for two"


# --- jobs --------------------------------------------------------------------------------------


@jitless
def test_a_specialist_takes_as_many_ticks_as_the_work_and_another_kind_longer():
    hive = still(off_speed=0.5)
    put_task(hive, 0, 0, work=4)
    go(hive, {0: ASK})
    put_task(hive, 0, 0, work=4)
    hive.columns["counter"][1] = 0
    go(hive, {1: ASK})
    go(hive, ticks=3)
    assert hive.columns["left"][:2].tolist() == [0, 16 * 4 - 3 * 8]
    go(hive, {0: HAND_IN})
    assert hive.columns["event"][0] == QueueEvent.DELIVERED
    go(hive, ticks=3)
    assert hive.columns["left"][1] == 8
    go(hive)
    go(hive, {1: HAND_IN})
    assert hive.columns["delivered"][0].tolist() == [2, 0, 0, 0]


@jitless
@pytest.mark.parametrize("action", [ASK, ASK + 1])
def test_who_asks_for_another_loses_its_job(action):
    hive = still()
    put_task(hive, 0, work=4)
    go(hive, {0: ASK})
    go(hive, {0: action})
    assert hive.columns["event"][0] == QueueEvent.DROPPED
    assert hive.columns["job"][0] == 0
    assert hive.columns["dropped"][0, 0] == 1
    assert hive.values()[0] == 0


@jitless
def test_handing_in_what_is_not_done_does_nothing():
    """It neither loses the job nor brings it on; with a partner, neither does the partner."""
    hive = still()
    hive.columns["counter"][1] = 0
    put_task(hive, 0, second=1, work=4)
    go(hive, {0: ASK, 1: ASK})
    for actions in ({0: HAND_IN}, {1: HAND_IN}, {0: HAND_IN, 1: HAND_IN}):
        go(hive, actions)
        assert hive.columns["left"][:2].tolist() == [64, 64]
        assert not hive.columns["event"][:2].any()
        assert hive.columns["job"][:2].all()
    go(hive)
    assert hive.columns["left"][:2].tolist() == [48, 48]
    assert hive.columns["dropped"].sum() == 0


@jitless
@pytest.mark.parametrize("late", [0, 1])
def test_the_deadline_is_the_last_tick_in_which_a_task_pays(late):
    hive = still()
    put_task(hive, 0, work=2, until=3 - late)
    go(hive, {0: ASK})
    go(hive, ticks=2)
    go(hive, {0: HAND_IN})
    assert hive.columns["delivered"][0, 0] == 1 - late
    assert hive.columns["expired"][0, 0] == late


@jitless
@pytest.mark.parametrize("dear", [True, False])
def test_a_delivery_pays_its_worth_at_the_price_of_its_type_in_that_tick(dear):
    hive = still(price_hot=1500, price_cold=100)
    hive.columns["price"][0] = PAIRS.index((0, 1) if dear else (2, 3))
    hive.columns["price_until"][0] = 1000
    put_task(hive, 0, work=1, worth=2000)
    go(hive, {0: ASK})
    go(hive)
    go(hive, {0: HAND_IN})
    assert hive.columns["gain"][0] == (3000 if dear else 200)
    assert hive.values()[0] == (3.0 if dear else 0.2)


@jitless
def test_partners_share_a_delivery_and_lose_it_together():
    for action, expected in ((HAND_IN, "delivered"), (ASK, "dropped")):
        hive = still()
        hive.columns["counter"][1] = 0
        hive.columns["price"][0], hive.columns["price_until"][0] = PAIRS.index((0, 1)), 1000
        put_task(hive, 0, second=1, work=2, worth=1001)
        go(hive, {0: ASK, 1: ASK})
        go(hive, ticks=1 if expected == "dropped" else 2)
        go(hive, {1: action})
        assert hive.columns[expected][0, 0] == 1
        assert not hive.columns["job"].any()
        assert not hive.columns["partner"].any()
        value = 1001 * 1800 // 1000 if expected == "delivered" else 0
        assert hive.columns["gain"].sum() == value == hive.columns["region_value"][0]
        assert abs(int(hive.columns["gain"][0]) - int(hive.columns["gain"][1])) <= 1


@jitless
def test_walking_to_another_counter_takes_its_time():
    hive = still(walk_ticks=3)
    put_task(hive, 2, until=1000)
    go(hive, {0: ASK + 2})
    assert hive.columns["delay"][0] == 3
    assert not hive.able("worker")[0]
    go(hive, {0: ASK + 2}, ticks=3)
    assert hive.able("worker")[0]
    assert hive.columns["job"][0] == 0
    go(hive, {0: ASK + 2})
    assert hive.columns["job"][0] == 3


@pytest.mark.parametrize("size", [NANO, UNEVEN])
def test_no_task_is_lost_from_the_books(size):
    """Arrived = refused + waiting + held + expired + dropped + delivered, by type, always."""
    hive = world(size, worlds=2, pair_share=0.5)
    rng = np.random.default_rng(5)
    for tick in range(160):
        orders = {
            level: hive.decide("random", level=level)
            for level in ("manager", "governor", "orchestrator")
        }
        actions = hive.decide("scripted")
        wild = rng.random(len(actions)) < 0.1
        actions[wild, 0] = rng.integers(0, 6, wild.sum())
        hive.step(actions, orders)
        if tick % 16 == 0:
            c = hive.columns
            length = hive.config.queue_length
            waiting = (c["task_waits"] > 0).reshape(-1, 4, length).sum(axis=2)
            rows = np.flatnonzero(c["job"])
            first = (c["partner"][rows] == 0) | (c["partner"][rows] > c["id"][rows] + 1)
            rows = rows[first]
            held = np.zeros_like(waiting)
            region = rows // hive.workers * size.regions + c["post"][rows]
            np.add.at(held, (region, c["job"][rows] - 1), 1)
            gone = c["refused"] + c["expired"] + c["dropped"] + c["delivered"]
            np.testing.assert_array_equal(c["arrived"], gone + waiting + held)
            present = np.zeros_like(c["present"])
            where = np.arange(len(c["post"])) // hive.workers * size.regions + c["post"]
            np.add.at(present, (where, c["specialist"]), 1)
            np.testing.assert_array_equal(c["present"], present)
            idle = np.bincount(where[c["job"] == 0], minlength=len(c["idle"]))
            np.testing.assert_array_equal(c["idle"], idle)
    assert c["delivered"].sum() > 0
    assert c["dropped"].sum() > 0


@pytest.mark.parametrize("size", [NANO, UNEVEN])
def test_nobody_ever_leaves_its_sector(size):
    hive = play(world(size, worlds=2), "random_orders", 160)
    base = hive.columns["id"].astype(np.int64) * size.regions // size.workers
    assert (hive.columns["post"] // size.sector_regions == base // size.sector_regions).all()
    assert (hive.columns["post"] != base).any()


# --- orders ------------------------------------------------------------------------------------


@jitless
def test_the_free_of_a_pushed_out_region_travel_and_the_busy_finish_first():
    hive = still(travel_ticks=5)
    put_task(hive, 0, work=3)
    go(hive, {0: ASK})
    hive.columns["tick"][:] = 0
    go(hive, governor=np.array([[PUSH, DRAW]], np.uint8))
    assert hive.columns["post"].tolist() == [0] + [1] * 23
    assert hive.columns["delay"][1:12].tolist() == [5] * 11
    go(hive, ticks=3)
    go(hive, {0: HAND_IN})
    assert hive.columns["delivered"][0, 0] == 1
    go(hive)
    assert hive.columns["post"][0] == 1
    assert hive.able("worker").tolist() == [False] + [True] * 23


@jitless
def test_hold_brings_everybody_home_and_a_push_without_a_draw_moves_nobody():
    for order in ([PUSH, PUSH], [HOLD, HOLD]):
        hive = still(travel_ticks=0)
        go(hive, governor=np.array([[PUSH, DRAW]], np.uint8))
        assert (hive.columns["post"] == 1).all()
        hive.columns["tick"][:] = 32
        go(hive, governor=np.array([order], np.uint8))
        assert hive.columns["post"].tolist() == [0] * 12 + [1] * 12


@jitless
@pytest.mark.parametrize(
    ("orders", "expected"),
    [([PUSH, DRAW, DRAW, HOLD], [0, 3, 3, 0]), ([PUSH, DRAW, DRAW, DRAW], [0, 2, 2, 2])],
)
def test_the_pushed_out_are_dealt_evenly_kind_by_kind(orders, expected):
    hive = still(Size(96, 4, 1, 1, 1))
    go(hive, governor=np.array([orders], np.uint8))
    moved = hive.columns["post"][:24].astype(np.int64)
    for kind in range(4):
        shares = np.bincount(moved[hive.columns["specialist"][:24] == kind], minlength=4)
        assert shares.tolist() == expected


@jitless
def test_orders_are_taken_at_decision_ticks_and_held_by_the_workers_until_the_next():
    hive = still()
    first = np.array([[2, 1, 0, 1, int(Dispatch.PAIRS)], [1, 1, 1, 1, 0]], np.uint8)
    go(hive, manager=first)
    packed = 2 | 1 << 2 | 0 << 4 | 1 << 6
    assert hive.columns["order"].tolist() == [packed] * 12 + [0b01010101] * 12
    assert (hive.columns["order_rule"][:12] == Dispatch.PAIRS).all()
    before = hive.columns["order"].copy()
    go(hive, ticks=7, manager=np.zeros((2, 5), np.uint8))
    np.testing.assert_array_equal(hive.columns["order"], before)
    go(hive)
    np.testing.assert_array_equal(hive.columns["order"], before)
    hive.columns["priority"][...] = 0
    go(hive, ticks=7)
    np.testing.assert_array_equal(hive.columns["order"], before)
    hive.columns["tick"][:] = 8
    go(hive, manager=np.zeros((2, 5), np.uint8))
    assert not hive.columns["order"].any()


@jitless
def test_orders_are_read_only_in_worlds_where_their_level_decides():
    """Two worlds at different ticks are given the same orders."""
    hive = still(worlds=2)
    hive.columns["tick"][1] = 4
    given = {
        "manager": np.tile(np.array([2, 0, 0, 0, 1], np.uint8), (4, 1)),
        "governor": np.array([[PUSH, DRAW]] * 2, np.uint8),
        "orchestrator": np.full((2, 4), 3, np.uint8),
    }
    go(hive, **given)
    c = hive.columns
    assert c["priority"].tolist() == [[2, 0, 0, 0]] * 2 + [[1, 1, 1, 1]] * 2
    assert c["ruling"].tolist() == [1, 1, 0, 0]
    assert c["workforce"].tolist() == [PUSH, DRAW, HOLD, HOLD]
    assert c["drawn_count"].tolist() == [1, 0]
    assert c["quota"].tolist() == [[3] * 4, [1] * 4]
    assert (c["post"][:24] == 1).all()
    assert (c["post"][24:] == np.repeat([0, 1], 12)).all()


# --- what happens by itself --------------------------------------------------------------------


def test_nothing_exogenous_depends_on_what_anybody_does():
    names = (
        "arrived",
        "price",
        "price_until",
        "busy",
        "load_until",
        "slack",
        "slack_until",
        "flow",
    )
    traces = []
    for controller in ("random", "full", "expert"):
        hive = world(NANO, worlds=2)
        found = []
        for _ in range(10):
            play(hive, controller, 16)
            found.append([hive.columns[name].copy() for name in names])
        traces.append(found)
    for other in traces[1:]:
        for mine, theirs in zip(traces[0], other, strict=True):
            for a, b in zip(mine, theirs, strict=True):
                np.testing.assert_array_equal(a, b)


def test_arrivals_are_as_many_and_of_such_kinds_as_the_constants_say():
    """Load, types, pairs, work, worth and patience of the tasks of a long quiet watch."""
    hive = world(NANO, worlds=4, queue_share=8.0, work_low=4, work_high=44, seed=3)
    seen: list[list[np.ndarray]] = []
    loads = []
    for _ in range(120):
        c = hive.columns
        c["task_waits"][...] = 0
        before = c["arrived"].sum(axis=1)
        busy, slack = c["busy"] == 1, c["slack"].copy()
        go(hive)
        region, slot = np.nonzero(c["task_waits"] & (c["task_since"] == c["tick"][0]))
        same = (c["slack"] == slack)[region]
        region, slot = region[same], slot[same]
        kind = slot // hive.config.queue_length
        is_slack = np.array([k in PAIRS[slack[r]] for r, k in zip(region, kind, strict=True)], bool)
        values = [c[f"task_{name}"][region, slot] for name in ("second", "work", "until", "worth")]
        seen.append([kind, is_slack, *values, np.full(len(kind), c["tick"][0])])
        if (busy == (c["busy"] == 1)).all():
            loads.append([(c["arrived"].sum(axis=1) - before)[one].mean() for one in (busy, ~busy)])
    kind, is_slack, second, work, until, worth, tick = map(np.concatenate, zip(*seen, strict=True))
    expected = [hive.config.arrivals(load) for load in (5.0, 0.4)]
    np.testing.assert_allclose(np.mean(loads, axis=0), expected, rtol=0.05)
    assert np.bincount(kind, minlength=4) == pytest.approx(len(kind) / 4, rel=0.05)
    assert (second > 0).mean() == pytest.approx(0.25, abs=0.01)
    paired = second > 0
    apart = (second[paired] - 1 - kind[paired]) % 4
    assert np.bincount(apart, minlength=4)[1:] == pytest.approx(paired.sum() / 3, rel=0.1)
    assert (work % 16 == 0).all()
    assert (work.min() // 16, work.max() // 16) == (4, 44)
    assert (work / 16).mean() == pytest.approx(hive.config.mean_work, rel=0.03)
    rate = worth / (work / 16) * hive.config.mean_work
    assert rate[~paired].mean() == pytest.approx(1000, rel=0.02)
    assert rate[paired].mean() == pytest.approx(2500, rel=0.02)
    patience = (until - tick - 2) / (work / 16)
    for chosen, low, high in ((is_slack, 1.25, 2.5), (~is_slack, 0.25, 1.0)):
        assert patience[chosen].max() <= high
        assert patience[chosen].min() >= low - 0.25
        assert patience[chosen & (work > 320)].mean() == pytest.approx((low + high) / 2, abs=0.06)


@pytest.mark.parametrize("size", [NANO, Size(90, 3, 1, 2, 1)])
def test_the_lower_half_of_a_sector_is_quiet_and_turns(size):
    hive = world(size, load_ticks=16)
    seen = set()
    for _ in range(120):
        go(hive)
        busy = hive.columns["busy"].reshape(size.sectors, -1)
        quiet = size.sector_regions // 2
        assert (busy.sum(axis=1) == size.sector_regions - quiet).all()
        seen.add(tuple(busy[0].tolist()))
    assert len(seen) > 1


@jitless
def test_a_task_waits_for_as_long_as_its_deadline_lies_ahead():
    hive = still()
    put_task(hive, 0, until=3)
    go(hive, ticks=3)
    assert hive.columns["task_waits"][0, 0] == 1
    go(hive)
    assert hive.columns["task_waits"][0, 0] == 0
    assert hive.columns["expired"][0].tolist() == [1, 0, 0, 0]


@jitless
def test_a_task_that_finds_its_queue_full_is_refused_and_a_late_one_expires():
    hive = world(
        TINY, queue_share=0.01, tight_low=64.0, tight_high=64.0, slack_low=64.0, slack_high=64.0
    )
    go(hive, ticks=6)
    c = hive.columns
    assert hive.config.queue_length == 1
    assert c["refused"].sum() > 0
    assert not c["expired"].any()
    waiting = (c["task_waits"] > 0).sum()
    c["task_until"][...] = 0
    go(hive)
    assert c["expired"].sum() == waiting
