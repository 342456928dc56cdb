"""The native vector environment: W worlds advance in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from hive_env.ecs.columns import Array
from hive_env.envs.rendering import FPS, Display
from hive_env.envs.settings import (
    RENDER_MODES,
    Policy,
    Settings,
    Weights,
    checked_arrays,
    checked_cycles,
    checked_joint,
    checked_one_level,
)
from hive_env.envs.spaces import action_space, mask_parts, observation_space
from hive_env.envs.stage import OnStage, Stage
from hive_env.errors import ArgumentError, ConfigError, ResetNeededError
from hive_env.sizes import Size


class HiveVectorEnv(OnStage, VectorEnv[Array, Array, Array]):
    """W worlds with one agent each. ``gymnasium.make_vec("Hive-v0", num_envs=W)``.

    World k does what a `HiveEnv` with the same arguments does. ``info`` has the keys of
    `HiveEnv`, with a row for each world; ``info["action_mask"]`` is an object array of tuples, as
    Gymnasium's own vector environments make it. Nothing that is returned is written to again.

    With ``arrays="device"`` observations, rewards and infos are arrays that lie where the worlds
    are, which torch and others take without a copy (``__cuda_array_interface__``); actions may lie
    there too. ``info["action_mask"]`` is then bool[W, A], or bool[W, S * A] if joint, of all worlds
    whoever's are new, and ``final_obs`` an array like the observations, in which rows are zero
    where ``_final_obs`` is False. What the host knows anyhow stays NumPy's: who is terminated or
    truncated, ``tick``, and the keys with ``_`` before them.

    Parameters
    ----------
    num_envs : int
        W.
    autoreset_mode : AutoresetMode or str
        What happens to a world whose episode has ended. ``NextStep``: the next step resets it,
        ignores its action and pays 0. ``SameStep``: the step itself resets it, and keeps the last
        observation and info in ``final_obs`` and ``final_info``. ``Disabled``: the caller resets
        it, ``reset(options={"reset_mask": bool[W]})``, before the next step.
    max_episode_steps : int, optional
        Bounds ``max_cycles``; Gymnasium gives it for tasks registered with a time limit.
    size, task, level, seat, policies, joint, weights, global_mode, config, max_cycles, observation
        As in `HiveEnv`.
    device, threads
        As in `HiveEnv`.
    arrays : {"host", "device"}, optional
        Whether what is returned is NumPy's, or lies where the worlds are. By default ``"device"``
        for worlds on a GPU, else ``"host"``.
    render_mode, render_options
        As in `HiveEnv`; a window shows the first world.

    Attributes
    ----------
    simulation : Forage
        The worlds: the array API.
    autoreset_mode : AutoresetMode
        Also in ``metadata``.

    Raises
    ------
    ConfigError
        Names the argument that cannot be used.
    """

    metadata: dict[str, Any] = {
        "render_modes": list(RENDER_MODES),
        "render_fps": FPS,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        num_envs: int = 1,
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
        max_episode_steps: int | None = None,
        observation: str = "float32",
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        render_options: Mapping[str, Any] | None = None,
        device: str = "cpu",
        threads: int | None = None,
        arrays: str | None = None,
    ) -> None:
        if checked_cycles(num_envs, "num_envs") is None:
            raise ConfigError("num_envs", "a positive integer", num_envs)
        one = checked_one_level(level)
        bounds = (
            checked_cycles(max_cycles),
            checked_cycles(max_episode_steps, "max_episode_steps"),
        )
        limit = min((bound for bound in bounds if bound is not None), default=None)
        self.autoreset_mode = checked_mode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode}
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
                max_cycles=limit,
                observation=observation,
                device=device,
                threads=threads,
            ),
        )
        self._display = Display(render_mode, render_options, settings.family)
        self.render_mode = self._display.mode
        self.num_envs = int(num_envs)
        self._arrays = checked_arrays(arrays, device)
        self._stage = stage = Stage(settings, self.num_envs, self._arrays)
        self._joint = joint
        self._over = np.zeros(self.num_envs, bool)
        rows = stage.seats if joint else None
        self.single_observation_space = observation_space(stage.level.features, observation, rows)
        self.single_action_space = action_space(stage.level.choices, stage.seats)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def state_hash(self, world: int | None = None) -> int:
        """Return the hash of one world's state, or of all worlds' together."""
        return int(self.simulation.state_hash(world))

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Array, dict[str, Any]]:
        """Start an episode in all worlds, or in those of a mask.

        Parameters
        ----------
        seed : int or sequence of W int or None, optional
            World k gets ``seed + k``, or its own; a world without one goes on to its next episode.
        options : dict, optional
            ``reset_mask``, bool[W]: the worlds to reset. What is unknown is tolerated.

        Returns
        -------
        observations, infos
            Of all worlds; in ``infos`` the keys with ``_`` before them say whose are new.

        Raises
        ------
        ArgumentError
            When a seed or the mask cannot be used; no world is reset then.
        ResetNeededError
            When a mask leaves out a world that has not been reset yet.
        """
        worlds = self._reset_mask(options)
        if seed is None or isinstance(seed, int | np.integer):
            self._stage.reset(seed, worlds)
            super().reset(seed=None if seed is None else int(seed))
        else:
            self._reset_one_by_one(seed, worlds)
        self._over[worlds] = False
        self._display.follow(self.simulation)
        return self._observations(), self._infos(worlds)

    def step(self, actions: Array) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """Take one step in every world.

        Parameters
        ----------
        actions : integers of the action space's shape
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
        ended = self._over.copy()
        if self.autoreset_mode is AutoresetMode.DISABLED and ended.any():
            raise ResetNeededError(
                f"step: the episodes of worlds {np.flatnonzero(ended).tolist()} have ended. "
                'Call reset(options={"reset_mask": ...}) to start their next.'
            )
        level = self._stage.level
        shape = (self.num_envs, self._stage.seats * len(level.choices))
        given = self._stage.taken(actions, "actions", shape)
        if not ended.all():
            self._stage.advance({level.name: given})
        # Only now: what a world did after its end is thrown away, and pays nothing.
        if ended.any():
            self._stage.reset(worlds=ended)
        rewards = self._stage.tables.means(self._stage.rewards().reshape(-1), self.num_envs)
        components = self._components()
        self._over = self._stage.truncated()
        truncated = self._over.copy()
        final = self._restart() if self.autoreset_mode is AutoresetMode.SAME_STEP else {}
        self._display.follow(self.simulation)
        everywhere = np.ones(self.num_envs, bool)
        infos = {**self._infos(everywhere), **final}
        infos["reward_components"] = components
        terminated = np.zeros(self.num_envs, bool)
        return self._observations(), rewards, terminated, truncated, infos

    def action_masks(self) -> Array:
        """Return which values of each choice are open, bool[W, A], or bool[W, S * A] if joint."""
        self.simulation.need_ready()
        return self._stage.masks().reshape(self.num_envs, -1)

    def render(self) -> tuple[Array, ...] | None:
        """Return a picture of every world, or show the first one, as the mode says."""
        if self.render_mode != "rgb_array":
            self._display.render(self.simulation)
            return None
        self.simulation.need_ready()
        return tuple(
            self._display.picture(self.simulation, world) for world in range(self.num_envs)
        )

    def close_extras(self, **kwargs: Any) -> None:
        """Close the window, if there is one."""
        # Gymnasium before 1.4 also closes what a constructor has refused to make.
        if hasattr(self, "_display"):
            self._display.close()

    def _reset_mask(self, options: dict[str, Any] | None) -> Array:
        if options is not None and not isinstance(options, Mapping):
            raise ArgumentError("options", "a mapping or None", options)
        mask = (options or {}).get("reset_mask")
        if mask is None:
            return np.ones(self.num_envs, bool)
        name = "options['reset_mask']"
        expected = f"a bool array of shape ({self.num_envs},) with at least one True"
        if not isinstance(mask, np.ndarray) or mask.shape != (self.num_envs,):
            raise ArgumentError(name, expected, mask)
        if mask.dtype != bool or not mask.any():
            raise ArgumentError(name, expected, mask)
        if not mask.all() and not self.simulation.ready:
            raise ResetNeededError("reset: a mask before the first reset. Reset all worlds first.")
        return mask.copy()

    def _reset_one_by_one(self, seeds: Sequence[int | None], worlds: Array) -> None:
        """Reset some worlds, those with a seed of their own to its first episode."""
        try:
            given = list(seeds)
        except TypeError:
            raise ArgumentError("seed", "an integer or a sequence of them", seeds) from None
        if len(given) != self.num_envs:
            raise ArgumentError("seed", f"one for each of {self.num_envs} worlds", given)
        seeded = np.array([one is not None for one in given])
        for one in given:
            if one is not None and not _is_seed(one):
                raise ArgumentError("seed", "integers from 0 to 2**64 - 1, or None", given)
        if (worlds & ~seeded).any():
            self._stage.reset(worlds=worlds & ~seeded)
        if (worlds & seeded).any():
            self._stage.reset([0 if one is None else int(one) for one in given], worlds & seeded)

    def _restart(self) -> dict[str, Any]:
        """Reset the worlds that have ended, and return what they last showed."""
        ended = self._over
        if not ended.any():
            return {}
        final = {
            "final_obs": self._last(ended),
            "_final_obs": ended.copy(),
            "final_info": self._infos(ended),
            "_final_info": ended.copy(),
        }
        self._stage.reset(worlds=ended)
        self._over = np.zeros(self.num_envs, bool)
        return final

    def _last(self, ended: Array) -> Array:
        """Return what the worlds that have ended show."""
        seen = self._observations()
        if self._arrays == "device":
            self._stage.tables.clear(seen, ~ended)
            return seen
        last = np.full(self.num_envs, None, object)
        for world in np.flatnonzero(ended).tolist():
            last[world] = seen[world]
        return last

    def _observations(self) -> Array:
        return self._by_world(self._stage.observations())

    def _components(self) -> Array:
        return self._by_world(self._stage.components())

    def _by_world(self, table: Array) -> Array:
        """Return an array [W, S, ...] as one agent has it: [W, ...] where it has one seat."""
        if self._joint:
            return table
        return table.reshape(self.num_envs, *table.shape[2:])

    def _infos(self, worlds: Array) -> dict[str, Any]:
        """Return the infos of some worlds, as Gymnasium's vector environments lay them out."""
        stage = self._stage
        found = {
            "reward_components": self._components(),
            "u_per_worker": stage.values(),
            **{name: self._by_world(values) for name, values in stage.facts().items()},
        }
        if not worlds.all():
            for array in found.values():
                stage.tables.clear(array, ~worlds)
        masks = stage.masks().reshape(self.num_envs, -1)
        found["action_mask"] = masks if self._arrays == "device" else self._parts(masks, worlds)
        infos = {**found, "tick": np.where(worlds, stage.ticks(), 0)}
        return {**infos, **{f"_{name}": worlds.copy() for name in infos}}

    def _parts(self, masks: Array, worlds: Array) -> Array:
        """Return the masks of some worlds as tuples, in an object array; None elsewhere."""
        parts = np.full(self.num_envs, None, object)
        rows = mask_parts(masks[worlds], self._stage.level.choices)
        for world, mask in zip(np.flatnonzero(worlds), rows, strict=True):
            parts[world] = mask
        return parts


def checked_mode(mode: AutoresetMode | str) -> AutoresetMode:
    """Return an autoreset mode from itself or from its name, or raise `ConfigError`."""
    try:
        return AutoresetMode(mode)
    except ValueError:
        names = ", ".join(repr(one.value) for one in AutoresetMode)
        raise ConfigError("autoreset_mode", f"an AutoresetMode or one of {names}", mode) from None


def _is_seed(value: object) -> bool:
    integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return integer and 0 <= int(value) < 2**64  # type: ignore[call-overload]
