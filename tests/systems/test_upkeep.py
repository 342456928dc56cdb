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

QUIET = replace(presets()["off"], practice_every=0, checkpoint_every=0.0)
FIRST, PLANNED, GUARDED, ROTATING = range(4)


def choose(hive: Forage, posture: int, ticks: int) -> None:
    """Let all managers ask for a posture for so many ticks."""
    for _ in range(ticks):
        order = np.tile([1, 1, 1, 1, 0, posture], (hive.config.size.regions, 1))
        hive.step(idle(hive), {"manager": order})


@pytest.mark.jitless
def test_funds_fall_and_rise_by_what_postures_cost_and_nobody_takes_one_that_they_do_not_pay():
    """Against a ledger kept by hand, until the funds are spent and until they are full."""
    period = 4
    hive = world(
        TINY, offices=QUIET, manager_period=period, governor_period=8, orchestrator_period=8
    )
    c, constants = hive.columns, hive.blueprint.constants
    budget, savings = int(constants["budget"]), int(constants["savings"])
    cost = c["upkeep"].tolist()
    assert cost == [0, 2450, 5000, 2930]
    funds, posture, refused = savings // 2, FIRST, 0
    assert (c["office_funds"] == funds).all()
    asked = [GUARDED] * 12 + [PLANNED] * 40 + [ROTATING] * 3 + [FIRST] * 50
    for number, wanted in enumerate(asked):
        choose(hive, wanted, period)
        if number:
            funds = min(funds + period * (budget - cost[posture]), savings)
        affordable = funds + period * (budget - cost[wanted]) >= 0
        posture = wanted if affordable else FIRST
        refused += not affordable
        assert (c["office_funds"][:4] == funds).all()
        assert (c["posture"][:4] == posture).all()
    assert refused > 10
    assert funds == savings
    assert (c["posture"][4:] == FIRST).all()


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
