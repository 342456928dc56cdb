"""Hindsight: what led to a pick is imitated under the order for it; above, what came of orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from baselines import feudal, feudal_hindsight  # noqa: E402 (needs torch)
from baselines.learning.hindsight import (  # noqa: E402
    UNKNOWN,
    Fulfil,
    Outcome,
    Relabel,
    looking_back,
)
from baselines.learning.joint import Joint  # noqa: E402
from baselines.learning.policies import network_of  # noqa: E402
from baselines.learning.ppo import Hindsight, Learner, Recipe, Rollout  # noqa: E402
from baselines.learning.training import Setting, Training, world_of  # noqa: E402
from baselines.learning.views import View  # noqa: E402
from hive_env.enums import Workforce  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.features import exact, share  # noqa: E402
from hive_env.scenarios.hive import LEVELS  # noqa: E402
from hive_env.sizes import Size  # noqa: E402
from hive_env.systems.priorities import HIGH, OFF  # noqa: E402

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


@pytest.mark.parametrize("wanted", range(4))
def test_in_queue_the_order_is_what_a_manager_who_wants_that_type_alone_gives(wanted: int) -> None:
    """Priorities and goal, byte for byte, as the hive itself shows them to workers."""
    hive = world_of(Setting("queue", SMALL))
    hive.reset(seed=0)
    view = View("worker")
    names = [one.name for one in view.features(hive)]
    order = np.zeros((4, 5), np.uint8)
    order[:, wanted] = 2
    hive.step(hive.decide("reflex"), {"manager": order})
    shown = torch.as_tensor(hive.observe(level="worker"))
    before = torch.stack([shown, shown])
    before[..., [names.index(f"{one}_{kind}") for one in ("goal", "job") for kind in "abcd"]] = 0
    before[..., [names.index(f"priority_{kind}") for kind in "abcd"]] = 128
    before[1, :, names.index(f"job_{'abcd'[wanted]}")] = 255
    flat = torch.zeros(before.shape[:2])
    one = Rollout(
        seen=before, kind=flat[0].long(), masks=flat.bool(), counted=torch.ones_like(flat).bool(),
        actions=flat.long(), chance=flat, values=flat, after=flat, rewards=flat, ended=flat.bool(),
    )  # fmt: skip
    found = Relabel(view.features(hive))(one, flat)
    asks = [names.index(f"{one}_{kind}") for one in ("goal", "priority") for kind in "abcd"]
    assert found.weight[0].all()
    assert torch.equal(found.seen[0][:, asks], shown[:, asks])


def test_what_was_picked_would_have_been_ordered_high_and_nothing_is_not_known() -> None:
    hive = world_of(Setting(size=SMALL), 2)
    hive.reset(seed=0)
    one = Outcome(hive, "manager")
    picked = hive.columns["picked"]
    picked += 5
    one.begin()
    picked[0] += np.array([4, 0, 1, 4], picked.dtype)
    picked[5, 2] += 1
    hive.columns["zone_crowd"][:] = 0
    hive.columns["zone_crowd"][5, 15] = 3
    actions = torch.ones(8, 5, dtype=torch.int64)
    came = one(actions)
    assert came[0].tolist() == [HIGH, OFF, HIGH, HIGH, 0]
    assert came[5].tolist() == [OFF, OFF, HIGH, OFF, 4], "all were in the last quadrant"
    assert came[1].tolist() == [UNKNOWN] * 5
    assert (actions == 1).all()


def test_in_queue_the_rule_stays_what_it_was() -> None:
    hive = world_of(Setting("queue", SMALL))
    hive.reset(seed=0)
    one = Outcome(hive, "manager")
    hive.columns["delivered"][1, 3] += 1
    assert one(torch.full((4, 5), 3))[1].tolist() == [OFF, OFF, OFF, HIGH, 3]


def test_an_orchestrators_quotas_would_have_been_in_proportion_over_all_its_regions() -> None:
    hive = world_of(Setting(size=SMALL), 3)
    hive.reset(seed=0)
    one = Outcome(hive, "orchestrator")
    hive.columns["picked"][:4, 0] += 1
    hive.columns["picked"][2, 1] += 2
    hive.columns["picked"][7, 3] += 9
    came = one(torch.ones(3, 4, dtype=torch.int64))
    assert came.tolist() == [[3, 2, 0, 0], [0, 0, 0, 3], [UNKNOWN] * 4]


@pytest.mark.parametrize(("task", "place"), [("forage", "home"), ("queue", "post")])
def test_governors_would_have_ordered_what_their_workers_did(task: str, place: str) -> None:
    hive = world_of(Setting(task, Size(256, 2, 2, 2, 2)), 2)
    hive.reset(seed=0)
    one = Outcome(hive, "governor")
    actions = torch.zeros(2 * hive.levels["governor"].seats, 4, dtype=torch.int64)
    whole = torch.zeros_like(actions)
    assert torch.equal(one(actions), whole)
    # One worker of region 1 works for region 2, in the second world.
    second, ids = np.arange(512) >= 256, hive.columns["id"]
    worker = np.flatnonzero(second & (ids.astype(int) * 16 // 256 == 1))[0]
    hive.columns[place][worker] = 2
    above = hive.superiors("manager")[:16]
    for region, order in ((1, Workforce.PUSH), (2, Workforce.DRAW)):
        slot = int((above[:region] == above[region]).sum())
        whole[hive.levels["governor"].seats + above[region], slot] = int(order)
    assert torch.equal(one(actions), whole)


def test_above_only_what_gained_was_known_and_could_have_been_ordered_is_imitated() -> None:
    one = rollout([NOTHING] * 5, [False] * 5, [True, True, True, False, True])
    one.outcomes = torch.tensor([1, 1, 0, 1, UNKNOWN])[:, None, None]
    one.masks[1, 0, 1] = False
    gains = torch.tensor([3.0, 3.0, -1.0, 3.0, 3.0])[:, None]
    found = Fulfil((2,))(one, gains)
    assert found.weight[:, 0].tolist() == pytest.approx([3 / float(gains.std()), 0, 0, 0, 0])
    assert found.actions[0] == 1


@pytest.mark.parametrize("task", ["forage", "queue"])
def test_what_came_of_a_step_is_counted_from_its_beginning(task: str) -> None:
    """In several steps together as much was picked as in all, and no step has it all."""
    recipe = Recipe(1, worlds=2, steps=16, hindsight=1.0)
    one = Training(Setting(task, Size.of(256)), "manager", recipe, {}, 0)
    seats, hive = one.collector.seats, one.collector.env.simulation
    assert seats.outcome is not None
    column, told = seats.outcome.counted, []
    inner = seats.outcome.__call__

    def noted(actions: Any) -> Any:
        told.append(seats.outcome._units() - seats.outcome._since)
        return inner(actions)

    seats.outcome = Noted(seats.outcome, noted)
    one.collector.collect(16)
    assert np.array_equal(np.sum(told, axis=0), hive.columns[column])
    assert max(one.sum() for one in told) < hive.columns[column].sum()


class Noted:
    """An outcome whose calls are heard."""

    def __init__(self, inner: Outcome, heard: Any) -> None:
        self.inner, self.heard = inner, heard
        self.begin, self._units = inner.begin, inner._units

    @property
    def _since(self) -> Any:
        return self.inner._since

    def __call__(self, actions: Any) -> Any:
        return self.heard(actions)


def test_squads_have_no_hindsight() -> None:
    hive = world_of(Setting(size=SMALL, constants={"orders": "squads"}))
    hive.reset(seed=0)
    with pytest.raises(ArgumentError, match="priorities"):
        looking_back(hive, View("manager"), Recipe(1, hindsight=0.1))


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
def test_each_level_of_each_family_learns_with_hindsight(task: str, level: str) -> None:
    recipe = Recipe(1, worlds=2, steps=8, hindsight=1.0, minibatches=2)
    one = Training(Setting(task, SMALL), level, recipe, {}, 0)
    told = one.step()
    assert all(np.isfinite(value) for value in told.values())
    assert one.learner.relabel is not None
    assert (one.collector.seats.outcome is None) == (level == "worker")


def test_without_hindsight_nothing_is_looked_back_on() -> None:
    hive = world_of(Setting(size=SMALL))
    hive.reset(seed=0)
    assert looking_back(hive, View("worker"), Recipe(1)) == (None, None)


def test_a_memory_is_refused() -> None:
    hive = world_of(Setting(size=SMALL, constants={"memory_width": 8}))
    network = network_of(hive, View("worker"), (8,), 8)
    with pytest.raises(ArgumentError, match="hindsight"):
        Learner(network, Recipe(1, memory=8), relabel=Relabel(View("worker").features(hive)))


def test_features_without_orders_are_refused() -> None:
    with pytest.raises(ArgumentError, match="goal_"):
        Relabel([exact("health")])


def test_the_row_of_the_table_is_feudal_with_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(feudal_hindsight.WEIGHTS) == set(LEVELS)
    assert min(feudal_hindsight.WEIGHTS.values()) > 0
    heard = []
    monkeypatch.setattr(feudal, "train", lambda *given: heard.append(given) or iter(()))
    feudal_hindsight.train(Setting(), 3, 20, "state")
    assert heard == [(Setting(), 3, 20, "state", feudal_hindsight.WEIGHTS)]


def test_the_last_phase_has_hindsight_too() -> None:
    recipes = {level: Recipe(1, worlds=1, steps=8, hindsight=0.1) for level in LEVELS}
    hive = world_of(Setting(size=SMALL))
    networks = {level: network_of(hive, View(level), (8,)) for level in LEVELS}
    one = Joint(Setting(size=SMALL), recipes, networks, 0, 1)
    for level, seats in one.seats.items():
        assert seats.learner.relabel is not None
        assert (seats.outcome is None) == (level == "worker")
    assert all(np.isfinite(value) for value in one.episode().values())
