"""RLlib's PPO: every seat of a level an environment, or all agents in one multi-agent environment.

    pip install "hive-env[rllib]"
    python examples/rllib.py                                      # governors, as environments
    python examples/rllib.py --level manager --steps 100000
    python examples/rllib.py --seat                               # one manager's, of Hive-v0
    python examples/rllib.py --multi --level manager              # one policy for all managers
    python examples/rllib.py --multi --level all                  # a policy for each level

RLlib asks for a vector environment with ``num_envs``; it wants one that resets in the next step
(``NextStep``), and loses steps of others. `HiveMultiAgentEnv` stands for its own wrapper of
PettingZoo environments. Its PPO knows no action masks: what is not open to a seat is read as the
first value of that choice. ray[rllib] 2.60 pins gymnasium 1.2.2: give it an environment of its own.

Printed is U, the value delivered in an episode, by worker, on a seed that no training sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import ray
import torch
from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.algorithms.ppo import PPOConfig
from ray.tune.registry import register_env

from hive_env import hive_v0
from hive_env.wrappers import SeatsVectorEnv
from hive_env.wrappers.rllib import HiveMultiAgentEnv

SIZE, WORLDS, STEPS, TEST_SEED = "nano", 8, 16, 10_000
LEVELS = ("worker", "manager", "governor", "orchestrator")


def seats(level: str) -> PPOConfig:
    """Return a PPO for the seats of a level, each an environment of the native vector one."""
    register_env("seats", lambda _: SeatsVectorEnv(WORLDS, SIZE, level=level))
    return vector("seats", SeatsVectorEnv(WORLDS, SIZE, level=level).num_envs)


def seat() -> PPOConfig:
    """Return a PPO for one manager's seat of some worlds, by the name of the environment."""
    return vector("hive_env:Hive-v0", WORLDS).environment(env_config={"size": SIZE})


def vector(name: str, count: int) -> PPOConfig:
    """Return a PPO for a native vector environment."""
    config = PPOConfig().environment(name).env_runners(num_envs_per_env_runner=count)
    config.env_runners(gym_env_vectorize_mode="vector_entry_point")
    return config.training(train_batch_size=STEPS * count, minibatch_size=STEPS * count // 4)


def agents(level: str) -> PPOConfig:
    """Return a PPO for the agents of a level, or all, of one world; a level shares a policy."""
    register_env("agents", lambda _: HiveMultiAgentEnv(hive_v0.parallel_env(SIZE, level=level)))
    config = (
        PPOConfig()
        .environment("agents")
        .multi_agent(
            policies=set(LEVELS) if level == "all" else {level},
            policy_mapping_fn=lambda agent, *_, **__: agent.rpartition("_")[0],
            count_steps_by="agent_steps",
        )
    )
    # RLlib fails where a batch has no step of some policy: one for all has 64 ticks and more.
    batch = 40_000 if level == "all" else 1_024
    return config.training(train_batch_size=batch, minibatch_size=batch // 8)


def built(config: PPOConfig, seed: int) -> Algorithm:
    """Return the algorithm, all of it in this process."""
    config.env_runners(num_env_runners=0).debugging(seed=seed, log_level="ERROR")
    config.training(lr=1e-3, gamma=0.9, lambda_=0.95, num_epochs=10, entropy_coeff=0.003)
    config.rl_module(model_config={"fcnet_hiddens": [64, 64], "vf_share_layers": False})
    return config.build_algo()


def train(algorithm: Algorithm, steps: int) -> list[dict[str, dict[str, Any]]]:
    """Train for so many decisions, and return what every update tells of each policy."""
    told, done = [], 0
    while done < steps:
        result = algorithm.train()
        done += sum(result["env_runners"]["num_module_steps_sampled"].values())
        told.append(result["learners"])
    return told


def worth(algorithm: Algorithm, level: str) -> float:
    """Return U by worker of an episode on a seed that no training sees."""
    env = HiveMultiAgentEnv(hive_v0.parallel_env(SIZE, level=level))
    seen, _ = env.reset(seed=TEST_SEED)
    while env.agents:
        actions = {}
        for name in LEVELS if level == "all" else (level,):
            group = [agent for agent in seen if agent.startswith(name)]
            if group:
                module = algorithm.get_module(name) or algorithm.get_module()
                views = torch.as_tensor(np.stack([seen[agent] for agent in group]))
                logits = module.forward_inference({"obs": views})["action_dist_inputs"]
                parts = logits.split(env.action_spaces[group[0]].nvec.tolist(), -1)
                rows = torch.stack([part.argmax(-1) for part in parts], -1).numpy()
                actions.update(zip(group, rows, strict=True))
        seen = env.step(actions)[0]
    hive = env.env.simulation
    return float(hive.values()[0] / hive.workers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and say what the seats were worth before and after."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    top.add_argument("--level", choices=(*LEVELS, "all"), default="governor")
    top.add_argument("--multi", action="store_true", help="all agents in one environment")
    top.add_argument("--seat", action="store_true", help="one manager's seat of Hive-v0")
    top.add_argument("--steps", type=int, default=15_000, help="decisions of single seats (15000)")
    top.add_argument("--seed", type=int, default=0)
    given = top.parse_args(arguments)
    if given.level == "all" and not given.multi:
        top.error("all levels play together in a multi-agent environment only: add --multi")
    if given.seat and (given.multi or given.level not in ("governor", "manager")):
        top.error("--seat is one manager's: it goes with neither --multi nor another --level")
    level = "manager" if given.seat else given.level
    config = seat() if given.seat else agents(level) if given.multi else seats(level)
    ray.init(num_cpus=1, include_dashboard=False, ignore_reinit_error=True)
    algorithm = built(config, given.seed)
    print(f"untrained: U by worker {worth(algorithm, level):.2f}")
    train(algorithm, given.steps)
    print(f"  trained: U by worker {worth(algorithm, level):.2f}")
    algorithm.stop()
    ray.shutdown()


if __name__ == "__main__":
    main()
