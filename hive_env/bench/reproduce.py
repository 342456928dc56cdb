"""The claims of a paper on fault-tolerant agent teams, beside exact and measured values.

Claims and exact values are those of `hive_env.dependability`; what is measured runs through the
rules by which offices live in every world. Nothing is tuned: the verdict follows from the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from hive_env.bench import measured
from hive_env.bench.machine import provenance
from hive_env.bench.measured import Estimate, Tell, office
from hive_env.bench.studies import FAILURES, MAIN, carried_out, exact_survival, studies
from hive_env.dependability import Claim, Failover, claims, paper_team
from hive_env.enums import Standby
from hive_env.scenarios.teams import Teams

Named = Callable[[str], Tell]

SECONDS = 0.1
"""Ticks in a second where failovers are timed."""

FAILOVER = Failover(0.1, 0.24, 30, 2 / 60, 50 / 60)
"""The paper's warm standby: seconds, and events by second."""

SNAPSHOTS = (30, 300)
"""Its times between two checkpoints, s."""

CURVES = (
    "series",
    *(f"team-{members}-unrepaired" for members in (2, 3)),
    *(f"rotation-{sharing}-none" for sharing in ("pairs", "ring")),
    *(f"team-{members}-{policy}" for members in (2, 3) for policy in ("parallel", "crew-per-team")),
)
"""Studies whose R(t) is reported."""

INTERVAL = round(max(SNAPSHOTS) * SECONDS)
"""Ticks between two checkpoints, at most."""

CONFLICT = 5.0
"""Standard errors beyond which measured and exact values contradict each other."""


def failovers(seed: int, share: float, threads: int | None) -> dict[str, Any]:
    """Return the latencies of takeovers by kind of standby, s: float64 arrays.

    A member has a fault every four hours, as in the paper's experiment. What is no warm standby
    loads in the paper's median time: its model says nothing more.
    """
    kinds = {
        "hot": (Standby.HOT, 0.006, 0.0),
        **{f"warm, every {every} s": (Standby.WARM, 0.34, every) for every in SNAPSHOTS},
        "cold": (Standby.COLD, 47.0, 0.0),
    }
    found = {}
    for number, (name, (standby, least, every)) in enumerate(kinds.items()):
        config = office(
            3600 * SECONDS,
            standby=standby,
            fault_mean=4 * 3600 * SECONDS,
            detect=0.0,
            load=(least * SECONDS,) * 3,
            event_gap=SECONDS / float(FAILOVER.event_rate),
            replay=SECONDS / float(FAILOVER.replay_rate),
            checkpoint_every=every * SECONDS,
        )
        # Whole intervals between checkpoints, so that their ages are uniform.
        ticks = math.ceil(1_500 * share / INTERVAL) * INTERVAL
        sample = measured.latencies(config, 4_096, seed + number, ticks, threads=threads)
        found[name] = sample / SECONDS
    return found


def of_failovers(samples: dict[str, Any]) -> dict[str, Estimate]:
    """Return, by claim, what the latencies of warm standbys are."""
    found = {}
    for every in SNAPSHOTS:
        sample = samples[f"warm, every {every} s"]
        found[f"failover-{every}"] = measured.mean_of(sample)
        # Half an event's replay above what every takeover takes.
        fresh = int((sample < FAILOVER.least + 0.5 / float(FAILOVER.replay_rate)).sum())
        found[f"fresh-{every}"] = measured.share_of(fresh, len(sample))
    found["median"] = measured.quantile_of(samples["warm, every 30 s"], 0.5)
    return found


# --- what is said about it ---------------------------------------------------------------------


OWN = {
    "role-2": (3 / 150 + 2) / (2 / 150**2),
    "failover-300": 300 / 2 + 10 / 50 * 60,
    "failover-30": 30 / 2 + 1 / 50 * 60,
    "median": 30 / 2 + 1 / 50 * 60,
    **{
        f"rotation-{sharing}-{repair}": 2847 * math.exp(0.8)
        for sharing in ("pairs", "ring")
        for repair in ("parallel", "none")
    },
}
"""What the paper's own formulas give with its own numbers, where it prints a formula."""

BOUNDS = {"shown": "at most", "needed": "at least"}
"""Claims about what an experiment showed, whose exact value is a bound."""


def verdict(claim: Claim) -> str:
    """Return what the numbers say of a claim.

    ``reproduces``, ``near miss`` and ``wrong`` are those of `Claim`. Where the paper prints a
    formula, ``arithmetic wrong``: its formula gives the exact value, its number is another; ``model
    wrong``: its number is that of its formula, which is not the exact value. ``impossible``: more
    than its experiment can show. ``truncated``: the exact value, cut instead of rounded.
    """
    plain = claim.verdict
    if claim.key == "formula":
        return (
            f"model wrong ({float(claim.exact) / float(paper_team(2).mttf()):.0f} times the MTTF)"
        )
    if not claim.claimed:
        return plain
    said, exact = float(claim.claimed), float(claim.exact)
    decimals = len(claim.claimed.partition(".")[2])
    if claim.key in BOUNDS:
        beyond = said > exact if BOUNDS[claim.key] == "at most" else said < exact
        return f"impossible: {BOUNDS[claim.key]} {exact:,.0f}" if beyond else plain
    if claim.key in OWN:
        return _by_formula(plain, said, exact, OWN[claim.key])
    if plain != "reproduces" and said == math.floor(exact * 10**decimals) / 10**decimals:
        return "truncated"
    return plain


def _by_formula(plain: str, said: float, exact: float, own: float) -> str:
    """Return the verdict of a claim for which the paper prints a formula."""
    how = plain[plain.find("(") :] if "(" in plain else ""
    if math.isclose(own, exact, rel_tol=1e-3):
        off = f"{100 * (said / exact - 1):+.2f} %"
        return plain if plain == "reproduces" else f"arithmetic wrong ({off})"
    if math.isclose(own, said, rel_tol=1e-3):
        return f"model wrong {how}".strip()
    return f"contradicts its own formula, {own:,.3g}"


def measure(failures: int, seed: int, named: Named, threads: int | None = None) -> dict[str, Any]:
    """Measure whatever is a matter of dynamics, and return the report.

    Parameters
    ----------
    failures : int
        Failures of the team of 8 roles x 2 with a repairer for each member.
    seed : int
        Seed of the first study; each has the next one.
    named : callable
        Gives the hearer of a study's events when it is about to begin.
    threads : int, optional
        CPU threads; results do not depend on them.

    Returns
    -------
    dict
        Under ``claims`` the rows; under ``survival`` the share of offices that live on at some
        times, measured and exact, for `CURVES`; under ``failover`` the distribution of latencies,
        s.
    """
    share = min(1.0, failures / FAILURES)
    planned = {study.claim: study for study in studies(failures)}
    findings = {
        key: carried_out(study, seed + number, named(key), threads)
        for number, (key, study) in enumerate(planned.items())
    }
    estimates = {key: finding.estimate for key, finding in findings.items()}
    named("failovers")
    samples = failovers(seed + 100, share, threads)
    estimates.update(of_failovers(samples))
    estimates["standby-1-1"] = estimates[MAIN]
    fleets = max(4, round(100 * share))
    estimates["faults"] = measured.faults_a_day(16, 4.0, 30, fleets, seed + 200)
    for members in (2, 3):
        for key in (f"gain-{members}-unrepaired", f"gain-{members}"):
            team = f"team-{members}-{'unrepaired' if 'un' in key else 'parallel'}"
            estimates[key] = _ratio(estimates[team], estimates["series"])
    curves = {
        key: {
            "hours": findings[key].times,
            "measured": findings[key].alive,
            "exact": exact_survival(planned[key], findings[key].times),
        }
        for key in CURVES
    }
    return {
        **provenance("faults", None, seed),
        "config_hash": _hash(),
        "failures": failures,
        "claims": [_row(claim, estimates.get(claim.key)) for claim in claims()],
        "survival": curves,
        "failover": {name: _distribution(sample) for name, sample in samples.items()},
    }


def _hash() -> str:
    """Return the hash of the main study's offices."""
    main = next(study for study in studies(FAILURES) if study.claim == MAIN)
    return Teams(main.config).blueprint.config_hash


def _ratio(one: Estimate, other: Estimate) -> Estimate:
    """Return the ratio of two independent estimates."""
    value = one.value / other.value
    error = value * math.hypot(one.error / one.value, other.error / other.value)
    reach = measured.Z * error
    return Estimate(value, value - reach, value + reach, min(one.count, other.count), error)


def _distribution(sample: Any) -> dict[str, Any]:
    """Return a sample's distribution: values, and the share that is at most each."""
    # A tenth of a millisecond: the instants of a tick of ten seconds are .15 ms.
    values, counts = np.unique(np.round(sample, 3), return_counts=True)
    return {"count": len(sample), "seconds": values.tolist(),
            "share": (np.cumsum(counts) / len(sample)).tolist()}  # fmt: skip


def _row(claim: Claim, estimate: Estimate | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "key": claim.key,
        "section": claim.section,
        "text": claim.text,
        "claimed": claim.claimed,
        "model": claim.model,
        "exact": float(claim.exact),
        "method": claim.exact.method,
        "measured": None,
        "verdict": verdict(claim),
        "note": claim.note,
    }
    if estimate is not None:
        apart = estimate.value - row["exact"]
        row["measured"] = {
            "value": estimate.value,
            "low": estimate.low,
            "high": estimate.high if math.isfinite(estimate.high) else None,
            "count": estimate.count,
            "z": apart / estimate.error if estimate.error else None,
        }
    return row
