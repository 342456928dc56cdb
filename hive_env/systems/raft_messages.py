"""The messages of Raft peers: what they say, and the slots in which they lie.

A column ``mail`` [office, sender, receiver, `MailField`] has one slot for every ordered pair of
peers. Raft bears the loss, delay, repetition and disorder of any message; so a peer may write over
one of its own that has not arrived.
"""

from __future__ import annotations

from enum import IntEnum

from hive_env.random import rule


class Mail(IntEnum):
    """What a message says."""

    NONE = 0
    ASK_VOTE = 1
    """I stand; my last entry is at INDEX and of election term MARK."""
    VOTE = 2
    """INDEX 1: you have my vote; 0: you have not."""
    APPEND = 3
    """After the entry at INDEX of election term MARK comes this entry, or none."""
    ACK = 4
    """MARK 1: I hold your log up to INDEX. MARK 0: I do not; try from INDEX on."""
    SNAPSHOT = 5
    """All up to INDEX, of election term MARK, is committed and left the register so."""


class MailField(IntEnum):
    """Places in a message. There is one slot an ordered pair of peers."""

    KIND = 0
    FRESH = 1
    """1: written, not sent yet."""
    DUE = 2
    """Tick of delivery; 0 while there is none."""
    TERM = 3
    """Election term of the sender."""
    INDEX = 4
    MARK = 5
    ENTRY_TERM = 6
    """Election term of the entry carried; 0: none is."""
    ENTRY_VALUE = 7
    COMMIT = 8
    """Commit index of the sender."""


_KIND, _FRESH, _, _TERM, _INDEX, _MARK, _ENTRY_TERM, _ENTRY_VALUE, _COMMIT = (
    int(place) for place in MailField
)


@rule
def write(office, sender, to, kind, index, mark, election_term, mail):
    """Write a message into the slot from one peer to another.

    An older message that is still there is lost, as any message may be. Its tick of delivery
    stays, so that a talkative sender does not put off for ever what it has to say.
    """
    mail[office, sender, to, _KIND] = kind
    mail[office, sender, to, _FRESH] = 1
    mail[office, sender, to, _TERM] = election_term[office, sender]
    mail[office, sender, to, _INDEX] = index
    mail[office, sender, to, _MARK] = mark
    mail[office, sender, to, _ENTRY_TERM] = 0
    mail[office, sender, to, _ENTRY_VALUE] = 0
    mail[office, sender, to, _COMMIT] = 0
