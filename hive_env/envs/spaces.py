"""What is observed and chosen: features, action masks, the spaces that hold them.

A world writes observations as bytes. As float32 each feature is a fixed linear map of its byte,
``(byte - zero) / scale``, so both forms carry the same information.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gymnasium import spaces

from hive_env.backends.tables import Tables
from hive_env.ecs.columns import Array
from hive_env.scenarios.features import Feature

OBSERVATIONS = ("float32", "uint8")
"""Forms in which observations are given."""


class Scaling:
    """The linear map from bytes to float32, feature by feature.

    Parameters
    ----------
    features : sequence of Feature
        F features.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        self._zero = np.array([feature.zero for feature in features], np.float32)
        self._scale = np.array([feature.scale for feature in features], np.float32)

    def floats(self, observed: Array, tables: Tables | None = None) -> Array:
        """Return bytes uint8[..., F] as float32 of the same shape, made where ``tables`` are.

        By default in the host's memory. On a device the shape is [rows, F].
        """
        return (tables or Tables()).floats(observed, self._zero, self._scale)


def observation_space(features: Sequence[Feature], form: str, seats: int | None) -> spaces.Box:
    """Return the space of one agent's observation.

    Parameters
    ----------
    features : sequence of Feature
        F features.
    form : {"float32", "uint8"}
        Numbers in the features' ranges, or the bytes themselves.
    seats : int, optional
        Rows, for one agent that sits in several seats: the shape is then (seats, F).
    """
    shape = (len(features),) if seats is None else (seats, len(features))
    if form == "uint8":
        return spaces.Box(0, 255, shape, np.uint8)
    low = np.array([feature.low for feature in features], np.float32)
    high = np.array([feature.high for feature in features], np.float32)
    return spaces.Box(
        np.broadcast_to(low, shape).copy(), np.broadcast_to(high, shape).copy(), dtype=np.float32
    )


def action_space(choices: Sequence[int], seats: int = 1) -> spaces.MultiDiscrete:
    """Return the space of one agent's action: a number for each choice of each of its seats."""
    return spaces.MultiDiscrete(list(choices) * seats)


def mask_parts(masks: Array, choices: Sequence[int]) -> list[tuple[Array, ...]]:
    """Return masks as ``MultiDiscrete.sample`` takes them, one tuple a row.

    Parameters
    ----------
    masks : bool[R, S * sum(choices)]
        Rows of S seats each.
    choices : sequence of int
        Number of values of each choice.

    Returns
    -------
    list of tuple of int8 arrays
        R tuples of S * len(choices) arrays, views of one new array.
    """
    rows = masks.astype(np.int8)
    seats = rows.shape[1] // sum(choices)
    ends = np.cumsum(np.tile(choices, seats))
    columns = [
        list(rows[:, end - size : end]) for end, size in zip(ends, [*choices] * seats, strict=True)
    ]
    return list(zip(*columns, strict=True))
