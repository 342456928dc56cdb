"""The page of the documentation that a report of `benchmarks.gpu` makes."""

from __future__ import annotations

from typing import Any

from hive_env.bench.spreads import gigabytes
from hive_env.bench.tables import origin, table

Report = dict[str, Any]

TICKS_A_SECOND, LARGE = 100, 100_000_000
"""Ticks a second that a world of so many workers is to reach."""

BATCH_RATE, BATCH = 1_000_000_000, 16_384
"""Worker-steps a second, with observations, that so many nano worlds are to reach."""

SIMULATOR = "NUMBA_ENABLE_CUDASIM=1 NUMBA_DISABLE_JIT=1 python -m benchmarks.gpu --quick"
WHOLE = "python -m benchmarks.gpu --json gpu.json --markdown docs/gpu.md"

LEARNING = """\
`examples/batch.py` trains a network, shared by the managers of 16,384 nano worlds, with nothing
leaving the device: observations and rewards are the memory that torch works on, and its orders are
read where they lie. Without a GPU it runs on the CPU, on 64 worlds."""

HEADS = {
    "tick": "tick",
    "observed": "tick + observations",
    "learned": "the same + rewards, orders",
    "played": "tick + all scripted + rewards",
    "all": "all",
}
"""Columns of the table of rates, by the sum of stages."""

RATES = """\
Millions of worker-ticks a second; in brackets the least and the most. *Tick* is the tick alone.
Observations are all of the workers', 64 bytes each, by id into one buffer on the GPU; rewards are
the workers'; orders are those of all three upper levels, scripted. With *all scripted* the workers'
actions are decided on the GPU too. *All* is all of this, and the upper levels' observations.
*Moves* is what a tick must move by the declarations of its systems, and the share of the copy
bandwidth that this amounts to at the tick's rate."""

FLOATS = """\
The hash of the state is the same after every tick, or the command stops and names the first column
and row that differ. Observations and rewards may differ where [Devices](devices.md) says so; the
last two columns are the largest differences seen, over all levels, in the last tick."""


def millions(workers: int, seconds: Report) -> str:
    """Return a rate in millions a second: median, and least to most."""
    middle, low, high = (workers / seconds[name] / 1e6 for name in ("median", "max", "min"))
    return f"{middle:,.1f} ({low:,.1f}–{high:,.1f})"


def agreement_table(report: Report) -> str:
    """Return the table of what was compared."""
    rows = [
        (one["case"], f"`{one['hash']}`", f"{one['observations']:.1g}", f"{one['rewards']:.1g}")
        for one in report["agreement"]
    ]
    heads = ("played on both, by the scripted hierarchy", "hash", "observations", "rewards")
    return table(heads, rows)


def rate_table(measured: Report) -> str:
    """Return the table of rates."""
    bandwidth = measured["copy"]["median"]
    rows = []
    for key, one in measured["worlds"].items():
        workers, seconds = one["workers"], one["seconds"]
        share = one["moved_bytes"] * workers / seconds["tick"]["median"] / bandwidth
        rates = (millions(workers, seconds[name]) for name in HEADS)
        rows.append((key, *rates, f"{one['moved_bytes']:.0f} B, {100 * share:.0f} %"))
    return table(("world", *HEADS.values(), "a tick moves"), rows)


def targets(measured: Report | None) -> list[str]:
    """Return a line for each target: what it is, and what was reached."""
    large: str | None = None
    batch: str | None = None
    for key, one in (measured or {"worlds": {}})["worlds"].items():
        if "no faults" in key:
            continue
        if one["worlds"] == 1 and one["workers"] == LARGE:
            ticks = {name: 1 / one["seconds"][name]["median"] for name in ("tick", "played")}
            large = f"{ticks['tick']:.1f}, and {ticks['played']:.1f} with all scripted and rewards"
        if one["worlds"] == BATCH:
            rate = one["workers"] / one["seconds"]["observed"]["median"]
            batch = f"{rate:,.0f}"
    unknown = "not measured"
    return [
        f"- {LARGE:,} workers at {TICKS_A_SECOND} ticks a second, default faults: "
        f"**{large or unknown}**.",
        f"- {BATCH:,} nano worlds at {BATCH_RATE:,.0f} worker-steps a second with observations, "
        f"default faults: **{batch or unknown}**.",
    ]


def unmeasured(report: Report) -> list[str]:
    """Return the sections of a page on which no GPU has measured anything."""
    return [
        "```{warning}\nNo GPU has confirmed any figure yet: none was at hand. What stands below "
        "was compared under\nNumba's simulator of a GPU, which measures nothing.\n```",
        f"Made by `{SIMULATOR} --markdown docs/gpu.md`.\n{origin(report)}",
        "## Targets\n\nFor one H200. They are targets, and no more than that:",
        "\n".join(targets(None)),
        "With a GPU and the extra `gpu` this command checks the hashes first, stops where they "
        f"differ, measures\nthen, and writes this page anew:\n\n```bash\n{WHOLE}\n```",
    ]


def measured_parts(report: Report) -> list[str]:
    """Return the sections of a page with measurements."""
    measured, card = report["measured"], report["card"]
    launch = measured["launch"]
    micro = {name: 1e6 * value for name, value in launch["seconds"].items()}
    each = micro["median"] / launch["launches"]
    parts = [
        f"Made by `{WHOLE}`, all in one run.\n{origin(report)} GPU: {card['name']}, capability "
        f"{card['capability']}, {card['memory_gib']} GiB.",
        "Times are between events of the GPU; every figure is the median of several repeats, after "
        "one to warm up.",
        "## Targets\n\nFor one H200:",
        "\n".join(targets(measured)),
        f"## Rates\n\n{RATES}",
        rate_table(measured),
    ]
    if report["quick"]:
        parts.insert(0, "```{warning}\nA quick run: its figures mean little.\n```")
    for key, needs in measured["left_out"]:
        parts.append(f"Left out: {key}, which would take {needs / (1 << 30):.1f} GiB.")
    parts += [
        "## What the card allows",
        f"A kernel copies {gigabytes(measured['copy'])} GB/s, bytes read and written counted both.",
        f"The tick of a single nano world takes {micro['median']:.0f} µs "
        f"({micro['min']:.0f}–{micro['max']:.0f}) for {launch['launches']:.1f} launches, "
        f"{each:.1f} µs each: that is what small worlds by themselves wait for, and why they are "
        "batched.",
    ]
    return parts


def markdown(report: Report) -> str:
    """Return the page."""
    parts = ["# On a GPU"]
    parts += measured_parts(report) if "measured" in report else unmeasured(report)
    parts += ["## The same trajectory", FLOATS, agreement_table(report)]
    parts += ["## Learning there", LEARNING]
    return "\n\n".join(parts) + "\n"
