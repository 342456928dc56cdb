"""Parameters of the Queue task."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field

from hive_env.checks import need, need_integer, need_number
from hive_env.errors import ConfigError
from hive_env.sizes import SIZES, Size


@dataclass(frozen=True)
class QueueConfig:
    """Constants of the Queue task. Times are in ticks.

    Parameters
    ----------
    episode_ticks : int
        Length of an episode, rounded up to a multiple of ``orchestrator_period``.
    manager_period, governor_period, orchestrator_period : int
        Ticks between the decisions of a level; each a multiple of the one before.
    queue_share : float
        Places in the queue of one type, by worker of a mean region.
    busy_load, quiet_load : float
        Work that arrives in a busy and in a quiet region, in mean regions' worth of specialists
        who do nothing but work.
    pair_share : float
        Probability that a task needs a second specialist, of another kind.
    pair_worth : float
        Worth of a task for two, over that of one with the same work.
    work_low, work_high : int
        Least and most work of a task, ticks of a specialist; between them it goes as the cube of
        a uniform number.
    slack_low, slack_high, tight_low, tight_high : float
        Bounds of the patience of slack and of tight types, over the work.
    slack_ticks, load_ticks, price_ticks : int
        Mean time between redraws of a region's slack types, a sector's busy regions, a hive's
        dear types; each lasts uniformly from half to one and a half of it.
    price_hot, price_cold : int
        Price of dear and of other types, thousandths.
    off_speed : float
        Speed of a worker at a task of another kind, over a specialist's; in sixteenths.
    travel_ticks, walk_ticks : int
        Time to another region, and to another counter of the same region.
    """

    episode_ticks: int = 512
    manager_period: int = 8
    governor_period: int = 32
    orchestrator_period: int = 64
    queue_share: float = 0.5
    busy_load: float = 5.0
    quiet_load: float = 0.4
    pair_share: float = 0.25
    pair_worth: float = 2.5
    work_low: int = 4
    work_high: int = 44
    slack_low: float = 1.25
    slack_high: float = 2.5
    tight_low: float = 0.25
    tight_high: float = 1.0
    slack_ticks: int = 128
    load_ticks: int = 128
    price_ticks: int = 170
    price_hot: int = 1800
    price_cold: int = 200
    off_speed: float = 0.625
    travel_ticks: int = 12
    walk_ticks: int = 2

    def __post_init__(self) -> None:
        for name, low, high in _INTEGERS:
            need_integer(getattr(self, name), name, low, high)
        for name, least, most in _NUMBERS:
            need_number(getattr(self, name), name, least, most)
        for name, least_name in _ORDERED:
            low, high = getattr(self, least_name), getattr(self, name)
            need(low <= high, name, f"at least {least_name}, {low}", high)
        for slow, fast in (
            ("governor_period", "manager_period"),
            ("orchestrator_period", "governor_period"),
        ):
            good = getattr(self, slow) % getattr(self, fast) == 0
            need(good, slow, f"a multiple of {fast}, {getattr(self, fast)}", getattr(self, slow))


_LONGEST = 1 << 20

_INTEGERS = (
    ("episode_ticks", 1, 1 << 24),
    ("manager_period", 1, 1 << 16),
    ("governor_period", 1, 1 << 16),
    ("orchestrator_period", 1, 1 << 16),
    ("work_low", 1, 1024),
    ("work_high", 1, 1024),
    ("slack_ticks", 2, 1 << 20),
    ("load_ticks", 2, 1 << 20),
    ("price_ticks", 2, 1 << 20),
    ("price_hot", 0, 8_000),
    ("price_cold", 0, 8_000),
    ("travel_ticks", 0, 1 << 12),
    ("walk_ticks", 0, 1 << 12),
)

_NUMBERS = (
    ("queue_share", 0.0, 128.0),
    ("busy_load", 0.0, 64.0),
    ("quiet_load", 0.0, 64.0),
    ("pair_share", 0.0, 1.0),
    ("pair_worth", 0.0, 8.0),
    ("slack_low", 0.0, 64.0),
    ("slack_high", 0.0, 64.0),
    ("tight_low", 0.0, 64.0),
    ("tight_high", 0.0, 64.0),
    ("off_speed", 1 / 16, 1.0),
)

_ORDERED = (
    ("work_high", "work_low"),
    ("slack_high", "slack_low"),
    ("tight_high", "tight_low"),
)
"""Fields that must not be less than others."""


@dataclass(frozen=True)
class QueueHive:
    """A size and the constants of Queue: all that distinguishes one kind of world from another.

    Nothing lies anywhere in Queue, so of the size only the numbers matter, not their layout.
    """

    size: Size = field(default_factory=lambda: SIZES["v0"])
    queue: QueueConfig = field(default_factory=QueueConfig)

    def __post_init__(self) -> None:
        need(isinstance(self.size, Size), "size", "a Size", self.size, "Use Size.of(...).")
        need(isinstance(self.queue, QueueConfig), "queue", "a QueueConfig", self.queue)
        need(
            self.queue_length <= _LONGEST,
            "queue_share",
            f"at most {_LONGEST} places in a queue",
            f"{self.queue.queue_share}, which makes {self.queue_length}",
        )

    @property
    def episode_ticks(self) -> int:
        """Ticks of an episode: rounded up to a multiple of the slowest clock."""
        slowest = self.queue.orchestrator_period
        return slowest * math.ceil(self.queue.episode_ticks / slowest)

    @property
    def queue_length(self) -> int:
        """Places in the queue of one type."""
        return max(1, round(self.queue.queue_share * self.size.span))

    @property
    def mean_work(self) -> float:
        """Mean work of a task, ticks of a specialist: a cube is a quarter in the mean."""
        return (3 * self.queue.work_low + self.queue.work_high) / 4

    def arrivals(self, load: float) -> float:
        """Return the mean number of tasks that a load brings to a region in a tick."""
        return load * self.size.span / (self.mean_work * (1 + self.queue.pair_share))

    @property
    def attempts(self) -> int:
        """Draws for arrivals of one region in a tick."""
        most = self.arrivals(max(self.queue.busy_load, self.queue.quiet_load))
        return max(1, math.ceil(1.25 * most))

    def config_hash(self) -> str:
        """Sixteen hexadecimal digits that identify this configuration."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def config_of(config: QueueHive | Size | str | int | None) -> QueueHive:
    """Return a configuration from itself, or from a size alone.

    Raises
    ------
    ConfigError
        When it is neither.
    """
    if config is None:
        return QueueHive()
    if isinstance(config, QueueHive):
        return config
    if isinstance(config, Size | str | int) and not isinstance(config, bool):
        return QueueHive(Size.of(config))
    raise ConfigError("config", "a QueueHive, or a size by name or number", config)
