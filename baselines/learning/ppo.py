"""Proximal policy optimisation for seats that share a network.

Schulman et al., *Proximal policy optimization algorithms* (2017), with what Yu et al., *The
surprising effectiveness of PPO in cooperative multi-agent games* (2022), found to matter: values
normalised, few epochs, and steps in which a seat's action did not count left out of the policy's
loss (death masking; values are fitted there all the same, for others lean on them).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from baselines.learning.advantages import advantages
from baselines.learning.codes import CodedNetwork
from baselines.learning.policies import Network, draw, log_chance, masked
from hive_env.errors import ArgumentError
from hive_env.specialists import SpecialistNetwork

EXPLORING = 0.3
"""Share of a training in which the entropy bonus may weigh more."""


@dataclass(frozen=True)
class Recipe:
    """A budget, and hyper-parameters.

    Raises
    ------
    ArgumentError
        When a weight of entropy or hindsight is negative or no number.
    """

    decisions: int
    """Decisions of single seats in training."""
    worlds: int = 16
    """Worlds that train at once."""
    steps: int = 16
    """Decisions of each seat between two updates."""
    minibatches: int = 8
    """Parts into which the data of an update are cut."""
    epochs: int = 4
    """Passes over the data of an update."""
    learning_rate: float = 1e-3
    """Of Adam; falls linearly to zero."""
    discount: float = 0.95
    """By decision of the level."""
    trace: float = 0.95
    """Lambda of the generalised advantage estimate."""
    clip: float = 0.2
    """How far the probability of an action may move in an update, as a share."""
    entropy: float = 0.01
    """Weight of the entropy bonus."""
    exploring: float = 0.0
    """What that weight is more at the start; falls linearly to zero in the first `EXPLORING`."""
    value: float = 0.5
    """Weight of the error of the values."""
    gradient: float = 0.5
    """Largest norm of a gradient."""
    hidden: tuple[int, ...] = (64, 64)
    """Widths of the hidden layers."""
    memory: int = 0
    """Width of the recurrent state; 0 for none."""
    hindsight: float = 0.0
    """Weight of what is imitated in hindsight, at least 0."""

    def __post_init__(self) -> None:
        """Refuse a weight that would teach the opposite."""
        for name in ("entropy", "exploring", "hindsight"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ArgumentError(name, "a finite number of at least 0", getattr(self, name))


class Scale:
    """A running mean and deviation of the targets of values; values are learned in units of it.

    Parameters
    ----------
    sums : float64[3]
        Weight, first and second moment, of nothing yet; written to.
    keep : float
        Share of what was known that an update keeps.
    """

    def __init__(self, sums: Tensor, keep: float = 0.99) -> None:
        self.sums, self.keep = sums, keep

    @property
    def mean(self) -> float:
        """The mean; 0 before the first update."""
        weight, first, _ = self.sums.tolist()
        return first / weight if weight else 0.0

    @property
    def deviation(self) -> float:
        """The standard deviation, never below a hundred-thousandth; 1 before the first update."""
        weight, first, second = self.sums.tolist()
        if not weight:
            return 1.0
        return float(max(second / weight - (first / weight) ** 2, 1e-10) ** 0.5)

    def learn(self, targets: Tensor) -> None:
        """Take in targets."""
        found = targets.double()
        now = torch.stack([torch.ones_like(found[0, 0]), found.mean(), found.square().mean()])
        self.sums.mul_(self.keep).add_(now, alpha=1 - self.keep)

    def into(self, numbers: Tensor) -> Tensor:
        """Return numbers in units of the scale."""
        return (numbers - self.mean) / self.deviation

    def out_of(self, numbers: Tensor) -> Tensor:
        """Return numbers that were in units of the scale."""
        return numbers * self.deviation + self.mean


@dataclass
class Rollout:
    """What so many steps T of n seats gave, step by step."""

    seen: Tensor
    """What was observed before each step, [T, n, F]."""
    kind: Tensor
    """Whose network each seat has, int64[n]."""
    masks: Tensor
    """What was open, bool[T, n, A]."""
    counted: Tensor
    """Whether the action counted, bool[T, n]."""
    actions: Tensor
    """What was chosen, int64[T, n, C]."""
    chance: Tensor
    """The logarithm of its probability, float32[T, n]."""
    values: Tensor
    """What the critic made of what was observed, float32[T, n], in the units of rewards."""
    after: Tensor
    """The same of what was observed after the step, before any reset."""
    rewards: Tensor
    """What the step paid, float32[T, n]."""
    ended: Tensor
    """Whether the episode was cut off with the step, bool[T, n]."""
    memory: Tensor | None = None
    """The recurrent state before the first step, float32[n, M]."""
    forgot: Tensor | None = None
    """Whether nothing of it was left after the step, bool[T, n]."""
    central: Tensor | None = None
    """What a critic of its own saw before each step, [T, n, G]."""
    outcomes: Tensor | None = None
    """What came of each action, as the action that would have asked for it, int64[T, n, C]."""


@dataclass(frozen=True)
class Hindsight:
    """What came of the steps of a rollout, to be imitated.

    Parameters
    ----------
    seen : Tensor
        What was observed, under the orders that would have asked for what came of it, [T, n, F].
    actions : Tensor
        What is to be imitated there, int64[T, n, C].
    weight : Tensor
        How much, float32[T, n].
    """

    seen: Tensor
    actions: Tensor
    weight: Tensor


class Learner:
    """A network that learns from rollouts.

    Parameters
    ----------
    network : Network
        Policy, and critic unless there is another.
    recipe : Recipe
        How.
    critic : SpecialistNetwork, optional
        Without memory or choices: makes the values, of what it alone is shown.
    relabel : callable, optional
        Looks back on a rollout, for a recipe with hindsight.

    Raises
    ------
    ArgumentError
        When a network with memory is to learn by hindsight: what it remembers is of other orders.
    """

    def __init__(
        self,
        network: Network,
        recipe: Recipe,
        critic: SpecialistNetwork | None = None,
        relabel: Callable[[Rollout, Tensor], Hindsight] | None = None,
    ) -> None:
        if relabel is not None and network.memory:
            raise ArgumentError("network", "one without memory, to learn by hindsight", network)
        self.network, self.recipe, self.critic = network, recipe, critic
        self.relabel = relabel
        # Values of a network with a critic beside it are neither used nor taught.
        self.taught = nn.ModuleList([network] if critic is None else [network, critic])
        self.adam = torch.optim.Adam(self.taught.parameters(), recipe.learning_rate, eps=1e-5)
        self.scale = Scale((critic or network).value_units)

    @torch.no_grad()
    def act(
        self,
        seen: Tensor,
        kind: Tensor,
        masks: Tensor,
        memory: Tensor | None = None,
        central: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """Return actions, the logarithms of their probabilities, values, and the memory after."""
        logits, values, memory = self.network(seen, kind, memory)
        logits = masked(logits, masks)
        actions = draw(logits, self.network.choices)
        chance, _ = log_chance(logits, self.network.choices, actions)
        if self.critic is not None:
            values = self.critic(central, kind)[1]
        return actions, chance, self.scale.out_of(values), memory

    @torch.no_grad()
    def value(
        self,
        seen: Tensor,
        kind: Tensor,
        memory: Tensor | None = None,
        central: Tensor | None = None,
    ) -> Tensor:
        """Return values, in the units of rewards."""
        if self.critic is not None:
            return self.scale.out_of(self.critic(central, kind)[1])
        return self.scale.out_of(self.network(seen, kind, memory)[1])

    def state(self) -> dict[str, Any]:
        """Return a copy of all that it has learned."""
        return copy.deepcopy({"taught": self.taught.state_dict(), "adam": self.adam.state_dict()})

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` has returned."""
        self.taught.load_state_dict(state["taught"])
        self.adam.load_state_dict(state["adam"])

    def update(self, rollout: Rollout, done: float) -> dict[str, float]:
        """Take the steps of one update, and return what can be watched.

        Parameters
        ----------
        rollout : Rollout
            Of the network as it is.
        done : float
            Share of the training that is behind, from 0 to 1: the learning rate falls with it, and
            what the entropy bonus weighs more at the start.
        """
        recipe = self.recipe
        for group in self.adam.param_groups:
            group["lr"] = recipe.learning_rate * (1 - done)
        entropy_weight = recipe.entropy + recipe.exploring * max(1 - done / EXPLORING, 0.0)
        gains = advantages(
            rollout.rewards, rollout.values, rollout.after, torch.zeros_like(rollout.ended),
            rollout.ended, recipe.discount, recipe.trace,
        )  # fmt: skip
        targets = gains + rollout.values
        counted = rollout.counted
        if not counted.any():
            return {}
        self.scale.learn(targets)
        told: dict[str, list[float]] = {"policy": [], "value": [], "entropy": [], "moved": []}
        hindsight = None if self.relabel is None else self.relabel(rollout, gains)
        pieces = self._recurrent if self.network.memory else self._flat
        kinds = rollout.kind.expand_as(rollout.rewards)
        for _ in range(recipe.epochs):
            for logits, values, at in pieces(rollout):
                # What a seat could not choose teaches it nothing, but its values go on: what
                # comes before and after leans on them.
                here = counted[at].flatten()
                gain = gains[at].flatten()[here]
                gain = (gain - gain.mean()) / (gain.std(correction=0) + 1e-8)
                actions = rollout.actions[at].flatten(0, -2)
                chance, entropy = log_chance(logits, self.network.choices, actions)
                ratio = (chance - rollout.chance[at].flatten())[here].exp()
                clipped = ratio.clamp(1 - recipe.clip, 1 + recipe.clip)
                policy = -torch.minimum(ratio * gain, clipped * gain).mean()
                goal = self.scale.into(targets[at].flatten())
                if self.critic is not None:
                    assert rollout.central is not None
                    shown, kind = rollout.central[at].flatten(0, -2), kinds[at].flatten()
                    values = self.critic(shown, kind)[1]
                value = nn.functional.huber_loss(values, goal, delta=10.0)
                bonus = entropy[here].mean()
                loss = policy + recipe.value * value - entropy_weight * bonus
                if isinstance(self.network, CodedNetwork):
                    loss = loss + self.network.extra
                if hindsight is not None:
                    loss = loss + recipe.hindsight * self._imitated(rollout, hindsight, at)
                self.adam.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.taught.parameters(), recipe.gradient)
                self.adam.step()
                moved = (ratio - 1).abs().mean()
                for name, one in zip(told, (policy, value, bonus, moved), strict=True):
                    told[name].append(float(one.detach()))
        return {name: sum(ones) / max(len(ones), 1) for name, ones in told.items()}

    def _imitated(self, rollout: Rollout, hindsight: Hindsight, at: Any) -> Tensor:
        """Return how unlikely, by step, is what is to be imitated."""
        weight = hindsight.weight[at]
        some = weight > 0
        kind = rollout.kind.expand_as(rollout.rewards)[at][some]
        logits, _, _ = self.network(hindsight.seen[at][some], kind)
        logits = masked(logits, rollout.masks[at][some])
        chance, _ = log_chance(logits, self.network.choices, hindsight.actions[at][some])
        return -(chance * weight[some]).sum() / weight.numel()

    def _flat(self, rollout: Rollout) -> Iterator[tuple[Tensor, Tensor, Any]]:
        """Yield logits and values of parts of all steps, with gradients, and which these are."""
        steps, seats = rollout.rewards.shape
        kind = rollout.kind.expand(steps, seats)
        for part in torch.randperm(steps * seats).chunk(self.recipe.minibatches):
            at = (part // seats, part % seats)
            if rollout.counted[at].any():
                logits, values, _ = self.network(rollout.seen[at], kind[at])
                yield masked(logits, rollout.masks[at]), values, at

    def _recurrent(self, rollout: Rollout) -> Iterator[tuple[Tensor, Tensor, Any]]:
        """Yield the same of whole sequences of some seats, gone through from their beginning.

        The state begins anew where it was forgotten.
        """
        assert rollout.memory is not None
        assert rollout.forgot is not None
        steps, seats = rollout.rewards.shape
        for part in torch.randperm(seats).chunk(self.recipe.minibatches):
            memory = rollout.memory[part]
            logits, values = [], []
            for step in range(steps):
                one, value, memory = self.network(
                    rollout.seen[step, part], rollout.kind[part], memory
                )
                logits.append(masked(one, rollout.masks[step, part]))
                values.append(value)
                memory = memory * ~rollout.forgot[step, part, None]
            at = (slice(None), part)
            if rollout.counted[at].any():
                yield torch.cat(logits), torch.cat(values), at
