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
        [
            level
            for level in LEVELS
            if any(bool((was[level][k] != now[level][k]).any()) for k in now[level])
        ]
        for was, now in itertools.pairwise(weights)
    ]
    assert changed == [["manager"], ["governor"], ["orchestrator"], list(LEVELS)]
    worth = play("forage", 256, found[-1].policies, VALIDATION_SEED, 2)
    assert np.isfinite(worth).all()
    again = list(feudal.train(LITTLE, seed=0, checkpoints=5))
    np.testing.assert_array_equal(
        play("forage", 256, again[-1].policies, VALIDATION_SEED, 2), worth
    )


def _apart(was: Any, now: Any) -> bool:
    return any(bool((was[name] != now[name]).any()) for name in now)
