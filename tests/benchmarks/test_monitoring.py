"""The benchmark of monitoring: every way is measured, and the page has a row for each world."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import monitoring


def test_the_quick_run_measures_every_way_and_writes_page_and_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, figures = tmp_path / "page.md", tmp_path / "figures.json"
    monitoring.main(["--quick", "--quiet", "--markdown", str(page), "--json", str(figures)])

    report = json.loads(figures.read_text())
    assert [(one["task"], one["size"]) for one in report["cases"]] == [
        ("forage", "nano"),
        ("queue", "nano"),
    ]
    for one in report["cases"]:
        for name in monitoring.HEADS:
            assert 0 < one[name]["min"] <= one[name]["median"] <= one[name]["max"]
    assert page.read_text() + "\n" == capsys.readouterr().out
    assert page.read_text().count("\n| forage nano") == 1
