"""The course of the reward, and its trend."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.errors import ArgumentError
from hive_env.monitoring import Counts, Course
from hive_env.monitoring.course import slope


def reading(ticks: Any, value: Any) -> Counts:
    """Counts of worlds of ten workers, values in thousandths."""
    table = {"ticks": np.array(ticks), "value": np.array(value)}
    return Counts(10, 1, {}, np.ones(len(ticks)), np.ones(len(ticks)), table)


def test_rates_are_gains_by_worker_and_tick() -> None:
    course = Course()
    course.add(reading([4, 4], [40_000, 0]))
    course.add(reading([0, 0], [0, 0]))
    course.add(reading([1, 3], [0, 80_000]))

    assert course.rates() == [40 / (10 * 8), 80 / (10 * 4)]


def test_the_trend_of_a_rate_that_grows_evenly_is_its_growth_in_1000_ticks() -> None:
    """Means over readings of any length lie on the line at their middles."""
    ends = np.array([0, 3, 4, 10, 30])
    gained = np.diff(0.5 * 0.002 * ends.astype(float) ** 2)
    course = Course()
    for ticks, gain in zip(np.diff(ends), gained, strict=True):
        course.add(reading([ticks], [gain * 10_000]))

    assert course.slopes() == pytest.approx([1000 * 0.002])
    assert course.pooled_slope() == pytest.approx(1000 * 0.002)


def test_the_trend_of_two_readings_by_hand() -> None:
    """0.1 a tick around tick 1, 0.4 around tick 4: 0.3 more in 3 ticks."""
    course = Course()
    course.add(reading([2], [2_000]))
    course.add(reading([4], [16_000]))

    assert course.pooled_slope() == pytest.approx(1000 * 0.3 / 3)


def test_each_world_has_a_trend_and_together_they_have_that_of_their_sum() -> None:
    course = Course()
    course.add(reading([2, 2], [2_000, 2_000]))
    course.add(reading([2, 2], [4_000, 0]))

    assert course.slopes() == pytest.approx([50.0, -50.0])
    assert course.pooled_slope() == pytest.approx(0.0)


def test_fewer_than_two_readings_have_no_trend() -> None:
    course = Course()
    assert math.isnan(course.pooled_slope())
    assert course.slopes().shape == (0,)

    course.add(reading([2], [2_000]))
    course.add(reading([0], [0]))

    assert math.isnan(course.pooled_slope())
    assert np.isnan(course.slopes()).all()


def test_a_course_forgets_what_is_older_than_its_length() -> None:
    course = Course(2)
    for value in (0, 90_000, 10_000, 10_000):
        course.add(reading([1], [value]))

    assert course.rates() == [1.0, 1.0]
    assert course.pooled_slope() == 0.0


def test_a_world_whose_readings_are_forgotten_begins_anew() -> None:
    course = Course()
    for value in (9_000, 1_000):
        course.add(reading([1, 1], [value, value]))
    course.clear(np.array([True, False]))
    for value in (1_000, 2_000):
        course.add(reading([1, 1], [value, value]))

    alone = Course()
    for value in (1_000, 2_000):
        alone.add(reading([1], [value]))
    assert course.slopes()[0] == pytest.approx(alone.slopes()[0])
    assert course.slopes()[1] < 0


@pytest.mark.parametrize("length", [1, 0, -3, 2.0, True, "8"])
def test_a_length_that_is_no_integer_from_2_is_refused(length: Any) -> None:
    with pytest.raises(ArgumentError, match="length"):
        Course(length)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10**6)), min_size=2, max_size=12),
)
def test_the_slope_is_that_of_the_least_squares_line(points: list[tuple[int, int]]) -> None:
    ticks = np.array([[one] for one, _ in points])
    gains = np.array([[gain * (one > 0)] for one, gain in points], float)
    found = slope(gains, ticks)[0]

    used = ticks[:, 0] > 0
    if used.sum() < 2:
        assert math.isnan(found)
        return
    at = (np.cumsum(ticks) - ticks[:, 0] / 2)[used]
    expected = np.polyfit(at, (gains[used] / ticks[used])[:, 0], 1)[0] * 1000
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-3)
