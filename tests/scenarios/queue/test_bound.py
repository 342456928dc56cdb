"""The upper bound on U holds, whoever plays, and is reached where labour is plenty."""

from __future__ import annotations

import pytest
from scenarios.queue.worlds import NANO, UNEVEN, config, play, world

from hive_env.scenarios.queue import Queue, fluid_bound

EASY = {
    "busy_load": 0.3,
    "quiet_load": 0.0,
    "tight_low": 3.0,
    "tight_high": 3.0,
    "slack_low": 3.0,
    "slack_high": 3.0,
    "pair_share": 0.0,
    "price_hot": 1000,
    "price_cold": 1000,
}
"""Few tasks, all slack, none for two, one price."""


@pytest.mark.parametrize("controller", ["reflex", "full", "expert"])
@pytest.mark.parametrize("constants", [{}, EASY], ids=["default", "easy"])
def test_no_controller_exceeds_the_bound(controller: str, constants: dict[str, float]) -> None:
    for seed in (1, 2):
        hive = play(world(UNEVEN, seed=seed, **constants), controller)
        assert 0 < hive.values()[0] <= fluid_bound(hive.config, seed)


def test_the_expert_comes_within_a_factor_of_two_in_an_easy_world() -> None:
    hive = play(world(NANO, **EASY), "expert")
    assert hive.values()[0] >= 0.5 * fluid_bound(hive.config, 1)


def test_a_later_episode_has_a_bound_of_its_own() -> None:
    given = config(UNEVEN)
    hive = Queue(given, threads=1)
    hive.reset(seed=1)
    hive.reset()
    play(hive, "expert")
    assert hive.values()[0] <= fluid_bound(given, 1, episode=1) != fluid_bound(given, 1)


def test_labour_bounds_when_tasks_abound_and_tasks_when_labour_does() -> None:
    """Twice the tasks of a scarce world pay about twice; of an abundant one less than that."""
    low, double = ({**EASY, "busy_load": load} for load in (0.2, 0.4))
    scarce = [fluid_bound(config(NANO, **one), 1) for one in (low, double)]
    assert scarce[1] / scarce[0] == pytest.approx(2, rel=0.1)
    high, double = ({**EASY, "busy_load": load} for load in (8.0, 16.0))
    rich = [fluid_bound(config(NANO, **one), 1) for one in (high, double)]
    assert rich[1] / rich[0] < 1.4


def test_a_task_counts_at_the_best_price_that_it_can_meet() -> None:
    """With nothing dear the bound is that of the low price."""
    rich = fluid_bound(config(UNEVEN, price_hot=1000, price_cold=1000), 1)
    half = fluid_bound(config(UNEVEN, price_hot=500, price_cold=500), 1)
    mixed = fluid_bound(config(UNEVEN, price_hot=1000, price_cold=500), 1)
    swapped = fluid_bound(config(UNEVEN, price_hot=500, price_cold=1000), 1)
    assert half == pytest.approx(rich / 2, rel=0.01)
    for one in (mixed, swapped):
        assert half < one < rich
