"""Intervals, against published tables and by their properties."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.bench.statistics import interval, paired_difference, t_quantile, t_within
from hive_env.errors import ArgumentError


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (15, 2.1314), (30, 2.0423), (99, 1.9842)],
)
def test_the_quantile_of_t_is_that_of_the_tables(freedom: int, quantile: float) -> None:
    assert t_quantile(freedom) == pytest.approx(quantile, abs=1e-4)


@given(st.integers(1, 60), st.floats(0, 50), st.floats(0.01, 10))
def test_more_of_t_lies_within_a_wider_interval(freedom: int, t: float, more: float) -> None:
    assert 0 <= t_within(t, freedom) <= t_within(t + more, freedom) + 1e-12 <= 1 + 2e-12


def test_a_known_paired_difference() -> None:
    """Differences 1, 2, 3: mean 2, sd 1, t(2) = 4.3027, so 2 - 4.3027 / sqrt(3)."""
    found = paired_difference([2, 4, 6], [1, 2, 3])

    assert (found.mean, found.sd) == (2, 1)
    assert found.t_lower == pytest.approx(2 - 4.30265 / np.sqrt(3), abs=1e-4)
    assert found.t_upper == pytest.approx(2 + 4.30265 / np.sqrt(3), abs=1e-4)
    assert 1 <= found.bootstrap_lower < 2 < found.bootstrap_upper <= 3
    assert (found.lower, found.upper) == (found.t_lower, found.t_upper)
    assert not found.positive


def test_pairing_by_seed_finds_a_small_gain_under_a_large_spread_of_seeds() -> None:
    weather = np.random.default_rng(1).normal(0, 10, 16)
    noise = np.random.default_rng(2).normal(0, 0.1, 16)

    assert paired_difference(weather + 1 + noise, weather).positive
    assert not paired_difference(np.sort(weather) + 1 + noise, weather).positive


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20))
def test_the_mean_lies_between_its_bounds(sample: list[float]) -> None:
    found = interval(sample)

    assert found.t_lower - 1e-9 <= found.mean <= found.t_upper + 1e-9
    assert found.bootstrap_lower - 1e-9 <= found.mean <= found.bootstrap_upper + 1e-9


def test_the_bounds_are_the_worse_of_both_kinds() -> None:
    """Over four seeds the t interval is the wider; made so, the bootstrap's is."""
    found = interval([1.0, 2.0, 3.0, 5.0])
    turned = replace(found, bootstrap_lower=-9.0, bootstrap_upper=99.0)

    assert (found.lower, found.upper) == (found.t_lower, found.t_upper)
    assert (turned.lower, turned.upper) == (-9.0, 99.0)
    assert not turned.positive


def test_an_interval_in_other_units_is_that_of_the_numbers_in_those_units() -> None:
    sample = np.array([1.0, 2.0, 3.0, 5.0])

    scaled, direct = interval(sample).over(4.0), interval(sample / 4.0)
    assert astuple(scaled) == pytest.approx(astuple(direct))


def test_a_single_seed_has_no_interval() -> None:
    with pytest.raises(ArgumentError, match="sample"):
        interval([1.0])


@pytest.mark.parametrize(("upper", "lower"), [([1.0], [2.0]), ([1.0, 2.0], [1.0]), ([], [])])
def test_what_does_not_pair_is_refused(upper: list[float], lower: list[float]) -> None:
    with pytest.raises(ArgumentError, match="pairs"):
        paired_difference(upper, lower)
