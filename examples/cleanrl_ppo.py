"""PPO in one file, the way CleanRL writes it: every seat of a level is an environment.

    pip install "hive-env[baselines]"
    python examples/cleanrl_ppo.py                                   # governors, half a minute
    python examples/cleanrl_ppo.py --level manager --steps 200000

All seats of a level, in all worlds, share one small network; all other levels follow their scripted
policies. Episodes end by truncation: what would have come is worth what the network thinks of the
last observation, `final_obs`. Values that are not open to a seat are never drawn.

Printed is U, the value delivered in an episode, by worker, on seeds that no training sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Categorical

from hive_env.wrappers import SeatsVectorEnv

SIZE, WORLDS, TEST_SEED = "nano", 8, 10_000
STEPS, EPOCHS, BATCHES = 8, 10, 4  # Decisions of a seat between two updates; passes, parts of each.
LEARNING_RATE, CLIP, ENTROPY, DISCOUNT, TRACE = 1e-3, 0.2, 0.003, 0.9, 0.95


class Agent(nn.Module):
    """A distribution for each choice, and a value, of what a seat observes."""

    def __init__(self, env: SeatsVectorEnv) -> None:
        super().__init__()
        inputs, self.choices = env.single_observation_space.shape[0], env.single_action_space.nvec
        self.actor, self.critic = (
            nn.Sequential(nn.Linear(inputs, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), last)
            for last in (nn.Linear(64, int(self.choices.sum())), nn.Linear(64, 1))
        )
        nn.init.orthogonal_(self.actor[-1].weight, 0.01)

    def heads(self, seen: Tensor, mask: Tensor) -> list[Categorical]:
        """Return a distribution for each choice; what is not open has no chance."""
        logits = self.actor(seen).masked_fill(~mask, -1e9)
        return [Categorical(logits=part) for part in logits.split(self.choices.tolist(), -1)]

    def log_chance(self, seen: Tensor, mask: Tensor, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logarithm of the chance of actions, and the entropy."""
        heads = self.heads(seen, mask)
        parts = zip(heads, actions.unbind(-1), strict=True)
        return sum(head.log_prob(one) for head, one in parts), sum(h.entropy() for h in heads)

    @torch.no_grad()
    def act(self, seen: Any, mask: Any, greedy: bool = False) -> Tensor:
        """Return actions, int64[n, choices]."""
        heads = self.heads(torch.as_tensor(seen), torch.as_tensor(mask))
        return torch.stack([h.logits.argmax(-1) if greedy else h.sample() for h in heads], -1)

    def value(self, seen: Any) -> Tensor:
        """Return what is expected to be paid from here on, discounted."""
        return self.critic(torch.as_tensor(seen)).squeeze(-1)


def train(agent: Agent, env: SeatsVectorEnv, steps: int, seed: int) -> list[float]:
    """Train for so many decisions of single seats, and return the loss of every gradient step."""
    adam = torch.optim.Adam(agent.parameters(), LEARNING_RATE, eps=1e-5)
    updates, losses = max(1, steps // (STEPS * env.num_envs)), []
    seen, infos = env.reset(seed=seed)
    for update in range(updates):
        adam.param_groups[0]["lr"] = LEARNING_RATE * (1 - update / updates)
        rows = []
        for _ in range(STEPS):
            mask = infos["action_mask"]
            actions = agent.act(seen, mask)
            before = seen
            seen, rewards, _, ended, infos = env.step(actions.numpy())
            # What was seen last: where an episode has ended, not the first of the next one.
            after = np.where(ended[:, None], infos["final_obs"], seen) if ended.any() else seen
            row = (before, mask, actions, rewards, ended, after)
            rows.append([torch.as_tensor(part) for part in row])
        views, masks, actions, rewards, ended, after = map(torch.stack, zip(*rows, strict=True))
        with torch.no_grad():
            chances = agent.log_chance(views, masks, actions)[0]
            values, rest = agent.value(views), torch.zeros(env.num_envs)
            surprises, gains = rewards + DISCOUNT * agent.value(after) - values, []
            for surprise, end in zip(surprises.flip(0), ended.flip(0), strict=True):
                rest = surprise + DISCOUNT * TRACE * rest * ~end
                gains.insert(0, rest)
        gains = torch.stack(gains)
        data = [x.flatten(0, 1) for x in (views, masks, actions, chances, gains, gains + values)]
        for _ in range(EPOCHS):
            for chosen in torch.randperm(gains.numel()).chunk(BATCHES):
                view, mask, action, chance, gain, target = (part[chosen] for part in data)
                now, entropy = agent.log_chance(view, mask, action)
                ratio = (now - chance).exp()
                gain = (gain - gain.mean()) / (gain.std() + 1e-8)
                loss = -torch.minimum(ratio * gain, ratio.clamp(1 - CLIP, 1 + CLIP) * gain).mean()
                loss = loss - ENTROPY * entropy.mean()
                loss = loss + 0.5 * (agent.value(view) - target).square().mean()
                adam.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                adam.step()
                losses.append(loss.item())
    return losses


def worth(level: str, player: Agent | str) -> float:
    """Return U by worker of an agent, or a built-in policy, on seeds that no training sees."""
    env = SeatsVectorEnv(WORLDS, SIZE, level=level, autoreset_mode="Disabled")
    seen, infos = env.reset(seed=TEST_SEED)
    ended = np.zeros(1, bool)
    while not ended.all():
        if isinstance(player, str):
            actions = env.simulation.decide(player, level=level)
        else:
            actions = player.act(seen, infos["action_mask"], greedy=True).numpy()
        seen, _, _, ended, infos = env.step(actions)
    return float(infos["u_per_worker"].mean())


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
    agent = Agent(env)
    print(f"untrained: U by worker {worth(given.level, agent):.2f}")
    train(agent, env, given.steps, given.seed)
    print(f"  trained: U by worker {worth(given.level, agent):.2f}")
    for name in ("random", "scripted"):
        print(f"{name:>9}: U by worker {worth(given.level, name):.2f}")


if __name__ == "__main__":
    main()
