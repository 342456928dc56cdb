"""Scores on the scale of random and expert play, of runs that can be compared."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from finished import publish

from baselines.learning import scores
from hive_env.errors import ArgumentError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    publish(tmp_path)
    return tmp_path


def test_scores_are_zero_for_random_and_one_for_expert_play(root: Path) -> None:
    rows = scores.runs_of(root)["queue-nano"]
    assert scores.scores_of(rows, "random").tolist() == [0.0]
    assert scores.scores_of(rows, "expert").tolist() == [1.0]
    assert scores.scores_of(rows, "feudal") == pytest.approx([0.5, 0.55, 0.6])


def test_scores_over_all_tasks_are_of_who_ran_in_all_of_them(root: Path) -> None:
    runs = scores.runs_of(root)
    assert scores.scores_over(runs, "manager") is None
    found = scores.scores_over(runs, "feudal")
    assert found is not None
    assert found.T.tolist() == [pytest.approx([0.5, 0.55, 0.6])] * 2
    (root / "queue-nano" / "feudal" / "seed-2.json").unlink()
    found = scores.scores_over(scores.runs_of(root), "feudal")
    assert found is not None
    assert found.shape == (2, 2), "of a task with more runs the first"


def test_who_learned_has_decisions_behind_it(root: Path) -> None:
    rows = scores.runs_of(root)["forage-nano"]
    assert [name for name in rows if scores.trained(rows[name][0])] == ["feudal", "ippo", "manager"]
    assert scores.names_over(scores.runs_of(root)) == ["feudal", "ippo"], "managers in one task"


def test_u_by_test_seed_is_the_mean_over_runs_and_the_ends_are_those_of_runs(root: Path) -> None:
    rows = scores.runs_of(root)["forage-nano"]
    np.testing.assert_allclose(scores.by_seed(rows, "feudal"), 3.2 + np.linspace(-0.1, 0.1, 8))
    assert scores.worst(rows, "feudal") == pytest.approx(3.0)
    assert scores.best(rows, "feudal") == pytest.approx(3.4)


def test_runs_in_other_worlds_have_no_score_in_the_table(root: Path) -> None:
    file = root / "forage-nano" / "manager" / "seed-0.json"
    run = json.loads(file.read_text())
    file.write_text(json.dumps({**run, "elsewhere": True}))
    runs = scores.runs_of(root)
    assert "manager" not in runs["forage-nano"]
    assert "feudal" in runs["forage-nano"]


def test_runs_scored_on_other_tests_are_refused(root: Path) -> None:
    file = root / "forage-nano" / "manager" / "seed-0.json"
    run = json.loads(file.read_text())
    file.write_text(json.dumps({**run, "test": run["test"][:-1]}))
    with pytest.raises(ArgumentError, match="same test seeds"):
        scores.runs_of(root)
