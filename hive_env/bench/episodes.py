"""Episodes of the built-in controllers: what they are worth, and how long they take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
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
    seconds : float
        Time of all ticks: observation, decision and the tick itself.
    worker_ticks : int
        Ticks times workers.
    """

    policy: str
    values: NDArray[np.float64]
    seconds: float
    worker_ticks: int

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
    for name in names:
        trial.hive.reset(0)
        Crew(trial.hive, trial.task.controllers[name]).tick()


def play(hive: Hive, controller: Controller, seed: int, episodes: int, tell: Tell) -> Played:
    """Play whole episodes under one controller.

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
    """
    total = hive.worlds * hive.workers
    crew = Crew(hive, controller)
    values = np.empty((episodes, hive.worlds))
    seconds = 0.0
    for episode in range(episodes):
        hive.reset(seed if episode == 0 else None)
        started = time.perf_counter()
        for _ in range(hive.episode_ticks):
            crew.tick()
            tell(total)
        seconds += time.perf_counter() - started
        values[episode] = hive.values() / hive.workers
    return Played(controller.name, values, seconds, total * hive.episode_ticks * episodes)


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
    chosen = played[name]
    return {
        **provenance("run", trial.config, seed),
        "task": trial.task.name,
        "workers": hive.workers,
        "episodes": episodes,
        "ticks": hive.episode_ticks,
        "policy": name,
        "threads": hive.backend.threads,
        "u_per_worker": chosen.mean,
        "u_per_worker_by_episode": chosen.values[:, 0].tolist(),
        "u_random": played[FLOOR].mean,
        "u_expert": played[CEILING].mean,
        "score": score(chosen.mean, played[FLOOR].mean, played[CEILING].mean),
        "u_over_fluid": share(chosen.mean, bound),
        "agent_steps_per_second": chosen.rate,
        "seconds": chosen.seconds,
        "state_hash": f"{hive.state_hash():016x}",
    }
