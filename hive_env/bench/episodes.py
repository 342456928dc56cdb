"""Episodes of the built-in controllers: what they are worth, and how long they take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.bench.machine import need_memory, provenance
from hive_env.scenarios.controllers import CEILING, FLOOR, Controller, Crew
from hive_env.scenarios.families import Config, Family
from hive_env.scenarios.hive import Hive
from hive_env.sizes import Size

FLUID_LIMIT = 1 << 20
"""Most workers for which the upper bound on U is worked out: it goes slot by slot, in Python."""

WARM_LIMIT = 1 << 20
"""Most workers of a trial that is warmed up itself. Above, a small world of the same task is, for
a reset and a tick would take longer than what they load."""
WARM_SIZE = "nano"
"""Size of that world."""

PARTS = ("orders", "decisions", "ticks")
"""What a tick takes time for: decisions of upper levels, those of workers, the tick itself."""

Tell = Callable[[int], object]
"""What hears, after every tick, how many workers it advanced."""


@dataclass(frozen=True)
class Trial:
    """Worlds of a task, in which controllers are played.

    Parameters
    ----------
    task : Family
        Whose controllers.
    config : Config
        Size and constants.
    hive : Hive
        The worlds.
    """

    task: Family
    config: Config
    hive: Hive

    @classmethod
    def of(cls, task: Family, size: Size, worlds: int = 1, threads: int | None = None) -> Trial:
        """Return worlds of a size, with the task's default constants.

        Raises
        ------
        ArgumentError
            When they do not fit into this machine's memory.
        """
        config = task.config(size)
        need_memory(config, worlds, task.blueprint)
        return cls(task, config, task.hive(config, worlds, "cpu", threads))

    @property
    def worker_ticks(self) -> int:
        """Ticks times workers of one episode of all worlds."""
        return self.hive.worlds * self.hive.workers * self.hive.episode_ticks


@dataclass(frozen=True)
class Played:
    """What a controller reached.

    Parameters
    ----------
    policy : str
        The controller's name.
    values : float64[episodes, W]
        U per worker of every episode and world.
    reset_seconds : float
        Time of all resets.
    parts : dict of str to float
        Time of all ticks by `PARTS`, seconds. Who decides observes.
    worker_ticks : int
        Ticks times workers.
    """

    policy: str
    values: NDArray[np.float64]
    reset_seconds: float
    parts: dict[str, float]
    worker_ticks: int

    @property
    def seconds(self) -> float:
        """Time of all ticks: observation, decision and the tick itself."""
        return sum(self.parts.values())

    @property
    def mean(self) -> float:
        """U per worker over all episodes and worlds."""
        return float(self.values.mean())

    @property
    def rate(self) -> float:
        """Worker-ticks a second."""
        return self.worker_ticks / self.seconds


def warm_up(trial: Trial, names: Iterable[str]) -> None:
    """Compile, or load from the cache, all that these controllers will run."""
    hive = trial.hive
    if hive.workers * hive.worlds > WARM_LIMIT:
        config = trial.task.config(Size.of(WARM_SIZE))
        hive = trial.task.hive(config, 1, hive.backend.device, hive.backend.threads)
    for name in names:
        hive.reset(0)
        Crew(hive, trial.task.controllers[name]).tick()
    hive.state_hash()


def play(
    hive: Hive,
    controller: Controller,
    seed: int,
    episodes: int,
    tell: Tell,
    ticks: int | None = None,
) -> Played:
    """Play episodes under one controller.

    Parameters
    ----------
    hive : Hive
        Its W worlds are reset with ``seed``, ``seed + 1``, ...
    controller : Controller
        Who plays all seats.
    seed : int
        Seed of world 0; the first episode is episode 0.
    episodes : int
        How many, one after the other.
    tell : callable
        Hears of every tick.
    ticks : int, optional
        Ticks of each episode; by default all.
    """
    total = hive.worlds * hive.workers
    ticks = hive.episode_ticks if ticks is None else ticks
    crew = Crew(hive, controller)
    values = np.empty((episodes, hive.worlds))
    reset = orders = decisions = passes = 0.0
    for episode in range(episodes):
        began = time.perf_counter()
        hive.reset(seed if episode == 0 else None)
        reset += time.perf_counter() - began
        for _ in range(ticks):
            began = time.perf_counter()
            given = crew.orders()
            ordered = time.perf_counter()
            actions = crew.actions()
            decided = time.perf_counter()
            hive.step(actions, given)
            passes += time.perf_counter() - decided
            decisions += decided - ordered
            orders += ordered - began
            tell(total)
        values[episode] = hive.values() / hive.workers
    parts = dict(zip(PARTS, (orders, decisions, passes), strict=True))
    return Played(controller.name, values, reset, parts, total * ticks * episodes)


def play_all(
    trial: Trial, names: Iterable[str], tell: Callable[[str], Tell]
) -> dict[str, NDArray[np.float64]]:
    """Play one episode under each of some controllers, on the seeds 0 to W - 1.

    Returns
    -------
    dict of str to float64[W]
        U per worker of every world, by controller.
    """
    table = trial.task.controllers
    return {name: play(trial.hive, table[name], 0, 1, tell(name)).values[0] for name in names}


def bounds(trial: Trial, seeds: Sequence[int], episodes: int = 1) -> NDArray[np.float64] | None:
    """Return the upper bound on U per worker of every episode and seed, float64[episodes, seeds].

    None for worlds of more than `FLUID_LIMIT` workers.
    """
    workers = trial.hive.workers
    if workers > FLUID_LIMIT:
        return None
    bound = trial.task.bound
    found = [[bound(trial.config, seed, k) for seed in seeds] for k in range(episodes)]
    return np.array(found) / workers


def mean_of(found: NDArray[np.float64] | None) -> float | None:
    """Return the mean of some bounds, None where there are none."""
    return None if found is None else float(found.mean())


def share(value: float, bound: float | None) -> float | None:
    """Return the share of a bound, None where there is no bound or it is zero."""
    return value / bound if bound else None


def score(value: float, floor: float, ceiling: float) -> float | None:
    """Return (U - U_random) / (U_expert - U_random), None where the two are equal."""
    return (value - floor) / (ceiling - floor) if ceiling != floor else None


def scored(
    trial: Trial, name: str, seed: int, episodes: int, tell: Callable[[str], Tell]
) -> dict[str, Any]:
    """Play a controller, and the two that fix the scale on the same seed; return the result.

    The controller itself is played last, so the hive is left where it ended.

    Parameters
    ----------
    trial : Trial
        One world.
    name : str
        Name of a controller.
    seed, episodes
        As in `play`.
    tell : callable
        Gives the hearer of a controller's ticks when it is about to be played.
    """
    hive, table = trial.hive, trial.task.controllers
    bound = mean_of(bounds(trial, [seed], episodes))
    order = [end for end in (FLOOR, CEILING) if end != name] + [name]
    played = {one: play(hive, table[one], seed, episodes, tell(one)) for one in order}
    worth = {one: found.mean for one, found in played.items()}
    return result(trial, played[name], seed, hive.episode_ticks, worth, bound)


def unscored(
    trial: Trial, name: str, seed: int, ticks: int, tell: Callable[[str], Tell]
) -> dict[str, Any]:
    """Play a controller for the first ticks of an episode; return the result, without a score.

    Parameters
    ----------
    trial, name, seed, tell
        As in `scored`.
    ticks : int
        How many; at most those of an episode.
    """
    chosen = play(trial.hive, trial.task.controllers[name], seed, 1, tell(name), ticks)
    return result(trial, chosen, seed, ticks, {}, None)


def result(
    trial: Trial,
    chosen: Played,
    seed: int,
    ticks: int,
    worth: Mapping[str, float],
    bound: float | None,
) -> dict[str, Any]:
    """Return what ``run`` writes of a controller that has just been played.

    Parameters
    ----------
    trial, seed
        As in `scored`.
    chosen : Played
        What it reached.
    ticks : int
        Ticks of each episode.
    worth : mapping of str to float
        U per worker of the controllers that fix the scale; empty where they were not played.
    bound : float, optional
        The upper bound on U per worker.
    """
    hive = trial.hive
    began = time.perf_counter()
    state = hive.state_hash()
    hashed = time.perf_counter() - began
    return {
        **provenance("run", trial.config, seed),
        "task": trial.task.name,
        "tier": trial.task.tier,
        "faults": trial.task.faults or None,
        "workers": hive.workers,
        "episodes": len(chosen.values),
        "ticks": ticks,
        "policy": chosen.policy,
        "threads": hive.backend.threads,
        "u_per_worker": chosen.mean,
        "u_per_worker_by_episode": chosen.values[:, 0].tolist(),
        "u_random": worth.get(FLOOR),
        "u_expert": worth.get(CEILING),
        "score": score(chosen.mean, worth[FLOOR], worth[CEILING]) if worth else None,
        "u_over_fluid": share(chosen.mean, bound),
        "agent_steps_per_second": chosen.rate,
        "seconds": chosen.seconds,
        "seconds_by_part": {"reset": chosen.reset_seconds, **chosen.parts, "hash": hashed},
        "state_hash": f"{state:016x}",
    }
