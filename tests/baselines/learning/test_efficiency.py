"""What runs had reached by when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baselines.learning.aggregates import estimate, interquartile_mean
from baselines.learning.efficiency import after, band, reached
from baselines.learning.results import METRIC


def run(*tests: tuple[int, float, float]) -> dict[str, Any]:
    """A run with tests: decisions, seconds, what two validation seeds are worth on average."""
    points = [
        {"decisions": decisions, "seconds": seconds, METRIC: [worth - 1, worth + 1]}
        for decisions, seconds, worth in tests
    ]
    return {"checkpoints": points}


ONE = run((10, 1.0, 2.0), (20, 3.0, 5.0), (40, 4.0, 3.0))


@pytest.mark.parametrize(
    ("by", "mark", "worth"),
    [("decisions", 10, 2), ("decisions", 39.9, 5), ("seconds", 3.0, 5), ("seconds", 99, 3)],
)
def test_what_was_reached_is_what_the_last_test_told(by: str, mark: float, worth: float) -> None:
    assert reached(ONE, by, mark) == worth


def test_before_the_first_test_nobody_knows() -> None:
    assert np.isnan(reached(ONE, "decisions", 9))


def test_a_band_goes_from_where_all_were_tested_to_where_the_first_is_done() -> None:
    other = run((10, 2.0, 4.0), (20, 2.5, 7.0), (40, 3.5, 9.0))
    marks, middle, lower, upper = band([ONE, other], "seconds") or pytest.fail("no band")
    assert marks == [2.0, 2.5, 3.0, 3.5]
    assert middle == [3.0, 4.5, 6.0, 7.0]
    assert lower == [2.0, 2.0, 5.0, 5.0]
    assert upper == [4.0, 7.0, 7.0, 9.0]


def test_a_band_is_the_stratified_bootstraps() -> None:
    runs = [run((10, 1.0, worth)) for worth in (1.0, 2.0, 4.0, 8.0, 16.0)]
    marks, middle, lower, upper = band(runs, "decisions") or pytest.fail("no band")
    expected = estimate(interquartile_mean, np.array([[1.0], [2.0], [4.0], [8.0], [16.0]]))
    assert (marks, middle) == ([10.0], [expected.value])
    assert (lower, upper) == ([expected.lower], [expected.upper])


def test_one_run_or_runs_apart_have_no_band() -> None:
    assert band([ONE], "decisions") is None
    assert band([ONE, run((50, 5.0, 1.0))], "decisions") is None


def test_scores_are_on_the_scale_of_what_the_ends_come_to_in_validation() -> None:
    rows = {"low": [run((0, 0.0, 1.0))], "high": [run((0, 0.0, 5.0))], "x": [ONE, ONE]}
    for by, mark, score in (
        ("share", 0.2, 0.25), ("share", 0.37, 0.25), ("share", 0.38, 1.0), ("share", 0.5, 1.0),
        ("share", 1.0, 0.5), ("seconds", 1.0, 0.25), ("seconds", 2.9, 0.25),
    ):  # fmt: skip
        assert after(rows, "x", by, mark, ("low", "high")).tolist() == [score, score]
    assert np.isnan(after(rows, "x", "seconds", 0.9, ("low", "high"))).all()
