"""The record of all that fails: presets, hours, and what is refused by name."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import FaultKind
from hive_env.errors import ConfigError
from hive_env.faults import Faults, Outages, PlannedFault, WorkerFaults, presets, ticks_of
from hive_env.scenarios.forage.levels import levels_of
from hive_env.sizes import SIZES

KILL = FaultKind.KILL


def shapes(faults: Faults | str) -> list[tuple[int, tuple[int, ...]]]:
    """Width of the observation, and the choices, of every level."""
    config = HiveConfig(SIZES["nano"], ForageConfig(faults=faults))
    return [(len(one.features), one.choices) for one in levels_of(config).values()]


def test_all_presets_have_the_same_spaces() -> None:
    assert len({str(shapes(name)) for name in presets()}) == 1


def test_a_preset_is_what_its_name_stands_for() -> None:
    for name, faults in presets().items():
        assert ForageConfig(faults=name).failing == faults
        assert ForageConfig(faults=faults).failing == faults


def test_the_default_preset_has_a_fault_of_an_office_every_256_ticks() -> None:
    office = presets()["default"].offices
    assert office is not None
    assert office.fault_mean / office.team == 256


def test_a_tick_of_ten_seconds_has_a_tenth_of_the_papers_ticks_and_changes_no_other_preset() -> (
    None
):
    one, ten = (ForageConfig(faults="paper", tick_seconds=length) for length in (1.0, 10.0))
    assert one.failing.workers.mean_ticks == 150 * 3600
    assert one.office_config.fault_mean == 10 * ten.office_config.fault_mean
    assert one.office_config.restart == 1800 == 10 * ten.office_config.restart
    for name in presets():
        if name != "paper":
            assert presets(10.0)[name] == presets()[name]


def test_hours_are_ticks_by_their_length() -> None:
    assert ticks_of(1.0, 1.0) == 3600
    assert ticks_of(0.5, 60.0) == 30


@pytest.mark.parametrize(
    "bad",
    [
        {"mean_ticks": -1.0},
        {"mean_ticks": math.nan},
        {"shape": 0.0},
        {"kill": 1.5},
        {"kill": 0.6, "delay": 0.6},
        {"corruption": math.nan},
        {"lag": 1},
        {"reserve": -1},
        {"reserve": 255},
        {"spawn_ticks": 0},
        {"garble": "random"},
    ],
)
def test_faults_of_workers_that_cannot_be_are_refused_by_name(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        WorkerFaults(**bad)
    assert caught.value.argument.split(", ")[0] in {*bad, "kill"}


@pytest.mark.parametrize(
    "bad",
    [{"region_mean": -1.0}, {"host_mean": 0.5}, {"length": 0.0}, {"hosts": 0}, {"share": 2.0}],
)
def test_outages_that_cannot_be_are_refused_by_name(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        Outages(**bad)


@pytest.mark.parametrize(
    ("planned", "argument"),
    [
        (PlannedFault(1, KILL, "worker", 512), r"schedule\[0\]\.seat"),
        (PlannedFault(1, KILL, "manager", 16), r"schedule\[0\]\.seat"),
        (PlannedFault(1, KILL, "governor", 4), r"schedule\[0\]\.seat"),
    ],
)
def test_a_schedule_that_names_who_is_not_there_is_refused(
    planned: PlannedFault, argument: str
) -> None:
    faults = Faults(schedule=(planned,))
    with pytest.raises(ConfigError, match=argument):
        HiveConfig(SIZES["nano"], ForageConfig(faults=faults))


def test_a_schedule_that_names_an_unknown_member_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"schedule\[0\]\.member"):
        Faults(schedule=(PlannedFault(1, KILL, "manager", 0, 16),))
    with pytest.raises(ConfigError, match=r"schedule\[0\]\.member"):
        Faults(offices=None, schedule=(PlannedFault(1, KILL, "manager", 0),))


@pytest.mark.parametrize(
    "bad",
    [
        {"workers": None},
        {"outages": 3},
        {"offices": "harsh"},
        {"partitions": 1},
        {"ledger": None},
        {"schedule": [1]},
        {"schedule": (1,)},
    ],
)
def test_records_of_another_kind_are_refused_by_name(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"^{next(iter(bad))}: "):
        Faults(**bad)


@pytest.mark.parametrize("bad", ["loud", 3, {"offices": None}])
def test_faults_that_are_none_are_refused_by_name(bad: Any) -> None:
    with pytest.raises(ConfigError, match=r"^faults: expected None, a Faults, or"):
        ForageConfig(faults=bad)


def test_plain_faults_are_those_of_the_task() -> None:
    assert WorkerFaults().plain
    assert not replace(WorkerFaults(), delay=0.1, kill=0.9).plain
