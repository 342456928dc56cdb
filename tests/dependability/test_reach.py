"""What reaches what."""

from __future__ import annotations

from hive_env.dependability.reach import closed_set, reached, reaching

ROWS = [{1: 1}, {0: 1, 2: 1}, {3: 1}, {2: 1}, {0: 1}]


def test_what_is_reached_follows_the_arrows() -> None:
    assert reached(ROWS, [2]) == {2, 3}
    assert reached(ROWS, [4]) == {0, 1, 2, 3, 4}


def test_what_reaches_goes_against_the_arrows() -> None:
    assert reaching(ROWS, [1]) == {0, 1, 4}
    assert reaching(ROWS, [2], through=[1, 3]) == {1, 2, 3}


def test_a_closed_set_is_never_left() -> None:
    assert closed_set(ROWS, 4) == {2, 3}
    assert closed_set([{}], 0) == {0}
