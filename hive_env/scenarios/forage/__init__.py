"""Forage, the default task.

Read `hive_env.scenarios.forage.tick` for what a tick does, ``columns`` for what a world holds,
``blueprint`` for how a configuration becomes numbers, ``world`` for the array API.
"""

from hive_env.ecs.systems import insert_after, replace_system, system_named
from hive_env.scenarios.forage.blueprint import blueprint_of, statics_of
from hive_env.scenarios.forage.columns import COLUMNS
from hive_env.scenarios.forage.stigmergy import Sensed, StigmergyMap
from hive_env.scenarios.forage.tick import (
    ARRIVALS,
    DOORS,
    GROUND,
    MOTIONS,
    MOVE,
    OBSERVE,
    RESET,
    SEASONS,
    STRIKE,
    TICK,
    act_pass,
)
from hive_env.scenarios.forage.tiers import TIERS
from hive_env.scenarios.forage.world import CHUNK, Forage

__all__ = [
    "ARRIVALS",
    "CHUNK",
    "COLUMNS",
    "DOORS",
    "GROUND",
    "MOTIONS",
    "MOVE",
    "OBSERVE",
    "RESET",
    "SEASONS",
    "STRIKE",
    "TICK",
    "TIERS",
    "Forage",
    "Sensed",
    "StigmergyMap",
    "act_pass",
    "blueprint_of",
    "insert_after",
    "replace_system",
    "statics_of",
    "system_named",
]
