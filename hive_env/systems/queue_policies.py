"""Built-in controllers of the workers of a Queue world.

All but the expert read nothing but the worker's own observation, the clock or a random word; the
expert knows every task, deadline, load and price, and is a reference for scripted play.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES, Stream
from hive_env.random import below, draw, rule
from hive_env.systems.queue_streams import EFFORT
from hive_env.systems.queue_views import (
    AWAY_AT,
    COUNTER_AT,
    DONE_AT,
    GOAL_AT,
    JOB_AT,
    OPEN_AT,
    OPEN_PAIR_AT,
    SPECIALIST_AT,
    view_worker,
)
from hive_env.systems.queue_workers import ASK, GO_ON, HAND_IN, VERBS
from hive_env.systems.queues import ripe
from hive_env.systems.workers import in_pair
from hive_env.systems.workforce import first_of

_TYPES = RESOURCE_TYPES
_EFFORT = EFFORT
_ASK, _GO_ON, _HAND_IN, _VERBS = ASK, GO_ON, HAND_IN, VERBS
_POLICY = int(Stream.POLICY)


@rule
def act_randomly(
    sector, world, seed, episode, tick, workers, regions, sectors, sector_regions, action
):
    """Draw the action of every worker of a sector uniformly."""
    place = (sector - world * sectors) * sector_regions
    last = first_of(place + sector_regions, workers, regions)
    for entity in range(first_of(place, workers, regions), last):
        action[world * workers + entity, 0] = below(
            draw(seed, episode, tick, _POLICY, entity)[0], _VERBS
        )


@rule
def act_in_a_loop(
    sector, world, tick, workers, regions, sectors, sector_regions, work_high, action
):  # fmt: skip
    """Ask for one and the same type, work as long as the longest task takes, hand in; blindly.

    Twice on the way it hands in what may be done. The best of the loops tried: shorter ones lose
    long tasks, ones that hand in more often work less, ones that change the type walk.
    """
    place = (sector - world * sectors) * sector_regions
    last = first_of(place + sector_regions, workers, regions)
    step = tick % (work_high + 2)
    pause = max(2 * (work_high + 2) // 5, 3)
    verb = np.int64(_GO_ON)
    if step == 0:
        verb = np.int64(_ASK)
    elif step == work_high + 1 or step % pause == 0:
        verb = np.int64(_HAND_IN)
    for entity in range(first_of(place, workers, regions), last):
        action[world * workers + entity, 0] = verb


@rule
def lit(out, at, observation):
    """Which of four one-hot features is set, or -1."""
    found = np.int64(-1)
    for kind in range(_TYPES):
        if observation[out, at + kind] > 0:
            found = np.int64(kind)
    return found


@rule
def act_by_view(out, obey, observation, action):
    """Finish what it holds; else take what is to be had for its kind, or for its order's goal.

    Parameters
    ----------
    obey : int
        1: the type is that of the order; nothing, when all types are off.
    """
    action[out, 0] = _GO_ON
    if observation[out, AWAY_AT] > 0:
        return
    if lit(out, JOB_AT, observation) >= 0:
        if observation[out, DONE_AT] > 0:
            action[out, 0] = _HAND_IN
        return
    kind = lit(out, GOAL_AT if obey else SPECIALIST_AT, observation)
    if kind < 0:
        return
    away = observation[out, COUNTER_AT + kind] == 0
    if away or observation[out, OPEN_AT] > 0 or observation[out, OPEN_PAIR_AT] > 0:
        action[out, 0] = _ASK + kind


@rule
def see_sector(
    sector, world, tick, episode_ticks, workers, regions, sectors, sector_regions, work_high,
    longest_delay, row_of, post, specialist, counter, delay, order, order_rule, job, job_second,
    left, event, head, observation,
):  # fmt: skip
    """Write what every worker of a sector observes, by id."""
    place = (sector - world * sectors) * sector_regions
    last = first_of(place + sector_regions, workers, regions)
    for entity in range(first_of(place, workers, regions), last):
        row = np.int64(row_of[world * workers + entity])
        view_worker(
            row, world, np.int64(post[row]), entity, tick, episode_ticks, workers, regions,
            work_high, longest_delay, specialist, counter, delay, order, order_rule, job,
            job_second, left, event, head, observation,
        )  # fmt: skip


@rule
def reflex(sector, world, workers, regions, sectors, sector_regions, obey, observation, action):
    """Let every worker of a sector act by what it sees."""
    place = (sector - world * sectors) * sector_regions
    last = first_of(place + sector_regions, workers, regions)
    for entity in range(first_of(place, workers, regions), last):
        act_by_view(world * workers + entity, obey, observation, action)


@rule
def count_supply(
    region, tick, queue_length, off_effort, task_waits, task_second, task_work, task_until, supply,
    supply_pairs,
):  # fmt: skip
    """Count the tasks of each queue that can still be met.

    Tasks for one: by specialists, and by others, who are slower. Tasks for two: by second kind.
    """
    for kind in range(_TYPES):
        supply[region, kind, 0] = 0
        supply[region, kind, 1] = 0
        for other in range(_TYPES):
            supply_pairs[region, kind, other] = 0
        for slot in range(kind * queue_length, (kind + 1) * queue_length):
            effort = np.int64(task_work[region, slot])
            due = np.int64(task_until[region, slot])
            if task_waits[region, slot] and ripe(tick, effort, due):
                second = np.int64(task_second[region, slot])
                if second == 0:
                    supply[region, kind, 0] += 1
                    supply[region, kind, 1] += ripe(tick, effort * _EFFORT // off_effort, due)
                else:
                    supply_pairs[region, kind, second - 1] += 1


@rule
def best_counter(
    region, hive, kind, at, off_effort, walk_ticks, work_quarters, price_hot, price_cold, price,
    supply, supply_pairs,
):  # fmt: skip
    """Type whose tasks bring a worker most value a tick, among those that can still be met."""
    best = np.int64(-1)
    best_rate = np.int64(0)
    for sort in range(_TYPES):
        pairs = np.int64(0)
        for other in range(_TYPES):
            if kind in (sort, other):
                pairs += np.int64(supply_pairs[region, sort, other])
        there = np.int64(supply[region, sort, np.int64(sort != kind)])
        if there + pairs <= 0:
            continue
        factor = price_hot if in_pair(sort, np.int64(price[hive])) else price_cold
        slow = sort != kind and there > 0
        quarters = work_quarters * _EFFORT // off_effort if slow else work_quarters
        quarters += 4 * (2 + (0 if at == sort else walk_ticks + 1))
        rate = (factor << 16) // quarters
        if best < 0 or rate > best_rate:
            best = np.int64(sort)
            best_rate = rate
    return best


@rule
def act_as_expert(
    sector, world, tick, workers, regions, sectors, hives, sector_regions, queue_length,
    off_effort, walk_ticks, work_quarters, price_hot, price_cold, price, row_of, specialist, post,
    counter, delay, job, job_second, left, until, task_waits, task_second, task_work, task_until,
    supply, supply_pairs, action,
):  # fmt: skip
    """Send every free worker where its labour is worth most, and drop what cannot be met."""
    first_place = (sector - world * sectors) * sector_regions
    for place in range(first_place, first_place + sector_regions):
        count_supply(
            world * regions + place, tick, queue_length, off_effort, task_waits, task_second,
            task_work, task_until, supply, supply_pairs,
        )  # fmt: skip
    first = first_of(first_place, workers, regions)
    for entity in range(first, first_of(first_place + sector_regions, workers, regions)):
        out = world * workers + entity
        row = np.int64(row_of[out])
        action[out, 0] = _GO_ON
        if delay[row] > 0:
            continue
        kind = np.int64(specialist[row])
        region = world * regions + np.int64(post[row])
        hive = world * hives + np.int64(post[row]) // (regions // hives)
        if job[row] > 0:
            own = job[row] - 1 == kind or job_second[row] > 0
            speed = np.int64(_EFFORT) if own else np.int64(off_effort)
            needed = (np.int64(left[row]) + speed - 1) // speed
            if tick + needed > until[row]:
                action[out, 0] = _ASK + np.int64(job[row]) - 1
            elif left[row] == 0:
                action[out, 0] = _HAND_IN
            continue
        at = np.int64(counter[row])
        sort = best_counter(
            region, hive, kind, at, off_effort, walk_ticks, work_quarters, price_hot, price_cold,
            price, supply, supply_pairs,
        )  # fmt: skip
        if sort >= 0:
            action[out, 0] = _ASK + sort
            supply[region, sort, 0] -= 1
            supply[region, sort, 1] -= 1
