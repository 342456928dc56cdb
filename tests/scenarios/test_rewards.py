"""The hybrid reward: components over constants, under weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.errors import ConfigError
from hive_env.scenarios.hive import LEVELS
from hive_env.scenarios.rewards import WEIGHTS, checked_weights, total

PARTS = st.lists(st.tuples(*(st.floats(-100, 100, width=32),) * 3), min_size=1, max_size=40)
SCALES = st.tuples(*(st.floats(0.0625, 16, width=32),) * 3)


@given(parts=PARTS, scales=SCALES)
def test_a_reward_is_the_weighted_sum_of_the_components_each_over_its_constant(
    parts: list[tuple[float, ...]], scales: tuple[float, ...]
) -> None:
    got = total(np.array(parts, np.float32), np.array(scales, np.float32), (0.7, 0.25, 0.05))
    for row, (immediate, local, shared) in zip(got, parts, strict=True):
        terms = 0.7 * immediate / scales[0], 0.25 * local / scales[1], 0.05 * shared / scales[2]
        assert row == pytest.approx(sum(terms), rel=1e-5, abs=1e-5 * sum(map(abs, terms)) + 1e-6)


@given(parts=PARTS, scales=SCALES)
def test_a_seats_reward_has_the_same_bits_alone_and_among_many(
    parts: list[tuple[float, ...]], scales: tuple[float, ...]
) -> None:
    components, constants = np.array(parts, np.float32), np.array(scales, np.float32)
    together = total(components, constants, WEIGHTS["worker"])
    assert together.dtype == np.float32
    for row, alone in enumerate(components):
        assert total(alone[None], constants, WEIGHTS["worker"])[0] == together[row]
        assert total(alone, constants, WEIGHTS["worker"]) == together[row]


def test_every_level_has_weights_and_an_orchestrator_is_paid_for_u_alone() -> None:
    assert tuple(WEIGHTS) == LEVELS
    for weights in WEIGHTS.values():
        assert checked_weights(weights) == weights
    assert WEIGHTS["orchestrator"] == (0.0, 0.0, 1.0)


@pytest.mark.parametrize("given_", [(1, 0, 0), [0.2, 0.3, 0.5], np.array([0.5, 0.25, 0.25])])
def test_three_shares_of_one_are_weights(given_: Any) -> None:
    assert checked_weights(given_) == tuple(float(one) for one in given_)


@pytest.mark.parametrize(
    "given_",
    [
        (0.5, 0.5), (0.5, 0.3, 0.3), (1.5, -0.5, 0.0), (0.4, 0.3, 0.2, 0.1), "abc", None, 1.0,
        (float("nan"), 0.5, 0.5), (float("inf"), 0, 0), ({}, 0, 1),
    ],
)  # fmt: skip
def test_what_is_no_three_shares_of_one_is_refused_by_name(given_: Any) -> None:
    with pytest.raises(ConfigError, match=r"^mine: expected three numbers from 0 to 1 that sum"):
        checked_weights(given_, "mine")
