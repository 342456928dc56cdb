"""The bench as a whole: its structure, never its speed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hive_env import cli
from hive_env.bench import machine, suite
from hive_env.bench.suite import (
    BATCH,
    ONE,
    ONE_FINE,
    PLAYED,
    PRESETS,
    SEAT,
    VIEWS,
    CaseError,
    Plan,
    cases_of,
    process,
)
from hive_env.config import HiveConfig
from hive_env.errors import ArgumentError
from hive_env.faults import presets
from hive_env.sizes import Size


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """Run the quick bench; return its result and its page."""
    folder = tmp_path_factory.mktemp("bench")
    result, page = folder / "b.json", folder / "b.md"
    assert cli.main(["bench", "--quick", "--quiet", "--sizes", "1e3,1e4", "--json", str(result),
                     "--markdown", str(page)]) == 0  # fmt: skip
    return json.loads(result.read_text()), page.read_text()


@pytest.mark.slow
def test_every_size_has_rates_bytes_and_peaks(quick: tuple[dict[str, Any], str]) -> None:
    report = quick[0]

    assert [case["workers"] for case in report["sizes"]] == [1_000, 10_000]
    for case in report["sizes"]:
        for spread in (
            case["reflex"]["tick"],
            case["reflex"]["decide"],
            case["random"]["tick"],
            case["observed"]["observe"],
            case["observed"]["tick_and_observe"],
        ):
            assert 0 < spread["min"] <= spread["median"] <= spread["max"]
        # What takes longer in every repeat is slower by each measure, however busy the machine is.
        observed = case["observed"]
        for measure in ("min", "median", "max"):
            assert observed["tick_and_observe"][measure] < observed["observe"][measure]
        assert case["held_bytes"]["state"] <= 48
        assert 0 < case["peak_bytes"]["VmHWM"] <= case["peak_bytes_observing"]["VmHWM"]


@pytest.mark.slow
def test_every_size_is_measured_with_levels_rewards_and_faults_on(
    quick: tuple[dict[str, Any], str],
) -> None:
    report = quick[0]

    assert [case["workers"] for case in report["played"]] == [1_000, 10_000]
    for case in report["played"]:
        # Seconds of a repeat add up, so those of the fastest and slowest bound their sum.
        whole, parts = case["step_and_decide"], (case["step"], case["decide"])
        assert 1 / whole["max"] >= sum(1 / one["max"] for one in parts) * (1 - 1e-9)
        assert 1 / whole["min"] <= sum(1 / one["min"] for one in parts) * (1 + 1e-9)
        for measure in ("min", "median", "max"):
            assert all(case["step"][measure] < case[part][measure] for part in ("tick", "reward"))
        assert case["moved_bytes_paying"] > 4
        assert case["peak_bytes"]["VmHWM"] > 0


@pytest.mark.slow
def test_the_machine_is_measured_on_one_thread_and_on_all(
    quick: tuple[dict[str, Any], str],
) -> None:
    limits, threads = quick[0]["limits"], quick[0]["threads"]

    for name in ("copy", "scatter"):
        for count in {1, threads}:
            assert limits[f"{name}_{count}"]["median"] > 0


@pytest.mark.slow
def test_a_batch_is_compared_with_worlds_of_as_many_workers(
    quick: tuple[dict[str, Any], str],
) -> None:
    batch = quick[0]["batch"]

    assert [batch[key]["worlds"] for key in (BATCH, ONE, ONE_FINE)] == [16, 1, 1]
    assert {case["workers"] for case in batch.values()} == {8_192}
    assert Size(**batch[ONE_FINE]["size"]).span == Size.of("nano").span


@pytest.mark.slow
def test_a_managers_step_and_the_views_of_the_upper_levels_stand_beside_ticks(
    quick: tuple[dict[str, Any], str],
) -> None:
    seat, views = quick[0]["levels"]["seat"], quick[0]["levels"]["views"]

    assert (seat["workers"], seat["managers"], seat["ticks"]) == (512, 16, 8)
    assert seat["ratio"]["min"] <= seat["step"]["max"] / seat["bare"]["min"]
    assert seat["ratio"]["max"] >= seat["step"]["min"] / seat["bare"]["max"]
    assert list(views["levels"]) == ["manager", "governor", "orchestrator"]
    seen = sum(level["min"] for level in views["levels"].values())
    assert 0 < seen / views["tick"]["max"] <= views["share"]["min"]


@pytest.mark.slow
def test_events_stand_beside_draws_and_every_preset_beside_the_world_without(
    quick: tuple[dict[str, Any], str],
) -> None:
    offices, worlds = quick[0]["faults"]["offices"], quick[0]["faults"]["presets"]["worlds"]

    for count in {1, quick[0]["threads"]}:
        assert offices[f"events_{count}"]["median"] > 0
        assert offices[f"draws_{count}"]["median"] > 0
    assert 1 < offices["draws_an_event"] < 2
    assert list(worlds) == ["none", *presets(), "default, consensus"]
    assert worlds["none"]["ratio"] == {"median": 1, "min": 1, "max": 1}
    assert all(world["tick"]["min"] > 0 for world in worlds.values())


@pytest.mark.slow
def test_the_result_says_where_it_comes_from(quick: tuple[dict[str, Any], str]) -> None:
    report = quick[0]

    assert report["schema"] == "hive_env.bench/1"
    assert report["quick"] is True
    assert report["machine"] == machine.describe()
    assert all(len(case["config_hash"]) == 16 for case in report["sizes"])


@pytest.mark.slow
def test_the_page_has_every_table_and_calls_a_quick_run_quick(
    quick: tuple[dict[str, Any], str],
) -> None:
    page = quick[1]

    assert page.startswith("# Benchmarks\n\n```{warning}\nThis page is from a quick run")
    assert page.count("\n## ") == 8
    assert page.count("\n| --") == 12
    assert not re.search(r"\bnan\b|\binf\b|None", page)


def test_the_full_plan_measures_what_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: 1 << 40)

    cases = {case.key: case.parameters for case in cases_of(Plan(), 2)}

    assert suite.SIZES == (10**5, 10**6, 10**7, 10**8)
    assert (cases[SEAT]["size"], cases[VIEWS]["size"]) == ("v0", "1m")
    assert cases[PRESETS]["size"] == "v0"
    episode = HiveConfig(Size.of("v0")).episode_ticks
    played = cases[PRESETS]["warm_up"] + cases[PRESETS]["repeats"] * cases[PRESETS]["ticks"]
    assert played <= episode
    assert cases["10,000,000 workers"]["observe"] == "by id"
    assert cases["100,000,000 workers"]["observe"] == "in chunks"
    assert [cases[f"{workers:,} workers, {PLAYED}"]["ticks"] for workers in suite.SIZES] == [
        64, 64, 8, 8,
    ]  # fmt: skip
    assert cases[BATCH]["worlds"] == 1_024
    assert Size(**cases[ONE_FINE]["size"]).regions == 16_384
    assert Size(**cases[ONE]["size"]).workers == 1_024 * 512


def test_streamed_observations_are_measured_like_those_by_id() -> None:
    size = cases_of(Plan.quickly(), 1)[1].parameters["size"]
    parameters = {"threads": 1, "size": size, "worlds": 1, "warm_up": 1, "ticks": 1, "repeats": 1,
                  "observe": "in chunks"}  # fmt: skip

    found = process("hive_env.bench", ["forage", json.dumps(parameters), '{"disable": true}'])

    assert found["observed"]["observe"]["median"] > 0


def test_a_size_that_does_not_fit_is_refused_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: 1 << 30)

    with pytest.raises(ArgumentError, match="size"):
        cases_of(Plan(), 2)


def test_the_steps_of_a_case_are_those_it_tells_of() -> None:
    from hive_env.bench.cases import CASES

    told = []
    for case in cases_of(Plan((256,), 2, 1 << 16, 512, 1, (256,), "nano", "nano", quick=True), 1):
        told.clear()
        CASES[case.name](**case.parameters, tell=lambda: told.append(1))
        assert len(told) == case.steps, case.key


def test_a_case_that_fails_is_an_error_that_names_it(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CaseError, match=r"hive_env\.bench limits: ended with status 1"):
        process("hive_env.bench", ["limits", "{}", '{"disable": true}'])

    assert "missing" in capfd.readouterr().err


def test_modules_come_from_where_this_process_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder named hive_env in the working directory does not stand in for the package."""
    (tmp_path / "hive_env").mkdir()
    (tmp_path / "hive_env" / "__init__.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)

    assert process("hive_env.bench.start", ["array"])["import_make_and_reset"] > 0
