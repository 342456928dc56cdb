"""Monitored environments: what is in ``info``, what sinks get, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
import pytest
from envs.worlds import HARSH, PERIODS, TINY
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from pettingzoo.test import parallel_api_test, parallel_seed_test

from hive_env import hive_v0
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.errors import ConfigError, ResetNeededError
from hive_env.faults import Faults, WorkerFaults
from hive_env.monitoring import (
    METRICS,
    Meter,
    Metrics,
    MonitoredEnv,
    MonitoredParallelEnv,
    MonitoredVectorEnv,
)
from hive_env.monitoring.metrics import TIMED
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS
from hive_env.wrappers import LevelView, SeatsVectorEnv, WithPolicies

UNTIMED = set(METRICS) - set(TIMED)

WRAPPED = pytest.mark.filterwarnings(
    # The checker would rather have an environment without wrappers; the wrapper is what is checked.
    "ignore:.*different from the unwrapped version:UserWarning"
)


class Kept:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[tuple[Metrics, int, dict[str, str]]] = []

    def write(self, metrics: Metrics, step: int, labels: Mapping[str, str]) -> None:
        self.got.append((metrics, step, dict(labels)))


def constants(task: str = "forage") -> dict[str, Any]:
    """Short clocks, and where there are any, many faults."""
    return {**PERIODS, **(HARSH if task == "forage" else {})}


def single(task: str = "forage", level: str = "worker", **more: Any) -> HiveEnv:
    return HiveEnv(TINY, task=task, level=level, config=constants(task), **more)


def vector(worlds: int = 3, task: str = "forage", level: str = "manager", **more: Any) -> Any:
    return HiveVectorEnv(worlds, TINY, task=task, level=level, config=constants(task), **more)


def parallel(task: str = "forage", level: str = "all", **more: Any) -> Any:
    return hive_v0.parallel_env(TINY, task=task, level=level, config=constants(task), **more)


def alike(one: Any, other: Any) -> bool:
    """Whether two results are equal, sums of floats but for their last bits."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, np.ndarray) and one.dtype == object:
        return all(map(alike, one, other))
    if isinstance(one, np.ndarray):
        if one.dtype != other.dtype or one.shape != other.shape:
            return False
        return (
            np.allclose(one, other, 1e-9, 1e-9)
            if one.dtype.kind == "f"
            else bool((one == other).all())
        )
    return bool(one == other)


# --- Gymnasium ----------------------------------------------------------------------------------


@WRAPPED
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ["Hive-v0", "HiveQueue-v0"])
def test_it_passes_the_checker_of_gymnasium(name: str, level: str) -> None:
    """Which wants equal infos of equal steps, so nothing in them may depend on time."""
    check_env(MonitoredEnv(gymnasium.make(name, size=TINY, level=level)), skip_render_check=True)


@WRAPPED
def test_the_goal_conditioned_environment_passes_it_too() -> None:
    check_env(MonitoredEnv(gymnasium.make("HiveGoal-v0")), skip_render_check=True)


@pytest.mark.parametrize("task", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
def test_info_has_the_metrics_of_the_episode_so_far(level: str, task: str) -> None:
    env = MonitoredEnv(single(task, level, max_cycles=6))
    plain = single(task, level, max_cycles=6)
    plain.action_space.seed(4)
    for _ in range(2):
        _, info = env.reset(seed=7)
        assert info["metrics"] == {}
        plain.reset(seed=7)
        meter = Meter(plain.simulation, [level])
        total = meter.read()
        over = False
        while not over:
            action = plain.action_space.sample()
            seen, reward, _, over, info = env.step(action)
            seen_plain, reward_plain, _, _, info_plain = plain.step(action)
            told = info.pop("metrics")
            assert alike((seen, reward, info), (seen_plain, reward_plain, info_plain))
            total += meter.read()
            expected = Metrics.of(total, level, meter.course.pooled_slope()).defined()
            assert told == pytest.approx(
                {name: value for name, value in expected.items() if name in UNTIMED}
            )
        meter.close()
        assert {"tasks_per_tick", "reward_trend", "worker_utilization"} <= told.keys()


def test_equal_episodes_have_equal_infos() -> None:
    env = MonitoredEnv(single("forage", "manager"))
    told = []
    for _ in range(2):
        env.reset(seed=1)
        env.action_space.seed(0)
        told.append([env.step(env.action_space.sample())[4]["metrics"] for _ in range(30)])

    assert told[0] == told[1]
    assert set(told[0][-1]) == UNTIMED


def test_what_is_made_again_from_its_spec_is_monitored_again() -> None:
    env = MonitoredEnv(gymnasium.make("Hive-v0", size=TINY), sinks=[Kept()], length=5)
    assert env.spec is not None
    again = gymnasium.make(env.spec)
    again.reset(seed=0)

    assert "metrics" in again.step(again.action_space.sample())[4]


# --- vectors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
@pytest.mark.parametrize("level", ["worker", "governor"])
@pytest.mark.parametrize("task", FAMILIES)
def test_worlds_tell_what_gymnasiums_own_vector_environment_of_single_ones_does(
    mode: AutoresetMode, level: str, task: str
) -> None:
    """Values, dtypes, masks, and final infos; over several episodes, worlds out of step."""
    given: dict[str, Any] = {"task": task, "level": level, "max_cycles": 4}
    envs = MonitoredVectorEnv(vector(3, autoreset_mode=mode, **given))
    sync = SyncVectorEnv([lambda: MonitoredEnv(single(**given))] * 3, autoreset_mode=mode)
    assert alike(envs.reset(seed=2)[1], sync.reset(seed=2)[1])
    envs.action_space.seed(6)
    ended = 0
    for step in range(14):
        actions = envs.action_space.sample()
        ours, theirs = envs.step(actions), sync.step(actions)
        for world in np.flatnonzero(theirs[4].get("_final_info", [])):
            last = theirs[4]["final_info"]["reward_components"][world]
            theirs[4]["reward_components"][world] = last
        assert alike(ours, theirs), step
        ended += ours[3].sum()
        if step in (1, 3, 6):
            mask = np.array([step == 6, True, False])
            begun = envs.reset(options={"reset_mask": mask})
            assert alike(begun, sync.reset(options={"reset_mask": mask.copy()})), step
    assert ended > 3
    assert "tasks_per_tick" in ours[4]["metrics"]


def test_who_waits_for_a_reset_is_counted_from_it_on() -> None:
    envs = MonitoredVectorEnv(vector(2, max_cycles=2, autoreset_mode="Disabled"))
    one = MonitoredEnv(single(level="manager", max_cycles=3))
    envs.reset(seed=0)
    one.reset(seed=1)
    actions = np.zeros((2, 5), np.int64)
    for _ in range(2):
        envs.step(actions)
        one.step(actions[1])
    with pytest.raises(ResetNeededError):
        envs.step(actions)
    _, infos = envs.reset(options={"reset_mask": np.array([True, True])})
    assert infos["metrics"] == {}

    one.reset()
    told = envs.step(actions)[4]["metrics"]

    expected = one.step(actions[1])[4]["metrics"]
    assert {name: told[name][1] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_seats_of_a_world_have_its_metrics(mode: AutoresetMode) -> None:
    given: dict[str, Any] = {"level": "manager", "config": constants(), "max_cycles": 3}
    envs = MonitoredVectorEnv(SeatsVectorEnv(2, TINY, autoreset_mode=mode, **given))
    assert envs.autoreset_mode is mode
    other = MonitoredVectorEnv(HiveVectorEnv(2, TINY, joint=True, autoreset_mode=mode, **given))
    envs.reset(seed=3)
    other.reset(seed=3)
    envs.action_space.seed(1)
    for _ in range(3):
        actions = envs.action_space.sample()
        infos = envs.step(actions)[4]
        expected = other.step(actions.reshape(2, -1))[4]
    if mode is AutoresetMode.SAME_STEP:
        assert infos["metrics"] == {}
        infos, expected = infos["final_info"], expected["final_info"]

    assert infos["_metrics"].tolist() == [True] * 8
    assert set(infos["metrics"]) == set(expected["metrics"])
    for name, values in expected["metrics"].items():
        assert np.array_equal(infos["metrics"][name], values.repeat(4)), name


# --- PettingZoo ---------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["worker", "manager", "all"])
@pytest.mark.parametrize("task", FAMILIES)
def test_it_passes_the_checkers_of_pettingzoo(task: str, level: str) -> None:
    parallel_api_test(MonitoredParallelEnv(parallel(task, level)), num_cycles=20)
    parallel_seed_test(lambda: MonitoredParallelEnv(parallel(task, level)))


@pytest.mark.filterwarnings(
    # Some replacements are never called for, so not everybody possible has ended at the end.
    "ignore:No agents present but not all possible_agents:UserWarning"
)
def test_it_passes_the_checker_while_workers_are_replaced() -> None:
    faults = Faults(
        WorkerFaults(10.0, kill=0.2, corruption=0.7, corruption_mean=4.0, spawn_ticks=2, reserve=2),
        offices=None,
    )
    env = MonitoredParallelEnv(hive_v0.parallel_env(TINY, config={"faults": faults}))
    parallel_api_test(env, num_cycles=60)

    assert env.simulation.churn()["spawned"][0] > 20


def test_every_agent_is_told_of_its_own_level() -> None:
    env = MonitoredParallelEnv(parallel())
    _, infos = env.reset(seed=0)
    assert all(info["metrics"] == {} for info in infos.values())
    meter = Meter(env.simulation)
    total = meter.read()
    rng = np.random.default_rng(0)
    for _ in range(12):
        actions = {agent: rng.integers(env.action_space(agent).nvec) for agent in env.agents}
        infos = env.step(actions)[4]
        total += meter.read()

    assert infos.keys() == set(env.agents)
    for agent, info in infos.items():
        level = agent.partition("_")[0]
        expected = Metrics.of(total, level, meter.course.pooled_slope()).defined()
        assert info["metrics"] == pytest.approx(
            {name: value for name, value in expected.items() if name in UNTIMED}
        )
        assert {"decision", "action_mask"} <= info.keys()


def test_it_can_be_wrapped_and_can_wrap() -> None:
    inner = LevelView(MonitoredParallelEnv(parallel()), "manager")
    outer = MonitoredParallelEnv(WithPolicies(parallel(), {"worker": "scripted"}))
    for env in (inner, outer):
        env.reset(seed=0)
        infos = env.step({agent: env.action_space(agent).sample() for agent in env.agents})[4]
        assert infos["manager_0"]["metrics"]["worker_utilization"] > 0


# --- sinks --------------------------------------------------------------------------------------


def test_sinks_get_what_happened_since_they_last_did_and_the_rest_at_the_end() -> None:
    sink, other = Kept(), Kept()
    env = MonitoredEnv(single(level="manager", max_cycles=4), sinks=[sink, other], every=3)
    env.reset(seed=0)
    meter = Meter(env.unwrapped.simulation, ["manager"])
    expected = []
    for step in range(8):
        if step == 4:
            env.reset()
        env.step(env.action_space.sample())
        if step in (2, 5, 7):
            expected.append(meter.metrics())
    assert len(sink.got) == 2
    env.close()
    env.close()

    assert [step for _, step, _ in sink.got] == [6, 12, 16]
    assert sink.got[0][2] == {"family": "forage", "size": "64", "level": "manager"}
    for (found, _, _), one in zip(sink.got, expected, strict=True):
        told, wanted = found.as_dict(), one.as_dict()
        for name in TIMED:
            assert told.pop(name) >= 0
            wanted.pop(name)
        assert told == pytest.approx(wanted, nan_ok=True)
    assert [step for _, step, _ in other.got] == [6, 12, 16]
    assert env.unwrapped.simulation.watchers == [meter]


def test_sinks_get_every_level_that_is_played() -> None:
    sink = Kept()
    env = MonitoredParallelEnv(parallel(), sinks=[sink], every=2)
    env.reset(seed=0)
    for _ in range(2):
        env.step({agent: env.action_space(agent).sample() for agent in env.agents})

    assert [labels["level"] for _, _, labels in sink.got] == list(LEVELS)
    assert len({metrics.action_entropy for metrics, _, _ in sink.got}) > 1
    assert len({metrics.tasks_per_tick for metrics, _, _ in sink.got}) == 1


@pytest.mark.parametrize(
    ("mode", "steps"), [(AutoresetMode.NEXT_STEP, 7 + 7), (AutoresetMode.SAME_STEP, 9 + 9)]
)
def test_what_a_world_does_after_its_end_is_no_tick_of_any_episode(
    mode: AutoresetMode, steps: int
) -> None:
    """World 1 begins anew after a step, so the two end apart; every third step is a last one, and
    in the first mode the one that follows only resets."""
    sink = Kept()
    envs = MonitoredVectorEnv(vector(2, max_cycles=3, autoreset_mode=mode), [sink], every=1)
    envs.reset(seed=0)
    for step in range(9):
        if step == 1:
            envs.reset(options={"reset_mask": np.array([False, True])})
        envs.step(envs.action_space.sample())
    envs.close()

    assert sink.got[-1][1] == 2 * steps


def test_nothing_is_written_where_nothing_was_counted() -> None:
    sink = Kept()
    env = MonitoredEnv(single(), sinks=[sink])
    env.reset(seed=0)
    env.close()

    assert sink.got == []


# --- what cannot be used ------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [MonitoredEnv, MonitoredVectorEnv, MonitoredParallelEnv])
def test_what_is_no_hive_is_refused(wrap: Any) -> None:
    given = {
        MonitoredEnv: lambda: gymnasium.make("CartPole-v1"),
        MonitoredVectorEnv: lambda: gymnasium.make_vec("CartPole-v1", num_envs=2),
        MonitoredParallelEnv: lambda: BareParallel(),
    }
    with pytest.raises(ConfigError, match="env"):
        wrap(given[wrap]())


class BareParallel(hive_v0.HiveParallelEnv):
    """A PettingZoo environment of something else."""

    simulation = None

    def __init__(self) -> None:
        pass


@pytest.mark.parametrize("every", [0, -1, 1.0, True, None])
def test_a_number_of_steps_that_is_none_is_refused(every: Any) -> None:
    with pytest.raises(ConfigError, match="every"):
        MonitoredEnv(single(), every=every)
