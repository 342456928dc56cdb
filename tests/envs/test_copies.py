"""A facade is copied as the arguments that it was made from."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import gymnasium
import pytest
from envs.worlds import CLOCKS, TINY

from hive_env import HiveEnv, HiveParallelEnv, HiveVectorEnv, hive_v0
from hive_env.errors import ConfigError, ResetNeededError
from hive_env.wrappers import LevelView, SeatsVectorEnv

MADE = [
    lambda: HiveEnv(TINY, level="manager", config=CLOCKS, seat=1),
    lambda: HiveVectorEnv(2, TINY, level="governor", config=CLOCKS),
    lambda: HiveParallelEnv(TINY, level="manager", config=CLOCKS),
    lambda: SeatsVectorEnv(2, TINY, level="manager", config=CLOCKS, autoreset_mode="SameStep"),
]


def played(env: Any, steps: int = 3) -> int:
    """Return the hash of the world after some steps from a seed; actions too are drawn by it."""
    env.reset(seed=3)
    agents = getattr(env, "possible_agents", None)
    for space in [env.action_space] if agents is None else map(env.action_space, agents):
        space.seed(5)
    for _ in range(steps):
        if agents is None:
            env.step(env.action_space.sample())
        else:
            env.step({agent: env.action_space(agent).sample() for agent in agents})
    return int(env.state_hash())


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copy_plays_as_the_original_does_and_apart_from_it(made: Any, copied: Any) -> None:
    env = made()
    env.max_cycles = 9
    expected = played(env)
    other = copied(env)

    assert other.max_cycles == 9
    assert other.simulation is not env.simulation
    assert played(other, 1) != expected
    assert env.state_hash() == expected, "playing the copy leaves the original as it was"
    assert played(other) == expected


@pytest.mark.parametrize("made", MADE)
def test_a_copy_is_new_and_has_to_be_reset(made: Any) -> None:
    env = made()
    env.reset(seed=0)
    other = copy.deepcopy(env)
    with pytest.raises(ResetNeededError):
        other.action_masks()


def test_a_copy_is_of_the_arguments_as_they_were() -> None:
    config = {"manager_period": 2}
    env = HiveParallelEnv(TINY, level="all", config=config)
    config["manager_period"] = 4
    assert copy.deepcopy(env).settings == env.settings


def test_a_copy_of_a_registered_environment_knows_how_it_was_made() -> None:
    env = gymnasium.make("hive_env:Hive-v0", size=TINY)
    assert pickle.loads(pickle.dumps(env)).spec == env.spec


def test_what_is_around_a_facade_is_copied_with_it() -> None:
    for env in (
        gymnasium.make("hive_env:Hive-v0", size=TINY),
        hive_v0.env(TINY, level="manager"),
        LevelView(hive_v0.parallel_env(TINY, level="all"), "manager"),
    ):
        other = pickle.loads(pickle.dumps(env))
        other.reset(seed=1)
        env.reset(seed=1)
        assert other.unwrapped.state_hash() == env.unwrapped.state_hash()


def test_a_constructor_still_refuses_what_it_cannot_use() -> None:
    with pytest.raises(ConfigError, match="seat"):
        HiveEnv(TINY, seat=99)
    with pytest.raises(TypeError, match="unexpected keyword"):
        HiveEnv(TINY, seats=1)
