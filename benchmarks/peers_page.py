"""The page of the documentation that a report of `benchmarks.peers` makes."""

from __future__ import annotations

from typing import Any

from hive_env.bench.spreads import gigabytes
from hive_env.bench.tables import origin, table

Report = dict[str, Any]

WIDE = 512
"""Bytes of an observation up to which hive_env is to be ten times MAgent2's raw rate."""

TIMES = 10
"""Times MAgent2's raw rate that hive_env is to reach."""

NEAR = 1.25
"""Observations of sizes within this factor are taken as equally wide."""

COMPARED = """\
All take random actions that were drawn before the clock starts, and give observations and rewards
of all agents at every step unless the row says otherwise. Beyond that no two are the same task:

- **MAgent2**, battle: as here, one shared grid of cells, local windows, an agent a cell. It is a
  fight of two teams without traces, faults or levels; the dead leave, so everyone is put back in
  place after every 64 steps, off the clock, and agents are counted as they act. *Raw* is its C++
  grid world through its own Python class, whose arrays are reused; *PettingZoo* is its parallel
  environment, beside hive_env's, dicts of every agent in both. Its windows are 13 × 13 cells in
  float32, or 5 × 5 where the row says so, which is not battle's default but nearer to the width of
  hive_env's observations, 64 features of uint8. MAgent2's wheel is compiled without threads. The
  smallest world of hive_env has 256 workers, where the smallest battle has 162.
- **VMAS** and **JaxMARL**: many small environments in one call, beside a batch of nano worlds (512
  workers each) of as many agents together. VMAS and MPE are a few discs in continuous space, SMAX
  a fight of ten units with eight ticks of physics a step; agents share no large world. VMAS's
  reward of simple_spread takes time in the cube of its agents. JaxMARL's step starts finished
  episodes anew; hive_env's worlds are reset between episodes, off the clock. Its time to compile
  is not counted, nor is hive_env's.
- **mesa-frames**: agent-based modelling on polars, with no interface for learning: no observations
  and no rewards, and none in the hive_env beside it. *Grid walk and count* is written as polars
  expressions over all agents, which is faster than setting columns through its own class;
  *Boltzmann wealth* is the model of its README.
- **hive_env**: Forage at its defaults for the size, its workers' level. Its tick moves, picks,
  drops, works, lays and evaporates traces, fails workers and mends them. The upper levels stand
  still, for nothing that it is compared with has any, and no office, link or host fails."""


def digits(value: float) -> str:
    """Return a number with three digits, or all of those before the point."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def millions(rate: Report) -> str:
    """Return a rate in millions a second: median, and least to most."""
    middle, low, high = (digits(rate[name] / 1e6) for name in ("median", "min", "max"))
    return f"{middle} ({low}–{high})"


def stored(found: Report) -> float:
    """Return the bytes of observations a second."""
    return float(found["rate"]["median"] * found["observation_bytes"])


def ran(row: Report) -> bool:
    """Return whether both sides of a row have a result."""
    return "rate" in row["theirs"] and "rate" in row["ours"]


def observed(row: Report) -> bool:
    """Return whether a row has results with observations."""
    return ran(row) and row["theirs"]["observation_bytes"] > 0


def times(row: Report) -> float:
    """Return hive_env's rate over the other's."""
    return float(row["ours"]["rate"]["median"] / row["theirs"]["rate"]["median"])


def core_times(row: Report) -> float:
    """Return hive_env's rate over the other's, each a core that was kept busy."""
    return times(row) * float(row["theirs"]["cores"] / row["ours"]["cores"])


def bytes_times(row: Report) -> float:
    """Return hive_env's bytes of observations a second over the other's."""
    return stored(row["ours"]) / stored(row["theirs"])


def equally_wide(row: Report) -> bool:
    """Return whether both sides of a row observe about as many bytes."""
    wide = row["theirs"]["observation_bytes"] / row["ours"]["observation_bytes"]
    return bool(1 / NEAR <= wide <= NEAR)


def name(row: Report) -> str:
    """Return the peer and the scenario."""
    return f"{row['peer']}: {row['scenario']}"


def times_text(value: float) -> str:
    """Return a ratio."""
    return f"{digits(value)} ×"


def rate_table(report: Report) -> str:
    """Return the table of rates, theirs and ours."""
    rows = []
    for row in report["scenarios"]:
        both = row["theirs"], row["ours"]
        rows.append(
            (
                name(row),
                *(f"{one['agents']:,}" if "rate" in one else "–" for one in both),
                *(millions(one["rate"]) if "rate" in one else "did not run" for one in both),
                times_text(times(row)) if ran(row) else "–",
                *(f"{one['cores']:.1f}" if "rate" in one else "–" for one in both),
                times_text(core_times(row)) if ran(row) else "–",
            )
        )
    heads = (
        "peer",
        "agents",
        "hive_env's workers",
        "M agent-steps/s",
        "hive_env, M/s",
        "hive_env / peer",
        "its cores",
        "hive_env's cores",
        "hive_env / peer, a core",
    )
    return table(heads, rows)


def byte_table(report: Report) -> str:
    """Return the table of observations: bytes an agent, and bytes a second."""
    rows = []
    for row in filter(observed, report["scenarios"]):
        both = row["theirs"], row["ours"]
        rows.append(
            (
                name(row),
                *(f"{one['observation_bytes']:,.0f}" for one in both),
                *(digits(stored(one) / 1e9) for one in both),
                times_text(times(row)),
                times_text(bytes_times(row)),
                "yes" if equally_wide(row) else "no",
            )
        )
    heads = (
        "peer",
        "bytes an agent",
        "hive_env's",
        "GB/s",
        "hive_env, GB/s",
        "agent-steps, hive_env / peer",
        "bytes, hive_env / peer",
        "equally wide",
    )
    return table(heads, rows)


def limit_table(report: Report) -> str:
    """Return what the machine allows, in a line a limit."""
    limits = report["limits"]
    if "failed" in limits:
        return f"Not measured: {limits['failed']}."
    rows = [
        ("copy, bytes read and written, GB/s", gigabytes(limits["copy"])),
        ("store, bytes written, GB/s", gigabytes(limits["store"])),
        ("random scatter-add, M/s", millions(limits["scatter"])),
    ]
    return table((f"threads: {limits['threads']}", "rate"), rows)


def aims(report: Report) -> list[str]:
    """Return what became of each aim, in a sentence each."""
    raw = [row for row in report["scenarios"] if row["peer"] == "MAgent2" and observed(row)]
    raw = [row for row in raw if row["scenario"].endswith("raw")]
    found = []
    if raw:
        reached = ", ".join(f"{times_text(times(row))} ({row['scenario']})" for row in raw)
        met = sum(times(row) >= TIMES for row in raw)
        wide = max(row["ours"]["observation_bytes"] for row in raw)
        found.append(
            f"*{TIMES} times MAgent2's raw rate at observations up to {WIDE} bytes*: {met} of "
            f"{len(raw)}. At hive_env's {wide:.0f} bytes beside MAgent2's own: {reached}."
        )
    if raw and "store" in report["limits"]:
        most = max(stored(row["ours"]) for row in raw)
        share = most / report["limits"]["store"]["median"]
        bound = max(row["theirs"]["observation_bytes"] for row in raw)
        found.append(
            f"*At MAgent2's {bound:,.0f} bytes, half the store rate*: not measured, for hive_env "
            f"has no observation so wide, and copies of a narrow one would be none. Its widest "
            f"here are stored at {digits(most / 1e9)} GB/s at the most, {100 * share:.1f} % of the "
            "store rate, steps and rewards included."
        )
    seen = [row for row in report["scenarios"] if observed(row)]
    alike = [row for row in seen if equally_wide(row)]
    other = [row for row in seen if not equally_wide(row)]
    if alike:
        ahead = sum(bytes_times(row) > 1 for row in alike)
        each = "; ".join(
            f"{name(row)}: {times_text(times(row))} the agent-steps, "
            f"{times_text(bytes_times(row))} the bytes"
            for row in alike
        )
        found.append(
            f"*Ahead at equal observation bytes*: in {ahead} of the {len(alike)} rows whose "
            f"observations are equally wide, within a factor of {NEAR}, counted in bytes. {each}."
        )
    if other:
        ahead = sum(bytes_times(row) > 1 for row in other)
        faster = sum(times(row) > 1 for row in other)
        found.append(
            f"The other {len(other)} rows with observations are not of equal bytes; there hive_env "
            f"gives more agent-steps in {faster} and more bytes of observations in {ahead}."
        )
    none = [row for row in report["scenarios"] if ran(row) and not observed(row)]
    if none:
        ahead = sum(times(row) > 1 for row in none)
        found.append(f"Without observations on either side it is ahead in {ahead} of {len(none)}.")
    return found


def failures(report: Report) -> str:
    """Return what did not run and why, or nothing."""
    lines = [
        f"- {who}: {one['failed']}"
        for row in report["scenarios"]
        for who, one in ((name(row), row["theirs"]), (f"hive_env beside {name(row)}", row["ours"]))
        if "failed" in one
    ]
    return "\n".join(["\n## What did not run\n", *lines, ""]) if lines else ""


def versions(report: Report) -> str:
    """Return the versions of all that was measured, in a line a peer."""
    by_peer: dict[str, dict[str, str]] = {}
    for row in report["scenarios"]:
        by_peer.setdefault(row["peer"], {}).update(row["theirs"].get("versions", {}))
    return "\n".join(
        f"- {peer}: {', '.join(f'{name} {one}' for name, one in sorted(found.items()))}"
        for peer, found in by_peer.items()
        if found
    )


def markdown(report: Report) -> str:
    """Return the page."""
    warned = (
        "```{warning}\nThis page is from a quick run (`--quick`): small numbers of agents, short "
        "repeats. Its figures say\nthat everything runs, not how fast anything is.\n```\n\n"
        if report["quick"]
        else ""
    )
    if report["note"]:
        warned += f"```{{warning}}\n{report['note']}\n```\n\n"
    verdicts = "\n".join(f"- {one}" for one in aims(report))
    return f"""# Beside other environments

{warned}Made by `python -m benchmarks.peers --markdown docs/peers.md`, all in one run, each
measurement in a process of its own. Processors, and threads, of each: {report["threads"]}. Seed:
{report["seed"]}. {origin(report)}

Every figure is the median of {report["repeats"]} repeats, each of {report["seconds"]:g} s at least
and one before them to warm up, with the least and the most in brackets.

## Agent-steps

Millions of agent-steps a second. *Cores* is processor time over time: how many cores were kept
busy; the last column is the ratio of the rates a core so counted.

{rate_table(report)}

## Observations

Writing observations is most of what a step costs in most of these, so a rate says little without
their width. Bytes a second are agent-steps a second times bytes an agent.

{byte_table(report)}

## What is and what is not comparable

{COMPARED}

## The aims

{verdicts}

## What the machine allows

{limit_table(report)}
{failures(report)}
## Versions

{versions(report)}
"""
