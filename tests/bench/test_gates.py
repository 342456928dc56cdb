"""Gates, on made-up scores: what must fail fails, and says why."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from hive_env.bench.gates import judge, judge_all, judge_bound, judge_expert, scores
from hive_env.bench.statistics import interval
from hive_env.errors import HiveError
from hive_env.scenarios.controllers import Gate

EVEN = np.array([-0.03, -0.01, 0.01, 0.03])
"""Noise over four seeds, of mean zero; its 95 % interval by t reaches about 0.041 either way."""


def scored(**means: float) -> dict[str, NDArray[np.float64]]:
    """Return scores with these means and the same noise."""
    return {name: mean + EVEN for name, mean in means.items()}


def holds(gate: Gate, found: Mapping[str, NDArray[np.float64]], size: str = "nano") -> bool:
    """Judge one gate."""
    return judge(gate, found, size).holds


REACH = interval(EVEN).upper


def test_a_floor_is_held_by_the_lower_bound_and_not_by_the_mean() -> None:
    gate = Gate("floor", "full", low=0.5)

    assert not holds(gate, scored(full=0.51))
    assert not holds(gate, scored(full=0.5 + 0.99 * REACH))
    assert holds(gate, scored(full=0.5 + 1.01 * REACH))


def test_a_ceiling_is_held_by_the_upper_bound_and_not_by_the_mean() -> None:
    gate = Gate("ceiling", "random", high=0.1)

    assert not holds(gate, scored(random=0.09))
    assert not holds(gate, scored(random=0.1 - 0.99 * REACH))
    assert holds(gate, scored(random=0.1 - 1.01 * REACH))


@pytest.mark.parametrize(
    ("mean", "held"), [(0.2, False), (0.22, False), (0.3, True), (0.43, False), (0.5, False)]
)
def test_a_band_is_held_at_both_ends(mean: float, held: bool) -> None:
    assert holds(Gate("band", "reflex", low=0.2, high=0.45), scored(reflex=mean)) is held


def test_a_gap_is_paired_by_seed() -> None:
    """Noise that both share is no noise of the gap."""
    gate = Gate("gap", "full", "blind", low=0.1)
    together = {"full": 0.7 + 10 * EVEN, "blind": 0.59 + 10 * EVEN}
    apart = {"full": 0.7 + 10 * EVEN, "blind": 0.59 - 10 * EVEN}

    assert holds(gate, together)
    assert not holds(gate, apart)


def test_a_cost_is_what_the_whole_is_worth_more_than_the_part() -> None:
    gate = Gate("gap", "full", "blind", low=0.1)

    assert not holds(gate, scored(full=0.5, blind=0.7))


@pytest.mark.parametrize(
    ("gap", "held"), [(0.049, False), (0.051, True), (0.2, True), (-0.2, False)]
)
def test_a_least_mean_holds_the_mean_itself(gap: float, held: bool) -> None:
    gate = Gate("cost", "full", "part", above=0.02, mean=0.05)

    assert holds(gate, scored(full=0.5, part=0.5 - gap)) is held


def test_a_least_mean_is_not_asked_of_the_lower_bound() -> None:
    gate = Gate("cost", "full", "part", above=0.02, mean=0.05)
    noisy = {"full": 0.57 + EVEN, "part": np.full(4, 0.5)}

    assert 0.02 < interval(noisy["full"] - 0.5).lower < 0.05
    assert holds(gate, noisy)


def test_a_mean_above_its_threshold_does_not_excuse_a_lower_bound_below_its_own() -> None:
    gate = Gate("cost", "full", "part", above=0.02, mean=0.05)
    noisy = {"full": 0.6 + 3 * EVEN, "part": np.full(4, 0.5)}

    assert interval(noisy["full"] - noisy["part"]).mean > 0.05
    assert not holds(gate, noisy)


def test_a_bound_that_is_to_lie_above_a_number_may_not_be_that_number() -> None:
    none = {"full": 0.5 + EVEN, "part": 0.5 + EVEN}

    assert not holds(Gate("cost", "full", "part", above=0.0), none)
    assert holds(Gate("cost", "full", "part", low=0.0), none)


def test_a_least_mean_may_be_another_at_some_size() -> None:
    gate = Gate("cost", "full", "part", above=0.0, mean=0.02, mean_at={"nano": 0.03})
    found = scored(full=0.5, part=0.475)

    assert not holds(gate, found, "nano")
    assert holds(gate, found, "v0")
    assert "mean ≥ 0.03" in judge(gate, found, "nano").needs


def test_both_intervals_must_agree() -> None:
    """One bad seed of many: the bootstrap's lower bound is above that of t, which counts."""
    sample = np.array([0.2] * 15 + [-1.0])
    found = interval(sample)
    assert found.t_lower < found.bootstrap_lower

    between = (found.t_lower + found.bootstrap_lower) / 2
    assert not holds(Gate("floor", "full", low=between), {"full": sample})


def test_the_score_is_over_the_mean_of_both_ends_so_that_seeds_stay_paired() -> None:
    values = {
        "random": np.array([0.0, 2.0]),
        "expert": np.array([4.0, 6.0]),
        "full": np.array([1.0, 5.0]),
    }

    found = scores(values)
    assert found["full"].tolist() == [0.0, 1.0]
    assert (found["random"].mean(), found["expert"].mean()) == (0.0, 1.0)


def test_there_is_no_score_where_random_is_as_good_as_the_expert() -> None:
    with pytest.raises(HiveError, match="score"):
        scores({"random": np.ones(2), "expert": np.ones(2)})


def test_nobody_beats_the_expert_by_more_than_two_hundredths_whoever_it_is() -> None:
    near = scored(random=0.0, full=0.7, trick=1.01, expert=1.0)
    beyond = scored(random=0.0, full=0.7, trick=1.03, expert=1.0)

    assert judge_expert(near).holds
    assert not judge_expert(beyond).holds
    assert judge_expert(beyond).of == "trick − expert"


def test_that_nobody_beats_the_expert_is_held_by_the_upper_bound() -> None:
    noisy = {"trick": 1.0 + EVEN, "expert": np.ones(4)}

    assert not judge_expert(noisy).holds


def test_one_seed_above_its_own_bound_fails_though_all_means_are_far_below() -> None:
    bounds = np.array([1.0, 9.0, 9.0])
    values = {"full": np.array([1.001, 1.0, 1.0]), "expert": np.array([0.5, 3.0, 3.0])}

    verdict = judge_bound(values, bounds)
    assert not verdict.holds
    assert verdict.of == "U_fluid − U of full"
    assert judge_bound({"full": bounds, "expert": bounds - 1}, bounds).holds


def test_all_verdicts_are_those_of_the_gates_and_the_two_of_every_task() -> None:
    values = {"random": 0 + EVEN, "full": 3 + EVEN, "expert": 4 + EVEN}
    gates = [Gate("full", "full", low=0.5), Gate("low", "full", high=0.5)]

    with_bounds = judge_all(gates, values, np.full(4, 5.0), "nano")
    assert [verdict.holds for verdict in with_bounds] == [True, False, True, True]
    assert len(judge_all(gates, values, None, "nano")) == 3


def test_a_verdict_is_a_record_for_json() -> None:
    record = judge(
        Gate("L3 pays", "full", "part", low=0.1), scored(full=0.9, part=0.1), ""
    ).record()

    assert (record["gate"], record["of"], record["holds"]) == ("L3 pays", "full − part", True)
    assert record["needs"] == "lower bound ≥ 0.1"
    assert record["t_lower"] <= record["mean"] <= record["t_upper"]
