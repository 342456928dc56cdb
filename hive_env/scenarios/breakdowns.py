"""Columns, passes and numbers of the faults of workers, and of outages."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hive_env.config import HiveConfig
from hive_env.ecs import Column, Kind, Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.faults import Outages
from hive_env.scenarios.offices import instants
from hive_env.systems import outages

OUTPUT = Kind.OUTPUT

_REGION_OUTAGE = ("region_out", "region_hit", "region_turn", "region_changes")
_HOST_OUTAGE = ("host_out", "host_hit", "host_turn", "host_changes")

COLUMNS: tuple[Column, ...] = (
    Column("region_out", np.uint8, "R", "", "1 while the region has an outage.", OUTPUT),
    Column("region_hit", np.uint8, "R", "", "1 in the tick in which one begins.", OUTPUT),
    Column("region_turn", np.int64, "y", "1/65536 tick", "When that changes next."),
    Column("region_changes", np.uint32, "y", "changes", "How often it has; odd: it is out."),
    Column("host_out", np.uint8, "W,h", "", "1 while the host has an outage.", OUTPUT),
    Column("host_hit", np.uint8, "W,h", "", "1 in the tick in which one begins.", OUTPUT),
    Column("host_turn", np.int64, "w,h", "1/65536 tick", "When that changes next."),
    Column("host_changes", np.uint32, "w,h", "changes", "How often it has; odd: it is out."),
)
"""What breakdowns are made of. Outages are 0 throughout where there are none."""

OUTAGES = (
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
)
"""Which regions and hosts are out in a tick: before offices and workers are struck by it."""

CLEAR_REGION = System(outages.clear_region_outage, _REGION_OUTAGE, "All regions are up.")
CLEAR_HOSTS = System(outages.clear_host_outages, _HOST_OUTAGE, "All hosts are up.")


def numbers_of(config: HiveConfig) -> dict[str, int | float]:
    """Return the constants."""
    return outage_numbers(config.forage.failing.outages)


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
    return {}


def lengths_of(config: HiveConfig) -> dict[str, int]:
    """Return the lengths of the letters."""
    outages = config.forage.failing.outages
    return {
        "y": config.size.regions if outages.region_mean > 0 else 0,
        "w": int(outages.host_mean > 0),
        "h": outages.hosts,
    }


def inspect(saved: Mapping[str, Array], lengths: Mapping[str, int]) -> None:
    """Raise `SnapshotError` for values that cannot be."""
