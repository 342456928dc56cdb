"""What a step tells of the seats of Forage besides what they observe: a worker's row goes by id."""

from __future__ import annotations

import numpy as np

from hive_env.enums import Health, Workforce
from hive_env.random import rule

_ALIVE = int(Health.ALIVE)
_ENDED = int(Health.ENDED)
_ORDERS = len(Workforce)


@rule
def tell_event(row, world, workers, id, event, told_event):
    """Write what happened to a worker in the last tick, bits of `Event`."""
    told_event[world * workers + np.int64(id[row])] = event[row]


@rule
def tell_ailment(row, world, workers, id, ailment, told_ailment):
    """Write what ails a worker: ``UP``, ``SLOW`` or ``CORRUPT`` of `Condition`."""
    told_ailment[world * workers + np.int64(id[row])] = ailment[row]


@rule
def tell_agent(row, world, workers, kinds, id, health, incarnation, agent):
    """Write which agent a worker is: the k-th to come to place i is i + k * N; -1 for nobody."""
    entity = np.int64(id[row])
    found = entity
    if kinds:
        found = entity + workers * np.int64(incarnation[row])
        if health[row] == _ENDED:
            found = np.int64(-1)
    agent[world * workers + entity] = found


@rule
def allow_worker(row, world, workers, id, health, able):
    """Write whether a worker's action counts: a failed one's does not."""
    able[world * workers + np.int64(id[row])] = health[row] == _ALIVE


@rule
def open_worker(row, world, workers, verbs, id, health, mask):
    """Write what is open to a worker: all, or but to stay and to deposit nothing."""
    out = world * workers + np.int64(id[row])
    alive = health[row] == _ALIVE
    for index in range(mask.shape[1]):
        mask[out, index] = alive | (index == 0) | (index == verbs)


@rule
def open_governor(sector, max_span, offices, reports_count, mask):
    """Write what is open to a governor: of its empty slots nothing but ``HOLD``.

    Where there are offices, it can stand in for none of the empty ones, and can take in an orphan
    only while a slot is free. That choice follows the orders: 0 nobody, a slot plus one, orphans.
    """
    count = np.int64(reports_count[sector])
    for index in range(mask.shape[1]):
        mask[sector, index] = True
    help_at = max_span * _ORDERS
    for slot in range(count, max_span):
        for order in range(1, _ORDERS):
            mask[sector, slot * _ORDERS + order] = False
        if offices:
            mask[sector, help_at + 1 + slot] = False
    if offices and count >= max_span:
        mask[sector, help_at + 1 + max_span] = False
