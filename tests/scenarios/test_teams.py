"""Offices by themselves: what they measure is what reliability theory says exactly.

Every comparison has a fixed seed and a bound of five standard errors, so it never flakes: a right
model would fail it for one seed in 1.7 million. Its *power* is the other way round: a model that is
off by (5 + 3.1) standard errors is caught with 99.9 %. With r failures a standard error is
1 / sqrt(r) of an MTTF: 2,000 failures catch 18 %, 10,000 catch 8 %, 100,000 catch 2.6 %.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from hive_env.bench.measured import (
    FAULT_HOURS,
    latencies,
    lifetimes,
    mean_of,
    office,
    renewals,
    survivors,
)
from hive_env.dependability import Failover, Team, paper_team
from hive_env.enums import Crew, Standby
from hive_env.errors import SnapshotError
from hive_env.offices import OfficeConfig, Role, presets
from hive_env.scenarios.teams import Teams

Z = 5.0
SLOW_HOURS = 0.1
"""Ticks in an hour where only failures matter: cost is by event, so ticks are long."""

ROLLING = {"detect": 0.2, "load": (0.1, 0.5, 2.0), "event_gap": 0.5, "replay": 0.1}


def quiet(_: int) -> None:
    """Hear nothing of progress."""


def measured_mttf(changes, failures, exact, ticks_per_hour=SLOW_HOURS, seed=1):
    """Failures of renewed offices, and how many were to be expected; to compare at z.

    With 200 offices the renewal bias, |c**2 - 1| / 2 failures an office, is below half a failure
    of all together for MTTFs that are 200 repairs long; it is below .1 standard errors.
    """
    offices = 200
    ticks = math.ceil(failures * exact * ticks_per_hour / offices)
    found = renewals(office(ticks_per_hour, **changes), offices, seed, ticks, ticks_per_hour, quiet)
    expected = found.hours / exact
    return (found.failures - expected) / math.sqrt(expected)


# --- MTTF with repair ---------------------------------------------------------------------------

REPAIRED = {
    "one role": ({"roles": 1}, Team(1, 2, Fraction(1, 150), 2), 4_000),
    "m = 2": ({}, paper_team(2), 4_000),
    "crew by role": (
        {"crew": Crew.BY_ROLE, "resume": 20.0, "transfer": 20.0, "restart": 20.0, "members": 3},
        paper_team(3, repair="crew per role", repair_rate=Fraction(1, 200)),
        4_000,
    ),
    **{
        f"one crew, {priority}": (
            {"crew": crew, "resume": 2.0, "transfer": 2.0, "restart": 2.0},
            paper_team(2, repair="crew per team", priority=priority, repair_rate=Fraction(1, 20)),
            4_000,
        )
        for priority, crew in (
            ("first", Crew.FIRST),
            ("random", Crew.RANDOM),
            ("neediest", Crew.NEEDIEST),
        )
    },
    **{
        f"dormancy {dormancy:g}": (
            {"dormancy": dormancy},
            paper_team(2, dormancy=dormancy),
            2_000,
        )
        for dormancy in (0.0, 0.15, 0.5)
    },
    **{
        f"dormancy {dormancy:g}, coverage 411/412": (
            {"dormancy": dormancy, "coverage": (411 / 412,) * 3},
            paper_team(2, dormancy=dormancy, coverage=Fraction(411, 412)),
            2_000,
        )
        for dormancy in (0.0, 0.15, 0.5, 1.0)
    },
    **{
        f"m = 3, coverage {coverage}": (
            {"members": 3, "coverage": (float(coverage),) * 3},
            paper_team(3, coverage=coverage, failed_failover="standby"),
            2_000,
        )
        for coverage in (Fraction(9, 10), Fraction(1, 2))
    },
}


@pytest.mark.parametrize("name", REPAIRED)
def test_the_mttf_of_a_repaired_team_is_the_exact_one(name):
    changes, team, failures = REPAIRED[name]
    assert abs(measured_mttf(changes, failures, float(team.mttf(exact=False)))) < Z


def test_roles_may_have_rates_of_their_own():
    means = (50.0, 150.0, 400.0, 2000.0)
    config = office(SLOW_HOURS, roles=4)
    roles = tuple(
        replace(role, fault_mean=mean * SLOW_HOURS)
        for role, mean in zip(config.roles, means, strict=True)
    )
    exact = float(Team(4, 2, [1 / mean for mean in means], 2.0).mttf())
    ticks = math.ceil(4_000 * exact * SLOW_HOURS / 200)
    found = renewals(replace(config, roles=roles), 200, 1, ticks, SLOW_HOURS, quiet)
    assert abs(found.failures - found.hours / exact) < Z * math.sqrt(found.hours / exact)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["parallel", "crew per role", "crew per team"])
def test_a_third_member_is_worth_what_theory_says_and_the_repair_policy_matters(policy):
    """400 failures of a team that lives for decades: 40 % are caught; the claims are off 6-fold."""
    crews = {
        "parallel": Crew.EACH,
        "crew per role": Crew.BY_ROLE,
        "crew per team": Crew.RANDOM,
    }
    exact = float(paper_team(3, repair=policy).mttf(exact=False))
    changes = {"members": 3, "crew": crews[policy]}
    assert abs(measured_mttf(changes, 400, exact, ticks_per_hour=0.02)) < Z


@pytest.mark.slow
def test_rotation_in_pairs_with_repair_is_worth_what_theory_says():
    exact = float(paper_team(2, rotation=2).mttf(exact=False))
    changes = {"rotation": 2, "sharing": "pairs"}
    assert abs(measured_mttf(changes, 400, exact, ticks_per_hour=0.02)) < Z


@pytest.mark.slow
def test_a_hundred_thousand_failures_of_the_papers_team():
    """Eight roles of two, each repaired: 2,841.058140 h. Catches 2.6 %."""
    exact = float(paper_team(2).mttf())
    assert exact == pytest.approx(2841.058140, abs=1e-6)
    assert abs(measured_mttf({}, 100_000, exact, seed=4)) < Z


# --- MTTF without repair ------------------------------------------------------------------------

UNREPAIRED = {
    **{f"8 x {m}": ({"members": m}, paper_team(m, repair="none")) for m in (1, 2, 3)},
    "1 x 3": ({"members": 3, "roles": 1}, Team(1, 3, Fraction(1, 150), repair="none")),
    "5 of 8 critical": ({}, paper_team(2, repair="none", critical=5)),
    **{
        f"rotation, {sharing}": (
            {"rotation": 2, "sharing": sharing},
            paper_team(2, repair="none", rotation=2, eligibility=sharing),
        )
        for sharing in ("pairs", "ring")
    },
    "cold standby": ({"dormancy": 0.0}, paper_team(2, repair="none", dormancy=0)),
}


@pytest.mark.parametrize("name", UNREPAIRED)
def test_the_life_of_a_team_without_repair_is_the_exact_one(name):
    """10,000 lives: the mean, and R(t) at five times. Catches 6 % of the mean, 4 % of R."""
    changes, team = UNREPAIRED[name]
    config = office(SLOW_HOURS, crew=Crew.NOBODY, **changes)
    if team.critical:
        roles = tuple(
            replace(role, critical=at < team.critical) for at, role in enumerate(config.roles)
        )
        config = replace(config, roles=roles)
    hours = lifetimes(config, 10_000, seed=2) / SLOW_HOURS
    found = mean_of(hours)
    exact = float(team.mttf(exact=False))
    assert abs(found.value - exact) < Z * found.error
    times = exact * np.array([0.2, 0.5, 1.0, 1.5, 2.5])
    for time, share in zip(times, survivors(hours, times), strict=True):
        alive = float(team.reliability(float(time)))
        assert abs(share - alive) < Z * math.sqrt(alive * (1 - alive) / len(hours))


@pytest.mark.parametrize("shape", [0.5, 2.0, 4.0])
def test_a_series_of_weibull_members_lives_as_weibull_has_it(shape):
    """The least of n Weibull times is one with the scale divided by n**(1/shape)."""
    config = office(SLOW_HOURS, members=1, crew=Crew.NOBODY, fault_shape=shape)
    hours = lifetimes(config, 10_000, seed=3) / SLOW_HOURS
    found = mean_of(hours)
    mean = FAULT_HOURS / 8 ** (1 / shape)
    assert abs(found.value - mean) < Z * found.error
    scale = mean / math.gamma(1 + 1 / shape)
    times = mean * np.array([0.2, 0.6, 1.0, 1.6])
    for time, share in zip(times, survivors(hours, times), strict=True):
        alive = math.exp(-((time / scale) ** shape))
        assert abs(share - alive) < Z * math.sqrt(alive * (1 - alive) / len(hours))


# --- availability, and the length of a tick -----------------------------------------------------


CREWS = {"parallel": Crew.EACH, "crew per role": Crew.BY_ROLE, "crew per team": Crew.RANDOM}
SLOW_REPAIR = Fraction(1, 10)
"""Repairs an hour where unavailability is measured, so that there is some."""


@pytest.mark.parametrize("crew", CREWS)
@pytest.mark.parametrize("ticks_per_hour", [1.0, 0.1])
def test_availability_is_the_exact_one_at_tick_lengths_that_differ_tenfold(crew, ticks_per_hour):
    """Repairs of 10 h. 400 offices for 4,000 h: catches 12 % of the unavailability.

    They start with all members up; what that adds is below 10 h of 4,000, so they run in for 200 h.
    """
    exact = paper_team(2, repair=crew, repair_rate=SLOW_REPAIR)
    closed, rate = _long_run({"crew": CREWS[crew]}, ticks_per_hour, offices=400, run_in=200)
    assert _off(closed, 1 - float(exact.availability(exact=False))) < Z
    assert _off(rate, float(exact.failure_frequency(exact=False))) < Z
    assert closed.error < 0.0145 * closed.value


@pytest.mark.parametrize("coverage", [0.9, 0.5])
@pytest.mark.parametrize("crew", CREWS)
@pytest.mark.parametrize("ticks_per_hour", [1.0, 0.1])
def test_so_is_it_where_takeovers_fail(crew, coverage, ticks_per_hour):
    """Also who returns to an unfilled role may fail to take it. 2,000 offices for 4,000 h.

    Catches 12 % of the unavailability. That who returns takes over for sure, which is the exact
    model's default, is off by more: the same bound refuses it.
    """
    for members, dormancy in ((2, 1.0), (3, 0.25)):
        policy = {"repair": crew, "repair_rate": SLOW_REPAIR, "coverage": Fraction(coverage)}
        ours, other = (
            paper_team(members, dormancy=Fraction(dormancy), failed_failover=cost, **policy)
            for cost in ("standby", "role")
        )
        changes = {"crew": CREWS[crew], "coverage": (coverage,) * 3}
        changes |= {"members": members, "dormancy": dormancy}
        closed, rate = _long_run(changes, ticks_per_hour, offices=2_000, run_in=2_000)
        assert _off(closed, 1 - float(ours.availability(exact=False))) < Z
        assert _off(rate, float(ours.failure_frequency(exact=False))) < Z
        assert _off(closed, 1 - float(other.availability(exact=False))) > Z
        assert closed.error < 0.0145 * closed.value


def _long_run(changes, ticks_per_hour, offices, run_in, hours=4_000):
    """Unavailability and closings an hour of offices after so many hours to run in."""
    repair = dict.fromkeys(("resume", "transfer", "restart"), ticks_per_hour / float(SLOW_REPAIR))
    teams = Teams(office(ticks_per_hour, **repair, **changes), offices)
    teams.reset(6)
    teams.tick(round(run_in * ticks_per_hour))
    early, failed = _closed_time(teams), teams.columns["closings"].copy()
    teams.tick(round(hours * ticks_per_hour))
    closed = mean_of((_closed_time(teams) - early) / ticks_per_hour / hours)
    return closed, mean_of((teams.columns["closings"] - failed) / hours)


def _off(found, exact):
    """Standard errors between an estimate and a number."""
    return abs(found.value - exact) / found.error


def _closed_time(teams):
    """Time for which each office has been closed, ticks."""
    columns = teams.columns
    running = (columns["tick"].astype(np.int64) << 16) - columns["closed_since"]
    return (columns["closed_time"] + running * columns["office_closed"]) / 65536


@pytest.mark.parametrize("ticks_per_hour", [1.0, 0.1, 0.01])
def test_the_mttf_does_not_depend_on_the_length_of_a_tick(ticks_per_hour):
    """A tick of 1, 10 and 100 h: a draw once a tick would be off by 23 % at the first already."""
    exact = float(paper_team(2).mttf())
    assert abs(measured_mttf({}, 4_000, exact, ticks_per_hour, seed=7)) < Z


# --- failovers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("interval", [30.0, 300.0])
def test_the_latency_of_a_warm_failover_is_detection_loading_and_replay(interval):
    """Ticks of ten seconds; the distribution at every number of events, and the mean."""
    second = 0.1
    exact = Failover(0.1, 0.24, interval, 2 / 60, 50 / 60)
    config = office(
        3600 * second,
        standby=Standby.WARM,
        fault_mean=4 * 3600 * second,
        detect=0.1 * second,
        load=(0.0, 0.24 * second, 0.0),
        event_gap=30 * second,
        replay=1.2 * second,
        checkpoint_every=interval * second,
    )
    seconds = latencies(config, 2_000, 8, 400) / second
    count = len(seconds)
    assert count > 3_000
    found = mean_of(seconds)
    assert abs(found.value - float(exact.mean())) < Z * found.error
    for events in range(6):
        # Half an event beyond, so that roundings of instants do not matter.
        limit = exact.least + (events + 0.5) * 1.2
        share = float(exact.cdf(limit))
        spread = math.sqrt(share * (1 - share) / count)
        assert abs((seconds <= limit).mean() - share) < Z * spread


def test_what_takes_over_late_closes_an_office_for_as_long():
    """One role x 2, hot, 3 ticks to detect: each failure of the holder closes it for 3 ticks."""
    config = office(1.0, roles=1, detect=3.0, fault_mean=1000.0)
    teams = Teams(config, 300)
    teams.reset(0)
    teams.tick(500)
    account = teams.account()
    assert account.closings > 50
    assert account.takeover_time == pytest.approx(3 * account.takeovers)
    assert account.closed_time == pytest.approx(3 * account.closings, rel=0.05)


def test_takeovers_that_take_time_leave_a_team_the_life_of_its_holders_alone():
    """Each one closes the office, so that standbys add nothing to the MTTF: 18.75 h."""
    exact = float(paper_team(1, repair="none").mttf())
    assert exact == 18.75
    assert abs(measured_mttf({"detect": 0.01, "members": 3}, 4_000, exact)) < Z


# --- determinism --------------------------------------------------------------------------------

LIVELY = replace(presets()["harsh"], fault_mean=40.0, rotation=2, fault_shape=1.5, **ROLLING)


def test_threads_change_nothing():
    hashes = set()
    for threads in (1, 2, 3):
        teams = Teams(LIVELY, 5_000, threads=threads)
        teams.reset(3)
        teams.tick(20)
        hashes.add(teams.state_hash())
    assert len(hashes) == 1


def test_a_world_of_a_batch_is_the_same_world_alone():
    batch = Teams(LIVELY, 7, worlds=4)
    batch.reset(10)
    batch.tick(100)
    for world in range(4):
        alone = Teams(LIVELY, 7)
        alone.reset(10 + world)
        alone.tick(100)
        assert alone.state_hash() == batch.state_hash(world)
    assert len({batch.state_hash(world) for world in range(4)}) == 4


def test_an_office_does_not_depend_on_how_many_others_there_are():
    few, many = Teams(LIVELY, 3), Teams(LIVELY, 30)
    for teams in (few, many):
        teams.reset(1)
        teams.tick(100)
    for name in ("member_condition", "role_holder", "office_events", "closings"):
        assert (few.columns[name] == many.columns[name][:3]).all()


def test_offices_episodes_and_seeds_differ():
    teams = Teams(LIVELY, 50)
    teams.reset(0)
    teams.tick(50)
    first = teams.columns["member_fault_at"].copy()
    assert len(np.unique(first, axis=0)) == 50
    teams.reset()
    teams.tick(50)
    assert (teams.columns["member_fault_at"] != first).mean() > 0.9
    teams.reset(1)
    teams.tick(50)
    assert (teams.columns["member_fault_at"] != first).mean() > 0.9


def test_a_restored_snapshot_continues_as_the_original_did():
    teams = Teams(LIVELY, 40)
    teams.reset(5)
    teams.tick(30)
    saved = teams.snapshot()
    teams.tick(40)
    hashed, account = teams.state_hash(), teams.account()
    other = Teams(LIVELY, 40)
    other.restore(saved)
    other.tick(40)
    assert other.state_hash() == hashed
    assert other.account() == account
    with pytest.raises(SnapshotError):
        Teams(OfficeConfig(), 40).restore(saved)


def test_a_reset_empties_the_accounts():
    teams = Teams(LIVELY, 40)
    teams.reset(5)
    fresh = teams.state_hash()
    teams.tick(50)
    assert teams.account().events > 0
    teams.reset(5)
    assert teams.state_hash() == fresh
    account = teams.account()
    assert (account.closings, account.events, account.takeovers, account.open_time) == (0, 0, 0, 0)


def test_the_account_of_time_is_complete():
    teams = Teams(LIVELY, 40, worlds=2)
    teams.reset(5)
    teams.tick(60)
    account = teams.account()
    assert account.open_time + account.closed_time == pytest.approx(60 * 80)
    assert account.mttf == pytest.approx(account.open_time / account.closings)
    assert 0 < account.availability < 1


def test_roles_that_are_not_critical_never_close_an_office():
    roles = (Role("safe", fault_mean=0.0), Role("frail", critical=False, fault_mean=5.0))
    teams = Teams(replace(OfficeConfig(), roles=roles), 20)
    teams.reset(0)
    teams.tick(200)
    account = teams.account()
    assert account.events > 500
    assert account.closings == 0
