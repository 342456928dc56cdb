"""Tables and the line that says where a result comes from, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table, its columns aligned; all but the first to the right."""
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(3, *(len(line[index]) for line in lines)) for index in range(len(heads))]

    def written(line: Sequence[str]) -> str:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        return f"| {' | '.join(cells)} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join((written(lines[0]), written(rule), *(written(line) for line in lines[1:])))


def decimal(value: float, digits: int = 3) -> str:
    """Return a number with so many decimals, and no sign where it rounds to zero."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def origin(report: dict[str, Any]) -> str:
    """Return the sentence that says what made a report, when, and where."""
    config = f", configuration `{report['config_hash']}`" if report["config_hash"] else ""
    machine = described(report["machine"])
    return f"hive_env {report['version']}{config}, {report['date']}. Machine: {machine}."


def described(machine: Mapping[str, Any]) -> str:
    """Return what `hive_env.bench.machine.describe` found, in words."""
    cores = f"{machine['cores']} core{'' if machine['cores'] == 1 else 's'}"
    return (
        f"{machine['cpu']}, {cores}, {machine['memory_gib']} GiB, {machine['system']}; "
        f"Python {machine['python']}, NumPy {machine['numpy']}, Numba {machine['numba']}"
    )
