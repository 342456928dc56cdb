"""All levels at once: each is paid for its own spans on its own clock, and goes on from a state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from baselines.learning import joint as module  # noqa: E402 (needs torch)
from baselines.learning.joint import BETWEEN, Joint, train_joint  # noqa: E402
from baselines.learning.policies import network_of  # noqa: E402
from baselines.learning.ppo import Learner, Recipe, Rollout  # noqa: E402
from baselines.learning.training import Setting, world_of  # noqa: E402
from baselines.learning.views import View  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.hive import LEVELS  # noqa: E402
from hive_env.sizes import Size  # noqa: E402
from hive_env.wrappers import SeatsVectorEnv  # noqa: E402

SMALL = Setting(size=Size(64, 2, 2, 1, 1))
RECIPES = {
    "worker": Recipe(1, worlds=2, steps=4),
    "manager": Recipe(1, worlds=2, steps=8),
    "governor": Recipe(1, worlds=2, steps=8),
    "orchestrator": Recipe(1, worlds=2, steps=8),
}


def networks() -> dict[str, Any]:
    torch.manual_seed(0)
    hive = world_of(SMALL)
    return {level: network_of(hive, View(level), (8,)) for level in LEVELS}


@pytest.fixture
def rollouts(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Rollout]]:
    """What each learner has learned from, by level; nothing is learned."""
    found: dict[str, list[Rollout]] = {level: [] for level in LEVELS}

    def noted(self: Learner, rollout: Rollout, done: float) -> dict[str, float]:
        level = next(name for name, one in RECIPES.items() if one is self.recipe)
        found[level].append(rollout)
        return {}

    monkeypatch.setattr(module.Learner, "update", noted)
    return found


def test_every_level_learns_from_its_own_decisions(rollouts: dict[str, list[Rollout]]) -> None:
    one = Joint(SMALL, RECIPES, networks(), 0, 1)
    one.episode()
    ticks = one.hive.episode_ticks
    for level in LEVELS[1:]:
        decided = sum(len(rollout.rewards) for rollout in rollouts[level])
        assert decided == ticks // one.hive.levels[level].period
    assert len(rollouts["worker"]) == ticks // BETWEEN
    assert {len(rollout.rewards) for rollout in rollouts["worker"]} == {4}
    steps = {level: sum(len(one.rewards) for one in rollouts[level]) for level in LEVELS}
    seats = {level: rollouts[level][0].rewards.shape[1] for level in LEVELS}
    assert one.decisions == sum(steps[level] * seats[level] for level in LEVELS)
    assert one.ticks == ticks * 2 * one.hive.workers


@pytest.mark.parametrize("level", ["worker", "manager", "governor", "orchestrator"])
def test_a_level_sees_and_earns_what_the_environment_of_its_seats_says(
    level: str, rollouts: dict[str, list[Rollout]]
) -> None:
    """The same actions of all, once played by hand level by level, once by the environment."""
    heard: dict[str, list[Any]] = {name: [] for name in LEVELS}
    one = Joint(SMALL, RECIPES, networks(), 0, 1)
    step = one.hive.step

    def noted(actions: Any, orders: Any) -> None:
        for name, chosen in {"worker": actions, **orders}.items():
            heard[name].append(np.array(chosen))
        step(actions, orders)

    one.hive.step = noted  # type: ignore[method-assign]
    one.episode()
    told = {name: iter(ones) for name, ones in heard.items()}
    env = SeatsVectorEnv(
        2, SMALL.size, level=level, autoreset_mode="Disabled",
        observation="uint8" if level == "worker" else "float32",
        policies={name: lambda _, n=name: next(told[n]) for name in LEVELS if name != level},
    )  # fmt: skip
    seen, _ = env.reset(seed=0)
    found = []
    for chosen in heard[level]:
        before = seen
        seen, rewards, _, ended, _ = env.step(chosen)
        found.append((before, rewards, ended))
    if level == "worker":
        # In each span of 64 ticks four, each time four later.
        begins = [BETWEEN * span + 4 * span % 61 for span in range(len(found) // BETWEEN)]
        found = [found[begin + one] for begin in begins for one in range(4)]
    for part, name in enumerate(("seen", "rewards", "ended")):
        mine = torch.cat([getattr(rollout, name) for rollout in rollouts[level]]).numpy()
        np.testing.assert_allclose(mine, np.stack([one[part] for one in found]), rtol=1e-6)
    assert rollouts[level][-1].ended[-1].all() or level == "worker"


def test_it_goes_on_from_a_checkpoint_as_if_nothing_had_happened() -> None:
    whole = list(train_joint(SMALL, RECIPES, networks(), 3, 2, 2))
    (rest,) = train_joint(SMALL, RECIPES, networks(), 3, 2, 2, whole[0].state)
    assert rest.decisions == whole[1].decisions
    assert rest.told == whole[1].told
    for level in LEVELS:
        was, now = (one.state["learners"][level]["taught"] for one in (whole[1], rest))
        assert all(torch.equal(was[name], now[name]) for name in was)


def test_workers_learn_from_all_ticks_between_two_decisions_of_an_orchestrator() -> None:
    one = Joint(SMALL, RECIPES, networks(), 0, 8)
    learned = set()
    for one.done in range(4):
        learned |= {tick % BETWEEN for tick in range(one.hive.episode_ticks) if one._window(tick)}
    assert learned == set(range(BETWEEN))


def test_learning_rates_fall_with_what_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: dict[str, list[float]] = {level: [] for level in LEVELS}

    def noted(self: Learner, rollout: Rollout, done: float) -> dict[str, float]:
        heard[next(name for name, one in RECIPES.items() if one is self.recipe)].append(done)
        return {}

    monkeypatch.setattr(module.Learner, "update", noted)
    one = Joint(SMALL, RECIPES, networks(), 0, 2)
    one.episode()
    one.episode()
    ticks = one.hive.episode_ticks
    expected = [at / (2 * ticks) for at in range(0, 2 * ticks, 64)]
    assert heard["manager"] == pytest.approx(expected)
    for level in LEVELS:
        assert heard[level] == sorted(set(heard[level]))
        assert heard[level][0] == 0
        assert 0.5 <= heard[level][-1] < 1


def test_rollouts_of_workers_that_do_not_fit_between_two_are_refused() -> None:
    recipes = {**RECIPES, "worker": Recipe(1, worlds=2, steps=BETWEEN + 1)}
    with pytest.raises(ArgumentError, match="64 ticks"):
        Joint(SMALL, recipes, networks(), 0, 1)


def test_all_levels_change() -> None:
    learned = networks()
    before = {level: [one.clone() for one in net.parameters()] for level, net in learned.items()}
    list(train_joint(SMALL, RECIPES, learned, 0, 1, 1))
    for level, network in learned.items():
        now = list(network.parameters())
        assert any(not torch.equal(*pair) for pair in zip(before[level], now, strict=True)), level
