"""Claims beside exact and measured values: estimators, verdicts, page, picture, command."""

from __future__ import annotations

import functools
import json
import math
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from hive_env import __version__, cli
from hive_env.bench import faults_page, measured, plot, reproduce
from hive_env.bench.reproduce import verdict
from hive_env.bench.studies import FAILURES, MAIN, carried_out, events, studies
from hive_env.dependability import Claim, Result
from hive_env.dependability import claims as all_claims

claims = functools.cache(all_claims)

FEW = 400
"""Failures of the main study in a test."""


@pytest.fixture(scope="module")
def report():
    """A small report, and what was told while it was made."""
    told: dict[str, int] = {}

    def named(name):
        told[name] = 0

        def tell(count):
            told[name] += count

        return tell

    return {"told": told, **reproduce.measure(FEW, 3, named)}


def claim(said: str, exact: float, key: str = "some") -> Claim:
    """A claim of a number."""
    return Claim(key, "1", "what", said, "", Result(exact, "h", "by hand", 0.0))


# --- estimators --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39), (100, 81.36, 121.6)],
)
def test_a_poisson_interval_is_that_of_the_tables(count, low, high):
    """Exact limits: halves of quantiles of chi-square."""
    found = measured.poisson_interval(count)
    assert found[0] == pytest.approx(low, rel=0.05, abs=0.02)
    assert found[1] == pytest.approx(high, rel=0.01)


def test_a_proportion_has_wilsons_interval():
    found = measured.share_of(8, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def test_an_interval_of_a_mean_covers_it_as_often_as_it_says():
    drawn = np.random.default_rng(0).exponential(3.0, (2_000, 200))
    found = [measured.mean_of(one) for one in drawn]
    covered = np.mean([one.low <= 3 <= one.high for one in found])
    assert 0.92 < covered < 0.97


def test_a_quantile_lies_in_its_interval():
    sample = np.random.default_rng(0).random(1_000)
    found = measured.quantile_of(sample, 0.9)
    assert found.low < 0.9 < found.high
    assert found.value == pytest.approx(0.9, abs=0.05)
    assert measured.quantile_of(np.full(9, 2.0), 0.5).error == 0


def test_survivors_are_those_who_live_longer():
    found = measured.survivors(np.array([1.0, 3.0, 2.0, 2.0]), np.array([0.0, 1.0, 2.0, 9.0]))
    assert found.tolist() == [1.0, 0.75, 0.25, 0.0]


def test_faults_of_a_fleet_come_at_the_rate_of_its_members():
    """96 a day; z = 5."""
    found = measured.faults_a_day(16, 4.0, 30, 20, 0)
    assert abs(found.value - 96) < 5 * found.error


# --- verdicts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (claim("18.75", 18.75), "reproduces"),
        (claim("2847", 2841.06), "near miss (+0.21 %)"),
        (claim("187", 57.11), "wrong (3.27 times too high)"),
        (claim("17.1", 17.19), "truncated"),
        (claim("22575", 22725.0, "role-2"), "arithmetic wrong (-0.66 %)"),
        (claim("22725", 22725.0, "role-2"), "reproduces"),
        (claim("162", 6.34, "failover-300"), "model wrong (25.6 times too high)"),
        (claim("0.34", 0.34, "median"), "contradicts its own formula, 16.2"),
        (claim("6340", 285979.0, "rotation-pairs-parallel"), "model wrong (45.1 times too low)"),
        (claim("2847", 240.3, "shown"), "impossible: at most 240"),
        (claim("200", 240.3, "shown"), "wrong (1.2 times too low)"),
        (claim("0", 38416.0, "needed"), "impossible: at least 38,416"),
        (claim("", 5.0), "no claim"),
    ],
)
def test_a_verdict_follows_from_the_numbers(given, expected):
    assert verdict(given) == expected


def test_the_papers_own_formulas_are_those_that_it_prints():
    assert reproduce.OWN["role-2"] == pytest.approx(22725)
    assert reproduce.OWN["failover-300"] == pytest.approx(162)
    assert reproduce.OWN["failover-30"] == pytest.approx(16.2)
    assert reproduce.OWN["rotation-ring-none"] == pytest.approx(6336, abs=1)


def test_what_the_paper_gets_right_and_wrong():
    found = {one.key: verdict(one).split(" (")[0].split(":")[0] for one in claims()}
    assert found["series"] == found["parallel-2"] == found["parallel-3"] == "reproduces"
    assert found["team-2-unrepaired"] == found["team-3-parallel"] == "wrong"
    assert found["role-2"] == "arithmetic wrong"
    assert found["formula"] == found["failover-30"] == "model wrong"
    assert found["shown"] == found["needed"] == "impossible"


# --- studies -----------------------------------------------------------------------------------


def test_every_study_is_of_a_claim_and_of_the_same_team():
    keys = {one.key: one for one in claims()}
    for study in studies(FAILURES):
        exact = float(keys[study.claim].exact)
        assert study.mttf == pytest.approx(exact, rel=1e-9), study.claim
        config = study.config
        assert len(config.roles) == study.team.roles
        assert config.members == study.team.each[0].members
        assert config.rotation == study.team.rotation
        assert config.dormancy == pytest.approx(float(study.team.each[0].dormancy))


def test_more_failures_change_only_the_main_study():
    usual = {study.claim: study.failures for study in studies(FAILURES)}
    more = {study.claim: study.failures for study in studies(10 * FAILURES)}
    few = {study.claim: study.failures for study in studies(FAILURES // 100)}
    assert {key for key in usual if usual[key] != more[key]} == {MAIN}
    assert more[MAIN] == 10 * FAILURES
    assert all(few[key] < usual[key] for key in usual)


def test_measured_values_agree_with_the_exact_ones(report):
    """z = 5; with so few failures what is off by half is caught."""
    rows = {row["key"]: row for row in report["claims"] if row["measured"]}
    assert {study.claim for study in studies(FEW)} <= set(rows)
    for key, row in rows.items():
        found = row["measured"]
        assert found["z"] is None or abs(found["z"]) < 5, key
        assert found["low"] <= found["value"]
        assert found["high"] is None or found["value"] <= found["high"]
    assert rows[MAIN]["measured"]["count"] == pytest.approx(FEW, abs=5 * math.sqrt(FEW))


def test_what_is_no_matter_of_dynamics_is_not_measured(report):
    rows = {row["key"]: row["measured"] for row in report["claims"]}
    assert [key for key in ("practice", "degradation", "shown", "capacity-mean") if rows[key]] == []


def test_survival_is_that_of_the_exact_curve(report):
    offices = {study.claim: study.offices for study in studies(FEW)}
    for key, curve in report["survival"].items():
        exact, alive = np.array(curve["exact"]), np.array(curve["measured"])
        spread = np.sqrt(exact * (1 - exact) / offices[key])
        assert (abs(alive - exact) <= 5 * spread + 3 / offices[key]).all(), key


def test_progress_comes_to_its_end(report):
    assert sum(report["told"].values()) == pytest.approx(events(FEW), rel=0.05)


def test_the_result_says_where_it_comes_from(report):
    assert report["schema"] == "hive_env.faults/1"
    assert (report["version"], report["seed"], report["failures"]) == (__version__, 3, FEW)
    assert re.fullmatch("[0-9a-f]{16}", report["config_hash"])
    assert report["machine"]["cores"] >= 1
    json.dumps(report, allow_nan=False)


def test_results_do_not_depend_on_threads():
    study = replace(studies(FEW)[0], failures=2_000)
    found = [carried_out(study, 1, lambda _: None, threads) for threads in (1, 2)]
    assert found[0] == found[1]


# --- page and picture --------------------------------------------------------------------------


def test_a_value_measured_far_from_the_exact_one_is_called_a_contradiction(report):
    row = next(row for row in report["claims"] if row["key"] == MAIN)
    assert "agree with the exact ones" in faults_page.agreement(report)
    off = {**row, "measured": {**row["measured"], "z": 6.0}}
    words = faults_page.agreement({**report, "claims": [off]})
    assert "contradict" in words
    assert MAIN in words


def test_the_page_has_a_row_for_every_claim_and_shows_the_picture(report):
    page = faults_page.markdown(report, "pictures/faults.svg")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert len(rows) == len(claims()) + 2
    assert "](pictures/faults.svg)" in page
    assert "](" not in faults_page.markdown(report, "")
    assert max(len(line) for line in page.splitlines() if not line.startswith("|")) < 250


def test_the_picture_has_a_panel_of_each_kind_and_every_measured_point(report):
    drawn = faults_page.drawn(report)
    root = ElementTree.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{space}g")) == 3
    assert len(root.findall(f".//{space}polyline")) == 5 + 5 + 4
    assert len(root.findall(f".//{space}circle")) > 150
    assert "nan" not in drawn


def test_points_beyond_the_axis_are_left_out_and_the_axis_is_what_it_says():
    line = plot.Line("one", [1, 10, 100], [1.0, 0.5, 0.0], [(10, 0.5), (1000, 0.1)])
    panel = plot.Panel("a < b", "x", [line], 1, 100, logarithmic=True)
    text = plot.drawing(panel)
    assert text.count("<circle") == 1
    assert "a &lt; b" in text
    assert panel.ticks() == [1, 10, 100]
    middle = (plot.LEFT + plot.WIDTH - plot.RIGHT) / 2
    assert panel.across(10) == pytest.approx(middle)
    assert plot.Panel("", "", [line], 0, 10).ticks() == [0, 2, 4, 6, 8, 10]


# --- the command -------------------------------------------------------------------------------


def test_the_command_prints_the_table_and_leaves_page_picture_and_result(
    tmp_path: Path, monkeypatch, capsys, report
):
    asked = []

    def measure(failures, seed, named, threads):
        asked.append((failures, seed, threads))
        named("some")(events(failures))
        return {key: value for key, value in report.items() if key != "told"}

    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs" / "pictures").mkdir(parents=True)
    monkeypatch.setattr(reproduce, "measure", measure)
    line = "reproduce faults --failures 500 --seed 7 --threads 1 --json r.json"
    line += " --markdown docs/page.md --picture docs/pictures/p.svg"

    status = cli.main(line.split())

    out, err = capsys.readouterr()
    assert status == 0
    assert asked == [(500, 7, 1)]
    assert "MTTF of 8 roles × 2 with repair" in out
    assert "agree with the exact ones" in out
    assert "events" in err
    assert json.loads((tmp_path / "r.json").read_text())["schema"] == "hive_env.faults/1"
    assert "](pictures/p.svg)" in (tmp_path / "docs" / "page.md").read_text()
    assert (tmp_path / "docs" / "pictures" / "p.svg").read_text().startswith("<svg")


@pytest.mark.parametrize("line", ["reproduce", "reproduce x", "reproduce faults --failures 9"])
def test_what_cannot_be_reproduced_is_refused_in_one_line(line, capsys):
    assert cli.main(line.split()) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_the_exact_value_beside_the_main_study_is_the_known_one():
    row = next(one for one in claims() if one.key == MAIN)
    assert isinstance(row.exact.value, Fraction)
    assert float(row.exact) == pytest.approx(2841.058140, abs=1e-6)
