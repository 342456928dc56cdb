"""One role: its rates, and the end of a tick."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.dependability import Role
from hive_env.errors import ConfigError

shares = st.fractions(0, 1, max_denominator=20)
roles = st.builds(
    Role,
    members=st.integers(1, 4),
    failure_rate=st.fractions(Fraction(1, 100), 2, max_denominator=100),
    repair_rate=st.fractions(0, 5, max_denominator=20),
    dormancy=shares,
    coverage=shares,
    common_cause=shares,
    failed_failover=st.sampled_from(["role", "standby"]),
)


def states_of(role: Role) -> st.SearchStrategy[int]:
    """The states that a role can be in."""
    least = 1 - role.members if role.failed_failover == "role" else 0
    return st.integers(least, role.members)


def rates_of(role: Role, state: int, repairing: int) -> dict[int, Fraction]:
    found: dict[int, Fraction] = {}
    for after, rate in role.rates(state, repairing):
        found[after] = found.get(after, Fraction(0)) + Fraction(rate)
    return {after: rate for after, rate in found.items() if rate and after != state}


def test_rates_of_a_role_are_those_of_its_words() -> None:
    role = Role(3, Fraction(10), Fraction(7), True, Fraction(1, 2), Fraction(3, 4), Fraction(1, 5))
    # Own rate 8, a standby's 4, shocks 2.
    assert rates_of(role, 3, 0) == {2: 2 * 4 + Fraction(3, 4) * 8, -2: 2, 0: 2}
    assert rates_of(role, 2, 1) == {1: 4 + 6, -1: 2, 0: 2, 3: 7}
    assert rates_of(role, 1, 2) == {0: 8 + 2, 2: 14}
    assert rates_of(role, -2, 1) == {-1: 2 * 4, 0: 2, 3: 7}
    assert rates_of(role, -1, 2) == {0: 4 + 2, 2: 14}
    assert rates_of(role, 0, 3) == {1: 21}


def test_a_failed_failover_may_cost_the_standby_instead_of_the_role() -> None:
    """Each standby tries in turn, and so does a member that returns to an unfilled role."""
    role = Role(3, 8, 7, coverage=Fraction(3, 4), dormancy=0, failed_failover="standby")
    assert rates_of(role, 3, 0) == {2: 6, 1: Fraction(3, 2), 0: Fraction(1, 2)}
    assert rates_of(role, 2, 1) == {1: 6, 0: 2, 3: 7}
    assert rates_of(role, 1, 2) == {0: 8, 2: 14}
    assert rates_of(role, 0, 3) == {1: 21 * Fraction(3, 4)}


@given(roles, st.data())
def test_a_short_tick_does_what_the_rates_say(role: Role, data: st.DataObject) -> None:
    state = data.draw(states_of(role))
    repairing = data.draw(st.integers(0, role.members - abs(state)))
    tick = 1e-7
    ends = role.after_tick(state, repairing, tick)
    assert math.fsum(ends.values()) == pytest.approx(1)
    rates = rates_of(role, state, repairing)
    for end in ends.keys() | rates.keys():
        if end != state:
            assert ends.get(end, 0) / tick == pytest.approx(float(rates.get(end, 0)), abs=1e-3)


@given(roles, st.floats(0.01, 50.0), st.data())
def test_a_tick_of_any_length_ends_in_some_state_of_the_role(
    role: Role, tick: float, data: st.DataObject
) -> None:
    state = data.draw(states_of(role))
    ends = role.after_tick(state, role.members - abs(state), tick)
    assert math.fsum(ends.values()) == pytest.approx(1)
    assert all(abs(end) <= role.members for end in ends)


def test_failures_and_repairs_of_a_tick_are_independent() -> None:
    role, tick = Role(2, math.log(2), math.log(4)), 1.0
    assert role.after_tick(2, 0, tick) == pytest.approx({2: 1 / 4, 1: 1 / 2, 0: 1 / 4})
    ends = {2: 1 / 2 * 3 / 4, 1: 1 / 2 * 1 / 4 + 1 / 2 * 3 / 4, 0: 1 / 8}
    assert role.after_tick(1, 1, tick) == pytest.approx(ends)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("members", 0),
        ("members", 2.0),
        ("failure_rate", -1),
        ("failure_rate", math.nan),
        ("repair_rate", -0.5),
        ("repair_rate", math.inf),
        ("dormancy", 1.5),
        ("coverage", -0.1),
        ("coverage", math.nan),
        ("common_cause", 2),
        ("failed_failover", "nobody"),
    ],
)
def test_a_value_out_of_its_range_is_refused_by_name(name: str, value: object) -> None:
    given_ = {"members": 2, "failure_rate": 1, name: value}
    with pytest.raises(ConfigError, match=f"^{name}: expected"):
        Role(**given_)  # type: ignore[arg-type]
