"""Ailments: the four kinds of fault that strike a worker, and what a sick one does.

A fault comes by a clock of the worker's place, in 1/65536 tick, that heeds nothing, so that all
times are exogenous; one that meets a worker who is not alive passes. *Kill*: the worker fails.
*Overflow*: it loses memory and order, keeps its cargo, and goes on. *Delay*: for a time it takes
its action over only every ``lag``-th tick and repeats it in between. *Corruption*: something else
takes the place of its action until it is found out; see `hive_env.systems.lifecycle`.

Where ``kinds`` is 0 the columns have no rows, and nothing here reads or writes them.
"""

from __future__ import annotations

import numpy as np

from hive_env.atomics import add, lower
from hive_env.enums import Condition, Event, FaultKind, Garble, Health, Stream, Verb
from hive_env.random import below, draw, rule
from hive_env.systems.members import INSTANT_SHIFT, fault_gap, lasting
from hive_env.systems.priorities import NEUTRAL
from hive_env.systems.workers import fail

DOCKET = 4
"""Workers of a region who can be destroyed in one tick, and ids that wait for the blacklist."""

LISTED = -(2**63)
"""What is added to the keys of those found out, so that an empty place, 0, is above every key."""

_LISTED = LISTED
_SHIFT = INSTANT_SHIFT
_NEUTRAL = NEUTRAL
_ALIVE = int(Health.ALIVE)
_ENDED = int(Health.ENDED)
_UP = int(Condition.UP)
_SLOW = int(Condition.SLOW)
_CORRUPT = int(Condition.CORRUPT)
_KILL = int(FaultKind.KILL)
_DELAY = int(FaultKind.DELAY)
_CORRUPTION = int(FaultKind.CORRUPTION)
_OVERFLOW = int(FaultKind.OVERFLOW)
_KINDS = len(FaultKind)
_STRUCK = int(Event.STRUCK)
_OVERFLOWN = int(Event.OVERFLOWN)
_RANDOM = int(Garble.RANDOM)
_STUCK = int(Garble.STUCK)
_NORTH = int(Verb.NORTH)
_WEST = int(Verb.WEST)
_PICK = int(Verb.PICK)
_DROP = int(Verb.DROP)
_WORK = int(Verb.WORK)
_UPWARD = int(Verb.UP)
_DOWNWARD = int(Verb.DOWN)
_AILMENT = int(Stream.AILMENT)
_OUTAGE_SHARE = int(Stream.OUTAGE_SHARE)
_GARBLE = int(Stream.GARBLE)
_INJECTED = int(Stream.INJECTED)


@rule
def clear_ailment(
    row, seed, episode, kinds, worker_fault_mean, worker_inverse_shape, id, ailment, ailment_until,
    stale, kept, fault_at, faults_drawn, incarnation,
):  # fmt: skip
    """Let a worker be sound and the first of its place, and draw when its first fault comes."""
    if kinds == 0:
        return
    ailment[row] = _UP
    ailment_until[row] = 0
    stale[row] = 0
    kept[row, 0] = 0
    kept[row, 1] = 0
    incarnation[row] = 0
    faults_drawn[row] = 1
    word = draw(seed, episode, 0, _AILMENT, id[row])[0]
    fault_at[row] = fault_gap(word, worker_fault_mean, worker_inverse_shape)


@rule
def forget(row, success, task, task_zone, task_priority, memory):
    """Empty a worker's embedding, and take its order and the luck of its last pick from it."""
    success[row] = 0
    task[row] = 0
    task_zone[row] = 0
    task_priority[row] = _NEUTRAL
    for index in range(memory.shape[1]):
        memory[row, index] = np.float32(0)


@rule
def suffer(
    row, kind, at, word, worker_delay_mean, worker_corruption_mean, health, cargo, down, repair,
    error_count, event, success, task, task_zone, task_priority, memory, ailment, ailment_until,
    stale,
):  # fmt: skip
    """Let a fault of a kind meet a worker: 1 when it does something, else 0.

    A slow worker can get corrupt; no other ailment gets worse by a second one.

    Parameters
    ----------
    kind : int
        One of `FaultKind`.
    at : int
        Instant, 1/65536 tick.
    word : int
        Uniform 32-bit word, for the duration.
    worker_delay_mean, worker_corruption_mean : int
        Mean durations, 1/65536 tick.
    """
    if health[row] != _ALIVE:
        return np.int64(0)
    if kind == _KILL:
        fail(row, health, cargo, down, repair, error_count)
        event[row] = np.int64(event[row]) | _STRUCK
    elif kind == _OVERFLOW:
        forget(row, success, task, task_zone, task_priority, memory)
        event[row] = np.int64(event[row]) | _OVERFLOWN
    elif kind == _DELAY:
        if ailment[row] != _UP:
            return np.int64(0)
        ailment[row] = _SLOW
        ailment_until[row] = at + lasting(word, worker_delay_mean)
        stale[row] = 0
    else:
        if ailment[row] == _CORRUPT:
            return np.int64(0)
        ailment[row] = _CORRUPT
        ailment_until[row] = at + lasting(word, worker_corruption_mean)
        stale[row] = 0
    return np.int64(1)


@rule
def kind_of(word, worker_kill, worker_delay, worker_corruption):
    """Kind of a drawn fault, by its word and the shares of the kinds, times 65536."""
    part = word & 0xFFFF
    if part < worker_kill:
        return np.int64(_KILL)
    if part < worker_kill + worker_delay:
        return np.int64(_DELAY)
    if part < worker_kill + worker_delay + worker_corruption:
        return np.int64(_CORRUPTION)
    return np.int64(_OVERFLOW)


@rule
def accuse(row, region, id, docket):
    """Put a worker on its region's list of those found out, which keeps the lowest ids, in order.

    So who is on it does not depend on the order in which they are met.
    """
    key = _LISTED + ((np.int64(id[row]) << 32) | row)
    for place in range(docket.shape[1]):
        key = max(lower(docket, (region, place), key), key)


@rule
def afflict(
    row, region, world, seed, episode, tick, workers, kinds, planned_faults, worker_fault_mean,
    worker_inverse_shape, worker_kill, worker_delay, worker_corruption, worker_delay_mean,
    worker_corruption_mean, id, health, cargo, down, repair, error_count, event, success, task,
    task_zone, task_priority, memory, ailment, ailment_until, stale, fault_at, faults_drawn,
    marked, struck, docket,
):  # fmt: skip
    """Let the faults that are due strike a worker, heal who is slow, tell who is found out."""
    if kinds == 0:
        return
    now = np.int64(tick) << _SHIFT
    entity = np.int64(id[row])
    if ailment[row] == _SLOW and ailment_until[row] <= now:
        ailment[row] = _UP
    while fault_at[row] <= now:
        at = np.int64(fault_at[row])
        words = draw(seed, episode, np.int64(faults_drawn[row]), _AILMENT, entity)
        kind = kind_of(words[1], worker_kill, worker_delay, worker_corruption)
        took = suffer(
            row, kind, at, words[2], worker_delay_mean, worker_corruption_mean, health, cargo,
            down, repair, error_count, event, success, task, task_zone, task_priority, memory,
            ailment, ailment_until, stale,
        )  # fmt: skip
        add(struck, (region, kind), took)
        faults_drawn[row] += 1
        fault_at[row] = at + fault_gap(words[0], worker_fault_mean, worker_inverse_shape)
    if planned_faults:
        bits = np.int64(marked[world * workers + entity])
        marked[world * workers + entity] = 0
        for kind in range(_KINDS):
            if (bits >> kind) & 1:
                word = draw(seed, episode, tick, _INJECTED, entity)[kind]
                took = suffer(
                    row, kind, now, word, worker_delay_mean, worker_corruption_mean, health, cargo,
                    down, repair, error_count, event, success, task, task_zone, task_priority,
                    memory, ailment, ailment_until, stale,
                )  # fmt: skip
                add(struck, (region, kind), took)
    found_out = ailment[row] == _CORRUPT and ailment_until[row] <= now
    if found_out and health[row] != _ENDED:
        accuse(row, region, id, docket)


@rule
def go_dark(
    row, region, world, seed, episode, tick, outages, outage_share, hosts, host_hits, region_hit,
    host_hit, id, health, cargo, down, repair, error_count, event,
):  # fmt: skip
    """Let an outage that begins now fail a worker who stands in its region or runs on its host.

    Parameters
    ----------
    outage_share : int
        Chance for each who share the region or host, times 65536.
    """
    if outages == 0 or (region_hit[region] == 0 and host_hits == 0):
        return
    if health[row] != _ALIVE:
        return
    entity = np.int64(id[row])
    words = draw(seed, episode, tick, _OUTAGE_SHARE, entity)
    by_region = region_hit[region] > 0 and (words[0] & 0xFFFF) < outage_share
    by_host = host_hit[world, entity % hosts] > 0 and (words[1] & 0xFFFF) < outage_share
    if by_region or by_host:
        fail(row, health, cargo, down, repair, error_count)
        event[row] = np.int64(event[row]) | _STRUCK


@rule
def opposite(verb):
    """The verb that undoes another: the move back, drop for pick, pick for drop, stay for work."""
    if _NORTH <= verb <= _WEST:
        return ((verb - _NORTH) ^ 2) + _NORTH
    if verb == _PICK:
        return np.int64(_DROP)
    if verb == _DROP:
        return np.int64(_PICK)
    if verb == _WORK:
        return np.int64(0)
    if verb == _UPWARD:
        return np.int64(_DOWNWARD)
    if verb == _DOWNWARD:
        return np.int64(_UPWARD)
    return np.int64(verb)


@rule
def carry_out(
    row, world, seed, episode, tick, workers, kinds, lag, worker_garble, verbs, intended, id,
    ailment, stale, kept, action,
):  # fmt: skip
    """Let a worker's action be what it intended, or what its ailment makes of it.

    What is ``action`` to the systems that follow is what each worker carries out. Where there are
    no kinds of faults it is the caller's own array, and nothing is copied.

    Parameters
    ----------
    lag : int
        Ticks for which a slow worker repeats an action.
    worker_garble : int
        One of `Garble`. Stuck is what the worker intended in the tick in which it fell ill.
    intended : uint8[W * N, 2]
        What the caller asked of each worker, by id.
    """
    if kinds == 0:
        return
    entity = np.int64(id[row])
    at = world * workers + entity
    verb = np.int64(intended[at, 0])
    trace = np.int64(intended[at, 1])
    state = np.int64(ailment[row])
    if state != _UP:
        if stale[row] == 0:
            kept[row, 0] = verb
            kept[row, 1] = trace
        if state == _SLOW:
            stale[row] = (np.int64(stale[row]) + 1) % lag
        else:
            stale[row] = 1
        if state == _SLOW or worker_garble == _STUCK:
            verb = np.int64(kept[row, 0])
            trace = np.int64(kept[row, 1])
        elif worker_garble == _RANDOM:
            words = draw(seed, episode, tick, _GARBLE, entity)
            verb = below(words[0], verbs)
            trace = below(words[1], 5)
        else:
            verb = opposite(verb)
    action[at, 0] = verb
    action[at, 1] = trace


@rule
def mark_planned(world, tick, workers, planned_tick, planned_worker, planned_kind, marked):
    """Mark whom the schedule strikes in this tick, by id.

    Parameters
    ----------
    planned_tick : int32[n]
        In ascending order.
    """
    low = np.int64(0)
    high = np.int64(planned_tick.shape[0])
    while low < high:
        middle = (low + high) // 2
        if planned_tick[middle] < tick:
            low = middle + 1
        else:
            high = middle
    while low < planned_tick.shape[0] and planned_tick[low] == tick:
        at = world * workers + np.int64(planned_worker[low])
        marked[at] = np.int64(marked[at]) | (np.int64(1) << np.int64(planned_kind[low]))
        low += 1


@rule
def strike_listed(
    seed, episode, tick, fault_kind, stricken, worker_delay_mean, worker_corruption_mean, id,
    health, cargo, down, repair, error_count, event, success, task, task_zone, task_priority,
    memory, ailment, ailment_until, stale,
):  # fmt: skip
    """Let a fault from outside strike listed workers of a world now.

    Parameters
    ----------
    fault_kind : int
        One of `FaultKind`.
    stricken : int64[n]
        Rows of the workers.
    """
    for index in range(stricken.shape[0]):
        row = stricken[index]
        word = draw(seed, episode, tick, _INJECTED, id[row])[fault_kind]
        suffer(
            row, fault_kind, np.int64(tick) << _SHIFT, word, worker_delay_mean,
            worker_corruption_mean, health, cargo, down, repair, error_count, event, success, task,
            task_zone, task_priority, memory, ailment, ailment_until, stale,
        )  # fmt: skip
