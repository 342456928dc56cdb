"""What cuts sectors off, and the ledger that the governors of a hive share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.checks import need, need_integer, need_number
from hive_env.enums import Cut

FRACTION = 16
"""Binary digits behind the point of times within a tick."""

LONGEST = float(1 << 26)
"""Longest mean time between partitions, and of one, ticks."""


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
    schedule : tuple or list of PlannedPartition
        Partitions at fixed times, besides those that are drawn; kept as a tuple.
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
        good = isinstance(self.schedule, tuple | list)
        good = good and all(isinstance(one, PlannedPartition) for one in self.schedule)
        need(good, "schedule", "a tuple or list of PlannedPartition", self.schedule)
        object.__setattr__(self, "schedule", tuple(self.schedule))

    def constants(self) -> dict[str, int]:
        """Return the constants that the rules ask for, by name."""
        return {
            "partition_mean": round(self.mean_ticks * (1 << FRACTION)),
            "partition_length": round(self.length_ticks * (1 << FRACTION)),
            "orchestrator_limit": round(self.orchestrator_share * (1 << 32)),
            "siblings_limit": round((self.orchestrator_share + self.siblings_share) * (1 << 32)),
        }

    def tables(self, sectors: int) -> dict[str, NDArray[Any]]:
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


@dataclass(frozen=True)
class Ledger:
    """What a hive's governors and its orchestrator share, a replica each.

    Parameters
    ----------
    gossip_period : int
        Ticks between two rounds of exchange.
    knowledge_period : int
        Ticks in which what is known of the map fades to half.
    blacklist_slots : int
        Entries of the blacklist that each replica can make.
    blacklist_ticks : int
        Ticks for which an entry stands at least; then its governor takes it off again, once the
        orchestrator has heard of it. Destroyed workers never come back under their old id.
    """

    gossip_period: int = 8
    knowledge_period: int = 64
    blacklist_slots: int = 64
    blacklist_ticks: int = 8

    def __post_init__(self) -> None:
        need_integer(self.gossip_period, "gossip_period", 1, 1 << 16)
        need_integer(self.knowledge_period, "knowledge_period", 1, 1 << 24)
        need_integer(self.blacklist_slots, "blacklist_slots", 1, 1 << 12)
        need_integer(self.blacklist_ticks, "blacklist_ticks", 1, 1 << 24)

    def constants(self) -> dict[str, int]:
        """Return the constants that the rules ask for, by name."""
        return {
            "gossip_period": self.gossip_period,
            "knowledge_period": self.knowledge_period,
            "blacklist_ticks": self.blacklist_ticks,
        }
