"""Studies of mean times to failure: the offices of each, and the same team in exact mathematics."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hive_env.bench import measured
from hive_env.bench.measured import Estimate, Renewals, Tell, office
from hive_env.dependability import Team, paper_team
from hive_env.enums import Crew
from hive_env.offices import OfficeConfig

MAIN = "team-2-parallel"
"""The study whose failures the command is asked for."""

FAILURES = 100_000
"""Failures of it by default."""


@dataclass(frozen=True)
class Study:
    """Offices to measure one MTTF with.

    Parameters
    ----------
    claim : str
        Key of the claim.
    failures : int
        Failures to see, about.
    changes : dict
        What sets its offices apart, as `office` takes.
    team : Team
        The same team for the exact mathematics.
    ticks_per_hour : float
        Ticks in an hour.
    """

    claim: str
    failures: int
    changes: dict[str, Any]
    team: Team
    ticks_per_hour: float = 0.1

    @property
    def repaired(self) -> bool:
        """Whether anybody repairs."""
        return self.team.repair != "none"

    @property
    def config(self) -> OfficeConfig:
        """Its offices."""
        return office(self.ticks_per_hour, **self.changes)

    @property
    def mttf(self) -> float:
        """The exact value, h."""
        return float(self.team.mttf(exact=False))

    @property
    def offices(self) -> int:
        """Offices: so many that survival is seen, and that few ticks are needed."""
        return min(4096, max(256, self.failures // 8)) if self.repaired else self.failures

    @property
    def ticks(self) -> int:
        """Ticks until about as many failures have been seen as wanted; 1 without repair."""
        if not self.repaired:
            return 1
        return math.ceil(self.failures * self.mttf * self.ticks_per_hour / self.offices)

    @property
    def events(self) -> int:
        """Events that it takes, about: what progress is counted in."""
        members = sum(role.members for role in self.team.each)
        if not self.repaired:
            return self.failures * members
        return int(self.failures * self.mttf * members * 2 / measured.FAULT_HOURS)


def studies(failures: int) -> list[Study]:
    """Return all studies of an MTTF.

    Parameters
    ----------
    failures : int
        Failures of the main study. Others have fixed numbers, in proportion where this is below
        the default.
    """
    share = min(1.0, failures / FAILURES)

    def some(count: int) -> int:
        return max(4, round(count * share))

    found = [*_unrepaired(some(20_000)), *_repaired(failures, some)]
    for coverage, given in ((1.0, "1"), (411 / 412, "411/412")):
        for dormancy in (0.0, 0.15, 0.5, 1.0):
            if dormancy < 1 or coverage < 1:
                changes = {"dormancy": dormancy, "coverage": (coverage,) * 3}
                team = paper_team(2, dormancy=dormancy, coverage=coverage)
                key = f"standby-{dormancy:g}-{given}"
                found.append(Study(key, some(8_000), changes, team))
    return found


def events(failures: int) -> int:
    """Return the events that `measure` tells of, about."""
    return sum(study.events for study in studies(failures))


def _unrepaired(count: int) -> list[Study]:
    """Return the studies without repair: every office is watched to its failure."""
    none: dict[str, Any] = {"crew": Crew.NOBODY}
    shapes: dict[str, tuple[int, int]] = {
        "series": (8, 1),
        **{f"parallel-{members}": (1, members) for members in (2, 3)},
        **{f"team-{members}-unrepaired": (8, members) for members in (2, 3)},
    }
    found = [
        Study(
            key,
            count,
            {**none, "roles": roles, "members": members},
            replace(paper_team(members, repair="none"), roles=roles),
        )
        for key, (roles, members) in shapes.items()
    ]
    for sharing in ("pairs", "ring"):
        changes = {**none, "rotation": 2, "sharing": sharing}
        team = paper_team(2, repair="none", rotation=2, eligibility=sharing)
        found.append(Study(f"rotation-{sharing}-none", count, changes, team))
    return found


def _repaired(failures: int, some: Callable[[int], int]) -> list[Study]:
    """Return the studies with repair: offices start anew at every failure."""
    crews = {
        "parallel": Crew.EACH,
        "crew per role": Crew.BY_ROLE,
        "crew per team": Crew.RANDOM,
    }
    changes: dict[str, Any]
    found = [Study("role-2", some(10_000), {"roles": 1}, replace(paper_team(2), roles=1))]
    for members, count, per_hour in ((2, some(8_000), 0.1), (3, some(400), 0.02)):
        for policy, crew in crews.items():
            key = f"team-{members}-{policy.replace(' ', '-')}"
            team = paper_team(members, repair=policy)
            changes = {"members": members, "crew": crew}
            wanted = failures if key == MAIN else count
            found.append(Study(key, wanted, changes, team, per_hour))
    for sharing, count in (("pairs", some(1_000)), ("ring", some(8))):
        changes = {"rotation": 2, "sharing": sharing}
        team = paper_team(2, rotation=2, eligibility=sharing)
        per_hour = 0.02 if sharing == "pairs" else 0.005
        found.append(Study(f"rotation-{sharing}-parallel", count, changes, team, per_hour))
    return found


@dataclass(frozen=True)
class Finding:
    """What a study gave: the estimate, and the share of offices that live on at some times, h."""

    estimate: Estimate
    times: Sequence[float]
    alive: Sequence[float]


def carried_out(study: Study, seed: int, tell: Tell, threads: int | None) -> Finding:
    """Carry out a study, and tell of its events."""
    if study.repaired:
        per_tick = study.events / study.ticks
        watched: Renewals = measured.renewals(
            study.config, study.offices, seed, study.ticks, study.ticks_per_hour,
            lambda ticks: tell(round(ticks * per_tick)), threads=threads,
        )  # fmt: skip
        # The estimate is tested against what the exact MTTF lets expect, so its error is known.
        found = replace(watched.mttf(), error=study.mttf / math.sqrt(watched.hours / study.mttf))
        kept = watched.times <= 4 * study.mttf
        times, alive = watched.times[kept], watched.alive[kept]
    else:
        sample = measured.lifetimes(study.config, study.offices, seed, threads=threads)
        hours = sample / study.ticks_per_hour
        tell(study.events)
        found = measured.mean_of(hours)
        times = np.linspace(0, 3 * study.mttf, 31)
        alive = measured.survivors(hours, times)
    return Finding(found, times.tolist(), alive.tolist())


def exact_survival(study: Study, times: Sequence[float]) -> list[float]:
    """Return R at some times, h."""
    chain = study.team.chain(absorbing=True)
    return [float(chain.reliability(time)) for time in times]
