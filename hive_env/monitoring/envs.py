"""Environments that tell their metrics: ``info["metrics"]``, and what is written to sinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import gymnasium
import numpy as np
from gymnasium.utils import RecordConstructorArgs
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper
from pettingzoo import ParallelEnv
from pettingzoo.utils import BaseParallelWrapper

from hive_env.ecs.columns import Array
from hive_env.errors import ConfigError
from hive_env.monitoring.course import LENGTH, Course
from hive_env.monitoring.meter import Meter
from hive_env.monitoring.metrics import TIMED, Metrics, by_world
from hive_env.scenarios.hive import Hive
from hive_env.wrappers.level import Outcome, Reset, level_of

EVERY = 16
"""Steps between two times that the metrics are written to sinks."""


class Sink(Protocol):
    """Where metrics are written."""

    def write(self, metrics: Metrics, step: int, labels: Mapping[str, str]) -> None:
        """Write the metrics of a level.

        Parameters
        ----------
        metrics : Metrics
            Of what happened since they were last written.
        step : int
            Ticks counted so far, those of all worlds together.
        labels : mapping of str to str
            ``family``, ``size`` and ``level``.
        """


class Monitor:
    """What the monitored environments have in common: counts of episodes, and of what is written.

    Parameters
    ----------
    env : Env, VectorEnv or ParallelEnv
        A hive, or one that is wrapped.
    sinks : sequence of Sink
        Where metrics are written; whoever made them closes them.
    every : int
        Steps between two times that they are.
    length : int
        Steps, and readings written, that the trend of the reward goes back.

    Raises
    ------
    ConfigError
        When ``env`` is no hive, or ``every`` no positive integer.
    """

    def __init__(
        self, env: object, sinks: Sequence[Sink], every: int = EVERY, length: int = LENGTH
    ) -> None:
        base: Any = getattr(env, "unwrapped", None)
        hive = getattr(base, "simulation", None)
        if not isinstance(hive, Hive):
            raise ConfigError("env", "an environment of a hive", env)
        if not isinstance(every, int) or isinstance(every, bool) or every < 1:
            raise ConfigError("every", "a positive integer", every)
        self.hive = hive
        self.levels: tuple[str, ...] = base.played
        self.meter = Meter(hive, self.levels, length)
        self._sinks = tuple(sinks)
        self._every = every
        self._steps = self._ticks = 0
        self._course = Course(length)
        self._written = Course(length)
        self._episode = self._unwritten = self.meter.take()

    def begin(self, worlds: Array | None = None) -> None:
        """Let an episode begin in some worlds, bool[W]; in all by default."""
        chosen = np.ones(self.hive.worlds, bool) if worlds is None else worlds
        self._episode = self._episode.without(chosen)
        self._course.clear(chosen)
        if self._steps == 0:
            self.meter.start()

    def step(self, void: Array | None = None) -> None:
        """Count a step, but in the worlds where it is void, bool[W]."""
        counts = self.meter.take()
        if void is not None and void.any():
            counts = counts.without(void)
        self._episode += counts
        self._unwritten += counts
        self._course.add(counts)
        self._steps += 1
        if self._steps % self._every == 0:
            self._write()

    def close(self) -> None:
        """Write what is not yet written, and count no more; a second time does nothing."""
        self._write()
        self.meter.close()

    def of_one(self, level: str) -> dict[str, float]:
        """Return the metrics of the first world's episode so far, those that are defined."""
        return {
            name: float(one[0]) for name, one in self._of_all(level).items() if one[0] == one[0]
        }

    def of_all(self, level: str, worlds: Array, times: int) -> dict[str, Array]:
        """Return the metrics of some worlds' episodes so far, as Gymnasium lays infos out.

        Parameters
        ----------
        level : str
            Whose coherence and entropy.
        worlds : bool[W]
            Which worlds.
        times : int
            How often each world's are repeated.

        Returns
        -------
        dict of str to float64[W * times] or bool[W * times]
            By name, and with ``_`` before it where it is defined; zeros elsewhere.
        """
        found = {}
        for name, values in self._of_all(level).items():
            known = worlds & ~np.isnan(values)
            if known.any():
                found[name] = np.where(known, values, 0.0).repeat(times)
                found[f"_{name}"] = known.repeat(times)
        return found

    def _of_all(self, level: str) -> dict[str, Array]:
        """Return the metrics of every world's episode so far that follow from its trajectory."""
        found = {**by_world(self._episode, level), "reward_trend": self._course.slopes()}
        return {name: values for name, values in found.items() if name not in TIMED and len(values)}

    def _write(self) -> None:
        if not self._sinks or not self._unwritten.table["ticks"].any():
            return
        counts = self.meter.timed(self._unwritten)
        self._written.add(counts)
        self._ticks += int(counts.table["ticks"].sum())
        for level in self.levels:
            metrics = Metrics.of(counts, level, self._written.pooled_slope())
            for sink in self._sinks:
                sink.write(metrics, self._ticks, self.meter.labels(level))
        self._unwritten = counts.without(np.ones(self.hive.worlds, bool))


class MonitoredEnv(gymnasium.Wrapper[Any, Any, Any, Any], RecordConstructorArgs):
    """A Gymnasium hive with ``info["metrics"]``: the episode's so far, floats by name.

    They are those of the level that is played. Those that are not defined yet are not in it, and
    neither are those that time makes: equal episodes have equal infos. Sinks get all.

    Parameters
    ----------
    env : Env
        A hive of any family, or one that is wrapped.
    sinks : sequence of Sink
        Where metrics are written; whoever made them closes them.
    every : int
        Steps between two times that they are; what is left is written at `close`.
    length : int
        Steps that the trend of the reward goes back; for sinks, times that they were written.

    Attributes
    ----------
    meter : Meter
        What counts.

    Raises
    ------
    ConfigError
        When ``env`` is no hive, or ``every`` no positive integer.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        sinks: Sequence[Sink] = (),
        every: int = EVERY,
        length: int = LENGTH,
    ) -> None:
        # What the environment is made again from writes to nobody's sinks.
        RecordConstructorArgs.__init__(self, every=every, length=length)
        self._monitor = Monitor(env, sinks, every, length)
        super().__init__(env)
        self.meter = self._monitor.meter

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; as the environment's own ``reset``."""
        seen, info = self.env.reset(seed=seed, options=options)
        self._monitor.begin()
        return seen, self._told(info)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Take one step; as the environment's own ``step``."""
        seen, reward, terminated, truncated, info = self.env.step(action)
        self._monitor.step()
        return seen, reward, terminated, truncated, self._told(info)

    def close(self) -> None:
        """Write what is left, and close the environment; a second time does nothing."""
        self._monitor.close()
        super().close()

    def _told(self, info: dict[str, Any]) -> dict[str, Any]:
        return {**info, "metrics": self._monitor.of_one(self._monitor.levels[0])}


# Before Gymnasium 1.3 it takes no type parameters.
class MonitoredVectorEnv(VectorWrapper):
    """A vector environment of hives with ``infos["metrics"]``: each world's episode so far.

    By name float64[num_envs], and with ``_`` before the name bool[num_envs], where it is defined:
    so Gymnasium lays out infos in infos. All are NumPy's. Otherwise as `MonitoredEnv`. The last
    ones of an episode are in ``infos["metrics"]`` of its last step, under ``SameStep`` in
    ``infos["final_info"]["metrics"]``.

    Parameters
    ----------
    env : VectorEnv
        A `HiveVectorEnv` or a `SeatsVectorEnv`, or one that is wrapped. In Gymnasium's own vector
        environments `MonitoredEnv` is the wrapper of each.
    sinks, every, length
        As in `MonitoredEnv`; sinks get the metrics of all worlds together.

    Attributes
    ----------
    meter : Meter
        What counts.
    autoreset_mode : AutoresetMode
        That of the environment.

    Raises
    ------
    ConfigError
        When ``env`` is no hive, or ``every`` no positive integer.
    """

    def __init__(
        self,
        env: VectorEnv[Any, Any, Any],
        sinks: Sequence[Sink] = (),
        every: int = EVERY,
        length: int = LENGTH,
    ) -> None:
        # First: before Gymnasium 1.4 what a constructor has refused to make is closed all the same.
        self._monitor = Monitor(env, sinks, every, length)
        super().__init__(env)
        self.meter = self._monitor.meter
        self.autoreset_mode: AutoresetMode = env.metadata["autoreset_mode"]
        worlds = self._monitor.hive.worlds
        self._times = env.num_envs // worlds
        self._over = np.zeros(worlds, bool)

    def reset(
        self, *, seed: Any = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode in all worlds, or in some; as the environment's own ``reset``."""
        seen, infos = self.env.reset(seed=seed, options=options)
        mask = (options or {}).get("reset_mask")
        worlds = np.ones(len(self._over), bool) if mask is None else self._by_world(mask)
        self._monitor.begin(worlds)
        self._over &= ~worlds
        return seen, self._told(infos, worlds)

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Take one step; as the environment's own ``step``."""
        seen, rewards, terminated, truncated, infos = self.env.step(actions)
        over = self._by_world(np.asarray(terminated) | np.asarray(truncated))
        # A world that had ended before the step has been reset by it, and did nothing that counts.
        self._monitor.step(void=self._over)
        if self._over.any():
            self._monitor.begin(self._over)
        if over.any() and self.autoreset_mode is AutoresetMode.SAME_STEP:
            infos = {**infos, "final_info": self._told(infos["final_info"], over)}
            self._monitor.begin(over)
            over = np.zeros_like(over)
        self._over = over
        return seen, rewards, terminated, truncated, self._told(infos, np.ones_like(over))

    def close(self, **kwargs: Any) -> None:
        """Write what is left, and close the environment; a second time does nothing."""
        self._monitor.close()
        super().close(**kwargs)

    def _by_world(self, rows: Array) -> Array:
        return np.asarray(rows).reshape(-1, self._times)[:, 0].copy()

    def _told(self, infos: dict[str, Any], worlds: Array) -> dict[str, Any]:
        found = self._monitor.of_all(self._monitor.levels[0], worlds, self._times)
        return {**infos, "metrics": found, "_metrics": worlds.repeat(self._times)}


class MonitoredParallelEnv(BaseParallelWrapper[str, Array, Array]):
    """A PettingZoo hive with ``infos[agent]["metrics"]``: the episode's so far, floats by name.

    All agents of a level have the same dict, with that level's coherence and entropy. Otherwise
    as `MonitoredEnv`.

    Parameters
    ----------
    env : ParallelEnv
        A hive of any family and level, or one that is wrapped.
    sinks, every, length
        As in `MonitoredEnv`; sinks get the metrics of every level that is played.

    Attributes
    ----------
    meter : Meter
        What counts.

    Raises
    ------
    ConfigError
        When ``env`` is no hive, or ``every`` no positive integer.
    """

    def __init__(
        self,
        env: ParallelEnv[str, Array, Array],
        sinks: Sequence[Sink] = (),
        every: int = EVERY,
        length: int = LENGTH,
    ) -> None:
        self._monitor = Monitor(env, sinks, every, length)
        super().__init__(env)
        self.meter = self._monitor.meter

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Reset:
        """Start an episode; as the environment's own ``reset``."""
        seen, infos = self.env.reset(seed=seed, options=options)
        self._monitor.begin()
        return seen, self._told(infos)

    def step(self, actions: dict[str, Array]) -> Outcome:
        """Take one step; as the environment's own ``step``."""
        seen, rewards, terminated, truncated, infos = self.env.step(actions)
        self._monitor.step()
        return seen, rewards, terminated, truncated, self._told(infos)

    def close(self) -> None:
        """Write what is left, and close the environment; a second time does nothing."""
        self._monitor.close()
        super().close()

    def _told(self, infos: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        found = {level: self._monitor.of_one(level) for level in self._monitor.levels}
        return {agent: {**info, "metrics": found[level_of(agent)]} for agent, info in infos.items()}
