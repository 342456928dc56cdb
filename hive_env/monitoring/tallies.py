"""What the worlds of each family tell, besides what every family's do.

A tally reads columns, and returns whole numbers by name:

================= ==================================================================
``tasks``         Tasks completed.
``busy``          Workers who did something.
``attempts``      What was attempted.
``successes``     What of it succeeded.
``messages``      Messages sent.
``destroyed``     Workers destroyed.
``spawned``       Workers who came in place of others.
``kept/level``    What a level did that keeps to the order from above,
``broken/level``  and what does not; neither where the order prefers nothing.
================= ==================================================================

``docs/monitoring.md`` says what each of these is in each family.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.enums import Event, Verb
from hive_env.monitoring.counts import bits_set, histogram
from hive_env.scenarios.hive import Hive
from hive_env.systems.lifecycle import DESTROYED_AT, SPAWNED_AT
from hive_env.systems.queues import QueueEvent

BUSY = Event.MOVED | Event.PICKED | Event.DELIVERED | Event.WORKED
"""Events of a worker of Forage that does something."""

SUCCEEDED = Event.PICKED | Event.DELIVERED
"""Events of one that succeeds in what it attempted."""

JUDGED = ("manager", "governor")
"""Levels whose people's counts are held against the order from above."""


@dataclass(frozen=True)
class Tick:
    """What is known of a tick in every family.

    Parameters
    ----------
    began : int64[W]
        The tick of each world when it began.
    able : bool[W, N]
        Whether each worker's action counted then, by id.
    asked : int64[W, A]
        How often each value of each part of a worker's action was asked for by those.
    ordered : mapping of str to bool[W]
        By upper level that gave orders the worlds in which it did.
    grown : mapping of str to int64[W]
        By how much the tally's totals grew.
    """

    began: Array
    able: Array
    asked: Array
    ordered: Mapping[str, Array]
    grown: Mapping[str, Array]

    def orders(self, level: str, seats: int) -> Array:
        """Return how many seats of a level gave an order, int64[W], or 0."""
        return np.asarray(seats * self.ordered[level] if level in self.ordered else 0)


class Tally:
    """What a family's worlds tell: this one knows what every family has.

    Parameters
    ----------
    hive : Hive
        The worlds.
    levels : sequence of str
        The levels whose coherence is asked for.
    """

    happens: tuple[str, ...] = ()
    """Names that `happened` returns besides ``kept/level`` and ``broken/level``."""

    judges = False
    """Whether it returns those."""

    def __init__(self, hive: Hive, levels: Sequence[str]) -> None:
        self.hive = hive
        self._worker = "worker" in levels
        self._judged = tuple(level for level in JUDGED if level in levels)
        self._since: dict[str, Array] = {}

    def names(self) -> tuple[str, ...]:
        """Return the names of all that is counted."""
        levels = (*(["worker"] if self._worker else []), *self._judged) if self.judges else ()
        kept = (f"{what}/{level}" for level in levels for what in ("kept", "broken"))
        return (*self.totals(), *self.happens, *kept)

    def totals(self) -> dict[str, Array]:
        """Return what has grown in the episode so far, int64[W] by name; ``value`` in 1/1000."""
        return {"value": self.by_world("region_value")}

    def remember(self) -> None:
        """Take note of the worlds as a tick finds them, if it is not as the last one left them."""
        self._since = self.hive.counters(self._judged[0]) if self._judged else {}

    def happened(self, tick: Tick) -> dict[str, Array]:
        """Return what is told of a tick that is over, int64[W] by name."""
        return {}

    def by_world(self, name: str) -> Array:
        """Return a column of whole numbers added up by world, int64[W]."""
        table = self.hive.columns[name]
        return np.asarray(table.reshape(self.hive.worlds, -1).sum(axis=1, dtype=np.int64))

    def events(self, *masks: int) -> Array:
        """Return to how many workers some event of each mask happened, int64[n, W]."""
        return bits_set(self.hive.columns["event"].reshape(self.hive.worlds, -1), masks)

    def judged(self, units: Mapping[str, Array]) -> dict[str, Array]:
        """Return how many units the people of managers and governors got as they were told to.

        The local component of a seat is +1 for a unit that keeps to the order and -0.5 for another,
        by worker of its people; so of n units (2 * local * people + n) / 3 kept to it.

        Parameters
        ----------
        units : mapping of str to int64[W]
            By level the units of this tick that are judged.
        """
        hive = self.hive
        found: dict[str, Array] = {}
        for level in self._judged:
            seats = hive.levels[level].seats
            local = hive.host(hive.components(level, self._since, "none"))[:, 1]
            halves = np.rint(local * np.float64(2 * hive.workers / seats)).astype(np.int64)
            kept = (halves.reshape(hive.worlds, seats).sum(axis=1) + units[level]) // 3
            found |= {f"kept/{level}": kept, f"broken/{level}": units[level] - kept}
        return found


class ForageTally(Tally):
    """What worlds of Forage tell."""

    happens = ("busy", "attempts", "successes", "messages")
    judges = True

    def totals(self) -> dict[str, Array]:
        """Return what has grown in the episode so far."""
        hive = self.hive
        churn = hive.columns["churn"].reshape(hive.worlds, -1, 4).sum(axis=1, dtype=np.int64)
        return {
            **super().totals(),
            "tasks": self.by_world("delivered"),
            "picked": self.by_world("picked"),
            "destroyed": churn[:, DESTROYED_AT],
            "spawned": churn[:, SPAWNED_AT],
        }

    def happened(self, tick: Tick) -> dict[str, Array]:
        """Return what is told of a tick that is over."""
        masks = (BUSY, SUCCEEDED, Event.MATCHED, Event.MISMATCHED)
        busy, succeeded, *order = self.events(*masks[: 4 if self._worker else 2])
        verbs = self.hive.levels["worker"].choices[0]
        done = self._done(tick)
        kept = dict(zip(("kept/worker", "broken/worker"), order, strict=False))
        return {
            "busy": busy,
            "attempts": done[:, Verb.PICK] + done[:, Verb.DROP],
            "successes": succeeded,
            "messages": done[:, verbs + 1 :].sum(axis=1) + self._orders(tick) + self._reports(),
            **kept,
            **self.judged({"manager": tick.grown["picked"], "governor": tick.grown["tasks"]}),
        }

    def _done(self, tick: Tick) -> Array:
        """Return how often each value of each part of an action was carried out.

        By those who were able; what ails a worker may change what it asked for.
        """
        hive = self.hive
        acted = hive.columns["acted"]
        if not len(acted):
            return tick.asked
        carried = acted.reshape(hive.worlds, hive.workers, -1)
        return histogram(carried, tick.able, hive.levels["worker"].choices)

    def _orders(self, tick: Tick) -> Array:
        """Return how many orders took effect in this tick, int64[W]."""
        hive, constants = self.hive, self.hive.blueprint.constants
        total = tick.orders("orchestrator", hive.levels["orchestrator"].seats)
        for name, every in (("ordered", "manager_every"), ("sector_ordered", "governor_every")):
            # In other ticks the column still says what happened in the last one of these.
            if (tick.began % int(constants[every]) == 0).any():
                total = total + self.by_world(name)
        return total

    def _reports(self) -> Array:
        """Return how many regions reported to their managers as the tick ended, int64[W]."""
        managers = self.hive.levels["manager"]
        return np.asarray(managers.seats * (self.hive.ticks % managers.period == 0))


class QueueTally(Tally):
    """What worlds of Queue tell."""

    happens = ("busy", "attempts", "successes", "messages")
    judges = True

    def totals(self) -> dict[str, Array]:
        """Return what has grown in the episode so far."""
        lost = ("refused", "expired", "dropped")
        nobody = np.zeros(self.hive.worlds, np.int64)
        return {
            **super().totals(),
            "tasks": self.by_world("delivered"),
            "lost": np.sum([self.by_world(name) for name in lost], axis=0),
            "destroyed": nobody,
            "spawned": nobody,
        }

    def happened(self, tick: Tick) -> dict[str, Array]:
        """Return what is told of a tick that is over."""
        hive, tasks = self.hive, tick.grown["tasks"]
        orders = [tick.orders(level, hive.levels[level].seats) for level in tick.ordered]
        found = {
            "busy": hive.workers - self.by_world("idle"),
            "attempts": tasks + tick.grown["lost"],
            "successes": tasks,
            "messages": sum(orders, np.zeros(hive.worlds, np.int64)),
        }
        if self._worker:
            matched, mismatched = self.events(QueueEvent.MATCHED, QueueEvent.MISMATCHED)
            found |= {"kept/worker": matched, "broken/worker": mismatched}
        if self._judged:
            found |= self.judged(dict.fromkeys(self._judged, self._preferred()))
        return found

    def _preferred(self) -> Array:
        """Return the tasks of this tick that were delivered under quotas that prefer something."""
        hive = self.hive
        quota = hive.columns["quota"]
        unequal = quota.max(axis=1) != quota.min(axis=1)
        grown = hive.columns["delivered"] - hive.host(self._since["delivered"])
        by_hive = grown.reshape(len(unequal), -1).sum(axis=1) * unequal
        return np.asarray(by_hive.reshape(hive.worlds, -1).sum(axis=1))


TALLIES: dict[str, type[Tally]] = {"forage": ForageTally, "queue": QueueTally}
"""What tells of each family's worlds, by its name; a user's own may be added."""
