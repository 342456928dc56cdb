"""Replicated offices: the network between Raft peers, their clocks, and the tick of an office.

What a peer does is in `hive_env.systems.raft_peers`. Here a message is lost or takes its time, a
peer's deadlines are drawn, peers fail and come back, and an office's proposal reaches whoever
leads. Every draw is a function of (office, peer or pair of peers, tick), so neither the order of
offices nor what is decided in them changes what befalls a message.
"""

from __future__ import annotations

import numpy as np

from hive_env.ecs.columns import Column
from hive_env.enums import Stream
from hive_env.random import below, draw, rule
from hive_env.systems.raft_messages import MailField
from hive_env.systems.raft_peers import Rank, alarm, fail_peer, propose, receive

LOG_SLOTS = 8
"""Entries that a peer's log holds, by default; at least four."""

_STREAM = int(Stream.CONSENSUS)
_LEADER = int(Rank.LEADER)
_KIND, _FRESH, _DUE = int(MailField.KIND), int(MailField.FRESH), int(MailField.DUE)
_NEVER = np.iinfo(np.int32).max


RAFT_COLUMNS = (
    Column("election_term", np.int32, "Y,a", "election term", "The latest that a peer has seen."),
    Column("voted_for", np.uint8, "Y,a", "peer + 1", "Whom it voted for in that; 0: nobody."),
    Column("peer_rank", np.uint8, "Y,a", "Rank", "Follower, candidate or leader."),
    Column("peer_votes", np.uint8, "Y,a", "bits", "Who voted for a candidate."),
    Column("peer_due", np.int32, "Y,a", "tick", "Next heartbeat or candidacy; 0: not set."),
    Column("peer_awake", np.uint8, "Y,a", "0 or 1", "Whether it was up in the last tick."),
    Column("commit_index", np.int32, "Y,a", "index", "Last entry that it knows is committed."),
    Column("log_base", np.int32, "Y,a", "index", "First entry that it holds: the snapshot."),
    Column("log_last", np.int32, "Y,a", "index", "Last entry that it holds."),
    Column("log_term", np.int32, "Y,a,b", "election term", "Of the entries, at index modulo b."),
    Column("log_value", np.int32, "Y,a,b", "decision", "Value of the entries."),
    Column("next_index", np.int32, "Y,a,a", "index", "Entry that a leader sends next, by peer."),
    Column("match_index", np.int32, "Y,a,a", "index", "Last entry known to be held, by peer."),
    Column("mail", np.int32, "Y,a,a,9", "MailField", "Message on its way, by sender and receiver."),
    Column("raft_wake", np.int32, "Y", "tick", "Before this nothing is due in the office."),
    Column("raft_heard", np.int32, "Y", "decision", "Proposal that its leaders were last told."),
)
"""What the consensus of offices is made of."""


@rule
def reset_raft(
    office, election_term, voted_for, peer_rank, peer_votes, peer_due, peer_awake, commit_index,
    log_base, log_last, log_term, log_value, next_index, match_index, mail, raft_wake, raft_heard,
):  # fmt: skip
    """Forget everything: a new office, whose peers start in the next tick."""
    raft_wake[office] = 0
    raft_heard[office] = 0
    for peer in range(election_term.shape[1]):
        election_term[office, peer] = 0
        voted_for[office, peer] = 0
        peer_awake[office, peer] = 0
        log_base[office, peer] = 0
        log_last[office, peer] = 0
        fail_peer(
            office, peer, peer_rank, peer_votes, peer_due, commit_index, log_base, next_index,
            match_index,
        )  # fmt: skip
        for place in range(log_term.shape[2]):
            log_term[office, peer, place] = 0
            log_value[office, peer, place] = 0
        for to in range(election_term.shape[1]):
            for field in range(mail.shape[3]):
                mail[office, peer, to, field] = 0


@rule
def post(
    office, sender, to, seed, episode, tick, entity, message_loss, message_delay, message_jitter,
    peer_link, mail,
):  # fmt: skip
    """Send what was written in this tick: lose it, or set when it arrives, in the next at least."""
    words = draw(seed, episode, tick, _STREAM, entity)
    mail[office, sender, to, _FRESH] = 0
    linked = (np.int64(peer_link[office, sender]) >> to) & 1
    if not linked or (words[0] & 0xFFFF) < message_loss:
        mail[office, sender, to, _KIND] = 0
        mail[office, sender, to, _DUE] = 0
        return
    due = tick + message_delay + below(words[1], message_jitter + 1)
    waiting = np.int64(mail[office, sender, to, _DUE])
    if waiting > 0:
        due = min(due, waiting)
    mail[office, sender, to, _DUE] = max(due, np.int64(tick) + 1)


@rule
def settle(
    office, seed, episode, tick, offices, election_ticks, heartbeat_ticks, message_loss,
    message_delay, message_jitter, peer_link, peer_awake, peer_rank, peer_due, raft_wake, mail,
):  # fmt: skip
    """Send what was written, set the deadlines that are not, and find the next tick to wake in."""
    peers = peer_awake.shape[1]
    first = (office % offices) * peers * peers
    wake = np.int64(_NEVER)
    for peer in range(peers):
        for to in range(peers):
            if mail[office, peer, to, _FRESH]:
                post(
                    office, peer, to, seed, episode, tick, first + peer * peers + to,
                    message_loss, message_delay, message_jitter, peer_link, mail,
                )  # fmt: skip
            if mail[office, peer, to, _KIND]:
                wake = min(wake, np.int64(mail[office, peer, to, _DUE]))
        if peer_awake[office, peer]:
            if peer_due[office, peer] == 0 and peer_rank[office, peer] == _LEADER:
                peer_due[office, peer] = tick + heartbeat_ticks
            elif peer_due[office, peer] == 0:
                word = draw(seed, episode, tick, _STREAM, first + peer * peers + peer)[0]
                peer_due[office, peer] = tick + election_ticks + below(word, election_ticks)
            wake = min(wake, np.int64(peer_due[office, peer]))
    raft_wake[office] = wake


@rule
def calm(office, tick, proposal, peer_up, peer_awake, raft_wake, raft_heard):
    """Whether nothing is due in an office, nobody failed or came back, nothing is proposed anew."""
    if tick >= raft_wake[office] or proposal[office] != raft_heard[office]:
        return False
    for peer in range(peer_awake.shape[1]):
        if peer_up[office, peer] != peer_awake[office, peer]:
            return False
    return True


@rule
def raft_tick(
    office, seed, episode, tick, offices, election_ticks, heartbeat_ticks, message_loss,
    message_delay, message_jitter, proposal, peer_up, peer_link, election_term, voted_for,
    peer_rank, peer_votes, peer_due, peer_awake, commit_index, log_base, log_last, log_term,
    log_value, next_index, match_index, mail, raft_wake, raft_heard,
):  # fmt: skip
    """One tick of the consensus of an office.

    Peers fail and start; messages that are due arrive, receiver by receiver, each sender's in
    turn; alarms ring; leaders take the office's proposal; what was written is sent.

    Parameters
    ----------
    office : int
        Row of the office.
    offices : int
        Offices of one world.
    election_ticks : int
        A follower that hears no leader stands for election after a uniform time from this to
        twice this, ticks. To elect anyone it must exceed ``heartbeat_ticks`` and a message there
        and back.
    heartbeat_ticks : int
        Ticks between the heartbeats of a leader.
    message_loss : int
        Probability that a message is lost, in 1/65536.
    message_delay, message_jitter : int
        A message takes ``message_delay`` ticks and up to ``message_jitter`` more, uniform; at
        least one.
    proposal : integer array [Y]
        Number of the latest decision that the office wants committed; 0 for none. It never falls
        within an episode. Every leader takes it whose log does not hold it, so a proposal that a
        failed leader lost is made again.
    peer_up : uint8 array [Y, a]
        1 where the member that is this peer is up.
    peer_link : unsigned integer array [Y, a]
        Bit b of element a: what peer a sends now reaches peer b. What is on its way arrives.
    """
    if calm(office, tick, proposal, peer_up, peer_awake, raft_wake, raft_heard):
        return
    peers = peer_awake.shape[1]
    for peer in range(peers):
        if peer_awake[office, peer] and not peer_up[office, peer]:
            fail_peer(
                office, peer, peer_rank, peer_votes, peer_due, commit_index, log_base, next_index,
                match_index,
            )  # fmt: skip
        peer_awake[office, peer] = peer_up[office, peer]
    for peer in range(peers):
        for sender in range(peers):
            message = mail[office, sender, peer]
            if message[_KIND] and not message[_FRESH] and message[_DUE] <= tick:
                if peer_awake[office, peer]:
                    receive(
                        office, sender, peer, election_term, voted_for, peer_rank, peer_votes,
                        peer_due, commit_index, log_base, log_last, log_term, log_value,
                        next_index, match_index, mail,
                    )  # fmt: skip
                else:
                    message[_KIND] = 0
                    message[_DUE] = 0
    for peer in range(peers):
        if peer_awake[office, peer] and 0 < peer_due[office, peer] <= tick:
            alarm(
                office, peer, election_term, voted_for, peer_rank, peer_votes, peer_due,
                commit_index, log_base, log_last, log_term, log_value, next_index, mail,
            )  # fmt: skip
    for peer in range(peers):
        latest = np.int64(log_value[office, peer, log_last[office, peer] % log_value.shape[2]])
        if latest < proposal[office]:
            propose(
                office, peer, np.int64(proposal[office]), election_term, peer_rank, commit_index,
                log_base, log_last, log_term, log_value, next_index, match_index, mail,
            )  # fmt: skip
    raft_heard[office] = proposal[office]
    settle(
        office, seed, episode, tick, offices, election_ticks, heartbeat_ticks, message_loss,
        message_delay, message_jitter, peer_link, peer_awake, peer_rank, peer_due, raft_wake, mail,
    )  # fmt: skip


@rule
def leader_of(office, election_term, peer_rank):
    """The peer that leads an office, or -1; of several, the one of the latest election term."""
    best = np.int64(-1)
    for peer in range(peer_rank.shape[1]):
        if peer_rank[office, peer] == _LEADER and (
            best < 0 or election_term[office, peer] > election_term[office, best]
        ):
            best = np.int64(peer)
    return best


@rule
def decision_of(office, peer_rank, commit_index, log_value):
    """Number of the latest decision that a leader of the office has committed; 0 for none.

    An office may issue an order when this is no less than the number of its decision.
    """
    latest = np.int64(0)
    for peer in range(peer_rank.shape[1]):
        if peer_rank[office, peer] == _LEADER:
            place = commit_index[office, peer] % log_value.shape[2]
            latest = max(latest, np.int64(log_value[office, peer, place]))
    return latest
