"""Calling the rules of offices one by one, with what their parameter names say."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from hive_env.bench.measured import office
from hive_env.enums import Condition
from hive_env.offices import OfficeConfig
from hive_env.scenarios.teams import Teams

UP, SLOW, CORRUPT, DOWN, MENDING, MENDED = (int(one) for one in Condition)
TICK = 1 << 16
"""Instants of a tick."""


def teams(
    config: OfficeConfig | None = None, offices: int = 1, seed: int = 0, **more: Any
) -> Teams:
    """Offices that have been reset; by default one of the paper's, a tick being an hour."""
    made = Teams(office(1.0) if config is None else config, offices, **more)
    made.reset(seed)
    return made


def call(rule: Any, of: Teams, **given: Any) -> Any:
    """Call a rule for office 0 of world 0, or for another that is given."""
    single = {name: of.columns[name][0] for name in ("seed", "episode", "tick")}
    values = {**of.blueprint.constants, **of.columns, **single, "office": 0, "world": 0, **given}
    body = getattr(rule, "py_func", rule)
    return rule(*(values[name] for name in inspect.signature(body).parameters))


def put(of: Teams, conditions: Any) -> None:
    """Set the conditions of an office's members, nobody serving anything."""
    of.columns["member_condition"][0] = conditions
    of.columns["member_duty"][0] = 0
    of.columns["role_holder"][0] = 0
    of.columns["role_ready_at"][0] = 0


def most_filled(able: list[set[int]]) -> int:
    """How many roles can be filled at once, given who is able to serve each: by trying all.

    By augmenting paths over sets (Kuhn, 1955), apart from the rule's own.
    """
    serving: dict[int, int] = {}

    def place(role: int, tried: set[int]) -> bool:
        for member in able[role] - tried:
            tried.add(member)
            if member not in serving or place(serving[member], tried):
                serving[member] = role
                return True
        return False

    return sum(place(role, set()) for role in range(len(able)))


def able_of(of: Teams, up: Any) -> list[set[int]]:
    """For each role who may serve it, in the office's first posture, and is up."""
    masks = of.columns["eligible"][0]
    return [{m for m in np.flatnonzero(up) if (int(mask) >> int(m)) & 1} for mask in masks]
