"""Orders in hindsight: what was in effect ordered, in counts and in worlds of Forage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Event, Workforce
from hive_env.errors import ArgumentError
from hive_env.hindsight import (
    achieved_focus,
    achieved_management,
    achieved_priorities,
    achieved_workforce,
    away_counts,
    by_slot,
)
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size
from hive_env.systems.priorities import HIGH, OFF

SMALL = Size(64, sector_x=2, sector_y=2, hive_x=1, hive_y=1)
COUNTS = arrays(np.int64, (5, 16), elements=st.integers(0, 3))


def test_types_that_came_become_high_and_the_others_off():
    priorities, known = achieved_priorities(np.array([[3, 0, 1, 0], [0, 0, 0, 0]]))

    assert priorities.tolist() == [[HIGH, OFF, HIGH, OFF], [OFF] * 4]
    assert known.tolist() == [True, False]
    assert priorities.dtype == np.uint8


def test_the_focus_is_the_quadrant_of_more_than_half_or_none():
    zones = np.zeros((4, 16), np.int64)
    zones[0, [2, 3, 6, 7]] = 1  # the north-eastern quadrant's zones
    zones[1, 12], zones[1, 0] = 1, 1  # half and half
    zones[2, 15], zones[2, 0] = 2, 1

    assert achieved_focus(zones).tolist() == [2, 0, 4, 0]


@given(COUNTS)
def test_the_focus_agrees_with_a_count_by_hand(zones):
    """Quadrant by quadrant, as the scripted manager numbers them."""
    found = achieved_focus(zones)

    for row, focus in zip(zones, found, strict=True):
        sums = [0] * 4
        for zone, count in enumerate(row):
            sums[((zone >> 3) << 1) + ((zone & 3) >> 1)] += count
        clear = [quadrant + 1 for quadrant in range(4) if 2 * sums[quadrant] > sum(sums)]
        assert focus == (clear[0] if clear else 0)


def test_more_lost_than_gained_was_a_push_and_fewer_a_draw():
    orders = achieved_workforce(np.array([3, 0, 0, 2]), np.array([1, 4, 0, 2]))

    expected = [Workforce.PUSH, Workforce.DRAW, Workforce.HOLD, Workforce.HOLD]
    assert orders.tolist() == expected
    assert orders.dtype == np.uint8


def test_slots_hold_the_orders_of_the_regions_under_each_governor():
    """Two worlds of three regions, the second governor with a single one."""
    orders = np.array([1, 0, 2, 2, 1, 0], np.uint8)
    reports = np.array([[0, 2], [1, 9], [2, 1], [0, 9]], np.uint32)  # 9: an empty slot's rest

    found = by_slot(orders, reports, np.array([2, 1, 2, 1]), worlds=2)

    assert found.tolist() == [[1, 2], [0, 0], [0, 1], [2, 0]]


def test_a_manager_in_hindsight_gave_the_orders_of_what_its_workers_delivered():
    """The reports against the workers' own events, tick by tick over a period."""
    hive = Forage(HiveConfig(SMALL), worlds=2)
    hive.reset(4)
    period, seen = hive.config.forage.manager_period, 0
    while not hive.done().all():
        came = np.zeros((8, 4), np.int64)
        for _ in range(period):
            cargo, home = hive.columns["cargo"].astype(int), hive.columns["home"].astype(int)
            hive.step(hive.decide("scripted"))
            rows = np.flatnonzero(hive.columns["event"] & Event.DELIVERED)
            np.add.at(came, (rows // 64 * 4 + home[rows], cargo[rows] - 1), 1)
        action, known = achieved_management(hive.columns["lately"], hive.columns["zone_crowd"])
        np.testing.assert_array_equal(action[:, :4] == HIGH, came > 0)
        np.testing.assert_array_equal(known, came.any(axis=1))
        seen += int(known.sum())
        assert hive.checked(action, "manager") is not None
    assert seen > 0, "somebody delivered"


def test_a_sole_priority_is_what_obedient_workers_achieve():
    """Once nobody carries what was picked before the order."""
    hive = Forage(HiveConfig(SMALL, ForageConfig(fault_mean_ticks=0)))
    hive.reset(0)
    order = np.tile(np.array([OFF, HIGH, OFF, OFF, 0], np.uint8), (4, 1))
    achieved = []
    while not hive.done().all():
        hive.step(hive.decide("scripted"), {"manager": order})
        if hive.deciding("manager").all():
            action, known = achieved_management(hive.columns["lately"], hive.columns["zone_crowd"])
            achieved += action[known, :4].tolist()
    assert achieved
    assert all(priorities == [OFF, HIGH, OFF, OFF] for priorities in achieved)


def test_a_governor_in_hindsight_gave_the_orders_that_were_carried_out():
    """Random orders to workers who stand about idle: what can be carried out is found again."""
    still = ForageConfig(fault_mean_ticks=0, hazards_per_region=0)
    hive = Forage(HiveConfig(SMALL, still), worlds=8)
    hive.reset(2)
    columns, found = hive.columns, set()
    while not hive.done().all():
        decided = hive.deciding("governor").all()
        orders = hive.decide("random", level="governor")
        hive.step(np.zeros((512, 2), np.uint8), {"governor": orders})
        if decided:
            lost, gained = away_counts(columns["id"], columns["home"], 8, 4)
            achieved = by_slot(
                achieved_workforce(lost, gained), columns["reports"], columns["reports_count"], 8
            )
            # A push without a draw moves nobody, and the other way round.
            both = (orders == Workforce.PUSH).any(axis=1) & (orders == Workforce.DRAW).any(axis=1)
            moved = np.where(both[:, None], orders, Workforce.HOLD)
            pushed = moved == Workforce.PUSH
            np.testing.assert_array_equal(achieved == Workforce.PUSH, pushed)
            # Who is pushed goes to the nearest, so not every region that draws gains.
            assert (moved[achieved == Workforce.DRAW] == Workforce.DRAW).all()
            found |= set(achieved.ravel().tolist())
    assert found == {0, 1, 2}, "every order was seen to be carried out"


def test_rows_in_any_order_count_the_same_away():
    hive = Forage(HiveConfig(SMALL))
    hive.reset(1)
    hive.step(hive.decide("scripted"), {"governor": np.array([[1, 2, 0, 1]], np.uint8)})
    before = away_counts(hive.columns["id"], hive.columns["home"], 1, 4)

    hive.permute(np.random.default_rng(0).permutation(64))
    after = away_counts(hive.columns["id"], hive.columns["home"], 1, 4)

    assert before[0].tolist() == [16, 0, 0, 16]
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: achieved_priorities(np.zeros((2, 4))), "units"),
        (lambda: achieved_priorities(np.array([-1, 0, 0, 0])), "units"),
        (lambda: achieved_focus(np.zeros((2, 15), int)), "zones"),
        (lambda: achieved_focus(3), "zones"),
        (lambda: achieved_management(np.zeros((2, 4), int), np.zeros((3, 16), int)), "zones"),
        (lambda: achieved_workforce(np.zeros(4, int), np.zeros(5, int)), "gained"),
        (lambda: away_counts(np.zeros(4, int), np.zeros(3, int), 1, 2), "id, home"),
        (lambda: away_counts(np.zeros(4, int), np.zeros(4, int), 3, 2), "id, home"),
        (lambda: by_slot(np.zeros(5, int), np.zeros((2, 3)), np.zeros(2), 2), "orders"),
        (
            lambda: by_slot(np.zeros(4, int), np.zeros((2, 3)), np.zeros(3), 2),
            "reports, reports_count",
        ),
    ],
)
def test_counts_that_cannot_be_are_refused(call, argument):
    with pytest.raises(ArgumentError) as refused:
        call()

    assert refused.value.argument == argument
