"""Hindsight: what came of an order, as if that had been the order.

Andrychowicz et al., *Hindsight experience replay* (2017), relabel the goals of what is replayed;
Levy et al., *Learning multi-level hierarchies with hindsight* (2019), the actions of those above as
what those below have come to. A learner on its own policy replays nothing, and its ratios of
probabilities hold for the orders that were given alone; so what is relabelled is imitated instead:

- Workers imitate what led to a pick under the order that would have asked for it, whoever's order
  it was (Ghosh et al., *Learning to reach goals via iterated supervised learning*, 2021).
- Managers and orchestrators imitate the order that would have asked for what came of theirs, as far
  as it paid more than was expected (Oh et al., *Self-imitation learning*, 2018). What came of a
  governor's order to move workers cannot be told from what its regions count.
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
from hive_env.scenarios.features import Feature
from hive_env.scenarios.hive import Hive

HOLDS = ("cargo", "job")
"""What a worker has, by family: features ``cargo_T`` or ``job_T``, of each type T."""

GOAL = "goal"
"""What its order asks for: features ``goal_T``."""


COUNTS = ("picked", "delivered")
"""Columns of units or tasks by region and type: what came of orders, the first that there is."""


class Outcome:
    """Tells what has come of the orders of managers or orchestrators, as orders.

    Of a manager's types that which most was picked of (Queue: handed in) would have been high, what
    nothing was picked of off, and the others normal; an orchestrator's quotas would have been in
    proportion, the highest 3. The rest of the action stays what it was.

    Parameters
    ----------
    hive : Hive
        The worlds.
    level : str
        ``manager`` or ``orchestrator``.
    """

    def __init__(self, hive: Hive, level: str) -> None:
        self.hive, self.level = hive, level
        self.column = next(one for one in COUNTS if one in hive.columns)
        self.begin()

    def begin(self) -> None:
        """Count from now on."""
        self._since = self._counts()

    def __call__(self, actions: Tensor) -> Tensor:
        """Return what has come of actions since `begin`, like them int64[W * S, C]."""
        grown = self._counts() - self._since
        most = np.maximum(grown.max(axis=1, keepdims=True), 1)
        if self.level == "manager":
            found = np.where(grown == 0, 0, np.where(grown == most, 2, 1))
        else:
            found = np.rint(3 * grown / most)
        came = actions.clone()
        came[:, : found.shape[1]] = torch.as_tensor(found.astype(np.int64))
        return came

    def _counts(self) -> Array:
        hive = self.hive
        counts = np.asarray(hive.host(hive.columns[self.column]), np.int64)
        if self.level == "manager":
            return counts.copy()
        found = np.zeros((hive.worlds * hive.levels[self.level].seats, counts.shape[1]), np.int64)
        whose = superior_of(hive, "governor")[superior_of(hive, "manager")]
        np.add.at(found, whose, counts)
        return found


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

        Steps whose outcome could not have been ordered have none.
        """
        assert rollout.outcomes is not None
        came = rollout.outcomes
        parts = rollout.masks.split(self.choices, -1)
        opened = [part.gather(-1, came[..., at : at + 1]) for at, part in enumerate(parts)]
        able = torch.cat(opened, -1).all(-1) & rollout.counted
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
        types = [name.removeprefix(f"{GOAL}_") for name in names if name.startswith(f"{GOAL}_")]
        held = [one for one in HOLDS if types and f"{one}_{types[0]}" in names]
        if len(held) != 1:
            expected = f"those of workers, with {GOAL}_T and {' or '.join(HOLDS)}_T of each type T"
            raise ArgumentError("features", expected, names)
        self.goals = [names.index(f"{GOAL}_{one}") for one in types]
        self.holds = [names.index(f"{held[0]}_{one}") for one in types]
        of_goals = [features[at] for at in self.goals]
        self.high = torch.tensor([round(one.high * one.scale) + one.zero for one in of_goals])
        self.low = torch.tensor([round(one.low * one.scale) + one.zero for one in of_goals])

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
        asked = came[..., None] == torch.arange(len(self.goals))
        seen = rollout.seen.clone()
        seen[..., self.goals] = torch.where(asked, self.high, self.low).to(seen.dtype)
        return Hindsight(seen, rollout.actions, reached.float())


def looking_back(
    hive: Hive, view: View, recipe: Recipe
) -> tuple[Relabel | Fulfil | None, Outcome | None]:
    """Return how a level learns from what came of its steps, and who tells what that was.

    Nothing for a recipe without hindsight, and for governors.
    """
    level = hive.levels[view.level]
    if not recipe.hindsight or view.level == "governor":
        return None, None
    if view.level == "worker":
        return Relabel(view.features(hive)), None
    return Fulfil(level.choices), Outcome(hive, view.level)
