"""What the four levels of a Queue world observe.

Workers see their own job, their order, and whether there is anything to be had at the counter
where they stand. Each level above sees one fact that nobody below it sees: a manager the backlog
and the deadlines of its region, a governor the imbalance between its regions, an orchestrator
the prices of its hive.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES
from hive_env.random import rule
from hive_env.systems.priorities import preferred
from hive_env.systems.queue_streams import EFFORT
from hive_env.systems.queues import Dispatch, QueueEvent, ripe
from hive_env.systems.views import ratio, share, time_left
from hive_env.systems.workers import in_pair

_TYPES = RESOURCE_TYPES
_EFFORT = EFFORT
_DELIVERED = int(QueueEvent.DELIVERED)
_LOST = int(QueueEvent.DROPPED | QueueEvent.EXPIRED)
_VAIN = int(QueueEvent.VAIN)

RULES = len(Dispatch)
_RULES = RULES

SPECIALIST_AT = 0
COUNTER_AT = 4
AWAY_AT = 8
JOB_AT = 9
PAIR_AT = 13
LEFT_AT = 14
DONE_AT = 15
OPEN_AT = 16
OPEN_PAIR_AT = 17
GOAL_AT = 18
PRIORITY_AT = 22
RULE_AT = 26
RESULT_AT = RULE_AT + len(Dispatch)
TIME_AT = RESULT_AT + 3
WORKER_WIDTH = TIME_AT + 1
"""First feature of each group of a worker's view, and their number."""

STREAM_WIDTH = 5
MANAGER_CENSUS_AT = STREAM_WIDTH * RESOURCE_TYPES
MANAGER_WIDTH = MANAGER_CENSUS_AT + 4 * RESOURCE_TYPES + 3 + len(Dispatch) + 3
SLOT_WIDTH = 12
GOVERNOR_EXTRA = RESOURCE_TYPES + 1
SECTOR_WIDTH = 8
ORCHESTRATOR_EXTRA = 2 * RESOURCE_TYPES + 2
"""Widths of the views of the upper levels: by stream and in all, by slot and beside the slots."""


@rule
def byte_of(part, whole):
    """A share of a whole as a byte, rounded: 255 is all of it."""
    return (255 * part + whole // 2) // whole


@rule
def view_worker(
    row, world, place, entity, tick, episode_ticks, workers, regions, work_high, longest_delay,
    specialist, counter, delay, order, order_rule, job, job_second, left, event, head, observation,
):  # fmt: skip
    """Write what a worker observes: uint8[35]."""
    out = world * workers + entity
    for index in range(WORKER_WIDTH):
        observation[out, index] = 0
    kind = np.int64(specialist[row])
    at = np.int64(counter[row])
    observation[out, SPECIALIST_AT + kind] = 255
    observation[out, COUNTER_AT + at] = 255
    observation[out, AWAY_AT] = byte_of(np.int64(delay[row]), longest_delay)
    if job[row] > 0:
        observation[out, JOB_AT + np.int64(job[row]) - 1] = 255
        observation[out, PAIR_AT] = 255 * np.int64(job_second[row] > 0)
        observation[out, LEFT_AT] = byte_of(np.int64(left[row]), work_high * _EFFORT)
        observation[out, DONE_AT] = 255 * np.int64(left[row] == 0)
    if delay[row] == 0:
        bits = np.int64(head[world * regions + place, at])
        observation[out, OPEN_AT] = 255 * (bits & 1)
        partners = bits >> 1 if kind == at else (bits >> 1) & (np.int64(1) << kind)
        observation[out, OPEN_PAIR_AT] = 255 * np.int64(partners > 0)
    packed = np.int64(order[row])
    sort = preferred(packed, kind, entity)
    if sort >= 0:
        observation[out, GOAL_AT + sort] = 255
    for other in range(_TYPES):
        observation[out, PRIORITY_AT + other] = byte_of((packed >> (2 * other)) & 3, 2)
    observation[out, RULE_AT + np.int64(order_rule[row])] = 255
    happened = np.int64(event[row])
    observation[out, RESULT_AT] = 255 * np.int64((happened & _DELIVERED) != 0)
    observation[out, RESULT_AT + 1] = 255 * np.int64((happened & _LOST) != 0)
    observation[out, RESULT_AT + 2] = 255 * np.int64((happened & _VAIN) != 0)
    observation[out, TIME_AT] = byte_of(max(episode_ticks - tick, 0), episode_ticks)


@rule
def view_manager(
    region, place, world, tick, episode_ticks, regions, hives, queue_length, mean_span, mean_work,
    task_waits, task_second, task_work, task_until, present, idle, quota, workforce, priority,
    ruling, flow, delivered, arrived, manager_view,
):  # fmt: skip
    """Write what a manager observes of its streams, its people and its orders."""
    for index in range(MANAGER_WIDTH):
        manager_view[region, index] = np.float32(0)
    hive = world * hives + place // (regions // hives)
    people = np.int64(0)
    for kind in range(_TYPES):
        people += np.int64(present[region, kind])
    for kind in range(_TYPES):
        waiting = np.int64(0)
        ready = np.int64(0)
        pairs = np.int64(0)
        time = np.int64(0)
        work = np.int64(0)
        for slot in range(kind * queue_length, (kind + 1) * queue_length):
            if task_waits[region, slot]:
                due = np.int64(task_until[region, slot])
                effort = np.int64(task_work[region, slot])
                waiting += 1
                ready += ripe(tick, effort, due)
                pairs += np.int64(task_second[region, slot] > 0)
                time += max(due - tick, 0)
                work += effort
        at = STREAM_WIDTH * kind
        manager_view[region, at] = share(waiting, queue_length)
        manager_view[region, at + 1] = share(ready, queue_length)
        manager_view[region, at + 2] = share(pairs, queue_length)
        manager_view[region, at + 3] = ratio(_EFFORT * time, work)
        manager_view[region, at + 4] = ratio(time, mean_work * waiting)
        at = MANAGER_CENSUS_AT + kind
        manager_view[region, at] = ratio(np.int64(present[region, kind]), mean_span / _TYPES)
        manager_view[region, at + _TYPES] = np.float32(quota[hive, kind]) / np.float32(3)
        manager_view[region, at + 2 * _TYPES] = np.float32(priority[region, kind]) / np.float32(2)
        manager_view[region, at + 3 * _TYPES] = share(
            np.int64(delivered[region, kind]), np.int64(arrived[region, kind])
        )
    at = MANAGER_CENSUS_AT + 4 * _TYPES
    manager_view[region, at + np.int64(workforce[region])] = np.float32(1)
    manager_view[region, at + 3 + np.int64(ruling[region])] = np.float32(1)
    at += 3 + _RULES
    manager_view[region, at] = share(np.int64(idle[region]), people)
    manager_view[region, at + 1] = ratio(np.int64(flow[region]), 16 * mean_span)
    manager_view[region, at + 2] = time_left(tick, episode_ticks)


@rule
def waiting_in(region, queue_length, task_waits):
    """Tasks that wait in a region, of all types."""
    count = np.int64(0)
    for slot in range(_TYPES * queue_length):
        count += np.int64(task_waits[region, slot] > 0)
    return count


@rule
def view_governor(
    sector, world, tick, episode_ticks, regions, sectors, hives, sector_regions, queue_length,
    mean_span, task_waits, present, idle, quota, workforce, flow, governor_view,
):  # fmt: skip
    """Write what a governor observes: twelve features of each of its regions, and five."""
    first = (sector - world * sectors) * sector_regions
    for slot in range(sector_regions):
        region = world * regions + first + slot
        at = SLOT_WIDTH * slot
        for index in range(SLOT_WIDTH):
            governor_view[sector, at + index] = np.float32(0)
        people = np.int64(0)
        for kind in range(_TYPES):
            there = np.int64(present[region, kind])
            people += there
            governor_view[sector, at + 8 + kind] = ratio(there, mean_span / _TYPES)
        governor_view[sector, at] = np.float32(1)
        waiting = waiting_in(region, queue_length, task_waits)
        governor_view[sector, at + 1] = share(waiting, _TYPES * queue_length)
        governor_view[sector, at + 2] = ratio(np.int64(flow[region]), 16 * mean_span)
        governor_view[sector, at + 3] = ratio(people, mean_span)
        governor_view[sector, at + 4] = share(np.int64(idle[region]), people)
        governor_view[sector, at + 5 + np.int64(workforce[region])] = np.float32(1)
    at = SLOT_WIDTH * sector_regions
    hive = world * hives + first // (regions // hives)
    for kind in range(_TYPES):
        governor_view[sector, at + kind] = np.float32(quota[hive, kind]) / np.float32(3)
    governor_view[sector, at + _TYPES] = time_left(tick, episode_ticks)


@rule
def view_orchestrator(
    hive, world, tick, episode_ticks, price_ticks, regions, hives, hive_sectors, sector_regions,
    queue_length, mean_span, task_waits, present, idle, arrived, delivered, quota, price,
    price_until, orchestrator_view,
):  # fmt: skip
    """Write what an orchestrator observes: eight features of each of its sectors, and ten."""
    first = (hive - world * hives) * hive_sectors * sector_regions
    for slot in range(hive_sectors):
        at = SECTOR_WIDTH * slot
        for index in range(SECTOR_WIDTH):
            orchestrator_view[hive, at + index] = np.float32(0)
        people = np.int64(0)
        free = np.int64(0)
        waiting = np.int64(0)
        for index in range(sector_regions):
            region = world * regions + first + slot * sector_regions + index
            waiting += waiting_in(region, queue_length, task_waits)
            free += np.int64(idle[region])
            for kind in range(_TYPES):
                people += np.int64(present[region, kind])
        orchestrator_view[hive, at] = np.float32(1)
        orchestrator_view[hive, at + 1] = ratio(people, sector_regions * mean_span)
        orchestrator_view[hive, at + 2] = share(free, people)
        orchestrator_view[hive, at + 3] = share(waiting, sector_regions * _TYPES * queue_length)
        for kind in range(_TYPES):
            came = np.int64(0)
            went = np.int64(0)
            for index in range(sector_regions):
                region = world * regions + first + slot * sector_regions + index
                came += np.int64(arrived[region, kind])
                went += np.int64(delivered[region, kind])
            orchestrator_view[hive, at + 4 + kind] = share(went, came)
    at = SECTOR_WIDTH * hive_sectors
    for kind in range(_TYPES):
        high = in_pair(kind, np.int64(price[hive]))
        orchestrator_view[hive, at + kind] = np.float32(high)
        orchestrator_view[hive, at + _TYPES + kind] = np.float32(quota[hive, kind]) / np.float32(3)
    ahead = max(np.int64(price_until[hive]) - tick, 0)
    orchestrator_view[hive, at + 2 * _TYPES] = share(ahead, 2 * price_ticks)
    orchestrator_view[hive, at + 2 * _TYPES + 1] = time_left(tick, episode_ticks)
