"""The notebook runs from top to bottom, and its governors learn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PATH = Path(__file__).parents[2] / "examples" / "tour.ipynb"


def cells() -> list[dict[str, Any]]:
    notebook = json.loads(PATH.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    return list(notebook["cells"])


def run(share: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Run the code of all cells in order, as a notebook in its own folder does."""
    pytest.importorskip("torch")
    monkeypatch.setenv("TOUR_SHARE", share)
    monkeypatch.chdir(PATH.parent)
    names: dict[str, Any] = {}
    for cell in cells():
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    return names


@pytest.mark.slow
def test_every_cell_runs_with_a_short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    names = run("0.02", monkeypatch)
    assert set(names["tested"]) == {"random", "learned", "scripted"}
    assert names["tested"]["scripted"] > names["tested"]["random"] > 0
    assert len(names["curve"]) >= 2


@pytest.mark.slow
def test_in_the_notebooks_own_time_governors_learn_what_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tested = run("1", monkeypatch)["tested"]
    assert tested["learned"] > 0.5 * (tested["random"] + tested["scripted"])


def test_it_is_committed_as_it_is_before_it_runs() -> None:
    """Outputs would change with every run, and weigh more than the rest."""
    ids = [cell["id"] for cell in cells()]
    assert len(set(ids)) == len(ids)
    for cell in cells():
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
