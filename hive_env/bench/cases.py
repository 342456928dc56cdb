"""What is measured, each in a process of its own: ``python -m hive_env.bench NAME PARAMETERS``.

A case takes keyword parameters that JSON can carry and a bar to tell of its steps, and returns a
dict for JSON.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from hive_env.bench.fault_cases import faulted, offices
from hive_env.bench.limits import copy_bandwidth, scatter_rate, spread
from hive_env.bench.machine import peak_bytes
from hive_env.bench.traffic import held_bytes, moved_bytes, pass_bytes
from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs.columns import Array
from hive_env.scenarios.controllers import FULL, Crew
from hive_env.scenarios.forage import OBSERVE, Forage
from hive_env.scenarios.forage.controllers import CONTROLLERS
from hive_env.scenarios.forage.tick import REWARDS
from hive_env.scenarios.rewards import WEIGHTS, total
from hive_env.sizes import Size

Tell = Callable[[], object]
"""What hears of each step of a case."""

ACTIONS = {"reflex": "pheromone", "random": "random"}
"""Kind of actions in the caller's buffer, and the controller that decides them."""


def limits(threads: int, size: int, repeats: int, tell: Tell) -> dict[str, Any]:
    """Measure the machine: copy bandwidth (bytes/s) and random scatter (additions/s)."""
    found: dict[str, Any] = {"bytes": size}
    for count in sorted({1, threads}):
        found[f"copy_{count}"] = copy_bandwidth(count, size, repeats, tell)
        found[f"scatter_{count}"] = scatter_rate(count, size, repeats, tell)
    return found


def forage(
    threads: int, size: dict[str, int], worlds: int, warm_up: int, ticks: int, repeats: int,
    observe: str, tell: Tell,
) -> dict[str, Any]:  # fmt: skip
    """Measure the full Forage tick, and observations, at one size.

    Parameters
    ----------
    threads : int
        CPU threads.
    size : dict
        Fields of `Size`.
    worlds : int
        W.
    warm_up, ticks, repeats : int
        Ticks before the first repeat, ticks of a repeat, repeats. Each later measurement warms
        up with as many ticks as a repeat has.
    observe : {"", "by id", "in chunks"}
        Whether and how all observations are written after each tick.
    tell : callable
        Hears of each tick.
    """
    config = HiveConfig(Size(**size))
    simulation = Forage(config, worlds, threads=threads)
    simulation.reset(0)
    total = worlds * simulation.workers
    actions: Array = np.zeros((total, 2), np.uint8)
    found: dict[str, Any] = {
        "size": size,
        "worlds": worlds,
        "workers": total,
        "config_hash": config.config_hash(),
        "warm_up": warm_up,
        "ticks": ticks,
        "repeats": repeats,
        "observe": observe,
    }

    def rates(kind: str, before: int, after: Callable[[], object] | None) -> dict[str, Any]:
        taken = []
        for count in (before, *(ticks,) * repeats):
            spent = np.zeros(3)
            for _ in range(count):
                spent += _tick_once(simulation, ACTIONS[kind], actions, after)
                tell()
            taken.append(spent / count)
        decide, step, see = np.transpose(taken[1:])
        parts = {"tick": step, "decide": decide}
        if after:
            parts |= {"observe": see, "tick_and_observe": step + see}
        return {name: spread((total / seconds).tolist()) for name, seconds in parts.items()}

    found["reflex"] = rates("reflex", warm_up, None)
    found["held_bytes"] = held_bytes(simulation)
    found["moved_bytes"] = moved_bytes(simulation)
    found["moved_bytes_observing"] = pass_bytes(simulation, OBSERVE)
    found["peak_bytes"] = peak_bytes()
    if observe:
        found["observed"] = rates("reflex", ticks, _observer(simulation, observe))
        found["peak_bytes_observing"] = peak_bytes()
    found["random"] = rates("random", ticks, None)
    return found


def _tick_once(
    simulation: Forage, policy: str, actions: Array, after: Callable[[], object] | None
) -> tuple[float, float, float]:
    """Decide, tick, observe; return the seconds of each."""
    start = time.perf_counter()
    simulation.decide(policy, actions)
    decided = time.perf_counter()
    simulation.step(actions)
    stepped = time.perf_counter()
    if after:
        after()
    return decided - start, stepped - decided, time.perf_counter() - stepped


def _observer(simulation: Forage, how: str) -> Callable[[], object]:
    """Return what writes every observation: all by id, or chunk after chunk into one buffer."""
    if how == "by id":
        out = np.zeros((simulation.worlds * simulation.workers, simulation.features), np.uint8)
        return lambda: simulation.observe(out)

    def stream() -> None:
        for _ in simulation.observe_chunks():
            pass

    return stream


def played(
    threads: int, size: dict[str, int], faults: str, warm_up: int, ticks: int, repeats: int,
    tell: Tell,
) -> dict[str, Any]:  # fmt: skip
    """Measure a step with levels, rewards and faults on: what a user who trains workers pays for.

    A step is the decisions of those managers, governors and orchestrators who are due, scripted;
    the tick; and the reward of every worker, as one number by id. The workers' own decisions, which
    are scripted too and lie in the caller's buffer before the clock starts, are timed apart.

    Parameters
    ----------
    threads : int
        CPU threads.
    size : dict
        Fields of `Size`.
    faults : str
        Name of a preset of faults.
    warm_up, ticks, repeats : int
        Steps before the first repeat, steps of a repeat, repeats.
    tell : callable
        Hears of each step.

    Returns
    -------
    dict
        Worker-ticks a second of the step, of its parts, and of the step with the workers'
        decisions; the bytes that it must move a worker, and the peak of memory.
    """
    config = HiveConfig(Size(**size), ForageConfig(faults=faults))
    hive = Forage(config, threads=threads)
    hive.reset(0)
    crew = Crew(hive, CONTROLLERS[FULL])
    reward = hive.zeros(hive.workers, np.float32)

    def step() -> tuple[float, ...]:
        started = time.perf_counter()
        actions = crew.actions()
        decided = time.perf_counter()
        since = hive.counters("worker")
        orders = crew.orders()
        ordered = time.perf_counter()
        hive.step(actions, orders)
        ticked = time.perf_counter()
        hive.rewards("worker", since, out=reward)
        tell()
        rewarded = time.perf_counter()
        return decided - started, ordered - decided, ticked - ordered, rewarded - ticked

    taken = []
    for count in (warm_up, *(ticks,) * repeats):
        taken.append(np.sum([step() for _ in range(count)], axis=0) / count)
    decide, order, tick, pay = np.transpose(taken[1:])
    parts = {
        "step": order + tick + pay,
        "step_and_decide": decide + order + tick + pay,
        "decide": decide,
        "order": order,
        "tick": tick,
        "reward": pay,
    }
    return {
        "size": size,
        "workers": hive.workers,
        "faults": faults,
        "config_hash": config.config_hash(),
        "warm_up": warm_up,
        "ticks": ticks,
        "repeats": repeats,
        **{name: spread((hive.workers / seconds).tolist()) for name, seconds in parts.items()},
        "moved_bytes": moved_bytes(hive),
        "moved_bytes_paying": pass_bytes(hive, REWARDS[True]),
        "held_bytes": held_bytes(hive),
        "peak_bytes": peak_bytes(),
    }


def dicts(threads: int, workers: int, ticks: int, repeats: int, tell: Tell) -> dict[str, Any]:
    """Measure a step that returns observations and rewards: array API, and PettingZoo's dicts.

    Both take the same random actions, decided before, and observe as uint8.
    """
    from hive_env import hive_v0

    env = hive_v0.parallel_env(workers, observation="uint8", threads=threads)
    simulation = Forage(HiveConfig(Size.of(workers)), threads=threads)
    actions = np.random.default_rng(0).integers((8, 5), size=(workers, 2), dtype=np.uint8)
    given = dict(zip(env.possible_agents, actions, strict=True))
    seen = np.zeros((workers, simulation.features), np.uint8)
    scales, weights = simulation.scales("worker", "mean"), WEIGHTS["worker"]

    def step_arrays() -> None:
        since = simulation.counters()
        simulation.step(actions)
        simulation.observe(seen)
        total(simulation.components("worker", since), scales, weights)

    env.reset(seed=0)
    simulation.reset(0)
    found: dict[str, Any] = {"workers": workers}
    steps: dict[str, Callable[[], object]] = {
        "array": step_arrays,
        "dicts": lambda: env.step(given),
    }
    for name, step in steps.items():
        rates = []
        for _ in range(repeats + 1):
            start = time.perf_counter()
            for _ in range(ticks):
                step()
                tell()
            rates.append(workers * ticks / (time.perf_counter() - start))
        found[name] = spread(rates[1:])
    return found


def seat(threads: int, size: str, repeats: int, tell: Tell) -> dict[str, Any]:
    """Measure a step of the managers' level beside bare ticks driven by the same workers.

    A step takes all managers' actions from a buffer, runs a period of ticks with everyone else
    scripted, and writes every manager's reward components and observation. Bare ticks are the
    workers' decisions and the tick. Both are measured in turn in one world, each over a period of
    the slowest clock, so that each has the same share of what happens rarely.

    Returns
    -------
    dict
        Seconds of a step and of as many bare ticks, and the ratio of every two neighbours.
    """
    hive = Forage(HiveConfig(Size.of(size)), threads=threads)
    hive.reset(0)
    crew = Crew(hive, CONTROLLERS[FULL])
    period = hive.levels["manager"].period
    steps = hive.levels["orchestrator"].period // period
    seen = hive.observe(level="manager")

    def step() -> float:
        given = hive.decide("scripted", level="manager")
        started = time.perf_counter()
        since = hive.counters("manager")
        for tick in range(period):
            orders = crew.orders({"manager": given} if tick == 0 else {})
            hive.step(crew.actions(), orders)
        hive.components("manager", since)
        hive.observe(seen, "manager")
        return time.perf_counter() - started

    def bare() -> float:
        started = time.perf_counter()
        for _ in range(period):
            hive.step(crew.actions())
        return time.perf_counter() - started

    def block(run: Callable[[], float]) -> float:
        seconds = 0.0
        for _ in range(steps):
            seconds += run()
            for _ in range(period):
                tell()
        return seconds / steps

    block(step)
    pairs = [(block(step), block(bare)) for _ in range(repeats)]
    taken, alone = np.transpose(pairs)
    return {
        "size": size,
        "workers": hive.workers,
        "managers": hive.levels["manager"].seats,
        "ticks": period,
        "step": spread(taken.tolist()),
        "bare": spread(alone.tolist()),
        "ratio": spread((taken / alone).tolist()),
    }


def views(threads: int, size: str, repeats: int, tell: Tell) -> dict[str, Any]:
    """Measure what it costs to write all observations of L2 to L4, beside a tick.

    A tick is the mean over a period of the slowest clock, without the decisions; observations are
    written after the last of them.

    Returns
    -------
    dict
        Seconds of a tick and of each level's observations, and the share of a tick that all of
        them take.
    """
    hive = Forage(HiveConfig(Size.of(size)), threads=threads)
    hive.reset(0)
    crew = Crew(hive, CONTROLLERS[FULL])
    upper = [name for name in hive.levels if name != "worker"]
    seen = {name: hive.observe(level=name) for name in upper}
    ticks = hive.levels["orchestrator"].period

    def block() -> list[float]:
        spent = 0.0
        for _ in range(ticks):
            orders, actions = crew.orders(), crew.actions()
            started = time.perf_counter()
            hive.step(actions, orders)
            spent += time.perf_counter() - started
            tell()
        found = [spent / ticks]
        for name in upper:
            started = time.perf_counter()
            hive.observe(seen[name], name)
            found.append(time.perf_counter() - started)
        return found

    block()
    tick, *levels = np.transpose([block() for _ in range(repeats)])
    return {
        "size": size,
        "workers": hive.workers,
        "tick": spread(tick.tolist()),
        "levels": {name: spread(taken.tolist()) for name, taken in zip(upper, levels, strict=True)},
        "share": spread((np.sum(levels, axis=0) / tick).tolist()),
    }


CASES: dict[str, Callable[..., dict[str, Any]]] = {
    "limits": limits,
    "forage": forage,
    "played": played,
    "dicts": dicts,
    "seat": seat,
    "views": views,
    "offices": offices,
    "faulted": faulted,
}
"""Cases by name."""
