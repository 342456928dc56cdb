"""RLlib's view of a PettingZoo hive."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np
import pytest
from envs.worlds import CLOCKS, PERIODS, TINY
from pettingzoo import ParallelEnv

from hive_env import hive_v0
from hive_env.errors import ConfigError
from hive_env.faults import Faults, WorkerFaults
from hive_env.scenarios.hive import LEVELS

pytest.importorskip("ray.rllib.env.multi_agent_env", exc_type=ImportError)


MANY = WorkerFaults(
    10.0, kill=0.2, corruption=0.7, corruption_mean=4.0, spawn_ticks=2, reserve=2
)  # fmt: skip
"""Faults that destroy workers, and send others in their place."""


def made(level: str, **arguments: Any) -> tuple[Any, Any]:
    """Return a hive for RLlib, and the same hive."""
    from hive_env.wrappers.rllib import HiveMultiAgentEnv

    arguments = {"config": PERIODS, **arguments}
    return (
        HiveMultiAgentEnv(hive_v0.parallel_env(TINY, level=level, **arguments)),
        hive_v0.parallel_env(TINY, level=level, **arguments),
    )


def drawn(env: Any, agents: Any, random: Any) -> dict[str, Any]:
    return {agent: random.integers(env.action_spaces[agent].nvec) for agent in agents}


@pytest.mark.parametrize("level", ["worker", "manager", "all"])
def test_it_plays_as_the_hive_does_and_is_over_when_it_is_cut_off(level: str) -> None:
    env, hive = made(level, max_cycles=9)
    assert env.possible_agents == hive.possible_agents
    random = np.random.default_rng(0)
    seen, infos = env.reset(seed=3)
    hive.reset(seed=3)
    paid: dict[str, float] = {}
    expected: dict[str, float] = {}
    for step in range(9):
        assert seen.keys() == infos.keys()
        assert all(info["decision"] for info in infos.values())
        actions = drawn(env, seen, random)
        seen, rewards, terminated, truncated, infos = env.step(actions)
        outcome = hive.step(actions)
        assert env.env.state_hash() == hive.state_hash()
        assert all(np.array_equal(one, outcome[0][agent]) for agent, one in seen.items())
        for total, got in ((paid, rewards), (expected, outcome[1])):
            for agent, reward in got.items():
                total[agent] = total.get(agent, 0.0) + reward
        assert terminated["__all__"] is False
        assert truncated["__all__"] is (step == 8)
    assert paid == expected
    assert set(seen) == set(env.possible_agents), "all are told of the end"
    assert env.agents == []


def played(env: Any, steps: int) -> Any:
    """Return the episode that RLlib makes of so many steps."""
    from ray.rllib.env.multi_agent_episode import MultiAgentEpisode

    random = np.random.default_rng(0)
    episode = MultiAgentEpisode()
    seen, infos = env.reset(seed=0)
    episode.add_env_reset(observations=seen, infos=infos)
    for _ in range(steps):
        actions = drawn(env, [agent for agent in seen if agent in env.agents], random)
        seen, rewards, terminated, truncated, infos = env.step(actions)
        episode.add_env_step(
            seen, actions, rewards, infos, terminateds=terminated, truncateds=truncated
        )
    return episode


@pytest.mark.parametrize("level", ["worker", "manager", "all"])
def test_to_rllib_who_is_cut_off_is_not_at_an_end(level: str) -> None:
    """What comes after an end of an agent would be worth nothing to it."""
    env, _ = made(level, max_cycles=8)
    episode = played(env, 8)
    assert episode.is_truncated
    assert len(episode.agent_episodes) == len(env.possible_agents)
    for one in episode.agent_episodes.values():
        assert one.is_truncated
        assert not one.is_terminated


def test_to_rllib_who_is_destroyed_is_at_an_end_and_nobody_else() -> None:
    faults = Faults(MANY, offices=None)
    env, _ = made("worker", config={**CLOCKS, "faults": faults}, max_cycles=40)
    episode = played(env, 40)
    left = set(env.env.simulation.occupants("worker").tolist())
    for name, one in episode.agent_episodes.items():
        stays = int(name.rpartition("_")[2]) in left
        assert one.is_terminated != stays
    assert any(one.is_terminated for one in episode.agent_episodes.values())


@pytest.mark.parametrize("env", [None, 3, lambda: None])
def test_what_is_no_parallel_environment_is_refused(env: Any) -> None:
    from hive_env.wrappers.rllib import HiveMultiAgentEnv

    with pytest.raises(ConfigError, match="ParallelEnv"):
        HiveMultiAgentEnv(env)


def test_only_who_decides_is_asked() -> None:
    env, _ = made("all")
    seen, _ = env.reset(seed=0)
    random = np.random.default_rng(0)
    counts = []
    for _ in range(8):
        counts.append([sum(agent.startswith(level) for agent in seen) for level in LEVELS])
        seen, *_ = env.step(drawn(env, seen, random))
    assert [row[0] for row in counts] == [64] * 8
    assert [row[1] for row in counts] == [4, 0] * 4
    assert [row[2] for row in counts] == [1, 0, 0, 0] * 2
    assert [row[3] for row in counts] == [1, 0, 0, 0, 0, 0, 0, 0]


def test_it_leaves_what_the_environment_returns_as_it_is() -> None:
    env, _ = made("manager", max_cycles=1)
    returned = []
    step = env.env.step

    def kept(actions: Any) -> Any:
        returned.append(step(actions))
        return returned[-1]

    env.env.step = kept
    seen, _ = env.reset(seed=0)
    env.step(drawn(env, seen, np.random.default_rng(0)))
    assert all("__all__" not in part for part in returned[0])


class Ending(ParallelEnv[str, Any, Any]):
    """Two agents, each of whom ends in a step and way of its own."""

    def __init__(self, ends: dict[str, tuple[int, str]]) -> None:
        self.ends, self.possible_agents = ends, list(ends)

    def observation_space(self, agent: str) -> Any:
        return hive_v0.parallel_env(TINY).observation_space("worker_0")

    action_space = observation_space

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        self.step_count, self.agents = 0, list(self.possible_agents)
        return dict.fromkeys(self.agents, 0), {agent: {} for agent in self.agents}

    def step(self, actions: Any) -> Any:
        self.step_count += 1
        told = self.agents
        over = {agent: self.ends[agent][0] == self.step_count for agent in told}
        self.agents = [agent for agent in told if not over[agent]]
        flags = [
            {agent: over[agent] and self.ends[agent][1] == way for agent in told}
            for way in ("terminated", "truncated")
        ]
        infos: dict[str, Any] = {agent: {} for agent in told}
        return dict.fromkeys(told, 0), dict.fromkeys(told, 0.0), *flags, infos


@pytest.mark.parametrize(
    ("first", "last", "way"),
    [
        ("terminated", "truncated", "truncated"),
        ("truncated", "terminated", "terminated"),
        ("terminated", "terminated", "terminated"),
    ],
)
def test_an_episode_is_over_however_its_agents_have_ended(first: str, last: str, way: str) -> None:
    from hive_env.wrappers.rllib import HiveMultiAgentEnv

    env = HiveMultiAgentEnv(Ending({"a_0": (1, first), "a_1": (2, last)}))
    env.reset()
    seen, _, terminated, truncated, _ = env.step({"a_0": 0, "a_1": 0})
    assert terminated["__all__"] is truncated["__all__"] is False
    assert "a_0" in seen, "it is told of its own end"
    assert env.agents == ["a_1"]
    _, _, terminated, truncated, _ = env.step({"a_1": 0})
    assert {"terminated": terminated["__all__"], "truncated": truncated["__all__"]} == {
        "terminated": way == "terminated",
        "truncated": way == "truncated",
    }


def test_who_is_destroyed_ends_and_who_comes_in_its_place_is_asked() -> None:
    faults = Faults(MANY, offices=None)
    env, _ = made("worker", config={**CLOCKS, "faults": faults}, max_cycles=40)
    random = np.random.default_rng(0)
    seen, _ = env.reset(seed=0)
    ended: set[str] = set()
    came: set[str] = set()
    over = False
    while not over:
        before = set(env.agents)
        seen, _, terminated, truncated, _ = env.step(drawn(env, env.agents, random))
        ended |= {agent for agent, gone in terminated.items() if gone and agent != "__all__"}
        came |= set(env.agents) - before
        assert set(env.agents) <= set(seen)
        over = terminated["__all__"] or truncated["__all__"]
    assert ended
    assert came
    assert truncated["__all__"]


def test_without_rllib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray.rllib.env.multi_agent_env", None)
    monkeypatch.delitem(sys.modules, "hive_env.wrappers.rllib", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'hive-env\[rllib\]'"):
        importlib.import_module("hive_env.wrappers.rllib")
