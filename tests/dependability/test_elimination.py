"""State reduction against dense solves, across its block length, and where solves lose digits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.dependability import elimination


def some_rates(count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    rates = generator.exponential(size=(count, count)) * (generator.random((count, count)) < 0.3)
    rates[range(count), [(k + 1) % count for k in range(count)]] = 1.0
    np.fill_diagonal(rates, 0.0)
    return rates


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 150])
def test_mean_times_are_those_of_a_dense_solve(count: int) -> None:
    rates = some_rates(count, count) if count > 1 else np.zeros((1, 1))
    exits = np.linspace(0.01, 1.0, count)
    generator = rates - np.diag(rates.sum(axis=1) + exits)
    expected = np.linalg.solve(generator, -np.ones(count))
    times = elimination.mean_times(rates.copy(), exits.copy())
    np.testing.assert_allclose(times, expected, rtol=1e-11)


@pytest.mark.parametrize("count", [2, 63, 64, 65, 150])
def test_stationary_probabilities_balance(count: int) -> None:
    rates = some_rates(count, count)
    shares = elimination.stationary(rates.copy())
    assert shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(shares @ rates, shares * rates.sum(axis=1), rtol=1e-11)


def test_mean_times_keep_their_digits_where_a_dense_solve_loses_them() -> None:
    """Ten steps up against a rate 10^9 times as fast back: an MTTF of about 10^90 h."""
    count, back = 10, 2.0**30
    rates, exits = np.zeros((count, count)), np.zeros(count)
    rates[range(count - 1), range(1, count)] = 1.0
    rates[range(1, count), range(count - 1)] = back
    exits[-1] = 1.0
    rows = [{int(j): Fraction(rates[i, j]) for j in np.flatnonzero(rates[i])} for i in range(count)]
    exact = elimination.exact_mean_times(rows, [Fraction(rate) for rate in exits])
    times = elimination.mean_times(rates, exits)
    assert times[0] > 1e80
    np.testing.assert_allclose(times, [float(time) for time in exact], rtol=1e-14)


@given(st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_rational_reduction_solves_its_equations_without_a_rest(count: int, seed: int) -> None:
    rates = some_rates(count, seed)
    rows = [
        {int(j): Fraction(rates[i, j]).limit_denominator(50) for j in np.flatnonzero(rates[i])}
        for i in range(count)
    ]
    exits = [Fraction(1, k + 1) for k in range(count)]
    times = elimination.exact_mean_times(rows, exits)
    shares = elimination.exact_stationary([{j: r for j, r in row.items() if r} for row in rows])
    assert sum(shares) == 1
    for i, row in enumerate(rows):
        out = sum(row.values())
        assert (out + exits[i]) * times[i] == 1 + sum(r * times[j] for j, r in row.items())
        assert out * shares[i] == sum(shares[k] * rows[k].get(i, 0) for k in range(count))
