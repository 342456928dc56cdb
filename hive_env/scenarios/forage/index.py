"""Who stands in which region, and which region is under which governor, kept as lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from hive_env.config import UNIT, HiveConfig
from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, RESOURCE_TYPES, ZONES_ACROSS, Health, Workforce
from hive_env.errors import ArgumentError, HiveError, SnapshotError
from hive_env.scenarios import breakdowns, consensus, ledgers, offices
from hive_env.scenarios.forage.levels import PRIORITIES
from hive_env.scenarios.forage.tick import COUNT, GROUND
from hive_env.scenarios.hive import Hive
from hive_env.simulation import MEMBER_SLOTS, SPARE_SLOTS, Blueprint
from hive_env.systems import space, workers
from hive_env.systems.mandates import DEPOT_FOCUS, RETREAT_GOAL
from hive_env.systems.views import QUOTAS

INDEX_LIMITS: Mapping[str, str | int] = {
    "id": "E",
    "home": "R",
    "cargo": RESOURCE_TYPES + 1,
    "specialist": RESOURCE_TYPES,
    "task": RESOURCE_TYPES + 1,
    "task_zone": ZONES_ACROSS**2 + DEPOT_FOCUS + 1,
    "focus": DEPOT_FOCUS + 1,
    "priority": PRIORITIES,
    "squad": RETREAT_GOAL + 1,
    "quota": QUOTAS,
    "governor": "T",
    "draft_reports": "R",
    "meant_reports": "R",
    "health": len(Health),
    "demand": len(PAIRS),
    "season": len(PAIRS),
    "door": 2,
    "workforce": len(Workforce),
    "refuge": "R",
    "refuges": 5,
    "site_type": RESOURCE_TYPES,
    "site_cell": "C",
    "hazard_cell": "C",
}
"""Columns whose values are used as indices, and the first value (or length) that is too large."""


KEPT = 1.25
"""How much more room than is needed now the lists keep at most, because it was needed before."""


class Indexed(Hive):
    """Worlds whose workers are listed by the region where they stand.

    Parameters
    ----------
    blueprint : Blueprint
        What a world is.
    config : HiveConfig
        Size and constants.
    worlds, device, threads
        As in `Simulation`.
    """

    config: HiveConfig

    def __init__(
        self,
        blueprint: Blueprint,
        config: HiveConfig,
        worlds: int,
        device: str,
        threads: int | None,
    ) -> None:
        super().__init__(blueprint, worlds, device, threads)
        self.config = config
        size = config.size
        self.workers = size.workers
        base = np.diff(-(-np.arange(size.regions + 1) * size.workers // size.regions))
        self._base_counts = np.tile(base, self.worlds)

    def _prepare(self, chosen: Array) -> None:
        if chosen.all() or not len(self.arrays["member"]):
            self._allot(self._base_counts)

    def _allot(self, counts: Array) -> None:
        """Give every region slots for what stands in it, and some room."""
        room = np.maximum(counts, self._base_counts)
        room = (room * MEMBER_SLOTS).astype(np.int64) + SPARE_SLOTS
        grown = np.maximum(room, self.columns["member_room"])
        # Room that was needed once is kept, as long as that is not much.
        room = grown if grown.sum() <= KEPT * room.sum() else room
        first = np.cumsum(room) - room
        total = int(first[-1] + room[-1])
        if len(self.arrays["member"]) < total:
            self.lengthen("member", total)
        self.put("member_first", first)
        self.put("member_room", room)

    def inspect(self, saved: Mapping[str, Array]) -> None:
        """Raise `SnapshotError` for positions and indices outside the world."""
        self._inspect_positions(saved)
        lengths = self.blueprint.lengths
        for name, limit in INDEX_LIMITS.items():
            count = lengths[limit] if isinstance(limit, str) else limit
            column = saved[name]
            if column.size and not 0 <= int(column.min()) <= int(column.max()) < count:
                raise SnapshotError(
                    f"snapshot: column {name!r} has values outside 0 to {count - 1}."
                )
        for part in (offices, consensus, breakdowns, ledgers):
            part.inspect(saved, lengths)
        packed = saved["task_priority"]
        if (packed & (packed >> 1) & 0b01010101).any():
            raise SnapshotError("snapshot: column 'task_priority' has priorities above 2.")
        ids = saved["id"].reshape(self.worlds, -1)
        if not all(space.names_each_once(one) for one in ids):
            raise SnapshotError("snapshot: column 'id' does not name every worker once.")
        self._inspect_chart(saved["governor"])
        for name in ("draft_count", "meant_count"):
            if not 0 <= int(saved[name].min()) <= int(saved[name].max()) <= lengths["X"]:
                raise SnapshotError(f"snapshot: column {name!r} has more than {lengths['X']}.")
        local_y, local_x = np.divmod(saved["hazard_cell"], self.config.region_side)
        edge = self.config.region_side - 1
        inside = (local_x > 0) & (local_x < edge)
        inside &= (local_y % (edge + 1) > 0) & (local_y % (edge + 1) < edge)
        if not inside.all():
            raise SnapshotError("snapshot: column 'hazard_cell' has hazards at a region's edge.")

    def _inspect_positions(self, saved: Mapping[str, Array]) -> None:
        """Raise `SnapshotError` for positions outside the world."""
        for axis, extent in (("x", "cells_x"), ("y", "cells_y"), ("z", "depth")):
            position = saved[axis]
            end = int(self.blueprint.constants[extent]) * UNIT
            if position.size and not 0 <= int(position.min()) <= int(position.max()) < end:
                raise SnapshotError(f"snapshot: column {axis!r} has positions outside the world.")

    def _inspect_chart(self, governor: Array) -> None:
        """Raise `SnapshotError` unless every region has a governor of its hive with room for it."""
        size = self.config.size
        above = governor.reshape(self.worlds, -1)
        if (self.columns["sector_hive"][above] != self.columns["region_hive"]).any():
            raise SnapshotError("snapshot: column 'governor' has regions under another hive.")
        spans = np.apply_along_axis(np.bincount, 1, above, None, size.sectors)
        if int(spans.max()) > self.config.max_span:
            raise SnapshotError(
                f"snapshot: column 'governor' has more than {self.config.max_span} regions under "
                "one governor."
            )

    def resume(self) -> None:
        """Go on from what the saved columns hold now: find anew who stands where.

        To be called after writing to columns by hand.

        Raises
        ------
        SnapshotError
            When they hold what cannot be; see `inspect`.
        """
        self.inspect(self.columns)
        super().resume()
        self._list_reports()
        self._list_members()
        self.put("claim_first", workers.NO_CLAIM)
        self.put("claim_second", workers.NO_CLAIM)
        self.run_pass(GROUND)
        self.run_pass(ledgers.LISTEN)

    def _list_members(self) -> None:
        """List who stands in each region, from positions."""
        columns = self.columns
        counts = np.zeros(len(self._base_counts), np.int64)
        layout = (
            columns["x"], columns["y"], columns["region_grid"], self.workers,
            self.config.size.regions, self.config.size.regions_x, self.config.region_side,
        )  # fmt: skip
        space.count_members(*layout, counts)
        self._allot(counts)
        stay, member = self.draft("member_stay"), self.draft("member")
        space.fill_members(*layout, columns["member_first"], stay, member)
        self.put("member", member)
        for name in ("member_stay", "member_left", "member_end"):
            self.put(name, stay)
        self.put("overflow", 0)

    def _list_reports(self) -> None:
        """List the regions under each governor, in order of number."""
        columns, size = self.columns, self.config.size
        worlds = np.arange(self.worlds)[:, None] * size.sectors
        above = (worlds + columns["governor"].reshape(self.worlds, -1)).ravel()
        order = np.argsort(above, kind="stable")
        counts = np.bincount(above, minlength=self.worlds * size.sectors)
        slot = np.arange(len(order)) - (np.cumsum(counts) - counts)[above[order]]
        reports = self.draft("reports")
        reports[above[order], slot] = order % size.regions
        self.put("reports", reports)
        self.put("reports_count", counts)

    def _ticked(self) -> None:
        if self.columns["overflow"][0]:
            try:
                self._inspect_positions(self.columns)
            except SnapshotError as error:
                raise HiveError(
                    f"a motion system moved workers out of the world: {error}"
                ) from None
            self._list_members()
            self.run_pass(GROUND)
            if self.due(COUNT):
                for pass_ in (COUNT, ledgers.TELL):
                    if self.due(pass_):
                        self.run_pass(pass_)

    def sort_rows(self) -> None:
        """Order rows by the region where their workers stand; no result changes."""
        member, first = self.columns["member"], self.columns["member_first"]
        stay = self.columns["member_stay"]
        parts = [member[f : f + s] for f, s in zip(first, stay, strict=True)]
        self.permute(np.concatenate(parts).astype(np.int64))

    def chunks(self, most: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield runs of regions that hold about so many workers each, and set their rows.

        Parameters
        ----------
        most : int
            Workers in a run, at least 1; a run has at least one region, whatever stands there.

        Yields
        ------
        first, last : int
            Regions, the last one excluded.
        base, count : int
            Row at which the run starts among all, and workers in it.
        """
        if not isinstance(most, int | np.integer) or isinstance(most, bool) or most < 1:
            raise ArgumentError("most", "a positive number of workers", most)
        columns = self.columns
        counts = columns["member_stay"]
        ends = np.cumsum(counts, dtype=np.int64)
        self.put("dense_first", ends - counts)
        first, base = 0, 0
        while first < len(counts):
            last = max(int(np.searchsorted(ends, base + most, side="right")), first + 1)
            yield first, last, base, int(ends[last - 1]) - base
            first, base = last, int(ends[last - 1])

    # --- the chart ---------------------------------------------------------------------------

    def superiors(self, level: str) -> Array:
        """Return the seat above, in its own world, that each seat of a level reports to.

        Raises
        ------
        ArgumentError
            When there is no such level, or nobody above it.
        """
        size = self.config.size
        if level == "worker":
            rows = np.arange(self.worlds * size.workers) // size.workers * size.workers
            out = np.empty(len(rows), np.int64)
            out[rows + self.columns["id"]] = self.columns["home"]
            return out
        if level == "manager":
            return self.columns["governor"].astype(np.int64)
        if level == "governor":
            return np.tile(self.columns["sector_hive"].astype(np.int64), self.worlds)
        raise ArgumentError("level", "worker, manager or governor", level)

    def reparent(self, manager: int, governor: int, world: int = 0) -> bool:
        """Put a region under another governor of its hive, from the next decision on.

        Where a ledger is kept the new governor writes into it that the region is its own.

        Parameters
        ----------
        manager, governor : int
            Seats, in their world.
        world : int
            Which one.

        Returns
        -------
        bool
            Whether it is so now. Where the two governors are cut off from each other the claim
            waits in the ledger, and the region goes over when its present governor hears of it.

        Raises
        ------
        ArgumentError
            When there is no such seat, or the governor is of another hive or has no free slot;
            nothing has changed then.
        ResetNeededError
            Before the first reset.
        """
        self.need_ready()
        size, columns = self.config.size, self.columns
        for name, value, end in (
            ("world", world, self.worlds),
            ("manager", manager, size.regions),
            ("governor", governor, size.sectors),
        ):
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not whole or not 0 <= value < end:
                raise ArgumentError(name, f"an integer from 0 to {end - 1}", value)
        if columns["sector_hive"][governor] != columns["region_hive"][manager]:
            raise ArgumentError("governor", f"one of the hive of manager {manager}", governor)
        row = world * size.regions + manager
        span = int(columns["reports_count"][world * size.sectors + governor])
        if columns["governor"][row] != governor and span >= self.config.max_span:
            raise ArgumentError(
                "governor",
                f"one with fewer than max_span = {self.config.max_span} regions",
                f"{governor}, which has {span}; construct the world with a larger max_span",
            )
        hive = world * size.hives + int(columns["region_hive"][manager])
        claim = {"claimed_region": row, "claimed_sector": world * size.sectors + governor}
        self.run_units(ledgers.REPARENT, hive, hive + 1, 1, claim)
        return bool(columns["governor"][row] == governor)
