"""What breaks down, from configuration to columns: what is refused, and what costs nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from systems.worlds import SMALL, world

from hive_env.config import ForageConfig, HiveConfig
from hive_env.enums import FaultKind
from hive_env.errors import ConfigError, SnapshotError
from hive_env.faults import Faults, Outages, PlannedFault, WorkerFaults, presets, ticks_of
from hive_env.scenarios.forage import Forage, blueprint_of
from hive_env.sizes import SIZES


@pytest.mark.parametrize(
    ("kind", "arguments", "named"),
    [
        (WorkerFaults, {"mean_ticks": -1.0}, "mean_ticks"),
        (WorkerFaults, {"mean_ticks": float("nan")}, "mean_ticks"),
        (WorkerFaults, {"mean_ticks": 0.5}, "mean_ticks"),
        (WorkerFaults, {"shape": 0.0}, "shape"),
        (WorkerFaults, {"kill": 0.7, "delay": 0.4}, "kill, delay, corruption"),
        (WorkerFaults, {"kill": float("nan")}, "kill"),
        (WorkerFaults, {"corruption_mean": 0.0}, "corruption_mean"),
        (WorkerFaults, {"delay_mean": float("inf")}, "delay_mean"),
        (WorkerFaults, {"lag": 1}, "lag"),
        (WorkerFaults, {"garble": 1}, "garble"),
        (WorkerFaults, {"spawn_ticks": 0}, "spawn_ticks"),
        (WorkerFaults, {"reserve": 255}, "reserve"),
        (Outages, {"region_mean": -3.0}, "region_mean"),
        (Outages, {"host_mean": 0.5}, "host_mean"),
        (Outages, {"length": 0.0}, "length"),
        (Outages, {"hosts": 0}, "hosts"),
        (Outages, {"share": 1.5}, "share"),
        (PlannedFault, {"tick": -1}, "tick"),
        (PlannedFault, {"kind": 0}, "kind"),
        (PlannedFault, {"level": "hive"}, "level"),
        (PlannedFault, {"member": 1}, "member"),
    ],
)
def test_a_number_that_cannot_be_is_refused_by_name(
    kind: Any, arguments: dict[str, Any], named: str
) -> None:
    if kind is PlannedFault:
        arguments = {"tick": 0, "kind": FaultKind.KILL, "level": "worker", "seat": 0, **arguments}
    with pytest.raises(ConfigError, match=named):
        kind(**arguments)


def test_a_schedule_that_names_an_unknown_worker_is_refused() -> None:
    plan = (PlannedFault(1, FaultKind.KILL, "worker", 64),)
    with pytest.raises(ConfigError, match=r"schedule\[0\].seat: expected a worker from 0 to 63"):
        HiveConfig(SMALL, ForageConfig(faults=Faults(offices=None, schedule=plan)))


def test_more_replacements_than_32_bits_name_are_refused() -> None:
    faults = Faults(WorkerFaults(kill=0.5, reserve=42), offices=None)
    with pytest.raises(ConfigError, match="reserve"):
        blueprint_of(HiveConfig(SIZES["100m"], ForageConfig(faults=faults)))


def test_a_mean_time_that_no_clock_holds_is_refused() -> None:
    task = ForageConfig(fault_mean_ticks=10**9, faults=Faults(WorkerFaults(kill=0.5), offices=None))
    with pytest.raises(ConfigError, match="mean_ticks"):
        blueprint_of(HiveConfig(SMALL, task))
    blueprint_of(HiveConfig(SMALL, ForageConfig(fault_mean_ticks=10**9)))


def test_a_hive_whose_faults_only_kill_holds_not_a_byte_more_for_each_worker() -> None:
    plain, same, kinds = (
        Forage(HiveConfig(SMALL, ForageConfig(faults=faults))).bytes()["worker"]
        for faults in (None, Faults(offices=None), "off")
    )
    assert plain == same
    assert kinds == plain + 64 * 25


def test_the_presets_differ_in_how_often_and_not_in_what_there_is() -> None:
    made = [Forage(HiveConfig(SMALL, ForageConfig(faults=name))) for name in presets()]
    for hive in made[1:]:
        assert hive.levels == made[0].levels
        assert hive.agents("worker") == 128
        assert hive.columns["incarnation"].shape == (64,)
    means = [presets()[name].workers.mean_ticks for name in ("mild", "default", "harsh")]
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize(
    ("hours", "seconds", "named"),
    [
        (float("nan"), 1.0, "hours"),
        (-1.0, 1.0, "hours"),
        (float("inf"), 1.0, "hours"),
        (1.0, 0.0, "tick_seconds"),
        (1.0, 1e-10, "tick_seconds"),
        (1.0, -1.0, "tick_seconds"),
        (1.0, float("nan"), "tick_seconds"),
        ("1", 1.0, "hours"),
    ],
)
def test_a_time_that_cannot_be_is_no_number_of_ticks(hours: Any, seconds: Any, named: str) -> None:
    with pytest.raises(ConfigError, match=f"^{named}"):
        ticks_of(hours, seconds)


def test_hours_are_ticks_of_their_seconds() -> None:
    assert ticks_of(2.0, 1.0) == 7200.0
    assert ticks_of(2.0, 10.0) == 720.0


@pytest.mark.parametrize(("name", "value"), [("ailment", 3), ("outcasts", 5)])
def test_a_snapshot_of_what_cannot_be_is_refused(name: str, value: int) -> None:
    hive = world(SMALL, faults="harsh")
    saved = hive.snapshot()
    saved[name][0] = value
    before = hive.state_hash()
    with pytest.raises(SnapshotError, match=name):
        hive.restore(saved)
    assert hive.state_hash() == before


def test_planned_faults_lie_in_order_of_their_ticks() -> None:
    plan = tuple(PlannedFault(9 - at, FaultKind.KILL, "worker", at) for at in range(9))
    hive = world(SMALL, faults=Faults(offices=None, schedule=plan))
    assert (np.diff(hive.columns["planned_tick"]) > 0).all()
    assert hive.columns["planned_worker"].tolist() == list(range(8, -1, -1))
