"""What the seats of a hive have earned: passes over what counts have grown by, on the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hive_env.ecs import Pass
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.simulation import Simulation

SINCE: Mapping[str, str] = {
    "region_value": "value_since",
    "delivered": "delivered_since",
    "paid": "paid_since",
    "picked": "picked_since",
}
"""By column that counts, the name under which rules are given what it was."""


def counters_of(simulation: Simulation, counted: Sequence[str]) -> dict[str, Array]:
    """Return copies of counts, on the device."""
    return {name: simulation.backend.copy(simulation.arrays[name]) for name in counted}


def past_of(
    simulation: Simulation, since: Mapping[str, Array], counted: Sequence[str]
) -> dict[str, Array]:
    """Return what counts were, under the names by which rules ask for it.

    Raises
    ------
    ArgumentError
        When one is missing, or not as `counters_of` returned it.
    """
    past = {}
    for name in counted:
        here, given = simulation.arrays[name], since.get(name)
        fits = given is not None and given.shape == here.shape and given.dtype == here.dtype
        if given is None or not fits:
            raise ArgumentError(
                f"since[{name!r}]",
                f"{here.dtype} of shape {here.shape}",
                "nothing" if given is None else f"{given.dtype} of shape {given.shape}",
                "Give what counters(level) returned when the step began.",
            )
        past[SINCE[name]] = given
    return past


def gains_of(simulation: Simulation, gains: Sequence[Pass], past: Mapping[str, Any]) -> Array:
    """Return what each hive has gained since, by worker, float32[W * O] on the device.

    Parameters
    ----------
    gains : sequence of Pass
        What writes ``sector_gain`` and then ``hive_gain``.
    past : mapping
        What `past_of` returned.
    """
    out = simulation.zeros(simulation.lengths["O"], np.float32)
    for pass_ in gains:
        simulation.run_pass(pass_, hive_gain=out, **past)
    return out


def earned_of(
    simulation: Simulation,
    pay: Pass,
    seats: int,
    gains: Sequence[Pass],
    past: Mapping[str, Any],
    mode: str,
) -> Array:
    """Return the components of every seat of a level, float32[seats, 3] on the device.

    Parameters
    ----------
    pay : Pass
        What writes ``earned``.
    seats : int
        Seats of the level in all worlds.
    gains, past
        As for `gains_of`.
    mode : {"mean", "difference", "none"}
        The global component.
    """
    out = simulation.zeros((seats, 3), np.float32)
    if mode == "none":
        shared = simulation.zeros(simulation.lengths["O"], np.float32)
    else:
        shared = gains_of(simulation, gains, past)
    given: dict[str, Any] = {
        "earned": out,
        "hive_gain": shared,
        "difference": int(mode == "difference"),
    }
    simulation.run_pass(pay, **given, **past)
    return out
