"""Actions as a caller gives them, checked before anything changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.errors import ActionError


def checked_actions(
    actions: Any, argument: str, shape: tuple[int, ...], choices: Sequence[int]
) -> Array:
    """Return actions as uint8[-1, len(choices)], one row a seat.

    Parameters
    ----------
    actions : array_like of int
        What the caller gave.
    argument : str
        What the caller calls it.
    shape : tuple of int
        The shape it must have; the last axis holds whole seats.
    choices : sequence of int
        Number of values of each part of a seat's action, at most 255.

    Raises
    ------
    ActionError
        When shape, dtype or a value is wrong.
    """
    try:
        given = np.asarray(actions)
    except (TypeError, ValueError, RuntimeError) as error:
        # Rows of different lengths, or an array that lies elsewhere or wants its gradient.
        raise ActionError(argument, f"integers of shape {shape}", str(error)) from None
    if given.shape != shape:
        raise ActionError(argument, f"integers of shape {shape}", f"shape {given.shape}")
    if given.dtype.kind not in "iu":
        raise ActionError(argument, "integers", f"dtype {given.dtype}")
    seats = given.reshape(-1, len(choices))
    wrong = (seats < 0) | (seats >= np.asarray(choices))
    if wrong.any():
        at = int(np.argmax(wrong))
        place = ", ".join(str(index) for index in np.unravel_index(at, shape))
        most = choices[at % len(choices)] - 1
        raise ActionError(f"{argument}[{place}]", f"0 to {most}", int(given.flat[at]))
    return seats.astype(np.uint8)
