"""The advantage estimate: sums by hand, and what an end of an episode does to them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from baselines.learning.advantages import advantages  # noqa: E402 (needs torch)


def by_definition(
    rewards: list[float], values: list[float], after: list[float], terminated: list[bool],
    ended: list[bool], discount: float, trace: float, step: int,
) -> float:  # fmt: skip
    """The sum of equation 16 from one step on, to the end of its episode or of the piece."""
    total, weight = 0.0, 1.0
    for at in range(step, len(rewards)):
        follows = 0.0 if terminated[at] else after[at]
        total += weight * (rewards[at] + discount * follows - values[at])
        if ended[at]:
            break
        weight *= discount * trace
    return total


@given(data=st.data(), length=st.integers(1, 12))
@settings(deadline=None, max_examples=60)
def test_every_step_has_the_sum_of_the_definition(data: st.DataObject, length: int) -> None:
    numbers = st.lists(st.floats(-3, 3, width=32), min_size=length, max_size=length)
    flags = st.lists(st.booleans(), min_size=length, max_size=length)
    rewards, values, after = (data.draw(numbers) for _ in range(3))
    over, cut = data.draw(flags), data.draw(flags)
    ended = [a or b for a, b in zip(over, cut, strict=True)]
    discount, trace = data.draw(st.floats(0, 1)), data.draw(st.floats(0, 1))
    columns = (torch.tensor(one)[:, None] for one in (rewards, values, after, over, ended))
    found = advantages(*columns, discount, trace)[:, 0]
    for step in range(length):
        expected = by_definition(rewards, values, after, over, ended, discount, trace, step)
        assert found[step].item() == pytest.approx(expected, abs=1e-3)


def test_a_truncated_episode_is_worth_what_follows_and_a_terminated_one_is_not() -> None:
    """One step that pays 1, seen as 2 before and as 10 after, discount a half."""
    one, flag = torch.ones(1, 1), torch.ones(1, 1, dtype=torch.bool)
    given = {"rewards": one, "values": 2 * one, "after": 10 * one}
    cut = advantages(**given, terminated=~flag, ended=flag, discount=0.5, trace=0.9)
    over = advantages(**given, terminated=flag, ended=flag, discount=0.5, trace=0.9)
    assert (cut.item(), over.item()) == (4.0, -1.0)


def test_what_the_next_episode_pays_does_not_reach_back_over_a_truncation() -> None:
    rewards = torch.tensor([[0.0], [100.0]])
    none, ended = torch.zeros(2, 1, dtype=torch.bool), torch.tensor([[True], [False]])
    zero = torch.zeros(2, 1)
    found = advantages(rewards, zero, zero, none, ended, 0.9, 0.9)
    assert found[:, 0].tolist() == [0.0, 100.0]


def test_with_a_whole_trace_it_is_the_return_less_the_value() -> None:
    rewards = torch.tensor([[1.0], [2.0], [3.0]])
    values = torch.tensor([[0.5], [0.25], [4.0]])
    after = torch.cat([values[1:], torch.tensor([[8.0]])])
    none = torch.zeros(3, 1, dtype=torch.bool)
    found = advantages(rewards, values, after, none, none, 0.5, 1.0)
    returns = [1 + 0.5 * (2 + 0.5 * (3 + 0.5 * 8)), 2 + 0.5 * (3 + 0.5 * 8), 3 + 0.5 * 8]
    assert (found + values)[:, 0].tolist() == returns
