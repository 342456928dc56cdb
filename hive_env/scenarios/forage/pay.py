"""What the seats of Forage have earned: increments of counts, by seat."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.simulation import Simulation

COUNTED = ("region_value", "delivered")
"""Columns whose increments are paid for."""

MATCH, MISMATCH = 1.0, -0.5
"""What a delivered unit is worth to the local component, if it was asked for and if not."""


def counters_of(simulation: Simulation) -> dict[str, Array]:
    """Return copies of the counts."""
    return {name: simulation.columns[name].copy() for name in COUNTED}


def gained(simulation: Simulation, since: Mapping[str, Array]) -> Array:
    """Return the value that each region has gained since, float64[W * R]."""
    return np.asarray((simulation.columns["region_value"] - since["region_value"]) / 1000.0)


def by_hive(simulation: Simulation, regions: Array) -> Array:
    """Return a sum over the regions of each hive, float64[W * O]."""
    lengths = simulation.blueprint.lengths
    hive = simulation.columns["region_hive"]
    hives = (np.arange(simulation.worlds)[:, None] * lengths["O"] + hive).ravel()
    return np.bincount(hives, regions, simulation.worlds * lengths["O"])


def hive_gain(simulation: Simulation, since: Mapping[str, Array]) -> Array:
    """Return what each hive has gained since, by worker, float64[W * O]."""
    lengths = simulation.blueprint.lengths
    return by_hive(simulation, gained(simulation, since)) * (lengths["O"] / lengths["E"])


def earned_above(
    simulation: Simulation, level: str, since: Mapping[str, Array], mode: str
) -> Array:
    """Return the components of every seat of an upper level, float32[W * S, 3].

    Immediate: the value delivered in the seat's regions, by worker of their initial number.
    Local: +1 for a delivered unit of a type with the highest quota, -0.5 for another, by worker
    likewise; nothing when the quotas are equal. An orchestrator has neither.
    """
    shared = hive_gain(simulation, since)
    lengths = simulation.blueprint.lengths
    worlds = np.arange(simulation.worlds)[:, None]
    if level == "orchestrator":
        out = np.zeros((len(shared), 3), np.float32)
        out[:, 2] = 0 if mode == "none" else shared
        return out
    value = gained(simulation, since)
    quota = simulation.columns["quota"].astype(np.int64)
    region_hive = (worlds * lengths["O"] + simulation.columns["region_hive"]).ravel()
    top = quota == quota.max(axis=1, keepdims=True)
    worth = np.where(top, MATCH, MISMATCH) * ~top.all(axis=1, keepdims=True)
    units = simulation.columns["delivered"] - since["delivered"]
    kept = (units * worth[region_hive]).sum(axis=1)
    hives, per_worker = region_hive, lengths["R"] / lengths["E"]
    if level == "governor":
        sector = (worlds * lengths["T"]).repeat(lengths["R"], axis=1).ravel()
        sector = sector + simulation.columns["governor"].astype(np.int64)
        total = simulation.worlds * lengths["T"]
        value, kept = np.bincount(sector, value, total), np.bincount(sector, kept, total)
        hives = (worlds * lengths["O"] + simulation.columns["sector_hive"]).ravel()
        per_worker = lengths["T"] / lengths["E"]
    whole = {"mean": shared[hives], "difference": value * per_worker, "none": 0 * value}[mode]
    return np.stack([value * per_worker, kept * per_worker, whole], axis=1).astype(np.float32)
