"""The rules of takeovers: who may serve, chains of reassignments, how long it takes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples, words
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
from hive_env.enums import Standby
from hive_env.systems import offices, outcomes, takeover
from hive_env.systems.members import NEVER

jitless = pytest.mark.jitless

conditions = st.lists(st.sampled_from([UP, UP, SLOW, DOWN, MENDING]), min_size=8, max_size=8)
masks = st.lists(st.integers(0, 255), min_size=4, max_size=4)


def filled(before, eligible=None, **changes):
    """Fill the roles of an office of 4 x 2 whose members are in some conditions."""
    made = teams(office(1.0, roles=4, **changes))
    if eligible is not None:
        made.columns["eligible"][:] = eligible
    put(made, before)
    call(offices.fill_roles, made, at=np.int64(3 * TICK))
    return made


# --- who serves --------------------------------------------------------------------------------


@jitless
@given(before=conditions, eligible=masks)
@settings(max_examples=examples(300))
def test_as_many_roles_are_filled_as_any_assignment_fills(before, eligible):
    """Random eligibility and conditions, against a matching found apart from the rule."""
    made = filled(before, eligible)
    holders = made.columns["role_holder"][0]
    assert (holders > 0).sum() == most_filled(able_of(made, np.array(before) < DOWN))


@jitless
@given(before=conditions, eligible=masks)
@settings(max_examples=examples(300))
def test_who_serves_is_up_and_eligible_and_serves_one_role(before, eligible):
    columns = filled(before, eligible).columns
    holders, duties = columns["role_holder"][0], columns["member_duty"][0]
    served = [int(holder) - 1 for holder in holders if holder]
    assert len(set(served)) == len(served)
    for role, holder in enumerate(holders):
        if holder:
            assert before[holder - 1] < DOWN
            assert (eligible[role] >> (int(holder) - 1)) & 1
            assert duties[holder - 1] == role + 1
    assert (duties > 0).sum() == len(served)


@jitless
@given(before=conditions, gone=st.lists(st.integers(0, 7), max_size=6), eligible=masks)
@settings(max_examples=examples(200))
def test_the_roles_stay_as_full_as_they_can_be_while_members_go(before, gone, eligible):
    """Whoever served before is reassigned, never doubled, and no role is left that could be."""
    made = filled(before, eligible)
    columns = made.columns
    for member in gone:
        columns["member_condition"][0, member] = DOWN
        if columns["member_duty"][0, member]:
            columns["role_holder"][0, columns["member_duty"][0, member] - 1] = 0
            columns["member_duty"][0, member] = 0
        call(offices.fill_roles, made, at=np.int64(4 * TICK))
        holders = columns["role_holder"][0]
        up = columns["member_condition"][0] < DOWN
        assert (holders > 0).sum() == most_filled(able_of(made, up))
        for role, holder in enumerate(holders):
            assert holder == 0 or columns["member_duty"][0, holder - 1] == role + 1
            assert holder == 0 or up[holder - 1]


@jitless
def test_a_chain_moves_holders_and_ends_with_somebody_free():
    """In a ring of depth 2, role 0 can be had only if role 3's members move on, and so on."""
    made = filled([DOWN, DOWN, UP, UP, UP, UP, UP, UP], rotation=2)
    holders = made.columns["role_holder"][0].tolist()
    assert all(holders)
    assert holders[0] - 1 in (6, 7), "eligible for role 0 are its own, and those of role 3"
    assert len(set(holders)) == 4


@jitless
def test_along_a_chain_each_holder_moves_to_the_role_that_asked_for_it():
    """A ring of depth 2, only 2, 3, 4 and 6 up: role 0 takes 6, role 3 takes 4, role 2 takes 3."""
    made = teams(office(1.0, roles=4, rotation=2))
    put(made, [DOWN, DOWN, UP, UP, UP, DOWN, UP, DOWN])
    columns = made.columns
    columns["role_holder"][0] = [0, 3, 5, 7]
    columns["member_duty"][0, [2, 4, 6]] = [2, 3, 4]
    call(offices.fill_roles, made, at=np.int64(TICK))
    assert (columns["role_holder"][0] - 1).tolist() == [6, 2, 3, 4]
    assert columns["member_duty"][0].tolist() == [0, 0, 2, 3, 4, 0, 1, 0]


@jitless
def test_nobody_takes_a_role_that_it_knows_too_little():
    changes = {"rotation": 2, "sharing": "pairs", "skill_decay": 0.1, "least_skill": 0.5}
    up = [DOWN, DOWN, UP, UP, UP, UP, UP, UP]
    made = teams(office(1.0, roles=4, **changes))
    put(made, up)
    # P_0 .95 fades to .5 in ln(1.9) / .1 = 6.4 ticks.
    for ticks, expected in ((6, True), (7, False)):
        put(made, up)
        made.columns["practised_at"][0, :, 0] = ticks * TICK
        made.columns["practised_at"][0, :, 1] = 0
        call(offices.fill_roles, made, at=np.int64(ticks * TICK))
        assert bool(made.columns["role_holder"][0, 0]) is expected


@jitless
def test_of_those_who_may_the_one_who_knows_it_best_takes_a_role():
    made = teams(office(1.0, roles=1, members=3, skill_decay=0.1, least_skill=0.0))
    put(made, [UP, UP, UP])
    made.columns["practised_at"][0, :, 0] = np.array([1, 3, 2]) * TICK
    call(offices.fill_roles, made, at=np.int64(4 * TICK))
    assert made.columns["role_holder"][0, 0] == 2


# --- how long it takes -------------------------------------------------------------------------


@jitless
@pytest.mark.parametrize("kind", Standby)
def test_a_takeover_takes_detection_and_loading_and_a_warm_one_replays(kind):
    changes = {"detect": 1.0, "load": (2.0, 3.0, 5.0), "event_gap": 0.5, "replay": 0.25}
    made = teams(office(1.0, roles=1, standby=kind, checkpoint_every=8.0, **changes))
    put(made, [DOWN, UP])
    at = np.int64(7.3 * TICK)
    call(offices.fill_roles, made, at=at)
    wait = int(made.columns["role_ready_at"][0, 0] - at)
    least = (1 + (2, 3, 5)[kind]) * TICK
    if kind is Standby.WARM:
        # 7.3 ticks since the last checkpoint: 14.6 events in the mean, a quarter of a tick each.
        assert wait > least
        assert (wait - least) % (TICK // 4) == 0
    else:
        assert wait == least
    assert made.columns["takeover_time"][0] == wait
    assert made.columns["takeovers"][0] == 1
    assert call(outcomes.filled_roles, made, at=at + wait - 1) == 0
    assert call(outcomes.filled_roles, made, at=at + wait) == 1


@jitless
@given(a=words, b=words, gap=st.integers(1, 9 * TICK))
@settings(max_examples=examples(50))
def test_nothing_is_replayed_right_after_a_checkpoint_or_without_events(a, b, gap):
    assert takeover.replayed(a, b, 0, gap, TICK) == 0
    assert takeover.replayed(a, b, 9 * TICK, 0, TICK) == 0


@jitless
def test_a_replay_ends_though_there_never_was_a_checkpoint():
    assert takeover.replayed(1, 2, NEVER, 1, 3) == 3 * takeover.MOST_EVENTS


@pytest.mark.parametrize("mean", [0.5, 3.0, 40.0])
def test_events_to_replay_are_a_poisson_number(mean):
    """20,000 replays; z = 5 for mean and variance."""
    count = 20_000
    drawn = np.random.default_rng(1).integers(2**32, size=(count, 2))
    span = np.int64(round(mean * 1000 * TICK))
    found = np.array([takeover.replayed(a, b, span, 1000 * TICK, 1) for a, b in drawn])
    assert abs(found.mean() - mean) < 5 * math.sqrt(mean / count)
    assert abs(found.var() - mean) < 5 * math.sqrt((mean + 2 * mean**2) / count)


# --- takeovers that fail -----------------------------------------------------------------------


@jitless
def test_a_takeover_that_fails_takes_the_member_down_and_the_next_one_tries():
    made = teams(office(1.0, roles=1, members=3, coverage=(0.0, 1.0, 1.0)))
    put(made, [DOWN, UP, UP])
    call(offices.fill_roles, made, at=np.int64(TICK))
    columns = made.columns
    assert columns["member_condition"][0].tolist() == [DOWN] * 3
    assert columns["role_holder"][0, 0] == 0
    assert (columns["takeovers"][0], columns["takeovers_failed"][0]) == (2, 2)
    assert columns["takeover_time"][0] == 0


@jitless
def test_a_corrupt_member_whose_takeover_fails_needs_a_clean_restart():
    made = teams(office(1.0, roles=1, members=3, coverage=(0.0, 1.0, 1.0)))
    put(made, [DOWN, CORRUPT, SLOW])
    call(offices.fill_roles, made, at=np.int64(TICK))
    assert made.columns["member_condition"][0].tolist() == [DOWN] * 3
    assert made.columns["member_poisoned"][0].tolist() == [0, 1, 0]


@jitless
@pytest.mark.parametrize("kind", Standby)
def test_coverage_is_that_of_the_standby(kind):
    """Each kind fails always where it alone has no coverage, and never where it alone has it."""
    for covered in (0.0, 1.0):
        coverage = tuple(covered if one is kind else 1 - covered for one in Standby)
        made = teams(office(1.0, roles=1, standby=kind, coverage=coverage))
        put(made, [DOWN, UP])
        call(offices.fill_roles, made, at=np.int64(TICK))
        assert bool(made.columns["role_holder"][0, 0]) is bool(covered)


def test_takeovers_fail_as_often_as_coverage_leaves():
    """2,000 takeovers at coverage .8; z = 5."""
    made = teams(office(1.0, roles=1, members=1, coverage=(0.8, 1.0, 1.0)))
    failed = 0
    for number in range(2000):
        put(made, [UP])
        made.columns["office_events"][0] = number
        call(offices.fill_roles, made, at=np.int64(TICK))
        failed += made.columns["role_holder"][0, 0] == 0
    assert abs(failed - 400) < 5 * math.sqrt(2000 * 0.8 * 0.2)


@jitless
def test_each_takeover_of_an_instant_has_a_draw_of_its_own():
    """Eight roles taken at once, at coverage one half: some succeed, some fail."""
    made = teams(office(1.0, roles=8, members=1, coverage=(0.5, 1.0, 1.0)))
    seen = set()
    for number in range(8):
        put(made, [UP] * 8)
        made.columns["office_events"][0] = number
        call(offices.fill_roles, made, at=np.int64(TICK))
        seen.add(tuple(made.columns["role_holder"][0] > 0))
    assert len(seen) == 8
    assert all(0 < sum(one) < 8 for one in seen)
