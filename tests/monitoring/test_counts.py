"""Counts: what adds up, and how often values are chosen."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.errors import ArgumentError
from hive_env.monitoring import Counts, counts
from hive_env.monitoring.counts import bits_set, histogram, occurrences


def counted(seconds: Any = (1.0, 3.0), **table: Any) -> Counts:
    """Counts of two worlds of ten workers."""
    arrays = {name: np.array(values, np.int64) for name, values in table.items()}
    return Counts(10, 2, {"worker": (2,)}, np.array(seconds), np.array(seconds) / 2, arrays)


def test_counts_of_the_same_worlds_add_up() -> None:
    both = counted(ticks=[1, 2], tasks=[3, 4]) + counted(ticks=[10, 20], tasks=[30, 40])

    assert both.table["ticks"].tolist() == [11, 22]
    assert both.table["tasks"].tolist() == [33, 44]
    assert both.seconds.tolist() == [2, 6]
    assert both.cpu_seconds.tolist() == [1, 3]
    assert both.worlds == 2


def test_counts_of_different_things_or_worlds_do_not_add_up() -> None:
    with pytest.raises(ArgumentError, match="counts"):
        _ = counted(ticks=[1, 2]) + counted(tasks=[1, 2])
    with pytest.raises(ArgumentError, match="of 1"):
        _ = counted(ticks=[1, 2]) + counted((1.0,), ticks=[1])


def test_worlds_can_be_left_out_and_what_was_given_stays_as_it_is() -> None:
    before = counted(ticks=[5, 6], **{"chosen/worker": [[1, 2], [3, 4]]})

    left = before.without(np.array([True, False]))

    assert left.table["ticks"].tolist() == [0, 6]
    assert left.table["chosen/worker"].tolist() == [[0, 0], [3, 4]]
    assert left.seconds.tolist() == [0, 3]
    assert left.cpu_seconds.tolist() == [0, 1.5]
    assert before.table["ticks"].tolist() == [5, 6]


def test_worlds_together_have_sums_over_their_mean_time() -> None:
    """They ran at the same time: ten tasks in each in two seconds are ten tasks a second."""
    pooled = counted(ticks=[5, 6], **{"chosen/worker": [[1, 2], [3, 4]]}).pooled()

    assert pooled.worlds == 1
    assert pooled.table["ticks"].tolist() == [11]
    assert pooled.table["chosen/worker"].tolist() == [[4, 6]]
    assert pooled.seconds.tolist() == [2]


@st.composite
def tables(draw: Any) -> tuple[Any, int]:
    """Numbers [W, S] below some number of bins, and that."""
    bins = draw(st.integers(1, 6))
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 9)))
    values = draw(st.lists(st.integers(0, bins - 1), min_size=45, max_size=45))
    return np.array(values[: shape[0] * shape[1]], np.uint8).reshape(shape), bins


@given(tables(), st.integers(1, 50))
def test_occurrences_are_those_of_each_row_however_many_are_looked_at_together(
    table: tuple[Any, int], chunk: int
) -> None:
    values, bins = table
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts, "CHUNK", chunk)
        found = occurrences(values, bins)

    for row, numbers in zip(found, values.tolist(), strict=True):
        assert dict(enumerate(row)) == {k: Counter(numbers)[k] for k in range(bins)}


@given(tables(), st.integers(1, 50))
def test_bits_are_counted_in_each_row_however_many_are_looked_at_together(
    table: tuple[Any, int], chunk: int
) -> None:
    words = table[0].astype(np.uint16)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts, "CHUNK", chunk)
        found = bits_set(words, (1, 6))

    assert found.tolist() == [
        [sum(1 for word in row if word & mask) for row in words.tolist()] for mask in (1, 6)
    ]


def test_a_mask_finds_bits_above_the_first_byte() -> None:
    words = np.array([[1024, 2048, 1024 + 2048, 16384]], np.uint16)

    assert bits_set(words, (1024, 2048, 16384)).tolist() == [[2], [2], [1]]


def test_a_histogram_has_the_parts_one_after_another_and_only_seats_that_count() -> None:
    actions = np.array([[[0, 2], [1, 2], [1, 0]], [[1, 1], [1, 1], [0, 0]]], np.uint8)
    able = np.array([[True, True, False], [True, True, True]])

    found = histogram(actions, able, (2, 3))

    assert found.tolist() == [[1, 1, 0, 0, 2], [1, 2, 1, 2, 0]]


def test_a_histogram_can_leave_out_parts_of_actions() -> None:
    actions = np.array([[[0, 2], [1, 2]]], np.uint8)
    counts_by_part = np.array([[[True, False], [True, True]]])

    assert histogram(actions, counts_by_part, (2, 3)).tolist() == [[1, 1, 0, 0, 1]]
