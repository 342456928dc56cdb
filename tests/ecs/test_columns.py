"""Columns are declared once, and allocated as they are declared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.config import HiveConfig
from hive_env.ecs import Column, Kind, allocate, bytes_of
from hive_env.errors import ConfigError
from hive_env.scenarios.forage import COLUMNS, blueprint_of


def column(name: str = "x", dtype: type = np.int32, shape: str = "E", **options: Any) -> Column:
    return Column(name, dtype, shape, "unit", "A meaning.", **options)


@given(st.integers(0, 9), st.integers(0, 9))
def test_a_column_is_allocated_with_the_lengths_of_its_letters_and_zeroed(
    entities: int, types: int
) -> None:
    arrays = allocate([column(shape="E,K,3"), column("y", np.uint8)], {"E": entities, "K": types})

    assert list(arrays) == ["x", "y"]
    assert arrays["x"].shape == (entities, types, 3)
    assert (arrays["x"].dtype, arrays["y"].dtype) == (np.int32, np.uint8)
    assert not arrays["x"].any()


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="names that differ, got 'x' twice"):
        allocate([column(), column()], {"E": 1})


def test_a_letter_without_a_length_is_refused_by_the_columns_name() -> None:
    with pytest.raises(ConfigError, match=r"^Column 'x'\.shape: expected letters among E, got E,J"):
        allocate([column(shape="E,J")], {"E": 1})


@pytest.mark.parametrize("name", ["", "two words", "1st", "a-b"])
def test_a_name_that_no_rule_could_ask_for_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"^Column\.name"):
        column(name)


def test_a_column_of_objects_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^Column\.dtype"):
        column(dtype=np.object_)


def test_bytes_are_counted_by_kind_and_by_worker() -> None:
    declared = [
        column("a", np.int32, "E"),
        column("b", np.uint8, "E,3", kind=Kind.CARRIED),
        column("c", np.int64, "R"),
        column("d", np.int8, "E", kind=Kind.DERIVED),
    ]
    counted = bytes_of(declared, allocate(declared, {"E": 10, "R": 2}))

    assert counted == {
        "state": 40 + 16,
        "carried": 30,
        "derived": 10,
        "static": 0,
        "output": 0,
        "worker": 40,
    }


def test_every_column_of_forage_says_what_it_is() -> None:
    names = [one.name for one in COLUMNS]

    assert len(set(names)) == len(names)
    assert all(one.meaning.endswith(".") for one in COLUMNS)


def test_the_state_of_forage_is_integers() -> None:
    """Floats are the user's (carried) or written for a reader (a caller's buffer)."""
    floats = {one.name: one.kind for one in COLUMNS if np.dtype(one.dtype).kind not in "iu"}

    assert floats.pop("memory") is Kind.CARRIED
    assert set(floats.values()) == {Kind.DERIVED}


def test_the_state_of_a_worker_takes_at_most_48_bytes() -> None:
    blueprint = blueprint_of(HiveConfig())
    by_worker = [
        np.dtype(one.dtype).itemsize
        for one in blueprint.columns
        if one.axes[0] == "E" and one.kind in (Kind.STATE, Kind.OUTPUT)
    ]

    assert sum(by_worker) <= 48
