"""Orders at random: held as long as is said, and the same whenever a world is the same."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("torch")

from baselines.learning.orders import HeldOrders
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

SMALL = Size(64, 2, 2, 1, 1)


def played(orders: HeldOrders, first: int, ticks: int) -> list[np.ndarray]:
    hive = Forage(SMALL, worlds=2)
    hive.reset(seed=first)
    found = []
    for _ in range(ticks):
        if hive.deciding(orders.level).any():
            found.append(orders(hive))
        hive.step(hive.decide("random"), {})
    return found


def test_orders_are_held_for_so_many_decisions_and_then_drawn_anew() -> None:
    found = played(HeldOrders("manager", 3), 0, 8 * 7)
    same = [np.array_equal(one, other) for one, other in pairwise(found)]
    assert same == [True, True, False, True, True, False]


def test_every_value_of_every_part_is_drawn_and_each_seat_by_itself() -> None:
    found = np.stack(played(HeldOrders("manager", 1), 0, 8 * 60))
    for part, values in enumerate((3, 3, 3, 3, 5)):
        assert set(found[:, :, part].ravel()) == set(range(values))
    assert not np.array_equal(found[:, 0], found[:, 1])
    assert not np.array_equal(found[:, 0], found[:, 4]), "worlds differ by their seeds"


def test_they_hang_on_seed_and_tick_alone() -> None:
    one, other = (played(HeldOrders("governor", 2), 5, 32 * 5) for _ in range(2))
    assert all(np.array_equal(*pair) for pair in zip(one, other, strict=True))
    shifted = played(HeldOrders("governor", 2), 6, 32)
    half = len(one[0]) // 2
    assert np.array_equal(one[0][half:], shifted[0][:half])


def test_orders_that_are_never_held_are_refused() -> None:
    with pytest.raises(ArgumentError, match="decisions: expected a positive number"):
        HeldOrders("manager", 0)


def test_what_one_level_draws_says_nothing_about_another() -> None:
    """Governors and orchestrators hold theirs for as many ticks, and choose among three or four."""
    hive = Forage(SMALL, worlds=2)
    pairs = []
    for seed in range(0, 400, 2):
        hive.reset(seed=seed)
        governors, orchestrators = (
            HeldOrders(level, 1)(hive).reshape(2, -1)[:, :3]
            for level in ("governor", "orchestrator")
        )
        pairs += list(zip(governors.ravel(), orchestrators.ravel(), strict=True))
    assert abs(np.corrcoef(np.array(pairs).T)[0, 1]) < 0.1
