"""What faults cost: what is counted and compared, never how fast it is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from strategies import JITLESS

from hive_env.bench import fault_cases
from hive_env.bench.fault_cases import AGREED, NONE, draws_of, faulted, offices, worlds_measured
from hive_env.bench.measured import office
from hive_env.faults import presets
from hive_env.random import draw
from hive_env.scenarios.teams import Teams
from hive_env.systems import members, takeover
from hive_env.systems import offices as engine


@pytest.mark.jitless
@pytest.mark.skipif(not JITLESS, reason="compiled rules call no Python")
def test_the_draws_of_events_are_counted_as_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(*words: int) -> Any:
        made.append(words)
        return draw(*words)

    for module in (members, takeover, engine):
        monkeypatch.setattr(module, "draw", counted)
    teams = Teams(office(0.1, fault_mean=2.0), 3)
    teams.reset(0)
    # The first fault of each member is drawn at the reset.
    made.clear()
    teams.tick(20)
    assert teams.account().takeovers > 20
    assert len(made) == draws_of(teams)


def test_an_event_makes_from_one_to_three_draws() -> None:
    teams = Teams(office(0.1), 100)
    teams.reset(0)
    teams.tick(100)
    assert 1.5 < draws_of(teams) / teams.account().events < 2


def test_the_rate_of_events_is_of_those_that_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that passes a second whenever it is read a rate is a number of events."""
    seconds = iter(range(1_000))
    monkeypatch.setattr(fault_cases.time, "perf_counter", lambda: next(seconds))
    found = offices(1, 50, 10, 1 << 12, 2, lambda: None)

    teams = Teams(office(fault_cases.TICKS_PER_HOUR), 50)
    teams.reset(0)
    counts = []
    for _ in range(3):
        teams.tick(10)
        counts.append(teams.account().events)
    rates = [after - before for before, after in pairwise(counts)]
    assert [found["events_1"]["min"], found["events_1"]["max"]] == sorted(rates)


def test_every_preset_is_compared_with_the_same_world_without_faults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock gives each world ticks of its own length."""
    lengths = {repr(faults): 1 + at / 4 for at, faults in enumerate(worlds_measured().values())}
    order = []

    def seconds(crew: Any, ticks: int, tell: Any) -> float:
        order.append(repr(crew.hive.config.forage.faults))
        return ticks * lengths[order[-1]]

    monkeypatch.setattr(fault_cases, "_seconds", seconds)
    found = faulted(1, "nano", 2, 4, 6, lambda: None)

    assert list(found["worlds"]) == [NONE, *presets(), AGREED]
    ratios = [world["ratio"] for world in found["worlds"].values()]
    assert [one["median"] for one in ratios] == [1 + at / 4 for at in range(len(lengths))]
    assert all(one["min"] == one["max"] for one in ratios)
    # After the warm-up each begins a round once.
    worlds = len(lengths)
    assert len(order) == worlds + 6 * worlds
    assert len(set(order[worlds::worlds])) == min(6, worlds)
