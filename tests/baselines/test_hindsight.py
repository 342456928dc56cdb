"""What hindsight is worth: the measurement runs, and its page says what came of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("stable_baselines3")

from baselines import hindsight


def test_a_training_with_hindsight_runs_and_is_tested_at_every_point() -> None:
    settings = hindsight.Settings(
        steps=200, episodes=1, points=2, learning_starts=100, buffer_size=200
    )

    for arm in hindsight.ARMS:
        found = hindsight.train(arm, 0, settings)
        assert len(found) == 2
        assert all(0 <= share <= 1 for share in found)


def test_who_walks_straight_arrives_and_chance_hardly_does() -> None:
    settings = hindsight.Settings(episodes=40)

    assert hindsight.success(hindsight.straight, settings) > 0.9
    assert hindsight.success(hindsight.at_random(0), settings) < 0.1


def test_the_page_says_what_the_report_says() -> None:
    curves = {"off": [[0.0, 0.1], [0.0, 0.2]], "on": [[0.5, 0.9], [0.4, 0.8]]}
    report = {
        **hindsight.provenance("hindsight", None, 0),
        "seeds": [0, 1],
        "settings": hindsight.asdict(hindsight.Settings(points=2)),
        "at_steps": [15_000, 30_000],
        "success": curves,
        "random": 0.01,
        "straight": 0.98,
        "gain": hindsight.asdict(hindsight.paired_difference([0.9, 0.8], [0.1, 0.2])),
        "gain_holds": False,
    }

    page = hindsight.markdown(report)

    assert "| 30,000            | 0.150 (0.071) | 0.850 (0.071) |" in page
    assert "hindsight is worth 0.700" in page
    assert "not above zero" in page


@pytest.mark.parametrize(
    "wrong",
    [["--goal", "nonsense"], ["--seeds", "1"], ["--steps", "10"], ["--episodes", "0"]],
)
def test_arguments_that_cannot_be_used_are_refused_in_words(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        hindsight.main(wrong)
    assert "expected " in capsys.readouterr().err


@pytest.mark.slow
def test_the_measurement_runs_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.json"
    arguments = ["--quiet", "--seeds", "2", "--steps", "2000", "--episodes", "2"]

    hindsight.main([*arguments, "--json", str(out)])

    report = json.loads(out.read_text())
    assert [len(report["success"][arm]) for arm in ("off", "on")] == [2, 2]
    assert report["schema"] == "hive_env.hindsight/1"
    assert capsys.readouterr().out.startswith("# HiveGoal")
