"""The ladder of controllers."""

from __future__ import annotations

import numpy as np
import pytest

from hive_env.bench.episodes import CONTROLLERS, play
from hive_env.bench.ladder import ladder_tables, measure, verdict
from hive_env.config import ForageConfig, HiveConfig, Size
from hive_env.scenarios.forage import Forage

SHORT = HiveConfig(Size.of("nano"), ForageConfig(episode_ticks=64))


def deaf(_: str) -> object:
    """Hear of no tick."""
    return lambda _: None


def test_each_seed_of_the_batch_gives_what_that_seed_gives_alone() -> None:
    report = measure(SHORT, 3, ["reflex", "expert"], deaf)

    alone = [play(Forage(SHORT), "expert", seed, 1, lambda _: None).mean for seed in range(3)]
    expert = report["rows"][1]
    assert expert["u_by_seed"] == alone
    assert expert["u_per_worker"] == pytest.approx(np.mean(alone))
    assert expert["sd"] == pytest.approx(np.std(alone, ddof=1))


def test_the_ends_of_the_scale_are_played_even_when_they_are_not_listed() -> None:
    report = measure(SHORT, 2, ["reflex", "pheromone"], deaf)

    whole = measure(SHORT, 2, CONTROLLERS, deaf)
    assert [row["policy"] for row in report["rows"]] == ["reflex", "pheromone"]
    assert report["rows"] == whole["rows"][1:3]
    assert (report["u_random"], report["u_expert"]) == (whole["u_random"], whole["u_expert"])
    assert [row["score"] for row in whole["rows"]][::3] == [0.0, 1.0]


def test_a_ranking_the_wrong_way_round_does_not_hold_and_the_verdict_says_where() -> None:
    report = measure(SHORT, 4, ["random", "expert", "reflex"], deaf)

    assert [pair["holds"] for pair in report["pairs"]] == [True, False]
    assert not report["ranking_holds"]
    assert "does not hold" in verdict(report)
    assert verdict(report).endswith("expert < reflex.")


def test_the_tables_have_a_line_for_each_controller_and_pair() -> None:
    controllers, pairs = ladder_tables(measure(SHORT, 2, CONTROLLERS, deaf))

    assert controllers.count("\n") == 1 + len(CONTROLLERS)
    assert pairs.count("\n") == len(CONTROLLERS)


@pytest.mark.slow
def test_the_built_in_controllers_rank_by_the_lower_95_percent_bounds_over_16_seeds() -> None:
    report = measure(HiveConfig(Size.of("nano")), 16, CONTROLLERS, deaf)

    assert report["ranking_holds"], verdict(report)
