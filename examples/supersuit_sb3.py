"""A PettingZoo hive through SuperSuit into Stable-Baselines3: PPO shared by all agents of a level.

    pip install "hive-env[plugs]"
    python examples/supersuit_sb3.py                                   # governors
    python examples/supersuit_sb3.py --level manager --steps 100000

SuperSuit makes every agent of copies of the environment an environment of its own, agent by agent;
`examples/sb3.py` does the same over arrays, and knows action masks. SuperSuit passes no seeds on,
and tells nobody that an episode was cut off and not over, without which nothing is learned about
what would have come: `Cut` adds both.

Printed is U, the value delivered in an episode, by worker, on seeds that no training sees.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np
import supersuit
from stable_baselines3 import PPO
from supersuit.vector.sb3_vector_wrapper import SB3VecEnvWrapper

from hive_env import hive_v0

SIZE, WORLDS, STEPS, TEST_SEED = "nano", 4, 16, 10_000


class Cut(SB3VecEnvWrapper):
    """SuperSuit's environments for Stable-Baselines3: with seeds, and cut off at their end."""

    _seed: int | None = None

    def seed(self, seed: int | None = None) -> list[int | None]:
        """Let the next reset give copy k of the environment the seed ``seed + k``."""
        self._seed = seed
        return [seed] * self.num_envs

    def reset(self) -> Any:
        """Start an episode everywhere."""
        observations, self.reset_infos = self.venv.reset(seed=self._seed)
        self._seed = None
        return observations

    def step_wait(self) -> Any:
        """Take the step."""
        observations, rewards, over, infos = super().step_wait()
        for info in infos:
            if "terminal_observation" in info:
                info["TimeLimit.truncated"] = True
        return observations, rewards, over, infos


def made(level: str, worlds: int) -> Cut:
    """Return all agents of a level, in some copies of a hive, as one `VecEnv`."""
    env = supersuit.pettingzoo_env_to_vec_env_v1(hive_v0.parallel_env(SIZE, level=level))
    return Cut(supersuit.concat_vec_envs_v1(env, worlds, num_cpus=0))


def learner(env: Cut, seed: int) -> PPO:
    """Return a PPO that all agents share."""
    settings = {"learning_rate": 1e-3, "gamma": 0.9, "ent_coef": 0.003, "n_steps": STEPS}
    batch = STEPS * env.num_envs // 4
    return PPO("MlpPolicy", env, batch_size=batch, seed=seed, device="cpu", **settings)


def worth(level: str, model: PPO) -> float:
    """Return U by worker of an episode on seeds that no training sees."""
    env = hive_v0.parallel_env(SIZE, level=level)
    total = 0.0
    for seed in range(TEST_SEED, TEST_SEED + WORLDS):
        seen, _ = env.reset(seed=seed)
        while env.agents:
            actions, _ = model.predict(np.stack(list(seen.values())), deterministic=True)
            seen = env.step(dict(zip(seen, actions, strict=True)))[0]
        total += env.simulation.values()[0] / env.simulation.workers
    return total / WORLDS


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and say what the level was worth before and after."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    levels = ("worker", "manager", "governor", "orchestrator")
    top.add_argument("--level", choices=levels, default="governor")
    top.add_argument("--steps", type=int, default=15_000, help="decisions of single seats (15000)")
    top.add_argument("--seed", type=int, default=0)
    given = top.parse_args(arguments)
    model = learner(made(given.level, WORLDS), given.seed)
    print(f"untrained: U by worker {worth(given.level, model):.2f}")
    model.learn(given.steps)
    print(f"  trained: U by worker {worth(given.level, model):.2f}")


if __name__ == "__main__":
    main()
