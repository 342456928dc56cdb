"""What was learned, in other worlds and in parts: what is changed, and how it is told."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from baselines import variations  # noqa: E402 (needs torch)
from baselines.algorithms import algorithms_of  # noqa: E402
from baselines.learning.policies import NetworkPolicy, network_of  # noqa: E402
from baselines.learning.results import Cell, write_json  # noqa: E402
from baselines.learning.sets import SetNetwork  # noqa: E402
from baselines.learning.views import View  # noqa: E402
from hive_env.enums import PAIRS  # noqa: E402
from hive_env.scenarios.families import FAMILIES  # noqa: E402
from hive_env.scenarios.hive import NOBODY, UPPER  # noqa: E402
from hive_env.sizes import Size  # noqa: E402
from hive_env.specialists import SpecialistNetwork  # noqa: E402

BY_NAME = {one.about: one for one in variations.VARIATIONS}


def plain(task: str = "forage", **policies: Any) -> variations.Play:
    family = FAMILIES[task]
    return variations.Play(task, Size.of(256), family.constants(), policies)


def test_twice_the_faults_are_half_the_ticks_between_them() -> None:
    given = plain()
    found = BY_NAME["twice the faults"].change(given)
    assert found is not None
    assert found.constants.fault_mean_ticks == given.constants.fault_mean_ticks // 2
    assert BY_NAME["twice the faults"].change(plain("queue")) is None


def test_without_faults_none_come() -> None:
    found = BY_NAME["no faults"].change(plain())
    assert found is not None
    assert found.constants.fault_mean_ticks == 0
    assert BY_NAME["no faults"].change(found) is None
    assert BY_NAME["no faults"].change(plain("queue")) is None


@pytest.mark.parametrize("task", FAMILIES)
def test_a_governor_of_twice_the_regions_has_the_same_weights_and_looks_at_all(task: str) -> None:
    family, size = FAMILIES[task], Size(256, 2, 1, 1, 2)
    narrow, hive = (
        family.hive(family.config(one, family.constants()), 1, "cpu", None)
        for one in (size, replace(size, workers=512, sector_x=4))
    )
    network = network_of(narrow, View("governor"), (8, 8))
    assert isinstance(network, SetNetwork)
    differ(network)
    governor = NetworkPolicy(network, View("governor"), likeliest=True)
    given = replace(plain(task, governor=governor), size=size)
    found = BY_NAME["twice the regions a governor"].change(given)
    assert found is not None
    assert found.size == replace(size, workers=512, sector_x=4)
    larger = found.policies["governor"]
    assert isinstance(larger, NetworkPolicy)
    assert larger.likeliest
    hive.reset(seed=0)
    for _ in range(4 * hive.levels["governor"].period):
        hive.step(hive.decide("scripted"))
    chosen = larger(hive)
    assert chosen.shape == (2, 4)
    # A governor of four regions, two of which are like the two others, chooses for those alike.
    features = narrow.levels["governor"].features
    row = torch.rand(16, len(features))
    wide = torch.zeros(16, len(hive.levels["governor"].features))
    places = {one.name: at for at, one in enumerate(features)}
    for at, one in enumerate(hive.levels["governor"].features):
        head, *rest = one.name.split("_")
        same = {"r2": "r0", "r3": "r1"}.get(head, head)
        wide[:, at] = row[:, places["_".join([same, *rest])]]
    logits, values, _ = network(row)
    again, same_values, _ = larger.network(wide)
    torch.testing.assert_close(again, torch.cat([logits, logits], -1))
    torch.testing.assert_close(same_values, values)


def differ(network: torch.nn.Module) -> None:
    """Give a network weights under which choices differ."""
    torch.manual_seed(0)
    for one in network.parameters():
        torch.nn.init.normal_(one, std=0.5)


def test_governors_who_learned_for_named_regions_are_not_tried_with_more() -> None:
    hive = FAMILIES["forage"].hive(FAMILIES["forage"].config(Size.of(256)), 1, "cpu", None)
    level = hive.levels["governor"]
    learned = SpecialistNetwork(1, level.features, level.choices, (8,))
    given = plain(governor=NetworkPolicy(learned, View("governor")))
    assert BY_NAME["twice the regions a governor"].change(given) is None
    assert BY_NAME["twice the regions a governor"].change(plain(governor="none")) is not None


def test_who_learned_without_two_pairs_of_types_is_tested_on_these() -> None:
    learned = algorithms_of("forage")["manager_pairs"].constants
    found = BY_NAME["demand of a with b and c with d alone"].change(
        replace(plain(), constants=learned)
    )
    assert found is not None
    assert {PAIRS[one] for one in found.constants.demand_pairs} == {(0, 1), (2, 3)}
    assert sorted(learned.demand_pairs + found.constants.demand_pairs) == list(range(len(PAIRS)))
    assert BY_NAME["demand of a with b and c with d alone"].change(plain("queue")) is None
    assert "manager_pairs" not in algorithms_of("queue")


def test_without_trails_the_map_stays_as_it_was_at_the_beginning() -> None:
    given = plain()
    found = BY_NAME["no trails"].change(given)
    assert found is not None
    assert BY_NAME["no trails"].change(plain("queue")) is None
    trails = []
    for one in (given, found):
        hive = FAMILIES["forage"].hive(
            FAMILIES["forage"].config(one.size, one.constants), 1, "cpu", None
        )
        hive.reset(seed=0)
        for _ in range(40):
            hive.step(hive.decide("scripted"))
        trails.append(hive.columns["trail"].any(axis=(0, 2)))
    assert trails[0].all(), "on every plane"
    assert not trails[1].any()


@pytest.mark.parametrize("level", UPPER)
def test_a_level_is_taken_away_unless_there_is_none(level: str) -> None:
    change = BY_NAME[f"no orders from {level}s"].change
    found = change(plain(worker="reflex"))
    assert found is not None
    assert found.policies == {"worker": "reflex", level: NOBODY}
    assert change(plain(**{level: NOBODY})) is None


def test_every_fifth_worker_keeps_to_its_reflexes() -> None:
    given = plain(worker="random")
    found = BY_NAME["every fifth worker by reflex"].change(given)
    assert found is not None
    hive = FAMILIES["forage"].hive(FAMILIES["forage"].config(given.size), 2, "cpu", None)
    hive.reset(seed=0)
    actions = found.policies["worker"](hive)  # type: ignore[operator]
    reflex, drawn = hive.decide("reflex"), hive.decide("random")
    some = np.arange(512) % 256 % 5 == 0
    assert np.array_equal(actions[some], reflex[some])
    assert np.array_equal(actions[~some], drawn[~some])


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs of managers."""
    monkeypatch.setattr(variations, "TESTS", 2)
    for seed in range(2):
        cell = Cell("forage", 256, "manager", seed)
        run = {"cell": asdict(cell), "commit": "abc", "config_hash": "0123", "seconds": 1.5}
        write_json(cell.result(tmp_path), run)
        torch.save({"manager": "scripted"}, cell.played(tmp_path))
    return tmp_path


def test_what_was_learned_is_played_changed_and_told_by_pairs(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = root / "page.md"
    variations.main([str(root), "--algos", "manager", "--quiet", "--markdown", str(page)])
    said = capsys.readouterr().out
    assert said.count("forage-256 manager") == len(variations.VARIATIONS)
    written = page.read_text()
    assert written.count("| forage-256 manager") == len(variations.VARIATIONS)
    assert f"python -m baselines.variations {root}`" in written
    assert "U by worker on 2 test seeds" in written
    assert written.count("†") == 1 + len(variations.VARIATIONS), "two runs are few"
    assert "Runs: 2 of forage-256 manager." in written
    kept = json.loads((root / "forage-256" / "manager" / "seed-1.variations.json").read_text())
    assert set(kept["variations"]) == set(BY_NAME)
    assert {"version", "machine", "seed", "config_hash"} <= set(kept)
    for about, one in kept["variations"].items():
        # Managers were told to keep to their scripts.
        assert ("scripted" in one) is BY_NAME[about].worlds
        assert one.get("scripted", one["u"]) == one["u"]
    assert kept["scripted"] == kept["u"]


def test_what_lies_there_is_told_without_policies_and_not_played_again(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(root), "--algos", "manager", "--quiet"]
    variations.main(arguments)
    said = capsys.readouterr().out
    for one in root.glob("**/*.pt"):
        one.unlink()
    monkeypatch.setattr(variations, "play", None)
    variations.main(arguments)
    assert capsys.readouterr().out == said


def test_a_variation_that_is_new_is_played_and_one_that_is_gone_is_not_told(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(root), "--algos", "manager", "--quiet"]
    variations.main(arguments)
    kept = root / "forage-256" / "manager" / "seed-1.variations.json"
    before = json.loads(kept.read_text())
    other = {**before["variations"]}
    other["as it was once"] = other.pop("no faults")
    other["no trails"] = {**other["no trails"], "u": [7.0, 7.0]}
    kept.write_text(json.dumps({**before, "variations": other, "asked": sorted(other)}))
    assert [cell.seed for cell in variations.waiting_in(root, ["forage"], ["manager"])] == [1]
    capsys.readouterr()
    variations.main(arguments)
    after = json.loads(kept.read_text())["variations"]
    assert set(after) == set(BY_NAME)
    assert after["no faults"] == before["variations"]["no faults"]
    assert after["no trails"]["u"] == [7.0, 7.0], "was not played again"


def test_what_another_run_came_to_is_played_again_and_not_told(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(root), "--quiet"]
    variations.main([*arguments, "--algos", "manager"])
    capsys.readouterr()
    result = root / "forage-256" / "manager" / "seed-1.json"
    result.write_text(json.dumps({**json.loads(result.read_text()), "seconds": 2.5}))
    with pytest.raises(SystemExit):
        variations.main(arguments)
    assert "--algos manager" in capsys.readouterr().err
    assert [cell.seed for cell in variations.waiting_in(root, ["forage"], ["manager"])] == [1]
    variations.main([*arguments, "--algos", "manager"])
    assert variations.waiting_in(root, ["forage"], ["manager"]) == []


def test_what_is_not_there_is_asked_for(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for given, said in (
        (["--algos", "feudal"], "folder: expected runs of feudal"),
        (["--algos", "manager", "--tasks", "queue"], "folder: expected runs of manager"),
        (["--tasks", "nonsense"], "--tasks: expected names among forage, queue, got nonsense"),
        ([], "folder: expected seed-N.variations.json below it"),
    ):
        with pytest.raises(SystemExit):
            variations.main([str(root), *given])
        assert said in capsys.readouterr().err
    (root / "forage-256" / "manager" / "seed-1.pt").unlink()
    with pytest.raises(SystemExit):
        variations.main([str(root), "--algos", "manager"])
    assert "seed-1.pt too, got no such file. Run it again" in capsys.readouterr().err
