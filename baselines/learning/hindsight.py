"""Hindsight: what came of an order, as if that had been the order.

Andrychowicz et al., *Hindsight experience replay* (2017), relabel the goals of what is replayed;
Levy et al., *Learning multi-level hierarchies with hindsight* (2019), the actions of those above as
what those below have come to. A learner on its own policy replays nothing, and its ratios of
probabilities hold for the orders that were given alone; so what is relabelled is imitated instead:

- Workers imitate what led to a pick under the order that would have asked for it, whoever's order
  it was (Ghosh et al., *Learning to reach goals via iterated supervised learning*, 2021).
- Those above imitate the order that was in effect carried out (`hive_env.hindsight`), as far as it
  paid more than was expected (Oh et al., *Self-imitation learning*, 2018).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from baselines.learning.ppo import Hindsight, Recipe, Rollout
from baselines.learning.views import View, superior_of
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.hindsight import (
    achieved_focus,
    achieved_priorities,
    achieved_workforce,
    away_counts,
    by_slot,
)
from hive_env.scenarios.features import Feature
from hive_env.scenarios.forage.levels import PRIORITIES
from hive_env.scenarios.hive import Hive

HOLDS = ("cargo", "job")
"""What a worker has, by family: features ``cargo_T`` or ``job_T``, of each type T."""

ASKS = ("goal", "priority")
"""What its order asks for: features ``goal_T``; in Queue ``priority_T`` besides."""

COUNTS = ("picked", "delivered")
"""Columns of units or tasks by region and type: what came of orders, the first that there is."""

PLACES = ("home", "post")
"""Columns of the region that a worker works for, likewise."""

UNKNOWN = -1
"""An action of which nobody knows what came."""


class Outcome:
    """Tells what came of the orders of an upper level, as orders.

    A manager's priorities and, in Forage, its focus: `achieved_priorities` of what its region's
    workers picked (Queue: handed in) since, and `achieved_focus` of where they are. A governor's
    workforce orders: `achieved_workforce`. An orchestrator's quotas: in proportion to what the
    workers of its hive picked (Queue: handed in), the highest 3. The rest of the action stays what
    it was. Where nothing was picked at all it is unknown what managers' and orchestrators' orders
    came to.

    Parameters
    ----------
    hive : Hive
        The worlds.
    level : str
        An upper level.

    Raises
    ------
    ArgumentError
        For managers who order squads: nobody knows what came of these.
    """

    def __init__(self, hive: Hive, level: str) -> None:
        if level == "manager" and hive.levels[level].choices[0] != PRIORITIES:
            expected = "of managers who give priorities, for hindsight"
            raise ArgumentError("orders", expected, hive.levels[level].choices)
        self.hive, self.level = hive, level
        self.counted = next(one for one in COUNTS if one in hive.columns)
        self.placed = next(one for one in PLACES if one in hive.columns)
        self.begin()

    def begin(self) -> None:
        """Count from now on."""
        self._since = self._units()

    def __call__(self, actions: Tensor) -> Tensor:
        """Return what has come of actions since `begin`, int64[W * S, C]; `UNKNOWN` where it is."""
        came = actions.clone()
        if self.level == "governor":
            found, known = self._workforce(), np.ones(len(actions), bool)
        else:
            units = self._units() - self._since
            found, known = achieved_priorities(units)
            if self.level == "orchestrator":
                most = np.maximum(units.max(axis=1, keepdims=True), 1)
                found = np.rint(3 * units / most)
            elif "zone_crowd" in self.hive.columns:
                crowd = self._column("zone_crowd")
                found = np.concatenate([found, achieved_focus(crowd)[:, None]], axis=1)
        came[:, : found.shape[1]] = torch.as_tensor(found.astype(np.int64))
        came[~torch.as_tensor(known)] = UNKNOWN
        return came

    def _column(self, name: str) -> Array:
        return np.asarray(self.hive.host(self.hive.columns[name]), np.int64)

    def _units(self) -> Array:
        """Return units by seat and type, int64[W * S, K]."""
        hive = self.hive
        counts = self._column(self.counted)
        if self.level != "orchestrator":
            return counts.copy()
        found = np.zeros((hive.worlds * hive.levels[self.level].seats, counts.shape[1]), np.int64)
        np.add.at(found, superior_of(hive, "governor")[superior_of(hive, "manager")], counts)
        return found

    def _workforce(self) -> Array:
        hive, managers = self.hive, self.hive.levels["manager"].seats
        away = away_counts(
            self._column("id"), self._column(self.placed), hive.worlds, managers
        )  # fmt: skip
        orders = achieved_workforce(*away)
        if "reports" in hive.columns:
            reports, filled = self._column("reports"), self._column("reports_count")
        else:
            # Nobody changes governors: a governor's slots are its regions in their order.
            above = superior_of(hive, "manager")
            filled = np.bincount(above, minlength=hive.worlds * hive.levels["governor"].seats)
            ordered = np.argsort(above, kind="stable")
            slot = np.arange(len(above)) - (np.cumsum(filled) - filled)[above[ordered]]
            reports = np.zeros((len(filled), len(hive.levels["governor"].choices)), np.int64)
            reports[above[ordered], slot] = ordered % managers
        return by_slot(orders, reports, filled, hive.worlds)


class Fulfil:
    """Has those above imitate the orders that would have asked for what came of theirs.

    Parameters
    ----------
    choices : sequence of int
        Of the level.
    """

    def __init__(self, choices: Sequence[int]) -> None:
        self.choices = tuple(choices)

    def __call__(self, rollout: Rollout, gains: Tensor) -> Hindsight:
        """Return what came of each step; its weight is what it gained, in deviations, if it did.

        Steps whose outcome is unknown, or could not have been ordered, have none.
        """
        assert rollout.outcomes is not None
        known = (rollout.outcomes != UNKNOWN).all(-1)
        came = rollout.outcomes.clamp(min=0)
        parts = rollout.masks.split(self.choices, -1)
        opened = [part.gather(-1, came[..., at : at + 1]) for at, part in enumerate(parts)]
        able = torch.cat(opened, -1).all(-1) & known & rollout.counted
        weight = (gains / (gains.std() + 1e-8)).clamp(min=0) * able
        return Hindsight(rollout.seen, came, weight)


class Relabel:
    """Gives the steps of workers the orders that their next pick would have fulfilled.

    A step is relabelled when its worker held nothing and then, in the same episode and rollout,
    took goods (Queue: a task) of some type: that type is ordered, and no other.

    Parameters
    ----------
    features : sequence of Feature
        Of what the workers are shown, as bytes.

    Raises
    ------
    ArgumentError
        When they are not those of workers.
    """

    def __init__(self, features: Sequence[Feature]) -> None:
        names = [one.name for one in features]
        goal = f"{ASKS[0]}_"
        types = [name.removeprefix(goal) for name in names if name.startswith(goal)]
        held = [one for one in HOLDS if types and f"{one}_{types[0]}" in names]
        if len(held) != 1:
            expected = f"those of workers, with {goal}T and {' or '.join(HOLDS)}_T of each type T"
            raise ArgumentError("features", expected, names)
        self.asks = [
            [names.index(f"{group}_{one}") for one in types]
            for group in ASKS
            if f"{group}_{types[0]}" in names
        ]
        self.holds = [names.index(f"{held[0]}_{one}") for one in types]
        asked = [features[at] for at in self.asks[0]]
        self.high = torch.tensor([round(one.high * one.scale) + one.zero for one in asked])
        self.low = torch.tensor([round(one.low * one.scale) + one.zero for one in asked])

    def __call__(self, rollout: Rollout, gains: Tensor) -> Hindsight:
        """Return what came of each step; all that came to something weigh the same."""
        held = rollout.seen[..., self.holds] > 0
        empty = ~held.any(-1)
        nothing = torch.full(empty.shape[1:], -1)
        came = torch.full(empty.shape, -1)
        later = nothing
        # What the last step came to is not in the rollout.
        for step in range(len(came) - 2, -1, -1):
            took = torch.where(held[step + 1].any(-1), held[step + 1].int().argmax(-1), later)
            later = torch.where(empty[step] & ~rollout.ended[step], took, nothing)
            came[step] = later
        reached = (came >= 0) & rollout.counted
        asked = came[..., None] == torch.arange(len(self.holds))
        seen = rollout.seen.clone()
        for group in self.asks:
            seen[..., group] = torch.where(asked, self.high, self.low).to(seen.dtype)
        return Hindsight(seen, rollout.actions, reached.float())


def looking_back(
    hive: Hive, view: View, recipe: Recipe
) -> tuple[Relabel | Fulfil | None, Outcome | None]:
    """Return how a level learns from what came of its steps, and who tells what that was.

    Nothing for a recipe without hindsight.
    """
    level = hive.levels[view.level]
    if not recipe.hindsight:
        return None, None
    if view.level == "worker":
        return Relabel(view.features(hive)), None
    return Fulfil(level.choices), Outcome(hive, view.level)
