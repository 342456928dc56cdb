"""Learning curves, on the smallest budgets."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from hive_env.config import FIRST_TEST_SEED
from hive_env.scenarios.hive import LEVELS
from hive_env.wrappers import SeatsVectorEnv

pytest.importorskip("stable_baselines3")

TINY = 256


def hive(level: str, task: str = "forage") -> Any:
    from baselines.play import Hive

    return Hive(task, TINY, level)


def silent(said: str) -> None:
    """Hear and say nothing."""


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Budgets of two updates, tests on two seeds."""
    from baselines import curves

    recipes = {
        level: replace(recipe, decisions=1, worlds=2, steps=4, batch=256, epochs=1, tests=2)
        for level, recipe in curves.RECIPES.items()
    }
    monkeypatch.setattr(curves, "RECIPES", recipes)
    monkeypatch.setattr("baselines.play.TEST_WORLDS", 2)
    monkeypatch.setattr("baselines.play.SEAT_TEST_WORLDS", 3)
    return curves


@pytest.mark.parametrize("task", ["forage", "queue"])
@pytest.mark.parametrize("level", LEVELS)
def test_a_plain_ppo_trains_in_every_level(tiny: Any, level: str, task: str) -> None:
    seats = 2 * SeatsVectorEnv(1, TINY, level=level, task=task).seats
    recipe = replace(tiny.RECIPES[level], decisions=4 * seats * 4)
    points = tiny.train(hive(level, task), recipe, 0, silent)

    assert [point["decisions"] for point in points] == [2 * 4 * seats, 4 * 4 * seats]
    assert np.isfinite(points[-1]["u"]).all()
    assert len(points[-1]["reward"]) == 2


def test_training_changes_the_policy_and_a_seed_repeats_it(tiny: Any) -> None:
    recipe = replace(tiny.RECIPES["manager"], decisions=288, batch=72, learning_rate=0.01)
    runs = [tiny.train(hive("manager"), recipe, seed, silent) for seed in (1, 1, 2)]
    ends = [run[-1]["u"] for run in runs]
    assert ends[0] == ends[1]
    assert ends[0] != ends[2]
    assert runs[0][0]["u"] != ends[0]


def test_runs_share_no_world(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stable-Baselines3 seeds the environments of a new model by itself."""
    learn, seeds = tiny.PPO.learn, []

    def learns(model: Any, *arguments: Any, **named: Any) -> Any:
        found = learn(model, *arguments, **named)
        seeds.extend(model.env.env.simulation.columns["seed"].tolist())
        return found

    monkeypatch.setattr(tiny.PPO, "learn", learns)
    for seed in range(3):
        tiny.train(hive("governor"), tiny.RECIPES["governor"], seed, silent)
    assert seeds == [0, 1, 2, 3, 4, 5]


def test_worth_is_that_of_held_out_seeds() -> None:
    from baselines.play import worth

    env = SeatsVectorEnv(1, TINY, autoreset_mode="Disabled")
    _, infos = env.reset(seed=FIRST_TEST_SEED + 1)
    paid = []
    over = False
    while not over:
        orders = env.simulation.decide("scripted", level="manager")
        _, rewards, _, truncated, infos = env.step(orders)
        paid.append(rewards.mean())
        over = truncated.all()
    found = worth(hive("manager"), "scripted", 2)
    assert found.u[1] == infos["u_per_worker"][0]
    assert found.reward[1] == pytest.approx(np.mean(paid))
    assert found.u[0] != found.u[1]


def test_a_seat_is_paid_for_itself_while_the_others_keep_to_the_script() -> None:
    """Scripted play in the seat is scripted play of all seats, of which it is one."""
    from baselines.play import Hive, worth

    alone = worth(Hive("forage", TINY, "manager", seat=3), "scripted", 2)
    everyone = worth(hive("manager"), "scripted", 2)
    assert alone.u == everyone.u
    assert alone.reward != everyone.reward
    other = worth(Hive("forage", TINY, "manager", seat=3), "random", 2)
    assert other.u != alone.u


def test_a_policy_is_asked_for_every_decision_of_every_seat() -> None:
    from baselines.play import worth

    asked = []

    def policy(seen: Any) -> Any:
        asked.append(seen.shape)
        return np.full((len(seen), 5), 1)

    worth(hive("manager"), policy, 2)
    episode = SeatsVectorEnv(1, TINY).simulation.episode_ticks
    assert len(asked) == episode // 8
    assert set(asked) == {(2 * 9, 128)}


def test_the_command_writes_what_it_is_asked_for(tiny: Any, tmp_path: Path) -> None:
    files = {name: tmp_path / f"curves.{name}" for name in ("json", "md", "svg")}
    written = ["--json", str(files["json"]), "--markdown", str(files["md"])]
    written += ["--picture", str(files["svg"]), "--size", str(TINY), "--seeds", "1"]

    assert tiny.main([*written, "--level", "governor"]) == 0
    first = json.loads(files["json"].read_text())
    assert list(first) == ["governor"]
    assert tiny.main([*written, "--level", "manager"]) == 0
    both = json.loads(files["json"].read_text())
    assert list(both) == ["manager", "governor"]
    assert both["governor"] == first["governor"]

    assert tiny.main([*written, "--level", "seat"]) == 0
    both = json.loads(files["json"].read_text())
    assert both["seat"]["hive"]["seat"] == 0
    assert len(both["seat"]["random"]["u"]) == 3
    assert tiny.main([*written, "--level"]) == 0
    assert json.loads(files["json"].read_text()) == both
    page = files["md"].read_text()
    assert "![Learning curves](curves.svg)" in page
    assert "| manager " in page
    assert "| governor " in page
    assert "## One seat" in page
    root = ElementTree.fromstring(files["svg"].read_text())
    assert len([one for one in root.iter() if one.tag.endswith("polyline")]) == 3


def test_the_share_is_where_learned_play_stands(tiny: Any) -> None:
    runs = [[{"u": [9.0, 9.0]}, {"u": [2.0, 4.0]}], [{"u": [9.0, 9.0]}, {"u": [4.0, 6.0]}]]
    found = {"random": {"u": [1.0, 3.0]}, "scripted": {"u": [5.0, 7.0]}, "runs": runs}
    assert tiny.learned(found).tolist() == [3.0, 5.0]
    assert tiny.share(found) == 0.5


def test_the_page_says_which_levels_do_not_learn(tiny: Any) -> None:
    low, high = {"u": [1.0, 3.0, 2.0]}, {"u": [5.0, 7.0, 6.5]}
    learns = {"random": low, "scripted": high, "runs": [[{"u": [4.0, 6.1, 5.2]}]]}
    stays = {**learns, "runs": [[low]]}
    assert tiny.verdict({"worker": stays, "manager": learns}).endswith("bound: worker.")
    assert tiny.verdict({"manager": learns, "seat": stays}).startswith("All are ahead")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--level", "queen"],
        ["--seeds", "0"],
        ["--seeds", "4501"],
        ["--share", "0"],
        ["--share", "nan"],
        ["--share", "inf"],
        ["--task", "nonsense"],
        ["--size", "nonsense"],
        ["--size", "7"],
        ["--markdown", "a.md"],
    ],
)
def test_arguments_that_cannot_be_used_are_refused(tiny: Any, wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        tiny.main(wrong)
