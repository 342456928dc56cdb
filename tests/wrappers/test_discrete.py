"""Actions as one number."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from envs.worlds import CLOCKS, HARSH, TINY
from gymnasium import spaces

from hive_env import hive_v0
from hive_env.errors import ActionError, ArgumentError, ConfigError
from hive_env.wrappers import DiscreteActions, LevelView, WithPolicies

CONFIG = {**CLOCKS, **HARSH}
COUNTS = {"worker": 40, "manager": 405, "governor": 81, "orchestrator": 256}


def made(level: str, **arguments: Any) -> Any:
    return hive_v0.parallel_env(TINY, level=level, **{"config": CONFIG, **arguments})


@pytest.mark.parametrize("level", [*COUNTS, "all"])
def test_it_plays_as_the_environment_does_with_the_parts_of_each_number(level: str) -> None:
    env, other = DiscreteActions(made(level)), made(level)
    env.reset(seed=2)
    other.reset(seed=2)
    random = np.random.default_rng(0)
    failed = 0
    for _ in range(12):
        numbers, parts = {}, {}
        for agent in env.agents:
            choices = other.action_space(agent).nvec
            numbers[agent] = random.integers(env.action_space(agent).n)
            # Counted the slow way, the last choice fastest.
            parts[agent] = list(product(*map(range, choices)))[numbers[agent]]
        outcome, expected = env.step(numbers), other.step(parts)
        assert env.state_hash() == other.state_hash()
        assert outcome[1:4] == expected[1:4]
        for agent, info in outcome[4].items():
            mask = expected[4][agent]["action_mask"]
            is_open = [all(one) for one in product(*mask)]
            assert info["action_mask"].dtype == np.int8
            assert info["action_mask"].tolist() == is_open
            assert len(mask) > 1, "the environment's own info is as it was"
            failed += agent.startswith("worker") and sum(is_open) == 1
    assert failed or level not in ("worker", "all"), "nobody failed: the masks say nothing"


@pytest.mark.parametrize(("level", "count"), COUNTS.items())
def test_an_agents_space_holds_all_its_actions_and_is_the_same_every_time(
    level: str, count: int
) -> None:
    env = DiscreteActions(made(level))
    agent = env.possible_agents[-1]
    assert env.action_space(agent) == spaces.Discrete(count)
    assert env.action_space(agent) is env.action_space(agent)
    with pytest.raises(ArgumentError, match="nobody_0"):
        env.action_space("nobody_0")


def test_masks_by_level_are_those_of_the_infos() -> None:
    env = DiscreteActions(made("worker"))
    _, infos = env.reset(seed=0)
    for _ in range(20):
        actions = {a: env.action_space(a).sample(mask=infos[a]["action_mask"]) for a in env.agents}
        *_, infos = env.step(actions)
    masks = env.action_masks()["worker"]
    assert masks.dtype == bool
    assert np.array_equal(masks, [infos[agent]["action_mask"] for agent in env.agents])
    assert not masks.all()


@pytest.mark.parametrize("action", [-1, 81, 1.0, (1,), None, "1"])
def test_what_is_no_action_is_refused_and_changes_nothing(action: Any) -> None:
    env = DiscreteActions(made("governor"))
    env.reset(seed=0)
    before = env.state_hash()
    with pytest.raises(ActionError, match="0 to 80"):
        env.step({"governor_0": action})
    with pytest.raises(ActionError, match="nobody_0"):
        env.step({"governor_0": 0, "nobody_0": 0})
    assert env.state_hash() == before


def test_what_has_too_many_actions_or_numbers_already_is_refused() -> None:
    squads = made("manager", config={**CONFIG, "orders": "squads"})
    with pytest.raises(ConfigError, match="at most 4,096 actions of a manager"):
        DiscreteActions(squads)
    with pytest.raises(ConfigError, match="MultiDiscrete"):
        DiscreteActions(DiscreteActions(made("governor")))
    with pytest.raises(ConfigError, match="parallel environment of a hive"):
        DiscreteActions(hive_v0.env(TINY))


def test_it_goes_around_other_wrappers() -> None:
    env = DiscreteActions(LevelView(made("all"), "governor"))
    env.reset(seed=0)
    env.step({"governor_0": 3})
    assert env.agents == ["governor_0"]


@pytest.mark.parametrize("level", COUNTS)
def test_spaces_by_agent_are_those_of_what_is_around_the_hive(level: str) -> None:
    hive = made("all")
    seats = LevelView(hive, level)
    for env in (seats, DiscreteActions(seats), WithPolicies(hive, {level: "random"})):
        assert list(env.action_spaces) == list(env.observation_spaces) == env.possible_agents
        for agent in env.possible_agents:
            assert env.action_spaces[agent] == env.action_space(agent)
            assert env.observation_spaces[agent] == env.observation_space(agent)
