"""Transitions told anew: which goals they get, what stays, what is refused."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_env.errors import ArgumentError
from hive_env.hindsight import STRATEGIES, Transitions, relabel, relabel_actions, sparse_reward
from hive_env.hindsight.relabel import substitute_rows

LENGTHS = st.lists(st.integers(1, 7), min_size=1, max_size=8)


def told(lengths: list[int]) -> Transitions:
    """Return episodes of some lengths in which every number names its row."""
    count = sum(lengths)
    row = np.arange(count)
    last = np.isin(row, np.cumsum(lengths) - 1)
    return Transitions(
        observation=np.stack((row, row + 0.25), axis=1),
        next_observation=np.stack((row, row + 0.5), axis=1),
        action=np.stack((row % 3, row % 5), axis=1).astype(np.uint8),
        reward=-np.ones(count, np.float32),
        terminated=last & (row % 2 == 0),
        achieved_goal=np.stack((row, 10 * row), axis=1).astype(np.float32),
        desired_goal=np.full((count, 2), -1, np.float32),
        last=last,
    )


def pays(achieved, desired, info):
    return sparse_reward((achieved == desired).all(axis=-1))


def allowed(strategy: str, row: int, lengths: list[int]) -> set[int]:
    """Return the rows whose goals a row may get, from the definition, one at a time."""
    ends = np.cumsum(lengths)
    episode = int(np.searchsorted(ends, row, side="right"))
    first, end = int(ends[episode] - lengths[episode]), int(ends[episode])
    return {
        "final": {end - 1},
        "future": set(range(row, end)),
        "episode": set(range(first, end)),
        "random": set(range(int(ends[-1]))),
    }[strategy]


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(lengths=LENGTHS, k=st.integers(1, 5), seed=st.integers(0, 99))
def test_goals_come_from_where_the_strategy_says_and_from_nowhere_else(strategy, lengths, k, seed):
    """Against the definition, row by row."""
    rows = substitute_rows(told(lengths), strategy, k, np.random.default_rng(seed))

    assert rows.shape == (sum(lengths), k)
    for row, found in enumerate(rows.tolist()):
        assert set(found) <= allowed(strategy, row, lengths)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_goal_that_a_strategy_allows_is_drawn_equally_often(strategy):
    lengths, k = [4, 1, 3], 6_000
    rows = substitute_rows(told(lengths), strategy, k, np.random.default_rng(0))

    for row in range(8):
        found, count = np.unique(rows[row], return_counts=True)
        expected = allowed(strategy, row, lengths)
        assert set(found.tolist()) == expected
        # Five standard deviations of a binomial count.
        assert np.abs(count - k / len(expected)).max() <= 5 * np.sqrt(k / 4)


@given(lengths=LENGTHS, k=st.integers(1, 5), strategy=st.sampled_from(STRATEGIES))
def test_what_happened_stays_as_it_was_and_only_goal_and_reward_change(lengths, k, strategy):
    before = told(lengths)
    after = relabel(before, pays, strategy, k, random=np.random.default_rng(0))

    assert len(after) == k * len(before)
    for name in ("observation", "next_observation", "action", "terminated", "achieved_goal"):
        np.testing.assert_array_equal(
            getattr(after, name), np.repeat(getattr(before, name), k, axis=0)
        )
    assert after.last.all(), "a transition with a goal of its own follows on no other"


@given(lengths=LENGTHS, seed=st.integers(0, 99))
def test_the_reward_is_that_of_the_new_goal_for_what_the_step_achieved(lengths, seed):
    before = told(lengths)

    def pay_in_doubles(*goals):
        return pays(*goals).astype(np.float64)

    after = relabel(before, pay_in_doubles, "future", 4, random=np.random.default_rng(seed))
    goal_row = after.desired_goal[:, 0].astype(int)

    np.testing.assert_array_equal(after.desired_goal, before.achieved_goal[goal_row])
    reached = goal_row == np.repeat(np.arange(len(before)), 4)
    np.testing.assert_array_equal(after.reward, np.where(reached, 0, -1))
    assert after.reward.dtype == before.reward.dtype


def test_the_last_step_of_an_episode_always_reaches_its_future():
    after = relabel(told([3]), pays, "future", 4, random=np.random.default_rng(0))

    assert (after.reward[-4:] == 0).all()


def test_rewards_are_asked_for_once_for_all():
    asked = []

    def counting(achieved, desired, info):
        asked.append(achieved.shape)
        return pays(achieved, desired, info)

    relabel(told([5, 6]), counting, "episode", 3, random=np.random.default_rng(0))

    assert asked == [(33, 2)]


def test_the_same_generator_draws_the_same_goals():
    one, other = (
        relabel(told([9]), pays, "future", 4, random=np.random.default_rng(7)) for _ in range(2)
    )

    np.testing.assert_array_equal(one.desired_goal, other.desired_goal)


def test_no_transitions_give_none():
    nothing = told([2]).take(np.zeros(0, np.int64))

    for strategy in STRATEGIES:
        assert len(relabel(nothing, pays, strategy, random=np.random.default_rng(0))) == 0


def test_an_episode_cut_off_by_the_end_of_the_data_ends_there():
    whole = told([3, 3])
    cut = replace(whole, last=np.zeros(6, bool), terminated=np.zeros(6, bool))

    start, end = cut.episodes()

    assert start.tolist() == [0] * 6
    assert end.tolist() == [5] * 6


@given(st.integers(1, 6), st.integers(1, 4))
def test_steps_of_several_actors_are_told_actor_by_actor(steps, actors):
    number = np.arange(steps * actors).reshape(steps, actors)
    pairs = np.stack((number, number), axis=-1)
    flat = Transitions.of_steps(
        observation=number, next_observation=number, action=number, reward=number,
        terminated=np.zeros((steps, actors), bool), achieved_goal=pairs, desired_goal=pairs,
        last=np.zeros((steps, actors), bool),
    )  # fmt: skip

    np.testing.assert_array_equal(flat.observation, number.T.ravel())
    start, end = flat.episodes()
    np.testing.assert_array_equal(start, np.repeat(np.arange(actors) * steps, steps))
    np.testing.assert_array_equal(end, start + steps - 1)


def test_orders_in_hindsight_replace_orders_and_nothing_else():
    before = told([4, 2])
    achieved = (before.action + 1).astype(np.uint8)

    after = relabel_actions(before, achieved)

    np.testing.assert_array_equal(after.action, achieved)
    for item in fields(before):
        if item.name != "action":
            np.testing.assert_array_equal(getattr(after, item.name), getattr(before, item.name))


def test_transitions_without_a_known_order_are_left_out():
    before = told([4, 2])
    known = np.array([True, False, False, True, False, True])

    after = relabel_actions(before, before.action, known)

    assert after.observation[:, 0].tolist() == [0, 3, 5]
    assert after.last.all()


@settings(max_examples=30)
@given(lengths=LENGTHS)
def test_goal_transitions_can_be_made_of_action_transitions(lengths):
    """Levy et al. relabel the orders first and the goals after."""
    before = told(lengths)
    achieved = (before.action + 1).astype(np.uint8)

    after = relabel(
        relabel_actions(before, achieved), pays, "final", 2, random=np.random.default_rng(0)
    )

    np.testing.assert_array_equal(after.action, np.repeat(achieved, 2, axis=0))


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"strategy": "past"}, "strategy"),
        ({"strategy": 4}, "strategy"),
        ({"k": 0}, "k"),
        ({"k": -1}, "k"),
        ({"k": 2.0}, "k"),
        ({"k": True}, "k"),
        ({"random": 3}, "random"),
        ({"compute_reward": lambda *_: np.zeros(1)}, "compute_reward(...)"),
        ({"compute_reward": lambda *_: None}, "compute_reward(...)"),
    ],
)
def test_relabelling_refuses_what_it_cannot_use(changes, argument):
    given = {"compute_reward": pays, "random": np.random.default_rng(0), **changes}

    with pytest.raises(ArgumentError) as refused:
        relabel(told([3]), **given)

    assert refused.value.argument == argument


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("observation", np.zeros((2, 2))),
        ("action", [0, 1, 2]),
        ("reward", np.zeros((3, 1))),
        ("achieved_goal", np.zeros(3)),
        ("desired_goal", np.zeros((3, 4))),
        ("terminated", np.zeros(3)),
        ("last", np.zeros(3, np.int8)),
        ("last", np.zeros(3, bool)),
        ("last", None),
    ],
)
def test_transitions_whose_parts_do_not_match_are_refused(name, content):
    """The last but one would let an episode go on after the world ended."""
    good = replace(told([3]), terminated=np.array([True, False, False]), last=np.ones(3, bool))

    with pytest.raises(ArgumentError):
        replace(good, **{name: content})


@pytest.mark.parametrize(
    ("achieved", "known", "argument"),
    [
        (np.zeros((3, 2), np.int64), None, "achieved"),
        (np.zeros((2, 2), np.uint8), None, "achieved"),
        ([[0, 0]] * 3, None, "achieved"),
        (np.zeros((3, 2), np.uint8), np.ones(2, bool), "known"),
        (np.zeros((3, 2), np.uint8), np.ones(3), "known"),
    ],
)
def test_orders_in_hindsight_that_do_not_match_are_refused(achieved, known, argument):
    with pytest.raises(ArgumentError) as refused:
        relabel_actions(told([3]), achieved, known)

    assert refused.value.argument == argument


@pytest.mark.parametrize("spoilt", ["missing", "unknown", "short", "flat"])
def test_steps_whose_parts_do_not_match_are_refused(spoilt):
    steps = {item.name: np.zeros((4, 2), bool) for item in fields(Transitions)}
    steps["achieved_goal"] = steps["desired_goal"] = np.zeros((4, 2, 3))
    assert len(Transitions.of_steps(**steps)) == 8
    if spoilt == "missing":
        del steps["action"]
    elif spoilt == "unknown":
        steps["weather"] = steps["action"]
    elif spoilt == "short":
        steps["action"] = steps["action"][:3]
    else:
        steps["last"] = np.zeros(4, bool)

    with pytest.raises(ArgumentError):
        Transitions.of_steps(**steps)
