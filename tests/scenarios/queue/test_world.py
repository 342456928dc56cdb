"""The array API of Queue: determinism, snapshots, rows, arguments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios.queue.worlds import NANO, TINY, UNEVEN, Array, config, hashes, play, still, world
from strategies import examples

from hive_env import snapshot
from hive_env.backends import cpu
from hive_env.errors import ActionError, ArgumentError, ResetNeededError, SnapshotError
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import LEVELS, Hive
from hive_env.scenarios.queue import Queue
from hive_env.sizes import Size

levels = pytest.mark.parametrize("level", LEVELS)
players = pytest.mark.parametrize("controller", ["full", "random_orders", "expert"])


# --- determinism -------------------------------------------------------------------------------


@players
def test_the_number_of_threads_changes_nothing(
    controller: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cpu, "SMALL", 0)
    found = []
    for threads in (1, 2, 4):
        hive = Queue(config(NANO), worlds=2, threads=threads)
        hive.reset(seed=4)
        found.append(hashes(hive, controller, 64))
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == len(found[0])


@players
def test_a_world_of_a_batch_is_the_same_world_alone(controller: str) -> None:
    batch = hashes(world(UNEVEN, worlds=3, seed=6), controller, 64)
    assert hashes(world(UNEVEN, seed=7), controller, 64) == batch[1::3]
    assert batch[0::3] != batch[1::3]


@given(seed=st.integers(0, 2**32), at=st.integers(0, 40))
@settings(max_examples=examples(8))
def test_rows_may_lie_in_any_order(seed: int, at: int) -> None:
    """A permutation in mid-episode: same hashes, observations, actions and pay by id."""
    hives = [play(world(UNEVEN, worlds=2), "full", at) for _ in range(2)]
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(50), 50 + rng.permutation(50)])
    hives[1].permute(order)
    assert (hives[1].columns["id"][:50] != np.arange(50)).any()
    for _ in range(3):
        since = [hive.counters() for hive in hives]
        for hive in hives:
            play(hive, "full", 1)
        for level in LEVELS:
            views = [hive.observe(level=level) for hive in hives]
            np.testing.assert_array_equal(*views)
            paid = [
                hive.components(level, past, "difference")
                for hive, past in zip(hives, since, strict=True)
            ]
            np.testing.assert_array_equal(*paid)
            np.testing.assert_array_equal(*[hive.masks(level) for hive in hives])
        assert hives[0].state_hash() == hives[1].state_hash()
    for policy in hives[0].levels["worker"].policies:
        np.testing.assert_array_equal(*[hive.decide(policy) for hive in hives])
    assert hashes(hives[0], "expert", 32) == hashes(hives[1], "expert", 32)


def test_a_snapshot_goes_on_as_the_world_did(tmp_path: Path) -> None:
    hive = play(world(NANO, worlds=2), "full", 37)
    saved = hive.snapshot()
    hive.save(tmp_path / "queue.hive")
    expected = hashes(hive, "full", 32)
    view = hive.observe(level="manager")
    again = Queue(config(NANO), worlds=2, threads=2)
    again.restore(saved)
    assert hashes(again, "full", 32) == expected
    np.testing.assert_array_equal(again.observe(level="manager"), view)
    other = Queue(config(NANO), worlds=2)
    snapshot.load(tmp_path / "queue.hive", other)
    assert hashes(other, "full", 32) == expected
    loaded = Queue.load(tmp_path / "queue.hive", threads=2)
    assert loaded.config == hive.config
    assert hashes(loaded, "full", 32) == expected


def test_a_snapshot_of_another_family_is_refused(tmp_path: Path) -> None:
    world().save(tmp_path / "queue.hive")
    with pytest.raises(SnapshotError, match="family 'queue'; Forage loads 'forage'"):
        Forage.load(tmp_path / "queue.hive")


def test_resetting_one_world_leaves_the_others_alone() -> None:
    hive = play(world(UNEVEN, worlds=3), "full", 20)
    before = [hive.state_hash(one) for one in range(3)]
    hive.reset(worlds=np.array([False, True, False]))
    assert [hive.state_hash(one) for one in (0, 2)] == [before[0], before[2]]
    fresh = world(UNEVEN, seed=2)
    fresh.reset()
    assert hive.state_hash(1) == fresh.state_hash(0)
    assert hive.values()[1] == 0


def test_seeds_and_episodes_differ() -> None:
    hive = world(UNEVEN)
    found = {hive.state_hash()}
    hive.reset()
    found.add(hive.state_hash())
    hive.reset(seed=2)
    found.add(hive.state_hash())
    assert len(found) == 3
    hive.reset(seed=1)
    assert hive.state_hash() in found


@pytest.mark.jitless
def test_a_tiny_world_plays_an_episode_under_every_policy_of_every_level() -> None:
    hive = world(TINY, worlds=2, episode_ticks=64, busy_load=3.0)
    for level in LEVELS:
        for policy in hive.levels[level].policies:
            actions = hive.decide(policy, level=level)
            np.testing.assert_array_equal(actions, hive.checked(actions, level))
    play(hive, "full", 40)
    play(hive, "expert", 24)
    assert hive.done().all()
    assert (hive.values() > 0).all()


@pytest.mark.cudasim
def test_a_tiny_world_on_cuda_is_that_of_the_cpu() -> None:
    cuda = pytest.importorskip("numba.cuda")
    if not cuda.is_available():
        pytest.skip("no GPU; set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1 for the simulator")
    hives = [Queue(config(TINY), device=device) for device in ("cpu", "cuda")]
    for hive in hives:
        hive.reset(seed=1)
        play(hive, "full", 12)
    assert hives[0].state_hash() == hives[1].state_hash()
    for level in LEVELS:
        np.testing.assert_array_equal(*[hive.observe(level=level) for hive in hives])


# --- arguments ---------------------------------------------------------------------------------


def test_it_is_a_hive_with_four_levels() -> None:
    hive = Queue("nano")
    assert isinstance(hive, Hive)
    assert tuple(hive.levels) == LEVELS
    assert [hive.levels[level].seats for level in LEVELS] == [512, 16, 4, 1]
    assert [hive.levels[level].period for level in LEVELS] == [1, 8, 32, 64]
    for level in hive.levels.values():
        assert level.scripted in level.policies
        assert "random" in level.policies


@levels
def test_nothing_works_before_a_reset(level: str) -> None:
    hive = Queue(config(TINY))
    for call in (
        lambda: hive.observe(level=level),
        lambda: hive.decide("random", level=level),
        lambda: hive.step(np.zeros((24, 1), np.uint8)),
        lambda: hive.components(level, hive.counters()),
        hive.state,
    ):
        with pytest.raises(ResetNeededError):
            call()


BAD_STEPS: dict[str, tuple[Any, Any, str]] = {
    "too few": (np.zeros((23, 1), np.uint8), None, "actions"),
    "a float": (np.zeros((24, 1)), None, "integers"),
    "a large verb": (np.full((24, 1), 6), None, r"worker 0"),
    "a negative verb": (np.full((24, 1), -1), None, "below 6"),
    "ragged": ([[0], [0, 0]], None, "actions"),
    "unknown level": (np.zeros((24, 1), np.uint8), {"king": np.zeros((1, 1))}, "manager"),
    "workers as orders": (
        np.zeros((24, 1), np.uint8),
        {"worker": np.zeros((24, 1), np.uint8)},
        "orders",
    ),
    "a large rule": (
        np.zeros((24, 1), np.uint8),
        {"manager": np.full((2, 5), 5, np.uint8)},
        "manager 0",
    ),
    "a large quota": (
        np.zeros((24, 1), np.uint8),
        {"orchestrator": np.full((1, 4), 4, np.uint8)},
        "orchestrator 0",
    ),
    "too many slots": (
        np.zeros((24, 1), np.uint8),
        {"governor": np.zeros((1, 3), np.uint8)},
        "shape",
    ),
}


@pytest.mark.parametrize("name", BAD_STEPS)
def test_a_bad_step_is_refused_and_changes_nothing(name: str) -> None:
    actions, orders, message = BAD_STEPS[name]
    hive = world(TINY)
    before = hive.state_hash()
    with pytest.raises(ActionError, match=message):
        hive.step(actions, orders)
    assert hive.state_hash() == before


BAD_CALLS: dict[str, tuple[Callable[[Queue], Any], str]] = {
    "unknown policy": (lambda hive: hive.decide("wise"), "policy"),
    "a policy of another level": (lambda hive: hive.decide("reflex", level="manager"), "blind"),
    "unknown level": (lambda hive: hive.observe(level="king"), "worker, manager"),
    "level of no text": (lambda hive: hive.decide("random", level=3), "level"),  # type: ignore[arg-type]
    "short buffer": (lambda hive: hive.observe(np.zeros((3, 35), np.uint8)), "out"),
    "buffer of another level": (
        lambda hive: hive.observe(np.zeros((2, 47), np.uint8), "manager"),
        "float32",
    ),
    "actions of floats": (lambda hive: hive.decide("random", np.zeros((24, 1))), "actions"),
    "unknown mode": (lambda hive: hive.components("worker", hive.counters(), "sum"), "mode"),
    "scales of no level": (lambda hive: hive.scales("king", "mean"), "level"),
    "nobody above": (lambda hive: hive.superiors("orchestrator"), "level"),
    "facts of no level": (lambda hive: hive.facts("king"), "level"),
    "a world too far": (lambda hive: hive.state(1), "world"),
    "no world": (lambda hive: hive.state(True), "world"),
}


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_bad_call_names_what_is_wrong(name: str) -> None:
    call, message = BAD_CALLS[name]
    with pytest.raises(ArgumentError, match=message):
        call(world(TINY))


@levels
def test_buffers_of_the_caller_are_filled(level: str) -> None:
    hive = world(TINY)
    played = hive.levels[level]
    out = np.zeros((played.seats, len(played.features)), played.dtype)
    assert hive.observe(out, level) is out
    np.testing.assert_array_equal(out, hive.observe(level=level))
    actions = np.full((played.seats, len(played.choices)), 255, np.uint8)
    assert hive.decide("random", actions, level) is actions
    np.testing.assert_array_equal(actions, hive.decide("random", level=level))


BAD_COLUMNS = {
    "post": (0, 2),
    "job": (0, 5),
    "partner": (0, 25),
    "id": (0, 1),
    "task_second": ((0, 0), 5),
    "ruling": (0, 5),
    "quota": ((0, 0), 4),
    "drawn_count": (0, 3),
    "order": (0, 3),
    "delay": (0, 13),
    "left": (0, 705),
    "task_work": ((0, 0), 705),
}


@pytest.mark.parametrize("name", BAD_COLUMNS)
def test_a_snapshot_that_cannot_be_is_refused(name: str) -> None:
    hive = world(TINY)
    saved = hive.snapshot()
    before = hive.state_hash()
    place, value = BAD_COLUMNS[name]
    saved[name][place] = value
    with pytest.raises(SnapshotError, match=name):
        hive.restore(saved)
    assert hive.state_hash() == before


def test_a_post_outside_the_own_sector_is_refused() -> None:
    hive = world(UNEVEN)
    hive.columns["post"][0] = 5
    with pytest.raises(SnapshotError, match="sector"):
        hive.resume()


def test_a_snapshot_of_another_configuration_is_refused() -> None:
    with pytest.raises(SnapshotError, match="configuration"):
        world(TINY).restore(world(TINY, walk_ticks=3).snapshot())


# --- masks, facts, state -----------------------------------------------------------------------


def test_who_walks_or_travels_may_only_go_on() -> None:
    hive = world(TINY)
    hive.columns["delay"][3] = 2
    masks = hive.masks("worker")
    assert masks[3].tolist() == [True] + [False] * 5
    assert masks[4].all()
    assert hive.masks("manager").all()


def test_events_are_told_by_id() -> None:
    hive = still(UNEVEN)
    hive.columns["event"][:] = np.arange(50) % 8
    hive.permute(np.arange(50)[::-1].copy())
    np.testing.assert_array_equal(hive.facts("worker")["event"], np.arange(50) % 8)
    assert hive.facts("manager") == {}


@pytest.mark.parametrize("size", [TINY, UNEVEN])
def test_the_state_stays_in_its_bounds_and_tells_what_it_says(size: Size) -> None:
    hive = world(size, worlds=2)
    low, high = hive.state_bounds()
    for _ in range(8):
        play(hive, "full", 16)
        for one in range(2):
            state: Array = hive.state(one)
            assert state.dtype == low.dtype == high.dtype == np.float32
            assert ((state >= low) & (state <= high)).all()
            rows = state.reshape(size.regions, -1)
            assert rows[:, :4].sum() * size.span == pytest.approx(size.workers)
            assert rows[:, 22].sum() * size.span == pytest.approx(hive.values()[one], rel=1e-5)
            assert (rows[:, 13:17].sum(axis=1) == 2).all()
            assert (rows[:, 9:13] <= rows[:, 5:9]).all()
