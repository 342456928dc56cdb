"""Faults of a world: of workers, of offices, of what they run on and of what links them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hive_env.checks import need, need_integer, need_number
from hive_env.enums import FaultKind, Garble
from hive_env.offices import OfficeConfig
from hive_env.offices import presets as office_presets
from hive_env.partitions import Ledger, Partitions

LEVELS = ("worker", "manager", "governor")
"""Levels whose entities fail."""


def ticks_of(hours: float, tick_seconds: float) -> float:
    """Return a time in hours as ticks of so many seconds.

    Raises
    ------
    ConfigError
        When the time is not from 0 to 1e9 h, or the tick not from 1e-9 to 1e9 s.
    """
    need_number(hours, "hours", 0.0, 1e9)
    need_number(tick_seconds, "tick_seconds", 1e-9, 1e9)
    return hours * 3600.0 / tick_seconds


@dataclass(frozen=True)
class PlannedFault:
    """A fault at a fixed time.

    Parameters
    ----------
    tick : int
        When it strikes: as that tick begins.
    kind : FaultKind
        What it does.
    level : {"worker", "manager", "governor"}
        Whether it meets a worker, or a member of the office of a manager or governor.
    seat : int
        The worker, or the seat whose office it is, within its world.
    member : int
        Member of the office; 0 for workers.
    """

    tick: int
    kind: FaultKind
    level: str
    seat: int
    member: int = 0

    def __post_init__(self) -> None:
        need_integer(self.tick, "PlannedFault.tick", 0, 1 << 30)
        need(isinstance(self.kind, FaultKind), "PlannedFault.kind", "a FaultKind", self.kind)
        need(self.level in LEVELS, "PlannedFault.level", f"one of {', '.join(LEVELS)}", self.level)
        need_integer(self.seat, "PlannedFault.seat", 0, (1 << 32) - 1)
        need_integer(self.member, "PlannedFault.member", 0, 0 if self.level == "worker" else 61)


@dataclass(frozen=True)
class WorkerFaults:
    """Faults of workers. Times are in ticks.

    Parameters
    ----------
    mean_ticks : float
        Mean time between two faults that strike one worker; 0 for none. None: the task's own,
        ``fault_mean_ticks``.
    shape : float
        Weibull shape of that time, .25 to 8: 1 is exponential, above 1 wears out. The scale is
        such that ``mean_ticks`` is the mean.
    kill, delay, corruption : float
        Shares of the kinds of fault; the rest is overflow.
    delay_mean : float
        Mean time for which a delayed worker is slow.
    lag : int
        A slow worker takes its action over every so many ticks, and repeats it in between.
    corruption_mean : float
        Mean time until a corrupt worker is found out; it is then destroyed and replaced.
    garble : Garble
        What a corrupt worker does instead of its action.
    spawn_ticks : int
        Ticks from a worker's destruction until its replacement stands at the depot of its home; it
        acts from the next one on.
    reserve : int
        Replacements that each place of a worker can have; then it stays empty. The k-th occupant
        of place i is agent ``i + k * workers``.
    """

    mean_ticks: float | None = None
    shape: float = 1.0
    kill: float = 1.0
    delay: float = 0.0
    corruption: float = 0.0
    delay_mean: float = 32.0
    lag: int = 4
    corruption_mean: float = 32.0
    garble: Garble = Garble.RANDOM
    spawn_ticks: int = 16
    reserve: int = 1

    def __post_init__(self) -> None:
        if self.mean_ticks is not None:
            need_number(self.mean_ticks, "mean_ticks", 0.0, 2.0**26)
            good = self.mean_ticks == 0 or self.mean_ticks >= 1
            need(good, "mean_ticks", "0, or at least 1", self.mean_ticks)
        need_number(self.shape, "shape", 0.25, 8.0)
        for name in ("kill", "delay", "corruption"):
            need_number(getattr(self, name), name, 0.0, 1.0)
        total = self.kill + self.delay + self.corruption
        need(total <= 1 + 1e-9, "kill, delay, corruption", "shares that sum to at most 1", total)
        need_number(self.delay_mean, "delay_mean", 1.0, 2.0**26)
        need_number(self.corruption_mean, "corruption_mean", 1.0, 2.0**26)
        need_integer(self.lag, "lag", 2, 255)
        need(isinstance(self.garble, Garble), "garble", "a Garble", self.garble)
        need_integer(self.spawn_ticks, "spawn_ticks", 1, 65_535)
        need_integer(self.reserve, "reserve", 0, 254)

    @property
    def plain(self) -> bool:
        """Whether all faults kill and come as the task has them, so that no more need be kept."""
        return self.mean_ticks is None and self.kill == 1.0 and self.shape == 1.0


@dataclass(frozen=True)
class Outages:
    """Faults that strike all at once who share a region or a host. Times are in ticks.

    Who is struck is down, and nobody of the region or host comes back while its outage lasts.

    Parameters
    ----------
    region_mean, host_mean : float
        Mean time from the end of an outage of a region, or of a host, to its next; 0 for none.
    length : float
        Mean length of an outage.
    hosts : int
        Hosts of a world: a worker runs on host ``id % hosts``, the n-th member of a role on host
        ``n % hosts``.
    share : float
        Chance that each of those who share the region or host is struck.
    """

    region_mean: float = 0.0
    host_mean: float = 0.0
    length: float = 32.0
    hosts: int = 4
    share: float = 1.0

    def __post_init__(self) -> None:
        for name in ("region_mean", "host_mean"):
            mean = getattr(self, name)
            need_number(mean, name, 0.0, 2.0**26)
            need(mean == 0 or mean >= 1, name, "0, or at least 1", mean)
        need_number(self.length, "length", 1.0, 2.0**26)
        need_integer(self.hosts, "hosts", 1, 64)
        need_number(self.share, "share", 0.0, 1.0)


@dataclass(frozen=True)
class Faults:
    """All that fails in a world.

    Parameters
    ----------
    workers : WorkerFaults
        How workers fail.
    outages : Outages
        What strikes many at once.
    offices : OfficeConfig
        The teams behind the seats of managers and governors; None: seats without teams, which
        never fail.
    partitions : Partitions
        What cuts sectors off; None: the hive shares all it knows at once, and keeps no ledger.
    ledger : Ledger
        How the replicas of the ledger exchange what they have.
    schedule : tuple of PlannedFault
        Faults at fixed times, besides those that are drawn.
    """

    workers: WorkerFaults = field(default_factory=WorkerFaults)
    outages: Outages = field(default_factory=Outages)
    offices: OfficeConfig | None = field(default_factory=OfficeConfig)
    partitions: Partitions | None = None
    ledger: Ledger = field(default_factory=Ledger)
    schedule: tuple[PlannedFault, ...] = ()

    def __post_init__(self) -> None:
        for name, kind in (("workers", WorkerFaults), ("outages", Outages), ("ledger", Ledger)):
            need(isinstance(getattr(self, name), kind), name, kind.__name__, getattr(self, name))
        for name, kinds in (("offices", OfficeConfig), ("partitions", Partitions)):
            given = getattr(self, name)
            good = given is None or isinstance(given, kinds)
            need(good, name, f"None or {kinds.__name__}", given)
        good = isinstance(self.schedule, tuple)
        good = good and all(isinstance(one, PlannedFault) for one in self.schedule)
        need(good, "schedule", "a tuple of PlannedFault", self.schedule)
        for index, one in enumerate(self.schedule):
            if one.level != "worker":
                office = self.offices
                need(
                    office is not None and one.member < office.team,
                    f"schedule[{index}].member",
                    f"a member from 0 to {office.team - 1}" if office else "a worker: no offices",
                    one,
                )


def paper(tick_seconds: float) -> Faults:
    """Return faults at the paper's rates in hours, for ticks of so many seconds.

    A fault of each member and worker every 150 hours in the mean, repairs of half an hour, two
    members a role, coverage and dormancy 1.
    """
    fault, repair = ticks_of(150.0, tick_seconds), ticks_of(0.5, tick_seconds)
    return Faults(
        WorkerFaults(mean_ticks=fault),
        offices=replace(
            office_presets()["default"],
            fault_mean=fault,
            kill=1.0,
            delay=0.0,
            corruption=0.0,
            coverage=(1.0, 1.0, 1.0),
            resume=repair,
            transfer=repair,
            restart=repair,
        ),
        partitions=Partitions(),
    )


def presets(tick_seconds: float = 1.0) -> dict[str, Faults]:
    """Return the presets by name: off, mild, default, harsh, paper. All have the same spaces.

    The first four are stated by the tick, whatever its length, and accelerated; ``paper`` has
    rates by the hour, so its ticks follow from ``tick_seconds``.
    """
    kinds = WorkerFaults(kill=0.55, delay=0.15, corruption=0.15)
    offices = office_presets()
    return {
        "off": Faults(
            replace(kinds, mean_ticks=0.0),
            offices=offices["off"],
            partitions=Partitions(),
        ),
        "mild": Faults(
            replace(kinds, mean_ticks=1536.0),
            offices=offices["mild"],
            partitions=Partitions(mean_ticks=2048.0, length_ticks=32.0),
        ),
        "default": Faults(
            replace(kinds, mean_ticks=768.0),
            Outages(host_mean=2048.0, length=32.0),
            offices=offices["default"],
            partitions=Partitions(mean_ticks=1024.0, length_ticks=64.0),
        ),
        "harsh": Faults(
            replace(kinds, mean_ticks=384.0),
            Outages(region_mean=4096.0, host_mean=1024.0, length=64.0),
            offices=offices["harsh"],
            partitions=Partitions(mean_ticks=512.0, length_ticks=128.0),
        ),
        "paper": paper(tick_seconds),
    }
