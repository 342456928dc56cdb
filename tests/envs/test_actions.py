"""Actions are checked before anything changes, and what is wrong is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hive_env.envs.actions import checked_actions
from hive_env.errors import ActionError

BAD: list[tuple[Any, str]] = [
    ([], r"shape \(0,\)"),
    ([1], r"shape \(1,\)"),
    ([1, 2, 3], r"shape \(3,\)"),
    (3, r"shape \(\)"),
    (None, "shape"),
    ([[1], [2, 3]], "shape"),
    ([[1, 2]], r"shape \(1, 2\)"),
    ([1.0, 2.0], "dtype float64"),
    ([float("nan"), 0], "dtype float64"),
    ([True, False], "dtype bool"),
    (["1", "2"], "dtype <U1"),
    ([None, 1], "dtype object"),
    ([8, 0], r"action\[0\]: expected 0 to 7, got 8"),
    ([0, 5], r"action\[1\]: expected 0 to 4, got 5"),
    ([-1, 0], r"action\[0\]: expected 0 to 7, got -1"),
    (np.array([2**40, 0]), r"action\[0\]"),
    (np.array([256, 0], np.uint16), r"action\[0\]"),
]


@pytest.mark.parametrize(("given", "said"), BAD, ids=[repr(one) for one, _ in BAD])
def test_a_bad_action_is_refused_and_the_message_says_what_came(given: Any, said: str) -> None:
    with pytest.raises(ActionError, match=said):
        checked_actions(given, "action", (2,), (8, 5))


@given(
    hnp.arrays(
        st.sampled_from([np.int8, np.int16, np.int32, np.int64]),
        (3, 4),
        elements=st.integers(-2, 9),
    )
)
def test_actions_pass_unchanged_exactly_when_all_are_in_range(given: Any) -> None:
    good = ((given >= 0) & (given < np.array([8, 5, 8, 5]))).all()
    if good:
        checked = checked_actions(given, "actions", (3, 4), (8, 5))
        assert checked.dtype == np.uint8
        assert np.array_equal(checked, given.reshape(6, 2))
    else:
        with pytest.raises(ActionError, match=r"actions\[\d, \d\]: expected 0 to"):
            checked_actions(given, "actions", (3, 4), (8, 5))
