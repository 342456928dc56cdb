"""The families of tasks, as the measurements see them: by the name that ``--task`` takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hive_env.config import HiveConfig
from hive_env.errors import ArgumentError
from hive_env.scenarios.controllers import Controller, Gate
from hive_env.scenarios.hive import Hive
from hive_env.simulation import Blueprint
from hive_env.sizes import Size


class Config(Protocol):
    """What every family's configuration has."""

    @property
    def size(self) -> Size:
        """Workers, regions, sectors and hives."""

    def config_hash(self) -> str:
        """Return sixteen hexadecimal digits that identify it."""


@dataclass(frozen=True)
class Task:
    """One family of tasks.

    Parameters
    ----------
    name : str
        What ``--task`` calls it.
    config : callable
        Makes the configuration of a size, with the default constants.
    hive : callable
        Makes worlds: of a configuration, so many, on so many threads.
    blueprint : callable
        Makes the blueprint of a configuration.
    bound : callable
        U_fluid of a configuration, a seed and an episode.
    controllers : mapping of str to Controller
        Its controllers, as its table has them.
    gates : sequence of Gate
        What must hold.
    """

    name: str
    config: Callable[[Size], Any]
    hive: Callable[[Any, int, int | None], Hive]
    blueprint: Callable[[Any], Blueprint]
    bound: Callable[[Any, int, int], float]
    controllers: Mapping[str, Controller]
    gates: Sequence[Gate]

    def need_controllers(self, argument: str, names: Iterable[str]) -> None:
        """Raise `ArgumentError` unless there are controllers of these names."""
        for name in names:
            if name not in self.controllers:
                raise ArgumentError(argument, f"one of {', '.join(self.controllers)}", name)


def forage() -> Task:
    """Return Forage."""
    from hive_env.scenarios.bounds import fluid_bound
    from hive_env.scenarios.forage import Forage, blueprint_of
    from hive_env.scenarios.forage.controllers import CONTROLLERS, GATES

    return Task(
        "forage",
        HiveConfig,
        lambda config, worlds, threads: Forage(config, worlds, threads=threads),
        blueprint_of,
        fluid_bound,
        CONTROLLERS,
        GATES,
    )


def queue() -> Task:
    """Return Queue."""
    from hive_env.scenarios.queue import Queue, QueueHive, fluid_bound
    from hive_env.scenarios.queue.blueprint import blueprint_of
    from hive_env.scenarios.queue.controllers import CONTROLLERS, GATES

    return Task(
        "queue",
        QueueHive,
        lambda config, worlds, threads: Queue(config, worlds, threads=threads),
        blueprint_of,
        fluid_bound,
        CONTROLLERS,
        GATES,
    )


TASKS: Mapping[str, Callable[[], Task]] = {"forage": forage, "queue": queue}
"""Tasks by name; each is imported when it is asked for."""


def task_named(name: str) -> Task:
    """Return a task, or raise `ArgumentError`."""
    if name not in TASKS:
        raise ArgumentError("task", f"one of {', '.join(TASKS)}", name)
    return TASKS[name]()
