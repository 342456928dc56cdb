"""The chart: who reports to whom, as lists, whatever moved."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from systems.worlds import CLOCKS, march, world

from hive_env.config import HiveConfig
from hive_env.errors import ArgumentError
from hive_env.scenarios.chart import reports_of
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import LEVELS
from hive_env.sizes import Size

TWO_HIVES = Size(90, 2, 2, 2, 1, 2, 1)


@pytest.mark.parametrize("level", LEVELS[:-1])
def test_everybody_of_a_level_is_under_the_seat_that_they_report_to(level: str) -> None:
    """After migrations and adoptions, in two worlds whose rows lie in another order."""
    hive = world(TWO_HIVES, worlds=2, max_span=6, **CLOCKS)
    hive.reparent(3, 1)
    hive.reparent(10, 3, world=1)
    march(hive, 30)
    rng = np.random.default_rng(0)
    hive.permute(np.concatenate([rng.permutation(90), 90 + rng.permutation(90)]))
    chart = reports_of(hive, level)
    above = LEVELS[LEVELS.index(level) + 1]
    seats, bosses = hive.levels[level].seats, hive.levels[above].seats
    assert len(chart.first) == 2 * bosses + 1
    superior = hive.superiors(level)
    assert len(superior) == len(chart.members) == 2 * seats
    for boss in range(2 * bosses):
        at = boss // bosses * seats
        expected = [at + i for i in range(seats) if superior[at + i] == boss % bosses]
        assert chart.under(boss).tolist() == expected
        assert chart.spans[boss] == len(expected)
    assert sorted(chart.members) == list(range(2 * seats))


def test_superiors_are_homes_governors_and_hives() -> None:
    hive = world(TWO_HIVES, worlds=2, max_span=6, **CLOCKS)
    hive.reparent(10, 3, world=1)
    march(hive, 30)
    c = hive.columns
    assert (c["home"] != np.tile(np.arange(90) * 16 // 90, 2)).any(), "some have migrated"
    np.testing.assert_array_equal(hive.superiors("worker"), c["home"])
    expected = np.tile(c["region_sector"], 2)
    expected[26] = 3
    np.testing.assert_array_equal(hive.superiors("manager"), expected)
    np.testing.assert_array_equal(hive.superiors("governor"), np.tile(c["sector_hive"], 2))
    hive.permute(np.concatenate([np.arange(90)[::-1], 90 + np.arange(90)[::-1]]))
    rows = np.concatenate([np.arange(90)[::-1], 90 + np.arange(90)[::-1]])
    np.testing.assert_array_equal(hive.superiors("worker")[rows], c["home"])


@pytest.mark.parametrize("spans", [(4, 4, 4), (16, 1, 2), (1000, 2, 1), (5, 7, 3)])
def test_initial_spans_are_those_asked_for(spans: tuple[int, int, int]) -> None:
    workers = 2 * int(np.prod(spans))
    hive = Forage(HiveConfig(Size.with_spans(workers, *spans)))
    hive.reset(0)
    for level, span in zip(LEVELS[:-1], spans, strict=True):
        assert (reports_of(hive, level).spans == span).all()


@pytest.mark.parametrize("level", ["orchestrator", "emperor", None])
def test_who_has_nobody_above_is_refused(level: Any) -> None:
    hive = world(TWO_HIVES)
    with pytest.raises(ArgumentError, match=r"^level: expected one of worker, manager, governor,"):
        reports_of(hive, level)
