"""Every state that a small Raft group can reach, breadth first, each visited once.

A message stays in its slot until its sender writes another there, and may arrive any number of
times or never: that is every loss, delay and repetition. What no rule can read any more is blanked,
so that states which differ in nothing else are one. The first event is that peer 0 stands: before
anyone does, nothing happens that could not happen later, and peers are alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import literal_unroll
from systems.raft_kernels import HELD, Event, apply_mail, apply_peer
from systems.raft_properties import FIELDS, Broken, compiled, new_past, new_state

from hive_env.systems.raft_messages import MailField
from hive_env.systems.raft_peers import Rank

CHUNK = 20_000
"""States whose successors are found in one call."""

_REPEAT, _ALARM, _PROPOSE, _FAIL, _START = (
    int(kind) for kind in (Event.REPEAT, Event.ALARM, Event.PROPOSE, Event.FAIL, Event.START)
)
_CANDIDATE, _LEADER = int(Rank.CANDIDATE), int(Rank.LEADER)
_KIND, _FRESH = int(MailField.KIND), int(MailField.FRESH)
_SLOTS = 4
_HELD, _FIELDS = HELD, FIELDS
_FNV = np.uint64(0x100000001B3)
_START_HASH = np.uint64(0xCBF29CE484222325)
_S32 = np.uint64(32)
_MIX = np.uint64(0xD6E8FEB86659FD93)


@dataclass(frozen=True)
class Explored:
    """What an exploration saw.

    Parameters
    ----------
    states : int
        States reached, all different.
    depth : int
        Events from the first state to the farthest.
    complete : bool
        Whether there are no more.
    broken : Broken
        What the first bad one breaks.
    """

    states: int
    depth: int
    complete: bool
    broken: Broken


@compiled
def blank(state):
    """Clear what no rule can read any more."""
    for peer in range(state[0].shape[1]):
        rank = state[2][0, peer]
        state[4][0, peer] = 0
        if rank != _CANDIDATE:
            state[3][0, peer] = 0
        base, last = state[6][0, peer], state[7][0, peer]
        for place in range(_SLOTS):
            if base + (place - base) % _SLOTS > last:
                state[8][0, peer, place] = 0
                state[9][0, peer, place] = 0
        for to in range(state[0].shape[1]):
            state[12][0, peer, to, _FRESH] = 0
            if rank != _LEADER:
                state[10][0, peer, to] = 0
                state[11][0, peer, to] = 0


@compiled
def small(entry):
    """A coded entry in eight bits."""
    return ((entry >> 10) << 3) | (entry & 7)


@compiled
def large(code):
    """The inverse of `small`."""
    return ((np.int64(code) >> 3) << 10) | (np.int64(code) & 7)


@compiled
def pack(state, past, up, spent, terms, entries, row):
    """Write a state and what the properties remember into bytes; return how many."""
    at = 0
    for column in literal_unroll(state):
        for value in column.flat:
            row[at] = value
            at += 1
    for peer in range(up.shape[0]):
        row[at] = up[peer]
        at += 1
    for kind in range(2):
        row[at] = spent[kind]
        at += 1
    for term in range(1, terms + 1):
        row[at] = past[0][term]
        row[at + 1] = past[1][term]
        at += 2
        for index in range(1, entries + 1):
            row[at] = small(past[2][term, index])
            at += 1
    for index in range(1, entries + 1):
        row[at] = small(past[3][index])
        row[at + 1] = past[4][index]
        at += 2
        for peer in range(up.shape[0]):
            row[at] = small(past[5][peer, index]) if index <= past[6][peer, 4] else 0
            at += 1
    return at


@compiled
def unpack(row, state, past, up, spent, terms, entries):
    """Read what `pack` wrote."""
    at = 0
    for column in literal_unroll(state):
        flat = column.reshape(-1)
        for place in range(flat.shape[0]):
            flat[place] = row[at]
            at += 1
    for peer in range(up.shape[0]):
        up[peer] = row[at] != 0
        at += 1
    for kind in range(2):
        spent[kind] = row[at]
        at += 1
    for term in range(1, terms + 1):
        past[0][term] = row[at]
        past[1][term] = row[at + 1]
        at += 2
        for index in range(1, entries + 1):
            past[2][term, index] = large(row[at])
            at += 1
    for index in range(1, entries + 1):
        past[3][index] = large(row[at])
        past[4][index] = row[at + 1]
        at += 2
        for peer in range(up.shape[0]):
            past[5][peer, index] = large(row[at])
            at += 1
    for peer in range(up.shape[0]):
        past[6][peer, 0] = state[0][0, peer]
        past[6][peer, 1] = state[2][0, peer] == _LEADER
        past[6][peer, 2] = state[6][0, peer]
        past[6][peer, 3] = state[5][0, peer]
        past[6][peer, 4] = state[7][0, peer]


@compiled
def is_new(row, size, table):
    """Enter a state's hash of 64 bits into an open table; whether it was not there."""
    word = _START_HASH
    for at in range(size):
        word = (word ^ np.uint64(row[at] & 255)) * _FNV
    word = (word ^ (word >> _S32)) * _MIX
    word = (word ^ (word >> _S32)) | np.uint64(1)
    mask = np.uint64(table.shape[0] - 1)
    place = (word >> np.uint64(20)) & mask
    while table[place] != 0:
        if table[place] == word:
            return False
        place = (place + np.uint64(1)) & mask
    table[place] = word
    return True


@compiled
def can(state, up, spent, kind, a, terms, proposals, failures):
    """Whether an event can happen within the bounds."""
    peers = up.shape[0]
    if kind == _REPEAT:
        return state[12][0, a // peers, a % peers, _KIND] != 0 and up[a % peers]
    leads = state[2][0, a] == _LEADER
    if kind == _START:
        return not up[a]
    if not up[a]:
        return False
    if kind == _ALARM:
        return leads or state[0][0, a] < terms
    if kind == _PROPOSE:
        return leads and spent[0] < proposals
    return spent[1] < failures


@compiled
def expand(rows, table, terms, proposals, failures, peers, out):
    """Successors not seen before of some states; return how many, and what one breaks."""
    entries = terms + proposals
    state, past = new_state(peers, _SLOTS), new_past(peers)
    up, spent = np.ones(peers, np.bool_), np.zeros(2, np.int64)
    held = np.zeros((_HELD, _FIELDS + 1), np.int32)
    found = 0
    for at in range(rows.shape[0]):
        unpack(rows[at], state, past, up, spent, terms, entries)
        for kind in (_REPEAT, _ALARM, _PROPOSE, _FAIL, _START):
            for a in range(peers * peers if kind == _REPEAT else peers):
                if not can(state, up, spent, kind, a, terms, proposals, failures):
                    continue
                if kind == _REPEAT:
                    broken = apply_mail(state, past, up, held, 0, kind, a, 0)
                else:
                    spent[0] += kind == _PROPOSE
                    spent[1] += kind == _FAIL
                    broken = apply_peer(state, past, up, kind, a, spent[0])
                if broken:
                    return found, broken
                blank(state)
                size = pack(state, past, up, spent, terms, entries, out[found])
                if is_new(out[found], size, table):
                    found += 1
                unpack(rows[at], state, past, up, spent, terms, entries)
    return found, 0


def explore(
    *,
    terms: int = 2,
    proposals: int = 1,
    failures: int = 1,
    peers: int = 3,
    depth: int = 1000,
    bits: int = 22,
    limit: int | None = None,
) -> Explored:
    """Explore all interleavings of messages, alarms, proposals, failures and starts.

    Parameters
    ----------
    terms : int
        Election terms; nobody stands for a later one.
    proposals, failures : int
        How many there may be, of all peers together.
    peers : int
        Size of the group.
    depth : int
        Most events.
    bits : int
        The table of hashes has two to this many places; it may be three quarters full.
    limit : int, optional
        Most states; none by default.
    """
    table = np.zeros(1 << bits, np.uint64)
    entries = terms + proposals
    state, past = new_state(peers, _SLOTS), new_past(peers)
    up, spent = np.ones(peers, np.bool_), np.zeros(2, np.int64)
    apply_peer(state, past, up, _ALARM, 0, 0)
    blank(state)
    row = np.zeros(1024, np.int8)
    size = pack(state, past, up, spent, terms, entries, row)
    frontier = row[None, :size].copy()
    is_new(row, size, table)
    states, level = 1, 0
    out = np.zeros((CHUNK * (peers * peers + 3 * peers), size), np.int8)
    limit = min(limit or len(table), 3 * len(table) // 4)
    while len(frontier) and level < depth and states < limit:
        parts = []
        for first in range(0, len(frontier), CHUNK):
            rows = frontier[first : first + CHUNK]
            found, broken = expand(rows, table, terms, proposals, failures, peers, out)
            states += found
            if broken:
                return Explored(states, level + 1, False, Broken(broken))
            parts.append(out[:found].copy())
        frontier = np.concatenate(parts)
        level += 1
    return Explored(states, level, not len(frontier), Broken.NONE)
