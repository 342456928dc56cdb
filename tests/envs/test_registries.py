"""The task is found by its name, in Gymnasium and in PettingZoo."""

from __future__ import annotations

import gymnasium
import pettingzoo
import pytest
from envs.worlds import TINY
from pettingzoo.utils.wrappers import OrderEnforcingWrapper

from hive_env import hive_queue_v0, hive_v0

TASKS = {"Hive-v0": "forage", "HiveQueue-v0": "queue"}


@pytest.mark.parametrize("name", TASKS)
def test_a_name_stands_for_a_task_at_the_seat_of_a_manager(name: str) -> None:
    """Under Gymnasium, as one world or several, and in PettingZoo, where workers are agents."""
    env = gymnasium.make(name, size=TINY)
    envs = gymnasium.make_vec(name, num_envs=2, size=TINY)
    module = {"Hive-v0": hive_v0, "HiveQueue-v0": hive_queue_v0}[name]
    agents = module.parallel_env(TINY)

    for one in (env.unwrapped, envs.unwrapped, agents):
        assert one.simulation.blueprint.family == TASKS[name]  # type: ignore[attr-defined]
    manager = agents.simulation.levels["manager"]
    assert env.observation_space.shape == (len(manager.features),)
    assert envs.observation_space.shape == (2, len(manager.features))
    assert env.action_space == gymnasium.spaces.MultiDiscrete(list(manager.choices))
    assert agents.possible_agents == [f"worker_{seat}" for seat in range(64)]
    assert isinstance(module.env(TINY), OrderEnforcingWrapper)


@pytest.mark.parametrize("name", ["Hive-v0", "hive_env:Hive-v0", "hive_env:HiveQueue-v0"])
def test_gymnasium_makes_it_by_name(name: str) -> None:
    env = gymnasium.make(name, size=TINY)
    envs = gymnasium.make_vec(name, num_envs=2, size=TINY)

    assert isinstance(env.unwrapped, hive_v0.HiveEnv)
    assert isinstance(envs.unwrapped, hive_v0.HiveVectorEnv)
    assert env.spec is not None
    assert env.spec.max_episode_steps is None


def test_a_spec_makes_the_same_environment_again() -> None:
    env = gymnasium.make("Hive-v0", size="nano", max_cycles=7)
    assert env.spec is not None

    again = gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json()))

    assert again.unwrapped.max_cycles == 7  # type: ignore[attr-defined]


@pytest.mark.skipif(not hasattr(pettingzoo, "register"), reason="PettingZoo before 1.27")
@pytest.mark.parametrize("name", TASKS)
def test_pettingzoo_makes_it_by_name(name: str) -> None:
    parallel = pettingzoo.make("parallel", name, size=TINY, max_cycles=3)
    turns = pettingzoo.make("aec", name, size=TINY)

    assert isinstance(parallel, hive_v0.HiveParallelEnv)
    assert parallel.max_cycles == 3
    assert parallel.simulation.blueprint.family == TASKS[name]
    assert isinstance(turns, OrderEnforcingWrapper)
