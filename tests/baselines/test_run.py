"""The runner: what a suite leaves behind, and that a run that was killed loses nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from baselines import run  # noqa: E402 (needs torch)
from baselines.algorithms import algorithms_of  # noqa: E402
from baselines.learning.results import METRIC, Cell, runs_in, write  # noqa: E402
from hive_env.config import FIRST_TEST_SEED  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.families import FAMILIES  # noqa: E402

TINY = run.Suite("A test.", 256, 0.0, 3, 2, 3)
LONGER = ("feudal", "feudal_hindsight", "mappo", "ippo_broadcast", "codes", "worker_gru")
LEARNING = [
    "manager",
    "sb3_manager",
    *(pytest.param(one, marks=pytest.mark.slow) for one in LONGER),
]


class KilledError(Exception):
    """What ends a run before its time."""


@pytest.fixture
def budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three updates for every level, of few worlds."""
    from dataclasses import replace

    from baselines import recipes, worker_gru

    few = {
        level: replace(one, decisions=1, worlds=2, steps=2, minibatches=2, epochs=1)
        for level, one in recipes.RECIPES.items()
    }
    monkeypatch.setattr(recipes, "RECIPES", few)

    def some(recipe: Any, setting: Any) -> Any:
        """As many updates as there are checkpoints, in the families' smallest worlds."""
        seats = {0.01: 256, 0.003: 9}[recipe.entropy]
        return replace(recipe, decisions=3 * seats * recipe.worlds * recipe.steps)

    sb3 = pytest.importorskip("baselines.sb3_manager", exc_type=ImportError)
    little = replace(sb3.RECIPE, worlds=2, steps=2, minibatches=2, epochs=1)
    monkeypatch.setattr(sb3, "RECIPE", little)
    monkeypatch.setattr(sb3, "shortened", some)
    monkeypatch.setattr(recipes, "shortened", some)
    gru = replace(worker_gru.RECIPE, worlds=2, steps=2, minibatches=2, epochs=1)
    monkeypatch.setattr(worker_gru, "RECIPE", gru)
    monkeypatch.setattr(worker_gru, "shortened", some)


def weights_in(path: Path) -> dict[str, Any]:
    """Return all that was learned by the policies in a file, by level and name."""
    found = {}
    for level, policy in torch.load(path, weights_only=False).items():
        network = getattr(policy, "network", None) or getattr(policy, "policy", None)
        if network is not None:
            found |= {f"{level} {name}": one for name, one in network.state_dict().items()}
    return found


def quietly(cell: Cell, decisions: int, worth: float) -> None:
    """Hear, and say nothing."""


@pytest.mark.usefixtures("budgets")
@pytest.mark.parametrize("name", LEARNING)
def test_a_run_that_was_killed_goes_on_as_if_nothing_had_happened(
    name: str, tmp_path: Path
) -> None:
    """KilledError after every checkpoint, and begun anew each time."""
    cell = Cell("forage", 256, name, 1)
    whole = run.Runner(TINY, tmp_path / "whole", quietly).run(cell)
    root = tmp_path / "pieces"
    told: list[int] = []

    def kill(cell: Cell, decisions: int, worth: float) -> None:
        told.append(decisions)

    class Mortal(run.Runner):
        def _keep(self, cell: Cell, kept: dict[str, Any]) -> None:
            super()._keep(cell, kept)
            raise KilledError

    pieces = None
    for _ in range(20):
        try:
            pieces = Mortal(TINY, root, kill).run(cell)
            break
        except KilledError:
            assert cell.part(root).exists()
    assert pieces is not None
    assert len(told) == len(whole["checkpoints"])
    assert told == [one["decisions"] for one in whole["checkpoints"]]
    for result in (whole, pieces):
        for one in result["checkpoints"]:
            del one["seconds"]
    assert pieces["checkpoints"] == whole["checkpoints"]
    assert pieces["test"] == whole["test"]
    assert not cell.part(root).exists()
    one, other = (weights_in(cell.played(where)) for where in (root, tmp_path / "whole"))
    assert one.keys() == other.keys() != set()
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.usefixtures("budgets")
def test_the_checkpoint_that_is_best_on_validation_is_the_one_that_is_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of three: its network, not the last one's, plays the test."""
    import numpy as np

    played: list[tuple[int, bytes]] = []
    values = iter([1.0, 3.0, 2.0])

    def play(task: str, size: str, policies: Any, first: int, count: int, _: Any) -> Any:
        weights = policies["manager"].network.logits.weight.detach().numpy().tobytes()
        played.append((first, weights))
        return np.full(count, 0.0 if first == FIRST_TEST_SEED else next(values))

    monkeypatch.setattr(run, "play", play)
    found = run.Runner(TINY, tmp_path, quietly).run(Cell("forage", 256, "manager", 0))
    assert found["best"] == 1
    assert [first for first, _ in played].count(FIRST_TEST_SEED) == 1
    assert played[-1] == (FIRST_TEST_SEED, played[1][1])
    assert played[2][1] != played[1][1]


@pytest.mark.usefixtures("budgets")
def test_the_command_runs_a_suite_and_writes_marl_evals_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(run.SUITES, "quick", TINY)
    arguments = ["--suite", "quick", "--seeds", "2", "--algos", "reflex,manager", "--quiet",
                 "--out", str(tmp_path), "--json", str(tmp_path / "tree.json")]  # fmt: skip
    run.main([*arguments, "--tasks", "queue"])
    tree = json.loads((tmp_path / "tree.json").read_text())
    rows = tree["hive_env"]["queue-256"]
    assert set(rows) == {"manager"}
    assert set(rows["manager"]) == {"seed_0", "seed_1"}
    assert "  reflex: does not learn\n" in capsys.readouterr().err
    one = rows["manager"]["seed_1"]
    assert set(one) == {"step_0", "step_1", "step_2", "absolute_metrics"}
    assert set(one["step_2"]) == {"step_count", METRIC}
    assert len(one["step_2"][METRIC]) == 2
    assert len(one["absolute_metrics"][METRIC]) == 3
    lines = (tmp_path / "tree.runs.jsonl").read_text().splitlines()
    beside = {Cell(**line["cell"]): line for line in map(json.loads, lines)}
    assert set(beside) == set(dict(runs_in(tmp_path / "quick")))
    found = beside[Cell("queue", 256, "manager", 1)]
    assert {"version", "commit", "config_hash", "machine", "agent_steps_a_second"} <= set(found)

    with pytest.raises(SystemExit):
        run.main([*arguments, "--tasks", "queue"])
    assert "--resume" in capsys.readouterr().err
    before = {one: one.stat().st_mtime_ns for one in tmp_path.glob("quick/**/*.json")}
    run.main([*arguments, "--tasks", "queue", "--resume"])
    assert "kept as it is" not in capsys.readouterr().err
    monkeypatch.setattr(run, "commit", lambda: "another")
    run.main([*arguments, "--tasks", "queue", "--resume"])
    assert capsys.readouterr().err.count("kept as it is") == 3
    assert {one: one.stat().st_mtime_ns for one in tmp_path.glob("quick/**/*.json")} == before


def test_runs_come_to_the_same_however_many_there_are_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(run.SUITES, "quick", TINY)
    for processes in ("1", "2"):
        run.main(["--algos", "reflex,manager", "--seeds", "1", "--quiet", "--processes", processes,
                  "--out", str(tmp_path / processes)])  # fmt: skip
    one, two = (
        {cell: found["test"] for cell, found in runs_in(tmp_path / processes / "quick")}
        for processes in ("1", "2")
    )
    assert one == two
    assert len(one) == 4


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--algos", "nonsense"], "--algos: expected names among"),
        (["--tasks", "nonsense"], "--tasks: expected names among forage, queue"),
        (["--algos", "worker_gru", "--tasks", "queue"], "--algos: worker_gru is not of queue"),
    ],
)
def test_names_that_nobody_knows_are_refused(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run.main(given)
    assert said in capsys.readouterr().err


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write(path, b"old")
    with pytest.raises(TypeError):
        write(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("task", FAMILIES)
def test_every_family_has_its_controllers_and_every_learner(task: str) -> None:
    names = set(algorithms_of(task))
    assert {"random", "reflex", "full", "expert", "ippo", "feudal", "manager"} <= names


@pytest.mark.usefixtures("budgets")
def test_a_result_is_of_the_commit_at_which_it_was_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = iter(["first", "second", "third"])
    monkeypatch.setattr(run, "commit", lambda: next(commits))
    found = run.Runner(TINY, tmp_path, quietly).run(Cell("forage", 256, "reflex", 0))
    assert found["commit"] == "first"


@pytest.mark.usefixtures("budgets")
def test_a_run_that_was_begun_otherwise_is_not_gone_on_with(tmp_path: Path) -> None:
    cell = Cell("forage", 256, "manager", 0)

    class Mortal(run.Runner):
        def _keep(self, cell: Cell, kept: dict[str, Any]) -> None:
            super()._keep(cell, kept)
            raise KilledError

    with pytest.raises(KilledError):
        Mortal(TINY, tmp_path, quietly).run(cell)
    other = run.Suite("Another test.", 256, 0.0, 3, 2, 4)
    with pytest.raises(ArgumentError, match=r"--resume: expected a run begun as .* Remove "):
        run.Runner(other, tmp_path, quietly).run(cell)
    assert cell.part(tmp_path).exists()
