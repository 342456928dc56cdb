"""Networks of alike things: what holds of one item holds of all of them."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from baselines.learning.policies import items_of, network_of  # noqa: E402 (needs torch)
from baselines.learning.sets import SetNetwork  # noqa: E402
from baselines.learning.views import View  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.families import FAMILIES  # noqa: E402
from hive_env.scenarios.features import share  # noqa: E402
from hive_env.scenarios.hive import UPPER, Hive  # noqa: E402
from hive_env.sizes import Size  # noqa: E402

NAMES = ("x_crowd", "time", "y_crowd", "x_stock", "z_crowd", "y_stock", "z_stock")
FEATURES = tuple(share(name) for name in NAMES)
SIZE = Size(256, 16, 4, 1, 1)


def network(rest: tuple[int, ...] = (4,)) -> SetNetwork:
    torch.manual_seed(0)
    made = SetNetwork(FEATURES, (3, 3, 3, *rest), ("x", "y", "z"), (8, 8))
    with torch.no_grad():
        made.logits.weight.normal_()
        if made.others is not None:
            made.others.weight.normal_()
    return made


@settings(deadline=None, max_examples=20)
@given(st.permutations([0, 1, 2]), st.integers(0, 1000))
def test_items_that_change_places_take_their_choices_with_them(order: list[int], seed: int) -> None:
    made = network()
    seen = torch.rand(5, len(NAMES), generator=torch.Generator().manual_seed(seed))
    moved = seen.clone()
    moved[:, made.own] = seen[:, made.own[order]]
    logits, values, memory = made(seen)
    other, same, _ = made(moved)
    torch.testing.assert_close(
        other[:, :9].reshape(5, 3, 3), logits[:, :9].reshape(5, 3, 3)[:, order]
    )
    torch.testing.assert_close(other[:, 9:], logits[:, 9:])
    torch.testing.assert_close(same, values)
    assert memory is None


def test_every_feature_counts_and_every_item_sees_the_others() -> None:
    seen = torch.rand(1, len(NAMES)).requires_grad_()
    logits, _, _ = network()(seen)
    assert (torch.autograd.grad(logits[0, 0], seen, retain_graph=True)[0] != 0).all()
    assert (torch.autograd.grad(logits[0, -1], seen)[0] != 0).all()


def test_an_action_may_have_a_part_for_each_item_and_no_more() -> None:
    logits, values, _ = network(())(torch.rand(2, len(NAMES)))
    assert logits.shape == (2, 9)
    assert values.shape == (2,)


@pytest.mark.parametrize(
    ("names", "choices"),
    [(("x_a", "x_b", "y_a"), (3, 3)), (("x_a", "y_b"), (3, 3)), (("x_a", "y_a"), (3, 4))],
)
def test_items_that_are_not_alike_are_refused(
    names: tuple[str, ...], choices: tuple[int, ...]
) -> None:
    with pytest.raises(ArgumentError, match="items: expected names whose features"):
        SetNetwork(tuple(share(name) for name in names), choices, ("x", "y"))


def hive_of(task: str, **changes: object) -> Hive:
    family = FAMILIES[task]
    return family.hive(
        family.config(SIZE, dataclasses.replace(family.constants(), **changes)), 1, "cpu", None
    )


@pytest.mark.parametrize("level", UPPER)
@pytest.mark.parametrize(
    ("task", "changes"), [("forage", {}), ("queue", {}), ("forage", {"faults": "default"})]
)
def test_what_upper_levels_command_is_alike_in_every_family(
    task: str, changes: dict[str, object], level: str
) -> None:
    hive = hive_of(task, **changes)
    made = network_of(hive, View(level), (8,))
    # With offices a part of a governor's action names a region.
    assert isinstance(made, SetNetwork) is not (level == "governor" and bool(changes))
    hive.reset(seed=0)
    seen = torch.as_tensor(hive.observe(level=level))
    logits, values, _ = made(seen, torch.zeros(len(seen), dtype=torch.int64))
    assert logits.shape == (hive.levels[level].seats, sum(hive.levels[level].choices))
    assert values.shape == (hive.levels[level].seats,)


def test_squads_are_no_types() -> None:
    hive = hive_of("forage", orders="squads")
    assert items_of(hive.levels["manager"]) == ()
    assert not isinstance(network_of(hive, View("manager"), (8,)), SetNetwork)
