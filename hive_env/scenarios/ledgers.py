"""Columns, passes and numbers of partitions and of the ledger that a hive shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hive_env.config import HiveConfig
from hive_env.ecs import Column, Kind, Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.enums import RESOURCE_TYPES, Cut
from hive_env.errors import SnapshotError
from hive_env.partitions import Partitions
from hive_env.simulation import Simulation
from hive_env.systems import chart, ledger, partitions, sharing, views
from hive_env.systems.views import QUOTAS

STATIC, OUTPUT = Kind.STATIC, Kind.OUTPUT

PARTITION_COLUMNS = (
    Column("cut", np.uint8, "T", "", "From whom a sector is cut off now, bits of Cut.", OUTPUT),
    Column("cut_drawn", np.uint8, "c", "", "The part of it that was drawn."),
    Column("cut_turn", np.int64, "c", "1/65536 tick", "When the drawn part changes next."),
    Column("cut_changes", np.int32, "c", "changes", "How often it has changed."),
    Column("cut_begun", np.int32, "c", "partitions", "How often the sector was cut off."),
    Column("cut_ticks", np.int32, "c,2", "ticks", "Ticks cut off from hub, and from siblings."),
    Column("plan_sector", np.int32, "p", "sector", "Whom a planned partition hits.", STATIC),
    Column("plan_begin", np.int32, "p", "tick", "Its first tick.", STATIC),
    Column("plan_end", np.int32, "p", "tick", "The tick after its last.", STATIC),
    Column("plan_cut", np.uint8, "p", "", "From whom it cuts off, bits of Cut.", STATIC),
)
"""When sectors are cut off, and from whom."""

LEDGER_COLUMNS = (
    Column("ledger_tally", np.int64, "B,z,K", "units", "Deliveries known, by who counted them."),
    Column("ledger_entered", np.int64, "d,K", "units", "Deliveries that are in some ledger."),
    Column("ledger_seen", np.int32, "B,z", "entries", "Blacklist entries heard of, by origin."),
    Column("ledger_tag", np.int32, "B,z,u", "", "Number of an entry at its origin; 0: none."),
    Column("ledger_barred", np.uint32, "B,z,u", "", "Whom an entry bars: an id."),
    Column("ledger_since", np.int32, "B,u", "tick", "When a replica last used a slot of its own."),
    Column("ledger_full", np.int32, "B", "entries", "Entries refused for want of a slot."),
    Column("ledger_clock", np.int32, "B", "writes", "Lamport's clock."),
    Column("ledger_written", np.int32, "B,z", "writes", "Orders written, by writer."),
    Column("ledger_stamp", np.int64, "B,I", "", "Clock << 32 | writer's place; 0: none yet."),
    Column("ledger_order", np.int32, "B,I", "", "The order that stands, as its writer coded it."),
    Column("ledger_built", np.uint8, "B,I", "", "1 when somebody has replaced it knowingly."),
    Column("ledger_lost", np.int32, "B", "writes", "Own orders that a concurrent one replaced."),
    Column("ledger_known", np.uint16, "B,Z,K", "", "What is known of a zone, by type, fading."),
    Column("ledger_epoch", np.int32, "B", "periods", "Until when knowledge has faded."),
    Column("ledger_flight", np.int32, "B", "entries", "Entries in which it differs from the hub."),
    Column("ledger_apart", np.int32, "B", "ticks", "Ticks during which it differed from the hub."),
)
"""What replicas of the ledger hold, and the world's books about them."""

COLUMNS = (
    *PARTITION_COLUMNS,
    *LEDGER_COLUMNS,
    Column("told", np.int64, "s,16", "", "What the orchestrator was told, see sum_up.", OUTPUT),
    Column("told_tally", np.int64, "s,K", "units", "Deliveries that it knew of then.", OUTPUT),
    Column("reported", np.uint32, "q,8", "workers", "Counts last reported of a region.", OUTPUT),
    Column("sector_place", np.int32, "t", "", "Place of a sector's replica in its hive.", STATIC),
    Column("region_register", np.int32, "r", "", "Order that says who governs a region.", STATIC),
)
"""What partitions and ledgers are made of."""

_CUT_WRITES = ("cut", "cut_drawn", "cut_turn", "cut_changes", "cut_begun", "cut_ticks")
_CUT = System(
    partitions.advance_partitions,
    _CUT_WRITES,
    "After the clock: what holds in the tick that begins, and for what is seen before it.",
)
_CLAIM_WRITES = ("governor", "stand_in", "adopted", "refuges", "reports_count")
MERGED = (
    *("ledger_tally", "ledger_seen", "ledger_tag", "ledger_barred", "ledger_clock"),
    *("ledger_written", "ledger_stamp", "ledger_order", "ledger_built", "ledger_lost"),
    *("ledger_known", "ledger_epoch"),
)

HEAR = System(
    sharing.hear_quotas, ("quota_heard",), "Last: by what the sector's own replica says now."
)

LIST = System(chart.list_reports, ("reports", "reports_count"), "After regions changed hands.")

REPARENT = Pass(
    "reparent",
    Unit.HIVE,
    (
        System(sharing.reparent_region, (*_CLAIM_WRITES, *MERGED), "From outside."),
        LIST,
    ),
)
"""What puts a region under another governor between two ticks."""

CUTS = Pass("cuts", Unit.SECTOR, (_CUT,), when="ledgers")

SHARE = Pass(
    "ledgers",
    Unit.HIVE,
    (
        System(
            sharing.enter_reports,
            ("ledger_entered", "ledger_tally", "ledger_epoch", "ledger_known"),
            "After the reports, before replicas exchange them.",
        ),
        System(
            sharing.enter_outcasts,
            (
                *("outcast", "outcasts", "ledger_seen", "ledger_tag", "ledger_barred"),
                *("ledger_since", "ledger_full"),
            ),
            "Before replicas exchange them.",
        ),
        System(ledger.gossip, MERGED, "When all have entered what they know."),
        System(
            ledger.measure_ledger, ("ledger_flight", "ledger_apart"), "What the round left apart."
        ),
        System(sharing.follow_claims, _CLAIM_WRITES, "By what governors have heard in this round."),
        LIST,
        HEAR,
    ),
    when="gossip_period",
)

HEAR_HUB = Pass(
    "hear_hub",
    Unit.SECTOR,
    (System(sharing.hear_hub, ("told", "told_tally"), "After the exchange."),),
    when="hear_period",
)

TELL = Pass(
    "tell",
    Unit.SECTOR,
    (
        System(
            views.tell_hub,
            ("told",),
            "Last of the reports: what the orchestrator sees when it decides. A pass of its own, "
            "since it runs again where the count does.",
        ),
    ),
    when="tell_period",
)

LISTEN = Pass("listen", Unit.HIVE, (HEAR,))
"""What makes `quota_heard` anew from what is saved."""

UNCUT = Pass(
    "uncut",
    Unit.SECTOR,
    (
        System(partitions.clear_partitions, _CUT_WRITES, "All are linked."),
        _CUT,
        System(views.clear_told, ("told", "told_tally"), "Nobody has been told anything."),
    ),
)
"""What starts an episode in a sector."""

CLEAR_LEDGER = System(
    ledger.clear_ledger,
    tuple(column.name for column in LEDGER_COLUMNS if column.axes[0] == "B"),
    "Replicas that have heard of nothing.",
)
CLEAR_ENTERED = System(ledger.clear_entered, ("ledger_entered",), "With the deliveries.")


@dataclass(frozen=True)
class LedgerAccount:
    """What partitions did to one world in its episode so far.

    Parameters
    ----------
    partitions : int
        How often sectors were cut off.
    cut_from_orchestrator, cut_from_siblings : int
        Ticks without the orchestrator, and without siblings, summed over the sectors. The tick
        that begins counts.
    diverged : int
        Ticks during which some replica of a hive differed from its orchestrator's after a round of
        gossip, summed over the hives.
    in_flight : int
        Entries in which replicas differ from their orchestrator's since the last round.
    lost : int
        Orders and claims that a concurrent one replaced.
    refused : int
        Blacklist entries refused for want of a slot; each time that one was asked for counts.
    delivered, tallied : int
        Units delivered, and those that the orchestrators have heard of. They are equal after a
        round in which no sector is cut off.
    """

    partitions: int
    cut_from_orchestrator: int
    cut_from_siblings: int
    diverged: int
    in_flight: int
    lost: int
    refused: int
    delivered: int
    tallied: int


def ledger_account(simulation: Simulation, world: int = 0) -> LedgerAccount:
    """Return what partitions did to one world; all zero but ``delivered`` without a ledger."""
    parts = {
        column.name: simulation.part(column, world)
        for column in simulation.declared
        if column.name in _ACCOUNTED
    }
    hubs = slice(None, None, simulation.lengths["J"] + 1)
    without = parts["cut_ticks"].sum(axis=0)
    return LedgerAccount(
        partitions=int(parts["cut_begun"].sum()),
        cut_from_orchestrator=int(without[0]),
        cut_from_siblings=int(without[1]),
        diverged=int(parts["ledger_apart"][hubs].sum()),
        in_flight=int(parts["ledger_flight"][hubs].sum()),
        lost=int(parts["ledger_lost"].sum()),
        refused=int(parts["ledger_full"].sum()),
        delivered=int(parts["delivered"].sum()),
        tallied=int(parts["ledger_tally"][hubs].sum()),
    )


_ACCOUNTED = (
    *("cut_begun", "cut_ticks", "ledger_apart", "ledger_flight", "ledger_lost", "ledger_full"),
    *("delivered", "ledger_tally"),
)


def numbers_of(config: HiveConfig) -> dict[str, int | float]:
    """Return the constants; periods are 0 where no ledger is kept."""
    given = config.forage.failing
    kept = given.partitions is not None
    shared = given.ledger.constants()
    period = config.forage.manager_period
    return {
        "ledgers": int(kept),
        **(given.partitions or Partitions()).constants(),
        **shared,
        "gossip_period": shared["gossip_period"] if kept else 0,
        "hear_period": period if kept else 0,
        "tell_period": period if kept or config.offices else 0,
        "claimed_region": 0,
        "claimed_sector": 0,
    }


def statics_of(config: HiveConfig, hive_sector: Array) -> dict[str, Array]:
    """Return the contents of the static columns, given the sectors of each hive, int[o, J]."""
    size = config.size
    place = np.empty(size.sectors, np.int32)
    place[hive_sector] = 1 + np.arange(size.hive_sectors)
    span = size.sector_regions
    sector, slot = np.divmod(np.arange(size.regions), span)
    return {
        **(config.forage.failing.partitions or Partitions()).tables(size.sectors),
        "sector_place": place,
        "region_register": RESOURCE_TYPES + (place[sector] - 1) * span + slot,
    }


def lengths_of(config: HiveConfig) -> dict[str, int]:
    """Return the lengths of the letters; no rows where no ledger is kept."""
    size, given = config.size, config.forage.failing
    kept = int(given.partitions is not None)
    told = int(kept or config.offices > 0)
    return {
        "B": kept * size.hives * (size.hive_sectors + 1),
        "z": kept * (size.hive_sectors + 1),
        "u": kept * given.ledger.blacklist_slots,
        "I": kept * (RESOURCE_TYPES + size.hive_sectors * size.sector_regions),
        "Z": kept * size.hive_sectors,
        "p": len((given.partitions or Partitions()).schedule),
        "d": kept * size.regions,
        "c": kept * size.sectors,
        "q": size.regions if config.offices else 0,
        "s": told * size.sectors,
    }


def inspect(saved: Mapping[str, Array], lengths: Mapping[str, int]) -> None:
    """Raise `SnapshotError` for values that cannot be."""
    whole = int(Cut.ORCHESTRATOR | Cut.SIBLINGS)
    for name, most in (("cut", whole), ("cut_drawn", whole)):
        _need_between(name, saved[name], 0, most)
    far = np.iinfo(np.int64).max
    for name in ("cut_turn", "ledger_stamp", "ledger_clock", "ledger_tag", "ledger_epoch"):
        _need_between(name, saved[name], 0, far)
    if len(saved["ledger_stamp"]):
        places = saved["ledger_stamp"] & ledger.WRITER
        _need_between("ledger_stamp", places, 0, lengths["z"] - 1)
        quotas, claims = np.split(saved["ledger_order"], [RESOURCE_TYPES], axis=1)
        _need_between("ledger_order", quotas, 0, QUOTAS - 1)
        _need_between("ledger_order", claims, 0, lengths["J"])


def _need_between(name: str, values: Array, least: int, most: int) -> None:
    if values.size and not least <= int(values.min()) <= int(values.max()) <= most:
        raise SnapshotError(f"snapshot: column {name!r} has values outside {least} to {most}.")
