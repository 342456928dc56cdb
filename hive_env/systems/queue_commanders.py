"""Built-in controllers of the upper levels of a Queue world.

The scripted ones read only what their level is shown: its own private fact and the orders from
above. Each writes the action of the seat at hand.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, Stream, Workforce
from hive_env.random import below, draw, rule
from hive_env.systems.priorities import HIGH, NORMAL, OFF
from hive_env.systems.queues import Dispatch, ripe
from hive_env.systems.workers import in_pair

_TYPES = RESOURCE_TYPES
_RULES = len(Dispatch)
_OLDEST = int(Dispatch.OLDEST)
_PAIRS = int(Dispatch.PAIRS)
_PUSH = int(Workforce.PUSH)
_DRAW = int(Workforce.DRAW)
_MANAGER = int(Stream.MANAGER)
_OFF, _NORMAL, _HIGH = OFF, NORMAL, HIGH


@rule
def manage_nothing(region, manager_action):
    """Give no order: every type normal, the oldest task first."""
    for kind in range(_TYPES):
        manager_action[region, kind] = _NORMAL
    manager_action[region, _TYPES] = _OLDEST


@rule
def manage_randomly(region, place, seed, episode, tick, manager_action):
    """Draw every part of a manager's action uniformly."""
    for part in range(_TYPES + 1):
        word = draw(seed, episode, tick, _MANAGER, place * 8 + part)[0]
        manager_action[region, part] = below(word, 3 if part < _TYPES else _RULES)


@rule
def promise(region, kind, tick, queue_length, enough, task_waits, task_work, task_until):
    """Waiting tasks of a type that can still be met, up to as many as are enough."""
    count = np.int64(0)
    for slot in range(kind * queue_length, (kind + 1) * queue_length):
        if task_waits[region, slot]:
            count += ripe(
                tick, np.int64(task_work[region, slot]), np.int64(task_until[region, slot])
            )
    return min(count, enough)


@rule
def manage(
    region, place, world, tick, regions, hives, queue_length, see_queues, enough, dispatch, quota,
    task_waits, task_work, task_until, manager_action,
):  # fmt: skip
    """Ask for the types that promise most: what can still be met, times the quota from above.

    Types of at least half the highest promise are of high priority, other types of any promise
    normal, the rest off. Without sight of the queues every type promises alike.
    """
    hive = world * hives + place // (regions // hives)
    top = np.int64(0)
    for turn in range(2):
        for kind in range(_TYPES):
            worth = np.int64(enough)
            if see_queues:
                worth = promise(
                    region, kind, tick, queue_length, enough, task_waits, task_work, task_until
                )
            worth *= np.int64(quota[hive, kind])
            if turn == 0:
                top = max(top, worth)
            else:
                level = _NORMAL if worth > 0 else _OFF
                manager_action[region, kind] = _HIGH if 2 * worth >= top and worth > 0 else level
    manager_action[region, _TYPES] = dispatch


@rule
def govern(sector, world, regions, sectors, sector_regions, flow, governor_action):
    """Push people out of regions where less arrives than the mean, into the others."""
    first = world * regions + (sector - world * sectors) * sector_regions
    total = np.int64(0)
    for slot in range(sector_regions):
        total += np.int64(flow[first + slot])
    for slot in range(sector_regions):
        quiet = np.int64(flow[first + slot]) * sector_regions < total
        governor_action[sector, slot] = _PUSH if quiet else _DRAW


@rule
def manage_as_expert(region, manager_action):
    """Form pairs first; the expert's workers need no priorities."""
    manage_nothing(region, manager_action)
    manager_action[region, _TYPES] = _PAIRS


@rule
def govern_as_expert(sector, world, regions, sectors, sector_regions, busy, governor_action):
    """Push people out of the regions that are quiet, into those that are busy."""
    first = world * regions + (sector - world * sectors) * sector_regions
    for slot in range(sector_regions):
        governor_action[sector, slot] = _DRAW if busy[first + slot] else _PUSH


@rule
def orchestrate(hive, price, orchestrator_action):
    """Ask for much of the two types whose price is high, for little of the others."""
    for kind in range(_TYPES):
        orchestrator_action[hive, kind] = 3 if in_pair(kind, np.int64(price[hive])) else 1
