"""``level="all"``: the seats of every level as agents of one environment, on one clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from envs.worlds import PERIODS, WIDE, build, random_actions
from gymnasium.spaces import MultiDiscrete

from hive_env import hive_v0
from hive_env.envs.parallel import HiveParallelEnv
from hive_env.errors import ActionError, ArgumentError
from hive_env.scenarios.controllers import Controller, Crew
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.scenarios.rewards import WEIGHTS, total

every_task = pytest.mark.parametrize("task", FAMILIES)
every_level = pytest.mark.parametrize("level", LEVELS)

UPPER = LEVELS[1:]


def everyone(task: str = "forage", **arguments: Any) -> HiveParallelEnv:
    config = {**PERIODS, **arguments.pop("config", {})}
    return HiveParallelEnv(WIDE, task=task, level="all", config=config, **arguments)


def named(hive: Hive, acts: dict[str, Any]) -> dict[str, Any]:
    """Return actions by agent from actions by level."""
    return {f"{level}_{seat}": row for level, rows in acts.items() for seat, row in enumerate(rows)}


def due(hive: Hive) -> list[str]:
    return [level for level in LEVELS if hive.deciding(level).all()]


def drawn(hive: Hive, seed: int) -> Iterator[dict[str, Any]]:
    """Yield random actions of the levels that decide, tick after tick."""
    rng = np.random.default_rng(seed)
    while True:
        yield {level: random_actions(hive, level, rng) for level in due(hive)}


@every_task
def test_the_agents_are_the_seats_of_every_level_lowest_first(task: str) -> None:
    env = everyone(task)
    env.reset(seed=0)
    seats = {name: level.seats for name, level in env.simulation.levels.items()}

    assert seats == {"worker": 64, "manager": 8, "governor": 4, "orchestrator": 2}
    assert env.agents == [f"{name}_{seat}" for name in LEVELS for seat in range(seats[name])]
    for agent in env.agents:
        level = env.simulation.levels[agent.split("_")[0]]
        assert env.observation_space(agent).shape == (len(level.features),)
        assert env.action_space(agent) == MultiDiscrete(list(level.choices))
        assert env.action_space(agent) is env.action_space(agent)
    for agent in ("orchestrator_2", "manager_8", "boss_0"):
        with pytest.raises(ArgumentError, match="one of worker_0 to orchestrator_1"):
            env.observation_space(agent)


@every_task
def test_a_step_is_one_tick_and_the_info_says_who_decides_next(task: str) -> None:
    """Before the first tick everybody decides; then each level by its own clock."""
    env = everyone(task)
    _, infos = env.reset(seed=0)
    actions = drawn(env.simulation, 0)
    for tick in range(20):
        assert env.simulation.columns["tick"].tolist() == [tick]
        for agent, info in infos.items():
            period = env.simulation.levels[agent.split("_")[0]].period
            assert info["decision"] is (tick % period == 0)
        *_, infos = env.step(named(env.simulation, next(actions)))
        assert env.agents == env.possible_agents == list(infos)


@every_task
def test_what_agents_do_between_their_decisions_is_ignored_whatever_it_is(task: str) -> None:
    """One hive leaves those actions out, the other gives garbage, a third gives good ones."""
    sparing, noisy, busy = everyone(task), everyone(task), everyone(task)
    for env in (sparing, noisy, busy):
        env.reset(seed=1)
    rng = np.random.default_rng(0)
    rubbish = (None, "boss", [99], np.nan, [[1], [2, 3]], object())
    for step, acts in zip(range(18), drawn(sparing.simulation, 3), strict=False):
        given = named(sparing.simulation, acts)
        idle = [agent for agent in sparing.agents if agent not in given]
        wild = {agent: rubbish[(step + at) % 6] for at, agent in enumerate(idle)}
        good = {
            agent: busy.action_space(agent).sample() for agent in idle if rng.integers(2)
        }  # some leave it out
        told = [
            repr(env.step(given | more))
            for env, more in ((sparing, {}), (noisy, wild), (busy, good))
        ]
        assert told[0] == told[1] == told[2]
        assert sparing.state_hash() == noisy.state_hash() == busy.state_hash()


@every_task
@pytest.mark.parametrize("level", UPPER)
@pytest.mark.parametrize("tick", [0, 8])
def test_who_decides_must_act_well_and_is_named_otherwise(task: str, level: str, tick: int) -> None:
    env = everyone(task)
    env.reset(seed=0)
    actions = drawn(env.simulation, 0)
    for _ in range(tick):
        env.step(named(env.simulation, next(actions)))
    given = named(env.simulation, next(actions))
    agent = f"{level}_1"
    before = env.state_hash()
    good = given[agent]

    without = {name: action for name, action in given.items() if name != agent}
    for wrong, said in (
        (without, f"1 missing: {agent}"),
        (given | {agent: None}, rf"actions\['{agent}'\]"),
        (given | {agent: good[:-1]}, rf"actions\['{agent}'\].*shape"),
        (given | {agent: good + 99}, rf"actions\['{agent}'\]\[0\]: expected 0 to"),
        (given | {agent: good + 0.5}, rf"actions\['{agent}'\].*float64"),
        (given | {f"{level}_9": good}, f"1 unknown: {level}_9"),
    ):
        with pytest.raises(ActionError, match=said):
            env.step(wrong)
        assert env.state_hash() == before
    env.step(given)


@every_task
def test_an_unknown_agent_is_refused_in_every_tick(task: str) -> None:
    env = everyone(task)
    env.reset(seed=0)
    actions = drawn(env.simulation, 0)
    env.step(named(env.simulation, next(actions)))
    before = env.state_hash()

    with pytest.raises(ActionError, match="1 unknown: manager_8"):
        env.step(named(env.simulation, next(actions)) | {"manager_8": [0] * 5})
    assert env.state_hash() == before


@every_task
def test_agents_that_do_as_the_scripted_policies_do_make_the_scripted_world(task: str) -> None:
    """Hash for hash, through agents by name on the one side and without a facade on the other."""
    env = everyone(task)
    hive = build(task, WIDE, **PERIODS)
    crew = Crew(hive, Controller("full", "Everybody follows the scripted policy."))
    env.reset(seed=4)
    hive.reset(4)
    for _ in range(40):
        levels = env.simulation.levels
        acts = {
            level: env.simulation.decide(levels[level].scripted, level=level)
            for level in due(env.simulation)
        }
        env.step(named(env.simulation, acts))
        crew.tick()
        assert env.state_hash() == hive.state_hash()


@every_task
@every_level
def test_at_one_level_the_environment_is_that_of_everyone_projected(task: str, level: str) -> None:
    """The seats of the level draw, all others follow their scripts: at every decision of the level
    hash, observations, masks and rewards agree, and in between nothing is paid."""
    whole = everyone(task)
    alone = HiveParallelEnv(WIDE, task=task, level=level, config=PERIODS)
    seen, _ = whole.reset(seed=6)
    mine, _ = alone.reset(seed=6)
    rng = np.random.default_rng(5)
    hive = whole.simulation
    period = hive.levels[level].period
    for step in range(40):
        if step % period == 0:
            chosen = random_actions(hive, level, rng)
            for agent in alone.agents:
                assert np.array_equal(seen[agent], mine[agent])
        acts = {name: hive.decide(hive.levels[name].scripted, level=name) for name in due(hive)}
        if level in acts:
            acts[level] = chosen
        seen, rewards, _, _, infos = whole.step(named(hive, acts))
        if (step + 1) % period:
            assert not any(rewards[agent] for agent in alone.agents)
            assert not any(infos[agent]["reward_components"].any() for agent in alone.agents)
            continue
        mine, paid, _, _, facts = alone.step(named(hive, {level: chosen}))
        assert whole.state_hash() == alone.state_hash()
        for agent, reward in paid.items():
            assert rewards[agent] == reward
            for name in ("reward_components", "decision"):
                assert np.array_equal(infos[agent][name], facts[agent][name])
            for ours, theirs in zip(
                infos[agent]["action_mask"], facts[agent]["action_mask"], strict=True
            ):
                assert np.array_equal(ours, theirs)


@every_task
@pytest.mark.parametrize("cycles", [27, 32])
def test_what_an_upper_agent_earns_is_paid_at_its_next_decision_or_at_the_end(
    task: str, cycles: int
) -> None:
    """Against a hive driven by hand, whose counts are read at the decisions and at the end."""
    env = everyone(task, max_cycles=cycles)
    hive = build(task, WIDE, **PERIODS)
    env.reset(seed=2)
    hive.reset(2)
    since: dict[str, Any] = {}
    earned = dict.fromkeys(UPPER, 0.0)
    for tick in range(cycles):
        now = hive.counters()
        since |= dict.fromkeys(due(hive), now)
        acts = {level: hive.decide(hive.levels[level].scripted, level=level) for level in due(hive)}
        _, rewards, _, truncated, _ = env.step(named(hive, acts))
        hive.step(acts.pop("worker"), acts)
        last = tick + 1 == cycles
        assert set(truncated.values()) == {last}
        for level in LEVELS:
            paid = np.array([rewards[f"{level}_{s}"] for s in range(hive.levels[level].seats)])
            if last or hive.deciding(level).all():
                components = hive.components(level, since[level])
                expected = total(components, hive.scales(level, "mean"), WEIGHTS[level])
                assert np.array_equal(paid, expected)
                if level in UPPER:
                    earned[level] += float(np.abs(expected).sum())
            else:
                assert not paid.any()
    assert env.agents == []
    assert all(earned.values())


def test_deliveries_are_paid_for_once_whatever_the_clock() -> None:
    """Over an episode the immediate components of the managers and of their governors sum to the
    value that the hive has gained, and so do the global ones of the orchestrators."""
    env = everyone(max_cycles=70)
    env.reset(seed=2)
    hive = env.simulation
    sums = {name: np.zeros(3) for name in UPPER}
    for _ in range(70):
        acts = {level: hive.decide("scripted", level=level) for level in due(hive)}
        *_, infos = env.step(named(hive, acts))
        for name in UPPER:
            for seat in range(hive.levels[name].seats):
                sums[name] += infos[f"{name}_{seat}"]["reward_components"]
    gained = float(hive.values()[0])

    assert gained > 5
    assert sums["manager"][0] * 64 / 8 == pytest.approx(gained, rel=1e-4)
    assert sums["governor"][0] * 64 / 4 == pytest.approx(gained, rel=1e-4)
    assert sums["orchestrator"][2] * 64 / 2 == pytest.approx(gained, rel=1e-4)


@pytest.mark.parametrize("before", [0, 5, 7])
@every_task
def test_a_restored_snapshot_may_stand_between_two_decisions(task: str, before: int) -> None:
    """Upper agents are then paid for what came since it was restored, whatever was before it."""
    env = everyone(task)
    env.reset(seed=0)
    actions = drawn(env.simulation, 0)
    for _ in range(5):
        env.step(named(env.simulation, next(actions)))
    kept, reached = env.simulation.snapshot(), env.state_hash()
    env.reset(seed=1)
    env.simulation.columns["region_value"] += 5_000
    for _ in range(before):
        env.step(named(env.simulation, next(actions)))
    env.simulation.restore(kept)
    assert env.state_hash() == reached

    since = env.simulation.counters()
    for _ in range(3):
        *_, infos = env.step(named(env.simulation, next(actions)))

    for level in ("governor", "orchestrator"):
        expected = env.simulation.components(level, since)
        for seat, components in enumerate(expected):
            assert np.array_equal(infos[f"{level}_{seat}"]["reward_components"], components)


def test_the_turn_based_form_asks_everybody_and_takes_anything_of_who_does_not_decide() -> None:
    parallel, turns = everyone(), hive_v0.env(WIDE, level="all", config=PERIODS)
    parallel.reset(seed=0)
    turns.reset(seed=0)
    for _, acts in zip(range(5), drawn(parallel.simulation, 1), strict=False):
        given = named(parallel.simulation, acts)
        for agent in parallel.possible_agents:
            assert turns.agent_selection == agent
            turns.step(given.get(agent))
        parallel.step(given)
        assert turns.unwrapped.state_hash() == parallel.state_hash()


def test_masks_come_by_level() -> None:
    env = everyone(config={"fault_mean_ticks": 8})
    env.reset(seed=0)
    actions = drawn(env.simulation, 0)
    for _ in range(8):
        *_, infos = env.step(named(env.simulation, next(actions)))
    masks = env.action_masks()

    assert list(masks) == list(LEVELS)
    for level in LEVELS:
        for seat, flat in enumerate(masks[level]):
            mask = infos[f"{level}_{seat}"]["action_mask"]
            assert np.array_equal(flat, np.concatenate(mask).astype(bool))
    assert not masks["worker"].all()
