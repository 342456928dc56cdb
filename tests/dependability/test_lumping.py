"""Lumpings are checked before they are made."""

from __future__ import annotations

from fractions import Fraction

import pytest

from hive_env.dependability import Chain, lump, lumping_defect
from hive_env.errors import ConfigError


def two_items(first: Fraction, second: Fraction) -> Chain:
    """Two items, each up or down, the first and the second with failure rates of their own."""
    rates = {
        ("11", "01"): first,
        ("11", "10"): second,
        ("10", "00"): first,
        ("01", "00"): second,
        ("10", "11"): Fraction(2),
        ("01", "11"): Fraction(2),
        ("00", "01"): Fraction(2),
        ("00", "10"): Fraction(2),
    }
    return Chain.of(rates, failed={"00"}, start="11")


def ups(state: object) -> int:
    return str(state).count("1")


def test_equal_items_lump_to_the_number_up() -> None:
    chain = two_items(Fraction(1), Fraction(1))
    small = lump(chain, ups)
    assert lumping_defect(chain, ups) == 0
    assert small.states == (2, 1, 0)
    assert small.rows == ({1: 2}, {2: 1, 0: 2}, {1: 4})
    for ask in ("mttf", "availability", "mean_up_time"):
        assert getattr(small, ask)().value == getattr(chain, ask)().value
    assert float(small.reliability(3.0)) == pytest.approx(float(chain.reliability(3.0)))


def test_unequal_items_do_not() -> None:
    chain = two_items(Fraction(1), Fraction(3))
    assert lumping_defect(chain, ups) == pytest.approx(2 / 3)
    with pytest.raises(ConfigError, match=r"key: expected classes .* differ by 0.667"):
        lump(chain, ups)


def test_a_class_never_mixes_failures_with_others() -> None:
    assert lumping_defect(two_items(Fraction(1), Fraction(1)), lambda _: 0) == float("inf")


def test_what_passes_within_a_class_does_not_matter() -> None:
    rates = {("a", "b"): 5, ("a", "off"): 1, ("b", "off"): 1, ("off", "a"): 1}
    chain = Chain.of(rates, failed={"off"}, start="a")
    assert lumping_defect(chain, lambda state: state == "off") == 0
    assert lump(chain, lambda state: state == "off").rows == ({1: 1}, {0: 1})


def test_a_start_within_a_class_adds_up() -> None:
    chain = two_items(Fraction(1), Fraction(1))
    half = Fraction(1, 2)
    places = {chain.states.index("01"): half, chain.states.index("10"): half}
    spread = Chain(chain.states, chain.rows, chain.failed, places)
    assert lump(spread, ups).start == {1: 1}
