"""The README's commands and code are what they say they are."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON_BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def command(name: str) -> str:
    """Print the block as CI does."""
    done = subprocess.run(
        [sys.executable, str(ROOT / ".ci" / "readme_block.py"), name],
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout


@pytest.mark.parametrize(("name", "last"), [("play", "hive-env run"), ("tests", "pytest -n auto")])
def test_a_command_of_the_readme_is_one_line_of_valid_shell(name: str, last: str) -> None:
    line = command(name).rstrip("\n")

    assert "\n" not in line
    assert line.endswith(f"&& {last}")
    subprocess.run(["bash", "-n", "-c", line], check=True)


@pytest.mark.parametrize("name", ["play", "tests"])
def test_a_command_of_the_readme_installs_the_package_itself_and_within_the_constraints(
    name: str,
) -> None:
    install = next(part for part in command(name).split("&&") if "pip install" in part)
    words = shlex.split(install)

    assert words[:4] == ["pip", "install", "-c", "constraints.txt"]
    assert "-e" not in words, "an editable install would test the source tree"
    assert words[4].startswith(".")
    assert (ROOT / "constraints.txt").is_file()


def test_the_readme_has_no_more_commands_than_ci_runs() -> None:
    assert README.count("```bash\n") == README.count("<!-- ci: ") == 2


def test_every_relative_link_of_the_readme_leads_to_a_file() -> None:
    links = re.findall(r"\]\((?!https?://)([^)#]+)", README)

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("block", PYTHON_BLOCKS, ids=["gymnasium", "pettingzoo", "arrays"])
def test_the_code_of_the_readme_runs(block: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], capture_output=True, cwd=tmp_path, text=True
    )

    assert done.returncode == 0, done.stderr
