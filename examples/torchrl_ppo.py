"""TorchRL's PPO on every seat of a level: the native vector environment in a `GymWrapper`.

    pip install "hive-env[plugs]"
    python examples/torchrl_ppo.py                                   # governors
    python examples/torchrl_ppo.py --level manager --steps 100000

`GymWrapper` wants an environment that resets in the same step (or not at all); it puts what was
seen last under ``("next", "observation")``, and what is in ``info``, the action masks too, beside
the observation. `MaskedHeads` is the distribution that both the collector and the loss use.

Printed is U, the value delivered in an episode, by worker, on seeds that no training sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import torch
from tensordict.nn import TensorDictModule
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution
from torchrl.collectors import Collector
from torchrl.envs import ExplorationType, GymWrapper, set_exploration_type
from torchrl.modules import MLP, ProbabilisticActor, ValueOperator
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE

from hive_env.wrappers import SeatsVectorEnv

SIZE, WORLDS, STEPS, TEST_SEED = "nano", 8, 8, 10_000
EPOCHS, BATCHES = 10, 4


class MaskedHeads(Distribution):
    """A categorical distribution for each choice of a seat, over the values open to it."""

    arg_constraints: dict = {}

    def __init__(self, logits: Tensor, mask: Tensor, choices: Sequence[int]) -> None:
        parts = logits.masked_fill(~mask, -1e9).split(list(choices), -1)
        self.heads = [Categorical(logits=part) for part in parts]
        super().__init__(logits.shape[:-1], torch.Size([len(choices)]), validate_args=False)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw a value for each choice, int64[..., choices]."""
        return torch.stack([head.sample(sample_shape) for head in self.heads], -1)

    def log_prob(self, value: Tensor) -> Tensor:
        """Return the logarithm of the chance of an action."""
        parts = zip(self.heads, value.unbind(-1), strict=True)
        return sum(head.log_prob(one) for head, one in parts)

    def entropy(self) -> Tensor:
        """Return the entropy of all choices together."""
        return sum(head.entropy() for head in self.heads)

    @property
    def deterministic_sample(self) -> Tensor:
        """The likeliest value of each choice."""
        return torch.stack([head.logits.argmax(-1) for head in self.heads], -1)


def networks(env: SeatsVectorEnv) -> tuple[ProbabilisticActor, ValueOperator]:
    """Return an actor and a critic for a seat."""
    choices = env.single_action_space.nvec.tolist()
    shape = {"in_features": env.single_observation_space.shape[0], "num_cells": [64, 64]}
    body = MLP(out_features=sum(choices), activation_class=nn.Tanh, **shape)
    nn.init.orthogonal_(body[-1].weight, 0.01)
    actor = ProbabilisticActor(
        TensorDictModule(body, ["observation"], ["logits"]),
        in_keys={"logits": "logits", "mask": "action_mask"},
        distribution_class=MaskedHeads,
        distribution_kwargs={"choices": choices},
        return_log_prob=True,
    )
    critic = ValueOperator(MLP(out_features=1, activation_class=nn.Tanh, **shape))
    return actor, critic


def train(
    env: SeatsVectorEnv, actor: ProbabilisticActor, critic: ValueOperator, steps: int, seed: int
) -> list[float]:
    """Train for so many decisions of single seats, and return the loss of every gradient step."""
    wrapped = GymWrapper(env)
    wrapped.set_seed(seed)
    frames = STEPS * env.num_envs
    collector = Collector(
        wrapped,
        actor,
        frames_per_batch=frames,
        total_frames=max(steps // frames, 1) * frames,
        auto_register_policy_transforms=False,  # There is no memory to be reset.
    )
    gae = GAE(gamma=0.9, lmbda=0.95, value_network=critic)
    weights = {"entropy_coeff": 0.003, "critic_coeff": 0.5, "normalize_advantage": True}
    loss = ClipPPOLoss(actor, critic, loss_critic_type="l2", **weights)
    adam = torch.optim.Adam(loss.parameters(), 1e-3, eps=1e-5)
    losses = []
    for batch in collector:
        with torch.no_grad():
            rows = gae(batch).reshape(-1)
        for _ in range(EPOCHS):
            for chosen in torch.randperm(len(rows)).chunk(BATCHES):
                parts = loss(rows[chosen])
                total = parts["loss_objective"] + parts["loss_critic"] + parts["loss_entropy"]
                adam.zero_grad()
                total.backward()
                nn.utils.clip_grad_norm_(loss.parameters(), 0.5)
                adam.step()
                losses.append(total.item())
    collector.shutdown()
    return losses


def worth(level: str, actor: ProbabilisticActor) -> float:
    """Return U by worker of an episode on seeds that no training sees."""
    env = GymWrapper(SeatsVectorEnv(WORLDS, SIZE, level=level, autoreset_mode="SameStep"))
    env.set_seed(TEST_SEED)
    with torch.no_grad(), set_exploration_type(ExplorationType.DETERMINISTIC):
        played = env.rollout(10_000, actor)
    return played["next", "u_per_worker"][:, -1].mean().item()


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and say what the level was worth before and after."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    levels = ("worker", "manager", "governor", "orchestrator")
    top.add_argument("--level", choices=levels, default="governor")
    top.add_argument("--steps", type=int, default=20_000, help="decisions of single seats (20000)")
    top.add_argument("--seed", type=int, default=0)
    given = top.parse_args(arguments)
    torch.manual_seed(given.seed)
    env = SeatsVectorEnv(WORLDS, SIZE, level=given.level, autoreset_mode="SameStep")
    actor, critic = networks(env)
    print(f"untrained: U by worker {worth(given.level, actor):.2f}")
    train(env, actor, critic, given.steps, given.seed)
    print(f"  trained: U by worker {worth(given.level, actor):.2f}")


if __name__ == "__main__":
    main()
