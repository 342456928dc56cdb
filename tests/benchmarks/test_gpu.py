"""The script for a GPU: what it compares, what it measures, and the page that it writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hive_env.bench.machine import provenance
from hive_env.errors import DeviceError
from hive_env.faults import presets
from hive_env.sizes import SIZES, Size

NANO = SIZES["nano"]


def nothing() -> None:
    """Hear of a step."""


def plan(**changes: Any) -> Any:
    from benchmarks.gpu import Plan

    return Plan(**{"batch": 2, "ticks": 2, "repeats": 2, "launches": 2, **changes})


# --- agreement ---------------------------------------------------------------------------------


@pytest.fixture
def simulator() -> None:
    """Numba's simulator of a GPU."""
    from hive_env.backends.cuda import simulated

    if not simulated():
        pytest.skip("set NUMBA_ENABLE_CUDASIM=1 and NUMBA_DISABLE_JIT=1 for the simulator")


@pytest.mark.cudasim
def test_under_the_simulator_hashes_are_compared_and_nothing_is_measured(
    simulator: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks.gpu import main

    kept, page = tmp_path / "gpu.json", tmp_path / "gpu.md"
    status = main(["--quick", "--quiet", "--json", str(kept), "--markdown", str(page)])

    found = json.loads(kept.read_text())
    assert status == 0
    assert found["simulated"]
    assert "measured" not in found
    assert {one["case"].split(",")[0] for one in found["agreement"]} == {"forage", "queue"}
    assert all(one["observations"] == one["rewards"] == 0 for one in found["agreement"])
    assert "No GPU has confirmed any figure yet" in page.read_text()
    assert page.read_text() in capsys.readouterr().out


@pytest.mark.cudasim
def test_the_simulator_is_not_asked_for_the_whole(
    simulator: None, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks.gpu import main

    assert main(["--quiet"]) == 1
    assert "--quick" in capsys.readouterr().err


def test_without_a_gpu_the_error_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks import gpu

    def none(device: str) -> None:
        raise DeviceError("device: 'cuda' needs numba-cuda: pip install 'hive-env[gpu]'")

    monkeypatch.setattr(gpu, "backend_for", none)

    assert gpu.main(["--quiet"]) == 1
    assert "hive-env[gpu]" in capsys.readouterr().err


def test_every_family_all_faults_batches_and_both_sizes_are_compared() -> None:
    from benchmarks.gpu_agreement import cases

    listed = cases()
    names = [case.name for case in listed]
    assert {case.family for case in listed} == {"forage", "queue"}
    assert {case.size for case in listed} == {NANO, SIZES["v0"]}
    assert max(case.worlds for case in listed) == 64
    assert min(case.ticks for case in listed) >= 64
    for faults in ("no faults", "default faults", "harsh faults"):
        assert {case.size for case in listed if case.about.startswith(faults)} >= {NANO}
    assert len(set(names)) == len(names)


def test_a_case_is_played_to_its_end_and_told_of() -> None:
    from benchmarks.gpu_agreement import Case, compare

    ticks = []
    case = Case("no faults", Size(512), 2, 3)
    found = compare(case, lambda: ticks.append(1), device="cpu")

    assert len(ticks) == 3
    assert found["case"] == "forage, no faults, 2 × 512 workers, 3 ticks"
    assert found["observations"] == found["rewards"] == 0


def test_the_first_column_and_row_that_differ_are_named() -> None:
    from benchmarks.gpu_agreement import Case, DisagreementError, need_same

    case = Case("no faults", NANO, 2, 1)
    (here, _), (there, _) = case.make("cpu"), case.make("cpu")
    need_same(here, there, "at first")
    there.permute(np.arange(1024).reshape(2, 512)[:, ::-1].ravel())
    need_same(here, there, "rows lie otherwise")
    row = 512 + int(np.argmax(there.columns["id"][512:] == 7))
    there.columns["cargo"][row] = 3

    with pytest.raises(DisagreementError) as caught:
        need_same(here, there, "tick 4")
    assert str(caught.value) == (
        "tick 4: column 'cargo' of world 1 differs first in row 7: [0] on the CPU, [3] on the GPU."
    )


# --- measurements ------------------------------------------------------------------------------


@pytest.mark.parametrize("faults", [None, "default"])
def test_stages_of_a_tick_are_timed_and_summed(faults: str | None) -> None:
    from benchmarks.gpu import config_of, world_rates

    given = presets()[faults] if faults else None
    found = world_rates(config_of(NANO, given), 2, plan(), nothing, device="cpu")

    seconds = {name: one["median"] for name, one in found["seconds"].items()}
    assert found["workers"] == 1024
    assert found["faults"] is (faults is not None)
    assert 0 < seconds["tick"] < seconds["observed"] < seconds["all"]
    assert seconds["tick"] < seconds["learned"]
    assert found["moved_bytes"] > 100


def test_a_single_world_has_the_launches_of_its_passes() -> None:
    from benchmarks.gpu import launch_time
    from hive_env.scenarios.forage import TICK

    found = launch_time(plan(), nothing, device="cpu")

    assert 5 < found["launches"] <= len(TICK)
    assert found["seconds"]["median"] > 0


@pytest.mark.cudasim
def test_copying_is_timed_between_events(simulator: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import gpu

    marks: Iterator[int] = iter(range(100))
    monkeypatch.setattr(gpu.Stopwatch, "mark", lambda _: next(marks))
    monkeypatch.setattr(gpu.Stopwatch, "seconds", lambda _: [2.0])

    assert gpu.copy_bandwidth(4096, 2, nothing)["median"] == 4096
    assert next(marks) == 6


def test_both_sizes_of_the_targets_are_measured_with_faults() -> None:
    from benchmarks.gpu import Plan, worlds_of

    listed = [(config.size.workers, worlds) for _, config, worlds in worlds_of(Plan())]

    assert (100_000_000, 1) in listed
    assert (512, 16_384) in listed


def test_what_does_not_fit_into_the_card_is_left_out_and_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from benchmarks import gpu

    monkeypatch.setattr(gpu, "backend_for", lambda _: SimpleNamespace(memory_bytes=lambda: 1 << 30))
    monkeypatch.setattr(gpu, "copy_bandwidth", lambda *_: spread(1e9))
    monkeypatch.setattr(gpu, "launch_time", lambda *_: {})
    monkeypatch.setattr(gpu, "world_rates", lambda *given: {"worlds": given[1]})
    told: list[str] = []

    found = gpu.measure(plan(sizes=(100_000, 100_000_000)), lambda key: told.append(key) or nothing)

    left = {key for key, _ in found["left_out"]}
    assert {key.split(",")[-1] for key in left} == {" no faults", " default faults"}
    assert all(key.startswith("100,000,000 workers") for key in left)
    assert len(found["worlds"]) == 4
    assert min(needs for _, needs in found["left_out"]) > 20e9
    assert told == ["copying", "launches", *found["worlds"]]


# --- the page ----------------------------------------------------------------------------------


def spread(value: float) -> dict[str, float]:
    return {"median": value, "min": value * 0.9, "max": value * 1.1}


def report(**changes: Any) -> dict[str, Any]:
    from benchmarks.gpu import RATES

    def world(workers: int, worlds: int, tick: float) -> dict[str, Any]:
        seconds = {name: spread(tick * (1 + number)) for number, name in enumerate(RATES)}
        return {
            "workers": workers,
            "worlds": worlds,
            "moved_bytes": 250.0,
            "seconds": seconds,
        }

    measured = {
        "copy": spread(4e12),
        "launch": {"launches": 20.0, "seconds": spread(100e-6)},
        "left_out": [],
        "worlds": {
            "100,000,000 workers, no faults": world(10**8, 1, 0.005),
            "100,000,000 workers, default faults": world(10**8, 1, 0.01),
            "16,384 nano worlds, default faults": world(16_384 * 512, 16_384, 0.002),
        },
    }
    agreement = [{"case": "forage", "hash": "0" * 16, "observations": 0.0, "rewards": 1.2e-7}]
    return {
        **provenance("gpu", None, 0),
        "quick": False,
        "simulated": False,
        "agreement": agreement,
        "card": {"name": "H200", "capability": "9.0", "memory_gib": 139.0},
        "measured": {**measured, **changes},
    }


def test_the_page_has_rates_shares_targets_and_launches() -> None:
    from benchmarks.gpu_page import markdown

    page = markdown(report())

    assert "10,000.0 (9,090.9–11,111.1)" in page, "the tick with faults, M worker-ticks/s"
    assert "250 B, 62 %" in page
    assert "default faults: **100.0, and 50.0 with all scripted and rewards**" in page
    assert "with observations, default faults: **1,048,576,000**" in page
    assert "100 µs (90–110) for 20.0 launches, 5.0 µs each" in page
    assert "GPU: H200, capability 9.0, 139.0 GiB" in page
    assert "1e-07" in page
    assert "warning" not in page


def test_what_does_not_fit_is_listed_and_its_target_is_not_measured() -> None:
    from benchmarks.gpu_page import markdown

    whole = report()["measured"]["worlds"]
    batch = {key: one for key, one in whole.items() if "nano" in key}
    left = [["100,000,000 workers, default faults", 30 << 30]]
    page = markdown(report(worlds=batch, left_out=left))

    assert "Left out: 100,000,000 workers, default faults, which would take 30.0 GiB." in page
    assert "at 100 ticks a second, default faults: **not measured**" in page


def test_a_quick_page_says_that_its_figures_mean_little() -> None:
    from benchmarks.gpu_page import markdown

    assert "its figures mean little" in markdown({**report(), "quick": True})


def test_the_page_in_the_docs_claims_nothing_that_no_gpu_has_shown() -> None:
    """Until a run on a GPU writes it anew."""
    page = (Path(__file__).parents[2] / "docs" / "gpu.md").read_text()

    assert "No GPU has confirmed any figure yet" in page or "GPU: NVIDIA" in page
    if "No GPU has confirmed" in page:
        assert page.count("**not measured**") == 2
