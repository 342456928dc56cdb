"""The tree for marl-eval: what can be compared is in it, and of all else it is said why not."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baselines.learning.results import METRIC, Cell, runs_in, write_json
from baselines.learning.tree import ENVIRONMENT, beside, left_out, told, tree_of, write_tree

COMMITTED = Path(__file__).parents[3] / "baselines/results/v0"
NAMES = ("ippo", "manager", "mappo")
TASKS = ("forage", "queue")


def run_of(cell: Cell, tests: int = 3, each: int = 100, **more: Any) -> dict[str, Any]:
    """Return a finished run that was tested so often, after so many decisions each time."""
    points = [
        {"decisions": each * one, "seconds": 1.0 * one, "ticks": one, METRIC: [1.0 * one, 2.0]}
        for one in range(1, tests + 1)
    ]
    origin = {"schema": "s/1", "version": "0", "commit": "abc", "config_hash": "def"}
    spent = {"machine": {"cpu": "x"}, "seconds": 1.0 * tests, "agent_steps_a_second": 7.0}
    cells = {"task": cell.task, "size": cell.size, "algorithm": cell.algorithm, "seed": cell.seed}
    score = [0.5 * cell.seed, 1.0, 3.0]
    return {**origin, **spent, "cell": cells, "checkpoints": points, "test": score, **more}


def table(**others: Any) -> dict[Cell, dict[str, Any]]:
    """Return three algorithms' runs in two tasks, two seeds each."""
    cells = [Cell(task, 9, name, seed) for task in TASKS for name in NAMES for seed in (0, 1)]
    return {cell: run_of(cell, **others) for cell in cells}


def shape_of(tree: dict[str, Any]) -> tuple[set[str], set[str], set[str]]:
    """Return a tree's algorithms, runs and steps, which are the same wherever one looks."""
    rows = list(tree[ENVIRONMENT].values())
    runs = [run for row in rows for run in row.values()]
    steps = [step for run in runs for step in run.values()]
    for alike in (rows, runs, steps):
        assert all(set(one) == set(alike[0]) for one in alike)
    for step in steps:
        for name, one in step.items():
            absolute = name == "absolute_metrics"
            assert set(one) == ({METRIC} if absolute else {"step_count", METRIC})
    return set(rows[0]), set(runs[0]), set(steps[0])


def test_what_can_be_compared_is_in_it() -> None:
    runs = table()
    assert left_out(runs) == {}
    tree = tree_of(runs, {})
    assert list(tree) == ["hive_env"]
    assert list(tree[ENVIRONMENT]) == ["forage-9", "queue-9"]
    steps = {"step_0", "step_1", "step_2", "absolute_metrics"}
    assert shape_of(tree) == (set(NAMES), {"seed_0", "seed_1"}, steps)
    one = tree[ENVIRONMENT]["queue-9"]["mappo"]["seed_1"]
    assert one["step_1"] == {"step_count": 200, METRIC: [2.0, 2.0]}
    assert one["absolute_metrics"] == {METRIC: [0.5, 1.0, 3.0]}


def further(name: str, seed: int = 0, **more: Any) -> dict[Cell, dict[str, Any]]:
    """Return one more run of Forage."""
    cell = Cell("forage", 9, name, seed)
    return {cell: run_of(cell, **more)}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (further("blind", tests=1, each=0), "does not learn"),
        (further("manager_pairs", elsewhere=True), "plays in other worlds than those of the tasks"),
        (further("worker_gru"), "has no run in queue-9"),
        (further("ippo", 2), "seed 2 of forage-9 is not one that all have"),
    ],
)
def test_what_cannot_be_compared_is_left_out(more: dict[Cell, Any], why: str) -> None:
    (cell,) = more
    out = left_out({**more, **table()})
    assert out == {cell: why}
    assert shape_of(tree_of({**more, **table()}, out)) == shape_of(tree_of(table(), {}))


def test_an_algorithm_that_lacks_runs_or_tests_is_left_out_everywhere() -> None:
    """Rather than that the others lose theirs."""
    runs = table()
    del runs[Cell("forage", 9, "mappo", 1)]
    short = Cell("queue", 9, "manager", 0)
    runs[short] = run_of(short, tests=2)
    out = left_out(runs)
    assert {cell.algorithm for cell in out} == {"manager", "mappo"}
    assert len(out) == 7
    assert out[Cell("queue", 9, "mappo", 0)] == "has no run of 3 tests in forage-9 seed 1"
    assert out[short] == "has no run of 3 tests in queue-9 seed 0"
    assert shape_of(tree_of(runs, out))[:2] == ({"ippo"}, {"seed_0", "seed_1"})


@pytest.mark.parametrize("tasks", [("forage",), TASKS])
def test_where_nothing_can_be_compared_the_tree_is_empty(tasks: tuple[str, ...]) -> None:
    """No seed in both tasks; and nothing that learns."""
    cells = [Cell(task, 9, "ippo", seed) for seed, task in enumerate(tasks)]
    runs = {cell: run_of(cell, each=100 * (len(tasks) - 1)) for cell in cells}
    out = left_out(runs)
    assert len(out) == len(runs)
    assert tree_of(runs, out) == {ENVIRONMENT: {}}
    assert left_out({}) == {}


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(TASKS), st.sampled_from(NAMES), st.integers(0, 3)),
        st.integers(1, 3),
        min_size=1,
    )
)
def test_whatever_there_is_the_tree_keeps_the_most_that_is_alike(found: dict[Any, int]) -> None:
    """And each run is in it, or told to be left out."""
    cells = {Cell(task, 9, name, seed): tests for (task, name, seed), tests in found.items()}
    runs = {cell: run_of(cell, tests) for cell, tests in cells.items()}
    out = left_out(runs)
    tree = tree_of(runs, out)
    rows = tree[ENVIRONMENT]
    kept = {(place, name, run) for place, row in rows.items() for name in row for run in row[name]}
    assert kept == {(c.place, c.algorithm, f"seed_{c.seed}") for c in runs if c not in out}
    if rows:
        shape_of(tree)
        assert set(rows) == {cell.place for cell in runs}
    tasks = {cell.task for cell in cells}
    choices = [seeds for count in range(5) for seeds in combinations(range(4), count)]
    most = max(
        len(tasks) * len(seeds) * sum(
            all(found.get((task, name, seed)) == tests for task in tasks for seed in seeds)
            for name in NAMES
        )
        for seeds in choices for tests in (1, 2, 3)
    )  # fmt: skip
    assert len(kept) == most


def test_where_each_run_comes_from_lies_beside_the_tree(tmp_path: Path) -> None:
    """A line a run, in the tree or not; the folder has one file that marl-eval takes for a tree."""
    runs = {**table(), **further("blind", tests=1, each=0)}
    for cell, run in runs.items():
        write_json(cell.result(tmp_path / "results"), run)
    path = tmp_path / "trees" / "tree.json"
    out = write_tree(path, tmp_path / "results")
    assert json.loads(path.read_text()) == tree_of(runs, out)
    assert [one.name for one in path.parent.glob("*.json")] == ["tree.json"]
    lines = [json.loads(line) for line in beside(path).read_text().splitlines()]
    assert {Cell(**line["cell"]): line["left_out"] for line in lines} == {
        cell: out.get(cell) for cell in runs
    }
    kept = {"version", "commit", "config_hash", "machine", "seconds", "agent_steps_a_second"}
    assert all(kept <= set(line) for line in lines)
    assert lines[-1]["elapsed_time"] == [1.0, 2.0, 3.0]
    assert not {"checkpoints", "test"} & set(lines[0])
    said = told(path, out)
    assert said.splitlines()[0] == f"{path} leaves out 1 run; see {beside(path)}."
    assert said.splitlines()[1:] == ["  blind: does not learn"]


@pytest.mark.filterwarnings("ignore")  # What it imports is not ours.
def test_the_committed_runs_make_a_tree_that_marl_eval_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its README does it; with fewer draws for the intervals."""
    pytest.importorskip("marl_eval")
    import matplotlib as mpl

    mpl.use("Agg")
    from marl_eval.plotting_tools import plotting
    from marl_eval.utils.data_processing_utils import (
        create_matrices_for_rliable,
        data_process_pipeline,
    )
    from marl_eval.utils.diagnose_data_errors import DiagnoseData

    def few(*given: Any, reps: int, **more: Any) -> Any:
        return estimates(*given, reps=20, **more)

    estimates = plotting.rly.get_interval_estimates
    monkeypatch.setattr(plotting.rly, "get_interval_estimates", few)
    path = tmp_path / "tree.json"
    write_tree(path, COMMITTED)
    tree = json.loads(path.read_text())
    names, seeds, steps = shape_of(tree)
    found = DiagnoseData(tree).check_data()
    assert all(found[ENVIRONMENT].values())
    data = data_process_pipeline(tree, [METRIC])
    scores, curves = create_matrices_for_rliable(data, ENVIRONMENT, [METRIC])
    runs = dict(runs_in(COMMITTED))
    for name in names:
        whole = np.array([
            [np.mean(runs[Cell(task, "nano", name, seed)]["test"]) for task in TASKS]
            for seed in sorted(int(one.removeprefix("seed_")) for one in seeds)
        ])  # fmt: skip
        assert scores[f"mean_{METRIC}"][name] == pytest.approx(whole)
        assert curves[f"mean_{METRIC}"][name].shape == (*whole.shape, len(steps) - 1)
    _, reached, _ = plotting.aggregate_scores(
        scores, METRIC, [METRIC], tabular_results_file_path=str(tmp_path / "table")
    )
    assert set(reached) == {name.upper() for name in names}
    _, points, _ = plotting.sample_efficiency_curves(curves, METRIC, [METRIC])
    for one in points.values():
        assert len(one) == len(steps) - 1
        assert np.all((one >= 0) & (one <= 1))
