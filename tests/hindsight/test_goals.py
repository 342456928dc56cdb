"""When a goal is reached, and what that pays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.errors import ArgumentError
from hive_env.hindsight import is_near, sparse_reward


def test_a_place_is_near_only_when_every_axis_is_within_the_tolerance():
    achieved = np.array([[0.0, 0.0], [0.0, 0.3], [0.2, -0.2], [9.0, 0.0]])

    assert is_near(achieved, np.zeros((4, 2)), 0.2).tolist() == [True, False, True, False]


def test_one_pair_of_goals_gives_one_answer_and_a_batch_gives_one_each():
    assert is_near([1.0, 2.0], [1.0, 2.0], 0).shape == ()
    assert is_near(np.zeros((5, 3, 2)), np.zeros((5, 3, 2)), 0).shape == (5, 3)


def test_a_reached_goal_pays_nothing_and_any_other_costs_one():
    paid = sparse_reward(np.array([True, False]))

    assert paid.dtype == np.float32
    assert paid.tolist() == [0.0, -1.0]


@given(st.integers(0, 2**32 - 1))
def test_nearness_is_mutual(seed):
    one, other = np.random.default_rng(seed).normal(size=(2, 7, 3))

    np.testing.assert_array_equal(is_near(one, other, 1.0), is_near(other, one, 1.0))


@pytest.mark.parametrize(
    ("achieved", "desired", "argument"),
    [
        (np.zeros((3, 2)), np.zeros((2, 2)), "desired_goal"),
        (np.zeros((3, 2)), np.zeros(2), "desired_goal"),
        (0.0, 0.0, "desired_goal"),
        ("here", np.zeros(2), "achieved_goal"),
        (np.zeros(2), [[1], [1, 2]], "desired_goal"),
    ],
)
def test_goals_that_do_not_pair_are_refused(achieved, desired, argument):
    with pytest.raises(ArgumentError) as refused:
        is_near(achieved, desired, 1.0)

    assert refused.value.argument == argument
