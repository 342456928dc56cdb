"""PPO in one level: trains in both families, and says what it reached."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from baselines import one_level
from baselines.learning.training import Setting, train_level
from baselines.recipes import recipe_of
from hive_env.scenarios.hive import LEVELS


@pytest.mark.parametrize("task", ["forage", "queue"])
@pytest.mark.parametrize("level", LEVELS)
def test_the_command_trains_and_writes_what_it_reached(
    task: str, level: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one_level.main(
        ["--task", task, "--level", level, "--size", "256", "--share", "0.0001", "--checkpoints",
         "1", "--tests", "2", "--quiet", "--json", str(tmp_path / "found.json")]
    )  # fmt: skip
    report = json.loads((tmp_path / "found.json").read_text())
    assert {"version", "seed", "config_hash", "machine"} <= set(report)
    (found,) = report["checkpoints"]
    assert len(found["u_per_worker"]) == 2
    assert found["decisions"] > 0
    assert "U by worker" in capsys.readouterr().out


def test_a_tier_is_what_is_trained_on_and_tested_on(tmp_path: Path) -> None:
    found = {}
    for tier in ("easy", "hard"):
        file = tmp_path / f"{tier}.json"
        one_level.main(
            ["--level", "orchestrator", "--size", "256", "--share", "0.0001", "--checkpoints", "1",
             "--tests", "2", "--quiet", "--tier", tier, "--json", str(file)]
        )  # fmt: skip
        (found[tier],) = json.loads(file.read_text())["checkpoints"]
    assert min(found["easy"]["u_per_worker"]) > max(found["hard"]["u_per_worker"])
    assert found["easy"]["told"] != found["hard"]["told"]


def test_checkpoints_come_at_equal_intervals_and_at_the_end() -> None:
    recipe = recipe_of(Setting(share=0.01), "manager")
    found = [
        one.decisions
        for one in train_level(Setting(size=256), "manager", recipe, {}, 0, checkpoints=3)
    ]
    assert len(found) == 3
    update = 16 * 8 * 4
    assert max(abs(found[at] - found[-1] * (at + 1) / 3) for at in range(3)) <= update
    assert found[-1] == pytest.approx(recipe.decisions, rel=0.3)


@pytest.mark.parametrize("share", ["nan", "inf", "0", "-1", "much"])
def test_a_share_that_is_no_positive_number_is_refused(
    share: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        one_level.main(["--share", share])
    assert "expected a positive finite number" in capsys.readouterr().err
