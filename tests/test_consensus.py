"""What consensus may be, and what is refused."""

from __future__ import annotations

import math

import pytest

from hive_env.consensus import PEERS, Consensus
from hive_env.errors import ConfigError

WRONG = [
    *[("peers", peers) for peers in (0, 1, 2, 4, 9, 3.0, True, None)],
    *[("quorum", quorum) for quorum in (4, 3, 1, 0, 2.0, True)],
    *[("message_loss", loss) for loss in (-0.1, 1.1, math.nan, "much")],
    *[("message_delay", delay) for delay in (-1, 0.5)],
    *[("message_jitter", jitter) for jitter in (-1, None)],
    *[("heartbeat_ticks", ticks) for ticks in (0, -1, 2.5)],
    *[("election_ticks", ticks) for ticks in (0, 6, 4, 9.5)],
]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=str)
def test_what_no_consensus_can_be_is_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=rf"^consensus.{name}"):
        Consensus(**{name: value})


def test_a_candidate_waits_for_longer_than_a_heartbeat_and_a_message_there_and_back():
    assert Consensus(heartbeat_ticks=4, message_delay=0, election_ticks=7).round_trip == 2
    with pytest.raises(ConfigError, match="more than 12"):
        Consensus(heartbeat_ticks=4, message_delay=3, message_jitter=1, election_ticks=12)


@pytest.mark.parametrize("peers", PEERS)
def test_a_quorum_is_more_than_half_of_all_peers(peers):
    assert Consensus(peers, quorum=peers // 2 + 1).quorum == peers // 2 + 1
    for quorum in (peers // 2, peers // 2 + 2, peers + 1):
        with pytest.raises(ConfigError, match="quorum"):
            Consensus(peers, quorum=quorum)
