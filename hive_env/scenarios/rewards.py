"""The hybrid reward: three components, each over a fixed constant, under weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hive_env.backends.tables import Tables
from hive_env.ecs.columns import Array
from hive_env.errors import ConfigError

COMPONENTS = ("immediate", "local", "global")
"""Parts of a reward: what a seat's own people brought in, how well they kept to the order they
were given, how the whole hive did."""

GLOBAL_MODES = ("mean", "difference", "none")
"""Forms of the global component."""

WEIGHTS: Mapping[str, tuple[float, float, float]] = {
    "worker": (0.7, 0.25, 0.05),
    "manager": (0.7, 0.25, 0.05),
    "governor": (0.7, 0.25, 0.05),
    "orchestrator": (0.0, 0.0, 1.0),
}
"""Weights of the components by level."""


def factors(scales: Array, weights: Sequence[float]) -> Array:
    """Return what each component is multiplied by, float32[3]: its weight over its constant."""
    return np.asarray(np.asarray(weights, np.float32) / scales)


def total(components: Array, scales: Array, weights: Sequence[float]) -> Array:
    """Return the reward: the weighted sum of the components, each over its constant.

    Parameters
    ----------
    components : float32[..., 3]
        In the task's own units.
    scales : float32[3]
        Positive constants, fixed once for all.
    weights : sequence of float
        Three, that sum to one.

    Returns
    -------
    float32[...]
    """
    out = np.empty(components.shape[:-1], np.float32)
    flat = components.reshape(-1, len(COMPONENTS))
    Tables().weigh(flat, factors(scales, weights), out.reshape(-1))
    return out


def checked_weights(weights: Sequence[float], argument: str = "weights") -> tuple[float, ...]:
    """Return three weights that sum to one, or raise `ConfigError`."""
    try:
        given = tuple(float(one) for one in weights)
    except (TypeError, ValueError):
        given = ()
    good = len(given) == 3 and all(0 <= one <= 1 for one in given) and abs(sum(given) - 1) < 1e-6
    if not good:
        raise ConfigError(argument, "three numbers from 0 to 1 that sum to 1", weights)
    return given
