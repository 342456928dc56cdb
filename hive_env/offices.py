"""What an office is: its roles, who stands by, how members fail and come back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from hive_env.checks import need, need_integer, need_number
from hive_env.enums import Crew, Garble, Standby, Standing

MOST_MEMBERS = 62
"""Members of an office at most."""

MOST_ROLES = 15
"""Roles of an office at most."""


@dataclass(frozen=True)
class Role:
    """One role of an office.

    Parameters
    ----------
    name : str
        Of the eight by default: sense, assess, comply, decide, relay, report, scout, archive.
    critical : bool
        Whether the office is closed while nobody serves it.
    standby : Standby
        How its other members stand by.
    fault_mean : float
        Mean of the time between two faults of one of its members, ticks; 0 for none. None: the
        office's.
    """

    name: str
    critical: bool = True
    standby: Standby = Standby.HOT
    fault_mean: float | None = None


ROLES = (
    Role("sense", standby=Standby.WARM),
    Role("assess", standby=Standby.WARM),
    Role("comply"),
    Role("decide"),
    Role("relay", standby=Standby.WARM),
    Role("report", critical=False, standby=Standby.COLD),
    Role("scout", critical=False, standby=Standby.COLD),
    Role("archive", critical=False, standby=Standby.COLD),
)
"""The eight roles, with the standby that the paper advises for each."""


@dataclass(frozen=True)
class OfficeConfig:
    """Faults, standby and recovery of the offices of a hive. Times are in ticks.

    Parameters
    ----------
    roles : tuple
        The `Role` in series that the office needs, 1 to 15.
    members : int
        m, members of each role, 1 or more; at most 62 in all.
    fault_mean : float
        Mean time between two faults of a member; 0 for none.
    fault_shape : float
        Weibull shape of that time, .25 to 8: 1 is exponential, above 1 wears out. The scale is
        such that ``fault_mean`` is the mean.
    kill, delay, corruption : float
        Shares of the kinds of fault; the rest is overflow. A delayed member acts on old input, a
        corrupt one puts out nonsense; both serve on. A killed and an overflown one are down.
    delay_mean, corruption_mean : float
        Mean time for which a member is slow, and until a corrupt one is found out.
    dormancy : float
        Rate at which faults strike who stands by, as a share of the rate at work, 0 to 1.
    coverage : tuple of float
        Chance that a takeover succeeds, by standby: hot, warm, cold. One that fails takes the
        member that was to take over down.
    detect : float
        Time from a failure to its detection.
    load : tuple of float
        Time from there until the standby serves, by standby.
    event_gap, replay : float
        Mean time between events of an office, and the time to replay one: a warm standby replays
        those since the last snapshot.
    snapshot_every : float
        Time between two snapshots, taken while somebody serves the role ``archive``; 0 for none.
    snapshot_integrity, evidence_integrity : float
        Chance that a snapshot is intact, that the log of evidence is complete.
    resume, transfer, restart : float
        Mean time of a recovery by snapshot, by the log of evidence, by a clean restart.
    crew : Crew
        Who repairs.
    rotation : int
        k, roles that each member can serve: its own and k - 1 others.
    sharing : str
        Which others: ``ring``, those after its own, around the end; or ``pairs``, its neighbour in
        a pair (k = 2).
    skill, least_skill : float
        P_0, how well a member knows a role that it serves or has just practised, and P_min, below
        which it may not take it.
    skill_decay : float
        Rate at which what a member does not practise fades, by tick: P_0 exp(-rate t).
    garble : Garble
        What a corrupt office puts out.
    standing : Standing
        What the people of a closed office do.
    practice_every : int
        Ticks between two turns of practice: in each who is up practises what it serves or, if
        free, the next of its roles; 0 for none.
    """

    roles: tuple[Role, ...] = ROLES
    members: int = 2
    fault_mean: float = 4096.0
    fault_shape: float = 1.0
    kill: float = 0.4
    delay: float = 0.2
    corruption: float = 0.2
    delay_mean: float = 32.0
    corruption_mean: float = 16.0
    dormancy: float = 1.0
    coverage: tuple[float, float, float] = (1.0, 0.9976, 0.983)
    detect: float = 1.0
    load: tuple[float, float, float] = (0.0, 2.0, 16.0)
    event_gap: float = 8.0
    replay: float = 0.5
    snapshot_every: float = 32.0
    snapshot_integrity: float = 0.9
    evidence_integrity: float = 0.9
    resume: float = 8.0
    transfer: float = 32.0
    restart: float = 128.0
    crew: Crew = Crew.EACH
    rotation: int = 1
    sharing: str = "ring"
    skill: float = 0.95
    least_skill: float = 0.5
    skill_decay: float = 0.0005
    practice_every: int = 64
    garble: Garble = Garble.RANDOM
    standing: Standing = Standing.CARRY_ON

    @property
    def postures(self):
        from types import SimpleNamespace as N
        return tuple(N(name=n) for n in ("planned", "lean", "guarded", "rotating"))

    consensus = None

    @property
    def team(self) -> int:
        """Members of all roles."""
        return self.members * len(self.roles)

    def __post_init__(self) -> None:
        need(
            isinstance(self.roles, tuple)
            and 0 < len(self.roles) <= MOST_ROLES
            and all(isinstance(role, Role) for role in self.roles),
            "roles",
            f"a tuple of 1 to {MOST_ROLES} Role",
            self.roles,
        )
        names = [role.name for role in self.roles]
        need(len(set(names)) == len(names), "roles", "names that differ", ", ".join(names))
        need(any(role.critical for role in self.roles), "roles", "a critical role", "none")
        need_integer(self.members, "members", 1, MOST_MEMBERS // len(self.roles))
        for role in self.roles:
            need(isinstance(role.standby, Standby), f"roles[{role.name}].standby", "a Standby", "")
            if role.fault_mean is not None:
                need_number(role.fault_mean, f"roles[{role.name}].fault_mean", 0.0, 2.0**26)
        for name, high in _TIMES:
            need_number(getattr(self, name), name, 0.0, high)
        need_number(self.fault_shape, "fault_shape", 0.25, 8.0)
        for name in ("kill", "delay", "corruption", "dormancy", *_CHANCES, "skill_decay"):
            need_number(getattr(self, name), name, 0.0, 1.0)
        total = self.kill + self.delay + self.corruption
        need(total <= 1 + 1e-9, "kill, delay, corruption", "shares that sum to at most 1", total)
        for name in ("coverage", "load"):
            values = getattr(self, name)
            good = isinstance(values, tuple) and len(values) == 3
            need(good, name, "three numbers: hot, warm, cold", values)
            for kind, value in zip(Standby, values, strict=True):
                need_number(value, f"{name}[{kind.name}]", 0.0, 1.0 if name == "coverage" else 1e6)
        need(isinstance(self.crew, Crew), "crew", "a Crew", self.crew)
        need(isinstance(self.garble, Garble), "garble", "a Garble", self.garble)
        need(isinstance(self.standing, Standing), "standing", "a Standing", self.standing)
        need_integer(self.rotation, "rotation", 1, len(self.roles))
        need(self.sharing in ("ring", "pairs"), "sharing", "ring or pairs", self.sharing)
        need_integer(self.practice_every, "practice_every", 0, 1 << 24)
        need(
            self.least_skill <= self.skill,
            "least_skill",
            f"at most skill, {self.skill}: else nobody could serve",
            self.least_skill,
        )
        paired = self.rotation == 2 and len(self.roles) % 2 == 0
        need(
            self.sharing == "ring" or paired,
            "sharing",
            "ring, unless the rotation is 2 and the roles are even in number",
            self.sharing,
        )


_CHANCES = ("snapshot_integrity", "evidence_integrity", "skill", "least_skill")
_TIMES = (
    *((name, 2.0**26) for name in ("fault_mean", "delay_mean", "corruption_mean")),
    *((name, 2.0**26) for name in ("resume", "transfer", "restart")),
    *((name, 1e6) for name in ("detect", "event_gap", "replay", "snapshot_every")),
)


def presets() -> dict[str, OfficeConfig]:
    """Return the presets by name: off, mild, default, harsh."""
    usual = OfficeConfig()
    return {
        "off": replace(usual, fault_mean=0.0, skill_decay=0.0),
        "mild": replace(usual, fault_mean=4 * usual.fault_mean),
        "default": usual,
        "harsh": replace(usual, fault_mean=usual.fault_mean / 4, snapshot_integrity=0.5),
    }


def weibull_scale(mean: float, shape: float) -> float:
    """Return the scale of a Weibull distribution from its mean."""
    return mean / math.gamma(1 + 1 / shape)


def by_role(config: OfficeConfig) -> dict[str, Any]:
    """Return, by name, the lists that have a value for each role."""
    return {
        "fault_mean": [
            config.fault_mean if role.fault_mean is None else role.fault_mean
            for role in config.roles
        ],
        "standby": [int(role.standby) for role in config.roles],
    }


def eligible(config: OfficeConfig) -> list[int]:
    """Return for each role the members who may serve it, a bit each."""
    roles, members = len(config.roles), config.members
    found = [0] * roles
    for own in range(roles):
        for step in range(config.rotation):
            other = own ^ step if config.sharing == "pairs" else (own + step) % roles
            found[other] |= ((1 << members) - 1) << (own * members)
    return found


def slots(config: OfficeConfig) -> list[list[int]]:
    """Return for each member which of its roles each role is, 0 for its own and for strangers."""
    roles = len(config.roles)
    own = [member // config.members for member in range(roles * config.members)]
    paired = config.sharing == "pairs"
    steps = [
        [role ^ mine if paired else (role - mine) % roles for role in range(roles)] for mine in own
    ]
    return [[step if step < config.rotation else 0 for step in line] for line in steps]


def half_life(config: OfficeConfig) -> float:
    """Return the time in which what nobody practises fades to half, ticks; 0 for never."""
    return math.log(2) / config.skill_decay if config.skill_decay > 0 else 0.0
