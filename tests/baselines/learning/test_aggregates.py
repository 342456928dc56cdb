"""Aggregates of runs: known answers, and intervals that hold what they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baselines.learning.aggregates import (
    estimate,
    interquartile_mean,
    optimality_gap,
    performance_profile,
    probability_of_improvement,
)


def test_the_interquartile_mean_leaves_out_the_lowest_and_highest_quarter() -> None:
    """Of eight scores two at each end, over runs and tasks together, in any order."""
    scores = np.array([[-90.0, 1, 4, 2], [3, 800, -1, 9]])
    assert interquartile_mean(scores) == pytest.approx((1 + 2 + 3 + 4) / 4)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20), st.floats(-3, 3), st.floats(0.1, 4))
def test_the_interquartile_mean_moves_and_grows_with_the_scores(
    scores: list[float], shift: float, scale: float
) -> None:
    given_scores = np.array(scores)[:, None]
    moved = interquartile_mean(scale * given_scores + shift)
    assert moved == pytest.approx(scale * interquartile_mean(given_scores) + shift, abs=1e-9)


def test_the_optimality_gap_counts_what_is_missing_and_nothing_above() -> None:
    assert optimality_gap(np.array([[0.5, 3.0], [1.0, 0.0]])) == pytest.approx(0.375)


def test_the_probability_of_improvement_counts_pairs_and_ties_half() -> None:
    """Task 1: 3 of 4 pairs; task 2: all tied."""
    one = np.array([[2.0, 5.0], [0.5, 5.0]])
    other = np.array([[1.0, 5.0], [0.0, 5.0]])
    assert probability_of_improvement(one, other) == pytest.approx((0.75 + 0.5) / 2)
    assert probability_of_improvement(other, one) == pytest.approx((0.25 + 0.5) / 2)


def test_a_profile_is_the_share_of_scores_above_each_level() -> None:
    scores = np.array([[0.1, 0.4], [0.6, 0.9]])
    found = performance_profile(scores, np.array([0.0, 0.4, 0.5, 1.0]))
    assert found.tolist() == [1.0, 0.5, 0.5, 0.0]


def test_the_bootstrap_draws_runs_within_each_task() -> None:
    """Tasks far apart whose runs agree: nothing is left to chance."""
    scores = np.array([[0.0, 10.0], [0.0, 10.0], [0.0, 10.0]])
    found = estimate(lambda table: float(table.mean()), scores)
    assert (found.value, found.lower, found.upper) == (5.0, 5.0, 5.0)
    assert found.few


def test_the_interval_of_a_mean_is_about_as_wide_as_theory_says() -> None:
    scores = np.random.default_rng(0).normal(3.0, 2.0, (400, 1))
    found = estimate(lambda table: float(table.mean()), scores)
    expected = 1.96 * scores.std() / 20
    assert found.upper - found.value == pytest.approx(expected, rel=0.15)
    assert found.value - found.lower == pytest.approx(expected, rel=0.15)
    assert not found.few


def test_aggregates_and_intervals_are_those_of_rliable() -> None:
    """Computed once by rliable 1.2.0, with 20,000 resamples of its own generator."""
    random = np.random.default_rng(0)
    one, other = random.normal(0.6, 0.2, (5, 3)), random.normal(0.5, 0.2, (5, 3))
    theirs = (
        (interquartile_mean, (one,), 0.564888350528308, 0.46789, 0.65422),
        (optimality_gap, (one,), 0.4469984501394858, 0.35812, 0.53674),
        (probability_of_improvement, (one, other), 0.64, 0.42667, 0.84),
    )
    for aggregate, scores, value, lower, upper in theirs:
        found = estimate(aggregate, *scores, resamples=20_000)
        assert found.value == pytest.approx(value, abs=1e-12)
        assert found.lower == pytest.approx(lower, abs=0.005)
        assert found.upper == pytest.approx(upper, abs=0.005)
    profile = performance_profile(one, np.array([0, 0.25, 0.5, 0.75, 1]))
    assert profile == pytest.approx([1, 14 / 15, 0.6, 2 / 15, 0])
