"""Wrappers: a hive as somebody wants it who learns in one part of it.

`WithPolicies` and `LevelView` wrap PettingZoo environments, agent by agent; `SeatsVectorEnv` has
every seat of a level of many worlds in arrays, for one policy that all seats share.
"""

from hive_env.wrappers.level import LevelView, WithPolicies
from hive_env.wrappers.seats import SeatsVectorEnv

__all__ = ["LevelView", "SeatsVectorEnv", "WithPolicies"]
