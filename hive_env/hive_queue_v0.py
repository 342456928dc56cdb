"""The task ``HiveQueue-v0`` by name, for PettingZoo's users: Queue on the four levels."""

from __future__ import annotations

from typing import Any

from pettingzoo.utils.wrappers import OrderEnforcingWrapper

from hive_env import hive_v0
from hive_env.envs.parallel import HiveAECEnv, HiveParallelEnv
from hive_env.sizes import Size

TASK = "queue"


def parallel_env(size: str | int | Size = "v0", **arguments: Any) -> HiveParallelEnv:
    """Return the PettingZoo parallel environment; arguments as in `hive_v0.parallel_env`."""
    return hive_v0.parallel_env(size, task=TASK, **arguments)


def raw_env(size: str | int | Size = "v0", **arguments: Any) -> HiveAECEnv:
    """Return the PettingZoo AEC environment without wrappers; arguments likewise."""
    return hive_v0.raw_env(size, task=TASK, **arguments)


def env(size: str | int | Size = "v0", **arguments: Any) -> OrderEnforcingWrapper:
    """Return the PettingZoo AEC environment; it refuses calls in the wrong order."""
    return hive_v0.env(size, task=TASK, **arguments)
