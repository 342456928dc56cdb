"""The command line.

``hive-env run | ladder | validate | scales | bench | reproduce | cache | info``

Results go to standard output, progress and errors to standard error. Wrong input ends with one
line and status 2, anything else that the package refuses with one line and status 1; so do gates
that do not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hive_env import __version__
from hive_env.bench import arguments as read
from hive_env.config import FIRST_TEST_SEED, HiveConfig
from hive_env.errors import ArgumentError, HiveError
from hive_env.faults import presets
from hive_env.sizes import SIZES, Size

if TYPE_CHECKING:
    from tqdm import tqdm

    from hive_env.scenarios.families import Family

TASKS = "forage, queue"
"""Families of tasks that the package brings."""

ALL = "all"
"""What ``validate`` calls all of them."""

PICTURE = "hive-v0.png"
"""Where ``run`` leaves its picture by default."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Print the error in one line and exit with status 2."""
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


# --- progress ---------------------------------------------------------------------------------


def progress(total: int, quiet: bool, unit: str = " worker-ticks") -> tqdm[NoReturn]:
    """Return a bar on standard error, of worker-ticks unless another unit is given."""
    from tqdm import tqdm

    return tqdm(
        total=total,
        unit=unit,
        unit_scale=True,
        disable=quiet,
        file=sys.stderr,
        dynamic_ncols=True,
    )


def teller(bar: tqdm[NoReturn]) -> Callable[[str], Callable[[int], object]]:
    """Return what names the policy about to be played, and hears of its ticks."""

    def named(name: str) -> Callable[[int], object]:
        bar.set_description(name)
        return bar.update

    return named


# --- commands ---------------------------------------------------------------------------------


def run(given: argparse.Namespace) -> None:
    """Play, score and picture episodes."""
    from hive_env.bench.episodes import Trial, scored, warm_up
    from hive_env.bench.ladder import played
    from hive_env.scenarios.forage import Forage

    if given.json is not None and given.picture is not None and given.json == given.picture:
        raise ArgumentError("--json", "another file than the picture's", str(given.json))
    task = _task_of(given)
    task.need_controllers("--policy", [given.policy])
    trial = Trial.of(task, given.size, threads=given.threads)
    everyone = played(task, [given.policy])
    total = len(everyone) * given.episodes * trial.worker_ticks
    with progress(total, given.quiet) as bar:
        bar.set_description("compiling (kept for next time)")
        warm_up(trial, everyone)
        bar.unpause()
        report = scored(trial, given.policy, given.seed, given.episodes, teller(bar))
    drawn = trial.hive if isinstance(trial.hive, Forage) else None
    picture = given.picture if drawn else None
    report["picture"] = None if picture is None else str(picture)
    _write(given.json, report)
    score = "not defined (the expert and random are equal)"
    if report["score"] is not None:
        score = f"{report['score']:.3f} (random 0, expert 1, same seed)"
    lines = {
        "U per worker": f"{report['u_per_worker']:.3f} ({given.policy})",
        "score": score,
        "agent-steps/s": f"{report['agent_steps_per_second'] / 1e6:.1f} million",
    }
    if report["u_over_fluid"] is not None:
        lines["U / U_fluid"] = f"{report['u_over_fluid']:.3f} (of an upper bound)"
    _print(lines)
    if drawn and picture is not None:
        from hive_env import render

        render.save(drawn, picture)
        _print({"picture": str(picture)})


def _task_of(given: argparse.Namespace) -> Family:
    """Return the family that is named, under the preset of faults that is."""
    from hive_env.scenarios.families import family_named

    task = family_named(given.task)
    return task.under(given.faults) if given.faults else task


def ladder(given: argparse.Namespace) -> None:
    """Play controllers on paired seeds and print how they rank."""
    from hive_env.bench.episodes import Trial
    from hive_env.bench.ladder import ladder_tables, markdown, measure, played, verdict

    task = _task_of(given)
    task.need_controllers("--policies", given.policies or [])
    trial = Trial.of(task, given.size, given.seeds, given.threads)
    with progress(len(played(task, given.policies)) * trial.worker_ticks, given.quiet) as bar:
        report = measure(trial, given.policies, teller(bar))
    _write(given.json, report)
    _write_text(given.markdown, markdown(report))
    print("\n\n".join((*ladder_tables(report), verdict(report))))


def validate(given: argparse.Namespace) -> int:
    """Play every controller on paired seeds, and judge the gates; return 1 if one does not hold."""
    from hive_env.bench import validate as gates
    from hive_env.bench.episodes import Trial
    from hive_env.scenarios.families import FAMILIES, family_named

    tasks = list(FAMILIES.values()) if given.task == ALL else [family_named(given.task)]
    tasks += [task.under("default") for task in tasks if task.fault_controllers]
    trials = [
        Trial.of(task, one, seeds, given.threads)
        for task in tasks
        for one, seeds in gates.plan_of(
            given.size, given.seeds, gates.FAULT_PLAN if task.faults else gates.PLAN
        )
    ]
    total = sum(len(trial.task.controllers) * trial.worker_ticks for trial in trials)
    with progress(total, given.quiet) as bar:
        report = gates.validate(trials, teller(bar))
    text = json.dumps(report, indent=2, allow_nan=False)
    if given.json == "-":
        print(text)
    else:
        _write_text(given.json, f"{text}\n")
        print("\n\n".join((*gates.sections(report), gates.verdict(report))))
    _write_text(given.markdown, gates.markdown(report))
    return 0 if report["holds"] else 1


def scales(given: argparse.Namespace) -> None:
    """Measure the constants by which the components of the reward are divided."""
    from hive_env.bench import scales as constants
    from hive_env.bench.episodes import Trial
    from hive_env.scenarios.families import family_named

    size = Size.of(constants.SIZE)
    trial = Trial.of(family_named(given.task), size, constants.SEEDS, given.threads)
    with progress(trial.worker_ticks, given.quiet) as bar:
        report = constants.measure(trial, bar.update)
    _write(given.json, report)
    _write_text(given.markdown, constants.markdown(report))
    print(f"{constants.scale_table(report)}\n\n{constants.note(report)}")


def bench(given: argparse.Namespace) -> None:
    """Measure speed and memory, and print the tables."""
    from dataclasses import replace

    from hive_env.bench import report as pages
    from hive_env.bench.suite import Plan
    from hive_env.bench.suite import run as run_suite

    plan = Plan.quickly() if given.quick else Plan()
    if given.sizes is not None:
        plan = replace(plan, sizes=given.sizes)
    report = run_suite(plan, given.threads, given.quiet)
    page = pages.markdown(report)
    _write(given.json, report)
    _write_text(given.markdown, page)
    print(page)


def reproduce(given: argparse.Namespace) -> None:
    """Measure what a paper claims, beside exact values, and print the table."""
    from hive_env.bench import faults_page as pages
    from hive_env.bench.reproduce import measure
    from hive_env.bench.studies import events

    with progress(events(given.failures), given.quiet, " events") as bar:
        report = measure(given.failures, given.seed, teller(bar), given.threads)
    _write(given.json, report)
    _write_text(given.picture, pages.drawn(report))
    _write_text(given.markdown, pages.markdown(report, _from(given.markdown, given.picture)))
    print(f"{pages.claim_table(report)}\n\n{pages.agreement(report)}")


def _from(page: Path | None, picture: Path | None) -> str:
    """Return the way from a page to a picture; empty where one is missing."""
    if page is None or picture is None:
        return ""
    return Path(os.path.relpath(picture, page.parent)).as_posix()


def cache(given: argparse.Namespace) -> None:
    """Show the folder of compiled passes, or empty it."""
    from hive_env.bench.compiled import clear, contents

    folder, passes, size_bytes = contents()
    if given.clear:
        clear()
        print(f"Removed {passes} compiled passes, {size_bytes / 2**20:.1f} MiB, from {folder}")
        return
    _print({"folder": str(folder), "passes": str(passes), "MiB": f"{size_bytes / 2**20:.1f}"})


def info(_: argparse.Namespace) -> None:
    """Print versions, the machine, and the sizes."""
    from importlib.metadata import version

    from hive_env.bench.machine import describe
    from hive_env.bench.tables import table

    machine = describe()
    lines = {
        "hive_env": __version__,
        **{name: version(name) for name in ("gymnasium", "pettingzoo")},
        **{name: str(value) for name, value in machine.items()},
        "training seeds": f"0 to {FIRST_TEST_SEED - 1}",
        "test seeds": f"from {FIRST_TEST_SEED}",
    }
    _print(lines)
    rows = []
    for name, one in SIZES.items():
        config = HiveConfig(one)
        counts = (one.workers, one.regions, one.sectors, one.hives, config.episode_ticks)
        rows.append((name, *(f"{count:,}" for count in counts), config.config_hash()))
    heads = ("size", "workers", "managers", "governors", "orchestrators", "ticks", "config hash")
    print(f"\n{table(heads, rows)}")


def _print(lines: dict[str, str]) -> None:
    print("\n".join(f"{name:<15} {value}" for name, value in lines.items()))


def _write(path: Path | None, report: dict[str, Any]) -> None:
    _write_text(path, json.dumps(report, indent=2, allow_nan=False) + "\n")


def _write_text(path: Path | None, text: str) -> None:
    if path is not None:
        path.write_text(text, encoding="utf-8")


# --- the parser -------------------------------------------------------------------------------


def parser() -> Parser:
    """Return the parser of the whole command line."""
    top = Parser(prog="hive-env", description="A hive of many agents that fail.")
    top.add_argument("--version", action="version", version=f"hive-env {__version__}")
    commands = top.add_subparsers(
        title="commands", metavar="command", required=True, parser_class=Parser
    )

    def command(name: str, does: Callable[[argparse.Namespace], object], about: str) -> Parser:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(does=does)
        return made

    one = command("run", run, "Play an episode, score it, and leave a picture.")
    _add_task(one)
    _add_size(one, "v0")
    one.add_argument(
        "--seed", type=read.integer(0, 2**64 - 1), default=0, help="seed of the world (0)"
    )
    _add_faults(one)
    one.add_argument("--policy", default="full", metavar="NAME",
                     help="controller to score, as the ladder lists them (full)")  # fmt: skip
    one.add_argument(
        "--episodes", type=read.integer(1, 1 << 20), default=1, help="one after the other (1)"
    )
    picture = one.add_mutually_exclusive_group()
    picture.add_argument("--picture", type=read.picture_file, default=PICTURE, metavar="FILE",
                         help=f"where the picture of Forage goes ({PICTURE})")  # fmt: skip
    picture.add_argument("--no-picture", dest="picture", action="store_const", const=None,
                         help="leave no picture")  # fmt: skip
    _add_common(one)

    many = command("ladder", ladder, "Rank the built-in controllers over paired seeds.")
    _add_task(many)
    _add_size(many, "nano")
    _add_faults(many)
    many.add_argument("--seeds", type=read.integer(2, 10_000), default=16, help="how many (16)")
    many.add_argument("--policies", type=read.names, metavar="NAMES",
                      help="controllers, worst first (all, as their table ranks them)")  # fmt: skip
    many.add_argument("--markdown", type=read.writable, metavar="FILE", help="write the page here")
    _add_common(many)

    valid = command("validate", validate, "Judge whether every level of a task is worth something.")
    _add_task(valid, ALL)
    valid.add_argument("--size", type=read.size,
                       help="one size only (nano with 16 seeds, then v0 with 4)")  # fmt: skip
    valid.add_argument(
        "--seeds",
        type=read.integer(2, 10_000),
        help="how many at each size (16 at nano, 4 elsewhere)",
    )
    valid.add_argument("--markdown", type=read.writable, metavar="FILE", help="write the page here")
    _add_common(valid, read.result_file)

    units = command("scales", scales, "Measure the constants that divide the parts of a reward.")
    _add_task(units)
    units.add_argument("--markdown", type=read.writable, metavar="FILE", help="write the page here")
    _add_common(units)

    fast = command("bench", bench, "Measure speed and memory beside the machine's own limits.")
    fast.add_argument("--sizes", type=read.worker_counts, metavar="NUMBERS",
                      help="workers (1e5,1e6,1e7,1e8)")  # fmt: skip
    fast.add_argument("--quick", action="store_true", help="a smoke test of about a minute")
    fast.add_argument("--markdown", type=read.writable, metavar="FILE", help="write the page here")
    _add_common(fast)

    paper = command("reproduce", reproduce, "Measure what a paper claims, beside exact values.")
    paper.add_argument("paper", choices=["faults"], help="faults: of fault-tolerant agent teams")
    paper.add_argument("--failures", type=read.integer(100, 10**8), default=100_000,
                       help="of the team of 8 roles x 2 with repair (100000)")  # fmt: skip
    paper.add_argument(
        "--seed", type=read.integer(0, 2**63), default=0, help="seed of the first world (0)"
    )
    paper.add_argument("--markdown", type=read.writable, metavar="FILE", help="write the page here")
    paper.add_argument(
        "--picture", type=read.writable, metavar="FILE", help="write the picture here, as SVG"
    )
    _add_common(paper)

    kept = command("cache", cache, "Show the folder of compiled passes.")
    kept.add_argument("--clear", action="store_true", help="empty it")
    command("info", info, "Print versions, the machine, and the sizes.")
    return top


def _add_task(to: Parser, *more: str) -> None:
    default = (*more, "forage")[0]
    known = ", ".join((TASKS, *more))
    to.add_argument("--task", default=default, help=f"family of tasks: {known} ({default})")


def _add_faults(to: Parser) -> None:
    to.add_argument(
        "--faults", choices=tuple(presets()),
        help="preset of faults, with the controllers that mind them (the task's own faults)",
    )  # fmt: skip


def _add_size(to: Parser, default: str) -> None:
    to.add_argument(
        "--size", type=read.size, default=default,
        help=f"{', '.join(SIZES)}, or a number of workers ({default})",
    )  # fmt: skip


def _add_common(to: Parser, result: Callable[[str], object] = read.writable) -> None:
    to.add_argument("--threads", type=read.integer(1, 1024), help="CPU threads (all)")
    to.add_argument("--json", type=result, metavar="FILE", help="write the result here")
    to.add_argument("--quiet", action="store_true", help="no progress bar")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return the process's exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the program's name; by default that of the process.
    """
    try:
        given = parser().parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    try:
        return int(given.does(given) or 0)
    except ArgumentError as error:
        return _fail(2, str(error))
    except (HiveError, MemoryError, OSError) as error:
        return _fail(1, str(error) or type(error).__name__)
    except KeyboardInterrupt:
        return _fail(130, "interrupted")


def _fail(status: int, message: str) -> int:
    print(f"hive-env: error: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
