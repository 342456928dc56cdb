"""Training of the seats of one level, whoever plays the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from baselines.learning.episodes import VALIDATION_SEED, Policy, ask
from baselines.learning.hindsight import looking_back
from baselines.learning.policies import Network, NetworkPolicy, critic_of, network_of
from baselines.learning.ppo import Learner, Recipe
from baselines.learning.rollouts import Collector
from baselines.learning.tied import TiedNetwork
from baselines.learning.views import View
from hive_env.envs.settings import constants_of
from hive_env.errors import ArgumentError
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.sizes import Size
from hive_env.specialists import SpecialistPool
from hive_env.wrappers import SeatsVectorEnv


@dataclass(frozen=True)
class Setting:
    """What is played, and how long is trained."""

    task: str = "forage"
    """Name of the family."""
    size: str | int | Size = "nano"
    """As `Size.of` takes it."""
    constants: Any = None
    """The task's own constants, where they differ from the defaults, or the name of a tier."""
    share: float = 1.0
    """Of the published budgets of decisions."""


@dataclass(frozen=True)
class Checkpoint:
    """Where a training stands.

    Parameters
    ----------
    decisions : int
        Decisions of single seats so far, of all levels that learned.
    ticks : int
        Worker-ticks that were played for it.
    seconds : float
        Time so far, tests not counted.
    policies : dict of str to Policy
        Who plays, by level; the scripted ones where there is nobody. Some learn on when the
        training does.
    told : dict of str to float
        What can be watched of the last update.
    state : object
        What the training goes on from, as `torch.save` takes it: given to the same function it
        yields the checkpoints after this one, as if nothing had happened.
    """

    decisions: int
    ticks: int
    seconds: float
    policies: dict[str, Policy]
    told: dict[str, float] = field(default_factory=dict)
    state: Any = None


def config_of(setting: Setting) -> Any:
    """Return the configuration of a setting's worlds."""
    family = FAMILIES[setting.task]
    return family.config(Size.of(setting.size), constants_of(family, setting.constants))


def world_of(setting: Setting, worlds: int = 1) -> Hive:
    """Return so many worlds of a setting, that have not been reset."""
    return FAMILIES[setting.task].hive(config_of(setting), worlds, "cpu", None)


def shortened(recipe: Recipe, setting: Setting) -> Recipe:
    """Return a recipe with the setting's share of its budget."""
    return replace(recipe, decisions=max(1, round(recipe.decisions * setting.share)))


class Training:
    """The seats of a level that learn, whoever plays the others.

    Parameters
    ----------
    setting : Setting
        What is played; its share of the budget is not looked at, see `shortened`.
    level : str
        Whose seats learn.
    recipe : Recipe
        How, and how long.
    others : mapping of str to Policy
        Who plays the other levels; the scripted policies where there is nobody.
    seed : int
        Of the run; it and the number of the world make the seed of each world.
    network : Network, optional
        What goes on learning; a new one by default.
    view : View, optional
        What it is shown; what the seats observe by default.
    central : View, optional
        What a critic of its own is shown; there is none by default.
    """

    def __init__(
        self,
        setting: Setting,
        level: str,
        recipe: Recipe,
        others: Mapping[str, Policy],
        seed: int,
        network: Network | None = None,
        view: View | None = None,
        central: View | None = None,
    ) -> None:
        torch.manual_seed(seed)
        self.level, self.recipe, self.others = level, recipe, dict(others)
        self.view = view = View(level) if view is None else view
        env = SeatsVectorEnv(
            recipe.worlds,
            setting.size,
            task=setting.task,
            level=level,
            policies=others,
            config=setting.constants,
            autoreset_mode="Disabled",
            observation="uint8" if level == "worker" else "float32",
        )
        hive = env.simulation
        if network is None:
            network = network_of(hive, view, recipe.hidden, recipe.memory)
        critic = None if central is None else critic_of(hive, central, recipe.hidden)
        relabel, outcome = looking_back(hive, view, recipe)
        self.learner = Learner(network, recipe, critic, relabel)
        first = world_seed(seed, recipe.worlds)
        # What could not be played in the end is refused before it has learned, and before the
        # worlds that it learns in begin: asking leaves traces in what workers remember.
        hive.reset(seed=first)
        ask(hive, level, policy_of(network, view))
        self.collector = Collector(env, self.learner, view, first, central, outcome)
        self.each = env.num_envs * recipe.steps
        period = env.simulation.levels[level].period
        self.ticks = recipe.worlds * env.simulation.workers * period * recipe.steps
        self.updates = max(recipe.decisions // self.each, 1)
        self.done = 0
        self.seconds = 0.0

    def step(self) -> dict[str, float]:
        """Play and learn once, and return what can be watched."""
        began = time.perf_counter()
        rollout = self.collector.collect(self.recipe.steps)
        told = self.learner.update(rollout, self.done / self.updates)
        self.done += 1
        self.seconds += time.perf_counter() - began
        told["reward"] = float(rollout.rewards.mean())
        return told

    def checkpoint(self, told: dict[str, float]) -> Checkpoint:
        """Return where it stands."""
        policies = {**self.others, self.level: policy_of(self.learner.network, self.view)}
        counts = (self.done * self.each, self.done * self.ticks, self.seconds)
        return Checkpoint(*counts, policies, told, self.state())

    def state(self) -> dict[str, Any]:
        """Return what it goes on from."""
        return {
            "done": self.done,
            "seconds": self.seconds,
            "learner": self.learner.state(),
            "collector": self.collector.state(),
            "random": torch.get_rng_state(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` has returned."""
        self.done, self.seconds = state["done"], state["seconds"]
        self.learner.load(state["learner"])
        self.collector.load(state["collector"])
        torch.set_rng_state(state["random"])


def train_level(
    setting: Setting,
    level: str,
    recipe: Recipe,
    others: Mapping[str, Policy],
    seed: int,
    checkpoints: int,
    network: Network | None = None,
    state: Any = None,
    view: View | None = None,
    central: View | None = None,
) -> Iterator[Checkpoint]:
    """Train the seats of a level, and yield where it stands at equal intervals and at the end.

    Parameters
    ----------
    setting, level, recipe, others, seed, network, view, central
        As of `Training`.
    checkpoints : int
        How often; less often where there are fewer updates.
    state : object, optional
        Of a checkpoint: only those after it are yielded.
    """
    training = Training(setting, level, recipe, others, seed, network, view, central)
    if state is not None:
        training.load(state)
    marks = {round(training.updates * (one + 1) / checkpoints) for one in range(checkpoints)}
    while training.done < training.updates:
        told = training.step()
        if training.done in marks:
            yield training.checkpoint(told)


def world_seed(seed: int, worlds: int) -> int:
    """Return the seed of the first of a run's training worlds; the others follow it.

    Runs of up to 32 worlds with seeds up to 280 share none, and none is one of validation or test.

    Raises
    ------
    ArgumentError
        When the worlds would reach into the seeds of validation.
    """
    first = 32 * seed
    if worlds > 32 or first + worlds > VALIDATION_SEED:
        raise ArgumentError(
            "seed, worlds",
            f"at most 32 worlds, and seeds below {VALIDATION_SEED // 32}",
            (seed, worlds),
        )
    return first


def policy_of(network: Network, view: View) -> Policy:
    """Return a network as a policy: workers draw their actions, others take the likeliest.

    That of workers is the network as it is now; others learn on when it does.
    """
    if type(view) is View and isinstance(network, TiedNetwork):
        return SpecialistPool(network.spread())
    return NetworkPolicy(network, view.anew(), likeliest=view.level != LEVELS[0])
