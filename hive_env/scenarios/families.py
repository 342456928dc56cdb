"""The families of tasks, by the name that ``task=`` takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hive_env.config import ForageConfig, HiveConfig
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.levels import levels_of
from hive_env.scenarios.hive import Hive, Level
from hive_env.scenarios.queue import Queue, QueueConfig, QueueHive
from hive_env.scenarios.queue.levels import levels_of as queue_levels_of
from hive_env.sizes import Size


@dataclass(frozen=True)
class Family:
    """What a facade needs to know of a family of tasks.

    Parameters
    ----------
    name : str
        Value of ``task=``.
    constants : type
        Frozen dataclass of the task's constants, which checks itself.
    levels : callable
        Gives the levels of a size and constants, without building a world.
    build : callable
        Gives W worlds of a size and constants: ``build(size, constants, worlds, device,
        threads)``.
    """

    name: str
    constants: type[Any]
    levels: Callable[[Size, Any], Mapping[str, Level]]
    build: Callable[[Size, Any, int, str, int | None], Hive]


def _forage_levels(size: Size, constants: ForageConfig) -> Mapping[str, Level]:
    return levels_of(HiveConfig(size, constants))


def _forage(
    size: Size, constants: ForageConfig, worlds: int, device: str, threads: int | None
) -> Forage:
    return Forage(HiveConfig(size, constants), worlds, device, threads)


def _queue_levels(size: Size, constants: QueueConfig) -> Mapping[str, Level]:
    return queue_levels_of(QueueHive(size, constants))


def _queue(
    size: Size, constants: QueueConfig, worlds: int, device: str, threads: int | None
) -> Queue:
    return Queue(QueueHive(size, constants), worlds, device, threads)


FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family("forage", ForageConfig, _forage_levels, _forage),
        Family("queue", QueueConfig, _queue_levels, _queue),
    )
}
"""The families by name."""
