"""The code of the page on recording runs as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hive_env import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recording.md"


@pytest.mark.filterwarnings("ignore:Package hive-env is not installed")
def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    minari = pytest.importorskip("minari")
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    (command,) = re.findall(r"^```bash\nhive-env (.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert cli.main([*shlex.split(command), "--quiet"]) == 0
    names: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        exec(block, names)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "data"))
    assert len(minari.load_dataset("forage-scripted-v0")) == 256
    assert len(minari.load_dataset("forage-mine-v0")) == 8
    assert len(minari.load_dataset("forage-cautious-v0")) == 32
