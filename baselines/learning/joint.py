"""Training of all levels at once, in the same worlds, each on its own clock."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from baselines.learning.episodes import Policy, ask
from baselines.learning.hindsight import looking_back
from baselines.learning.policies import Network
from baselines.learning.ppo import Learner, Recipe
from baselines.learning.seats import Seats
from baselines.learning.training import Checkpoint, Setting, policy_of, world_of, world_seed
from baselines.learning.views import View
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.scenarios.hive import LEVELS

BETWEEN = 64
"""Ticks from the beginning of a rollout of workers to that of the next.

Of a world's decisions most by far are those of workers: they need only a part to learn from.
"""


class Joint:
    """All levels of some worlds, learning from the same episodes.

    An update of a level comes after so many of its own decisions as its recipe says, and at the end
    of an episode; levels below and above go on changing meanwhile.

    Parameters
    ----------
    setting : Setting
        What is played.
    recipes : mapping of str to Recipe
        How each level learns; of their worlds the most are played, and budgets are not looked at.
    networks : mapping of str to Network
        Who learns.
    seed : int
        Of the run.
    episodes : int
        How many there will be: learning rates fall to zero over them.

    Raises
    ------
    ArgumentError
        When a rollout of workers is longer than `BETWEEN`.
    """

    def __init__(
        self,
        setting: Setting,
        recipes: Mapping[str, Recipe],
        networks: Mapping[str, Network],
        seed: int,
        episodes: int,
    ) -> None:
        if recipes["worker"].steps > BETWEEN:
            raise ArgumentError(
                "recipes", f"rollouts of workers of at most {BETWEEN} ticks", recipes
            )
        torch.manual_seed(seed)
        worlds = max(one.worlds for one in recipes.values())
        self.hive = hive = world_of(setting, worlds)
        hive.reset(seed=world_seed(seed, worlds))
        self.seats: dict[str, Seats] = {}
        for level, recipe in recipes.items():
            view = View(level)
            relabel, outcome = looking_back(hive, view, recipe)
            learner = Learner(networks[level], recipe, relabel=relabel)
            self.seats[level] = Seats(hive, learner, view, outcome=outcome)
        self.episodes, self.done = episodes, 0
        self.decisions, self.ticks, self.seconds = 0, 0, 0.0
        self._told: dict[str, float] = {}
        self._workers = self.policy("worker")

    def policy(self, level: str) -> Policy:
        """Return who plays a level as it has learned so far."""
        seats = self.seats[level]
        return policy_of(seats.learner.network, seats.view)

    def episode(self) -> dict[str, float]:
        """Play an episode in every world and learn from it; return what can be watched."""
        began = time.perf_counter()
        if self.done:
            self.hive.reset()
        # By level, what its seats had earned when they chose what has not been paid yet.
        since: dict[str, Mapping[str, Array]] = {}
        over = False
        while not over:
            actions = {level: self._chosen(level, since) for level in self._deciding()}
            self.hive.step(actions.pop("worker"), actions)
            over = bool(self.hive.done().all())
            for level in self._deciding() if not over else LEVELS:
                if level in since:
                    self._paid(level, since.pop(level), over)
        self.done += 1
        self.ticks += self.hive.worlds * self.hive.workers * int(self.hive.ticks[0])
        self.seconds += time.perf_counter() - began
        return dict(self._told)

    def _deciding(self) -> list[str]:
        # All worlds began together, and go on so.
        return [level for level in LEVELS if self.hive.deciding(level).all()]

    def _window(self, tick: int) -> bool:
        """Whether workers learn from a tick: each rollout begins later in its span than the last.

        Else they would learn from the same ticks after the decisions above them alone.
        """
        steps, spans = self.seats["worker"].learner.recipe.steps, self.hive.episode_ticks // BETWEEN
        span = self.done * spans + tick // BETWEEN
        begin = span * steps % (BETWEEN - steps + 1)
        return begin <= tick % BETWEEN < begin + steps

    def _chosen(self, level: str, since: dict[str, Mapping[str, Array]]) -> Any:
        seats = self.seats[level]
        if level == "worker" and not self._window(int(self.hive.ticks[0])):
            return ask(self.hive, level, self._workers)
        if not len(seats):
            seats.look()
        since[level] = self.hive.counters(level)
        return seats.act()

    def _paid(self, level: str, since: Mapping[str, Array], over: bool) -> None:
        """Take in what a level has earned since it chose, and learn when it has enough."""
        seats = self.seats[level]
        seats.look()
        rewards = self.hive.rewards(level, since)
        seats.paid(rewards, np.full(len(rewards), over))
        seats.begun()
        if over or len(seats) == seats.learner.recipe.steps:
            self.decisions += len(seats) * len(rewards)
            # As anywhere: what was behind when the rollout began.
            ticks = int(self.hive.ticks[0]) - len(seats) * self.hive.levels[level].period
            behind = self.done + max(ticks, 0) / self.hive.episode_ticks
            rollout = seats.take()
            told = seats.learner.update(rollout, behind / self.episodes)
            told["reward"] = float(rollout.rewards.mean())
            self._told |= {f"{level} {name}": value for name, value in told.items()}
            if level == "worker":
                self._workers = self.policy(level)

    def checkpoint(self, told: dict[str, float]) -> Checkpoint:
        """Return where it stands at the end of an episode."""
        counts = (self.decisions, self.ticks, self.seconds)
        policies = {level: self.policy(level) for level in LEVELS}
        return Checkpoint(*counts, policies, told, self.state())

    def state(self) -> dict[str, Any]:
        """Return what it goes on from at the end of an episode."""
        return {
            "done": self.done,
            "counts": (self.decisions, self.ticks, self.seconds),
            "learners": {level: one.learner.state() for level, one in self.seats.items()},
            "worlds": self.hive.snapshot(),
            "random": torch.get_rng_state(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` has returned."""
        self.done = state["done"]
        self.decisions, self.ticks, self.seconds = state["counts"]
        for level, one in self.seats.items():
            one.learner.load(state["learners"][level])
        self.hive.restore(state["worlds"])
        self._workers = self.policy("worker")
        torch.set_rng_state(state["random"])


def train_joint(
    setting: Setting,
    recipes: Mapping[str, Recipe],
    networks: Mapping[str, Network],
    seed: int,
    episodes: int,
    checkpoints: int,
    state: Any = None,
) -> Iterator[Checkpoint]:
    """Train all levels at once, and yield where they stand at equal intervals and at the end.

    Parameters
    ----------
    setting, recipes, networks, seed, episodes
        As of `Joint`.
    checkpoints : int
        How often; less often where there are fewer episodes.
    state : object, optional
        Of a checkpoint: only those after it are yielded.
    """
    joint = Joint(setting, recipes, networks, seed, episodes)
    if state is not None:
        joint.load(state)
    marks = {round(episodes * (one + 1) / checkpoints) for one in range(checkpoints)}
    while joint.done < episodes:
        told = joint.episode()
        if joint.done in marks:
            yield joint.checkpoint(told)
