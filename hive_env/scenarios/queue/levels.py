"""The four levels of Queue: their seats, clocks, observations and choices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hive_env.enums import RESOURCE_TYPES, Workforce
from hive_env.scenarios.features import Feature, exact, share
from hive_env.scenarios.hive import Level
from hive_env.scenarios.queue.config import QueueHive
from hive_env.scenarios.queue.seats import POLICIES
from hive_env.systems.queue_workers import VERBS
from hive_env.systems.queues import Dispatch
from hive_env.systems.views import QUOTAS

TYPES = ("a", "b", "c", "d")
"""Names of the types of task in those of the features."""

PRIORITIES = 3
"""Values of a type's priority: off, normal, high."""


def levels_of(config: QueueHive) -> Mapping[str, Level]:
    """Return the levels of a configuration, lowest first."""
    size = config.size
    rows = (
        ("worker", size.workers, 1, worker_features(), (VERBS,), np.uint8),
        (
            "manager",
            size.regions,
            config.queue.manager_period,
            manager_features(),
            (PRIORITIES,) * RESOURCE_TYPES + (len(Dispatch),),
            np.float32,
        ),
        (
            "governor",
            size.sectors,
            config.queue.governor_period,
            governor_features(size.sector_regions),
            (len(Workforce),) * size.sector_regions,
            np.float32,
        ),
        (
            "orchestrator",
            size.hives,
            config.queue.orchestrator_period,
            orchestrator_features(size.hive_sectors),
            (QUOTAS,) * RESOURCE_TYPES,
            np.float32,
        ),
    )
    return {
        name: Level(
            name, seats, period, features, choices, tuple(POLICIES[name]), "scripted", dtype
        )
        for name, seats, period, features, choices, dtype in rows
    }


def _by_type(prefix: str) -> list[Feature]:
    return [share(f"{prefix}_{kind}") for kind in TYPES]


def _exact_by_type(prefix: str) -> list[Feature]:
    return [exact(f"{prefix}_{kind}") for kind in TYPES]


def worker_features() -> tuple[Feature, ...]:
    """Return what a worker observes, in order: 35 features from 0 to 1.

    ========================== ====== ========================================================
    names                      number value
    ========================== ====== ========================================================
    ``specialist_T``           4      1 when it is made for type T.
    ``counter_T``              4      1 when it stands at the counter of T, or walks there.
    ``away``                   1      Ticks until it arrives, over the longest way; 0: it acts.
    ``job_T``                  4      1 when it holds a task of type T.
    ``job_pair``               1      1 when another specialist holds it too.
    ``job_left``               1      Work left, over the most work of a task.
    ``job_done``               1      1 when it can be handed in.
    ``open_single``            1      1 when the counter has a task for one.
    ``open_pair``              1      1 when it has a task for two with a part for this kind.
    ``goal_T``                 4      1 for the type that its order sends it to.
    ``priority_T``             4      Its order: 0 off, about 1/2 normal, 1 high.
    ``rule_R``                 5      1 for the dispatch rule of its region.
    ``delivered``, ``lost``,   3      1 for what happened in the last tick; ``vain``: it asked
    ``vain``                          and got nothing.
    ``time_left``              1      Share of the episode.
    ========================== ====== ========================================================
    """
    found = _by_type("specialist") + _by_type("counter") + [share("away")] + _by_type("job")
    found += [share(f"job_{name}") for name in ("pair", "left", "done")]
    found += [share("open_single"), share("open_pair")]
    found += _by_type("goal") + _by_type("priority")
    found += [share(f"rule_{rule.name.lower()}") for rule in Dispatch]
    found += [share(name) for name in ("delivered", "lost", "vain", "time_left")]
    return tuple(found)


def manager_features() -> tuple[Feature, ...]:
    """Return what a manager observes, in order: 47 features from 0 to 1.

    ========================== ====== ========================================================
    names                      number value
    ========================== ====== ========================================================
    ``T_waiting``, ``_ripe``,  3 x 4  Tasks of type T that wait, those of them whose deadline
    ``_pairs``                        a specialist can still meet, those for two; over the
                                      places of the queue.
    ``T_slack``                4      t / (t + w): their time left over that and their work.
    ``T_time``                 4      t / (t + m): their mean time left over that and the mean
                                      work of a task.
    ``present_T``              4      n / (n + m): workers of kind T, m the mean number.
    ``quota_T``                4      The orchestrator's quota, thirds.
    ``priority_T``             4      Its own standing order.
    ``delivered_T``            4      Share of the tasks that came in the episode.
    ``order_hold``, ``_push``, 3      1 for the governor's order to the region.
    ``_draw``
    ``rule_R``                 5      1 for its own standing dispatch rule.
    ``idle``                   1      Share of the workers that hold nothing.
    ``flow``                   1      f / (f + n): arrivals of about 16 ticks, n the mean span.
    ``time_left``              1      Share of the episode.
    ========================== ====== ========================================================

    The five features of a type stand together. The backlog and the deadlines are its private
    fact.
    """
    found: list[Feature] = []
    for kind in TYPES:
        names = ("waiting", "ripe", "pairs", "slack", "time")
        found += [exact(f"{kind}_{name}") for name in names]
    for group in ("present", "quota", "priority", "delivered"):
        found += _exact_by_type(group)
    found += [exact(f"order_{order.name.lower()}") for order in Workforce]
    found += [exact(f"rule_{rule.name.lower()}") for rule in Dispatch]
    found += [exact(name) for name in ("idle", "flow", "time_left")]
    return tuple(found)


def governor_features(regions: int) -> tuple[Feature, ...]:
    """Return what a governor observes, in order: 12 features a region, and 5, from 0 to 1.

    Of every region: ``present`` (1), ``waiting`` (over all places), ``flow``, ``crowd`` (n / (n +
    mean span)), ``idle`` (share of the workers), the order that stands (``hold``, ``push``,
    ``draw``) and ``kind_T`` (n / (n + m) of each kind). Then ``quota_T`` and ``time_left``. The
    imbalance of backlog and flow between its regions is its private fact.

    Parameters
    ----------
    regions : int
        Regions of the sector.
    """
    found: list[Feature] = []
    names = ("present", "waiting", "flow", "crowd", "idle", "hold", "push", "draw")
    for slot in range(regions):
        found += [exact(f"r{slot}_{name}") for name in names]
        found += _exact_by_type(f"r{slot}_kind")
    return (*found, *_exact_by_type("quota"), exact("time_left"))


def orchestrator_features(governors: int) -> tuple[Feature, ...]:
    """Return what an orchestrator observes, in order: 8 features a sector, and 10, from 0 to 1.

    Of every sector: ``present`` (1), ``crowd``, ``idle``, ``waiting`` (as a governor sees them,
    summed) and ``delivered_T`` (share of the tasks that came). Then ``price_T`` (1 where the
    price is high: its private fact), ``quota_T``, ``price_left`` (time until the prices turn,
    over twice its mean) and ``time_left``.

    Parameters
    ----------
    governors : int
        Sectors of the hive.
    """
    found: list[Feature] = []
    for slot in range(governors):
        found += [exact(f"s{slot}_{name}") for name in ("present", "crowd", "idle", "waiting")]
        found += _exact_by_type(f"s{slot}_delivered")
    found += _exact_by_type("price") + _exact_by_type("quota")
    return (*found, exact("price_left"), exact("time_left"))
