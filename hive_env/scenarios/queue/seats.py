"""The passes in which the seats of each level observe, decide, are paid and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hive_env.ecs import Pass, System, Unit
from hive_env.systems import (
    commanders,
    pay,
    queue_commanders,
    queue_facts,
    queue_pay,
    queue_policies,
    queue_views,
)
from hive_env.systems.queues import Dispatch

Built = tuple[Pass, Mapping[str, int]]
"""A pass, and the constants that make one policy of it."""

UNITS: Mapping[str, Unit] = {
    "worker": Unit.SECTOR,
    "manager": Unit.REGION,
    "governor": Unit.SECTOR,
    "orchestrator": Unit.HIVE,
}
"""Whose pass each level's observations and decisions are."""


def _view(level: str, rule: Callable[..., Any]) -> Pass:
    return Pass(f"queue_view_{level}s", UNITS[level], (System(rule, (f"{level}_view",), ""),))


SEE = System(queue_policies.see_sector, ("observation",), "Before the decision that reads it.")

VIEWS: Mapping[str, Pass] = {
    "worker": Pass("queue_observe", Unit.SECTOR, (SEE,)),
    "manager": _view("manager", queue_views.view_manager),
    "governor": _view("governor", queue_views.view_governor),
    "orchestrator": _view("orchestrator", queue_views.view_orchestrator),
}
"""What writes the observations of a level."""


def _policy(level: str, rule: Callable[..., Any], **constants: int) -> Built:
    system = System(rule, (f"{level}_action",), "")
    return Pass(f"queue_{system.name}", UNITS[level], (system,)), constants


def _worker(rule: Callable[..., Any], *before: System, **constants: int) -> Built:
    system = System(rule, ("action",), "")
    return Pass(f"queue_{system.name}", Unit.SECTOR, (*before, system)), constants


_REFLEX = _worker(queue_policies.reflex, SEE)[0]

POLICIES: Mapping[str, Mapping[str, Built]] = {
    "worker": {
        "scripted": (_REFLEX, {"obey": 1}),
        "reflex": (_REFLEX, {"obey": 0}),
        "open_loop": _worker(queue_policies.act_in_a_loop),
        "random": _worker(queue_policies.act_randomly),
        "expert": (
            Pass(
                "queue_act_as_expert",
                Unit.SECTOR,
                (
                    System(
                        queue_policies.act_as_expert,
                        ("supply", "supply_pairs", "action"),
                        "Knows all.",
                    ),
                ),
            ),
            {},
        ),
    },
    "manager": {
        "scripted": _policy(
            "manager", queue_commanders.manage, see_queues=1, dispatch=int(Dispatch.PAIRS)
        ),
        "blind": _policy(
            "manager", queue_commanders.manage, see_queues=0, dispatch=int(Dispatch.PAIRS)
        ),
        "expert": _policy("manager", queue_commanders.manage_as_expert),
        "none": _policy("manager", queue_commanders.manage_nothing),
        "random": _policy("manager", queue_commanders.manage_randomly),
    },
    "governor": {
        "scripted": _policy("governor", queue_commanders.govern),
        "expert": _policy("governor", queue_commanders.govern_as_expert),
        "none": _policy("governor", commanders.govern_nothing),
        "random": _policy("governor", commanders.govern_randomly),
    },
    "orchestrator": {
        "scripted": _policy("orchestrator", queue_commanders.orchestrate),
        "none": _policy("orchestrator", commanders.orchestrate_nothing),
        "random": _policy("orchestrator", commanders.orchestrate_randomly),
    },
}
"""Built-in policies. ``scripted`` workers keep to their orders, ``reflex`` ones to their own kind;
``open_loop`` sees the clock alone; ``blind`` is the scripted manager without sight of its queues;
``none`` gives neutral orders."""

GAINS = (
    Pass(
        "queue_gain_sectors",
        Unit.SECTOR,
        (System(queue_pay.sum_sector, ("sector_gain",), "Before the hives, which add them up."),),
    ),
    Pass(
        "queue_gain_hives",
        Unit.HIVE,
        (System(queue_pay.sum_hive, ("hive_gain",), "Before the seats, whom it is told."),),
    ),
)
"""What adds up the gain of each hive, in order."""


def _told(name: str, level: str, rule: Callable[..., Any], column: str) -> Pass:
    return Pass(f"queue_{name}", UNITS[level], (System(rule, (column,), ""),))


PAY: Mapping[str, Pass] = {
    "worker": _told("pay_workers", "worker", queue_pay.pay_workers, "earned"),
    "manager": _told("pay_managers", "manager", queue_pay.pay_manager, "earned"),
    "governor": _told("pay_governors", "governor", queue_pay.pay_governor, "earned"),
    "orchestrator": _told("pay_orchestrators", "orchestrator", pay.pay_orchestrator, "earned"),
}
"""What writes the components of a level."""

TELL = _told("tell_events", "worker", queue_facts.tell_events, "told_event")
SEAT = _told("tell_agents", "worker", queue_facts.tell_agents, "agent")
ALLOW = _told("allow_workers", "worker", queue_facts.allow_workers, "able")
OPEN = _told("open_workers", "worker", queue_facts.open_workers, "mask")
