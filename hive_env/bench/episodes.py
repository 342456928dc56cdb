"""Episodes of the built-in controllers: what they are worth, and how long they take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.bench.machine import provenance
from hive_env.config import HiveConfig
from hive_env.scenarios.bounds import fluid_bound
from hive_env.scenarios.forage import Forage

CONTROLLERS = ("random", "reflex", "pheromone", "expert")
"""Built-in controllers, worst first."""

FLOOR, CEILING = "random", "expert"
"""The controllers that fix the scale of the score: 0 and 1."""

FLUID_LIMIT = 1 << 20
"""Most workers for which the upper bound on U is worked out: it goes slot by slot, in Python."""

Tell = Callable[[int], object]
"""What hears, after every tick, how many workers it advanced."""


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


def warm_up(simulation: Forage, policies: Sequence[str]) -> None:
    """Compile, or load from the cache, all that these policies will run."""
    for policy in policies:
        simulation.reset(0)
        simulation.step(simulation.decide(policy))


def play(simulation: Forage, policy: str, seed: int, episodes: int, tell: Tell) -> Played:
    """Play whole episodes under one controller.

    Parameters
    ----------
    simulation : Forage
        Its W worlds are reset with ``seed``, ``seed + 1``, ...
    policy : str
        One of `CONTROLLERS`.
    seed : int
        Seed of world 0; the first episode is episode 0.
    episodes : int
        How many, one after the other.
    tell : callable
        Hears of every tick.
    """
    total = simulation.worlds * simulation.workers
    ticks = simulation.config.episode_ticks
    actions = np.zeros((total, 2), np.uint8)
    values = np.empty((episodes, simulation.worlds))
    seconds = 0.0
    for episode in range(episodes):
        simulation.reset(seed if episode == 0 else None)
        started = time.perf_counter()
        for _ in range(ticks):
            simulation.decide(policy, actions)
            simulation.step(actions)
            tell(total)
        seconds += time.perf_counter() - started
        values[episode] = simulation.values() / simulation.workers
    return Played(policy, values, seconds, total * ticks * episodes)


def fluid(config: HiveConfig, seeds: Sequence[int], episodes: int = 1) -> float | None:
    """Return the mean upper bound on U per worker over seeds and episodes.

    None for hives of more than `FLUID_LIMIT` workers.
    """
    if config.size.workers > FLUID_LIMIT:
        return None
    bounds = [fluid_bound(config, seed, k) for seed in seeds for k in range(episodes)]
    return float(np.mean(bounds)) / config.size.workers


def share(value: float, bound: float | None) -> float | None:
    """Return the share of a bound, None where there is no bound or it is zero."""
    return value / bound if bound else None


def score(value: float, floor: float, ceiling: float) -> float | None:
    """Return (U - U_random) / (U_expert - U_random), None where the two are equal."""
    return (value - floor) / (ceiling - floor) if ceiling != floor else None


def scored(
    simulation: Forage, policy: str, seed: int, episodes: int, tell: Callable[[str], Tell]
) -> dict[str, Any]:
    """Play a controller, and the two that fix the scale on the same seed; return the result.

    The controller itself is played last, so the simulation is left where it ended.

    Parameters
    ----------
    simulation : Forage
        One world.
    policy, seed, episodes
        As in `play`.
    tell : callable
        Gives the hearer of a policy's ticks when it is about to be played.
    """
    config = simulation.config
    bound = fluid(config, [seed], episodes)
    order = [name for name in (FLOOR, CEILING) if name != policy] + [policy]
    played = {name: play(simulation, name, seed, episodes, tell(name)) for name in order}
    chosen = played[policy]
    return {
        **provenance("run", config, seed),
        "workers": config.size.workers,
        "episodes": episodes,
        "ticks": config.episode_ticks,
        "policy": policy,
        "threads": simulation.backend.threads,
        "u_per_worker": chosen.mean,
        "u_per_worker_by_episode": chosen.values[:, 0].tolist(),
        "u_random": played[FLOOR].mean,
        "u_expert": played[CEILING].mean,
        "score": score(chosen.mean, played[FLOOR].mean, played[CEILING].mean),
        "u_over_fluid": share(chosen.mean, bound),
        "agent_steps_per_second": chosen.rate,
        "seconds": chosen.seconds,
        "state_hash": f"{simulation.state_hash():016x}",
    }
