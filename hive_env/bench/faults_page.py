"""What `reproduce` shows: the table of claims, the page, and the picture."""

from __future__ import annotations

from typing import Any

from hive_env.bench.plot import Line, Panel, picture
from hive_env.bench.reproduce import CONFLICT, FAILOVER, SNAPSHOTS
from hive_env.bench.tables import origin, table
from hive_env.dependability import Failover

HEADS = ("claim", "§", "claimed", "model", "exact", "measured (95 %)", "verdict")
"""Columns of the table."""

UNREPAIRED = {
    "series": "m = 1",
    "team-2-unrepaired": "m = 2",
    "team-3-unrepaired": "m = 3",
    "rotation-pairs-none": "m = 2, pairs",
    "rotation-ring-none": "m = 2, ring",
}
REPAIRED = {
    "series": "m = 1, no repair",
    "team-2-parallel": "m = 2, each repaired",
    "team-2-crew-per-team": "m = 2, one crew",
    "team-3-parallel": "m = 3, each repaired",
    "team-3-crew-per-team": "m = 3, one crew",
}
"""Teams whose survival is drawn, by the key of their claims."""


def claim_table(report: dict[str, Any]) -> str:
    """Return the claims with exact and measured values, in Markdown."""
    return table(HEADS, [_cells(row) for row in report["claims"]])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    found = row["measured"]
    measured = "-"
    if found is not None:
        high = "∞" if found["high"] is None else number(found["high"])
        measured = f"{number(found['value'])} ({number(found['low'])} to {high})"
    said = f"{float(row['claimed']):,g}" if row["claimed"] else ""
    if row["claimed"] and float(row["claimed"]) >= 1000:
        said = f"{float(row['claimed']):,.0f}"
    said_already = row["note"].lower().startswith(row["verdict"])
    words = (
        row["verdict"] if said_already or not row["note"] else f"{row['verdict']}. {row['note']}"
    )
    return row["text"], row["section"], said, row["model"], number(row["exact"]), measured, words


def number(value: float) -> str:
    """Return a number to five digits, or all those before its point."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.5g}"


def agreement(report: dict[str, Any]) -> str:
    """Return the sentence that says whether measured and exact values agree."""
    tested = [row for row in report["claims"] if row["measured"]]
    apart = {row["key"]: row["measured"]["z"] or 0.0 for row in tested}
    worst = max(apart, key=lambda key: abs(apart[key]))
    beyond = [key for key, z in apart.items() if abs(z) > CONFLICT]
    if beyond:
        return f"**Measured and exact values contradict each other: {', '.join(beyond)}.**"
    return (
        f"All {len(tested)} measured values agree with the exact ones within {CONFLICT:g} standard "
        f"errors; farthest is {worst}, at {apart[worst]:+.1f}."
    )


def markdown(report: dict[str, Any], shown: str) -> str:
    """Return the page of the documentation that a report makes.

    Parameters
    ----------
    report : dict
        Of `hive_env.bench.reproduce.measure`.
    shown : str
        Where the picture is, from the page; empty for none.
    """
    drawn = f"\n![R(t), and the latency of failovers]({shown})\n" if shown else ""
    return f"""# The claims of the fault-tolerance paper

A paper on fault-tolerant agent teams takes 8 roles in series, members that fail every 150 h and a
repair of half an hour in the mean. Here is each of its claims beside the value that its own models
have exactly (`hive_env.dependability`), the value measured in the dynamics by which offices live in
every world, where it is a matter of dynamics, and a verdict that follows from the numbers.
{drawn}
Dots are measured, lines exact.

{claim_table(report)}

{agreement(report)}

Verdicts: *reproduces*: to the last digit printed. *near miss*: within half a per cent. *arithmetic
wrong*: the formula that the paper prints gives the exact value, its number is another. *model
wrong*: its number is that of its formula, which is not the exact value. *impossible*: more than its
experiment can show.

## How it is measured

- **Without repair** every office is watched until it fails: nothing is censored, the mean is
  unbiased. Its interval is the normal one.
- **With repair** an office starts anew, all members up, at each failure, and the MTTF is time over
  failures, with the Poisson interval. Over a fixed time this is too low by the share (c² − 1) / 2
  over the failures of one office, where c is a lifetime's coefficient of variation; for these
  teams c² − 1 is about the share that a repair is of the MTTF, so the bias is far below the
  interval.
- A failover fails by itself with the probability that coverage leaves, and takes the member that
  was to take over along.
- **Latencies** are those of single takeovers, in offices whose members fail every four hours.
  Detecting and loading take .34 s together; the rest is the replay of what came since the last
  checkpoint, at two events a minute and 1.2 s an event. A hot and a cold standby have the paper's
  medians as constants: its model says nothing of their spread.
- Events have their own instants within a tick, 65,536 of them, to which durations are rounded
  down. A tick is 10 h, or for teams that seldom fail 50 or 200 h, where a repair of half an hour
  is still 164 instants.

The team of 8 × 2 with a repairer for each member failed {main_failures(report):,} times here. A
million failures: `hive-env reproduce faults --failures 1000000`.

{origin(report)}
"""


def main_failures(report: dict[str, Any]) -> int:
    """Return how often the main study's offices failed."""
    rows = {row["key"]: row for row in report["claims"]}
    return int(rows["team-2-parallel"]["measured"]["count"])


def drawn(report: dict[str, Any]) -> str:
    """Return the picture of R(t) and of the failovers' latency, as SVG."""
    curves = report["survival"]

    def lines(names: dict[str, str]) -> list[Line]:
        return [
            Line(
                name,
                [0.0, *curves[key]["hours"]],
                [1.0, *curves[key]["exact"]],
                list(zip(curves[key]["hours"], curves[key]["measured"], strict=True)),
            )
            for key, name in names.items()
        ]

    return picture(
        (
            Panel("R(t) without repair", "time t, h", lines(UNREPAIRED), 0, 300),
            Panel("R(t) with repair", "time t, h", lines(REPAIRED), 1, 1e9, logarithmic=True),
            Panel(
                "share of failovers that take at most so long",
                "latency, s",
                _latencies(report["failover"]),
                1e-3,
                1e2,
                logarithmic=True,
                steps=True,
            ),
        )
    )


def _latencies(found: dict[str, Any]) -> list[Line]:
    """Return the distributions of latencies, as calculated and as measured."""
    lines = []
    exact = {
        f"warm, every {every} s": Failover(
            FAILOVER.detect, FAILOVER.load, every, FAILOVER.event_rate, FAILOVER.replay_rate
        )
        for every in SNAPSHOTS
    }
    for name, sample in found.items():
        marks = list(zip(sample["seconds"], sample["share"], strict=True))
        if name in exact:
            model = exact[name]
            values = [model.least + count / float(model.replay_rate) for count in range(40)]
            shares = [float(model.cdf(value)) for value in values]
        else:
            values, shares = [sample["seconds"][0]], [1.0]
        ends = ([1e-3, values[0]], [0.0, 0.0])
        lines.append(Line(name, [*ends[0], *values, 1e2], [*ends[1], *shares, 1.0], marks))
    return lines
