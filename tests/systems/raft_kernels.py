"""Raft under schedules of events, given or random, and under the ticks of a world.

All runs on office 0 of one office's arrays; an event is (kind, a, b).
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from systems.raft_properties import (
    ENTRIES,
    FIELDS,
    TERMS,
    Broken,
    Count,
    check,
    compiled,
    new_past,
    new_state,
)

from hive_env.random import below, draw
from hive_env.systems.raft import raft_tick, reset_raft
from hive_env.systems.raft_messages import Mail, MailField
from hive_env.systems.raft_peers import Rank, alarm, fail_peer, propose, receive

HELD = 4
"""Messages that a schedule can hold back, to deliver them after later ones."""


class Event(IntEnum):
    """What can happen next."""

    DELIVER = 0
    REPEAT = 1
    """Deliver, and leave the message in the network."""
    DROP = 2
    HOLD = 3
    RELEASE = 4
    ALARM = 5
    PROPOSE = 6
    FAIL = 7
    START = 8
    CUT = 9


_DELIVER, _REPEAT, _DROP, _HOLD, _RELEASE, _ALARM, _PROPOSE, _FAIL, _START, _CUT = (
    int(kind) for kind in Event
)
_ELECTION, _APPEND_ONLY, _MATCHING, _COMPLETENESS, _MACHINE, _HIGHER, _WINDOW = (
    int(kind) for kind in Broken if kind
)
_HIGHER = int(Broken.HIGHER_TERM)
_SNAPSHOTS, _FAILURES = int(Count.SNAPSHOTS), int(Count.FAILURES)
_LEADER = int(Rank.LEADER)
_SNAPSHOT = int(Mail.SNAPSHOT)
_KIND, _TERM = int(MailField.KIND), int(MailField.TERM)
_TERMS, _ENTRIES, _HELD, _FIELDS = TERMS, ENTRIES, HELD, FIELDS
_STREAM = 1000
_BIAS = np.array([0, 1, 1, 2, 4, 8])


@compiled
def deliver(state, past, sender, peer):
    """Let a peer take the message in a slot, and check it."""
    told = state[12][0, sender, peer, _TERM]
    past[7][_SNAPSHOTS] += state[12][0, sender, peer, _KIND] == _SNAPSHOT
    receive(0, sender, peer, *state)
    if state[0][0, peer] < told:
        return _HIGHER
    return check(state, past, peer)


@compiled
def find_mail(state, up, side, start):
    """The first slot from a start on whose message can arrive now, or -1."""
    peers = up.shape[0]
    for step in range(peers * peers):
        pair = (start + step) % (peers * peers)
        sender, peer = pair // peers, pair % peers
        same = (side >> sender) & 1 == (side >> peer) & 1
        if state[12][0, sender, peer, _KIND] != 0 and up[peer] and same:
            return pair
    return -1


@compiled
def find_peer(state, up, start, wanted, leads):
    """The first peer from a start on that is up or not, and leads if asked for, or -1."""
    for step in range(up.shape[0]):
        peer = (start + step) % up.shape[0]
        if up[peer] == wanted and (not leads or state[2][0, peer] == _LEADER):
            return peer
    return -1


@compiled
def apply_mail(state, past, up, held, side, kind, a, b):
    """An event of the network: one message arrives, is lost, is held back, or turns up again."""
    peers, mail = up.shape[0], state[12]
    slot = b % _HELD
    if kind == _RELEASE:
        pair = held[slot, _FIELDS] if held[slot, _KIND] != 0 else -1
    else:
        pair = find_mail(state, up, side, a % (peers * peers))
    if pair < 0 or not up[pair % peers]:
        return 0
    sender, peer = pair // peers, pair % peers
    kept = mail[0, sender, peer].copy()
    if kind == _RELEASE:
        mail[0, sender, peer] = held[slot, :_FIELDS]
        held[slot, _KIND] = 0
    elif kind == _HOLD:
        held[slot, :_FIELDS] = kept
        held[slot, _FIELDS] = pair
    if kind in (_HOLD, _DROP):
        mail[0, sender, peer, _KIND] = 0
        return 0
    # One place of delivery for all: what is compiled twice takes twice as long.
    broken = deliver(state, past, sender, peer)
    if kind != _DELIVER:
        mail[0, sender, peer] = kept
    return broken


@compiled
def apply_peer(state, past, up, kind, a, b):
    """An event of a peer: its alarm, a proposal, a failure, a start."""
    peers = up.shape[0]
    peer = find_peer(state, up, a % peers, kind != _START, kind == _PROPOSE)
    if peer < 0:
        return 0
    full = state[0][0].max() >= _TERMS - 1 or state[7][0].max() >= _ENTRIES - 2
    if kind == _ALARM and not full:
        alarm(
            0, peer, state[0], state[1], state[2], state[3], state[4], state[5], state[6],
            state[7], state[8], state[9], state[10], state[12],
        )  # fmt: skip
    elif kind == _PROPOSE and not full:
        propose(
            0, peer, 1 + b % 1000, state[0], state[2], state[5], state[6], state[7], state[8],
            state[9], state[10], state[11], state[12],
        )  # fmt: skip
    elif kind == _FAIL:
        past[7][_FAILURES] += 1
        up[peer] = False
        fail_peer(0, peer, state[2], state[3], state[4], state[5], state[6], state[10], state[11])
    elif kind == _START:
        up[peer] = True
    return check(state, past, peer)


@compiled
def run(peers, slots, events):
    """Apply a schedule; return what it broke and at which event, and the counts."""
    state, past = new_state(peers, slots), new_past(peers)
    up = np.ones(peers, np.bool_)
    held = np.zeros((_HELD, _FIELDS + 1), np.int32)
    side = np.int64(0)
    for number in range(events.shape[0]):
        kind, a, b = events[number, 0], events[number, 1], events[number, 2]
        if kind == _CUT:
            side = a % (np.int64(1) << peers)
            continue
        if kind <= _RELEASE:
            broken = apply_mail(state, past, up, held, side, kind, a, b)
        else:
            broken = apply_peer(state, past, up, kind, a, b)
        if broken:
            return broken, number, past[7]
    return 0, events.shape[0], past[7]


@compiled
def write_schedule(seed, number, events):
    """Fill in a random schedule. Each has a mixture of events of its own, some quite one-sided."""
    bound = np.zeros(10, np.int64)
    total = np.int64(0)
    for kind in range(10):
        word = draw(seed, 1, kind, _STREAM, number)[0]
        weight = _BIAS[below(word, 6)]
        if kind == _DELIVER:
            weight = 12 + 6 * weight
        elif kind in (_PROPOSE, _ALARM, _START):
            weight += 2
        total += weight
        bound[kind] = total
    for at in range(events.shape[0]):
        words = draw(seed, 0, at, _STREAM, number)
        pick = below(words[0], total)
        kind = 0
        while bound[kind] <= pick:
            kind += 1
        events[at, 0] = kind
        events[at, 1] = words[1]
        # Half of the cuts heal.
        if kind == _CUT and words[3] & 1:
            events[at, 1] = 0
        events[at, 2] = words[2]


@compiled
def sweep(seed, first, last, peers, slots, length, counts):
    """Run schedules; return the first that breaks something, and what, else -1 and 0."""
    events = np.zeros((length, 3), np.int64)
    for number in range(first, last):
        write_schedule(seed, number, events)
        broken, _, found = run(peers, slots, events)
        for kind in range(8):
            counts[kind] += found[kind]
        if broken:
            return number, broken
    return -1, 0


@compiled
def run_offices(first, last, seeds, offices, timing, proposal, up, link, columns):
    """Run every office of all worlds through some ticks.

    ``timing`` is what `raft_tick` takes from ``election_ticks`` to ``message_jitter``,
    ``columns`` are those of `RAFT_COLUMNS`, in their order.
    """
    for tick in range(first, last):
        for office in range(up.shape[0]):
            raft_tick(
                office, seeds[office // offices], 0, tick, offices, *timing, proposal, up, link,
                *columns,
            )  # fmt: skip


@compiled
def reset_offices(columns):
    """Reset every office of all worlds."""
    for office in range(columns[0].shape[0]):
        reset_raft(office, *columns)


@compiled
def sweep_ticks(seed, first, last, peers, slots, ticks, counts):
    """Run offices by `raft_tick` through random failures, cuts, losses, delays and proposals."""
    for number in range(first, last):
        state, past = new_state(peers, slots), new_past(peers)
        awake, up = np.zeros((1, peers), np.uint8), np.ones((1, peers), np.uint8)
        link = np.zeros((1, peers), np.uint8)
        wake, heard = np.zeros(1, np.int32), np.zeros(1, np.int32)
        proposal = np.zeros(1, np.int32)
        taste = draw(seed, 3, 0, _STREAM, number)
        timing = (
            6 + below(taste[1], 6), 1 + below(taste[1], 5), below(taste[2], 1 << 15), 1,
            below(taste[3], 4),
        )  # fmt: skip
        seeds = np.full(1, seed + number)
        side = np.int64(0)
        for tick in range(ticks):
            words = draw(seed, 2, tick, _STREAM, number)
            if below(words[0], 16) < below(taste[0], 8):
                up[0, below(words[1], peers)] ^= 1
            if below(words[2], 32) == 0:
                side = words[1] % (np.int64(1) << peers) if words[2] & 1 else np.int64(0)
            if below(words[3], 8) == 0:
                proposal[0] += 1
            for peer in range(peers):
                link[0, peer] = side if (side >> peer) & 1 else ~side & ((np.int64(1) << peers) - 1)
            if state[0][0].max() >= _TERMS - 1 or state[7][0].max() >= _ENTRIES - 2:
                break
            run_offices(
                tick,
                tick + 1,
                seeds,
                1,
                timing,
                proposal,
                up,
                link,
                (*state[:5], awake, *state[5:], wake, heard),
            )
            for peer in range(peers):
                broken = check(state, past, peer)
                if broken:
                    return number, broken
        for kind in range(8):
            counts[kind] += past[7][kind]
    return -1, 0
