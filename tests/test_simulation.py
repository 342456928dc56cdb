"""What every simulation does, whatever its scenario."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hive_env.backends import CpuBackend
from hive_env.config import HiveConfig
from hive_env.errors import ArgumentError
from hive_env.scenarios.forage import Forage, blueprint_of
from hive_env.simulation import column_bytes
from hive_env.sizes import Size

NANO = HiveConfig(Size.of("nano"))


def test_worlds_that_do_not_fit_are_refused_before_anything_is_allocated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs = sum(column_bytes(blueprint_of(NANO), 2).values())
    monkeypatch.setattr(CpuBackend, "memory_bytes", lambda _: needs)
    Forage(NANO, 2)

    def allocate(*given: object) -> None:
        raise AssertionError(given)

    monkeypatch.setattr(CpuBackend, "zeros", allocate)
    expected = r"size: expected worlds that fit into this machine's 0.0 GiB, got 1,536 workers"
    with pytest.raises(ArgumentError, match=expected):
        Forage(NANO, 3)


def test_the_host_counts_ticks_along_with_the_column() -> None:
    hive = Forage(NANO, 2)
    hive.reset(seed=0)
    hive.step(np.zeros((1024, 2), np.uint8))
    hive.reset(worlds=np.array([True, False]))
    assert hive.ticks.tolist() == hive.columns["tick"].tolist() == [0, 1]


def test_a_column_that_was_lengthened_is_what_every_pass_is_given_from_then_on() -> None:
    """Also those that have been compiled, and keep their arguments at hand."""
    hive = Forage("nano")
    hive.reset(seed=0)
    hive.step(hive.decide("scripted"))
    before = hive.arrays["member"]
    hive.lengthen("member", len(before) + 1)
    hive.resume()
    # Whoever still reads the old one finds the same worker everywhere.
    before[:] = 0
    hive.step(hive.decide("scripted"))
    other = Forage("nano")
    other.reset(seed=0)
    for _ in range(2):
        other.step(other.decide("scripted"))

    assert hive.state_hash() == other.state_hash()
    assert not before.any()


def test_a_column_cannot_be_replaced_by_another_array() -> None:
    """Passes would go on with the old one. What is written to its entries counts."""
    hive = Forage("nano")
    hive.reset(seed=0)
    columns: Any = hive.columns
    with pytest.raises(ArgumentError, match=r"columns\['fatigue'\]: .* put\('fatigue', values\)"):
        columns["fatigue"] = np.zeros(512, np.uint8)
    columns["fatigue"] += 1
    assert (hive.columns["fatigue"] == 1).all()
