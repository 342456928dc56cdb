"""Tiers of difficulty: named constants, the same spaces, and less to be had the harder it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import gymnasium
import numpy as np
import pytest

from hive_env import cli
from hive_env.bench.episodes import play
from hive_env.config import ForageConfig, HiveConfig
from hive_env.envs.goal import HiveGoalEnv
from hive_env.envs.parallel import HiveParallelEnv
from hive_env.envs.single import HiveEnv
from hive_env.envs.vector import HiveVectorEnv
from hive_env.errors import ArgumentError, ConfigError
from hive_env.scenarios.families import FAMILIES, FORAGE
from hive_env.scenarios.forage import TIERS
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import Size
from hive_env.wrappers import SeatsVectorEnv

NANO = Size.of("nano")
FIRST = 500
"""Of the seeds: none of those by which the constants were chosen."""


@pytest.mark.parametrize("task", FAMILIES)
def test_the_default_tier_is_the_task_as_it_is_without_one(task: str) -> None:
    family = FAMILIES[task]
    plain, named = family.config(NANO), family.at("default").config(NANO)
    assert list(family.tiers) == ["easy", "default", "hard"]
    assert family.tiers["default"] == family.constants()
    assert plain.config_hash() == named.config_hash()
    env = HiveEnv("nano", task=task, config="default")
    assert env.simulation.blueprint.config_hash == plain.config_hash()
    hashes = {family.at(tier).config(NANO).config_hash() for tier in family.tiers}
    assert len(hashes) == 3


@pytest.mark.parametrize("tier", ["easy", "hard"])
@pytest.mark.parametrize("task", FAMILIES)
def test_a_tier_has_the_spaces_and_clocks_of_the_default(task: str, tier: str) -> None:
    """So that what has learned at one tier plays at another."""
    family = FAMILIES[task]
    plain, other = (family.levels(one.config(NANO)) for one in (family, family.at(tier)))
    assert plain == other
    config = family.at(tier).config(NANO)
    assert config.episode_ticks == family.config(NANO).episode_ticks


@pytest.mark.parametrize("facade", [HiveEnv, HiveVectorEnv, HiveParallelEnv, SeatsVectorEnv])
def test_every_facade_takes_a_tier_and_names_them_when_there_is_none(facade: type) -> None:
    env = facade(size="nano", config="hard")
    assert env.simulation.config.forage == TIERS["hard"]
    with pytest.raises(
        ConfigError, match="config: expected one of easy, default, hard, got brutal"
    ):
        facade(size="nano", config="brutal")


def test_the_registries_and_the_goal_environment_take_a_tier() -> None:
    env = gymnasium.make("hive_env:HiveQueue-v0", size="nano", config="easy")
    assert env.unwrapped.simulation.config.queue == FAMILIES["queue"].tiers["easy"]
    env.close()
    assert HiveGoalEnv(config="easy").simulation.config.forage == TIERS["easy"]
    with pytest.raises(ConfigError, match="easy, default, hard"):
        HiveGoalEnv(config="brutal")


def test_a_tier_may_be_started_from_and_faults_stand_over_it() -> None:
    harsh = replace(TIERS["hard"], faults="harsh")
    assert HiveConfig(NANO, harsh) == FORAGE.at("hard").under("harsh").config(NANO)
    assert FORAGE.at("hard").under("mild").title == "forage, hard with faults mild"
    assert FORAGE.under("mild").config(NANO).forage == ForageConfig(faults="mild")
    with pytest.raises(ArgumentError, match="tier: expected one of easy"):
        FORAGE.at("brutal")


def test_the_ladder_plays_a_tier_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, page = tmp_path / "found.json", tmp_path / "page.md"
    command = f"ladder --tier hard --size 256 --seeds 2 --policies random --quiet --json {found}"
    assert cli.main([*command.split(), "--markdown", str(page)]) == 0
    report = json.loads(found.read_text())
    assert report["tier"] == "hard"
    assert report["config_hash"] == FORAGE.at("hard").config(Size.of(256)).config_hash()
    assert page.read_text().startswith("# Forage, hard: the ladder of controllers")
    assert cli.main(["ladder", "--tier", "brutal", "--size", "256"]) == 2
    assert "tier: expected one of easy, default, hard, got brutal" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("task", FAMILIES)
def test_the_harder_a_tier_the_less_is_had_and_the_less_of_what_the_expert_has(task: str) -> None:
    """By the full hierarchy; and its score, and its lead over the reflex, fall as well."""
    full, scores, leads = [], [], []
    for tier in ("easy", "default", "hard"):
        family = FAMILIES[task].at(tier)
        hive = family.hive(family.config(NANO), 16, "cpu", None)
        u = {
            name: play(hive, family.controllers[name], FIRST, 1, lambda _: None).values[0]
            for name in ("random", "reflex", "full", "expert")
        }
        assert hive.levels.keys() == set(LEVELS)
        worth = {name: values.mean() for name, values in u.items()}
        scale = worth["expert"] - worth["random"]
        full.append(u["full"])
        scores.append((worth["full"] - worth["random"]) / scale)
        leads.append((worth["full"] - worth["reflex"]) / scale)
    assert np.mean(full[0]) > 1.2 * np.mean(full[1]) > 1.5 * np.mean(full[2])
    assert scores[0] > scores[1] > scores[2]
    assert leads[0] > leads[1] > leads[2] > 0.2
