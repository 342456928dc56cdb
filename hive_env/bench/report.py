"""The page of the documentation that a bench report makes."""

from __future__ import annotations

from typing import Any

from hive_env.bench import fault_tables
from hive_env.bench.spreads import gigabytes, millions, milliseconds, ratio
from hive_env.bench.suite import BATCH, BY_ID_LIMIT, ONE, ONE_FINE
from hive_env.bench.tables import origin, table

GIB = 1 << 30

BY_ID = 2
"""Places by id, and so at random, that a step visits for each worker: its action, its reward."""

HELD = {
    "state": "persistent state, without memory",
    "memory": "memory embedding",
    "map": "map",
    "ground": "ground",
    "lists": "member lists",
    "standings": "standings and errands (used when rewards are asked for)",
    "rest": "regions, sites, sectors, hives, geometry",
    "actions": "actions (the caller's)",
    "rewards": "rewards (the caller's, when asked for)",
    "observations": "observations (the caller's, when asked for)",
}
"""What each part of a world's bytes is called."""


def peak(found: dict[str, int] | None) -> str:
    """Return peak memory in GiB, by VmHWM where the system has it."""
    if not found:
        return "–"
    return f"{found.get('VmHWM', found.get('ru_maxrss', 0)) / GIB:.2f}"


def share(report: dict[str, Any], moved: float, rate: dict[str, float] | None) -> str:
    """Return bytes moved a worker-tick, and their share of the copy bandwidth at a rate."""
    if rate is None:
        return "–"
    bandwidth = report["limits"][f"copy_{report['threads']}"]["median"]
    return f"{moved:.0f} B, {100 * moved * rate['median'] / bandwidth:.0f} %"


def rate_table(report: dict[str, Any]) -> str:
    """Return the table of rates by size."""
    rows = []
    for case in report["sizes"]:
        seen = case.get("observed", {})
        rows.append(
            (
                f"{case['workers']:,}",
                millions(case["reflex"]["tick"]),
                millions(case["random"]["tick"]),
                millions(seen.get("tick_and_observe")),
                millions(seen.get("observe")),
                millions(case["reflex"]["decide"]),
                share(report, sum(case["moved_bytes"].values()), case["reflex"]["tick"]),
                share(report, case["moved_bytes_observing"], seen.get("observe")),
                f"{case['warm_up']} + {case['repeats']} × {case['ticks']}",
            )
        )
    heads = (
        "workers",
        "tick, reflex actions",
        "tick, random actions",
        "tick + all observations",
        "observations alone",
        "deciding (pheromone policy)",
        "tick moves",
        "observing moves",
        "ticks",
    )
    return table(heads, rows)


def played_table(report: dict[str, Any]) -> str:
    """Return the table of rates with levels, rewards and faults on."""
    scatter = report["limits"][f"scatter_{report['threads']}"]["median"]
    rows = []
    for case in report["played"]:
        moved = sum(case["moved_bytes"].values()) + case["moved_bytes_paying"]
        rows.append(
            (
                f"{case['workers']:,}",
                millions(case["step"]),
                *(millions(case[part]) for part in ("tick", "reward", "order")),
                millions(case["decide"]),
                millions(case["step_and_decide"]),
                share(report, moved, case["step"]),
                f"{100 * BY_ID * case['step']['median'] / scatter:.0f} %",
                peak(case["peak_bytes"]),
                f"{case['warm_up']} + {case['repeats']} × {case['ticks']}",
            )
        )
    heads = (
        "workers",
        "step",
        "its tick",
        "its rewards",
        "its upper levels",
        "workers deciding (scripted)",
        "step + workers deciding",
        "step moves",
        "of the scatter",
        "peak memory, GiB",
        "ticks",
    )
    return table(heads, rows)


def limit_table(report: dict[str, Any]) -> str:
    """Return the table of what the machine allows."""
    limits = report["limits"]
    rows = [
        (
            f"{count}",
            gigabytes(limits[f"copy_{count}"]),
            millions(limits[f"scatter_{count}"]),
        )
        for count in sorted({1, report["threads"]})
    ]
    return table(("threads", "copy, GB/s", "random scatter-add, M/s"), rows)


def memory_tables(report: dict[str, Any]) -> tuple[str, str]:
    """Return the table of bytes a worker by part, and that of peak memory."""
    sizes = report["sizes"]
    heads = ("bytes a worker", *(f"{case['workers']:,}" for case in sizes))
    parts = [
        (label, *(f"{case['held_bytes'][name]:.1f}" for case in sizes))
        for name, label in HELD.items()
    ]
    peaks = [
        ("ticking", *(peak(case["peak_bytes"]) for case in sizes)),
        ("with observations", *(peak(case.get("peak_bytes_observing")) for case in sizes)),
    ]
    return table(heads, parts), table(("peak memory, GiB", *heads[1:]), peaks)


def batch_table(report: dict[str, Any]) -> str:
    """Return the comparison of a batch with one world of as many workers."""
    batch = report["batch"]
    rows = []
    for key in (BATCH, ONE, ONE_FINE):
        case = batch[key]
        ratio = batch[BATCH]["reflex"]["tick"]["median"] / case["reflex"]["tick"]["median"]
        rows.append(
            (
                key,
                f"{case['worlds']:,} × {case['workers'] // case['worlds']:,}",
                millions(case["reflex"]["tick"]),
                millions(case["random"]["tick"]),
                f"{100 * ratio:.0f} %",
            )
        )
    heads = (
        "",
        "worlds × workers",
        "tick, reflex actions",
        "tick, random actions",
        "the batch reaches",
    )
    return table(heads, rows)


def dict_table(report: dict[str, Any]) -> str:
    """Return what PettingZoo's dicts cost beside the array API."""
    rows = [
        (
            f"{case['workers']:,}",
            millions(case["array"]),
            millions(case["dicts"]),
            f"{case['array']['median'] / case['dicts']['median']:.1f} ×",
        )
        for case in report["dicts"]
    ]
    return table(("workers", "array API", "PettingZoo dicts", "slower by"), rows)


def level_tables(report: dict[str, Any]) -> tuple[str, str]:
    """Return the table of a manager's step, and that of what the upper levels see."""
    seat, views = report["levels"]["seat"], report["levels"]["views"]
    steps = [
        (
            f"{seat['workers']:,}",
            f"{seat['managers']:,}",
            milliseconds(seat["step"]),
            milliseconds(seat["bare"]),
            ratio(seat["ratio"], 2),
        )
    ]
    seen = [
        (
            f"{views['workers']:,}",
            milliseconds(views["tick"]),
            *(milliseconds(one) for one in views["levels"].values()),
            ratio(views["share"], 3),
        )
    ]
    step_heads = ("workers", "managers", "a step", f"{seat['ticks']} bare ticks", "ratio")
    seen_heads = ("workers", "a tick", *(f"{name}s" for name in views["levels"]), "of a tick")
    return table(step_heads, steps), table(seen_heads, seen)


def start_table(report: dict[str, Any]) -> str:
    """Return how long a process takes to its first nano world."""
    rows = []
    for facade, found in report["start"].items():
        cold = "–" if found["cold"] is None else f"{found['cold']:.1f}"
        rows.append((facade, cold, f"{found['warm']:.2f}"))
    return table(("interface", "cold, s", "warm, s"), rows)


def flatness(report: dict[str, Any]) -> float:
    """Return the highest cost a worker-tick over the lowest, over all sizes and both actions."""
    rates = [
        case[kind]["tick"]["median"] for case in report["sizes"] for kind in ("reflex", "random")
    ]
    return float(max(rates) / min(rates))


def markdown(report: dict[str, Any]) -> str:
    """Return the page."""
    held, peaks = memory_tables(report)
    steps, seen = level_tables(report)
    threads = report["threads"]
    quick = (
        "```{warning}\nThis page is from a quick run (`--quick`): small sizes, few ticks, few "
        "repeats, no cold start.\nIts figures say that the bench works, not how fast the world is."
        "\n```\n\n"
        if report["quick"]
        else ""
    )
    return f"""# Benchmarks

{quick}Made by `hive-env bench --markdown docs/benchmarks.md`, all in one run, each size in a
process of its own, on {threads} threads.
{origin(report)}

Every figure is the median of several repeats, with the least and the most in brackets.

## Speed

Millions of worker-ticks a second of the full Forage tick. The actions lie in the caller's buffer
before the clock starts; the time to decide them stands apart. *Reflex* actions are those of the
pheromone policy, *random* ones are uniform over verbs and deposits. Observations are all of L1,
64 bytes a worker: by id into one buffer up to 10,000,000 workers, streamed in chunks above. The
columns *moves* give the bytes that must be moved for each worker, and the share of the machine's
copy bandwidth that this amounts to at the rate beside it. The last column is ticks to warm up, and
repeats × ticks: most rates are of the first hundred ticks of an episode. Later, when uniform random
play has spread workers over other regions than the one by which their rows lie, ticks and
observations get slower until `sort_rows()` orders rows anew, which changes no result.

{rate_table(report)}

The cost of a worker-tick is flat within {flatness(report):.2f} × over these sizes and both kinds of
actions.

### With levels, rewards and faults on

The same world with the faults of the preset `default`. A *step* is the scripted decisions of those
managers, governors and orchestrators who are due, the tick, and the reward of every worker, written
by id as one float32. The workers' actions, scripted, lie in the caller's buffer before the clock
starts; the time to decide them stands apart, and in the next column is part of the step. The share
of the scatter is what two places by id for each worker, its action and its reward, come to in the
machine's random scatter-adds. A repeat is a whole period of the orchestrators' clock up to
{BY_ID_LIMIT // 2:,} workers, and of the managers' above. Millions of worker-ticks a second.

{played_table(report)}

## What the machine allows

Copying counts bytes read and bytes written; arrays of {report["limits"]["bytes"] >> 20} MiB. The
scatter adds one to random entries of an int32 table of that size, each thread in a part of its own,
as a thread of the world owns its regions.

{limit_table(report)}

The bytes that a tick must move are counted from the declarations of its systems: in each pass,
every column that it touches comes into the caches once, and every column that it writes goes back
once; passes that run in some ticks only count for their share. That times the rate, over the copy
bandwidth on {threads} threads, is the share in the first table. A small world lies in the caches,
where this limit does not hold.

## Memory

{held}

Peak resident memory of the process (VmHWM), with the interpreter and the compiled code:

{peaks}

## Many small worlds

{batch_table(report)}

## Levels

A step of the managers' level takes all managers' actions, runs a period of ticks with everyone else
scripted, and writes every manager's reward components and observation. Beside it stand as many
ticks driven by the same scripted workers alone, deciding and ticking. Both in turn in one world,
each over a whole period of the slowest clock; milliseconds.

{steps}

What it costs to write all observations of the managers, the governors and the orchestrators,
beside a tick without its decisions, milliseconds. What they are told from is counted within the
tick, whenever managers decide.

{seen}

{fault_tables.section(report)}
## PettingZoo's dicts

Millions of worker-steps a second of a step that returns all observations and rewards, with random
actions decided before: the array API into the caller's buffers, and a dict of every agent.

{dict_table(report)}

## The first world of a process

Import, make and reset of nano, in a new process: cold with an empty compile cache, warm with a
filled one.

{start_table(report)}
"""
