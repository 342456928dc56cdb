"""IPPO and feudal PPO: who learns, over whom, and that what comes out can be played."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from baselines import feudal, ippo
from baselines.learning.episodes import VALIDATION_SEED, play
from baselines.learning.orders import HeldOrders
from baselines.learning.training import Setting
from baselines.recipes import recipe_of
from hive_env.errors import ArgumentError
from hive_env.scenarios.hive import LEVELS, NOBODY, UPPER

LITTLE = Setting(size=256, share=1e-5)


@pytest.mark.parametrize("task", ["forage", "queue"])
def test_ippo_has_workers_learn_while_nobody_gives_orders(task: str) -> None:
    (found,) = ippo.train(Setting(task, 256, share=1e-5), seed=0, checkpoints=1)
    assert {level: found.policies[level] for level in UPPER} == dict.fromkeys(UPPER, NOBODY)
    worth = play(task, 256, found.policies, VALIDATION_SEED, 2)
    assert np.isfinite(worth).all()


def test_feudal_levels_learn_from_the_bottom_up_and_then_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phases: list[tuple[str, list[str]]] = []
    inner = feudal.train_level

    def noted(setting: Any, level: str, recipe: Any, others: Any, *rest: Any) -> Any:
        phases.append(
            (level, [name for name, one in others.items() if isinstance(one, HeldOrders)])
        )
        return inner(setting, level, recipe, others, *rest)

    monkeypatch.setattr(feudal, "train_level", noted)
    found = list(feudal.train(LITTLE, seed=0, checkpoints=5))
    assert phases == [
        ("worker", ["manager"]),
        ("manager", ["governor", "orchestrator"]),
        ("governor", ["orchestrator"]),
        ("orchestrator", []),
    ]
    assert len(found) == 5
    decisions = [one.decisions for one in found]
    assert decisions == sorted(set(decisions))
    weights = [one.state["networks"] for one in found]
    changed = [
        [level for level in LEVELS if _apart(was[level], now[level])]
        for was, now in itertools.pairwise(weights)
    ]
    assert changed == [["manager"], ["governor"], ["orchestrator"], list(LEVELS)]
    for was, now in itertools.pairwise(weights[:-1]):
        frozen = [level for level in LEVELS if not _apart(was[level], now[level])]
        assert len(frozen) == 3
        assert all(bool((was[f][one] == now[f][one]).all()) for f in frozen for one in now[f])
    worth = play("forage", 256, found[-1].policies, VALIDATION_SEED, 2)
    assert np.isfinite(worth).all()
    again = list(feudal.train(LITTLE, seed=0, checkpoints=5))
    np.testing.assert_array_equal(
        play("forage", 256, again[-1].policies, VALIDATION_SEED, 2), worth
    )


def _apart(was: Any, now: Any) -> bool:
    """Whether weights differ; the units of values alone are not learned."""
    return any(bool((was[name] != now[name]).any()) for name in now if name != "value_units")


def test_the_last_phase_is_as_long_as_is_said_and_its_workers_learn_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[Any] = []

    def noted(*arguments: Any) -> Any:
        heard.append(arguments)
        return iter(())

    monkeypatch.setattr(feudal, "train_joint", noted)
    monkeypatch.setattr(feudal, "train_level", lambda *_: iter(()))
    for share in (1.0, 0.01):
        list(feudal.train(Setting(size=256, share=share), 3, 20, hindsight={"manager": 0.5}))
    (_, recipes, _, run, episodes, checkpoints, _), other = heard
    own = recipe_of(Setting(), "worker")
    assert (run, episodes, checkpoints) == (3 * 5 + 4, feudal.EPISODES, 4)
    assert recipes["worker"].learning_rate == pytest.approx(own.learning_rate * feudal.SLOWER)
    assert recipes["worker"].steps == feudal.TICKS
    assert {level: recipe.hindsight for level, recipe in recipes.items()} == {
        "worker": 0.0, "manager": 0.5, "governor": 0.0, "orchestrator": 0.0
    }  # fmt: skip
    assert {recipe.worlds for recipe in recipes.values()} == {16}
    assert other[4] == 1
    assert {recipe.worlds for recipe in other[1].values()} == {3}, "a sixth of an episode"


def test_workers_do_not_explore_anew_when_all_learn_at_once() -> None:
    setting = Setting("queue", size=256)
    recipes = {level: recipe_of(setting, level) for level in LEVELS}
    assert recipes["worker"].exploring > 0
    together, _ = feudal._together(setting, recipes)
    assert not any(recipe.exploring for recipe in together.values())


def test_hindsight_at_a_level_that_is_not_there_is_refused() -> None:
    with pytest.raises(ArgumentError, match="workers"):
        next(feudal.train(LITTLE, 0, 5, hindsight={"workers": 1.0}))
