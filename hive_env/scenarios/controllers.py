"""Controllers of whole hives, and the gates that tell whether a task is worth playing.

A controller says which built-in policy plays each level. A gate is an inequality over the scores
of controllers: when all of a family's gates hold, every level of its task is worth something. A
family lists its own as ``CONTROLLERS`` (by name, in the order of its table) and ``GATES``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.errors import ConfigError
from hive_env.scenarios.hive import LEVELS, Hive

FLOOR, CEILING = "random", "expert"
"""Controllers of every family that fix the scale of the score: 0 and 1."""

FULL = "full"
"""The controller of every family in which each level follows its scripted policy."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Controller:
    """A built-in policy for each level of a hive.

    Parameters
    ----------
    name : str
        What it is called.
    about : str
        One sentence: what it is for.
    worker, manager, governor, orchestrator : str
        Names of policies; see `Level.policies`.
    options : mapping
        Further keyword arguments of the workers' `Hive.decide`.
    below : str
        Name of the controller that must be worth more than this one; none by default.
    """

    name: str
    about: str
    worker: str = "scripted"
    manager: str = "scripted"
    governor: str = "scripted"
    orchestrator: str = "scripted"
    options: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    below: str = ""

    def policy(self, level: str) -> str:
        """Return the name of the policy that plays a level."""
        return str(getattr(self, level))


def table_of(controllers: Iterable[Controller]) -> Mapping[str, Controller]:
    """Return controllers by name, in their order.

    Raises
    ------
    ConfigError
        When two have one name, the ends of the score's scale are missing, or one is to rank
        below another that is not there.
    """
    listed = tuple(controllers)
    table = {one.name: one for one in listed}
    if len(table) < len(listed) or not {FLOOR, CEILING} <= set(table):
        raise ConfigError(
            "controllers",
            f"different names, {FLOOR} and {CEILING} among them",
            [one.name for one in listed],
        )
    for one in listed:
        if one.below and one.below not in table:
            raise ConfigError(f"{one.name}.below", f"one of {', '.join(table)}", one.below)
    return MappingProxyType(table)


class Crew:
    """All seats of a hive under one controller.

    Parameters
    ----------
    hive : Hive
        Its worlds must stand at the same tick, as they do when they are reset together.
    controller : Controller
        Who plays them.
    """

    def __init__(self, hive: Hive, controller: Controller) -> None:
        self.hive = hive
        self.controller = controller
        self._buffers = {
            name: hive.zeros((hive.worlds * level.seats, len(level.choices)), np.uint8)
            for name, level in hive.levels.items()
        }

    def orders(self, given: Mapping[str, Array] = NOTHING) -> dict[str, Array]:
        """Return the actions of the upper levels that decide in this tick, highest first.

        Parameters
        ----------
        given : mapping of str to uint8[W * S, C]
            Actions of levels that somebody else plays, by name.
        """
        upper = [name for name in reversed(LEVELS) if name != "worker"]
        return {
            name: given[name] if name in given else self._decided(name)
            for name in upper
            if self.hive.deciding(name).any()
        }

    def _decided(self, level: str) -> Array:
        return self.hive.decide(self.controller.policy(level), self._buffers[level], level)

    def actions(self) -> Array:
        """Return the actions of the workers; the buffer is used again in the next tick."""
        return self.hive.decide(
            self.controller.worker, self._buffers["worker"], **self.controller.options
        )

    def tick(self) -> None:
        """Let everyone whose turn it is decide, and advance every world by one tick."""
        orders = self.orders()
        self.hive.step(self.actions(), orders)


@dataclass(frozen=True)
class Gate:
    """What must hold for the score of a controller, or for the gap between two.

    The score is (U - U_random) / (U_expert - U_random), on the mean U of both over the same
    seeds; a gap is paired by seed. Bounds are the ends of two-sided 95 % intervals.

    Parameters
    ----------
    name : str
        What it says about the task.
    controller : str
        Name of a controller.
    less : str
        Name of the controller whose score is taken off; none by default.
    low, above : float, optional
        What the lower bound reaches at least, and what it must lie above.
    high : float, optional
        What the upper bound reaches at most.
    mean : float, optional
        What the mean reaches at least.
    mean_at : mapping of str to float
        The same, at sizes where it is another.

    Raises
    ------
    ConfigError
        When it asks for nothing.
    """

    name: str
    controller: str
    less: str = ""
    low: float | None = None
    above: float | None = None
    high: float | None = None
    mean: float | None = None
    mean_at: Mapping[str, float] = field(default_factory=lambda: NOTHING)

    def __post_init__(self) -> None:
        if (self.low, self.above, self.high, self.mean) == (None,) * 4:
            raise ConfigError("gate", "a bound or a least mean", self.name)

    @property
    def kind(self) -> str:
        """``floor``, ``ceiling`` or ``band``."""
        if self.high is None:
            return "floor"
        return "ceiling" if self.low is None and self.above is None else "band"

    def least_mean(self, size: str) -> float | None:
        """Return what the mean reaches at least at a size."""
        return self.mean_at.get(size, self.mean)
