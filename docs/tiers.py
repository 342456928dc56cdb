"""Measure the tiers of difficulty and write their page: python docs/tiers.py [--out FILE]."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from hive_env.bench.episodes import Trial
from hive_env.bench.ladder import measure
from hive_env.bench.tables import origin, table
from hive_env.scenarios.families import FAMILIES, Family
from hive_env.sizes import Size

SIZE, SEEDS = "nano", 16
PLAYED = ("random", "reflex", "blind", "no_governor", "no_orchestrator", "full", "expert")
NOTE = "<!-- Written by docs/tiers.py; do not edit. -->"

HEAD = f"""{NOTE}

# Tiers of difficulty

Each family has its constants at three tiers, `easy`, `default` and `hard`. They differ in numbers
alone: observations, actions and clocks are the same, so a policy that has learned at one tier
plays at another. `default` is what you get when you ask for none.

```python
import gymnasium

env = gymnasium.make("hive_env:Hive-v0", size="nano", config="hard")
```

All facades take a tier for `config=`; `hive_env.scenarios.forage.TIERS` and that of
`hive_env.scenarios.queue` are the constants themselves, to start from:
`dataclasses.replace(TIERS["hard"], faults="harsh")`. `hive-env run` and `hive-env ladder` take
`--tier`. What fails besides, offices and partitions among it, is no part of a tier, for it changes
the spaces: see [Faults](faults.md).
"""

FOOT = """
U is by worker, the mean over seeds; the score is (U − U_random) / (U_expert − U_random). Worth is
how much score the full hierarchy loses without what a level knows, paired by seed, with the
two-sided 95 % interval by Student's t: L2 with its facts hidden (`blind`), without L3
(`no_governor`), without L4 (`no_orchestrator`). U is not to be compared between tiers as if it
were one game: there is less to be had at `hard`, as the expert's U says.

The gates hold a task to its design at `default` alone. `easy` Forage is so rich that at size `v0`
trails are worth nothing under orders (`hive-env ladder --tier easy --size v0 --seeds 4`).
"""


def constants_of(task: Family) -> str:
    """Return the table of the constants that differ between tiers."""
    by_tier = {tier: asdict(constants) for tier, constants in task.tiers.items()}
    rows = [
        (f"`{name}`", *(f"{values[name]:,}" for values in by_tier.values()))
        for name in next(iter(by_tier.values()))
        if len({repr(values[name]) for values in by_tier.values()}) > 1
    ]
    return table(("constant", *by_tier), rows)


def row_of(report: dict[str, Any]) -> tuple[str, ...]:
    """Return the line of a tier."""
    rows = {row["policy"]: row for row in report["rows"]}

    def worth(name: str) -> str:
        gap = rows[name]["behind_full"]
        return f"{gap['mean']:.2f} ({gap['t_lower']:.2f} to {gap['t_upper']:.2f})"

    return (
        report["tier"],
        *(f"{rows[name]['u_per_worker']:.2f}" for name in ("random", "reflex", "full", "expert")),
        *(f"{rows[name]['score']:.2f}" for name in ("reflex", "full")),
        *(worth(name) for name in ("blind", "no_governor", "no_orchestrator")),
    )


def main() -> None:
    """Play, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("tiers.md"))
    parser.add_argument("--threads", type=int, help="CPU threads (all)")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    given = parser.parse_args()
    parts = [HEAD]
    total = sum(len(task.tiers) for task in FAMILIES.values()) * len(PLAYED)
    with tqdm(total=total, unit=" controllers", disable=given.quiet) as bar:
        for task in FAMILIES.values():
            reports = []
            for tier in task.tiers:
                bar.set_description(f"{task.name}, {tier}")
                trial = Trial.of(task.at(tier), Size.of(SIZE), SEEDS, given.threads)
                reports.append(measure(trial, PLAYED, lambda _: lambda _: None))
                bar.update(len(PLAYED))
            heads = ("tier", "U, random", "U, reflex", "U, full", "U, expert")
            heads += ("score, reflex", "score, full", "worth of L2", "worth of L3", "worth of L4")
            parts += [
                f"## {task.name.capitalize()}",
                constants_of(task),
                f"{trial.hive.workers} workers, {trial.hive.episode_ticks} ticks, seeds 0 to "
                f"{SEEDS - 1}:",
                table(heads, [row_of(report) for report in reports]),
            ]
    parts += [FOOT, origin({**reports[0], "config_hash": None})]
    given.out.write_text("\n\n".join(part.strip("\n") for part in parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
