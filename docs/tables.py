"""Write the tables of the docs that the code itself states: python docs/tables.py [--check]."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from inspect import cleandoc
from pathlib import Path

from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import Column, Each, Fetch, Members, Pass, System, columns
from hive_env.ecs.columns import Array
from hive_env.faults import Faults, Outages, WorkerFaults
from hive_env.offices import ROLES, OfficeConfig
from hive_env.partitions import Ledger, Partitions
from hive_env.scenarios import queue
from hive_env.scenarios.areas import AREA_LIMIT, areas_of
from hive_env.scenarios.families import FAMILIES
from hive_env.scenarios.forage import COLUMNS, RESET, TICK
from hive_env.scenarios.forage.blueprint import blueprint_of
from hive_env.scenarios.forage.summary import STATE_WIDTH as FORAGE_WIDTH
from hive_env.scenarios.forage.summary import bounds_of as forage_bounds
from hive_env.scenarios.queue import QueueConfig, QueueHive
from hive_env.scenarios.queue.summary import STATE_WIDTH as QUEUE_WIDTH
from hive_env.scenarios.queue.summary import bounds_of as queue_bounds
from hive_env.sizes import SIZES, Size

HERE = Path(__file__).parent
NOTE = "<!-- Written by docs/tables.py from the code; do not edit. -->"

LOOP_NAMES = {
    "cell": "cell", "spot": "map cell", "plane": "plane", "site": "site", "hazard": "hazard",
    "bearing": "region around",
}  # fmt: skip
"""What the indices of loops stand for."""

STATE_BOUNDS: dict[str, Callable[[Size], tuple[Array, Array]]] = {
    "Forage": lambda size: forage_bounds(HiveConfig(size)),
    "Queue": lambda size: queue_bounds(QueueHive(size)),
}
"""What gives the least and greatest global state of a size, by family."""


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def code(names: tuple[str, ...]) -> str:
    """Return names as code, separated by commas."""
    return ", ".join(f"`{name}`" for name in names)


def system_row(system: System, known: set[str], loop: str) -> list[str]:
    """Return one system's row: what it reads of the state, what it writes, why it stands there."""
    reads = tuple(name for name in system.reads if name in known)
    summary = (system.body.__doc__ or "").strip().split("\n")[0]
    return [f"`{system.name}`", loop, summary, code(reads), code(system.writes), system.why]


def loop_of(step: System | Members | Each | Fetch, pass_: Pass) -> str:
    """Return what the systems of a step run for."""
    if isinstance(step, Members):
        return "worker in it"
    if isinstance(step, Each):
        return " × ".join(LOOP_NAMES[name] for name in step.over) + " of it"
    return pass_.unit.value


def tick_page(
    family: str = "forage",
    declared: Sequence[Column] = COLUMNS,
    tick: Sequence[Pass] = TICK,
    reset: Sequence[Pass] = RESET,
) -> str:
    """Return the page of a family's tick."""
    names = {column.name for column in declared}
    heads = ["system", "for each", "what it does", "reads", "writes", "why here"]
    parts = [
        NOTE,
        f"# The tick of {family.capitalize()}",
        "Passes run one after another, with a barrier between them; the systems of a pass run "
        "together, in this order, over units that one CPU thread owns. On CUDA a block of threads "
        "owns a region and shares the turns of the loops in it, with a barrier between the loops. "
        f"The list is `TICK` in `hive_env/scenarios/{family}/tick.py`.",
    ]
    for title, passes in (("A tick", tick), ("A reset", reset)):
        parts.append(f"## {title}")
        for pass_ in passes:
            period = f", when `{pass_.when}` divides the tick" if pass_.when else ""
            parts.append(f"### {pass_.name}: over each {pass_.unit.value}{period}")
            rows = []
            for step in pass_.steps:
                inside = (step,) if isinstance(step, System) else step.systems
                rows += [system_row(one, names, loop_of(step, pass_)) for one in inside]
            parts.append(table(heads, rows))
    return "\n\n".join(parts) + "\n"


def columns_table(declared: Sequence[Column]) -> str:
    """Return the table of a family's columns."""
    rows = [
        [f"`{c.name}`", f"{c.dtype.__name__}", c.shape, c.unit, c.kind.value, c.meaning]
        for c in declared
    ]
    return table(["column", "dtype", "shape", "unit", "kind", "meaning"], rows)


def columns_page() -> str:
    """Return the page of the columns, and of the published sizes."""
    legend = re.findall(r"``(\w)``\s+(.+)", columns.__doc__ or "")
    sizes = []
    for name, size in SIZES.items():
        config = HiveConfig(size)
        lengths = blueprint_of(config).lengths
        sizes.append(
            [
                f"`{name}`",
                f"{size.workers:,}",
                f"{size.regions:,}",
                f"{size.sectors:,}",
                f"{size.hives:,}",
                f"{config.region_side}",
                f"{lengths['S']}",
                f"{config.episode_ticks:,}",
            ]
        )
    size_heads = [
        *("size", "workers", "regions (managers)", "sectors (governors)"),
        *("hives (orchestrators)", "region side, cells", "sites a region", "episode, ticks"),
    ]
    return (
        "\n\n".join(
            [
                NOTE,
                "# What a Forage world holds",
                "Every array, declared once in `hive_env/scenarios/forage/columns.py`.",
                table(["letter", "axis"], [[f"`{letter}`", text] for letter, text in legend]),
                columns_table(COLUMNS),
                "## The published sizes",
                table(size_heads, sizes),
            ]
        )
        + "\n"
    )


def constants_table(constants: type) -> str:
    """Return the table of a family's constants and their defaults."""
    # Python 3.13 strips the indentation of docstrings, earlier ones keep it.
    text = re.sub(r"\s*\n {4,}", " ", cleandoc(constants.__doc__ or ""))
    meaning: dict[str, tuple[str, str]] = {}
    for names, kind, said in re.findall(
        r"\n([a-z_, ]+) : ([^ ]+(?: of float| of int)?) (.+)", text
    ):
        for name in names.split(", "):
            meaning[name] = (kind, said)
    rows = []
    for item in fields(constants):
        kind, said = meaning[item.name]
        default = item.default if item.default_factory is MISSING else "its defaults"
        default = getattr(default, "name", default)
        default = "eight roles, below" if item.default is ROLES else default
        rows.append([f"`{item.name}`", kind, f"`{default}`", said])
    return table(["constant", "type", "default", "meaning"], rows)


def config_page() -> str:
    """Return the page of Forage's constants."""
    return (
        "\n\n".join(
            [
                NOTE,
                "# The constants of Forage",
                "Fields of `ForageConfig`. Lengths in ticks hold for a region of side 32 and grow "
                "with `region_side / 32` where the text says so.",
                constants_table(ForageConfig),
                "## What fails",
                "Fields of `Faults`, for `ForageConfig.faults`.",
                constants_table(Faults),
                "## The faults of workers",
                "Fields of `WorkerFaults`, for `Faults.workers`.",
                constants_table(WorkerFaults),
                "## Outages",
                "Fields of `Outages`, for `Faults.outages`.",
                constants_table(Outages),
                "## Partitions and the ledger",
                "Fields of `Partitions` and of `Ledger`, for `Faults.partitions` and "
                "`Faults.ledger`: see [Partitions](partitions.md).",
                constants_table(Partitions),
                constants_table(Ledger),
                "## The constants of offices",
                "Fields of `OfficeConfig`, for `Faults.offices`: see [Offices](offices.md).",
                constants_table(OfficeConfig),
                table(
                    ["role", "critical", "standby"],
                    [
                        [f"`{role.name}`", "yes" if role.critical else "no", role.standby.name]
                        for role in ROLES
                    ],
                ),
            ]
        )
        + "\n"
    )


def queue_page() -> str:
    """Return the page of all that Queue is made of."""
    tick = tick_page("queue", queue.COLUMNS, queue.TICK, queue.RESET)
    parts = [
        "## What a Queue world holds",
        "The letters are those of [Forage](columns.md); `S` is the places of all queues of one "
        "region.",
        columns_table(queue.COLUMNS),
        "## The constants of Queue",
        "Fields of `QueueConfig`.",
        constants_table(QueueConfig),
    ]
    return tick + "\n" + "\n\n".join(parts) + "\n"


def state_section() -> list[str]:
    """Return the parts of the section on the global state: its width at every published size."""
    rows = []
    for name, size in SIZES.items():
        kind, count = areas_of(size)
        widths = [len(low) for low, _ in (bounds(size) for bounds in STATE_BOUNDS.values())]
        rows.append([f"`{name}`", kind, f"{count:,}", *(f"{width:,}" for width in widths)])
    return [
        "## The global state",
        "For critics that see everything: `Hive.states()` gives float32[W, G] of all worlds at "
        "once, `Hive.state(world)` that of one; `env.simulation` is the `Hive` of a Gymnasium or "
        "vector environment, and `state()` of a PettingZoo environment the same. It has a row of "
        f"{FORAGE_WIDTH} numbers (Forage) or {QUEUE_WIDTH} (Queue) for each area, one after "
        "another; never one for a worker. An area is a region; in a world of more than "
        f"{AREA_LIMIT:,} regions a sector, above as many sectors a hive, and its row the mean over "
        "its regions. `Hive.state_bounds()` gives the least and greatest value of each number; the "
        "[API reference](api.md#the-global-state) says what each one is.",
        table(["size", "a row for each", "rows", *(f"G, {name}" for name in STATE_BOUNDS)], rows),
    ]


def spaces_page() -> str:
    """Return the page of what every seat observes and chooses, at the size nano."""
    parts = [
        NOTE,
        "# Spaces",
        "What the seats of each level observe and choose, at the size `nano`: other sizes differ "
        "in the slots of governors and orchestrators alone.",
        *state_section(),
    ]
    for family in FAMILIES.values():
        for level in family.levels(family.config(SIZES["nano"])).values():
            form = "bytes, or float32" if level.dtype.__name__ == "uint8" else "float32"
            parts.append(f"## {family.name.capitalize()}: {level.name}")
            when = "tick" if level.period == 1 else f"{level.period} ticks"
            parts.append(
                f"Decides every {when}. Action: `MultiDiscrete({list(level.choices)})`. "
                f"Observation: {len(level.features)} numbers, {form}."
            )
            rows = [
                [str(index), f"`{feature.name}`", f"{feature.low:g}", f"{feature.high:g}"]
                for index, feature in enumerate(level.features)
            ]
            parts.append(table(["", "feature", "least", "greatest"], rows))
    return "\n\n".join(parts) + "\n"


PAGES = {
    "tick.md": tick_page,
    "columns.md": columns_page,
    "constants.md": config_page,
    "queue_tick.md": queue_page,
    "spaces.md": spaces_page,
}


def main() -> int:
    """Write the pages, or with --check say which are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")
    check = parser.parse_args().check
    stale = []
    for name, page in PAGES.items():
        path, text = HERE / name, page()
        if check and (not path.exists() or path.read_text() != text):
            stale.append(name)
        elif not check:
            path.write_text(text)
    if stale:
        sys.stderr.write(f"out of date, run python docs/tables.py: {', '.join(stale)}\n")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
