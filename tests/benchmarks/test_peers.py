"""Measuring others beside hive_env: the plan, what becomes of failures, the page. No installs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest


def rate(median: float) -> dict[str, float]:
    return {"median": median, "min": median * 0.9, "max": median * 1.1}


def result(median: float, width: int = 64, **more: Any) -> dict[str, Any]:
    found = {"agents": 1_000, "observation_bytes": width, "steps": 10, "cores": 1.0}
    return {**found, "rate": rate(median), "versions": {"numpy": "2.0"}, **more}


def report(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    limits = {"bytes": 1 << 25, "threads": 2, "copy": rate(2e10), "store": rate(1e10)}
    machine = {"cpu": "a processor", "cores": 2, "memory_gib": 24.0, "system": "Linux"}
    versions = {"python": "3.11", "numpy": "2.0", "numba": "0.61"}
    return {
        "version": "0.1.0",
        "date": "2026-11-22",
        "seed": 0,
        "config_hash": None,
        "note": "",
        "machine": {**machine, **versions},
        "limits": {**limits, "scatter": rate(1e8)},
        "quick": False,
        "threads": 2,
        "seconds": 2.0,
        "repeats": 5,
        "scenarios": list(rows),
        **more,
    }


def row(theirs: Any, ours: Any, peer: str = "MAgent2", scenario: str = "map 1, raw") -> Any:
    return {"peer": peer, "scenario": scenario, "theirs": theirs, "ours": ours}


def lines_of(page: str, start: str) -> list[list[str]]:
    """Return the cells of the table rows that start with a name."""
    found = [line for line in page.splitlines() if line.startswith(f"| {start}")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found]


# --- the page -----------------------------------------------------------------------------------


def test_a_row_has_both_rates_their_ratio_and_the_bytes_of_both() -> None:
    from benchmarks.peers_page import markdown

    page = markdown(report(row(result(1e6, 3508, cores=0.96), result(12e6, cores=1.9))))

    steps, seen = lines_of(page, "MAgent2: map 1, raw")
    assert steps[1:6] == ["1,000", "1,000", "1 (0.9–1.1)", "12 (10.8–13.2)", "12 ×"]
    assert steps[6:] == ["1.0", "1.9", "6.06 ×"]
    assert seen[1:] == ["3,508", "64", "3.51", "0.768", "12 ×", "0.219 ×", "no"]


def test_a_rate_of_a_few_thousand_is_not_rounded_to_zero() -> None:
    from benchmarks.peers_page import markdown

    page = markdown(report(row(result(4_567, 1608), result(1e6))))

    assert lines_of(page, "MAgent2")[0][3] == "0.00457 (0.00411–0.00502)"


def test_what_failed_is_listed_with_its_reason_and_has_no_ratio() -> None:
    from benchmarks.peers_page import markdown

    rows = (
        row({"failed": "not installed: no such version"}, result(1e6), "VMAS", "spread"),
        row(result(1e6), {"failed": "took more than 300 s"}, "JaxMARL", "SMAX"),
    )
    page = markdown(report(*rows))

    assert lines_of(page, "VMAS")[0][3:6] == ["did not run", "1 (0.9–1.1)", "–"]
    assert lines_of(page, "JaxMARL")[0][3:6] == ["1 (0.9–1.1)", "did not run", "–"]
    assert "- VMAS: spread: not installed: no such version" in page
    assert "- hive_env beside JaxMARL: SMAX: took more than 300 s" in page


def test_a_page_without_failures_has_no_section_for_them() -> None:
    from benchmarks.peers_page import markdown

    assert "What did not run" not in markdown(report(row(result(1e6), result(2e6))))


def test_the_page_says_how_often_ten_times_magent2_is_reached() -> None:
    from benchmarks.peers_page import markdown

    rows = (
        row(result(1e6, 3508), result(11e6), scenario="map 1, raw"),
        row(result(1e6, 3508), result(9e6), scenario="map 2, raw"),
        row(result(1e6, 3380), result(99e6), scenario="map 2, PettingZoo"),
    )
    page = markdown(report(*rows))

    assert "512 bytes*: 1 of 2." in page
    assert (
        "not measured, for hive_env\nhas no" in page or "not measured, for hive_env has no" in page
    )


def test_equal_bytes_are_judged_only_where_observations_are_equally_wide() -> None:
    from benchmarks.peers_page import markdown

    rows = (
        row(result(1e6, 72), result(1.1e6), "VMAS", "narrow"),
        row(result(1e6, 508), result(2e6), "JaxMARL", "wide"),
        row(result(1e6, 0), result(2e6, 0), "mesa-frames", "none"),
    )
    page = markdown(report(*rows))

    # 1.1 times the agents at 64 bytes for 72 are fewer bytes.
    assert "in 0 of the 1 rows whose" in page
    assert "The other 1 rows" in page
    assert "more agent-steps in 1 and more bytes of observations in 0." in page
    assert "it is ahead in 1 of 1." in page


def test_a_quick_run_and_a_note_are_warned_of() -> None:
    from benchmarks.peers_page import markdown

    page = markdown(report(row(result(1e6), result(1e6)), quick=True, note="The machine was busy."))

    assert page.count("```{warning}") == 2
    assert "The machine was busy." in page
    assert "warning" not in markdown(report(row(result(1e6), result(1e6))))


def test_limits_that_were_not_measured_are_told_so() -> None:
    from benchmarks.peers_page import markdown

    page = markdown(report(row(result(1e6), result(1e6)), limits={"failed": "ended with status 1"}))

    assert "Not measured: ended with status 1." in page


# --- the plan -----------------------------------------------------------------------------------


@pytest.mark.parametrize("quick", [False, True])
def test_every_peer_has_a_scenario_a_worker_and_pinned_requirements(quick: bool) -> None:
    from benchmarks.peers import HERE, PEERS, Plan, scenarios

    assert {one.peer for one in scenarios(Plan.quickly() if quick else Plan())} == set(PEERS)
    for peer in PEERS:
        assert (HERE / "workers" / f"play_{peer}.py").is_file()
        needs = (HERE / "requirements" / f"{peer}.txt").read_text().split()
        assert all("==" in need for need in needs)
        assert any(need.startswith(f"{peer}==") for need in needs)


def test_hive_env_has_as_many_agents_as_the_peer_or_its_smallest_world() -> None:
    from benchmarks.peers import Plan, scenarios

    found = {one.title: one.ours for one in scenarios(Plan())}

    assert found["battle, map 45, raw"]["workers"] == 256
    assert found["battle, map 1000, raw"]["workers"] == 80_000
    batch = found["simple_spread, 4 × 10,000"]
    assert abs(batch["workers"] * batch["worlds"] - 40_000) <= 256
    assert found["grid walk and count"]["workers"] == 1_000_000
    assert not found["grid walk and count"]["pay"]


# --- running ------------------------------------------------------------------------------------


def test_a_process_that_fails_gives_the_last_line_that_it_said() -> None:
    from benchmarks.peers import PeerError, call

    with pytest.raises(PeerError, match=r"status 1: ValueError: no such thing"):
        call([sys.executable, "-c", "raise ValueError('no such thing')"], 60, dict(os.environ))


def test_a_process_that_hangs_is_ended() -> None:
    from benchmarks.peers import PeerError, call

    with pytest.raises(PeerError, match=r"took more than 0\.5 s"):
        call([sys.executable, "-c", "import time; time.sleep(60)"], 0.5, dict(os.environ))


def test_a_peer_that_cannot_be_installed_fails_in_every_row_and_is_tried_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from benchmarks import peers

    tried: list[str] = []

    def broken(peer: str, folder: Path, tell: Any) -> Path:
        tried.append(peer)
        raise peers.PeerError("no wheel")

    monkeypatch.setattr(peers, "installed", broken)
    monkeypatch.setattr(peers, "worked", lambda *_: result(1e6))
    found = peers.measure(peers.Plan.quickly(), 1, ["vmas", "jaxmarl"], tmp_path, 0, lambda _: None)

    assert tried == ["vmas", "jaxmarl"]
    assert len(found["scenarios"]) == 3
    for one in found["scenarios"]:
        assert one["theirs"] == {"failed": "not installed: no wheel"}
        assert one["ours"]["rate"]["median"] == 1e6


def test_a_measurement_that_fails_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from benchmarks import peers

    def worked(python: Any, worker: str, given: Any, variables: Any) -> Any:
        if given.get("name") == "SMAX":
            raise peers.PeerError("ended with status 1")
        return result(1e6)

    monkeypatch.setattr(peers, "installed", lambda *_: tmp_path)
    monkeypatch.setattr(peers, "worked", worked)
    found = peers.measure(peers.Plan.quickly(), 1, ["jaxmarl"], tmp_path, 0, lambda _: None)

    assert ["failed" in one["theirs"] for one in found["scenarios"]] == [False, True]


def test_a_row_of_hive_env_that_serves_two_scenarios_is_measured_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from benchmarks import peers

    measured: list[str] = []

    def worked(python: Any, worker: str, given: Any, variables: Any) -> Any:
        measured.append(worker)
        return result(1e6)

    monkeypatch.setattr(peers, "installed", lambda *_: tmp_path)
    monkeypatch.setattr(peers, "worked", worked)
    peers.measure(peers.Plan.quickly(), 1, ["mesa_frames"], tmp_path, 0, lambda _: None)

    assert measured == ["hive", "mesa_frames", "hive", "mesa_frames"]


def test_the_environment_of_a_peer_is_kept_and_one_cut_short_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from benchmarks import peers

    commands: list[Any] = []

    def call(command: Any, seconds: float, variables: Any) -> None:
        commands.append(command)
        if "venv" in command:
            Path(command[-1]).mkdir()

    monkeypatch.setattr(peers, "call", call)
    first = peers.installed("vmas", tmp_path, lambda _: None)
    again = peers.installed("vmas", tmp_path, lambda _: None)
    assert first == again
    assert len(commands) == 2

    (first.parent.parent / "installed").unlink()
    peers.installed("vmas", tmp_path, lambda _: None)
    assert len(commands) == 4


def test_what_peers_run_in_has_nothing_of_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.peers import limited, outside

    monkeypatch.setenv("PYTHONPATH", "/somewhere")

    assert "PYTHONPATH" not in outside()
    assert set(limited(3).values()) == {"3", "cpu", ""}


@pytest.mark.slow
def test_hive_env_is_measured_in_a_process_of_its_own() -> None:
    from benchmarks.peers import one_world, worked

    given = {**one_world(0, True, True), "threads": 1, "seconds": 0.01, "repeats": 2, "seed": 0}
    paths = os.pathsep.join(filter(None, sys.path))
    found = worked(sys.executable, "hive", given, {**os.environ, "PYTHONPATH": paths})

    assert found["agents"] == 256
    assert found["observation_bytes"] == 64
    assert 0 < found["rate"]["min"] <= found["rate"]["max"]
    assert set(found["versions"]) == {"numba", "numpy"}


def test_the_clock_resets_before_every_repeat_and_after_every_episode(tmp_path: Path) -> None:
    """With steps that take no time to speak of, so episodes end within a repeat."""
    import importlib.util

    from benchmarks.peers import HERE

    spec = importlib.util.spec_from_file_location("clock", HERE / "workers" / "clock.py")
    assert spec is not None
    assert spec.loader is not None
    clock = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(clock)
    lived, longest, resets = 0, 0, 0

    def step(number: int) -> int:
        nonlocal lived, longest
        lived += 1
        longest = max(longest, lived)
        return 7

    def reset() -> None:
        nonlocal lived, resets
        lived, resets = 0, resets + 1

    found = clock.measure(step, 0.002, 2, reset, 5)

    assert longest == 5
    assert resets >= 3
    assert len(found["rates"]) == 2


# --- the command line ---------------------------------------------------------------------------


@pytest.mark.parametrize("given", [["--only", "nobody"], ["--threads", "0"], ["--seed", "-1"]])
def test_an_argument_that_cannot_be_is_refused_in_words(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks.peers import parser

    with pytest.raises(SystemExit):
        parser().parse_args(given)
    assert "expected" in capsys.readouterr().err


def test_the_command_writes_its_result_and_its_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from benchmarks import peers

    def measure(*given: Any) -> dict[str, Any]:
        whole = report(row(result(1e6, 3508), result(2e6)))
        names = ("quick", "threads", "seconds", "repeats", "limits", "scenarios")
        return {name: whole[name] for name in names}

    monkeypatch.setattr(peers, "measure", measure)
    monkeypatch.setattr(peers, "hold_to", lambda _: None)
    kept, page = tmp_path / "peers.json", tmp_path / "peers.md"
    peers.main(["--quiet", "--threads", "1", "--json", str(kept), "--markdown", str(page)])

    written = json.loads(kept.read_text())
    assert written["schema"] == "hive_env.peers/1"
    assert written["scenarios"][0]["peer"] == "MAgent2"
    assert page.read_text().startswith("# Beside other environments")
    assert page.read_text() in capsys.readouterr().out
