"""Columns, passes and numbers of offices that agree before they give an order."""

from __future__ import annotations

from collections.abc import Mapping

from hive_env.config import HiveConfig
from hive_env.ecs import Column
from hive_env.ecs.columns import Array

COLUMNS: tuple[Column, ...] = ()


def numbers_of(config: HiveConfig) -> dict[str, int | float]:
    """Return the constants."""
    return {}


def statics_of(config: HiveConfig) -> dict[str, Array]:
    """Return the contents of the static columns."""
    return {}


def lengths_of(config: HiveConfig) -> dict[str, int]:
    """Return the lengths of the letters."""
    return {}


def inspect(saved: Mapping[str, Array], lengths: Mapping[str, int]) -> None:
    """Raise `SnapshotError` for values that cannot be."""
