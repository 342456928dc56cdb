"""What happens to a Queue world by itself: prices, loads, patience and the arrival of tasks.

All of it is exogenous: drawn from streams of its own by place and tick, never from an action.
What play decides is only whether there is room for a task that arrives.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES
from hive_env.random import draw, rule
from hive_env.systems.clock import EVERY_PAIR, lasting, next_pair
from hive_env.systems.workers import in_pair

_TYPES = RESOURCE_TYPES

PRICE, LOAD, PATIENCE, ARRIVAL = 32, 33, 34, 35
"""Streams of the generator that only Queue draws from."""

_PRICE, _LOAD, _PATIENCE, _ARRIVAL = PRICE, LOAD, PATIENCE, ARRIVAL

EFFORT = 16
"""Effort that a specialist puts in during one tick; the unit in which work is counted."""

_EFFORT = EFFORT


@rule
def turn_price(hive, world, hives, seed, episode, tick, price_ticks, price, price_until):
    """Redraw the two types whose price is high in a hive, when their time is up."""
    if tick >= price_until[hive]:
        words = draw(seed, episode, tick, _PRICE, hive - world * hives)
        price[hive] = next_pair(price[hive], tick, words[0], EVERY_PAIR)
        price_until[hive] = tick + max(1, lasting(price_ticks, words[1]))


@rule
def turn_loads(
    sector, world, regions, sectors, sector_regions, seed, episode, tick, load_ticks, load_until,
    load_word, busy,
):  # fmt: skip
    """Redraw which regions of a sector are busy, when their time is up.

    Each region draws a word; the lower half of the sector's words are quiet, ties by region.
    """
    if tick < load_until[sector]:
        return
    part = sector - world * sectors
    first = part * sector_regions
    base = world * regions
    for index in range(sector_regions):
        load_word[base + first + index] = draw(seed, episode, tick, _LOAD, first + index)[0]
    for index in range(sector_regions):
        word = load_word[base + first + index]
        rank = np.int64(0)
        for other in range(sector_regions):
            theirs = load_word[base + first + other]
            rank += np.int64((theirs < word) | ((theirs == word) & (other < index)))
        busy[base + first + index] = np.int64(rank >= sector_regions // 2)
    words = draw(seed, episode, tick, _LOAD, regions + part)
    load_until[sector] = tick + max(1, lasting(load_ticks, words[0]))


@rule
def turn_patience(region, place, seed, episode, tick, slack_ticks, slack, slack_until):
    """Redraw the two types whose deadlines are slack in a region, when their time is up."""
    if tick >= slack_until[region]:
        words = draw(seed, episode, tick, _PATIENCE, place)
        slack[region] = next_pair(slack[region], tick, words[0], EVERY_PAIR)
        slack_until[region] = tick + max(1, lasting(slack_ticks, words[1]))


@rule
def arrive(
    region, place, seed, episode, tick, queue_length, attempts, busy_chance, quiet_chance,
    pair_chance, pair_worth, work_low, work_high, work_quarters, slack_low, slack_high, tight_low,
    tight_high, busy, slack, cursor, task_waits, task_second, task_work, task_until, task_worth,
    task_since, arrived, refused, flow,
):  # fmt: skip
    """Let tasks join the streams of a region; one that finds its queue full is lost.

    Each of ``attempts`` draws brings a task with the region's chance. Work goes from ``work_low``
    to ``work_high`` ticks of a specialist by the cube of a uniform number: most tasks are short,
    some are long, and nobody can tell by the clock when one is done. Patience is the work times a
    factor, uniform between two bounds that are wide for slack types and narrow for tight ones,
    plus two ticks. Worth is the work times 1/2 to 3/2, in thousandths of a mean task; times
    ``pair_worth`` for a task that needs a second specialist.
    """
    for kind in range(_TYPES):
        cursor[region, kind] = kind * queue_length
    chance = busy_chance if busy[region] else quiet_chance
    joined = np.int64(0)
    for index in range(attempts):
        words = draw(seed, episode, tick, _ARRIVAL, place * attempts + index)
        if words[0] >= chance:
            continue
        kind = words[1] >> 30
        joined += 1
        arrived[region, kind] += 1
        slot = np.int64(cursor[region, kind])
        end = (kind + 1) * queue_length
        while slot < end and task_waits[region, slot]:
            slot += 1
        cursor[region, kind] = slot
        if slot == end:
            refused[region, kind] += 1
            continue
        part = words[3] >> 16
        part = (((part * part) >> 16) * part) >> 16
        work = work_low + ((part * (work_high - work_low + 1)) >> 16)
        factor = words[3] & 0xFFFF
        if in_pair(kind, np.int64(slack[region])):
            factor = slack_low + ((factor * (slack_high - slack_low + 1)) >> 16)
        else:
            factor = tight_low + ((factor * (tight_high - tight_low + 1)) >> 16)
        worth = 4000 * work * (32768 + (words[1] & 0xFFFF))
        worth //= work_quarters << 16
        task_second[region, slot] = 0
        if (words[2] >> 16) < pair_chance:
            task_second[region, slot] = 1 + (kind + 1 + (((words[2] & 0xFFFF) * 3) >> 16)) % _TYPES
            worth = worth * pair_worth // 1000
        task_waits[region, slot] = 1
        task_work[region, slot] = work * _EFFORT
        task_until[region, slot] = tick + 2 + ((work * factor) >> 8)
        task_worth[region, slot] = worth
        task_since[region, slot] = tick
    # A sum over about the last 16 ticks, in sixteenths of a task.
    faded = np.int64(flow[region])
    flow[region] = faded - (faded >> 4) + 16 * joined
