"""Networks of specialists: every row goes through that of its kind, whatever stands around it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from hive_env.errors import ArgumentError  # noqa: E402 (needs torch)
from hive_env.scenarios.features import offset, share  # noqa: E402
from hive_env.specialists import SpecialistNetwork  # noqa: E402

FEATURES = (share("a"), offset("b"), offset("c", 25), share("d"), share("e"))
CHOICES = (3, 4)


def network(kinds: int = 3, memory: int = 0) -> SpecialistNetwork:
    """A network whose biases are not zero, so that they are seen."""
    torch.manual_seed(kinds)
    made = SpecialistNetwork(kinds, FEATURES, CHOICES, (6, 7), memory)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return made


def by_hand(made: SpecialistNetwork, row: np.ndarray, kind: int) -> np.ndarray:
    """Logits of one row, in NumPy's float64."""
    values = np.array([(b - f.zero) / f.scale for b, f in zip(row.tolist(), FEATURES, strict=True)])
    for layer in (*made.hidden, made.logits):
        weight, bias = (one[kind].detach().double().numpy() for one in (layer.weight, layer.bias))
        values = values @ weight + bias
        values = values if layer is made.logits else np.maximum(values, 0)
    return values


@given(kinds=st.lists(st.integers(0, 2), min_size=1, max_size=12), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_every_row_goes_through_the_network_of_its_kind(kinds: list[int], seed: int) -> None:
    made = network()
    rows = np.random.default_rng(seed).integers(0, 256, (len(kinds), 5)).astype(np.uint8)
    logits, values, memory = made(torch.as_tensor(rows), torch.tensor(kinds))

    assert memory is None
    assert values.shape == (len(kinds),)
    for row, kind, got in zip(rows, kinds, logits.detach().numpy(), strict=True):
        np.testing.assert_allclose(got, by_hand(made, row, kind), rtol=1e-4, atol=1e-4)


def test_gradients_reach_the_kinds_that_were_there_and_no_other() -> None:
    made = network()
    rows = torch.randint(0, 256, (4, 5), dtype=torch.uint8)
    logits, values, _ = made(rows, torch.tensor([2, 0, 2, 0]))
    (logits.sum() + values.sum()).backward()
    for parameter in made.parameters():
        by_kind = parameter.grad.flatten(1).abs().sum(1)
        assert by_kind[1] == 0
    assert made.logits.bias.grad[2].abs().sum() > 0


def test_memory_goes_on_as_in_torchs_own_cell() -> None:
    """The same gates, weights transposed; two biases a gate, as there."""
    made = network(2, memory=5)
    kind = torch.tensor([1, 0, 1, 1])
    rows = torch.randint(0, 256, (4, 5), dtype=torch.uint8)
    before = torch.randn(4, 5)
    after = made(rows, kind, before)[2].detach()
    values = (rows.float() - made.zero) / made.scale
    for index, one in enumerate(kind.tolist()):
        inner = values[index]
        for layer in made.hidden:
            inner = torch.relu(inner @ layer.weight[one] + layer.bias[one])
        cell = torch.nn.GRUCell(7, 5)
        cell.weight_ih.data = made.gates_seen.weight[one].T
        cell.weight_hh.data = made.gates_kept.weight[one].T
        cell.bias_ih.data = made.gates_seen.bias[one]
        cell.bias_hh.data = made.gates_kept.bias[one]
        torch.testing.assert_close(after[index], cell(inner, before[index]).detach())


def test_bytes_go_through_the_folded_first_layer_as_features_through_the_first() -> None:
    made = network()
    rows = torch.randint(0, 256, (9, 5), dtype=torch.uint8).float()
    weight, bias = made.folded()
    for kind in range(3):
        plain = (rows - made.zero) / made.scale @ made.hidden[0].weight[kind]
        plain = plain + made.hidden[0].bias[kind]
        torch.testing.assert_close(rows @ weight[kind] + bias[kind], plain, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kinds": 0}, "kinds: expected positive numbers"),
        ({"hidden": ()}, "hidden: expected positive numbers"),
        ({"hidden": (4, 0)}, "hidden: expected positive numbers"),
        ({"memory": -1}, "memory: expected a width, or 0 for none, got -1"),
    ],
)
def test_numbers_that_are_not_positive_are_refused(changed: dict, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        SpecialistNetwork(**{"kinds": 2, "features": FEATURES, "choices": CHOICES, **changed})


@pytest.mark.parametrize("memory", [0, 5])
def test_memory_is_given_where_there_is_one_and_only_there(memory: int) -> None:
    made = network(2, memory)
    rows = torch.zeros(1, 5, dtype=torch.uint8)
    given = None if memory else torch.zeros(1, 5)
    with pytest.raises(ArgumentError, match="memory: expected"):
        made(rows, torch.zeros(1, dtype=torch.long), given)
