"""skrl's PPO on every seat of a level: the native vector environment in its Gymnasium wrapper.

    pip install "hive-env[plugs]"
    python examples/skrl_ppo.py                                   # governors
    python examples/skrl_ppo.py --level manager --steps 100000

skrl values the last observation of a truncated episode only if the environment hands it out in the
step itself, so the seats reset in the next step (``NextStep``). That step, in which actions do not
count and nothing is paid, is then one of those that it learns from. It knows no action masks.

Printed is U, the value delivered in an episode, by worker, on seeds that no training sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from skrl import config
from skrl.agents.torch.ppo import PPO
from skrl.envs.wrappers.torch import wrap_env
from skrl.memories.torch import RandomMemory
from skrl.models.torch import DeterministicMixin, Model, MultiCategoricalMixin
from skrl.trainers.torch import SequentialTrainer
from torch import Tensor, nn

from hive_env.wrappers import SeatsVectorEnv

SIZE, WORLDS, STEPS, TEST_SEED = "nano", 8, 8, 10_000


def layers(inputs: int, outputs: int) -> nn.Sequential:
    """Return a small network."""
    last = nn.Linear(64, outputs)
    nn.init.orthogonal_(last.weight, 0.01)
    return nn.Sequential(nn.Linear(inputs, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), last)


class Policy(MultiCategoricalMixin, Model):
    """A categorical distribution for each choice of a seat."""

    def __init__(self, env: Any) -> None:
        spaces = {"observation_space": env.observation_space, "action_space": env.action_space}
        Model.__init__(self, **spaces, device=env.device)
        MultiCategoricalMixin.__init__(self)
        self.net = layers(self.num_observations, int(env.action_space.nvec.sum()))

    def compute(self, inputs: dict[str, Tensor], role: str = "") -> tuple[Tensor, dict]:
        """Return the logits of all choices, one after another."""
        return self.net(inputs["observations"]), {}


class Value(DeterministicMixin, Model):
    """What is expected to be paid from here on."""

    def __init__(self, env: Any) -> None:
        spaces = {"observation_space": env.observation_space, "action_space": env.action_space}
        Model.__init__(self, **spaces, device=env.device)
        DeterministicMixin.__init__(self)
        self.net = layers(self.num_observations, 1)

    def compute(self, inputs: dict[str, Tensor], role: str = "") -> tuple[Tensor, dict]:
        """Return the value."""
        return self.net(inputs["observations"]), {}


def learner(env: Any) -> PPO:
    """Return skrl's PPO for seats that are wrapped."""
    settings = {
        "rollouts": STEPS,
        "learning_epochs": 10,
        "mini_batches": 4,
        "discount_factor": 0.9,
        "learning_rate": 1e-3,
        "entropy_loss_scale": 0.003,
        "value_loss_scale": 0.5,
        "time_limit_bootstrap": True,
        # Nothing is written while it learns.
        "experiment": {"write_interval": 0, "checkpoint_interval": 0},
    }
    return PPO(
        models={"policy": Policy(env), "value": Value(env)},
        memory=RandomMemory(memory_size=STEPS, num_envs=env.num_envs, device=env.device),
        observation_space=env.observation_space,
        action_space=env.action_space,
        device=env.device,
        cfg=settings,
    )


def worth(level: str, agent: PPO) -> float:
    """Return U by worker of an episode on seeds that no training sees."""
    env = SeatsVectorEnv(WORLDS, SIZE, level=level, autoreset_mode="Disabled")
    seen, _ = env.reset(seed=TEST_SEED)
    ended = np.zeros(1, bool)
    while not ended.all():
        logits = agent.policy.net(torch.as_tensor(seen))
        parts = logits.split(env.single_action_space.nvec.tolist(), -1)
        actions = torch.stack([part.argmax(-1) for part in parts], -1)
        seen, _, _, ended, infos = env.step(actions.numpy())
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
    config.torch.key = given.seed  # Of the first reset.
    seats = SeatsVectorEnv(WORLDS, SIZE, level=given.level, autoreset_mode="NextStep")
    env = wrap_env(seats, wrapper="gymnasium", verbose=False)
    agent = learner(env)
    print(f"untrained: U by worker {worth(given.level, agent):.2f}")
    steps = max(given.steps // (STEPS * env.num_envs), 1) * STEPS
    settings = {"timesteps": steps, "headless": True, "disable_progressbar": None}
    settings["close_environment_at_exit"] = False
    SequentialTrainer(env=env, agents=agent, cfg=settings).train()
    print(f"  trained: U by worker {worth(given.level, agent):.2f}")


if __name__ == "__main__":
    main()
