"""The gates of learning: what is compared with what, and what comes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from baselines import gates
from hive_env.scenarios.hive import LEVELS

WORTH = {"random": 0.0, "pheromone": 2.0, "blind": 3.0, "full": 4.0, "expert": 6.0}


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """What plays are worth, without playing: on 64 seeds, of which each adds a bit to all."""

    def play(task: str, size: str, policies: Any, first: int, count: int) -> Any:
        return policies["worth"] + np.arange(count) / 100

    def policies_of(task: str, name: str) -> Any:
        return {"worth": 1.0 if name in LEVELS else WORTH[name]}

    monkeypatch.setattr(gates, "play", play)
    monkeypatch.setattr(gates, "policies_of", policies_of)


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("worth", "worst", "passed"),
    [
        (1.9, 0.1, [False, False, False]),
        (3.3, 0.1, [True, False, True]),
        (3.8, 0.1, [True, True, True]),
        (3.8, 0.8, [True, True, False]),
    ],
)
def test_a_governor_is_to_beat_reflex_and_pheromone_and_come_eight_tenths_of_the_way(
    worth: float, worst: float, passed: list[bool]
) -> None:
    """Random governors are worth 1, scripted ones 4: the bars are at 3.4, and at 3.1 for each."""
    seeds = np.arange(gates.TESTS) / 100
    runs = [list(worth + more + seeds) for more in (worst / 2, -worst, worst / 2)]
    found = gates.judge("governor", runs)
    assert [one["passed"] for one in found] == passed
    bars = [np.mean(bar + seeds) for bar in (2.0, 3.4, 3.1)]
    assert [one["bar"] for one in found] == pytest.approx(bars)
    learned = [np.mean(one + seeds) for one in (worth, worth, worth - worst)]
    assert [one["learned"] for one in found] == pytest.approx(learned)


@pytest.mark.usefixtures("plain")
def test_what_is_only_as_good_as_a_bar_does_not_pass() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, gates.TESTS)
    seeds = np.arange(gates.TESTS) / 100
    (found,) = gates.judge("ippo", [list(1.5 + seeds + noise - noise.mean())] * 3)
    assert not found["passed"]
    assert found["learned"] == pytest.approx(found["bar"])


@pytest.mark.usefixtures("plain")
def test_one_run_that_does_not_pass_is_enough() -> None:
    """The bar is at 3.7, the mean of the runs above it."""
    seeds = np.arange(gates.TESTS) / 100
    for worst, passed in ((3.65, False), (3.75, True)):
        runs = [list(one + seeds) for one in (4.0, worst, 4.0)]
        (found,) = gates.judge("worker", runs)
        assert found["passed"] is passed
        assert found["learned"] == pytest.approx(np.mean(worst + seeds))


@pytest.mark.parametrize(
    ("reached", "passed"), [((0.9, 0.8, 0.85), True), ((0.9, 0.5, 0.85), False)]
)
def test_hindsight_is_to_reach_three_tenths_more_goals_than_chance(
    reached: tuple[float, ...], passed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By chance .3 are reached: the runs are .3, .2 and .25 above the bar, or one is below it."""
    hindsight = pytest.importorskip("baselines.hindsight", exc_type=ImportError)
    monkeypatch.setattr(hindsight, "success", lambda *_: 0.3)
    (found,) = gates.judge("hindsight", [[0.0, last] for last in reached])
    assert found["passed"] is passed
    assert found["bar"] == pytest.approx(0.6)
    assert found["learned"] == pytest.approx(np.mean(reached))


@pytest.mark.parametrize("name", gates.LEARNING_GATES)
def test_what_gates_speak_of_is_there(name: str) -> None:
    gate = gates.LEARNING_GATES[name]
    assert gate.algorithm in gates.algorithms_of(gate.task)
    for bar in gate.bars:
        for one in (bar.low, bar.high):
            assert gates.policies_of(gate.task, one)


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(("worth", "code"), [(3.8, 0), (1.0, 1)])
def test_the_command_exits_with_one_when_a_gate_does_not_hold(
    worth: float,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = []

    def train(job: tuple[str, int], _: Any) -> list[float]:
        asked.append(job)
        return [worth + at / 100 for at in range(gates.TESTS)]

    monkeypatch.setattr(gates, "train", train)
    said = tmp_path / "gates.json"
    assert (
        gates.main(["--only", "manager", "--quiet", "--processes", "1", "--json", str(said)])
        == code
    )
    assert asked == [("manager", seed) for seed in gates.SEEDS]
    assert all(one["passed"] for one in json.loads(said.read_text())["gates"]) is (code == 0)
    assert ("NO" in capsys.readouterr().out) is (code == 1)


def test_names_of_gates_that_nobody_knows_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        gates.main(["--only", "nonsense"])
    assert "--only: expected names among governor, manager, worker, ippo" in capsys.readouterr().err
