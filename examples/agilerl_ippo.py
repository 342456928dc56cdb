"""AgileRL's IPPO on a PettingZoo hive: agents of a level are a group, and share networks.

    pip install "hive-env[agilerl]"
    python examples/agilerl_ippo.py                                   # governors
    python examples/agilerl_ippo.py --level manager --steps 1000

Agents whose names differ in their number alone are a group to AgileRL. Of action masks it takes
none that this environment gives: what is not open to a seat is read as the first value of that
choice. It brings 2 GB along and pins tensordict: give it an environment of its own.

Printed is U, the value delivered in an episode, by worker, on a seed that no training sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import torch
from agilerl.algorithms import IPPO
from agilerl.training.train_multi_agent_on_policy import train_multi_agent_on_policy

from hive_env import hive_v0

SIZE, STEPS, TEST_SEED = "nano", 64, 10_000


def learner(env: hive_v0.HiveParallelEnv) -> IPPO:
    """Return AgileRL's IPPO for the agents of a hive."""
    agents = env.possible_agents
    layers = {"hidden_size": [64, 64], "activation": "Tanh"}
    return IPPO(
        [env.observation_space(agent) for agent in agents],
        [env.action_space(agent) for agent in agents],
        agent_ids=agents,
        net_config={"encoder_config": layers},
        learn_step=STEPS,
        batch_size=64,
        lr=1e-3,
        gamma=0.9,
        ent_coef=0.003,
        update_epochs=10,
    )


def train(learned: IPPO, env: hive_v0.HiveParallelEnv, steps: int) -> None:
    """Train for so many steps of the world, alone: nobody is selected and nothing mutates."""
    budget = {"max_steps": steps, "evo_steps": steps}
    train_multi_agent_on_policy(env, "Hive-v0", "IPPO", [learned], verbose=False, **budget)


def worth(level: str, learned: IPPO) -> float:
    """Return U by worker of an episode on a seed that no training sees."""
    env = hive_v0.parallel_env(SIZE, level=level)
    seen, infos = env.reset(seed=TEST_SEED)
    learned.set_training_mode(False)
    while env.agents:
        actions = learned.get_action(seen, infos=infos)[0]
        seen, _, _, _, infos = env.step({agent: rows[0] for agent, rows in actions.items()})
    hive = env.simulation
    return float(hive.values()[0] / hive.workers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and say what the level was worth before and after."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    levels = ("worker", "manager", "governor", "orchestrator")
    top.add_argument("--level", choices=levels, default="governor")
    top.add_argument("--steps", type=int, default=2_000, help="steps of the world (2000)")
    top.add_argument("--seed", type=int, default=0)
    given = top.parse_args(arguments)
    torch.manual_seed(given.seed)
    env = hive_v0.parallel_env(SIZE, level=given.level)
    env.reset(seed=given.seed)
    learned = learner(env)
    print(f"untrained: U by worker {worth(given.level, learned):.2f}")
    train(learned, env, given.steps)
    print(f"  trained: U by worker {worth(given.level, learned):.2f}")


if __name__ == "__main__":
    main()
