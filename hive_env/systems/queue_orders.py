"""Orders of a Queue world, and how an episode starts.

An order takes effect at a decision tick of the level that gives it, and is held until the next
one replaces it. Where no actions are given, the orders that stand are held.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, Workforce
from hive_env.random import rule
from hive_env.systems.orders import NEUTRAL_QUOTA
from hive_env.systems.priorities import NEUTRAL, NORMAL
from hive_env.systems.queues import Dispatch
from hive_env.systems.workforce import first_of

_TYPES = RESOURCE_TYPES
_DRAW = int(Workforce.DRAW)
_HOLD = int(Workforce.HOLD)
_OLDEST = int(Dispatch.OLDEST)
_NEUTRAL, _NEUTRAL_QUOTA, _NORMAL = NEUTRAL, NEUTRAL_QUOTA, NORMAL


@rule
def order_workforce(
    sector, world, tick, governor_period, regions, sectors, sector_regions, governor_action,
    workforce, drawn, drawn_count,
):  # fmt: skip
    """Let a governor's action become the orders of its regions, and list who draws in."""
    if tick % governor_period != 0:
        return
    first = (sector - world * sectors) * sector_regions
    count = np.int64(0)
    for index in range(sector_regions):
        region = world * regions + first + index
        if governor_action.shape[0] > 0:
            workforce[region] = governor_action[sector, index]
        if workforce[region] == _DRAW:
            drawn[sector, count] = first + index
            count += 1
    drawn_count[sector] = count


@rule
def order_counters(region, tick, manager_period, manager_action, priority, ruling):
    """Let a manager's action become its region's priorities and dispatch rule."""
    if tick % manager_period != 0 or manager_action.shape[0] == 0:
        return
    for kind in range(_TYPES):
        priority[region, kind] = manager_action[region, kind]
    ruling[region] = manager_action[region, _TYPES]


@rule
def clear_hive(hive, quota, price, price_until):
    """Forget a hive's quotas and price; the price is drawn next."""
    price[hive] = 0
    price_until[hive] = 0
    for kind in range(_TYPES):
        quota[hive, kind] = _NEUTRAL_QUOTA


@rule
def clear_sector(sector, load_until, drawn, drawn_count):
    """Forget a sector's orders and loads; the loads are drawn next."""
    load_until[sector] = 0
    drawn_count[sector] = 0
    for index in range(drawn.shape[1]):
        drawn[sector, index] = 0


@rule
def clear_region(
    region, queue_length, task_waits, task_second, task_work, task_until, task_worth, task_since,
    priority, ruling, workforce, busy, slack, slack_until, flow, region_value, arrived, refused,
    expired, dropped, delivered, present, idle,
):  # fmt: skip
    """Empty a region's queues and counts; nobody has given it an order."""
    for slot in range(_TYPES * queue_length):
        task_waits[region, slot] = 0
        task_second[region, slot] = 0
        task_work[region, slot] = 0
        task_until[region, slot] = 0
        task_worth[region, slot] = 0
        task_since[region, slot] = 0
    for kind in range(_TYPES):
        priority[region, kind] = _NORMAL
        arrived[region, kind] = 0
        refused[region, kind] = 0
        expired[region, kind] = 0
        dropped[region, kind] = 0
        delivered[region, kind] = 0
        present[region, kind] = 0
    ruling[region] = _OLDEST
    workforce[region] = _HOLD
    busy[region] = 0
    slack[region] = 0
    slack_until[region] = 0
    flow[region] = 0
    region_value[region] = 0
    idle[region] = 0


@rule
def post_workers(
    region, place, world, workers, regions, id, row_of, specialist, post, counter, delay, order,
    order_rule, job, job_second, partner, left, until, worth, event, gain, credit,
    present, idle,
):  # fmt: skip
    """Stand a region's workers at the counters of their own kinds, with nothing to do."""
    first = first_of(place, workers, regions)
    count = first_of(place + 1, workers, regions) - first
    for number in range(count):
        entity = first + number
        row = world * workers + entity
        id[row] = entity
        row_of[row] = row
        specialist[row] = number % _TYPES
        post[row] = place
        counter[row] = number % _TYPES
        delay[row] = 0
        order[row] = _NEUTRAL
        order_rule[row] = _OLDEST
        job[row] = 0
        job_second[row] = 0
        partner[row] = 0
        left[row] = 0
        until[row] = 0
        worth[row] = 0
        event[row] = 0
        gain[row] = 0
        credit[row] = 0
        present[region, number % _TYPES] += 1
    idle[region] = count
