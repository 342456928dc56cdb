"""The ladder of controllers."""

from __future__ import annotations

import numpy as np
import pytest

from hive_env.bench.episodes import Trial, play
from hive_env.bench.ladder import ladder_tables, measure, pairs_of, played, verdict
from hive_env.config import ForageConfig, HiveConfig
from hive_env.scenarios.families import FORAGE
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size

SHORT = HiveConfig(Size.of("nano"), ForageConfig(episode_ticks=64))
CONTROLLERS = FORAGE.controllers


def short(worlds: int) -> Trial:
    """Return nano worlds of 64 ticks."""
    return Trial(FORAGE, SHORT, Forage(SHORT, worlds))


def deaf(_: str) -> object:
    """Hear of no tick."""
    return lambda _: None


def test_each_seed_of_the_batch_gives_what_that_seed_gives_alone() -> None:
    report = measure(short(3), ["reflex", "full"], deaf)

    alone = [
        play(short(1).hive, CONTROLLERS["full"], seed, 1, lambda _: None).mean for seed in range(3)
    ]
    full = report["rows"][1]
    assert full["u_by_seed"] == alone
    assert full["u_per_worker"] == pytest.approx(np.mean(alone))
    assert full["sd"] == pytest.approx(np.std(alone, ddof=1))


def test_the_ends_of_the_scale_are_played_even_when_they_are_not_listed() -> None:
    report = measure(short(2), ["reflex", "full"], deaf)

    whole = measure(short(2), None, deaf)
    by_name = {row["policy"]: row for row in whole["rows"]}
    assert [row["policy"] for row in report["rows"]] == ["reflex", "full"]
    assert report["rows"] == [by_name["reflex"], by_name["full"]]
    assert (report["u_random"], report["u_expert"]) == (whole["u_random"], whole["u_expert"])
    assert (by_name["random"]["score"], by_name["expert"]["score"]) == (0.0, 1.0)
    assert played(FORAGE, ["full"]) == ["full", "random", "expert"]


def test_by_default_all_controllers_are_played_and_each_is_below_the_one_it_names() -> None:
    assert played(FORAGE, None) == list(CONTROLLERS)
    assert ("pheromone", "full") in pairs_of(FORAGE, None)
    assert all(CONTROLLERS[lower].below == upper for lower, upper in pairs_of(FORAGE, None))
    assert len(pairs_of(FORAGE, None)) == len(CONTROLLERS) - 1


def test_a_ranking_the_wrong_way_round_does_not_hold_and_the_verdict_says_where() -> None:
    report = measure(short(4), ["random", "expert", "reflex"], deaf)

    assert [pair["holds"] for pair in report["pairs"]] == [True, False]
    assert not report["ranking_holds"]
    assert "does not hold" in verdict(report)
    assert verdict(report).endswith("expert < reflex.")


def test_what_a_controller_is_behind_the_full_hierarchy_is_in_units_of_the_score() -> None:
    report = measure(short(3), ["reflex", "full"], deaf)

    reflex, full = report["rows"]
    assert full["behind_full"] is None
    assert reflex["behind_full"]["mean"] == pytest.approx(full["score"] - reflex["score"])
    apart = np.subtract(full["u_by_seed"], reflex["u_by_seed"])
    scale = report["u_expert"] - report["u_random"]
    assert reflex["behind_full"]["sd"] == pytest.approx(apart.std(ddof=1) / scale)


def test_where_the_full_hierarchy_is_not_played_nobody_is_behind_it() -> None:
    report = measure(short(2), ["random", "reflex"], deaf)

    assert [row["behind_full"] for row in report["rows"]] == [None, None]


def test_the_tables_have_a_line_for_each_controller_and_pair() -> None:
    controllers, pairs = ladder_tables(measure(short(2), None, deaf))

    assert controllers.count("\n") == 1 + len(CONTROLLERS)
    assert pairs.count("\n") == 1 + len(pairs_of(FORAGE, None))


@pytest.mark.slow
def test_the_built_in_controllers_rank_by_the_lower_95_percent_bounds_over_16_seeds() -> None:
    report = measure(Trial.of(FORAGE, Size.of("nano"), 16), None, deaf)

    assert report["ranking_holds"], verdict(report)
