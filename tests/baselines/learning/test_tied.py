"""One network for all kinds of workers: what one knows of its type, another knows of its own."""

from __future__ import annotations

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from baselines.learning.policies import (  # noqa: E402 (needs torch)
    features_of,
    first_type_of,
    kinds_of,
)
from baselines.learning.tied import TYPES, TiedNetwork, turned  # noqa: E402
from baselines.learning.views import ManagersView, View  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.features import share  # noqa: E402
from hive_env.scenarios.forage import Forage  # noqa: E402
from hive_env.scenarios.hive import Hive  # noqa: E402
from hive_env.scenarios.queue import Queue  # noqa: E402
from hive_env.sizes import Size  # noqa: E402

SMALL = Size(64, 2, 2, 1, 1)


def made(
    family: type[Hive], view: View, memory: int = 0, alike: bool = True
) -> tuple[Hive, TiedNetwork]:
    hive = family(SMALL, worlds=2)
    hive.reset(seed=0)
    torch.manual_seed(0)
    features, choices = features_of(hive, view), hive.levels["worker"].choices
    network = TiedNetwork(features, choices, (8, 8), memory, first_type_of(hive), alike)
    with torch.no_grad():
        for values in network.base.logits.parameters():
            values.normal_()
    return hive, network


@pytest.mark.parametrize("view", [View("worker"), ManagersView("worker")])
@pytest.mark.parametrize("family", [Forage, Queue])
@pytest.mark.parametrize("alike", [False, True])
def test_a_world_whose_types_change_names_is_played_with_these_names_changed(
    family: type[Hive], view: View, alike: bool
) -> None:
    """A worker of kind k sees what one of kind 0 would, types named k further."""
    hive, network = made(family, view, alike=alike)
    features = view.features(hive)
    seen = torch.rand(1, len(features))
    plain, value, _ = network(seen, torch.tensor([0]))
    for kind in range(1, 4):
        renamed = torch.empty_like(seen)
        renamed[:, turned(features, kind)] = seen
        logits, same, _ = network(renamed, torch.tensor([kind]))
        torch.testing.assert_close(same, value)
        if family is Forage:
            torch.testing.assert_close(logits, plain)
        else:
            torch.testing.assert_close(logits[:, [0, 5]], plain[:, [0, 5]])
            asks = [1 + (of_type + kind) % 4 for of_type in range(4)]
            torch.testing.assert_close(logits[:, asks], plain[:, 1:5])


def test_every_type_is_shown_once_and_its_own_first() -> None:
    hive = Forage(SMALL)
    features = View("worker").features(hive)
    names = [one.name for one in features]
    for kind, own in enumerate(TYPES):
        order = turned(features, kind)
        assert sorted(order) == list(range(len(names)))
        assert names[order[names.index("specialist_a")]] == f"specialist_{own}"
        assert order[names.index("time_left")] == names.index("time_left")


@pytest.mark.parametrize("memory", [0, 8])
@pytest.mark.parametrize("family", [Forage, Queue])
@pytest.mark.parametrize("alike", [False, True])
def test_weights_for_each_kind_do_the_same(family: type[Hive], alike: bool, memory: int) -> None:
    hive, network = made(family, View("worker"), memory, alike)
    seen = torch.as_tensor(hive.observe())
    kind = kinds_of(hive, "worker", network)
    assert set(kind.tolist()) == {0, 1, 2, 3}
    before = torch.rand(len(seen), memory) if memory else None
    for one, other in zip(
        network(seen, kind, before), network.spread()(seen, kind, before), strict=True
    ):
        if one is not None:
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_what_was_spread_learns_no_more() -> None:
    _, network = made(Forage, View("worker"))
    spread = network.spread()
    kept = copy.deepcopy(spread.state_dict())
    with torch.no_grad():
        for values in network.parameters():
            values += 1.0
    assert all(torch.equal(kept[name], values) for name, values in spread.state_dict().items())


def test_a_feature_without_its_fellows_is_refused() -> None:
    with pytest.raises(
        ArgumentError, match="features: expected one of each type, of one range: stock_b"
    ):
        TiedNetwork((share("stock_a"),), (2,))


def test_its_choices_follow_what_it_is_shown() -> None:
    """A worker that asks for its own type does so whatever its kind."""
    hive, network = made(Queue, View("worker"))
    with torch.no_grad():
        logits_of = network.base.get_submodule("logits")
        for values in logits_of.parameters():
            values.zero_()
        logits_of.biases[logits_of.bias_place[0, 1]] = 1.0
    logits, _, _ = network(torch.rand(4, len(View("worker").features(hive))), torch.arange(4))
    assert np.array_equal(logits.argmax(-1), [1, 2, 3, 4])
