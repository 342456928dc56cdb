"""Columns, systems and numbers of what strikes offices by plan and by outages."""

from __future__ import annotations

import numpy as np

from hive_env.config import HiveConfig
from hive_env.ecs import Column, Kind, Pass, System
from hive_env.ecs.columns import Array
from hive_env.faults import PlannedFault
from hive_env.scenarios import offices
from hive_env.systems import strikes

COLUMNS = (
    Column("strike_at", np.int64, "f", "", "Office times 2**31 plus tick.", Kind.STATIC),
    Column("strike_whom", np.uint8, "f", "", "Member whom it hits.", Kind.STATIC),
    Column("strike_kind", np.uint8, "f", "", "What it does, of FaultKind.", Kind.STATIC),
)
"""The strikes that are planned, in the order of ``strike_at``."""

_WRITES = (
    *("member_condition", "member_poisoned", "member_duty", "member_back_at", "role_holder"),
    "office_next_at",
)

ADVANCE = Pass(
    offices.ADVANCE.name,
    offices.ADVANCE.unit,
    (
        System(strikes.strike_planned, _WRITES, "At the tick's first instant: before its events."),
        System(
            strikes.suffer_outages,
            (*_WRITES, "member_out"),
            "Likewise; and before anybody comes back, whom an outage keeps.",
        ),
        *offices.ADVANCE.steps,
    ),
)
"""What offices go through in a tick."""


def planned_of(config: HiveConfig) -> list[tuple[int, int, int]]:
    """Return of every planned strike the key, the member and the kind, in order.

    The office of a manager has the number of its seat, that of a governor comes after all of them.
    """
    first = {"manager": 0, "governor": config.size.regions}

    def key(one: PlannedFault) -> int:
        return ((first[one.level] + one.seat) << strikes.PLAN_SHIFT) + one.tick

    schedule = config.forage.failing.schedule
    plans = [one for one in schedule if one.level in first]
    return sorted((key(one), one.member, int(one.kind)) for one in plans)


def numbers_of(config: HiveConfig) -> dict[str, int | float]:
    """Return the constants."""
    return {"planned_strikes": len(planned_of(config))}


def statics_of(config: HiveConfig) -> dict[str, Array]:
    """Return the contents of the static columns."""
    plans = np.array(planned_of(config), np.int64).reshape(-1, 3)
    return {"strike_at": plans[:, 0], "strike_whom": plans[:, 1], "strike_kind": plans[:, 2]}


def lengths_of(config: HiveConfig) -> dict[str, int]:
    """Return the lengths of the letters."""
    return {"f": len(planned_of(config))}
