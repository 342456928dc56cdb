"""The log of a Raft peer: a window over a list of entries that never ends.

The log is a ring: entry ``index`` lies in place ``index % slots``, and of the entries a peer holds
``log_base`` to ``log_last``, at most as many as there are places. What was before ``log_base`` is
forgotten. The entry at ``log_base`` is the snapshot: its election term and index are those that
later entries are matched against, its value is the state of the replicated machine, a register
that holds the last value committed. Only committed entries are ever forgotten, and every leader to
come holds those: so what a peer has forgotten it agrees on with whoever may ask.
"""

from __future__ import annotations

import numpy as np

from hive_env.random import rule


@rule
def commit_to(office, peer, index, commit_index, log_base, log_term):
    """Take entries up to an index for committed, and forget all but the last few of them.

    A quarter of the window stays, for followers who lag.
    """
    if index > commit_index[office, peer]:
        commit_index[office, peer] = index
        log_base[office, peer] = max(
            np.int64(log_base[office, peer]), index - log_term.shape[2] // 4
        )


@rule
def has_room(office, peer, spare, commit_index, log_base, log_last, log_term):
    """Whether one more entry fits and leaves some places free; forgets what it must and may."""
    needed = np.int64(log_last[office, peer]) + 2 + spare - log_term.shape[2]
    if needed > log_base[office, peer]:
        log_base[office, peer] = max(
            np.int64(log_base[office, peer]), min(needed, np.int64(commit_index[office, peer]))
        )
    return needed <= log_base[office, peer]


@rule
def add_entry(office, peer, entry_term, value, log_last, log_term, log_value):
    """Put an entry at the end of a log that has room for it."""
    last = np.int64(log_last[office, peer]) + 1
    place = last % log_term.shape[2]
    log_term[office, peer, place] = entry_term
    log_value[office, peer, place] = value
    log_last[office, peer] = last


@rule
def store(
    office, peer, before, entry_term, value, commit_index, log_base, log_last, log_term, log_value
):
    """Hold an entry after one that matches the leader's; return the last index that matches.

    An entry of another election term in its place goes, and all after it.
    """
    at = before + 1
    if at <= log_base[office, peer]:
        return at
    if (
        at <= log_last[office, peer]
        and log_term[office, peer, at % log_term.shape[2]] == entry_term
    ):
        return at
    log_last[office, peer] = before
    if not has_room(office, peer, 0, commit_index, log_base, log_last, log_term):
        return before
    add_entry(office, peer, entry_term, value, log_last, log_term, log_value)
    return at
