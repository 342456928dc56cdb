"""What each level of Queue sees, and that its private fact stays its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scenarios.queue.worlds import (
    NANO,
    TINY,
    UNEVEN,
    Array,
    config,
    go,
    play,
    put_task,
    still,
    world,
)

from hive_env.scenarios.controllers import Controller, Crew
from hive_env.scenarios.hive import LEVELS
from hive_env.scenarios.queue import Queue
from hive_env.scenarios.queue.levels import levels_of
from hive_env.sizes import Size
from hive_env.systems import queue_views
from hive_env.systems.queue_workers import ASK

levels = pytest.mark.parametrize("level", LEVELS)


def seen(hive: Queue, level: str, row: int = 0) -> dict[str, float]:
    """One seat's observation by the names of its features."""
    features = hive.levels[level].features
    values = hive.observe(level=level)[row]
    return {
        feature.name: (float(value) - feature.zero) / feature.scale
        for feature, value in zip(features, values, strict=True)
    }


def all_seen(hive: Queue, names: tuple[str, ...] = LEVELS) -> dict[str, Array]:
    return {level: hive.observe(level=level) for level in names}


def changed(hive: Queue, before: dict[str, Array]) -> list[str]:
    """Levels of which some observation is another than before."""
    return [level for level, was in before.items() if (hive.observe(level=level) != was).any()]


@pytest.fixture
def played() -> Queue:
    return play(world(NANO, worlds=2), "full", 40)


# --- private facts -----------------------------------------------------------------------------


def test_backlog_and_deadlines_are_seen_by_managers_and_not_by_workers(played: Queue) -> None:
    """Longer queues behind the same heads, other deadlines, other slack types."""
    before = all_seen(played, ("worker", "manager"))
    c = played.columns
    waits = c["task_waits"].reshape(len(c["busy"]), 4, -1)
    second = c["task_second"].reshape(waits.shape)
    single = ((waits == 1) & (second == 0)).any(axis=2)
    grown = (waits == 0) & single[:, :, None]
    assert grown.any()
    second[grown] = 0
    c["task_work"].reshape(waits.shape)[grown] = 160
    waits[grown] = 1
    c["task_until"][...] += 37
    c["slack"][...] = 5 - c["slack"]
    c["task_worth"][...] += 11
    played.resume()
    assert changed(played, before) == ["manager"]


def test_deadlines_alone_are_seen_by_managers_and_by_nobody_else(played: Queue) -> None:
    before = all_seen(played)
    played.columns["task_until"][...] += 3
    played.columns["slack"][...] = 5 - played.columns["slack"]
    played.resume()
    assert changed(played, before) == ["manager"]


def test_the_imbalance_of_a_sector_is_seen_by_its_governor_and_by_nobody_below(
    played: Queue,
) -> None:
    """Everything about the other regions of sector 0 is changed; region 0 must not notice."""
    before = all_seen(played, LEVELS[:3])
    workers = np.flatnonzero(played.columns["post"] == 0)
    c = played.columns
    others = [1, 2, 3]
    c["flow"][others] = c["flow"][others] * 3 + 160
    c["busy"][others] = 1 - c["busy"][others]
    c["load_until"][0] += 50
    c["task_waits"][others] = 0
    c["arrived"][others] += 7
    c["idle"][others] = 0
    played.resume()
    assert (played.observe(level="worker")[workers] == before["worker"][workers]).all()
    assert (played.observe(level="manager")[0] == before["manager"][0]).all()
    assert (played.observe(level="governor")[0] != before["governor"][0]).any()


def test_the_load_itself_is_seen_by_nobody(played: Queue) -> None:
    """Even a governor must infer it from the backlog and the flow."""
    before = all_seen(played)
    played.columns["busy"][...] = 1 - played.columns["busy"]
    assert changed(played, before) == []


def test_prices_are_seen_by_the_orchestrator_alone(played: Queue) -> None:
    before = all_seen(played)
    played.columns["price"][...] = 5 - played.columns["price"]
    played.columns["price_until"][...] += 9
    assert changed(played, before) == ["orchestrator"]


def test_no_trace_of_the_prices_reaches_a_lower_level_while_quotas_stand() -> None:
    """Two worlds that differ in their prices alone, over a whole episode under the same orders."""
    crews = []
    for hot, cold in ((1800, 200), (100, 3000)):
        hive = world(NANO, price_hot=hot, price_cold=cold)
        crews.append(Crew(hive, Controller("", "", orchestrator="none")))
    for _ in range(512):
        for crew in crews:
            crew.tick()
        first, second = (all_seen(crew.hive, LEVELS[:3]) for crew in crews)  # type: ignore[arg-type]
        for level in LEVELS[:3]:
            np.testing.assert_array_equal(first[level], second[level])
    assert crews[0].hive.values()[0] != crews[1].hive.values()[0]


# --- shape and content -------------------------------------------------------------------------


@pytest.mark.parametrize("size", [TINY, UNEVEN, NANO])
def test_every_level_has_its_features_and_they_stay_in_range(size: Size) -> None:
    """All of one episode under random play, whose orders go everywhere."""
    hive = world(size, worlds=2, episode_ticks=128)
    orders = Controller("", "", "scripted", "random", "random", "random")
    for _ in range(16):
        play(hive, orders, 8)
        for level in LEVELS:
            played = hive.levels[level]
            values = hive.observe(level=level)
            assert values.shape == (2 * played.seats, len(played.features))
            assert values.dtype == played.dtype
            if played.dtype is np.float32:
                low = np.array([feature.low for feature in played.features])
                high = np.array([feature.high for feature in played.features])
                assert ((values >= low) & (values <= high)).all()


@levels
def test_names_of_features_differ_and_widths_are_those_of_the_views(level: str) -> None:
    features = levels_of(config(NANO))[level].features
    assert len({feature.name for feature in features}) == len(features)
    widths = {
        "worker": queue_views.WORKER_WIDTH,
        "manager": queue_views.MANAGER_WIDTH,
        "governor": 4 * queue_views.SLOT_WIDTH + queue_views.GOVERNOR_EXTRA,
        "orchestrator": 4 * queue_views.SECTOR_WIDTH + queue_views.ORCHESTRATOR_EXTRA,
    }
    assert len(features) == widths[level]


@pytest.mark.jitless
def test_a_worker_sees_its_job_its_counter_and_its_order() -> None:
    hive = still(walk_ticks=6, travel_ticks=12)
    put_task(hive, 0, work=22)
    put_task(hive, 0, 1, work=22)
    put_task(hive, 1, second=0)
    hive.resume()
    assert seen(hive, "worker", 0)["open_single"] == 1
    assert seen(hive, "worker", 1)["open_single"] == 0
    assert seen(hive, "worker", 1)["open_pair"] == 1
    hive.columns["counter"][[0, 2]] = 1
    assert seen(hive, "worker", 0)["open_pair"] == 1, "kind 0 has the second part"
    assert seen(hive, "worker", 2)["open_pair"] == 0, "kind 2 has none"
    hive.columns["counter"][0] = 0
    order = np.array([[2, 1, 0, 0, 4], [1, 1, 1, 1, 0]], np.uint8)
    go(hive, {0: ASK, 1: ASK + 3}, manager=order)
    first, second = seen(hive, "worker", 0), seen(hive, "worker", 1)
    assert first["job_a"] == 1
    assert first["job_left"] == pytest.approx(0.5, abs=0.01)
    assert first["job_pair"] == first["job_done"] == 0
    assert second["counter_d"] == 1
    assert second["away"] == pytest.approx(0.5, abs=0.01)
    assert second["open_single"] == second["open_pair"] == 0
    assert [second[f"priority_{kind}"] for kind in "abcd"] == pytest.approx(
        [1, 0.5, 0, 0], abs=0.01
    )
    assert second["goal_a"] == 1
    assert second["rule_pairs"] == 1
    assert seen(hive, "worker", 12)["goal_a"] == 1, "its own kind: nothing is preferred"
    go(hive, ticks=22)
    assert seen(hive, "worker", 0)["job_done"] == 1


@pytest.mark.jitless
def test_a_manager_sees_backlog_and_deadlines_of_its_own_region() -> None:
    hive = still(queue_share=1.0)
    put_task(hive, 1, 0, work=4, until=5)
    put_task(hive, 1, 1, work=4, until=4)
    put_task(hive, 1, 2, work=4, until=21, second=0)
    put_task(hive, 1, 0, region=1)
    view = seen(hive, "manager")
    assert view["b_waiting"] == pytest.approx(3 / 12)
    assert view["b_ripe"] == pytest.approx(2 / 12)
    assert view["b_pairs"] == pytest.approx(1 / 12)
    assert view["b_slack"] == pytest.approx(30 / 42)
    assert view["b_time"] == pytest.approx(10 / (10 + hive.config.mean_work))
    assert view["a_waiting"] == view["a_time"] == 0
    assert view["present_a"] == pytest.approx(0.5)
    assert view["idle"] == 1
    assert view["order_hold"] == view["rule_oldest"] == view["time_left"] == 1


@pytest.mark.jitless
def test_a_governor_sees_each_of_its_regions_and_an_orchestrator_each_of_its_sectors() -> None:
    hive = still(queue_share=1.0)
    put_task(hive, 1, 0, region=1)
    hive.columns["flow"][1] = 16 * 12
    hive.columns["arrived"][1, 2] = 8
    hive.columns["delivered"][1, 2] = 2
    view = seen(hive, "governor")
    assert view["r1_waiting"] == pytest.approx(1 / 48)
    assert view["r1_flow"] == pytest.approx(0.5)
    assert view["r0_waiting"] == view["r0_flow"] == 0
    assert view["r0_crowd"] == view["r1_kind_d"] == pytest.approx(0.5)
    hive.columns["price"][0] = 1
    view = seen(hive, "orchestrator")
    assert [view[f"price_{kind}"] for kind in "abcd"] == [1, 0, 1, 0]
    assert view["s0_waiting"] == pytest.approx(1 / 96)
    assert view["s0_delivered_c"] == pytest.approx(0.25)
    assert view["quota_a"] == pytest.approx(1 / 3)


@levels
def test_a_view_of_one_seat_is_that_seat_of_the_whole_view(level: str) -> None:
    hive = play(world(UNEVEN, worlds=2), "full", 24)
    whole = hive.observe(level=level)
    seats = hive.levels[level].seats
    for seat in range(0, seats, max(1, seats // 3)):
        part = np.zeros_like(whole)
        hive.observe_seats(part, level, slice(seat, seat + 1))
        for row in (seat, seats + seat):
            np.testing.assert_array_equal(part[row], whole[row])


def test_levels_report_to_the_one_above() -> None:
    hive: Any = play(world(UNEVEN, worlds=2), "full", 40)
    post = hive.columns["post"].astype(np.int64)
    np.testing.assert_array_equal(hive.superiors("worker"), post)
    np.testing.assert_array_equal(hive.superiors("manager"), np.tile(np.repeat(range(4), 4), 2))
    np.testing.assert_array_equal(hive.superiors("governor"), np.tile([0, 0, 1, 1], 2))
