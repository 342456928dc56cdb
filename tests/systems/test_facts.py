"""What a step tells of seats, by id, against the same in NumPy, whatever the order of rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from systems.worlds import Array, march, world

from hive_env.enums import Health
from hive_env.errors import ResetNeededError
from hive_env.offices import OfficeConfig
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.hive import LEVELS
from hive_env.scenarios.queue import Queue
from hive_env.sizes import Size

TWO_HIVES = Size(160, 2, 2, 2, 1, 2, 1)
HARSH: dict[str, Any] = {"faults": "harsh", "hazards_per_region": 4}


def played(family: type[Any], **constants: Any) -> Any:
    """Two worlds in which things have happened, with rows in any order."""
    hive = world(TWO_HIVES, worlds=2, **constants) if family is Forage else Queue(TWO_HIVES, 2)
    hive.reset(4)
    for _ in range(30):
        hive.step(hive.decide("scripted"))
    if family is Forage:
        hive.columns["health"][::7] = Health.FAILED
    else:
        hive.columns["delay"][::5] = 1
    rng = np.random.default_rng(1)
    hive.permute(np.concatenate([160 * k + rng.permutation(160) for k in range(2)]))
    return hive


def by_id(hive: Any, name: str) -> Array:
    """A column of the workers in order of id, in NumPy."""
    rows = np.arange(320).reshape(2, 160)
    order = np.argsort(hive.columns["id"].reshape(2, 160), axis=1)
    return np.asarray(hive.columns[name][np.take_along_axis(rows, order, axis=1).ravel()])


@pytest.mark.parametrize("constants", [{}, HARSH], ids=["plain", "harsh"])
def test_what_is_told_of_foragers_goes_by_id(constants: dict[str, Any]) -> None:
    hive = played(Forage, **constants)
    alive = by_id(hive, "health") == Health.ALIVE
    assert 0 < alive.sum() < 320
    np.testing.assert_array_equal(hive.able("worker"), alive)
    first = np.zeros(13, bool)
    first[[0, 8]] = True
    np.testing.assert_array_equal(hive.masks("worker"), alive[:, None] | first)
    facts = hive.facts("worker")
    assert facts["event"].any()
    np.testing.assert_array_equal(facts["event"], by_id(hive, "event"))
    seats = np.tile(np.arange(160), 2)
    if constants:
        agents = seats + 160 * by_id(hive, "incarnation").astype(np.int64)
        seats = np.where(by_id(hive, "health") == Health.ENDED, -1, agents)
        np.testing.assert_array_equal(facts["ailment"], by_id(hive, "ailment"))
        np.testing.assert_array_equal(facts["agent"], seats)
    np.testing.assert_array_equal(hive.occupants("worker"), seats)
    assert all(fact.dtype == np.int64 for fact in facts.values())
    assert hive.able("worker").dtype == hive.masks("worker").dtype == bool


def test_what_is_told_of_queuers_goes_by_id() -> None:
    hive = played(Queue)
    there = by_id(hive, "delay") == 0
    assert 0 < there.sum() < 320
    np.testing.assert_array_equal(hive.able("worker"), there)
    np.testing.assert_array_equal(hive.masks("worker"), there[:, None] | (np.arange(6) == 0))
    event = by_id(hive, "event")
    assert event.any()
    np.testing.assert_array_equal(hive.facts("worker")["event"], event)
    np.testing.assert_array_equal(hive.occupants("worker"), np.tile(np.arange(160), 2))


def test_a_governor_helps_only_in_slots_that_it_has_and_takes_in_while_one_is_free() -> None:
    hive = world(TWO_HIVES, worlds=2, max_span=5, offices=OfficeConfig())
    hive.reparent(0, 1, world=1)
    spans = hive.columns["reports_count"].tolist()
    assert spans == [4, 4, 4, 4, 3, 5, 4, 4]
    choices = hive.levels["governor"].choices
    for mask, span in zip(hive.masks("governor"), spans, strict=True):
        orders, helped, standing = mask[:15].reshape(5, 3), mask[15:22], mask[22:]
        assert len(standing) == choices[-1]
        assert standing.all()
        assert orders[:span].all()
        assert (orders[span:] == [True, False, False]).all()
        assert helped.tolist() == [True] + [slot < span for slot in range(5)] + [span < 5]


@pytest.mark.parametrize("family", [Forage, Queue])
@pytest.mark.parametrize("level", LEVELS)
def test_what_is_told_is_the_readers_own(family: type[Any], level: str) -> None:
    hive = played(family)
    for tell in (hive.masks, hive.able, hive.occupants):
        told, again = tell(level), tell(level)
        again[...] = 0
        np.testing.assert_array_equal(tell(level), told)


@pytest.mark.parametrize("family", [Forage, Queue])
def test_nothing_is_told_of_workers_before_a_reset(family: type[Any]) -> None:
    hive = family("nano")
    for tell in (hive.masks, hive.able, hive.occupants, hive.facts):
        with pytest.raises(ResetNeededError):
            tell("worker")


def test_rows_in_any_order_tell_the_same_as_the_worlds_go_on() -> None:
    plain, moved = (world(TWO_HIVES, worlds=2, **HARSH) for _ in range(2))
    rng = np.random.default_rng(2)
    for _ in range(40):
        moved.permute(np.concatenate([160 * k + rng.permutation(160) for k in range(2)]))
        for hive in (plain, moved):
            march(hive, 1)
        for level in LEVELS:
            np.testing.assert_array_equal(plain.masks(level), moved.masks(level))
            for name, fact in plain.facts(level).items():
                np.testing.assert_array_equal(fact, moved.facts(level)[name])
