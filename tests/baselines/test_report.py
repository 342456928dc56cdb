"""Reports: what the tables have, and what is said of few runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from finished import keep, publish

from baselines import report
from hive_env.bench.machine import cores


@pytest.fixture
def root(tmp_path: Path) -> Path:
    publish(tmp_path)
    return tmp_path


def test_a_task_has_a_row_for_each_algorithm_the_best_first(root: Path) -> None:
    rows = report.task_rows(report.runs_of(root)["forage-nano"])
    assert [row[0] for row in rows] == ["expert", "manager", "full", "feudal", "ippo", "random"]
    feudal = dict(zip(report.TASK_HEADS, rows[3], strict=True))
    assert feudal["runs"] == "3"
    assert feudal["decisions"] == "100"
    assert feudal["worker-ticks, M"] == "800"
    assert feudal["seconds"] == "2"
    assert feudal["cores"] == str(cores())
    assert feudal["scored after"] == "50 to 100", "the best of seed 1 is the last, else the first"
    assert feudal["U"] == "3.20"
    assert feudal["score, IQM"] == f"0.55 (0.50 to 0.60){report.DAGGER}"
    assert feudal["U above random, at least"] == "2.20"
    manager = dict(zip(report.TASK_HEADS, rows[1], strict=True))
    assert manager["scored after"] == "25"
    assert manager["score, IQM"] == f"0.88{report.DAGGER}", "one run has no interval"


def test_what_did_not_run_in_every_task_is_in_no_aggregate(root: Path) -> None:
    runs = report.runs_of(root)
    assert [row[0] for row in report.aggregate_rows(runs)] == ["feudal", "ippo"]
    profile = dict(zip(report.AGGREGATE_HEADS, report.aggregate_rows(runs)[0], strict=True))
    assert profile["above 0.25"] == f"1.00 (1.00 to 1.00){report.DAGGER}"
    # Of .5, .55 and .6 in each of two tasks two are above a half.
    assert profile["above 0.5"] == f"0.67 (0.33 to 1.00){report.DAGGER}"
    feudal, ippo = report.improvement_rows(runs)
    assert feudal == ("feudal", "–", f"1.00 (1.00 to 1.00){report.DAGGER}")
    assert ippo == ("ippo", f"0.00 (0.00 to 0.00){report.DAGGER}", "–")


def test_the_command_writes_page_picture_and_rows(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, drawn, rows = (root / name for name in ("page.md", "curves.svg", "rows.json"))
    report.main([str(root), "--markdown", str(page), "--picture", str(drawn), "--json", str(rows)])
    assert page.read_text() + "\n" == capsys.readouterr().out
    assert "](curves.svg)" in page.read_text()
    shapes = drawn.read_text()
    assert shapes.count("<polyline") == 2 * (2 * 2 * (3 + 1) + 1), "three runs and their mean; one"
    assert shapes.count("<polygon") == 2 * 2 * 2
    assert set(json.loads(rows.read_text())) == {"forage-nano", "queue-nano", "all"}


def test_every_commit_and_configuration_is_named(root: Path) -> None:
    file = root / "forage-nano" / "manager" / "seed-0.json"
    run = json.loads(file.read_text())
    file.write_text(json.dumps({**run, "commit": "def", "config_hash": "0123"}))
    page = report.markdown(root, report.runs_of(root))
    assert "`abc`, `def`" in page
    assert "`0123`" in page


def test_every_machine_is_named_with_the_number_of_its_runs(root: Path) -> None:
    file = root / "forage-nano" / "manager" / "seed-0.json"
    run = json.loads(file.read_text())
    elsewhere = {**run["machine"], "cpu": "Abacus", "cores": 1}
    file.write_text(json.dumps({**run, "machine": elsewhere, "date": "2001-02-03"}))
    runs = report.runs_of(root)
    page = report.markdown(root, runs)
    assert f" 2001-02-03 to {run['date']}. 18 runs on " in page
    assert ". 1 run on Abacus, 1 core, " in page
    manager = dict(zip(report.TASK_HEADS, report.task_rows(runs["forage-nano"])[1], strict=True))
    assert manager["cores"] == "1"


def test_it_is_told_what_a_part_of_the_training_came_to(root: Path) -> None:
    """Tested at the half and the end of two seconds, by what the ends come to in validation."""
    rows = {row[0]: row[1:] for row in report.efficiency_rows(report.runs_of(root))}
    assert list(rows) == ["feudal", "ippo"]
    feudal = dict(zip(report.EFFICIENCY_HEADS[1:], rows["feudal"], strict=True))
    assert feudal["0.25 of the training"] == feudal["0.5 of the training"], "the nearest test"
    # Runs stood at 1.5, 1.6 and 1.7 between 1 and 5, or at ten times that.
    assert feudal["0.5 of the training"] == f"0.15 (0.13 to 0.17){report.DAGGER}"
    assert feudal["1 of the training"] == f"0.55 (0.51 to 0.59){report.DAGGER}"
    assert feudal["30 s"] == feudal["1 of the training"]


def test_a_folder_without_the_ends_of_the_scale_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        report.main([str(tmp_path)])
    assert "finished runs" in capsys.readouterr().err
    keep(tmp_path, "forage", "ippo", 0, 1.0, 10)
    with pytest.raises(SystemExit):
        report.main([str(tmp_path)])
    assert "--algos random,expert" in capsys.readouterr().err


def test_algorithms_are_compared_by_test_seed(root: Path) -> None:
    rows = report.runs_of(root)["forage-nano"]
    found = {row[:2]: row[2:] for row in report.compared_rows(rows)}
    assert found["feudal", "ippo"] == (
        "1.20 (1.20 to 1.20)†", "3.00 against 2.00", "yes", "100 against 100"
    )  # fmt: skip
    assert found["ippo", "random"][2:] == ("yes", "–"), "random play learns nothing"
    assert ("mappo", "ippo") not in found
    worse = {"feudal": rows["ippo"], "ippo": rows["feudal"]}
    assert [row[4] for row in report.compared_rows(worse)] == ["no"]
    keep(root, "forage", "feudal", 2, 1.9, 100)
    rows = report.runs_of(root)["forage-nano"]
    (said,) = (row for row in report.compared_rows(rows) if row[:2] == ("feudal", "ippo"))
    assert said[2:5] == ("0.70 (0.70 to 0.70)†", "1.90 against 2.00", "no"), "one run is behind"


def test_a_level_stands_between_its_own_random_play_and_scripted_play(root: Path) -> None:
    """Random managers 2, scripted ones 4, learned 4.5."""
    assert report.way_rows(report.runs_of(root)["forage-nano"]) == []
    keep(root, "forage", "random_manager", 0, 2.0)
    rows = report.runs_of(root)["forage-nano"]
    assert report.way_rows(rows) == [("manager", "2.00", "4.00", "1.25 (1.25 to 1.25)†", "yes")]
    keep(root, "forage", "manager", 0, 3.7, 50)
    (row,) = report.way_rows(report.runs_of(root)["forage-nano"])
    assert row[3:] == ("0.85 (0.85 to 0.85)†", "no")
