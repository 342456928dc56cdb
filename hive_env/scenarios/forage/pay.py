"""What the seats of Forage have earned: increments of counts, by seat."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, RESOURCE_TYPES
from hive_env.simulation import Simulation

COUNTED = ("region_value", "delivered", "paid", "picked")
"""Columns whose increments are paid for."""

MATCH, MISMATCH = 1.0, -0.5
"""What a unit is worth to the local component, if it was asked for and if not."""


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


def asked(worth: Array) -> Array:
    """Return which types are asked for: of at least half the highest worth, bool[..., K]."""
    return np.asarray((worth > 0) & (2 * worth >= worth.max(axis=-1, keepdims=True)))


def depot_worth(simulation: Simulation) -> Array:
    """Return what each depot pays for each type while it is open, thousandths, int64[W * R, K]."""
    wants = np.zeros((len(PAIRS), RESOURCE_TYPES), bool)
    for pair, kinds in enumerate(PAIRS):
        wants[pair, list(kinds)] = True
    constants = simulation.blueprint.constants
    hot, cold = int(constants["demand_hot"]), int(constants["demand_cold"])
    return np.where(wants[simulation.columns["demand"]], hot, cold)


def kept_to_order(simulation: Simulation, level: str, since: Mapping[str, Array]) -> Array:
    """Return how well the people of each region kept to the quotas, float64[W * R].

    For a manager each unit picked counts: `MATCH` if what its depot pays for the type as the step
    ends, times the quota that its sector has heard, is at least half the highest of that, else
    `MISMATCH`. For a governor each unit delivered: `MATCH` if it was worth something and of a type
    with at least half the highest quota that the sector has heard, else `MISMATCH`.
    """
    lengths = simulation.blueprint.lengths
    worlds = np.arange(simulation.worlds)[:, None]
    above = simulation.columns["governor"].reshape(simulation.worlds, -1).astype(np.int64)
    sector = (worlds * lengths["T"] + above).ravel()
    quota = simulation.columns["quota_heard"].astype(np.int64)[sector]
    grown = {name: simulation.columns[name] - since[name] for name in COUNTED}
    if level == "manager":
        good = grown["picked"] * asked(depot_worth(simulation) * quota)
        every = grown["picked"]
    else:
        good = grown["paid"] * asked(quota)
        every = grown["delivered"]
    return np.asarray(MATCH * good.sum(axis=1) + MISMATCH * (every - good).sum(axis=1))


def earned_above(
    simulation: Simulation, level: str, since: Mapping[str, Array], mode: str
) -> Array:
    """Return the components of every seat of an upper level, float32[W * S, 3].

    Immediate: the value delivered in the seat's regions, by worker of their initial number.
    Local: `kept_to_order` of its regions, by worker likewise. An orchestrator has neither.
    """
    shared = hive_gain(simulation, since)
    lengths = simulation.blueprint.lengths
    worlds = np.arange(simulation.worlds)[:, None]
    if level == "orchestrator":
        out = np.zeros((len(shared), 3), np.float32)
        out[:, 2] = 0 if mode == "none" else shared
        return out
    value, kept = gained(simulation, since), kept_to_order(simulation, level, since)
    hives = (worlds * lengths["O"] + simulation.columns["region_hive"]).ravel()
    per_worker = lengths["R"] / lengths["E"]
    if level == "governor":
        sector = (worlds * lengths["T"]).repeat(lengths["R"], axis=1).ravel()
        sector = sector + simulation.columns["governor"].astype(np.int64)
        total = simulation.worlds * lengths["T"]
        value, kept = np.bincount(sector, value, total), np.bincount(sector, kept, total)
        hives = (worlds * lengths["O"] + simulation.columns["sector_hive"]).ravel()
        per_worker = lengths["T"] / lengths["E"]
    whole = {"mean": shared[hives], "difference": value * per_worker, "none": 0 * value}[mode]
    return np.stack([value * per_worker, kept * per_worker, whole], axis=1).astype(np.float32)
