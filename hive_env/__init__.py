"""hive_env: many agents, commanded in levels, that fail. A multi-agent RL environment.

``import hive_env`` registers the tasks ``Hive-v0``, ``HiveQueue-v0`` and ``HiveGoal-v0`` with
Gymnasium, the first two with PettingZoo as well. It loads nothing else: the names below are
imported when they are first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import gymnasium
import pettingzoo

if TYPE_CHECKING:
    from hive_env.config import ForageConfig, HiveConfig
    from hive_env.hive_v0 import HiveEnv, HiveParallelEnv, HiveVectorEnv
    from hive_env.scenarios.forage import Forage
    from hive_env.scenarios.queue import Queue, QueueConfig
    from hive_env.sizes import Size

__version__ = "0.1.0"

__all__ = [
    "Forage",
    "ForageConfig",
    "HiveConfig",
    "HiveEnv",
    "HiveParallelEnv",
    "HiveVectorEnv",
    "Queue",
    "QueueConfig",
    "Size",
    "__version__",
]

_HOMES = {
    "Forage": "hive_env.scenarios.forage",
    "ForageConfig": "hive_env.config",
    "HiveConfig": "hive_env.config",
    "HiveEnv": "hive_env.hive_v0",
    "HiveParallelEnv": "hive_env.hive_v0",
    "HiveVectorEnv": "hive_env.hive_v0",
    "Queue": "hive_env.scenarios.queue",
    "QueueConfig": "hive_env.scenarios.queue",
    "Size": "hive_env.config",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names, imported or not."""
    return sorted({*globals(), *__all__})


def _register() -> None:
    """Register the tasks by name, so that nothing is loaded until one is made."""
    for name, task in (("Hive-v0", "forage"), ("HiveQueue-v0", "queue")):
        module = f"hive_env.{'hive_v0' if task == 'forage' else 'hive_queue_v0'}"
        gymnasium.register(
            id=name,
            entry_point="hive_env.hive_v0:HiveEnv",
            vector_entry_point="hive_env.hive_v0:HiveVectorEnv",
            kwargs={"task": task},
        )
        if hasattr(pettingzoo, "register"):  # from 1.27
            pettingzoo.register("parallel", name, f"{module}:parallel_env")
            pettingzoo.register("aec", name, f"{module}:env")
    gymnasium.register(id="HiveGoal-v0", entry_point="hive_env.envs.goal:HiveGoalEnv")


_register()
