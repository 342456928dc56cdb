"""Orders: what a level chooses is what the level below it sees, until it is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from envs.worlds import PERIODS, WIDE, random_actions

from hive_env.enums import RESOURCE_TYPES, Workforce
from hive_env.envs.parallel import HiveParallelEnv
from hive_env.envs.single import HiveEnv
from hive_env.scenarios.chart import reports_of
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import LEVELS

every_task = pytest.mark.parametrize("task", FAMILIES)

PRIORITY = {"forage": "goal", "queue": "priority"}
"""What the features of a worker call the priority of a type."""

TYPES = "abcd"


class Everyone:
    """A hive of which all levels are played, and what its agents see by the names of features."""

    def __init__(self, task: str, **config: Any) -> None:
        self.env = HiveParallelEnv(WIDE, task=task, level="all", config={**PERIODS, **config})
        self.hive = self.env.simulation
        self._at = {
            level: {feature.name: at for at, feature in enumerate(one.features)}
            for level, one in self.hive.levels.items()
        }
        self._seen, _ = self.env.reset(seed=0)

    def sees(self, level: str, *names: str) -> Any:
        """Return some features of every seat of a level, float32[S, len(names)]."""
        columns = [self._at[level][name] for name in names]
        rows = [self._seen[f"{level}_{seat}"] for seat in range(self.hive.levels[level].seats)]
        return np.stack(rows)[:, columns]

    def tick(self, orders: Mapping[str, Any]) -> None:
        """Take one tick: workers stay where they are, and so do regions unless they are told."""
        acts: dict[str, Any] = {}
        for name, level in self.hive.levels.items():
            rows = orders.get(name, np.zeros((level.seats, len(level.choices)), int))
            acts |= {f"{name}_{seat}": row for seat, row in enumerate(rows)}
        self._seen = self.env.step(acts)[0]


def drawn(task: str, level: str, seed: int) -> Any:
    """Return an order of every seat of a level that differs from seat to seat."""
    hive = HiveEnv(WIDE, task=task).simulation
    return random_actions(hive, level, np.random.default_rng(seed))


@every_task
def test_before_any_decision_the_orders_are_neutral(task: str) -> None:
    hive = Everyone(task)
    kinds = [f"{PRIORITY[task]}_{kind}" for kind in TYPES]
    quotas = [f"quota_{kind}" for kind in TYPES]

    assert len(np.unique(hive.sees("worker", *kinds))) == 1
    assert len(np.unique(hive.sees("manager", *quotas))) == 1
    assert not hive.sees("manager", "order_push", "order_draw").any()


@every_task
def test_a_workers_observation_shows_its_managers_priorities_until_they_are_replaced(
    task: str,
) -> None:
    """Decisions at ticks 0, 2, 4; what is sent at the ticks between them changes nothing."""
    hive = Everyone(task)
    names = [f"{PRIORITY[task]}_{kind}" for kind in TYPES]
    standing = np.zeros(0)
    for tick in range(6):
        given = drawn(task, "manager", tick)
        if tick % 2 == 0:
            standing = given[:, :RESOURCE_TYPES] / 2
        hive.tick({"manager": given})
        expected = standing[hive.hive.superiors("worker")]
        assert np.allclose(hive.sees("worker", *names), expected, atol=0.01)
        assert len(np.unique(expected, axis=0)) > 4


@every_task
def test_a_managers_observation_shows_its_governors_order_until_it_is_replaced(task: str) -> None:
    """Decisions at ticks 0, 4, 8; slot i of a governor's action is its i-th region."""
    hive = Everyone(task)
    reports = reports_of(hive.hive, "manager")
    standing = np.zeros(8, int)
    for tick in range(12):
        given = drawn(task, "governor", tick)
        if tick % 4 == 0:
            for governor in range(4):
                standing[reports.under(governor)] = given[governor]
        hive.tick({"governor": given})
        seen = hive.sees("manager", "order_push", "order_draw")
        assert np.array_equal(seen, np.eye(3)[standing][:, 1:])
        for slot in range(2):
            own = hive.sees("governor", *(f"r{slot}_{one.name.lower()}" for one in Workforce))
            mine = [standing[reports.under(governor)[slot]] for governor in range(4)]
            assert np.array_equal(own, np.eye(3)[mine])


@every_task
def test_everybody_above_the_workers_sees_the_quotas_of_their_hive_until_they_are_replaced(
    task: str,
) -> None:
    """Decisions at ticks 0, 8, 16; each of the two hives has quotas of its own."""
    hive = Everyone(task)
    names = [f"quota_{kind}" for kind in TYPES]
    standing = np.zeros(0)
    for tick in range(18):
        given = drawn(task, "orchestrator", tick)
        if tick % 8 == 0:
            standing = given / 3
            assert not np.array_equal(standing[0], standing[1])
        hive.tick({"orchestrator": given})
        by_governor = standing[hive.hive.superiors("governor")]
        by_manager = by_governor[hive.hive.superiors("manager")]
        assert np.allclose(hive.sees("governor", *names), by_governor)
        assert np.allclose(hive.sees("manager", *names), by_manager)


def test_a_queue_manager_sees_its_own_standing_order() -> None:
    hive = Everyone("queue")
    given = drawn("queue", "manager", 3)
    hive.tick({"manager": given})

    seen = hive.sees("manager", *(f"priority_{kind}" for kind in TYPES))
    assert np.allclose(seen, given[:, :RESOURCE_TYPES] / 2)


def test_a_focus_sends_the_workers_of_the_region_to_a_quadrant() -> None:
    """Quadrants 1 to 4 lie north-west, north-east, south-west and south-east of the depot."""
    for focus, (west_east, north_south) in enumerate([(-1, -1), (1, -1), (-1, 1), (1, 1)], 1):
        hive = Everyone("forage")
        orders = np.tile([1, 1, 1, 1, focus], (8, 1))
        hive.tick({"manager": orders})
        way = hive.sees("worker", "zone_dx", "zone_dy")

        assert way.any()
        assert ((np.sign(way) == (west_east, north_south)) | (way == 0)).all()
        hive.tick({"manager": orders * 0})
        hive.tick({"manager": orders * 0 + 1 - (np.arange(5) == 4)})
        assert not hive.sees("worker", "zone_dx", "zone_dy").any()


def test_a_squads_goal_is_its_workers_zone_and_type() -> None:
    """The fine form: goal 1 + 4 * zone + type; 0 is none."""
    hive = Everyone("forage", orders="squads")
    orders = np.zeros((8, 8), int)
    orders[:, 0] = 1 + 4 * 0 + 2
    orders[:, 1] = 1 + 4 * 15 + 3
    hive.tick({"manager": orders})
    kinds = hive.sees("worker", *(f"goal_{kind}" for kind in TYPES))
    way = hive.sees("worker", "zone_dx", "zone_dy")
    squad = np.arange(64) % 8

    assert kinds[squad == 0].argmax(axis=1).tolist() == [2] * 8
    assert kinds[squad == 1].argmax(axis=1).tolist() == [3] * 8
    assert (way[squad == 0] <= 0).all()
    assert (way[squad == 1] >= 0).all()
    assert way[squad == 0].any()
    assert not way[squad > 1].any()


@every_task
@pytest.mark.parametrize("level", LEVELS[1:])
def test_the_seat_of_an_environment_gives_orders_to_its_own_people_alone(
    task: str, level: str
) -> None:
    """Two seats of one level that choose differently leave the same orders everywhere else."""
    column = {"manager": "priority", "governor": "workforce", "orchestrator": "quota"}[level]
    given: dict[str, Any] = {"task": task, "level": level, "config": PERIODS}
    low, high = HiveEnv(WIDE, seat=1, **given), HiveEnv(WIDE, seat=1, **given)
    low.reset(seed=3)
    high.reset(seed=3)
    low.step(low.action_space.nvec * 0)
    high.step(high.action_space.nvec - 1)

    hives = low.simulation, high.simulation
    orders = [hive.columns[column].reshape(len(hive.columns[column]), -1) for hive in hives]
    differ = (orders[0] != orders[1]).any(axis=1)
    rows = np.array([1])
    if level == "governor":
        rows = reports_of(low.simulation, "manager").under(1)
    assert np.flatnonzero(differ).tolist() == sorted(rows.tolist())
