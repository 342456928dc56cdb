"""Tianshou's PPO on every seat of a level, over the native vector environment.

    pip install "hive-env[plugs]"
    python examples/tianshou_ppo.py                                   # governors
    python examples/tianshou_ppo.py --level manager --steps 100000

Tianshou's own vector environments hold one environment each, and step them one after another.
`SeatsVenv` has what its collector asks of one, over all seats at once; the action masks, which
belong to what a policy knows, stand behind the observations. Episodes are ended by the seats and
begun by the collector (``Disabled``), so that it keeps what was seen last and values it.

Printed is U, the value delivered in an episode, by worker, on seeds that no training sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from tianshou.algorithm import PPO
from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Batch, Collector, VectorReplayBuffer
from tianshou.trainer import OnPolicyTrainerParams
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent

from hive_env.wrappers import SeatsVectorEnv

SIZE, WORLDS, STEPS, TEST_SEED = "nano", 8, 8, 10_000


class SeatsVenv:
    """Seats as one of Tianshou's vector environments; the masks follow the observations."""

    is_async = False

    def __init__(self, seats: SeatsVectorEnv) -> None:
        self.seats, self.action_space = seats, seats.single_action_space

    def __len__(self) -> int:
        return self.seats.num_envs

    def reset(self, env_id: Any = None, **arguments: Any) -> tuple[Any, Any]:
        """Start an episode in some environments, whole worlds of them, or in all."""
        chosen = np.isin(np.arange(len(self)), np.arange(len(self)) if env_id is None else env_id)
        seen, infos = self.seats.reset(**arguments, options={"reset_mask": chosen})
        return self._known(seen, infos)[chosen], np.full(chosen.sum(), {}, object)

    def step(self, actions: Any, env_id: Any = None) -> tuple[Any, ...]:
        """Take one step in all environments."""
        if env_id is not None and len(env_id) < len(self):
            raise ValueError("all seats step together: collect steps, or an episode of each seat")
        seen, rewards, terminated, truncated, infos = self.seats.step(actions)
        told = np.full(len(self), {}, object)
        return self._known(seen, infos), rewards, terminated, truncated, told

    @staticmethod
    def _known(seen: Any, infos: Any) -> Any:
        return np.concatenate([seen, infos["action_mask"]], 1, dtype=np.float32)


class Network(nn.Module):
    """A row of logits for each choice, or with no choices a value, of what a seat knows."""

    def __init__(self, env: SeatsVectorEnv, choices: Sequence[int] = ()) -> None:
        super().__init__()
        self.inputs, most = env.single_observation_space.shape[0], max(choices, default=1)
        # Choices have different numbers of values: what lies beyond them is never open.
        self.values = torch.arange(most) < torch.tensor(choices or [1])[:, None]
        last = nn.Linear(64, self.values.numel())
        nn.init.orthogonal_(last.weight, 0.01)
        first = nn.Linear(self.inputs, 64)
        self.net = nn.Sequential(first, nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), last)
        self.choices = choices

    def forward(self, obs: Any, state: Any = None, info: Any = None) -> Any:
        """Return logits [n, choices, values] and the state, or values [n, 1]."""
        known = torch.as_tensor(obs)
        out = self.net(known[:, : self.inputs])
        if not self.choices:
            return out
        is_open = self.values.repeat(len(known), 1, 1)
        is_open[:, self.values] = known[:, self.inputs :] > 0
        return out.view(is_open.shape).masked_fill(~is_open, -1e9), state


def heads(logits: Tensor) -> Distribution:
    """Return the distribution of all choices of a seat."""
    return Independent(Categorical(logits=logits), 1)


def learner(env: SeatsVectorEnv) -> PPO:
    """Return Tianshou's PPO for a seat."""
    policy = ProbabilisticActorPolicy(
        actor=Network(env, env.single_action_space.nvec.tolist()),
        dist_fn=heads,
        deterministic_eval=True,
        action_space=env.single_action_space,
        action_scaling=False,
        action_bound_method=None,
    )
    adam = AdamOptimizerFactory(lr=1e-3, eps=1e-5)
    return PPO(policy=policy, critic=Network(env), optim=adam, gamma=0.9, ent_coef=0.003)


def train(algorithm: PPO, env: SeatsVectorEnv, steps: int, seed: int) -> Any:
    """Train for so many decisions of single seats, and return what Tianshou tells of it."""
    frames = STEPS * env.num_envs
    collector = Collector(algorithm, SeatsVenv(env), VectorReplayBuffer(frames, env.num_envs))
    collector.reset(gym_reset_kwargs={"seed": seed})
    return algorithm.run_training(
        OnPolicyTrainerParams(
            training_collector=collector,
            max_epochs=1,
            epoch_num_steps=max(steps // frames, 1) * frames,
            collection_step_num_env_steps=frames,
            update_step_num_repetitions=10,
            batch_size=frames // 4,
            verbose=False,
            show_progress=False,
        )
    )


def worth(level: str, algorithm: PPO) -> float:
    """Return U by worker of an episode on seeds that no training sees."""
    env = SeatsVectorEnv(WORLDS, SIZE, level=level, autoreset_mode="Disabled")
    venv = SeatsVenv(env)
    known, _ = venv.reset(seed=TEST_SEED)
    ended = np.zeros(1, bool)
    while not ended.all():
        actions = algorithm.policy(Batch(obs=known, info=Batch())).act
        known, _, _, ended, _ = venv.step(actions.numpy())
    return float(env.simulation.values().mean() / env.simulation.workers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and say what the level was worth before and after."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    levels = ("worker", "manager", "governor", "orchestrator")
    top.add_argument("--level", choices=levels, default="governor")
    top.add_argument("--steps", type=int, default=20_000, help="decisions of single seats (20000)")
    top.add_argument("--seed", type=int, default=0)
    given = top.parse_args(arguments)
    torch.manual_seed(given.seed)
    env = SeatsVectorEnv(WORLDS, SIZE, level=given.level, autoreset_mode="Disabled")
    algorithm = learner(env)
    print(f"untrained: U by worker {worth(given.level, algorithm):.2f}")
    train(algorithm, env, given.steps, given.seed)
    print(f"  trained: U by worker {worth(given.level, algorithm):.2f}")


if __name__ == "__main__":
    main()
