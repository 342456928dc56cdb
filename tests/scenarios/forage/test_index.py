"""Lists kept of who is where and under whom: regions change governors, and nothing else changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples
from systems.worlds import CLOCKS, check_lists, idle, march, random_actions, random_orders, world

from hive_env.errors import ArgumentError, ResetNeededError, SnapshotError
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

TWO_HIVES = Size(90, 2, 2, 2, 1, 2, 1)
ROOM = 6


def made(**forage: Any) -> Forage:
    """Two worlds of two hives of two sectors, whose governors have room for two more regions."""
    return world(TWO_HIVES, worlds=2, max_span=ROOM, **{**CLOCKS, **forage})


def listed(hive: Forage) -> list[list[int]]:
    """Regions that each governor's slots have."""
    c = hive.columns
    return [
        c["reports"][sector, : c["reports_count"][sector]].tolist()
        for sector in range(len(c["reports_count"]))
    ]


def by_column(hive: Forage) -> list[list[int]]:
    """Regions under each governor, by the regions' own column."""
    size = hive.config.size
    above = hive.columns["governor"].reshape(hive.worlds, -1)
    return [
        np.flatnonzero(above[at // size.sectors] == at % size.sectors).tolist()
        for at in range(hive.worlds * size.sectors)
    ]


def test_regions_report_to_the_governor_of_their_sector_at_first() -> None:
    hive = made()
    expected = [[4 * sector + slot for slot in range(4)] for sector in range(4)]
    assert listed(hive) == by_column(hive) == expected * 2


@settings(max_examples=examples(20), deadline=None)
@given(
    moves=st.lists(st.tuples(st.integers(0, 15), st.integers(0, 3), st.integers(0, 1)), max_size=12)
)
def test_lists_and_columns_agree_whatever_regions_move(moves: list[tuple[int, int, int]]) -> None:
    """A move that is refused changes nothing; the lists are in order of number."""
    hive = made()
    for manager, governor, index in moves:
        before = hive.state_hash(), listed(hive)
        above = int(hive.columns["governor"][16 * index + manager])
        full = len(listed(hive)[4 * index + governor]) >= ROOM and above != governor
        stranger = hive.columns["sector_hive"][governor] != hive.columns["region_hive"][manager]
        if full or stranger:
            with pytest.raises(ArgumentError, match=r"^governor: expected one "):
                hive.reparent(manager, governor, index)
            assert (hive.state_hash(), listed(hive)) == before
        else:
            hive.reparent(manager, governor, index)
            assert hive.columns["governor"][16 * index + manager] == governor
        assert listed(hive) == by_column(hive)


def test_a_governor_sees_commands_and_is_paid_for_the_regions_that_it_has_adopted() -> None:
    hive = made()
    hive.reparent(0, 1)
    view = hive.observe(level="governor")[:, : 16 * ROOM].reshape(8, ROOM, 16)
    assert view[:, :, 0].sum(axis=1).tolist() == [3, 5, 4, 4, 4, 4, 4, 4]
    assert view[1, :, 15].tolist() == [1, 0, 0, 0, 0, 0]
    orders = np.zeros((8, ROOM), np.uint8)
    orders[1] = 1
    hive.step(idle(hive), {"governor": orders})
    assert np.flatnonzero(hive.columns["workforce"]).tolist() == [0, 4, 5, 6, 7]
    since = hive.counters()
    hive.columns["region_value"][0] += 5000
    assert np.flatnonzero(hive.components("governor", since)[:, 0]).tolist() == [1]


def test_a_reset_puts_regions_back_where_they_belong_in_the_worlds_that_it_resets() -> None:
    hive = made()
    hive.reparent(0, 1)
    hive.reparent(0, 1, world=1)
    hive.reset(worlds=np.array([True, False]))
    assert listed(hive)[:2] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert listed(hive)[4:6] == [[1, 2, 3], [0, 4, 5, 6, 7]]
    assert listed(hive) == by_column(hive)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((16, 0), "manager: expected an integer from 0 to 15"),
        ((-1, 0), "manager"),
        ((0.0, 0), "manager"),
        ((True, 0), "manager"),
        ((0, 4), "governor: expected an integer from 0 to 3"),
        ((0, None), "governor"),
        ((0, 1, 2), "world: expected an integer from 0 to 1"),
        ((0, 1, -1), "world"),
        ((0, 2), "governor: expected one of the hive of manager 0"),
    ],
)
def test_a_move_that_cannot_be_is_refused_by_name(arguments: tuple[Any, ...], named: str) -> None:
    hive = made()
    before = hive.state_hash(), listed(hive)
    with pytest.raises(ArgumentError, match=f"^{named}"):
        hive.reparent(*arguments)
    assert (hive.state_hash(), listed(hive)) == before


def test_nobody_moves_before_a_reset() -> None:
    with pytest.raises(ResetNeededError):
        Forage(TWO_HIVES).reparent(0, 1)


# --- by hand, and in snapshots -----------------------------------------------------------------


def test_governors_written_by_hand_are_listed_when_the_hive_resumes() -> None:
    hive = made()
    hive.columns["governor"][[0, 1]] = 1
    hive.columns["governor"][[16 + 9]] = 3
    hive.resume()
    assert listed(hive) == by_column(hive)
    assert listed(hive)[1] == [0, 1, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("regions", "governor", "message"),
    [
        ([0], 2, "under another hive"),
        ([0], 4, "values outside 0 to 3"),
        ([0, 1, 2], 1, "more than 6 regions under one governor"),
    ],
)
def test_a_chart_that_cannot_be_is_refused_and_changes_nothing(
    regions: list[int], governor: int, message: str
) -> None:
    hive = made()
    saved = hive.snapshot()
    saved["governor"][regions] = governor
    before = hive.state_hash(), listed(hive)
    with pytest.raises(SnapshotError, match=message):
        hive.restore(saved)
    assert (hive.state_hash(), listed(hive)) == before
    hive.columns["governor"][regions] = governor
    with pytest.raises(SnapshotError, match=message):
        hive.resume()


@pytest.mark.parametrize("orders", ["priorities", "squads"])
def test_orders_reports_and_adoptions_go_on_from_a_snapshot(orders: str, tmp_path: Any) -> None:
    """In memory and on disk, between two decisions, under orders that change all the time."""
    hive = made(orders=orders, sites_per_region=60, detection=0.3, fault_mean_ticks=30)
    hive.reparent(0, 1)
    march(hive, 23)
    kept = hive.snapshot()
    hive.save(tmp_path / "kept.hive")
    other = made(orders=orders, sites_per_region=60, detection=0.3, fault_mean_ticks=30)
    other.restore(kept)
    loaded = Forage.load(tmp_path / "kept.hive")
    rng = np.random.default_rng(0)
    for _ in range(12):
        actions, given = random_actions(hive, rng), random_orders(hive, rng)
        for one in (hive, other, loaded):
            one.step(actions, given)
        for one in (other, loaded):
            assert one.state_hash() == hive.state_hash()
            assert listed(one) == listed(hive)
            for level in hive.levels:
                np.testing.assert_array_equal(one.observe(level=level), hive.observe(level=level))
    check_lists(hive)


def test_a_report_made_while_a_list_overflows_counts_everybody() -> None:
    """All walk to one corner in a world whose lists have grown, and in one where they had not."""
    small, grown = (world(Size(64, 1, 1, 2, 2), crowd_capacity=14, **CLOCKS) for _ in range(2))
    grown.columns["member_room"][:] = 64
    grown.resume()
    overflowed = False
    for tick in range(60):
        if tick % 2:
            small.columns["member_room"][:] = small.columns["member_stay"]
        before = int(small.columns["member_room"].max())
        actions = idle(small)
        actions[:, 0] = (1, 4)[tick % 2]
        small.step(actions)
        grown.step(actions)
        overflowed |= int(small.columns["member_room"].max()) > before and tick % 2 == 1
        for level in ("manager", "governor", "orchestrator"):
            np.testing.assert_array_equal(small.observe(level=level), grown.observe(level=level))
    assert overflowed, "in a tick in which managers decide"
