"""The tasks as the measurements see them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hive_env import cli
from hive_env.envs.single import HiveEnv
from hive_env.errors import ArgumentError, ConfigError
from hive_env.scenarios.controllers import FULL
from hive_env.scenarios.families import FAMILIES, FORAGE, family_named
from hive_env.sizes import Size


def test_a_task_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ArgumentError, match="chess"):
        family_named("chess")


def test_a_family_of_the_users_own_is_played_by_facades_and_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(FAMILIES, "mine", replace(FORAGE, name="mine", pictures=False))
    env = HiveEnv("nano", task="mine")
    env.reset(seed=0)
    assert env.step(env.action_space.sample())[4]["tick"] == 8
    with pytest.raises(ConfigError, match="the task mine has no pictures"):
        HiveEnv("nano", task="mine", render_mode="rgb_array")
    command = "ladder --task mine --size nano --seeds 2 --policies random,full --quiet"
    assert cli.main(command.split()) == 0
    assert "full" in capsys.readouterr().out


@pytest.mark.parametrize("name", FAMILIES)
def test_every_controller_of_a_task_names_policies_that_its_levels_have(name: str) -> None:
    task = family_named(name)
    hive = task.hive(task.config(Size.of("nano")), 1, "cpu", 1)

    for controller in task.controllers.values():
        for level in hive.levels.values():
            assert controller.policy(level.name) in level.policies, controller.name


@pytest.mark.parametrize("name", FAMILIES)
def test_every_gate_of_a_task_is_about_controllers_that_it_has(name: str) -> None:
    task = family_named(name)

    for gate in task.gates:
        assert {gate.controller, gate.less or FULL} <= set(task.controllers), gate.name


@pytest.mark.parametrize("name", FAMILIES)
def test_the_full_controller_of_a_task_is_what_each_level_calls_scripted(name: str) -> None:
    task = family_named(name)
    hive = task.hive(task.config(Size.of("nano")), 1, "cpu", 1)

    assert {level: task.controllers[FULL].policy(level) for level in hive.levels} == {
        level.name: level.scripted for level in hive.levels.values()
    }


def test_a_controller_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ArgumentError, match=r"--policy: expected one of random, .*, got none"):
        family_named("forage").need_controllers("--policy", ["full", "none"])
