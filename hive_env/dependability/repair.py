"""Who is repaired: how many at a time, and which first."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

PARALLEL, CREW_PER_ROLE, CREW_PER_TEAM = "parallel", "crew per role", "crew per team"
REPAIRS = ("none", PARALLEL, CREW_PER_ROLE, CREW_PER_TEAM)
"""Repair policies: nobody; all failed members at once; one of each role; one of the team."""

PRIORITIES = ("random", "first", "neediest")
"""Whom the team's one crew serves: see `allocations`."""

Allocation = tuple[int, ...]


def allocations(
    repair: str, priority: str, up: Sequence[int], members: Sequence[int]
) -> list[tuple[Fraction, Allocation]]:
    """Return how many members of each role are under repair, with probabilities.

    Parameters
    ----------
    repair : str
        One of `REPAIRS`.
    priority : str
        With one crew for the team, whom it serves. ``random``: any failed member, each as likely.
        ``first``: the first role that has a failed member. ``neediest``: a role with the fewest
        members up among those that have a failed one; equals are as likely.
    up, members : sequence of int
        Members up, and all members, of each role.

    Returns
    -------
    list of (Fraction, tuple of int)
        Probabilities, of sum 1, and members under repair of each role.

    Notes
    -----
    The crew chooses anew after every event. Repair times are exponential, so nothing is lost by
    leaving a member for another: the policies are preemptive-resume priorities.
    """
    down = [all_ - some for all_, some in zip(members, up, strict=True)]
    if repair == PARALLEL:
        return [(Fraction(1), tuple(down))]
    if repair == CREW_PER_ROLE:
        return [(Fraction(1), tuple(min(1, count) for count in down))]
    if repair != CREW_PER_TEAM or not any(down):
        return [(Fraction(1), (0,) * len(down))]
    failing = [role for role, count in enumerate(down) if count]
    if priority == "first":
        weights = {failing[0]: 1}
    elif priority == "neediest":
        fewest = min(up[role] for role in failing)
        weights = {role: 1 for role in failing if up[role] == fewest}
    else:
        weights = {role: down[role] for role in failing}
    total = sum(weights.values())
    return [
        (Fraction(weight, total), tuple(int(role == served) for role in range(len(down))))
        for served, weight in weights.items()
    ]
