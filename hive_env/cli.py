"""The command line: ``hive-env run | ladder | bench | cache | info``.

Results go to standard output, progress and errors to standard error. Wrong input ends with one
line and status 2, anything else that the package refuses with one line and status 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hive_env import __version__
from hive_env.config import FIRST_TEST_SEED, SIZES, HiveConfig, Size
from hive_env.errors import ArgumentError, HiveError

if TYPE_CHECKING:
    from tqdm import tqdm

PICTURE = "hive-v0.png"
"""Where ``run`` leaves its picture by default."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Print the error in one line and exit with status 2."""
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


# --- values of arguments ----------------------------------------------------------------------


def count(text: str) -> int:
    """Return a whole number, which may be written as ``1e6``."""
    value = float(text)
    if not value.is_integer():
        raise ValueError(text)
    return int(value)


def size(text: str) -> Size:
    """Return the size of a name or of a number of workers."""
    try:
        return SIZES[text] if text in SIZES else Size.of(count(text))
    except (ArgumentError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"expected one of {', '.join(SIZES)} or a number of workers from 256 to {1 << 27}, "
            f"got {text}"
        ) from error


def integer(low: int, high: int) -> Callable[[str], int]:
    """Return what reads an integer within a range."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(
                f"expected an integer from {low} to {high}, got {text}"
            )
        return value

    return read


def policies(text: str) -> list[str]:
    """Return controllers from names separated by commas."""
    from hive_env.bench.episodes import CONTROLLERS

    names = text.split(",")
    if not set(names) <= set(CONTROLLERS) or len(set(names)) != len(names):
        raise argparse.ArgumentTypeError(
            f"expected different ones of {','.join(CONTROLLERS)}, got {text}"
        )
    return names


def policy(text: str) -> str:
    """Return one controller."""
    from hive_env.bench.episodes import CONTROLLERS

    if text not in CONTROLLERS:
        raise argparse.ArgumentTypeError(f"expected one of {', '.join(CONTROLLERS)}, got {text}")
    return text


def worker_counts(text: str) -> tuple[int, ...]:
    """Return numbers of workers, such as ``1e5``, separated by commas."""
    try:
        return tuple(Size.of(count(part)).workers for part in text.split(","))
    except (ArgumentError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f"expected numbers of workers from 256 to {1 << 27}, such as 1e5,1e6, got {text}"
        ) from error


def writable(text: str) -> Path:
    """Return the path of a file that can be written; nothing is left there."""
    path = Path(text)
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        if path.exists():
            with path.open("r+b"):
                pass
        else:
            with tempfile.TemporaryFile(dir=path.parent):
                pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise argparse.ArgumentTypeError(
            f"expected a file that can be written, got {text}: {reason}"
        ) from error
    return path


def picture_file(text: str) -> Path:
    """Return the path of a PNG file that can be written."""
    if Path(text).suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"expected a file name that ends in .png, got {text}")
    return writable(text)


# --- progress ---------------------------------------------------------------------------------


def progress(total: int, quiet: bool) -> tqdm[NoReturn]:
    """Return a bar of worker-ticks on standard error."""
    from tqdm import tqdm

    return tqdm(
        total=total,
        unit=" worker-ticks",
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
    """Play, score and picture episodes of Forage."""
    from hive_env.bench.episodes import CEILING, FLOOR, scored, warm_up
    from hive_env.bench.machine import need_memory
    from hive_env.scenarios.forage import Forage

    if given.json is not None and given.picture is not None and given.json == given.picture:
        raise ArgumentError("--json", "another file than the picture's", str(given.json))
    config = HiveConfig(given.size)
    need_memory(config)
    simulation = Forage(config, threads=given.threads)
    played = {FLOOR, CEILING, given.policy}
    total = len(played) * given.episodes * config.episode_ticks * config.size.workers
    with progress(total, given.quiet) as bar:
        bar.set_description("compiling (kept for next time)")
        warm_up(simulation, sorted(played))
        bar.unpause()
        report = scored(simulation, given.policy, given.seed, given.episodes, teller(bar))
    report["picture"] = None if given.picture is None else str(given.picture)
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
    if given.picture is not None:
        from hive_env import render

        render.save(simulation, given.picture)
        _print({"picture": str(given.picture)})


def ladder(given: argparse.Namespace) -> None:
    """Play controllers on paired seeds and print how they rank."""
    from hive_env.bench.episodes import CEILING, FLOOR
    from hive_env.bench.ladder import ladder_tables, markdown, measure, verdict
    from hive_env.bench.machine import need_memory

    config = HiveConfig(given.size)
    need_memory(config, given.seeds)
    played = {FLOOR, CEILING, *given.policies}
    total = len(played) * given.seeds * config.episode_ticks * config.size.workers
    with progress(total, given.quiet) as bar:
        report = measure(config, given.seeds, given.policies, teller(bar), given.threads)
    _write(given.json, report)
    _write_text(given.markdown, markdown(report))
    print("\n\n".join((*ladder_tables(report), verdict(report))))


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
    top = Parser(prog="hive-env", description="Forage: a hive of many agents that fail.")
    top.add_argument("--version", action="version", version=f"hive-env {__version__}")
    commands = top.add_subparsers(
        title="commands", metavar="command", required=True, parser_class=Parser
    )

    def command(name: str, does: Callable[[argparse.Namespace], None], about: str) -> Parser:
        made = commands.add_parser(name, help=about, description=about)
        made.set_defaults(does=does)
        return made

    one = command("run", run, "Play an episode of Forage, score it, and leave a picture.")
    _add_size(one, "v0")
    one.add_argument("--seed", type=integer(0, 2**64 - 1), default=0, help="seed of the world (0)")
    one.add_argument(
        "--policy", type=policy, default="pheromone", help="controller to score (pheromone)"
    )
    one.add_argument(
        "--episodes", type=integer(1, 1 << 20), default=1, help="one after the other (1)"
    )
    picture = one.add_mutually_exclusive_group()
    picture.add_argument("--picture", type=picture_file, default=PICTURE, metavar="FILE",
                         help=f"where the picture goes ({PICTURE})")  # fmt: skip
    picture.add_argument("--no-picture", dest="picture", action="store_const", const=None,
                         help="leave no picture")  # fmt: skip
    _add_common(one)

    many = command("ladder", ladder, "Rank the built-in controllers over paired seeds.")
    _add_size(many, "nano")
    many.add_argument("--seeds", type=integer(2, 10_000), default=16, help="how many (16)")
    many.add_argument("--policies", type=policies, default="random,reflex,pheromone,expert",
                      metavar="NAMES", help="controllers, worst first (all)")  # fmt: skip
    many.add_argument("--markdown", type=writable, metavar="FILE", help="write the page here")
    _add_common(many)

    fast = command("bench", bench, "Measure speed and memory beside the machine's own limits.")
    fast.add_argument("--sizes", type=worker_counts, metavar="NUMBERS",
                      help="workers (1e5,1e6,1e7,1e8)")  # fmt: skip
    fast.add_argument("--quick", action="store_true", help="a smoke test of about a minute")
    fast.add_argument("--markdown", type=writable, metavar="FILE", help="write the page here")
    _add_common(fast)

    kept = command("cache", cache, "Show the folder of compiled passes.")
    kept.add_argument("--clear", action="store_true", help="empty it")
    command("info", info, "Print versions, the machine, and the sizes.")
    return top


def _add_size(to: Parser, default: str) -> None:
    to.add_argument(
        "--size", type=size, default=default,
        help=f"{', '.join(SIZES)}, or a number of workers ({default})",
    )  # fmt: skip


def _add_common(to: Parser) -> None:
    to.add_argument("--threads", type=integer(1, 1024), help="CPU threads (all)")
    to.add_argument("--json", type=writable, metavar="FILE", help="write the result here")
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
        given.does(given)
    except ArgumentError as error:
        return _fail(2, str(error))
    except (HiveError, MemoryError, OSError) as error:
        return _fail(1, str(error) or type(error).__name__)
    except KeyboardInterrupt:
        return _fail(130, "interrupted")
    return 0


def _fail(status: int, message: str) -> int:
    print(f"hive-env: error: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
