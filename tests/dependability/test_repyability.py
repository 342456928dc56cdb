"""The same numbers from RePyability, an independent package."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from hive_env.dependability import Item, KOfN, Parallel, Series, Team

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Of what it imports, not of ours.
    repyability = pytest.importorskip("repyability")
    surpyval = pytest.importorskip("surpyval")

pytestmark = pytest.mark.filterwarnings("ignore")
RARE, QUICK = 1 / 150, 2.0


def life(rate: float) -> Any:
    return surpyval.Exponential.from_params([rate])


def roles_in_series(rates: list[list[float]]) -> tuple[list[tuple[str, str]], dict[str, float]]:
    """Edges from s to t through roles in series, each of parallel members; their rates."""
    nodes = {f"{r}-{m}": rate for r, role in enumerate(rates) for m, rate in enumerate(role)}
    edges = []
    before = ["s"]
    for r, role in enumerate(rates):
        here = [f"{r}-{m}" for m in range(len(role))]
        edges += [(a, b) for a in before for b in here]
        before = here
    return edges + [(a, "t") for a in before], nodes


def test_series_parallel_of_unequal_items() -> None:
    rates = [[0.1, 0.25], [0.2], [0.05, 0.3, 0.15]]
    edges, nodes = roles_in_series(rates)
    theirs = repyability.NonRepairableRBD(edges, {n: life(rate) for n, rate in nodes.items()})
    ours = Series(*[Parallel(*[Item(rate) for rate in role]) for role in rates])
    for time in (0.5, 3.0, 10.0):
        assert float(ours.reliability(time)) == pytest.approx(float(theirs.sf(time)), rel=1e-10)
    assert float(ours.mttf()) == pytest.approx(float(theirs.mean()), rel=1e-6)


def test_two_of_three_with_and_without_repair() -> None:
    nodes = range(3)
    edges = [("s", i) for i in nodes] + [(i, "t") for i in nodes]
    spec = {"reliability": life(RARE), "repairability": life(QUICK)}
    theirs = repyability.RepairableRBD(edges, {i: dict(spec) for i in nodes}, k={"t": 2})
    ours = KOfN(2, *[Item(RARE, QUICK)] * 3)
    assert float(ours.availability()) == pytest.approx(theirs.mean_availability(), rel=1e-12)


@pytest.mark.parametrize("members", [2, 3])
def test_the_papers_team_with_a_repairer_for_each_member(members: int) -> None:
    edges, nodes = roles_in_series([[RARE] * members] * 8)
    spec = {"reliability": life(RARE), "repairability": life(QUICK)}
    theirs = repyability.RepairableRBD(edges, {n: dict(spec) for n in nodes})
    ours = Team(8, members, Fraction(1, 150), 2)
    assert float(ours.availability()) == pytest.approx(theirs.mean_availability(), rel=1e-12)
    assert float(ours.mean_up_time()) == pytest.approx(theirs.mean_up_time(), rel=1e-9)
    assert float(ours.mean_down_time()) == pytest.approx(theirs.mean_down_time(), rel=1e-6)
    frequency = theirs.system_failure_frequency()
    assert float(ours.failure_frequency()) == pytest.approx(frequency, rel=1e-9)


@pytest.mark.parametrize("members", [2, 4])
def test_one_crew_for_a_role(members: int) -> None:
    nodes = range(members)
    edges = [("s", i) for i in nodes] + [(i, "t") for i in nodes]
    spec = {"reliability": life(0.3), "repairability": life(1.1)}
    theirs = repyability.RepairableRBD(edges, {i: dict(spec) for i in nodes}, repair_crews=1)
    ours = Team(1, members, 0.3, 1.1, repair="crew per team")
    assert float(ours.availability()) == pytest.approx(theirs.mean_availability(), rel=1e-12)
    assert float(ours.mean_up_time()) == pytest.approx(theirs.mean_up_time(), rel=1e-9)
    assert float(ours.mean_down_time()) == pytest.approx(theirs.mean_down_time(), rel=1e-6)


def test_one_crew_for_a_team_of_two_single_members() -> None:
    """In series with one crew, whom it serves first does not matter where rates are equal."""
    spec = {"reliability": life(0.3), "repairability": life(1.1)}
    edges = [("s", "a"), ("a", "b"), ("b", "t")]
    theirs = repyability.RepairableRBD(edges, {"a": spec, "b": dict(spec)}, repair_crews=1)
    ours = Team(2, 1, 0.3, 1.1, repair="crew per team")
    assert float(ours.availability()) == pytest.approx(theirs.mean_availability(), rel=1e-12)


@pytest.mark.parametrize("dormancy", [0.0, 0.15, 0.5, 1.0])
def test_a_standby_that_ages_less(dormancy: float) -> None:
    theirs = repyability.StandbyModel([life(RARE)] * 3, dormancy_factor=dormancy)
    ours = Team(1, 3, RARE, repair="none", dormancy=dormancy)
    assert float(ours.mttf()) == pytest.approx(float(theirs.mean()), rel=1e-6)


@pytest.mark.parametrize("coverage", [0.0, 0.4, 0.9])
def test_a_cold_standby_that_may_not_take_over(coverage: float) -> None:
    """Their convolution is numerical, to about 1 %."""
    theirs = repyability.StandbyModel([life(1.0)] * 3, switching_probability=coverage)
    ours = Team(1, 3, 1.0, repair="none", dormancy=0, coverage=coverage)
    assert float(ours.mttf()) == pytest.approx(1 + coverage + coverage**2)
    assert float(ours.mttf()) == pytest.approx(float(theirs.mean()), rel=1e-2)


def test_a_common_cause_by_its_share_of_the_rate() -> None:
    group = repyability.CCFGroup(["a", "b"], repyability.BetaFactor(0.2, basis="rate"))
    edges = [("s", "a"), ("s", "b"), ("a", "t"), ("b", "t")]
    nodes = {"a": life(0.01), "b": life(0.01)}
    theirs = repyability.NonRepairableRBD(edges, nodes, ccf_groups=[group])
    ours = Team(1, 2, 0.01, repair="none", common_cause=0.2)
    times = np.array([10.0, 100.0, 300.0])
    found = [float(ours.reliability(time)) for time in times]
    np.testing.assert_allclose(found, theirs.sf(times), rtol=1e-10)
    assert float(ours.mttf()) == pytest.approx(float(theirs.mean()), rel=1e-6)
