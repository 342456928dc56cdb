"""Gates: whether the scores of a family's controllers are what its task was made for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hive_env.bench.statistics import Interval, interval
from hive_env.errors import HiveError
from hive_env.scenarios.controllers import CEILING, FLOOR, Gate

Values = Mapping[str, NDArray[np.float64]]
"""U per worker, or the score, of every controller by seed; all on the same seeds."""

MARGIN = 0.02
"""By how much no controller's score may be above the expert's."""


@dataclass(frozen=True)
class Verdict:
    """Whether a gate holds.

    Parameters
    ----------
    name : str
        What the gate says.
    of : str
        The controller, or ``one − other``.
    needs : str
        What it asks for.
    found : Interval
        Score or gap over the seeds.
    holds : bool
        Whether all that it asks for is so.
    """

    name: str
    of: str
    needs: str
    found: Interval
    holds: bool

    def record(self) -> dict[str, Any]:
        """Return it as a dict for JSON."""
        return {
            "gate": self.name,
            "of": self.of,
            "needs": self.needs,
            **asdict(self.found),
            "holds": self.holds,
        }


def scores(values: Values) -> dict[str, NDArray[np.float64]]:
    """Return the score of every controller and seed.

    ``(U - U_random) / (U_expert - U_random)``, with the means of both over the seeds, so that
    gaps stay paired by seed.

    Parameters
    ----------
    values : mapping of str to float64[n]
        U per worker; random and expert among them.

    Raises
    ------
    HiveError
        When random and expert are worth the same: then there is no score.
    """
    floor, ceiling = float(values[FLOOR].mean()), float(values[CEILING].mean())
    if floor == ceiling:
        raise HiveError(f"score: {FLOOR} and {CEILING} are both worth {floor:.3g} a worker.")
    return {name: (value - floor) / (ceiling - floor) for name, value in values.items()}


def judge(gate: Gate, scored: Values, size: str) -> Verdict:
    """Return whether a gate holds: floors by the lower bound, ceilings by the upper.

    Both intervals, Student's t and the bootstrap, must agree.

    Parameters
    ----------
    gate : Gate
        What must hold.
    scored : mapping of str to float64[n]
        Scores.
    size : str
        Name of the size, for gates whose least mean depends on it.
    """
    apart = scored[gate.controller] - (scored[gate.less] if gate.less else 0.0)
    found = interval(apart)
    mean = gate.least_mean(size)
    asked = (
        (mean, "mean ≥", mean is None or found.mean >= mean),
        (gate.low, "lower bound ≥", gate.low is None or found.lower >= gate.low),
        (gate.above, "lower bound >", gate.above is None or found.lower > gate.above),
        (gate.high, "upper bound ≤", gate.high is None or found.upper <= gate.high),
    )
    needs = ", ".join(f"{words} {bound:g}" for bound, words, _ in asked if bound is not None)
    of = f"{gate.controller} − {gate.less}" if gate.less else gate.controller
    return Verdict(gate.name, of, needs, found, all(met for *_, met in asked))


def judge_expert(scored: Values) -> Verdict:
    """Return whether no controller beats the expert by more than `MARGIN`, by the upper bound.

    The verdict is that of the controller that comes nearest to it, or goes farthest beyond.
    """
    gaps = [
        Gate("nobody beats the expert", name, CEILING, high=MARGIN)
        for name in scored
        if name != CEILING
    ]
    verdicts = [judge(gate, scored, "") for gate in gaps]
    return max(verdicts, key=lambda verdict: verdict.found.upper)


def judge_bound(values: Values, bounds: NDArray[np.float64]) -> Verdict:
    """Return whether no U is above the upper bound of its own seed, whoever plays.

    Parameters
    ----------
    values : mapping of str to float64[n]
        U per worker.
    bounds : float64[n]
        U_fluid per worker.
    """
    over = {name: np.max(value - bounds) for name, value in values.items()}
    worst = max(over, key=lambda name: over[name])
    return Verdict(
        "no U is above U_fluid, on any seed",
        f"U_fluid − U of {worst}",
        "least ≥ 0",
        interval(bounds - values[worst]),
        bool(over[worst] <= 0),
    )


def judge_all(
    gates: Sequence[Gate], values: Values, bounds: NDArray[np.float64] | None, size: str
) -> list[Verdict]:
    """Return the verdicts of a family's gates, and of the two that every family has.

    Parameters
    ----------
    gates : sequence of Gate
        The family's own.
    values : mapping of str to float64[n]
        U per worker.
    bounds : float64[n], optional
        U_fluid per worker, where it has been worked out.
    size : str
        Name of the size.
    """
    scored = scores(values)
    verdicts = [judge(gate, scored, size) for gate in gates]
    verdicts.append(judge_expert(scored))
    if bounds is not None:
        verdicts.append(judge_bound(values, bounds))
    return verdicts
