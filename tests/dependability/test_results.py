"""Numbers are kept exact where they are exact, and refused where they are none."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from hive_env.dependability.results import Result, number, positive
from hive_env.errors import ConfigError


@pytest.mark.parametrize("given", [2, np.int64(2), Fraction(2), Fraction(4, 2)])
def test_integers_and_rationals_are_kept_as_fractions(given: object) -> None:
    assert type(number(given, "rate")) is Fraction
    assert number(given, "rate") == 2


@pytest.mark.parametrize("given", [0.5, np.float64(0.5), np.float32(0.5)])
def test_floats_stay_floats(given: object) -> None:
    assert type(number(given, "rate")) is float
    assert number(given, "rate") == 0.5


@pytest.mark.parametrize("given", [-1, -1e-300, math.nan, math.inf, "1", None, True, 1j, [1]])
def test_what_is_no_finite_number_from_zero_is_refused_by_name(given: object) -> None:
    with pytest.raises(ConfigError, match=r"repair_rate: expected a finite number from 0"):
        number(given, "repair_rate")


def test_bounds_are_allowed_and_beyond_them_is_not() -> None:
    assert number(0, "share", 0, 1) == 0
    assert number(1.0, "share", 0, 1) == 1
    with pytest.raises(ConfigError, match=r"from 0 to 1, got 1.1"):
        number(1.1, "share", 0, 1)


def test_zero_is_not_positive() -> None:
    with pytest.raises(ConfigError, match=r"tick: expected a number above 0, h, got 0"):
        positive(0, "tick", "h")


def test_a_result_is_its_value_as_a_float() -> None:
    assert float(Result(Fraction(1, 4), "h", "given", 0.0)) == 0.25
