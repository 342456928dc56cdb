"""Write the tables of the docs that the code itself states: python docs/tables.py [--check]."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import fields
from inspect import cleandoc
from pathlib import Path

from hive_env.config import SIZES, ForageConfig, HiveConfig
from hive_env.ecs import Members, System, columns
from hive_env.scenarios.forage import COLUMNS, RESET, TICK
from hive_env.scenarios.forage.blueprint import blueprint_of

HERE = Path(__file__).parent
NOTE = "<!-- Written by docs/tables.py from the code; do not edit. -->"


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


def tick_page() -> str:
    """Return the page of the tick."""
    names = {column.name for column in COLUMNS}
    heads = ["system", "for each", "what it does", "reads", "writes", "why here"]
    parts = [
        NOTE,
        "# The tick of Forage",
        "Passes run one after another, with a barrier between them; the systems of a pass run "
        "together, in this order, over units that one thread owns. The list is `TICK` in "
        "`hive_env/scenarios/forage/tick.py`.",
    ]
    for title, passes in (("A tick", TICK), ("A reset", RESET)):
        parts.append(f"## {title}")
        for pass_ in passes:
            period = f", when `{pass_.when}` divides the tick" if pass_.when else ""
            parts.append(f"### {pass_.name}: over each {pass_.unit.value}{period}")
            rows = []
            for step in pass_.steps:
                inside = step.systems if isinstance(step, Members) else (step,)
                loop = "worker in it" if isinstance(step, Members) else pass_.unit.value
                rows += [system_row(system, names, loop) for system in inside]
            parts.append(table(heads, rows))
    return "\n\n".join(parts) + "\n"


def columns_page() -> str:
    """Return the page of the columns, and of the published sizes."""
    rows = [
        [f"`{c.name}`", f"{c.dtype.__name__}", c.shape, c.unit, c.kind.value, c.meaning]
        for c in COLUMNS
    ]
    heads = ["column", "dtype", "shape", "unit", "kind", "meaning"]
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
                table(heads, rows),
                "## The published sizes",
                table(size_heads, sizes),
            ]
        )
        + "\n"
    )


def config_page() -> str:
    """Return the page of the task's constants and their defaults."""
    # Python 3.13 strips the indentation of docstrings, earlier ones keep it.
    text = re.sub(r"\s*\n {4,}", " ", cleandoc(ForageConfig.__doc__ or ""))
    meaning: dict[str, tuple[str, str]] = {}
    for names, kind, said in re.findall(r"\n([a-z_, ]+) : ([^ ]+(?: of float)?) (.+)", text):
        for name in names.split(", "):
            meaning[name] = (kind, said)
    rows = []
    for item in fields(ForageConfig):
        kind, said = meaning[item.name]
        default = getattr(item.default, "name", item.default)
        rows.append([f"`{item.name}`", kind, f"`{default}`", said])
    return (
        "\n\n".join(
            [
                NOTE,
                "# The constants of Forage",
                "Fields of `ForageConfig`. Lengths in ticks hold for a region of side 32 and grow "
                "with `region_side / 32` where the text says so.",
                table(["constant", "type", "default", "meaning"], rows),
            ]
        )
        + "\n"
    )


PAGES = {"tick.md": tick_page, "columns.md": columns_page, "constants.md": config_page}


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
