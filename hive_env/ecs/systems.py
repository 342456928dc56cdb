"""Systems, and the passes that run them.

A system is a plain function over columns. Its parameter names say what it gets: the name of a
column gives that array, the name of a constant that number, and one of `INDICES` the index it
works on now. A column with one value a world is given as the value of the world at hand, unless
the system writes it.

A pass runs its systems, in order, for every unit, and may write whatever belongs to its own unit;
it may read what lies in other units only where no system of the same pass writes it. `Members`
loops over the workers that stand in the region at hand, `Each` over its cells, sites and the like.

On CPU threads one thread owns a unit. On CUDA a block of threads owns a region, and the turns of a
loop run at once, so within `Members` and `Each` a system writes the rows of its own turn, and
whatever turns share only by `hive_env.atomics`, or to one value whoever comes. Between the steps of
a pass all turns are over.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from hive_env.ecs.columns import INDICES, LOOPS
from hive_env.errors import ConfigError


class Unit(Enum):
    """What one iteration of a pass owns."""

    REGION = "region"
    SECTOR = "sector"
    HIVE = "hive"
    OFFICE = "office"
    WORLD = "world"


@dataclass(frozen=True)
class System:
    """One rule of the tick.

    Parameters
    ----------
    rule : callable
        The body, written once for every device. A function decorated with `rule`.
    writes : tuple of str
        The columns that it may change. Every other parameter is only read.
    why : str
        Why it stands where it stands.
    """

    rule: Callable[..., Any]
    writes: tuple[str, ...]
    why: str

    def __post_init__(self) -> None:
        strangers = [name for name in self.writes if name not in self.parameters]
        if strangers:
            raise ConfigError(
                f"System({self.name}).writes", "parameters of the rule", ", ".join(strangers)
            )

    @property
    def body(self) -> Callable[..., Any]:
        """The rule as the plain function that was written."""
        return getattr(self.rule, "py_func", self.rule)

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.body.__name__

    @property
    def parameters(self) -> tuple[str, ...]:
        """The rule's parameter names, in order."""
        return tuple(inspect.signature(self.body).parameters)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns and constants that it reads and does not write."""
        return tuple(
            name for name in self.parameters if name not in INDICES and name not in self.writes
        )


@dataclass(frozen=True)
class Members:
    """Systems that run for every worker in the region at hand, all in one loop."""

    systems: tuple[System, ...]


@dataclass(frozen=True)
class Each:
    """Systems that run for every entry of some axes of a region's columns, all in one loop.

    Parameters
    ----------
    over : tuple of str
        Names of `LOOPS`, the last one running fastest; the systems ask for them by these names.
    systems : tuple of System
        In order.
    """

    over: tuple[str, ...]
    systems: tuple[System, ...]

    def __post_init__(self) -> None:
        strangers = [name for name in self.over if name not in LOOPS]
        if strangers or not self.over:
            raise ConfigError("Each.over", f"names among {', '.join(LOOPS)}", self.over)


@dataclass(frozen=True)
class Fetch:
    """Ask for a region's rows of some columns before they are needed here and there.

    It changes nothing. CPU threads fetch the rows in order; a GPU has other work meanwhile.

    Parameters
    ----------
    columns : tuple of str
        Columns with a row for every region.
    """

    columns: tuple[str, ...]

    @property
    def systems(self) -> tuple[System, ...]:
        """No systems."""
        return ()


@dataclass(frozen=True)
class Pass:
    """Systems that run together over every unit; a barrier stands between passes.

    Parameters
    ----------
    name : str
        Name of the pass, unique in its tick.
    unit : Unit
        What one iteration owns.
    steps : tuple of System, Members, Each or Fetch
        In order. Loops only where the unit is a region.
    when : str
        Name of a constant: the pass runs only in ticks that this divides for some world, and
        not at all when it is zero. Empty: always.
    """

    name: str
    unit: Unit
    steps: tuple[System | Members | Each | Fetch, ...] = field(default=())
    when: str = ""

    def __post_init__(self) -> None:
        if self.unit is not Unit.REGION and self.loops:
            raise ConfigError(
                f"Pass({self.name}).steps", "no Members or Each outside a region", "a loop"
            )

    @property
    def loops(self) -> bool:
        """Whether it has loops over what a region holds."""
        return any(isinstance(step, Members | Each) for step in self.steps)

    def systems(self) -> Iterator[System]:
        """Yield the systems in the order in which they run."""
        for step in self.steps:
            if isinstance(step, System):
                yield step
            else:
                yield from step.systems


def replace_system(tick: Sequence[Pass], old: System, new: System) -> tuple[Pass, ...]:
    """Return a tick in which one system stands in the place of another.

    Raises
    ------
    ConfigError
        When the old system is not in the tick.
    """
    return _edit(tick, old, (new,))


def insert_after(tick: Sequence[Pass], place: System, *new: System) -> tuple[Pass, ...]:
    """Return a tick in which systems of the user's own follow another, in the same loop.

    Raises
    ------
    ConfigError
        When the system to follow is not in the tick.
    """
    return _edit(tick, place, (place, *new))


def _edit(tick: Sequence[Pass], old: System, new: tuple[System, ...]) -> tuple[Pass, ...]:
    if not any(old is system for pass_ in tick for system in pass_.systems()):
        raise ConfigError("tick", f"the system {old.name!r} in it", "a tick without it")

    def edited(steps: Sequence[Any]) -> tuple[Any, ...]:
        out: list[Any] = []
        for step in steps:
            if isinstance(step, System):
                out.extend(new if step is old else (step,))
            elif isinstance(step, Fetch):
                out.append(step)
            else:
                out.append(replace(step, systems=edited(step.systems)))
        return tuple(out)

    return tuple(replace(pass_, steps=edited(pass_.steps)) for pass_ in tick)


def system_named(tick: Sequence[Pass], name: str) -> System:
    """Return the system of a tick by its rule's name.

    Raises
    ------
    ConfigError
        When there is none of that name.
    """
    found = {system.name: system for pass_ in tick for system in pass_.systems()}
    if name not in found:
        raise ConfigError("name", f"one of {', '.join(found)}", name)
    return found[name]
