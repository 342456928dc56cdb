"""A simulation: columns, a tick that is a list of passes, and the backend that runs them.

The list is the scenario's own (`hive_env.scenarios.forage.TICK` for the default task). This
module allocates, resets, ticks, hashes and copies the state of any of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

from hive_env.backends import Binding, CpuBackend, backend_for
from hive_env.ecs import Column, Kind, Pass, Unit, allocate, bytes_of
from hive_env.ecs.columns import BATCHED, WORKER_AXES, Array
from hive_env.ecs.hashing import hash_column
from hive_env.errors import ArgumentError, ResetNeededError, SnapshotError
from hive_env.systems.clock import advance_clock

SEED_LIMIT = 2**64

CONFIG_HASH = "config_hash"
"""Name under which a snapshot in memory keeps the hash of its configuration."""

UNIT_LETTERS = {
    Unit.REGION: "R",
    Unit.SECTOR: "T",
    Unit.HIVE: "O",
    Unit.OFFICE: "F",
    Unit.WORLD: "W",
}
"""Letter whose length is the number of units of a kind."""

GIB = 1 << 30
MEMBER_SLOTS = 2.0
SPARE_SLOTS = 8
"""Slots of a region's list of who stands there: so many times its workers, and so many besides.

Where they do not suffice all lists are made anew. With fewer this was needed every ten ticks or so:
governors send people from region to region, and one of ten thousand soon has twice its share."""

ROW_LIMIT = 2**31
"""Rows and ids of workers fit into 31 bits."""


@dataclass(frozen=True)
class Blueprint:
    """All that a scenario tells a simulation.

    Parameters
    ----------
    family : str
        Name of the scenario.
    columns : sequence of Column
        Every array of the world.
    lengths : mapping of str to int
        Length of every letter of the shapes, for one world.
    constants : mapping of str to int or float
        Numbers that systems may ask for by name.
    reset : sequence of Pass
        What starts an episode, in order.
    tick : sequence of Pass
        What a tick does, in order.
    config_hash : str
        Identifies the configuration.
    """

    family: str
    columns: Sequence[Column]
    lengths: Mapping[str, int]
    constants: Mapping[str, int | float]
    reset: Sequence[Pass]
    tick: Sequence[Pass]
    config_hash: str


def column_bytes(blueprint: Blueprint, worlds: int = 1) -> dict[str, int]:
    """Return the bytes that each column of so many worlds will take, from its declaration.

    Buffers that a caller may give are not counted.
    """
    lengths = {
        letter: length * worlds if letter in BATCHED else length
        for letter, length in blueprint.lengths.items()
    }
    if "L" in lengths:
        slots = int(MEMBER_SLOTS * lengths["E"]) + SPARE_SLOTS * lengths["R"]
        lengths["L"] = max(lengths["L"], slots)
    return {
        column.name: math.prod(column.lengths(lengths)) * np.dtype(column.dtype).itemsize
        for column in blueprint.columns
    }


def need_memory(blueprint: Blueprint, worlds: int, has: int, device: str) -> None:
    """Raise `ArgumentError` when so many worlds do not fit into so many bytes; 0 is unknown."""
    needs = sum(column_bytes(blueprint, worlds).values())
    if has and needs > has:
        workers = worlds * blueprint.lengths.get("E", 0)
        where = "this machine's" if device == "cpu" else "the GPU's free"
        raise ArgumentError(
            "size",
            f"worlds that fit into {where} {has / GIB:.1f} GiB",
            f"{workers:,} workers, which take {needs / GIB:.1f} GiB",
            "Take a smaller size, or fewer worlds.",
        )


@dataclass(frozen=True)
class Program:
    """A pass that has been compiled.

    Parameters
    ----------
    pass_ : Pass
        Kept, so that its identity stays its own.
    compiled : object
        What the backend made of it.
    turns_clock, counts_tick : bool
        Whether it writes the column ``tick``, and whether all that it does is to count one.
    arguments : list
        What it is given, in order, where the caller gives nothing in place of it.
    places : mapping of str to int
        Where among them each name's is.
    """

    pass_: Pass
    compiled: Any
    turns_clock: bool
    counts_tick: bool
    arguments: list[Any]
    places: Mapping[str, int]

    @classmethod
    def of(
        cls,
        pass_: Pass,
        backend: CpuBackend,
        binding: Binding,
        values: Mapping[str, Array | int | float],
    ) -> Program:
        """Compile a pass, and look up what it is given."""
        systems = tuple(pass_.systems())
        turns = any("tick" in system.writes for system in systems)
        counts = [system.rule for system in systems] == [advance_clock]
        compiled = backend.compile(pass_, binding)
        names = backend.arguments(compiled)
        arguments = [values[name] for name in names]
        places = {name: place for place, name in enumerate(names)}
        return cls(pass_, compiled, turns, counts, arguments, places)

    def given(self, given: Mapping[str, Any]) -> list[Any]:
        """Return the arguments, where the caller gives some of them."""
        arguments = self.arguments.copy()
        for name, value in given.items():
            place = self.places.get(name)
            if place is not None:
                arguments[place] = value
        return arguments


class Simulation:
    """W worlds of one blueprint, advanced together.

    Parameters
    ----------
    blueprint : Blueprint
        What a world is.
    worlds : int
        W, at least 1.
    device : {"cpu", "cuda"}
        Where it runs.
    threads : int, optional
        CPU threads; results do not depend on it.

    Attributes
    ----------
    arrays : dict of str to array
        Every column by name, where the device holds it: what passes are given.
    columns : mapping of str to array
        Every column by name, for the host to read: on the CPU the arrays themselves, else
        read-only copies as they are now; `put` writes. Rows of worker columns may lie in any
        order: ``id`` tells whose a row is.
    ready : bool
        Whether an episode has been started in every world.
    restored : int
        How often a snapshot has been taken over.
    """

    def __init__(
        self, blueprint: Blueprint, worlds: int = 1, device: str = "cpu", threads: int | None = None
    ) -> None:
        if not isinstance(worlds, int | np.integer) or isinstance(worlds, bool) or worlds < 1:
            raise ArgumentError("worlds", "a positive integer", worlds)
        rows = int(worlds) * blueprint.lengths.get("E", 0)
        if rows >= ROW_LIMIT:
            raise ArgumentError(
                "worlds",
                f"fewer than {ROW_LIMIT:,} workers in all",
                f"{worlds} worlds, {rows:,} workers",
            )
        self.blueprint = blueprint
        self.worlds = int(worlds)
        self.backend = backend_for(device, threads)
        self.lengths = {
            letter: length * self.worlds if letter in BATCHED else length
            for letter, length in blueprint.lengths.items()
        }
        self.declared = tuple(blueprint.columns)
        need_memory(blueprint, self.worlds, self.backend.memory_bytes(), device)
        self.arrays = allocate(self.declared, self.lengths, self.backend.zeros)
        self.columns: Mapping[str, Array] = self.backend.readable(self.arrays)
        self._ticks: Array | None = None
        self.ready = False
        self.restored = 0
        self._started = np.zeros(self.worlds, bool)
        self._binding = Binding({c.name: c.shape for c in self.declared}, blueprint.constants)
        self._programs: dict[int, Program] = {}
        periods = [(pass_, self.period(pass_)) for pass_ in blueprint.tick]
        self._tick = [(pass_, period) for pass_, period in periods if period > 0]

    # --- running -------------------------------------------------------------------------------

    def run_pass(
        self, pass_: Pass, first_world: int = 0, last_world: int | None = None, **given: Any
    ) -> None:
        """Run one pass over the units of some worlds.

        Parameters
        ----------
        pass_ : Pass
            Compiled on first use.
        first_world, last_world : int
            Worlds to run, the last one excluded.
        **given : array or number
            Columns to use in place of those of the simulation, such as a caller's buffer.
        """
        last_world = self.worlds if last_world is None else last_world
        per_world = self.units(pass_.unit)
        self.run_units(
            pass_,
            first_world * per_world,
            last_world * per_world,
            (last_world - first_world) * self._load(),
            given,
        )

    def _load(self) -> int:
        """Return the workers of a world, or where there are none the members of its offices."""
        lengths = self.blueprint.lengths
        return lengths.get("E", 0) or lengths.get("F", 0) * lengths.get("A", 0)

    def run_units(
        self, pass_: Pass, first: int, last: int, workers: int, given: Mapping[str, Any]
    ) -> None:
        """Run one pass over the units ``first`` to ``last``, which hold so many workers."""
        program = self._programs.get(id(pass_))
        if program is None:
            values = {**self.blueprint.constants, **self.arrays}
            program = Program.of(pass_, self.backend, self._binding, values)
            self._programs[id(pass_)] = program
        self.backend.run(program.compiled, first, last, program.given(given), workers)
        if program.turns_clock and self._ticks is not None:
            counted = program.counts_tick and (first, last) == (0, self.worlds)
            self._ticks = self._ticks + 1 if counted else None

    @property
    def ticks(self) -> Array:
        """Ticks since each world's episode began, integers [W]: the column ``tick``.

        The host counts along, so that a step need not ask the device.
        """
        if self.backend.shares_memory:
            return self.columns["tick"]
        if self._ticks is None:
            self._ticks = self.columns["tick"].astype(np.int64)
        return self._ticks

    def units(self, unit: Unit) -> int:
        """Return the number of units of a kind in one world."""
        lengths = self.blueprint.lengths
        return lengths[UNIT_LETTERS[unit]]

    def period(self, pass_: Pass) -> int:
        """Return in ticks of which multiple a pass runs; 0 where it never has anything to do."""
        if self.units(pass_.unit) == 0:
            return 0
        return int(self.blueprint.constants[pass_.when]) if pass_.when else 1

    def due(self, pass_: Pass) -> bool:
        """Whether a pass has anything to do in this tick."""
        return self._divides(self.period(pass_))

    def _divides(self, period: int) -> bool:
        """Whether a period divides the tick of some world."""
        return period == 1 or (period > 0 and bool((self.ticks % period == 0).any()))

    def reset(self, seed: int | Sequence[int] | None = None, worlds: Array | None = None) -> None:
        """Start an episode.

        Parameters
        ----------
        seed : int or sequence of int, optional
            World k gets ``seed + k`` (one number) or its own (a sequence), and starts episode
            0. Without it each world goes on to its next episode.
        worlds : bool[W], optional
            Worlds to reset; all by default.

        Raises
        ------
        ArgumentError
            When a seed is not an integer from 0 to 2**64 - 1, or ``worlds`` is no mask of W.
        """
        chosen = np.ones(self.worlds, bool) if worlds is None else np.asarray(worlds)
        if chosen.dtype != bool or chosen.shape != (self.worlds,):
            raise ArgumentError("worlds", f"a bool array of shape ({self.worlds},)", worlds)
        seeds = None if seed is None else self._seeds(seed)
        seeded = chosen if seed is not None else chosen & ~self._started
        if seeds is None:
            seeds = self._seeds(int(np.random.SeedSequence().generate_state(1, np.uint64)[0]))
        self.put("seed", np.where(seeded, seeds, self.columns["seed"]))
        self.put("episode", np.where(seeded, 0, self.columns["episode"] + (chosen & ~seeded)))
        self._prepare(chosen)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], chosen.astype(np.int8), [0]))))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            for pass_ in self.blueprint.reset:
                if self.units(pass_.unit) > 0:
                    self.run_pass(pass_, int(first), int(last))
        self._started |= chosen
        self.ready = bool(self._started.all())

    def _seeds(self, seed: int | Sequence[int]) -> Array:
        """One 64-bit seed a world, as signed integers of the same bits."""
        if isinstance(seed, int | np.integer) and not isinstance(seed, bool):
            given = [(int(seed) + world) for world in range(self.worlds)]
            if int(seed) < 0 or int(seed) >= SEED_LIMIT:
                raise ArgumentError("seed", "an integer from 0 to 2**64 - 1", seed)
        elif _are_integers(seed) and len(seed) == self.worlds:
            given = [int(one) for one in seed]
            if any(one < 0 or one >= SEED_LIMIT for one in given):
                raise ArgumentError("seed", "integers from 0 to 2**64 - 1", seed)
        else:
            raise ArgumentError("seed", f"an integer, or {self.worlds} of them", seed)
        return np.array([one % SEED_LIMIT for one in given], np.uint64).view(np.int64)

    def _prepare(self, chosen: Array) -> None:
        """Make what the reset passes need; a scenario with an index overrides it."""

    def need_ready(self) -> None:
        """Raise `ResetNeededError` unless an episode has been started."""
        if not self.ready:
            raise ResetNeededError("step: called before reset. Call reset(seed=...) first.")

    def _advance(self, **given: Any) -> None:
        """Advance every world by one tick, pass after pass; ``given`` has been checked."""
        for pass_, period in self._tick:
            if self._divides(period):
                self.run_pass(pass_, **given)
        self._ticked()

    def _ticked(self) -> None:
        """Follow up a tick; a scenario with an index overrides it."""

    # --- memory --------------------------------------------------------------------------------

    def lengthen(self, name: str, length: int) -> None:
        """Replace a column by a longer one of zeros; a scenario's index does so."""
        self.arrays.replace(name, self.zeros(length, self.arrays[name].dtype.type))
        for program in self._programs.values():
            if name in program.places:
                program.arguments[program.places[name]] = self.arrays[name]

    def put(self, name: str, values: Any) -> None:
        """Write a whole column from the host; the values are broadcast and cast to it."""
        if values is not self.arrays[name]:
            self.backend.write(self.arrays[name], values)

    def draft(self, name: str) -> Array:
        """Return a column for the host to write to, and then to `put`.

        On the CPU it is the array itself, else a copy.
        """
        found = self.columns[name]
        return found if self.backend.shares_memory else found.copy()

    def zeros(self, shape: int | tuple[int, ...], dtype: type) -> Array:
        """Return a new array of zeros on the device, such as a buffer for observations."""
        return self.backend.zeros(shape, dtype)

    def host(self, array: Array) -> Array:
        """Return an array of the device for the host to read: itself on the CPU, else a copy."""
        return self.backend.host(array)

    # --- state ---------------------------------------------------------------------------------

    def keys(self, column: Column, world: int, ids: Array | None = None) -> Array:
        """Return what identifies the rows of one world's part of a column.

        Parameters
        ----------
        column : Column
            One with a batched axis.
        world : int
            Which one.
        ids : array, optional
            The column ``id``, where it has been read before.
        """
        if column.axes[0] not in WORKER_AXES:
            return np.arange(column.lengths(self.blueprint.lengths)[0])
        workers = self.blueprint.lengths["E"]
        ids = self.columns["id"] if ids is None else ids
        return ids[world * workers : (world + 1) * workers]

    def part(self, column: Column, world: int) -> Array:
        """Return one world's rows of a column that has a batched axis."""
        return self._slice(column, world, self.columns[column.name])

    def _slice(self, column: Column, world: int, whole: Array) -> Array:
        count = self.blueprint.lengths[column.axes[0]]
        return whole[world * count : (world + 1) * count]

    def state_hash(self, world: int | None = None) -> int:
        """Return the hash of one world's state, or of all worlds' together.

        Equal for equal states whatever the threads, the order of rows, the batch a world is
        part of, and the device.
        """
        if world is not None:
            whole = isinstance(world, int | np.integer) and not isinstance(world, bool)
            if not whole or not 0 <= world < self.worlds:
                raise ArgumentError("world", f"an integer from 0 to {self.worlds - 1}", world)
            return self._hashes((int(world),))[0]
        parts = self._hashes(range(self.worlds))
        return sum(part * (2 * one + 1) for one, part in enumerate(parts)) % SEED_LIMIT

    def _hashes(self, worlds: Sequence[int]) -> list[int]:
        """Return the hashes of some worlds; each column is read from the device once."""
        totals = [0] * len(worlds)
        ids = self.columns["id"] if "id" in self.arrays else None
        for column in self.declared:
            if column.kind is not Kind.STATE or not self.arrays[column.name].size:
                continue
            values = self.columns[column.name]
            for index, world in enumerate(worlds):
                rows = self._slice(column, world, values)
                totals[index] += hash_column(column.name, rows, self.keys(column, world, ids))
        return [total % SEED_LIMIT for total in totals]

    def saved_columns(self) -> tuple[Column, ...]:
        """Return the columns that a snapshot keeps."""
        keep = (Kind.STATE, Kind.CARRIED, Kind.OUTPUT)
        return tuple(column for column in self.declared if column.kind in keep)

    def snapshot(self) -> dict[str, Array]:
        """Return a copy of everything that the future depends on, by column name."""
        self.need_ready()
        saved = {column.name: self.columns[column.name].copy() for column in self.saved_columns()}
        return {CONFIG_HASH: self._config_hash(), **saved}

    def restore(self, snapshot: Mapping[str, Array]) -> None:
        """Take over a snapshot of a simulation with the same configuration and worlds.

        Raises
        ------
        SnapshotError
            When a column is missing or has another shape or dtype. The state is untouched.
        """
        if not isinstance(snapshot, Mapping) or CONFIG_HASH not in snapshot:
            raise SnapshotError("snapshot: expected what snapshot() returns.")
        if not np.array_equal(snapshot[CONFIG_HASH], self._config_hash()):
            raise SnapshotError(
                "snapshot: it is of another configuration. Restore it into a simulation with the "
                "same size and constants."
            )
        for column in self.saved_columns():
            here = self.columns[column.name]
            there = snapshot.get(column.name)
            if there is None:
                raise SnapshotError(f"snapshot: the column {column.name!r} is missing.")
            if there.shape != here.shape or there.dtype != here.dtype:
                raise SnapshotError(
                    f"snapshot: column {column.name!r} is {there.dtype}{there.shape}, this "
                    f"simulation needs {here.dtype}{here.shape}. Restore it into one with the "
                    "same configuration and number of worlds."
                )
        self.inspect(snapshot)
        for column in self.saved_columns():
            self.put(column.name, snapshot[column.name])
        self.restored += 1
        self.resume()

    def _config_hash(self) -> Array:
        return np.frombuffer(self.blueprint.config_hash.encode(), np.uint8).copy()

    def inspect(self, saved: Mapping[str, Array]) -> None:
        """Raise `SnapshotError` for values that cannot be; a scenario adds its own checks."""

    def resume(self) -> None:
        """Go on from what the saved columns hold now; a scenario rebuilds what it derives."""
        self._ticks = None
        self._started[:] = True
        self.ready = True

    def permute(self, order: Array) -> None:
        """Move rows of the worker columns: row i becomes what row ``order[i]`` was.

        Identity, randomness and every result go by id, so nothing else changes.

        Raises
        ------
        ArgumentError
            When ``order`` is not a permutation that keeps each row within its world.
        """
        workers = self.blueprint.lengths["E"]
        total = workers * self.worlds
        order = np.asarray(order)
        seen = np.zeros(total, bool)
        if order.shape == (total,) and np.issubdtype(order.dtype, np.integer):
            inside = (order >= 0) & (order < total)
            seen[order[inside]] = True
        if not seen.all() or not (order // workers == np.arange(total) // workers).all():
            raise ArgumentError("order", f"a permutation of {total} rows within worlds", order)
        for column in self.declared:
            moves = column.axes[0] in WORKER_AXES and column.kind is not Kind.DERIVED
            if moves and len(self.arrays[column.name]):
                self.put(column.name, self.columns[column.name][order])
        self.resume()

    def bytes(self) -> dict[str, int]:
        """Return the bytes of each kind of column; ``worker`` is the state by worker."""
        return bytes_of(self.declared, self.arrays)


def _are_integers(seeds: object) -> TypeGuard[Sequence[int]]:
    """Whether an object is a sequence or a vector of whole numbers."""
    if isinstance(seeds, np.ndarray):
        return seeds.ndim == 1 and seeds.dtype.kind in "iu"
    if not isinstance(seeds, Sequence) or isinstance(seeds, str | bytes):
        return False
    return all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in seeds)
