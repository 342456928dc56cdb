"""Seats of a level as environments of their own, for one policy that all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from hive_env.ecs.columns import Array
from hive_env.envs.settings import (
    Policy,
    Settings,
    Weights,
    checked_arrays,
    checked_cycles,
    checked_one_level,
)
from hive_env.envs.spaces import action_space, observation_space
from hive_env.envs.stage import OnStage, Stage
from hive_env.envs.vector import checked_mode
from hive_env.errors import ArgumentError, ConfigError, ResetNeededError
from hive_env.sizes import Size


class SeatsVectorEnv(OnStage, VectorEnv[Array, Array, Array]):
    """W worlds of S played seats each, as W * S environments that advance in one call.

    Environment ``k * S + i`` is seat i of world k, or with ``seat`` (and S = 1) environment k is
    that seat: its observation, action mask and reward are those of a `HiveEnv` in that seat whose
    world is played alike. All seats of a world end together, by truncation. Everything is an array
    with a row for each environment, also what is in ``info``, and nothing that is returned is
    written to again:

    ====================== ================ ==================================================
    key                    shape            value
    ====================== ================ ==================================================
    ``action_mask``        bool[W * S, A]   Which values of each choice are open, the choices
                                            one after another.
    ``reward_components``  float32[W * S,   Immediate, local and global, in the task's own
                           3]               units; of steps, not of resets.
    ``u_per_worker``       float64[W * S]   U so far by the number of workers.
    ``tick``               int64[W * S]     Ticks of the episode so far.
    ``_`` and a key        bool[W * S]      Whose rows are new.
    ====================== ================ ==================================================

    and what the family reports of each seat besides.

    With ``arrays="device"`` all of it lies where the worlds are, for torch and others to take
    without a copy (``__cuda_array_interface__``), and actions may lie there too. What the host
    knows anyhow stays NumPy's: who is terminated or truncated, ``tick``, and whose rows are new.

    Parameters
    ----------
    worlds : int
        W.
    level : {"worker", "manager", "governor", "orchestrator"}
        Whose seats are environments; a step is that level's period.
    seat : int, optional
        The only seat of each world that is played from outside; all of the level by default.
    autoreset_mode : AutoresetMode or str
        What happens to the seats of a world whose episode has ended. ``NextStep``: the next step
        resets it, ignores its actions and pays 0. ``SameStep``: the step itself resets it, and
        keeps its last observations in ``final_obs``, [W * S, F] with zeros for the others,
        and its infos in ``final_info``. ``Disabled``: the caller resets it,
        ``reset(options={"reset_mask": bool[W * S]})``, before the next step.
    size, task, policies, weights, global_mode, config, max_cycles, observation, device, threads
        As in `HiveEnv`.
    arrays : {"host", "device"}, optional
        As in `HiveVectorEnv`.

    Attributes
    ----------
    worlds, seats : int
        W and S, the seats that are played; ``num_envs`` is their product.
    arrays : {"host", "device"}
        Where what is returned lies.
    simulation : Hive
        The worlds: the array API.
    autoreset_mode : AutoresetMode
        Also in ``metadata``.

    Raises
    ------
    ConfigError
        Names the argument that cannot be used.
    """

    metadata: dict[str, Any] = {"render_modes": [], "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(
        self,
        worlds: int = 1,
        size: str | int | Size = "v0",
        *,
        task: str = "forage",
        level: str = "manager",
        seat: int | None = None,
        policies: Mapping[str, Policy] | None = None,
        weights: Weights | None = None,
        global_mode: str = "mean",
        config: object | Mapping[str, Any] | None = None,
        max_cycles: int | None = None,
        observation: str = "float32",
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        device: str = "cpu",
        threads: int | None = None,
        arrays: str | None = None,
    ) -> None:
        if checked_cycles(worlds, "worlds") is None:
            raise ConfigError("worlds", "a positive integer", worlds)
        self.autoreset_mode = checked_mode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
        settings = Settings.of(
            size,
            task=task,
            level=checked_one_level(level),
            seat=seat,
            policies=policies,
            weights=weights,
            global_mode=global_mode,
            config=config,
            max_cycles=max_cycles,
            observation=observation,
            device=device,
            threads=threads,
        )
        self.worlds = int(worlds)
        self.arrays = checked_arrays(arrays, device)
        self._stage = stage = Stage(settings, self.worlds, self.arrays)
        self.seats = stage.seats
        self.num_envs = self.worlds * self.seats
        self._over = np.zeros(self.worlds, bool)
        self.single_observation_space = observation_space(stage.level.features, observation, None)
        self.single_action_space = action_space(stage.level.choices)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def reset(
        self,
        *,
        seed: int | Sequence[int] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Array, dict[str, Any]]:
        """Start an episode in all worlds, or in those whose seats a mask has.

        Parameters
        ----------
        seed : int or sequence of W int, optional
            World k gets ``seed + k``, or its own; without it each goes on to its next episode.
        options : dict, optional
            ``reset_mask``, bool[W * S]: the environments to reset, whole worlds of them. What is
            unknown is tolerated.

        Returns
        -------
        observations, infos
            Of all environments; in ``infos`` the keys with ``_`` before them say whose are new.

        Raises
        ------
        ArgumentError
            When the seed or the mask cannot be used; no world is reset then.
        ResetNeededError
            When a mask leaves out a world that has not been reset yet.
        """
        chosen = self._reset_mask(options)
        self._stage.reset(seed, chosen)
        super().reset(seed=int(seed) if isinstance(seed, int | np.integer) else None)
        self._over[chosen] = False
        return self._observations(), self._infos(chosen)

    def step(self, actions: Array) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """Take one step in every world.

        Parameters
        ----------
        actions : integers [W * S, C]
            Checked before anything changes. They may lie where the worlds are.

        Raises
        ------
        ActionError
            When shape, dtype or a value is wrong; no world has moved then.
        ArgumentError
            When they lie on another device.
        ResetNeededError
            Before the first reset; under ``Disabled`` also when a world has ended.
        """
        self.simulation.need_ready()
        ended = self._over
        if self.autoreset_mode is AutoresetMode.DISABLED and ended.any():
            raise ResetNeededError(
                f"step: the episodes of worlds {np.flatnonzero(ended).tolist()} have ended. "
                'Call reset(options={"reset_mask": ...}) to start their next.'
            )
        level = self._stage.level
        shape = (self.num_envs, len(level.choices))
        given = self._stage.taken(actions, "actions", shape)
        if not ended.all():
            self._stage.advance({level.name: given})
        # Only now: what a world did after its end is thrown away, and pays nothing.
        if ended.any():
            self._stage.reset(worlds=ended)
        rewards = self._stage.tables.means(self._flat(self._stage.rewards()), self.num_envs)
        components = self._flat(self._stage.components())
        self._over = self._stage.truncated()
        truncated = self._by_seat(self._over)
        infos: dict[str, Any] = {}
        if self.autoreset_mode is AutoresetMode.SAME_STEP and self._over.any():
            infos = self._restart()
        infos |= self._infos(np.ones(self.worlds, bool))
        # Those of the step, also where the next episode has begun.
        infos["reward_components"] = components
        terminated = np.zeros(self.num_envs, bool)
        return self._observations(), rewards, terminated, truncated, infos

    def action_masks(self) -> Array:
        """Return which values of each choice are open, bool[W * S, A]."""
        self.simulation.need_ready()
        return self._stage.masks().reshape(self.num_envs, -1)

    def state_hash(self, world: int | None = None) -> int:
        """Return the hash of one world's state, or of all worlds' together."""
        return int(self.simulation.state_hash(world))

    def _reset_mask(self, options: dict[str, Any] | None) -> Array:
        """Return the worlds to reset, bool[W]."""
        if options is not None and not isinstance(options, Mapping):
            raise ArgumentError("options", "a mapping or None", options)
        mask = (options or {}).get("reset_mask")
        if mask is None:
            return np.ones(self.worlds, bool)
        name = "options['reset_mask']"
        expected = f"a bool array of shape ({self.num_envs},) with at least one True"
        if not isinstance(mask, np.ndarray) or mask.shape != (self.num_envs,):
            raise ArgumentError(name, expected, mask)
        if mask.dtype != bool or not mask.any():
            raise ArgumentError(name, expected, mask)
        by_world = mask.reshape(self.worlds, self.seats)
        if (by_world.any(axis=1) != by_world.all(axis=1)).any():
            raise ArgumentError(name, "all seats of a world or none", mask)
        if not mask.all() and not self.simulation.ready:
            raise ResetNeededError("reset: a mask before the first reset. Reset all worlds first.")
        return np.asarray(by_world[:, 0].copy())

    def _restart(self) -> dict[str, Any]:
        """Reset the worlds that have ended, and return what their seats last showed."""
        ended = self._by_seat(self._over)
        last = self._observations()
        self._stage.tables.clear(last, ~self._over)
        final = {
            "final_obs": last,
            "_final_obs": ended,
            "final_info": self._infos(self._over),
            "_final_info": ended.copy(),
        }
        self._stage.reset(worlds=self._over)
        self._over = np.zeros(self.worlds, bool)
        return final

    def _by_seat(self, worlds: Array) -> Array:
        """Return an array by world as a new one by environment."""
        return worlds.repeat(self.seats)

    def _flat(self, table: Array) -> Array:
        """Return an array [W, S, ...] with a row for each environment."""
        return table.reshape(self.num_envs, *table.shape[2:])

    def _observations(self) -> Array:
        return self._flat(self._stage.observations())

    def _infos(self, worlds: Array) -> dict[str, Any]:
        """Return the infos of some worlds; zeros for the others, but for the masks."""
        stage = self._stage
        infos = {
            "reward_components": self._flat(stage.components()),
            "u_per_worker": stage.tables.spread(stage.values(), self.seats),
            **{name: self._flat(values) for name, values in stage.facts().items()},
        }
        if not worlds.all():
            for values in infos.values():
                stage.tables.clear(values, ~worlds)
        # Of all: what is open to a seat is asked for in the next step, whoever's is new.
        infos["action_mask"] = self._flat(stage.masks())
        infos["tick"] = self._by_seat(np.where(worlds, stage.ticks(), 0))
        new = self._by_seat(worlds)
        return {**infos, **{f"_{name}": new.copy() for name in infos}}
