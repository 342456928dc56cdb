"""A hive: worlds whose seats stand in four levels, whatever the task.

A family of tasks is a `Hive` that says what its seats observe, choose and are paid; facades,
wrappers and benchmarks know no more than what stands here.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from hive_env import snapshot
from hive_env.ecs import Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.errors import ActionError, ArgumentError, SnapshotError
from hive_env.scenarios.features import Feature
from hive_env.scenarios.rewards import GLOBAL_MODES, WEIGHTS, checked_weights, factors
from hive_env.simulation import Blueprint, Simulation
from hive_env.systems import pay

LEVELS = ("worker", "manager", "governor", "orchestrator")
"""The four levels, lowest first."""

UPPER = LEVELS[1:]
"""Those above the workers."""

NOBODY = "none"
"""Built-in policy of the three upper levels that gives neutral orders."""


@dataclass(frozen=True)
class Level:
    """One level of a hive of a given configuration.

    Parameters
    ----------
    name : str
        One of `LEVELS`.
    seats : int
        S, seats in one world.
    period : int
        Ticks between decisions; a seat decides in the ticks that it divides, from tick 0.
    features : tuple of Feature
        F, what is observed from a seat.
    choices : tuple of int
        C, number of values of each part of an action; 0 is the value that is open even to a
        seat whose action does not count.
    policies : tuple of str
        Names of the built-in policies.
    scripted : str
        The built-in policy that plays the level when nobody else does.
    dtype : type
        What observations are written as: ``uint8`` (bytes that each feature maps to its range)
        or ``float32``.
    """

    name: str
    seats: int
    period: int
    features: tuple[Feature, ...]
    choices: tuple[int, ...]
    policies: tuple[str, ...]
    scripted: str
    dtype: type


VALUES = Pass(
    "value_worlds",
    Unit.WORLD,
    (System(pay.sum_world, ("world_value",), "Reads what the episode's deliveries have come to."),),
)
"""What writes U of each world."""

Worlds = TypeVar("Worlds", bound="Hive")


class Watcher(Protocol):
    """Who looks on while worlds tick, and changes nothing."""

    def before(self, actions: Array, orders: Mapping[str, Array]) -> None:
        """Look at the worlds before a tick, and at what everybody is about to do.

        Both are what `Hive.carry_out` takes, and lie where the worlds are.
        """

    def after(self, actions: Array, orders: Mapping[str, Array]) -> None:
        """Look at the worlds after it."""


class Hive(Simulation):
    """W worlds of one family of tasks: the array API.

    A family's class is called as ``Family(config, worlds, device, threads)``.

    Arrays have a row for every seat of every world, ``k * S + i`` for seat i of world k; for
    workers the seat is the id.

    Attributes
    ----------
    family : str
        Name of the family.
    config_type : type
        Frozen dataclass of a configuration.
    config : object
        The configuration, of that type.
    levels : mapping of str to Level
        The levels by name, lowest first.
    workers : int
        N, workers in one world.
    episode_ticks : int
        Ticks of an episode.
    scale_table : mapping of str to tuple of float
        By level the constants of the immediate and the local component, of the global one as
        ``mean``, and as ``difference``.
    watchers : list of Watcher
        Who looks on at every tick, whoever asks for it; nobody by default.
    """

    family: ClassVar[str]
    config_type: ClassVar[type[Any]]
    config: Any
    levels: Mapping[str, Level]
    scale_table: Mapping[str, tuple[float, float, float, float]]
    workers: int
    episode_ticks: int

    def __init__(
        self, blueprint: Blueprint, worlds: int = 1, device: str = "cpu", threads: int | None = None
    ) -> None:
        super().__init__(blueprint, worlds, device, threads)
        self._made: dict[str, Array] = {}
        self.watchers: list[Watcher] = []

    # --- what a family says ------------------------------------------------------------------

    @abstractmethod
    def observe(self, out: Array | None = None, level: str = "worker") -> Array:
        """Write what every seat of a level observes.

        Parameters
        ----------
        out : uint8 or float32[W * S, F], optional
            The caller's buffer, of the level's dtype; a new one by default.
        level : str
            One of `LEVELS`.

        Raises
        ------
        ArgumentError
            When the buffer or the level is wrong.
        ResetNeededError
            Before the first reset.
        """

    @abstractmethod
    def decide(self, policy: str, actions: Array | None = None, level: str = "worker") -> Array:
        """Write the actions of a built-in policy for every seat of a level.

        Parameters
        ----------
        policy : str
            One of the level's ``policies``.
        actions : uint8[W * S, C], optional
            The caller's buffer; a new one by default.
        level : str
            One of `LEVELS`.
        """

    @abstractmethod
    def superiors(self, level: str) -> Array:
        """Return the seat above, in its own world, that each seat of a level reports to.

        int64[W * S]. Raises `ArgumentError` when there is nobody above the level.
        """

    @abstractmethod
    def counters(self, level: str = "worker") -> dict[str, Array]:
        """Return copies of the counts whose increments `components` pays for at a level.

        They lie on the device, as does all that `components`, `facts`, `occupants`, `able` and
        `masks` return: `host` gives them for the host to read.
        """

    @abstractmethod
    def components(self, level: str, since: Mapping[str, Array], mode: str = "mean") -> Array:
        """Return what every seat has earned since ``counters(level)`` gave ``since``.

        For workers ``since`` must be of one tick ago.

        Parameters
        ----------
        level : str
            One of `LEVELS`.
        since : mapping
            What `counters` returned when the step began.
        mode : {"mean", "difference", "none"}
            The global component: the hive's gain per worker, the gain that is missing without
            the seat's own (or its subordinates') deliveries, or nothing.

        Returns
        -------
        float32[W * S, 3]
            Immediate, local and global, in the task's own units: not yet scaled or weighted.
        """

    def rewards(
        self,
        level: str,
        since: Mapping[str, Array],
        mode: str = "mean",
        weights: Sequence[float] | None = None,
        out: Array | None = None,
    ) -> Array:
        """Return the reward of every seat: its `components` over their constants, under weights.

        Parameters
        ----------
        level, since, mode
            As `components` takes them.
        weights : sequence of three float, optional
            Those of `hive_env.scenarios.rewards.WEIGHTS` by default.
        out : float32[W * S], optional
            The caller's buffer; a new one by default.

        Returns
        -------
        float32[W * S]
        """
        chosen = WEIGHTS[self.level_named(level).name] if weights is None else weights
        out = self._reward_buffer(level, out)
        parts = self.components(level, since, mode)
        weight = factors(self.scales(level, mode), checked_weights(chosen))
        self.backend.tables.weigh(parts, weight, out)
        return out

    def _reward_buffer(self, level: str, given: Array | None) -> Array:
        """Return the caller's buffer with a number for every seat, or a new one."""
        shape = (self.worlds * self.level_named(level).seats,)
        return self._owned("out", given, np.float32, shape)

    def values_there(self, workers: int = 1) -> Array:
        """Return U of every world by so many workers, float64[W], on the device."""
        out = self.zeros(self.worlds, np.float64)
        self.run_pass(VALUES, world_value=out, shared_by=workers)
        return out

    def values(self) -> Array:
        """Return U of every world: value delivered in the episode so far, float64[W]."""
        return self.host(self.values_there())

    def states(self) -> Array:
        """Return the global state of every world, for critics.

        Returns
        -------
        float32[W, G]
            New, of the host; G is the length of `state_bounds`, see `hive_env.scenarios.areas`.

        Raises
        ------
        ResetNeededError
            Before the first reset.
        """
        self.need_ready()
        return self.summarise(0, self.worlds)

    def state(self, world: int = 0) -> Array:
        """Return the global state of one world, a new float32[G]; see `states`.

        Raises
        ------
        ArgumentError
            When there is no such world.
        ResetNeededError
            Before the first reset.
        """
        self.need_ready()
        whole = isinstance(world, int | np.integer) and not isinstance(world, bool)
        if not whole or not 0 <= world < self.worlds:
            raise ArgumentError("world", f"an integer from 0 to {self.worlds - 1}", world)
        return np.asarray(self.summarise(int(world), int(world) + 1)[0])

    @abstractmethod
    def summarise(self, first: int, last: int) -> Array:
        """Return the states of the worlds ``first`` to ``last``, the last one excluded."""

    @abstractmethod
    def state_bounds(self) -> tuple[Array, Array]:
        """Return the least and greatest `state`, float32[G] each."""

    # --- what a family may say besides -------------------------------------------------------

    def observe_seats(self, out: Array, level: str, seats: slice) -> None:
        """Write what some seats of a level observe; other rows may hold anything."""
        self.observe(out, level)

    def facts(self, level: str) -> dict[str, Array]:
        """Return what else a step reports of every seat, arrays [W * S] by name."""
        return {}

    def occupants(self, level: str) -> Array:
        """Return the agent in each seat of a level, int64[W * S]; -1 where there is none.

        An agent is numbered within its world, from 0; in most levels it is the seat itself.
        """
        played = self.level_named(level)
        return self._fixed(
            f"agents of {level}", lambda: np.tile(np.arange(played.seats), self.worlds)
        )

    def able(self, level: str) -> Array:
        """Return whether the action of each seat counts, bool[W * S]: here everybody's does."""
        rows = self.worlds * self.level_named(level).seats
        return self._fixed(f"able {level}", lambda: np.ones(rows, bool))

    def masks(self, level: str) -> Array:
        """Return which values of each choice are open to each seat, bool[W * S, sum(choices)].

        Here all are. To a seat whose action does not count 0 of each choice must be, and no more.
        """
        played = self.level_named(level)
        shape = (self.worlds * played.seats, sum(played.choices))
        return self._fixed(f"masks of {level}", lambda: np.ones(shape, bool))

    def agents(self, level: str) -> int:
        """Return how many agents the seats of a level can ever have in one world."""
        return self.level_named(level).seats

    def _fixed(self, name: str, make: Callable[[], Array]) -> Array:
        """Return a copy, on the device, of what never changes: the host makes it once."""
        if name not in self._made:
            values = make()
            self._made[name] = self.zeros(values.shape, values.dtype.type)
            self.backend.write(self._made[name], values)
        return self.backend.copy(self._made[name])

    def _by_seat(self, level: str, dtype: type, *width: int) -> Array:
        """Return zeros on the device with a row for every seat, for a pass to write to."""
        self.need_ready()
        return self.zeros((self.worlds * self.levels[level].seats, *width), dtype)

    # --- a step --------------------------------------------------------------------------------

    def step(self, actions: Array, orders: Mapping[str, Array] | None = None) -> None:
        """Advance every world by one tick.

        Parameters
        ----------
        actions : integers of shape (W * N, C) or (W, N, C)
            Actions of the workers, by id. A C-contiguous uint8 array is read where it lies.
        orders : mapping of str to integers of shape (W * S, C) or (W, S, C), optional
            Actions of upper levels, by name. In worlds where a level decides in this tick they
            replace the orders that stand; elsewhere they are ignored. The orders of a level that
            is not named are held.

        Raises
        ------
        ActionError
            When a level, shape, dtype or value is wrong; nothing has changed then.
        ResetNeededError
            Before the first reset.
        """
        self.need_ready()
        taken = self.checked(actions)
        for level in orders or {}:
            if level not in UPPER:
                raise ActionError("orders", f"levels among {', '.join(UPPER)}", level)
        given = orders or {}
        self.carry_out(
            taken,
            {
                one: self.checked(given[one], one, f"orders[{one!r}]")
                for one in UPPER
                if one in given
            },
        )

    def carry_out(self, actions: Array, orders: Mapping[str, Array]) -> None:
        """Advance every world by one tick; as `step`, but nothing is looked at.

        Parameters
        ----------
        actions : uint8[W * N, C]
            As `checked` returns or `decide` writes them. With others memory is overwritten.
        orders : mapping of str to uint8[W * S, C]
            Likewise.
        """
        given = {"action": actions}
        for level in UPPER:
            given[f"{level}_action"] = (
                orders[level]
                if level in orders
                else self._scratch(f"no {level}", (0, len(self.levels[level].choices)))
            )
        for watcher in self.watchers:
            watcher.before(actions, orders)
        self._advance(**given)
        for watcher in self.watchers:
            watcher.after(actions, orders)

    def _buffer(self, argument: str, given: Array | None, dtype: type, level: Level) -> Array:
        """Return the caller's buffer with a row for every seat, or a new one."""
        width = len(level.choices) if argument == "actions" else len(level.features)
        return self._owned(argument, given, dtype, (self.worlds * level.seats, width))

    def _owned(
        self, argument: str, given: Array | None, dtype: type, shape: tuple[int, ...]
    ) -> Array:
        """Return the caller's buffer of a shape, or a new one."""
        if given is None:
            return self.zeros(shape, dtype)
        there: Any = self.backend.adopt(argument, given)
        if there is not None:
            kept = there.is_c_contiguous()
            readonly = getattr(given, "__cuda_array_interface__", {}).get("data", (0, False))[1]
            kept = kept and not readonly
        else:
            there = given
            kept = self.backend.shares_memory and isinstance(given, np.ndarray)
            kept = kept and given.flags.c_contiguous and given.flags.writeable
        if not kept or there.shape != shape or there.dtype != dtype:
            name = np.dtype(dtype).name
            where = "" if self.backend.shares_memory else " on the GPU"
            found = getattr(given, "dtype", type(given).__name__)
            raise ArgumentError(
                argument,
                f"a writeable C-contiguous {name} of shape {shape}{where}",
                f"{found} of shape {tuple(getattr(given, 'shape', ()))}",
            )
        return there  # type: ignore[no-any-return]

    def _scratch(self, name: str, shape: tuple[int, ...]) -> Array:
        """Return a buffer of bytes on the device, which may hold anything and is used again."""
        if name not in self._made or self._made[name].shape != shape:
            self._made[name] = self.backend.empty(shape, np.uint8)
        return self._made[name]

    # --- files -------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a snapshot file; see `hive_env.snapshot.save`."""
        snapshot.save(self, path)

    @classmethod
    def load(
        cls: type[Worlds],
        path: str | os.PathLike[str],
        device: str = "cpu",
        threads: int | None = None,
    ) -> Worlds:
        """Return worlds that go on from a snapshot file.

        A world with columns, systems or constants of the user's own is made from its blueprint
        instead, and takes the file over with `hive_env.snapshot.load`.

        Raises
        ------
        SnapshotError
            When the file is no snapshot, is truncated or altered, or of another version or family.
        """
        header = snapshot.describe(path)
        if header["family"] != cls.family:
            raise SnapshotError(
                f"{path}: the snapshot is of the family {header['family']!r}; {cls.__name__} "
                f"loads {cls.family!r}."
            )
        made = cls(snapshot.config_of(path, cls.config_type), header["worlds"], device, threads)
        snapshot.load(path, made)
        return made

    # --- what follows from it ----------------------------------------------------------------

    def scales(self, level: str, mode: str) -> Array:
        """Return the constants by which a level's components are divided, float32[3].

        ``none`` divides its zeros as ``mean`` does.
        """
        own, local, mean, difference = self.scale_table[self.level_named(level).name]
        shared = difference if self.checked_mode(mode) == "difference" else mean
        return np.array([own, local, shared], np.float32)

    def level_named(self, name: str) -> Level:
        """Return a level, or raise `ArgumentError`."""
        if not isinstance(name, str) or name not in self.levels:
            raise ArgumentError("level", f"one of {', '.join(self.levels)}", name)
        return self.levels[name]

    def deciding(self, level: str) -> Array:
        """Return whether the next tick is one in which a level decides, bool[W]."""
        return np.asarray(self.ticks % self.level_named(level).period == 0)

    def done(self) -> Array:
        """Return which worlds have reached the end of their episode, bool[W]."""
        return np.asarray(self.ticks >= self.episode_ticks)

    def checked(self, actions: Any, level: str = "worker", argument: str = "actions") -> Array:
        """Return the actions of a level as C-contiguous uint8[W * S, C], or raise `ActionError`.

        Those that lie on the device are read there; NumPy's are copied to it.
        """
        played = self.level_named(level)
        total, parts = self.worlds * played.seats, len(played.choices)
        given: Any = self.backend.adopt(argument, actions)
        try:
            given = np.asarray(actions) if given is None else given
        except (TypeError, ValueError, RuntimeError) as error:
            raise ActionError(argument, "an array of integers", str(error)) from None
        if given.dtype.kind not in "iu":
            raise ActionError(argument, "integers", f"dtype {given.dtype}")
        if given.shape not in ((total, parts), (self.worlds, played.seats, parts)):
            raise ActionError(argument, f"shape ({total}, {parts})", f"shape {given.shape}")
        if given.ndim == 3 and not isinstance(given, np.ndarray) and not given.is_c_contiguous():
            raise ActionError(argument, "a C-contiguous array", f"strides {given.strides}")
        flat = given.reshape(total, parts)
        taken, row = self.backend.tables.narrowed(flat, played.choices)
        if row >= 0:
            world, seat = divmod(row, played.seats)
            raise ActionError(
                f"{argument}[{row}] (world {world}, {level} {seat})",
                f"values below {', '.join(map(str, played.choices))}",
                self.host(flat)[row].tolist(),
            )
        return taken

    def checked_mode(self, mode: str) -> str:
        """Return a mode of the global component, or raise `ArgumentError`."""
        if not isinstance(mode, str) or mode not in GLOBAL_MODES:
            raise ArgumentError("mode", f"one of {', '.join(GLOBAL_MODES)}", mode)
        return mode
