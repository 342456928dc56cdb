"""The array API of Forage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hive_env.config import UNIT, HiveConfig
from hive_env.ecs import Pass
from hive_env.ecs.columns import Array
from hive_env.enums import FaultKind
from hive_env.errors import ArgumentError, ConfigError
from hive_env.scenarios.forage import harm
from hive_env.scenarios.forage.blueprint import blueprint_of, statics_of
from hive_env.scenarios.forage.index import Indexed
from hive_env.scenarios.forage.levels import levels_of
from hive_env.scenarios.forage.pay import counters_of, earned_above, hive_gain
from hive_env.scenarios.forage.scales import SCALES
from hive_env.scenarios.forage.seats import (
    ALLOW,
    COMMANDERS,
    OPEN,
    SEAT,
    TELL,
    TELL_ALL,
    VIEWS,
    WORKERS,
)
from hive_env.scenarios.forage.stigmergy import StigmergyMap
from hive_env.scenarios.forage.summary import bounds_of, states_of
from hive_env.scenarios.forage.tick import (
    EARNINGS,
    FOLLOW,
    IDENTIFY,
    OBSERVE,
    REWARDS,
    STAND,
    STANDS,
)
from hive_env.scenarios.rewards import WEIGHTS, checked_weights, factors
from hive_env.simulation import Blueprint
from hive_env.sizes import Size
from hive_env.systems import senses, space

BLIND = ("random", "open_loop")
"""Built-in policies of workers that observe nothing."""

CHUNK = 1 << 16
"""Workers whose observations are held at once when a built-in policy decides."""


NEVER = -2
"""Before every tick, and before the one before it."""


def config_of(config: HiveConfig | Size | str | int | None) -> HiveConfig:
    """Return a configuration from itself, or from a size alone.

    Raises
    ------
    ConfigError
        When it is neither.
    """
    if config is None:
        return HiveConfig()
    if isinstance(config, HiveConfig):
        return config
    if isinstance(config, Size | str | int) and not isinstance(config, bool):
        return HiveConfig(Size.of(config))
    raise ConfigError("config", "a HiveConfig, or a size by name or number", config)


class Forage(Indexed):
    """W Forage worlds: the array API.

    Arrays in and out go by id: row ``k * N + i`` is worker i of world k. Columns may be written by
    hand between steps; call `resume` afterwards, which checks them and finds who stands where.

    Parameters
    ----------
    config : HiveConfig, Size, str or int
        Size and constants; or a size alone, as `Size.of` takes it, with the default constants.
        ``v0`` by default.
    worlds : int
        W.
    device, threads
        As in `Simulation`.
    blueprint : Blueprint, optional
        What a world is made of, where the user has added to it; see `blueprint_of`.
    """

    family = "forage"
    config_type = HiveConfig

    def __init__(
        self,
        config: HiveConfig | Size | str | int | None = None,
        worlds: int = 1,
        device: str = "cpu",
        threads: int | None = None,
        blueprint: Blueprint | None = None,
    ) -> None:
        self.config = config_of(config)
        made = blueprint or blueprint_of(self.config)
        super().__init__(made, self.config, worlds, device, threads)
        for name, content in statics_of(self.config).items():
            self.put(name, content)
        self.workers = self.config.size.workers
        self.episode_ticks = self.config.episode_ticks
        self.levels = levels_of(self.config)
        self.scale_table = SCALES
        self._tick_count = 0
        """Ticks that have been made here."""
        self._stood_at = NEVER
        """Which of them the columns ``standing`` and ``errand`` follow."""
        self._moved = False
        """Whether columns have been written by hand since then."""
        self._known_past = self.restored
        self.features = senses.WIDTH + (senses.DEEP["WIDTH"] if self.config.forage.depth > 1 else 0)

    # --- a step --------------------------------------------------------------------------------

    def _advance(self, **given: Any) -> None:
        """Advance by a tick; ``action`` is what workers carry out, ``intended`` what was asked."""
        given["intended"] = given["action"]
        if len(self.arrays["acted"]):
            given["action"] = self.arrays["acted"]
        super()._advance(**given)

    def checked(self, actions: Any, level: str = "worker", argument: str = "actions") -> Array:
        """Return the actions of a level as uint8[W * S, C], or raise `ActionError`."""
        total = self.worlds * self.workers
        quick = isinstance(actions, np.ndarray) and actions.dtype == np.uint8
        quick = quick and self.backend.shares_memory
        if level != "worker" or not quick or actions.shape != (total, 2):
            return super().checked(actions, level, argument)
        flat: Array = np.require(actions, requirements=["C", "W"])
        verbs = int(self.blueprint.constants["verbs"])
        if space.first_invalid(flat, verbs, 5) >= 0:
            return super().checked(actions, level, argument)
        return flat

    def observe(self, out: Array | None = None, level: str = "worker") -> Array:
        """Write what every seat of a level observes.

        Parameters
        ----------
        out : uint8[W * N, F] for workers, else float32[W * S, F], optional
            The caller's buffer; a new one by default. For workers F is 64, or 80 in worlds of
            depth above one.
        level : str
            One of `LEVELS`.
        """
        self.need_ready()
        played = self.level_named(level)
        out = self._buffer("out", out, played.dtype, played)
        if level == "worker":
            self.run_pass(OBSERVE, observation=out, by_id=1)
        else:
            given: dict[str, Any] = {f"{level}_view": out}
            self.run_pass(VIEWS[level], **given)
        return out

    def observe_seats(self, out: Array, level: str, seats: slice) -> None:
        """Write what some seats of a level observe; other rows may hold anything."""
        # On a device the host would have to ask where they stand.
        several = len(range(self.workers)[seats]) > 1
        if level != "worker" or several or not self.backend.shares_memory:
            self.observe(out, level)
            return
        self.need_ready()
        rows = self._rows()[:, seats].ravel()
        span = int(self.config.size.span)
        for region in self._regions_of(rows).tolist():
            self.run_units(OBSERVE, region, region + 1, span, {"observation": out, "by_id": 1})

    def _rows(self) -> Array:
        """Return where the columns hold each worker, int64[W, N] by id."""
        ids = self.columns["id"].reshape(self.worlds, -1).astype(np.int64)
        first = np.arange(self.worlds)[:, None] * self.workers
        found = np.empty(ids.shape, np.int64)
        np.put_along_axis(found, ids, first + np.arange(ids.shape[1]), axis=1)
        return found

    def _regions_of(self, rows: Array) -> Array:
        """Return the region, among those of all worlds, in which each of some workers stands."""
        size, side = self.config.size, self.config.region_side
        at_x = (self.columns["x"][rows] // UNIT) // side
        at_y = (self.columns["y"][rows] // UNIT) // side
        place = self.columns["region_grid"][at_y * size.regions_x + at_x].astype(np.int64)
        return np.asarray(rows // self.workers * size.regions + place)

    def facts(self, level: str) -> dict[str, Array]:
        """Return for workers ``event``: what happened in the last tick, bits of `Event`.

        Where their faults have kinds also ``ailment`` (``UP``, ``SLOW`` or ``CORRUPT`` of
        `Condition`, which no observation tells of the corrupt) and ``agent``, see `occupants`.
        """
        if self.level_named(level).name != "worker":
            return {}
        facts = {"event": self._by_seat(level, np.int64)}
        if not len(self.arrays["ailment"]):
            self.run_pass(TELL, told_event=facts["event"])
            return facts
        facts |= {name: self._by_seat(level, np.int64) for name in ("ailment", "agent")}
        self.run_pass(
            TELL_ALL,
            told_event=facts["event"],
            told_ailment=facts["ailment"],
            agent=facts["agent"],
        )
        return facts

    def occupants(self, level: str) -> Array:
        """Return the agent in each seat of a level, int64[W * S]; -1 where there is none.

        A worker that is destroyed leaves its seat; the k-th to come to seat i is agent i + k * N.
        """
        if self.level_named(level).name != "worker":
            return super().occupants(level)
        agents = self._by_seat(level, np.int64)
        self.run_pass(SEAT, agent=agents)
        return agents

    def agents(self, level: str) -> int:
        """Return how many agents the seats of a level can ever have in one world."""
        reserve = int(self.blueprint.constants["reserve"]) if level == "worker" else 0
        return super().agents(level) * (1 + reserve)

    def inject(
        self,
        kind: FaultKind,
        level: str = "worker",
        seats: int | Sequence[int] | Array = 0,
        world: int = 0,
        member: int = 0,
    ) -> None:
        """Let a fault strike from outside, now; see `hive_env.scenarios.forage.harm`."""
        harm.inject(self, kind, level, seats, world, member)
        self._moved = True

    def churn(self) -> dict[str, Array]:
        """Return how often each world's workers were struck and replaced, int64[W] by name.

        See `hive_env.scenarios.forage.harm.churn_of`.
        """
        return harm.churn_of(self)

    def able(self, level: str) -> Array:
        """Return whether the action of each seat counts: a failed worker's does not."""
        if self.level_named(level).name != "worker":
            return super().able(level)
        able = self._by_seat(level, bool)
        self.run_pass(ALLOW, able=able)
        return able

    def masks(self, level: str) -> Array:
        """Return which values of each choice are open, bool[W * S, sum(choices)].

        A failed worker may only stay and deposit nothing; of a governor's empty slots nothing but
        ``HOLD`` is open, for none of them can it stand in, and it can take in an orphan only while
        a slot is free.
        """
        choices = self.level_named(level).choices
        if level not in OPEN:
            return super().masks(level)
        mask = self._by_seat(level, bool, sum(choices))
        self.run_pass(OPEN[level], mask=mask)
        return mask

    def counters(self, level: str = "worker") -> dict[str, Array]:
        """Return copies of the counts whose increments `components` pays for at a level.

        For workers the device keeps besides how near each is to what it is to do next, and what
        that is. After a step that was paid for it knows both already.
        """
        self.need_ready()
        counted = counters_of(self)
        if self.level_named(level).name == "worker":
            if self._moved or self._stood_at < self._tick_count - 1:
                self.run_pass(STAND)
            elif self._stood_at < self._tick_count:
                self.run_pass(FOLLOW)
            self._stood_at, self._moved = self._tick_count, False
        return counted

    def components(self, level: str, since: Mapping[str, Array], mode: str = "mean") -> Array:
        """Return what every seat has earned since, float32[W * S, 3]; see `Hive.components`.

        For workers see `hive_env.systems.rewards`, for upper levels `earned_above`.
        """
        self.need_ready()
        played = self.level_named(level)
        self.checked_mode(mode)
        if level != "worker":
            return earned_above(self, level, self.worlds * played.seats, since, mode)
        out = self.zeros((self.worlds * played.seats, 3), np.float32)
        self._pay(EARNINGS, since, mode, earned=out)
        return out

    def rewards(
        self,
        level: str,
        since: Mapping[str, Array],
        mode: str = "mean",
        weights: Sequence[float] | None = None,
        out: Array | None = None,
    ) -> Array:
        """Return the reward of every seat, float32[W * S]; see `Hive.rewards`.

        That of workers is computed in one pass, without its components.
        """
        if level != "worker":
            return super().rewards(level, since, mode, weights, out)
        self.need_ready()
        out = self._reward_buffer(level, out)
        chosen = checked_weights(WEIGHTS[level] if weights is None else weights)
        self.put("factor", factors(self.scales(level, mode), chosen))
        self._pay(REWARDS, since, mode, reward=out)
        return out

    def _pay(
        self, passes: Mapping[bool, Pass], since: Mapping[str, Array], mode: str, **buffer: Any
    ) -> None:
        """Run the pass that pays workers; where the tick has not been followed yet, first that."""
        if self._stood_at < self._tick_count - 1:
            raise ArgumentError(
                "since",
                "what counters('worker') returned one tick ago",
                "that of another time",
                "Call counters('worker') before each tick that is paid for.",
            )
        if mode == "none":
            shared = self.zeros(self.worlds * self.config.size.hives, np.float32)
        else:
            shared = hive_gain(self, since)
        follow = self._moved or self._stood_at < self._tick_count
        self.run_pass(
            passes[follow],
            hive_gain=shared,
            difference=int(mode == "difference"),
            **buffer,
        )
        self._stood_at, self._moved = self._tick_count, False

    def reset(self, seed: int | Sequence[int] | None = None, worlds: Array | None = None) -> None:
        """Start an episode; see `Simulation.reset`."""
        super().reset(seed, worlds)
        if worlds is None or np.asarray(worlds).all():
            self._stood_at = NEVER
        elif self._stood_at >= self._tick_count - 1:
            # Who begins anew has come no nearer to anything; the others' tick is yet to be paid.
            for world in np.flatnonzero(worlds).tolist():
                self.run_pass(STAND, world, world + 1)

    def resume(self) -> None:
        """Go on from what the saved columns hold now: find anew who stands where."""
        super().resume()
        if self.restored != self._known_past:
            self._known_past, self._stood_at = self.restored, NEVER
        self._moved = True

    def _ticked(self) -> None:
        super()._ticked()
        self._tick_count += 1

    def permute(self, order: Array) -> None:
        """Move rows of the worker columns; see `Simulation.permute`."""
        moved = self._moved
        super().permute(order)
        self._moved = moved
        if self._stood_at >= self._tick_count - 1:
            for name in STANDS:
                self.put(name, self.columns[name][np.asarray(order)])

    def observe_chunks(self, most: int = CHUNK) -> Iterator[tuple[Array, Array]]:
        """Yield all observations in chunks, for worlds whose observations are too many at once.

        Parameters
        ----------
        most : int
            Workers in a chunk, but at least one region's.

        Yields
        ------
        rows : int64[n]
            Rows by id, ``k * N + i`` for worker i of world k. Chunk by chunk they cover every
            worker once.
        observation : uint8[n, F]
            Their observations. Both buffers are used again for the next chunk.
        """
        self.need_ready()
        rows = np.empty(0, np.int64)
        view = np.empty((0, self.features), np.uint8)
        for first, last, base, count in self.chunks(most):
            if len(view) < count:
                rows = np.empty(count, np.int64)
                view = np.empty((count, self.features), np.uint8)
            self.run_units(IDENTIFY, first, last, count, {"entity": rows, "dense_base": base})
            self.run_units(OBSERVE, first, last, count, {"observation": view, "dense_base": base})
            yield rows[:count], view[:count]

    def decide(
        self,
        policy: str,
        actions: Array | None = None,
        level: str = "worker",
        *,
        chunk: int = CHUNK,
        medics: bool = True,
    ) -> Array:
        """Write the actions of a built-in policy for every seat of a level.

        Parameters
        ----------
        policy : str
            One of the level's ``policies``; see `hive_env.scenarios.forage.seats`.
        actions : uint8[W * S, C], optional
            The caller's buffer; a new one by default.
        level : str
            One of `LEVELS`.
        chunk : int
            Workers whose observations are held at once.
        medics : bool
            Whether workers help the fallen beside them; without, failed ones wait to reboot.
        """
        self.need_ready()
        played = self.level_named(level)
        if not isinstance(policy, str) or policy not in played.policies:
            raise ArgumentError("policy", f"one of {', '.join(played.policies)}", policy)
        actions = self._buffer("actions", actions, np.uint8, played)
        if level != "worker":
            if not medics:
                raise ArgumentError("medics", f"True for a {level}, which repairs nobody", medics)
            pass_, constants = COMMANDERS[level][policy]
            orders: dict[str, Any] = {f"{level}_action": actions, **constants}
            self.run_pass(pass_, **orders)
            return actions
        pass_, constants = WORKERS[policy]
        if policy in BLIND:
            self.run_pass(pass_, action=actions)
            return actions
        given: dict[str, Any] = {"action": actions, "medics": int(medics), **constants}
        if not self.backend.shares_memory:
            # To cut the regions into chunks the host would have to know who stands where.
            seen = self._scratch("seen", (self.worlds * self.workers, self.features))
            self.run_pass(pass_, observation=seen, by_id=1, **given)
            return actions
        for first, last, base, count in self.chunks(chunk):
            seen = self._scratch("seen", (max(count, min(chunk, len(actions))), self.features))
            self.run_units(
                pass_, first, last, count, {**given, "observation": seen, "dense_base": base}
            )
        return actions

    def map(self, world: int = 0) -> StigmergyMap:
        """Return the stigmergy map of a world, to deposit on and to sense by hand."""
        return StigmergyMap(self, world)

    # --- scores --------------------------------------------------------------------------------

    def summarise(self, first: int, last: int) -> Array:
        """Return the global states of some worlds; see `hive_env.scenarios.forage.summary`."""
        return states_of(self, self.config, first, last)

    def state_bounds(self) -> tuple[Array, Array]:
        """Return the least and greatest `state`."""
        return bounds_of(self.config)
