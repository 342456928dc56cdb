"""Running a committed cell again: what is let through, and what is not."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")

from baselines import recheck
from baselines.learning.results import Cell, write_json
from hive_env.errors import ArgumentError

SUITE = {"about": "A test.", "size": 256, "share": 0.0, "checkpoints": 1, "episodes": 1, "tests": 2}


def test_the_interval_is_students_for_one_more_run() -> None:
    """t of 99 % with four degrees of freedom is 4.6041."""
    low, high = recheck.expected([1.0, 2.0, 3.0, 4.0, 5.0], -np.inf)
    reach = 4.60409 * np.sqrt(2.5) * np.sqrt(1.2)
    assert low == pytest.approx(3 - reach, abs=1e-4)
    assert high == pytest.approx(3 + reach, abs=1e-4)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8), st.floats(0.1, 10))
def test_it_holds_the_mean_and_widens_with_the_spread(runs: list[float], scale: float) -> None:
    low, high = recheck.expected(runs, -np.inf)
    assert low <= np.mean(runs) + 1e-9
    assert high >= np.mean(runs) - 1e-9
    wider = recheck.expected([scale * one for one in runs], -np.inf)
    assert wider[1] - wider[0] == pytest.approx(scale * (high - low), abs=1e-6)


def test_runs_so_far_apart_that_nothing_could_leave_their_interval_are_refused() -> None:
    with pytest.raises(ArgumentError, match="3 of which one more is expected from -10"):
        recheck.expected([23.23, 20.93, 17.81], 0.0)
    low, _ = recheck.expected([22.0, 23.0, 22.5], 10.0)
    with pytest.raises(ArgumentError, match=r"above random play, 17\.00"):
        recheck.expected([22.0, 23.0, 22.5], 17.0)
    assert 10 < low < 17


def test_one_run_says_nothing() -> None:
    with pytest.raises(ArgumentError, match="runs: expected at least two committed runs, got 1"):
        recheck.expected([1.0], 0.0)


@pytest.mark.parametrize(("again", "code"), [(3.05, 0), (9.0, 1)])
def test_what_leaves_the_interval_is_refused(
    again: float, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [("reflex", 0, 3.0), ("reflex", 1, 3.1), ("reflex", 2, 2.9), ("random", 0, 0.5)]
    for name, seed, worth in runs:
        cell = Cell("forage", "little", name, seed)
        found = {"cell": asdict(cell), "suite": SUITE, "test": [worth, worth]}
        write_json(cell.result(tmp_path), found)

    def run(self: Any, cell: Cell) -> dict[str, Any]:
        assert asdict(self.suite) == SUITE
        assert cell.seed == 1
        return {"test": [again, again]}

    monkeypatch.setattr(recheck.Runner, "run", run)
    said = tmp_path / "said.json"
    arguments = [str(tmp_path), "--size", "little", "--algo", "reflex", "--seed", "1"]
    arguments += ["--json", str(said)]
    assert recheck.main(arguments) == code
    assert json.loads(said.read_text())["holds"] is (code == 0)


def test_a_cell_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        recheck.main([str(tmp_path), "--algo", "ippo"])
    assert "no run of ippo on forage with seed 0 lies there" in capsys.readouterr().err
