"""What leaves an office: its seat's order as it is, late, garbled, or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from systems.worlds import SMALL, TINY, command, idle, march, random_orders, world

from hive_env.ecs import Kind
from hive_env.enums import Condition, Garble, Standing
from hive_env.errors import ConfigError
from hive_env.offices import OfficeConfig, presets
from hive_env.scenarios.forage import Forage
from hive_env.sizes import SIZES
from hive_env.systems import mandates

QUIET = replace(
    presets()["off"], practice_every=0, checkpoint_every=0.0, standing=Standing.CARRY_ON
)
NAMES = [role.name for role in QUIET.roles]
ORDER = [2, 0, 1, 0, 3]
OTHER = [0, 2, 0, 1, 1]
EACH_TICK = {"manager_period": 1, "governor_period": 1, "orchestrator_period": 1}


def office_world(config: OfficeConfig = QUIET, **more: Any) -> Forage:
    """Four regions, each a manager with an office, and four governors; decisions every tick."""
    return world(TINY, offices=config, **{**EACH_TICK, **more})


def order(hive: Forage, manager: list[int], governor: int = 0) -> None:
    """A tick in which all managers give one order, and all governors another."""
    size = hive.config.size
    standing = int(hive.config.forage.office_config.standing)
    above = np.full((size.sectors, len(hive.levels["governor"].choices)), governor)
    above[:, -2:] = 0, standing
    given = {"manager": np.tile([*manager, 0], (size.regions, 1)), "governor": above}
    hive.step(idle(hive), given)


def holder(hive: Forage, office: int, role: str) -> int:
    """The member who serves a role of an office."""
    return int(hive.columns["role_holder"][office, NAMES.index(role)]) - 1


def standing(hive: Forage) -> Any:
    """The orders that stand in the regions: priorities and focus."""
    c = hive.columns
    return np.column_stack((c["priority"], c["focus"]))


def vacate(hive: Forage, office: int, role: str) -> None:
    """Take the holder of a role away, as the engine would note it."""
    c, at = hive.columns, NAMES.index(role)
    c["role_holder"][office, at] = 0
    c["office_filled"][office] &= ~(1 << at) & 0xFFFF
    c["office_closed"][office] = int(hive.blueprint.constants["required"]) >> at & 1


def test_offices_that_never_fail_change_nothing():
    plain, teams = (world(SIZES["nano"], worlds=2, offices=one) for one in (None, QUIET))
    for hive in (plain, teams):
        march(hive, 130)
    for column in plain.declared:
        if column.kind is Kind.STATE and not {"F", "X", "x"} & set(column.axes):
            np.testing.assert_array_equal(
                plain.columns[column.name], teams.columns[column.name], column.name
            )


@pytest.mark.jitless
@pytest.mark.parametrize("role", NAMES)
def test_no_order_leaves_an_office_with_a_critical_role_unfilled(role):
    hive = office_world()
    order(hive, ORDER)
    vacate(hive, 1, role)
    order(hive, OTHER)
    expected = np.tile(OTHER, (4, 1))
    if QUIET.roles[NAMES.index(role)].critical:
        expected[1] = ORDER
    np.testing.assert_array_equal(standing(hive), expected)


def test_no_order_ever_leaves_a_closed_office():
    """Under many faults of all kinds, in each of many ticks, where no governor stands in."""
    harsh = replace(presets()["harsh"], fault_mean=64.0, detect=2.0)
    hive = world(SMALL, worlds=4, offices=harsh, **EACH_TICK)
    c, rng, kept = hive.columns, np.random.default_rng(0), 0
    for _ in range(200):
        before = standing(hive), c["workforce"].copy()
        closed = c["office_closed"].reshape(4, -1) == 1
        orders = random_orders(hive, rng)
        orders["governor"][:, -2:] = 0
        orders["orchestrator"][:, -1] = 0
        hive.step(idle(hive), orders)
        # A corrupt governor may stand in or hold people whatever it was told.
        managers = closed[:, :4].ravel() & (c["stand_in"] + c["manager_standing"] == 0)
        np.testing.assert_array_equal(standing(hive)[managers], before[0][managers])
        for index in np.flatnonzero(closed[:, 4:].ravel()):
            regions = slice(4 * index, 4 * index + 4)
            np.testing.assert_array_equal(c["workforce"][regions], before[1][regions])
        kept += managers.sum() + closed[:, 4:].sum()
        filled = c["office_filled"] & int(hive.blueprint.constants["required"])
        np.testing.assert_array_equal(
            c["office_closed"] == 1, filled != hive.blueprint.constants["required"]
        )
    assert kept > 100


@pytest.mark.jitless
@pytest.mark.parametrize("orders", ["priorities", "squads"])
@pytest.mark.parametrize("rule", list(Standing))
def test_the_people_of_a_closed_office_go_on_by_its_standing_order(rule, orders):
    hive = office_world(replace(QUIET, standing=rule), orders=orders)
    c, side = hive.columns, hive.config.region_side
    given = ORDER if orders == "priorities" else [1 + 4 * 6 + 2] * 8
    order(hive, given, governor=2)
    before = c["task_priority"].copy(), c["task_zone"].copy()
    for office in range(8):
        vacate(hive, office, "decide")
    order(hive, [0] * len(given), governor=1)
    order(hive, [0] * len(given), governor=1)
    if rule is Standing.CARRY_ON:
        np.testing.assert_array_equal(c["task_priority"], before[0])
        np.testing.assert_array_equal(c["task_zone"], before[1])
        assert (c["workforce"] == 2).all()
        return
    assert not c["task_priority"].any()
    assert not c["workforce"].any()
    assert (c["task_zone"] == (21 if rule is Standing.RETREAT else 0)).all()
    if rule is Standing.RETREAT:
        c["x"][:] = (c["region_x0"][c["home"]] << 12) + 2048
        hive.resume()
        for _ in range(12):
            hive.step(hive.decide("scripted"))
        away = np.abs((c["x"] >> 12) - c["region_x0"][c["home"]] - side // 2)
        assert away.max() < side // 2 - 1


@pytest.mark.jitless
def test_when_an_office_opens_its_last_order_stands_again_though_nobody_gives_one():
    hive = office_world(replace(QUIET, standing=Standing.HOLD))
    order(hive, ORDER)
    hive.columns["office_closed"][1] = 1
    hive.step(idle(hive))
    assert standing(hive).tolist() == [ORDER, [0] * 5, ORDER, ORDER]
    hive.columns["office_closed"][1] = 0
    hive.step(idle(hive))
    assert standing(hive).tolist() == [ORDER] * 4


@pytest.mark.jitless
@pytest.mark.parametrize("role", NAMES)
def test_an_office_that_is_slow_acts_on_the_decision_before(role):
    hive = office_world()
    order(hive, ORDER)
    hive.columns["member_condition"][2, holder(hive, 2, role)] = Condition.SLOW
    order(hive, OTHER)
    late = QUIET.roles[NAMES.index(role)].critical
    expected = np.tile(OTHER, (4, 1))
    expected[2] = ORDER if late else OTHER
    np.testing.assert_array_equal(standing(hive), expected)
    order(hive, [1, 1, 1, 1, 0])
    assert standing(hive)[2].tolist() == (OTHER if late else [1, 1, 1, 1, 0])


@pytest.mark.jitless
@pytest.mark.parametrize("role", ["decide", "relay"])
@pytest.mark.parametrize("garble", list(Garble))
def test_a_corrupt_office_puts_out_anything_or_what_stood_or_the_opposite(role, garble):
    hive = office_world(replace(QUIET, garble=garble))
    order(hive, ORDER)
    hive.columns["member_condition"][0, holder(hive, 0, role)] = Condition.CORRUPT
    found = []
    for _ in range(40):
        order(hive, OTHER)
        found.append(standing(hive)[0].tolist())
        assert standing(hive)[1:].tolist() == [OTHER] * 3
    if garble is Garble.STUCK:
        assert found == [ORDER] * 40
    elif garble is Garble.ADVERSARIAL:
        assert found == [[2, 0, 2, 1, 3]] * 40
    else:
        for head, values in enumerate((3, 3, 3, 3, 5)):
            assert {one[head] for one in found} == set(range(values))


@pytest.mark.jitless
def test_a_stuck_office_repeats_what_left_it_and_not_what_it_kept_back_while_closed():
    hive = office_world(replace(QUIET, garble=Garble.STUCK))
    order(hive, ORDER)
    hive.columns["office_closed"][0] = 1
    order(hive, OTHER)
    hive.columns["office_closed"][0] = 0
    hive.columns["member_condition"][0, holder(hive, 0, "decide")] = Condition.CORRUPT
    order(hive, [1, 1, 1, 1, 0])
    assert standing(hive)[0].tolist() == ORDER


@given(
    wanted=st.integers(0, 4),
    stood=st.integers(0, 4),
    word=st.integers(0, 2**32 - 1),
    known=st.integers(0, 65_536),
)
def test_a_sound_office_errs_with_the_chance_that_it_lacks_in_quality(wanted, stood, word, known):
    out = mandates.put_out(wanted, stood, 5, word, known, False, int(Garble.STUCK))
    assert 0 <= out < 5
    if (word & 0xFFFF) < known:
        assert out == wanted


def test_a_backup_out_of_practice_decides_worse_and_passes_on_late():
    """Half forgotten: about half of all parts are drawn, half of all orders are late."""
    config = replace(QUIET, skill_decay=np.log(2) / 100)
    for role in ("decide", "relay"):
        hive = office_world(config)
        c = hive.columns
        member = holder(hive, 0, role)
        right = 0
        for _ in range(600):
            now = int(c["tick"][0]) << 16
            c["practised_at"][...] = now
            c["practised_at"][0, member] = now - (100 << 16)
            wanted = OTHER if c["tick"][0] % 2 else ORDER
            order(hive, wanted)
            right += int(standing(hive)[0, 4] == wanted[4])
            assert standing(hive)[1].tolist() == wanted
        expected = {"decide": 0.5 + 0.5 / 5, "relay": 0.5}[role]
        assert right / 600 == pytest.approx(expected, abs=5 * 0.5 / np.sqrt(600))


def test_governors_orders_pass_through_their_offices_likewise():
    hive = office_world()
    c = hive.columns
    order(hive, ORDER, governor=2)
    c["member_condition"][5, holder(hive, 5, "sense")] = Condition.SLOW
    vacate(hive, 6, "comply")
    order(hive, ORDER, governor=1)
    assert c["workforce"].tolist() == [1, 2, 2, 1]
    order(hive, ORDER, governor=0)
    assert c["workforce"].tolist() == [0, 1, 2, 0]


def test_an_unfilled_report_leaves_the_level_above_a_stale_picture():
    hive = world(SIZES["nano"], offices=QUIET)
    c = hive.columns
    march(hive, 64)
    vacate(hive, 3, "report")
    before = c["lately"].copy(), c["stock_seen"].copy()
    march(hive, 32)
    np.testing.assert_array_equal(c["lately"][3], before[0][3])
    np.testing.assert_array_equal(c["stock_seen"][3], before[1][3])
    assert (c["lately"] != before[0]).any()
    assert (c["stock_seen"] != before[1]).any()


def test_without_a_scout_a_manager_learns_of_sites_by_its_workers_alone():
    hive = office_world(detection=1.0)
    c = hive.columns
    c["site_known"][...] = 0
    vacate(hive, 0, "scout")
    hive.step(idle(hive), command(hive))
    assert not c["site_known"][0].any()
    assert c["site_known"][1:].all()


def test_a_sense_out_of_practice_finds_fewer_sites():
    hive = world(SMALL, offices=replace(QUIET, skill_decay=np.log(2) / 100), sites_per_region=500)
    c = hive.columns
    c["practised_at"][0, holder(hive, 0, "sense")] = -(100 << 16)
    constants = hive.blueprint.constants
    c["site_known"][...] = 0
    found = []
    for _ in range(60):
        c["site_known"][...] = 0
        c["practised_at"][1:] = int(c["tick"][0]) << 16
        march(hive, int(constants["manager_period"]))
        found.append(c["site_known"].sum(axis=1))
    share = np.sum(found, axis=0) / (60 * constants["sites"])
    assert share[0] < 0.7 * share[1:].mean()


@pytest.mark.parametrize(
    "bad", ["loud", 3, {"fault_mean": 1.0}], ids=["no preset", "a number", "a mapping"]
)
def test_offices_that_are_none_are_refused(bad):
    with pytest.raises(ConfigError, match=r"^offices: expected None or OfficeConfig"):
        world(TINY, offices=bad)
