"""The task ``Hive-v0`` by name: what the registries, and PettingZoo's users, build it from.

Every environment made from here can be rendered; the renderer is imported at the first picture.
"""

from __future__ import annotations

import importlib
from typing import Any, cast

from pettingzoo.utils.wrappers import OrderEnforcingWrapper

from hive_env.envs.parallel import HiveAECEnv, HiveParallelEnv
from hive_env.envs.rendering import Renderer, set_renderer
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.sizes import Size

__all__ = ["HiveAECEnv", "HiveEnv", "HiveParallelEnv", "HiveVectorEnv", "env", "parallel_env"]
__all__ += ["raw_env"]


def parallel_env(size: str | int | Size = "v0", **arguments: Any) -> HiveParallelEnv:
    """Return the PettingZoo parallel environment.

    Parameters
    ----------
    size : str, int or Size
        One of the published sizes, a number of workers, or any `Size`.
    **arguments
        Those of `HiveParallelEnv`.
    """
    return HiveParallelEnv(size, **arguments)


def raw_env(size: str | int | Size = "v0", **arguments: Any) -> HiveAECEnv:
    """Return the PettingZoo AEC environment without wrappers; arguments as in `parallel_env`."""
    return HiveAECEnv(HiveParallelEnv(size, **arguments))


def env(size: str | int | Size = "v0", **arguments: Any) -> OrderEnforcingWrapper:
    """Return the PettingZoo AEC environment; arguments as in `parallel_env`.

    It refuses calls in the wrong order, such as a step before the first reset.
    """
    return OrderEnforcingWrapper(raw_env(size, **arguments))


def _renderer() -> Renderer:
    return cast("Renderer", importlib.import_module("hive_env.render"))


set_renderer(_renderer)
