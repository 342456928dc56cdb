"""Who is repaired, policy by policy."""

from __future__ import annotations

from fractions import Fraction

import pytest

from hive_env.dependability.repair import allocations

UP, MEMBERS = (1, 3, 0, 1), (3, 3, 1, 2)


@pytest.mark.parametrize(
    ("repair", "serving"),
    [("parallel", (2, 0, 1, 1)), ("crew per role", (1, 0, 1, 1)), ("none", (0, 0, 0, 0))],
)
def test_policies_without_a_choice_serve_as_many_as_they_have_crews(
    repair: str, serving: tuple[int, ...]
) -> None:
    assert allocations(repair, "random", UP, MEMBERS) == [(1, serving)]


@pytest.mark.parametrize(
    ("priority", "up", "expected"),
    [
        ("random", UP, {0: Fraction(2, 4), 2: Fraction(1, 4), 3: Fraction(1, 4)}),
        ("first", UP, {0: 1}),
        ("neediest", UP, {2: 1}),
        ("neediest", (1, 3, 1, 1), {0: Fraction(1, 2), 3: Fraction(1, 2)}),
    ],
)
def test_one_crew_serves_one_member_by_its_priority(
    priority: str, up: tuple[int, ...], expected: dict[int, Fraction]
) -> None:
    found = allocations("crew per team", priority, up, MEMBERS)
    assert {serving.index(1): chance for chance, serving in found} == expected
    assert all(sum(serving) == 1 for _, serving in found)


def test_one_crew_rests_when_all_are_up() -> None:
    assert allocations("crew per team", "random", MEMBERS, MEMBERS) == [(1, (0, 0, 0, 0))]
