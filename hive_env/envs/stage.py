"""The stage: W worlds of which one level is played, in arrays. All facades stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.envs.settings import Settings, checked_cycles
from hive_env.envs.spaces import Scaling, masks_of
from hive_env.errors import ActionError
from hive_env.scenarios.forage import Forage


@dataclass(frozen=True)
class Report:
    """What is known of the last step besides observation and reward; all arrays are new.

    Parameters
    ----------
    masks : bool[W, S, A]
        Which values of each choice are open to each seat, the choices one after another.
    events : int64[W, S]
        What happened to each seat in the last tick, bits of `Event`.
    value : float64[W]
        U of each world so far, value delivered per worker.
    tick : int64[W]
        Ticks of each world's episode so far.
    """

    masks: Array
    events: Array
    value: Array
    tick: Array


class Stage:
    """W worlds of which S seats of one level are played from outside, and the rest by a policy.

    Parameters
    ----------
    settings : Settings
        Who plays what, in which world.
    worlds : int
        W.

    Attributes
    ----------
    simulation : Forage
        The worlds: the array API.
    seats : int
        S, played in each world.
    """

    def __init__(self, settings: Settings, worlds: int) -> None:
        config, level = settings.config, settings.level
        self.settings = settings
        self.simulation = Forage(config, worlds, settings.device, settings.threads)
        self.features = level.features(config)
        self.choices = level.choices(config)
        total = level.seats(config)
        self.seats = len(range(total)[settings.seats])
        self._limit = settings.max_cycles
        self._scaling = Scaling(self.features)
        self._steps = np.zeros(worlds, np.int64)
        self._seen = np.empty((worlds * total, len(self.features)), np.uint8)
        self._paid = np.empty(worlds * total, np.float32)
        self._actions = np.zeros((worlds * config.size.workers, 2), np.uint8)

    @property
    def max_cycles(self) -> int | None:
        """Steps after which an episode is truncated, if its own end does not come first."""
        return self._limit

    @max_cycles.setter
    def max_cycles(self, limit: int | None) -> None:
        self._limit = checked_cycles(limit)

    def reset(self, seed: int | Sequence[int] | None = None, worlds: Array | None = None) -> None:
        """Start an episode in some worlds, all by default; as `Simulation.reset`."""
        self.simulation.reset(seed, worlds)
        self._steps[... if worlds is None else worlds] = 0

    def advance(self, actions: Array) -> None:
        """Take one step in every world.

        Parameters
        ----------
        actions : uint8[W * S, len(choices)]
            As `checked_actions` returns them.

        Raises
        ------
        ResetNeededError
            Before the first reset.
        ActionError
            When the policy's actions are wrong. No world has moved then.
        """
        self.simulation.need_ready()
        whole = self._actions.reshape(self.simulation.worlds, -1, self._actions.shape[-1])
        if self.seats < whole.shape[1]:
            self._let_others_decide()
        whole[:, self.settings.seats] = actions.reshape(
            self.simulation.worlds, self.seats, len(self.choices)
        )
        self.simulation.step(self._actions)
        self._steps += 1

    def _let_others_decide(self) -> None:
        policy = self.settings.policy
        if isinstance(policy, str):
            self.simulation.decide(policy, self._actions)
            return
        given = policy(self.simulation)
        try:
            self._actions[...] = self.simulation.checked(given)
        except ActionError as error:
            raise ActionError(
                f"policy(simulation): {error.argument}", error.expected, error.got
            ) from None

    def observations(self) -> Array:
        """Return what the seats observe, a new float32 or uint8[W, S, F]."""
        self.settings.level.observe(self.simulation, self.settings.seats, self._seen)
        seen = self._seen.reshape(self.simulation.worlds, -1, self._seen.shape[1])
        mine = seen[:, self.settings.seats]
        return self._scaling.floats(mine) if self.settings.observation == "float32" else mine.copy()

    def rewards(self) -> Array:
        """Return what the last step paid the seats, a new float32[W, S]."""
        self.settings.level.reward(self.simulation, self._paid)
        paid = self._paid.reshape(self.simulation.worlds, -1)
        return paid[:, self.settings.seats].copy()

    def truncated(self) -> Array:
        """Return which worlds have reached the end of their episode, bool[W]."""
        over = self.simulation.done()
        return over if self._limit is None else over | (self._steps >= self._limit)

    def masks(self) -> Array:
        """Return which values of each choice are open to each seat, bool[W, S, A]."""
        rows = self.settings.level.rows(self.simulation, self.settings.seats)
        return masks_of(self.settings.level.able(self.simulation, rows), self.choices)

    def report(self) -> Report:
        """Return what is known of the last step besides observation and reward."""
        level, simulation = self.settings.level, self.simulation
        rows = level.rows(simulation, self.settings.seats)
        return Report(
            masks_of(level.able(simulation, rows), self.choices),
            level.events(simulation, rows),
            simulation.values() / simulation.workers,
            simulation.columns["tick"].astype(np.int64),
        )


class OnStage:
    """What every facade shows of the stage that it stands on."""

    _stage: Stage

    @property
    def simulation(self) -> Forage:
        """The worlds: the array API."""
        return self._stage.simulation

    @property
    def max_cycles(self) -> int | None:
        """Steps after which an episode is truncated, if its own end does not come first."""
        return self._stage.max_cycles

    @max_cycles.setter
    def max_cycles(self, limit: int | None) -> None:
        self._stage.max_cycles = limit
