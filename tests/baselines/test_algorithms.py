"""What makes the rows of a table different from each other."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

pytest.importorskip("torch")

from baselines import codes, ippo, ippo_broadcast, mappo
from baselines.algorithms import algorithms_of
from baselines.learning import training
from baselines.learning.codes import CodedNetwork
from baselines.learning.training import Setting
from baselines.learning.views import CentralView, HeldViews, ManagersView
from baselines.recipes import recipe_of
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.hive import NOBODY, UPPER

SETTING = Setting(size=256, share=0.5)


def handed_on(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a row gives to the training of a level, by the names of its arguments."""
    signature = inspect.signature(training.train_level)
    found: dict[str, Any] = {}

    def train_level(*arguments: Any, **named: Any) -> Any:
        found.update(signature.bind(*arguments, **named).arguments)
        return iter(())

    for module in (ippo, mappo, ippo_broadcast, codes):
        monkeypatch.setattr(module, "train_level", train_level)
    list(algorithms_of("forage")[name].train(SETTING, 3, 5))
    return found


FLAT: dict[str, dict[str, Any]] = {
    "ippo": {},
    "ippo_long": {},
    "mappo": {"central": CentralView("worker")},
    "ippo_broadcast": {"view": ManagersView("worker")},
    "codes": {"view": HeldViews("worker")},
}


@pytest.mark.parametrize("name", FLAT)
def test_flat_rows_differ_in_what_they_are_named_for_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = handed_on(name, monkeypatch)
    network, state = found.pop("network", None), found.pop("state")
    assert isinstance(network, CodedNetwork) is (name == "codes")
    assert state is None
    share = SETTING.share * (ippo.long_of("forage") if name == "ippo_long" else 1)
    assert found == {
        "setting": SETTING,
        "level": "worker",
        "recipe": recipe_of(Setting(size=256, share=share), "worker"),
        "others": dict.fromkeys(UPPER, NOBODY),
        "seed": 3,
        "checkpoints": 5,
        **FLAT[name],
    }


def test_a_family_of_somebody_elses_has_every_row_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "mine", FAMILIES["forage"])
    assert algorithms_of("mine").keys() == algorithms_of("forage").keys()


@pytest.mark.parametrize("task", FAMILIES)
def test_a_row_is_found_by_its_own_name(task: str) -> None:
    for name, one in algorithms_of(task).items():
        assert one.name == name
        assert one.about.endswith(".")
