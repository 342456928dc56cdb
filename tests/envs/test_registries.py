"""The task is found by its name, in Gymnasium and in PettingZoo."""

from __future__ import annotations

import gymnasium
import pettingzoo
import pytest
from envs.worlds import TINY
from pettingzoo.utils.wrappers import OrderEnforcingWrapper

from hive_env import hive_v0


@pytest.mark.parametrize("name", ["Hive-v0", "hive_env:Hive-v0"])
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
def test_pettingzoo_makes_it_by_name() -> None:
    parallel = pettingzoo.make("parallel", "Hive-v0", size=TINY, max_cycles=3)
    turns = pettingzoo.make("aec", "Hive-v0", size=TINY)

    assert isinstance(parallel, hive_v0.HiveParallelEnv)
    assert parallel.max_cycles == 3
    assert isinstance(turns, OrderEnforcingWrapper)
