"""The page on monitoring says what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hive_env.monitoring import METRICS
from hive_env.monitoring.metrics import UNITS

PAGE = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_every_metric_has_its_formula_and_its_unit_in_the_order_of_the_code() -> None:
    part = PAGE[PAGE.index("\n## What each is") :]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", part, flags=re.MULTILINE)

    assert [name for name, _, _ in rows] == list(METRICS)
    for name, _, unit in rows:
        assert unit.replace(" of a world", "") == UNITS[name]


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One block after another, as a reader would; the endpoint at a port that is free."""
    pytest.importorskip("prometheus_client")
    pytest.importorskip("tensorboard")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in BLOCKS:
        exec(block.replace("9464", "0"), names)

    assert len(BLOCKS) == 3
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["first"]
    assert names["counts"].table["ticks"].tolist() == [64] * 4
