"""Goals of a worker: what counts as achieved, and the sparse reward for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.errors import ArgumentError

Array = NDArray[Any]


def paired_goals(achieved: Any, desired: Any) -> tuple[Array, Array]:
    """Return achieved and desired goals as float64 arrays of one shape.

    Parameters
    ----------
    achieved, desired : numbers of shape (..., G)
        Goals, G numbers each, in equal number.

    Raises
    ------
    ArgumentError
        When they are no numbers, or their shapes differ.
    """
    pair = []
    for name, given in (("achieved_goal", achieved), ("desired_goal", desired)):
        try:
            pair.append(np.asarray(given, np.float64))
        except (TypeError, ValueError):
            raise ArgumentError(name, "an array of numbers", given) from None
    one, other = pair
    if one.ndim == 0 or one.shape != other.shape:
        raise ArgumentError(
            "desired_goal",
            f"goals of the shape of achieved_goal, {one.shape}",
            f"shape {other.shape}",
            "Give one desired goal for each achieved goal.",
        )
    return one, other


def is_near(achieved: Any, desired: Any, tolerance: float) -> Array:
    """Return whether places lie within a tolerance of each other along every axis, bool[...].

    Parameters
    ----------
    achieved, desired : numbers of shape (..., G)
        Places.
    tolerance : float
        Largest distance along an axis that counts as near, in the places' own unit.
    """
    one, other = paired_goals(achieved, desired)
    return np.asarray((np.abs(one - other) <= tolerance).all(axis=-1))


def sparse_reward(reached: Any) -> Array:
    """Return 0 where a goal is reached and -1 elsewhere, float32[...].

    Notes
    -----
    The reward of Andrychowicz et al., "Hindsight Experience Replay", 2017 (arXiv 1707.01495),
    section 4.2.
    """
    return np.asarray(reached, np.float32) - np.float32(1)
