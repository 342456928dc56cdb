"""The constants by which the parts of a reward are divided."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.bench.episodes import Trial
from hive_env.bench.scales import SEEDS, SIZE, Moments, markdown, measure
from hive_env.config import ForageConfig, HiveConfig
from hive_env.scenarios.controllers import FULL, Crew
from hive_env.scenarios.families import FAMILIES, FORAGE, family_named
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import Size

SHORT = HiveConfig(Size.of("nano"), ForageConfig(episode_ticks=128))
NUMBERS = st.lists(st.tuples(*[st.floats(-9, 9)] * 4), min_size=1, max_size=9)


def short() -> Trial:
    """Return two nano worlds of 128 ticks."""
    return Trial(FORAGE, SHORT, Forage(SHORT, 2))


@given(st.lists(NUMBERS, min_size=1, max_size=4))
def test_the_deviation_is_that_of_all_samples_together(samples: list[list[tuple[float]]]) -> None:
    moments = Moments()
    for sample in samples:
        moments.take(np.array(sample))

    whole = np.concatenate([np.array(sample) for sample in samples])
    assert moments.deviations() == pytest.approx(whole.std(axis=0), abs=1e-6)


def test_a_part_that_never_varies_is_divided_by_one_and_noted() -> None:
    report = measure(short(), lambda _: None)

    assert report["scales"]["orchestrator"][:2] == [1.0, 1.0]
    assert report["constant"] == ["orchestrator: immediate", "orchestrator: local"]
    assert "divided by 1: orchestrator: immediate" in markdown(report)


def test_a_scale_is_the_deviation_over_what_each_seat_earned_between_its_decisions() -> None:
    """Against components kept one by one, for a level whose period is longer than a tick."""
    trial = short()
    hive = Forage(SHORT, 2)
    hive.reset(0)
    crew = Crew(hive, trial.task.controllers[FULL])
    kept = {level: [] for level in ("worker", "governor")}
    for _ in range(4):
        whole = hive.counters()
        for _ in range(32):
            since = hive.counters()
            crew.tick()
            kept["worker"].append(hive.components("worker", since, "mean"))
        kept["governor"].append(hive.components("governor", whole, "difference"))

    found = measure(trial, lambda _: None)["scales"]
    sd = {name: np.concatenate(parts).std(axis=0, dtype=float) for name, parts in kept.items()}
    assert found["worker"][:3] == pytest.approx(sd["worker"].tolist(), rel=1e-3)
    assert [found["governor"][0], found["governor"][3]] == pytest.approx(
        [sd["governor"][0], sd["governor"][2]], rel=1e-3
    )


def test_scales_have_four_digits_and_every_level_has_four() -> None:
    scales = measure(short(), lambda _: None)["scales"]

    assert tuple(scales) == LEVELS
    for found in scales.values():
        assert len(found) == 4
        assert all(one == float(f"{one:.4g}") > 0 for one in found)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_the_frozen_constants_are_what_16_nano_seeds_give(name: str) -> None:
    trial = Trial.of(family_named(name), Size.of(SIZE), SEEDS)

    found = measure(trial, lambda _: None)["scales"]
    for level, (immediate, local, mean, difference) in found.items():
        for mode, shared in (("mean", mean), ("difference", difference), ("none", mean)):
            frozen = trial.hive.scales(level, mode)
            assert frozen.tolist() == pytest.approx([immediate, local, shared], rel=1e-6), level
