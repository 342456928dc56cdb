"""Every level of every task, under every facade: one step, one seat, one world are the same."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
import pytest
from envs.worlds import HARSH, PERIODS, TINY, WIDE, build, drive, random_actions
from gymnasium.spaces import MultiDiscrete
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test

from hive_env import hive_v0
from hive_env.envs.parallel import HiveParallelEnv
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.scenarios.families import FAMILIES, FORAGE
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.scenarios.rewards import GLOBAL_MODES
from hive_env.sizes import SIZES, Size

every_task = pytest.mark.parametrize("task", FAMILIES)
every_level = pytest.mark.parametrize("level", LEVELS)
every_play = pytest.mark.parametrize("level", [*LEVELS, "all"])
SHORT = {**PERIODS, "episode_ticks": 16}

PUBLISHED = {
    "worker": ((64,), [8, 5]),
    "manager": ((128,), [3, 3, 3, 3, 5]),
}


# --- what other libraries check --------------------------------------------------------------


@every_task
@every_level
@pytest.mark.parametrize("joint", [False, True])
def test_it_passes_the_checker_of_gymnasium(task: str, level: str, joint: bool) -> None:
    env = gymnasium.make("Hive-v0", size=WIDE, task=task, level=level, joint=joint, config=PERIODS)

    check_env(env.unwrapped, skip_render_check=True)


@every_task
@every_play
@pytest.mark.parametrize("cycles", [None, 3])
def test_it_passes_the_parallel_checker_of_pettingzoo(
    task: str, level: str, cycles: int | None
) -> None:
    """Over the end of episodes at their own end, and cut between two decisions."""
    env = hive_v0.parallel_env(WIDE, task=task, level=level, max_cycles=cycles, config=SHORT)

    parallel_api_test(env, num_cycles=20)


@pytest.mark.filterwarnings(
    # It advises against MultiDiscrete, with which several choices are several, and against levels
    # that differ.
    "ignore:Action space for each agent probably should be:UserWarning",
    "ignore:Agents have different .* space sizes:UserWarning",
    "ignore:Observations are different shapes:UserWarning",
)
@every_task
@every_play
def test_it_passes_the_aec_checker_of_pettingzoo(task: str, level: str) -> None:
    env = hive_v0.env(WIDE, task=task, level=level, max_cycles=5, config=PERIODS)

    api_test(env, num_cycles=3)


@every_task
@every_play
def test_it_passes_the_seed_checkers_of_pettingzoo(task: str, level: str) -> None:
    given: dict[str, Any] = {"task": task, "level": level, "max_cycles": 4, "config": PERIODS}

    parallel_seed_test(lambda: hive_v0.parallel_env(WIDE, **given), num_cycles=6)
    seed_test(lambda: hive_v0.env(WIDE, **given), num_cycles=2)


# --- spaces -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["nano", "v0", "40k"])
@pytest.mark.parametrize("level", PUBLISHED)
def test_the_spaces_of_a_seat_do_not_depend_on_the_size_of_the_hive(size: str, level: str) -> None:
    env = HiveEnv(size, level=level)
    shape, choices = PUBLISHED[level]

    assert env.observation_space.shape == shape
    assert env.action_space == MultiDiscrete(choices)


@every_task
@pytest.mark.parametrize("size", ["nano", "v0", "40k"])
def test_the_spaces_of_low_levels_are_those_of_a_small_hive(task: str, size: str) -> None:
    for level in ("worker", "manager"):
        mine, small = HiveEnv(size, task=task, level=level), HiveEnv(TINY, task=task, level=level)
        assert mine.observation_space == small.observation_space
        assert mine.action_space == small.action_space


@pytest.mark.parametrize("size", ["nano", "v0", "40k"])
def test_a_governor_has_a_slot_for_each_region_and_an_orchestrator_for_each_governor(
    size: str,
) -> None:
    regions, governors = SIZES[size].sector_regions, SIZES[size].hive_sectors
    governor, orchestrator = HiveEnv(size, level="governor"), HiveEnv(size, level="orchestrator")

    assert governor.observation_space.shape == (16 * regions + 8,)
    assert governor.action_space == MultiDiscrete([3] * regions)
    assert orchestrator.observation_space.shape == (16 * governors + 5,)
    assert orchestrator.action_space == MultiDiscrete([4] * 4)


def test_a_span_that_is_fixed_larger_leaves_slots_for_regions_to_come() -> None:
    env = HiveEnv(TINY, level="governor", config={"max_span": 6})
    seen, info = env.reset(seed=0)

    assert env.observation_space.shape == (16 * 6 + 8,)
    assert env.action_space == MultiDiscrete([3] * 6)
    assert seen[: 16 * 4 : 16].tolist() == [1.0] * 4
    assert not seen[16 * 4 : 16 * 6].any()
    assert [mask.tolist() for mask in info["action_mask"]] == [[1, 1, 1]] * 4 + [[1, 0, 0]] * 2


def test_the_orders_of_squads_are_a_space_of_their_own() -> None:
    """Eight squads: no goal, or one of 16 zones with one of four types."""
    env = HiveEnv(TINY, config={"orders": "squads"})

    assert env.action_space == MultiDiscrete([65] * 8)
    env.reset(seed=0)
    for _ in range(3):
        assert env.observation_space.contains(env.step(env.action_space.sample())[0])


@every_task
@every_level
def test_every_observation_lies_in_its_space_and_every_mask_leaves_a_choice(
    task: str, level: str
) -> None:
    """An episode of random play by everybody, in the harsh world where there are faults."""
    harsh = HARSH if task == "forage" else {}
    config = {**harsh, **SHORT}
    policies = {name: "random" for name in LEVELS if name != level}
    env = HiveParallelEnv(WIDE, task=task, level=level, policies=policies, config=config)
    _, infos = env.reset(seed=3)
    while env.agents:
        for agent in env.agents:
            mask = infos[agent]["action_mask"]
            assert all(part.any() for part in mask)
        actions = {agent: env.action_space(agent).sample(mask=infos[agent]["action_mask"])
                   for agent in env.agents}  # fmt: skip
        seen, _, _, _, infos = env.step(actions)
        for agent, row in seen.items():
            assert env.observation_space(agent).contains(row), agent


def test_one_seat_of_a_hundred_million_workers_has_the_spaces_of_any_other() -> None:
    """Spaces come from the levels of a size, which need no world."""
    whole = FORAGE.levels(FORAGE.config(Size.of("100m")))
    small = FORAGE.levels(FORAGE.config(TINY))

    for level in ("worker", "manager"):
        assert whole[level].features == small[level].features
        assert whole[level].choices == small[level].choices


# --- clocks -----------------------------------------------------------------------------------


@every_task
@every_level
def test_a_step_is_the_period_of_the_level_and_an_episode_ends_after_whole_steps(
    task: str, level: str
) -> None:
    env = HiveEnv(WIDE, task=task, level=level, config=SHORT)
    period = env.simulation.levels[level].period
    env.reset(seed=0)
    ticks, ended = [], False
    while not ended:
        *_, terminated, ended, info = env.step(env.action_space.sample())
        assert terminated is False
        ticks.append(info["tick"])

    assert ticks == [period * (step + 1) for step in range(len(ticks))]
    assert len(ticks) == env.simulation.episode_ticks // period


@pytest.mark.parametrize(("level", "period"), [*zip(LEVELS, (1, 8, 32, 64), strict=True)])
@every_task
def test_the_published_clocks(task: str, level: str, period: int) -> None:
    env = HiveEnv("nano", task=task, level=level)
    env.reset(seed=0)

    assert env.step(env.action_space.sample())[4]["tick"] == period


@every_level
def test_max_cycles_counts_steps_of_the_level(level: str) -> None:
    env = HiveEnv(TINY, level=level, max_cycles=2, config=PERIODS)
    env.reset(seed=0)
    ended = [env.step(env.action_space.sample())[3] for _ in range(2)]

    assert ended == [False, True]
    assert env.simulation.columns["tick"][0] == 2 * env.simulation.levels[level].period


# --- one seat, all seats, many worlds, no facade ------------------------------------------------


def scripted(hive: Hive, level: str) -> Any:
    return hive.decide(hive.levels[level].scripted, level=level)


@every_task
@every_level
@pytest.mark.parametrize("mode", GLOBAL_MODES)
def test_a_seat_plays_what_a_hive_plays_that_is_driven_by_hand(
    task: str, level: str, mode: str
) -> None:
    """Tick by tick: decide, step, components, total; hash, observation, reward, mask and U."""
    seat = {"worker": 37, "manager": 5, "governor": 2, "orchestrator": 1}[level]
    given: dict[str, Any] = {"task": task, "level": level, "seat": seat, "config": PERIODS}
    policies = {"governor": "random", "orchestrator": "random"}
    env = HiveEnv(WIDE, policies=policies, global_mode=mode, **given)
    hive = build(task, WIDE, **PERIODS)
    env.reset(seed=5)
    hive.reset(5)
    rng = np.random.default_rng(1)
    paid = 0.0
    for _ in range(12):
        action = random_actions(hive, level, rng)[seat]
        seen, reward, *_, info = env.step(action)
        rewards = drive(hive, level, {seat: action}, policies, mode)
        byhand = hive.observe(level=level)[seat]
        if byhand.dtype == np.uint8:
            features = hive.levels[level].features
            byhand = [
                (int(byte) - f.zero) / f.scale for byte, f in zip(byhand, features, strict=True)
            ]
        assert env.state_hash() == hive.state_hash()
        assert np.allclose(seen, byhand, atol=1e-6)
        assert reward == rewards[seat]
        assert info["u_per_worker"] == hive.values()[0] / hive.workers
        assert np.array_equal(np.concatenate(info["action_mask"]), hive.masks(level)[seat])
        paid += abs(reward)
    assert paid > 0 or (level, mode) == ("orchestrator", "none")


@every_task
@every_level
def test_a_seat_is_a_row_of_all_seats_and_a_world_one_of_many(task: str, level: str) -> None:
    """Where everybody follows the scripted policy, each facade shows the same hive."""
    given: dict[str, Any] = {"task": task, "level": level, "config": PERIODS}
    joint = HiveEnv(WIDE, joint=True, **given)
    worlds = HiveVectorEnv(3, WIDE, joint=True, **given)
    agents = HiveParallelEnv(WIDE, **given)
    level_seats = joint.simulation.levels[level].seats
    seats = sorted({0, level_seats // 2, level_seats - 1})
    singles = {seat: HiveEnv(WIDE, seat=seat, **given) for seat in seats}
    for env in (joint, agents, *singles.values()):
        env.reset(seed=9)
    worlds.reset(seed=8)

    for _ in range(8):
        actions = scripted(joint.simulation, level)
        everywhere = scripted(worlds.simulation, level).reshape(3, level_seats, -1)
        assert np.array_equal(everywhere[1], actions)
        seen, reward, _, _, info = joint.step(actions.ravel())
        many, rewards, _, _, infos = worlds.step(everywhere.reshape(3, -1))
        each, paid, _, _, facts = agents.step(dict(zip(agents.agents, actions, strict=True)))
        assert worlds.state_hash(1) == joint.state_hash() == agents.state_hash()
        assert np.array_equal(many[1], seen)
        assert np.array_equal(np.stack(list(each.values())), seen)
        assert rewards[1] == reward == np.mean(list(paid.values()), dtype=np.float64)
        assert np.array_equal(infos["reward_components"][1], info["reward_components"])
        for seat, env in singles.items():
            mine, earned, _, _, told = env.step(actions[seat])
            agent = f"{level}_{seat}"
            assert env.state_hash() == joint.state_hash()
            assert np.array_equal(mine, seen[seat])
            assert earned == paid[agent]
            assert np.array_equal(told["reward_components"], info["reward_components"][seat])
            assert np.array_equal(told["reward_components"], facts[agent]["reward_components"])
            for ours, theirs in zip(told["action_mask"], facts[agent]["action_mask"], strict=True):
                assert np.array_equal(ours, theirs)


@every_task
@every_level
def test_world_k_of_a_vector_is_the_single_environment_with_its_seed(task: str, level: str) -> None:
    """One seat in each of three worlds, of which one starts anew on the way."""
    given: dict[str, Any] = {"task": task, "level": level, "config": PERIODS}
    envs = HiveVectorEnv(3, WIDE, **given)
    singles = [HiveEnv(WIDE, **given) for _ in range(3)]
    seen, _ = envs.reset(seed=4)
    for world, env in enumerate(singles):
        assert np.array_equal(env.reset(seed=4 + world)[0], seen[world])
    rng = np.random.default_rng(2)
    for step in range(8):
        if step == 3:
            envs.reset(options={"reset_mask": np.array([False, True, False])})
            singles[1].reset()
        actions = random_actions(envs.simulation, level, rng).reshape(
            3, -1, len(envs.single_action_space.nvec)
        )[:, 0]
        seen, rewards, _, truncated, infos = envs.step(actions)
        for world, env in enumerate(singles):
            mine, reward, _, over, info = env.step(actions[world])
            assert env.state_hash() == envs.state_hash(world)
            assert np.array_equal(mine, seen[world])
            assert reward == rewards[world]
            assert over == truncated[world]
            for name in ("reward_components", "tick", "u_per_worker"):
                assert np.array_equal(info[name], infos[name][world])


@every_task
@every_level
def test_a_policy_of_the_users_own_may_play_any_level(task: str, level: str) -> None:
    """Given the built-in policy as a function, the hive is the same; it is asked when due."""
    other = "manager" if level != "manager" else "worker"
    asked: list[int] = []

    def policy(hive: Hive) -> Any:
        asked.append(int(hive.columns["tick"][0]))
        return scripted(hive, level)

    given: dict[str, Any] = {"task": task, "level": other, "config": PERIODS}
    mine, theirs = HiveEnv(WIDE, policies={level: policy}, **given), HiveEnv(WIDE, **given)
    mine.reset(seed=0)
    theirs.reset(seed=0)
    for _ in range(4):
        action = mine.action_space.sample()
        mine.step(action)
        theirs.step(action)
    ticks = int(mine.simulation.columns["tick"][0])

    assert mine.state_hash() == theirs.state_hash()
    assert asked == list(range(0, ticks, mine.simulation.levels[level].period))
