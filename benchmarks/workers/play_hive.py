"""hive_env beside the others, and what the machine allows. Runs where hive_env is installed.

Random actions are drawn before the clock starts. No orders are given: the upper levels stand
still, as none of the others has any.
"""

from __future__ import annotations

from typing import Any

import clock
import numpy as np

from hive_env import Forage, HiveConfig, Size, hive_v0
from hive_env.bench.limits import copy_bandwidth, scatter_rate, store_bandwidth
from hive_env.ecs.columns import Array
from hive_env.scenarios.rewards import WEIGHTS, total

Result = dict[str, Any]

DRAWS = 8
"""Sets of random actions, taken in turn."""

CHOICES = (8, 5)
"""Verbs and deposits of a worker."""


def drawn(seed: int, agents: int) -> list[Array]:
    """Return the sets of random actions, uint8[agents, 2] each."""
    draw = np.random.default_rng(seed)
    return [draw.integers(CHOICES, size=(agents, 2), dtype=np.uint8) for _ in range(DRAWS)]


def arrays(
    workers: int,
    worlds: int,
    observe: bool,
    pay: bool,
    threads: int,
    seconds: float,
    repeats: int,
    seed: int,
) -> Result:
    """Measure the array API: actions in; observations and rewards out, where asked for."""
    hive = Forage(HiveConfig(Size.of(workers)), worlds, threads=threads)
    agents = workers * worlds
    actions = drawn(seed, agents)
    seen = np.zeros((agents, hive.features), np.uint8)
    scales, weights = hive.scales("worker", "mean"), WEIGHTS["worker"]

    def step(number: int) -> int:
        since = hive.counters("worker") if pay else {}
        hive.step(actions[number % DRAWS])
        if pay:
            total(hive.components("worker", since), scales, weights)
        if observe:
            hive.observe(seen)
        return agents

    def reset() -> None:
        hive.reset(seed)

    return {
        "agents": agents,
        "observation_bytes": hive.features if observe else 0,
        **clock.measure(step, seconds, repeats, reset, hive.episode_ticks),
    }


def pettingzoo(workers: int, threads: int, seconds: float, repeats: int, seed: int) -> Result:
    """Measure PettingZoo's parallel API: dicts in and out."""
    env = hive_v0.parallel_env(workers, observation="uint8", threads=threads)
    seen, _ = env.reset(seed=seed)
    agents = env.possible_agents
    actions = [dict(zip(agents, given, strict=True)) for given in drawn(seed, len(agents))]

    def step(number: int) -> int:
        env.step(actions[number % DRAWS])
        return len(agents)

    def reset() -> None:
        env.reset(seed=seed)

    return {
        "agents": len(agents),
        "observation_bytes": sum(view.nbytes for view in seen.values()) / len(agents),
        **clock.measure(step, seconds, repeats, reset, HiveConfig(Size.of(workers)).episode_ticks),
    }


def limits(threads: int, size: int, repeats: int) -> Result:
    """Measure the machine: bytes a second copied and stored, random additions a second."""

    def tell() -> None:
        pass

    return {
        "bytes": size,
        "threads": threads,
        "copy": copy_bandwidth(threads, size, repeats, tell),
        "store": store_bandwidth(threads, size, repeats, tell),
        "scatter": scatter_rate(threads, size, repeats, tell),
    }


def case(api: str, **parameters: Any) -> Result:
    """Measure one of the interfaces, or the machine."""
    return {"arrays": arrays, "pettingzoo": pettingzoo, "limits": limits}[api](**parameters)


if __name__ == "__main__":
    clock.run(case, "numpy", "numba")
