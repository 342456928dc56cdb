"""The hash sums over rows in any order, and is moved by every value of every column."""

from __future__ import annotations

import numpy as np
import pytest
from golden.traces import BROKEN, LIVELY, TINY, play
from hypothesis import given
from hypothesis import strategies as st
from strategies import words

from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Column, Kind, hashing
from hive_env.ecs.hashing import hash_column
from hive_env.scenarios.forage import COLUMNS, Forage, blueprint_of

INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]
DEEP = HiveConfig(
    TINY, ForageConfig(**LIVELY, depth=2, motion="flight", memory_width=2, faults=BROKEN)
)


@pytest.mark.jitless
@given(seed=words, dtype=st.sampled_from(INTEGERS), count=st.integers(1, 12))
def test_rows_hash_alike_in_any_order(seed: int, dtype: type, count: int) -> None:
    generator = np.random.default_rng(seed)
    bounds = np.iinfo(dtype)
    rows = generator.integers(bounds.min, bounds.max, (count, 3), dtype, endpoint=True)
    keys = generator.permutation(count)
    order = generator.permutation(count)

    assert hash_column("x", rows[order], keys[order]) == hash_column("x", rows, keys)


@pytest.mark.jitless
@given(seed=words, dtype=st.sampled_from(INTEGERS), bit=st.integers(0, 63))
def test_any_bit_of_any_value_moves_the_hash(seed: int, dtype: type, bit: int) -> None:
    generator = np.random.default_rng(seed)
    rows = generator.integers(0, 100, (5, 2)).astype(dtype)
    keys = np.arange(5)
    before = hash_column("x", rows, keys)
    place = int(generator.integers(10))
    bits = rows.reshape(-1).view(f"u{rows.itemsize}")
    bits[place] ^= bits.dtype.type(1 << bit % (8 * rows.itemsize))

    assert hash_column("x", rows, keys) != before


@pytest.mark.jitless
def test_name_key_and_place_count() -> None:
    rows, keys = np.array([[1, 2], [3, 4]]), np.arange(2)
    hashes = {
        hash_column("x", rows, keys),
        hash_column("y", rows, keys),
        hash_column("x", rows, keys + 1),
        hash_column("x", rows[:, ::-1], keys),
        hash_column("x", rows[::-1], keys),
        hash_column("x", rows[:1], keys[:1]),
    }

    assert len(hashes) == 6


def test_a_hash_that_is_committed_does_not_change() -> None:
    """A known answer, so that golden traces cannot move by the hash alone unseen."""
    rows = np.array([[1, -2], [3, 2**31 - 1]], np.int32)

    assert hash_column("x", rows, np.array([7, 0])) == 4137852246417184266


def test_it_does_not_matter_how_many_rows_are_hashed_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, keys = np.arange(30, dtype=np.int16).reshape(10, 3), np.arange(10)[::-1]
    at_once = hash_column("x", rows, keys)

    monkeypatch.setattr(hashing, "LOT", 3)

    assert hash_column("x", rows, keys) == at_once


def played() -> Forage:
    simulation = Forage(DEEP, worlds=2)
    simulation.reset(seed=5)
    play(simulation, "random", 6, 6)
    return simulation


@pytest.mark.parametrize("name", [one.name for one in COLUMNS if one.kind is Kind.STATE])
def test_every_state_column_moves_the_hash_of_its_own_world(name: str) -> None:
    simulation = played()
    before = [simulation.state_hash(world) for world in range(2)]
    column = next(one for one in COLUMNS if one.name == name)
    values = simulation.part(column, 1).reshape(-1)
    assert values.size, "the world has this column"
    values[-1] ^= 1

    assert simulation.state_hash(0) == before[0]
    assert simulation.state_hash(1) != before[1]


@pytest.mark.parametrize("name", [one.name for one in COLUMNS if one.kind is not Kind.STATE])
def test_no_other_column_moves_the_hash(name: str) -> None:
    simulation = played()
    before = simulation.state_hash()
    simulation.columns[name][...] = 1

    assert simulation.state_hash() == before


def test_two_worlds_that_change_places_change_the_hash_of_all() -> None:
    simulation = Forage(HiveConfig(TINY), worlds=2)
    simulation.reset(seed=[3, 4])
    one = simulation.state_hash()
    parts = [simulation.state_hash(world) for world in range(2)]
    simulation.reset(seed=[4, 3])

    assert [simulation.state_hash(world) for world in range(2)] == parts[::-1]
    assert simulation.state_hash() != one


def test_a_users_state_column_is_hashed_by_the_workers_identity() -> None:
    blueprint = blueprint_of(HiveConfig(TINY), [Column("mood", np.int8, "E", "", "Its mood.")])
    simulation = Forage(HiveConfig(TINY), blueprint=blueprint)
    simulation.reset(seed=1)
    plain = simulation.state_hash()
    simulation.columns["mood"][...] = np.arange(24)
    before = simulation.state_hash()
    simulation.permute(np.arange(24)[::-1])

    assert simulation.state_hash() == before != plain
