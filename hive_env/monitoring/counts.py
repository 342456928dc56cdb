"""What is counted while worlds tick: whole numbers, from which every metric follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError

CHUNK = 1 << 20
"""Seats that are looked at together: what is worked out about them stays a few megabytes."""


@dataclass(frozen=True)
class Counts:
    """What was counted in some ticks of W worlds. Counts of ticks that follow one another add up.

    Parameters
    ----------
    workers : int
        N, workers of a world.
    processors : int
        Processors that this process may use.
    choices : mapping of str to tuple of int
        Number of values of each part of an action, by level.
    seconds : float64[W]
        Time on the wall.
    cpu_seconds : float64[W]
        Processor time of this process, of all its threads.
    table : mapping of str to int64[W] or int64[W, A]
        Counts by name; those of a level are named ``name/level``. A name that is missing is not
        counted in such worlds. See `hive_env.monitoring.tallies`.
    """

    workers: int
    processors: int
    choices: Mapping[str, tuple[int, ...]]
    seconds: Array
    cpu_seconds: Array
    table: Mapping[str, Array]

    @property
    def worlds(self) -> int:
        """W."""
        return len(self.seconds)

    def __add__(self, other: Counts) -> Counts:
        """Return the counts of both, which must be of the same worlds."""
        if self.table.keys() != other.table.keys() or self.worlds != other.worlds:
            raise ArgumentError(
                "counts",
                f"{', '.join(self.table)} of {self.worlds} worlds",
                f"{', '.join(other.table)} of {other.worlds}",
                "Add up readings of one Meter.",
            )
        return replace(
            self,
            seconds=self.seconds + other.seconds,
            cpu_seconds=self.cpu_seconds + other.cpu_seconds,
            table={name: array + other.table[name] for name, array in self.table.items()},
        )

    def without(self, worlds: Array) -> Counts:
        """Return the counts with nothing counted in some worlds, bool[W]."""
        kept = ~worlds

        def cleared(array: Array) -> Array:
            return np.asarray(array * kept.reshape(-1, *(1,) * (array.ndim - 1)))

        return replace(
            self,
            seconds=cleared(self.seconds),
            cpu_seconds=cleared(self.cpu_seconds),
            table={name: cleared(array) for name, array in self.table.items()},
        )

    def pooled(self) -> Counts:
        """Return the counts of all worlds as those of one: sums, but the worlds' mean time."""
        return replace(
            self,
            seconds=self.seconds.mean(keepdims=True),
            cpu_seconds=self.cpu_seconds.mean(keepdims=True),
            table={name: array.sum(axis=0, keepdims=True) for name, array in self.table.items()},
        )


def histogram(actions: Array, counted: Array, choices: Sequence[int]) -> Array:
    """Return how often each value of each part was chosen.

    Parameters
    ----------
    actions : uint8[W, S, C]
        Actions by world and seat.
    counted : bool[W, S] or bool[W, S, C]
        Which seats' actions count, or which parts of them.
    choices : sequence of int
        Number of values of each part, at most 255.

    Returns
    -------
    int64[W, sum(choices)]
        The parts one after another.
    """
    found = []
    for part, size in enumerate(choices):
        where = counted[..., part] if counted.ndim == 3 else counted
        # What does not count has a value of its own, which is left out.
        values = np.where(where, actions[..., part], np.uint8(size))
        found.append(occurrences(values, size + 1)[:, :size])
    return np.concatenate(found, axis=1)


def occurrences(values: Array, bins: int) -> Array:
    """Return how often each number occurs in each row, int64[W, bins].

    Parameters
    ----------
    values : uint8[W, S]
        Numbers below ``bins``.
    bins : int
        How many numbers there are.
    """
    out = np.zeros((len(values), bins), np.int64)
    for worlds, part in chunks(values):
        rows = len(part)
        if rows > 1:
            part = part + bins * np.arange(rows)[:, None]
        out[worlds] += np.bincount(part.ravel(), minlength=rows * bins).reshape(rows, bins)
    return out


def bits_set(words: Array, masks: Sequence[int]) -> Array:
    """Return in how many words of each row some bit of each mask is set, int64[n, W].

    Parameters
    ----------
    words : unsigned integers [W, S]
        The words.
    masks : sequence of int
        n masks.
    """
    out = np.zeros((len(masks), len(words)), np.int64)
    wanted = np.array(masks, words.dtype)[:, None, None]
    for worlds, part in chunks(words):
        out[:, worlds] += np.count_nonzero(part & wanted, axis=2)
    return out


def chunks(table: Array) -> Iterator[tuple[slice, Array]]:
    """Yield the rows of a table [W, S] that are at hand, and what is to be looked at of them."""
    worlds, seats = table.shape
    together = max(1, CHUNK // seats)
    for world in range(0, worlds, together):
        rows = slice(world, min(world + together, worlds))
        for seat in range(0, seats, CHUNK):
            yield rows, table[rows, seat : seat + CHUNK]
