"""The members of an office: faults that strike them, and how they come back.

Times are *instants*, 65,536 a tick, so that what happens within a tick has its order and its own
time: competing exponential clocks, not one draw a tick. A member's faults arrive by a clock of its
own that heeds nothing, so they are exogenous; one that meets a member who is down passes.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import Condition, Crew, FaultKind, Memory, Stream
from hive_env.random import below, draw, exponential_fine, rule, scaled

INSTANT_SHIFT = 16
"""A tick has 2**16 instants."""

NEVER = 2**62
"""Instant of an event that does not come."""

MOST_MEMBERS = 62
"""Members of an office at most: their sets are bits of one integer."""

_UP = int(Condition.UP)
_SLOW = int(Condition.SLOW)
_CORRUPT = int(Condition.CORRUPT)
_DOWN = int(Condition.DOWN)
_MENDING = int(Condition.MENDING)
_MENDED = int(Condition.MENDED)
_KILL = int(FaultKind.KILL)
_DELAY = int(FaultKind.DELAY)
_CORRUPTION = int(FaultKind.CORRUPTION)
_OVERFLOW = int(FaultKind.OVERFLOW)
_RESUMED = int(Memory.RESUMED)
_TRANSFERRED = int(Memory.TRANSFERRED)
_RESTARTED = int(Memory.RESTARTED)
_FAULT = int(Stream.OFFICE_FAULT)
_RECOVERY = int(Stream.OFFICE_RECOVERY)
_NOBODY = int(Crew.NOBODY)
_EACH = int(Crew.EACH)
_BY_ROLE = int(Crew.BY_ROLE)
_RANDOM = int(Crew.RANDOM)
_NEEDIEST = int(Crew.NEEDIEST)


POISONED, OVERFLOWN = 1, 2
"""What keeps a member that is down from resuming, and a poisoned one from the evidence too."""


@rule
def exp2(part):
    """``2 ** part`` for a part from 0 to 1, both times 2**28, by the series of exp(part ln 2)."""
    angle = (part * 186065279) >> 28
    term = np.int64(1) << 28
    value = term
    for order in range(1, 12):
        term = ((term * angle) >> 28) // order
        value += term
    return value


@rule
def faded(initial, span, half_life):
    """What is left of a value after a span, halved in each half-life; all of it where that is 0."""
    if half_life <= 0 or span <= 0:
        return np.int64(initial)
    whole = span // half_life
    if whole > 31:
        return np.int64(0)
    part = (((span - whole * half_life) << 14) // half_life) << 14
    return (initial * exp2((1 << 28) - part)) >> (29 + whole)


@rule
def power(fraction, exponent):
    """``fraction ** exponent`` for a variate of `exponential_fine` and an exponent times 2**16.

    By binary logarithm and power, to a relative error below 2**-12: what turns an exponential
    variate into a Weibull one, with 1 / shape as the exponent.
    """
    if fraction <= 0:
        return np.int64(0)
    whole = np.int64(0)
    mantissa = np.int64(fraction)
    while mantissa >= 1 << 29:
        mantissa >>= 1
        whole += 1
    while mantissa < 1 << 28:
        mantissa <<= 1
        whole -= 1
    digits = np.int64(0)
    for _ in range(20):
        mantissa = (mantissa * mantissa) >> 28
        digits <<= 1
        if mantissa >= 1 << 29:
            mantissa >>= 1
            digits |= 1
    log = ((whole << 20) + digits) * exponent >> 16
    whole = log >> 20
    value = exp2((log & 0xFFFFF) << 8)
    return value << whole if whole >= 0 else value >> min(-whole, 62)


@rule
def lasting(word, mean):
    """An exponential duration, instants, at least 1; for ever where the mean is zero."""
    if mean <= 0:
        return np.int64(NEVER)
    return max(scaled(exponential_fine(word), mean), np.int64(1))


@rule
def fault_gap(word, mean, inverse_shape):
    """Instants to a member's next fault: Weibull of that mean scale, exponential at shape 1."""
    if mean <= 0:
        return np.int64(NEVER)
    variate = exponential_fine(word)
    if inverse_shape != 65536:
        variate = power(variate, inverse_shape)
    # A heavy tail goes far beyond what `scaled` takes: its last digits are lost instead.
    surplus = np.int64(0)
    while variate >= 1 << 33:
        variate >>= 1
        surplus += 1
    return max(scaled(variate, mean) << surplus, np.int64(1))


@rule
def fault_words(office, world, offices, members, member, seed, episode, member_faults):
    """The words of a member's next fault: its kind, and when the one after it comes."""
    entity = (office - world * offices) * members + member
    return draw(seed, episode, np.int64(member_faults[office, member]), _FAULT, entity)


@rule
def arm(
    office, world, offices, members, member, at, seed, episode, inverse_shape, role_of, fault_mean,
    member_faults, member_fault_at,
):  # fmt: skip
    """Draw when the next fault strikes a member, and count it as drawn."""
    words = fault_words(office, world, offices, members, member, seed, episode, member_faults)
    mean = np.int64(fault_mean[np.int64(role_of[member])])
    gap = fault_gap(words[0], mean, inverse_shape)
    member_fault_at[office, member] = min(at + gap, np.int64(NEVER))
    member_faults[office, member] += 1


@rule
def hit_member(
    office, member, at, kind, word, delay_mean, detection_mean, member_condition, member_poisoned,
    member_back_at,
):  # fmt: skip
    """Let a fault of some kind hit a member who is not down: 1 when it is down by it, else 0.

    Killed and overflown members are down at once; slow ones act on old input, corrupt ones put out
    nonsense until they are found out. An overflown one has lost what it holds, and its checkpoint
    holds what overflowed it.

    Parameters
    ----------
    word : int
        A uniform 32-bit word: how long it is slow, or until it is found out.
    """
    state = np.int64(member_condition[office, member])
    if kind == _DELAY:
        if state == _UP:
            member_condition[office, member] = _SLOW
            member_back_at[office, member] = at + lasting(word, delay_mean)
        return np.int64(0)
    if kind == _CORRUPTION:
        if state != _CORRUPT:
            member_condition[office, member] = _CORRUPT
            member_back_at[office, member] = at + lasting(word, detection_mean)
        return np.int64(0)
    member_condition[office, member] = _DOWN
    lost = OVERFLOWN if kind == _OVERFLOW else 0
    member_poisoned[office, member] = POISONED if state == _CORRUPT else lost
    member_back_at[office, member] = NEVER
    return np.int64(1)


@rule
def strike_member(
    office, member, at, words, posture, dormancy, kill_share, delay_share, corruption_share,
    delay_mean, detection_mean, role_of, member_condition, member_duty, member_poisoned,
    member_back_at,
):  # fmt: skip
    """Let a fault meet a member: 1 when it is down by it, else 0.

    Who is down lets it pass; who stands by catches it with the chance that goes with how members
    of its role stand by in the office's posture.
    """
    if member_condition[office, member] >= _DOWN:
        return np.int64(0)
    chance = np.int64(dormancy[np.int64(posture[office]), np.int64(role_of[member])])
    if member_duty[office, member] == 0 and (words[1] >> 16) >= chance:
        return np.int64(0)
    share = words[1] & 0xFFFF
    kind = _KILL
    if share >= kill_share and share < kill_share + delay_share:
        kind = _DELAY
    elif share >= kill_share + delay_share:
        corrupted = share < kill_share + delay_share + corruption_share
        kind = _CORRUPTION if corrupted else _OVERFLOW
    return hit_member(
        office, member, at, kind, words[2], delay_mean, detection_mean, member_condition,
        member_poisoned, member_back_at,
    )  # fmt: skip


@rule
def recover_by(
    word, poisoned, fresh, checkpoint_integrity, evidence_integrity, resume_mean, transfer_mean,
    restart_mean,
):  # fmt: skip
    """The cascade: how a member comes back, and the mean duration of it.

    By its checkpoint if that is fresh and intact, else by the log of evidence if that is complete,
    else by a clean restart.

    Parameters
    ----------
    poisoned : int
        `POISONED`: only a clean restart will do; `OVERFLOWN`: no checkpoint will; 0: all do.

    Returns
    -------
    tuple of two int
        A `Memory`, and instants.
    """
    if poisoned == 0 and fresh and (word & 0xFFFF) < checkpoint_integrity:
        return np.int64(_RESUMED), resume_mean
    if poisoned != POISONED and (word >> 16) < evidence_integrity:
        return np.int64(_TRANSFERRED), transfer_mean
    return np.int64(_RESTARTED), restart_mean


@rule
def mend(
    office, world, offices, members, member, at, seed, episode, number, fresh, checkpoint_integrity,
    evidence_integrity, resume_mean, transfer_mean, restart_mean, member_condition,
    member_poisoned, member_memory, member_back_at,
):  # fmt: skip
    """Let a repairer begin with a member who is down, or begin anew: durations forget nothing."""
    entity = (office - world * offices) * members + member
    words = draw(seed, episode, number, _RECOVERY, entity)
    if member_condition[office, member] == _DOWN:
        way, mean = recover_by(
            words[1], member_poisoned[office, member], fresh, checkpoint_integrity,
            evidence_integrity, resume_mean, transfer_mean, restart_mean,
        )  # fmt: skip
        member_memory[office, member] = way
        member_condition[office, member] = _MENDING
    else:
        way = np.int64(member_memory[office, member])
        mean = restart_mean
        if way == _RESUMED:
            mean = resume_mean
        elif way == _TRANSFERRED:
            mean = transfer_mean
    member_back_at[office, member] = at + lasting(words[0], mean)


@rule
def needs_repair(office, member, member_condition):
    """Whether a member is down and has not been mended yet."""
    state = np.int64(member_condition[office, member])
    return (state >= _DOWN) & (state != _MENDED)


@rule
def neediest(office, roles, members, role_of, member_condition):
    """The first member who needs repair, in a role with fewest members up."""
    found = np.int64(-1)
    fewest = np.int64(members + 1)
    for role in range(roles):
        up = np.int64(0)
        down = np.int64(-1)
        for member in range(members):
            if role_of[member] == role:
                if member_condition[office, member] < _DOWN:
                    up += 1
                elif down < 0 and needs_repair(office, member, member_condition):
                    down = np.int64(member)
        if down >= 0 and up < fewest:
            fewest = up
            found = down
    return found


@rule
def next_to_mend(office, role, roles, members, crew, word, role_of, member_condition):
    """Whom a crew works on: in a role, or with ``role`` at -1 in the whole office."""
    if crew == _NEEDIEST:
        return neediest(office, roles, members, role_of, member_condition)
    down = np.int64(0)
    for member in range(members):
        mine = (role < 0) | (role_of[member] == role)
        down += np.int64(mine & needs_repair(office, member, member_condition))
    if down == 0:
        return np.int64(-1)
    wanted = below(word, down) if crew == _RANDOM else np.int64(0)
    for member in range(members):
        mine = (role < 0) | (role_of[member] == role)
        if mine & needs_repair(office, member, member_condition):
            if wanted == 0:
                return np.int64(member)
            wanted -= 1
    return np.int64(-1)


@rule
def send_crews(
    office, world, offices, members, roles, at, seed, episode, crew, fresh, checkpoint_integrity,
    evidence_integrity, resume_mean, transfer_mean, restart_mean, role_of, member_condition,
    member_poisoned, member_memory, member_back_at, office_events,
):  # fmt: skip
    """Let repairers work after an event.

    With a repairer for each member, on who went down. A crew, of a role or of the whole office,
    reconsiders at every event whom it works on, and whoever it leaves waits; as durations are
    exponential, beginning anew changes none of their laws. Who is mended already is nobody's work.
    """
    number = np.int64(office_events[office])
    office_events[office] = number + 1
    if crew == _NOBODY:
        return
    if crew == _EACH:
        for member in range(members):
            if member_condition[office, member] == _DOWN:
                mend(
                    office, world, offices, members, member, at, seed, episode, number, fresh,
                    checkpoint_integrity, evidence_integrity, resume_mean, transfer_mean,
                    restart_mean, member_condition, member_poisoned, member_memory,
                    member_back_at,
                )  # fmt: skip
        return
    crews = roles if crew == _BY_ROLE else 1
    for which in range(crews):
        role = np.int64(which) if crew == _BY_ROLE else np.int64(-1)
        entity = (office - world * offices) * members + which
        word = draw(seed, episode, number, _RECOVERY, entity)[2]
        chosen = next_to_mend(office, role, roles, members, crew, word, role_of, member_condition)
        for member in range(members):
            mine = (role < 0) | (role_of[member] == role)
            if mine & (member != chosen) & (member_condition[office, member] == _MENDING):
                member_back_at[office, member] = NEVER
        if chosen >= 0:
            mend(
                office, world, offices, members, chosen, at, seed, episode, number, fresh,
                checkpoint_integrity, evidence_integrity, resume_mean, transfer_mean, restart_mean,
                member_condition, member_poisoned, member_memory, member_back_at,
            )  # fmt: skip
