"""The queues of a region: who gets which task, and what expires.

A region has one queue for each type of task, slots ``kind * queue_length`` on. Workers who ask
at the counter of a type are listed by region; requests are settled in the order of a drawn word,
ties by id, so that no order of rows matters.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

import numpy as np

from hive_env.enums import RESOURCE_TYPES, Stream
from hive_env.random import draw, rule
from hive_env.systems.queue_streams import EFFORT

_TYPES = RESOURCE_TYPES
_PICK = int(Stream.PICK)
_EFFORT = EFFORT


class Dispatch(IntEnum):
    """Which waiting task a region hands out first."""

    OLDEST = 0
    """The one that came first: what a region does by itself."""
    NEWEST = 1
    """The one that came last."""
    EARLIEST = 2
    """The one with the earliest deadline, whether it can be met or not."""
    RICHEST = 3
    """The one that is worth most for a tick of work."""
    PAIRS = 4
    """Tasks for two specialists before tasks for one; among each, the richest."""


class QueueEvent(IntFlag):
    """What happened to a worker in the last tick."""

    TOOK = 1
    DELIVERED = 2
    DROPPED = 4
    """It let go of its task, or its partner did."""
    EXPIRED = 8
    """The deadline of its task passed."""
    VAIN = 16
    """It asked and got nothing."""
    MATCHED = 32
    MISMATCHED = 64
    WORKED = 128
    """It brought its task on."""


_OLDEST = int(Dispatch.OLDEST)
_NEWEST = int(Dispatch.NEWEST)
_EARLIEST = int(Dispatch.EARLIEST)
_PAIRS = int(Dispatch.PAIRS)
_TOOK = int(QueueEvent.TOOK)
_VAIN = int(QueueEvent.VAIN)


@rule
def rank_requests(region, ask_first, ask_count, asker, ask_word):
    """Sort the requests of a region by word, which holds the id in its low bits (Shell, 1959)."""
    first = np.int64(ask_first[region])
    count = np.int64(ask_count[region])
    gap = np.int64(1)
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for index in range(gap, count):
            word = ask_word[first + index]
            who = asker[first + index]
            at = np.int64(index)
            while at >= gap and ask_word[first + at - gap] > word:
                ask_word[first + at] = ask_word[first + at - gap]
                asker[first + at] = asker[first + at - gap]
                at -= gap
            ask_word[first + at] = word
            asker[first + at] = who
        gap //= 3


@rule
def request_word(seed, episode, tick, entity):
    """Priority of a worker's request this tick: the lowest wins, ties by id."""
    return (draw(seed, episode, tick, _PICK, entity)[0] << 28) | np.int64(entity)


@rule
def appeal(region, slot, ruling, task_until, task_worth, task_work, task_since):
    """How early a waiting task is handed out under a dispatch rule: the highest first."""
    if ruling == _OLDEST:
        return -np.int64(task_since[region, slot])
    if ruling == _NEWEST:
        return np.int64(task_since[region, slot])
    if ruling == _EARLIEST:
        return -np.int64(task_until[region, slot])
    return (np.int64(task_worth[region, slot]) << 16) // np.int64(task_work[region, slot])


@rule
def take_task(
    row, region, slot, partner_id, kind, asking, job, job_second, partner, left, until, worth,
    event, task_second, task_until, task_worth, task_work,
):  # fmt: skip
    """Make a waiting task the job of a worker."""
    asking[row] = 0
    job[row] = 1 + kind
    job_second[row] = task_second[region, slot]
    partner[row] = partner_id
    left[row] = task_work[region, slot]
    until[row] = task_until[region, slot]
    worth[row] = task_worth[region, slot]
    event[row] = np.int64(event[row]) | _TOOK


@rule
def best_single(
    region, kind, queue_length, ruling, task_waits, task_second, task_until, task_worth, task_work,
    task_since,
):  # fmt: skip
    """Slot of the task for one worker that is handed out next in a queue, or -1."""
    best = np.int64(-1)
    best_appeal = np.int64(0)
    for slot in range(kind * queue_length, (kind + 1) * queue_length):
        if task_waits[region, slot] and task_second[region, slot] == 0:
            found = appeal(region, slot, ruling, task_until, task_worth, task_work, task_since)
            if best < 0 or found > best_appeal:
                best = np.int64(slot)
                best_appeal = found
    return best


@rule
def best_pair(
    region, kind, present, queue_length, ruling, task_waits, task_second, task_until, task_worth,
    task_work, task_since,
):  # fmt: skip
    """Slot of the next task for two whose second specialist is in the bits ``present``, or -1."""
    best = np.int64(-1)
    best_appeal = np.int64(0)
    for slot in range(kind * queue_length, (kind + 1) * queue_length):
        second = np.int64(task_second[region, slot])
        if task_waits[region, slot] and second > 0 and (present >> (second - 1)) & 1:
            found = appeal(region, slot, ruling, task_until, task_worth, task_work, task_since)
            if best < 0 or found > best_appeal:
                best = np.int64(slot)
                best_appeal = found
    return best


@rule
def grant_singles(
    region, world, workers, kind, queue_length, ask_first, ask_count, asker, row_of, ruling,
    task_waits, task_second, task_work, task_until, task_worth, task_since, asking, job,
    job_second, partner, left, until, worth, event,
):  # fmt: skip
    """Give tasks for one to those who ask for a type, in the order of their words."""
    for index in range(ask_count[region]):
        row = np.int64(row_of[world * workers + np.int64(asker[ask_first[region] + index])])
        if asking[row] == 1 + kind:
            slot = best_single(
                region, kind, queue_length, ruling, task_waits, task_second, task_until,
                task_worth, task_work, task_since,
            )  # fmt: skip
            if slot < 0:
                return
            task_waits[region, slot] = 0
            take_task(
                row, region, slot, 0, kind, asking, job, job_second, partner, left, until, worth,
                event, task_second, task_until, task_worth, task_work,
            )  # fmt: skip


@rule
def grant_pairs(
    region, world, workers, kind, queue_length, ask_first, ask_count, asker, row_of, specialist,
    ruling, task_waits, task_second, task_work, task_until, task_worth, task_since, asking, job,
    job_second, partner, left, until, worth, event,
):  # fmt: skip
    """Give tasks for two to specialists of both kinds who ask in the same tick."""
    first = np.int64(ask_first[region])
    count = np.int64(ask_count[region])
    present = np.int64(0)
    for index in range(count):
        row = np.int64(row_of[world * workers + np.int64(asker[first + index])])
        if asking[row] == 1 + kind:
            present |= np.int64(1) << np.int64(specialist[row])
    if (present >> kind) & 1 == 0:
        return
    for index in range(count):
        lead = np.int64(row_of[world * workers + np.int64(asker[first + index])])
        if asking[lead] != 1 + kind or specialist[lead] != kind:
            continue
        slot = best_pair(
            region, kind, present, queue_length, ruling, task_waits, task_second, task_until,
            task_worth, task_work, task_since,
        )  # fmt: skip
        if slot < 0:
            return
        sought = np.int64(task_second[region, slot]) - 1
        others = np.int64(0)
        for other in range(count):
            row = np.int64(row_of[world * workers + np.int64(asker[first + other])])
            if asking[row] != 1 + kind or specialist[row] != sought:
                continue
            others += 1
            if others == 1:
                task_waits[region, slot] = 0
                take_task(
                    lead, region, slot, 1 + np.int64(asker[first + other]), kind, asking, job,
                    job_second, partner, left, until, worth, event, task_second, task_until,
                    task_worth, task_work,
                )  # fmt: skip
                take_task(
                    row, region, slot, 1 + np.int64(asker[first + index]), kind, asking, job,
                    job_second, partner, left, until, worth, event, task_second, task_until,
                    task_worth, task_work,
                )  # fmt: skip
        if others < 2:
            present &= ~(np.int64(1) << sought)


@rule
def grant(
    region, world, workers, queue_length, ask_first, ask_count, asker, ask_word, row_of,
    specialist, ruling, task_waits, task_second, task_work, task_until, task_worth, task_since,
    asking, job, job_second, partner, left, until, worth, event, idle,
):  # fmt: skip
    """Settle the requests of a region under its dispatch rule.

    A task for one goes to whoever asks for its type. A task for two goes to a specialist of its
    type and one of its second type who both ask for its type in this tick. Tasks for one are
    given first, but under `Dispatch.PAIRS`.
    """
    rank_requests(region, ask_first, ask_count, asker, ask_word)
    order = np.int64(ruling[region])
    for kind in range(_TYPES):
        for turn in range(2):
            if (turn == 0) == (order == _PAIRS):
                grant_pairs(
                    region, world, workers, kind, queue_length, ask_first, ask_count, asker,
                    row_of, specialist, order, task_waits, task_second, task_work, task_until,
                    task_worth, task_since, asking, job, job_second, partner, left, until, worth,
                    event,
                )  # fmt: skip
            else:
                grant_singles(
                    region, world, workers, kind, queue_length, ask_first, ask_count, asker,
                    row_of, order, task_waits, task_second, task_work, task_until, task_worth,
                    task_since, asking, job, job_second, partner, left, until, worth, event,
                )  # fmt: skip
    for index in range(ask_count[region]):
        row = np.int64(row_of[world * workers + np.int64(asker[ask_first[region] + index])])
        if asking[row] > 0:
            asking[row] = 0
            event[row] = np.int64(event[row]) | _VAIN
        else:
            idle[region] -= 1


@rule
def expire(region, tick, queue_length, task_waits, task_until, expired):
    """Strike out the waiting tasks whose deadline has passed."""
    for slot in range(_TYPES * queue_length):
        if task_waits[region, slot] and task_until[region, slot] < tick:
            task_waits[region, slot] = 0
            expired[region, slot // queue_length] += 1


@rule
def show_heads(region, queue_length, task_waits, task_second, head):
    """Show at every counter what is to be had: bit 0 tasks for one, bit 1 + k a pair with kind k.

    Those who stand at the counter see this; how many wait, and until when, they do not.
    """
    for kind in range(_TYPES):
        bits = np.int64(0)
        for slot in range(kind * queue_length, (kind + 1) * queue_length):
            if task_waits[region, slot]:
                bits |= np.int64(1) << np.int64(task_second[region, slot])
        head[region, kind] = bits


@rule
def ripe(tick, work, until):
    """Whether a specialist who takes a waiting task now can still meet its deadline: 1 or 0."""
    return np.int64(tick + 1 + (work + _EFFORT - 1) // _EFFORT <= until)
