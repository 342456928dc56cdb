"""One peer of a Raft group: what it does with a message, an alarm, a proposal and a failure.

The rules are those of Ongaro and Ousterhout, *In Search of an Understandable Consensus Algorithm*
(USENIX ATC 2014), figures 2 and 13, on arrays. They know neither time nor chance: a peer writes
messages into slots, and who delivers them, when and whether at all, is the caller's. So the tick
of a world, random schedules and an exhaustive exploration all run this one text.

Of all its columns a peer keeps ``election_term``, ``voted_for`` and its log through a failure.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from hive_env.random import rule
from hive_env.systems.raft_log import add_entry, commit_to, has_room, store
from hive_env.systems.raft_messages import Mail, MailField, write


class Rank(IntEnum):
    """What a peer is in its election term."""

    FOLLOWER = 0
    CANDIDATE = 1
    LEADER = 2


_FOLLOWER, _CANDIDATE, _LEADER = (int(rank) for rank in Rank)
_NONE, _ASK_VOTE, _VOTE, _APPEND, _ACK, _SNAPSHOT = (int(kind) for kind in Mail)
_KIND, _, _DUE, _TERM, _INDEX, _MARK, _ENTRY_TERM, _ENTRY_VALUE, _COMMIT = (
    int(place) for place in MailField
)


@rule
def quorum(bits, peers):
    """Whether a set of peers, bit by bit, is more than half of all peers, up or not."""
    count = np.int64(0)
    for peer in range(peers):
        count += (bits >> peer) & 1
    return 2 * count > peers


@rule
def retire(office, peer, peer_rank, peer_votes, peer_due):
    """Make a peer a follower; one that led needs a deadline anew."""
    if peer_rank[office, peer] == _LEADER:
        peer_due[office, peer] = 0
    peer_rank[office, peer] = _FOLLOWER
    peer_votes[office, peer] = 0


@rule
def replicate(
    office, peer, to, election_term, commit_index, log_base, log_last, log_term, log_value,
    next_index, mail,
):  # fmt: skip
    """Write to one peer the entry that a leader believes it lacks, else a heartbeat.

    What has been forgotten goes as a snapshot.
    """
    slots = log_term.shape[2]
    base = np.int64(log_base[office, peer])
    before = np.int64(next_index[office, peer, to]) - 1
    if before < base:
        mark = log_term[office, peer, base % slots]
        write(office, peer, to, _SNAPSHOT, base, mark, election_term, mail)
        mail[office, peer, to, _ENTRY_VALUE] = log_value[office, peer, base % slots]
        return
    mark = log_term[office, peer, before % slots]
    write(office, peer, to, _APPEND, before, mark, election_term, mail)
    mail[office, peer, to, _COMMIT] = commit_index[office, peer]
    if before < log_last[office, peer]:
        place = (before + 1) % slots
        mail[office, peer, to, _ENTRY_TERM] = log_term[office, peer, place]
        mail[office, peer, to, _ENTRY_VALUE] = log_value[office, peer, place]


@rule
def broadcast(
    office, peer, election_term, commit_index, log_base, log_last, log_term, log_value,
    next_index, mail,
):  # fmt: skip
    """Write to every other peer what a leader believes it lacks."""
    for to in range(election_term.shape[1]):
        if to != peer:
            replicate(
                office, peer, to, election_term, commit_index, log_base, log_last, log_term,
                log_value, next_index, mail,
            )  # fmt: skip


@rule
def stand(
    office, peer, election_term, voted_for, peer_rank, peer_votes, peer_due, log_last, log_term,
    mail,
):  # fmt: skip
    """Begin an election: a new election term, a vote for oneself, and a request to all others."""
    election_term[office, peer] += 1
    voted_for[office, peer] = 1 + peer
    peer_rank[office, peer] = _CANDIDATE
    peer_votes[office, peer] = np.int64(1) << peer
    peer_due[office, peer] = 0
    last = np.int64(log_last[office, peer])
    mark = log_term[office, peer, last % log_term.shape[2]]
    for to in range(election_term.shape[1]):
        if to != peer:
            write(office, peer, to, _ASK_VOTE, last, mark, election_term, mail)


@rule
def lead(
    office, peer, election_term, peer_rank, peer_due, commit_index, log_base, log_last, log_term,
    log_value, next_index, match_index, mail,
):  # fmt: skip
    """Take the lead: add an entry of the new election term and tell everyone.

    Entries of earlier election terms are committed through this one. It repeats the last value,
    so it does not change the register.
    """
    peer_rank[office, peer] = _LEADER
    peer_due[office, peer] = 0
    last = np.int64(log_last[office, peer])
    for to in range(election_term.shape[1]):
        next_index[office, peer, to] = last + 1
        match_index[office, peer, to] = 0
    if has_room(office, peer, 0, commit_index, log_base, log_last, log_term):
        value = log_value[office, peer, last % log_term.shape[2]]
        term = election_term[office, peer]
        add_entry(office, peer, term, value, log_last, log_term, log_value)
    match_index[office, peer, peer] = log_last[office, peer]
    broadcast(
        office, peer, election_term, commit_index, log_base, log_last, log_term, log_value,
        next_index, mail,
    )  # fmt: skip


@rule
def propose(
    office, peer, value, election_term, peer_rank, commit_index, log_base, log_last, log_term,
    log_value, next_index, match_index, mail,
):  # fmt: skip
    """Give a leader a value to add to the log: 1 if it took it, else 0.

    It refuses when less than a quarter of the window would stay free: those places are for the
    first entries of leaders to come, without which nothing old can be committed.
    """
    spare = log_term.shape[2] // 4
    if peer_rank[office, peer] != _LEADER or not has_room(
        office, peer, spare, commit_index, log_base, log_last, log_term
    ):
        return np.int64(0)
    term = election_term[office, peer]
    add_entry(office, peer, term, value, log_last, log_term, log_value)
    match_index[office, peer, peer] = log_last[office, peer]
    broadcast(
        office, peer, election_term, commit_index, log_base, log_last, log_term, log_value,
        next_index, mail,
    )  # fmt: skip
    return np.int64(1)


@rule
def fail_peer(
    office, peer, peer_rank, peer_votes, peer_due, commit_index, log_base, next_index, match_index
):
    """Lose what a peer keeps in memory. Its election term, its vote and its log stay."""
    peer_rank[office, peer] = _FOLLOWER
    peer_votes[office, peer] = 0
    peer_due[office, peer] = 0
    commit_index[office, peer] = log_base[office, peer]
    for to in range(next_index.shape[2]):
        next_index[office, peer, to] = 0
        match_index[office, peer, to] = 0


@rule
def alarm(
    office, peer, election_term, voted_for, peer_rank, peer_votes, peer_due, commit_index,
    log_base, log_last, log_term, log_value, next_index, mail,
):  # fmt: skip
    """When a peer's time is up: a leader sends heartbeats, anyone else stands for election."""
    if peer_rank[office, peer] == _LEADER:
        peer_due[office, peer] = 0
        broadcast(
            office, peer, election_term, commit_index, log_base, log_last, log_term, log_value,
            next_index, mail,
        )  # fmt: skip
    else:
        stand(
            office, peer, election_term, voted_for, peer_rank, peer_votes, peer_due, log_last,
            log_term, mail,
        )  # fmt: skip


@rule
def on_ask_vote(
    office, sender, peer, term, index, mark, election_term, voted_for, peer_due, log_last,
    log_term, mail,
):  # fmt: skip
    """Vote at most once in an election term, and only for a log no older than one's own."""
    last = np.int64(log_last[office, peer])
    mine = np.int64(log_term[office, peer, last % log_term.shape[2]])
    vote = np.int64(voted_for[office, peer])
    granted = np.int64(0)
    if (
        term == election_term[office, peer]
        and (vote == 0 or vote == 1 + sender)
        and (mark > mine or (mark == mine and index >= last))
    ):
        voted_for[office, peer] = 1 + sender
        peer_due[office, peer] = 0
        granted = np.int64(1)
    write(office, peer, sender, _VOTE, granted, 0, election_term, mail)


@rule
def on_vote(
    office, sender, peer, term, granted, election_term, peer_rank, peer_votes, peer_due,
    commit_index, log_base, log_last, log_term, log_value, next_index, match_index, mail,
):  # fmt: skip
    """Count a vote; the one that makes a quorum makes a leader."""
    if peer_rank[office, peer] != _CANDIDATE or term != election_term[office, peer] or not granted:
        return
    votes = np.int64(peer_votes[office, peer]) | (np.int64(1) << sender)
    peer_votes[office, peer] = votes
    if quorum(votes, election_term.shape[1]):
        lead(
            office, peer, election_term, peer_rank, peer_due, commit_index, log_base, log_last,
            log_term, log_value, next_index, match_index, mail,
        )  # fmt: skip


@rule
def on_append(
    office, sender, peer, index, mark, entry_term, value, commit, election_term, commit_index,
    log_base, log_last, log_term, log_value, mail,
):  # fmt: skip
    """Follow a leader's log, if one's own holds the entry before.

    What a peer has forgotten was committed, and so is the leader's too.
    """
    last = np.int64(log_last[office, peer])
    held = index < log_base[office, peer] or (
        index <= last and log_term[office, peer, index % log_term.shape[2]] == mark
    )
    if not held:
        write(office, peer, sender, _ACK, min(last, index - 1), 0, election_term, mail)
        return
    # What the leader has committed may be forgotten: a full log makes room by it.
    commit_to(office, peer, min(commit, index), commit_index, log_base, log_term)
    known = index
    if entry_term > 0:
        known = store(
            office, peer, index, entry_term, value, commit_index, log_base, log_last, log_term,
            log_value,
        )  # fmt: skip
        commit_to(office, peer, min(commit, known), commit_index, log_base, log_term)
    write(office, peer, sender, _ACK, known, 1, election_term, mail)


@rule
def on_snapshot(
    office, sender, peer, index, mark, value, election_term, commit_index, log_base, log_last,
    log_term, log_value, mail,
):  # fmt: skip
    """Take over what the leader no longer holds as entries, unless one has it all."""
    place = index % log_term.shape[2]
    if index > commit_index[office, peer]:
        if index > log_last[office, peer] or log_term[office, peer, place] != mark:
            log_base[office, peer] = index
            log_last[office, peer] = index
            log_term[office, peer, place] = mark
            log_value[office, peer, place] = value
        commit_to(office, peer, index, commit_index, log_base, log_term)
    write(office, peer, sender, _ACK, index, 1, election_term, mail)


@rule
def commit_held(
    office, peer, election_term, commit_index, log_base, log_last, log_term, match_index
):
    """Commit what enough peers hold: of the leader's own election term, a quorum.

    Entries of earlier election terms go with it, or when every peer holds them. The second way
    is for a window filled by leaders none of whom could commit: it has no room for another.
    """
    peers = election_term.shape[1]
    own = np.int64(election_term[office, peer])
    index = np.int64(log_last[office, peer])
    while index > commit_index[office, peer]:
        bits = np.int64(0)
        for other in range(peers):
            if match_index[office, peer, other] >= index:
                bits |= np.int64(1) << other
        entry_term = np.int64(log_term[office, peer, index % log_term.shape[2]])
        if (quorum(bits, peers) and entry_term == own) or bits == (np.int64(1) << peers) - 1:
            commit_to(office, peer, index, commit_index, log_base, log_term)
        index -= 1


@rule
def on_ack(
    office, sender, peer, term, index, held, election_term, peer_rank, commit_index, log_base,
    log_last, log_term, log_value, next_index, match_index, mail,
):  # fmt: skip
    """Learn how much of its log a follower holds, commit by it, and send what is missing."""
    if peer_rank[office, peer] != _LEADER or term != election_term[office, peer]:
        return
    match = np.int64(match_index[office, peer, sender])
    if held:
        match = max(match, index)
        match_index[office, peer, sender] = match
        next_index[office, peer, sender] = match + 1
        commit_held(
            office, peer, election_term, commit_index, log_base, log_last, log_term, match_index
        )
        if match >= log_last[office, peer]:
            return
    else:
        following = min(np.int64(next_index[office, peer, sender]) - 1, index + 1)
        next_index[office, peer, sender] = max(match + 1, following)
    replicate(
        office, peer, sender, election_term, commit_index, log_base, log_last, log_term,
        log_value, next_index, mail,
    )  # fmt: skip


@rule
def receive(
    office, sender, peer, election_term, voted_for, peer_rank, peer_votes, peer_due, commit_index,
    log_base, log_last, log_term, log_value, next_index, match_index, mail,
):  # fmt: skip
    """Take the message in the slot from one peer to another, and do what it asks for.

    A peer writes only into the slots of messages that it sends itself.
    """
    kind = np.int64(mail[office, sender, peer, _KIND])
    term = np.int64(mail[office, sender, peer, _TERM])
    index = np.int64(mail[office, sender, peer, _INDEX])
    mark = np.int64(mail[office, sender, peer, _MARK])
    entry_term = np.int64(mail[office, sender, peer, _ENTRY_TERM])
    value = np.int64(mail[office, sender, peer, _ENTRY_VALUE])
    commit = np.int64(mail[office, sender, peer, _COMMIT])
    mail[office, sender, peer, _KIND] = _NONE
    mail[office, sender, peer, _DUE] = 0
    if term > election_term[office, peer]:
        election_term[office, peer] = term
        voted_for[office, peer] = 0
        retire(office, peer, peer_rank, peer_votes, peer_due)
    if kind == _ASK_VOTE:
        on_ask_vote(
            office, sender, peer, term, index, mark, election_term, voted_for, peer_due, log_last,
            log_term, mail,
        )  # fmt: skip
    elif kind == _VOTE:
        on_vote(
            office, sender, peer, term, index, election_term, peer_rank, peer_votes, peer_due,
            commit_index, log_base, log_last, log_term, log_value, next_index, match_index, mail,
        )  # fmt: skip
    elif kind == _ACK:
        on_ack(
            office, sender, peer, term, index, mark, election_term, peer_rank, commit_index,
            log_base, log_last, log_term, log_value, next_index, match_index, mail,
        )  # fmt: skip
    elif term < election_term[office, peer]:
        write(office, peer, sender, _ACK, 0, 0, election_term, mail)
    else:
        retire(office, peer, peer_rank, peer_votes, peer_due)
        peer_due[office, peer] = 0
        if kind == _APPEND:
            on_append(
                office, sender, peer, index, mark, entry_term, value, commit, election_term,
                commit_index, log_base, log_last, log_term, log_value, mail,
            )  # fmt: skip
        else:
            on_snapshot(
                office, sender, peer, index, mark, value, election_term, commit_index, log_base,
                log_last, log_term, log_value, mail,
            )  # fmt: skip
