"""Parameters: the size of a hive, and the constants of the Forage task.

Every record is frozen and checks itself when made; a bad value raises `ConfigError` that names
it. ``config_hash`` identifies a configuration in results and snapshots.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field

from hive_env.checks import need, need_felt, need_integer, need_number
from hive_env.enums import PAIRS, Boundary
from hive_env.faults import Faults, presets
from hive_env.offices import OfficeConfig
from hive_env.sizes import CELLS_PER_WORKER, SIZES, Size

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
        Most regions that may report to one governor; 0: those of its sector, and with offices a
        quarter more.
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
    demand_pairs : tuple of int
        Pairs of types that a region's demand is drawn from: two or more numbers of `PAIRS`, in
        rising order.
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
        Length of a tick; ties ticks to the hours in which the preset ``paper`` has its rates.
    memory_width : int
        Width of each worker's memory embedding, 0 to 512.
    faults : Faults
        All that fails besides: offices, partitions, other faults of workers; or a preset:
        ``off``, ``mild``, ``default``, ``harsh``, ``paper``. None: workers are killed every
        ``fault_mean_ticks``, and nothing else fails.
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
    demand_pairs: tuple[int, ...] = tuple(range(len(PAIRS)))
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
    faults: Faults | str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.faults, str):
            need_number(self.tick_seconds, "tick_seconds", 1e-9, 1e9)
            known = presets(self.tick_seconds if self.faults == "paper" else 1.0)
            need(
                self.faults in known,
                "faults",
                f"None, a Faults, or one of {', '.join(known)}",
                self.faults,
            )
            object.__setattr__(self, "faults", known[self.faults])
        good = self.faults is None or isinstance(self.faults, Faults)
        need(good, "faults", "None, a Faults, or the name of a preset", self.faults)
        for name, low, high in _INTEGER_RANGES:
            need_integer(getattr(self, name), name, low, high)
        pairs = self.demand_pairs
        need(isinstance(pairs, tuple), "demand_pairs", "a tuple of integers", pairs)
        for index, pair in enumerate(pairs):
            need_integer(pair, f"demand_pairs[{index}]", 0, len(PAIRS) - 1)
        rising = pairs == tuple(sorted(set(pairs))) and len(pairs) > 1
        need(rising, "demand_pairs", "two pairs or more, in rising order", pairs)
        for name, low_, high_ in _NUMBER_RANGES:
            need_number(getattr(self, name), name, low_, high_)
        need(
            self.trail_resolution in (1, 2, 4),
            "trail_resolution",
            "1, 2 or 4",
            self.trail_resolution,
        )
        rates = self.evaporation_rate
        need(
            isinstance(rates, tuple) and len(rates) == 4, "evaporation_rate", "four numbers", rates
        )
        for index, rate in enumerate(rates):
            need_number(rate, f"evaporation_rate[{index}]", 0.0, 1.0)
            need_felt(rate, f"evaporation_rate[{index}]", 65536)
        need_felt(self.diffusion_fraction, "diffusion_fraction", 65536 / 6)
        need_felt(self.drag, "drag", 65536)
        need_felt(self.thrust, "thrust", UNIT)
        need_felt(self.speed_limit, "speed_limit", UNIT)
        need(
            isinstance(self.motion, str) and bool(self.motion),
            "motion",
            "the name of a motion system",
            self.motion,
        )
        need(self.orders in ORDERS, "orders", f"one of {', '.join(ORDERS)}", self.orders)
        for slow, fast in (
            ("governor_period", "manager_period"),
            ("orchestrator_period", "governor_period"),
        ):
            need(
                getattr(self, slow) % getattr(self, fast) == 0,
                slow,
                f"a multiple of {fast}, {getattr(self, fast)}",
                getattr(self, slow),
            )
        need(
            isinstance(self.boundary, Boundary),
            "boundary",
            "Boundary.WALL or Boundary.TORUS",
            self.boundary,
        )

    @property
    def failing(self) -> Faults:
        """What fails; where ``faults`` is None nothing but what the task itself has."""
        return self.faults if isinstance(self.faults, Faults) else Faults(offices=None)

    @property
    def office_config(self) -> OfficeConfig:
        """The offices' constants; the defaults where there are no offices."""
        return self.failing.offices or OfficeConfig()


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
        need(isinstance(self.size, Size), "size", "a Size", self.size, "Use Size.of(...).")
        need(isinstance(self.forage, ForageConfig), "forage", "a ForageConfig", self.forage)
        cells = self.region_side * max(self.size.regions_x, self.size.regions_y)
        need(
            cells <= AXIS_LIMIT,
            "size",
            f"at most {AXIS_LIMIT} world cells an axis",
            cells,
            "Use larger spans or a squarer world.",
        )
        volume = self.region_side**2 * self.forage.depth
        need(
            volume < CELL_LIMIT,
            "size",
            f"fewer than {CELL_LIMIT:,} world cells a region",
            volume,
            "Use more regions.",
        )
        need(
            self.forage.max_span == 0 or self.forage.max_span >= self.size.sector_regions,
            "max_span",
            f"0, or at least the {self.size.sector_regions} regions of a sector",
            self.forage.max_span,
        )
        self._check_schedule()
        for name, limit in _GROWN_LIMITS:
            grown = self.ticks(getattr(self.forage, name))
            need(
                grown <= limit,
                name,
                f"at most {limit:,} ticks in regions of side {self.region_side}",
                f"{getattr(self.forage, name)}, which grows to {grown:,}",
            )

    def _check_schedule(self) -> None:
        """Refuse planned faults and partitions of who is not there."""
        faults, size = self.forage.failing, self.size
        seats = {"worker": size.workers, "manager": size.regions, "governor": size.sectors}
        for index, one in enumerate(faults.schedule):
            need(
                one.seat < seats[one.level],
                f"schedule[{index}].seat",
                f"a {one.level} from 0 to {seats[one.level] - 1}",
                one.seat,
            )
        if faults.partitions is not None:
            faults.partitions.tables(size.sectors)

    @property
    def region_side(self) -> int:
        """World cells along a region's side: the size's, less in deep worlds of one density."""
        depth = self.forage.depth
        if depth == 1:
            return self.size.region_side
        return max(8, 4 * round(math.sqrt(CELLS_PER_WORKER * self.size.span / depth) / 4))

    @property
    def max_span(self) -> int:
        """Most regions that may report to one governor.

        Unless it is given, those of a sector, and with offices a quarter more: for orphans.
        """
        own = self.size.sector_regions
        return self.forage.max_span or (own + -(-own // 4) if self.offices else own)

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
    def offices(self) -> int:
        """Offices of one world: of every manager, then of every governor; 0 without."""
        return 0 if self.forage.failing.offices is None else self.size.regions + self.size.sectors

    @property
    def hazards(self) -> int:
        """Hazards of one region."""
        return round(self.forage.hazards_per_region * self.area)

    def config_hash(self) -> str:
        """Sixteen hexadecimal digits that identify this configuration."""
        text = json.dumps(asdict(self), sort_keys=True, default=int)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
