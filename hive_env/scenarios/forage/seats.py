"""The passes in which the seats of each level observe, decide, are paid and told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hive_env.ecs import Pass, System, Unit
from hive_env.scenarios.forage.tick import SEE, act_pass
from hive_env.systems import commanders, facts, office_views, pay, policies, views

Built = tuple[Pass, Mapping[str, int]]
"""A pass, and the constants that make one policy of it."""

UNITS: Mapping[str, Unit] = {
    "manager": Unit.REGION,
    "governor": Unit.SECTOR,
    "orchestrator": Unit.HIVE,
}
"""Whose seat each upper level is."""


def _view(level: str, *rules: Callable[..., Any]) -> Pass:
    systems = tuple(System(rule, (f"{level}_view",), "") for rule in rules)
    return Pass(f"view_{level}s", UNITS[level], systems)


def _commander(level: str, *rules: Callable[..., Any], **constants: int) -> Built:
    systems = tuple(System(rule, (f"{level}_action",), "") for rule in rules)
    return Pass("_".join(system.name for system in systems), UNITS[level], systems), constants


def _manager(**constants: int) -> Built:
    return _commander("manager", commanders.manage, commanders.mind_office, **constants)


def _governor(**constants: int) -> Built:
    return _commander("governor", commanders.govern, commanders.mind_offices, **constants)


def _orchestrator(rule: Callable[..., Any], heed: int) -> Built:
    return _commander("orchestrator", rule, commanders.mind_governors, heed=heed)


VIEWS: Mapping[str, Pass] = {
    "manager": _view("manager", views.view_manager, office_views.view_manager_office),
    "governor": _view("governor", views.view_governor, office_views.view_governor_offices),
    "orchestrator": _view(
        "orchestrator", views.view_orchestrator, office_views.view_orchestrator_offices
    ),
}
"""What writes the observations of an upper level."""

COMMANDERS: Mapping[str, Mapping[str, Built]] = {
    "manager": {
        "scripted": _manager(see_demand=1, heed=1),
        "blind": _manager(see_demand=0, heed=1),
        "oblivious": _manager(see_demand=1, heed=0),
        "none": _commander("manager", commanders.manage_nothing),
        "random": _commander("manager", commanders.manage_randomly),
    },
    "governor": {
        "scripted": _governor(heed=1),
        "oblivious": _governor(heed=0),
        "none": _commander("governor", commanders.govern_nothing),
        "random": _commander("governor", commanders.govern_randomly),
    },
    "orchestrator": {
        "scripted": _orchestrator(commanders.orchestrate, heed=1),
        "oblivious": _orchestrator(commanders.orchestrate, heed=0),
        "none": _orchestrator(commanders.orchestrate_nothing, heed=0),
        "random": _commander("orchestrator", commanders.orchestrate_randomly),
    },
}
"""Built-in policies of the upper levels. ``blind`` is the scripted manager that does not see what
its depot pays for; ``none`` gives neutral orders; ``oblivious`` does as the scripted one, but
heeds no faults."""

REFLEX = act_pass("reflex", SEE, System(policies.reflex, ("action",), "Reads what was seen."))

WORKERS: Mapping[str, Built] = {
    "scripted": (REFLEX, {"pheromone": 1, "obey": 1}),
    "trailless": (REFLEX, {"pheromone": 0, "obey": 1}),
    "pheromone": (REFLEX, {"pheromone": 1, "obey": 0}),
    "reflex": (REFLEX, {"pheromone": 0, "obey": 0}),
    "open_loop": (act_pass("loop", System(policies.act_in_a_loop, ("action",), "")), {}),
    "random": (act_pass("act_randomly", System(policies.act_randomly, ("action",), "")), {}),
    "expert": (
        act_pass("act_as_expert", SEE, System(policies.act_as_expert, ("action",), "Knows all.")),
        {},
    ),
}
"""Built-in policies of workers. ``scripted`` keeps to orders and trails, ``trailless`` to orders
alone, ``pheromone`` to trails alone, ``reflex`` to neither; ``open_loop`` sees the clock alone."""

GAINS = (
    Pass(
        "gain_sectors",
        Unit.SECTOR,
        (System(pay.sum_sector, ("sector_gain",), "Before the hives, which add them up."),),
    ),
    Pass(
        "gain_hives",
        Unit.HIVE,
        (System(pay.sum_hive, ("hive_gain",), "Before the seats, whom it is told."),),
    ),
)
"""What adds up the gain of each hive, in order."""


def _pay(level: str, rule: Callable[..., Any]) -> Pass:
    return Pass(f"pay_{level}s", UNITS[level], (System(rule, ("earned",), ""),))


PAY: Mapping[str, Pass] = {
    "manager": _pay("manager", pay.pay_manager),
    "governor": _pay("governor", pay.pay_governor),
    "orchestrator": _pay("orchestrator", pay.pay_orchestrator),
}
"""What writes the components of an upper level."""

EVENT = System(facts.tell_event, ("told_event",), "")
AILMENT = System(facts.tell_ailment, ("told_ailment",), "")
AGENT = System(facts.tell_agent, ("agent",), "")

TELL = act_pass("tell_events", EVENT)
"""What happened to each worker."""

TELL_ALL = act_pass("tell_all", EVENT, AILMENT, AGENT)
"""The same, what ails it, and which agent it is: where workers' faults have kinds."""

SEAT = act_pass("tell_agents", AGENT)
ALLOW = act_pass("allow_workers", System(facts.allow_worker, ("able",), ""))

OPEN: Mapping[str, Pass] = {
    "worker": act_pass("open_workers", System(facts.open_worker, ("mask",), "")),
    "governor": Pass("open_governors", Unit.SECTOR, (System(facts.open_governor, ("mask",), ""),)),
}
"""What writes the masks of a level to which not everything is always open."""
