"""What a paper on fault-tolerant agent teams claims, beside what its own models give.

The paper takes 8 roles, a member's mean time to failure of 150 h and, with repair, a mean repair of
half an hour. Nothing here is tuned: each claim is a number as printed, each exact value a call of
this package, and the verdict follows from the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hive_env.dependability.blocks import Item, Parallel, Series
from hive_env.dependability.discrete import DiscreteTeam
from hive_env.dependability.evidence import (
    failures_needed,
    faults_per_day,
    least_mttf,
    patterns_missed,
)
from hive_env.dependability.results import ROUNDED, Result
from hive_env.dependability.standby import Failover, Proficiency, capacity_on_backups
from hive_env.dependability.team import Team

NEAR = 0.005
"""Relative difference up to which a claim that does not reproduce is a near miss."""

FAILURE_RATE, REPAIR_RATE = Fraction(1, 150), Fraction(2)
"""The paper's rates, 1/h."""


@dataclass(frozen=True)
class Claim:
    """A number that the paper prints, or implies, and the exact one.

    Parameters
    ----------
    key : str
        Name of the row, of its own.
    section : str
        Section of the paper; empty where it is ours.
    text : str
        What is claimed.
    claimed : str
        The number as printed, so that its last digit tells its precision; empty where the paper
        gives none.
    model : str
        The model of the exact value, where the claim leaves it open.
    exact : Result
        The exact value.
    note : str
        What the numbers do not say.
    """

    key: str
    section: str
    text: str
    claimed: str
    model: str
    exact: Result
    note: str = ""

    @property
    def verdict(self) -> str:
        """``reproduces`` to the last digit printed, ``near miss`` or ``wrong``; or no claim."""
        if not self.claimed:
            return "no claim"
        said, exact = float(self.claimed), float(self.exact)
        decimals = len(self.claimed.partition(".")[2])
        if abs(said - exact) <= 0.5 * 10**-decimals:
            return "reproduces"
        if abs(said / exact - 1) <= NEAR:
            return f"near miss ({100 * (said / exact - 1):+.2f} %)"
        if said == 0:
            return "wrong"
        ratio = max(said / exact, exact / said)
        times = f"{ratio:,.0f}" if ratio >= 1000 else f"{ratio:.3g}"
        return f"wrong ({times} times too {'high' if said > exact else 'low'})"


def paper_team(members: int, **changes: Any) -> Team:
    """Return the paper's team of 8 roles, with the members of each, and other changes."""
    given = {"failure_rate": FAILURE_RATE, "repair_rate": REPAIR_RATE, **changes}
    return Team(8, members, **given)


def claims() -> tuple[Claim, ...]:
    """Return all claims, in the paper's order; takes a second or two."""
    sources = (_blocks, _repaired, _standbys, _rotated, _operated, _ticked)
    return tuple(claim for source in sources for claim in source())


def _blocks() -> Iterator[Claim]:
    """Yield the claims of section 2: no repair."""
    item = Item(FAILURE_RATE)
    series = Series(*[item] * 8).mttf()
    yield Claim("series", "2.1", "MTTF of 8 agents in series, h", "18.75", "", series)
    for members, said in ((2, "225"), (3, "275")):
        found = Parallel(*[item] * members).mttf()
        text = f"MTTF of {members} agents in parallel, h"
        yield Claim(f"parallel-{members}", "2.2", text, said, "", found)
    for members, said, more in ((2, "187", "10"), (3, "412", "")):
        found = Series(*[Parallel(*[item] * members)] * 8).mttf()
        text = f"MTTF of 8 roles × {members} without repair, h"
        yield Claim(f"team-{members}-unrepaired", "2.3", text, said, "", found)
        ratio = Result(found.value / series.value, "1", "ratio of two MTTF", 0.0)
        text = f"its gain over the series, m = {members}"
        yield Claim(f"gain-{members}-unrepaired", "2.3", text, more, "", ratio)


def _repaired() -> Iterator[Claim]:
    """Yield the claims of section 3: with repair."""
    role = Team(1, 2, FAILURE_RATE, REPAIR_RATE).mttf()
    note = "The formula (3λ+μ)/(2λ²) is right, the arithmetic is not."
    text = "MTTF of one role × 2 with repair, h"
    yield Claim("role-2", "3.1", text, "22575", "", role, note)

    chain = paper_team(2).chain(absorbing=True, detail="roles")
    everything = sum(chain.times_to_failure(exact=False).values())
    found = Result(everything, "h", "sum over all start states", ROUNDED)
    note = "Without a start distribution α it sums over the 256 states that are no failure."
    yield Claim("formula", "3.2", "−1ᵀ Q⁻¹ 1 as written, h", "", "", found, note)

    policies = ("parallel", "crew per role", "crew per team")
    for members, said, gain in ((2, "2847", "152"), (3, "41200", "2197")):
        for policy in policies:
            found = paper_team(members, repair=policy).mttf()
            name = f"team-{members}-{policy.replace(' ', '-')}"
            text = f"MTTF of 8 roles × {members} with repair, h"
            yield Claim(name, "3.3", text, said, policy, found)
            if policy == "parallel":
                ratio = Result(found.value / Fraction(75, 4), "1", "ratio of two MTTF", 0.0)
                text = f"its gain over the series, m = {members}"
                yield Claim(f"gain-{members}", "3.3", text, gain, policy, ratio)


def _standbys() -> Iterator[Claim]:
    """Yield the claims of sections 4 and 8.3: standbys and failovers."""
    note = "Computed as if hot; the paper's 1 failed failover in 412 is a coverage."
    for coverage in (Fraction(1), Fraction(411, 412)):
        for dormancy in (Fraction(0), Fraction(15, 100), Fraction(1, 2), Fraction(1)):
            found = paper_team(2, dormancy=dormancy, coverage=coverage).mttf()
            model = f"dormancy {float(dormancy):g}, coverage {coverage}"
            key = f"standby-{float(dormancy):g}-{coverage}"
            text = "MTTF of 8 roles × 2, warm standby, h"
            yield Claim(key, "8.2", text, "2847", model, found, note)
    for interval, said in ((300, "162"), (30, "16.2")):
        failover = Failover(0.1, 0.24, interval, Fraction(2, 60), Fraction(50, 60))
        model = "mean of detect + load (.34 s) + replay"
        note = "Δ/2 is how stale the state is, not a wait."
        text = f"failover at checkpoints every {interval} s, s"
        yield Claim(f"failover-{interval}", "4.2", text, said, model, failover.mean(), note)
        if interval == 30:
            text, model = "median latency at checkpoints every 30 s, s", "detect + load = .34 s"
            note = "The paper's own formula says 16.2 s, and its restore alone takes .5 to 3 s."
            yield Claim("median", "8.3", text, "0.34", model, failover.median(), note)
        text = f"P(nothing to replay) at checkpoints every {interval} s"
        yield Claim(
            f"fresh-{interval}", "8.3", text, "", "2 events a minute", failover.nothing_to_replay()
        )


def _rotated() -> Iterator[Claim]:
    """Yield the claims of section 5: rotation and practice."""
    text, note = "MTTF of 8 roles × 2, rotation of depth 2, h", "The exponent .8 is not derived."
    for repair in ("parallel", "none"):
        for eligibility in ("pairs", "ring"):
            team = paper_team(2, rotation=2, eligibility=eligibility, repair=repair)
            model = f"{eligibility}, {'parallel repair' if repair == 'parallel' else 'no repair'}"
            key = f"rotation-{eligibility}-{repair}"
            yield Claim(key, "5.2", text, "6340", model, team.mttf(exact=False), note)
    practised = Proficiency(0.95, 0.80, 0.01)
    found = practised.practice_interval()
    yield Claim(
        "practice", "5.3", "practice interval, h", "17.1", "", found, "Truncated, not rounded."
    )
    for minutes, said in ((15, "1.5"), (30, "3")):
        share = practised.practice_overhead(minutes / 60)
        percent = Result(100 * float(share), "%", share.method, share.residual)
        text = f"overhead of {minutes} min of practice, %"
        yield Claim(f"overhead-{minutes}", "5.3", text, said, "", percent)


def _operated() -> Iterator[Claim]:
    """Yield the claims of sections 7 and 8: degradation and the experiment."""
    missed, stopped = patterns_missed(8, 5)
    found = Result(Fraction(missed), "1", "count", 0.0)
    text = f"patterns of {stopped} with an unfilled critical role of 5 that D calls sound"
    note = "It fails open: D counts filled roles, critical or not."
    yield Claim("degradation", "7", text, "0", "", found, note)
    text = "faults a day of 16 agents, each every 4 h"
    yield Claim("faults", "8.1", text, "48", "", faults_per_day(16, 4))
    note = "No failure in 30 days shows no more."
    text = "MTTF shown by the experiment, h"
    yield Claim("shown", "8.2", text, "2847", "at least, at 95 %", least_mttf(720), note)
    text = "failures that an error below 1 % needs"
    yield Claim("needed", "8.2", text, "0", "at 95 %", failures_needed(0.01), "It saw none.")
    for model, share in capacity_on_backups(0.98, [0.87, 0.87], 8).items():
        percent = Result(100 * float(share), "%", share.method, share.residual)
        text = "capacity with 2 of 8 roles on backups, %"
        yield Claim(f"capacity-{model}", "8.4", text, "82.1", model, percent)


def _ticked() -> Iterator[Claim]:
    """Yield what drawing once a tick does to the team of 8 roles x 2."""
    for tick in (0.1, 0.5, 1.0):
        bias = DiscreteTeam(paper_team(2), tick).bias()
        percent = Result(100 * float(bias), "%", bias.method, bias.residual)
        text = f"bias of the MTTF by draws once in {tick:g} h, %"
        yield Claim(f"tick-{tick:g}", "", text, "", "1 − exp(−λ dt) a tick", percent)


def claims_table() -> str:
    """Return the claims as a Markdown table."""
    heads = ("§", "claim", "claimed", "model", "exact", "verdict")
    lines = [f"| {' | '.join(heads)} |", "|---|---|--:|---|--:|---|"]
    for claim in claims():
        said = f"{float(claim.claimed):,g}" if claim.claimed else ""
        if claim.claimed and float(claim.claimed) >= 1000:
            said = f"{float(claim.claimed):,.0f}"
        verdict = f"{claim.verdict}. {claim.note}" if claim.note else f"{claim.verdict}."
        cells = (claim.section, claim.text, said, claim.model, _shown(claim.exact), verdict)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _shown(exact: Result) -> str:
    """Return a value as people read it: integers whole, others to some seven digits."""
    value = float(exact)
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 10_000 else f"{value:,.7g}"
