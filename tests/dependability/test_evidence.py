"""What an experiment shows."""

from __future__ import annotations

import math
from itertools import product

import pytest

from hive_env.dependability import failures_needed, faults_per_day, least_mttf, patterns_missed
from hive_env.errors import ConfigError


def test_thirty_days_without_failure_show_240_hours() -> None:
    assert float(least_mttf(720)) == pytest.approx(240.3, abs=0.05)
    assert math.exp(-720 / float(least_mttf(720, 0.9))) == pytest.approx(0.1)


def test_one_percent_takes_38416_failures() -> None:
    assert float(failures_needed(0.01)) == pytest.approx(38_416)


def test_sixteen_agents_with_a_fault_every_four_hours_have_96_a_day() -> None:
    assert float(faults_per_day(16, 4)) == 96


def test_the_degradation_formula_misses_85_of_248_patterns() -> None:
    assert patterns_missed(8, 5) == (85, 248)


@pytest.mark.parametrize(("roles", "critical"), [(4, 2), (5, 5), (6, 1)])
def test_missed_patterns_are_those_counted_one_by_one(roles: int, critical: int) -> None:
    stopped = [p for p in product((0, 1), repeat=roles) if not all(p[:critical])]
    missed = [p for p in stopped if max(0, critical - sum(p)) == 0]
    assert patterns_missed(roles, critical) == (len(missed), len(stopped))


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: least_mttf(0), "hours"),
        (lambda: least_mttf(1, 1), "confidence"),
        (lambda: least_mttf(1, 0), "confidence"),
        (lambda: failures_needed(0), "relative_error"),
        (lambda: failures_needed(0.1, math.nan), "z"),
        (lambda: faults_per_day(0, 1), "members"),
        (lambda: faults_per_day(1, 0), "mean_hours"),
        (lambda: patterns_missed(3, 4), "critical"),
    ],
)
def test_nonsense_is_refused_by_name(call: object, argument: str) -> None:
    with pytest.raises(ConfigError, match=f"^{argument}: expected"):
        call()  # type: ignore[operator]
