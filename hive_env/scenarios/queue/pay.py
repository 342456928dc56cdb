"""What the seats of Queue have earned: increments of counts, by seat."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.simulation import Simulation
from hive_env.systems.queues import QueueEvent

COUNTED = ("region_value", "delivered")
"""Columns whose increments are paid for."""

MATCH, MISMATCH = 1.0, -0.5
"""What a delivered task is worth to the local component, if it was asked for and if not."""

TICK_COST, VAIN_COST = 0.01, 0.05
"""What a tick costs a worker, and a request that got nothing."""


def counters_of(simulation: Simulation) -> dict[str, Array]:
    """Return copies of the counts."""
    return {name: simulation.columns[name].copy() for name in COUNTED}


def _gained(simulation: Simulation, since: Mapping[str, Array]) -> Array:
    """Return the value that each region has gained since, float64[W * R]."""
    return np.asarray((simulation.columns["region_value"] - since["region_value"]) / 1000.0)


def _by(values: Array, units: int) -> Array:
    """Return the sums over units that each hold as many consecutive rows, float64[units]."""
    return np.asarray(values.reshape(units, -1).sum(axis=1), np.float64)


def earned_by_workers(simulation: Simulation, since: Mapping[str, Array], mode: str) -> Array:
    """Return the components of every worker for the last tick, float32[W * N, 3], by id.

    Immediate: the value of its own delivery, less what a tick and a vain request cost. Local:
    +1 for a delivered task of a type with the highest priority of its order, -0.5 for another.
    """
    columns, lengths = simulation.columns, simulation.blueprint.lengths
    hives = simulation.worlds * lengths["O"]
    rows = columns["row_of"]
    event = columns["event"][rows]
    own = columns["gain"][rows] / 1000.0
    vain = (event & int(QueueEvent.VAIN)) != 0
    local = MATCH * ((event & int(QueueEvent.MATCHED)) != 0)
    local = local + MISMATCH * ((event & int(QueueEvent.MISMATCHED)) != 0)
    shared = _by(_gained(simulation, since), hives) * (lengths["O"] / lengths["E"])
    # A worker may be posted elsewhere in its sector, but never in another hive.
    region = np.arange(lengths["E"]) * lengths["R"] // lengths["E"]
    hive = region // (lengths["R"] // lengths["O"])
    whole = {
        "mean": shared.reshape(simulation.worlds, -1)[:, hive].ravel(),
        "difference": own,
        "none": 0 * own,
    }[mode]
    return np.stack([own - TICK_COST - VAIN_COST * vain, local, whole], axis=1).astype(np.float32)


def earned_above(
    simulation: Simulation, level: str, since: Mapping[str, Array], mode: str
) -> Array:
    """Return the components of every seat of an upper level, float32[W * S, 3].

    Immediate: the value delivered in the seat's regions, by worker of their initial number.
    Local: +1 for a delivered task of a type with the highest quota, -0.5 for another, by worker
    likewise; nothing when the quotas are equal. An orchestrator has neither.
    """
    lengths = simulation.blueprint.lengths
    hives = simulation.worlds * lengths["O"]
    value = _gained(simulation, since)
    shared = _by(value, hives) * (lengths["O"] / lengths["E"])
    if level == "orchestrator":
        out = np.zeros((hives, 3), np.float32)
        out[:, 2] = 0 if mode == "none" else shared
        return out
    quota = simulation.columns["quota"].astype(np.int64)
    top = quota == quota.max(axis=1, keepdims=True)
    worth = np.where(top, MATCH, MISMATCH) * ~top.all(axis=1, keepdims=True)
    tasks = simulation.columns["delivered"] - since["delivered"]
    kept = (tasks * worth.repeat(lengths["R"] // lengths["O"], axis=0)).sum(axis=1)
    seats = simulation.worlds * lengths["R" if level == "manager" else "T"]
    per_worker = seats / (simulation.worlds * lengths["E"])
    own, kept = _by(value, seats) * per_worker, _by(kept, seats) * per_worker
    whole = {"mean": shared.repeat(seats // hives), "difference": own, "none": 0 * own}[mode]
    return np.stack([own, kept, whole], axis=1).astype(np.float32)
