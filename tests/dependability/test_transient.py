"""Uniformisation keeps within the error it states, by either of its ways."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.dependability.transient import survival


def repaired_pair(failing: float, returning: float, time: float) -> float:
    """R(t) of two members with repair, from the eigenvalues of their two states."""
    trace = 3 * failing + returning
    root = math.sqrt(trace**2 - 8 * failing**2)
    fast = (trace + root) / 2
    slow = 2 * failing**2 / fast
    return (fast * math.exp(-slow * time) - slow * math.exp(-fast * time)) / (fast - slow)


@given(
    st.floats(1e-4, 1.0), st.floats(1e-3, 100.0), st.one_of(st.floats(0, 1e5), st.floats(0, 10.0))
)
def test_a_repaired_pair_survives_as_its_closed_form_says(
    failing: float, returning: float, time: float
) -> None:
    rates = np.array([[0, 2 * failing], [returning, 0]])
    found = survival(rates, np.array([0, failing]), np.array([1.0, 0.0]), time)
    expected = repaired_pair(failing, returning, time)
    assert abs(float(found) - expected) <= found.residual + 1e-12


@pytest.mark.parametrize(("count", "way"), [(2, "squared"), (120, "steps")])
def test_many_states_in_a_row_give_a_gamma_law(count: int, way: str) -> None:
    """n states passed at rate 1 survive t with the probability of fewer than n jumps."""
    rates = np.diag(np.ones(count - 1), 1)
    exits = np.zeros(count)
    exits[-1] = 1.0
    start = np.zeros(count)
    start[0] = 1.0
    time = 100.0
    found = survival(rates, exits, start, time)
    expected = math.fsum(
        math.exp(k * math.log(time) - time - math.lgamma(k + 1)) for k in range(count)
    )
    assert way in found.method
    assert abs(float(found) - expected) <= found.residual
    assert found.residual < 1e-10


def test_nothing_happens_in_no_time() -> None:
    found = survival(np.zeros((1, 1)), np.ones(1), np.ones(1), 0.0)
    assert float(found) == 1
    assert found.residual == 0
