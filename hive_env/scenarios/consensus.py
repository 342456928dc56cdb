"""Columns, passes and numbers of offices that agree before they give an order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hive_env.consensus import Consensus
from hive_env.ecs import Column, Kind, Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.errors import SnapshotError
from hive_env.offices import OfficeConfig, own_roles
from hive_env.systems import consensus, raft
from hive_env.systems.raft import LOG_SLOTS, RAFT_COLUMNS
from hive_env.systems.raft_peers import Rank

COLUMNS = (
    Column("proposal", np.int32, "Y", "decision", "Latest that the office wants; never falls."),
    Column("peer_up", np.uint8, "Y,a", "0 or 1", "Whether the peer's member is up.", Kind.DERIVED),
    Column("peer_link", np.uint8, "Y,a", "bits", "Whom a peer's messages reach.", Kind.STATIC),
    *RAFT_COLUMNS,
)
"""What the consensus of offices is made of."""

_RAFT = tuple(column.name for column in RAFT_COLUMNS)

CONSENSUS = Pass(
    "consensus",
    Unit.OFFICE,
    (
        System(consensus.mirror_members, ("peer_up",), "After faults and returns of the tick."),
        System(
            raft.raft_tick,
            _RAFT,
            "After the conditions of members, and after the orders, which propose.",
        ),
    ),
    when="consensus",
)
OPEN = Pass(
    "open_consensus",
    Unit.OFFICE,
    (System(consensus.open_consensus, ("proposal", *_RAFT), "Nothing has been agreed on."),),
)


def numbers_of(config: OfficeConfig, count: int) -> dict[str, int | float]:
    """Return the constants, of so many offices a world; ``consensus`` 0 where there is none."""
    timing = config.consensus or Consensus()
    names = [role.name for role in config.roles]
    decide = names.index("decide") if "decide" in names else -1
    return {
        "consensus": int(config.consensus is not None and count > 0),
        "decide_first": own_roles(config).index(decide) if decide >= 0 else 0,
        "election_ticks": timing.election_ticks,
        "heartbeat_ticks": timing.heartbeat_ticks,
        "message_loss": round(timing.message_loss * 65536),
        "message_delay": timing.message_delay,
        "message_jitter": timing.message_jitter,
    }


def statics_of(config: OfficeConfig) -> dict[str, Array]:
    """Return the contents of the static columns: all peers are linked."""
    peers = config.consensus.peers if config.consensus is not None else 0
    return {"peer_link": np.full(peers, (1 << peers) - 1)}


def lengths_of(config: OfficeConfig, count: int) -> dict[str, int]:
    """Return the lengths of the letters, of so many offices a world."""
    on = config.consensus is not None and count > 0
    peers = config.consensus.peers if config.consensus is not None else 0
    return {"Y": count if on else 0, "a": peers, "b": LOG_SLOTS}


def inspect(saved: Mapping[str, Array], lengths: Mapping[str, int]) -> None:
    """Raise `SnapshotError` for values that cannot be."""
    ranks = int(saved["peer_rank"].max(initial=0))
    if ranks > max(Rank):
        raise SnapshotError(f"snapshot: column 'peer_rank' has values above {int(max(Rank))}.")
    base, last = saved["log_base"], saved["log_last"]
    commit = saved["commit_index"]
    window = (base >= 0) & (base <= commit) & (commit <= last) & (last - base < lengths["b"])
    if not window.all():
        raise SnapshotError(
            "snapshot: expected log_base <= commit_index <= log_last < log_base + "
            f"{lengths['b']} of every peer."
        )
