"""The command line: what it accepts, what it refuses, and what it leaves behind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from hive_env import __version__, cli
from hive_env.bench import arguments, machine, scales
from hive_env.config import ForageConfig, HiveConfig
from hive_env.render.view import WIDTHS
from hive_env.scenarios.controllers import Crew, Gate
from hive_env.scenarios.families import FAMILIES, FORAGE
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

WRONG = {
    "": "required: command",
    "fly": "invalid choice: 'fly'",
    "run --size foo": "got foo",
    "run --size 12": "got 12",
    "run --size inf": "got inf",
    "run --size 1e3.5": "got 1e3.5",
    "run --seed -1": "got -1",
    "run --seed x": "got x",
    "run --seed 18446744073709551616": "got 18446744073709551616",
    "run --policy x": "--policy: expected one of random, open_loop, .*expert, got x",
    "run --task chess": "task: expected one of forage, queue, got chess",
    "run --episodes 0": "got 0",
    "run --threads 0": "got 0",
    "run --json /nowhere/at/all": "got /nowhere/at/all",
    "run --json .": "it is a folder",
    "run --picture hive.gif": "ends in .png",
    "run --width 319": "from 320 to 8192, got 319",
    "run --ticks 0": "got 0",
    "run --ticks 2 --episodes 2": "not allowed with",
    "run --size nano --ticks 513": "--ticks: expected at most the 512 of an episode, got 513",
    "run --picture a.png --no-picture": "not allowed with",
    "run --bogus": "--bogus",
    "run --size": "expected one argument",
    "ladder --seeds 1": "got 1",
    "ladder --policies reflex,x": "--policies: .*got x",
    "ladder --policies reflex,": "got reflex,",
    "ladder --task queue --policies pheromone": "--policies: .*got pheromone",
    "validate --seeds 1": "got 1",
    "validate --size foo": "got foo",
    "validate --json /nowhere/at/all": "got /nowhere/at/all",
    "scales --size nano": "--size",
    "ladder --policies reflex,reflex": "got reflex,reflex",
    "bench --sizes 1e9": "got 1e9",
    "bench --sizes 1e5,x": "got 1e5,x",
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command leaves in the working folder goes with the test."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("line", WRONG)
def test_wrong_input_ends_with_one_line_that_names_it_and_status_2(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(line.split())

    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert re.match(r"hive-env( \w+)?: error: ", err)
    assert re.search(WRONG[line], err)
    assert list(tmp_path.iterdir()) == []


def test_a_world_that_cannot_fit_into_memory_is_refused_before_it_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: 1 << 30)

    status = cli.main(["run", "--size", "100m", "--no-picture"])

    assert status == 2
    assert "1.0 GiB" in capsys.readouterr().err


def test_a_failure_while_writing_is_one_line_and_status_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)

    status = cli.main(["run", "--size", "nano", "--no-picture", "--quiet", "--json", "r.json"])

    err = capsys.readouterr().err
    assert (status, err.count("\n")) == (1, 1)
    assert "No space left on device" in err


def test_checking_that_a_file_can_be_written_changes_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text("old")

    assert arguments.writable(str(kept)) == kept
    assert arguments.writable(str(tmp_path / "new.json")) == tmp_path / "new.json"
    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]
    assert kept.read_text() == "old"


def test_run_plays_scores_and_leaves_a_picture_and_a_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A narrow terminal would cut the bar.
    monkeypatch.setenv("COLUMNS", "160")
    status = cli.main(["run", "--size", "nano", "--seed", "3", "--json", "result.json"])

    out, err = capsys.readouterr()
    report = json.loads((tmp_path / "result.json").read_text())
    assert status == 0
    assert [line.split("  ")[0] for line in out.splitlines()] == [
        "U per worker",
        "score",
        "agent-steps/s",
        "U / U_fluid",
        "seconds",
        "memory",
        "state hash",
        "picture",
    ]
    assert (tmp_path / "hive-v0.png").read_bytes().startswith(b"\x89PNG")
    assert "100%" in err
    assert "full" in err
    assert re.search(r"[\d.]+ GiB, peak [\d.]+", err)
    assert report["schema"] == "hive_env.run/1"
    assert (report["task"], report["policy"]) == ("forage", "full")
    assert (report["version"], report["seed"], report["workers"]) == (__version__, 3, 512)
    assert report["config_hash"] == HiveConfig(Size.of("nano")).config_hash()
    assert set(report["machine"]) == set(machine.describe())
    assert report["u_random"] < report["u_per_worker"] < report["u_expert"]
    assert 0 < report["score"] < 1
    assert 0 < report["u_over_fluid"] < 1
    assert report["agent_steps_per_second"] > 0
    assert report["picture"] == "hive-v0.png"


def test_the_first_ticks_of_a_hive_with_faults_are_measured_and_pictured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = "--faults default --ticks 9 --picture whole.png --width 500 --json whole.json"
    status = cli.main(["run", "--size", "256", *options.split()])

    out, err = capsys.readouterr()
    report = json.loads((tmp_path / "whole.json").read_text())
    simulation = Forage(HiveConfig(Size.of(256), ForageConfig(faults="default")))
    simulation.reset(0)
    crew = Crew(simulation, FORAGE.under("default").controllers["full"])
    for _ in range(9):
        crew.tick()
    with Image.open(tmp_path / "whole.png") as image:
        assert image.size[0] == 500
    assert status == 0
    assert "too few for a score" in out
    assert "100%" in err
    assert report["state_hash"] == f"{simulation.state_hash():016x}"
    assert (report["faults"], report["ticks"], report["score"]) == ("default", 9, None)
    parts = report["seconds_by_part"]
    assert list(parts) == ["make", "reset", "orders", "decisions", "ticks", "hash", "picture"]
    assert report["agent_steps_per_second"] == pytest.approx(9 * 256 / report["seconds"])
    memory = report["memory"]
    assert 0 < memory["columns_bytes"] < memory["resident_bytes"] <= memory["peak_bytes"]


def test_run_tells_the_metrics_when_asked_and_plays_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = "run --task queue --size 256 --ticks 16 --quiet --no-picture --json"
    assert cli.main([*options.split(), "plain.json"]) == 0
    assert "worker_utilization" not in capsys.readouterr().out
    assert cli.main([*options.split(), "told.json", "--metrics"]) == 0
    out = capsys.readouterr().out

    plain, told = (
        json.loads((tmp_path / f"{name}.json").read_text()) for name in ("plain", "told")
    )
    assert told["state_hash"] == plain["state_hash"]
    assert set(told) - set(plain) == {"metrics"}
    assert list(told["metrics"]) == ["worker", "manager", "governor", "orchestrator"]
    assert told["metrics"]["worker"]["reward_rate"] == pytest.approx(told["u_per_worker"] / 16)
    assert "| coherence of managers" in out


def test_a_world_that_cannot_fit_is_refused_by_what_it_needs_and_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "memory_bytes", lambda: 12 << 30)

    status = cli.main(["run", "--size", "100m", "--faults", "default", "--no-picture"])

    assert status == 2

    err = capsys.readouterr().err
    assert re.search(r"12\.0 GiB, got 100,000,000 workers, which take 1\d\.\d GiB", err)
    assert err.count("\n") == 1


def test_the_widths_are_those_of_pictures() -> None:
    assert cli.WIDTHS == WIDTHS


def test_the_result_of_run_is_that_of_the_array_api(tmp_path: Path) -> None:
    cli.main(["run", "--size", "nano", "--no-picture", "--quiet", "--episodes", "2",
              "--policy", "reflex", "--seed", "5", "--json", "result.json"])  # fmt: skip

    report = json.loads((tmp_path / "result.json").read_text())
    simulation = Forage(HiveConfig(Size.of("nano")))
    values = []
    for episode in range(2):
        simulation.reset(5 if episode == 0 else None)
        for _ in range(simulation.config.episode_ticks):
            simulation.step(simulation.decide("reflex"))
        values.append(simulation.values()[0] / 512)
    assert report["u_per_worker_by_episode"] == values
    assert report["state_hash"] == f"{simulation.state_hash():016x}"
    assert values[0] != values[1]
    assert not (tmp_path / "hive-v0.png").exists()


@pytest.mark.parametrize(("name", "score"), [("random", 0.0), ("expert", 1.0)])
def test_the_ends_of_the_scale_score_0_and_1(name: str, score: float, tmp_path: Path) -> None:
    cli.main(["run", "--size", "nano", "--no-picture", "--quiet", "--policy", name,
              "--json", "result.json"])  # fmt: skip

    assert json.loads((tmp_path / "result.json").read_text())["score"] == score


def test_quiet_says_nothing_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "--size", "nano", "--no-picture", "--quiet"]) == 0

    out, err = capsys.readouterr()
    assert out
    assert err == ""


def test_ladder_writes_its_page_and_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(["ladder", "--seeds", "4", "--json", "l.json", "--markdown", "l.md"])

    out, err = capsys.readouterr()
    report = json.loads((tmp_path / "l.json").read_text())
    page = (tmp_path / "l.md").read_text()
    assert status == 0
    assert "100%" in err
    assert report["schema"] == "hive_env.ladder/1"
    assert report["seeds"] == [0, 1, 2, 3]
    assert len(report["pairs"]) == 11
    assert "| full − no_governor" in out
    for part in (report["config_hash"], report["date"], report["machine"]["cpu"], __version__):
        assert part in page


def test_validate_prints_a_line_for_each_gate_and_ends_with_status_0_when_all_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_gates(monkeypatch, Gate("reflex pays", "reflex", above=-9.0))

    status = cli.main(["validate", "--task", "forage", "--size", "nano", "--seeds", "4",
                       "--json", "v.json", "--markdown", "v.md"])  # fmt: skip

    out, err = capsys.readouterr()
    report = json.loads((tmp_path / "v.json").read_text())
    assert status == 0
    assert report["holds"] is True
    assert report["schema"] == "hive_env.validate/1"
    assert [one["seeds"] for one in report["trials"]] == [[0, 1, 2, 3]]
    assert out.count("| reflex pays") == 1
    assert out.endswith("Every gate holds: forage at nano.\n")
    assert "100%" in err
    page = (tmp_path / "v.md").read_text()
    for part in (report["trials"][0]["config_hash"], report["date"], __version__):
        assert part in page


def test_validate_ends_with_status_1_when_a_gate_does_not_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_gates(monkeypatch, Gate("all is won", "full", low=9.0))

    status = cli.main(["validate", "--task", "forage", "--size", "nano", "--seeds", "2", "--quiet",
                       "--json", "-"])  # fmt: skip

    out, err = capsys.readouterr()
    report = json.loads(out)
    assert (status, err, report["holds"]) == (1, "", False)
    assert report["trials"][0]["gates"][0]["holds"] is False


def test_validate_takes_all_tasks_by_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_gates(monkeypatch)

    status = cli.main(["validate", "--size", "nano", "--seeds", "4", "--quiet", "--json", "-"])

    trials = json.loads(capsys.readouterr().out)["trials"]
    assert [one["task"] for one in trials] == ["forage", "queue"]
    assert status == (0 if all(one["holds"] for one in trials) else 1)


def test_validate_judges_a_task_with_faults_under_their_default_preset(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_gates(monkeypatch)
    gate = Gate("random is worth nothing", "random", high=0.05)
    few = {name: FORAGE.fault_controllers[name] for name in ("random", "oblivious", "expert")}
    changed = replace(FAMILIES["forage"], fault_controllers=few, fault_gates=(gate,))
    monkeypatch.setitem(FAMILIES, "forage", changed)

    command = ["validate", "--task", "forage", "--size", "nano", "--seeds", "4", "--quiet"]
    assert cli.main([*command, "--json", "-"]) == 0

    trials = json.loads(capsys.readouterr().out)["trials"]
    assert [one["faults"] for one in trials] == [None, "default"]
    assert {row["controller"] for row in trials[1]["controllers"]} == set(few)
    assert trials[1]["gates"][0]["gate"] == gate.name


@pytest.mark.parametrize("command", ["run --no-picture", "ladder --seeds 2 --policies random,full"])
def test_faults_are_a_preset_and_only_of_tasks_that_have_them(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    play = [*command.split(), "--size", "256", "--quiet", "--json", str(tmp_path / "f.json")]
    assert cli.main([*play, "--faults", "mild"]) == 0
    assert "full" in capsys.readouterr().out
    assert cli.main([*play, "--faults", "mild", "--task", "queue"]) == 2
    assert "faults" in capsys.readouterr().err


def with_gates(monkeypatch: pytest.MonkeyPatch, *gates: Gate) -> None:
    """Give Forage these gates and its fastest controllers, and no faults."""
    task = FORAGE
    few = {name: task.controllers[name] for name in ("random", "reflex", "full", "expert")}
    changed = replace(task, controllers=few, gates=gates, fault_controllers={})
    monkeypatch.setitem(FAMILIES, "forage", changed)


def test_scales_prints_the_frozen_constants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scales, "SEEDS", 2)

    assert cli.main(["scales", "--quiet", "--json", "s.json", "--markdown", "s.md"]) == 0

    out = capsys.readouterr().out
    report = json.loads((tmp_path / "s.json").read_text())
    assert report["seeds"] == [0, 1]
    assert f"{report['scales']['worker'][0]:g}" in out
    assert "orchestrator: immediate" in (tmp_path / "s.md").read_text()


@pytest.mark.parametrize("command", ["run --no-picture", "run", "ladder --seeds 2"])
def test_queue_is_played_by_its_own_controllers_and_not_pictured(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main([*command.split(), "--task", "queue", "--size", "256", "--quiet",
                       "--json", "q.json"])  # fmt: skip

    assert status == 0
    assert "full" in capsys.readouterr().out
    report = json.loads((tmp_path / "q.json").read_text())
    assert (report["task"], report.get("picture")) == ("queue", None)
    assert [path.name for path in tmp_path.iterdir()] == ["q.json"]


def test_cache_shows_and_clears_compiled_passes_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from hive_env.bench import compiled

    monkeypatch.setattr(compiled, "cache_root", lambda: tmp_path)
    ours = tmp_path / f"cpu-{'0a' * 10}"
    ours.mkdir()
    (ours / "tick.py").write_bytes(b"x" * 2**20)
    for name in ("cpu-notes", "thesis"):
        (tmp_path / name).mkdir()

    assert cli.main(["cache"]) == 0
    shown = capsys.readouterr().out
    assert cli.main(["cache", "--clear"]) == 0

    assert str(tmp_path) in shown
    assert re.search(r"passes +1\nMiB +1\.0", shown)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cpu-notes", "thesis"]


def test_info_names_versions_and_every_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info"]) == 0

    out = capsys.readouterr().out
    for part in (__version__, "gymnasium", "numba", "nano", "100,000,000"):
        assert part in out


@pytest.mark.parametrize("option", ["--version", "--help", "run --help"])
def test_asking_about_the_command_is_no_error(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(option.split()) == 0

    out, err = capsys.readouterr()
    assert "hive-env" in out
    assert err == ""


def test_a_process_of_the_command_line_shows_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hive_env.cli", "run", "--size", "foo"],
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
