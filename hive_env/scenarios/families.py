"""The families of tasks, by the name that ``task=`` and ``--task`` take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from hive_env.config import ForageConfig, HiveConfig
from hive_env.errors import ArgumentError
from hive_env.faults import presets
from hive_env.scenarios import bounds, forage, queue
from hive_env.scenarios.controllers import Controller, Gate
from hive_env.scenarios.forage import controllers as forage_controllers
from hive_env.scenarios.forage import levels as forage_levels
from hive_env.scenarios.hive import Hive, Level
from hive_env.scenarios.queue import controllers as queue_controllers
from hive_env.scenarios.queue import levels as queue_levels
from hive_env.scenarios.queue.blueprint import blueprint_of as queue_blueprint_of
from hive_env.simulation import Blueprint
from hive_env.sizes import Size

DEFAULT = "default"
"""The tier of every family whose constants are the defaults."""


class Config(Protocol):
    """What every family's configuration has."""

    @property
    def size(self) -> Size:
        """Workers, regions, sectors and hives."""

    def config_hash(self) -> str:
        """Return sixteen hexadecimal digits that identify it."""


@dataclass(frozen=True)
class Family:
    """All that facades, commands and benchmarks know of a family of tasks.

    Parameters
    ----------
    name : str
        What ``task=`` and ``--task`` call it.
    constants : type
        Frozen dataclass of the task's constants, which checks itself.
    config : callable
        Makes a configuration of a size, and of constants, the default ones if none are given.
    levels : callable
        Gives the levels of a configuration, without building a world.
    hive : callable
        Makes worlds: ``hive(config, worlds, device, threads)``.
    blueprint : callable
        Makes the blueprint of a configuration.
    tiers : mapping of str to object
        Constants by the name of a tier of difficulty, the easiest first; ``default`` is one.
    bound : callable
        U_fluid of a configuration, a seed and an episode.
    controllers : mapping of str to Controller
        Its controllers, as its table has them.
    gates : sequence of Gate
        What must hold.
    pictures : bool
        Whether `hive_env.render` can draw it.
    fault_controllers : mapping of str to Controller
        Its controllers under a preset of faults; empty where it has none.
    fault_gates : sequence of Gate
        What must hold under the preset ``default``.
    faults : str
        The preset of faults of its default configuration; empty for none.
    tier : str
        The tier of its default configuration.
    """

    name: str
    constants: type[Any]
    config: Callable[..., Any]
    levels: Callable[[Any], Mapping[str, Level]]
    hive: Callable[[Any, int, str, int | None], Hive]
    blueprint: Callable[[Any], Blueprint]
    tiers: Mapping[str, Any]
    bound: Callable[[Any, int, int], float]
    controllers: Mapping[str, Controller]
    gates: Sequence[Gate]
    pictures: bool = False
    fault_controllers: Mapping[str, Controller] = field(default_factory=dict)
    fault_gates: Sequence[Gate] = ()
    faults: str = ""
    tier: str = DEFAULT

    @property
    def title(self) -> str:
        """Its name, its tier unless that is the default, and the preset of faults if any."""
        name = self.name if self.tier == DEFAULT else f"{self.name}, {self.tier}"
        return f"{name} with faults {self.faults}" if self.faults else name

    def at(self, tier: str) -> Family:
        """Return the same family with the constants of a tier of difficulty.

        Raises
        ------
        ArgumentError
            When there is no tier of this name.
        """
        if tier not in self.tiers:
            raise ArgumentError("tier", f"one of {', '.join(self.tiers)}", tier)

        def config(size: Size, constants: Any = self.tiers[tier]) -> Any:
            return self.config(size, constants)

        return replace(self, config=config, tier=tier)

    def under(self, faults: str) -> Family:
        """Return the same family with a preset of faults, and with the controllers that mind them.

        Raises
        ------
        ArgumentError
            When the family has no faults, or there is no preset of this name.
        """
        if not self.fault_controllers:
            raise ArgumentError("faults", "a task that has them, such as forage", self.name)
        if faults not in presets():
            raise ArgumentError("faults", f"one of {', '.join(presets())}", faults)
        return replace(
            self,
            config=lambda size: self.config(size, replace(self.tiers[self.tier], faults=faults)),
            controllers=self.fault_controllers,
            gates=self.fault_gates,
            faults=faults,
        )

    def need_controllers(self, argument: str, names: Iterable[str]) -> None:
        """Raise `ArgumentError` unless there are controllers of these names."""
        for name in names:
            if name not in self.controllers:
                raise ArgumentError(argument, f"one of {', '.join(self.controllers)}", name)


FORAGE = Family(
    "forage",
    ForageConfig,
    HiveConfig,
    forage_levels.levels_of,
    forage.Forage,
    forage.blueprint_of,
    forage.TIERS,
    bounds.fluid_bound,
    forage_controllers.CONTROLLERS,
    forage_controllers.GATES,
    pictures=True,
    fault_controllers=forage_controllers.FAULT_CONTROLLERS,
    fault_gates=forage_controllers.FAULT_GATES,
)

QUEUE = Family(
    "queue",
    queue.QueueConfig,
    queue.QueueHive,
    queue_levels.levels_of,
    queue.Queue,
    queue_blueprint_of,
    queue.TIERS,
    queue.fluid_bound,
    queue_controllers.CONTROLLERS,
    queue_controllers.GATES,
)

FAMILIES: dict[str, Family] = {family.name: family for family in (FORAGE, QUEUE)}
"""The families by name; a user's own may be added."""


def family_named(name: str) -> Family:
    """Return a family, or raise `ArgumentError`."""
    if name not in FAMILIES:
        raise ArgumentError("task", f"one of {', '.join(FAMILIES)}", name)
    return FAMILIES[name]
