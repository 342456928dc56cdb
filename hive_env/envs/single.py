"""The Gymnasium environment: one agent, in one seat or in all seats of a small hive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

from hive_env.config import ForageConfig, Size
from hive_env.ecs.columns import Array
from hive_env.envs.actions import checked_actions
from hive_env.envs.rendering import FPS, Display
from hive_env.envs.settings import RENDER_MODES, Policy, Settings, checked_joint
from hive_env.envs.spaces import action_space, mask_parts, observation_space
from hive_env.envs.stage import OnStage, Stage
from hive_env.errors import ResetNeededError


class HiveEnv(OnStage, gymnasium.Env[Array, Array]):
    """One world and one agent; everybody else follows a policy. ``gymnasium.make("Hive-v0")``.

    The observation is a Box of shape (64,), or (80,) in worlds of depth above one, float32 in the
    ranges of `hive_env.envs.spaces.FEATURES`, or uint8. The action is MultiDiscrete([8, 5]): a
    `Verb`, and a deposit (0 none, else a `Channel` plus one). The reward is the worker's
    immediate reward. A failed worker stays: until it is back, its action is read as (stay, none).
    An episode ends by truncation, never by termination.

    With ``joint=True`` the shapes are (N, 64) and (2 N,), worker by worker, and the reward is the
    mean over the workers.

    ``info`` holds ``action_mask`` (a tuple of int8 arrays, as ``action_space.sample`` takes it),
    ``u_per_worker`` (U so far by the number of workers), ``tick``, and ``event`` (what happened to
    the agent's worker in the last tick, bits of `Event`; int64[N] if joint).

    Parameters
    ----------
    size : str, int or Size
        One of the published sizes, a number of workers, or any `Size`.
    level : {"worker"}
        Level of the agent.
    seat : int
        Which one of the level the agent is.
    policy : str or callable
        Plays everybody else: ``random``, ``reflex``, ``pheromone`` or ``expert``, or a function
        that takes the simulation (a `Forage`) and returns integers (N, 2) by worker. What it
        returns for the agent's own seat is ignored.
    joint : bool
        Whether the agent commands all seats of the level, at most 4,096.
    config : ForageConfig or mapping, optional
        Constants of the task, or those that differ from the default.
    max_cycles : int, optional
        Steps after which an episode is truncated, if the task's own end does not come first.
    observation : {"float32", "uint8"}
        Form of the observations.
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
    simulation : Forage
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
        level: str = "worker",
        seat: int = 0,
        policy: Policy = "pheromone",
        joint: bool = False,
        config: ForageConfig | Mapping[str, Any] | None = None,
        max_cycles: int | None = None,
        observation: str = "float32",
        render_mode: str | None = None,
        render_options: Mapping[str, Any] | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        played = checked_joint(joint, seat, size, level)
        self._display = Display(render_mode, render_options)
        self.render_mode = self._display.mode
        settings = Settings.of(
            size, config, level, played, policy, max_cycles, observation, device, threads
        )
        self._stage = stage = Stage(settings, worlds=1)
        self._joint = joint
        self._over = False
        rows = stage.seats if joint else None
        self.observation_space = observation_space(stage.features, observation, rows)
        self.action_space = action_space(stage.choices, stage.seats)

    def state_hash(self) -> int:
        """Return the hash of the world's state."""
        return self.simulation.state_hash()

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
        return self._observation(), self._info()

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
        shape = (self._stage.seats * len(self._stage.choices),)
        self._stage.advance(checked_actions(action, "action", shape, self._stage.choices))
        self._over = bool(self._stage.truncated()[0])
        reward = float(self._stage.rewards().mean(dtype=np.float64))
        self._display.follow(self.simulation)
        return self._observation(), reward, False, self._over, self._info()

    def action_masks(self) -> Array:
        """Return which values of each choice are open, flat, as sb3-contrib asks for it.

        Returns
        -------
        bool[13], or bool[N * 13] if joint
            8 verbs, then 5 deposits, worker by worker.
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

    def _info(self) -> dict[str, Any]:
        report = self._stage.report()
        masks = mask_parts(report.masks.reshape(1, -1), self._stage.choices)
        events = report.events[0]
        return {
            "action_mask": masks[0],
            "u_per_worker": float(report.value[0]),
            "tick": int(report.tick[0]),
            "event": events if self._joint else int(events[0]),
        }
