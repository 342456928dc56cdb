"""What can be reached from where, in rows of (place to rate)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Rows = Sequence[Mapping[int, object]]


def reached(rows: Rows, places: Iterable[int]) -> set[int]:
    """Return the places that can be reached from some of those given, and these."""
    found = set(places)
    waiting = list(found)
    while waiting:
        fresh = rows[waiting.pop()].keys() - found
        found |= fresh
        waiting.extend(fresh)
    return found


def reaching(rows: Rows, goals: Iterable[int], through: Iterable[int] | None = None) -> set[int]:
    """Return the places that reach some goal by way of those given, and the goals."""
    back: dict[int, dict[int, object]] = {}
    for place in range(len(rows)) if through is None else through:
        for to in rows[place]:
            back.setdefault(to, {})[place] = None
    return reached([back.get(place, {}) for place in range(len(rows))], goals)


def closed_set(rows: Rows, place: int) -> set[int]:
    """Return places, reachable from one, that lead to one another and to no other."""
    while True:
        ahead = reached(rows, (place,))
        lost = ahead - reaching(rows, (place,))
        if not lost:
            return ahead
        place = next(iter(lost))
