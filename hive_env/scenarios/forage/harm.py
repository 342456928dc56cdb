"""Faults from outside, and what faults have done: the part of the array API that is about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.enums import FaultKind
from hive_env.errors import ArgumentError
from hive_env.scenarios.breakdowns import INJECT
from hive_env.scenarios.forage.index import Indexed
from hive_env.scenarios.forage.tick import GROUND
from hive_env.scenarios.offices import inject as inject_member
from hive_env.systems import lifecycle

CHURN: Mapping[str, int] = {
    "destroyed": lifecycle.DESTROYED_AT,
    "spawned": lifecycle.SPAWNED_AT,
    "spent": lifecycle.SPENT_AT,
    "reset": lifecycle.RESET_AT,
}
"""Counts of the column ``churn`` by name."""


def inject(
    hive: Indexed,
    kind: FaultKind,
    level: str,
    seats: int | Sequence[int] | Array,
    world: int,
    member: int,
) -> None:
    """Let a fault strike those who hold some seats of a world, or members of their offices, now.

    Nothing is counted in `churn_of`, and who is not alive is not met.

    Parameters
    ----------
    hive : Forage
        The worlds.
    kind : FaultKind
        What it does. ``DELAY`` and ``CORRUPTION`` only where workers' faults have kinds.
    level : str
        Whose: one of `STRIKERS`.
    seats : int or sequence of int
        Who, within the world; each once.
    world : int
        Which world.
    member : int
        Which member of each office of a manager or governor; 0 for workers.

    Raises
    ------
    ArgumentError
        When an argument names what is not there; nothing has changed then.
    ResetNeededError
        Before the first reset.
    """
    hive.need_ready()
    if not isinstance(kind, FaultKind):
        raise ArgumentError("kind", "a FaultKind", kind)
    if not isinstance(level, str) or level not in STRIKERS:
        raise ArgumentError("level", f"one of {', '.join(STRIKERS)}", level)
    whole = isinstance(world, int | np.integer) and not isinstance(world, bool)
    if not whole or not 0 <= world < hive.worlds:
        raise ArgumentError("world", f"an integer from 0 to {hive.worlds - 1}", world)
    STRIKERS[level](hive, kind, checked_seats(seats, hive.levels[level].seats), int(world), member)


def checked_seats(seats: Any, count: int) -> Array:
    """Return seats as int64[n], or raise `ArgumentError`."""
    given = np.atleast_1d(np.asarray(seats))
    good = given.ndim == 1 and given.dtype.kind in "iu" and given.size > 0
    if not good or not ((given >= 0) & (given < count)).all():
        raise ArgumentError("seats", f"integers from 0 to {count - 1}", seats)
    if len(np.unique(given)) < len(given):
        raise ArgumentError("seats", "each seat once", seats)
    return given.astype(np.int64)


def strike_workers(
    hive: Indexed, kind: FaultKind, seats: Array, world: int, member: int = 0
) -> None:
    """Let a fault strike workers, by id."""
    if member != 0:
        raise ArgumentError("member", "0 for a worker, which has none", member)
    lasting = kind in (FaultKind.DELAY, FaultKind.CORRUPTION)
    if lasting and not len(hive.columns["ailment"]):
        raise ArgumentError(
            "kind",
            "KILL or OVERFLOW in a world whose workers have no ailments",
            kind,
            "Construct it with faults whose kinds of worker faults have shares.",
        )
    first = world * hive.workers
    ids = hive.columns["id"][first : first + hive.workers]
    rows = first + np.argsort(ids)[seats].astype(np.int64)
    hive.run_pass(INJECT, world, world + 1, stricken=rows, fault_kind=int(kind))
    hive.run_pass(GROUND)


def strike_managers(hive: Indexed, kind: FaultKind, seats: Array, world: int, member: int) -> None:
    """Let a fault strike a member of the offices of managers."""
    for seat in seats.tolist():
        inject_member(hive, world * hive.config.offices + seat, member, kind)


def strike_governors(hive: Indexed, kind: FaultKind, seats: Array, world: int, member: int) -> None:
    """Let a fault strike a member of the offices of governors."""
    strike_managers(hive, kind, seats + hive.config.size.regions, world, member)


STRIKERS: Mapping[str, Callable[[Any, FaultKind, Array, int, int], None]] = {
    "worker": strike_workers,
    "manager": strike_managers,
    "governor": strike_governors,
}
"""What strikes the seats of a level."""


def churn_of(hive: Indexed) -> dict[str, Array]:
    """Return how often workers were struck and replaced in the episode, int64[W] by name.

    ``destroyed`` and ``spawned`` count workers, ``spent`` places that stay empty, ``reset`` failed
    workers that came back to a task made anew. ``kill``, ``delay``, ``corruption`` and ``overflow``
    count the drawn and planned faults that took. All are 0 where workers' faults have no kinds.
    """
    by_world = {
        name: hive.columns[name].reshape(hive.worlds, -1, 4).sum(axis=1, dtype=np.int64)
        for name in ("churn", "struck")
    }
    counts = {name: by_world["churn"][:, at] for name, at in CHURN.items()}
    return counts | {kind.name.lower(): by_world["struck"][:, kind] for kind in FaultKind}
