"""What a learner is shown of the seats of a level: what they observe, and what is told besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.scenarios.areas import areas_of
from hive_env.scenarios.features import Feature, exact
from hive_env.scenarios.hive import LEVELS, UPPER, Hive


@dataclass(frozen=True)
class View:
    """What the seats of a level observe, and nothing else.

    Parameters
    ----------
    level : str
        Whose seats.
    """

    level: str

    def features(self, hive: Hive) -> tuple[Feature, ...]:
        """Return the features of a row."""
        return hive.levels[self.level].features

    def __call__(self, hive: Hive, observed: Any) -> Tensor:
        """Return a row for each seat, [W * S, F], from what `Hive.observe` gives."""
        return torch.as_tensor(observed)

    def anew(self) -> View:
        """Return a view for other worlds, which keeps nothing of what this one was shown."""
        return self

    def state(self) -> Any:
        """Return what it keeps between calls: nothing."""
        return None

    def load(self, state: Any) -> None:
        """Go on from what `state` has returned."""


@dataclass(frozen=True)
class ManagersView(View):
    """Besides what a worker observes, what its manager does."""

    def features(self, hive: Hive) -> tuple[Feature, ...]:
        """Return the features of a row."""
        return (*super().features(hive), *told_by(hive, "manager"))

    def __call__(self, hive: Hive, observed: Any) -> Tensor:
        """Return a row for each worker, float32[W * N, F]."""
        told = hive.observe(level="manager")[superior_of(hive, "worker")]
        return torch.as_tensor(np.concatenate([observed, told], axis=1, dtype=np.float32))


@dataclass(frozen=True)
class HeldViews(View):
    """Besides what a worker observes, what all above it observed at their last decision.

    From the top down. It is to be asked in every tick.
    """

    held: dict[str, Array] = field(default_factory=dict, compare=False, repr=False)

    def features(self, hive: Hive) -> tuple[Feature, ...]:
        """Return the features of a row."""
        told = [one for level in reversed(UPPER) for one in told_by(hive, level)]
        return (*super().features(hive), *told)

    def widths(self, hive: Hive) -> tuple[int, ...]:
        """Return how many of them are of each level above, from the top down."""
        return tuple(len(hive.levels[level].features) for level in reversed(UPPER))

    def __call__(self, hive: Hive, observed: Any) -> Tensor:
        """Return a row for each worker, float32[W * N, F]."""
        parts, rows = [], superior_of(hive, "worker")
        for below, level in zip(LEVELS, UPPER, strict=False):
            if below != "worker":
                rows = superior_of(hive, below)[rows]
            parts.append(self._last(hive, level)[rows])
        return torch.as_tensor(np.concatenate([observed, *parts[::-1]], axis=1, dtype=np.float32))

    def _last(self, hive: Hive, level: str) -> Array:
        """Return what the seats of a level observed when they last decided."""
        now, seats = hive.observe(level=level), hive.levels[level].seats
        held = self.held.get(level)
        if held is None or held.shape != now.shape:
            held = now
        due = hive.deciding(level).repeat(seats)
        self.held[level] = np.where(due[:, None], now, held)
        return self.held[level]

    def anew(self) -> HeldViews:
        """Return a view for other worlds, which keeps nothing of what this one was shown."""
        return HeldViews(self.level)

    def state(self) -> dict[str, Array]:
        """Return what it keeps between calls."""
        return dict(self.held)

    def load(self, state: Mapping[str, Array]) -> None:
        """Go on from what `state` has returned."""
        self.held.update(state)


@dataclass(frozen=True)
class CentralView(View):
    """Besides what a worker or manager observes, the global state: its own region's, and the mean.

    Of the state of every region (`Hive.state`) a seat's critic needs its own most; all of them
    would be the same numbers for every seat, and more than what it observes (Yu et al., 2022, on
    states that are pruned to the agent).

    Raises
    ------
    ArgumentError
        For a level above, whose seats are in more than one region; and for a hive so large that its
        state is no longer by region.
    """

    def __post_init__(self) -> None:
        """Refuse levels whose seats are in no one region."""
        if self.level not in ("worker", "manager"):
            raise ArgumentError("level", "worker or manager", self.level)

    def features(self, hive: Hive) -> tuple[Feature, ...]:
        """Return the features of a row."""
        regions, (low, high) = _regions(hive), hive.state_bounds()
        if areas_of(hive.config.size).kind != "region":
            raise ArgumentError("size", "a hive whose state is by region", f"{regions:,} regions")
        low, high = low.reshape(regions, -1), high.reshape(regions, -1)
        told = [
            exact(f"{whose}_{at}", float(low[0, at]), float(high[0, at]))
            for whose in ("region", "hive")
            for at in range(low.shape[1])
        ]
        return (*super().features(hive), *told)

    def __call__(self, hive: Hive, observed: Any) -> Tensor:
        """Return a row for each seat, float32[W * S, F]."""
        regions = _regions(hive)
        states = hive.states().reshape(hive.worlds, regions, -1)
        mean = states.mean(axis=1, keepdims=True).repeat(regions, axis=1)
        rows = np.concatenate([states, mean], axis=2).reshape(hive.worlds * regions, -1)
        if self.level == "worker":
            rows = rows[superior_of(hive, "worker")]
        return torch.as_tensor(np.concatenate([observed, rows], axis=1, dtype=np.float32))


def told_by(hive: Hive, level: str) -> tuple[Feature, ...]:
    """Return what a level observes under names that are apart from those of other levels."""
    return tuple(replace(one, name=f"{level}_{one.name}") for one in hive.levels[level].features)


def _regions(hive: Hive) -> int:
    return hive.levels["manager"].seats


def superior_of(hive: Hive, level: str) -> Array:
    """Return the row of whom each seat of a level reports to, int64[W * S]."""
    above = LEVELS[LEVELS.index(level) + 1]
    first = np.arange(hive.worlds).repeat(hive.levels[level].seats) * hive.levels[above].seats
    return np.asarray(first + hive.superiors(level))
