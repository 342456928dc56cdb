"""Offices with consensus: an order leaves when the peers have agreed, and workers hear it then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from systems.worlds import SMALL, idle, world

from hive_env.consensus import Consensus
from hive_env.enums import Condition
from hive_env.offices import presets
from hive_env.scenarios.forage import Forage
from hive_env.systems.raft_peers import Rank

QUIET = replace(
    presets()["off"], practice_every=0, checkpoint_every=0.0, consensus=Consensus(), budget=None
)
PERIODS = {"manager_period": 8, "governor_period": 16, "orchestrator_period": 16}
ORDER = [2, 0, 1, 0, 3]
OTHER = [0, 2, 0, 1, 1]
PEERS = [6, 7, 8]
"""Members of ``decide``, after two each of sense, assess and comply."""


def agreeing() -> Forage:
    """Four managers and a governor whose offices have consensus and have elected leaders."""
    hive = world(SMALL, offices=QUIET, **PERIODS)
    for _ in range(64):
        hive.step(idle(hive))
    assert ((hive.columns["peer_rank"] == int(Rank.LEADER)).sum(axis=1) == 1).all()
    return hive


def decide(hive: Forage, manager: list[int], governor: int = 0) -> None:
    """One tick in which all decide."""
    size = hive.config.size
    above = np.zeros((size.sectors, len(hive.levels["governor"].choices)), np.uint8)
    above[:, : size.sector_regions] = governor
    hive.step(idle(hive), {"manager": np.tile([*manager, 0], (size.regions, 1)), "governor": above})


def standing(hive: Forage) -> Any:
    """The orders that stand in the regions: priorities and focus."""
    c = hive.columns
    return np.column_stack((c["priority"], c["focus"]))


@pytest.mark.jitless
def test_an_order_leaves_when_the_peers_have_agreed_and_workers_hear_it_then():
    hive = agreeing()
    c = hive.columns
    decide(hive, ORDER, governor=2)
    assert (standing(hive) == [1, 1, 1, 1, 0]).all()
    assert not c["workforce"].any()
    waited = 0
    while not (standing(hive) == ORDER).all() and waited < 8:
        hive.step(idle(hive))
        waited += 1
    assert 1 < waited < 7
    assert (c["workforce"] == 2).all()
    assert (c["task_zone"] == 16 + ORDER[4]).all()
    assert c["ordered"].all()
    hive.step(idle(hive))
    assert not c["ordered"].any()


@pytest.mark.jitless
def test_without_a_quorum_no_order_leaves_until_there_is_one_again():
    hive = agreeing()
    c = hive.columns
    c["member_condition"][0, PEERS[:2]] = Condition.MENDING
    c["member_back_at"][0, PEERS[:2]] = 2**61
    c["member_condition"][4, PEERS[1:]] = Condition.MENDING
    c["member_back_at"][4, PEERS[1:]] = 2**61
    for _ in range(16):
        hive.step(idle(hive))
    decide(hive, ORDER, governor=2)
    for _ in range(15):
        hive.step(idle(hive))
    assert (standing(hive)[0] == [1, 1, 1, 1, 0]).all()
    assert (standing(hive)[1:] == ORDER).all()
    assert not c["workforce"].any()
    c["member_condition"][[0, 4]] = Condition.UP
    c["member_back_at"][[0, 4]] = 2**62
    for _ in range(64):
        hive.step(idle(hive))
    assert (standing(hive)[0] == ORDER).all()
    assert (c["workforce"] == 2).all()


@pytest.mark.jitless
def test_what_was_agreed_on_does_not_leave_a_closed_office_and_is_overtaken_by_who_stands_in():
    hive = agreeing()
    c = hive.columns
    decide(hive, ORDER)
    c["office_closed"][1] = 1
    c["office_next_at"][1] = 2**62
    for _ in range(7):
        hive.step(idle(hive))
    assert (standing(hive)[1] == [1, 1, 1, 1, 0]).all()
    assert (standing(hive)[[0, 2, 3]] == ORDER).all()
    c["stand_in"][1] = 1
    decide(hive, OTHER)
    assert (standing(hive)[1] == OTHER).all()
    c["office_closed"][1] = 0
    c["stand_in"][1] = 0
    for _ in range(7):
        hive.step(idle(hive))
    assert (standing(hive)[1] == OTHER).all()
