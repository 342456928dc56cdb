"""Frozen dataclasses as JSON keeps them: how to make them anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints


def remade(kind: Any, stored: Any) -> Any:
    """Return a value of an annotated type from what `dataclasses.asdict` and JSON made of it.

    Lists become tuples, numbers members of an enumeration, objects dataclasses, however deep, as
    the annotations say. What a value may be is for the dataclass that takes it to check.

    Parameters
    ----------
    kind : type or annotation
        A dataclass, an enumeration, a tuple or sequence of them, a union with at most one of each,
        or anything else, whose values JSON keeps as they are.
    stored : object
        What JSON gave.

    Raises
    ------
    TypeError, ValueError
        When a dataclass has no such field or refuses a value, or an enumeration has no such
        member.
    """
    if get_origin(kind) in (Union, UnionType):
        kind = _meant(get_args(kind), stored)
    if isinstance(stored, dict) and is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: remade(hints.get(name, Any), value) for name, value in stored.items()})
    if isinstance(stored, list):
        items = get_args(kind)
        if len(items) == len(stored) and Ellipsis not in items and get_origin(kind) is tuple:
            return tuple(remade(item, value) for item, value in zip(items, stored, strict=True))
        return tuple(remade(items[0] if items else Any, value) for value in stored)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(stored)
    return stored


def _meant(kinds: Sequence[Any], stored: Any) -> Any:
    """Return which part of a union a stored value is of; Any where JSON keeps it as it is."""
    for kind in kinds:
        plain = isinstance(kind, type) and kind is not NoneType
        if isinstance(stored, dict) and is_dataclass(kind):
            return kind
        if isinstance(stored, list) and get_origin(kind) in (tuple, Sequence):
            return kind
        if isinstance(stored, int) and plain and issubclass(kind, Enum):
            return kind
    return Any
