"""The learner: what it recomputes is what was played, what does not count teaches nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from baselines.learning.policies import log_chance  # noqa: E402 (needs torch)
from baselines.learning.ppo import Learner, Recipe, Rollout, Scale  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.features import share  # noqa: E402
from hive_env.specialists import SpecialistNetwork  # noqa: E402

RECIPE = Recipe(1, minibatches=3, epochs=1, hidden=(8,))
STEPS, SEATS = 6, 10


def learner(memory: int = 0, kinds: int = 2, **changed: Any) -> Learner:
    torch.manual_seed(0)
    features = tuple(share(name) for name in "abc")
    recipe = replace(RECIPE, memory=memory, **changed)
    return Learner(SpecialistNetwork(kinds, features, (3, 2), (8,), memory), recipe)


def played(one: Learner, counted: Any = None) -> Rollout:
    """Steps of the learner in random observations; seat 3's episode ends after step 2."""
    kind = torch.arange(SEATS) % one.network.kinds
    seen = torch.randint(0, 256, (STEPS, SEATS, 3), dtype=torch.uint8)
    masks = torch.ones(STEPS, SEATS, 5, dtype=torch.bool)
    masks[:, 1, 1] = False
    ended = torch.zeros(STEPS, SEATS, dtype=torch.bool)
    ended[2, 3] = True
    width = one.network.memory
    memory = torch.randn(SEATS, width) if width else None
    first = memory
    rows: list[Any] = []
    for step in range(STEPS):
        actions, chance, values, memory = one.act(seen[step], kind, masks[step], memory)
        memory = None if memory is None else memory * ~ended[step, :, None]
        rows.append((actions, chance, values))
    actions, chance, values = (torch.stack(ones) for ones in zip(*rows, strict=True))
    counted = torch.ones_like(ended) if counted is None else counted
    rewards = (actions[..., 0] == 2).float()
    return Rollout(
        seen, kind, masks, counted, actions, chance, values, values, rewards, ended, first,
        forgot=ended,
    )  # fmt: skip


@pytest.mark.parametrize("memory", [0, 4])
def test_before_the_first_step_the_chances_are_those_that_were_played(memory: int) -> None:
    """So every ratio is one: over sequences too, with states that begin anew after an end."""
    one = learner(memory)
    rollout = played(one)
    pieces = one._recurrent if memory else one._flat
    seen = 0
    for logits, values, at in pieces(rollout):
        actions = rollout.actions[at].flatten(0, -2)
        chance, _ = log_chance(logits, (3, 2), actions)
        torch.testing.assert_close(chance, rollout.chance[at].flatten(), atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(values, rollout.values[at].flatten(), atol=1e-5, rtol=1e-5)
        seen += len(values)
    assert seen == STEPS * SEATS


@pytest.mark.parametrize("memory", [0, 4])
def test_it_learns_to_choose_what_pays_whatever_the_kind(memory: int) -> None:
    """A bandit: value 2 of the first part pays 1. Seat 1 may not choose value 1."""
    one = learner(memory, learning_rate=0.02, epochs=4, entropy=0.0)
    for _ in range(40):
        rollout = played(one)
        told = one.update(rollout, 0.0)
    assert played(one).rewards.mean() > 0.9
    assert set(told) == {"policy", "value", "entropy", "moved"}


def test_what_values_are_taught_goes_through_an_end_and_is_discounted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By hand: what is cut off is worth what was seen last, and no gain passes to the step before.

    The discount and the trace differ, so that one cannot stand for the other.
    """
    one = learner(discount=0.5, trace=0.25)
    rollout = played(one)
    rollout.values = torch.arange(STEPS * SEATS).reshape(STEPS, SEATS) / 8
    rollout.after = rollout.values.flip(0) + 1
    taught: list[Any] = []
    monkeypatch.setattr(one.scale, "learn", lambda targets: taught.append(targets.clone()))
    one.update(rollout, 0.0)
    gain, expected = torch.zeros(SEATS), []
    for step in reversed(range(STEPS)):
        error = rollout.rewards[step] + 0.5 * rollout.after[step] - rollout.values[step]
        gain = error + 0.5 * 0.25 * gain * ~rollout.ended[step]
        expected.insert(0, gain + rollout.values[step])
    torch.testing.assert_close(taught, [torch.stack(expected)])


def test_steps_that_do_not_count_teach_no_choice_but_their_value() -> None:
    """Kind 1 never acts: its logits stay, its values and those of kind 0 move."""
    one = learner(entropy=1.0)
    counted = (torch.arange(SEATS) % 2 == 0).expand(STEPS, SEATS)
    net = one.network
    before = {name: one.detach().clone() for name, one in net.named_parameters()}
    one.update(played(one, counted), 0.0)
    assert torch.equal(net.logits.weight[1], before["logits.weight"][1])
    assert torch.equal(net.logits.bias[1], before["logits.bias"][1])
    assert not torch.equal(net.value.weight[1], before["value.weight"][1])
    assert not torch.equal(net.logits.weight[0], before["logits.weight"][0])


def test_a_critic_of_its_own_learns_from_what_it_alone_is_shown() -> None:
    """What is paid hangs on what the network does not observe; its own values stay untaught."""
    torch.manual_seed(0)
    features = tuple(share(name) for name in "abc")
    network = SpecialistNetwork(2, features, (3, 2), (8,))
    critic = SpecialistNetwork(2, (share("secret"),), (), (8,))
    one = Learner(network, replace(RECIPE, learning_rate=0.02, discount=0.0), critic)
    untaught = network.value.weight.detach().clone()
    rollout = played(learner())
    secret = torch.randint(0, 2, (STEPS, SEATS, 1), dtype=torch.uint8) * 255
    rollout.central, rollout.rewards = secret, secret[..., 0] / 255
    for _ in range(150):
        one.update(rollout, 0.0)
    kind = rollout.kind
    *_, values, _ = one.act(rollout.seen[0], kind, rollout.masks[0], None, secret[0])
    torch.testing.assert_close(values, rollout.rewards[0], atol=0.1, rtol=0.0)
    torch.testing.assert_close(one.value(rollout.seen[0], kind, None, secret[0]), values)
    assert torch.equal(network.value.weight, untaught)


def test_a_network_that_learns_on_keeps_the_units_of_its_values() -> None:
    """Its next learner finds the values that the last one told."""
    one = learner()
    rollout = played(one)
    rollout.rewards += 100.0
    for _ in range(3):
        one.update(rollout, 0.0)
    seen, kind = rollout.seen[0], rollout.kind
    told = one.value(seen, kind)
    assert told.mean() > 10
    torch.testing.assert_close(Learner(one.network, RECIPE).value(seen, kind), told)


def test_nothing_is_learned_where_nothing_counts() -> None:
    one = learner()
    assert one.update(played(one, torch.zeros(STEPS, SEATS, dtype=torch.bool)), 0.0) == {}


def test_the_learning_rate_falls_to_zero() -> None:
    one = learner()
    one.update(played(one), 0.75)
    assert one.adam.param_groups[0]["lr"] == pytest.approx(0.25 * RECIPE.learning_rate)


@pytest.mark.parametrize("name", ["entropy", "exploring", "hindsight"])
@pytest.mark.parametrize("weight", [-0.1, float("nan"), float("inf")])
def test_weights_that_would_teach_nothing_good_are_refused(name: str, weight: float) -> None:
    with pytest.raises(ArgumentError, match=name):
        replace(RECIPE, **{name: weight})


@pytest.mark.parametrize(
    ("done", "weight"), [(0.0, 0.3), (0.15, 0.2), (0.27, 0.12), (0.3, 0.1), (0.9, 0.1)]
)
def test_exploring_is_added_to_the_weight_of_the_entropy_and_falls_to_zero(
    done: float, weight: float
) -> None:
    """The update is that of a recipe with this weight all along."""
    found = []
    for recipe in ({"entropy": 0.1, "exploring": 0.2}, {"entropy": weight}):
        one = learner(**recipe)
        one.update(played(one), done)
        found.append(one.network.logits.weight.detach())
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-6)


def test_values_are_learned_in_units_of_what_they_were_like() -> None:
    scale = Scale(torch.zeros(3, dtype=torch.float64), keep=0.5)
    assert (scale.mean, scale.deviation) == (0.0, 1.0)
    scale.learn(torch.tensor([[10.0, 14.0]]))
    assert (scale.mean, scale.deviation) == (12.0, 2.0)
    scale.learn(torch.tensor([[0.0, 0.0]]))
    assert scale.mean == pytest.approx(4.0)
    numbers = torch.tensor([-3.0, 8.0])
    torch.testing.assert_close(scale.out_of(scale.into(numbers)), numbers)
