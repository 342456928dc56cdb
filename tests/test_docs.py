"""Pages of the docs that the code states are those that the code states now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_generated_pages_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "docs" / "tables.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT.parent)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_tiers_in_the_docs_are_worth_what_they_say(tmp_path: Path) -> None:
    page = tmp_path / "tiers.md"
    command = [sys.executable, str(ROOT / "docs" / "tiers.py"), "--quiet", "--out", str(page)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)

    written, committed = (
        [line for line in text.splitlines() if line.startswith("| ")]
        for text in (page.read_text(), (ROOT / "docs" / "tiers.md").read_text())
    )
    assert written == committed


@pytest.mark.slow
@pytest.mark.parametrize("task", ["forage", "queue"])
def test_the_ladder_in_the_docs_is_that_of_these_rules(task: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    command = [sys.executable, "-m", "hive_env.cli", "ladder", "--task", task, "--quiet"]
    command += ["--markdown", str(page)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)

    written, committed = (
        [line for line in text.splitlines() if line.startswith(("| ", "The ranking"))]
        for text in (page.read_text(), (ROOT / "docs" / f"{task}_table.md").read_text())
    )
    assert written == committed
