"""Steps of a hive whose seats of one level are played by a learner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from baselines.learning.policies import kinds_of, rows_of
from baselines.learning.ppo import Learner, Rollout
from baselines.learning.views import View
from hive_env.wrappers import SeatsVectorEnv


class Collector:
    """Plays a learner in all seats, and keeps what it needs to learn.

    What a network remembers lies in the hive's own column ``memory``, as where `SpecialistPool`
    plays it: it begins anew with an episode, and with a fault that makes a worker forget.

    Parameters
    ----------
    env : SeatsVectorEnv
        Of the mode ``Disabled``: what is seen last is looked at before the next episode begins.
    learner : Learner
        Who plays.
    view : View
        What it is shown.
    seed : int
        Of the first world.
    central : View, optional
        What its critic is shown, where it has one of its own.
    """

    def __init__(
        self,
        env: SeatsVectorEnv,
        learner: Learner,
        view: View,
        seed: int,
        central: View | None = None,
    ) -> None:
        self.env, self.learner = env, learner
        self.view, self.central = view, central
        self._take(*env.reset(seed=seed))
        self.kind = kinds_of(env.simulation, view.level, learner.network)

    def state(self) -> dict[str, Any]:
        """Return what it goes on from: the worlds, and what its view keeps."""
        return {"worlds": self.env.simulation.snapshot(), "view": self.view.state()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` has returned."""
        hive, level = self.env.simulation, self.view.level
        hive.restore(state["worlds"])
        self.view.load(state["view"])
        self._take(hive.observe(level=level), {"action_mask": hive.masks(level)})

    def _take(self, seen: Any, infos: dict[str, Any]) -> None:
        hive = self.env.simulation
        self._seen = self.view(hive, seen)
        self._shown = None if self.central is None else self.central(hive, seen)
        self._masks = torch.as_tensor(infos["action_mask"])
        self._able = torch.as_tensor(hive.able(self.view.level))

    def _value(self) -> Tensor:
        return self.learner.value(self._seen, self.kind, self._recalled(), self._shown)

    def _recalled(self) -> Tensor | None:
        """Return what the network remembers in each seat, a new float32[n, M]."""
        if not self.learner.network.memory:
            return None
        hive = self.env.simulation
        found = np.empty_like(hive.columns["memory"])
        found[rows_of(hive)] = hive.columns["memory"]
        return torch.as_tensor(found)

    def _remember(self, memory: Tensor) -> None:
        hive = self.env.simulation
        hive.columns["memory"][:] = memory.numpy()[rows_of(hive)]

    def collect(self, steps: int) -> Rollout:
        """Take so many steps."""
        kept: dict[str, list[Tensor]] = {
            name: []
            for name in (
                *("seen", "masks", "counted", "actions", "chance", "values", "after"),
                *("rewards", "ended", "central", "forgot"),
            )
        }
        before = self._recalled()
        for _ in range(steps):
            actions, chance, values, memory = self.learner.act(
                self._seen, self.kind, self._masks, self._recalled(), self._shown
            )
            if memory is not None:
                self._remember(memory)
            if kept["values"]:
                # What was seen after the step before, where its episode went on.
                kept["after"][-1] = torch.where(kept["ended"][-1], kept["after"][-1], values)
            for name, one in (
                *(("seen", self._seen), ("masks", self._masks), ("counted", self._able)),
                *(("actions", actions), ("chance", chance), ("values", values)),
            ):
                kept[name].append(one)
            if self._shown is not None:
                kept["central"].append(self._shown)
            seen, rewards, _, truncated, infos = self.env.step(actions.numpy().astype(np.uint8))
            self._take(seen, infos)
            ended = torch.as_tensor(truncated)
            after = torch.zeros_like(values)
            if truncated.any():
                after = torch.where(ended, self._value(), after)
                self._take(*self.env.reset(options={"reset_mask": truncated}))
            if memory is not None:
                kept["forgot"].append(~self._recalled().any(-1))
            kept["rewards"].append(torch.as_tensor(rewards, dtype=torch.float32))
            kept["ended"].append(ended)
            kept["after"].append(after)
        kept["after"][-1] = torch.where(kept["ended"][-1], kept["after"][-1], self._value())
        stacked = {name: torch.stack(ones) for name, ones in kept.items() if ones}
        return Rollout(kind=self.kind, memory=before, **stacked)
