"""Every seat of a level as an environment of its own, in arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import CLOCKS, HARSH, TINY
from gymnasium.vector import AutoresetMode

from hive_env.envs.settings import Settings
from hive_env.envs.single import HiveEnv
from hive_env.envs.stage import Stage
from hive_env.errors import ActionError, ArgumentError, ConfigError, ResetNeededError
from hive_env.wrappers import SeatsVectorEnv

LEVELS = ("worker", "manager", "governor", "orchestrator")
CONFIG = {**CLOCKS, **HARSH}


def seats(worlds: int = 2, level: str = "manager", **arguments: Any) -> SeatsVectorEnv:
    return SeatsVectorEnv(worlds, TINY, level=level, **{"config": CONFIG, **arguments})


def drawn(env: SeatsVectorEnv, seed: int) -> Any:
    random = np.random.default_rng(seed)
    return random.integers(env.single_action_space.nvec, size=env.action_space.shape)


@pytest.mark.parametrize("task", ["forage", "queue"])
@pytest.mark.parametrize("level", LEVELS)
def test_it_is_the_stage_row_by_row(level: str, task: str) -> None:
    config = CONFIG if task == "forage" else CLOCKS
    env = seats(3, level, task=task, config=config)
    stage = Stage(Settings.of(TINY, task=task, level=level, config=config), 3)
    seen, infos = env.reset(seed=7)
    stage.reset(7)
    rows = env.num_envs
    assert rows == 3 * stage.seats == 3 * env.seats
    for step in range(12):
        actions = drawn(env, step)
        assert np.array_equal(seen, stage.observations().reshape(rows, -1))
        assert np.array_equal(infos["action_mask"], stage.masks().reshape(rows, -1))
        assert np.array_equal(env.action_masks(), infos["action_mask"])
        assert env.observation_space.contains(seen)
        assert env.action_space.contains(actions)
        seen, rewards, ended, truncated, infos = env.step(actions)
        stage.advance({level: actions.astype(np.uint8)})
        report = stage.report()
        assert np.array_equal(rewards, report.rewards.ravel())
        assert np.array_equal(infos["reward_components"], report.components.reshape(rows, 3))
        assert np.array_equal(infos["u_per_worker"].reshape(3, -1)[:, 0], stage.values())
        assert np.array_equal(infos["tick"].reshape(3, -1)[:, -1], stage.ticks())
        assert not ended.any()
        assert not truncated.any()
        assert env.state_hash() == stage.hive.state_hash()
        for name, values in report.facts.items():
            assert np.array_equal(infos[name], values.ravel())


@pytest.mark.parametrize(("level", "seat", "world"), [("worker", 5, 1), ("manager", 3, 1)])
def test_a_row_is_what_the_agent_in_that_seat_lives_through(
    level: str, seat: int, world: int
) -> None:
    """Against a `HiveEnv` of one world, in which the others do alike."""
    env = seats(2, level, config=CLOCKS)
    row = world * env.seats + seat
    one = HiveEnv(TINY, level=level, seat=seat, config=CLOCKS)
    seen, _ = env.reset(seed=20)
    alone, _ = one.reset(seed=20 + world)
    paid = []
    for step in range(90):
        actions = env.simulation.decide("scripted", level=level)
        actions[row] = drawn(env, step)[row]
        assert np.array_equal(seen[row], alone)
        seen, rewards, *_, infos = env.step(actions)
        alone, reward, _, _, info = one.step(actions[row])
        assert rewards[row] == pytest.approx(reward)
        assert infos["tick"][row] == info["tick"]
        assert infos["u_per_worker"][row] == info["u_per_worker"]
        paid.append(reward)
    assert np.any(paid)


@pytest.mark.parametrize(("level", "seat"), [("worker", 5), ("manager", 2)])
def test_one_seat_may_be_played_alone(level: str, seat: int) -> None:
    """Then environment k is that seat of world k, and policies play the others."""
    env = seats(3, level, seat=seat)
    one = HiveEnv(TINY, level=level, seat=seat, config=CONFIG)
    seen, _ = env.reset(seed=20)
    alone, _ = one.reset(seed=22)
    assert (env.num_envs, env.seats) == (3, 1)
    for step in range(20):
        actions = drawn(env, step)
        assert np.array_equal(seen[2], alone)
        seen, rewards, *_ = env.step(actions)
        alone, reward, *_ = one.step(actions[2])
        assert rewards[2] == pytest.approx(reward)
    assert env.state_hash(2) == one.state_hash()


def test_seats_of_a_world_end_together_and_worlds_apart() -> None:
    """World 1 starts anew in the middle, so it ends later than world 0."""
    env = seats(2, max_cycles=4)
    env.reset(seed=0)
    for step in range(2):
        env.step(drawn(env, step))
    mask = np.repeat([False, True], 4)
    _, infos = env.reset(options={"reset_mask": mask})
    assert infos["tick"].tolist() == [0] * 8  # those of world 0 are not new
    assert infos["_tick"].tolist() == mask.tolist()
    ends = [env.step(drawn(env, step))[3].tolist() for step in range(2, 6)]
    assert ends == [[False] * 8, [True] * 4 + [False] * 4, [False] * 8, [False] * 4 + [True] * 4]


def test_next_step_shows_the_last_observation_and_then_starts_anew() -> None:
    env, other = seats(max_cycles=3), seats(max_cycles=3, autoreset_mode="Disabled")
    env.reset(seed=1)
    other.reset(seed=1)
    for step in range(3):
        seen, *_, truncated, _ = env.step(drawn(env, step))
        last = other.step(drawn(env, step))[0]
    assert truncated.all()
    assert np.array_equal(seen, last)
    seen, rewards, _, truncated, infos = env.step(drawn(env, 3))
    first, _ = other.reset()
    assert np.array_equal(seen, first)
    assert not rewards.any()
    assert not infos["reward_components"].any()
    assert not truncated.any()
    assert not infos["tick"].any()
    assert env.state_hash() == other.state_hash()


def test_same_step_keeps_the_last_observation_and_infos() -> None:
    env = seats(level="worker", max_cycles=3, autoreset_mode="SameStep")
    other = seats(level="worker", max_cycles=3, autoreset_mode=AutoresetMode.DISABLED)
    env.reset(seed=1)
    other.reset(seed=1)
    for step in range(3):
        seen, rewards, _, truncated, infos = env.step(drawn(env, step))
        last, paid, _, _, told = other.step(drawn(env, step))
        assert ("final_obs" in infos) == (step == 2)
        assert np.array_equal(rewards, paid)
    first, begun = other.reset()
    assert truncated.all()
    assert infos["_final_obs"].all()
    assert np.array_equal(infos["final_obs"], last)
    assert told["reward_components"].any()
    assert np.array_equal(infos["reward_components"], told["reward_components"])
    for name in told:
        assert np.array_equal(infos["final_info"][name], told[name])
    assert np.array_equal(seen, first)
    assert np.array_equal(infos["action_mask"], begun["action_mask"])
    assert not infos["tick"].any()
    assert env.state_hash() == other.state_hash()
    assert not env.step(drawn(env, 4))[3].any()


def test_same_step_shows_nothing_final_of_worlds_that_go_on() -> None:
    """And tells of their step what there is to tell."""
    env = seats(2, "worker", max_cycles=4, autoreset_mode="SameStep")
    env.reset(seed=0)
    env.step(drawn(env, 0))
    env.reset(options={"reset_mask": np.repeat([False, True], 64)})
    for step in range(3):
        *_, truncated, infos = env.step(drawn(env, step))
    ends, goes_on = slice(0, 64), slice(64, 128)
    assert truncated[ends].all()
    assert not truncated[goes_on].any()
    assert infos["_final_obs"].tolist() == truncated.tolist()
    assert infos["final_obs"][ends].any()
    assert not infos["final_obs"][goes_on].any()
    assert set(infos["final_info"]["tick"][ends]) == {4}
    assert not infos["final_info"]["tick"][goes_on].any()
    assert not infos["tick"][ends].any()
    assert set(infos["tick"][goes_on]) == {3}
    assert infos["reward_components"][ends].any()
    assert infos["reward_components"][goes_on].any()


def test_disabled_waits_for_the_caller() -> None:
    env = seats(2, max_cycles=2, autoreset_mode="Disabled")
    env.reset(seed=0)
    for step in range(2):
        env.step(drawn(env, step))
    before = env.state_hash()
    with pytest.raises(ResetNeededError, match=r"worlds \[0, 1\] have ended"):
        env.step(drawn(env, 2))
    env.reset(options={"reset_mask": np.repeat([True, False], 4)})
    with pytest.raises(ResetNeededError, match=r"worlds \[1\] have ended"):
        env.step(drawn(env, 2))
    assert env.state_hash() != before
    env.reset(options={"reset_mask": np.repeat([False, True], 4)})
    env.step(drawn(env, 2))


def test_worlds_may_have_seeds_of_their_own() -> None:
    env, other = seats(2), seats(1)
    env.reset(seed=[11, 3])
    other.reset(seed=3)
    assert env.state_hash(1) == other.state_hash(0)
    env.reset(seed=2)
    assert env.state_hash(1) == other.state_hash(0)


def test_no_array_is_written_to_after_it_was_returned() -> None:
    env = seats(2, autoreset_mode="SameStep", max_cycles=2)
    seen, infos = env.reset(seed=0)
    kept = [seen, *infos.values()]
    for step in range(5):
        before = [np.copy(one) for one in kept]
        seen, *arrays, infos = env.step(drawn(env, step))
        final = infos.pop("final_info", {})
        assert all(np.array_equal(one, was) for one, was in zip(kept, before, strict=True))
        kept = [seen, *arrays[:3], *infos.values(), *final.values()]


@pytest.mark.parametrize("wrong", ["shape", "value", "dtype"])
def test_bad_actions_are_refused_before_anything_changes(wrong: str) -> None:
    env = seats()
    env.reset(seed=0)
    good = drawn(env, 0)
    given = {"shape": good[:-1], "value": good + 5, "dtype": good.astype(float)}[wrong]
    before = env.state_hash()
    with pytest.raises(ActionError, match="actions"):
        env.step(given)
    assert env.state_hash() == before


def test_a_policy_of_the_wrong_shape_is_named() -> None:
    env = seats(policies={"governor": lambda _: np.zeros((1, 2), int)})
    env.reset(seed=0)
    before = env.state_hash()
    with pytest.raises(ActionError, match=r"policies\['governor'\]"):
        env.step(drawn(env, 0))
    assert env.state_hash() == before


@pytest.mark.parametrize(
    "mask", [[True] * 8, np.ones(8), np.zeros(8, bool), np.ones(2, bool), np.arange(8) < 3]
)
def test_a_bad_mask_is_refused_and_no_world_is_reset(mask: Any) -> None:
    """The last one has some seats of a world."""
    env = seats()
    env.reset(seed=0)
    env.step(drawn(env, 0))
    before = env.state_hash()
    with pytest.raises(ArgumentError, match="reset_mask"):
        env.reset(options={"reset_mask": mask})
    assert env.state_hash() == before


def test_bad_seeds_and_options_are_refused() -> None:
    env = seats()
    for seed in (-1, [1], [1, "a"], 1.5):
        with pytest.raises(ArgumentError, match="seed"):
            env.reset(seed=seed)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="options"):
        env.reset(options=3)  # type: ignore[arg-type]
    with pytest.raises(ResetNeededError, match="before the first reset"):
        env.reset(options={"reset_mask": np.arange(8) < 4})


def test_nothing_moves_before_the_first_reset() -> None:
    env = seats()
    with pytest.raises(ResetNeededError):
        env.step(drawn(env, 0))
    with pytest.raises(ResetNeededError):
        env.action_masks()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"worlds": 0}, "worlds"),
        ({"worlds": 1.5}, "worlds"),
        ({"worlds": None}, "worlds"),
        ({"level": "all"}, "level"),
        ({"level": "queen"}, "level"),
        ({"seat": 4}, "seat"),
        ({"autoreset_mode": "never"}, "autoreset_mode"),
        ({"policies": {"manager": "scripted"}}, "policies"),
        ({"weights": {"manager": (1, 1, 1)}}, "weights"),
    ],
)
def test_what_cannot_be_used_is_refused_at_construction(arguments: Any, name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        seats(**arguments)
