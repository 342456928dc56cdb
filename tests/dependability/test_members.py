"""The full chain, member by member, is what the lumped chains say it is."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_env.dependability import PRIORITIES, REPAIRS, Team, lump, lumping_defect
from hive_env.dependability.members import counts
from hive_env.dependability.roles import FAILED_FAILOVERS

rates = st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(5, 2)])
shares = st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(1)])


def each(values: st.SearchStrategy[Any], roles: int) -> st.SearchStrategy[Any]:
    """One value for all roles, or one for each."""
    return st.one_of(values, st.lists(values, min_size=roles, max_size=roles))


def built(roles: int) -> st.SearchStrategy[Team]:
    """Small teams of any kind."""
    common = {
        "roles": st.just(roles),
        "members": each(st.integers(1, 3 if roles < 3 else 2), roles),
        "failure_rate": each(rates, roles),
        "repair_rate": each(rates, roles),
        "repair": st.sampled_from(REPAIRS),
        "priority": st.sampled_from(PRIORITIES),
        "common_cause": each(shares, roles),
        "critical": st.one_of(st.none(), st.sets(st.integers(0, roles - 1), min_size=1).map(tuple)),
    }
    costs = each(st.sampled_from(FAILED_FAILOVERS), roles)
    plain = st.builds(
        Team,
        dormancy=each(shares, roles),
        coverage=each(shares, roles),
        failed_failover=costs,
        **common,
    )
    rotated = st.builds(Team, rotation=st.integers(1, roles), eligibility=st.just("ring"), **common)
    blocks = st.builds(Team, rotation=st.just(roles), eligibility=st.just("pairs"), **common)
    return st.one_of(plain, rotated, blocks)


teams = st.integers(1, 3).flatmap(built)


@settings(max_examples=60, deadline=None)
@given(teams)
def test_lumped_chains_are_lumpings_of_the_full_one(team: Team) -> None:
    """Strong lumpability holds for both maps, and the lumped chain has the rates of the second."""
    full = team.chain(detail="members")
    assert lumping_defect(full, counts) == 0
    by_role = lump(full, counts)
    assert set(by_role.states) == set(team.chain(detail="roles").states)
    assert lumping_defect(by_role, team.representative) == 0
    named = lump(by_role, team.representative)
    direct = team.chain()
    assert {
        (named.states[i], named.states[j]): rate
        for i, row in enumerate(named.rows)
        for j, rate in row.items()
    } == {
        (direct.states[i], direct.states[j]): rate
        for i, row in enumerate(direct.rows)
        for j, rate in row.items()
    }


@settings(max_examples=40, deadline=None)
@given(teams, st.floats(0.0, 20.0))
def test_every_detail_gives_the_same_answers(team: Team, time: float) -> None:
    for absorbing in (True, False):
        chains = [team.chain(absorbing, detail) for detail in ("lumped", "roles", "members")]
        times = [float(chain.mttf(exact=False)) for chain in chains]
        assert times == pytest.approx([times[0]] * 3, rel=1e-9)
        alive = [chain.reliability(time) for chain in chains]
        assert [float(r) for r in alive] == pytest.approx([float(alive[0])] * 3, abs=1e-9)
        if absorbing:
            continue
        shares = [float(chain.availability(exact=False)) for chain in chains]
        assert shares == pytest.approx([shares[0]] * 3, rel=1e-9)


def test_a_repaired_member_fills_a_role_that_nobody_fills() -> None:
    from hive_env.dependability.members import transitions

    role = Team(1, 2, 1, 1, coverage=0).each
    stuck = (((False, True), -1),)
    after = dict(transitions(role, "parallel", "random", stuck))
    assert after[(((True, True), 0),)] == 1
    assert counts(stuck) == (-1,)
