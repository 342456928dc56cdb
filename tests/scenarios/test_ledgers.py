"""Partitions and the ledger in whole Forage worlds: what travels, what waits, what is counted."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples
from systems.worlds import command, idle, march

from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Kind
from hive_env.enums import Cut
from hive_env.errors import SnapshotError
from hive_env.faults import Faults
from hive_env.offices import OfficeConfig, presets
from hive_env.partitions import Ledger, Partitions, PlannedPartition
from hive_env.scenarios import ledgers
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.ledgers import LedgerAccount, ledger_account
from hive_env.sizes import Size
from hive_env.systems import chart, sharing

FOUR = Size(64, 2, 1, 2, 2)
"""One hive of four sectors of two regions; 64 workers."""

TWO_HIVES = Size(64, 2, 1, 2, 1, 2, 1)
"""Two hives of two sectors of two regions, which are not neighbours in number."""

CLOCKS = {"manager_period": 4, "governor_period": 4, "orchestrator_period": 4}
BOTH = Cut.ORCHESTRATOR | Cut.SIBLINGS
ALWAYS = 1 << 30


def made(
    partitions: Partitions | None = None,
    size: Size = FOUR,
    worlds: int = 1,
    seed: int = 1,
    offices: OfficeConfig | None = None,
    ledger: Ledger | None = None,
    **forage: Any,
) -> Forage:
    """A lively world with a ledger, unless ``partitions`` is None; gossip every second tick."""
    faults = Faults(
        offices=offices, partitions=partitions, ledger=ledger or Ledger(gossip_period=2)
    )
    task = ForageConfig(
        **{**CLOCKS, "max_span": 4, "sites_per_region": 40, "detection": 0.3, **forage},
        faults=faults,
    )
    hive = Forage(HiveConfig(size, task), worlds, threads=1)
    hive.reset(seed)
    return hive


def cut(*plan: tuple[int, int, int, Cut]) -> Partitions:
    """Partitions by plan alone: (sector, begin, end, from whom)."""
    return Partitions(schedule=[PlannedPartition(*one) for one in plan])


def heal(hive: Forage) -> None:
    """End what was drawn, for good."""
    hive.columns["cut_drawn"][:] = 0
    hive.columns["cut_turn"][:] = 1 << 50


def claim(hive: Forage, region: int, sector: int) -> int:
    """Let a governor of the first world claim a region, and list who reports to whom."""
    values = {**hive.blueprint.constants, **hive.columns, "hive": 0, "world": 0}
    values |= {"region": region, "sector": sector}
    results = []
    for rule in (sharing.claim_region, chart.list_reports):
        names = inspect.signature(getattr(rule, "py_func", rule)).parameters
        results.append(rule(*(values[name] for name in names)))
    return int(results[0])


# --- off, and all links open ---------------------------------------------------------------------


def test_without_partitions_nothing_is_kept():
    hive = made(None)
    for column in (*ledgers.COLUMNS, *ledgers.LEDGER_COLUMNS):
        kept = column.kind is not Kind.STATIC and column.name != "cut"
        assert not kept or not hive.columns[column.name].size, column.name
    assert not hive.columns["cut"].any()
    march(hive, 8)
    got = ledger_account(hive)
    assert got == LedgerAccount(0, 0, 0, 0, 0, 0, 0, int(hive.columns["delivered"].sum()), 0)


@pytest.mark.parametrize("size", [FOUR, TWO_HIVES])
def test_with_all_links_open_the_ledger_changes_nothing_that_anybody_does_or_sees(size):
    """Two worlds, tick by tick; views as often as managers decide. Replicas are never apart."""
    bare, kept = made(None, size, 2), made(Partitions(), size, 2)
    shared = [c.name for c in bare.declared if c.kind is Kind.STATE and len(bare.columns[c.name])]
    for _ in range(24):
        for hive in (bare, kept):
            hive.step(hive.decide("scripted"), command(hive))
        for name in shared:
            np.testing.assert_array_equal(bare.columns[name], kept.columns[name], name)
        if kept.columns["tick"][0] % 4 == 0:
            for level in ("manager", "governor", "orchestrator"):
                np.testing.assert_array_equal(bare.observe(level=level), kept.observe(level=level))
    for world in range(2):
        got = ledger_account(kept, world)
        assert got.delivered == got.tallied > 0
        assert replace(got, delivered=0, tallied=0) == LedgerAccount(0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_a_world_diverges_alike_whatever_it_is_batched_with():
    """Another world of the batch is at another tick, so its rounds come at other times."""
    given = Partitions(6.0, 6.0)
    pair, alone = made(given, worlds=2), made(given, seed=2)
    march(pair, 3)
    pair.reset([1, 2], np.array([False, True]))
    for hive in (pair, alone):
        march(hive, 22)
    assert pair.state_hash(1) == alone.state_hash()
    assert ledger_account(pair, 1) == ledger_account(alone)
    assert ledger_account(alone).diverged > 0


# --- deliveries ----------------------------------------------------------------------------------


@given(
    seed=st.integers(0, 2**32),
    size=st.sampled_from([FOUR, TWO_HIVES]),
    gossip_period=st.integers(1, 4),
    length=st.floats(1, 60),
    shares=st.sampled_from([(0.5, 0.25), (1.0, 0.0), (0.0, 0.0), (0.0, 1.0)]),
    handed=st.lists(st.tuples(st.integers(1, 23), st.integers(0, 7), st.integers(0, 3))),
)
@settings(max_examples=examples(12), deadline=None)
def test_nothing_delivered_is_lost_or_counted_twice_through_any_partitions(
    seed, size, gossip_period, length, shares, handed
):
    """With regions that change hands meanwhile. The first round after the heal is exact.

    Until then no orchestrator ever counts more than was delivered.
    """
    given = Partitions(4.0, length, *shares)
    hive = made(given, size, 2, seed, ledger=Ledger(gossip_period=gossip_period))
    hives = hive.lengths["O"]
    hub = hive.columns["ledger_tally"].reshape(hives, -1, hive.lengths["z"], 4)[:, 0]
    sectors = hive.columns["region_hive"]
    changes = {tick: (region, sector) for tick, region, sector in handed}

    def delivered():
        by_region = hive.columns["delivered"].reshape(2, -1, 4)
        return np.array([[one[sectors == h].sum(axis=0) for h in range(hives // 2)]
                         for one in by_region]).reshape(hives, 4)  # fmt: skip

    for tick in range(24):
        march(hive, 1)
        assert (hub.sum(axis=1) <= delivered()).all()
        if tick in changes:
            region, sector = changes[tick]
            fits = hive.columns["sector_hive"][sector] == sectors[region]
            if fits and hive.columns["reports_count"][sector] < 4:
                hive.reparent(region, sector)
    heal(hive)
    march(hive, gossip_period)
    march(hive, -int(hive.columns["tick"][0]) % gossip_period)
    np.testing.assert_array_equal(hub.sum(axis=1), delivered())
    for world in range(2):
        got = ledger_account(hive, world)
        assert got.delivered == got.tallied
        assert got.in_flight == 0


def test_a_governor_cut_off_from_all_goes_on_by_itself():
    """Its managers get orders, its workers move between its regions and deliver, its ledger
    counts; the orchestrator hears of nothing."""
    hive = made(cut((1, 0, ALWAYS, BOTH)))
    c = hive.columns
    orders = command(hive)
    orders["governor"][1] = [1, 2, 0, 0]
    hive.step(hive.decide("scripted"), orders)
    assert c["workforce"][2:4].tolist() == [1, 2]
    assert (c["priority"][2:4] == orders["manager"][2:4, :4]).all()
    assert (c["home"].reshape(8, 8)[2] == 3).all()
    march(hive, 39)
    own = c["delivered"][2:4].sum(axis=0)
    assert own.sum() > 0
    np.testing.assert_array_equal(c["ledger_tally"][2, 2], own)
    assert not c["ledger_tally"][0, 2].any()
    got = ledger_account(hive)
    assert got.delivered - got.tallied == own.sum()
    assert got.partitions == 1
    assert got.cut_from_orchestrator == got.cut_from_siblings == 41
    assert got.diverged == 40
    assert got.in_flight > 0


# --- quotas --------------------------------------------------------------------------------------


def test_a_quota_given_during_a_cut_arrives_in_the_first_round_after_the_heal():
    """Sector 1 is cut off in ticks 3 to 12; rounds are in even ticks, decisions at 0, 4, 8, ..."""
    hive = made(cut((1, 3, 13, BOTH)))
    heard = []
    for tick in range(16):
        orders = {"orchestrator": np.full((1, 4), 3 if tick < 4 else 2, np.uint8)}
        hive.step(idle(hive), orders)
        heard.append(hive.columns["quota_heard"][:2, 0].tolist())
        shown = hive.observe(level="manager")[:, 106] * 3
        np.testing.assert_allclose(shown[:4], np.repeat(heard[-1], 2))
        shown = hive.observe(level="governor")[:2, 64] * 3
        np.testing.assert_allclose(shown, heard[-1])
    assert [one for one, _ in heard] == [1] + [3] * 4 + [2] * 11
    assert [one for _, one in heard] == [1] + [3] * 12 + [2] * 3
    assert hive.columns["quota"][0, 0] == 2


def test_managers_decide_and_are_paid_by_the_quota_that_their_sector_has_heard():
    hive = made(cut((1, 0, ALWAYS, BOTH)), demand_cold=1000, demand_hot=1000)
    hive.step(idle(hive), {"orchestrator": np.array([[0, 3, 3, 0]], np.uint8)})
    march(hive, 3, orchestrator="none")
    priorities = hive.decide("scripted", level="manager")[:, :4]
    assert (priorities[[0, 1, 4, 5, 6, 7]] == [0, 2, 2, 0]).all()
    assert (priorities[2:4] == 2).all()
    since = hive.counters("manager")
    hive.columns["picked"][:, 0] += 1
    hive.columns["paid"][:, 0] += 1
    hive.columns["delivered"][:, 0] += 1
    span = 8
    local = hive.components("manager", since)[:, 1] * span
    np.testing.assert_allclose(local, [-0.5, -0.5, 1, 1, -0.5, -0.5, -0.5, -0.5])
    local = hive.components("governor", since)[:, 1] * span
    np.testing.assert_allclose(local, [-0.5, 1, -0.5, -0.5])


def test_a_quota_reaches_a_sector_cut_off_from_the_orchestrator_by_its_siblings():
    hive = made(cut((1, 0, ALWAYS, Cut.ORCHESTRATOR)))
    for _ in range(4):
        hive.step(idle(hive), {"orchestrator": np.full((1, 4), 3, np.uint8)})
    assert (hive.columns["quota_heard"] == 3).all()


# --- what the orchestrator sees ------------------------------------------------------------------


def twins(*plan: tuple[int, int, int, Cut], ticks: int, **given: Any) -> list[tuple[Any, Any]]:
    """A world with partitions and one without, neither with an orchestrator: views by decision."""
    pair = made(cut(*plan), **given), made(None, **given)
    found = []
    for tick in range(ticks):
        for hive in pair:
            hive.step(hive.decide("scripted"), command(hive, orchestrator="none"))
        if (tick + 1) % 4 == 0:
            views = [hive.observe(level="orchestrator")[0].copy() for hive in pair]
            found.append((views[0][:64].reshape(4, 16), views[1][:64].reshape(4, 16)))
    return found


def test_the_orchestrator_keeps_its_last_picture_of_a_sector_that_is_cut_off():
    """Sector 2 in ticks 9 to 24: crowds, failures, orders and kinds stand as at 8; no deliveries
    are heard of, and what was known of stock fades by half at each age. All else is as it is."""
    found = twins((2, 9, 25, BOTH), ticks=28, ledger=Ledger(gossip_period=2, knowledge_period=8))
    counted = [0, 1, 2, 11, 12, 13, 14, 15]
    before = found[1][1][2]
    moved = False
    for at, (seen, true) in enumerate(found):
        tick = 4 * (at + 1)
        np.testing.assert_array_equal(seen[[0, 1, 3]], true[[0, 1, 3]])
        if not 9 <= tick <= 24:
            np.testing.assert_array_equal(seen[2], true[2])
            continue
        np.testing.assert_array_equal(seen[2, counted], before[counted])
        assert not seen[2, 7:11].any()
        moved = moved or (true[2, counted] != before[counted]).any()
    assert moved
    # A count c is told as c / (c + scale): c is what a view says over what it leaves.
    stock = [one[0][2, 3:7] / (1 - one[0][2, 3:7]) for one in found]
    assert (stock[2] > 0).all()
    np.testing.assert_allclose(stock[2] / stock[1], 1, atol=0.05)
    np.testing.assert_allclose(stock[3] / stock[2], 0.5, atol=0.05)
    np.testing.assert_allclose(stock[5] / stock[2], 0.25, atol=0.05)


def test_deliveries_and_stock_of_a_sector_reach_the_orchestrator_by_its_siblings():
    """Sector 2 is cut off from the orchestrator alone: what the ledger has is not late."""
    found = twins((2, 1, ALWAYS, Cut.ORCHESTRATOR), ticks=24)
    assert any(true[2, 7:11].any() for _, true in found)
    first = found[0][0]
    for seen, true in found:
        np.testing.assert_array_equal(seen[2, 7:11], true[2, 7:11])
        np.testing.assert_array_equal(seen[2, [1, 2, 11]], first[2, [1, 2, 11]])
        assert (seen[2, 3:7] >= true[2, 3:7] - 0.02).all(), "known stock is the most seen lately"
    assert found[-1][1][2, 1] != first[2, 1], "crowds moved meanwhile"


def test_an_orchestrator_whom_a_governor_does_not_report_to_does_not_ask_the_ledger():
    """Only a cut lets it look there; else it keeps stock and deliveries too as told last."""
    silent = replace(presets()["off"], practice_every=0, checkpoint_every=0.0)
    hive = made(Partitions(), offices=silent)
    march(hive, 12)
    role = [one.name for one in silent.roles].index("report")
    hive.columns["role_holder"][8 + 2, role] = 0
    hive.columns["office_filled"][8 + 2] &= ~(1 << role) & 0xFFFF
    before = hive.columns["told"].copy()
    march(hive, 12)
    np.testing.assert_array_equal(hive.columns["told"][2], before[2])
    assert (hive.columns["told"][[0, 1, 3]] != before[[0, 1, 3]]).any(axis=1).all()


# --- who governs ---------------------------------------------------------------------------------


def test_a_claim_within_reach_takes_effect_at_once_and_is_known_to_all_after_a_round():
    hive = made(Partitions())
    assert claim(hive, 4, 0) == 1
    c = hive.columns
    assert c["governor"][4] == 0
    assert c["reports_count"].tolist() == [3, 2, 1, 2]
    assert c["reports"][0, :3].tolist() == [0, 1, 4]
    march(hive, 2)
    register = c["region_register"][4]
    assert (c["ledger_order"][:, register] == 1).all()
    assert c["governor"][4] == 0
    assert ledger_account(hive).lost == 0


def test_a_claim_by_a_governor_who_is_cut_off_waits_for_the_heal():
    hive = made(cut((0, 0, 5, BOTH)))
    assert claim(hive, 4, 0) == 0
    owners = []
    for _ in range(6):
        march(hive, 1)
        owners.append(int(hive.columns["governor"][4]))
    assert owners == [2] * 5 + [0]
    assert hive.columns["reports"][0, :3].tolist() == [0, 1, 4]


@pytest.mark.parametrize("again", [0, 1])
def test_of_two_claims_that_did_not_know_of_each_other_the_later_stamp_wins(again):
    """By clock, then by place. The loser counts a lost order, the region goes to the winner."""
    hive = made(cut((0, 0, 5, BOTH), (1, 0, 9, BOTH)))
    claim(hive, 4, 0)
    claim(hive, 4, 1)
    if again:
        claim(hive, 4, 0)
    owners = []
    for _ in range(10):
        march(hive, 1, orchestrator="none")
        owners.append(int(hive.columns["governor"][4]))
    winner = 0 if again else 1
    assert owners == [2] * 5 + [0] * 4 + [winner]
    assert ledger_account(hive).lost == 1
    assert hive.columns["ledger_lost"].tolist() == ([0, 0, 1, 0, 0] if again else [0, 1, 0, 0, 0])
    march(hive, 8)
    assert hive.columns["governor"][4] == winner


@given(
    seed=st.integers(0, 2**32),
    max_span=st.sampled_from([3, 8]),
    claims=st.lists(
        st.tuples(st.integers(0, 15), st.integers(0, 7), st.integers(0, 3)), min_size=1, max_size=12
    ),
)
@settings(max_examples=examples(25), deadline=None)
def test_every_region_has_one_governor_and_after_the_heal_the_one_who_claimed_it_last(
    seed, max_span, claims
):
    """Random claims under random partitions. No span is ever exceeded, so where slots are short
    a region may stay elsewhere: only with a governor who has none free is its owner's due."""
    hive = made(Partitions(4.0, 8.0), seed=seed, max_span=max_span)
    c = hive.columns
    for tick in range(16):
        for _, region, sector in (one for one in claims if one[0] == tick):
            claim(hive, region, sector)
        hive.step(idle(hive), {})
        spans = np.bincount(c["governor"], minlength=4)
        assert spans.max() <= max_span
        np.testing.assert_array_equal(c["reports_count"], spans)
        for sector in range(4):
            mine = np.flatnonzero(c["governor"] == sector).tolist()
            assert c["reports"][sector, : len(mine)].tolist() == mine
    heal(hive)
    for _ in range(4):
        hive.step(idle(hive), {})
    owner = c["ledger_order"][0, c["region_register"]] - 1
    settled = (owner < 0) | (c["governor"] == owner)
    full = c["reports_count"][owner] == max_span
    assert (settled | full).all()
    assert set(owner[owner >= 0]) <= {sector for _, _, sector in claims}


def test_a_claim_for_which_there_is_no_slot_waits_until_there_is():
    hive = made(Partitions(), max_span=3)
    assert claim(hive, 2, 0) == 1
    assert claim(hive, 4, 0) == 0
    march(hive, 4)
    assert hive.columns["governor"][4] == 2
    assert claim(hive, 2, 1) == 1
    march(hive, 2)
    assert hive.columns["governor"][4] == 0
    assert hive.columns["reports_count"].tolist() == [3, 2, 1, 2]


def test_a_region_that_a_user_hands_over_stays_where_it_is():
    hive = made(Partitions())
    claim(hive, 4, 0)
    march(hive, 4)
    hive.reparent(4, 3)
    march(hive, 8)
    assert hive.columns["governor"][4] == 3


# --- blacklist -----------------------------------------------------------------------------------


def barred(hive: Forage, replica: int = 0) -> list[int]:
    """Whom a replica of the first hive has on its blacklist."""
    taken = hive.columns["ledger_tag"][replica] > 0
    return sorted(int(one) for one in hive.columns["ledger_barred"][replica][taken])


def outlaw(hive: Forage, region: int, *entities: int) -> None:
    """List workers as destroyed in a region."""
    hive.columns["outcast"][region, : len(entities)] = entities
    hive.columns["outcasts"][region] = len(entities)


def test_the_destroyed_are_barred_everywhere_and_what_finds_no_slot_waits():
    """Two slots, three outcasts: the third waits until the first two have stood their time."""
    hive = made(Partitions(), ledger=Ledger(2, 64, blacklist_slots=2, blacklist_ticks=6))
    outlaw(hive, 3, 70, 71, 72)
    march(hive, 2)
    assert all(barred(hive, replica) == [70, 71] for replica in range(5))
    assert hive.columns["outcasts"][3] == 1
    assert hive.columns["outcast"][3].tolist() == [72, 0, 0, 0]
    assert ledger_account(hive).refused == 1
    march(hive, 6)
    assert all(barred(hive, replica) == [72] for replica in range(5))
    assert not hive.columns["outcasts"].any()
    assert ledger_account(hive).refused == 3
    march(hive, 6)
    assert barred(hive) == []


def test_an_entry_stands_until_the_orchestrator_has_heard_of_it():
    hive = made(cut((1, 0, 13, BOTH)), ledger=Ledger(2, 64, 2, blacklist_ticks=4))
    outlaw(hive, 3, 70)
    march(hive, 12)
    assert barred(hive, 2) == [70]
    assert barred(hive) == []
    march(hive, 2)
    assert barred(hive) == [70]
    march(hive, 2)
    assert barred(hive) == []


def test_an_entry_stands_as_long_as_its_origin_cannot_know_that_it_was_heard_of():
    """It was heard of in the round at tick 2, but the sector is cut off when it is due at 6."""
    hive = made(cut((1, 5, 13, BOTH)), ledger=Ledger(2, 64, 2, blacklist_ticks=4))
    outlaw(hive, 3, 70)
    march(hive, 12)
    assert barred(hive, 2) == barred(hive) == [70]
    march(hive, 2)
    assert barred(hive, 2) == barred(hive) == []


# --- snapshots -----------------------------------------------------------------------------------


def test_a_world_goes_on_from_a_snapshot_in_the_middle_of_a_partition():
    hive = made(Partitions(4.0, 12.0), worlds=2)
    march(hive, 15)
    assert hive.columns["cut"].any()
    saved = hive.snapshot()
    twin = made(Partitions(4.0, 12.0), worlds=2, seed=9)
    twin.restore(saved)
    np.testing.assert_array_equal(twin.columns["quota_heard"], hive.columns["quota_heard"])
    for one in (hive, twin):
        march(one, 17)
    assert twin.state_hash() == hive.state_hash()
    for level in ("manager", "governor", "orchestrator"):
        np.testing.assert_array_equal(twin.observe(level=level), hive.observe(level=level))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cut", 4),
        ("cut_drawn", 4),
        ("cut_turn", -1),
        ("ledger_stamp", -1),
        ("ledger_stamp", 1 << 32 | 5),
        ("ledger_order", -1),
        ("ledger_order", 5),
        ("ledger_clock", -1),
        ("ledger_tag", -1),
        ("ledger_epoch", -1),
    ],
)
def test_a_snapshot_with_values_that_cannot_be_is_refused(name, value):
    hive = made(Partitions())
    saved = hive.snapshot()
    before = hive.state_hash()
    saved[name].reshape(-1)[-1] = value
    with pytest.raises(SnapshotError, match=name):
        hive.restore(saved)
    assert hive.state_hash() == before


def test_a_quota_above_three_is_refused():
    hive = made(Partitions())
    saved = hive.snapshot()
    saved["ledger_order"][0, 0] = 4
    with pytest.raises(SnapshotError, match="ledger_order"):
        hive.restore(saved)
