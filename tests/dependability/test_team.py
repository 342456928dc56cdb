"""Teams: published numbers, the order of the policies, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_env.dependability import Item, Parallel, Series, Team, lumping_defect, paper_team
from hive_env.errors import ConfigError

RARE, QUICK = Fraction(1, 150), Fraction(2)
rates = st.fractions(Fraction(1, 200), 3, max_denominator=200)


@pytest.mark.parametrize(
    ("members", "changes", "hours"),
    [
        (1, {"repair": "none"}, 18.75),
        (2, {"repair": "none"}, 57.11392773892774),
        (3, {"repair": "none"}, 91.327546),
        (2, {}, 2841.058140),
        (2, {"repair": "crew per role"}, 2841.058140),
        (2, {"repair": "crew per team"}, 2712.994101),
        (3, {}, 569097.53),
        (3, {"repair": "crew per role"}, 285035.25),
        (3, {"repair": "crew per team"}, 247136.38),
        (3, {"repair": "crew per team", "priority": "neediest"}, 264799.73),
        (2, {"dormancy": 0}, 5663),
        (2, {"dormancy": Fraction(15, 100)}, 4927),
        (2, {"dormancy": Fraction(1, 2)}, 3782),
        (2, {"dormancy": 0, "coverage": Fraction(411, 412)}, 3277),
        (2, {"dormancy": Fraction(15, 100), "coverage": Fraction(411, 412)}, 3017),
        (2, {"dormancy": Fraction(1, 2), "coverage": Fraction(411, 412)}, 2546),
        (2, {"coverage": Fraction(411, 412)}, 2083),
        (2, {"rotation": 2}, 285979),
        (2, {"rotation": 2, "repair": "none"}, 77.7),
        (2, {"rotation": 2, "eligibility": "ring", "repair": "none"}, 103.0),
        (2, {"rotation": 2, "eligibility": "ring"}, 1.273e8),
    ],
)
def test_the_mttf_of_the_papers_team(members: int, changes: dict[str, Any], hours: float) -> None:
    """Each number to the digits given here; rational and float solves agree."""
    team = paper_team(members, **changes)
    digits = len(f"{hours}".replace(".", "").rstrip("0")) if hours != 1.273e8 else 4
    found = team.mttf(exact=False)
    assert float(found) == pytest.approx(hours, rel=0.51 * 10 ** (1 - digits))
    assert found.residual < 1e-13
    if members == 2 and "eligibility" not in changes:
        assert float(team.mttf(exact=True)) == pytest.approx(float(found), rel=1e-12)


def test_the_team_without_repair_is_known_as_a_fraction() -> None:
    assert paper_team(2, repair="none").mttf().value == Fraction(39203, 102960) * 150


@pytest.mark.slow
def test_the_mttf_when_the_crew_serves_the_first_role() -> None:
    """6,561 states, none alike: the largest float solve there is a use for."""
    team = paper_team(3, repair="crew per team", priority="first")
    assert float(team.mttf()) == pytest.approx(238_188.27247)


def test_the_states_of_the_paper_are_counted() -> None:
    """6,561 in all, of which 256 are no failure, and these lump to 9."""
    assert len(paper_team(2).chain(detail="roles").states) == 3**8
    assert len(paper_team(2).chain(absorbing=True, detail="roles").up) == 256
    assert len(paper_team(2).chain(absorbing=True).up) == 9


def test_one_role_has_its_closed_form() -> None:
    assert Team(1, 2, RARE, QUICK).mttf().value == (3 * RARE + QUICK) / (2 * RARE**2) == 22_725


@given(rates, rates, rates)
def test_a_failure_rate_shortens_and_a_repair_rate_lengthens_the_mttf(
    failing: Fraction, returning: Fraction, more: Fraction
) -> None:
    base = Team(2, 2, failing, returning).mttf().value
    assert Team(2, 2, failing + more, returning).mttf().value < base
    assert Team(2, 2, failing, returning + more).mttf().value > base


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), rates), min_size=1, max_size=3), st.floats(0.0, 100.0))
def test_a_team_without_repair_is_its_block_diagram(
    roles: list[tuple[int, Fraction]], time: float
) -> None:
    members, failing = [m for m, _ in roles], [rate for _, rate in roles]
    team = Team(len(roles), members, failing, repair="none")
    block = Series(*[Parallel(*[Item(rate)] * m) for m, rate in roles])
    assert team.mttf().value == block.mttf().value
    assert float(team.reliability(time)) == pytest.approx(float(block.reliability(time)), abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), rates, rates), min_size=1, max_size=3))
def test_parallel_repair_has_the_availability_of_independent_items(
    roles: list[tuple[int, Fraction, Fraction]],
) -> None:
    members, failing, returning = (list(values) for values in zip(*roles, strict=True))
    team = Team(len(roles), members, failing, returning)
    blocks = [Parallel(*[Item(one, two)] * m) for m, one, two in roles]
    assert team.availability(exact=True).value == Series(*blocks).availability().value


def test_a_member_alone_is_available_mu_over_lambda_plus_mu() -> None:
    team = Team(1, 1, RARE, QUICK)
    assert team.availability().value == QUICK / (RARE + QUICK)
    assert team.mttf().value == team.mean_up_time().value == 150
    assert team.mean_down_time().value == Fraction(1, 2)
    assert team.failure_frequency().value == 1 / Fraction(301, 2)


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(2, 3), rates, rates)
def test_more_repair_is_better(
    roles: int, members: int, failing: Fraction, returning: Fraction
) -> None:
    policies = ("none", "crew per team", "crew per role", "parallel")
    times = [
        Team(roles, members, failing, returning, repair=policy).mttf().value for policy in policies
    ]
    assert times == sorted(times)


@given(rates, rates, st.fractions(0, 1, max_denominator=9), st.fractions(0, 1, max_denominator=9))
def test_dormancy_and_shocks_shorten_and_coverage_lengthens_the_mttf(
    failing: Fraction, returning: Fraction, low: Fraction, high: Fraction
) -> None:
    low, high = sorted((low, high))
    base = {"roles": 2, "members": 2, "failure_rate": failing, "repair_rate": returning}
    for name, sign in (("dormancy", -1), ("coverage", 1), ("common_cause", -1)):
        less, more = (Team(**base, **{name: value}).mttf().value for value in (low, high))
        assert sign * (more - less) >= 0


@settings(deadline=None)
@given(rates, rates, st.lists(st.floats(0, 500), min_size=2, max_size=5))
def test_reliability_is_one_at_first_and_never_rises(
    failing: Fraction, returning: Fraction, times: list[float]
) -> None:
    team = Team(3, 2, failing, returning)
    assert float(team.reliability(0)) == 1
    found = [team.reliability(time) for time in sorted(times)]
    for before, after in pairwise(found):
        assert float(after) <= float(before) + before.residual + after.residual


def test_the_area_under_the_reliability_is_the_mttf() -> None:
    """Simpson's rule on R(t) = exp(s) steps; an independent road to 2,841 h."""
    team = paper_team(2)
    steps = 100
    width = 14.0 / steps
    total = 0.0
    for index in range(steps + 1):
        u = -8 + index * width * (8 + math.log(16)) / 14.0
        hours = 2841.0 * math.exp(u)
        weight = 1 if index in (0, steps) else 4 if index % 2 else 2
        total += weight * float(team.reliability(hours)) * hours
    area = total * (8 + math.log(16)) / steps / 3 + 2841.0 * math.exp(-8)
    assert area == pytest.approx(2841.058, rel=1e-4)


def test_roles_that_are_not_critical_may_stay_unfilled() -> None:
    """Five critical roles of eight fail as a team of five, but share the crew with the others."""
    assert paper_team(2, critical=5).mttf().value == Team(5, 2, RARE, QUICK).mttf().value
    shared = paper_team(2, critical=5, repair="crew per team").mttf().value
    assert shared < Team(5, 2, RARE, QUICK, repair="crew per team").mttf().value
    chosen = Team(3, [1, 2, 1], RARE, QUICK, critical=[1]).mttf().value
    assert chosen == Team(1, 2, RARE, QUICK).mttf().value


def test_a_shock_fails_the_whole_role() -> None:
    team = Team(1, 3, RARE, 0, common_cause=1)
    assert team.mttf().value == 150
    assert team.chain().states == ((3,), (0,))


def test_a_failed_failover_is_mended_by_the_next_repair_of_the_role() -> None:
    """No failover ever succeeds: up until the filler fails, down until it, or both, are repaired.

    With a cold standby that cannot fail the role goes 2, -1, 2, ...: up 1/lambda, down 1/mu.
    """
    team = Team(1, 2, RARE, QUICK, dormancy=0, coverage=0)
    assert team.mean_up_time().value == 150
    assert team.mean_down_time().value == Fraction(1, 2)


def test_with_two_members_it_does_not_matter_to_the_mttf_what_a_failed_failover_costs() -> None:
    for members, equal in ((2, True), (3, False)):
        role, standby = (
            paper_team(members, coverage=Fraction(9, 10), failed_failover=cost).mttf().value
            for cost in ("role", "standby")
        )
        assert (role == standby) is equal
        assert role <= standby


def test_a_team_whose_members_never_fail_never_fails() -> None:
    assert Team(2, 2, 0, 1).mttf().value == math.inf
    assert Team(2, 2, 0, 1).availability().value == 1
    assert Team(1, 2, 1, 0).availability().value == 0


def test_rotation_of_depth_one_changes_nothing() -> None:
    assert paper_team(2, eligibility="ring").mttf() == paper_team(2).mttf()


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"roles": 0}, "roles"),
        ({"roles": 65}, "roles"),
        ({"members": 0}, "members"),
        ({"members": [2, 2]}, "members"),
        ({"failure_rate": -1}, "failure_rate"),
        ({"failure_rate": math.nan}, "failure_rate"),
        ({"failure_rate": "often"}, "failure_rate"),
        ({"repair_rate": [1, 1, 1, -1]}, "repair_rate"),
        ({"dormancy": 1.01}, "dormancy"),
        ({"coverage": -0.01}, "coverage"),
        ({"common_cause": math.nan}, "common_cause"),
        ({"repair": "quickly"}, "repair"),
        ({"priority": "last"}, "priority"),
        ({"eligibility": "star"}, "eligibility"),
        ({"failed_failover": "nobody"}, "failed_failover"),
        ({"rotation": 0}, "rotation"),
        ({"rotation": 5}, "rotation"),
        ({"rotation": 3}, "rotation"),
        ({"rotation": 2, "coverage": 0.5}, "rotation"),
        ({"critical": 0}, "critical"),
        ({"critical": [4]}, "critical"),
        ({"critical": []}, "critical"),
    ],
)
def test_a_value_out_of_its_range_is_refused_at_construction(
    changes: dict[str, Any], argument: str
) -> None:
    given_ = {"roles": 4, "members": 2, "failure_rate": 1, "repair_rate": 1, **changes}
    with pytest.raises(ConfigError, match=f"^{argument}: expected"):
        Team(**given_)


def test_an_unknown_detail_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"detail: expected one of lumped, roles, members"):
        Team(1, 1, 1).chain(detail="atoms")


def test_a_team_too_large_to_tell_its_roles_apart_says_how_to_lump() -> None:
    team = Team(14, 2, [Fraction(1, 100 + k) for k in range(14)], 1)
    with pytest.raises(ConfigError, match=r"states: expected at most .* Lump the chain"):
        team.availability()


def test_equal_roles_are_not_alike_where_the_crew_serves_the_first() -> None:
    team = Team(2, 3, 1, 1, repair="crew per team", priority="first")
    chain = team.chain(detail="roles")
    assert lumping_defect(chain, lambda state: tuple(sorted(state))) > 0  # type: ignore[arg-type]
    assert set(team.chain().states) == set(chain.states)
    assert len(replace(team, priority="random").chain().states) == 10
