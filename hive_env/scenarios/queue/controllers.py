"""The controllers of Queue, and the gates that hold its task to its design."""

from __future__ import annotations

from hive_env.scenarios.controllers import FULL, Controller, Gate, table_of
from hive_env.scenarios.hive import NOBODY


def _alone(name: str, about: str, below: str) -> Controller:
    """Return a controller of workers to whom nobody gives an order."""
    return Controller(name, about, name, NOBODY, NOBODY, NOBODY, below=below)


CONTROLLERS = table_of(
    (
        _alone("random", "Workers act at random.", "reflex"),
        _alone("open_loop", "Workers know the clock alone.", "reflex"),
        Controller(
            "random_orders",
            "Workers obey; all orders are drawn at random.",
            manager="random",
            governor="random",
            orchestrator="random",
            below=FULL,
        ),
        _alone("reflex", "Workers serve their own kind; no orders.", FULL),
        Controller("no_governor", "Full without L3.", governor=NOBODY, below=FULL),
        Controller("blind", "Full, L2's queues hidden.", manager="blind", below=FULL),
        Controller("no_orchestrator", "Full without L4.", orchestrator=NOBODY, below=FULL),
        Controller(FULL, "The scripted hierarchy, L1 to L4.", below="expert"),
        Controller(
            "expert",
            "Workers know every task, deadline, load and price.",
            worker="expert",
            manager="expert",
            governor="expert",
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
    Gate("L3 is worth something", FULL, "no_governor", low=0.1),
    Gate("L2's queues are worth something", FULL, "blind", low=0.1),
    Gate("L4 is worth something", FULL, "no_orchestrator", above=0.02, mean=0.05),
)
"""What must hold at every size at which the task is validated."""
