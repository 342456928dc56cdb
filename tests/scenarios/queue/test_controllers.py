"""The ladder of Queue on a few seeds; `hive-env validate` judges the gates on all of them."""

from __future__ import annotations

import numpy as np
import pytest
from scenarios.queue.worlds import NANO, Array, go, play, put_task, still, world

from hive_env.scenarios.controllers import FULL
from hive_env.scenarios.hive import LEVELS
from hive_env.scenarios.queue.controllers import CONTROLLERS, GATES
from hive_env.scenarios.queue.levels import levels_of
from hive_env.systems.queue_workers import ASK, HAND_IN
from hive_env.systems.queues import QueueEvent


@pytest.fixture(scope="module")
def values() -> dict[str, Array]:
    """U of every controller on the same four nano seeds."""
    found = {}
    for name in CONTROLLERS:
        hive = world(NANO, worlds=4, seed=100)
        found[name] = play(hive, name).values()
    return found


def test_every_controller_names_policies_of_its_levels() -> None:
    levels = levels_of(world(NANO).config)
    for controller in CONTROLLERS.values():
        for level in LEVELS:
            assert controller.policy(level) in levels[level].policies
    for gate in GATES:
        assert gate.controller in CONTROLLERS
        assert not gate.less or gate.less in CONTROLLERS


def test_each_controller_ranks_below_the_one_that_it_names(values: dict[str, Array]) -> None:
    for controller in CONTROLLERS.values():
        if controller.below:
            assert (values[controller.name] < values[controller.below]).all()


def test_the_means_lie_where_the_gates_want_them(values: dict[str, Array]) -> None:
    floor, ceiling = values["random"].mean(), values["expert"].mean()
    score = {name: (one.mean() - floor) / (ceiling - floor) for name, one in values.items()}
    for gate in GATES:
        found = score[gate.controller] - (score[gate.less] if gate.less else 0)
        for least in (gate.low, gate.above, gate.least_mean("nano")):
            assert least is None or found >= least, gate.name
        assert gate.high is None or found <= gate.high, gate.name
    assert max(score.values()) <= 1.02


@pytest.mark.parametrize(("until", "event"), [(9, QueueEvent.DROPPED), (10, QueueEvent.WORKED)])
def test_the_expert_lets_go_of_what_it_cannot_hand_in_in_time(
    until: int, event: QueueEvent
) -> None:
    """Taken in tick 0, worked at in ticks 1 to 9, handed in in tick 10."""
    hive = still()
    put_task(hive, 0, work=9, until=until)
    go(hive, {0: ASK})
    go(hive, {0: int(hive.decide("expert")[0, 0])})
    assert hive.columns["event"][0] == event


def test_the_open_loop_hands_in_twice_on_its_way_and_at_its_end() -> None:
    hive = world(NANO)
    seen = []
    for tick in range(47):
        hive.columns["tick"][...] = tick
        seen.append(int(hive.decide("open_loop")[0, 0]))
    assert [tick for tick, verb in enumerate(seen) if verb == HAND_IN] == [18, 36, 45]
    assert [tick for tick, verb in enumerate(seen) if verb == ASK] == [0, 46]


def test_the_open_loop_is_the_same_for_everybody_whatever_happens() -> None:
    hive = play(world(NANO), FULL, 21)
    actions = hive.decide("open_loop")
    assert (actions == actions[0]).all()
    fresh = world(NANO, seed=9)
    fresh.columns["tick"][...] = hive.columns["tick"]
    np.testing.assert_array_equal(fresh.decide("open_loop"), actions)
