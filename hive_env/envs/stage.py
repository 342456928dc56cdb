"""The stage: W worlds of which one level, or all, is played, in arrays. Facades stand on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from hive_env.backends.tables import Tables
from hive_env.ecs.columns import Array
from hive_env.envs.actions import checked_actions
from hive_env.envs.settings import Settings, checked_cycles
from hive_env.envs.spaces import Scaling
from hive_env.errors import ActionError
from hive_env.scenarios.rewards import factors


@dataclass(frozen=True)
class Report:
    """What is known of a level after a step besides its observations; all arrays are new.

    Parameters
    ----------
    rewards : float32[W, S]
        What the step paid each seat.
    components : float32[W, S, 3]
        What it was made of: immediate, local, global, in the task's own units.
    masks : bool[W, S, A]
        Which values of each choice are open to each seat, the choices one after another.
    facts : dict of str to array [W, S]
        What the family reports of each seat.
    """

    rewards: Array
    components: Array
    masks: Array
    facts: dict[str, Array]


class Stage:
    """W worlds of which some seats are played from outside, and the rest by policies.

    One step is the period of the level that is played; one tick where all levels are.

    Parameters
    ----------
    settings : Settings
        Who plays what, in which world.
    worlds : int
        W.
    arrays : {"host", "device"}
        Whether what is returned by seat, and the value of worlds, is NumPy's, or lies where the
        worlds are. What the host knows anyhow (ticks, who is truncated) is NumPy's.

    Attributes
    ----------
    hive : Hive
        The worlds: the array API.
    seats : int
        S, played in each world; the seats of the lowest level where all are.
    tables : Tables
        What is done with what is returned.
    """

    def __init__(self, settings: Settings, worlds: int, arrays: str = "host") -> None:
        self.settings = settings
        self.hive = hive = settings.build(worlds)
        self.levels = hive.levels
        self.level = hive.levels[settings.played[0]]
        self.ticks_per_step = self.level.period if len(settings.played) == 1 else 1
        self.seats = len(range(self.level.seats)[settings.seats])
        self._limit = settings.max_cycles
        self._steps = np.zeros(worlds, np.int64)
        self._actions = {
            name: hive.zeros((worlds * level.seats, len(level.choices)), np.uint8)
            for name, level in hive.levels.items()
        }
        self._shown = hive.host if arrays == "host" else _as_it_is
        self.tables = Tables() if arrays == "host" else hive.backend.tables
        self._scaling = {name: Scaling(hive.levels[name].features) for name in settings.played}
        self._factors = {
            name: factors(hive.scales(name, settings.global_mode), settings.weights[name])
            for name in settings.played
        }
        self._since: dict[str, dict[str, Array]] = {}
        self._restored = hive.restored
        self._earned = {name: self._nothing(name) for name in settings.played}

    @property
    def max_cycles(self) -> int | None:
        """Steps after which an episode is truncated, if its own end does not come first."""
        return self._limit

    @max_cycles.setter
    def max_cycles(self, limit: int | None) -> None:
        self._limit = checked_cycles(limit)

    def reset(self, seed: int | Sequence[int] | None = None, worlds: Array | None = None) -> None:
        """Start an episode in some worlds, all by default; as `Simulation.reset`."""
        self.hive.reset(seed, worlds)
        chosen = slice(None) if worlds is None else worlds
        self._steps[chosen] = 0
        self._since = {}
        mask = np.ones(self.hive.worlds, bool) if worlds is None else np.asarray(worlds)
        for earned in self._earned.values():
            self.hive.backend.tables.clear(earned, mask)

    def advance(self, actions: Mapping[str, Array]) -> None:
        """Take one step in every world.

        Parameters
        ----------
        actions : mapping of str to uint8[W * S, C]
            As `taken` or `checked_actions` returns them, of every level that is played; where all
            are, those of a level that does not decide in this tick may be missing.

        Raises
        ------
        ResetNeededError
            Before the first reset.
        ActionError
            When a policy's actions are wrong: the worlds stand at the tick in which it was asked.
        """
        hive, upload = self.hive, self.hive.backend.upload
        hive.need_ready()
        given = {
            name: upload(one) if isinstance(one, np.ndarray) else one
            for name, one in actions.items()
        }
        if hive.restored != self._restored:
            # What was counted belongs to another past.
            self._since, self._restored = {}, hive.restored
        for name in self.settings.played:
            if self._due(name) or name not in self._since:
                self._since[name] = hive.counters(name)
        # From a snapshot between two decisions, to the next one.
        late = int(hive.ticks[0]) % self.ticks_per_step
        for _ in range(self.ticks_per_step - late):
            orders = {
                name: self._decided(name, given)
                for name in reversed(tuple(self.levels))
                if name != "worker" and bool(hive.deciding(name).any())
            }
            hive.carry_out(self._decided("worker", given), orders)
        self._steps += 1
        over = bool(self.truncated().any())
        for name in self.settings.played:
            if over or self._due(name):
                mode = self.settings.global_mode
                self._earned[name] = hive.components(name, self._since[name], mode)
            else:
                self._earned[name] = self._nothing(name)

    def _nothing(self, name: str) -> Array:
        """Return what the seats of a level have earned in no time."""
        return self.hive.zeros((self.hive.worlds * self.levels[name].seats, 3), np.float32)

    def _due(self, name: str) -> bool:
        """Whether a played level decides now. Alone, it decides in every step."""
        return len(self.settings.played) == 1 or bool(self.hive.deciding(name).all())

    def _decided(self, name: str, actions: Mapping[str, Array]) -> Array:
        """Return the actions of a level: those given, and those of its policy elsewhere."""
        given = actions.get(name)
        if given is None:
            return self._ask_policy(name)
        level, seats = self.levels[name], self._seats_of(name)
        if len(range(level.seats)[seats]) == level.seats:
            return given
        whole = self._ask_policy(name)
        if whole is not self._actions[name]:
            whole = self.hive.backend.copy(whole)
        self.hive.backend.tables.place(whole, given, self.hive.worlds, seats)
        return whole

    def _seats_of(self, name: str) -> slice:
        """Return the seats of a level that are played from outside."""
        return self.settings.seats if name == self.level.name else slice(None)

    def _ask_policy(self, name: str) -> Array:
        """Return the actions of a level's policy, on the device."""
        policy = self.settings.policies[name]
        if isinstance(policy, str):
            return self.hive.decide(policy, self._actions[name], name)
        given = policy(self.hive)
        return self.hive.checked(given, name, f"policies[{name!r}](hive)")

    def taken(self, actions: Any, argument: str, shape: tuple[int, ...]) -> Array:
        """Return a caller's actions of the played seats as `advance` takes them.

        Parameters
        ----------
        actions : integers
            Of the host, or where they lie on the device.
        argument : str
            What the caller calls them.
        shape : tuple of int
            The shape they must have; the last axis holds whole seats.

        Raises
        ------
        ActionError
            When shape, dtype or a value is wrong.
        ArgumentError
            When they lie on another device.
        """
        choices = self.level.choices
        given: Any = self.hive.backend.adopt(argument, actions)
        if given is None:
            return checked_actions(actions, argument, shape, choices)
        if given.dtype.kind not in "iu" or given.shape != shape or not given.is_c_contiguous():
            raise ActionError(
                argument,
                f"C-contiguous integers of shape {shape}",
                f"{given.dtype} of shape {given.shape} and strides {given.strides}",
            )
        flat = given.reshape(-1, len(choices))
        taken, row = self.hive.backend.tables.narrowed(flat, choices)
        if row >= 0:
            raise ActionError(
                f"{argument}, seat {row} of all",
                f"values below {', '.join(map(str, choices))}",
                self.hive.host(flat)[row].tolist(),
            )
        return taken

    def observations(self, name: str | None = None) -> Array:
        """Return what the played seats of a level observe, a new float32 or uint8[W, S, F]."""
        name = name or self.level.name
        level, seats = self.levels[name], self._seats_of(name)
        rows = self.hive.worlds * level.seats
        seen = self.hive.backend.empty((rows, len(level.features)), level.dtype)
        self.hive.observe_seats(seen, name, seats)
        mine = self._mine(seen, name)
        if level.dtype is np.uint8 and self.settings.observation == "float32":
            flat = mine.reshape(mine.shape[0] * mine.shape[1], mine.shape[2])
            return self._scaling[name].floats(flat, self.tables).reshape(mine.shape)
        return mine

    def report(self, name: str | None = None) -> Report:
        """Return what else is known of the played seats of a level."""
        return Report(self.rewards(name), self.components(name), self.masks(name), self.facts(name))

    def rewards(self, name: str | None = None) -> Array:
        """Return what the last step paid the played seats of a level, a new float32[W, S]."""
        name = name or self.level.name
        earned = self._earned[name]
        paid = self.hive.backend.empty((len(earned),), np.float32)
        self.hive.backend.tables.weigh(earned, self._factors[name], paid)
        return self._mine(paid, name)

    def components(self, name: str | None = None) -> Array:
        """Return what that was made of, a new float32[W, S, 3], in the task's own units."""
        name = name or self.level.name
        return self._mine(self.hive.backend.copy(self._earned[name]), name)

    def masks(self, name: str | None = None) -> Array:
        """Return which values of each choice are open to the played seats, bool[W, S, A]."""
        name = name or self.level.name
        return self._mine(self.hive.masks(name), name)

    def facts(self, name: str | None = None) -> dict[str, Array]:
        """Return what the family reports of the played seats, new arrays [W, S] by name."""
        name = name or self.level.name
        told = self.hive.facts(name)
        return {fact: self._mine(values, name) for fact, values in told.items()}

    def _mine(self, table: Array, name: str) -> Array:
        """Return the rows of the played seats, [W, S, ...], of a table that nobody else has."""
        worlds, seats = self.hive.worlds, self._seats_of(name)
        if len(range(self.levels[name].seats)[seats]) < self.levels[name].seats:
            table = self.hive.backend.tables.pick(table, worlds, seats)
        shown: Array = self._shown(table)
        return shown.reshape(worlds, len(shown) // worlds, *shown.shape[1:])

    def truncated(self) -> Array:
        """Return which worlds have reached the end of their episode, bool[W]."""
        over = self.hive.done()
        return over if self._limit is None else over | (self._steps >= self._limit)

    def values(self) -> Array:
        """Return U of each world so far, by worker, a new float64[W]."""
        return self._shown(self.hive.values_there(self.hive.workers))

    def ticks(self) -> Array:
        """Return the ticks of each world's episode so far, int64[W]."""
        return self.hive.ticks.astype(np.int64)


def _as_it_is(array: Array) -> Array:
    return array


Facade = TypeVar("Facade", bound="OnStage")


class OnStage:
    """What every facade shows of the stage that it stands on.

    A facade is copied and pickled as the arguments that it was made from: the copy is a new
    environment, which has to be reset. `hive_env.snapshot` saves what happens in a world.
    """

    _stage: Stage
    _made_from: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls: type[Facade], *arguments: Any, **named: Any) -> Facade:
        """Keep the arguments, as they are now."""
        made = super().__new__(cls)
        kept = {name: _kept(value) for name, value in named.items()}
        made._made_from = tuple(_kept(value) for value in arguments), kept
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the arguments, and what was set since: the limit, and Gymnasium's spec."""
        since = {"max_cycles": self.max_cycles}
        if (spec := self.__dict__.get("spec")) is not None:
            since["spec"] = spec
        return _made_again, (type(self), *self._made_from, since)

    @property
    def settings(self) -> Settings:
        """Who plays what, in which world."""
        return self._stage.settings

    @property
    def simulation(self) -> Any:
        """The worlds: the array API."""
        return self._stage.hive

    @property
    def played(self) -> tuple[str, ...]:
        """The levels that are played from outside."""
        return self._stage.settings.played

    @property
    def max_cycles(self) -> int | None:
        """Steps after which an episode is truncated, if its own end does not come first."""
        return self._stage.max_cycles

    @max_cycles.setter
    def max_cycles(self, limit: int | None) -> None:
        self._stage.max_cycles = limit


def _kept(argument: Any) -> Any:
    """Return a mapping as it is now, whatever its owner will do to it; all else as it comes."""
    return dict(argument) if isinstance(argument, Mapping) else argument


def _made_again(
    kind: Callable[..., Facade],
    arguments: Sequence[Any],
    named: Mapping[str, Any],
    since: Mapping[str, Any],
) -> Facade:
    made = kind(*arguments, **named)
    for name, value in since.items():
        setattr(made, name, value)
    return made
