"""Give every worker a battery: a component and systems of your own, without touching hive_env.

    python examples/custom_component.py

What a researcher does to add something to the world:

1. **Declare the component.** `BATTERY` is one array with a row for every worker (shape ``"E"``).
   As `Kind.STATE` it enters the state hash, travels in snapshots, and follows its worker when
   rows are moved; nothing else needs to be said.
2. **Write the rules.** Each is a plain function under `rule`. Its parameter names say what it
   gets: columns (``event``, ``x``, ``battery``), constants (``battery_capacity``), and indices
   (``row`` is the worker at hand, ``place`` the region it stands in). Integers only, and no
   global variables but whole numbers; so the result is the same on any number of threads.
3. **Put the systems into the tick.** `insert_after` names the system they follow, and so decides
   what they see: after the move, ``event`` tells whether the worker moved.
4. **Say how an episode begins.** A pass at the end of the reset fills the batteries, so that a
   used world that is reset equals a new one.

Here the battery only observes: a worker with an empty one goes on working. To make it matter, let
a system before `act` turn the worker's action down, or give an observation of it to your policy.
"""

from __future__ import annotations

import numpy as np

from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Column, Members, Pass, System, Unit
from hive_env.enums import Event
from hive_env.random import rule
from hive_env.scenarios.forage import MOVE, RESET, TICK, Forage, blueprint_of, insert_after
from hive_env.sizes import Size
from hive_env.systems.space import cell_of

MOVED = int(Event.MOVED)

BATTERY = Column("battery", np.uint16, "E", "charges", "What is left in the worker's battery.")

CONSTANTS = {"battery_capacity": 100, "battery_per_move": 1, "battery_per_charge": 20}
"""Charges of a full battery; charges that a move costs; charges gained in a tick at a depot."""


@rule
def drain(row, battery_per_move, event, battery):
    """Take the cost of a move from whoever moved; an empty battery stays at zero."""
    if np.int64(event[row]) & MOVED:
        battery[row] = max(np.int64(battery[row]) - battery_per_move, 0)


@rule
def recharge(
    row, place, region_side, battery_capacity, battery_per_charge, x, y, region_x0, region_y0,
    battery,
):  # fmt: skip
    """Charge whoever stands within one cell of the depot of its region, up to the capacity."""
    off_x = cell_of(x[row]) - region_x0[place] - region_side // 2
    off_y = cell_of(y[row]) - region_y0[place] - region_side // 2
    if abs(off_x) + abs(off_y) <= 1:
        battery[row] = min(np.int64(battery[row]) + battery_per_charge, battery_capacity)


@rule
def fill(row, battery_capacity, battery):
    """Begin with a full battery."""
    battery[row] = battery_capacity


DRAIN = System(drain, ("battery",), "After the move, which says in `event` that it was made.")
RECHARGE = System(recharge, ("battery",), "After the drain: who reaches a depot leaves it charged.")
FILL = Pass(
    "fill_batteries", Unit.REGION, (Members((System(fill, ("battery",), "A new episode."),)),)
)


def with_batteries(config: HiveConfig, worlds: int = 1) -> Forage:
    """Forage in which every worker has a battery."""
    blueprint = blueprint_of(
        config,
        columns=[BATTERY],
        tick=insert_after(TICK, MOVE, DRAIN, RECHARGE),
        reset=(*RESET, FILL),
        constants=CONSTANTS,
    )
    return Forage(config, worlds, blueprint=blueprint)


def main() -> None:
    """Play an episode under the built-in reflex workers and say how the batteries fared."""
    hive = with_batteries(HiveConfig(Size.of("nano"), ForageConfig()))
    hive.reset(seed=0)
    lowest = CONSTANTS["battery_capacity"]
    while not hive.done().all():
        hive.step(hive.decide("reflex"))
        lowest = min(lowest, int(hive.columns["battery"].min()))
    battery = hive.columns["battery"]
    print(
        f"after {hive.config.episode_ticks} ticks: mean charge {battery.mean():.1f} of "
        f"{CONSTANTS['battery_capacity']}, {(battery == 0).mean():.1%} of {hive.workers} workers "
        f"empty, lowest charge seen {lowest}; U = {hive.values()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
