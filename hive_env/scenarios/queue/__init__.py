"""Queue, the second task: typed streams of tasks with deadlines, and no map.

Read `hive_env.scenarios.queue.tick` for what a tick does, ``columns`` for what a world holds,
``blueprint`` for how a configuration becomes numbers, ``world`` for the array API.
"""

from hive_env.scenarios.queue.bound import fluid_bound
from hive_env.scenarios.queue.columns import COLUMNS
from hive_env.scenarios.queue.config import QueueConfig, QueueHive, config_of
from hive_env.scenarios.queue.tick import RESET, TICK
from hive_env.scenarios.queue.tiers import TIERS
from hive_env.scenarios.queue.world import Queue
from hive_env.systems.queue_workers import ASK

__all__ = [
    "ASK",
    "COLUMNS",
    "RESET",
    "TICK",
    "TIERS",
    "Queue",
    "QueueConfig",
    "QueueHive",
    "config_of",
    "fluid_bound",
]
