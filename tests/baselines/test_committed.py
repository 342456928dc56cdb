"""The pages of the documentation are what the committed results give."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from baselines import report
from baselines.chart import picture

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path("baselines/results/v0")


def test_the_page_of_results_and_its_picture_are_made_of_the_committed_runs() -> None:
    runs = report.runs_of(ROOT / RESULTS)
    page = report.markdown(RESULTS, runs, "pictures/results.svg")
    assert page == (ROOT / "docs" / "results.md").read_text()
    drawn = picture(report.panels_of(runs))
    assert drawn == (ROOT / "docs" / "pictures" / "results.svg").read_text()
