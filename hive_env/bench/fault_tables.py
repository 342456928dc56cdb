"""The section on faults of the page that a bench report makes."""

from __future__ import annotations

from typing import Any

from hive_env.bench.spreads import millions, milliseconds, ratio
from hive_env.bench.tables import table


def event_table(report: dict[str, Any]) -> str:
    """Return the table of the events a second of offices, beside bare draws."""
    found = report["faults"]["offices"]
    rows = []
    for count in sorted({1, report["threads"]}):
        events, draws = found[f"events_{count}"], found[f"draws_{count}"]
        drawing = events["median"] * found["draws_an_event"] / draws["median"]
        rows.append((f"{count}", millions(events), millions(draws), f"{100 * drawing:.0f} %"))
    return table(("threads", "events, M/s", "draws alone, M/s", "drawing takes"), rows)


def preset_table(report: dict[str, Any]) -> str:
    """Return the table of ticks at every preset."""
    worlds = report["faults"]["presets"]["worlds"]
    rows = [
        (f"`{name}`", milliseconds(one["tick"]), ratio(one["ratio"], 2))
        for name, one in worlds.items()
    ]
    return table(("faults", "a tick, ms", "to none"), rows)


def section(report: dict[str, Any]) -> str:
    """Return the section."""
    offices, worlds = report["faults"]["offices"], report["faults"]["presets"]
    return f"""## Faults

Events a second of offices by themselves: {offices["offices"]:,} teams of 8 roles × 2 members, each
with a repairer, who fails every 150 h and is repaired in half an hour; faults, returns and ends of
takeovers count. An event makes {offices["draws_an_event"]:.2f} random draws in the mean. What the
machine draws in a loop that does nothing else, in the same process, stands beside; that many draws
are the share of an event's time in the last column.

{event_table(report)}

A tick of {worlds["workers"]:,} workers without faults besides those of the task (`none`), at every
preset, and where three deciders of every office agree by Raft besides. The full scripted hierarchy
plays, and its decisions are not counted. All worlds take turns of {worlds["ticks"]} ticks in each
of {worlds["repeats"]} rounds, after {worlds["warm_up"]} ticks to warm up; ratios are of ticks of
one round, so that they vary less than the ticks.

{preset_table(report)}
"""
