"""Block diagrams: closed forms, every pattern of up and down, and what is refused."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.dependability import Block, Item, KOfN, Parallel, Series, blocks
from hive_env.errors import ConfigError

RARE = Item(Fraction(1, 150), 2)
rates = st.fractions(Fraction(1, 50), 5, max_denominator=50)
items = st.builds(Item, rates, rates)


def composed(inside: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(inside, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda parts: Series(*parts)),
        several.map(lambda parts: Parallel(*parts)),
        several.flatmap(lambda parts: st.integers(1, len(parts)).map(lambda k: KOfN(k, *parts))),
    )


diagrams = st.recursive(items, composed, max_leaves=7)


def works(block: Block, up: list[bool]) -> bool:
    """Whether a block works, given which of its items do, in their order."""
    if isinstance(block, Item):
        return up.pop(0)
    working = sum([works(part, up) for part in block.blocks])  # type: ignore[attr-defined]
    needed = {Series: len(block.blocks), Parallel: 1}.get(type(block))  # type: ignore[attr-defined]
    return working >= (block.k if isinstance(block, KOfN) else needed)


@given(diagrams)
def test_availability_is_the_sum_over_all_patterns(block: Block) -> None:
    each = list(block.items())
    total = Fraction(0)
    for pattern in product((True, False), repeat=len(each)):
        if works(block, list(pattern)):
            total += math.prod(
                item.share_up if up else 1 - item.share_up
                for item, up in zip(each, pattern, strict=True)
            )
    assert block.availability().value == total


@given(diagrams)
def test_the_mttf_is_the_integral_over_all_patterns(block: Block) -> None:
    """A pattern has probability prod exp(-a t) prod (1 - exp(-b t)): inclusion and exclusion."""
    each = list(block.items())
    total = Fraction(0)
    for pattern in product((True, False), repeat=len(each)):
        if not works(block, list(pattern)):
            continue
        down = [item.failure_rate for item, up in zip(each, pattern, strict=True) if not up]
        alive = sum(item.failure_rate for item, up in zip(each, pattern, strict=True) if up)
        for dropped in product((0, 1), repeat=len(down)):
            rate = alive + sum(r for r, taken in zip(down, dropped, strict=True) if taken)
            total += Fraction((-1) ** sum(dropped)) / rate
    assert block.mttf().value == total


@given(diagrams, st.floats(0, 20), st.floats(0, 20))
def test_reliability_is_one_at_first_and_never_rises(block: Block, one: float, two: float) -> None:
    assert float(block.reliability(0)) == 1
    early, late = (float(block.reliability(time)) for time in sorted((one, two)))
    assert 0 <= late <= early + 1e-12


@given(st.lists(items, min_size=1, max_size=5), st.floats(0, 20))
def test_parallel_outlasts_k_of_n_outlasts_series(parts: list[Item], time: float) -> None:
    order = [Series(*parts), *[KOfN(k, *parts) for k in range(len(parts), 0, -1)], Parallel(*parts)]
    times = [block.mttf().value for block in order]
    assert times == sorted(times)
    assert times[0] == times[1]
    assert times[-1] == times[-2]
    alive = [float(block.reliability(time)) for block in order]
    assert all(a <= b + 1e-12 for a, b in pairwise(alive))


@given(diagrams)
def test_floats_give_what_rationals_give(block: Block) -> None:
    def floated(part: Block) -> Block:
        if isinstance(part, Item):
            return Item(float(part.failure_rate), float(part.repair_rate))
        inside = [floated(inner) for inner in part.blocks]  # type: ignore[attr-defined]
        return KOfN(part.k, *inside) if isinstance(part, KOfN) else type(part)(*inside)  # type: ignore[call-arg]

    for ask in ("mttf", "availability"):
        exact, close = getattr(block, ask)(), getattr(floated(block), ask)()
        assert isinstance(exact.value, Fraction)
        assert exact.residual == 0
        assert isinstance(close.value, float)
        assert close.value == pytest.approx(float(exact), rel=1e-9)


def test_the_published_blocks() -> None:
    assert Series(*[RARE] * 8).mttf().value == Fraction(75, 4)
    assert Parallel(RARE, RARE).mttf().value == 225
    assert Parallel(RARE, RARE, RARE).mttf().value == 275
    team = Series(*[Parallel(RARE, RARE)] * 8)
    assert team.mttf().value == Fraction(39203, 102960) * 150
    assert float(team.mttf()) == pytest.approx(57.1139, abs=5e-5)
    three = Series(*[Parallel(RARE, RARE, RARE)] * 8)
    assert float(three.mttf()) == pytest.approx(91.3275, abs=5e-5)


def test_many_alternating_terms_lose_no_digits() -> None:
    """H_60 / lambda, from coefficients up to 10^17."""
    harmonic = sum(Fraction(1, k) for k in range(1, 61))
    found = Parallel(*[Item(0.1)] * 60).mttf()
    assert float(found) == pytest.approx(float(harmonic / Fraction(0.1)), rel=1e-15)


def test_an_item_is_available_mu_over_lambda_plus_mu() -> None:
    assert RARE.availability().value == Fraction(300, 301)
    assert Item(0, 0).availability().value == 1
    assert Item(1, 0).availability().value == 0


def test_what_cannot_fail_lasts_for_ever() -> None:
    assert Parallel(RARE, Item(0)).mttf().value == math.inf
    assert Series(RARE, Item(0)).mttf().value == 150


@pytest.mark.parametrize("rate", [-1, math.nan, math.inf, "1"])
def test_a_rate_that_is_none_is_refused(rate: object) -> None:
    with pytest.raises(ConfigError, match=r"^failure_rate: expected"):
        Item(rate)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"^repair_rate: expected"):
        Item(1, rate)  # type: ignore[arg-type]


@pytest.mark.parametrize("k", [0, 3, 1.0, -1])
def test_k_out_of_n_is_refused(k: object) -> None:
    with pytest.raises(ConfigError, match=r"^k: expected an integer from 1 to 2"):
        KOfN(k, RARE, RARE)  # type: ignore[arg-type]


def test_a_block_of_no_blocks_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^blocks: expected at least one block"):
        Series()
    with pytest.raises(ConfigError, match=r"^blocks\[1\]: expected a block, got 0.1. Use Item"):
        Parallel(RARE, 0.1)  # type: ignore[arg-type]


def test_a_time_below_zero_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"time"):
        RARE.reliability(-1)


def test_too_many_exponentials_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_TERMS", 100)
    with pytest.raises(ConfigError, match=r"blocks: expected at most 100 different exponentials"):
        Parallel(*[Item(Fraction(1, 2**k)) for k in range(8)]).mttf()
