"""Eligibility and matching, against trying every assignment; and what may change places."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hive_env.dependability.rotation import (
    all_filled,
    by_sorting,
    by_symmetry,
    homes_of,
    symmetries,
)


def filled_by_trial(up: list[int], needed: list[tuple[int, ...]]) -> bool:
    """Whether some way of dealing the members that are up to the roles fills them all."""
    members = [home for home, count in enumerate(up) for _ in range(count)]
    return any(
        all(home in homes for home, homes in zip(dealt, needed, strict=True))
        for dealt in permutations(members, len(needed))
    )


@given(
    st.lists(st.integers(0, 2), min_size=4, max_size=4),
    st.sampled_from([("pairs", 1), ("pairs", 2), ("pairs", 4), ("ring", 2), ("ring", 3)]),
    st.sets(st.integers(0, 3), min_size=1),
)
def test_roles_are_filled_if_some_assignment_fills_them(
    up: list[int], rotation: tuple[str, int], critical: set[int]
) -> None:
    eligibility, depth = rotation
    needed = [homes_of(role, 4, depth, eligibility) for role in sorted(critical)]
    assert all_filled(up, needed) == filled_by_trial(up, needed)


def test_one_failure_may_move_members_all_round_the_ring() -> None:
    """Role 0 lost both of its own; each neighbour moves one on, from the last home that has two."""
    needed = [homes_of(role, 4, 2, "ring") for role in range(4)]
    assert all_filled([0, 2, 1, 1], needed)
    assert not all_filled([0, 1, 1, 1], needed)
    assert not all_filled([0, 2, 1, 0], needed)


def test_members_of_a_block_fill_its_roles_and_no_others() -> None:
    assert [homes_of(role, 4, 2, "pairs") for role in range(4)] == [(0, 1), (0, 1), (2, 3), (2, 3)]
    assert [homes_of(role, 4, 2, "ring") for role in range(4)] == [(0, 3), (1, 0), (2, 1), (3, 2)]


def test_an_even_ring_has_its_turns_and_reflections() -> None:
    assert len(symmetries("aaaaaa", [True] * 6, 2)) == 12
    assert len(symmetries("ababab", [True] * 6, 2)) == 6
    assert len(symmetries("abcdef", [True] * 6, 2)) == 1


@given(
    st.integers(3, 6).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.integers(1, n),
            st.lists(st.integers(0, 2), min_size=n, max_size=n),
            st.lists(st.booleans(), min_size=n, max_size=n),
        )
    )
)
def test_what_changes_places_leaves_filled_what_was_filled(
    given_: tuple[int, int, list[int], list[bool]],
) -> None:
    roles, depth, up, critical = given_
    needed = [homes_of(role, roles, depth, "ring") for role in range(roles) if critical[role]]
    for homes in symmetries([0] * roles, critical, depth):
        moved = [up[home] for home in homes]
        assert all_filled(moved, needed) == all_filled(up, needed)


def test_sorting_keeps_to_roles_that_are_alike() -> None:
    assert by_sorting("aaba", 1)((3, 1, 0, 2)) == (1, 2, 0, 3)
    assert by_sorting("aaaa", 2)((3, 1, 2, 0)) == (0, 2, 1, 3)
    assert by_sorting("abab", 2)((3, 1, 2, 0)) == (2, 0, 3, 1)


@pytest.mark.parametrize("state", [(0, 1, 2), (1, 2, 0), (2, 1, 0)])
def test_all_turns_and_reflections_of_a_state_have_one_name(state: tuple[int, ...]) -> None:
    assert by_symmetry(symmetries("aaa", [True] * 3, 2))(state) == (0, 1, 2)
