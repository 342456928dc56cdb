"""The loops that measure the machine do what they say."""

from __future__ import annotations

import numpy as np

from hive_env.bench.limits import (
    chain_draws,
    copy_words,
    scatter_add,
    spread,
    store_bandwidth,
    store_words,
    timed,
)
from hive_env.random import draw


def test_copying_copies_its_own_part_only() -> None:
    source, target = np.arange(10), np.zeros(10, np.int64)

    copy_words(2, 5, source, target)

    assert target.tolist() == [0, 0, 2, 3, 4, 0, 0, 0, 0, 0]


def test_storing_stores_into_its_own_part_only() -> None:
    target = np.zeros(6, np.int64)

    store_words(2, 5, 7, target)

    assert target.tolist() == [0, 0, 7, 7, 7, 0]


def test_a_store_rate_has_a_spread_and_tells_of_every_repeat_and_the_one_to_warm_up() -> None:
    heard: list[None] = []

    rate = store_bandwidth(2, 1 << 16, 3, lambda: heard.append(None))

    assert 0 < rate["min"] <= rate["median"] <= rate["max"]
    assert len(heard) == 4


def test_the_scatter_adds_as_often_as_asked_evenly_and_within_its_part() -> None:
    counts = np.zeros(300, np.int32)

    scatter_add(100, 200, 1, 100_000, counts)

    assert counts.sum() == 100_000
    assert counts[:100].sum() == counts[200:].sum() == 0
    assert 800 < counts[100:200].min() <= counts[100:200].max() < 1_200


def test_each_draw_of_a_chain_is_of_the_entity_that_the_one_before_gave() -> None:
    entity = 0
    for chain in (3, 4):
        entity += chain
        for number in range(5):
            entity = draw(0, 0, number, 0, entity)[0]

    assert chain_draws(3, 5, 5) == entity


def test_threads_share_the_whole_range() -> None:
    parts: list[tuple[int, int]] = []

    assert timed(3, 10, lambda first, last: parts.append((first, last))) >= 0

    assert sorted(parts) == [(0, 3), (3, 6), (6, 10)]


def test_a_spread_is_median_least_and_most() -> None:
    assert spread([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0}
