"""The controllers of Forage, and the gates that hold its task to its design."""

from __future__ import annotations

from hive_env.scenarios.controllers import FULL, Controller, Gate, table_of
from hive_env.scenarios.hive import NOBODY


def _alone(name: str, about: str, below: str, worker: str = "", medics: bool = True) -> Controller:
    """Return a controller of workers to whom nobody gives an order."""
    options = {} if medics else {"medics": False}
    return Controller(name, about, worker or name, NOBODY, NOBODY, NOBODY, options, below)


CONTROLLERS = table_of(
    (
        _alone("random", "Workers act at random.", "reflex"),
        _alone("open_loop", "Workers know the clock alone.", "reflex"),
        _alone("reflex_no_medics", "Reflex, and nobody repairs.", "reflex", "reflex", medics=False),
        _alone("reflex", "Workers go by what they see; no trails, no orders.", "pheromone"),
        _alone("pheromone", "Reflex and trails; no orders.", FULL),
        Controller("no_governor", "Full without L3.", governor=NOBODY, below=FULL),
        Controller("blind", "Full, L2's demand hidden.", manager="blind", below=FULL),
        Controller("no_orchestrator", "Full without L4.", orchestrator=NOBODY, below=FULL),
        Controller("no_medics", "Full, and nobody repairs.", options={"medics": False}, below=FULL),
        Controller("trailless", "Full, pheromone off.", worker="trailless", below=FULL),
        Controller(FULL, "The scripted hierarchy, L1 to L4.", below="expert"),
        Controller(
            "expert",
            "Workers know every site, demand, door and season.",
            worker="expert",
            manager=NOBODY,
            orchestrator=NOBODY,
        ),
    )
)
"""Controllers by name, as the table has them."""

GATES = (
    Gate("random play is worth nothing", "random", high=0.02),
    Gate("a loop that sees the clock alone is worth nothing", "open_loop", high=0.05),
    Gate("a reflex worker is neither idle nor enough", "reflex", low=0.2, high=0.45),
    Gate("the scripted hierarchy leaves room", FULL, low=0.55, high=0.9),
    Gate("pheromone adds to the reflex", "pheromone", "reflex", low=0.03),
    Gate("L3 is worth something", FULL, "no_governor", low=0.1),
    Gate("L2's demand is worth something", FULL, "blind", low=0.1),
    Gate("L4 is worth something", FULL, "no_orchestrator", above=0.02, mean=0.05),
    Gate(
        "pheromone is worth something under orders",
        FULL,
        "trailless",
        above=0.0,
        mean=0.02,
        mean_at={"nano": 0.03},
    ),
    Gate("medics are worth something", FULL, "no_medics", low=0.05),
)
"""What must hold at every size at which the task is validated."""

_NO_MEDICS = {"medics": False}

FAULT_CONTROLLERS = table_of(
    (
        Controller("random", "Workers act at random.", "random", NOBODY, NOBODY, NOBODY),
        Controller(
            "oblivious",
            "Full, and nobody minds faults.",
            manager="oblivious",
            governor="oblivious",
            orchestrator="oblivious",
            options=_NO_MEDICS,
            below=FULL,
        ),
        Controller("no_medics", "Full, and nobody repairs.", options=_NO_MEDICS, below=FULL),
        Controller(
            "careless_managers", "Full, offices in their first posture.", manager="oblivious"
        ),
        Controller(
            "careless_above",
            "Full, nobody adopts, and standing orders stay as they are.",
            governor="oblivious",
            orchestrator="oblivious",
        ),
        Controller(FULL, "The scripted hierarchy, minding faults.", below="expert"),
        Controller(
            "expert",
            "Workers know every site, demand, door and season.",
            worker="expert",
            manager=NOBODY,
            orchestrator=NOBODY,
        ),
    )
)
"""Controllers under a preset of faults."""

FAULT_GATES = (
    Gate("random play is worth nothing", "random", high=0.02),
    Gate("the scripted hierarchy leaves room", FULL, low=0.5, high=0.9),
    Gate("minding faults is worth something", FULL, "oblivious", low=0.05),
    Gate("medics are worth something", FULL, "no_medics", low=0.02),
)
"""What must hold under the preset ``default``."""
