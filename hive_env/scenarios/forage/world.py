"""The array API of Forage."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import numpy as np

from hive_env import snapshot
from hive_env.config import UNIT, HiveConfig, Size
from hive_env.ecs.columns import Array
from hive_env.enums import PAIRS, RESOURCE_TYPES, Health, Workforce
from hive_env.errors import ActionError, ArgumentError, ConfigError, HiveError, SnapshotError
from hive_env.scenarios.forage.blueprint import blueprint_of, statics_of
from hive_env.scenarios.forage.stigmergy import StigmergyMap
from hive_env.scenarios.forage.tick import (
    CLOSE,
    EXPERT_ORDERS,
    GROUND,
    IDENTIFY,
    OBSERVE,
    POLICIES,
    REWARD,
)
from hive_env.simulation import Blueprint, Simulation
from hive_env.systems import senses, space, workers

INDEX_LIMITS: Mapping[str, str | int] = {
    "id": "E",
    "home": "R",
    "cargo": RESOURCE_TYPES + 1,
    "specialist": RESOURCE_TYPES,
    "task": RESOURCE_TYPES + 1,
    "task_zone": 17,
    "health": len(Health),
    "demand": len(PAIRS),
    "season": len(PAIRS),
    "door": 2,
    "workforce": len(Workforce),
    "drawn": "R",
    "drawn_count": "G",
    "site_type": RESOURCE_TYPES,
    "site_cell": "C",
    "hazard_cell": "C",
}
"""Columns whose values are used as indices, and the first value (or length) that is too large."""

CHUNK = 1 << 16
"""Workers whose observations are held at once when a built-in policy decides."""


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


class Forage(Simulation):
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

    def __init__(
        self,
        config: HiveConfig | Size | str | int | None = None,
        worlds: int = 1,
        device: str = "cpu",
        threads: int | None = None,
        blueprint: Blueprint | None = None,
    ) -> None:
        self.config = config_of(config)
        super().__init__(blueprint or blueprint_of(self.config), worlds, device, threads)
        for name, content in statics_of(self.config).items():
            self.columns[name][...] = content
        self.workers = self.config.size.workers
        self.features = senses.WIDTH + (senses.DEEP["WIDTH"] if self.config.forage.depth > 1 else 0)
        base = np.diff(
            -(-np.arange(self.config.size.regions + 1) * self.workers // self.config.size.regions)
        )
        self._base_counts = np.tile(base, self.worlds)

    # --- who stands where ----------------------------------------------------------------------

    def _prepare(self, chosen: Array) -> None:
        if chosen.all() or not len(self.columns["member"]):
            self._allot(self._base_counts)

    def _allot(self, counts: Array) -> None:
        """Give every region slots for what stands in it, and some room."""
        room = np.maximum(counts, self._base_counts)
        room = room + room // 4 + 8
        grown = np.maximum(room, self.columns["member_room"])
        room = grown if grown.sum() <= 4 * room.sum() else room
        first = np.cumsum(room) - room
        self.columns["member_first"][...] = first
        self.columns["member_room"][...] = room
        total = int(first[-1] + room[-1])
        if len(self.columns["member"]) < total:
            self.columns["member"] = np.zeros(total, np.uint32)

    def inspect(self, saved: Mapping[str, Array]) -> None:
        """Raise `SnapshotError` for positions and indices outside the world."""
        constants = self.blueprint.constants
        for axis, extent in (("x", "cells_x"), ("y", "cells_y"), ("z", "depth")):
            position = saved[axis]
            end = int(constants[extent]) * UNIT
            if position.size and not 0 <= int(position.min()) <= int(position.max()) < end:
                raise SnapshotError(f"snapshot: column {axis!r} has positions outside the world.")
        lengths = self.blueprint.lengths
        for name, limit in INDEX_LIMITS.items():
            count = lengths[limit] if isinstance(limit, str) else limit
            # As many regions as a sector has may be ordered to draw, so this count may be reached.
            count += name == "drawn_count"
            column = saved[name]
            if column.size and not 0 <= int(column.min()) <= int(column.max()) < count:
                raise SnapshotError(
                    f"snapshot: column {name!r} has values outside 0 to {count - 1}."
                )
        ids = saved["id"].reshape(self.worlds, -1)
        if any((np.bincount(one, minlength=self.workers) != 1).any() for one in ids):
            raise SnapshotError("snapshot: column 'id' does not name every worker once.")
        local_y, local_x = np.divmod(saved["hazard_cell"], self.config.region_side)
        edge = self.config.region_side - 1
        inside = (local_x > 0) & (local_x < edge)
        inside &= (local_y % (edge + 1) > 0) & (local_y % (edge + 1) < edge)
        if not inside.all():
            raise SnapshotError("snapshot: column 'hazard_cell' has hazards at a region's edge.")

    def resume(self) -> None:
        """Go on from what the saved columns hold now: find anew who stands where.

        To be called after writing to columns by hand.

        Raises
        ------
        SnapshotError
            When they hold what cannot be; see `inspect`.
        """
        self.inspect(self.columns)
        super().resume()
        columns = self.columns
        counts = np.zeros(len(self._base_counts), np.int64)
        layout = (
            columns["x"], columns["y"], columns["region_grid"], self.workers,
            self.config.size.regions, self.config.size.regions_x, self.config.region_side,
        )  # fmt: skip
        space.count_members(*layout, counts)
        self._allot(counts)
        space.fill_members(
            *layout, columns["member_first"], columns["member_stay"], columns["member"]
        )
        columns["member_left"][...] = columns["member_stay"]
        columns["member_end"][...] = columns["member_stay"]
        columns["claim_first"][...] = workers.NO_CLAIM
        columns["claim_second"][...] = workers.NO_CLAIM
        columns["overflow"][...] = 0
        self.run_pass(GROUND)

    def _ticked(self) -> None:
        if self.columns["overflow"][0]:
            try:
                self.resume()
            except SnapshotError as error:
                raise HiveError(
                    f"a motion system moved workers out of the world: {error}"
                ) from None

    def sort_rows(self) -> None:
        """Order rows by the region where their workers stand; no result changes."""
        member, first = self.columns["member"], self.columns["member_first"]
        self._close_ranks()
        stay = self.columns["member_stay"]
        parts = [member[f : f + s] for f, s in zip(first, stay, strict=True)]
        self.permute(np.concatenate(parts).astype(np.int64))

    # --- a step --------------------------------------------------------------------------------

    def step(self, actions: Array) -> None:
        """Advance every world by one tick.

        Parameters
        ----------
        actions : uint8[W * N, 2] or integers of shape (W * N, 2) or (W, N, 2)
            Verb and deposit of every worker, by id. A C-contiguous uint8 array is read where it
            lies. What a failed worker asks for is read as (stay, no deposit).

        Raises
        ------
        ActionError
            When shape, dtype or a value is wrong; nothing has changed then.
        ResetNeededError
            Before the first reset.
        """
        self.need_ready()
        self._advance(action=self.checked(actions))

    def checked(self, actions: Array) -> Array:
        """Return actions as uint8[W * N, 2], or raise `ActionError`."""
        try:
            given = np.asarray(actions)
        except ValueError as error:
            raise ActionError("actions", "an array of integers", str(error)) from None
        total = self.worlds * self.workers
        if given.dtype.kind not in "iu":
            raise ActionError("actions", "integers", f"dtype {given.dtype}")
        if given.shape not in ((total, 2), (self.worlds, self.workers, 2)):
            raise ActionError("actions", f"shape ({total}, 2)", f"shape {given.shape}")
        flat = given.reshape(total, 2)
        verbs = int(self.blueprint.constants["verbs"])
        if flat.dtype == np.uint8 and flat.flags.c_contiguous:
            bad = space.first_invalid(flat, verbs, 5)
        else:
            wrong = (flat < 0) | (flat >= np.array([verbs, 5]))
            bad = int(np.argmax(wrong.any(axis=1))) if wrong.any() else -1
            flat = flat.astype(np.uint8) if bad < 0 else flat
        if bad >= 0:
            world, worker = divmod(bad, self.workers)
            raise ActionError(
                f"actions[{bad}] (world {world}, worker {worker})",
                f"a verb from 0 to {verbs - 1} and a deposit from 0 to 4",
                flat[bad].tolist(),
            )
        # A read-only array would be a type of its own to the compiler.
        return np.require(flat, requirements=["C", "W"])

    def _buffer(self, argument: str, given: Array | None, dtype: type, width: int = 0) -> Array:
        """Return the caller's buffer with a row for every worker, or a new one."""
        shape = (self.worlds * self.workers, width) if width else (self.worlds * self.workers,)
        if given is None:
            return np.zeros(shape, dtype)
        fits = isinstance(given, np.ndarray) and given.shape == shape and given.dtype == dtype
        if not fits or not given.flags.c_contiguous or not given.flags.writeable:
            name = np.dtype(dtype).name
            found = f"{getattr(given, 'dtype', type(given).__name__)} of shape {np.shape(given)}"
            raise ArgumentError(
                argument, f"a writeable C-contiguous {name} of shape {shape}", found
            )
        return given

    def observe(self, out: Array | None = None) -> Array:
        """Write every worker's observation.

        Parameters
        ----------
        out : uint8[W * N, F], optional
            F is 64, or 80 in worlds of depth above one. The caller's buffer; a new one by default.
        """
        self.need_ready()
        out = self._buffer("out", out, np.uint8, self.features)
        self.run_pass(OBSERVE, observation=out, by_id=1)
        return out

    def rewards(self, out: Array | None = None) -> Array:
        """Write every worker's immediate reward for the last tick.

        Parameters
        ----------
        out : float32[W * N], optional
            The caller's buffer; a new one by default.
        """
        self.need_ready()
        out = self._buffer("out", out, np.float32)
        self.run_pass(REWARD, reward=out)
        return out

    def _close_ranks(self) -> None:
        self.run_pass(CLOSE)

    def chunks(self, most: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield runs of regions that hold about so many workers each, and set their rows.

        Parameters
        ----------
        most : int
            Workers in a run, at least 1; a run has at least one region, whatever stands there.

        Yields
        ------
        first, last : int
            Regions, the last one excluded.
        base, count : int
            Row at which the run starts among all, and workers in it.
        """
        if not isinstance(most, int | np.integer) or isinstance(most, bool) or most < 1:
            raise ArgumentError("most", "a positive number of workers", most)
        columns = self.columns
        counts = columns["member_stay"] + (columns["member_end"] - columns["member_left"])
        ends = np.cumsum(counts, dtype=np.int64)
        columns["dense_first"][...] = ends - counts
        first, base = 0, 0
        while first < len(counts):
            last = max(int(np.searchsorted(ends, base + most, side="right")), first + 1)
            yield first, last, base, int(ends[last - 1]) - base
            first, base = last, int(ends[last - 1])

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
        chunk: int = CHUNK,
        medics: bool = True,
    ) -> Array:
        """Write the actions of a built-in policy for every worker.

        Parameters
        ----------
        policy : {"random", "reflex", "pheromone", "expert"}
            ``expert`` also orders the workforce of every sector, and knows all.
        actions : uint8[W * N, 2], optional
            The caller's buffer; a new one by default.
        chunk : int
            Workers whose observations are held at once.
        medics : bool
            Whether workers help the fallen beside them; without, failed ones wait to reboot.
        """
        self.need_ready()
        trail = int(policy == "pheromone")
        name = "reflex" if trail else policy
        if not isinstance(name, str) or name not in POLICIES:
            raise ArgumentError("policy", f"one of {', '.join((*POLICIES, 'pheromone'))}", policy)
        actions = self._buffer("actions", actions, np.uint8, 2)
        if name == "random":
            self.run_pass(POLICIES[name], action=actions)
            return actions
        if name == "expert":
            self.run_pass(EXPERT_ORDERS)
        view = np.empty((0, self.features), np.uint8)
        for first, last, base, count in self.chunks(chunk):
            if len(view) < count:
                view = np.empty((count, self.features), np.uint8)
            given = {
                "action": actions, "observation": view, "pheromone": trail,
                "medics": int(medics), "dense_base": base,
            }  # fmt: skip
            self.run_units(POLICIES[name], first, last, count, given)
        return actions

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a snapshot file; see `hive_env.snapshot.save`."""
        snapshot.save(self, path)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], device: str = "cpu", threads: int | None = None
    ) -> Forage:
        """Return worlds that go on from a snapshot file.

        A world with columns, systems or constants of the user's own is made from its blueprint
        instead, and takes the file over with `hive_env.snapshot.load`.

        Raises
        ------
        SnapshotError
            When the file is no snapshot, is truncated or altered, or of another version.
        """
        header = snapshot.describe(path)
        made = cls(snapshot.config_of(path), header["worlds"], device, threads)
        snapshot.load(path, made)
        return made

    def map(self, world: int = 0) -> StigmergyMap:
        """Return the stigmergy map of a world, to deposit on and to sense by hand."""
        return StigmergyMap(self, world)

    # --- scores --------------------------------------------------------------------------------

    def values(self) -> Array:
        """Return U of every world: value delivered in the episode so far, float64[W]."""
        by_region = self.columns["region_value"].reshape(self.worlds, -1)
        return np.asarray(by_region.sum(axis=1) / 1000.0)

    def done(self) -> Array:
        """Return which worlds have reached the end of their episode, bool[W]."""
        return np.asarray(self.columns["tick"] >= self.config.episode_ticks)
