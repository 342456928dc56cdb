"""skrl's PPO on every seat of a level, or its IPPO on the agents of a PettingZoo hive.

    pip install "hive-env[plugs]"
    python examples/skrl_ppo.py                                   # governors
    python examples/skrl_ppo.py --level manager --steps 100000
    python examples/skrl_ppo.py --multi --steps 2000              # agents of one world, IPPO

skrl's trainer values what a step returns, whether or not that is the first observation of the next
episode. So seats have a loop of their own here, which hands on what was seen last (``SameStep``).
Agents of a PettingZoo hive need none: their episodes end before the next one begins. skrl knows no
action masks.

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
from skrl.multi_agents.torch.ippo import IPPO
from skrl.trainers.torch import SequentialTrainer
from torch import Tensor, nn

from hive_env import hive_v0
from hive_env.wrappers import SeatsVectorEnv

SIZE, WORLDS, STEPS, TEST_SEED = "nano", 8, 8, 10_000


def layers(inputs: int, outputs: int) -> nn.Sequential:
    """Return a small network."""
    last = nn.Linear(64, outputs)
    nn.init.orthogonal_(last.weight, 0.01)
    return nn.Sequential(nn.Linear(inputs, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), last)


class Policy(MultiCategoricalMixin, Model):
    """A categorical distribution for each choice of a seat."""

    def __init__(self, seen: Any, chosen: Any) -> None:
        Model.__init__(self, observation_space=seen, action_space=chosen, device="cpu")
        MultiCategoricalMixin.__init__(self)
        self.net = layers(self.num_observations, int(chosen.nvec.sum()))

    def compute(self, inputs: dict[str, Tensor], role: str = "") -> tuple[Tensor, dict]:
        """Return the logits of all choices, one after another."""
        return self.net(inputs["observations"]), {}


class Value(DeterministicMixin, Model):
    """What is expected to be paid from here on."""

    def __init__(self, seen: Any, chosen: Any) -> None:
        Model.__init__(self, observation_space=seen, action_space=chosen, device="cpu")
        DeterministicMixin.__init__(self)
        self.net = layers(self.num_observations, 1)

    def compute(self, inputs: dict[str, Tensor], role: str = "") -> tuple[Tensor, dict]:
        """Return the value."""
        return self.net(inputs["observations"]), {}


SETTINGS = {
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


def learner(env: Any) -> PPO:
    """Return skrl's PPO for seats that are wrapped."""
    spaces = env.observation_space, env.action_space
    return PPO(
        models={"policy": Policy(*spaces), "value": Value(*spaces)},
        memory=RandomMemory(memory_size=STEPS, num_envs=env.num_envs, device="cpu"),
        observation_space=spaces[0],
        action_space=spaces[1],
        device="cpu",
        cfg=SETTINGS,
    )


def learners(env: Any) -> IPPO:
    """Return skrl's IPPO for the agents of a level, who share one model."""
    agents = env.possible_agents
    spaces = env.observation_spaces[agents[0]], env.action_spaces[agents[0]]
    models = {"policy": Policy(*spaces), "value": Value(*spaces)}
    # Its own defaults, which it takes only when they are spelled out agent by agent.
    named = (
        "learning_rate_scheduler",
        *(f"{x}_preprocessor" for x in ("observation", "state", "value")),
    )
    empty = {f"{name}_kwargs": {agent: {} for agent in agents} for name in named}
    return IPPO(
        possible_agents=agents,
        models=dict.fromkeys(agents, models),
        memories={agent: RandomMemory(memory_size=STEPS, device="cpu") for agent in agents},
        observation_spaces=env.observation_spaces,
        state_spaces=env.state_spaces,
        action_spaces=env.action_spaces,
        device="cpu",
        cfg={**SETTINGS, **empty},
    )


def train_seats(env: Any, agent: PPO, steps: int) -> None:
    """Train for so many steps of the seats, of which each values what it has seen last itself."""
    agent.init()
    agent.enable_training_mode(True)
    seen, _ = env.reset()
    for step in range(steps):
        at = {"timestep": step, "timesteps": steps}
        agent.pre_interaction(**at)
        with torch.no_grad():
            actions, _ = agent.act(seen, None, **at)
            after, paid, over, cut, infos = env.step(actions)
            last = (
                torch.where(cut, torch.as_tensor(infos["final_obs"]), after) if cut.any() else after
            )
            kept = {"observations": seen, "actions": actions, "next_observations": last}
            ends = {"rewards": paid, "terminated": over, "truncated": cut, "infos": infos}
            agent.record_transition(states=None, next_states=None, **kept, **ends, **at)
        agent.post_interaction(**at)
        seen = after


def train_agents(env: Any, agent: IPPO, steps: int) -> None:
    """Train for so many steps of the world."""
    settings = {"timesteps": steps, "headless": True, "disable_progressbar": None}
    settings["close_environment_at_exit"] = False
    SequentialTrainer(env=env, agents=agent, cfg=settings).train()


def worth(level: str, policy: Policy) -> float:
    """Return U by worker of an episode on seeds that no training sees."""
    env = SeatsVectorEnv(WORLDS, SIZE, level=level, autoreset_mode="Disabled")
    seen, _ = env.reset(seed=TEST_SEED)
    ended = np.zeros(1, bool)
    while not ended.all():
        logits = policy.net(torch.as_tensor(seen))
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
    top.add_argument("--multi", action="store_true", help="IPPO on the agents of one world")
    top.add_argument("--seed", type=int, default=0)
    given = top.parse_args(arguments)
    torch.manual_seed(given.seed)
    config.torch.key = given.seed  # Of the first reset.
    if given.multi:
        env = wrap_env(hive_v0.parallel_env(SIZE, level=given.level), "pettingzoo", verbose=False)
        agent, steps = learners(env), given.steps // len(env.possible_agents)
        train: Any = train_agents
        policy = agent.policies[env.possible_agents[0]]
    else:
        seats = SeatsVectorEnv(WORLDS, SIZE, level=given.level, autoreset_mode="SameStep")
        env = wrap_env(seats, "gymnasium", verbose=False)
        agent, steps = learner(env), given.steps // env.num_envs
        train = train_seats
        policy = agent.policy
    print(f"untrained: U by worker {worth(given.level, policy):.2f}")
    train(env, agent, max(steps // STEPS, 1) * STEPS)
    print(f"  trained: U by worker {worth(given.level, policy):.2f}")


if __name__ == "__main__":
    main()
