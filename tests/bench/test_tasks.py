"""The tasks as the measurements see them."""

from __future__ import annotations

import pytest

from hive_env import cli
from hive_env.bench.tasks import TASKS, task_named
from hive_env.errors import ArgumentError
from hive_env.scenarios.controllers import FULL
from hive_env.sizes import Size


def test_a_task_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ArgumentError, match="chess"):
        task_named("chess")


def test_the_command_line_offers_every_task() -> None:
    assert tuple(TASKS) == cli.TASKS


@pytest.mark.parametrize("name", TASKS)
def test_every_controller_of_a_task_names_policies_that_its_levels_have(name: str) -> None:
    task = task_named(name)
    hive = task.hive(task.config(Size.of("nano")), 1, 1)

    for controller in task.controllers.values():
        for level in hive.levels.values():
            assert controller.policy(level.name) in level.policies, controller.name


@pytest.mark.parametrize("name", TASKS)
def test_every_gate_of_a_task_is_about_controllers_that_it_has(name: str) -> None:
    task = task_named(name)

    for gate in task.gates:
        assert {gate.controller, gate.less or FULL} <= set(task.controllers), gate.name


@pytest.mark.parametrize("name", TASKS)
def test_the_full_controller_of_a_task_is_what_each_level_calls_scripted(name: str) -> None:
    task = task_named(name)
    hive = task.hive(task.config(Size.of("nano")), 1, 1)

    assert {level: task.controllers[FULL].policy(level) for level in hive.levels} == {
        level.name: level.scripted for level in hive.levels.values()
    }


def test_a_controller_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ArgumentError, match=r"--policy: expected one of random, .*, got none"):
        task_named("forage").need_controllers("--policy", ["full", "none"])
