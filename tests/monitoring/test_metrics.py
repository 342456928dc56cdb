"""Metrics: small cases by hand, and what must hold of all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.errors import ArgumentError
from hive_env.monitoring import METRICS, Counts, Metrics
from hive_env.monitoring.metrics import ABOUT, BY_LEVEL, TIMED, UNITS, by_world, entropy

TABLE = {
    "ticks": [4, 4],
    "value": [8000, 2000],
    "tasks": [6, 2],
    "busy": [20, 0],
    "attempts": [8, 0],
    "successes": [2, 0],
    "decisions": [10, 20],
    "messages": [5, 5],
    "destroyed": [1, 0],
    "spawned": [1, 0],
    "kept/worker": [3, 0],
    "broken/worker": [1, 0],
    "chosen/worker": [[4, 4, 8, 0], [8, 0, 4, 4]],
}


def counted(**changed: Any) -> Counts:
    """Two worlds of ten workers in four ticks."""
    table = {name: np.array(values) for name, values in {**TABLE, **changed}.items()}
    choices = {"worker": (2, 2)}
    return Counts(10, 2, choices, np.array([2.0, 2.0]), np.array([1.0, 1.0]), table)


def test_metrics_of_a_world_by_hand() -> None:
    found = {name: values[0] for name, values in by_world(counted(), "worker").items()}

    assert found == pytest.approx(
        {
            "throughput": 6 / 2,
            "tasks_per_tick": 6 / 4,
            "worker_utilization": 20 / (10 * 4),
            "compute_utilization": 1 / (2 * 2),
            "communication_overhead": 5 / 10,
            "success_rate": 2 / 8,
            "coherence": 3 / 4,
            "churn_rate": 1000 * 2 / (10 * 4),
            "reward_rate": 8 / (10 * 4),
            "action_entropy": (1 + 0) / 2,
        }
    )


def test_metrics_of_worlds_together_by_hand() -> None:
    found = Metrics.of(counted(), "worker", trend=7.0)

    assert found.throughput == 8 / 2
    assert found.tasks_per_tick == 8 / 8
    assert found.worker_utilization == 20 / 80
    assert found.compute_utilization == 0.25
    assert found.communication_overhead == 10 / 30
    assert found.churn_rate == 1000 * 2 / 80
    assert found.reward_rate == 10 / 80
    assert found.reward_trend == 7.0
    twelve_of_sixteen = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    assert found.action_entropy == pytest.approx(twelve_of_sixteen)


def test_what_was_never_attempted_has_no_rate() -> None:
    found = by_world(counted(), "worker")

    for name in ("success_rate", "coherence"):
        assert math.isnan(found[name][1])
    assert found["worker_utilization"][1] == 0


def test_what_a_family_does_not_count_is_not_defined() -> None:
    table = {name: TABLE[name] for name in ("ticks", "value", "decisions", "chosen/worker")}
    bare = Counts(
        10,
        2,
        {"worker": (2, 2)},
        np.ones(2),
        np.ones(2),
        {name: np.array(values) for name, values in table.items()},
    )

    defined = Metrics.of(bare, "worker").defined()

    assert set(defined) == {"compute_utilization", "reward_rate", "action_entropy"}


def test_nothing_counted_defines_nothing_and_warns_of_nothing() -> None:
    nothing = counted().without(np.array([True, True]))

    assert Metrics.of(nothing, "worker").defined() == {}
    assert list(Metrics.of(nothing, "worker").as_dict()) == list(METRICS)


def test_a_level_that_was_not_counted_is_named() -> None:
    with pytest.raises(ArgumentError, match="level: expected one that was counted: worker"):
        Metrics.of(counted(), "manager")


def test_every_metric_says_its_unit_and_what_it_is() -> None:
    assert set(UNITS) == set(ABOUT) == set(METRICS)
    assert all(about.endswith(".") for about in ABOUT.values())
    assert set(TIMED) == {"throughput", "compute_utilization"}
    assert set(BY_LEVEL) == {"coherence", "action_entropy"}


# --- entropy ------------------------------------------------------------------------------------


def test_entropy_is_0_when_always_the_same_is_chosen_and_1_when_all_are_alike() -> None:
    chosen = np.array([[9, 0, 0, 0, 9], [3, 3, 3, 9, 9]])

    assert entropy(chosen, (3, 2)) == pytest.approx([0.0, 1.0], abs=1e-12)


def test_entropy_of_two_to_one_by_hand() -> None:
    found = entropy(np.array([[2, 1]]), (2,))

    expected = -(2 / 3 * math.log2(2 / 3) + 1 / 3 * math.log2(1 / 3))
    assert found[0] == pytest.approx(expected)


def test_parts_without_choice_and_parts_never_chosen_do_not_count() -> None:
    """The mean is over the second part alone."""
    assert entropy(np.array([[8, 4, 4, 0, 0, 0]]), (1, 2, 3)) == pytest.approx([1.0])


def test_entropy_of_nothing_is_not_defined() -> None:
    assert np.isnan(entropy(np.zeros((1, 5), np.int64), (2, 3))).all()
    assert np.isnan(entropy(np.array([[7]]), (1,))).all()


@given(st.lists(st.integers(0, 1000), min_size=9, max_size=9))
def test_entropy_lies_between_0_and_1_and_does_not_heed_which_value_is_which(
    numbers: list[int],
) -> None:
    chosen = np.array([numbers])
    turned = np.concatenate([chosen[:, 3::-1], chosen[:, :3:-1]], axis=1)

    found, other = entropy(chosen, (4, 5)), entropy(turned, (4, 5))

    if sum(numbers) == 0:
        assert np.isnan(found).all()
    else:
        assert 0 <= found[0] <= 1 + 1e-12
        assert found[0] == pytest.approx(other[0])
