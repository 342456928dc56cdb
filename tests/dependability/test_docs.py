"""The page of the docs says what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from hive_env.dependability import claims_table

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "dependability.md").read_text("utf-8")


def test_the_table_of_claims_is_the_one_that_the_command_writes() -> None:
    assert PAGE.endswith("\n\n" + claims_table())


def test_the_code_of_the_page_runs_and_prints_what_its_comments_say() -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", block], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("Result(value=2841.058")
    assert lines[2].startswith("Result(value=-0.0711")
    assert lines[3].startswith("Result(value=57.11")
    assert lines[4].startswith("Result(value=0.3")
