"""Hindsight: what led to a pick is imitated under the order for it; above, what came of orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from baselines import feudal, feudal_hindsight  # noqa: E402 (needs torch)
from baselines.learning.episodes import VALIDATION_SEED, play  # noqa: E402
from baselines.learning.hindsight import (  # noqa: E402
    Fulfil,
    Outcome,
    Relabel,
    looking_back,
)
from baselines.learning.policies import network_of  # noqa: E402
from baselines.learning.ppo import Hindsight, Learner, Recipe, Rollout  # noqa: E402
from baselines.learning.training import Setting, Training, world_of  # noqa: E402
from baselines.learning.views import View  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.features import exact, share  # noqa: E402
from hive_env.scenarios.hive import LEVELS  # noqa: E402
from hive_env.sizes import Size  # noqa: E402

SMALL = Size(64, 2, 2, 1, 1)
FEATURES = [share(f"{group}_{one}") for group in ("cargo", "goal") for one in "ab"]
NOTHING, A, B = (0, 0), (255, 0), (0, 255)


def rollout(held: list[tuple[int, int]], ended: list[bool], counted: list[bool]) -> Rollout:
    """One worker that was ordered nothing."""
    steps = len(held)
    seen = torch.tensor([[(*one, 0, 0)] for one in held], dtype=torch.uint8)
    flat = torch.zeros(steps, 1)
    return Rollout(
        seen=seen, kind=torch.zeros(1, dtype=torch.int64),
        masks=torch.ones(steps, 1, 2, dtype=torch.bool), counted=torch.tensor(counted)[:, None],
        actions=torch.zeros(steps, 1, 1, dtype=torch.int64), chance=flat, values=flat, after=flat,
        rewards=flat, ended=torch.tensor(ended)[:, None],
    )  # fmt: skip


def test_steps_before_a_pick_have_the_order_for_it_and_no_others_any() -> None:
    """Empty, empty, b; laden; empty, a; at last empty, and nobody knows what comes."""
    held = [NOTHING, NOTHING, B, B, NOTHING, A, NOTHING, NOTHING]
    found = Relabel(FEATURES)(rollout(held, [False] * 8, [True] * 8), torch.zeros(8, 1))
    assert found.weight[:, 0].tolist() == [1, 1, 0, 0, 1, 0, 0, 0]
    asked = found.seen[:, 0, 2:].tolist()
    assert asked[:2] == [[0, 255], [0, 255]]
    assert asked[4] == [255, 0]
    np.testing.assert_array_equal(found.seen[:, 0, :2], np.array(held))


def test_what_comes_in_another_episode_or_of_what_did_not_count_is_not_imitated() -> None:
    held = [NOTHING, NOTHING, NOTHING, A]
    other = rollout(held, [False, True, False, False], [True] * 4)
    assert Relabel(FEATURES)(other, torch.zeros(4, 1)).weight[:, 0].tolist() == [0, 0, 1, 0]
    failed = rollout(held, [False] * 4, [True, False, True, True])
    assert Relabel(FEATURES)(failed, torch.zeros(4, 1)).weight[:, 0].tolist() == [1, 0, 1, 0]


def test_a_rollout_is_left_as_it_was() -> None:
    one = rollout([NOTHING, B], [False] * 2, [True] * 2)
    before = one.seen.clone()
    Relabel(FEATURES)(one, torch.zeros(2, 1))
    assert torch.equal(one.seen, before)


def test_what_was_picked_most_would_have_been_ordered_high() -> None:
    hive = world_of(Setting(size=SMALL), 2)
    hive.reset(seed=0)
    one = Outcome(hive, "manager")
    picked = hive.columns["picked"]
    picked += 5
    one.begin()
    picked[0] += np.array([4, 0, 1, 4], picked.dtype)
    picked[5, 2] += 1
    actions = torch.ones(8, 5, dtype=torch.int64)
    came = one(actions)
    assert came[0].tolist() == [2, 0, 1, 2, 1]
    assert came[5].tolist() == [0, 0, 2, 0, 1]
    assert came[1].tolist() == [0, 0, 0, 0, 1]
    assert (actions == 1).all()


def test_an_orchestrators_quotas_would_have_been_in_proportion_over_all_its_regions() -> None:
    hive = world_of(Setting(size=SMALL), 2)
    hive.reset(seed=0)
    one = Outcome(hive, "orchestrator")
    hive.columns["picked"][:4, 0] += 1
    hive.columns["picked"][2, 1] += 2
    hive.columns["picked"][7, 3] += 9
    assert one(torch.ones(2, 4, dtype=torch.int64)).tolist() == [[3, 2, 0, 0], [0, 0, 0, 3]]


def test_above_only_what_gained_and_could_have_been_ordered_is_imitated() -> None:
    one = rollout([NOTHING] * 4, [False] * 4, [True, True, True, False])
    one.outcomes = torch.tensor([1, 1, 0, 1])[:, None, None]
    one.masks[1, 0, 1] = False
    found = Fulfil((2,))(one, torch.tensor([3.0, 3.0, -1.0, 3.0])[:, None])
    assert (found.weight[:, 0] > 0).tolist() == [True, False, False, False]
    assert torch.equal(found.actions, one.outcomes)


def test_imitation_makes_what_came_of_it_more_likely_under_the_other_order() -> None:
    torch.manual_seed(0)
    hive = world_of(Setting(size=SMALL))
    hive.reset(seed=0)
    view = View("manager")
    network = network_of(hive, view, (16,))
    seats, wanted = 4, torch.tensor([2, 2, 2, 2, 3]).repeat(8, 4, 1)
    seen = torch.rand(8, seats, len(view.features(hive)))
    masks = torch.ones(8, seats, 17, dtype=torch.bool)
    seen_then = seen.flip(-1)

    def look(_: Rollout, gains: Any) -> Hindsight:
        return Hindsight(seen_then, wanted, torch.ones(8, seats))

    learner = Learner(network, Recipe(1, hindsight=1.0, epochs=40), relabel=look)
    actions, chance, values, _ = learner.act(
        seen.flatten(0, 1), torch.zeros(32, dtype=torch.int64), masks.flatten(0, 1)
    )
    flat = torch.zeros(8, seats)
    learner.update(
        Rollout(
            seen, torch.zeros(seats, dtype=torch.int64), masks, torch.ones_like(flat, dtype=bool),
            actions.reshape(8, seats, 5), chance.reshape(8, seats), values.reshape(8, seats), flat,
            flat, torch.zeros_like(flat, dtype=bool),
        ), 0.0,
    )  # fmt: skip
    logits, _, _ = network(seen_then.flatten(0, 1), torch.zeros(32, dtype=torch.int64))
    likeliest = [part.argmax(-1) for part in logits.split(network.choices, -1)]
    assert (torch.stack(likeliest, -1) == wanted[0, 0]).float().mean() > 0.95


@pytest.mark.parametrize("task", ["forage", "queue"])
@pytest.mark.parametrize("level", LEVELS)
def test_each_level_of_each_family_learns_with_hindsight_but_governors(
    task: str, level: str
) -> None:
    recipe = Recipe(1, worlds=2, steps=8, hindsight=1.0, minibatches=2)
    one = Training(Setting(task, SMALL), level, recipe, {}, 0)
    told = one.step()
    assert all(np.isfinite(value) for value in told.values())
    assert (one.learner.relabel is None) == (level == "governor")


def test_without_hindsight_nothing_is_looked_back_on() -> None:
    hive = world_of(Setting(size=SMALL))
    hive.reset(seed=0)
    assert looking_back(hive, View("worker"), Recipe(1)) == (None, None)


def test_a_memory_is_refused() -> None:
    hive = world_of(Setting(size=SMALL, constants={"memory_width": 4}))
    network = network_of(hive, View("worker"), (8,), 4)
    with pytest.raises(ArgumentError, match="hindsight"):
        Learner(network, Recipe(1, memory=4), relabel=Relabel(View("worker").features(hive)))


def test_features_without_orders_are_refused() -> None:
    with pytest.raises(ArgumentError, match="goal_"):
        Relabel([exact("health")])


def test_the_row_of_the_table_is_feudal_with_weights() -> None:
    little = Setting(size=256, share=1e-5)
    plain = list(feudal.train(little, 0, 5))
    (*_, found) = feudal_hindsight.train(little, 0, 5)
    worth = play("forage", 256, found.policies, VALIDATION_SEED, 2)
    assert np.isfinite(worth).all()
    first, other = plain[-1].state["networks"], found.state["networks"]
    for level in LEVELS:
        assert any(not torch.equal(first[level][one], other[level][one]) for one in other[level])
