"""The seats of a level that a learner plays, and what it needs of them to learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from baselines.learning.hindsight import Outcome
from baselines.learning.policies import kinds_of, rows_of
from baselines.learning.ppo import Learner, Rollout
from baselines.learning.views import View
from hive_env.ecs.columns import Array
from hive_env.scenarios.hive import Hive

STEPS = (
    *("seen", "masks", "counted", "actions", "chance", "values", "after"),
    *("rewards", "ended", "central", "forgot", "outcomes"),
)
"""Parts of a `Rollout` that have an entry for each step."""


class Seats:
    """Plays a learner in all seats of a level, and keeps what it needs to learn.

    For each step: `look`, `act`, let the worlds go on, `look`, `paid`; where episodes have ended,
    reset them and `look` again. What a network remembers lies in the hive's own column ``memory``,
    as where `SpecialistPool` plays it: it begins anew with an episode, and with a fault that makes
    a worker forget.

    Parameters
    ----------
    hive : Hive
        The worlds, which have been reset.
    learner : Learner
        Who plays.
    view : View
        What it is shown.
    central : View, optional
        What its critic is shown, where it has one of its own.
    outcome : Outcome, optional
        Who tells what came of its actions, where that is learned from.
    """

    def __init__(
        self,
        hive: Hive,
        learner: Learner,
        view: View,
        central: View | None = None,
        outcome: Outcome | None = None,
    ) -> None:
        self.hive, self.learner, self.view, self.central = hive, learner, view, central
        self.outcome = outcome
        self.kind = kinds_of(hive, view.level, learner.network)
        self._begin()

    def __len__(self) -> int:
        """Return how many steps have been played since the last `take`."""
        return len(self._kept["rewards"])

    def _begin(self) -> None:
        self._kept: dict[str, list[Tensor]] = {name: [] for name in STEPS}
        self._before: Tensor | None = None

    def look(self, seen: Any = None, masks: Any = None) -> None:
        """Take in what the seats observe, and what is open to them; it is asked for by default."""
        hive, level = self.hive, self.view.level
        seen = hive.observe(level=level) if seen is None else seen
        self.seen = self.view(hive, seen)
        self.shown = None if self.central is None else self.central(hive, seen)
        self._masks = torch.as_tensor(hive.masks(level) if masks is None else masks)
        self._able = torch.as_tensor(hive.able(level))

    def act(self) -> Array:
        """Return what the learner chooses, uint8[W * S, C], and keep it."""
        kept, before = self._kept, self._recalled()
        actions, chance, values, memory = self.learner.act(
            self.seen, self.kind, self._masks, before, self.shown
        )
        if memory is not None:
            self._remember(memory)
        if kept["values"]:
            # What was seen after the step before, where its episode went on.
            kept["after"][-1] = torch.where(kept["ended"][-1], kept["after"][-1], values)
        else:
            self._before = before
        for name, one in (
            *(("seen", self.seen), ("masks", self._masks), ("counted", self._able)),
            *(("actions", actions), ("chance", chance), ("values", values)),
        ):
            kept[name].append(one)
        if self.shown is not None:
            kept["central"].append(self.shown)
        if self.outcome is not None:
            self.outcome.begin()
        return np.asarray(actions.numpy().astype(np.uint8))

    def paid(self, rewards: Array, ended: Array) -> None:
        """Take in what the step paid, and where its episode ended with it; both by seat."""
        kept, cut = self._kept, torch.as_tensor(ended)
        after = torch.zeros(len(cut))
        if ended.any():
            after = torch.where(cut, self._value(), after)
        if self.outcome is not None:
            kept["outcomes"].append(self.outcome(kept["actions"][-1]))
        kept["rewards"].append(torch.as_tensor(rewards, dtype=torch.float32))
        kept["ended"].append(cut)
        kept["after"].append(after)

    def begun(self) -> None:
        """Take in what is still remembered, now that episodes which had ended have begun anew."""
        if self.learner.network.memory:
            self._kept["forgot"].append(~self._known().any(-1))

    def take(self) -> Rollout:
        """Return what has been kept, of one step at least, and begin anew."""
        kept, before = self._kept, self._before
        kept["after"][-1] = torch.where(kept["ended"][-1], kept["after"][-1], self._value())
        self._begin()
        stacked = {name: torch.stack(ones) for name, ones in kept.items() if ones}
        return Rollout(kind=self.kind, memory=before, **stacked)

    def _value(self) -> Tensor:
        return self.learner.value(self.seen, self.kind, self._recalled(), self.shown)

    def _recalled(self) -> Tensor | None:
        """Return what the network remembers in each seat, a new float32[n, M]."""
        return self._known() if self.learner.network.memory else None

    def _known(self) -> Tensor:
        found = np.empty_like(self.hive.columns["memory"])
        found[rows_of(self.hive)] = self.hive.columns["memory"]
        return torch.as_tensor(found)

    def _remember(self, memory: Tensor) -> None:
        self.hive.columns["memory"][:] = memory.numpy()[rows_of(self.hive)]
