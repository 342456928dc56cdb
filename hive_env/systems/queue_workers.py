"""What the workers of a Queue world do: walk, travel, ask, work, hand in.

A sector's workers have consecutive ids and never leave it, so one pass over sectors owns every
row and every region that it writes. Partners of a task for two act by both actions of the tick,
which each reads from the other's; neither waits for the other's row.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, Workforce
from hive_env.random import rule
from hive_env.systems.priorities import kept
from hive_env.systems.queue_streams import EFFORT
from hive_env.systems.queues import QueueEvent, request_word
from hive_env.systems.workers import in_pair
from hive_env.systems.workforce import base_of, first_of

_TYPES = RESOURCE_TYPES
_EFFORT = EFFORT
_PUSH = int(Workforce.PUSH)
_DELIVERED = int(QueueEvent.DELIVERED)
_DROPPED = int(QueueEvent.DROPPED)
_EXPIRED = int(QueueEvent.EXPIRED)
_WORKED = int(QueueEvent.WORKED)
_MATCHED = int(QueueEvent.MATCHED)
_MISMATCHED = int(QueueEvent.MISMATCHED)

GO_ON = 0
"""Action: work at what it holds; wait, if it holds nothing."""

ASK = 1
"""Action: ask for a task of type ``action - ASK``, or walk to where that type is handed out."""

HAND_IN = 1 + RESOURCE_TYPES
"""Action: hand in what it holds, if that is done; else nothing."""

VERBS = 2 + RESOURCE_TYPES
"""Number of actions."""

_GO_ON, _ASK, _HAND_IN = GO_ON, ASK, HAND_IN


@rule
def asks(verb):
    """Whether an action asks for a task."""
    return _ASK <= verb < _HAND_IN


@rule
def free(row, job, job_second, partner, left, until, worth):
    """Take a worker's job away."""
    job[row] = 0
    job_second[row] = 0
    partner[row] = 0
    left[row] = 0
    until[row] = 0
    worth[row] = 0


@rule
def portion(whole, mate, entity):
    """What a worker has of something: all of it, or half, the odd one to the lower id."""
    if mate < 0:
        return whole
    return whole - whole // 2 if entity < mate else whole // 2


@rule
def pay(
    row, world, place, entity, hives, regions, kind, mate, price_hot, price_cold, price, order,
    worth, region_value, delivered, event, gain, credit,
):  # fmt: skip
    """Pay a delivery: its worth at the price of its type, and before it, halved between two.

    The region is paid once, through the worker of the lower id.
    """
    hive = world * hives + place // (regions // hives)
    factor = price_hot if in_pair(kind, np.int64(price[hive])) else price_cold
    before = np.int64(worth[row])
    value = before * factor // 1000
    happened = np.int64(event[row]) | _DELIVERED
    match = kept(np.int64(order[row]), kind)
    if match == 1:
        happened |= _MATCHED
    elif match == 0:
        happened |= _MISMATCHED
    event[row] = happened
    if mate < 0 or entity < mate:
        region_value[world * regions + place] += value
        delivered[world * regions + place, kind] += 1
    gain[row] = portion(value, mate, entity)
    credit[row] = portion(before, mate, entity)


@rule
def labour(
    row, world, place, entity, tick, workers, regions, hives, off_effort, price_hot, price_cold,
    action, specialist, price, order, job, job_second, partner, left, until, worth, event, gain,
    credit, region_value, delivered, dropped, expired,
):  # fmt: skip
    """Carry on with a job: work at it, hand it in, lose it.

    A job is delivered when it is done and a worker who holds it hands it in by its deadline. It
    is lost when one who holds it asks for any, unless the other hands it in done; what it was worth
    is then counted to who asked. It comes on in the ticks in which all who hold it go on.
    """
    verb = np.int64(action[world * workers + entity, 0])
    kind = np.int64(job[row]) - 1
    mate = np.int64(partner[row]) - 1
    other = verb
    if mate >= 0:
        other = np.int64(action[world * workers + mate, 0])
    counts = mate < 0 or entity < mate
    done = left[row] == 0
    handed = done and (verb == _HAND_IN or other == _HAND_IN)
    if tick > until[row]:
        event[row] = np.int64(event[row]) | _EXPIRED
        if counts:
            expired[world * regions + place, kind] += 1
        free(row, job, job_second, partner, left, until, worth)
    elif handed:
        pay(
            row, world, place, entity, hives, regions, kind, mate, price_hot, price_cold, price,
            order, worth, region_value, delivered, event, gain, credit,
        )  # fmt: skip
        free(row, job, job_second, partner, left, until, worth)
    elif asks(verb) or asks(other):
        event[row] = np.int64(event[row]) | _DROPPED
        if counts:
            dropped[world * regions + place, kind] += 1
        if asks(verb):
            credit[row] = portion(np.int64(worth[row]), mate, entity)
        free(row, job, job_second, partner, left, until, worth)
    elif not done and verb == _GO_ON and other == _GO_ON:
        speed = np.int64(_EFFORT)
        if mate < 0 and specialist[row] != kind:
            speed = np.int64(off_effort)
        left[row] = max(np.int64(left[row]) - speed, 0)
        event[row] = np.int64(event[row]) | _WORKED


@rule
def assigned(
    entity, world, sector, workers, regions, workforce, drawn, drawn_count,
):  # fmt: skip
    """Region where a worker belongs under the governor's orders that stand."""
    base = base_of(entity, workers, regions)
    count = np.int64(drawn_count[sector])
    if workforce[world * regions + base] == _PUSH and count > 0:
        number = entity - first_of(base, workers, regions)
        return np.int64(drawn[sector, (number // _TYPES) % count])
    return base


@rule
def hold_orders(row, region, tick, manager_period, ruling, priority, order, order_rule):
    """Hand a worker the order that stands in its region; it keeps it until the next."""
    if tick % manager_period != 0:
        return
    packed = np.int64(0)
    for kind in range(_TYPES):
        packed |= np.int64(priority[region, kind]) << (2 * kind)
    order[row] = packed
    order_rule[row] = ruling[region]


@rule
def work_sector(
    sector, world, seed, episode, tick, workers, regions, sectors, hives, sector_regions,
    manager_period, off_effort, travel_ticks, walk_ticks, price_hot, price_cold, action, row_of,
    workforce, drawn, drawn_count, ruling, priority, price, specialist, post, counter, delay,
    order, order_rule, asking, job, job_second, partner, left, until, worth, event, gain,
    credit, region_value, delivered, dropped, expired, present, idle, ask_first, ask_count, asker,
    ask_word,
):  # fmt: skip
    """Let every worker of a sector act once, count who is where, and list who asks.

    A worker who holds nothing sets out for the region where it belongs before anything else.
    """
    first_place = (sector - world * sectors) * sector_regions
    first = first_of(first_place, workers, regions)
    last = first_of(first_place + sector_regions, workers, regions)
    base = world * regions
    for place in range(first_place, first_place + sector_regions):
        ask_count[base + place] = 0
        idle[base + place] = 0
        for kind in range(_TYPES):
            present[base + place, kind] = 0
    for entity in range(first, last):
        row = np.int64(row_of[world * workers + entity])
        event[row] = 0
        gain[row] = 0
        credit[row] = 0
        asking[row] = 0
        place = np.int64(post[row])
        hold_orders(row, base + place, tick, manager_period, ruling, priority, order, order_rule)
        home = assigned(entity, world, sector, workers, regions, workforce, drawn, drawn_count)
        if delay[row] > 0:
            delay[row] -= 1
        elif job[row] > 0:
            labour(
                row, world, place, entity, tick, workers, regions, hives, off_effort, price_hot,
                price_cold, action, specialist, price, order, job, job_second, partner, left,
                until, worth, event, gain, credit, region_value, delivered, dropped, expired,
            )  # fmt: skip
        elif home != place:
            post[row] = home
            delay[row] = travel_ticks
        else:
            verb = np.int64(action[world * workers + entity, 0])
            if asks(verb):
                if counter[row] == verb - _ASK:
                    asking[row] = verb
                    ask_count[base + place] += 1
                else:
                    counter[row] = verb - _ASK
                    delay[row] = walk_ticks
        now = base + np.int64(post[row])
        present[now, np.int64(specialist[row])] += 1
        idle[now] += np.int64(job[row] == 0)
    start = world * workers + first
    for place in range(first_place, first_place + sector_regions):
        ask_first[base + place] = start
        start += np.int64(ask_count[base + place])
        ask_count[base + place] = 0
    for entity in range(first, last):
        row = np.int64(row_of[world * workers + entity])
        if asking[row] > 0:
            region = base + np.int64(post[row])
            at = np.int64(ask_first[region]) + np.int64(ask_count[region])
            asker[at] = entity
            ask_word[at] = request_word(seed, episode, tick, entity)
            ask_count[region] += 1
