"""The stigmergy map of one world, to read and to write by world cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from hive_env.ecs import Each, Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.enums import RESOURCE_TYPES, Channel, Plane
from hive_env.errors import ArgumentError
from hive_env.simulation import Simulation
from hive_env.systems import trails

DEPOSIT = Pass(
    "map_deposit",
    Unit.WORLD,
    (System(trails.deposit_cells, ("trail",), "Between ticks."),),
)
SENSE = Pass(
    "map_sense",
    Unit.WORLD,
    (System(trails.sense_cells, ("probe_level", "probe_slope"), "Between ticks."),),
)


def _everywhere(name: str, rule: Callable[..., Any], *writes: str) -> Pass:
    """Return a pass of one rule over every map cell of every plane."""
    system = System(rule, writes, "Between ticks.")
    return Pass(name, Unit.REGION, (Each(("plane", "spot"), (system,)),))


EVAPORATE = _everywhere("map_evaporate", trails.evaporate, "trail")
DIFFUSE = _everywhere("map_diffuse", trails.diffuse, "trail_next")
SPREAD = _everywhere("map_spread", trails.spread, "trail")


@dataclass(frozen=True)
class Sensed:
    """What the map holds at some cells.

    Parameters
    ----------
    level : int64[n, P]
        Trail of every plane; for exploration the priority, the cap less the trail of visits.
    gradient : float64[n, P, 3]
        Trail gradient along x, y and z, trail a map cell.
    """

    level: Array
    gradient: Array

    def channel(self, channel: Channel) -> tuple[Array, Array]:
        """Return level and gradient of a semantic channel; resource is the sum of its planes."""
        if channel is Channel.RESOURCE:
            planes = slice(Plane.RESOURCE, Plane.RESOURCE + RESOURCE_TYPES)
            return self.level[:, planes].sum(axis=1), self.gradient[:, planes].sum(axis=1)
        plane = int(Plane[channel.name])
        return self.level[:, plane], self.gradient[:, plane]


class StigmergyMap:
    """The map of one world: ``deposit``, ``sense`` and ``evaporate_and_diffuse``.

    Parameters
    ----------
    simulation : Simulation
        A simulation whose columns hold a map.
    world : int
        Which of its worlds.
    """

    def __init__(self, simulation: Simulation, world: int = 0) -> None:
        if not _is_integer(world) or not 0 <= world < simulation.worlds:
            raise ArgumentError("world", f"an integer from 0 to {simulation.worlds - 1}", world)
        self._simulation = simulation
        self._world = int(world)

    def deposit(self, cells: Array, channel: Channel, amount: Any, kind: int | None = None) -> None:
        """Leave trail on world cells: min(cap, old + sum of the amounts).

        Parameters
        ----------
        cells : int[n, 2] or int[n, 3]
            World cells x, y (and z); a cell may stand there more than once.
        channel : Channel
            Semantic channel. On exploration a deposit marks visits.
        amount : int or int[n]
            Trail to add, from 0 to 65,535.
        kind : int, optional
            Resource type, needed for `Channel.RESOURCE` alone.

        Raises
        ------
        ArgumentError
            Names the argument; the map is untouched.
        """
        probe = self._cells(cells)
        if not isinstance(channel, Channel):
            raise ArgumentError("channel", "a Channel", channel)
        typed = channel is Channel.RESOURCE
        if typed and not (_is_integer(kind) and 0 <= int(kind or 0) < RESOURCE_TYPES):
            raise ArgumentError("kind", f"a type from 0 to {RESOURCE_TYPES - 1}", kind)
        if not typed and kind is not None:
            raise ArgumentError("kind", "None but for Channel.RESOURCE", kind)
        amounts = np.asarray(amount)
        whole = amounts.dtype.kind in "iu" and amounts.shape in ((), (len(probe),))
        if not whole or (amounts.size and not 0 <= amounts.min() <= amounts.max() <= 65_535):
            raise ArgumentError("amount", f"integers from 0 to 65,535, one or {len(probe)}", amount)
        plane = int(Plane[channel.name]) + (int(kind or 0) if typed else 0)
        self._run(
            DEPOSIT,
            probe_cell=probe,
            probe_plane=np.full(len(probe), plane, np.int64),
            probe_amount=np.broadcast_to(amounts, len(probe)).astype(np.int64),
        )

    def sense(self, cells: Array, radius: int = 1) -> Sensed:
        """Return level and trail gradient of every plane at world cells.

        Parameters
        ----------
        cells : int[n, 2] or int[n, 3]
            World cells x, y (and z).
        radius : int
            How far the gradient looks, in map cells: from 1 to those of a region's side.
        """
        probe = self._cells(cells)
        constants = self._simulation.blueprint.constants
        most = int(constants["map_side"])
        if not _is_integer(radius) or not 1 <= radius <= most:
            raise ArgumentError("radius", f"an integer from 1 to {most} map cells", radius)
        planes = self._simulation.blueprint.lengths["P"]
        level = np.zeros((len(probe), planes), np.int64)
        slope = np.zeros((len(probe), planes, 3), np.float64)
        self._run(SENSE, probe_cell=probe, probe_level=level, probe_slope=slope, radius=radius)
        return Sensed(level, slope)

    def evaporate_and_diffuse(self, dt: int = 1) -> None:
        """Let trails fade and spread as in ``dt`` ticks in which nobody acts.

        Diffusion takes place as often as the configuration says, counted from now.

        Parameters
        ----------
        dt : int
            Ticks, at least 0.
        """
        if not _is_integer(dt) or dt < 0:
            raise ArgumentError("dt", "a number of ticks, at least 0", dt)
        period = int(self._simulation.blueprint.constants["diffusion_every"])
        # Tick 0 is one that every period divides: the rule is asked only when diffusion is due.
        now = np.zeros(self._simulation.worlds, np.int32)
        for elapsed in range(1, dt + 1):
            self._run(EVAPORATE)
            if period and elapsed % period == 0:
                self._run(DIFFUSE, tick=now)
                self._run(SPREAD)

    def _run(self, pass_: Pass, **given: Any) -> None:
        self._simulation.need_ready()
        self._simulation.run_pass(pass_, self._world, self._world + 1, **given)

    def _cells(self, cells: Array) -> Array:
        """World cells as int64[n, 3], or an `ArgumentError`."""
        try:
            given = np.asarray(cells)
        except ValueError as error:
            raise ArgumentError("cells", "integers of shape (n, 2) or (n, 3)", str(error)) from None
        shaped = given.ndim == 2 and given.shape[1] in (2, 3)
        if given.dtype.kind not in "iu" or not shaped:
            raise ArgumentError("cells", "integers of shape (n, 2) or (n, 3)", cells)
        probe = np.zeros((len(given), 3), np.int64)
        probe[:, : given.shape[1]] = given
        constants = self._simulation.blueprint.constants
        extent = [int(constants[name]) for name in ("cells_x", "cells_y", "depth")]
        if ((probe < 0) | (probe >= extent)).any():
            raise ArgumentError("cells", f"cells from 0 to below {extent}", cells)
        return probe


def _is_integer(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)
