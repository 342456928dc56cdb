"""The generator is the published one, and what is drawn from it is what it says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import seeds, words

from hive_env import random
from hive_env.enums import Stream

# The lines "philox4x32 10" of kat_vectors in Random123 (DEShawResearch/random123): four counter
# words, two key words, four words out.
KNOWN_ANSWERS = {
    "zeros": (
        (0x00000000, 0x00000000, 0x00000000, 0x00000000),
        (0x00000000, 0x00000000),
        (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
    ),
    "ones": (
        (0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ),
    "digits_of_pi": (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
}


def plain(rule: Any) -> Any:
    """The body as it is written, whether or not the compiler is on."""
    return getattr(rule, "py_func", rule)


@pytest.mark.jitless
@pytest.mark.parametrize("name", KNOWN_ANSWERS)
def test_philox_gives_the_published_known_answers(name: str) -> None:
    counter, key, expected = KNOWN_ANSWERS[name]

    assert random.philox(*counter, *key) == expected
    assert plain(random.philox)(*counter, *key) == expected


@pytest.mark.jitless
def test_a_draw_is_philox_of_entity_tick_episode_and_stream_under_the_seed() -> None:
    """Pins which word of the counter is what: the digits of pi, asked for by their meaning."""
    counter, key, expected = KNOWN_ANSWERS["digits_of_pi"]
    entity, tick, episode, stream = counter
    seed = key[0] | key[1] << 32
    signed = seed - 2**64 if seed >= 2**63 else seed

    assert random.draw(signed, episode, tick, int(stream), entity) == expected


@given(counter=st.tuples(words, words, words, words), key=st.tuples(words, words))
def test_compiled_and_plain_philox_agree(counter: Any, key: Any) -> None:
    assert random.philox(*counter, *key) == plain(random.philox)(*counter, *key)


@given(word=words, count=st.integers(1, 2**31))
def test_compiled_and_plain_draws_agree(word: int, count: int) -> None:
    assert random.below(word, count) == plain(random.below)(word, count)
    assert random.exponential(word) == plain(random.exponential)(word)


@pytest.mark.jitless
@given(word=words, count=st.integers(1, 2**31))
@example(word=2**32 - 1, count=2**31)
def test_below_is_below(word: int, count: int) -> None:
    assert 0 <= random.below(word, count) < count


@pytest.mark.jitless
@given(count=st.integers(1, 2**31))
def test_the_words_that_give_a_number_below_are_as_many_as_for_any_other_but_one(
    count: int,
) -> None:
    """Counts them exactly: number k is given by ceil((k + 1) 2**32 / n) - ceil(k 2**32 / n)."""
    spread = {
        -(-((k + 1) << 32) // count) - -(-(k << 32) // count)
        for k in {0, 1, count // 3, count // 2, count - 1}
    }
    for k in (0, count // 2, count - 1):
        first = -(-(k << 32) // count)
        assert random.below(first, count) == k
        assert first == 0 or random.below(first - 1, count) == k - 1

    assert max(spread) - min(spread) <= 1


@pytest.mark.jitless
@given(word=words)
@example(word=0)
@example(word=2**31 - 1)
@example(word=2**32 - 2)
@example(word=2**32 - 1)
def test_exponential_is_minus_the_logarithm_to_its_stated_error(word: int) -> None:
    exact = -math.log((word + 1) / 2**32)

    assert abs(int(random.exponential(word)) / 2**16 - exact) < 2**-16


@pytest.mark.jitless
@given(word=st.integers(0, 2**32 - 2))
def test_a_larger_word_never_gives_a_larger_exponential(word: int) -> None:
    assert random.exponential(word + 1) <= random.exponential(word)


@given(word=words)
def test_the_fine_exponential_is_minus_the_logarithm_to_its_stated_error(word: int) -> None:
    found = int(random.exponential_fine(word))
    assert abs(found / 2**random.FINE + math.log((word + 0.5) / 2**32)) < 2**-26
    assert found == plain(random.exponential_fine)(word)


def test_the_fine_exponential_is_as_fine_near_zero() -> None:
    """A second failure within a repair asks for times a thousandth of the mean or less."""
    for chance in (1e-3, 1e-4, 1e-5):
        edge = int(-math.log1p(-chance) * 2**random.FINE)
        first = 2**32 - int(chance * 2**32)
        assert abs(int(random.exponential_fine(first)) - edge) <= 8


@given(fraction=st.integers(0, 2**33 - 1), mean=st.integers(0, 2**43 - 1))
def test_a_scaled_fraction_is_rounded_down_and_never_overflows(fraction: int, mean: int) -> None:
    assert random.scaled(fraction, mean) == fraction * mean >> 28


def test_exponential_has_mean_and_variance_one() -> None:
    drawn = np.array([random.exponential(random.draw(7, 0, 0, 1, i)[0]) for i in range(40_000)])

    assert drawn.mean() / 2**16 == pytest.approx(1, abs=4 / math.sqrt(40_000))
    assert drawn.var() / 2**32 == pytest.approx(1, abs=4 * math.sqrt(8 / 40_000))


@pytest.mark.parametrize("stream", Stream)
def test_every_bit_of_every_word_of_a_stream_is_set_half_the_time(stream: Stream) -> None:
    drawn = np.array([random.draw(11, 2, 3, int(stream), entity) for entity in range(4096)])
    bits = (drawn[:, :, None] >> np.arange(32)) & 1

    assert np.abs(bits.mean(axis=0) - 0.5).max() < 5 * 0.5 / math.sqrt(4096)


@pytest.mark.jitless
@given(seed=seeds, change=st.integers(0, 4), by=st.integers(1, 2**31 - 1))
def test_a_draw_depends_on_each_of_what_it_is_named_by(seed: int, change: int, by: int) -> None:
    """The key and all four counter words: Philox is a bijection of the counter under a key."""
    signed = seed - 2**64 if seed >= 2**63 else seed
    named = [signed, 3, 5, 7, 11]
    other = list(named)
    other[change] ^= by

    assert random.draw(*named) != random.draw(*other)


def test_draws_of_two_streams_are_not_correlated() -> None:
    drawn = np.array(
        [[random.draw(5, 0, 0, int(stream), i)[0] for i in range(4096)] for stream in Stream]
    )
    correlation = np.corrcoef(drawn) - np.eye(len(Stream))

    assert np.abs(correlation).max() < 5 / math.sqrt(4096)


def test_no_two_streams_share_a_number() -> None:
    """An alias of another stream would make two rules draw the same words."""
    assert len(Stream.__members__) == len(set(Stream))
