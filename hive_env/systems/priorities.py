"""Priorities of the resource types in an order, packed two bits a type, and what they ask for."""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES
from hive_env.random import rule

_TYPES = RESOURCE_TYPES

OFF, NORMAL, HIGH = 0, 1, 2
"""Priorities of a resource type."""

NEUTRAL = NORMAL * 0b01010101
"""Priorities of a worker whom nobody has given any: every type normal."""


@rule
def priority_of(packed, kind):
    """Priority of a type in an order."""
    return (packed >> (2 * kind)) & 3


@rule
def highest(packed):
    """The highest priority in an order."""
    top = np.int64(0)
    for kind in range(_TYPES):
        top = max(top, priority_of(packed, kind))
    return top


@rule
def asked_for(packed, kind):
    """Whether a type has the highest priority of an order, and is not off."""
    return priority_of(packed, kind) == max(highest(packed), 1)


@rule
def kept(packed, kind):
    """Whether taking a type keeps an order: 1, 0, or -1 where the order prefers nothing.

    It prefers nothing when all priorities are alike; else those of the highest priority.
    """
    top = highest(packed)
    alike = True
    for sort in range(_TYPES):
        alike = alike & (priority_of(packed, sort) == top)
    if alike:
        return np.int64(-1)
    return np.int64(priority_of(packed, kind) == top)


@rule
def preferred(packed, kind, number):
    """Type that a worker of a kind prefers: its own if none has a higher priority.

    Else one of those of the highest priority, by the worker's number; -1 if all are off.
    """
    top = highest(packed)
    if top == 0:
        return np.int64(-1)
    if priority_of(packed, kind) == top:
        return kind
    count = np.int64(0)
    for sort in range(_TYPES):
        count += np.int64(priority_of(packed, sort) == top)
    wanted = number % count
    for sort in range(_TYPES):
        if priority_of(packed, sort) == top:
            if wanted == 0:
                return np.int64(sort)
            wanted -= 1
    return np.int64(-1)
