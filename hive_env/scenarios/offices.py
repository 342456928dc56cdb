"""Columns, passes and numbers of offices, for every family of tasks that has them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hive_env.ecs import Column, Kind, Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.enums import Condition, Crew, FaultKind, Memory
from hive_env.errors import ArgumentError, SnapshotError
from hive_env.offices import (
    OfficeConfig,
    deepest,
    dormancies,
    eligible,
    fault_means,
    half_life,
    own_roles,
    rotation,
    slots,
    standbys,
    upkeep,
    weibull_scale,
)
from hive_env.simulation import Simulation
from hive_env.systems import offices, strikes
from hive_env.systems.members import INSTANT_SHIFT, OVERFLOWN

STATIC, OUTPUT = Kind.STATIC, Kind.OUTPUT

COLUMNS = (
    Column("role_of", np.uint8, "A", "", "Own role of each member.", STATIC),
    Column("place_of", np.uint8, "A", "", "Which member of its own role it is.", STATIC),
    Column("fault_mean", np.int64, "U", "instants", "Scale of the time to a fault.", STATIC),
    Column("dormancy", np.int64, "g,U", "1/65536", "Faults of who stands by, of work.", STATIC),
    Column("rotations", np.int64, "g", "", "Roles of a member, by posture.", STATIC),
    Column("upkeep", np.int64, "g", "1/1000 a tick", "What a posture costs.", STATIC),
    Column("standby", np.uint8, "g,U", "", "How members stand by, by posture and role.", STATIC),
    Column("slot_of", np.uint8, "A,U", "", "Which of a member's roles a role is.", STATIC),
    Column("eligible", np.int64, "g,U", "bits", "Who may serve, by posture and role.", STATIC),
    Column("coverage", np.int64, "3", "1/65536", "Chance of a takeover, by standby.", STATIC),
    Column("load_time", np.int64, "3", "instants", "Loading, by standby.", STATIC),
    Column("posture", np.uint8, "F", "", "Which of the postures the office has."),
    Column("member_out", np.uint8, "F,A", "", "1 while what it runs on is out.", OUTPUT),
    Column("member_condition", np.uint8, "F,A", "", "Condition of each member."),
    Column(
        "member_poisoned", np.uint8, "F,A", "", "1: it needs a clean restart, 2: may not resume."
    ),
    Column("member_memory", np.uint8, "F,A", "", "How it last came back."),
    Column("member_duty", np.uint8, "F,A", "", "Role that it serves plus one, or 0."),
    Column("member_faults", np.uint32, "F,A", "", "Faults drawn for it so far."),
    Column("member_fault_at", np.int64, "F,A", "instants", "When its next fault comes."),
    Column("member_back_at", np.int64, "F,A", "instants", "When what it goes through ends."),
    Column("practised_at", np.int64, "F,A,v", "instants", "When it last did each role of its."),
    Column("role_holder", np.uint8, "F,U", "", "Member who serves a role plus one, or 0."),
    Column("role_ready_at", np.int64, "F,U", "instants", "From when that member serves it."),
    Column("checkpoint_at", np.int64, "F", "instants", "When the last checkpoint was made."),
    Column("office_next_at", np.int64, "F", "instants", "When the next event comes."),
    Column("office_events", np.uint32, "F", "", "Events so far."),
    Column("office_filled", np.uint16, "F", "bits", "Roles that are filled."),
    Column("office_level", np.uint8, "F", "", "How far it is degraded, 0 to 3."),
    Column("office_closed", np.uint8, "F", "", "1 while a critical role is unfilled."),
    Column("closed_since", np.int64, "F", "instants", "When it last closed or opened."),
    Column("open_time", np.int64, "F", "instants", "Time open, up to then.", OUTPUT),
    Column("closed_time", np.int64, "F", "instants", "Time closed, up to then.", OUTPUT),
    Column("closings", np.int64, "F", "", "How often it closed.", OUTPUT),
    Column("takeovers", np.int64, "F", "", "Takeovers begun.", OUTPUT),
    Column("takeovers_failed", np.int64, "F", "", "Those of them that failed.", OUTPUT),
    Column("takeover_time", np.int64, "F", "instants", "Latency of all the others.", OUTPUT),
)
"""What offices are made of."""

_ACCOUNT = ("closed_since", "open_time", "closed_time", "closings")
_TAKEOVER = ("takeovers", "takeovers_failed", "takeover_time")
_WRITES = (
    *("member_faults", "member_fault_at", "member_condition", "member_poisoned", "member_memory"),
    *("practised_at", "member_duty", "member_back_at", "role_holder", "role_ready_at"),
    *("checkpoint_at", "office_next_at", "office_events", "office_filled", "office_level"),
    "office_closed",
    *(*_ACCOUNT, *_TAKEOVER),
)

ADVANCE = Pass(
    "offices",
    Unit.OFFICE,
    (
        System(
            offices.advance_office,
            _WRITES,
            "After the orders, which offices gave as they stood at the tick's start.",
        ),
    ),
)
INJECT = Pass(
    "strike_office",
    Unit.OFFICE,
    (System(strikes.strike_now, _WRITES, "Between two ticks, when the user says so."),),
)
OPEN = Pass(
    "open_offices",
    Unit.OFFICE,
    (System(offices.open_office, (*_WRITES, "posture"), "All members are up."),),
)


def instants(ticks: float) -> int:
    """Return a time in ticks as instants, 65,536 a tick."""
    return round(ticks * (1 << INSTANT_SHIFT))


def lasting(ticks: float) -> int:
    """Return the mean of a duration as instants: at least one, since rules take 0 for no end."""
    return max(instants(ticks), 1)


def thousandths(cost: float) -> int:
    """Return a cost in 1/1000, rounded."""
    return round(cost * 1000)


def numbers_of(config: OfficeConfig, count: int, *, renew: bool = False) -> dict[str, int | float]:
    """Return the constants of offices, so many a world."""
    names = [role.name for role in config.roles]
    critical = [role.critical for role in config.roles]
    timed = config.crew is not Crew.NOBODY
    first = config.postures[0]
    roles = {
        f"{name}_role": names.index(name) if name in names else -1
        for name in ("sense", "decide", "relay", "report", "scout")
    }
    return {
        **roles,
        "garble": int(config.garble),
        "standing_order": int(config.standing),
        "offices": count,
        "struck_member": 0,
        "struck_kind": 0,
        "members": config.team,
        "roles": len(config.roles),
        "renew": int(renew),
        "required": sum(1 << at for at, needed in enumerate(critical) if needed),
        "archive": names.index("archive") if "archive" in names else -1,
        "crew": int(config.crew),
        "inverse_shape": round(65536 / config.fault_shape),
        "kill_share": round(config.kill * 65536),
        "delay_share": round(config.delay * 65536),
        "corruption_share": round(config.corruption * 65536),
        "delay_mean": lasting(config.delay_mean),
        "detection_mean": lasting(config.corruption_mean),
        "detect_time": instants(config.detect),
        "event_gap": instants(config.event_gap),
        "replay_time": instants(config.replay),
        "checkpoint_every": instants(config.checkpoint_every),
        "checkpoint_integrity": round(config.checkpoint_integrity * 65536),
        "evidence_integrity": round(config.evidence_integrity * 65536),
        "skill": round(config.skill * 65536),
        "least_skill": round(config.least_skill * 65536),
        "skill_half_life": instants(half_life(config)),
        "practice_every": instants(config.practice_every),
        "budget": thousandths(upkeep(config, first) if config.budget is None else config.budget),
        "savings": thousandths(config.savings),
        "resume_mean": lasting(config.resume) if timed else 0,
        "transfer_mean": lasting(config.transfer) if timed else 0,
        "restart_mean": lasting(config.restart) if timed else 0,
    }


def statics_of(config: OfficeConfig) -> dict[str, Array]:
    """Return the contents of the static columns."""
    scales = [weibull_scale(mean, config.fault_shape) for mean in fault_means(config)]
    postures = config.postures
    standing = np.array([standbys(config, one) for one in postures])
    return {
        "role_of": np.array(own_roles(config)),
        "place_of": np.concatenate([np.arange(many) for many in config.sizes]),
        "fault_mean": np.array([instants(scale) for scale in scales]),
        "dormancy": np.round(np.array(dormancies(config)) * 65536)[standing],
        "rotations": np.array([rotation(config, one) for one in postures]),
        "upkeep": np.array([thousandths(upkeep(config, one)) for one in postures]),
        "standby": standing,
        "eligible": np.array([eligible(config, one) for one in postures]),
        "slot_of": np.array(slots(config)),
        "coverage": np.round(np.array(config.coverage) * 65536),
        "load_time": np.array([instants(time) for time in config.load]),
    }


def lengths_of(config: OfficeConfig, count: int) -> dict[str, int]:
    """Return the lengths of the letters of offices, so many a world."""
    return {
        "F": count,
        "A": config.team,
        "U": len(config.roles),
        "g": len(config.postures),
        "v": deepest(config),
    }


def inspect(saved: Mapping[str, Array], lengths: Mapping[str, int]) -> None:
    """Raise `SnapshotError` for values of office columns that cannot be."""
    most = {
        "role_holder": lengths["A"],
        "member_duty": lengths["U"],
        "member_condition": len(Condition) - 1,
        "member_memory": len(Memory) - 1,
        "member_poisoned": OVERFLOWN,
        "posture": lengths["g"] - 1,
    }
    for name, limit in most.items():
        if int(saved[name].max(initial=0)) > limit:
            raise SnapshotError(f"snapshot: column {name!r} has values above {limit}.")


def inject(simulation: Simulation, office: int, member: int, kind: FaultKind) -> None:
    """Let a fault hit a member of an office now, between two ticks.

    It hits for certain, whoever stands by; who is down lets it pass. Others take over, repairers
    set out and the office closes as after any fault, at the first instant of the coming tick.

    Parameters
    ----------
    simulation : Simulation
        Worlds that have been reset and have offices.
    office : int
        Row of the office: in world w that of manager s is ``w * offices + s``, that of governor s
        ``w * offices + regions + s``.
    member : int
        Member of the office.
    kind : FaultKind
        What the fault does.

    Raises
    ------
    ArgumentError
        When there is no such office or member, or the kind is none. The state is untouched.
    ResetNeededError
        Before the first reset.
    """
    simulation.need_ready()
    lengths = simulation.lengths
    for name, given, count in (("office", office, lengths["F"]), ("member", member, lengths["A"])):
        whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
        if not whole or not 0 <= given < count:
            expected = f"an integer from 0 to {count - 1}" if count else "a world with offices"
            raise ArgumentError(name, expected, given)
    if not isinstance(kind, FaultKind):
        raise ArgumentError("kind", "a FaultKind", kind)
    which = {"struck_member": int(member), "struck_kind": int(kind)}
    simulation.run_units(INJECT, int(office), int(office) + 1, 1, which)
