"""What the seats of Forage have earned: increments of counts, by seat."""

from __future__ import annotations

from collections.abc import Mapping

from hive_env.ecs.columns import Array
from hive_env.scenarios import pay
from hive_env.scenarios.forage.seats import GAINS, PAY
from hive_env.simulation import Simulation

COUNTED = ("region_value", "delivered", "paid", "picked")
"""Columns whose increments are paid for."""


def counters_of(simulation: Simulation) -> dict[str, Array]:
    """Return copies of the counts, on the device."""
    return pay.counters_of(simulation, COUNTED)


def hive_gain(simulation: Simulation, since: Mapping[str, Array]) -> Array:
    """Return what each hive has gained since, by worker, float32[W * O] on the device."""
    return pay.gains_of(simulation, GAINS, pay.past_of(simulation, since, COUNTED))


def earned_above(
    simulation: Simulation, level: str, seats: int, since: Mapping[str, Array], mode: str
) -> Array:
    """Return the components of every seat of an upper level, float32[seats, 3] on the device.

    Immediate: the value delivered in the seat's regions, by worker of their initial number.
    Local: how well the people there kept to the quotas, by worker likewise: see
    `hive_env.systems.pay`. An orchestrator has neither.
    """
    past = pay.past_of(simulation, since, COUNTED)
    return pay.earned_of(simulation, PAY[level], seats, GAINS, past, mode)
