"""Views of a hive: one level's agents, on its clock, with policies everywhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import CLOCKS, HARSH, TINY
from pettingzoo.test import parallel_api_test
from pettingzoo.utils import BaseParallelWrapper

from hive_env import hive_v0
from hive_env.errors import ActionError, ArgumentError, ConfigError, ResetNeededError
from hive_env.faults import Faults, WorkerFaults
from hive_env.wrappers import LevelView, WithPolicies

LEVELS = ("worker", "manager", "governor", "orchestrator")


def whole(task: str = "forage", **arguments: Any) -> Any:
    """A tiny hive of which all levels play."""
    config = {**CLOCKS, **HARSH} if task == "forage" else CLOCKS
    return hive_v0.parallel_env(TINY, task=task, level="all", config=config, **arguments)


def single(level: str, task: str = "forage", **arguments: Any) -> Any:
    """The same hive of which one level plays."""
    config = {**CLOCKS, **HARSH} if task == "forage" else CLOCKS
    return hive_v0.parallel_env(TINY, task=task, level=level, config=config, **arguments)


def drawn(env: Any, random: np.random.Generator) -> dict[str, Any]:
    """Random actions of all agents."""
    return {agent: random.integers(env.action_space(agent).nvec) for agent in env.agents}


def draw_in(seen: Any, choices: Any) -> Any:
    """A deterministic policy of observations alone."""
    heads = (np.abs(seen).sum(axis=1, keepdims=True) * 1000).astype(np.int64)
    return (heads + np.arange(len(choices))) % choices


class Doubled(BaseParallelWrapper):
    """What somebody else's wrapper does: observations negated, rewards doubled and one a tick."""

    @property
    def agents(self) -> list[str]:  # type: ignore[override]
        return self.env.agents

    def reset(self, seed: Any = None, options: Any = None) -> Any:
        seen, infos = self.env.reset(seed=seed, options=options)
        return {agent: -one for agent, one in seen.items()}, infos

    def step(self, actions: Any) -> Any:
        seen, rewards, *rest = self.env.step(actions)
        seen = {agent: -one for agent, one in seen.items()}
        return (seen, {agent: 2 * one + 1 for agent, one in rewards.items()}, *rest)


@pytest.mark.parametrize("task", ["forage", "queue"])
@pytest.mark.parametrize("level", LEVELS)
def test_a_view_plays_as_the_environment_of_its_level_does(level: str, task: str) -> None:
    """State, observations, rewards, infos and flags, step for step, with the same actions."""
    view, native = LevelView(whole(task), level), single(level, task)
    seen, infos = view.reset(seed=5)
    expected, expected_infos = native.reset(seed=5)
    random = np.random.default_rng(1)
    assert view.agents == native.agents == view.possible_agents

    for _ in range(12):
        assert view.state_hash() == native.state_hash()
        assert seen.keys() == expected.keys()
        assert all(np.array_equal(seen[agent], expected[agent]) for agent in seen)
        for agent, info in infos.items():
            masks = zip(info["action_mask"], expected_infos[agent]["action_mask"], strict=True)
            assert all(np.array_equal(one, other) for one, other in masks)
            assert info["decision"]
        actions = drawn(view, random)
        seen, rewards, ended, truncated, infos = view.step(actions)
        expected, paid, *flags, expected_infos = native.step(actions)
        assert rewards == pytest.approx(paid)
        assert [ended, truncated] == flags
        earned = [info["reward_components"] for info in infos.values()]
        assert np.allclose(earned, [info["reward_components"] for info in expected_infos.values()])


@pytest.mark.parametrize("level", ["worker", "manager"])
def test_rewards_are_what_is_paid_for_the_whole_step(level: str) -> None:
    """Someone is paid, so that the test above compares more than zeros."""
    view = LevelView(whole(), level)
    view.reset(seed=5)
    best = 0.0
    for _ in range(40):
        actions = {agent: view.action_space(agent).nvec * 0 for agent in view.agents}
        if level == "worker":
            actions = dict(zip(view.agents, view.simulation.decide("expert"), strict=True))
        elif level == "manager":
            manage = view.simulation.decide("scripted", level="manager")
            actions = dict(zip(view.agents, manage, strict=True))
        best = max(best, *view.step(actions)[1].values())
    assert best > 0.5


def test_views_stack() -> None:
    """A manager's view over a governor's function over a named orchestrator is one of them all."""
    native = single("manager")
    choices = native.simulation.levels["governor"].choices

    def govern(seen: Any, masks: Any) -> Any:
        assert masks.shape == (1, sum(choices))
        assert masks.dtype == bool
        return draw_in(seen, choices)

    policies = {
        "governor": lambda hive: draw_in(hive.observe(level="governor"), choices),
        "orchestrator": "random",
    }
    native = single("manager", policies=policies)
    over = WithPolicies(WithPolicies(whole(), {"orchestrator": "random"}), {"governor": govern})
    stacked = LevelView(over, "manager", {"worker": "scripted"})
    flat = LevelView(whole(), "manager", {"governor": govern, "orchestrator": "random"})
    again = LevelView(stacked, "manager")
    random = np.random.default_rng(2)
    for env in (native, flat, again):
        env.reset(seed=9)
    for _ in range(20):
        actions = drawn(native, random)
        paid = [env.step(actions)[1] for env in (native, flat, again)]
        assert paid[0] == pytest.approx(paid[1])
        assert paid[0] == pytest.approx(paid[2])
        assert native.state_hash() == flat.state_hash() == again.state_hash()


def test_a_level_without_a_policy_stays_on_the_clock_of_ticks() -> None:
    """Managers and workers are left; between their decisions managers may be left out."""
    env = WithPolicies(whole(), {"governor": "scripted", "orchestrator": "scripted"})
    seen, infos = env.reset(seed=0)
    assert len(env.agents) == 64 + 4
    assert set(seen) == set(infos) == set(env.agents)
    assert set(env.action_masks()) == {"worker", "manager"}
    for tick in range(6):
        assert infos["manager_0"]["decision"] == (tick % CLOCKS["manager_period"] == 0)
        actions = drawn(env, np.random.default_rng(tick))
        if not infos["manager_0"]["decision"]:
            actions = {agent: one for agent, one in actions.items() if "worker" in agent}
        outcome = env.step(actions)
        assert all(set(part) == set(env.possible_agents) for part in outcome)
        infos = outcome[4]
    assert env.simulation.columns["tick"][0] == 6


def test_a_function_is_asked_once_for_a_decision_of_its_level() -> None:
    asked: list[int] = []

    def manage(seen: Any, masks: Any) -> Any:
        asked.append(len(seen))
        return np.zeros((len(seen), 5), int)

    view = LevelView(whole(), "worker", {"manager": manage})
    view.reset(seed=0)
    for _ in range(6):
        view.step(dict.fromkeys(view.agents, np.zeros(2, int)))
    assert asked == [4] * (6 // CLOCKS["manager_period"])


def test_a_view_over_a_wrapped_hive_has_what_the_wrapper_makes_of_it() -> None:
    """Also a function that plays a level sees what the wrapper shows."""
    shown: list[Any] = []

    def work(seen: Any, masks: Any) -> Any:
        shown.append(seen)
        return np.zeros((len(seen), 2), int)

    plain, wrapped = LevelView(whole(), "manager"), LevelView(Doubled(whole()), "manager")
    watched = LevelView(Doubled(whole()), "manager", {"worker": work})
    bare = whole()
    seen, _ = plain.reset(seed=3)
    negated, _ = wrapped.reset(seed=3)
    watched.reset(seed=3)
    workers, _ = bare.reset(seed=3)
    assert all(np.array_equal(negated[agent], -seen[agent]) for agent in seen)
    actions = drawn(plain, np.random.default_rng(0))
    watched.step(actions)
    expected = np.stack([-workers[f"worker_{id}"] for id in range(64)])
    assert np.array_equal(shown[0], expected)
    for _ in range(30):
        actions = drawn(plain, np.random.default_rng(0))
        paid, doubled = plain.step(actions)[1], wrapped.step(actions)[1]
        ticks = CLOCKS["manager_period"]
        assert doubled == pytest.approx({agent: 2 * one + ticks for agent, one in paid.items()})
    assert plain.state_hash() == wrapped.state_hash()


def test_an_episode_may_end_inside_a_step() -> None:
    """Five ticks at a clock of two: the third step has one, and is paid for it."""
    view, env = LevelView(whole(max_cycles=5), "manager"), whole(max_cycles=5)
    view.reset(seed=4)
    env.reset(seed=4)
    hive = env.simulation
    orders = {agent: np.array([2, 2, 2, 2, 0]) for agent in view.agents}
    paid = dict.fromkeys(view.agents, 0.0)
    for step in range(3):
        outcome = view.step(orders)
        assert set(outcome[3].values()) == {step == 2}
        for _ in range(2 if step < 2 else 1):
            scripted = {
                f"{level}_{seat}": row
                for level in LEVELS
                for seat, row in enumerate(hive.decide("scripted", level=level))
            }
            for agent, reward in env.step({**scripted, **orders})[1].items():
                if agent in paid:
                    paid[agent] += reward
        assert outcome[1] == pytest.approx(paid)
        paid = dict.fromkeys(paid, 0.0)
    assert view.simulation.columns["tick"][0] == 5
    assert view.agents == []
    with pytest.raises(ResetNeededError, match="ended"):
        view.step(orders)
    view.reset()
    assert view.agents == view.possible_agents


@pytest.mark.parametrize("task", ["forage", "queue"])
@pytest.mark.parametrize("level", LEVELS)
def test_views_keep_to_the_api_of_pettingzoo(level: str, task: str) -> None:
    parallel_api_test(LevelView(whole(task, max_cycles=20), level), num_cycles=40)


def test_what_policies_leave_keeps_to_the_api_of_pettingzoo() -> None:
    parallel_api_test(WithPolicies(whole(max_cycles=20), {"worker": "scripted"}), num_cycles=40)


@pytest.mark.parametrize("given", ["shape", "values", "dtype", "ragged"])
def test_a_policy_that_answers_wrongly_is_named_and_nothing_has_changed(given: str) -> None:
    answers: dict[str, Any] = {
        "shape": np.zeros((64, 3), int),
        "values": np.full((64, 2), 99),
        "dtype": np.zeros((64, 2)),
        "ragged": [[0]] * 63 + [[0, 0]],
    }
    view = LevelView(whole(), "manager", {"worker": lambda *_: answers[given]})
    view.reset(seed=0)
    before = view.state_hash()
    with pytest.raises(ActionError, match=r"policies\['worker'\]\(observations, masks\)"):
        view.step(dict.fromkeys(view.agents, np.zeros(5, int)))
    assert view.state_hash() == before


@pytest.mark.parametrize("wrong", ["unknown", "other level", "missing", "values", "no mapping"])
def test_bad_actions_are_refused_before_anything_changes(wrong: str) -> None:
    view = LevelView(whole(), "manager")
    view.reset(seed=0)
    good = dict.fromkeys(view.agents, np.zeros(5, int))
    actions: dict[str, Any] = {
        "unknown": {**good, "manager_9": good["manager_0"]},
        "other level": {**good, "worker_0": np.zeros(2, int)},
        "missing": {"manager_0": good["manager_0"]},
        "values": {**good, "manager_1": np.full(5, 9)},
        "no mapping": [0],
    }
    before = view.state_hash()
    with pytest.raises(ActionError, match="actions"):
        view.step(actions[wrong])
    assert view.state_hash() == before
    view.step(good)


def test_nobody_else_acts_for_those_who_follow_a_policy() -> None:
    env = WithPolicies(whole(), {"worker": "scripted"})
    env.reset(seed=0)
    good = {agent: env.action_space(agent).nvec * 0 for agent in env.agents}
    before = env.state_hash()
    with pytest.raises(ActionError, match="1 unknown: worker_0"):
        env.step({**good, "worker_0": np.zeros(2, int)})
    assert env.state_hash() == before
    env.step(good)


def test_agents_that_are_not_in_view_have_no_spaces() -> None:
    view = LevelView(whole(), "governor")
    view.reset(seed=0)
    assert view.observation_space("governor_0") is view.observation_space("governor_0")
    assert set(view.action_masks()) == {"governor"}
    for agent in ("worker_0", "governor_7", "nobody"):
        with pytest.raises(ArgumentError, match="governor_0"):
            view.action_space(agent)
        with pytest.raises(ArgumentError, match="governor_0"):
            view.observation_space(agent)


def test_a_step_before_the_first_reset_is_refused() -> None:
    for view in (LevelView(whole(), "worker"), WithPolicies(whole(), {"worker": "random"})):
        with pytest.raises(ResetNeededError, match="before reset"):
            view.step({})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("queen",), "level: expected one of worker, manager"),
        (("all",), "level"),
        ((None,), "level"),
        (("manager", {"manager": "scripted"}), "no policy of the level viewed"),
        (("manager", {"queen": "scripted"}), "'queen'"),
        (("manager", {"worker": "nobody"}), r"policies\['worker'\]: expected one of scripted"),
        (("manager", {"worker": 3}), r"policies\['worker'\]"),
        (("manager", "scripted"), "policies: expected a mapping"),
    ],
)
def test_what_cannot_be_viewed_is_refused_at_construction(arguments: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        LevelView(whole(), *arguments)


def test_a_level_that_follows_a_policy_cannot_be_viewed() -> None:
    with pytest.raises(ConfigError, match="governor"):
        LevelView(WithPolicies(whole(), {"governor": "scripted"}), "governor")
    with pytest.raises(ConfigError, match="governor"):
        WithPolicies(single("manager"), {"governor": "scripted"})


def test_somebody_must_be_left_to_play() -> None:
    with pytest.raises(ConfigError, match="a level left"):
        WithPolicies(whole(), dict.fromkeys(LEVELS, "scripted"))
    with pytest.raises(ConfigError, match="a level left"):
        WithPolicies(single("manager"), {"manager": "scripted"})


@pytest.mark.parametrize("env", [None, "Hive-v0", object()])
def test_what_is_no_hive_is_refused(env: Any) -> None:
    with pytest.raises(ConfigError, match="env: expected a PettingZoo parallel environment"):
        LevelView(env, "manager")
    with pytest.raises(ConfigError, match="env: expected a PettingZoo parallel environment"):
        WithPolicies(env, {})


def stay(seen: Any, masks: Any) -> Any:
    """The action that is always open."""
    return np.zeros((len(seen), 2), np.int64)


@pytest.mark.parametrize("policy", ["scripted", stay])
def test_policies_play_whoever_is_in_the_seats(policy: Any) -> None:
    """Workers are destroyed and replaced all the while; their agents come and go."""
    faults = Faults(
        WorkerFaults(8.0, kill=0.0, corruption=0.9, corruption_mean=3.0, spawn_ticks=2, reserve=5),
        offices=None,
    )
    config = {"faults": faults, **CLOCKS}
    env = hive_v0.parallel_env(TINY, level="all", config=config)
    view = LevelView(env, "manager", {"worker": policy})
    view.reset(seed=0)
    random = np.random.default_rng(0)
    for _ in range(20):
        view.step(drawn(view, random))
    assert env.simulation.churn()["spawned"][0] > 30
