"""A BenchMARL task: MAPPO or IPPO on all agents of a level, with their action masks.

    pip install "hive-env[benchmarl]"
    python examples/benchmarl_task.py                                 # governors
    python examples/benchmarl_task.py --level manager --algorithm ippo

A task says how an environment is made, and which of its tensors are observations, masks and the
rest. BenchMARL chooses one number an agent, so `DiscreteActions` makes one of all choices. It runs
worlds that are no batch of their own one after another. MAPPO's critic sees the global state.

Printed is U, the value delivered in an episode, by worker, on a seed that no training sees.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import torch
from benchmarl.algorithms import IppoConfig, MappoConfig
from benchmarl.environments import TaskClass
from benchmarl.experiment import Experiment, ExperimentConfig
from benchmarl.models import MlpConfig
from torchrl.data import Composite
from torchrl.envs import EnvBase, ExplorationType, PettingZooWrapper, set_exploration_type

from hive_env import hive_v0
from hive_env.wrappers import DiscreteActions

SIZE, WORLDS, TEST_SEED = "nano", 2, 10_000
ALGORITHMS = {"ippo": IppoConfig, "mappo": MappoConfig}


def made(level: str, seed: int | None = None, device: Any = "cpu") -> EnvBase:
    """Return all agents of a level of one world for TorchRL."""
    env = DiscreteActions(hive_v0.parallel_env(SIZE, level=level))
    return PettingZooWrapper(env, return_state=True, seed=seed, device=device)


class HiveTask(TaskClass):
    """A level of a hive."""

    def get_env_fun(
        self, num_envs: int, continuous_actions: bool, seed: int | None, device: Any
    ) -> Callable[[], EnvBase]:
        """Return what makes one world after another, each with a seed of its own."""
        seeds = itertools.count(0 if seed is None else seed)
        return lambda: made(self.config["level"], next(seeds), device)

    def supports_continuous_actions(self) -> bool:
        """Actions are numbers of what to do."""
        return False

    def supports_discrete_actions(self) -> bool:
        """Actions are numbers of what to do."""
        return True

    def has_render(self, env: EnvBase) -> bool:
        """Nothing is rendered."""
        return False

    def max_steps(self, env: EnvBase) -> int:
        """Return more steps than an episode has: worlds end by themselves."""
        return 10_000

    def group_map(self, env: EnvBase) -> dict[str, list[str]]:
        """Return the agents by level."""
        return env.group_map

    def observation_spec(self, env: EnvBase) -> Composite:
        """Return what an agent observes."""
        return self._only(env, "observation")

    def action_mask_spec(self, env: EnvBase) -> Composite:
        """Return what is open to an agent."""
        return self._only(env, "action_mask")

    def info_spec(self, env: EnvBase) -> Composite:
        """Return what else is told of an agent."""
        return self._only(env, "info")

    def state_spec(self, env: EnvBase) -> Composite:
        """Return what is known of the world as a whole."""
        return Composite({"state": env.observation_spec["state"].clone()})

    def action_spec(self, env: EnvBase) -> Composite:
        """Return what an agent chooses."""
        return env.full_action_spec

    @staticmethod
    def env_name() -> str:
        """Return the name of the kind of task."""
        return "hive"

    def _only(self, env: EnvBase, key: str) -> Composite:
        found = Composite()
        for group, agents in env.group_map.items():
            spec = env.observation_spec[group, key].clone()
            found[group] = Composite({key: spec}, shape=(len(agents),))
        return found


def experiment(level: str, algorithm: str, steps: int, seed: int, folder: str) -> Experiment:
    """Return BenchMARL's experiment on a level, for so many steps of the worlds."""
    config = ExperimentConfig.get_from_yaml()
    config.gamma, config.lr, config.max_n_frames = 0.9, 1e-3, steps
    config.on_policy_n_envs_per_worker = WORLDS
    config.on_policy_collected_frames_per_batch = min(32 * WORLDS, steps)
    config.on_policy_n_minibatch_iters, config.on_policy_minibatch_size = 10, 16
    config.evaluation = config.render = False
    config.loggers, config.create_json, config.save_folder = [], False, folder
    model = MlpConfig([64, 64], layer_class=torch.nn.Linear, activation_class=torch.nn.Tanh)
    return Experiment(
        task=HiveTask(level.upper(), {"level": level}),
        algorithm_config=ALGORITHMS[algorithm].get_from_yaml(),
        model_config=model,
        critic_model_config=model,
        seed=seed,
        config=config,
    )


def worth(level: str, policy: Any) -> float:
    """Return U by worker of an episode on a seed that no training sees."""
    env = made(level, TEST_SEED)
    with torch.no_grad(), set_exploration_type(ExplorationType.DETERMINISTIC):
        env.rollout(10_000, policy)
    hive = env._env.simulation
    return float(hive.values()[0] / hive.workers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and say what the level was worth before and after."""
    top = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    levels = ("worker", "manager", "governor", "orchestrator")
    top.add_argument("--level", choices=levels, default="governor")
    top.add_argument("--algorithm", choices=ALGORITHMS, default="mappo")
    top.add_argument("--steps", type=int, default=3_000, help="steps of the worlds (3000)")
    top.add_argument("--seed", type=int, default=0)
    given = top.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        run = experiment(given.level, given.algorithm, given.steps, given.seed, folder)
        print(f"untrained: U by worker {worth(given.level, run.policy):.2f}")
        run.run()
        print(f"  trained: U by worker {worth(given.level, run.policy):.2f}")


if __name__ == "__main__":
    main()
