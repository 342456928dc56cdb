"""Wrappers: a hive as somebody wants it who learns in one part of it.

`WithPolicies`, `LevelView` and `DiscreteActions` wrap PettingZoo environments, agent by agent;
`SeatsVectorEnv` has every seat of a level of many worlds in arrays, for one policy that all seats
share. `hive_env.wrappers.sb3` and `hive_env.wrappers.rllib` need the library that they are for.
"""

from hive_env.wrappers.discrete import DiscreteActions
from hive_env.wrappers.level import LevelView, WithPolicies
from hive_env.wrappers.seats import SeatsVectorEnv

__all__ = ["DiscreteActions", "LevelView", "SeatsVectorEnv", "WithPolicies"]
