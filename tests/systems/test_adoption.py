"""Adoption: governors stand in for managers' offices, and take in the regions of siblings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples
from systems.worlds import idle, world

from hive_env.consensus import Consensus
from hive_env.enums import Condition, Cut
from hive_env.faults import Faults
from hive_env.offices import OfficeConfig, presets
from hive_env.partitions import Ledger, Partitions
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

QUIET = replace(presets()["off"], practice_every=0, checkpoint_every=0.0)
EACH_TICK = {"manager_period": 1, "governor_period": 1, "orchestrator_period": 1}
FOUR = Size(64, 2, 2, 2, 2)
"""Sixteen regions in four sectors of four."""

ORDER = [2, 0, 1, 0, 3]
OTHER = [0, 2, 0, 1, 1]


def office_world(config: OfficeConfig = QUIET, **more: Any) -> Forage:
    """Four governors of four regions each, with one slot more; decisions every tick."""
    return world(FOUR, offices=config, **{**EACH_TICK, **more})


def go(hive: Forage, manager: list[int], adopt: dict[int, int] | None = None) -> None:
    """A tick in which all managers give one order, and some governors adopt."""
    size, span = hive.config.size, hive.config.max_span
    above = np.zeros((size.sectors, span + 2), np.uint8)
    for sector, choice in (adopt or {}).items():
        above[sector, span] = choice
    hive.step(idle(hive), {"manager": np.tile([*manager, 0], (size.regions, 1)), "governor": above})


def close(hive: Forage, *offices: int, shut: int = 1) -> None:
    """Close offices, or open them, as if a critical role were unfilled."""
    hive.columns["office_closed"][list(offices)] = shut


def standing(hive: Forage, region: int) -> list[int]:
    """The order that stands in a region."""
    c = hive.columns
    return [*c["priority"][region].tolist(), int(c["focus"][region])]


TAKE_IN = 6
"""The governor's choice that takes in an orphan: after none and five slots."""


@pytest.mark.jitless
def test_a_governor_stands_in_for_a_closed_office_and_no_longer_when_it_is_open():
    hive = office_world()
    go(hive, ORDER)
    close(hive, 1)
    go(hive, OTHER)
    assert standing(hive, 1) == ORDER
    go(hive, OTHER, {0: 2})
    assert standing(hive, 1) == OTHER
    assert hive.columns["stand_in"].tolist() == [0, 1] + [0] * 14
    close(hive, 0)
    go(hive, ORDER, {0: 2})
    assert standing(hive, 0) == OTHER
    assert standing(hive, 1) == ORDER


@pytest.mark.jitless
def test_a_closed_governor_stands_in_for_nobody():
    hive = office_world()
    go(hive, ORDER, {0: 2})
    close(hive, 1, 16)
    go(hive, OTHER, {0: 2})
    assert standing(hive, 1) == ORDER


@pytest.mark.jitless
def test_a_governor_takes_in_the_nearest_orphan_while_it_has_a_slot_free():
    hive = office_world()
    c = hive.columns
    go(hive, ORDER)
    close(hive, 17)
    go(hive, ORDER, {0: TAKE_IN})
    moved = np.flatnonzero(c["governor"] != c["region_sector"])
    home = c["region_x0"][0], c["region_y0"][0]
    orphans = np.flatnonzero(c["region_sector"] == 1)
    far = np.abs(c["region_x0"][orphans] - home[0]) + np.abs(c["region_y0"][orphans] - home[1])
    assert moved.tolist() == [orphans[np.argmin(far)]]
    assert c["governor"][moved].tolist() == [0]
    assert c["reports_count"].tolist() == [5, 3, 4, 4]
    go(hive, ORDER, {0: TAKE_IN})
    assert c["reports_count"].tolist() == [5, 3, 4, 4]
    close(hive, 17, shut=0)
    go(hive, ORDER, {0: TAKE_IN})
    assert c["reports_count"].tolist() == [5, 3, 4, 4]
    go(hive, ORDER)
    assert (c["governor"] == c["region_sector"]).all()
    assert c["reports_count"].tolist() == [4, 4, 4, 4]
    hive.resume()


@pytest.mark.jitless
def test_nobody_takes_in_what_he_does_not_reach():
    hive = office_world()
    c = hive.columns
    go(hive, ORDER)
    close(hive, 17)
    c["cut"][1] = Cut.SIBLINGS
    go(hive, ORDER, {0: TAKE_IN, 2: TAKE_IN})
    assert (c["governor"] == c["region_sector"]).all()


@given(seed=st.integers(0, 2**31 - 1))
@settings(max_examples=examples(30), deadline=None)
def test_whatever_governors_adopt_every_region_is_in_one_list_and_no_list_is_too_long(seed):
    hive = office_world()
    c, rng = hive.columns, np.random.default_rng(seed)
    for _ in range(12):
        c["office_closed"][16:] = rng.integers(0, 2, 4)
        c["cut"][:] = rng.integers(0, 4, 4)
        go(hive, ORDER, dict(enumerate(rng.integers(0, TAKE_IN + 1, 4).tolist())))
        counts = c["reports_count"]
        assert counts.max() <= hive.config.max_span
        listed = [c["reports"][s, : counts[s]].tolist() for s in range(4)]
        assert sorted(one for regions in listed for one in regions) == list(range(16))
        for sector, regions in enumerate(listed):
            assert regions == sorted(regions)
            assert (c["governor"][regions] == sector).all()


def test_a_region_that_was_taken_in_gets_the_new_governors_orders():
    hive = office_world()
    c = hive.columns
    go(hive, ORDER)
    close(hive, 17)
    go(hive, ORDER, {0: TAKE_IN})
    region = int(np.flatnonzero(c["governor"] != c["region_sector"])[0])
    slot = c["reports"][0].tolist().index(region)
    above = np.zeros((4, 7), np.uint8)
    above[0, slot] = 2
    above[0, 5] = TAKE_IN
    hive.step(idle(hive), {"governor": above})
    assert c["workforce"][region] == 2


def test_an_adoption_is_entered_in_the_ledger_and_replaces_an_earlier_claim():
    """Else the region would go where its governor has heard that it belonged."""
    faults = Faults(offices=QUIET, partitions=Partitions(), ledger=Ledger(gossip_period=1))
    hive = world(FOUR, faults=faults, **EACH_TICK)
    c, size = hive.columns, hive.config.size
    own = np.flatnonzero(c["region_sector"] == 2)
    for region in own.tolist():
        hive.reparent(region, 1)
        hive.reparent(region, 2)
    go(hive, ORDER)
    close(hive, size.regions + 2)
    go(hive, ORDER, {0: TAKE_IN})
    (taken,) = own[c["governor"][own] == 0]
    for _ in range(3):
        go(hive, ORDER, {0: TAKE_IN})
    assert c["governor"][taken] == 0
    assert (c["ledger_order"][:, c["region_register"][taken]] == c["sector_place"][0]).all()


def shift_slots(hive: Forage) -> None:
    """Let governor 1 order by what it sees while it takes in an orphan of a lower number."""
    close(hive, 16)
    above = np.zeros((4, 7), np.uint8)
    above[1, :4] = 1, 0, 2, 0
    above[1, 5] = TAKE_IN
    hive.step(idle(hive), {"governor": above})


@pytest.mark.jitless
def test_an_order_reaches_the_regions_it_was_about_though_slots_are_dealt_anew():
    """With consensus: decided in the tick of an adoption, issued some ticks later."""
    config = replace(QUIET, consensus=Consensus())
    clocks = {"manager_period": 8, "governor_period": 16, "orchestrator_period": 16}
    hive = world(FOUR, offices=config, **clocks)
    c = hive.columns
    for _ in range(64):
        hive.step(idle(hive))
    seen = c["reports"][1, :4].tolist()
    shift_slots(hive)
    for _ in range(7):
        hive.step(idle(hive))
    assert c["reports_count"].tolist() == [3, 5, 4, 4]
    assert c["reports"][1, :5].tolist() != [*seen, 0]
    expected = dict(zip(seen, (1, 0, 2, 0), strict=True))
    assert c["workforce"].tolist() == [expected.get(region, 0) for region in range(16)]


@pytest.mark.jitless
def test_an_order_that_goes_out_late_is_about_the_regions_of_then():
    hive = office_world()
    c = hive.columns
    seen = c["reports"][1, :4].tolist()
    shift_slots(hive)
    before = c["workforce"].copy()
    assert c["reports_count"][1] == 5
    decider = int(c["role_holder"][17, [role.name for role in QUIET.roles].index("decide")]) - 1
    c["member_condition"][17, decider] = Condition.SLOW
    go(hive, ORDER, {1: TAKE_IN})
    np.testing.assert_array_equal(c["workforce"], before)
    assert {region: int(c["workforce"][region]) for region in seen} == dict(
        zip(seen, (1, 0, 2, 0), strict=True)
    )


@pytest.mark.jitless
def test_a_region_that_the_user_put_elsewhere_stays_there_and_takes_no_stand_in_along():
    hive = office_world()
    c = hive.columns
    close(hive, 1)
    go(hive, ORDER, {0: 2})
    assert c["stand_in"][1]
    assert hive.reparent(1, 2)
    assert not c["stand_in"][1]
    before = standing(hive, 1)
    for _ in range(3):
        go(hive, OTHER)
    assert c["governor"][1] == 2
    assert standing(hive, 1) == before


def test_one_order_takes_in_one_orphan():
    """However often governors' turns come without an action."""
    hive = world(FOUR, offices=QUIET, max_span=8, **EACH_TICK)
    c = hive.columns
    close(hive, 17)
    above = np.zeros((4, 10), np.uint8)
    above[0, 8] = 9
    hive.step(idle(hive), {"governor": above})
    for _ in range(5):
        hive.step(idle(hive))
    assert c["reports_count"].tolist() == [5, 3, 4, 4]
    hive.step(idle(hive), {"governor": above})
    assert c["reports_count"].tolist() == [6, 2, 4, 4]
