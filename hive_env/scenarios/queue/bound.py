"""U_fluid: an upper bound on the value that any play of Queue can deliver in an episode.

It reads the exogenous trace alone: every task that arrives, as if no queue were ever full. Each
pays at most its worth at the best price between its arrival and its deadline, and takes at least
its work of a specialist, a tick to be asked for and one to be handed in, twice for two. Tasks
whose patience is shorter than that can never pay. The labour of all workers is filled with the
tasks that pay most for it: the fractional knapsack of Dantzig (*Discrete-variable extremum
problems*, Operations Research 5, 1957). No policy exceeds it, for it may do no more with the
same ticks; it is not tight, for it knows no counters, no other kinds and no distances.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hive_env.ecs import Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, RESOURCE_TYPES
from hive_env.scenarios.queue.config import QueueHive
from hive_env.scenarios.queue.tick import ARRIVALS, LOADS, PRICES
from hive_env.scenarios.queue.world import Queue
from hive_env.systems import clock
from hive_env.systems.queue_streams import EFFORT

CLOCK = Pass(
    "queue_bound_clock",
    Unit.WORLD,
    (System(clock.advance_clock, ("tick",), "What follows belongs to the next tick."),),
)


def fluid_bound(config: QueueHive, seed: int, episode: int = 0) -> float:
    """Return U_fluid of one world and episode: no policy delivers more value.

    Parameters
    ----------
    config : QueueHive
        Size and constants.
    seed, episode : int
        Which exogenous trace.
    """
    # Every arrival finds a place: the queues are as long as one tick's draws.
    simulation = Queue(_roomy(config), threads=1)
    simulation.reset(seed=seed)
    for _ in range(episode):
        simulation.reset()
    tasks, dear = _trace(simulation)
    hive, kind, came, until, work, worth, people = tasks
    # A task is asked for in the tick in which it is first seen, at the earliest.
    ticks = -(-work // EFFORT) + 1
    first, end = came + ticks, np.minimum(until + 1, config.episode_ticks)
    span = np.maximum(end - first, 0)
    high = dear[np.maximum(end, first), hive, kind] - dear[first, hive, kind]
    best = np.maximum(
        np.where(high > 0, config.queue.price_hot, 0),
        np.where(high < span, config.queue.price_cold, 0),
    )
    labour = people * (ticks + 1)
    value = worth * best / 1000.0
    order = np.argsort(-value / labour, kind="stable")
    total = config.size.workers * config.episode_ticks
    taken = np.minimum(np.cumsum(labour[order]), total)
    return float((np.diff(taken, prepend=0) * (value / labour)[order]).sum()) / 1000.0


def _roomy(config: QueueHive) -> QueueHive:
    """Return the same trace with queues that hold all that a tick can bring."""
    share = (config.attempts + 1) / config.size.span
    return replace(config, queue=replace(config.queue, queue_share=share))


def _trace(simulation: Queue) -> tuple[tuple[Array, ...], Array]:
    """Return the tasks of an episode, and how often each type was dear before each tick.

    The counts int64[ticks, O, K] go on for as long as a task may take.
    """
    columns, config = simulation.columns, simulation.config
    length = config.queue_length
    pairs = np.zeros((len(PAIRS), RESOURCE_TYPES), np.int64)
    for pair, kinds in enumerate(PAIRS):
        pairs[pair, list(kinds)] = 1
    found: list[tuple[Array, ...]] = []
    beyond = config.episode_ticks + config.queue.work_high + 2
    dear = np.zeros((beyond, config.size.hives, RESOURCE_TYPES), np.int64)
    for tick in range(config.episode_ticks):
        dear[tick + 1] = pairs[columns["price"]]
        region, slot = np.nonzero(columns["task_waits"])
        held = ("task_since", "task_until", "task_work", "task_worth")
        found.append(
            (
                region // (config.size.regions // config.size.hives),
                slot // length,
                *(columns[name][region, slot].astype(np.int64) for name in held),
                1 + (columns["task_second"][region, slot] > 0),
            )
        )
        simulation.put("task_waits", 0)
        for pass_ in (CLOCK, PRICES, LOADS, ARRIVALS):
            simulation.run_pass(pass_)
    return tuple(np.concatenate(part) for part in zip(*found, strict=True)), np.cumsum(dear, axis=0)
