"""The paper's claims: every exact value as published, and verdicts that follow from the numbers."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import pytest

from hive_env.dependability import Claim, Result, claims, claims_table

PUBLISHED = {
    "series": (18.75, 0),
    "parallel-2": (225, 0),
    "parallel-3": (275, 0),
    "team-2-unrepaired": (57.1139, 5e-5),
    "gain-2-unrepaired": (3.05, 5e-3),
    "team-3-unrepaired": (91.3275, 5e-5),
    "gain-3-unrepaired": (4.87, 5e-3),
    "role-2": (22_725, 0),
    "team-2-parallel": (2841.058140, 5e-7),
    "gain-2": (151.5, 0.05),
    "team-2-crew-per-role": (2841.058140, 5e-7),
    "team-2-crew-per-team": (2712.99, 5e-3),
    "team-3-parallel": (569_097.53, 5e-3),
    "team-3-crew-per-role": (285_035.25, 5e-3),
    "team-3-crew-per-team": (247_136.38, 5e-3),
    "standby-0-1": (5663, 0.5),
    "standby-0.15-1": (4927, 0.5),
    "standby-0.5-1": (3782, 0.5),
    "standby-1-1": (2841, 0.5),
    "standby-0-411/412": (3277, 0.5),
    "standby-0.15-411/412": (3017, 0.5),
    "standby-0.5-411/412": (2546, 0.5),
    "standby-1-411/412": (2083, 0.5),
    "median": (0.34, 1e-12),
    "fresh-30": (0.632, 5e-4),
    "rotation-pairs-parallel": (285_979, 0.5),
    "rotation-ring-parallel": (1.273e8, 5e4),
    "rotation-pairs-none": (77.7, 0.05),
    "rotation-ring-none": (103.0, 0.05),
    "practice": (17.185, 5e-4),
    "overhead-15": (1.45, 5e-3),
    "overhead-30": (2.91, 5e-3),
    "degradation": (85, 0),
    "faults": (96, 0),
    "shown": (240.3, 0.05),
    "needed": (38_416, 1e-6),
    "capacity-mean": (97.2, 0.05),
    "capacity-harmonic": (96.9, 0.05),
    "capacity-bottleneck": (88.8, 0.05),
    "capacity-product": (78.8, 0.05),
    "tick-0.1": (-0.26, 5e-3),
    "tick-0.5": (-7.1, 0.05),
    "tick-1": (-22.9, 0.05),
}


@pytest.fixture(scope="module")
def by_key() -> dict[str, Claim]:
    found = claims()
    assert len({claim.key for claim in found}) == len(found)
    return {claim.key: claim for claim in found}


@pytest.mark.parametrize("key", PUBLISHED)
def test_the_exact_value_is_the_published_one(key: str, by_key: dict[str, Claim]) -> None:
    value, within = PUBLISHED[key]
    assert float(by_key[key].exact) == pytest.approx(value, abs=within, rel=0)


def test_what_is_exact_says_so(by_key: dict[str, Claim]) -> None:
    for claim in by_key.values():
        assert claim.exact.residual <= 1e-12
        assert isinstance(claim.exact.value, Fraction) == (claim.exact.residual == 0)


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        ("series", "reproduces"),
        ("team-2-parallel", "near miss (+0.21 %)"),
        ("gain-2", "reproduces"),
        ("team-3-parallel", "wrong (13.8 times too low)"),
        ("role-2", "wrong (1.01 times too low)"),
        ("practice", "near miss (-0.49 %)"),
        ("overhead-15", "reproduces"),
        ("faults", "wrong (2 times too low)"),
        ("formula", "no claim"),
        ("degradation", "wrong"),
    ],
)
def test_verdicts_follow_from_the_numbers(key: str, verdict: str, by_key: dict[str, Claim]) -> None:
    assert by_key[key].verdict == verdict


@pytest.mark.parametrize(
    ("said", "value", "verdict"),
    [("2", 2.49, "reproduces"), ("2.0", 2.06, "wrong"), ("1000", 1004, "near miss")],
)
def test_a_claim_reproduces_to_the_last_digit_it_prints(
    said: str, value: float, verdict: str
) -> None:
    claim = Claim("key", "1", "text", said, "", Result(value, "h", "given", 0.0))
    assert claim.verdict.startswith(verdict)


def test_the_command_writes_the_table() -> None:
    command = [sys.executable, "-m", "hive_env.dependability"]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    assert done.stdout == claims_table()
    assert done.stdout.count("\n") == 2 + len(claims())
