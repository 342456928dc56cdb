"""What the seats of Queue have earned: by the last tick, and by increments of counts."""

from __future__ import annotations

from collections.abc import Mapping

from hive_env.ecs.columns import Array
from hive_env.scenarios import pay
from hive_env.scenarios.queue.seats import GAINS, PAY
from hive_env.simulation import Simulation

COUNTED = ("region_value", "delivered")
"""Columns whose increments are paid for."""


def counters_of(simulation: Simulation) -> dict[str, Array]:
    """Return copies of the counts, on the device."""
    return pay.counters_of(simulation, COUNTED)


def earned_by(
    simulation: Simulation, level: str, seats: int, since: Mapping[str, Array], mode: str
) -> Array:
    """Return the components of every seat of a level, float32[seats, 3] on the device.

    Of a worker for the last tick, by id. Immediate: the value of its own delivery, less what a
    tick and a vain request cost. Local: the worth before the price of a delivered task of a type
    with the highest priority of its order, less half of it of another or of a task that it drops;
    and something for a tick of work.

    Above, immediate: the value delivered in the seat's regions, by worker of their initial number.
    Local: +1 for a delivered task of a type with the highest quota, -0.5 for another, by worker
    likewise; nothing when the quotas are equal. An orchestrator has neither.
    """
    past = pay.past_of(simulation, since, COUNTED)
    return pay.earned_of(simulation, PAY[level], seats, GAINS, past, mode)
