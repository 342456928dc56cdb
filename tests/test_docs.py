"""Pages of the docs that the code states are those that the code states now."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_generated_pages_are_up_to_date() -> None:
    command = [sys.executable, str(ROOT / "docs" / "tables.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT.parent)
    assert done.returncode == 0, done.stderr


def test_baselines_import_nothing_that_is_not_on_the_page_of_the_api() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    parts = re.findall(r"auto(\w+):: ([\w.]+)\n(?: +:members:(.*)\n)?", page)
    told = {name for _, name, _ in parts}
    for kind, name, members in parts:
        if kind == "module":
            of_module = dir(import_module(name)) if not members.strip() else members.split(",")
            told |= {f"{name}.{one.strip()}" for one in of_module}
    used = {
        (node.module, one.name)
        for path in (ROOT / "baselines").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "hive_env"
        for one in node.names
    }
    assert len(used) > 30
    inside = []
    for module, name in used:
        # Under its own name it may need a library that is not there, so it is not imported.
        if not {f"{module}.{name}", f"hive_env.{name}"} & told:
            home = getattr(getattr(import_module(str(module)), name), "__module__", module)
            if f"{home}.{name}" not in told:
                inside.append(f"{module}.{name}")
    assert sorted(inside) == []


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
