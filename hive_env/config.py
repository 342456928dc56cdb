"""Parameters: the size of a hive, and the constants of the Forage task.

Every record is frozen and checks itself when made; a bad value raises `ConfigError` that names
it. ``config_hash`` identifies a configuration in results and snapshots.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from hive_env.enums import Boundary
from hive_env.errors import ConfigError

CELLS_PER_WORKER = 32
"""Density of every size: world cells for each worker."""

FRACTION_BITS = 12
"""Binary digits of a position behind the point: one cell is 4096 units."""

UNIT = 1 << FRACTION_BITS
"""One world cell in position units."""

VISION = 2
"""Radius of the square in which a worker sees sites, cells."""

AXIS_LIMIT = 1 << 17
"""Most world cells along one axis, so that a position fits 32 bits with room to add."""

CELL_LIMIT = 1 << 31
"""World cells of a region are counted in 31 bits."""

MEMORY_LIMIT = 512
"""Widest memory embedding of a worker."""

ORDERS = ("priorities", "squads")
"""Forms of a manager's order."""

TRAIN_SEEDS = range(10_000)
"""Seeds for training and for choosing between policies."""

FIRST_TEST_SEED = 10_000
"""Seeds from here on are for testing."""


def _need(condition: bool, argument: str, expected: str, got: object, mend: str = "") -> None:
    if not condition:
        raise ConfigError(argument, expected, got, mend)


def _need_integer(value: object, argument: str, low: int, high: int) -> None:
    good = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    _need(good, argument, f"an integer from {low} to {high}", value)


def _need_number(value: object, argument: str, low: float, high: float) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    good = good and low <= value <= high  # type: ignore[operator]
    _need(good, argument, f"a finite number from {low} to {high}", value)


def _need_felt(value: float, argument: str, steps: float) -> None:
    """Refuse a positive number that its fixed-point form would round to zero."""
    _need(
        value == 0 or value * steps >= 1,
        argument,
        f"0, or at least {1 / steps:.2g}, the step of its fixed-point form",
        value,
    )


def _oblong(area: int) -> tuple[int, int]:
    """Return the sides of the most nearly square rectangle of a whole area, the longer first."""
    short = next(side for side in range(math.isqrt(area), 0, -1) if area % side == 0)
    return area // short, short


@dataclass(frozen=True)
class Size:
    """How many workers there are, and how regions, sectors and hives nest.

    Parameters
    ----------
    workers : int
        Workers in one world, from 4 to 2**27. They are dealt to the regions in order of id;
        where the number of regions does not divide it, spans differ by one.
    sector_x, sector_y : int
        A sector is ``sector_x`` x ``sector_y`` regions, one governor's area.
    hive_x, hive_y : int
        A hive is ``hive_x`` x ``hive_y`` sectors, one orchestrator's area.
    hives_x, hives_y : int
        The world is ``hives_x`` x ``hives_y`` hives.
    """

    workers: int
    sector_x: int = 2
    sector_y: int = 2
    hive_x: int = 2
    hive_y: int = 2
    hives_x: int = 1
    hives_y: int = 1

    def __post_init__(self) -> None:
        _need_integer(self.workers, "workers", 4, 1 << 27)
        for item in fields(self)[1:]:
            _need_integer(getattr(self, item.name), item.name, 1, 1 << 12)
        _need(
            self.regions <= self.workers,
            "workers",
            f"at least one worker for each of the {self.regions} regions",
            self.workers,
            "Ask for more workers or fewer regions.",
        )

    @property
    def regions_x(self) -> int:
        """Regions along x."""
        return self.sector_x * self.hive_x * self.hives_x

    @property
    def regions_y(self) -> int:
        """Regions along y."""
        return self.sector_y * self.hive_y * self.hives_y

    @property
    def regions(self) -> int:
        """Regions, and so managers, of one world."""
        return self.regions_x * self.regions_y

    @property
    def sectors(self) -> int:
        """Sectors, and so governors, of one world."""
        return self.hive_x * self.hives_x * self.hive_y * self.hives_y

    @property
    def hives(self) -> int:
        """Hives, and so orchestrators, of one world."""
        return self.hives_x * self.hives_y

    @property
    def sector_regions(self) -> int:
        """Regions of one sector: a governor's initial span."""
        return self.sector_x * self.sector_y

    @property
    def hive_sectors(self) -> int:
        """Sectors of one hive: an orchestrator's span."""
        return self.hive_x * self.hive_y

    @property
    def span(self) -> float:
        """Mean number of workers of a region."""
        return self.workers / self.regions

    @property
    def region_side(self) -> int:
        """World cells along a region's side: a multiple of 4 that holds the density."""
        return max(8, 4 * round(math.sqrt(CELLS_PER_WORKER * self.span) / 4))

    @classmethod
    def of(cls, size: str | int | Size) -> Size:
        """Return a size by its name, by its number of workers, or as it is.

        Parameters
        ----------
        size : str, int or Size
            One of the names in ``SIZES``, or any number of workers from 256 to 2**27: spans
            are then about 100 (32 below 3,200 workers, 1,000 from 50 million).

        Raises
        ------
        ConfigError
            When the name is unknown or the number is out of range.
        """
        if isinstance(size, Size):
            return size
        if isinstance(size, str):
            _need(
                size in SIZES,
                "size",
                f"one of {', '.join(SIZES)}, a number of workers, or a Size",
                size,
            )
            return SIZES[size]
        _need_integer(size, "size", 256, 1 << 27)
        span = 32 if size < 3_200 else 100 if size < 50_000_000 else 1_000
        side = max(2, round(math.sqrt(size / span)))
        best = min(
            (abs(sector * hive - side), -sector, sector, hive)
            for sector in range(2, 11)
            for hive in (side // sector, side // sector + 1)
            if hive >= 1
        )
        return cls(size, best[2], best[2], best[3], best[3])

    @classmethod
    def with_spans(
        cls, workers: int, worker_span: int, manager_span: int, governor_span: int
    ) -> Size:
        """Return a size from its initial spans: how many report to each seat.

        Regions, sectors and hives are laid out as nearly square as the spans allow.

        Parameters
        ----------
        workers : int
            Workers of one world.
        worker_span, manager_span, governor_span : int
            Workers of a manager, managers of a governor, governors of an orchestrator. There are
            as many orchestrators as the spans leave.

        Raises
        ------
        ConfigError
            When a span does not divide those whom it is to divide.
        """
        _need_integer(workers, "workers", 4, 1 << 27)
        left = workers
        sides: list[int] = []
        for name, span, whom in (
            ("worker_span", worker_span, "workers"),
            ("manager_span", manager_span, "managers"),
            ("governor_span", governor_span, "governors"),
        ):
            _need_integer(span, name, 1, 1 << 24)
            _need(left % span == 0, name, f"a divisor of the {left:,} {whom}", span)
            left //= span
            if name != "worker_span":
                sides += _oblong(span)
        return cls(workers, *(*sides, *_oblong(left)))


SIZES: Mapping[str, Size] = {
    "nano": Size(512, 2, 2, 2, 2),
    "v0": Size(10_000, 5, 5, 2, 2),
    "40k": Size(40_000, 10, 10, 2, 2),
    "1m": Size(1_000_000, 10, 10, 10, 10),
    "100m": Size(100_000_000, 10, 10, 10, 10, 5, 2),
}
"""The published sizes."""


@dataclass(frozen=True)
class ForageConfig:
    """Constants of the Forage task. Lengths in ticks hold for a region of side 32.

    Durations of demand, doors, seasons and the episode grow with ``region_side / 32``.

    Parameters
    ----------
    episode_ticks : int
        Length of an episode, before growth; rounded up to a multiple of ``orchestrator_period``.
    manager_period, governor_period, orchestrator_period : int
        Ticks between the decisions of a level; each a multiple of the one before.
    orders : str
        What a manager decides: ``priorities`` of types and a focus, or the goals of eight
        ``squads``.
    max_span : int
        Most regions that may report to one governor; 0: those of its sector.
    detection : float
        Probability that a manager learns of a site by itself, at each of its decisions.
    sites_per_region : int
        Resource sites in a region of side 32; the number grows with the area.
    site_stock : int
        Units in a new site.
    site_attempts : int
        Attempts a site admits in a tick, 1 or 2.
    site_renewal_ticks : int
        Ticks from a site's exhaustion to the next one in its slot; grows like the rest.
    off_specialist_success : float
        Probability that a worker of another kind succeeds in an admitted attempt.
    demand_ticks, door_ticks, season_ticks : int
        Mean time between redraws of a region's demand, a sector's doors, a hive's season.
        Demand and season last uniformly from half to one and a half times the mean.
    demand_hot, demand_cold : int
        Value of a delivered unit in and out of demand, thousandths.
    season_hot, season_cold : int
        Factor of the season on a type in and out of season, thousandths.
    hazards_per_region : int
        Moving hazards in a region of side 32; the number grows with the area.
    hazard_period : int
        Ticks between a hazard's moves.
    hazard_fatigue : int
        Fatigue a worker gains in each tick it stands in a hazard. Fatigue of 255 fails it;
        out of hazards it falls by one a tick.
    crowd_capacity : int
        Workers that a cell carries without slowing anybody, 1 to 14. Above, each acts with
        probability capacity / count; 15 and more count as 15.
    fault_mean_ticks : int
        Mean time between the faults that strike one worker, ticks; 0 switches them off.
    reboot_ticks : int
        A failed worker comes back by itself after this many ticks.
    repair_ticks : int
        Ticks of a neighbour's work that bring a failed worker back.
    trail_resolution : int
        World cells along the side of a map cell: 1, 2 or 4.
    trail_cap : int
        Largest trail of a map cell, up to 65,535.
    evaporation_rate : tuple of float
        Share of the trail that goes in a tick: danger, resource, congestion, exploration. In
        steps of 1/65536, like the drag.
    diffusion_fraction : float
        Share of a map cell's trail that spreads to its neighbours at each diffusion, 0 to 1.
    diffusion_period : int
        Ticks between diffusions.
    deposit_amount : int
        Trail of one deposit by action.
    pick_deposit, danger_deposit, congestion_deposit, exploration_deposit : int
        Trail left by a successful pick, by damage, by presence, by a visit.
    depth : int
        World cells along z; 1 is the plane.
    motion : str
        Name of the motion system: ``grid`` or ``flight``.
    boundary : Boundary
        Walls, or a torus.
    thrust, speed_limit : float
        Flight: speed gained by a tick of thrust, and the largest speed an axis, cells a tick.
    drag : float
        Flight: share of the speed lost in a tick.
    tick_seconds : float
        Length of a tick; ties ticks to hours in fault mathematics.
    memory_width : int
        Width of each worker's memory embedding, 0 to 512.
    """

    episode_ticks: int = 512
    manager_period: int = 8
    governor_period: int = 32
    orchestrator_period: int = 64
    orders: str = "priorities"
    max_span: int = 0
    detection: float = 0.05
    sites_per_region: int = 6
    site_stock: int = 64
    site_attempts: int = 2
    site_renewal_ticks: int = 24
    off_specialist_success: float = 0.35
    demand_ticks: int = 128
    door_ticks: int = 128
    season_ticks: int = 256
    demand_hot: int = 1000
    demand_cold: int = 0
    season_hot: int = 1900
    season_cold: int = 100
    hazards_per_region: int = 1
    hazard_period: int = 4
    hazard_fatigue: int = 32
    crowd_capacity: int = 4
    fault_mean_ticks: int = 768
    reboot_ticks: int = 512
    repair_ticks: int = 4
    trail_resolution: int = 4
    trail_cap: int = 65535
    evaporation_rate: tuple[float, float, float, float] = (0.1, 0.1, 0.2, 0.01)
    diffusion_fraction: float = 0.0
    diffusion_period: int = 8
    deposit_amount: int = 4096
    pick_deposit: int = 4096
    danger_deposit: int = 16384
    congestion_deposit: int = 1024
    exploration_deposit: int = 2048
    depth: int = 1
    motion: str = "grid"
    boundary: Boundary = Boundary.WALL
    thrust: float = 0.25
    speed_limit: float = 1.0
    drag: float = 0.1
    tick_seconds: float = 1.0
    memory_width: int = 0

    def __post_init__(self) -> None:
        for name, low, high in _INTEGER_RANGES:
            _need_integer(getattr(self, name), name, low, high)
        for name, low_, high_ in _NUMBER_RANGES:
            _need_number(getattr(self, name), name, low_, high_)
        _need(
            self.trail_resolution in (1, 2, 4),
            "trail_resolution",
            "1, 2 or 4",
            self.trail_resolution,
        )
        rates = self.evaporation_rate
        _need(
            isinstance(rates, tuple) and len(rates) == 4, "evaporation_rate", "four numbers", rates
        )
        for index, rate in enumerate(rates):
            _need_number(rate, f"evaporation_rate[{index}]", 0.0, 1.0)
            _need_felt(rate, f"evaporation_rate[{index}]", 65536)
        _need_felt(self.diffusion_fraction, "diffusion_fraction", 65536 / 6)
        _need_felt(self.drag, "drag", 65536)
        _need_felt(self.thrust, "thrust", UNIT)
        _need_felt(self.speed_limit, "speed_limit", UNIT)
        _need(
            isinstance(self.motion, str) and bool(self.motion),
            "motion",
            "the name of a motion system",
            self.motion,
        )
        _need(self.orders in ORDERS, "orders", f"one of {', '.join(ORDERS)}", self.orders)
        for slow, fast in (
            ("governor_period", "manager_period"),
            ("orchestrator_period", "governor_period"),
        ):
            _need(
                getattr(self, slow) % getattr(self, fast) == 0,
                slow,
                f"a multiple of {fast}, {getattr(self, fast)}",
                getattr(self, slow),
            )
        _need(
            isinstance(self.boundary, Boundary),
            "boundary",
            "Boundary.WALL or Boundary.TORUS",
            self.boundary,
        )


_INTEGER_RANGES = (
    ("episode_ticks", 1, 1 << 24),
    ("manager_period", 1, 1 << 16),
    ("governor_period", 1, 1 << 16),
    ("orchestrator_period", 1, 1 << 16),
    ("max_span", 0, 1 << 16),
    ("sites_per_region", 1, 512),
    ("site_stock", 1, 32_767),
    ("site_attempts", 1, 2),
    ("site_renewal_ticks", 1, 65_535),
    ("demand_ticks", 2, 1 << 20),
    ("door_ticks", 1, 1 << 20),
    ("season_ticks", 2, 1 << 20),
    ("demand_hot", 0, 4_000),
    ("demand_cold", 0, 4_000),
    ("season_hot", 0, 8_000),
    ("season_cold", 0, 8_000),
    ("hazards_per_region", 0, 64),
    ("hazard_period", 1, 1 << 16),
    ("hazard_fatigue", 0, 255),
    ("crowd_capacity", 1, 14),
    ("fault_mean_ticks", 0, 1_000_000_000),
    ("reboot_ticks", 1, 65_535),
    ("repair_ticks", 1, 255),
    ("trail_resolution", 1, 4),
    ("trail_cap", 1, 65_535),
    ("diffusion_period", 1, 1 << 16),
    ("deposit_amount", 0, 65_535),
    ("pick_deposit", 0, 65_535),
    ("danger_deposit", 0, 65_535),
    ("congestion_deposit", 0, 65_535),
    ("exploration_deposit", 0, 65_535),
    ("depth", 1, 64),
    ("memory_width", 0, MEMORY_LIMIT),
)

_GROWN_LIMITS = (
    ("episode_ticks", 1 << 29),
    ("site_renewal_ticks", 65_535),
    ("demand_ticks", 1 << 29),
    ("door_ticks", 1 << 29),
    ("season_ticks", 1 << 29),
)
"""Durations that grow with the region's side, and what their columns hold."""

_NUMBER_RANGES = (
    ("off_specialist_success", 0.0, 1.0),
    ("detection", 0.0, 1.0),
    ("diffusion_fraction", 0.0, 1.0),
    ("thrust", 0.0, 8.0),
    ("speed_limit", 0.0, 8.0),
    ("drag", 0.0, 1.0),
    ("tick_seconds", 1e-9, 1e9),
)


@dataclass(frozen=True)
class HiveConfig:
    """A size and a task: all that distinguishes one kind of world from another."""

    size: Size = field(default_factory=lambda: SIZES["v0"])
    forage: ForageConfig = field(default_factory=ForageConfig)

    def __post_init__(self) -> None:
        _need(isinstance(self.size, Size), "size", "a Size", self.size, "Use Size.of(...).")
        _need(isinstance(self.forage, ForageConfig), "forage", "a ForageConfig", self.forage)
        cells = self.region_side * max(self.size.regions_x, self.size.regions_y)
        _need(
            cells <= AXIS_LIMIT,
            "size",
            f"at most {AXIS_LIMIT} world cells an axis",
            cells,
            "Use larger spans or a squarer world.",
        )
        volume = self.region_side**2 * self.forage.depth
        _need(
            volume < CELL_LIMIT,
            "size",
            f"fewer than {CELL_LIMIT:,} world cells a region",
            volume,
            "Use more regions.",
        )
        _need(
            self.forage.max_span == 0 or self.forage.max_span >= self.size.sector_regions,
            "max_span",
            f"0, or at least the {self.size.sector_regions} regions of a sector",
            self.forage.max_span,
        )
        for name, limit in _GROWN_LIMITS:
            grown = self.ticks(getattr(self.forage, name))
            _need(
                grown <= limit,
                name,
                f"at most {limit:,} ticks in regions of side {self.region_side}",
                f"{getattr(self.forage, name)}, which grows to {grown:,}",
            )

    @property
    def region_side(self) -> int:
        """World cells along a region's side: the size's, less in deep worlds of one density."""
        depth = self.forage.depth
        if depth == 1:
            return self.size.region_side
        return max(8, 4 * round(math.sqrt(CELLS_PER_WORKER * self.size.span / depth) / 4))

    @property
    def max_span(self) -> int:
        """Most regions that may report to one governor."""
        return self.forage.max_span or self.size.sector_regions

    @property
    def area(self) -> float:
        """World cells of a region, in units of the 1,024 of a region of side 32."""
        return self.region_side**2 * self.forage.depth / 1024

    @property
    def growth(self) -> float:
        """How much longer durations are than in a region of side 32."""
        return self.region_side / 32

    def ticks(self, base: int) -> int:
        """Return a duration of the task grown to this region side, ticks."""
        return max(1, round(base * self.growth))

    @property
    def episode_ticks(self) -> int:
        """Ticks of an episode: grown, and rounded up to a multiple of the slowest clock."""
        slowest = self.forage.orchestrator_period
        return slowest * math.ceil(self.forage.episode_ticks * self.growth / slowest)

    @property
    def sites(self) -> int:
        """Site slots of one region."""
        return max(1, round(self.forage.sites_per_region * self.area))

    @property
    def hazards(self) -> int:
        """Hazards of one region."""
        return round(self.forage.hazards_per_region * self.area)

    def config_hash(self) -> str:
        """Sixteen hexadecimal digits that identify this configuration."""
        text = json.dumps(asdict(self), sort_keys=True, default=int)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
