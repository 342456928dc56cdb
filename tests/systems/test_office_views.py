"""What the upper levels see of offices: their own, those below, and who is cut off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import examples
from systems.worlds import TINY, march, world

from hive_env.enums import Condition, Cut
from hive_env.offices import presets
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

QUIET = replace(presets()["off"], practice_every=0, checkpoint_every=0.0)
FOUR = Size(64, 2, 2, 2, 2)
"""Sixteen regions in four sectors of four."""


def seen(hive: Forage, level: str) -> dict[str, np.ndarray]:
    """What the seats of a level see, by the name of the feature."""
    view = hive.observe(level=level)
    return dict(zip((one.name for one in hive.levels[level].features), view.T, strict=True))


@pytest.mark.jitless
def test_a_manager_sees_how_its_office_is():
    hive = world(FOUR, offices=QUIET)
    c, constants = hive.columns, hive.blueprint.constants
    c["member_condition"][3, 0] = Condition.DOWN
    c["member_condition"][3, 1] = Condition.MENDING
    c["member_condition"][3, 15] = Condition.DOWN
    c["office_level"][3], c["office_closed"][3] = 3, 1
    c["office_funds"][3] = int(constants["savings"]) // 4
    c["posture"][3], c["stand_in"][3] = 2, 1
    c["host_out"][0, 1] = 1
    found = seen(hive, "manager")
    assert [float(found[f"office_{name}"][3]) for name in ("closed", "level")] == [1, 1]
    assert found["office_up"][3] == np.float32(13 / 16)
    assert found["office_thin"][3] == np.float32(1 / 5)
    assert found["funds"][3] == np.float32(0.25)
    assert found["hosts_out"][3] == np.float32(1 / constants["hosts"])
    assert found["stood_in"].tolist() == [0, 0, 0, 1] + [0] * 12
    postures = [name for name in found if name.startswith("posture_")]
    assert [float(found[name][3]) for name in postures] == [0, 0, 1, 0]
    assert found["office_up"][4] == 1
    assert found["office_thin"][4] == 0


@pytest.mark.jitless
def test_a_governor_sees_the_offices_below_its_own_and_the_orphans_it_reaches():
    hive = world(FOUR, offices=QUIET)
    c = hive.columns
    c["office_closed"][2], c["office_level"][2] = 1, 3
    c["member_condition"][2, :4] = Condition.DOWN
    c["stand_in"][2] = 1
    c["office_closed"][17] = 1
    c["office_level"][16] = 1
    c["cut"][3] = Cut.ORCHESTRATOR | Cut.SIBLINGS
    found = seen(hive, "governor")
    slot = c["reports"][0].tolist().index(2)
    names = [f"r{slot}_{name}" for name in ("office_closed", "office_level", "office_up")]
    assert [float(found[name][0]) for name in names] == [1, 1, 0.75]
    assert found[f"r{slot}_stood_in"][0] == 1
    assert found["office_level"].tolist() == [np.float32(1 / 3), 0, 0, 0]
    assert found["office_closed"].tolist() == [0, 1, 0, 0]
    assert found["orphans"].tolist() == [np.float32(4 / 9), 0, np.float32(4 / 9), 0]
    assert found["cut_orchestrator"].tolist() == [0, 0, 0, 1]
    assert found["cut_siblings"].tolist() == [0, 0, 0, 1]


@pytest.mark.jitless
def test_an_orchestrator_sees_the_offices_of_governors_that_are_not_cut_off():
    hive = world(FOUR, offices=QUIET)
    c = hive.columns
    c["office_closed"][[16, 18]] = 1
    c["office_level"][[16, 18]] = 3
    c["cut"][2] = Cut.ORCHESTRATOR
    found = seen(hive, "orchestrator")
    for name, values in (
        ("office_closed", [1, 0, 0, 0]),
        ("office_level", [1, 0, 0, 0]),
        ("cut", [0, 0, 1, 0]),
    ):
        assert [float(found[f"s{slot}_{name}"][0]) for slot in range(4)] == values


@given(seed=st.integers(0, 1000))
@settings(max_examples=examples(10), deadline=None)
def test_everything_seen_of_offices_is_within_its_range(seed):
    hive = world(TINY, seed=seed, offices=replace(presets()["harsh"], fault_mean=32.0))
    for _ in range(4):
        march(hive, 16)
        for name in ("manager", "governor", "orchestrator"):
            view = hive.observe(np.full_like(hive.observe(level=name), np.nan), name)
            low = [one.low for one in hive.levels[name].features]
            high = [one.high for one in hive.levels[name].features]
            assert ((view >= low) & (view <= high)).all()


def test_without_offices_there_is_nothing_of_them_to_see_or_to_choose():
    plain, teams = world(FOUR), world(FOUR, offices=QUIET)
    for name in ("manager", "governor", "orchestrator"):
        few, more = plain.levels[name], teams.levels[name]
        assert len(more.features) == len({one.name for one in more.features})
        if name != "governor":
            assert more.features[: len(few.features)] == few.features
            assert more.choices[: len(few.choices)] == few.choices
        assert len(more.features) > len(few.features)
