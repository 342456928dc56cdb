"""The goal-conditioned Gymnasium environment: a worker that is told where to be.

It is a world of Forage in full, with its hazards, crowds and faults, in which everybody else
works; only what the one worker is paid for differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from hive_env.config import FRACTION_BITS, ForageConfig, HiveConfig
from hive_env.ecs.columns import Array
from hive_env.enums import Health
from hive_env.envs.places import Places
from hive_env.envs.settings import constants_of
from hive_env.envs.spaces import Scaling, observation_space
from hive_env.errors import ActionError, ArgumentError, ConfigError, ResetNeededError
from hive_env.hindsight.goals import sparse_reward
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.forage import OBSERVE, Forage
from hive_env.sizes import Size

SMALL = Size(64, sector_x=2, sector_y=2, hive_x=1, hive_y=1)
"""The default size: four regions of 24 x 24 cells with 16 workers each."""


class HiveGoalEnv(gymnasium.Env[dict[str, Any], np.int64]):
    """One worker with a goal. ``gymnasium.make("HiveGoal-v0")``.

    The observation is a Dict: ``observation``, what a worker observes, float32[64] ([80] in
    worlds of depth above one); ``achieved_goal`` and ``desired_goal``, float32[2] (a cell has 3
    numbers in worlds of depth above one), as `Places` writes them. The action is
    Discrete(8) ([10] with depth): a `Verb`; it lays no deposit. The reward is sparse: 0 in a step
    after which the goal is reached, else -1. An episode ends by truncation after ``max_cycles``
    steps, whether the goal is reached or not, and never by termination, so the best return goes
    to whom reaches the goal soonest and stays.

    All levels above, and the other workers, follow their scripted policies. Hazards, crowds and
    faults are those of the world: a failed worker's action does nothing until it is repaired.

    ``info`` holds ``is_success`` (bool: the goal is reached now), ``action_mask`` (int8[8]) and
    ``tick``.

    Parameters
    ----------
    size : str, int or Size
        As in `Size.of`; 64 workers in four regions by default.
    seat : int
        Which worker.
    goal : {"cell", "zone"}
        What it is told to be in: a cell of the region that it belongs to, or one of that region's
        16 zones; drawn for each episode from those where it is not yet.
    tolerance : int
        How many cells or zones away along every axis still counts as there.
    policy : str
        Built-in policy of the other workers.
    config : ForageConfig, mapping or str, optional
        Constants of the task, or those that differ from the default, or the name of a tier.
    max_cycles : int
        Steps of an episode, if the task's own end does not come first.
    threads : int, optional
        CPU threads; results do not depend on it. One by default: such small worlds gain
        nothing from more.

    Attributes
    ----------
    simulation : Forage
        The world: the array API.
    played : tuple of str
        The levels that are played from outside.

    Raises
    ------
    ConfigError
        Names the argument that cannot be used.
    """

    metadata: dict[str, Any] = {"render_modes": []}
    played = ("worker",)

    def __init__(
        self,
        size: str | int | Size = SMALL,
        *,
        seat: int = 0,
        goal: str = "cell",
        tolerance: int = 0,
        policy: str = "scripted",
        config: ForageConfig | Mapping[str, Any] | str | None = None,
        max_cycles: int = 50,
        threads: int | None = 1,
    ) -> None:
        constants = constants_of(FAMILIES["forage"], config)
        self.simulation = hive = Forage(HiveConfig(Size.of(size), constants), threads=threads)
        level = hive.levels["worker"]
        _need_integer(seat, "seat", 0, hive.workers - 1)
        _need_integer(max_cycles, "max_cycles", 1, hive.episode_ticks)
        if not isinstance(policy, str) or policy not in level.policies:
            raise ConfigError("policy", f"one of {', '.join(level.policies)}", policy)
        self._seat, self._policy, self._limit = int(seat), policy, int(max_cycles)
        regions = hive.config.size.regions
        self._places = Places(hive, self._seat * regions // hive.workers, goal, tolerance)
        self._steps, self._over = 0, False
        self._scaling = Scaling(level.features)
        self._seen = np.zeros((hive.workers, len(level.features)), np.uint8)
        self._actions = hive.zeros((hive.workers, 2), np.uint8)
        self._desired = np.zeros(self._places.space.shape, np.float32)
        self.observation_space = spaces.Dict(
            {
                "observation": observation_space(level.features, "float32", None),
                "achieved_goal": self._places.space,
                "desired_goal": self._places.space,
            }
        )
        self._verbs = level.choices[0]
        self.action_space = spaces.Discrete(self._verbs)

    def compute_reward(self, achieved_goal: Any, desired_goal: Any, info: Any) -> Array:
        """Return the reward for what was achieved, had something been desired.

        Parameters
        ----------
        achieved_goal, desired_goal : numbers of shape (G,) or (B, G)
            One goal, or a batch of them.
        info : object
            Not used: a goal says all.

        Returns
        -------
        float32 of shape () or (B,)
            0 where the goal is reached, else -1.

        Raises
        ------
        ArgumentError
            When the shapes differ, or goals have another width than G.
        """
        width = self._desired.shape
        if np.shape(achieved_goal)[-1:] != width:
            got = f"shape {np.shape(achieved_goal)}"
            raise ArgumentError("achieved_goal", f"goals of {width[0]} numbers", got)
        return sparse_reward(self._places.reached(achieved_goal, desired_goal))

    def state_hash(self) -> int:
        """Return the hash of the world's state."""
        return self.simulation.state_hash()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        """Start an episode, the first of a seed or the next one, with a new goal.

        Parameters
        ----------
        seed : int, optional
            From 0 to 2**64 - 1.
        options : dict, optional
            ``desired_goal``, numbers of shape (G,), is the goal instead of one that is drawn;
            what else there is, is tolerated.

        Raises
        ------
        ArgumentError
            When the seed is no such integer, or the goal has another shape or lies outside its
            space; the episode goes on then.
        """
        given = self._given_goal(options)
        self.simulation.reset(seed)
        super().reset(seed=None if seed is None else int(seed))
        self._steps, self._over = 0, False
        self._desired = self._places.draw(self._row(), self.np_random) if given is None else given
        return self._observation(), self._info()

    def step(
        self, action: np.int64 | int
    ) -> tuple[dict[str, Array], float, bool, bool, dict[str, Any]]:
        """Take one step, a tick.

        Parameters
        ----------
        action : int
            A `Verb`.

        Raises
        ------
        ActionError
            When it is none; nothing has changed then.
        ResetNeededError
            Before the first reset, and after the end of an episode.
        """
        hive = self.simulation
        hive.need_ready()
        if self._over:
            raise ResetNeededError("step: the episode has ended. Call reset() to start the next.")
        if not self.action_space.contains(action):
            raise ActionError("action", f"an integer from 0 to {self._verbs - 1}", action)
        orders = {
            name: hive.decide(level.scripted, level=name)
            for name, level in hive.levels.items()
            if name != "worker" and hive.deciding(name).all()
        }
        actions = hive.host(hive.decide(self._policy, self._actions))
        actions[self._seat] = (action, 0)
        hive.step(actions, orders)
        self._steps += 1
        self._over = self._steps >= self._limit or bool(hive.done()[0])
        observation, info = self._observation(), self._info()
        reward = sparse_reward(info["is_success"])
        return observation, float(reward), False, self._over, info

    def action_masks(self) -> Array:
        """Return which verbs are open, bool[8]: a failed worker may only stay."""
        self.simulation.need_ready()
        alive = self.simulation.columns["health"][self._row()] == Health.ALIVE
        return np.asarray((np.arange(self._verbs) == 0) | alive)

    def _given_goal(self, options: Mapping[str, Any] | None) -> Array | None:
        if not options or "desired_goal" not in options:
            return None
        given = options["desired_goal"]
        try:
            goal = np.array(given, np.float32)
        except (TypeError, ValueError):
            goal = np.zeros(0, np.float32)
        if not self._places.space.contains(goal):
            raise ArgumentError("options['desired_goal']", f"a goal in {self._places.space}", given)
        return goal

    def _row(self) -> int:
        """Return where the columns hold the worker: rows may lie in any order."""
        return int(np.argmax(self.simulation.columns["id"] == self._seat))

    def _observation(self) -> dict[str, Array]:
        row = self._row()
        self._see(row)
        return {
            "observation": self._scaling.floats(self._seen[self._seat]),
            "achieved_goal": self._places.of(row),
            "desired_goal": self._desired.copy(),
        }

    def _see(self, row: int) -> None:
        """Write what is observed in the region where the worker stands."""
        hive = self.simulation
        side, size = hive.config.region_side, hive.config.size
        at_x, at_y = (int(hive.columns[axis][row] >> FRACTION_BITS) // side for axis in ("x", "y"))
        region = int(hive.columns["region_grid"][at_y * size.regions_x + at_x])
        given = {"observation": self._seen, "by_id": 1}
        hive.run_units(OBSERVE, region, region + 1, int(size.span), given)

    def _info(self) -> dict[str, Any]:
        reached = self._places.reached(self._places.of(self._row()), self._desired)
        return {
            "is_success": bool(reached),
            "action_mask": self.action_masks().astype(np.int8),
            "tick": int(self.simulation.columns["tick"][0]),
        }


def _need_integer(value: Any, argument: str, low: int, high: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not low <= value <= high:
        raise ConfigError(argument, f"an integer from {low} to {high}", value)
