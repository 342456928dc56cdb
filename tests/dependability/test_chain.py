"""Chains given by hand: what they answer, and what they refuse."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from hive_env.dependability import Chain
from hive_env.dependability import chain as module
from hive_env.errors import ConfigError

PAIR = {
    ("both", "one"): Fraction(2, 150),
    ("one", "both"): Fraction(2),
    ("one", "none"): Fraction(1, 150),
    ("none", "one"): Fraction(4),
}


def pair(start: str = "both") -> Chain:
    return Chain.of(PAIR, failed={"none"}, start=start)


def test_the_mttf_begins_at_the_start() -> None:
    """alpha matters: (3 lambda + mu) / 2 lambda**2 from both up, less 1 / 2 lambda from one up."""
    assert pair().mttf().value == 22_725
    assert pair("one").mttf().value == 22_725 - 75
    assert pair("none").mttf().value == 0
    assert pair().times_to_failure() == {"both": 22_725, "one": 22_650}


def test_floats_agree_with_rationals_and_say_how_well() -> None:
    for ask in ("mttf", "availability", "failure_frequency", "mean_up_time", "mean_down_time"):
        exact = getattr(pair(), ask)()
        close = getattr(pair(), ask)(exact=False)
        assert "rational" in exact.method
        assert isinstance(exact.value, Fraction)
        assert exact.residual == 0
        assert "float" in close.method
        assert close.value == pytest.approx(float(exact), rel=1e-14)
        assert close.residual < 1e-14


def test_long_run_values_hold_together() -> None:
    chain = pair()
    up, down = chain.mean_up_time().value, chain.mean_down_time().value
    assert chain.availability().value == up / (up + down)
    assert chain.failure_frequency().value == 1 / (up + down)
    assert down == Fraction(1, 4)
    assert up == 22_650, "one, after a repair, is up as long as from one"


def test_a_float_asked_for_exactly_counts_at_its_binary_value() -> None:
    chain = Chain.of({("up", "down"): 0.1}, failed={"down"}, start="up")
    assert chain.mttf(exact=True).value == 1 / Fraction(0.1)
    assert chain.mttf().value == 10.0


def test_the_generator_has_rows_of_sum_zero() -> None:
    q = pair().generator()
    np.testing.assert_allclose(q.sum(axis=1), 0, atol=1e-15)
    assert q[0, 1] == 2 / 150


def test_a_failure_that_may_never_come_takes_for_ever() -> None:
    rates = {("on", "safe"): 1.0, ("on", "off"): 1.0}
    chain = Chain.of(rates, failed={"off"}, start="on")
    assert chain.mttf().value == math.inf
    assert chain.times_to_failure() == {"on": math.inf, "safe": math.inf}
    assert chain.reliability(1e9).value == pytest.approx(0.5)


def test_a_state_that_was_left_for_good_has_no_share_of_the_long_run() -> None:
    rates = {("new", "up"): 5, ("up", "down"): 1, ("down", "up"): 3}
    chain = Chain.of(rates, failed={"down"}, start="new")
    assert chain.availability().value == Fraction(3, 4)


def test_a_chain_that_fails_for_good_is_never_up_in_the_long_run() -> None:
    """However many ways there are to end."""
    rates = {("on", "off"): 1, ("on", "lost"): 1, ("off", "worse"): 1, ("worse", "off"): 1}
    chain = Chain.of(rates, failed={"off", "lost", "worse"}, start="on")
    assert chain.availability().value == 0
    assert chain.failure_frequency().value == 0
    assert chain.mean_down_time().value == math.inf


def test_two_ends_have_no_one_long_run() -> None:
    chain = Chain.of({("on", "safe"): 1, ("on", "off"): 1}, failed={"off"}, start="on")
    with pytest.raises(ConfigError, match=r"chain: expected one set of states to end up in"):
        chain.availability()


def test_a_chain_that_never_fails_is_always_up() -> None:
    chain = Chain.of({("a", "b"): 1, ("b", "a"): 1}, failed=(), start="a")
    assert chain.availability().value == 1
    assert chain.failure_frequency().value == 0
    assert chain.mean_up_time().value == math.inf
    assert chain.mean_down_time().value == 0


@pytest.mark.parametrize("rate", [-1.0, math.nan, math.inf])
def test_a_rate_that_is_none_is_refused_by_its_states(rate: float) -> None:
    with pytest.raises(ConfigError, match=r"rates\['up', 'down'\]: expected a finite number"):
        Chain.of({("up", "down"): rate}, failed={"down"}, start="up")


@pytest.mark.parametrize(
    ("changes", "argument"),
    [
        ({"rates": {("up", "up"): 1}}, "rates"),
        ({"start": "left"}, "start"),
        ({"failed": {"left"}}, "failed"),
    ],
)
def test_a_chain_that_contradicts_itself_is_refused(
    changes: dict[str, object], argument: str
) -> None:
    given = {"rates": {("up", "down"): 1}, "failed": {"down"}, "start": "up", **changes}
    with pytest.raises(ConfigError, match=f"^{argument}"):
        Chain.of(**given)  # type: ignore[arg-type]


def test_too_many_states_are_refused_with_the_way_to_lump_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "EXPLORED_STATES", 10)
    with pytest.raises(ConfigError, match=r"states: expected at most 10, got 11. Lump the chain"):
        Chain.explore(0, lambda state: [(state + 1, 1.0)], lambda _: False)  # type: ignore[operator]


def test_a_solve_too_large_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FLOAT_STATES", 1)
    monkeypatch.setattr(module, "EXACT_UNASKED", 1)
    for ask in (pair().mttf, pair().availability, pair().generator):
        with pytest.raises(ConfigError, match=r"states: expected at most 1"):
            ask()
    monkeypatch.setattr(module, "EXACT_STATES", 1)
    with pytest.raises(ConfigError, match=r"states: expected at most 1"):
        pair().mttf(exact=True)


def test_a_time_below_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"time"):
        pair().reliability(-1.0)
