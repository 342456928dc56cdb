"""Failovers and practice."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.dependability import Failover, Proficiency, capacity_on_backups
from hive_env.errors import ConfigError

WARM = Failover(detect=0.1, load=0.24, checkpoint_interval=30, event_rate=2 / 60, replay_rate=5 / 6)
failovers = st.builds(
    Failover,
    detect=st.floats(0, 10),
    load=st.floats(0, 10),
    checkpoint_interval=st.floats(0, 100),
    event_rate=st.floats(0, 1),
    replay_rate=st.floats(0.1, 100),
)


def test_the_median_failover_has_nothing_to_replay() -> None:
    assert float(WARM.nothing_to_replay()) == pytest.approx(1 - math.exp(-1))
    assert float(WARM.median()) == pytest.approx(0.34)
    assert float(WARM.quantile(0.64)) == pytest.approx(0.34 + 1.2)
    assert float(WARM.mean()) == pytest.approx(0.34 + 0.5 * 1.2)


def test_latencies_drawn_one_by_one_have_this_law() -> None:
    """400,000 draws; each bound is five standard errors."""
    generator = np.random.default_rng(0)
    count = 400_000
    age = generator.random(count) * 300
    latency = 0.34 + generator.poisson(age * 2 / 60) / (5 / 6)
    slow = Failover(0.1, 0.24, 300, 2 / 60, 5 / 6)
    assert latency.mean() == pytest.approx(
        float(slow.mean()), abs=5 * latency.std() / math.sqrt(count)
    )
    for hours in (0.34, 3.94, 10.0, 16.0):
        share = float(slow.cdf(hours))
        assert (latency <= hours + 1e-9).mean() == pytest.approx(
            share, abs=5 * math.sqrt(share * (1 - share) / count)
        )


@given(failovers)
def test_the_counts_of_events_are_a_law_with_the_stated_mean(failover: Failover) -> None:
    x = failover.event_rate * failover.checkpoint_interval
    counts = range(int(x + 12 * math.sqrt(x) + 30))
    chances = [failover.probability(count) for count in counts]
    assert math.fsum(chances) == pytest.approx(1)
    mean = math.fsum(n * chance for n, chance in zip(counts, chances, strict=True))
    waited = mean / failover.replay_rate
    assert float(failover.mean()) == pytest.approx(failover.detect + failover.load + waited)


@given(failovers, st.floats(0, 0.999))
def test_a_quantile_is_the_least_latency_that_reaches_its_probability(
    failover: Failover, wanted: float
) -> None:
    latency = float(failover.quantile(wanted))
    assert float(failover.cdf(latency)) >= wanted - 1e-9
    before = latency - 0.5 / failover.replay_rate
    if before >= failover.least:
        assert float(failover.cdf(before)) < wanted + 1e-9
    else:
        assert latency == failover.least
    assert float(failover.cdf(max(0.0, failover.least - 1e-3) * 0.99)) <= float(
        failover.cdf(failover.least)
    )


def test_a_latency_shorter_than_the_least_is_never_kept() -> None:
    assert float(WARM.cdf(0.33)) == 0
    assert float(WARM.cdf(1e9)) == pytest.approx(1)


def test_a_hot_standby_replays_nothing() -> None:
    hot = Failover(0.006, 0, 0, 5.0, 1.0)
    assert float(hot.median()) == float(hot.quantile(0.999)) == float(hot.mean()) == 0.006
    assert float(hot.nothing_to_replay()) == 1


def test_a_very_stale_checkpoint_is_still_answered() -> None:
    stale = Failover(0, 0, 100_000, 1.0, 1.0)
    assert float(stale.median()) == pytest.approx(50_000, rel=1e-4)
    assert stale.probability(200_000) == 0


@pytest.mark.parametrize("name", ["detect", "load", "checkpoint_interval", "event_rate"])
@pytest.mark.parametrize("value", [-1, math.nan])
def test_a_time_or_rate_below_zero_is_refused(name: str, value: float) -> None:
    given_ = {"detect": 1, "load": 1, "checkpoint_interval": 1, "event_rate": 1, name: value}
    with pytest.raises(ConfigError, match=f"^{name}: expected"):
        Failover(replay_rate=1, **given_)  # type: ignore[arg-type]


def test_what_is_never_replayed_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^replay_rate: expected a number above 0"):
        Failover(1, 1, 1, 1, 0)


@pytest.mark.parametrize("probability", [-0.1, 1, 1.5, math.nan])
def test_a_quantile_that_is_none_is_refused(probability: float) -> None:
    with pytest.raises(ConfigError, match=r"^probability: expected"):
        WARM.quantile(probability)


def test_the_practice_of_the_paper() -> None:
    practised = Proficiency(start=0.95, least=0.80, decay=0.01)
    assert float(practised.practice_interval()) == pytest.approx(17.185, abs=5e-4)
    assert float(practised.practice_overhead(0.25)) == pytest.approx(0.0145, abs=5e-5)
    assert float(practised.practice_overhead(0.5)) == pytest.approx(0.0291, abs=5e-5)


@given(st.floats(0.5, 1), st.floats(0.1, 0.5), st.floats(1e-3, 1))
def test_practice_comes_when_proficiency_has_fallen_to_the_least(
    start: float, least: float, decay: float
) -> None:
    practised = Proficiency(start, least, decay)
    assert float(practised.at(0)) == start
    assert float(practised.at(float(practised.practice_interval()))) == pytest.approx(least)


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"least": 1.2}, "least"),
        ({"least": -0.1}, "least"),
        ({"least": 0}, "least"),
        ({"least": 0.96}, "least"),
        ({"start": math.nan}, "start"),
        ({"start": 1.1}, "start"),
        ({"decay": 0}, "decay"),
        ({"decay": -1}, "decay"),
    ],
)
def test_a_proficiency_out_of_its_range_is_refused(
    changes: dict[str, float], argument: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{argument}: expected"):
        Proficiency(**{"start": 0.95, "least": 0.8, "decay": 0.01, **changes})


def test_practice_without_a_pause_has_no_overhead_to_name() -> None:
    with pytest.raises(ConfigError, match=r"^least: expected below start"):
        Proficiency(0.8, 0.8, 0.01).practice_overhead(0.5)


def test_capacity_on_backups_by_four_models() -> None:
    found = capacity_on_backups(0.98, [0.87, 0.87], roles=8)
    percent = {name: round(100 * float(share), 1) for name, share in found.items()}
    assert percent == {"mean": 97.2, "harmonic": 96.9, "bottleneck": 88.8, "product": 78.8}
    assert all(float(share) == 1 for share in capacity_on_backups(0.98, [], 8).values())


def test_more_backups_than_roles_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^backups: expected at most 1"):
        capacity_on_backups(0.9, [0.8, 0.8], 1)
    with pytest.raises(ConfigError, match=r"^primary"):
        capacity_on_backups(0, [], 1)
