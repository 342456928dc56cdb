"""The array API of Queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, RESOURCE_TYPES, Workforce
from hive_env.errors import ArgumentError, SnapshotError
from hive_env.scenarios.hive import Hive
from hive_env.scenarios.queue.blueprint import blueprint_of
from hive_env.scenarios.queue.config import QueueHive, config_of
from hive_env.scenarios.queue.levels import PRIORITIES, levels_of
from hive_env.scenarios.queue.pay import counters_of, earned_by
from hive_env.scenarios.queue.scales import SCALES
from hive_env.scenarios.queue.seats import ALLOW, OPEN, POLICIES, SEAT, TELL, VIEWS
from hive_env.scenarios.queue.summary import bounds_of, states_of
from hive_env.scenarios.queue.tick import SHOW
from hive_env.sizes import Size
from hive_env.systems.queue_streams import EFFORT
from hive_env.systems.queues import Dispatch
from hive_env.systems.views import QUOTAS

INDEX_LIMITS: Mapping[str, str | int] = {
    "specialist": RESOURCE_TYPES,
    "post": "R",
    "counter": RESOURCE_TYPES,
    "order_rule": len(Dispatch),
    "job": RESOURCE_TYPES + 1,
    "job_second": RESOURCE_TYPES + 1,
    "task_waits": 2,
    "task_second": RESOURCE_TYPES + 1,
    "slack": len(PAIRS),
    "busy": 2,
    "priority": PRIORITIES,
    "ruling": len(Dispatch),
    "workforce": len(Workforce),
    "drawn": "R",
    "price": len(PAIRS),
    "quota": QUOTAS,
}
"""Columns whose values are used as indices, and the first value (or length) that is too large."""


class Queue(Hive):
    """W Queue worlds: the array API.

    Arrays in and out go by id: row ``k * N + i`` is worker i of world k. Columns may be written by
    hand between steps; call `resume` afterwards.

    Parameters
    ----------
    config : QueueHive, Size, str or int
        Size and constants; or a size alone, as `Size.of` takes it, with the default constants.
        ``v0`` by default.
    worlds : int
        W.
    device, threads
        As in `Simulation`.
    """

    family = "queue"
    config_type = QueueHive

    def __init__(
        self,
        config: QueueHive | Size | str | int | None = None,
        worlds: int = 1,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        self.config = config_of(config)
        super().__init__(blueprint_of(self.config), worlds, device, threads)
        self.workers = self.config.size.workers
        self.episode_ticks = self.config.episode_ticks
        self.levels = levels_of(self.config)
        self.scale_table = SCALES

    # --- rows ----------------------------------------------------------------------------------

    def inspect(self, saved: Mapping[str, Array]) -> None:
        """Raise `SnapshotError` for indices outside the world."""
        lengths = self.blueprint.lengths
        for name, limit in INDEX_LIMITS.items():
            count = lengths[limit] if isinstance(limit, str) else limit
            if int(saved[name].max(initial=0)) >= count:
                raise SnapshotError(
                    f"snapshot: column {name!r} has values outside 0 to {count - 1}."
                )
        for name, most in self._limits().items():
            if int(saved[name].max(initial=0)) > most:
                raise SnapshotError(f"snapshot: column {name!r} has values above {most}.")
        if (saved["order"] & (saved["order"] >> 1) & 0b01010101).any():
            raise SnapshotError("snapshot: column 'order' has priorities above 2.")
        ids = saved["id"].reshape(self.worlds, -1)
        if any((np.bincount(one, minlength=self.workers) != 1).any() for one in ids):
            raise SnapshotError("snapshot: column 'id' does not name every worker once.")
        span = lengths["G"]
        own = saved["id"].astype(np.int64) * lengths["R"] // self.workers // span
        if (saved["post"] // span != own).any():
            raise SnapshotError("snapshot: column 'post' has workers outside their sector.")
        if ((saved["task_waits"] == 1) & (saved["task_work"] == 0)).any():
            raise SnapshotError("snapshot: column 'task_work' has waiting tasks without work.")

    def _limits(self) -> dict[str, int]:
        """Return the largest values of columns that are bounded by the configuration."""
        work = self.config.queue.work_high * EFFORT
        return {
            "partner": self.workers,
            "drawn_count": self.config.size.sector_regions,
            "delay": int(self.blueprint.constants["longest_delay"]),
            "left": work,
            "task_work": work,
        }

    def resume(self) -> None:
        """Go on from what the saved columns hold now: find the row of every id anew.

        To be called after writing to columns by hand.

        Raises
        ------
        SnapshotError
            When they hold what cannot be; see `inspect`.
        """
        self.inspect(self.columns)
        super().resume()
        starts = np.arange(self.worlds).repeat(self.workers) * self.workers
        row_of = self.draft("row_of")
        row_of[starts + self.columns["id"]] = np.arange(len(starts))
        self.put("row_of", row_of)
        self.run_pass(SHOW)

    # --- a step --------------------------------------------------------------------------------

    def observe(self, out: Array | None = None, level: str = "worker") -> Array:
        """Write what every seat of a level observes; see `Hive.observe`."""
        self.need_ready()
        played = self.level_named(level)
        out = self._buffer("out", out, played.dtype, played)
        name = "observation" if level == "worker" else f"{level}_view"
        given: dict[str, Any] = {name: out}
        self.run_pass(VIEWS[level], **given)
        return out

    def decide(self, policy: str, actions: Array | None = None, level: str = "worker") -> Array:
        """Write the actions of a built-in policy for every seat of a level.

        Parameters
        ----------
        policy : str
            One of the level's ``policies``. An ``expert`` knows all.
        actions : uint8[W * S, C], optional
            The caller's buffer; a new one by default.
        level : str
            One of `LEVELS`.
        """
        self.need_ready()
        played = self.level_named(level)
        if not isinstance(policy, str) or policy not in played.policies:
            raise ArgumentError("policy", f"one of {', '.join(played.policies)}", policy)
        actions = self._buffer("actions", actions, np.uint8, played)
        pass_, constants = POLICIES[level][policy]
        given: dict[str, Any] = {**constants}
        if level == "worker":
            given["action"] = actions
            rows = len(actions) if policy in ("scripted", "reflex") else 0
            given["observation"] = self._scratch("seen", (rows, len(played.features)))
        else:
            given[f"{level}_action"] = actions
        self.run_pass(pass_, **given)
        return actions

    def observe_seats(self, out: Array, level: str, seats: slice) -> None:
        """Write what some seats of a level observe; other rows may hold anything."""
        chosen = range(self.level_named(level).seats)[seats]
        # On a device one launch for all is less than one for each world.
        if level != "worker" or len(chosen) != 1 or not self.backend.shares_memory:
            self.observe(out, level)
            return
        self.need_ready()
        size = self.config.size
        sector = chosen[0] * size.regions // size.workers // size.sector_regions
        for first in range(0, self.worlds * size.sectors, size.sectors):
            at = first + sector
            self.run_units(VIEWS[level], at, at + 1, 1, {"observation": out})

    def facts(self, level: str) -> dict[str, Array]:
        """Return for workers ``event``: what happened in the last tick, bits of `QueueEvent`."""
        if self.level_named(level).name != "worker":
            return {}
        told = self._by_seat(level, np.int64)
        self.run_pass(TELL, told_event=told)
        return {"event": told}

    def occupants(self, level: str) -> Array:
        """Return the agent in each seat of a level, int64[W * S]: nobody is ever replaced."""
        if self.level_named(level).name != "worker":
            return super().occupants(level)
        agents = self._by_seat(level, np.int64)
        self.run_pass(SEAT, agent=agents)
        return agents

    def superiors(self, level: str) -> Array:
        """Return the seat above, within its world, that each seat reports to, int64[W * S].

        Workers report where they are posted; nobody else ever changes.
        """
        size = self.config.size
        if level == "worker":
            return self.columns["post"][self.columns["row_of"]].astype(np.int64)
        spans = {"manager": size.sector_regions, "governor": size.hive_sectors}
        if level not in spans:
            raise ArgumentError("level", "worker, manager or governor", level)
        return np.tile(np.arange(self.levels[level].seats) // spans[level], self.worlds)

    def able(self, level: str) -> Array:
        """Return whether the action of each seat counts; a worker's does not while it walks."""
        if self.level_named(level).name != "worker":
            return super().able(level)
        able = self._by_seat(level, bool)
        self.run_pass(ALLOW, able=able)
        return able

    def masks(self, level: str) -> Array:
        """Return which values of each choice are open to each seat, bool[W * S, sum(choices)].

        A worker that walks may only go on; everybody else may all that it can.
        """
        choices = self.level_named(level).choices
        if level != "worker":
            return super().masks(level)
        mask = self._by_seat(level, bool, sum(choices))
        self.run_pass(OPEN, mask=mask)
        return mask

    # --- pay -----------------------------------------------------------------------------------

    def counters(self, level: str = "worker") -> dict[str, Array]:
        """Return copies of the counts whose increments `components` pays for, at any level."""
        self.level_named(level)
        return counters_of(self)

    def components(self, level: str, since: Mapping[str, Array], mode: str = "mean") -> Array:
        """Return what every seat has earned; see `Hive.components`."""
        self.need_ready()
        mode = self.checked_mode(mode)
        seats = self.worlds * self.level_named(level).seats
        return earned_by(self, level, seats, since, mode)

    def summarise(self, first: int, last: int) -> Array:
        """Return the global states of some worlds; see `hive_env.scenarios.queue.summary`."""
        return states_of(self, self.config, first, last)

    def state_bounds(self) -> tuple[Array, Array]:
        """Return the least and greatest `state`."""
        return bounds_of(self.config)
