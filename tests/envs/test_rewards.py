"""Rewards: three components over fixed constants, under weights, and what each is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import PERIODS, WIDE
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_env.envs.parallel import HiveParallelEnv
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.scenarios.rewards import GLOBAL_MODES, WEIGHTS

every_task = pytest.mark.parametrize("task", FAMILIES)
every_level = pytest.mark.parametrize("level", LEVELS)
UPPER = LEVELS[1:]

CALM = {
    "forage": {**PERIODS, "fault_mean_ticks": 0, "hazards_per_region": 0, "sites_per_region": 40},
    "queue": dict(PERIODS),
}
"""Constants under which much is delivered soon."""


def play(task: str, level: str, steps: int, **arguments: Any) -> tuple[HiveParallelEnv, Any, Any]:
    """Let every agent of a level do what its script says.

    Returns
    -------
    env, rewards [steps, S], components [steps, S, 3]
    """
    env = HiveParallelEnv(WIDE, task=task, level=level, config=CALM[task], **arguments)
    env.reset(seed=7)
    paid, made = [], []
    for _ in range(steps):
        actions = env.simulation.decide(env.simulation.levels[level].scripted, level=level)
        _, rewards, _, _, infos = env.step(dict(zip(env.agents, actions, strict=True)))
        paid.append(list(rewards.values()))
        made.append([info["reward_components"] for info in infos.values()])
    return env, np.array(paid), np.array(made)


def steps_of(level: str, ticks: int = 48) -> int:
    return ticks // {"worker": 1, "manager": 2, "governor": 4, "orchestrator": 8}[level]


def combined(hive: Hive, level: str, made: Any, mode: str, weights: Any) -> Any:
    """Return the rewards in double precision, component by component."""
    scales = hive.scales(level, mode).astype(float)
    return sum(weights[part] * made[..., part].astype(float) / scales[part] for part in range(3))


@every_task
@every_level
@pytest.mark.parametrize("mode", GLOBAL_MODES)
def test_the_reward_is_the_weighted_sum_of_the_components_over_their_constants(
    task: str, level: str, mode: str
) -> None:
    env, paid, made = play(task, level, steps_of(level), global_mode=mode)

    assert np.allclose(paid, combined(env.simulation, level, made, mode, WEIGHTS[level]), atol=1e-5)
    assert made.dtype == np.float32
    if level != "orchestrator":
        assert made[..., 0].any()
        assert made[..., 1].any()
    assert made[..., 2].any() == (mode != "none")


@every_task
@every_level
@settings(max_examples=15)
@given(st.integers(0, 100), st.integers(0, 100))
def test_any_weights_that_sum_to_one_may_be_given(
    task: str, level: str, one: int, other: int
) -> None:
    """They change what is paid and nothing else."""
    weights = min(one, other) / 100, abs(one - other) / 100, 1 - max(one, other) / 100
    steps = steps_of(level, 16)
    env, paid, made = play(task, level, steps, weights={level: weights})
    plain, _, parts = play(task, level, steps)

    assert np.allclose(paid, combined(env.simulation, level, made, "mean", weights), atol=1e-5)
    assert np.array_equal(made, parts)
    assert env.state_hash() == plain.state_hash()


@every_task
@every_level
def test_the_form_of_the_global_component_changes_nothing_else(task: str, level: str) -> None:
    played = {mode: play(task, level, steps_of(level), global_mode=mode) for mode in GLOBAL_MODES}
    mean = played["mean"]

    for mode in ("difference", "none"):
        env, _, made = played[mode]
        assert env.state_hash() == mean[0].state_hash()
        assert np.array_equal(made[..., :2], mean[2][..., :2])
    assert not played["none"][2][..., 2].any()


@every_task
@every_level
def test_the_mean_form_is_the_gain_of_the_hive_by_worker(task: str, level: str) -> None:
    """Over all steps, summed over the two hives of 32 workers each: U."""
    env, _, made = play(task, level, steps_of(level))
    seats = made.shape[1]
    gained = made[..., 2].sum(axis=0)

    assert env.simulation.values()[0] > 1
    assert len(np.unique(gained.round(5))) == 2
    hives = gained[0] * 32, gained[seats - 1] * 32
    assert sum(hives) == pytest.approx(env.simulation.values()[0], rel=1e-4)


@every_task
@pytest.mark.parametrize("level", ["worker", "manager", "governor"])
def test_the_differences_of_all_seats_are_the_gain_of_all_hives(task: str, level: str) -> None:
    """Without a seat's deliveries the hive would lack just these, so they sum to the whole."""
    env, _, made = play(task, level, steps_of(level), global_mode="difference")
    per_worker = made.shape[1] / 64

    own = made[..., 2].sum() / (per_worker if level != "worker" else 1.0)
    assert own == pytest.approx(env.simulation.values()[0], rel=1e-4)
    assert len(np.unique(made[..., 2].sum(axis=0).round(5))) > 2


def test_an_orchestrator_is_paid_for_its_hive_alone() -> None:
    _, paid, made = play("forage", "orchestrator", 6)

    assert not made[..., :2].any()
    assert (paid[:, 0] != paid[:, 1]).any()


@every_task
@every_level
def test_the_rewards_of_a_joint_controller_are_averaged_after_they_are_made(
    task: str, level: str
) -> None:
    arguments: dict[str, Any] = {"task": task, "level": level, "joint": True, "config": CALM[task]}
    env, envs = HiveEnv(WIDE, **arguments), HiveVectorEnv(2, WIDE, **arguments)
    env.reset(seed=7)
    envs.reset(seed=6)
    for _ in range(steps_of(level, 24)):
        every = envs.simulation.decide(envs.simulation.levels[level].scripted, level=level)
        every = every.reshape(2, -1)
        _, reward, _, _, info = env.step(every[1])
        _, rewards, _, _, infos = envs.step(every)
        made = info["reward_components"]
        expected = combined(env.simulation, level, made, "mean", WEIGHTS[level]).mean()
        assert reward == pytest.approx(expected, abs=1e-5)
        assert reward == rewards[1]
        assert np.array_equal(made, infos["reward_components"][1])
        assert made.shape == (env.simulation.levels[level].seats, 3)


@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
@every_level
def test_the_components_of_a_vector_belong_to_the_rewards_beside_them(
    level: str, mode: str
) -> None:
    """Also in the step that ends an episode, and in the one that only resets a world."""
    envs = HiveVectorEnv(
        2, WIDE, level=level, max_cycles=3, autoreset_mode=mode, config=CALM["forage"]
    )
    envs.reset(seed=0)
    scripted = 0.0
    for step in range(8):
        _, rewards, _, truncated, infos = envs.step(envs.action_space.sample())
        made = infos["reward_components"]
        expected = combined(envs.simulation, level, made, "mean", WEIGHTS[level])
        assert np.allclose(rewards, expected, atol=1e-5)
        assert infos["_reward_components"].all()
        if mode == "NextStep" and step in (3, 7):
            assert not rewards.any()
            assert not made.any()
        if mode == "Disabled" and truncated.any():
            envs.reset(options={"reset_mask": truncated})
        scripted += float(np.abs(rewards).sum())
    assert scripted > 0


def test_a_reset_pays_nothing() -> None:
    env = HiveEnv(WIDE, level="worker", config=PERIODS)
    env.reset(seed=0)
    env.step(np.zeros(2, int))

    _, info = env.reset()

    assert not info["reward_components"].any()


@every_task
@pytest.mark.parametrize("level", UPPER)
def test_nobody_is_paid_for_what_was_delivered_before_the_step(task: str, level: str) -> None:
    """After a busy while the workers stand still: no delivery, no pay."""
    busy = True

    def workers(hive: Hive) -> Any:
        return hive.decide("scripted") * busy

    env, _, made = play(task, level, steps_of(level), policies={"worker": workers})
    assert made.any()
    busy = False
    *_, infos = env.step({agent: env.action_space(agent).sample() for agent in env.agents})

    assert not any(info["reward_components"].any() for info in infos.values())
