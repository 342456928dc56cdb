"""What members of an office know: practice, what a recovery makes them forget, and their return."""

from __future__ import annotations

import numpy as np

from hive_env.enums import Condition, Memory
from hive_env.random import rule
from hive_env.systems.members import NEVER, POISONED

_UP = int(Condition.UP)
_CORRUPT = int(Condition.CORRUPT)
_DOWN = int(Condition.DOWN)
_TRANSFERRED = int(Memory.TRANSFERRED)
_RESTARTED = int(Memory.RESTARTED)


@rule
def practise(
    office, members, at, practice_every, posture, rotations, slot_of, member_condition,
    member_duty, practised_at,
):  # fmt: skip
    """Rotate responsibility: in each turn who is up practises a role.

    The one that it serves; who is free, the next of its roles in the office's posture.
    """
    turn = (at // practice_every) % np.int64(rotations[np.int64(posture[office])])
    for member in range(members):
        if member_condition[office, member] < _DOWN:
            duty = np.int64(member_duty[office, member])
            slot = np.int64(slot_of[member, duty - 1]) if duty > 0 else turn
            practised_at[office, member, slot] = at


@rule
def forget(office, member, skill_half_life, member_memory, practised_at):
    """Take from a member who is back what its recovery did not restore: a half-life of practice.

    A resumed one remembers all. After a transfer it has forgotten so much of all roles but its
    own, after a restart of all.
    """
    memory = np.int64(member_memory[office, member])
    first = 0 if memory == _RESTARTED else 1
    if memory in (_TRANSFERRED, _RESTARTED):
        for slot in range(first, practised_at.shape[2]):
            practised_at[office, member, slot] -= skill_half_life


@rule
def come_back(
    office, member, skill_half_life, member_condition, member_poisoned, member_memory,
    member_back_at, practised_at,
):  # fmt: skip
    """Let what a member goes through end: it is up again, or found out and down.

    Returns
    -------
    int
        1 when it is down by it.
    """
    state = np.int64(member_condition[office, member])
    member_back_at[office, member] = NEVER
    if state == _CORRUPT:
        member_condition[office, member] = _DOWN
        member_poisoned[office, member] = POISONED
        return np.int64(1)
    if state >= _DOWN:
        forget(office, member, skill_half_life, member_memory, practised_at)
    member_condition[office, member] = _UP
    member_poisoned[office, member] = 0
    return np.int64(0)
