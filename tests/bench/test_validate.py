"""Validation: every gate of a task at some sizes, and the page that says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hive_env.bench.episodes import Trial
from hive_env.bench.validate import markdown, plan_of, validate, verdict
from hive_env.config import ForageConfig, HiveConfig
from hive_env.scenarios.controllers import Gate
from hive_env.scenarios.families import FAMILIES, FORAGE, family_named
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

SHORT = HiveConfig(Size.of("nano"), ForageConfig(episode_ticks=64))


def deaf(_: str) -> object:
    """Hear of no tick."""
    return lambda _: None


def short(*gates: Gate) -> Trial:
    """Return eight nano worlds of 64 ticks, of a task with these gates and few controllers."""
    task = FORAGE
    few = {name: task.controllers[name] for name in ("random", "reflex", "full", "expert")}
    return Trial(replace(task, controllers=few, gates=gates), SHORT, Forage(SHORT, 8))


def test_a_gate_that_fails_at_one_size_fails_the_task_and_is_named() -> None:
    good = short(Gate("reflex pays", "reflex", above=-9.0))
    bad = short(Gate("reflex pays", "reflex", above=-9.0), Gate("all is won", "full", low=9.0))

    assert validate([good], deaf)["holds"]
    report = validate([good, bad], deaf)
    assert [one["holds"] for one in report["trials"]] == [True, False]
    assert not report["holds"]
    assert verdict(report) == "These gates do not hold: all is won (forage at nano)."
    assert "| **no** |" in markdown(report)


def test_a_page_has_a_table_for_each_task_and_size() -> None:
    chess = short()
    chess = replace(chess, task=replace(chess.task, name="chess"))

    report = validate([short(), chess], deaf)
    page = markdown(report)
    assert verdict(report) == "Every gate holds: forage at nano, chess at nano."
    assert page.count("\n## ") == 2
    assert "\n## Chess at nano: 512 workers, 64 ticks, 8 seeds\n" in page


def test_every_controller_is_played_on_every_seed_and_told_of() -> None:
    told = []

    report = validate([short()], lambda name: told.append(name) or (lambda _: None))
    (one,) = report["trials"]
    assert told == ["random", "reflex", "full", "expert"]
    assert [row["controller"] for row in one["controllers"]] == told
    assert [len(row["u_by_seed"]) for row in one["controllers"]] == [8] * 4
    assert one["seeds"] == list(range(8))
    assert [gate["gate"] for gate in one["gates"]] == [
        "nobody beats the expert",
        "no U is above U_fluid, on any seed",
    ]


def test_the_sizes_are_nano_and_v0_with_the_seeds_that_the_gates_are_worded_for() -> None:
    nano, v0 = Size.of("nano"), Size.of("v0")

    assert plan_of(None, None) == [(nano, 16), (v0, 4)]
    assert plan_of(v0, None) == [(v0, 4)]
    assert plan_of(Size.of(3_200), None) == [(Size.of(3_200), 4)]
    assert plan_of(None, 8) == [(nano, 8), (v0, 8)]


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_every_gate_of_every_task_holds_at_nano_over_16_seeds(name: str) -> None:
    report = validate([Trial.of(family_named(name), Size.of("nano"), 16)], deaf)

    assert report["holds"], verdict(report)
