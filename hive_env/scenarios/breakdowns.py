"""Columns, passes and numbers of the faults of workers, and of outages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hive_env.checks import need
from hive_env.config import HiveConfig
from hive_env.ecs import Column, Kind, Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.enums import Condition
from hive_env.errors import SnapshotError
from hive_env.faults import Outages, PlannedFault
from hive_env.offices import weibull_scale
from hive_env.scenarios.offices import instants
from hive_env.systems import ailments, lifecycle, outages

STATIC, OUTPUT, DERIVED = Kind.STATIC, Kind.OUTPUT, Kind.DERIVED

LONGEST = 1 << 26
"""Longest mean time to a fault whose kind is drawn, ticks."""

COLUMNS: tuple[Column, ...] = (
    # What each worker carries out, and who is sick.
    Column("intended", np.uint8, "0,2", "", "The caller's actions, by id.", DERIVED),
    Column("acted", np.uint8, "e,2", "", "What each worker carries out, by id.", DERIVED),
    Column("marked", np.uint8, "e", "bits", "Kinds of the faults planned for now, by id.", DERIVED),
    Column("stricken", np.int64, "0", "row", "Whom a fault from outside strikes.", DERIVED),
    Column("ailment", np.uint8, "e", "", "UP, SLOW or CORRUPT of Condition."),
    Column("ailment_until", np.int64, "e", "1/65536 tick", "When that, or its absence, ends."),
    Column("stale", np.uint8, "e", "ticks", "How old the action is that a slow one repeats."),
    Column("kept", np.uint8, "e,2", "", "That action, or the one with which it fell ill."),
    Column("fault_at", np.int64, "e", "1/65536 tick", "When the next fault strikes."),
    Column("faults_drawn", np.uint32, "e", "faults", "Faults drawn for the place so far."),
    Column("incarnation", np.uint8, "e", "", "Which worker of its place it is, from 0."),
    # Who was destroyed.
    Column("outcast", np.uint32, "j,4", "", "Ids destroyed that no blacklist has yet."),
    Column("outcasts", np.uint8, "j", "ids", "How many those are."),
    Column("docket", np.int64, "j,4", "", "Keys of those found out: id and row.", DERIVED),
    Column("churn", np.uint32, "j,4", "", "Destroyed, spawned, spent, reset.", OUTPUT),
    Column("struck", np.uint32, "j,4", "faults", "Faults that took, by FaultKind.", OUTPUT),
    # Outages.
    Column("region_out", np.uint8, "R", "", "1 while the region has an outage.", OUTPUT),
    Column("region_hit", np.uint8, "R", "", "1 in the tick in which one begins.", OUTPUT),
    Column("region_turn", np.int64, "y", "1/65536 tick", "When that changes next."),
    Column("region_changes", np.uint32, "y", "changes", "How often it has; odd: it is out."),
    Column("host_out", np.uint8, "W,h", "", "1 while the host has an outage.", OUTPUT),
    Column("host_hit", np.uint8, "W,h", "", "1 in the tick in which one begins.", OUTPUT),
    Column("host_hits", np.uint8, "W", "hosts", "How many begin in this tick.", OUTPUT),
    Column("host_turn", np.int64, "w,h", "1/65536 tick", "When that changes next."),
    Column("host_changes", np.uint32, "w,h", "changes", "How often it has; odd: it is out."),
    # The schedule.
    Column("planned_tick", np.int32, "i", "tick", "When a planned fault strikes.", STATIC),
    Column("planned_worker", np.uint32, "i", "", "Whom it strikes.", STATIC),
    Column("planned_kind", np.uint8, "i", "", "Its kind, of FaultKind.", STATIC),
)
"""What breakdowns are made of. Outages are 0 throughout where there are none."""

_REGION_OUTAGE = ("region_out", "region_hit", "region_turn", "region_changes")
_HOST_OUTAGE = ("host_out", "host_hit", "host_hits", "host_turn", "host_changes")
_FAIL = ("health", "cargo", "down", "repair", "error_count", "event")
_FORGET = ("success", "task", "task_zone", "task_priority", "memory")
_AIL = (*_FAIL, *_FORGET, "ailment", "ailment_until", "stale")

ADVANCE = (
    Pass(
        "outages_regions",
        Unit.REGION,
        (System(outages.advance_region_outage, _REGION_OUTAGE, "Before those who are struck."),),
        when="region_outages",
    ),
    Pass(
        "outages_hosts",
        Unit.WORLD,
        (System(outages.advance_host_outages, _HOST_OUTAGE, "Before those who are struck."),),
        when="host_outages",
    ),
    Pass(
        "planned_faults",
        Unit.WORLD,
        (System(ailments.mark_planned, ("marked",), "Before the workers, who look for a mark."),),
        when="planned_faults",
    ),
)
"""What breaks down in a tick: before offices and workers are struck by it."""

AFFLICT = System(
    ailments.afflict,
    (*_AIL, "fault_at", "faults_drawn", "marked", "struck", "docket"),
    "After the events are cleared, which it adds to.",
)
GO_DARK = System(ailments.go_dark, _FAIL, "With the other faults: before anybody comes back.")
REASSIGN = System(
    lifecycle.reassign,
    ("success", "task", "task_zone", "task_priority", "churn"),
    "After the return, which event tells.",
)
CARRY_OUT = System(
    ailments.carry_out,
    ("stale", "kept", "action"),
    "Before the first system that reads the action.",
)
RESPAWN = System(
    lifecycle.respawn,
    (*_FAIL, *_FORGET, "x", "y", "z", "fatigue", "incarnation", "churn"),
    "After the move: who starts now acts from the next tick on.",
)
DESTROY = System(
    lifecycle.destroy,
    (
        *("docket", "health", "cargo", *_FORGET, "vx", "vy", "vz", "event"),
        *("ailment", "ailment_until", "outcast", "outcasts", "churn"),
    ),
    "When all who were found out are listed, while they are in the region's lists.",
)
CLEAR_REGION = System(outages.clear_region_outage, _REGION_OUTAGE, "All regions are up.")
CLEAR_HOSTS = System(outages.clear_host_outages, _HOST_OUTAGE, "All hosts are up.")
CLEAR_CHURN = System(
    lifecycle.clear_churn,
    ("churn", "struck", "outcast", "outcasts", "docket"),
    "Nobody has been destroyed.",
)
CLEAR_AILMENT = System(
    ailments.clear_ailment,
    (
        *("ailment", "ailment_until", "stale", "kept", "fault_at", "faults_drawn"),
        "incarnation",
    ),
    "After the workers have been placed.",
)
INJECT = Pass(
    "inject",
    Unit.WORLD,
    (System(ailments.strike_listed, _AIL, "From outside, between two ticks."),),
)


def planned_of(config: HiveConfig) -> list[PlannedFault]:
    """Return the planned faults of workers, by tick."""
    found = [one for one in config.forage.failing.schedule if one.level == "worker"]
    return sorted(found, key=lambda one: one.tick)


def has_kinds(config: HiveConfig) -> bool:
    """Return whether workers have more than the task's own faults, and so ailments are kept."""
    return not config.forage.failing.workers.plain or bool(planned_of(config))


def replacements(config: HiveConfig) -> int:
    """Return how many replacements each place of a worker can have."""
    return config.forage.failing.workers.reserve if has_kinds(config) else 0


def numbers_of(config: HiveConfig) -> dict[str, int | float]:
    """Return the constants.

    Raises
    ------
    ConfigError
        When ids of replacements would need more than 32 bits, or the task's mean time to a fault
        is too long for faults of several kinds.
    """
    forage, faults = config.forage, config.forage.failing.workers
    kinds = has_kinds(config)
    mean = forage.fault_mean_ticks if faults.mean_ticks is None else faults.mean_ticks
    need(
        not kinds or mean <= LONGEST,
        "mean_ticks",
        f"at most {LONGEST:,} ticks where faults have kinds",
        mean,
    )
    ids = config.size.workers * (1 + replacements(config))
    need(ids < 1 << 32, "reserve", "fewer than 2**32 workers and replacements in all", f"{ids:,}")
    return {
        "kinds": int(kinds),
        "fault_mean_ticks": 0 if kinds else forage.fault_mean_ticks,
        "worker_fault_mean": instants(weibull_scale(mean, faults.shape)) if kinds else 0,
        "worker_inverse_shape": round(65536 / faults.shape),
        "worker_kill": round(faults.kill * 65536),
        "worker_delay": round(faults.delay * 65536),
        "worker_corruption": round(faults.corruption * 65536),
        "worker_delay_mean": instants(faults.delay_mean),
        "worker_corruption_mean": instants(faults.corruption_mean),
        "lag": faults.lag,
        "worker_garble": int(faults.garble),
        "spawn_ticks": faults.spawn_ticks,
        "reserve": replacements(config),
        "planned_faults": int(bool(planned_of(config))),
        "fault_kind": 0,
        **outage_numbers(forage.failing.outages),
    }


def outage_numbers(config: Outages) -> dict[str, int | float]:
    """Return the constants of outages."""
    by_region, by_host = config.region_mean > 0, config.host_mean > 0
    return {
        "outages": int(by_region or by_host),
        "region_outages": int(by_region),
        "host_outages": int(by_host),
        "region_outage_mean": instants(config.region_mean),
        "host_outage_mean": instants(config.host_mean),
        "outage_length": instants(config.length),
        "outage_share": round(config.share * 65536),
        "hosts": config.hosts,
    }


def statics_of(config: HiveConfig) -> dict[str, Array]:
    """Return the contents of the static columns."""
    planned = planned_of(config)
    return {
        "planned_tick": np.array([one.tick for one in planned], np.int32),
        "planned_worker": np.array([one.seat for one in planned], np.uint32),
        "planned_kind": np.array([one.kind for one in planned], np.uint8),
    }


def lengths_of(config: HiveConfig) -> dict[str, int]:
    """Return the lengths of the letters."""
    faults, size = config.forage.failing, config.size
    kinds = has_kinds(config)
    return {
        "e": size.workers if kinds else 0,
        "j": size.regions if kinds or faults.partitions is not None else 0,
        "y": size.regions if faults.outages.region_mean > 0 else 0,
        "w": int(faults.outages.host_mean > 0),
        "h": faults.outages.hosts,
        "i": len(planned_of(config)),
    }


def inspect(saved: Mapping[str, Array], lengths: Mapping[str, int]) -> None:
    """Raise `SnapshotError` for values that cannot be."""
    for name, letter, limit in (
        ("ailment", "e", int(Condition.CORRUPT)),
        ("outcasts", "j", ailments.DOCKET),
    ):
        if lengths[letter] and int(saved[name].max()) > limit:
            raise SnapshotError(f"snapshot: column {name!r} has values above {limit}.")
