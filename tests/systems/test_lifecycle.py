"""The life of a worker's place: orders on return, destruction, replacements and their ids."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples, row_orders, words
from systems.test_ailments import LONG, by_id, everybody, sick
from systems.worlds import SMALL, check_lists, idle, march, put, random_actions, settle, standing

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Boundary, Condition, Event, FaultKind, Health
from hive_env.faults import Faults, Outages, WorkerFaults
from hive_env.partitions import Ledger, Partitions
from hive_env.scenarios.forage import TICK, Forage, blueprint_of
from hive_env.sizes import Size

HARSH = WorkerFaults(
    6.0, kill=0.3, delay=0.2, corruption=0.4, corruption_mean=4.0, spawn_ticks=3, reserve=3
)
"""Faults by which a place has seen many workers within fifty ticks."""

SLOW = {"manager_period": 64, "governor_period": 64, "orchestrator_period": 64}
"""Clocks by which no order comes within a test."""

WIDE = Size(32, 4, 4, 1, 1)
"""Sixteen regions of two workers in one sector."""


def doomed(size: Size = SMALL, **more: Any) -> Forage:
    """A world in which whoever is corrupt is found out in the tick after."""
    return sick(size, **{"corruption_mean": 1.0, "spawn_ticks": 5, **more})


def corrupt(hive: Forage, seats: Any) -> None:
    """Make workers corrupt who are found out in the next tick."""
    hive.inject(FaultKind.CORRUPTION, seats=seats)
    hive.columns["ailment_until"][hive.columns["ailment"] == Condition.CORRUPT] = 0


def keeping_ledgers(config: HiveConfig, worlds: int = 1) -> Forage:
    """A world with a ledger that takes no id in: nobody clears the lists of outcasts."""
    faults = replace(config.forage.failing, partitions=Partitions())
    config = replace(config, forage=replace(config.forage, faults=faults))
    tick = tuple(
        pass_
        for pass_ in TICK
        if not any(system.name == "enter_outcasts" for system in pass_.systems())
    )
    assert len(tick) == len(TICK) - 1
    return Forage(config, worlds, threads=1, blueprint=blueprint_of(config, tick=tick))


def harsh(size: Size = SMALL, **forage: Any) -> HiveConfig:
    faults = Faults(HARSH, Outages(region_mean=60.0, host_mean=40.0, length=4.0), offices=None)
    return HiveConfig(size, ForageConfig(**{"faults": faults, "memory_width": 2, **forage}))


# --- who returns ---------------------------------------------------------------------------------


def test_a_worker_that_returns_has_a_task_made_anew_at_once() -> None:
    """It gets the order that stands, in the middle of the manager's period; others wait for it."""
    hive = sick(task={**SLOW, "reboot_ticks": 3})
    hive.step(idle(hive))
    c = hive.columns
    c["priority"][:] = (0, 0, 2, 0)
    c["focus"][:] = 3
    hive.inject(FaultKind.KILL, seats=[8, 9])
    hive.inject(FaultKind.OVERFLOW, seats=[10])
    c["success"][:] = 2
    back = np.isin(c["id"], [8, 9])
    for _ in range(3):
        assert (c["task_zone"] == 0).all()
        hive.step(idle(hive))
    assert (c["event"][back] == Event.REPAIRED).all()
    assert (c["task"][back] == 3).all()
    assert (c["task_zone"] == np.where(back, 19, 0)).all()
    assert (c["success"] == np.where(back, 0, 2)).all()
    assert hive.churn()["reset"].tolist() == [2]


# --- who is destroyed ----------------------------------------------------------------------------


def test_a_corrupt_worker_works_until_it_is_found_out_and_no_longer() -> None:
    hive = sick(corruption_mean=6.0, spawn_ticks=60)
    hive.inject(FaultKind.CORRUPTION, seats=list(range(0, 64, 16)))
    until = by_id(hive, "ailment_until")[::16].copy()
    for tick in range(30):
        hive.step(idle(hive))
        ended = by_id(hive, "health")[::16] == Health.ENDED
        assert (ended == (until <= tick << 16)).all()
        assert (by_id(hive, "health") == Health.ENDED).sum() == ended.sum()
    assert ended.any()


def test_a_destroyed_worker_loses_all_and_the_next_of_its_place_starts_whole() -> None:
    """Destroyed in tick t, there at the end of tick t + spawn_ticks, acting from the next one."""
    hive = doomed(task={"memory_width": 2, **SLOW})
    hive.step(idle(hive))
    c = hive.columns
    c["memory"][:] = 3
    c["cargo"][:] = 1
    c["fatigue"][:] = 9
    c["error_count"][:] = 2
    c["focus"][:] = 5
    row = int(np.argmax(c["id"] == 20))
    corrupt(hive, [20])
    hive.step(idle(hive))
    assert c["health"][row] == Health.ENDED
    assert c["event"][row] & Event.DESTROYED
    assert c["cargo"][row] == 0
    assert hive.occupants("worker")[20] == -1
    for _ in range(4):
        hive.step(idle(hive))
        assert (c["health"][row], c["event"][row]) == (Health.ENDED, 0)
        c["memory"][row] = 4  # as a network does that writes the embeddings of all
    hive.step(idle(hive))
    assert (c["health"][row], c["event"][row]) == (Health.ALIVE, Event.SPAWNED)
    assert hive.occupants("worker")[20] == 20 + 64
    for name in ("cargo", "fatigue", "error_count", "ailment", "success"):
        assert c[name][row] == 0, name
    assert not c["memory"][row].any()
    assert c["task_zone"][row] == 21, "the order that stands"
    side, place = hive.config.region_side, int(c["home"][row])
    assert c["x"][row] >> 12 == c["region_x0"][place] + side // 2
    assert c["y"][row] >> 12 == c["region_y0"][place] + side // 2
    assert hive.churn()["destroyed"].tolist() == hive.churn()["spawned"].tolist() == [1]
    others = np.delete(c["memory"], row, axis=0)
    assert (others == 3).all()


@pytest.mark.parametrize("torus", [False, True])
@pytest.mark.parametrize("motion", ["grid", "flight"])
def test_an_empty_place_goes_home_unseen_however_far(motion: str, torus: bool) -> None:
    """A region's side a tick, also round a torus; the lists hold all along."""
    boundary = Boundary.TORUS if torus else Boundary.WALL
    task = {"motion": motion, "boundary": boundary, "hazards_per_region": 0}
    hive = doomed(WIDE, spawn_ticks=1, task=task)
    c, side = hive.columns, hive.config.region_side
    row = int(np.argmax(c["id"] == 0))
    put(hive, row, 4 * side - 3, 4 * side - 3)
    settle(hive)
    corrupt(hive, [0])
    ticks = 0
    while c["health"][row] != Health.ALIVE or ticks == 0:
        hive.step(idle(hive))
        check_lists(hive)
        assert not c["overflow"][0]
        assert c["ground"].sum() > 0
        ticks += 1
    assert ticks == (2 if torus else 5)
    assert standing(hive)[row] == c["home"][row] == 0


def test_a_place_whose_reserve_is_spent_stays_empty() -> None:
    hive = doomed(reserve=2, spawn_ticks=1)
    ids = []
    for _ in range(3):
        corrupt(hive, [7])
        hive.step(idle(hive))
        hive.step(idle(hive))
        ids.append(int(hive.occupants("worker")[7]))
    assert ids == [7 + 64, 7 + 128, -1]
    march(hive, 20)
    assert hive.occupants("worker")[7] == -1
    counts = {name: int(count[0]) for name, count in hive.churn().items()}
    assert (counts["destroyed"], counts["spawned"], counts["spent"]) == (3, 2, 1)
    assert hive.agents("worker") == 3 * 64


def test_an_empty_place_sees_nothing_does_nothing_and_earns_nothing() -> None:
    for depth in (1, 3):
        hive = doomed(reserve=0, task={"depth": depth})
        corrupt(hive, [3])
        hive.step(idle(hive))
        since = hive.counters()
        hive.step(hive.decide("random"))
        features = hive.levels["worker"].features
        seen = hive.observe()[3]
        for feature, byte in zip(features, seen, strict=True):
            if feature.name != "time_left":
                assert byte == feature.zero, feature.name
        assert seen[[f.name for f in features].index("time_left")] > 250
        open_ = hive.masks("worker")[3]
        assert np.flatnonzero(open_).tolist() == [0, hive.levels["worker"].choices[0]]
        assert not hive.components("worker", since)[3].any()


def test_a_step_in_which_a_worker_starts_pays_it_nothing() -> None:
    hive = doomed(spawn_ticks=1)
    corrupt(hive, [3])
    hive.step(idle(hive))
    since = hive.counters()
    hive.step(idle(hive))
    assert hive.facts("worker")["event"][3] == Event.SPAWNED
    paid = hive.components("worker", since)
    assert not paid[3].any()
    assert paid[4].any()


def test_nobody_starts_while_its_region_or_host_is_out() -> None:
    faults = Faults(
        WorkerFaults(0.0, kill=0.0, corruption_mean=1.0, spawn_ticks=1),
        Outages(region_mean=LONG, length=LONG),
        offices=None,
    )
    hive = Forage(HiveConfig(SMALL, ForageConfig(faults=faults, hazards_per_region=0)))
    hive.reset(1)
    corrupt(hive, everybody(hive)[:4])
    hive.columns["region_changes"][0] = 1
    for _ in range(5):
        hive.step(idle(hive))
    assert (hive.columns["health"][:4] == Health.ENDED).all()
    hive.columns["region_changes"][0] = 2
    hive.step(idle(hive))
    assert (hive.columns["health"][:4] == Health.ALIVE).all()


# --- the blacklist -------------------------------------------------------------------------------


def test_of_many_found_out_at_once_four_a_tick_and_region_are_destroyed_lowest_ids_first() -> None:
    hive = doomed(spawn_ticks=100)
    corrupt(hive, list(range(4, 14)))
    for gone in (8, 12, 14, 14):
        hive.step(idle(hive))
        ended = np.flatnonzero(by_id(hive, "health") == Health.ENDED)
        assert ended.tolist() == list(range(4, gone))


def test_who_finds_the_blacklist_full_waits_corrupt_and_nothing_is_lost() -> None:
    faults = Faults(WorkerFaults(0.0, kill=0.0, corruption_mean=1.0, spawn_ticks=100), offices=None)
    hive = keeping_ledgers(HiveConfig(SMALL, ForageConfig(faults=faults, hazards_per_region=0)))
    hive.reset(1)
    corrupt(hive, list(range(10)))
    c = hive.columns
    listed: list[int] = []
    for _ in range(3):
        for _ in range(3):
            hive.step(idle(hive))
        fresh = c["outcast"][0, : c["outcasts"][0]].tolist()
        waiting = np.flatnonzero(by_id(hive, "ailment") == Condition.CORRUPT)
        listed += fresh
        assert listed + waiting.tolist() == list(range(10))
        c["outcasts"][0] = 0
    assert listed == list(range(10))


@settings(max_examples=examples(12), deadline=None)
@given(words, st.integers(1, 7))
def test_no_id_comes_twice_and_each_destroyed_is_listed_once(seed: int, every: int) -> None:
    """Whoever drains the lists, however seldom; ids of a place come one after another."""
    hive = keeping_ledgers(harsh())
    hive.reset(seed)
    rng = np.random.default_rng(seed)
    listed: list[int] = []
    seen = [{seat} for seat in range(64)]
    ended: set[int] = set()
    before = hive.occupants("worker")
    for tick in range(60):
        hive.step(random_actions(hive, rng))
        now = hive.occupants("worker")
        for seat in np.flatnonzero(now != before):
            if now[seat] < 0:
                ended.add(int(before[seat]))
            else:
                assert before[seat] == -1, "empty in between"
                assert now[seat] == max(seen[seat]) + 64
                seen[seat].add(int(now[seat]))
        before = now
        if tick % every == 0:
            for region in range(4):
                count = int(hive.columns["outcasts"][region])
                listed += hive.columns["outcast"][region, :count].tolist()
            hive.columns["outcasts"][:] = 0
    for region in range(4):
        count = int(hive.columns["outcasts"][region])
        listed += hive.columns["outcast"][region, :count].tolist()
    assert sorted(listed) == sorted(ended)
    assert len(ended) == int(hive.churn()["destroyed"][0])


# --- determinism ---------------------------------------------------------------------------------


@settings(max_examples=examples(6), deadline=None)
@given(words, row_orders(64, 2))
def test_everything_that_fails_is_the_same_in_any_order_of_rows_and_threads(
    seed: int, order: Any
) -> None:
    one, other = Forage(harsh(), 2, threads=1), Forage(harsh(), 2, threads=2)
    for hive in (one, other):
        hive.reset(seed)
    for tick in range(24):
        actions = one.decide("scripted")
        for hive in (one, other):
            hive.step(actions)
        if tick % 5 == 0:
            other.permute(order)
        assert one.state_hash() == other.state_hash()
    assert (one.occupants("worker") == other.occupants("worker")).all()
    assert {k: v.tolist() for k, v in one.churn().items()} == {
        k: v.tolist() for k, v in other.churn().items()
    }


def test_a_world_of_a_batch_fails_as_it_does_alone() -> None:
    batch, alone = Forage(harsh(), 3), Forage(harsh())
    batch.reset(7)
    alone.reset(8)
    for _ in range(40):
        actions = batch.decide("scripted")
        batch.step(actions)
        alone.step(actions[64:128])
    assert batch.state_hash(1) == alone.state_hash(0)
    assert alone.churn()["destroyed"][0] > 5


def test_everything_that_fails_goes_on_from_a_snapshot(tmp_path: Any) -> None:
    hive = Forage(harsh(), 2)
    hive.reset(3)
    march(hive, 30)
    hive.save(tmp_path / "there.npz")
    loaded = Forage.load(tmp_path / "there.npz")
    for one in (hive, loaded):
        march(one, 20)
    assert hive.state_hash() == loaded.state_hash()
    assert (hive.churn()["destroyed"] == loaded.churn()["destroyed"]).all()
    assert (hive.columns["host_out"] == loaded.columns["host_out"]).all()


def test_a_new_episode_begins_with_everybody_whole() -> None:
    used, new = Forage(harsh()), Forage(harsh())
    used.reset(3)
    march(used, 40)
    for hive in (used, new):
        hive.reset(4)
    assert used.state_hash() == new.state_hash()
    assert not any(count.any() for count in used.churn().values())
    for hive in (used, new):
        march(hive, 10)
    assert used.state_hash() == new.state_hash()


def test_the_ledger_of_the_hive_takes_in_every_id_that_was_destroyed() -> None:
    """By its own pass, with links that come and go: each id is in it once, or waits."""
    config = harsh()
    faults = replace(
        config.forage.failing,
        partitions=Partitions(20.0, 4.0),
        ledger=Ledger(blacklist_slots=128, blacklist_ticks=1 << 16),
    )
    hive = Forage(replace(config, forage=replace(config.forage, faults=faults)))
    hive.reset(2)
    c, ended = hive.columns, []
    for _ in range(30):
        before = hive.occupants("worker")
        hive.step(hive.decide("scripted"))
        now = hive.occupants("worker")
        ended += before[(before >= 0) & (now < 0)].tolist()
    places = range(c["ledger_tag"].shape[1])
    known = [c["ledger_barred"][at, at][c["ledger_tag"][at, at] > 0] for at in places]
    waiting = [c["outcast"][at, : c["outcasts"][at]] for at in range(4)]
    assert sorted(np.concatenate([*known, *waiting]).tolist()) == sorted(ended)
    assert len(np.concatenate(known)) > 30
