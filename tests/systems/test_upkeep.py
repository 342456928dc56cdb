"""Upkeep: postures cost, and what the funds do not pay for is not taken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from systems.worlds import TINY, idle, world

from hive_env.offices import presets
from hive_env.scenarios.forage import Forage
from hive_env.systems import upkeep

QUIET = replace(presets()["off"], practice_every=0, snapshot_every=0.0)
PLANNED, LEAN, GUARDED = 0, 1, 2


def choose(hive: Forage, posture: int, ticks: int) -> None:
    """Let all managers ask for a posture for so many ticks."""
    for _ in range(ticks):
        order = np.tile([1, 1, 1, 1, 0, posture], (hive.config.size.regions, 1))
        hive.step(idle(hive), {"manager": order})


@pytest.mark.jitless
def test_funds_fall_and_rise_by_what_a_posture_costs_and_end_in_the_planned_one():
    hive = world(TINY, offices=QUIET, manager_period=4, governor_period=8, orchestrator_period=8)
    c, constants = hive.columns, hive.blueprint.constants
    budget, savings = int(constants["budget"]), int(constants["savings"])
    cost = c["upkeep"].tolist()
    assert (c["office_funds"] == savings // 2).all()
    choose(hive, GUARDED, 5)
    assert (c["posture"][:4] == GUARDED).all()
    assert (c["office_funds"][:4] == savings // 2 - 4 * (cost[GUARDED] - budget)).all()
    paid = savings // 2 // (4 * (cost[GUARDED] - budget))
    choose(hive, GUARDED, 4 * paid)
    assert (c["posture"][:4] == PLANNED).all()
    left = savings // 2 - paid * 4 * (cost[GUARDED] - budget)
    assert (c["office_funds"][:4] == left).all()
    choose(hive, LEAN, 400)
    assert (c["posture"][:4] == LEAN).all()
    assert (c["office_funds"][:4] == min(savings, left + 99 * 4 * budget)).all()
    assert (c["posture"][4:] == PLANNED).all()


def test_a_posture_holds_while_no_action_is_given():
    hive = world(TINY, offices=QUIET)
    choose(hive, GUARDED, 1)
    for _ in range(16):
        hive.step(idle(hive))
    assert (hive.columns["posture"][:4] == GUARDED).all()


@given(
    funds=st.integers(0, 10**6),
    cost=st.integers(0, 10**5),
    ticks=st.integers(1, 10**4),
    budget=st.integers(0, 10**5),
    savings=st.integers(0, 10**6),
)
def test_nobody_saves_more_than_he_can_nor_loses_what_he_does_not_spend(
    funds, cost, ticks, budget, savings
):
    left = upkeep.pay(funds, cost, ticks, budget, savings)
    assert left <= savings
    if cost <= budget:
        assert left >= min(funds, savings)
