"""Types other than a worker's own are alike: renamed in what it sees, so in what it chooses."""

from __future__ import annotations

from itertools import permutations

import pytest

torch = pytest.importorskip("torch")

from baselines.learning.equivariant import EquivariantLinear, spaced  # noqa: E402 (needs torch)
from baselines.learning.policies import features_of, first_type_of, network_of  # noqa: E402
from baselines.learning.tied import TYPES, TiedNetwork, labels_of, labels_of_values  # noqa: E402
from baselines.learning.views import ManagersView, View  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.forage import Forage  # noqa: E402
from hive_env.scenarios.hive import Hive  # noqa: E402
from hive_env.scenarios.queue import ASK, Queue  # noqa: E402
from hive_env.sizes import Size  # noqa: E402

SMALL = Size(64, 2, 2, 1, 1)
OTHERS = [(0, *rest) for rest in permutations(range(1, 4))]


def renamed(labels: list[tuple[str, int | None]], names: tuple[int, ...]) -> list[int]:
    """Where each number stands once the types have other names."""
    places = {label: at for at, label in enumerate(labels)}
    return [places[what, None if of is None else names[of]] for what, of in labels]


def made(family: type[Hive], view: View, memory: int = 0) -> tuple[Hive, TiedNetwork]:
    hive = family(SMALL, worlds=2)
    hive.reset(seed=0)
    torch.manual_seed(0)
    features, choices = features_of(hive, view), hive.levels["worker"].choices
    first = first_type_of(hive)
    network = TiedNetwork(features, choices, (32, 16), memory, first, alike=True)
    with torch.no_grad():
        for values in network.parameters():
            values.normal_(0, 0.3)
    return hive, network


@pytest.mark.parametrize("names", OTHERS)
@pytest.mark.parametrize("memory", [0, 16])
@pytest.mark.parametrize("view", [View("worker"), ManagersView("worker")])
@pytest.mark.parametrize("family", [Forage, Queue])
def test_other_types_renamed_in_what_is_seen_are_renamed_in_what_is_chosen(
    family: type[Hive], view: View, memory: int, names: tuple[int, ...]
) -> None:
    hive, network = made(family, view, memory)
    labels = labels_of(view.features(hive))
    values = labels_of_values(sum(network.choices), ASK if family is Queue else None)
    seen, kind = torch.rand(5, len(labels)), torch.zeros(5, dtype=torch.int64)
    before = torch.zeros(5, memory) if memory else None
    plain, worth, kept = network(seen, kind, before)
    other = torch.empty_like(seen)
    other[:, renamed(labels, names)] = seen
    chosen, same, also = network(other, kind, before)
    torch.testing.assert_close(chosen[:, renamed(values, names)], plain)
    torch.testing.assert_close(same, worth)
    if memory:
        torch.testing.assert_close(also[:, renamed(spaced(memory, 4), names)], kept)


def test_its_own_type_is_told_from_others() -> None:
    hive, network = made(Queue, View("worker"))
    labels = labels_of(View("worker").features(hive))
    seen = torch.rand(1, len(labels))
    other = torch.empty_like(seen)
    other[:, renamed(labels, (1, 0, 2, 3))] = seen
    kind = torch.zeros(1, dtype=torch.int64)
    assert not torch.allclose(network(seen, kind)[1], network(other, kind)[1])


def test_a_weight_is_one_parameter_with_those_that_renaming_turns_it_into() -> None:
    """Own to own, own to others, others to own, others to themselves, others to each other."""
    layer = EquivariantLinear([("a", at) for at in range(4)], [("b", at) for at in range(4)])
    own, to, back, alone, apart = layer.weights.tolist()
    expected = [[own, to, to, to]]
    expected += [[back] + [alone if at == row else apart for at in (1, 2, 3)] for row in (1, 2, 3)]
    assert layer.weight[0].tolist() == expected
    assert layer.biases.shape == (2,)


def test_learning_leaves_them_alike() -> None:
    hive, network = made(Forage, View("worker"))
    labels = labels_of(View("worker").features(hive))
    adam = torch.optim.Adam(network.parameters(), 0.01)
    seen, kind = torch.rand(64, len(labels)), torch.arange(64) % 4
    for _ in range(5):
        logits, worth, _ = network(seen, kind)
        adam.zero_grad()
        (logits[:, 0].sum() + (worth - seen[:, 0]).square().sum()).backward()
        adam.step()
    other = torch.empty_like(seen)
    other[:, renamed(labels, (0, 3, 1, 2))] = seen
    zero = torch.zeros_like(kind)
    torch.testing.assert_close(network(other, zero)[0], network(seen, zero)[0])


@pytest.mark.parametrize("width", [6, 8, 64])
def test_labels_of_a_hidden_layer_are_as_many_as_it_is_wide(width: int) -> None:
    labels = spaced(width, len(TYPES))
    assert len(labels) == len(set(labels)) == width


@pytest.mark.parametrize(("hidden", "memory"), [((5,), 0), ((8, 5), 0), ((8,), 5)])
def test_a_layer_without_room_for_the_types_is_refused(
    hidden: tuple[int, ...], memory: int
) -> None:
    features = View("worker").features(Queue(SMALL))
    with pytest.raises(ArgumentError, match="hidden, memory: expected widths of at least 6"):
        TiedNetwork(features, (6,), hidden, memory, ASK, alike=True)


@pytest.mark.parametrize("family", [Forage, Queue])
def test_workers_play_with_it(family: type[Hive]) -> None:
    network = network_of(family(SMALL), View("worker"), (32, 16))
    assert isinstance(network, TiedNetwork)
    assert isinstance(network.base.get_submodule("logits"), EquivariantLinear)
