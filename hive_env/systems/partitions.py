"""Partitions: when a sector is cut off, from whom, and for how long.

All of it is exogenous. Each sector is linked and cut off in turn, for exponential times that are
kept in fractions of a tick, so that nothing depends on a tick's length; or it is cut off by a
schedule. The draws go by (seed, episode, number of the change, sector).
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import Cut, Stream
from hive_env.partitions import FRACTION
from hive_env.random import draw, exponential_fine, rule, scaled

_STREAM = int(Stream.PARTITION)
_FRACTION = FRACTION
_ORCHESTRATOR = int(Cut.ORCHESTRATOR)
_SIBLINGS = int(Cut.SIBLINGS)


@rule
def hub_linked(cut):
    """Whether a sector that is cut off like this reaches the orchestrator."""
    return (np.int64(cut) & _ORCHESTRATOR) == 0


@rule
def ring_linked(cut, other):
    """Whether two sectors that are cut off like this reach each other."""
    return ((np.int64(cut) | np.int64(other)) & _SIBLINGS) == 0


@rule
def reaches(sector, other, cut):
    """Whether two sectors of one hive reach each other; each reaches itself."""
    return sector == other or ring_linked(cut[sector], cut[other])


@rule
def lasting(word, mean):
    """An exponential time of a mean, both in 1/65536 tick; at least one of these."""
    return max(np.int64(1), scaled(exponential_fine(word), mean))


@rule
def kind_of(word, orchestrator_limit, siblings_limit):
    """From whom a drawn partition cuts off, bits of Cut."""
    if word < orchestrator_limit:
        return np.int64(_ORCHESTRATOR)
    if word < siblings_limit:
        return np.int64(_SIBLINGS)
    return np.int64(_ORCHESTRATOR | _SIBLINGS)


@rule
def planned_cut(part, tick, plan_sector, plan_begin, plan_end, plan_cut):
    """From whom the schedule cuts a sector of a world off in a tick, bits of Cut."""
    found = np.int64(0)
    for index in range(len(plan_sector)):
        if plan_sector[index] == part and plan_begin[index] <= tick < plan_end[index]:
            found |= np.int64(plan_cut[index])
    return found


@rule
def clear_partitions(
    sector, world, sectors, seed, episode, partition_mean, cut, cut_drawn, cut_turn, cut_changes,
    cut_begun, cut_ticks,
):  # fmt: skip
    """Link a sector, and draw when it is cut off first."""
    cut[sector] = 0
    if cut_turn.shape[0] == 0:
        return
    cut_drawn[sector] = 0
    cut_changes[sector] = 0
    cut_begun[sector] = 0
    cut_ticks[sector, 0] = 0
    cut_ticks[sector, 1] = 0
    word = draw(seed, episode, 0, _STREAM, sector - world * sectors)[0]
    cut_turn[sector] = lasting(word, partition_mean)


@rule
def advance_partitions(
    sector, world, sectors, seed, episode, tick, partition_mean, partition_length,
    orchestrator_limit, siblings_limit, plan_sector, plan_begin, plan_end, plan_cut, cut,
    cut_drawn, cut_turn, cut_changes, cut_begun, cut_ticks,
):  # fmt: skip
    """Find out from whom a sector is cut off at the beginning of a tick.

    All changes since the last tick are gone through, so a partition may begin and end in between.

    Parameters
    ----------
    partition_mean, partition_length : int
        Mean times linked and cut off, 1/65536 tick; no partitions are drawn when the first is 0.
    orchestrator_limit, siblings_limit : int
        Shares of the partitions that are from the orchestrator alone, and of those that are from
        one alone, times 2**32.
    """
    if cut_turn.shape[0] == 0:
        return
    part = sector - world * sectors
    now = np.int64(tick) << _FRACTION
    while partition_mean > 0 and cut_turn[sector] <= now:
        cut_changes[sector] += 1
        words = draw(seed, episode, np.int64(cut_changes[sector]), _STREAM, part)
        if cut_drawn[sector] == 0:
            cut_drawn[sector] = kind_of(words[1], orchestrator_limit, siblings_limit)
            cut_turn[sector] += lasting(words[0], partition_length)
        else:
            cut_drawn[sector] = 0
            cut_turn[sector] += lasting(words[0], partition_mean)
    before = np.int64(cut[sector])
    found = np.int64(cut_drawn[sector])
    found |= planned_cut(part, tick, plan_sector, plan_begin, plan_end, plan_cut)
    cut[sector] = found
    cut_begun[sector] += np.int64(before == 0 and found != 0)
    cut_ticks[sector, 0] += np.int64((found & _ORCHESTRATOR) != 0)
    cut_ticks[sector, 1] += np.int64((found & _SIBLINGS) != 0)
