"""The page of the docs runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "hindsight.md"


def test_the_blocks_of_the_page_run_one_after_another(capsys: pytest.CaptureFixture[str]) -> None:
    """Relabelled goals are reached more often; orders in hindsight are some of the real ones."""
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(block, names)

    goals, orders = (line.split() for line in capsys.readouterr().out.splitlines())

    assert int(goals[0]) == 800
    assert float(goals[1]) < float(goals[2])
    assert 0 < int(orders[1]) < int(orders[0]) == 512
