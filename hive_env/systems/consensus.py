"""Consensus among the deciders of an office: who of them is up, and what they have agreed on."""

from __future__ import annotations

from hive_env.enums import Condition
from hive_env.random import rule
from hive_env.systems.raft import decision_of, reset_raft

_DOWN = int(Condition.DOWN)


@rule
def mirror_members(office, decide_first, member_condition, peer_up):
    """Let each Raft peer be up as the member is that it is: the n-th of those who decide.

    Raft bears peers that are down. A slow one answers as the others do, and a corrupt one does not
    lie to them: what such a member does to the order is not the protocol's.
    """
    for peer in range(peer_up.shape[1]):
        peer_up[office, peer] = member_condition[office, decide_first + peer] < _DOWN


@rule
def open_consensus(
    office, consensus, proposal, election_term, voted_for, peer_rank, peer_votes, peer_due,
    peer_awake, commit_index, log_base, log_last, log_term, log_value, next_index, match_index,
    mail, raft_wake, raft_heard,
):  # fmt: skip
    """Begin an episode with nothing proposed, said or agreed."""
    if consensus == 0:
        return
    proposal[office] = 0
    reset_raft(
        office, election_term, voted_for, peer_rank, peer_votes, peer_due, peer_awake,
        commit_index, log_base, log_last, log_term, log_value, next_index, match_index, mail,
        raft_wake, raft_heard,
    )  # fmt: skip


@rule
def is_agreed(office, consensus, number, peer_rank, commit_index, log_value):
    """Whether an office may issue the order of a decision: its leader has committed it.

    Always where there is no consensus.

    Parameters
    ----------
    consensus : int
        1 where the offices have consensus, else 0; then the columns have no rows.
    number : int
        Number of the decision.
    """
    if consensus == 0:
        return True
    return decision_of(office, peer_rank, commit_index, log_value) >= number
