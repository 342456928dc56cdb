"""The rules of an office: when it is open, how far it is degraded, what comes when."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit
from strategies import JITLESS, examples
from systems.office_calls import (
    CORRUPT,
    DOWN,
    MENDING,
    SLOW,
    TICK,
    UP,
    able_of,
    call,
    most_filled,
    put,
    teams,
)

from hive_env.bench.measured import office
from hive_env.enums import Condition, Crew, Memory
from hive_env.offices import OfficeConfig, Role, half_life, presets
from hive_env.systems import offices, practice
from hive_env.systems.members import NEVER
from hive_env.systems.outcomes import filled_roles, note_outcome

jitless = pytest.mark.jitless

EIGHT = OfficeConfig().roles
CRITICAL = 5
"""The first five of the eight roles are critical."""

INSTANT = {"detect": 0.0, "load": (0.0, 0.0, 0.0), "event_gap": 0.0, "coverage": (1.0, 1.0, 1.0)}
"""What makes takeovers take no time and never fail."""


# --- open, closed, degraded --------------------------------------------------------------------


def outcomes(made, patterns):
    """Settle an office in each pattern of members that are up: filled roles, level, closed."""
    values = {**made.blueprint.constants, **made.columns}
    given = {"office": 0, "world": 0, "at": np.int64(TICK), "seed": 0, "episode": 0}
    names = [offices.fill_roles, note_outcome]
    fill, note = (tuple(_arguments(rule, values, given)) for rule in names)
    return _settle(
        fill, note, patterns, made.columns["member_condition"], made.columns["member_duty"],
        made.columns["role_holder"], made.columns["role_ready_at"], made.columns["office_filled"],
        made.columns["office_level"], made.columns["office_closed"],
    )  # fmt: skip


def _arguments(rule, values, given):
    body = getattr(rule, "py_func", rule)
    for name in body.__code__.co_varnames[: body.__code__.co_argcount]:
        yield given[name] if name in given else values[name]


@njit
def _settle(fill, note, patterns, condition, duty, holder, ready, filled, level, closed):
    found = np.zeros((len(patterns), 3), np.int64)
    for number, pattern in enumerate(patterns):
        for member in range(condition.shape[1]):
            condition[0, member] = 0 if (pattern >> member) & 1 else 3
            duty[0, member] = 0
        for role in range(holder.shape[1]):
            holder[0, role] = 0
            ready[0, role] = 0
        offices.fill_roles(*fill)
        note_outcome(*note)
        found[number, 0] = filled[0]
        found[number, 1] = level[0]
        found[number, 2] = closed[0]
    return found


def test_an_office_is_closed_in_exactly_the_patterns_that_leave_a_critical_role_unfilled():
    """All 65,536 patterns of 16 members up or down, through the rules themselves."""
    patterns = np.arange(1 << 16) if not JITLESS else np.arange(0, 1 << 16, 251)
    made = teams(replace(OfficeConfig(), **INSTANT))
    filled, level, closed = outcomes(made, patterns).T
    pairs = (patterns[:, None] >> (2 * np.arange(8))) & 3
    has = pairs > 0
    assert (filled == (has << np.arange(8)).sum(axis=1)).all()
    stopped = ~has[:, :CRITICAL].all(axis=1)
    assert (closed == stopped).all()
    assert ((level == 3) == stopped).all()
    assert ((level == 2) == (~stopped & ~has[:, CRITICAL:].all(axis=1))).all()
    assert ((level == 0) == (pairs == 3).all(axis=1)).all()
    # The paper's D counts filled roles, critical or not, and would call these sound.
    if not JITLESS:
        fails_open = stopped & (has.sum(axis=1) >= CRITICAL)
        assert fails_open.any()
        assert closed[fails_open].all()


@jitless
def test_a_backup_in_a_role_is_a_degradation_though_all_members_are_up():
    made = teams(office(1.0, roles=2))
    note = {"at": np.int64(0)}
    call(note_outcome, made, **note)
    assert made.columns["office_level"][0] == 0
    made.columns["role_holder"][0] = [2, 3]
    call(note_outcome, made, **note)
    assert made.columns["office_level"][0] == 1


@pytest.mark.parametrize("critical", [8, 5, 2])
@pytest.mark.parametrize(("rotation", "sharing"), [(2, "ring"), (2, "pairs"), (3, "ring")])
def test_an_office_is_open_as_long_as_some_assignment_fills_its_critical_roles(
    critical, rotation, sharing
):
    """40 offices whose members go down one by one, for good; against a matching made apart.

    What is not critical gives its member up to what is.
    """
    roles = tuple(Role(f"role {at}", critical=at < critical) for at in range(8))
    changes = {"rotation": rotation, "sharing": sharing, "crew": Crew.NOBODY}
    made = teams(replace(office(1.0, fault_mean=30.0, **changes), roles=roles), 40)
    for _ in range(60):
        made.tick()
        up = made.columns["member_condition"] < DOWN
        for where in range(40):
            able = able_of(made, up[where])[:critical]
            assert made.columns["office_closed"][where] == (most_filled(able) < critical)
    assert made.columns["office_closed"].mean() > 0.5


def test_what_is_never_open_without_its_critical_roles_serves_them_at_every_tick():
    """No tick of a harsh, lively world ends with an open office and a critical role unfilled."""
    made = teams(replace(presets()["harsh"], fault_mean=60.0, rotation=2), 64)
    required = made.blueprint.constants["required"]
    states = set()
    for _ in range(300):
        made.tick()
        columns = made.columns
        filled = columns["office_filled"].astype(np.int64)
        assert (((filled & required) != required) == (columns["office_closed"] == 1)).all()
        holders = columns["role_holder"].astype(np.int64)
        for where, role in np.argwhere(holders > 0):
            member = holders[where, role] - 1
            assert columns["member_condition"][where, member] < DOWN
            assert columns["member_duty"][where, member] == role + 1
            assert (int(columns["eligible"][0, role]) >> int(member)) & 1
        assert ((columns["member_duty"] > 0).sum(axis=1) == (holders > 0).sum(axis=1)).all()
        states |= set(columns["office_level"].tolist())
    assert states == {0, 1, 2, 3}


# --- accounts ----------------------------------------------------------------------------------


@jitless
@given(st.lists(st.tuples(st.integers(1, 99), st.booleans()), min_size=1, max_size=12))
@settings(max_examples=examples(60))
def test_open_and_closed_time_add_up_to_all_time(history):
    made = teams(office(1.0, roles=1, members=1))
    columns = made.columns
    at, open_, closings, was = 0, 0, 0, True
    for span, up in history:
        open_ += span if was else 0
        closings += was and not up
        at, was = at + span, up
        columns["role_holder"][0, 0] = int(up)
        columns["role_ready_at"][0, 0] = 0
        call(note_outcome, made, at=np.int64(at))
    since = int(columns["closed_since"][0])
    total = int(columns["open_time"][0] + columns["closed_time"][0])
    assert total + at - since == at
    assert columns["open_time"][0] + (at - since if was else 0) == open_
    assert columns["closings"][0] == closings


@jitless
def test_a_role_is_filled_from_the_instant_at_which_its_holder_is_ready():
    made = teams(office(1.0, roles=3, members=1))
    made.columns["role_holder"][0] = [1, 0, 3]
    made.columns["role_ready_at"][0] = [10, 0, 20]
    found = [int(call(filled_roles, made, at=np.int64(at))) for at in (9, 10, 19, 20)]
    assert found == [0, 1, 1, 5]


# --- checkpoints ---------------------------------------------------------------------------------


def test_a_checkpoint_is_as_old_as_the_last_one_taken_while_the_archive_was_served():
    """Every 32 ticks; nobody serves the archive from tick 30 to 39, so none is taken at 32."""
    config = replace(OfficeConfig(), checkpoint_every=32.0, fault_mean=0.0, practice_every=0)
    made = teams(config)
    columns, archive = made.columns, int(made.blueprint.constants["archive"])
    holder = int(columns["role_holder"][0, archive])
    found = {}
    for tick in range(70):
        unserved = 30 <= tick < 40
        columns["role_holder"][0, archive] = 0 if unserved else holder
        columns["member_condition"][0, holder - 1] = Condition.DOWN if unserved else Condition.UP
        other = holder % 2 + holder - 1
        columns["member_condition"][0, other] = columns["member_condition"][0, holder - 1]
        columns["office_filled"][0] = 255 & ~(unserved << archive)
        at = np.int64(columns["tick"][0]) * TICK
        found[tick] = int(call(offices.since_checkpoint, made, at=at)) // TICK
        made.tick()
    assert [found[tick] for tick in (29, 32, 41, 63)] == [29, 32, 41, 63]
    assert [found[tick] for tick in (65, 69)] == [1, 5]


@jitless
def test_an_office_that_takes_no_checkpoints_has_none():
    assert call(offices.since_checkpoint, teams(office(1.0)), at=np.int64(5)) == NEVER


@pytest.mark.parametrize("practice_every", [0, 16, 32, 64])
def test_checkpoints_and_turns_of_practice_that_fall_together_both_take_place(practice_every):
    """Nothing else happens; every 32 ticks there is a checkpoint, whenever anybody practises."""
    config = replace(presets()["off"], checkpoint_every=32.0, practice_every=practice_every)
    made = teams(config)
    columns = made.columns
    for tick in range(1, 200):
        made.tick()
        assert columns["checkpoint_at"][0] == (tick - 1) // 32 * 32 * TICK
        turn = (tick - 1) // practice_every * practice_every * TICK if practice_every else 0
        assert columns["practised_at"].max() == turn


@jitless
def test_a_fault_a_turn_of_practice_and_a_checkpoint_at_one_instant_all_take_place():
    made = teams(
        replace(presets()["off"], checkpoint_every=8.0, practice_every=8, crew=Crew.NOBODY)
    )
    columns = made.columns
    columns["member_fault_at"][0, 3] = 8 * TICK
    columns["office_next_at"][0] = 8 * TICK
    before = int(columns["member_faults"][0, 3])
    made.tick(9)
    assert columns["member_faults"][0, 3] == before + 1
    assert columns["checkpoint_at"][0] == columns["practised_at"].max() == 8 * TICK


# --- events ------------------------------------------------------------------------------------


def test_who_needs_no_time_to_come_back_is_up_again_at_once():
    """Also who is slow or corrupt for no time; a mean of 0 is an end at once, not none."""
    nothing = dict.fromkeys(("resume", "transfer", "restart", "delay_mean", "corruption_mean"), 0.0)
    config = replace(OfficeConfig(), fault_mean=20.0, **nothing)
    made = teams(config, 4)
    for _ in range(50):
        made.tick()
        assert (made.columns["member_condition"] == UP).all()
    assert made.columns["member_faults"].sum() > 100
    ways = set(np.unique(made.columns["member_memory"]).tolist())
    assert {Memory.RESUMED, Memory.TRANSFERRED, Memory.RESTARTED} <= ways


@jitless
def test_of_all_that_is_to_come_the_earliest_comes_first():
    made = teams(office(1.0, roles=2))
    columns = made.columns
    columns["member_fault_at"][0] = [50, 40, 60, 70]
    columns["member_back_at"][0] = [NEVER, 90, 35, NEVER]
    columns["role_ready_at"][0] = [5, 30]
    seen = []
    at = np.int64(5)
    for _ in range(3):
        at, which = call(offices.next_event, made, at=at)
        seen.append((int(at), int(which)))
        if which >= 8:
            continue
        name = "member_fault_at" if which < 4 else "member_back_at"
        columns[name][0, which % 4] = NEVER
    assert seen == [(30, 8), (35, 6), (40, 1)]


def test_events_within_a_tick_come_in_their_order_and_at_their_own_instants():
    """A long tick and ten short ones give the same world, to the rounding of durations."""
    coarse = teams(office(0.1), 32, seed=5)
    fine = teams(office(1.0), 32, seed=5)
    coarse.tick(50)
    fine.tick(500)
    for name in ("member_condition", "member_faults", "role_holder", "office_events", "closings"):
        assert (coarse.columns[name] == fine.columns[name]).all(), name
    assert coarse.account().open_time == pytest.approx(fine.account().open_time / 10, rel=1e-4)
    assert coarse.columns["office_events"].min() > 60


def test_faults_come_whatever_is_done_about_them():
    """Crews, recoveries, standbys and coverage differ; the clocks of faults do not."""
    runs = []
    for changes in (
        {},
        {"crew": Crew.NOBODY},
        {"crew": Crew.RANDOM, "resume": 9.0, "restart": 90.0, "dormancy": 0.3},
        {"coverage": (0.5, 0.5, 0.5), "load": (3.0, 3.0, 3.0), "rotation": 2},
    ):
        made = teams(office(1.0, **changes), 8, seed=3)
        trace = []
        for _ in range(100):
            made.tick()
            trace.append(made.columns["member_fault_at"].copy())
        runs.append(np.array(trace))
    for other in runs[1:]:
        assert (runs[0] == other).all()
    assert len(np.unique(runs[0])) > 8 * 16


@jitless
@pytest.mark.parametrize(
    ("before", "after", "down"), [(MENDING, UP, 0), (SLOW, UP, 0), (CORRUPT, DOWN, 1)]
)
def test_what_ends_leaves_a_member_up_but_a_corrupt_one_is_found_out(before, after, down):
    made = teams(office(1.0))
    columns = made.columns
    columns["member_condition"][0, 3] = before
    columns["member_poisoned"][0, 3] = before == MENDING
    columns["member_back_at"][0, 3] = 77
    assert call(practice.come_back, made, member=3) == down
    assert columns["member_condition"][0, 3] == after
    assert columns["member_back_at"][0, 3] == NEVER
    assert columns["member_poisoned"][0, 3] == down


@jitless
@pytest.mark.parametrize(
    ("memory", "lost"),
    [(Memory.RESUMED, [0, 0]), (Memory.TRANSFERRED, [0, 1]), (Memory.RESTARTED, [1, 1])],
)
def test_what_a_recovery_does_not_restore_is_forgotten(memory, lost):
    config = replace(office(1.0, rotation=2), skill_decay=0.01)
    made = teams(config)
    made.columns["member_memory"][0, 5] = memory
    before = made.columns["practised_at"][0, 5].copy()
    call(practice.forget, made, member=5)
    gone = before - made.columns["practised_at"][0, 5]
    assert gone == pytest.approx(np.array(lost) * half_life(config) * TICK, abs=1)


def test_a_renewed_office_has_all_its_members_up_and_its_first_ones_serving():
    made = teams(office(1.0, roles=2, members=1, crew=Crew.NOBODY), 200, renew=True)
    made.tick(20)
    columns = made.columns
    assert columns["closings"].sum() > 20
    assert (columns["member_condition"] == UP).all()
    assert (columns["role_holder"] == [1, 2]).all()
    assert (columns["office_closed"] == 0).all()
    assert (columns["closed_time"] == 0).all()


@jitless
def test_settling_an_office_twice_changes_nothing():
    made = teams(office(1.0, roles=4, rotation=2))
    put(made, [DOWN, UP, DOWN, DOWN, UP, UP, DOWN, UP])
    call(offices.fill_roles, made, at=np.int64(TICK))
    before = {name: column.copy() for name, column in made.columns.items()}
    call(offices.fill_roles, made, at=np.int64(2 * TICK))
    assert all((made.columns[name] == column).all() for name, column in before.items())
