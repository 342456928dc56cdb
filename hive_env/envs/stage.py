"""The stage: W worlds of which one level, or all, is played, in arrays. Facades stand on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.envs.settings import Settings, checked_cycles
from hive_env.envs.spaces import Scaling
from hive_env.scenarios.rewards import total


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

    Attributes
    ----------
    hive : Hive
        The worlds: the array API.
    seats : int
        S, played in each world; the seats of the lowest level where all are.
    """

    def __init__(self, settings: Settings, worlds: int) -> None:
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
        self._seen: dict[str, Array] = {
            name: hive.zeros(
                (worlds * hive.levels[name].seats, len(hive.levels[name].features)),
                hive.levels[name].dtype,
            )
            for name in settings.played
        }
        self._scaling = {name: Scaling(hive.levels[name].features) for name in settings.played}
        self._scales = {name: hive.scales(name, settings.global_mode) for name in settings.played}
        self._since: dict[str, dict[str, Array]] = {}
        self._restored = hive.restored
        self._earned = {
            name: np.zeros((worlds * hive.levels[name].seats, 3), np.float32)
            for name in settings.played
        }

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
        for earned in self._earned.values():
            earned.reshape(self.hive.worlds, -1)[chosen] = 0

    def advance(self, actions: Mapping[str, Array]) -> None:
        """Take one step in every world.

        Parameters
        ----------
        actions : mapping of str to uint8[W * S, C]
            As `checked_actions` returns them, of every level that is played; where all are, those
            of a level that does not decide in this tick may be missing.

        Raises
        ------
        ResetNeededError
            Before the first reset.
        ActionError
            When a policy's actions are wrong: the worlds stand at the tick in which it was asked.
        """
        hive = self.hive
        hive.need_ready()
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
                name: self._decided(name, actions)
                for name in reversed(tuple(self.levels))
                if name != "worker" and bool(hive.deciding(name).any())
            }
            hive.step(self._decided("worker", actions), orders)
        self._steps += 1
        over = bool(self.truncated().any())
        for name in self.settings.played:
            if over or self._due(name):
                mode = self.settings.global_mode
                self._earned[name] = hive.host(hive.components(name, self._since[name], mode))
            else:
                self._earned[name][...] = 0

    def _due(self, name: str) -> bool:
        """Whether a played level decides now. Alone, it decides in every step."""
        return len(self.settings.played) == 1 or bool(self.hive.deciding(name).all())

    def _decided(self, name: str, actions: Mapping[str, Array]) -> Array:
        """Return the actions of a level: those given, and those of its policy elsewhere."""
        given = actions.get(name)
        if given is None:
            return self._ask_policy(name)
        level = self.hive.levels[name]
        seats = self.settings.seats if name == self.level.name else slice(None)
        if len(range(level.seats)[seats]) == level.seats:
            return given
        whole = self.hive.host(self._ask_policy(name)).copy()
        shape = (self.hive.worlds, -1, len(level.choices))
        whole.reshape(shape)[:, seats] = given.reshape(shape)
        return whole

    def _ask_policy(self, name: str) -> Array:
        """Return the actions of a level's policy, on the device."""
        policy = self.settings.policies[name]
        if isinstance(policy, str):
            return self.hive.decide(policy, self._actions[name], name)
        given = policy(self.hive)
        return self.hive.checked(given, name, f"policies[{name!r}](hive)")

    def observations(self, name: str | None = None) -> Array:
        """Return what the played seats of a level observe, a new float32 or uint8[W, S, F]."""
        name = name or self.level.name
        seats = self.settings.seats if name == self.level.name else slice(None)
        out = self._seen[name]
        self.hive.observe_seats(out, name, seats)
        seen = self.hive.host(out)
        mine = seen.reshape(self.hive.worlds, -1, seen.shape[1])[:, seats]
        if out.dtype == np.uint8 and self.settings.observation == "float32":
            return self._scaling[name].floats(mine)
        return mine.copy()

    def report(self, name: str | None = None) -> Report:
        """Return what else is known of the played seats of a level."""
        name = name or self.level.name
        seats = self.settings.seats if name == self.level.name else slice(None)
        worlds = self.hive.worlds
        earned = self._earned[name].reshape(worlds, -1, 3)[:, seats].copy()
        paid = total(earned, self._scales[name], self.settings.weights[name])
        return Report(
            paid,
            earned,
            self.masks(name),
            {
                fact: self.hive.host(values).reshape(worlds, -1)[:, seats].copy()
                for fact, values in self.hive.facts(name).items()
            },
        )

    def masks(self, name: str | None = None) -> Array:
        """Return which values of each choice are open to the played seats, bool[W, S, A]."""
        name = name or self.level.name
        seats = self.settings.seats if name == self.level.name else slice(None)
        masks = self.hive.host(self.hive.masks(name))
        return masks.reshape(self.hive.worlds, -1, masks.shape[1])[:, seats].copy()

    def truncated(self) -> Array:
        """Return which worlds have reached the end of their episode, bool[W]."""
        over = self.hive.done()
        return over if self._limit is None else over | (self._steps >= self._limit)

    def values(self) -> Array:
        """Return U of each world so far, by worker, float64[W]."""
        return np.asarray(self.hive.values() / self.hive.workers)

    def ticks(self) -> Array:
        """Return the ticks of each world's episode so far, int64[W]."""
        return self.hive.ticks.astype(np.int64)


class OnStage:
    """What every facade shows of the stage that it stands on."""

    _stage: Stage

    @property
    def simulation(self) -> Any:
        """The worlds: the array API."""
        return self._stage.hive

    @property
    def max_cycles(self) -> int | None:
        """Steps after which an episode is truncated, if its own end does not come first."""
        return self._stage.max_cycles

    @max_cycles.setter
    def max_cycles(self, limit: int | None) -> None:
        self._stage.max_cycles = limit
