"""Metrics of a controller that is played for its worth."""

from __future__ import annotations

import math
from typing import Any

import pytest

from hive_env.bench.episodes import Trial, scored, unscored, warm_up
from hive_env.bench.metered import Metered
from hive_env.config import ForageConfig, HiveConfig
from hive_env.monitoring import METRICS
from hive_env.scenarios.families import FORAGE
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import Size

TICKS = 64
SHORT = HiveConfig(Size(64, 2, 2, 1, 1), ForageConfig(episode_ticks=TICKS))


def short() -> Trial:
    """Return a small world of 64 ticks."""
    return Trial(FORAGE, SHORT, Forage(SHORT))


def heard(ticks: list[str]) -> Any:
    """What hears of every tick, by the controller's name."""
    return lambda name: lambda _: ticks.append(name)


def test_the_metrics_are_those_of_the_controller_alone_over_all_its_ticks() -> None:
    """Not of the warming up, nor of those that fix the scale."""
    trial, ticks = short(), list[str]()
    metered = Metered(trial.hive, "full", heard(ticks))
    warm_up(trial, ["random", "expert", "full"])
    result = scored(trial, "full", 3, 2, metered)
    found = metered.report()

    assert [ticks.count(name) for name in ("random", "expert", "full")] == [2 * TICKS] * 3
    assert tuple(found) == LEVELS
    assert found["worker"]["reward_rate"] == pytest.approx(result["u_per_worker"] / TICKS)
    assert set(found["manager"]) == set(METRICS)
    assert found["orchestrator"]["coherence"] is None
    assert found["worker"]["reward_trend"] is not None
    assert trial.hive.watchers == []


def test_ticks_that_make_no_whole_reading_count_too() -> None:
    trial = short()
    metered = Metered(trial.hive, "expert", heard([]))
    result = unscored(trial, "expert", 0, 40, metered)

    rate = metered.report()["worker"]["reward_rate"]
    assert rate == pytest.approx(result["u_per_worker"] / 40)


def test_the_table_has_a_row_for_each_metric_and_for_levels_where_they_differ() -> None:
    trial = short()
    metered = Metered(trial.hive, "full", heard([]))
    unscored(trial, "full", 0, 16, metered)
    rows = [line.strip("| ").split("|") for line in metered.table().splitlines()[2:]]
    names = [row[0].strip() for row in rows]

    assert len(names) == len(METRICS) + 2 * 3
    assert [name.split(" of ")[0] for name in names] == sorted(
        (name.split(" of ")[0] for name in names), key=METRICS.index
    )
    assert "coherence of governors" in names
    values = {name: row[1].strip() for name, row in zip(names, rows, strict=True)}
    assert values["coherence of orchestrators"] == values["reward_trend"] == "-"
    assert math.isfinite(float(values["worker_utilization"]))
