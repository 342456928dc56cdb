"""What standbys cost: the time of a failover, and the practice that keeps them fit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, harmonic_mean

from hive_env.checks import need
from hive_env.dependability.results import ROUNDED, Number, Result, number, positive


@dataclass(frozen=True)
class Failover:
    """How long a standby takes from a failure to its first event: detect, load, replay.

    latency = detect + load + (events since the checkpoint) / replay_rate. Checkpoints come at a
    fixed interval, a failure at any time, so the checkpoint's age is uniform over the interval;
    events come as a Poisson stream. All times are in seconds.

    Parameters
    ----------
    detect, load : float
        Time until the failure is noticed, and to load the checkpoint (for a cold standby: to
        start), s.
    checkpoint_interval : float
        Time between checkpoints, s; 0: the standby follows every event (hot).
    event_rate : float
        Rate of events, 1/s.
    replay_rate : float
        Rate at which events are replayed, 1/s, above 0.

    Raises
    ------
    ConfigError
        A time or rate is negative or not finite, or nothing is ever replayed.

    Notes
    -----
    With x = event_rate checkpoint_interval, the number of events given the age is Poisson, and
    over a uniform age P(n) = P(Poisson(x) > n) / x: the integral of the Poisson probability of n
    over its mean (Abramowitz and Stegun, 26.4.21). Its mean is x / 2; P(0) = (1 - exp(-x)) / x.
    The age itself is how stale the state is, not a wait, and no part of the latency.
    """

    detect: Number
    load: Number
    checkpoint_interval: Number
    event_rate: Number
    replay_rate: Number

    def __post_init__(self) -> None:
        for name in ("detect", "load", "checkpoint_interval", "event_rate"):
            object.__setattr__(self, name, float(number(getattr(self, name), name)))
        rate = float(positive(self.replay_rate, "replay_rate", "1/s"))
        object.__setattr__(self, "replay_rate", rate)

    @property
    def least(self) -> float:
        """Latency when there is nothing to replay, s."""
        return float(self.detect + self.load)

    def mean(self) -> Result:
        """Return the mean latency, s."""
        waiting = self._events / 2 / float(self.replay_rate)
        return Result(self.least + waiting, "s", "detect + load + mean replay", ROUNDED)

    def nothing_to_replay(self) -> Result:
        """Return the probability that no event came since the checkpoint."""
        return Result(self.probability(0), "1", "Poisson over a uniform age", ROUNDED)

    def probability(self, events: int) -> float:
        """Return the probability that exactly so many events have to be replayed."""
        x = self._events
        if x == 0:
            return 1.0 if events == 0 else 0.0
        return _poisson_above(events, x) / x

    def cdf(self, latency: float) -> Result:
        """Return the probability that a failover takes at most so long, s."""
        seconds = float(number(latency, "latency"))
        # The latency that so many events take counts as reached, however it was rounded.
        most = math.floor((seconds - self.least) * float(self.replay_rate) + _SUMMED * 1e3)
        reached = 0.0
        for events, total in enumerate(self._cumulative()):
            if events > most:
                break
            reached = total
            if total > 1 - _SUMMED:
                break
        return Result(reached, "1", "sum of P(n)", _SUMMED)

    def quantile(self, probability: float) -> Result:
        """Return the least latency that a failover keeps to with a probability, s.

        Parameters
        ----------
        probability : float
            From 0 up to, but not, 1; .5 gives the median.
        """
        wanted = float(number(probability, "probability", 0, 1))
        need(wanted < 1, "probability", "below 1", probability)
        sums = enumerate(self._cumulative())
        events = next(count for count, total in sums if total >= wanted - _SUMMED)
        value = self.least + events / float(self.replay_rate)
        return Result(value, "s", f"{events} events to replay", _SUMMED)

    def median(self) -> Result:
        """Return the median latency, s."""
        return self.quantile(0.5)

    def _cumulative(self) -> Iterator[float]:
        """Yield the probability of at most 0, 1, 2, ... events, without end."""
        x, total, above, events = self._events, 0.0, 1.0, 0
        while x:
            hits = _poisson(events, x)
            # Subtracting is quick, and exact enough where the sum is to be divided by 1 or more.
            above = above - hits if x >= 1 else _poisson_above(events, x)
            total += max(0.0, above) / x
            yield min(1.0, total)
            events += 1
            if events > x and hits <= x * 1e-20:
                break
        while True:
            yield 1.0

    @property
    def _events(self) -> float:
        """Mean events between two checkpoints, x."""
        return float(self.event_rate * self.checkpoint_interval)


@dataclass(frozen=True)
class Proficiency:
    """How well a member fills a role, and how it decays without practice.

    P(t) = start exp(-decay t); the member may fill the role while P >= least.

    Parameters
    ----------
    start : float
        Proficiency after practice, 0 to 1.
    least : float
        Proficiency at which a member is still eligible (P_min), above 0, at most ``start``.
    decay : float
        Rate of decay, 1/h, above 0.

    Raises
    ------
    ConfigError
        A value is out of range, or ``least`` above ``start``.
    """

    start: Number
    least: Number
    decay: Number

    def __post_init__(self) -> None:
        for name in ("start", "least"):
            number(getattr(self, name), name, 0, 1)
            positive(getattr(self, name), name)
        need(self.least <= self.start, "least", f"at most start, {self.start}", self.least)
        positive(self.decay, "decay", "1/h")

    def at(self, hours: float) -> Result:
        """Return the proficiency a time after practice, h."""
        elapsed = float(number(hours, "hours"))
        value = float(self.start) * math.exp(-float(self.decay) * elapsed)
        return Result(value, "1", "start exp(-decay t)", ROUNDED)

    def practice_interval(self) -> Result:
        """Return the longest time between practices, ln(start / least) / decay, h."""
        value = math.log(float(self.start) / float(self.least)) / float(self.decay)
        return Result(value, "h", "ln(start / least) / decay", ROUNDED)

    def practice_overhead(self, session: float) -> Result:
        """Return the share of the time that practice of one role takes.

        Parameters
        ----------
        session : float
            Length of a practice, h, of which one is held in every interval.

        Raises
        ------
        ConfigError
            The interval is 0: ``least`` is ``start``.
        """
        hours = float(number(session, "session"))
        interval = float(self.practice_interval())
        need(interval > 0, "least", f"below start, {self.start}", self.least)
        return Result(hours / interval, "1", "session / practice interval", ROUNDED)


def capacity_on_backups(primary: float, backups: Sequence[float], roles: int) -> dict[str, Result]:
    """Return what a team yields with some roles filled by backups, relative to none.

    Parameters
    ----------
    primary : float
        Proficiency of a role's own member, above 0 to 1.
    backups : sequence of float
        Proficiency of each backup that fills a role, above 0 to 1.
    roles : int
        Roles, at least as many as backups.

    Returns
    -------
    dict of str to Result
        ``mean``: roles add up; ``harmonic``: work passes every role in turn; ``bottleneck``: the
        slowest role decides; ``product``: each role spoils what it gets.
    """
    own = float(positive(number(primary, "primary", 0, 1), "primary"))
    need(len(backups) <= roles, "backups", f"at most {roles}, one a role", backups)
    given = [float(positive(number(value, "backups", 0, 1), "backups")) for value in backups]
    shares = [value / own for value in given] + [1.0] * (roles - len(given))
    values = {
        "mean": fmean(shares),
        "harmonic": harmonic_mean(shares),
        "bottleneck": min(shares),
        "product": math.prod(shares),
    }
    return {name: Result(value, "1", name, ROUNDED) for name, value in values.items()}


_SUMMED = 1e-12
"""What a sum of probabilities may lack by rounding."""


def _poisson(hits: int, mean: float) -> float:
    """Return P(Poisson(mean) = hits)."""
    return math.exp(hits * math.log(mean) - mean - math.lgamma(hits + 1))


def _poisson_above(count: int, mean: float) -> float:
    """Return P(Poisson(mean) > count), summing the shorter, or the accurate, tail."""
    if count == 0:
        return -math.expm1(-mean)
    if count < mean:
        return max(0.0, 1 - math.fsum(_poisson(hits, mean) for hits in range(count + 1)))
    total, hits = 0.0, count + 1
    while (more := _poisson(hits, mean)) > total * 1e-17:
        total += more
        hits += 1
    return total
