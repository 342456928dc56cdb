"""Columns, passes and numbers of offices that agree before they give an order."""

from __future__ import annotations

from collections.abc import Mapping

from hive_env.config import HiveConfig
from hive_env.ecs import Column
from hive_env.ecs.columns import Array

import numpy as np
from hive_env.ecs import Kind
COLUMNS: tuple[Column, ...] = (
 Column("proposal", np.int32, "F", "", "."), Column("peer_rank", np.uint8, "F,1", "", "."), Column("commit_index", np.int32, "F,1", "", "."), Column("log_value", np.int32, "F,1,1", "", "."),
 Column("host_out", np.uint8, "W,4", "", "."),
)


def numbers_of(config: HiveConfig) -> dict[str, int | float]:
    """Return the constants."""
    return {"consensus": 0, "hosts": 4}


def statics_of(config: HiveConfig) -> dict[str, Array]:
    """Return the contents of the static columns."""
    return {}


def lengths_of(config: HiveConfig) -> dict[str, int]:
    """Return the lengths of the letters."""
    return {}


def inspect(saved: Mapping[str, Array], lengths: Mapping[str, int]) -> None:
    """Raise `SnapshotError` for values that cannot be."""
