"""The goal-conditioned environment: its goals, its reward, and what it refuses."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

from hive_env.config import ForageConfig
from hive_env.enums import Health, Verb
from hive_env.envs.goal import HiveGoalEnv
from hive_env.envs.places import GOALS
from hive_env.errors import ActionError, ArgumentError, ConfigError, ResetNeededError

CALM = {"fault_mean_ticks": 0, "hazards_per_region": 0, "crowd_capacity": 14}
"""Constants under which nothing stops a worker."""


def straight(seen: dict[str, Any]) -> int:
    """Return the step along the longer axis of the way to the goal."""
    east, south = seen["desired_goal"][:2] - seen["achieved_goal"][:2]
    if max(abs(east), abs(south)) < 1e-4:
        return Verb.STAY
    if abs(east) >= abs(south):
        return Verb.EAST if east > 0 else Verb.WEST
    return Verb.SOUTH if south > 0 else Verb.NORTH


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"goal": "zone"},
        {"tolerance": 2},
        {"seat": 63},
        {"config": {"depth": 3}},
        {"config": ForageConfig(motion="flight"), "policy": "random"},
        {"size": "nano", "max_cycles": 5},
    ],
    ids=["cell", "zone", "tolerance", "last seat", "depth", "flight", "nano"],
)
def test_it_passes_the_checker_of_gymnasium(arguments: dict[str, Any]) -> None:
    check_env(HiveGoalEnv(**arguments), skip_render_check=True)


def test_it_is_registered_by_name_alone_and_in_batches() -> None:
    """Gymnasium's passive checker warns of what it finds, and a warning is an error here."""
    env = gymnasium.make("hive_env:HiveGoal-v0", tolerance=1)
    env.reset(seed=0)
    env.step(env.action_space.sample())
    batch = gymnasium.make_vec("hive_env:HiveGoal-v0", num_envs=3)
    seen, _ = batch.reset(seed=0)
    assert seen["desired_goal"].shape == (3, 2)
    batch.close()


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("seat", [0, 20, 63])
def test_who_walks_straight_arrives_is_paid_and_stays(goal: str, seat: int) -> None:
    """In every region, since a place is told from the depot of the worker's own."""
    env = HiveGoalEnv(seat=seat, goal=goal, config=CALM)
    for seed in range(3):
        seen, info = env.reset(seed=seed)
        assert not info["is_success"]
        paid = []
        for _ in range(50):
            seen, reward, terminated, truncated, info = env.step(straight(seen))
            assert not terminated
            paid.append(reward)
        assert truncated
        assert info["is_success"]
        assert paid == sorted(paid)
        assert set(paid) == {-1.0, 0.0}
        np.testing.assert_array_equal(seen["achieved_goal"], seen["desired_goal"])


@pytest.mark.parametrize("goal", GOALS)
def test_goals_are_drawn_over_the_whole_region_and_never_where_the_worker_is(goal: str) -> None:
    env = HiveGoalEnv(goal=goal, seat=63)
    drawn = set()
    for seed in range(400):
        seen, info = env.reset(seed=seed)
        assert not info["is_success"]
        assert np.abs(seen["desired_goal"]).max() <= 1
        drawn.add(tuple(seen["desired_goal"].tolist()))
    if goal == "zone":
        assert len(drawn) == 16
    else:
        both = np.array(sorted(drawn))
        assert (both.min(axis=0) < -0.9).all()
        assert (both.max(axis=0) > 0.8).all()


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), goal=st.sampled_from(GOALS))
def test_the_reward_of_a_step_is_that_of_the_goals_observed_after_it(seed: int, goal: str) -> None:
    """So a replay buffer may compute it anew; a batch says the same as one by one."""
    env = HiveGoalEnv(goal=goal, max_cycles=30)
    env.reset(seed=seed)
    draw = np.random.default_rng(seed)
    seen, paid = [], []
    for _ in range(30):
        step = env.step(int(draw.integers(8)))
        seen.append(step[0])
        paid.append(step[1])
    achieved = np.array([one["achieved_goal"] for one in seen])
    desired = np.array([one["desired_goal"] for one in seen])

    computed = env.compute_reward(achieved, desired, [{}] * 30)

    assert computed.dtype == np.float32
    np.testing.assert_array_equal(computed, paid)
    assert env.compute_reward(achieved[3], desired[3], {}) == paid[3]
    # What was achieved, had it been desired, is reached.
    np.testing.assert_array_equal(env.compute_reward(achieved, achieved, {}), np.zeros(30))


def test_a_tolerance_reaches_that_many_cells_along_every_axis() -> None:
    env = HiveGoalEnv(tolerance=2)
    env.reset(seed=0)
    cell = 1 / (env.simulation.config.region_side // 2)
    near = np.array([[2, -2], [0, 2], [3, 0], [-3, 1]]) * cell

    assert env.compute_reward(near, np.zeros((4, 2)), {}).tolist() == [0, 0, -1, -1]


def test_a_zone_is_reached_from_each_of_its_cells_and_from_no_other() -> None:
    """Against the zones of a manager's orders, row by row from the north-west."""
    env = HiveGoalEnv(goal="zone", config=CALM)
    hive = env.simulation
    part = hive.config.region_side // 4
    env.reset(seed=0)
    for zone in (0, 3, 6, 15):
        centre = (np.array([zone % 4, zone // 4]) + 0.5) * part - 0.5
        desired = (centre - 2 * part) / (2 * part)
        seen, _ = env.reset(seed=1, options={"desired_goal": desired})
        for _ in range(50):
            x, y = (int(hive.columns[axis][0] >> 12) for axis in ("x", "y"))
            inside = (y // part) * 4 + x // part == zone
            assert bool(env.compute_reward(seen["achieved_goal"], desired, {}) == 0) == inside
            seen, *_ = env.step(straight(seen))


def test_it_is_the_world_of_forage_with_one_worker_commanded() -> None:
    """The others do what they would do there: the same columns, tick by tick."""
    env = HiveGoalEnv(seat=20)
    env.reset(seed=3)
    hive = type(env.simulation)(env.simulation.config)
    hive.reset(3)
    for tick in range(40):
        orders = {
            level: hive.decide("scripted", level=level)
            for level in ("manager", "governor", "orchestrator")
            if hive.deciding(level).all()
        }
        actions = hive.decide("scripted")
        actions[20] = (tick % 8, 0)
        hive.step(actions, orders)
        seen, *_ = env.step(tick % 8)
        assert env.state_hash() == hive.state_hash()
        level = hive.levels["worker"]
        zero, scale = (np.array([getattr(f, n) for f in level.features]) for n in ("zero", "scale"))
        expected = (hive.observe()[20].astype(np.float32) - zero) / scale
        np.testing.assert_allclose(seen["observation"], expected, atol=1e-6)


def test_rows_in_any_order_show_the_same() -> None:
    one, other = HiveGoalEnv(seat=7), HiveGoalEnv(seat=7)
    for env in (one, other):
        env.reset(seed=2)
    other.simulation.permute(np.random.default_rng(0).permutation(64))
    for verb in (2, 2, 3, 0, 4):
        seen, *rest = one.step(verb)
        again, *others = other.step(verb)
        for name, content in seen.items():
            np.testing.assert_array_equal(again[name], content)
        assert others[0] == rest[0]


def test_a_failed_worker_may_only_stay() -> None:
    env = HiveGoalEnv(config={"fault_mean_ticks": 2, "reboot_ticks": 60, "hazards_per_region": 0})
    env.reset(seed=0)
    failed = False
    for _ in range(50):
        *_, info = env.step(2)
        health = env.simulation.columns["health"][0]
        failed |= health == Health.FAILED
        expected = [True] + [health == Health.ALIVE] * 7
        assert info["action_mask"].tolist() == expected
        assert env.action_masks().tolist() == expected
    assert failed


def test_a_seed_repeats_world_and_goal_and_episodes_go_on_from_it() -> None:
    one, other = HiveGoalEnv(), HiveGoalEnv()
    goals = []
    for seed in (4, None, None):
        seen, _ = one.reset(seed=seed)
        again, _ = other.reset(seed=seed)
        for name, content in seen.items():
            np.testing.assert_array_equal(again[name], content)
        assert one.state_hash() == other.state_hash()
        goals.append(seen["desired_goal"].tolist())
    assert goals[0] != goals[1] != goals[2]


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"goal": "place"}, "goal"),
        ({"goal": None}, "goal"),
        ({"tolerance": -1}, "tolerance"),
        ({"tolerance": 6}, "tolerance"),
        ({"tolerance": 0.5}, "tolerance"),
        ({"goal": "zone", "tolerance": 1}, "tolerance"),
        ({"seat": 64}, "seat"),
        ({"seat": True}, "seat"),
        ({"max_cycles": 0}, "max_cycles"),
        ({"max_cycles": 10_000}, "max_cycles"),
        ({"policy": "nobody"}, "policy"),
        ({"policy": print}, "policy"),
        ({"config": {"gravity": 1}}, "config"),
        ({"config": 3}, "config"),
        ({"size": "tiny"}, "size"),
    ],
)
def test_what_it_cannot_use_is_refused_by_name(arguments: dict[str, Any], argument: str) -> None:
    with pytest.raises(ConfigError) as refused:
        HiveGoalEnv(**arguments)

    assert refused.value.argument == argument


@pytest.mark.parametrize("action", [8, -1, 1.0, None, [1], np.zeros(1, int), "north"])
def test_no_verb_is_refused_and_nothing_changes(action: Any) -> None:
    env = HiveGoalEnv()
    env.reset(seed=0)
    before = env.state_hash()

    with pytest.raises(ActionError):
        env.step(action)

    assert env.state_hash() == before


@pytest.mark.parametrize("goal", [[0], [0.0, 5.0], [0, np.nan], "there", None, [[0, 0]]])
def test_a_goal_that_is_none_is_refused_and_the_episode_goes_on(goal: Any) -> None:
    env = HiveGoalEnv()
    env.reset(seed=0)
    before = env.state_hash()

    with pytest.raises(ArgumentError, match="desired_goal"):
        env.reset(options={"desired_goal": goal})

    assert env.state_hash() == before
    env.step(0)


@pytest.mark.parametrize(
    ("achieved", "desired"),
    [
        (np.zeros((4, 3)), np.zeros((4, 3))),
        (np.zeros((4, 2)), np.zeros((3, 2))),
        (np.zeros(()), np.zeros(())),
        (np.zeros(2), np.zeros((4, 2))),
        ("here", "there"),
    ],
)
def test_goals_of_another_shape_have_no_reward(achieved: Any, desired: Any) -> None:
    with pytest.raises(ArgumentError):
        HiveGoalEnv().compute_reward(achieved, desired, {})


def test_a_step_needs_an_episode() -> None:
    env = HiveGoalEnv(max_cycles=1)
    with pytest.raises(ResetNeededError):
        env.step(0)
    env.reset(seed=0)
    *_, truncated, _ = env.step(0)
    assert truncated
    with pytest.raises(ResetNeededError):
        env.step(0)
