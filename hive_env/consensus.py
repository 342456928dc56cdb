"""How an office agrees on a decision before it gives an order: Raft among its deciders."""

from __future__ import annotations

from dataclasses import dataclass

from hive_env.checks import need, need_integer, need_number

PEERS = (3, 5, 7)
"""Numbers of peers that an office may have."""


@dataclass(frozen=True)
class Consensus:
    """Raft among the members of an office's role ``decide``. Times are in ticks.

    Parameters
    ----------
    peers : int
        Members of the role ``decide``, which are the peers: 3, 5 or 7.
    quorum : int, optional
        Peers who must agree. Raft's is the majority: None, or that number.
    election_ticks : int
        A peer that hears no leader stands for election after a uniform time from this to less
        than twice this. Above ``heartbeat_ticks`` and a message there and back.
    heartbeat_ticks : int
        Time between the heartbeats of a leader.
    message_loss : float
        Chance that a message is lost, 0 to 1.
    message_delay, message_jitter : int
        A message takes the first and, uniformly, up to the second more; at least one tick.
    """

    peers: int = 3
    quorum: int | None = None
    election_ticks: int = 12
    heartbeat_ticks: int = 4
    message_loss: float = 0.0
    message_delay: int = 1
    message_jitter: int = 0

    @property
    def round_trip(self) -> int:
        """Ticks that a message there and one back take at most."""
        return 2 * max(1, self.message_delay + self.message_jitter)

    def __post_init__(self) -> None:
        whole = isinstance(self.peers, int) and not isinstance(self.peers, bool)
        need(whole and self.peers in PEERS, "consensus.peers", "3, 5 or 7", self.peers)
        majority = self.peers // 2 + 1
        if self.quorum is not None:
            whole = isinstance(self.quorum, int) and not isinstance(self.quorum, bool)
            expected = f"None, or the majority of {self.peers} peers: {majority}"
            need(whole and self.quorum == majority, "consensus.quorum", expected, self.quorum)
        need_integer(self.heartbeat_ticks, "consensus.heartbeat_ticks", 1, 1 << 16)
        need_integer(self.message_delay, "consensus.message_delay", 0, 1 << 16)
        need_integer(self.message_jitter, "consensus.message_jitter", 0, 1 << 16)
        need_number(self.message_loss, "consensus.message_loss", 0.0, 1.0)
        need_integer(self.election_ticks, "consensus.election_ticks", 1, 1 << 20)
        least = self.heartbeat_ticks + self.round_trip
        need(
            self.election_ticks > least,
            "consensus.election_ticks",
            f"more than {least}, a heartbeat and a message there and back: else nobody leads",
            self.election_ticks,
        )
