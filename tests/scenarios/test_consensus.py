"""Offices that agree before they give an order: Raft among members that fail as members do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from strategies import JITLESS
from systems.office_calls import CORRUPT, DOWN, MENDING, SLOW, UP, call
from systems.raft_properties import ENTRIES, TERMS, Broken, check, new_past

from hive_env.config import ForageConfig, HiveConfig
from hive_env.consensus import Consensus
from hive_env.enums import Crew
from hive_env.errors import SnapshotError
from hive_env.faults import Faults
from hive_env.offices import OfficeConfig, presets
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.teams import Teams
from hive_env.sizes import Size
from hive_env.systems.consensus import is_agreed
from hive_env.systems.raft import LOG_SLOTS, RAFT_COLUMNS
from hive_env.systems.raft_peers import Rank

jitless = pytest.mark.jitless

AGREEING = replace(presets()["off"], consensus=Consensus())
SOON = 8 * Consensus().election_ticks
"""Ticks within which somebody leads."""

APART = ("peer_awake", "raft_wake", "raft_heard")
"""Columns that peers know nothing of."""

FIRST = 6
"""The first member of ``decide``: before it come three roles of two."""


def agreeing(offices=4, consensus=None, **changes):
    """Offices that agree, in which somebody leads."""
    made = Teams(replace(AGREEING, consensus=consensus or Consensus(), **changes), offices)
    made.reset(0)
    made.tick(SOON)
    return made


def agreed(made, office, number):
    return bool(call(is_agreed, made, office=office, number=number))


# --- what offices agree on -----------------------------------------------------------------------


@jitless
@pytest.mark.parametrize("peers", [3, 5, 7])
def test_a_proposal_is_agreed_on_two_ticks_after_a_message_there_and_back(peers):
    """Once there is a leader: one tick to send it in, and one where a heartbeat is in the way."""
    made = agreeing(consensus=Consensus(peers))
    for number in range(1, 5):
        made.columns["proposal"][:] = number
        assert not any(agreed(made, office, number) for office in range(4))
        made.tick(2 + Consensus().round_trip)
        assert all(agreed(made, office, number) for office in range(4))
        assert not any(agreed(made, office, number + 1) for office in range(4))


@jitless
def test_with_two_of_three_deciders_down_nothing_is_agreed_on():
    made = agreeing(crew=Crew.NOBODY)
    made.columns["member_condition"][:, FIRST : FIRST + 2] = DOWN
    made.columns["proposal"][:] = 1
    made.tick(2 * SOON)
    assert not any(agreed(made, office, 1) for office in range(4))
    made.columns["member_condition"][:, FIRST] = UP
    made.tick(SOON)
    assert all(agreed(made, office, 1) for office in range(4))


@jitless
def test_without_consensus_an_office_has_always_agreed():
    made = Teams(presets()["off"], 2)
    made.reset(0)
    made.tick(3)
    assert agreed(made, 1, 1000)


@jitless
def test_peers_are_up_as_the_deciders_are():
    """Slow and corrupt ones answer; who is down or being mended does not."""
    made = agreeing(crew=Crew.NOBODY)
    conditions = [UP, SLOW, CORRUPT, DOWN, MENDING]
    for condition in conditions:
        made.columns["member_condition"][:, :FIRST] = DOWN
        made.columns["member_condition"][:, FIRST : FIRST + 3] = [UP, condition, UP]
        made.tick()
        assert made.columns["peer_awake"].tolist() == [[1, condition < DOWN, 1]] * 4


def test_a_decider_that_fails_takes_its_lead_with_it():
    made = agreeing(crew=Crew.NOBODY)
    columns = made.columns
    leads = columns["peer_rank"] == Rank.LEADER
    assert (leads.sum(axis=1) == 1).all()
    columns["member_condition"][:, FIRST : FIRST + 3][leads] = DOWN
    made.tick()
    assert not (columns["peer_rank"] == Rank.LEADER).any()
    made.tick(SOON)
    assert ((columns["peer_rank"] == Rank.LEADER).sum(axis=1) == 1).all()
    assert (columns["peer_rank"] == Rank.LEADER)[leads].sum() == 0


def test_where_nothing_fails_messages_change_nothing_else():
    """The same offices with lossless messages and with none: only the protocol's columns differ."""
    runs = []
    for loss in (0.0, 1.0):
        config = replace(presets()["harsh"], consensus=Consensus(message_loss=loss))
        made = Teams(config, 8)
        made.reset(2)
        made.columns["proposal"][:] = 1
        made.tick(300)
        runs.append(made.columns)
    assert (runs[0]["member_condition"] == runs[1]["member_condition"]).all()
    assert (runs[0]["role_holder"] == runs[1]["role_holder"]).all()
    assert (runs[0]["commit_index"] > 0).any()
    assert not runs[1]["commit_index"].any()


# --- safety --------------------------------------------------------------------------------------


@pytest.mark.skipif(JITLESS, reason="a search in plain Python takes minutes")
@pytest.mark.parametrize("peers", [3, 5])
def test_the_safety_properties_hold_while_members_fail_and_come_back(peers):
    """64 offices, faults every 60 ticks of a member, lost messages; checked at every tick."""
    network = Consensus(peers, message_loss=0.1, message_jitter=2, election_ticks=16)
    config = replace(presets()["harsh"], fault_mean=60.0, restart=16.0, consensus=network)
    made = Teams(config, 64)
    made.reset(3)
    columns = made.columns
    pasts = [new_past(peers) for _ in range(64)]
    names = [column.name for column in RAFT_COLUMNS if column.name not in APART]
    watched, rng = set(range(64)), np.random.default_rng(1)
    for _ in range(400):
        columns["proposal"] += (rng.random(64) < 0.1).astype(np.int32)
        made.tick()
        full = (columns["election_term"].max(axis=1) >= TERMS - 1) | (
            columns["log_last"].max(axis=1) >= ENTRIES - 2
        )
        watched -= set(np.flatnonzero(full).tolist())
        for office in watched:
            state = tuple(columns[name][office : office + 1] for name in names)
            for peer in range(peers):
                broken = Broken(check(state, pasts[office], peer))
                assert broken is Broken.NONE, (office, int(columns["tick"][0]))
    counts = np.array([past[7] for past in pasts]).sum(axis=0)
    assert counts[0] > 200, "leaders"
    assert counts[1] > 1000, "commits"


# --- what a world holds --------------------------------------------------------------------------


def test_offices_without_consensus_hold_nothing_of_it():
    plain = Teams(presets()["harsh"], 5)
    plain.reset(1)
    plain.tick(20)
    for column in RAFT_COLUMNS:
        assert plain.columns[column.name].size == 0
    assert plain.columns["proposal"].size == 0
    assert not any(one.name == "consensus" and plain.due(one) for one in plain.blueprint.tick)


@jitless
def test_a_new_episode_begins_with_nothing_agreed_on():
    made = agreeing()
    fresh = Teams(made.config, 4)
    fresh.reset(0)
    made.columns["proposal"][:] = 3
    made.tick(20)
    made.reset(0)
    assert made.state_hash() == fresh.state_hash()
    assert not agreed(made, 0, 1)


def test_a_restored_snapshot_agrees_as_the_original_did():
    config = replace(presets()["harsh"], fault_mean=60.0, consensus=Consensus(message_loss=0.1))
    made, other = Teams(config, 6), Teams(config, 6)
    made.reset(5)
    made.columns["proposal"][:] = 2
    made.tick(30)
    saved = made.snapshot()
    made.tick(40)
    other.restore(saved)
    other.tick(40)
    assert other.state_hash() == made.state_hash()


SMALL = Size(24, 2, 2, 1, 1)
WORLD = HiveConfig(SMALL, ForageConfig(faults=Faults(offices=AGREEING)))


def test_the_offices_of_a_forage_world_elect_leaders_and_agree():
    hive = Forage(WORLD, worlds=2)
    hive.reset(seed=0)
    columns = hive.columns
    assert columns["peer_rank"].shape == (2 * 5, 3)
    columns["proposal"][:] = 1
    for _ in range(SOON):
        hive.step(hive.decide("random"))
    assert ((columns["peer_rank"] == Rank.LEADER).sum(axis=1) == 1).all()
    assert columns["commit_index"].min() > 0
    for name, value in (("peer_rank", 3), ("log_last", LOG_SLOTS + columns["log_base"][0, 0])):
        saved = hive.snapshot()
        saved[name][0, 0] = value
        with pytest.raises(SnapshotError):
            hive.restore(saved)


def test_who_decides_alone_in_a_role_has_a_peer_for_each_member():
    config = OfficeConfig(consensus=Consensus(5))
    made = Teams(config, 1)
    assert made.blueprint.constants["decide_first"] == FIRST
    assert made.columns["role_of"][FIRST : FIRST + 5].tolist() == [3] * 5
    assert made.columns["peer_link"].shape == (1, 5)
