"""The five safety properties of Raft, with the history that they need.

``state`` is what `receive` takes after the peers, in its order, of one office. ``past`` is what the
properties remember: the leader of every election term and its log when elected; every entry ever
committed, and in which election term; every peer's whole log, forgotten entries too; and each peer
as it was. An entry is coded as ``election term << 10 | value``; 0 is none.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numba import njit

from hive_env.systems.raft_messages import MailField
from hive_env.systems.raft_peers import Rank

TERMS = 64
"""Election terms that a history can hold."""

ENTRIES = 64
"""Log entries that a history can hold."""

FIELDS = len(MailField)
"""Numbers in a message."""

compiled = njit(cache=True, nogil=True, error_model="numpy")


class Broken(IntEnum):
    """A property that does not hold. The first five are those of figure 3 of the paper."""

    NONE = 0
    ELECTION_SAFETY = 1
    LEADER_APPEND_ONLY = 2
    LOG_MATCHING = 3
    LEADER_COMPLETENESS = 4
    STATE_MACHINE_SAFETY = 5
    HIGHER_TERM = 6
    """A peer's election term fell, or stayed below one that it was told of."""
    WINDOW = 7
    """Not log_base <= commit_index <= log_last < log_base + slots."""


class Count(IntEnum):
    """What a search counts, so that nobody takes silence for safety."""

    LEADERS = 0
    COMMITS = 1
    TRUNCATIONS = 2
    SNAPSHOTS = 3
    FAILURES = 4


_ELECTION, _APPEND_ONLY, _MATCHING, _COMPLETENESS, _MACHINE, _HIGHER, _WINDOW = (
    int(kind) for kind in Broken if kind
)
_LEADERS, _COMMITS, _TRUNCATIONS = int(Count.LEADERS), int(Count.COMMITS), int(Count.TRUNCATIONS)
_LEADER = int(Rank.LEADER)
_TERMS, _ENTRIES, _FIELDS = TERMS, ENTRIES, FIELDS


@compiled
def new_state(peers, slots):
    """Arrays of one office with nothing in them."""
    small = np.zeros((4, 1, peers), np.uint8)
    wide = np.zeros((5, 1, peers), np.int32)
    logs = np.zeros((2, 1, peers, slots), np.int32)
    follow = np.zeros((2, 1, peers, peers), np.int32)
    mail = np.zeros((1, peers, peers, _FIELDS), np.int32)
    return (
        wide[0], small[0], small[1], small[2], wide[1], wide[2], wide[3], wide[4],
        logs[0], logs[1], follow[0], follow[1], mail,
    )  # fmt: skip


@compiled
def new_past(peers):
    """What the properties remember: see the module."""
    return (
        np.zeros(_TERMS, np.int64),  # leader of an election term, peer + 1
        np.zeros(_TERMS, np.int64),  # length of its log when elected
        np.zeros((_TERMS, _ENTRIES), np.int64),  # its log when elected
        np.zeros(_ENTRIES, np.int64),  # committed entries
        np.zeros(_ENTRIES, np.int64),  # election term in which each was committed
        np.zeros((peers, _ENTRIES), np.int64),  # whole logs
        np.zeros((peers, 5), np.int64),  # each peer before: term, leads, base, commit, last
        np.zeros(8, np.int64),  # counts
    )


@compiled
def entry_of(state, peer, index):
    """The entry of a log, coded."""
    place = index % state[8].shape[2]
    return (np.int64(state[8][0, peer, place]) << 10) | np.int64(state[9][0, peer, place])


@compiled
def same_prefix(whole, peer, last, other, other_last):
    """Log matching of two logs: where the last index and term agree, all before is the same."""
    index = min(last, other_last)
    while index > 0 and whole[peer, index] >> 10 != whole[other, index] >> 10:
        index -= 1
    same = True
    for before in range(1, index + 1):
        same = same and whole[peer, before] == whole[other, before]
    return same


@compiled
def check_log(state, past, peer, stays):
    """Compare a peer's log with what it was, take it down, and compare it with all others."""
    committed, whole, was, counts = past[3], past[5], past[6], past[7]
    base, last, last_was = np.int64(state[6][0, peer]), np.int64(state[7][0, peer]), was[peer, 4]
    changed = last != last_was
    if last < last_was:
        counts[_TRUNCATIONS] += 1
        if stays:
            return _APPEND_ONLY
    if base > last_was or (base > 0 and entry_of(state, peer, base) != whole[peer, base]):
        # A snapshot stands for entries that this peer never saw: they must be committed ones.
        for index in range(1, base):
            if committed[index] == 0:
                return _MACHINE
            whole[peer, index] = committed[index]
    for index in range(max(base, 1), last + 1):
        entry = entry_of(state, peer, index)
        if index > last_was or entry != whole[peer, index]:
            changed = True
            if stays and index <= last_was:
                return _APPEND_ONLY
            whole[peer, index] = entry
    if changed:
        for other in range(whole.shape[0]):
            if other != peer and not same_prefix(whole, peer, last, other, was[other, 4]):
                return _MATCHING
    return 0


@compiled
def check_commits(state, past, peer):
    """Compare what a peer now takes for committed with what anyone ever did."""
    leader, length, elected, committed, when, whole, was = past[:7]
    term = np.int64(state[0][0, peer])
    for index in range(was[peer, 3] + 1, np.int64(state[5][0, peer]) + 1):
        entry = whole[peer, index]
        if committed[index] == 0:
            past[7][_COMMITS] += 1
            committed[index] = entry
            when[index] = term
            for later in range(term + 1, _TERMS):
                if leader[later] > 0 and (length[later] < index or elected[later, index] != entry):
                    return _COMPLETENESS
        elif committed[index] != entry:
            return _MACHINE
    return 0


@compiled
def check_leader(past, peer, term, last):
    """Take down a new leader, and that it holds all that was committed before its election term."""
    leader, length, elected, committed, when, whole = past[:6]
    past[7][_LEADERS] += 1
    if leader[term] != 0 and leader[term] != 1 + peer:
        return _ELECTION
    leader[term] = 1 + peer
    length[term] = last
    for index in range(1, _ENTRIES):
        elected[term, index] = whole[peer, index] if index <= last else 0
        if (
            committed[index] != 0
            and when[index] < term
            and elected[term, index] != committed[index]
        ):
            return _COMPLETENESS
    return 0


@compiled
def check(state, past, peer):
    """The first property that a peer's last event broke, or 0; afterwards the past is now."""
    was = past[6]
    term = np.int64(state[0][0, peer])
    leads = np.int64(state[2][0, peer] == _LEADER)
    commit, base = np.int64(state[5][0, peer]), np.int64(state[6][0, peer])
    last = np.int64(state[7][0, peer])
    if term < was[peer, 0]:
        return _HIGHER
    if base < was[peer, 2] or not base <= commit <= last < base + state[8].shape[2]:
        return _WINDOW
    stays = leads == 1 and was[peer, 1] == 1 and was[peer, 0] == term
    broken = check_log(state, past, peer, stays)
    if broken == 0:
        broken = check_commits(state, past, peer)
    if broken == 0 and leads == 1 and not stays:
        broken = check_leader(past, peer, term, last)
    was[peer, 0] = term
    was[peer, 1] = leads
    was[peer, 2] = base
    was[peer, 3] = commit
    was[peer, 4] = last
    return broken
