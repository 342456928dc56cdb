"""The example that shows metrics while a hive runs."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from hive_env.monitoring import Metrics, PrometheusEndpoint

PATH = Path(__file__).parents[2] / "examples" / "monitoring.py"


@pytest.fixture
def example() -> Iterator[Any]:
    pytest.importorskip("prometheus_client")
    pytest.importorskip("tensorboard")
    spec = importlib.util.spec_from_file_location("monitoring", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("task", ["forage", "queue"])
def test_an_episode_is_told_in_all_three_ways(
    example: Any, task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    scraped: list[str] = []

    class Scraped(PrometheusEndpoint):
        def write(self, metrics: Metrics, *rest: Any) -> None:
            super().write(metrics, *rest)
            with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                scraped.append(answer.read().decode())

    monkeypatch.setattr(example, "PrometheusEndpoint", Scraped)
    example.main(["--port", "0", "--folder", str(tmp_path / "run"), "--task", task])

    printed = capsys.readouterr().out
    assert re.search(r"^worker_utilization +0\.\d+$", printed, re.MULTILINE)
    assert len(scraped) == 512 // 8 // 4
    assert 'hive_env_ticks{family="' in scraped[-1]
    assert scraped[-1].count("} 512.0\n") == 1
    assert [path.name.split(".")[0] for path in (tmp_path / "run").iterdir()] == ["events"]
