"""Bad actions and bad policies: named under every facade, and nothing moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import PERIODS, WIDE

from hive_env import hive_v0
from hive_env.envs.parallel import HiveParallelEnv
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.errors import ActionError
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS, Hive

every_task = pytest.mark.parametrize("task", FAMILIES)
every_level = pytest.mark.parametrize("level", LEVELS)


def scripted(hive: Hive, level: str) -> Any:
    return hive.decide(hive.levels[level].scripted, level=level)


NONSENSE: dict[str, Any] = {
    "too few rows": lambda good: good[:-1],
    "too few choices": lambda good: good[:, :-1],
    "flat": lambda good: good.ravel(),
    "floats": lambda good: good + 0.0,
    "NaN": lambda good: good * np.nan,
    "bools": lambda good: good.astype(bool),
    "too large": lambda good: good * 0 + 200,
    "negative": lambda good: good.astype(int) - 300,
    "words": lambda good: good.astype(str),
    "ragged": lambda _: [[0], [0, 0]],
    "nothing": lambda _: None,
}


@every_task
@every_level
@pytest.mark.parametrize("what", NONSENSE)
def test_a_policy_that_returns_nonsense_is_named_and_nothing_moves(
    task: str, level: str, what: str
) -> None:
    def policy(hive: Hive) -> Any:
        return NONSENSE[what](scripted(hive, level))

    other = "manager" if level != "manager" else "worker"
    for make in (
        lambda **given: HiveEnv(WIDE, **given),
        lambda **given: HiveVectorEnv(2, WIDE, **given),
        lambda **given: HiveParallelEnv(WIDE, **given),
    ):
        env = make(task=task, level=other, policies={level: policy}, config=PERIODS)
        env.reset(seed=0)
        before = env.state_hash()
        actions = (
            {agent: env.action_space(agent).sample() for agent in env.agents}
            if isinstance(env, HiveParallelEnv)
            else env.action_space.sample()
        )
        with pytest.raises(ActionError, match=rf"^policies\['{level}'\]\(hive\)"):
            env.step(actions)
        assert env.state_hash() == before


BAD_ACTIONS: dict[str, Any] = {
    "none": lambda _: None,
    "empty": lambda _: [],
    "too few": lambda good: good[:-1],
    "too many": lambda good: [*good, 0],
    "nested": lambda good: [good],
    "floats": lambda good: [float(one) for one in good],
    "NaN": lambda good: [float("nan")] * len(good),
    "bools": lambda good: [True] * len(good),
    "words": lambda good: ["0"] * len(good),
    "too large": lambda good: [*good[:-1], 99],
    "negative": lambda good: [-1, *good[1:]],
    "wrapping": lambda good: np.array([*good[:-1], 256]),
}


@every_task
@every_level
@pytest.mark.parametrize("what", BAD_ACTIONS)
def test_a_bad_action_is_named_under_every_facade_and_nothing_moves(
    task: str, level: str, what: str
) -> None:
    given: dict[str, Any] = {"task": task, "level": level, "config": PERIODS}
    env = HiveEnv(WIDE, **given)
    envs = HiveVectorEnv(2, WIDE, **given)
    agents = HiveParallelEnv(WIDE, **given)
    turns = hive_v0.raw_env(WIDE, **given)
    for one in (env, envs, agents, turns):
        one.reset(seed=0)
    still = [0] * len(env.action_space.nvec)
    bad = BAD_ACTIONS[what](still)
    agent = f"{level}_{0 if what == 'bools' else 1}"
    acted = dict.fromkeys(agents.agents, bad if what == "bools" else still)
    calls = (
        (env, lambda: env.step(bad), r"^action[\[:]"),
        (envs, lambda: envs.step([bad, bad]), r"^actions[\[:]"),
        (agents, lambda: agents.step(acted | {agent: bad}), rf"^actions\['{agent}'\]"),
        (turns.unwrapped, lambda: turns.step(bad), rf"^actions\['{level}_0'\]"),
    )  # fmt: skip
    for one, call, said in calls:
        before = one.state_hash()
        with pytest.raises(ActionError, match=said):
            call()
        assert one.state_hash() == before
    env.step(np.array(still))
    agents.step(dict.fromkeys(agents.agents, still))


@every_task
@every_level
def test_what_was_refused_leaves_no_trace_in_what_follows(task: str, level: str) -> None:
    """A refused action, then a good one: as if there had been only the good one."""
    given: dict[str, Any] = {"task": task, "level": level, "config": PERIODS}
    patient, plain = HiveEnv(WIDE, **given), HiveEnv(WIDE, **given)
    patient.reset(seed=0)
    plain.reset(seed=0)
    for _ in range(4):
        action = plain.action_space.sample()
        with pytest.raises(ActionError):
            patient.step(action + 100)
        with pytest.raises(ActionError):
            patient.step(action[:-1])
        assert repr(patient.step(action)) == repr(plain.step(action))


@every_task
def test_a_policy_that_fails_within_a_step_leaves_the_world_at_the_tick_of_its_failure(
    task: str,
) -> None:
    """What has been played stands; with a better policy the next step ends where that would."""
    well: list[bool] = []

    def policy(hive: Hive) -> Any:
        good = scripted(hive, "worker")
        return good if well or hive.columns["tick"][0] < 3 else good[:-1]

    config = {**PERIODS, "governor_period": 8, "manager_period": 8}
    given: dict[str, Any] = {"task": task, "config": config}
    env = HiveEnv(WIDE, policies={"worker": policy}, **given)
    plain = HiveEnv(WIDE, level="worker", **given)
    env.reset(seed=0)
    plain.reset(seed=0)
    manager = env.simulation.decide("scripted", level="manager")[0]
    with pytest.raises(ActionError, match="policies"):
        env.step(manager)
    for _ in range(3):
        plain.step(plain.simulation.decide("scripted")[0])
    assert env.state_hash() == plain.state_hash()

    well.append(True)
    *_, info = env.step(manager)

    assert info["tick"] == 8
    assert np.isfinite(info["reward_components"]).all()
