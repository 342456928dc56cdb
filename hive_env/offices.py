"""What an office is: its roles, who stands by, how members fail and come back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from hive_env.checks import need, need_integer, need_number
from hive_env.consensus import Consensus
from hive_env.enums import Crew, Garble, Standby, Standing
from hive_env.postures import PLANNED, POSTURES, Posture

MOST_MEMBERS = 62
"""Members of an office at most."""

MOST_ROLES = 15
"""Roles of an office at most."""

MOST_POSTURES = 16
"""Postures of an office at most."""


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
    members : int
        Its members. None: as many as the office's other roles have, or, of ``decide`` in an
        office with consensus, one for each peer.
    """

    name: str
    critical: bool = True
    standby: Standby = Standby.HOT
    fault_mean: float | None = None
    members: int | None = None

    def __post_init__(self) -> None:
        need(isinstance(self.name, str) and bool(self.name), "Role.name", "a name", self.name)
        need(
            isinstance(self.critical, bool), f"roles[{self.name}].critical", "a bool", self.critical
        )
        good = isinstance(self.standby, Standby)
        need(good, f"roles[{self.name}].standby", "a Standby", self.standby)
        if self.fault_mean is not None:
            need_number(self.fault_mean, f"roles[{self.name}].fault_mean", 0.0, 2.0**26)
        if self.members is not None:
            need_integer(self.members, f"roles[{self.name}].members", 1, MOST_MEMBERS)


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
        m, members of each role that does not say so itself, 1 or more; at most 62 in all.
    fault_mean : float
        Mean time between two faults of a member; 0 for none, else its scale at least 1/65536.
    fault_shape : float
        Weibull shape of that time, .25 to 8: 1 is exponential, above 1 wears out. The scale is
        such that ``fault_mean`` is the mean.
    kill, delay, corruption : float
        Shares of the kinds of fault; the rest is overflow. A delayed member acts on old input, a
        corrupt one puts out nonsense; both serve on. A killed and an overflown one are down; an
        overflown one has lost what it holds and cannot resume, since its checkpoint holds what
        overflowed it.
    delay_mean, corruption_mean : float
        Mean time for which a member is slow, and until a corrupt one is found out; what lasts 0
        is over at the next instant.
    dormancy : float or tuple of float
        Rate at which faults strike who stands by, as a share of the rate at work, 0 to 1: one for
        all, or by standby: hot, warm, cold.
    coverage : tuple of float
        Chance that a takeover succeeds, by standby: hot, warm, cold. One that fails takes the
        member that was to take over down.
    detect : float
        Time from a failure to its detection.
    load : tuple of float
        Time from there until the standby serves, by standby.
    event_gap, replay : float
        Mean time between events of an office, and the time to replay one: a warm standby replays
        those since the last checkpoint.
    checkpoint_every : float
        Time between two checkpoints, taken while somebody serves the role ``archive``; 0 for none.
    checkpoint_integrity, evidence_integrity : float
        Chance that a checkpoint is intact, that the log of evidence is complete.
    resume, transfer, restart : float
        Mean time of a recovery by checkpoint, by the log of evidence, by a clean restart; 0: who
        goes down is back at the next instant.
    crew : Crew
        Who repairs.
    rotation : int
        k, roles that each member can serve: its own and k - 1 others.
    sharing : str
        Which others: ``ring``, those after its own, around the end; or ``pairs``, its neighbour in
        a pair (k = 2).
    skill, least_skill : float
        P_0, how well a member knows a role that it serves or has just practised, and P_min, below
        which it may not take it. While knowledge fades a clean restart halves it:
        where ``skill`` / 2 is below ``least_skill`` a member that restarted may not serve until its
        next turn of practice, and without turns never.
    skill_decay : float
        Rate at which what a member does not practise fades, by tick: P_0 exp(-rate t).
    garble : Garble
        What a corrupt office puts out.
    standing : Standing
        What the people of a closed office do.
    practice_every : int
        Ticks between two turns of practice: in each who is up practises what it serves or, if
        free, the next of its roles; 0 for none: then who has forgotten a role never takes it again.
    consensus : Consensus
        How the members of ``decide`` agree on a decision; None: who serves it decides alone.
    postures : tuple of Posture
        Standby and rotation that the office's seat may choose. The first holds at the start.
    standby_cost : tuple of float
        What a backup costs a tick, by standby: hot, warm, cold. Who serves costs 1.
    rotation_cost : float
        What it costs a tick that a member can serve one more role.
    budget : float
        What the office may spend on standby and rotation a tick. None: what its first posture
        costs.
    savings : float
        Most of it that can be saved up: units of cost times ticks.
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
    dormancy: float | tuple[float, float, float] = 1.0
    coverage: tuple[float, float, float] = (1.0, 0.9976, 0.983)
    detect: float = 1.0
    load: tuple[float, float, float] = (0.0, 2.0, 16.0)
    event_gap: float = 8.0
    replay: float = 0.5
    checkpoint_every: float = 32.0
    checkpoint_integrity: float = 0.9
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
    consensus: Consensus | None = None
    postures: tuple[Posture, ...] = POSTURES
    standby_cost: tuple[float, float, float] = (1.0, 0.15, 0.0)
    rotation_cost: float = 0.03
    budget: float | None = None
    savings: float = 256.0

    @property
    def sizes(self) -> tuple[int, ...]:
        """Members of each role."""
        peers = self.members if self.consensus is None else self.consensus.peers
        usual = [peers if role.name == "decide" else self.members for role in self.roles]
        given = [role.members for role in self.roles]
        return tuple(many if own is None else own for own, many in zip(given, usual, strict=True))

    @property
    def team(self) -> int:
        """Members of all roles."""
        return sum(self.sizes)

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
        self._check_members()
        for name, high in _TIMES:
            need_number(getattr(self, name), name, 0.0, high)
        need_number(self.fault_shape, "fault_shape", 0.25, 8.0)
        self._check_fault_means()
        for name in ("kill", "delay", "corruption", *_CHANCES, "skill_decay"):
            need_number(getattr(self, name), name, 0.0, 1.0)
        total = self.kill + self.delay + self.corruption
        need(total <= 1 + 1e-9, "kill, delay, corruption", "shares that sum to at most 1", total)
        by_standby = [("coverage", 1.0), ("load", 1e6), ("standby_cost", 1e3)]
        if isinstance(self.dormancy, tuple):
            by_standby.append(("dormancy", 1.0))
        else:
            need_number(self.dormancy, "dormancy", 0.0, 1.0)
        for name, high in by_standby:
            values = getattr(self, name)
            good = isinstance(values, tuple) and len(values) == 3
            need(good, name, "three numbers: hot, warm, cold", values)
            for kind, value in zip(Standby, values, strict=True):
                need_number(value, f"{name}[{kind.name}]", 0.0, high)
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
        self._check_postures()

    def _check_fault_means(self) -> None:
        """Refuse mean times between faults that would round to none at all."""
        least = max(1.0, 1.0 / weibull_scale(1.0, self.fault_shape)) / 65536
        given = {f"roles[{role.name}].fault_mean": role.fault_mean for role in self.roles}
        for name, mean in {"fault_mean": self.fault_mean, **given}.items():
            good = not mean or mean >= least
            need(good, name, f"0, or at least {least:.3g}, an instant", mean)

    def _check_members(self) -> None:
        """Refuse numbers of members that cannot be, and consensus without its peers."""
        need_integer(self.members, "members", 1, MOST_MEMBERS)
        if self.consensus is not None:
            good = isinstance(self.consensus, Consensus)
            need(good, "consensus", "a Consensus or None", self.consensus)
            sizes = {role.name: many for role, many in zip(self.roles, self.sizes, strict=True)}
            need("decide" in sizes, "consensus", "a role named decide, whose members agree", "none")
            need(
                sizes["decide"] == self.consensus.peers,
                "roles[decide].members",
                f"None, or the {self.consensus.peers} peers of the consensus",
                sizes["decide"],
            )
        need(self.team <= MOST_MEMBERS, "members", f"at most {MOST_MEMBERS} in all", self.team)

    def _check_postures(self) -> None:
        """Refuse postures that the office cannot take or pay."""
        good = isinstance(self.postures, tuple) and 0 < len(self.postures) <= MOST_POSTURES
        good = good and all(isinstance(one, Posture) for one in self.postures)
        need(good, "postures", f"a tuple of 1 to {MOST_POSTURES} Posture", self.postures)
        names = [one.name for one in self.postures]
        need(len(set(names)) == len(names), "postures", "names that differ", ", ".join(names))
        roles = len(self.roles)
        for one in self.postures:
            argument = f"postures[{one.name}]"
            if isinstance(one.standby, tuple):
                need(
                    len(one.standby) == roles,
                    f"{argument}.standby",
                    f"a Standby for each of the {roles} roles",
                    len(one.standby),
                )
            if one.rotation is not None:
                most = min(roles, 2) if self.sharing == "pairs" else roles
                mend = f"Give postures=(...) that suit {roles} roles shared as a {self.sharing}."
                good = isinstance(one.rotation, int) and not isinstance(one.rotation, bool)
                good = good and 1 <= one.rotation <= most
                need(good, f"{argument}.rotation", f"from 1 to {most}", one.rotation, mend)
        need_number(self.rotation_cost, "rotation_cost", 0.0, 1e3)
        need_number(self.savings, "savings", 0.0, 1e9)
        if self.budget is not None:
            least = upkeep(self, self.postures[0])
            need_number(self.budget, "budget", 0.0, 1e6)
            need(
                self.budget >= least,
                "budget",
                f"at least {least:g}, what the posture {names[0]!r} costs a tick",
                self.budget,
            )


_CHANCES = ("checkpoint_integrity", "evidence_integrity", "skill", "least_skill")
_TIMES = (
    *((name, 2.0**26) for name in ("fault_mean", "delay_mean", "corruption_mean")),
    *((name, 2.0**26) for name in ("resume", "transfer", "restart")),
    *((name, 1e6) for name in ("detect", "event_gap", "replay", "checkpoint_every")),
)


def presets() -> dict[str, OfficeConfig]:
    """Return the presets by name: off, mild, default, harsh.

    Their offices begin lean, and have a budget for about half of what the planned posture costs;
    while one is closed its people hold, unless the level above says otherwise.
    """
    planned, lean, guarded, rotating = POSTURES
    usual = OfficeConfig(
        postures=(lean, planned, guarded, rotating),
        budget=1.5,
        load=(0.0, 2.0, 64.0),
        standing=Standing.HOLD,
    )
    return {
        "off": replace(usual, fault_mean=0.0, skill_decay=0.0),
        "mild": replace(usual, fault_mean=4 * usual.fault_mean),
        "default": usual,
        "harsh": replace(usual, fault_mean=usual.fault_mean / 4, checkpoint_integrity=0.5),
    }


def weibull_scale(mean: float, shape: float) -> float:
    """Return the scale of a Weibull distribution from its mean."""
    return mean / math.gamma(1 + 1 / shape)


def fault_means(config: OfficeConfig) -> list[float]:
    """Return for each role the mean time between two faults of one of its members, ticks."""
    means = [role.fault_mean for role in config.roles]
    return [config.fault_mean if mean is None else mean for mean in means]


def dormancies(config: OfficeConfig) -> tuple[float, ...]:
    """Return the rate at which faults strike who stands by, of that at work: hot, warm, cold."""
    given = config.dormancy
    return given if isinstance(given, tuple) else (given,) * len(Standby)


def standbys(config: OfficeConfig, posture: Posture = PLANNED) -> list[Standby]:
    """Return for each role how its other members stand by in a posture."""
    given = posture.standby
    found = []
    for at, role in enumerate(config.roles):
        kind = role.standby if given is None else given
        kind = kind[at] if isinstance(kind, tuple) else kind
        found.append(posture.critical if role.critical and posture.critical is not None else kind)
    return found


def rotation(config: OfficeConfig, posture: Posture = PLANNED) -> int:
    """Return how many roles each member can serve in a posture."""
    return config.rotation if posture.rotation is None else posture.rotation


def upkeep(config: OfficeConfig, posture: Posture = PLANNED) -> float:
    """Return what a posture costs a tick: its backups, and the further roles of its members.

    The unit is what it costs a tick that a member serves.
    """
    backups = [
        (many - 1) * config.standby_cost[kind]
        for many, kind in zip(config.sizes, standbys(config, posture), strict=True)
    ]
    further = rotation(config, posture) - 1
    return math.fsum(backups) + config.rotation_cost * config.team * further


def eligible(config: OfficeConfig, posture: Posture = PLANNED) -> list[int]:
    """Return for each role the members who may serve it in a posture, a bit each."""
    roles = len(config.roles)
    found = [0] * roles
    for member, own in enumerate(own_roles(config)):
        for step in range(rotation(config, posture)):
            other = own ^ step if config.sharing == "pairs" else (own + step) % roles
            found[other] |= 1 << member
    return found


def own_roles(config: OfficeConfig) -> list[int]:
    """Return for each member its own role: those of the first role come first."""
    return [role for role, many in enumerate(config.sizes) for _ in range(many)]


def deepest(config: OfficeConfig) -> int:
    """Return how many roles each member can serve in the posture where it can serve most."""
    return max(rotation(config, posture) for posture in config.postures)


def slots(config: OfficeConfig) -> list[list[int]]:
    """Return for each member which of its roles each role is, 0 for its own and for strangers.

    Its roles are those that it may serve in the posture of the deepest rotation; in another one
    they are the first of them.
    """
    roles, depth = len(config.roles), deepest(config)
    paired = config.sharing == "pairs"
    steps = [
        [role ^ mine if paired else (role - mine) % roles for role in range(roles)]
        for mine in own_roles(config)
    ]
    return [[step if step < depth else 0 for step in line] for line in steps]


def half_life(config: OfficeConfig) -> float:
    """Return the time in which what nobody practises fades to half, ticks; 0 for never."""
    return math.log(2) / config.skill_decay if config.skill_decay > 0 else 0.0
