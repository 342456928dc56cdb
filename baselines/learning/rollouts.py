"""Steps of a hive whose seats of one level are played by a learner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from baselines.learning.policies import kinds_of
from baselines.learning.ppo import Learner, Rollout
from hive_env.wrappers import SeatsVectorEnv


class Collector:
    """Plays a learner in all seats, and keeps what it needs to learn.

    Parameters
    ----------
    env : SeatsVectorEnv
        Of the mode ``SameStep``.
    learner : Learner
        Who plays.
    level : str
        The level of the seats.
    seed : int
        Of the first world.
    """

    def __init__(self, env: SeatsVectorEnv, learner: Learner, level: str, seed: int) -> None:
        self.env, self.learner, self.level = env, learner, level
        seen, infos = env.reset(seed=seed)
        self._take(seen, infos)
        self.kind = kinds_of(env.simulation, level, learner.network)
        width = learner.network.memory
        self._memory = torch.zeros(env.num_envs, width) if width else None
        self.finished: list[float] = []
        """U by worker of the episodes that have ended since it was last emptied."""

    def state(self) -> dict[str, Any]:
        """Return what it goes on from: the worlds, and what the network remembers."""
        return {"worlds": self.env.simulation.snapshot(), "memory": self._memory}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` has returned."""
        hive = self.env.simulation
        hive.restore(state["worlds"])
        self._memory = state["memory"]
        self._take(hive.observe(level=self.level), {"action_mask": hive.masks(self.level)})

    def _take(self, seen: Any, infos: dict[str, Any]) -> None:
        self._seen = torch.as_tensor(seen)
        self._masks = torch.as_tensor(infos["action_mask"])
        self._able = torch.as_tensor(self.env.simulation.able(self.level))

    def collect(self, steps: int) -> Rollout:
        """Take so many steps."""
        kept: dict[str, list[Tensor]] = {
            name: []
            for name in (
                *("seen", "masks", "counted", "actions", "chance", "values", "after"),
                *("rewards", "ended"),
            )
        }
        before = self._memory
        for _ in range(steps):
            actions, chance, values, memory = self.learner.act(
                self._seen, self.kind, self._masks, self._memory
            )
            if kept["values"]:
                # What was seen after the step before, where its episode went on.
                kept["after"][-1] = torch.where(kept["ended"][-1], kept["after"][-1], values)
            for name, one in (
                *(("seen", self._seen), ("masks", self._masks), ("counted", self._able)),
                *(("actions", actions), ("chance", chance), ("values", values)),
            ):
                kept[name].append(one)
            seen, rewards, _, truncated, infos = self.env.step(actions.numpy().astype(np.uint8))
            self._take(seen, infos)
            ended = torch.as_tensor(truncated)
            after = torch.zeros_like(values)
            if truncated.any():
                last = self.learner.value(torch.as_tensor(infos["final_obs"]), self.kind, memory)
                after = torch.where(ended, last, after)
                done = infos["final_info"]["u_per_worker"][truncated][:: self.env.seats]
                self.finished += done.tolist()
            self._memory = None if memory is None else memory * ~ended[:, None]
            kept["rewards"].append(torch.as_tensor(rewards, dtype=torch.float32))
            kept["ended"].append(ended)
            kept["after"].append(after)
        values = self.learner.value(self._seen, self.kind, self._memory)
        kept["after"][-1] = torch.where(kept["ended"][-1], kept["after"][-1], values)
        stacked = {name: torch.stack(ones) for name, ones in kept.items()}
        return Rollout(kind=self.kind, memory=before, **stacked)
