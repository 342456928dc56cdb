"""Dependability measured in the environment's own dynamics: offices by themselves, simulated.

Times are in hours here, a tick being a tenth of an hour or ten hours as a study asks for; what
happens within a tick has its own instant, so the length of a tick does not matter but for the
instant, 1/65,536 of it, to which durations are rounded down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.enums import Crew, Standby
from hive_env.offices import OfficeConfig, Role
from hive_env.postures import PLANNED
from hive_env.scenarios.teams import Teams
from hive_env.systems.members import INSTANT_SHIFT

Floats = NDArray[np.float64]
Tell = Callable[[int], object]

Z = 1.959964
"""Quantile of the normal law for intervals of 95 %."""

FAULT_HOURS, REPAIR_HOURS = 150.0, 0.5
"""The paper's mean time to a fault of a member, and of a repair, h."""

PLAIN = OfficeConfig(
    kill=1.0,
    delay=0.0,
    corruption=0.0,
    coverage=(1.0, 1.0, 1.0),
    detect=0.0,
    load=(0.0, 0.0, 0.0),
    event_gap=0.0,
    replay=0.0,
    checkpoint_every=0.0,
    skill_decay=0.0,
    practice_every=0,
    postures=(PLANNED,),
)
"""An office as reliability theory has it: whoever fails is down, and takeovers take no time."""


@dataclass(frozen=True)
class Estimate:
    """A number as measured.

    Parameters
    ----------
    value : float
        The estimate.
    low, high : float
        Ends of its 95 % interval.
    count : int
        Failures, or takeovers, that it rests on.
    error : float
        Standard error; that of the exact value where it was used to test it.
    """

    value: float
    low: float
    high: float
    count: int
    error: float


def office(
    ticks_per_hour: float,
    members: int = 2,
    roles: int = 8,
    standby: Standby = Standby.HOT,
    **changes: Any,
) -> OfficeConfig:
    """Return the paper's team: kills only, hot standby, nothing that takes time but repair.

    Parameters
    ----------
    ticks_per_hour : float
        Ticks in an hour.
    members, roles : int
        Members of each role, and roles, all of them critical.
    standby : Standby
        How the others of each role stand by.
    **changes
        Parameters of `OfficeConfig`, to have others.
    """
    hour = ticks_per_hour
    fault, repair = FAULT_HOURS * hour, REPAIR_HOURS * hour
    named = tuple(Role(f"role {number}", standby=standby) for number in range(roles))
    given: dict[str, Any] = {"resume": repair, "transfer": repair, "restart": repair, **changes}
    return replace(PLAIN, roles=named, members=members, **{"fault_mean": fault, **given})


def poisson_interval(count: int) -> tuple[float, float]:
    """Return the 95 % interval of the mean of a Poisson variable that was ``count``.

    Notes
    -----
    The exact limits are quantiles of chi-square, here in the approximation of Wilson and Hilferty,
    *The distribution of chi-square*, 1931.
    """

    def limit(half: float, z: float) -> float:
        return half * (1 - 1 / (9 * half) + z / (3 * math.sqrt(half))) ** 3

    return (limit(count, -Z) if count else 0.0), limit(count + 1, Z)


# --- lifetimes: offices watched to their first failure ------------------------------------------


def lifetimes(config: OfficeConfig, count: int, seed: int, ticks: int = 1, **more: Any) -> Floats:
    """Return the times to the first failure of offices where nobody repairs, ticks.

    Every office is watched until it fails, so nothing is censored and their mean is unbiased.

    Parameters
    ----------
    config : OfficeConfig
        Its crew is `Crew.NOBODY`: a closed office stays closed.
    count : int
        Offices.
    seed : int
        Seed of the world.
    ticks : int
        Ticks between two looks at whether all have failed.
    **more
        As `Teams` takes.
    """
    teams = Teams(config, count, **more)
    teams.reset(seed)
    while (teams.columns["closings"] == 0).any():
        teams.tick(ticks)
    return np.asarray(teams.columns["open_time"] / float(1 << INSTANT_SHIFT))


def mean_of(sample: Floats) -> Estimate:
    """Return the mean of independent values."""
    mean, error = float(sample.mean()), float(sample.std(ddof=1) / math.sqrt(len(sample)))
    return Estimate(mean, mean - Z * error, mean + Z * error, len(sample), error)


def survivors(sample: Floats, times: Floats) -> Floats:
    """Return the share of lifetimes that are longer than each of some times."""
    return 1 - np.searchsorted(np.sort(sample), times, side="right") / len(sample)


# --- renewals: offices that start anew whenever they fail ---------------------------------------


@dataclass(frozen=True)
class Renewals:
    """What offices that start anew at every failure showed.

    Parameters
    ----------
    failures : int
        Failures of all.
    hours : float
        Time of all together, h.
    times, alive : float64[n]
        Times, h, and the share of offices without a failure until then.
    """

    failures: int
    hours: float
    times: Floats
    alive: Floats

    def mttf(self) -> Estimate:
        """Return the mean time to a failure, h: time over failures.

        Notes
        -----
        Over a time T an office fails T / MTTF + (c**2 - 1) / 2 times in the mean, c being the
        coefficient of variation of a lifetime (Cox, *Renewal Theory*, 1962, section 4.3). So the
        estimate is too low by the share (c**2 - 1) / 2 over the failures of one office. For
        repaired teams c**2 is 1 but for about the share that a repair is of the MTTF.
        """
        low, high = poisson_interval(self.failures)
        value = self.hours / self.failures if self.failures else math.inf
        most = self.hours / low if low else math.inf
        error = value / math.sqrt(self.failures) if self.failures else math.inf
        return Estimate(value, self.hours / high, most, self.failures, error)


def renewals(
    config: OfficeConfig, count: int, seed: int, ticks: int, ticks_per_hour: float, tell: Tell,
    **more: Any,
) -> Renewals:  # fmt: skip
    """Let offices start anew at every failure, for so many ticks.

    Parameters
    ----------
    config : OfficeConfig
        Their configuration.
    count : int
        Offices.
    seed : int
        Seed of the world.
    ticks : int
        Ticks to watch.
    ticks_per_hour : float
        Ticks in an hour.
    tell : callable
        Hears of ticks that have passed.
    **more
        As `Teams` takes.
    """
    teams = Teams(config, count, renew=True, **more)
    teams.reset(seed)
    times, alive = [], []
    for step in _steps(ticks):
        teams.tick(step)
        tell(step)
        times.append(int(teams.columns["tick"][0]) / ticks_per_hour)
        alive.append(float((teams.columns["closings"] == 0).mean()))
    account = teams.account()
    hours = account.open_time / ticks_per_hour
    return Renewals(account.closings, hours, np.array(times), np.array(alive))


def _steps(ticks: int) -> Iterator[int]:
    """Yield lengths that add up to so many ticks, each longer than the one before by a tenth."""
    passed = 0
    while passed < ticks:
        step = min(max(1, passed // 10), ticks - passed)
        passed += step
        yield step


# --- failovers ----------------------------------------------------------------------------------


def latencies(config: OfficeConfig, count: int, seed: int, ticks: int, **more: Any) -> Floats:
    """Return the latencies of takeovers, ticks.

    Parameters
    ----------
    config : OfficeConfig
        Faults should be so rare that an office seldom has two takeovers in a tick: those are left
        out, which does not depend on how long they take.
    count : int
        Offices.
    seed : int
        Seed of the world.
    ticks : int
        Ticks to watch.
    **more
        As `Teams` takes.
    """
    teams = Teams(config, count, **more)
    teams.reset(seed)
    found = []
    columns = teams.columns
    for _ in range(ticks):
        before, time = columns["takeovers"].copy(), columns["takeover_time"].copy()
        failed = columns["takeovers_failed"].copy()
        teams.tick()
        single = (columns["takeovers"] == before + 1) & (columns["takeovers_failed"] == failed)
        found.append((columns["takeover_time"] - time)[single])
    return np.concatenate(found) / float(1 << INSTANT_SHIFT)


def share_of(hits: int, count: int) -> Estimate:
    """Return a proportion, with the interval of Wilson, *Probable inference*, 1927."""
    share = hits / count
    centre = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    reach = math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2)) * Z / (1 + Z**2 / count)
    error = math.sqrt(share * (1 - share) / count)
    return Estimate(share, centre - reach, centre + reach, count, error)


def quantile_of(sample: Floats, probability: float) -> Estimate:
    """Return a quantile, with the interval between order statistics (David, *Order Statistics*).

    Its standard error is that of the interval, which is zero where the quantile is an atom.
    """
    ordered = np.sort(sample)
    count = len(ordered)
    reach = Z * math.sqrt(count * probability * (1 - probability))
    places = [probability * count, probability * count - reach, probability * count + reach + 1]
    middle, low, high = (float(ordered[min(max(int(at), 0), count - 1)]) for at in places)
    return Estimate(middle, low, high, count, (high - low) / (2 * Z))


def faults_a_day(members: int, mean_hours: float, days: int, count: int, seed: int) -> Estimate:
    """Return the faults that strike a fleet in a day.

    Parameters
    ----------
    members : int
        Members of the fleet.
    mean_hours : float
        Mean time between the faults of one, h; a tick is an hour.
    days, count : int
        Days to watch, fleets.
    seed : int
        Seed of the world.
    """
    config = office(1.0, members=2, roles=members // 2, fault_mean=mean_hours, crew=Crew.EACH)
    teams = Teams(config, count)
    teams.reset(seed)
    teams.tick(24 * days)
    # The last one drawn for each is still to come.
    faults = int(teams.columns["member_faults"].sum(dtype=np.int64)) - members * count
    low, high = poisson_interval(faults)
    days *= count
    return Estimate(faults / days, low / days, high / days, faults, math.sqrt(faults) / days)
