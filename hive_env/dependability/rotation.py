"""Responsibility rotation: who may fill which role, and whether all can be filled at once.

Every member has a home role and practises other roles beside it. With rotation of depth k,
``pairs`` cuts the roles into blocks of k (pairs when k = 2), whose members may fill any role of
their block; with ``ring`` a member of home role i may fill the roles i, i + 1, ..., i + k - 1,
around the end. Members are matched to roles, so that one failure may move several of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

PAIRS, RING = "pairs", "ring"
ELIGIBILITIES = (PAIRS, RING)
"""How the roles that a member may fill lie around its home role."""

Symmetry = tuple[int, ...]


def homes_of(role: int, roles: int, depth: int, eligibility: str) -> tuple[int, ...]:
    """Return the home roles whose members may fill a role."""
    if eligibility == PAIRS:
        first = role - role % depth
        return tuple(range(first, first + depth))
    return tuple((role - back) % roles for back in range(depth))


def all_filled(up: Sequence[int], needed: Iterable[tuple[int, ...]]) -> bool:
    """Return whether each role can have a member of its own.

    Parameters
    ----------
    up : sequence of int
        Members up, by home role.
    needed : iterable of tuple of int
        For each role that must be filled, the home roles whose members may fill it.

    Notes
    -----
    Augmenting paths: Kuhn, *The Hungarian method for the assignment problem*, 1955.
    """
    filled: dict[int, list[tuple[int, ...]]] = {home: [] for home in range(len(up))}

    def place(homes: tuple[int, ...], tried: set[int]) -> bool:
        for home in homes:
            if home in tried:
                continue
            tried.add(home)
            if len(filled[home]) < up[home]:
                filled[home].append(homes)
                return True
            for index, other in enumerate(filled[home]):
                if place(other, tried):
                    filled[home][index] = homes
                    return True
        return False

    return all(place(homes, set()) for homes in needed)


def symmetries(kinds: Sequence[Hashable], critical: Sequence[bool], depth: int) -> list[Symmetry]:
    """Return the turns and reflections of a ring that change nothing.

    Parameters
    ----------
    kinds : sequence
        For each role what its members are like.
    critical : sequence of bool
        Which roles must be filled.
    depth : int
        Depth of the rotation.

    Returns
    -------
    list of tuple of int
        Each gives for every home role the one it takes the place of. A reflection that sends home
        i to s - i sends the role i to s + k - 1 - i, so that who may fill it goes along.
    """
    count = len(kinds)
    found = []
    for shift in range(count):
        for sign, lag in ((1, 0), (-1, depth - 1)):
            homes = tuple((sign * home + shift) % count for home in range(count))
            roles = tuple((sign * role + shift + lag) % count for role in range(count))
            if all(kinds[a] == kinds[b] for a, b in enumerate(homes)) and all(
                critical[a] == critical[b] for a, b in enumerate(roles)
            ):
                found.append(homes)
    return sorted(set(found))


def by_symmetry(found: Sequence[Symmetry]) -> Callable[[tuple[int, ...]], tuple[int, ...]]:
    """Return the function that names a state by the least of those that are its like."""

    def name(state: tuple[int, ...]) -> tuple[int, ...]:
        return min(tuple(state[home] for home in homes) for homes in found)

    return name


def by_sorting(
    kinds: Sequence[Hashable], depth: int
) -> Callable[[tuple[int, ...]], tuple[int, ...]]:
    """Return the function that sorts a state among roles, and blocks of roles, that are alike."""
    starts = range(0, len(kinds), depth)
    blocks = [tuple(kinds[first : first + depth]) for first in starts]
    alike: dict[Hashable, list[int]] = {}
    for number, block in enumerate(blocks):
        alike.setdefault(block, []).append(number)
    within = [_places_by_kind(block) for block in blocks]
    if len(alike) == len(blocks) and all(len(set(block)) == len(block) for block in blocks):
        return tuple

    def name(state: tuple[int, ...]) -> tuple[int, ...]:
        parts = []
        for block, first in enumerate(starts):
            part = list(state[first : first + depth])
            for places in within[block]:
                ordered = sorted(part[place] for place in places)
                for place, value in zip(places, ordered, strict=True):
                    part[place] = value
            parts.append(tuple(part))
        for places in alike.values():
            least_first = sorted(parts[place] for place in places)
            for place, whole in zip(places, least_first, strict=True):
                parts[place] = whole
        return tuple(value for part in parts for value in part)

    return name


def _places_by_kind(block: tuple[Hashable, ...]) -> list[list[int]]:
    """Return the places of each kind in a block."""
    places: dict[Hashable, list[int]] = {}
    for place, kind in enumerate(block):
        places.setdefault(kind, []).append(place)
    return list(places.values())
