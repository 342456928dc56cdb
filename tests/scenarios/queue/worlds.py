"""Small Queue worlds, and ways to set up a queue by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.scenarios.controllers import Controller, Crew
from hive_env.scenarios.queue import Queue, QueueConfig, QueueHive
from hive_env.scenarios.queue.controllers import CONTROLLERS
from hive_env.sizes import SIZES, Size

Array = NDArray[Any]

NANO = SIZES["nano"]
TINY = Size(24, 2, 1, 1, 1)
"""Two regions of twelve workers in one sector."""

UNEVEN = Size(50, 2, 2, 2, 1, 1, 2)
"""Sixteen regions whose spans differ, in four sectors and two hives."""


def config(size: Size = TINY, **queue: Any) -> QueueHive:
    """A size, and what differs from the default constants."""
    return QueueHive(size, QueueConfig(**queue))


def world(size: Size = TINY, *, worlds: int = 1, seed: int = 1, **queue: Any) -> Queue:
    """Worlds that have just been reset."""
    hive = Queue(config(size, **queue), worlds, threads=1)
    hive.reset(seed)
    return hive


def still(size: Size = TINY, *, worlds: int = 1, **queue: Any) -> Queue:
    """Worlds in which nothing arrives, with empty queues."""
    return world(size, worlds=worlds, busy_load=0.0, quiet_load=0.0, **queue)


def put_task(
    hive: Queue, kind: int, place: int = 0, *, region: int = 0, second: int | None = None,
    work: int = 4, until: int = 1000, worth: int = 1000, since: int = 0,
) -> int:  # fmt: skip
    """Let a task wait in a queue; returns its slot."""
    slot = kind * hive.config.queue_length + place
    columns = hive.columns
    columns["task_waits"][region, slot] = 1
    columns["task_second"][region, slot] = 0 if second is None else 1 + second
    columns["task_work"][region, slot] = 16 * work
    columns["task_until"][region, slot] = until
    columns["task_worth"][region, slot] = worth
    columns["task_since"][region, slot] = since
    return slot


def go(hive: Queue, wanted: dict[int, int] | None = None, ticks: int = 1, **orders: Any) -> None:
    """Let some workers, by row of the actions, do something, and everybody else go on."""
    for _ in range(ticks):
        actions = np.zeros((hive.worlds * hive.workers, 1), np.uint8)
        for row, action in (wanted or {}).items():
            actions[row] = action
        hive.step(actions, orders)


def play(hive: Queue, controller: str | Controller = "full", ticks: int | None = None) -> Queue:
    """Let a controller play on, to the end of the episode by default."""
    chosen = CONTROLLERS[controller] if isinstance(controller, str) else controller
    crew = Crew(hive, chosen)
    for _ in range(hive.episode_ticks if ticks is None else ticks):
        crew.tick()
    return hive


def hashes(hive: Queue, controller: str, ticks: int, every: int = 16) -> list[int]:
    """Hashes of all worlds as a controller plays."""
    found = []
    for _ in range(0, ticks, every):
        play(hive, controller, every)
        found += [hive.state_hash(one) for one in range(hive.worlds)]
    return found
