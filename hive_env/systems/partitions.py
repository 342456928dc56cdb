"""Partitions: when a sector is cut off, from whom, and for how long.

All of it is exogenous. Each sector is linked and cut off in turn, for exponential times that are
kept in fractions of a tick, so that nothing depends on a tick's length; or it is cut off by a
schedule. The draws go by (seed, episode, number of the change, sector).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np

from hive_env.checks import need, need_integer, need_number
from hive_env.ecs import Column, Kind
from hive_env.ecs.columns import Array
from hive_env.enums import Stream
from hive_env.random import draw, exponential_fine, rule, scaled

FRACTION = 16
"""Binary digits behind the point of times within a tick."""

LONGEST = float(1 << 26)
"""Longest mean time between partitions, and of one, ticks."""


class Cut(IntFlag):
    """From whom a sector is cut off."""

    ORCHESTRATOR = 1
    SIBLINGS = 2


_STREAM = int(Stream.PARTITION)
_FRACTION = FRACTION
_ORCHESTRATOR = int(Cut.ORCHESTRATOR)
_SIBLINGS = int(Cut.SIBLINGS)

PARTITION_COLUMNS = (
    Column("cut", np.uint8, "T", "", "From whom a sector is cut off in this tick, bits of Cut."),
    Column("cut_drawn", np.uint8, "T", "", "The part of it that was drawn."),
    Column("cut_turn", np.int64, "T", "1/65536 tick", "When the drawn part changes next."),
    Column("cut_changes", np.int32, "T", "changes", "How often it has changed."),
    Column("cut_begun", np.int32, "T", "partitions", "How often the sector was cut off."),
    Column("cut_ticks", np.int32, "T,2", "ticks", "Ticks cut off from hub, and from siblings."),
    Column("plan_sector", np.int32, "p", "sector", "Whom a planned partition hits.", Kind.STATIC),
    Column("plan_begin", np.int32, "p", "tick", "Its first tick.", Kind.STATIC),
    Column("plan_end", np.int32, "p", "tick", "The tick after its last.", Kind.STATIC),
    Column("plan_cut", np.uint8, "p", "", "From whom it cuts off, bits of Cut.", Kind.STATIC),
)
"""What a world with partitions holds. Letter ``p``: planned partitions of one world."""


# --- configuration -------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlannedPartition:
    """A partition at a fixed time.

    Parameters
    ----------
    sector : int
        The sector, within its world.
    begin, end : int
        It holds in the ticks from ``begin`` to ``end - 1``.
    cut : Cut
        From whom the sector is cut off.
    """

    sector: int
    begin: int
    end: int
    cut: Cut = Cut.ORCHESTRATOR | Cut.SIBLINGS

    def __post_init__(self) -> None:
        need_integer(self.sector, "PlannedPartition.sector", 0, (1 << 24) - 1)
        need_integer(self.begin, "PlannedPartition.begin", 0, (1 << 30) - 1)
        need_integer(self.end, "PlannedPartition.end", 1, 1 << 30)
        need(
            self.begin < self.end,
            "PlannedPartition.end",
            f"a tick after its begin, {self.begin}",
            self.end,
        )
        need_integer(self.cut, "PlannedPartition.cut", 1, 3)


@dataclass(frozen=True)
class Partitions:
    """When sectors are cut off.

    Parameters
    ----------
    mean_ticks : float
        Mean time from the end of a partition of a sector to its next, from 1, ticks; 0: none.
    length_ticks : float
        Mean length of a partition, from 1, ticks.
    orchestrator_share : float
        Share of the partitions, 0 to 1, that cut off from the orchestrator alone.
    siblings_share : float
        Share that cut off from the siblings alone; the rest cut off from both.
    schedule : sequence of PlannedPartition
        Partitions at fixed times, besides those that are drawn.
    """

    mean_ticks: float = 0.0
    length_ticks: float = 64.0
    orchestrator_share: float = 1 / 3
    siblings_share: float = 1 / 3
    schedule: Sequence[PlannedPartition] = ()

    def __post_init__(self) -> None:
        need_number(self.mean_ticks, "mean_ticks", 0, LONGEST)
        need(
            self.mean_ticks == 0 or self.mean_ticks >= 1,
            "mean_ticks",
            "0, or at least 1",
            self.mean_ticks,
        )
        need_number(self.length_ticks, "length_ticks", 1, LONGEST)
        need_number(self.orchestrator_share, "orchestrator_share", 0, 1)
        need_number(self.siblings_share, "siblings_share", 0, 1)
        both = self.orchestrator_share + self.siblings_share
        need(
            both <= 1 + 1e-9,
            "siblings_share",
            f"at most what orchestrator_share leaves, {1 - self.orchestrator_share}",
            self.siblings_share,
        )
        for planned in self.schedule:
            need(
                isinstance(planned, PlannedPartition),
                "schedule",
                "a sequence of PlannedPartition",
                planned,
            )

    def constants(self) -> dict[str, int]:
        """Return the constants that the rules ask for, by name."""
        return {
            "partition_mean": round(self.mean_ticks * (1 << FRACTION)),
            "partition_length": round(self.length_ticks * (1 << FRACTION)),
            "orchestrator_limit": round(self.orchestrator_share * (1 << 32)),
            "siblings_limit": round((self.orchestrator_share + self.siblings_share) * (1 << 32)),
        }

    def tables(self, sectors: int) -> dict[str, Array]:
        """Return the static columns of the schedule for worlds of so many sectors, by name.

        Raises
        ------
        ConfigError
            When the schedule names a sector that is not there.
        """
        for index, planned in enumerate(self.schedule):
            need(
                planned.sector < sectors,
                f"schedule[{index}].sector",
                f"a sector from 0 to {sectors - 1}",
                planned.sector,
            )
        return {
            "plan_sector": np.array([one.sector for one in self.schedule], np.int32),
            "plan_begin": np.array([one.begin for one in self.schedule], np.int32),
            "plan_end": np.array([one.end for one in self.schedule], np.int32),
            "plan_cut": np.array([one.cut for one in self.schedule], np.uint8),
        }


# --- rules ---------------------------------------------------------------------------------------


@rule
def hub_linked(cut):
    """Whether a sector that is cut off like this reaches the orchestrator."""
    return (np.int64(cut) & _ORCHESTRATOR) == 0


@rule
def ring_linked(cut, other):
    """Whether two sectors that are cut off like this reach each other."""
    return ((np.int64(cut) | np.int64(other)) & _SIBLINGS) == 0


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
