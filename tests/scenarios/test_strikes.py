"""What strikes the members of offices by plan, by outages, and from outside."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from strategies import JITLESS
from systems.office_calls import CORRUPT, DOWN, MENDED, MENDING, SLOW, TICK, UP

from hive_env.bench.measured import office
from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import Crew, FaultKind
from hive_env.errors import ArgumentError, ConfigError, ResetNeededError, SnapshotError
from hive_env.faults import Faults, Outages, PlannedFault
from hive_env.offices import presets
from hive_env.scenarios import offices, strikes
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.teams import Teams
from hive_env.sizes import Size
from hive_env.systems.members import NEVER

pytestmark = pytest.mark.jitless

SMALL = Size(24, 2, 2, 1, 1)
"""Four regions, one sector: offices 0 to 3 are of managers, 4 is of the governor."""

OFFICES = 5
CALM = replace(
    presets()["off"],
    crew=Crew.NOBODY,
    practice_every=0,
    checkpoint_every=0.0,
    delay_mean=1e7,
    corruption_mean=1e7,
)
OUT = Outages(host_mean=1e6, region_mean=1e6, hosts=2)


def world(config=CALM, schedule=(), outages=OUT, worlds=1):
    """A world that has been reset, of which only the offices are run."""
    faults = Faults(offices=config, outages=outages, schedule=tuple(schedule))
    hive = Forage(HiveConfig(SMALL, ForageConfig(faults=faults)), worlds=worlds)
    hive.reset(seed=0)
    return hive


def advance(hive, ticks=1):
    """Let offices go through some ticks, in which outages are what the test says."""
    for _ in range(ticks):
        hive.run_pass(strikes.ADVANCE)
        hive.columns["tick"] += 1


def conditions(hive):
    return hive.columns["member_condition"]


# --- plans ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("worlds", [1, 2])
def test_a_planned_fault_strikes_its_member_in_its_tick_and_nobody_else(worlds):
    plans = [
        PlannedFault(5, FaultKind.KILL, "manager", 2, 3),
        PlannedFault(5, FaultKind.OVERFLOW, "manager", 2, 4),
        PlannedFault(3, FaultKind.DELAY, "governor", 0, 1),
        PlannedFault(7, FaultKind.CORRUPTION, "manager", 0, 15),
        PlannedFault(7, FaultKind.KILL, "worker", 0),
    ]
    hive = world(CALM, plans, worlds=worlds)
    expected = np.zeros((worlds, OFFICES, 16), int)
    strikes_at = {5: [(2, 3, DOWN), (2, 4, DOWN)], 3: [(4, 1, SLOW)], 7: [(0, 15, CORRUPT)]}
    for tick in range(10):
        advance(hive)
        for where, member, condition in strikes_at.get(tick, []):
            expected[:, where, member] = condition
        assert (conditions(hive).reshape(expected.shape) == expected).all(), tick


def test_a_planned_kill_closes_an_office_at_the_first_instant_of_its_tick():
    """Nobody stands by, so the office is closed from then on, exactly."""
    plans = [PlannedFault(5, FaultKind.KILL, "manager", 1, 0)]
    hive = world(replace(CALM, members=1), plans)
    advance(hive, 9)
    columns = hive.columns
    assert columns["office_closed"].tolist() == [0, 1, 0, 0, 0]
    assert columns["closed_since"][1] == columns["open_time"][1] == 5 * TICK
    assert columns["closings"].tolist() == [0, 1, 0, 0, 0]


def test_a_plan_leaves_what_else_falls_on_its_instant():
    """A turn of practice and a snapshot at tick 8, when a member is killed: all three happen."""
    config = replace(CALM, practice_every=8, checkpoint_every=8.0)
    hive = world(config, [PlannedFault(8, FaultKind.KILL, "manager", 0, 0)])
    advance(hive, 9)
    columns = hive.columns
    assert columns["checkpoint_at"].tolist() == [8 * TICK] * OFFICES
    assert (columns["practised_at"].max(axis=(1, 2)) == 8 * TICK).all()
    assert columns["practised_at"][0, 0].max() == 0, "who is down practises nothing"
    assert columns["takeovers"].tolist() == [1, 0, 0, 0, 0]


@pytest.mark.parametrize("member", [13, 14])
def test_a_checkpoint_at_the_instant_of_a_strike_is_made_if_the_archive_is_served(member):
    """Member 14 serves it: struck at the very instant, nobody makes a checkpoint; 13 scouts."""
    config = replace(CALM, checkpoint_every=8.0)
    hive = world(config, [PlannedFault(8, FaultKind.KILL, "manager", 1, member)])
    assert hive.columns["role_holder"][1, hive.blueprint.constants["archive"]] == 15
    advance(hive, 9)
    made = [8 * TICK] * OFFICES
    made[1] = 0 if member == 14 else made[1]
    assert hive.columns["checkpoint_at"].tolist() == made


def test_an_archive_that_is_served_from_an_instant_on_makes_the_checkpoint_of_that_instant():
    config = replace(CALM, checkpoint_every=8.0)
    hive = world(config)
    columns, archive = hive.columns, hive.blueprint.constants["archive"]
    for office_, ready in enumerate((8 * TICK, 8 * TICK + 1)):
        columns["role_ready_at"][office_, archive] = ready
    advance(hive, 9)
    assert columns["checkpoint_at"].tolist() == [8 * TICK, 0, *[8 * TICK] * 3]


def test_offices_without_plans_and_outages_live_as_by_themselves():
    lively = replace(presets()["harsh"], fault_mean=60.0)
    hive, plain = (world(lively, outages=Outages()) for _ in range(2))
    for _ in range(60):
        advance(hive)
        plain.run_pass(offices.ADVANCE)
        plain.columns["tick"] += 1
    assert hive.state_hash() == plain.state_hash()
    assert hive.columns["office_events"].min() > 5


def test_a_plan_for_a_member_that_is_not_there_is_refused():
    for wrong in ({"member": 16}, {"seat": 4}, {"level": "governor", "seat": 1}):
        with pytest.raises(ConfigError, match=r"schedule\[0\]"):
            world(schedule=[replace(PlannedFault(1, FaultKind.KILL, "manager", 0), **wrong)])


# --- outages -------------------------------------------------------------------------------------


def test_an_outage_of_a_host_kills_those_who_run_on_it():
    """Of each role the second member, of every office of that world."""
    hive = world(worlds=2)
    hive.columns["host_hit"][1, 1] = hive.columns["host_out"][1, 1] = 1
    advance(hive)
    down = conditions(hive).reshape(2, OFFICES, 8, 2) == DOWN
    assert not down[0].any()
    assert down[1, :, :, 1].all()
    assert not down[1, :, :, 0].any()


def test_an_outage_of_a_region_kills_its_managers_office_and_no_governors():
    hive = world(worlds=2)
    hive.columns["region_hit"][4 + 2] = hive.columns["region_out"][4 + 2] = 1
    advance(hive)
    down = conditions(hive).reshape(2, OFFICES, 16) == DOWN
    assert down[1, 2].all()
    assert down.sum() == 16
    assert hive.columns["office_closed"].reshape(2, OFFICES)[1].tolist() == [0, 0, 1, 0, 0]


def test_an_outage_strikes_once_when_it_begins():
    hive = world()
    columns = hive.columns
    columns["host_hit"][:] = columns["host_out"][:] = 1
    advance(hive)
    assert (conditions(hive) == DOWN).all()
    conditions(hive)[:] = UP
    columns["host_hit"][:] = 0
    advance(hive, 3)
    assert (conditions(hive) == UP).all()


@pytest.mark.parametrize("column", ["region_hit", "host_hit"])
def test_a_share_of_those_concerned_is_struck_and_whom_depends_on_nothing_else(column):
    """Some 2,000 members at share .3, z = 5; the same ones where all were slow."""
    runs, worlds = [], 4 if JITLESS else 25
    for before in (UP, SLOW):
        hive = world(outages=replace(OUT, share=0.3), worlds=worlds)
        hive.columns[column][:] = 1
        conditions(hive)[:] = before
        advance(hive)
        runs.append(conditions(hive) == DOWN)
    assert (runs[0] == runs[1]).all()
    concerned = runs[0].reshape(worlds, OFFICES, 16)
    if column == "region_hit":
        assert not concerned[:, 4].any()
        concerned = concerned[:, :4]
    count = concerned.size
    assert abs(concerned.sum() - 0.3 * count) < 5 * math.sqrt(count * 0.21)


@pytest.mark.parametrize("crew", [Crew.EACH, Crew.RANDOM])
def test_nobody_comes_back_while_an_outage_lasts_and_then_all_do_who_are_mended(crew):
    """Repairs of a hundredth of a tick: without the outage all would be up in the same tick."""
    config = replace(CALM, crew=crew, resume=0.01, transfer=0.01, restart=0.01)
    hive = world(config)
    columns = hive.columns
    columns["host_hit"][0, 1] = columns["host_out"][0, 1] = 1
    for _ in range(4):
        advance(hive)
        columns["host_hit"][:] = 0
        down = conditions(hive).reshape(OFFICES, 8, 2) >= DOWN
        assert down[:, :, 1].all()
        assert not down[:, :, 0].any()
        assert not (columns["member_back_at"] < columns["tick"][0] * TICK).any()
    columns["host_out"][:] = 0
    advance(hive)
    assert (conditions(hive) == UP).all()


@pytest.mark.parametrize("crew", [Crew.FIRST, Crew.RANDOM, Crew.NEEDIEST, Crew.BY_ROLE])
def test_a_crew_goes_on_to_the_next_while_an_outage_keeps_whom_it_has_mended(crew):
    """Repairs of 3 ticks, 8 members for each crew, an outage of 120: all are back right after it.

    Nobody is mended twice: whoever has been keeps its return.
    """
    config = replace(CALM, crew=crew, resume=3.0, transfer=3.0, restart=3.0)
    hive = world(config)
    columns = hive.columns
    columns["host_hit"][0, 1] = columns["host_out"][0, 1] = 1
    mended = np.zeros((OFFICES, 16), bool)
    for tick in range(120):
        advance(hive)
        columns["host_hit"][:] = 0
        now = conditions(hive) == MENDED
        assert (mended <= now).all()
        assert (columns["member_back_at"][now] == (tick + 1) * TICK).all()
        working = (conditions(hive) == MENDING) & (columns["member_back_at"] < NEVER)
        left = np.isin(conditions(hive), (DOWN, MENDING))
        if crew is Crew.BY_ROLE:
            working, left = (one.reshape(OFFICES * 8, 2) for one in (working, left))
        assert (working.sum(axis=1) == left.any(axis=1)).all()
        mended = now
    assert (mended == (np.arange(16) % 2 == 1)).all()
    columns["host_out"][:] = 0
    offices.inject(hive, 0, 0, FaultKind.DELAY)
    assert (conditions(hive)[:, 1::2] == MENDED).all(), "between ticks the host is still out"
    advance(hive)
    assert (conditions(hive)[:, 1::2] == UP).all()


def test_who_is_slow_or_corrupt_goes_on_through_an_outage_of_its_host():
    """What keeps members from coming back does not keep one from getting well, or found out."""
    hive = world()
    columns = hive.columns
    columns["host_out"][:] = 1
    conditions(hive)[0, :2] = [SLOW, CORRUPT]
    columns["member_back_at"][0, :2] = TICK // 2
    columns["office_next_at"][0] = TICK // 2
    advance(hive)
    assert conditions(hive)[0, :2].tolist() == [UP, DOWN]


def test_in_a_world_with_outages_the_invariants_of_offices_hold():
    """80 whole ticks; and nobody whose host is out is up who was not when it went out."""
    harsh = replace(presets()["harsh"], fault_mean=200.0, resume=2.0, transfer=2.0, restart=2.0)
    outages = Outages(region_mean=30.0, host_mean=30.0, length=6.0, hosts=2, share=0.5)
    hive = world(harsh, outages=outages, worlds=2)
    columns, required = hive.columns, hive.blueprint.constants["required"]
    was = conditions(hive).copy()
    seen = 0
    for _ in range(80):
        hive.step(hive.decide("random"))
        out = columns["member_out"] == 1
        assert not (out & (was >= MENDING) & (conditions(hive) == UP)).any()
        seen += int(out.sum())
        was = conditions(hive).copy()
        filled = columns["office_filled"].astype(np.int64)
        assert (((filled & required) != required) == (columns["office_closed"] == 1)).all()
        for where, role in np.argwhere(columns["role_holder"] > 0):
            member = int(columns["role_holder"][where, role]) - 1
            assert was[where, member] < DOWN
            assert columns["member_duty"][where, member] == role + 1
        assert (columns["office_next_at"] >= columns["tick"][0] * TICK).all()
    assert seen > 1000


def test_whom_an_outage_keeps_is_known_to_a_world_that_is_restored():
    """A fault from outside comes between two ticks, before the outages of the next one are seen."""
    config = replace(CALM, crew=Crew.EACH, resume=0.01, transfer=0.01, restart=0.01)
    hive, other = world(config), world(config)
    hive.columns["host_hit"][0, 1] = hive.columns["host_out"][0, 1] = 1
    advance(hive, 2)
    other.restore(hive.snapshot())
    for one in (hive, other):
        offices.inject(one, 0, 0, FaultKind.KILL)
    assert (conditions(other)[0, 1::2] >= DOWN).all()
    assert (conditions(other) == conditions(hive)).all()


def test_a_snapshot_with_a_poison_that_is_not_known_is_refused():
    hive = world()
    kept = hive.snapshot()
    kept["member_poisoned"] = kept["member_poisoned"] + np.uint8(3)
    with pytest.raises(SnapshotError, match="member_poisoned"):
        hive.restore(kept)


# --- from outside --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FaultKind)
def test_a_fault_from_outside_is_as_one_that_is_planned_for_the_coming_tick(kind):
    """But for how long who is slow or corrupt stays so: that is drawn apart."""
    config = replace(presets()["default"], fault_mean=400.0, delay_mean=1e4, corruption_mean=1e4)
    planned = world(config, [PlannedFault(20, kind, "manager", 1, 6)], outages=Outages())
    given = world(config, outages=Outages())
    for hive in (planned, given):
        advance(hive, 20)
    offices.inject(given, 1, 6, kind)
    for hive in (planned, given):
        advance(hive, 10)
    for name in ("member_condition", "role_holder", "role_ready_at", "office_closed", "takeovers"):
        assert (planned.columns[name] == given.columns[name]).all(), name
    assert (planned.columns["office_next_at"] == given.columns["office_next_at"]).all()


def test_a_fault_from_outside_shows_at_once():
    made = Teams(office(1.0, roles=2, members=1, crew=Crew.NOBODY), 3)
    made.reset(0)
    made.tick(4)
    offices.inject(made, 1, 0, FaultKind.KILL)
    columns = made.columns
    assert columns["office_closed"].tolist() == [0, 1, 0]
    assert columns["closed_since"][1] == 4 * TICK
    assert columns["role_holder"][1].tolist() == [0, 2]
    assert columns["member_back_at"][1, 0] == NEVER
    made.tick()
    assert made.account().open_time == pytest.approx(5 * 3 - 1)


def test_who_is_down_lets_a_fault_from_outside_pass():
    made = Teams(office(1.0, roles=2, crew=Crew.NOBODY), 2)
    made.reset(0)
    offices.inject(made, 0, 1, FaultKind.KILL)
    before = made.state_hash()
    for kind in FaultKind:
        offices.inject(made, 0, 1, kind)
    assert made.state_hash() == before


def test_what_is_not_there_cannot_be_struck_and_nothing_changes():
    made = Teams(office(1.0), 3)
    with pytest.raises(ResetNeededError):
        offices.inject(made, 0, 0, FaultKind.KILL)
    made.reset(0)
    before = made.state_hash()
    for name, (where, member, kind) in {
        "office": (3, 0, FaultKind.KILL),
        "member": (0, 16, FaultKind.KILL),
        "kind": (0, 0, 0),
    }.items():
        with pytest.raises(ArgumentError, match=name):
            offices.inject(made, where, member, kind)
    for wrong in (-1, 0.0, True, None):
        with pytest.raises(ArgumentError, match="office"):
            offices.inject(made, wrong, 0, FaultKind.KILL)
    assert made.state_hash() == before


def test_a_world_without_offices_has_none_to_strike():
    hive = Forage(HiveConfig(SMALL))
    hive.reset(seed=0)
    with pytest.raises(ArgumentError, match="a world with offices"):
        offices.inject(hive, 0, 0, FaultKind.KILL)
