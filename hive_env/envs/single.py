"""The Gymnasium environment: one agent, in one seat or in all seats of a small hive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

from hive_env.ecs.columns import Array
from hive_env.envs.rendering import FPS, Display
from hive_env.envs.settings import (
    RENDER_MODES,
    Policy,
    Settings,
    Weights,
    checked_joint,
    checked_one_level,
)
from hive_env.envs.spaces import action_space, mask_parts, observation_space
from hive_env.envs.stage import OnStage, Report, Stage
from hive_env.errors import ResetNeededError
from hive_env.sizes import Size


class HiveEnv(OnStage, gymnasium.Env[Array, Array]):
    """One world and one agent; everybody else follows policies. ``gymnasium.make("Hive-v0")``.

    The agent sits in one seat of a level, by default a manager's. A step is that level's period:
    1, 8, 32 or 64 ticks for a worker, manager, governor or orchestrator. What it observes is a
    Box, what it chooses a MultiDiscrete; `hive_env.scenarios.forage.levels` names every number of
    both. Neither depends on the size of the hive, but for the slots of governors and orchestrators.
    What is chosen above the workers becomes the
    order of those below, and is held until the next decision. A failed worker stays: until it is
    back, its action is read as its first value. So does the seat of a worker that is destroyed: it
    observes nothing until the next worker of the place starts. An episode ends by truncation, never
    by termination.

    With ``joint=True`` one agent has all seats of its level: observations have a row for each,
    actions lie one after another, and the reward is the mean over the seats.

    The reward is ``total(components, scales, weights)`` of `hive_env.scenarios.rewards`.

    ``info`` holds ``action_mask`` (a tuple of int8 arrays, as ``action_space.sample`` takes it),
    ``reward_components`` (float32[3]: immediate, local and global, in the task's own units; [S, 3]
    if joint), ``u_per_worker`` (U so far by the number of workers), ``tick``, and at the workers'
    level ``event`` (what happened to the agent's worker in the last tick, bits of `Event`; int64[S]
    if joint), and where workers' faults have kinds ``ailment`` and ``agent``, see `Forage.facts`.

    Parameters
    ----------
    size : str, int or Size
        One of the published sizes, a number of workers, or any `Size`.
    task : str
        Family of the task: one of `hive_env.scenarios.families.FAMILIES`.
    level : {"worker", "manager", "governor", "orchestrator"}
        Level of the agent.
    seat : int
        Which one of the level the agent is.
    policies : mapping of str to (str or callable), optional
        Who plays a level where the agent does not: the name of a built-in policy, or a function
        that takes the simulation (a `Hive`) and returns actions (S, C) by seat. What it returns for
        the agent's own seat is ignored. By default every level is ``scripted``.
    joint : bool
        Whether the agent commands all seats of the level, at most 4,096.
    weights : mapping of str to three floats, optional
        Weights of the reward's components by level, each summing to 1.
    global_mode : {"mean", "difference", "none"}
        The global component: the gain of the hive by worker, what the gain would lack without the
        seat's own (or its people's) deliveries, or nothing.
    config : dataclass, mapping or str, optional
        Constants of the task, or those that differ from the default, or the name of a tier of
        difficulty: ``easy``, ``default``, ``hard``.
    max_cycles : int, optional
        Steps after which an episode is truncated, if the task's own end does not come first.
    observation : {"float32", "uint8"}
        Form of the observations; bytes only for workers.
    render_mode : {"rgb_array", "human"}, optional
        Pictures as arrays, a window, or nothing.
    render_options : mapping, optional
        Passed on to `hive_env.render.frame`: ``width``, ``channel``, ``area`` and others.
    device : {"cpu", "cuda"}
        Where the world runs.
    threads : int, optional
        CPU threads; results do not depend on it.

    Attributes
    ----------
    simulation : Hive
        The world: the array API.

    Raises
    ------
    ConfigError
        Names the argument that cannot be used.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": FPS}

    def __init__(
        self,
        size: str | int | Size = "v0",
        *,
        task: str = "forage",
        level: str = "manager",
        seat: int = 0,
        policies: Mapping[str, Policy] | None = None,
        joint: bool = False,
        weights: Weights | None = None,
        global_mode: str = "mean",
        config: object | Mapping[str, Any] | None = None,
        max_cycles: int | None = None,
        observation: str = "float32",
        render_mode: str | None = None,
        render_options: Mapping[str, Any] | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        one = checked_one_level(level)
        settings = checked_joint(
            joint,
            seat,
            lambda seat: Settings.of(
                size,
                task=task,
                level=one,
                seat=seat,
                policies=policies,
                weights=weights,
                global_mode=global_mode,
                config=config,
                max_cycles=max_cycles,
                observation=observation,
                device=device,
                threads=threads,
            ),
        )
        self._display = Display(render_mode, render_options, settings.family)
        self.render_mode = self._display.mode
        self._stage = stage = Stage(settings, worlds=1)
        self._joint = joint
        self._over = False
        rows = stage.seats if joint else None
        self.observation_space = observation_space(stage.level.features, observation, rows)
        self.action_space = action_space(stage.level.choices, stage.seats)

    def state_hash(self) -> int:
        """Return the hash of the world's state."""
        return int(self.simulation.state_hash())

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Start an episode: the first of a seed, or the next one.

        Parameters
        ----------
        seed : int, optional
            From 0 to 2**64 - 1.
        options : dict, optional
            Not used by this environment; what is unknown is tolerated.

        Raises
        ------
        ArgumentError
            When the seed is no such integer; the episode goes on then.
        """
        self._stage.reset(seed)
        super().reset(seed=None if seed is None else int(seed))
        self._over = False
        self._display.follow(self.simulation)
        return self._observation(), self._info(self._stage.report())

    def step(self, action: Array) -> tuple[Array, float, bool, bool, dict[str, Any]]:
        """Take one step.

        Parameters
        ----------
        action : integers of the action space's shape
            Checked before anything changes.

        Raises
        ------
        ActionError
            When shape, dtype or a value is wrong; nothing has changed then.
        ResetNeededError
            Before the first reset, and after the end of an episode.
        """
        self.simulation.need_ready()
        if self._over:
            raise ResetNeededError("step: the episode has ended. Call reset() to start the next.")
        level = self._stage.level
        shape = (self._stage.seats * len(level.choices),)
        given = self._stage.taken(action, "action", shape)
        self._stage.advance({level.name: given})
        self._over = bool(self._stage.truncated()[0])
        self._display.follow(self.simulation)
        report = self._stage.report()
        reward = float(report.rewards.mean(dtype=np.float64))
        return self._observation(), reward, False, self._over, self._info(report)

    def action_masks(self) -> Array:
        """Return which values of each choice are open, flat, as sb3-contrib asks for it.

        Returns
        -------
        bool[sum of the choices], or that for each seat if joint
            The choices one after another, seat by seat.
        """
        self.simulation.need_ready()
        return np.asarray(self._stage.masks().ravel())

    def render(self) -> Array | None:
        """Return a picture uint8[height, width, 3] or show it in a window, as the mode says."""
        return self._display.render(self.simulation)

    def close(self) -> None:
        """Close the window, if there is one; a second time does nothing."""
        self._display.close()

    def _observation(self) -> Array:
        seen = self._stage.observations()
        return np.asarray(seen[0] if self._joint else seen[0, 0])

    def _info(self, report: Report) -> dict[str, Any]:
        masks = mask_parts(report.masks.reshape(1, -1), self._stage.level.choices)
        facts = {name: values[0] for name, values in report.facts.items()}
        return {
            "action_mask": masks[0],
            "reward_components": report.components[0] if self._joint else report.components[0, 0],
            "u_per_worker": float(self._stage.values()[0]),
            "tick": int(self._stage.ticks()[0]),
            **{name: seats if self._joint else seats[0].item() for name, seats in facts.items()},
        }
