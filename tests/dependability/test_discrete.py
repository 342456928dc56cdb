"""Draws once a tick: their own exact values, and their bias."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from hive_env.dependability import DiscreteTeam, Team, paper_team
from hive_env.errors import ConfigError


@pytest.mark.parametrize(("tick", "percent"), [(0.1, -0.26), (0.5, -7.1), (1.0, -22.9)])
def test_draws_once_a_tick_bias_the_mttf(tick: float, percent: float) -> None:
    bias = 100 * float(DiscreteTeam(paper_team(2), tick).bias())
    assert bias == pytest.approx(percent, abs=0.05 if tick > 0.1 else 0.005)


def test_draws_once_a_tick_do_not_keep_the_availability() -> None:
    """p = 1 - exp(-lambda dt), q = 1 - exp(-mu dt) give q / (p + q), not mu / (lambda + mu)."""
    tick = 0.5
    p, q = -math.expm1(-tick / 150), -math.expm1(-2 * tick)
    found = float(DiscreteTeam(Team(1, 1, 1 / 150, 2.0), tick).availability())
    assert found == pytest.approx(q / (p + q), rel=1e-13)
    assert found < 300 / 301 - 1e-3


def all_patterns(team: Team, tick: float) -> tuple[float, float]:
    """MTTF and availability from the chain of all up and down patterns, drawn one by one."""
    owner = [role for role, kind in enumerate(team.each) for _ in range(kind.members)]
    patterns = list(product((True, False), repeat=len(owner)))
    step = np.zeros((len(patterns), len(patterns)))
    for i, before in enumerate(patterns):
        for j, after in enumerate(patterns):
            chance = 1.0
            for role, now, then in zip(owner, before, after, strict=True):
                kind = team.each[role]
                p = -math.expm1(-float(kind.failure_rate if now else kind.repair_rate) * tick)
                chance *= p if now != then else 1 - p
            step[i, j] = chance
    filled = [
        all(any(up for up, role in zip(pattern, owner, strict=True) if role == r) for r in range(n))
        for pattern in patterns
        for n in [team.roles]
    ]
    up = np.flatnonzero(filled)
    times = np.linalg.solve(np.eye(len(up)) - step[np.ix_(up, up)], np.ones(len(up)))
    share = np.linalg.matrix_power(step, 1 << 30)[0, up].sum()
    return times[0] * tick, share


def test_lumped_ticks_are_those_of_every_pattern_of_members() -> None:
    team = Team(2, [2, 3], [0.3, 0.4], [1.0, 0.7])
    found = DiscreteTeam(team, 0.4)
    mttf, share = all_patterns(team, 0.4)
    assert float(found.mttf()) == pytest.approx(mttf, rel=1e-10)
    assert float(found.availability()) == pytest.approx(share, rel=1e-6)


@pytest.mark.parametrize(
    "team",
    [
        Team(3, 2, 1 / 15, 2.0, repair="crew per team"),
        Team(3, 2, 1 / 15, 2.0, repair="crew per team", priority="first"),
        Team(2, 3, 1 / 15, 2.0, dormancy=0.3, coverage=0.9, common_cause=0.1),
        Team(2, 3, 1 / 15, 2.0, dormancy=0.3, coverage=0.7, failed_failover="standby"),
        Team(4, 2, 1 / 15, 2.0, rotation=2, eligibility="ring"),
    ],
    ids=["crew", "first", "role", "standby", "ring"],
)
def test_short_ticks_lead_to_continuous_time(team: Team) -> None:
    """The bias is of first order in the tick: a tenth of the tick, about a tenth of the bias."""
    coarse, fine = (float(DiscreteTeam(team, tick).bias()) for tick in (1e-3, 1e-4))
    assert abs(fine) < 1e-3
    assert fine == pytest.approx(coarse / 10, rel=0.1, abs=1e-7)
    found = DiscreteTeam(team, 1e-4)
    assert float(found.availability()) == pytest.approx(float(team.availability()), rel=1e-4)
    assert float(found.mean_up_time()) == pytest.approx(float(team.mean_up_time()), rel=1e-2)
    assert float(found.mean_down_time()) == pytest.approx(float(team.mean_down_time()), rel=1e-2)


def test_a_tick_of_no_length_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"tick: expected a number above 0, h, got 0"):
        DiscreteTeam(paper_team(2), 0)


def test_too_many_ends_of_a_tick_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"team: expected at most 100,000 ends of a tick"):
        DiscreteTeam(Team(12, 2, 0.1, 1.0, rotation=2, eligibility="ring"), 0.1).mttf()
