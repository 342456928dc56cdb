"""The PettingZoo environments, parallel and one after another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from envs.worlds import CLOCKS, HARSH, TINY, alive, choices, drive
from gymnasium.spaces import Box
from pettingzoo import AECEnv
from pettingzoo.test import (
    api_test,
    max_cycles_test,
    parallel_api_test,
    parallel_seed_test,
    seed_test,
    state_test,
    test_save_obs,
)
from pettingzoo.utils.conversions import aec_to_parallel

from hive_env import hive_v0
from hive_env.config import HiveConfig
from hive_env.enums import FaultKind
from hive_env.envs.parallel import HiveParallelEnv
from hive_env.errors import ActionError, ArgumentError, ResetNeededError
from hive_env.faults import Faults, WorkerFaults
from hive_env.scenarios.forage import Forage

save_obs = test_save_obs
save_obs.__test__ = False  # type: ignore[attr-defined]  # a checker, not one of our tests
del test_save_obs


def acts(env: HiveParallelEnv, rows: Any) -> dict[str, Any]:
    return dict(zip(env.agents, rows, strict=True))


@pytest.mark.parametrize("arguments", [{}, {"observation": "uint8"}, {"config": {"depth": 3}}])
def test_it_passes_the_parallel_checker_of_pettingzoo(arguments: dict[str, Any]) -> None:
    parallel_api_test(hive_v0.parallel_env(TINY, **arguments), num_cycles=30)


def test_it_passes_the_parallel_checker_over_the_end_of_its_episodes() -> None:
    parallel_api_test(
        hive_v0.parallel_env(TINY, config={"episode_ticks": 4, **CLOCKS}), num_cycles=30
    )


@pytest.mark.filterwarnings(
    # It advises against MultiDiscrete, with which several choices are several.
    "ignore:Action space for each agent probably should be:UserWarning"
)
@pytest.mark.parametrize("cycles", [4, 40])
def test_it_passes_the_aec_checker_of_pettingzoo(cycles: int) -> None:
    env = hive_v0.env(TINY, max_cycles=cycles, config=HARSH)

    api_test(env, num_cycles=10)


def test_it_passes_the_seed_checkers_of_pettingzoo() -> None:
    parallel_seed_test(lambda: hive_v0.parallel_env(TINY, max_cycles=20), num_cycles=20)
    seed_test(lambda: hive_v0.env(TINY, max_cycles=6), num_cycles=5)


def test_it_passes_the_max_cycles_checker_of_pettingzoo() -> None:
    class Module:
        """The task's module, for a world that a checker with loops over agents can bear."""

        parallel_env = staticmethod(lambda **given: hive_v0.parallel_env(TINY, **given))
        env = staticmethod(lambda **given: hive_v0.env(TINY, **given))

    max_cycles_test(Module)


def test_it_passes_the_state_checker_of_pettingzoo() -> None:
    state_test(hive_v0.env(TINY, config=HARSH), hive_v0.parallel_env(TINY), num_cycles=5)


def test_it_passes_the_save_obs_checker_of_pettingzoo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Observations are no pictures, which the checker is content to be told."""
    monkeypatch.chdir(tmp_path)
    env = hive_v0.env(TINY)
    env.reset(seed=0)
    save_obs(env)


def test_it_plays_what_the_array_api_plays() -> None:
    """Thirty ticks of a harsh world: hash, observations, rewards, masks."""
    env = hive_v0.parallel_env(TINY, observation="uint8", config=HARSH)
    simulation = Forage(HiveConfig(TINY, env.simulation.config.forage))
    simulation.reset(3)
    seen, infos = env.reset(seed=3)

    for actions in choices(1, 30, 64, 2):
        seen, rewards, terminated, truncated, infos = env.step(acts(env, actions))
        paid = drive(simulation, "worker", dict(enumerate(actions)))
        assert env.state_hash() == simulation.state_hash()
        assert np.array_equal(np.stack(list(seen.values())), simulation.observe())
        assert list(rewards.values()) == paid.tolist()
        free = [info["action_mask"][0].sum() == 8 for info in infos.values()]
        assert free == alive(simulation).tolist()
        assert list(terminated) == list(truncated) == list(seen) == env.possible_agents
        assert not any(terminated.values())


def test_the_values_of_a_step_are_rows_of_one_new_array() -> None:
    env = hive_v0.parallel_env(TINY)
    first, _ = env.reset(seed=0)
    second = env.step(acts(env, np.zeros((64, 2), int)))[0]

    assert len({id(row.base) for row in first.values()}) == 1
    assert len({id(row.base) for row in second.values()}) == 1
    assert not np.shares_memory(first["worker_0"].base, second["worker_0"].base)
    for agent, row in second.items():
        assert env.observation_space(agent).contains(row)


def test_a_failed_worker_stays_and_may_only_stay_and_deposit_nothing() -> None:
    env = hive_v0.parallel_env(TINY, config=HARSH)
    env.reset(seed=0)
    for _ in range(10):
        *_, infos = env.step(acts(env, np.zeros((64, 2), int)))
    masks = [info["action_mask"] for info in infos.values()]

    assert env.agents == env.possible_agents
    assert sum(mask[0].tolist() == [1] + [0] * 7 for mask in masks) > 10
    for agent, mask in zip(env.agents, masks, strict=True):
        sampled = env.action_space(agent).sample(mask=mask)
        assert mask[0].sum() == 8 or sampled.tolist() == [0, 0]


def test_all_agents_end_together_and_come_back_with_a_reset() -> None:
    env = hive_v0.parallel_env(TINY, max_cycles=2)
    env.reset(seed=0)
    still = acts(env, np.zeros((64, 2), int))
    env.step(still)
    *_, terminated, truncated, _ = env.step(still)
    assert not any(terminated.values())
    assert all(truncated.values())
    assert len(truncated) == 64
    assert env.agents == []
    for actions in (still, {}):
        with pytest.raises(ResetNeededError, match="ended"):
            env.step(actions)
    env.reset()
    assert env.agents == env.possible_agents


def test_an_agents_spaces_are_the_same_objects_every_time_and_its_actions_its_own() -> None:
    env = hive_v0.parallel_env(TINY)
    for agent in env.possible_agents:
        assert env.observation_space(agent) is env.observation_space(agent)
        assert env.action_space(agent) is env.action_space(agent)
    env.action_space("worker_0").seed(1)
    env.action_space("worker_1").seed(1)
    drawn = [env.action_space(f"worker_{i % 2}").sample().tolist() for i in range(20)]
    assert drawn[0::2] == drawn[1::2]


STILL = np.zeros(2, int)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"worker_3": None}, r"actions\['worker_3'\]"),
        ({"worker_3": [0]}, r"actions\['worker_3'\].*shape \(2,\), got shape \(1,\)"),
        ({"worker_3": [0.0, 1.0]}, r"actions\['worker_3'\].*float64"),
        ({"worker_3": [np.nan, 1.0]}, r"actions\['worker_3'\].*float64"),
        ({"worker_3": [8, 0]}, r"actions\['worker_3'\]\[0\]: expected 0 to 7, got 8"),
        ({"worker_63": [0, -1]}, r"actions\['worker_63'\]\[1\]: expected 0 to 4, got -1"),
        ({"worker_64": STILL}, "64 agents .*1 unknown: worker_64"),
        ({"boss": STILL, 7: STILL}, "2 unknown: boss, 7"),
    ],
)
def test_a_bad_action_names_its_agent_and_leaves_the_world_as_it_is(
    change: dict[Any, Any], said: str
) -> None:
    env = hive_v0.parallel_env(TINY)
    env.reset(seed=0)
    before = env.state_hash()

    with pytest.raises(ActionError, match=said):
        env.step(acts(env, np.zeros((64, 2), int)) | change)
    assert env.state_hash() == before


def test_an_agent_without_an_action_is_named() -> None:
    env = hive_v0.parallel_env(TINY)
    env.reset(seed=0)
    before = env.state_hash()
    some = {agent: STILL for agent in env.agents if agent not in ("worker_5", "worker_9")}

    with pytest.raises(ActionError, match="2 missing: worker_5, worker_9"):
        env.step(some)
    with pytest.raises(ActionError, match="1 unknown: nobody and 2 missing"):
        env.step({**some, "nobody": STILL})
    with pytest.raises(ActionError, match="64 missing: worker_0, worker_1, worker_2"):
        env.step({})
    with pytest.raises(ActionError, match="a mapping"):
        env.step(np.zeros((64, 2), int))  # type: ignore[arg-type]
    assert env.state_hash() == before


def test_the_order_of_the_actions_does_not_matter() -> None:
    env, other = hive_v0.parallel_env(TINY), hive_v0.parallel_env(TINY)
    env.reset(seed=0)
    other.reset(seed=0)
    for actions in choices(3, 10, 64, 2):
        given = acts(env, actions)
        env.step(given)
        other.step(dict(reversed(given.items())))
        assert env.state_hash() == other.state_hash()


@pytest.mark.parametrize("agent", ["worker_64", "worker_-1", "worker_01", "manager_0", 3, None])
def test_an_unknown_agent_has_no_spaces(agent: Any) -> None:
    env = hive_v0.parallel_env(TINY)
    for space in (env.observation_space, env.action_space):
        with pytest.raises(ArgumentError, match="one of worker_0 to worker_63"):
            space(agent)


def test_nothing_is_played_before_the_first_reset() -> None:
    env = hive_v0.parallel_env(TINY)
    assert env.agents == []
    for call in (lambda: env.step({}), env.state, env.action_masks):
        with pytest.raises(ResetNeededError):
            call()


@pytest.mark.parametrize("seed", [-1, 2**64, 0.5])
def test_a_bad_seed_is_refused_and_the_episode_goes_on(seed: Any) -> None:
    env = hive_v0.parallel_env(TINY)
    env.reset(seed=0)
    with pytest.raises(ArgumentError, match="seed"):
        env.reset(seed=seed)
    assert env.simulation.columns["episode"].tolist() == [0]


def test_the_turn_based_form_plays_what_the_parallel_form_plays() -> None:
    env, other = hive_v0.env(TINY), hive_v0.parallel_env(TINY)
    env.reset(seed=6)
    other.reset(seed=6)
    for actions in choices(6, 5, 64, 2):
        other.step(acts(other, actions))
        for agent, action in zip(other.agents, actions, strict=True):
            assert env.agent_selection == agent
            env.step(action)
        assert env.unwrapped.state_hash() == other.state_hash()
        assert np.array_equal(env.state(), other.state())


def test_the_turn_based_form_refuses_a_bad_action_at_once() -> None:
    env = hive_v0.env(TINY)
    env.reset(seed=0)
    for bad in (None, [0], [9, 0], [0.0, 0.0]):
        with pytest.raises(ActionError, match="worker_0"):
            env.step(bad)
    assert env.agent_selection == "worker_0"
    env.step(STILL)
    assert env.agent_selection == "worker_1"


def test_an_agent_that_has_ended_takes_no_action_but_none() -> None:
    env = hive_v0.env(TINY, max_cycles=1)
    env.reset(seed=0)
    for _ in range(64):
        env.step(STILL)
    assert env.truncations["worker_0"]
    with pytest.raises(ActionError, match="worker_0 has ended"):
        env.step(STILL)
    for _ in range(64):
        env.step(None)
    assert env.agents == []


def test_the_raw_form_has_no_wrappers_and_leads_back_to_the_parallel_form() -> None:
    raw = hive_v0.raw_env(TINY)
    assert isinstance(raw, AECEnv)
    assert isinstance(raw.unwrapped, HiveParallelEnv)
    assert isinstance(aec_to_parallel(hive_v0.env(TINY)), HiveParallelEnv)
    assert str(raw) == "hive_v0"


def test_closing_twice_is_closing_once() -> None:
    for env in (hive_v0.parallel_env(TINY), hive_v0.env(TINY)):
        env.reset(seed=0)
        env.close()
        env.close()


def test_the_default_size_has_an_agent_for_each_of_its_workers() -> None:
    env = hive_v0.parallel_env()

    assert len(env.possible_agents) == 10_000
    assert env.state_space == Box(env.state_space.low, env.state_space.high, (2_800,), np.float32)


# --- replacements --------------------------------------------------------------------------------

MORTAL = Faults(
    WorkerFaults(10.0, kill=0.2, corruption=0.7, corruption_mean=4.0, spawn_ticks=2, reserve=2),
    offices=None,
)
"""Faults by which many a worker is destroyed within a few ticks."""

ENDS = pytest.mark.filterwarnings(
    # Some replacements are never called for, so not everybody possible has ended at the end.
    "ignore:No agents present but not all possible_agents:UserWarning"
)


@ENDS
@pytest.mark.parametrize("level", ["worker", "all"])
@pytest.mark.parametrize("faults", ["harsh", MORTAL], ids=["harsh", "mortal"])
def test_it_passes_the_parallel_checker_while_workers_are_replaced(
    level: str, faults: Faults | str
) -> None:
    env = hive_v0.parallel_env(TINY, level=level, config={"faults": faults})
    parallel_api_test(env, num_cycles=60)
    assert faults == "harsh" or env.simulation.churn()["spawned"][0] > 20


@pytest.mark.filterwarnings("ignore:Action space for each agent probably should be:UserWarning")
def test_it_passes_the_aec_checker_while_workers_are_replaced() -> None:
    env = hive_v0.env(TINY, max_cycles=40, config={"faults": MORTAL})
    api_test(env, num_cycles=3000)
    env.reset(seed=1)
    terminated, ids = 0, set()
    for agent in env.agent_iter(64 * 40):
        over = env.terminations[agent] or env.truncations[agent]
        terminated += env.terminations[agent]
        ids.add(agent)
        env.step(None if over else env.action_space(agent).sample())
    assert terminated > 20
    assert len(ids) > 64 + 20


@pytest.mark.parametrize("level", ["worker", "all"])
def test_who_is_destroyed_ends_and_the_next_of_its_place_is_an_agent_of_its_own(level: str) -> None:
    """Against the array API: dicts cover who was there before the step and who starts in it."""
    form = "uint8" if level == "worker" else "float32"
    env = hive_v0.parallel_env(TINY, level=level, observation=form, config={"faults": MORTAL})
    assert len(set(env.possible_agents)) == len(env.possible_agents)
    assert sum(agent.startswith("worker") for agent in env.possible_agents) == 3 * 64
    env.reset(seed=2)
    others = [agent for agent in env.agents if not agent.startswith("worker")]
    ended: set[str] = set()
    born = 0
    before = env.simulation.occupants("worker")
    rng = np.random.default_rng(0)
    for _ in range(60):
        actions = {a: rng.integers(0, env.action_space(a).nvec) for a in env.agents}
        seen, rewards, terminated, truncated, infos = env.step(actions)
        after = env.simulation.occupants("worker")
        gone = {f"worker_{a}" for a in before[(before >= 0) & (after != before)]}
        new = {f"worker_{a}" for a in after[(after >= 0) & (after != before)]}
        told = {f"worker_{a}" for a in before[before >= 0]} | new | set(others)
        for part in (seen, rewards, terminated, truncated, infos):
            assert set(part) == told
        assert {agent for agent, over in terminated.items() if over} == gone
        assert not any(truncated.values())
        assert not new & ended
        assert all(rewards[agent] == 0 for agent in new)
        assert all(rewards[agent] < 0 for agent in gone), (
            "for its last tick, in which it found none"
        )
        rows = env.simulation.observe()
        for seat, agent in enumerate(after):
            if agent >= 0 and level == "worker":
                assert (seen[f"worker_{agent}"] == rows[seat]).all()
        assert env.agents == [f"worker_{a}" for a in after if a >= 0] + others
        assert all(env.observation_space(agent).contains(seen[agent]) for agent in told)
        ended |= gone
        born += len(new)
        before = after
    assert len(ended) > 30
    assert born > 20


def test_an_action_of_who_has_ended_or_not_begun_is_refused() -> None:
    env = hive_v0.parallel_env(TINY, config={"faults": MORTAL})
    env.reset(seed=2)
    rows = {agent: np.zeros(2, int) for agent in env.agents}
    before = env.state_hash()
    with pytest.raises(ActionError, match="unknown: worker_64"):
        env.step({**rows, "worker_64": np.zeros(2, int)})
    assert env.state_hash() == before


def test_in_the_last_step_all_who_play_are_truncated_and_nobody_starts() -> None:
    env = hive_v0.parallel_env(TINY, max_cycles=30, config={"faults": MORTAL})
    for seed in range(3):
        env.reset(seed=seed)
        playing: set[str] = set()
        while env.agents:
            playing = set(env.agents)
            _, _, terminated, truncated, _ = env.step(
                {agent: np.zeros(2, int) for agent in env.agents}
            )
        assert set(truncated) == playing
        assert all(terminated[agent] != truncated[agent] for agent in playing)
        with pytest.raises(ResetNeededError):
            env.step({})


def test_the_episode_goes_on_while_nobody_is_there() -> None:
    """Four a region are destroyed in each of four ticks; replacements come twenty ticks later."""
    faults = Faults(WorkerFaults(0.0, kill=0.0, spawn_ticks=20), offices=None)
    env = hive_v0.parallel_env(TINY, config={"faults": faults})
    env.reset(seed=0)
    env.simulation.inject(FaultKind.CORRUPTION, seats=list(range(64)))
    env.simulation.columns["ailment_until"][:] = 0
    count = []
    for _ in range(24):
        env.step({agent: np.zeros(2, int) for agent in env.agents})
        count.append(len(env.agents))
    assert count == [48, 32, 16, *[0] * 17, 16, 32, 48, 64]
    assert env.agents == [f"worker_{64 + seat}" for seat in range(64)]


def test_without_kinds_of_faults_nobody_is_replaced() -> None:
    env = hive_v0.parallel_env(TINY, config=HARSH)
    assert len(env.possible_agents) == 64


@pytest.mark.parametrize("level", ["governor", "all"])
def test_its_spaces_are_there_by_agent_for_libraries_that_read_them(level: str) -> None:
    env = hive_v0.parallel_env(TINY, level=level)
    assert list(env.observation_spaces) == list(env.action_spaces) == env.possible_agents
    for agent in env.possible_agents:
        assert env.observation_spaces[agent] is env.observation_space(agent)
        assert env.action_spaces[agent] is env.action_space(agent)
