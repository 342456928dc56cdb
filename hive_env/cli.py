"""The command line.

``hive-env run | record | ladder | validate | scales | bench | reproduce | cache | info``

Results go to standard output, progress and errors to standard error. Wrong input ends with one
line and status 2, anything else that the package refuses with one line and status 1; so do gates
that do not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
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

    from hive_env.bench.episodes import Trial
    from hive_env.bench.metered import Metered
    from hive_env.scenarios.families import Family
    from hive_env.scenarios.hive import Hive

TASKS = "forage, queue"
"""Families of tasks that the package brings."""

ALL = "all"
"""What ``validate`` calls all of them."""

PICTURE = "hive-v0.png"
"""Where ``run`` leaves its picture by default."""

WIDTHS = (320, 8_192)
"""Least and greatest width of a picture, pixels, as `hive_env.render.view` has them. That is not
imported to read a command line."""

READ = 'minari.MinariDataset("{}/data")'
"""How a data set that ``record`` leaves is read."""

GIB = 1 << 30


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


def watcher(bar: tqdm[NoReturn]) -> Callable[[str], Callable[[int], object]]:
    """Return what `teller` does, which shows besides what memory the process holds."""
    from hive_env.bench.machine import largest_bytes, resident_bytes

    def named(name: str) -> Callable[[int], object]:
        bar.set_description(f"{name}: reset")

        def heard(count: int) -> None:
            bar.set_description(name, refresh=False)
            # The memory is asked for only when the bar is drawn: small worlds tick in no time.
            if bar.update(count):
                now, most = resident_bytes() / GIB, largest_bytes() / GIB
                bar.set_postfix_str(f"{now:.1f} GiB, peak {most:.1f}")

        return heard

    return named


# --- commands ---------------------------------------------------------------------------------


def run(given: argparse.Namespace) -> None:
    """Play, score and picture episodes, or play a few ticks of one."""
    from hive_env.bench.episodes import Trial, scored, unscored, warm_up
    from hive_env.bench.ladder import played
    from hive_env.bench.machine import held_bytes

    if given.json is not None and given.picture is not None and given.json == given.picture:
        raise ArgumentError("--json", "another file than the picture's", str(given.json))
    task = _task_of(given)
    task.need_controllers("--policy", [given.policy])
    began = time.perf_counter()
    trial = Trial.of(task, given.size, threads=given.threads)
    made = time.perf_counter() - began
    hive, ticks = trial.hive, given.ticks
    if ticks is not None and ticks > hive.episode_ticks:
        raise ArgumentError("--ticks", f"at most the {hive.episode_ticks} of an episode", ticks)
    everyone = played(task, [given.policy]) if ticks is None else [given.policy]
    total = len(everyone) * (given.episodes or 1) * trial.worker_ticks
    with progress(hive.workers * ticks if ticks else total, given.quiet) as bar:
        bar.set_description("compiling (kept for next time)")
        metered = _metered(hive, given.policy, bar) if given.metrics else None
        warm_up(trial, everyone)
        bar.unpause()
        tell = metered or watcher(bar)
        if ticks:
            report = unscored(trial, given.policy, given.seed, ticks, tell)
        else:
            report = scored(trial, given.policy, given.seed, given.episodes or 1, tell)
        bar.set_description("drawing")
        seconds = {"make": made, **report["seconds_by_part"], "picture": _draw(trial, given)}
    report |= {"seconds_by_part": seconds, "memory": held_bytes(hive)}
    report["picture"] = None if seconds["picture"] is None else str(given.picture)
    if metered:
        report["metrics"] = metered.report()
    _write(given.json, report)
    _print(_told(report, hive.episode_ticks))
    if metered:
        print(f"\n{metered.table()}")


def _metered(hive: Hive, policy: str, bar: tqdm[NoReturn]) -> Metered:
    """Return what shows ticks as `watcher` does, and meters those of a controller."""
    from hive_env.bench.metered import Metered

    return Metered(hive, policy, watcher(bar))


def _draw(trial: Trial, given: argparse.Namespace) -> float | None:
    """Leave a picture of a Forage world; return how long it took, None where there is none."""
    from hive_env.scenarios.forage import Forage

    if given.picture is None or not isinstance(trial.hive, Forage):
        return None
    from hive_env import render

    began = time.perf_counter()
    render.save(trial.hive, given.picture, width=given.width)
    return time.perf_counter() - began


def _told(report: dict[str, Any], episode_ticks: int) -> dict[str, str]:
    """Return the lines that ``run`` prints."""
    lines = {"U per worker": f"{report['u_per_worker']:.3f} ({report['policy']})"}
    if report["ticks"] < episode_ticks:
        lines["ticks"] = f"{report['ticks']} of {episode_ticks}: too few for a score"
    elif report["score"] is None:
        lines["score"] = "not defined (the expert and random are equal)"
    else:
        lines["score"] = f"{report['score']:.3f} (random 0, expert 1, same seed)"
    lines["agent-steps/s"] = f"{report['agent_steps_per_second'] / 1e6:.1f} million"
    if report["u_over_fluid"] is not None:
        lines["U / U_fluid"] = f"{report['u_over_fluid']:.3f} (of an upper bound)"
    parts = report["seconds_by_part"].items()
    lines["seconds"] = ", ".join(f"{part} {took:.1f}" for part, took in parts if took is not None)
    memory = report["memory"]
    lines["memory"] = (
        f"{memory['peak_bytes'] / GIB:.2f} GiB at most, "
        f"for columns of {memory['columns_bytes'] / GIB:.2f} GiB"
    )
    lines["state hash"] = report["state_hash"]
    if report["picture"] is not None:
        lines["picture"] = report["picture"]
    return lines


def _task_of(given: argparse.Namespace) -> Family:
    """Return the family that is named, at the tier and under the preset of faults that are."""
    from hive_env.scenarios.families import family_named

    task = family_named(given.task).at(given.tier)
    return task.under(given.faults) if given.faults else task


def record(given: argparse.Namespace) -> None:
    """Play a policy in the seats of a level, and leave its episodes as a data set."""
    from dataclasses import replace

    from hive_env import recording

    task = _task_of(given)
    constants = task.tiers[task.tier]
    with progress(0, given.quiet, " steps") as bar:

        def begin(steps: int) -> Callable[[int], object]:
            bar.reset(steps)
            return bar.update

        folder = recording.record(
            given.out,
            task=task.name,
            size=given.size,
            level=given.level,
            seat=given.seat,
            config=replace(constants, faults=task.faults) if task.faults else constants,
            policy=given.policy,
            observation=given.observation,
            episodes=given.episodes,
            seed=given.seed,
            threads=given.threads,
            begin=begin,
        )
    _print({"data set": folder.name, "folder": str(folder), "read it": READ.format(folder)})


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

    one = command(
        "run", run, "Play an episode, score it, and leave a picture; or play its first ticks."
    )
    _add_task(one)
    _add_tier(one)
    _add_size(one, "v0")
    one.add_argument(
        "--seed", type=read.integer(0, 2**64 - 1), default=0, help="seed of the world (0)"
    )
    _add_faults(one)
    one.add_argument("--policy", default="full", metavar="NAME",
                     help="controller to score, as the ladder lists them (full)")  # fmt: skip
    much = one.add_mutually_exclusive_group()
    much.add_argument("--episodes", type=read.integer(1, 1 << 20), help="one after the other (1)")
    much.add_argument("--ticks", type=read.integer(1, 1 << 24),
                      help="only the first ticks of an episode, without a score")  # fmt: skip
    picture = one.add_mutually_exclusive_group()
    picture.add_argument("--picture", type=read.picture_file, default=PICTURE, metavar="FILE",
                         help=f"where the picture of Forage goes ({PICTURE})")  # fmt: skip
    picture.add_argument("--no-picture", dest="picture", action="store_const", const=None,
                         help="leave no picture")  # fmt: skip
    one.add_argument("--metrics", action="store_true",
                     help="also tell the controller's metrics, which costs some speed")  # fmt: skip
    one.add_argument("--width", type=read.integer(*WIDTHS), default=960,
                     help="of the picture, pixels (960)")  # fmt: skip
    _add_common(one)

    _add_record(
        command("record", record, "Play a policy, and leave its episodes for offline learning.")
    )

    many = command("ladder", ladder, "Rank the built-in controllers over paired seeds.")
    _add_task(many)
    _add_tier(many)
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


def _add_record(to: Parser) -> None:
    _add_task(to)
    _add_tier(to)
    _add_size(to, "nano")
    _add_faults(to)
    to.add_argument("--level", default="manager", metavar="NAME",
                    help="worker, manager, governor or orchestrator (manager)")  # fmt: skip
    to.add_argument("--seat", type=read.integer(0, 1 << 27), help="the only one of them (all)")
    to.add_argument("--policy", default="scripted", metavar="NAME",
                    help="built-in policy of the seats (scripted)")  # fmt: skip
    to.add_argument("--observation", choices=("float32", "uint8"), default="float32",
                    help="form of what is seen; uint8 for workers alone (float32)")  # fmt: skip
    to.add_argument("--episodes", type=read.integer(1, 1 << 20), default=16,
                    help="of worlds, each with one of every seat (16)")  # fmt: skip
    to.add_argument("--seed", type=read.integer(0, 2**64 - 1), default=0,
                    help="of the first episode; each has the next one (0)")  # fmt: skip
    to.add_argument("--out", required=True, metavar="FOLDER",
                    help="where the data set goes; its name ends like forage-mine-v0")  # fmt: skip
    to.add_argument("--threads", type=read.integer(1, 1024), help="CPU threads (all)")
    to.add_argument("--quiet", action="store_true", help="no progress bar")


def _add_task(to: Parser, *more: str) -> None:
    default = (*more, "forage")[0]
    known = ", ".join((TASKS, *more))
    to.add_argument("--task", default=default, help=f"family of tasks: {known} ({default})")


def _add_tier(to: Parser) -> None:
    to.add_argument("--tier", default="default", metavar="NAME",
                    help="of difficulty: easy, default, hard (default)")  # fmt: skip


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
