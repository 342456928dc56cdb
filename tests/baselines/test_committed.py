"""The pages of the documentation are what the committed results give."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from baselines import ippo, report, variations
from baselines.chart import picture
from baselines.learning.training import Setting
from baselines.recipes import recipe_of
from hive_env.scenarios.families import FAMILIES
from hive_env.sizes import Size

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path("baselines/results/v0")


def test_the_page_of_results_and_its_picture_are_made_of_the_committed_runs() -> None:
    runs = report.runs_of(ROOT / RESULTS)
    page = report.markdown(RESULTS, runs, "pictures/results.svg")
    assert page == (ROOT / "docs" / "results.md").read_text()
    drawn = picture(report.panels_of(runs))
    assert drawn == (ROOT / "docs" / "pictures" / "results.svg").read_text()


def test_the_page_of_variations_is_made_of_what_lies_beside_the_committed_runs() -> None:
    page = variations.markdown(RESULTS, variations.varied_in(ROOT / RESULTS))
    assert page == (ROOT / "docs" / "variations.md").read_text()


@pytest.mark.parametrize("task", FAMILIES)
def test_who_learns_flat_and_long_decides_no_less_often_than_all_levels_of_feudal(
    task: str,
) -> None:
    rows = report.runs_of(ROOT / RESULTS)[f"{task}-nano"]
    (feudal,) = {run["checkpoints"][-1]["decisions"] for run in rows["feudal"]}
    recipe = recipe_of(Setting(task, share=ippo.long_of(task)), "worker")
    each = recipe.worlds * Size.of("nano").workers * recipe.steps
    assert recipe.decisions // each * each >= feudal
