"""Standby and rotation by choice: what the posture of an office changes, and what it leaves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from systems.office_calls import DOWN, TICK, UP, call, put, teams

from hive_env.bench.measured import office
from hive_env.enums import Crew, Standby
from hive_env.offices import OfficeConfig, presets
from hive_env.postures import PLANNED, POSTURES, Posture
from hive_env.scenarios.teams import Teams
from hive_env.systems import offices
from hive_env.systems.members import strike_member
from hive_env.systems.practice import practise

jitless = pytest.mark.jitless

COLD = Posture("cold", standby=Standby.COLD)
RING = Posture("ring", rotation=2)


@jitless
@pytest.mark.parametrize(("choice", "wait"), [(0, 2), (1, 5)])
def test_a_takeover_takes_as_long_as_the_standby_of_the_posture(choice, wait):
    made = teams(office(1.0, roles=1, load=(2.0, 3.0, 5.0), postures=(PLANNED, COLD)))
    put(made, [DOWN, UP])
    made.columns["posture"][0] = choice
    call(offices.fill_roles, made, at=np.int64(TICK))
    assert made.columns["role_ready_at"][0, 0] == (1 + wait) * TICK


@jitless
@pytest.mark.parametrize("kind", Standby)
@pytest.mark.parametrize("serving", [False, True])
def test_a_fault_spares_who_stands_by_as_the_standby_of_the_posture_says(kind, serving):
    """At a chance of .5: hot ones are always struck, warm ones by that much, cold ones never."""
    choices = tuple(Posture(one.name, standby=one) for one in Standby)
    dormancy = (1.0, 0.5, 0.0)
    made = teams(replace(office(1.0, roles=2, postures=choices), dormancy=dormancy))
    made.columns["posture"][0] = kind
    for word, struck in ((32767, kind is not Standby.COLD), (32768, kind is Standby.HOT)):
        put(made, [UP] * 4)
        made.columns["member_duty"][0, 2] = 2 * serving
        hit = call(strike_member, made, member=2, at=np.int64(0), words=(0, word << 16, 0, 0))
        assert hit == (struck or serving)


def test_one_dormancy_is_that_of_every_standby_and_three_are_one_each():
    config = replace(OfficeConfig(), dormancy=0.25)
    columns = Teams(config).columns
    assert (columns["dormancy"] == 16384).all()
    columns = Teams(replace(config, dormancy=(1.0, 0.5, 0.0))).columns
    assert columns["dormancy"].shape == columns["standby"].shape == (4, 8)
    assert (columns["dormancy"] == np.array([65536, 32768, 0])[columns["standby"]]).all()


@jitless
@pytest.mark.parametrize(("choice", "held"), [(0, False), (1, True)])
def test_who_may_help_out_is_whom_the_posture_lets(choice, held):
    """Both members of role 0 are down; those of role 3 may take it in a ring of depth 2."""
    made = teams(office(1.0, roles=4, postures=(PLANNED, RING)))
    put(made, [DOWN, DOWN, UP, UP, UP, UP, UP, UP])
    made.columns["posture"][0] = choice
    call(offices.fill_roles, made, at=np.int64(TICK))
    holder = made.columns["role_holder"][0, 0]
    assert holder == 0 or holder - 1 in (6, 7)
    assert bool(holder) is held


@jitless
def test_a_change_of_posture_moves_nobody_who_serves():
    """Member 6 serves role 0 in a ring. In the posture without one it serves on, until it fails."""
    made = teams(office(1.0, roles=4, postures=(PLANNED, RING)))
    columns = made.columns
    columns["posture"][0] = 1
    put(made, [DOWN, DOWN, UP, UP, UP, UP, UP, UP])
    call(offices.fill_roles, made, at=np.int64(TICK))
    before = columns["role_holder"][0].copy()
    helper = before[0] - 1
    columns["posture"][0] = 0
    call(offices.fill_roles, made, at=np.int64(2 * TICK))
    assert (columns["role_holder"][0] == before).all()
    columns["member_condition"][0, helper] = DOWN
    columns["role_holder"][0, 0] = columns["member_duty"][0, helper] = 0
    call(offices.fill_roles, made, at=np.int64(3 * TICK))
    assert columns["role_holder"][0, 0] == 0
    assert (columns["role_holder"][0, 1:] == before[1:]).all()


@jitless
def test_a_change_of_posture_counts_from_the_next_event_on():
    """In a ring role 0 is taken over as soon as anything happens: a fault somewhere else."""
    made = teams(office(1.0, roles=4, postures=(PLANNED, RING), crew=Crew.NOBODY))
    columns = made.columns
    put(made, [DOWN, DOWN, UP, UP, UP, UP, UP, UP])
    columns["member_fault_at"][:] = 2**62
    columns["member_fault_at"][0, 0] = 5 * TICK + 7
    call(offices.settle, made, at=np.int64(0))
    columns["office_next_at"][0] = 5 * TICK + 7
    assert columns["office_closed"][0] == 1
    columns["posture"][0] = 1
    made.tick(5)
    assert columns["office_closed"][0] == 1
    made.tick()
    assert columns["office_closed"][0] == 0
    assert columns["closed_since"][0] == 5 * TICK + 7


@jitless
@pytest.mark.parametrize(("choice", "slot"), [(0, 0), (1, 1)])
def test_who_is_free_practises_the_roles_of_the_posture(choice, slot):
    """In turn 1 of practice the second of its roles, where the posture has one."""
    made = teams(office(1.0, roles=4, postures=(PLANNED, RING), practice_every=8))
    columns = made.columns
    columns["posture"][0] = choice
    call(practise, made, at=np.int64(8 * TICK))
    serving = columns["member_duty"][0] > 0
    assert serving.sum() == 4
    assert (columns["practised_at"][0, serving, 0] == 8 * TICK).all()
    assert (columns["practised_at"][0, ~serving, slot] == 8 * TICK).all()
    assert (columns["practised_at"][0, ~serving, 1 - slot] == 0).all()


def test_each_episode_begins_in_the_first_posture():
    made = teams(replace(presets()["harsh"], fault_mean=60.0), 8)
    fresh = made.state_hash()
    made.columns["posture"][:] = np.arange(8) % 4
    made.tick(50)
    made.reset(0)
    assert made.state_hash() == fresh
    assert not made.columns["posture"].any()


def test_offices_of_one_posture_are_as_those_for_which_it_is_planned():
    """All in the second posture from the start: the same trajectory as with it as the first."""
    harsh = replace(presets()["harsh"], fault_mean=60.0, postures=POSTURES, budget=None)
    chosen = teams(harsh, 16, seed=4)
    other = teams(replace(harsh, postures=(harsh.postures[3], *harsh.postures[:3])), 16, seed=4)
    chosen.columns["posture"][:] = 3
    for made in (chosen, other):
        made.tick(300)
    for name in ("member_condition", "role_holder", "practised_at", "office_level", "takeovers"):
        assert (chosen.columns[name] == other.columns[name]).all(), name
    plain = teams(harsh, 16, seed=4)
    plain.tick(300)
    assert (plain.columns["role_holder"] != chosen.columns["role_holder"]).any()


def test_hot_standbys_close_an_office_for_less_time_than_cold_ones():
    """What there is to decide. 400 offices, 600 ticks each."""
    config = replace(presets()["harsh"], coverage=(1.0, 1.0, 1.0), postures=POSTURES, budget=None)
    closed = {}
    for choice, name in enumerate(("planned", "lean", "guarded")):
        made = teams(config, 400, seed=9)
        made.columns["posture"][:] = choice
        made.tick(600)
        closed[name] = made.account().closed_time
    assert closed["guarded"] < closed["planned"] < closed["lean"]
