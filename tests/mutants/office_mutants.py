"""Mistakes in the model of offices, each made in a copy of the package, and what catches it.

Run as a script it prints for each whether the tests named for it fail, as they should::

    PYTHONPATH=tests python -m mutants.office_mutants            # all, some five minutes
    PYTHONPATH=tests python -m mutants.office_mutants "1 / rate for rate"

An edit that does not apply exactly as often as it says is an error, so none is ever void; and
before any mistake counts, its tests must pass in a copy without one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import hive_env

TESTS = Path(__file__).resolve().parent.parent
MEMBERS, TAKEOVER, OFFICES, OUTCOMES, STRIKES, CONSENSUS = (
    f"systems/{name}.py"
    for name in ("members", "takeover", "offices", "outcomes", "strikes", "consensus")
)
SETUP = "scenarios/offices.py"
CONFIG = "offices.py"

RULES_OF_MEMBERS = "systems/test_members.py"
RULES_OF_TAKEOVERS = "systems/test_takeover.py"
RULES_OF_OFFICES = "systems/test_offices.py"
RULES_OF_POSTURES = "systems/test_postures.py"
AGREED = "scenarios/test_consensus.py"
STRUCK = "scenarios/test_strikes.py"
CONFIGURED = "test_offices.py"
MEASURED = "scenarios/test_teams.py"


@dataclass(frozen=True)
class Edit:
    """Text of a file of the package, and what stands in its place, so many times."""

    file: str
    old: str
    new: str
    times: int = 1


@dataclass(frozen=True)
class Mutant:
    """A mistake: its edits, and the test that must fail by it.

    Parameters
    ----------
    edits : tuple of Edit
        What makes it.
    file, test : str
        File of the test, and its name or the beginning of it, as ``pytest -k`` takes.
    compiled : bool
        Whether the rules are compiled for the test: statistics over many events. Others run in
        plain Python.
    """

    edits: tuple[Edit, ...]
    file: str
    test: str
    compiled: bool = False


MUTANTS = {
    "standbys never fail: 3 rates for 4": Mutant(
        (Edit(MEMBERS, "== 0 and (words[1] >> 16) >= chance:", "== 0:"),),
        MEASURED,
        "repaired_team_is_the_exact_one and (m and 2 and not coverage and not dormancy)",
        compiled=True,
    ),
    "dormancy spares who serves": Mutant(
        (Edit(MEMBERS, "member_duty[office, member] == 0 and (words", "True and (words"),),
        RULES_OF_MEMBERS,
        "who_stands_by_is_spared",
    ),
    "the dormancy of every posture is that of the first": Mutant(
        (Edit(MEMBERS, "dormancy[np.int64(posture[office]),", "dormancy[0,"),),
        RULES_OF_POSTURES,
        "a_fault_spares",
    ),
    "one crew where each has a repairer": Mutant(
        (
            Edit(MEMBERS, "    if crew == _EACH:\n", "    if crew < 0:\n"),
            Edit(MEMBERS, "if crew == _BY_ROLE else", "if crew <= _BY_ROLE else", 2),
        ),
        MEASURED,
        "availability_is_the_exact_one and parallel",
        compiled=True,
    ),
    "events take place at the start of their tick": Mutant(
        (
            Edit(
                OFFICES,
                "        gone = befall(\n",
                "        at = now >> INSTANT_SHIFT << INSTANT_SHIFT\n        gone = befall(\n",
            ),
        ),
        MEASURED,
        "does_not_depend_on_the_length_of_a_tick",
        compiled=True,
    ),
    "a duration lasts a tick longer": Mutant(
        (
            Edit(
                MEMBERS,
                "return max(scaled(exponential_fine(word), mean), np.int64(1))",
                "return scaled(exponential_fine(word), mean) + 65536",
            ),
        ),
        RULES_OF_MEMBERS,
        "duration_is_exponential",
    ),
    "every fault of a member has the same draw": Mutant(
        (Edit(MEMBERS, "np.int64(member_faults[office, member]), _FAULT", "0, _FAULT"),),
        RULES_OF_MEMBERS,
        "each_fault_has_words",
    ),
    "all offices have the same draws": Mutant(
        (
            Edit(
                MEMBERS,
                "(office - world * offices) * members + member\n    return draw(",
                "member\n    return draw(",
            ),
        ),
        MEASURED,
        "offices_episodes_and_seeds_differ",
    ),
    "1 / rate for rate": Mutant(
        (
            Edit(
                SETUP,
                '"fault_mean": np.array([instants(scale) for scale in scales])',
                '"fault_mean": np.array([instants(1 / scale) for scale in scales])',
            ),
        ),
        MEASURED,
        "life_of_a_team_without_repair and cold",
        compiled=True,
    ),
    "hours for minutes": Mutant(
        (Edit(SETUP, "lasting(config.transfer)", "lasting(config.transfer * 60)"),),
        MEASURED,
        "repaired_team_is_the_exact_one and role",
        compiled=True,
    ),
    "what takes no time takes for ever": Mutant(
        (Edit(SETUP, "return max(instants(ticks), 1)", "return instants(ticks)"),),
        RULES_OF_OFFICES,
        "needs_no_time",
    ),
    "all standbys have the coverage of hot ones": Mutant(
        (Edit(TAKEOVER, ">= coverage[kind]", ">= coverage[0]"),),
        RULES_OF_TAKEOVERS,
        "coverage_is_that_of_the_standby",
    ),
    "coverage is ignored": Mutant(
        (Edit(TAKEOVER, "(words[0] >> 16) >= coverage[kind]", "coverage[kind] < 0"),),
        RULES_OF_TAKEOVERS,
        "takeover_that_fails",
    ),
    "crews forget whom they left": Mutant(
        (
            Edit(
                MEMBERS,
                "return (state >= _DOWN) & (state != _MENDED)",
                "return state == _DOWN",
            ),
        ),
        RULES_OF_MEMBERS,
        "crew_works_on_one_member or crew_of_an_office",
    ),
    "the neediest role is the fullest": Mutant(
        (
            Edit(MEMBERS, "up < fewest:", "up > fewest:"),
            Edit(MEMBERS, "fewest = np.int64(members + 1)", "fewest = np.int64(-1)"),
        ),
        RULES_OF_MEMBERS,
        "crew_of_an_office",
    ),
    "a poisoned member resumes": Mutant(
        (
            Edit(MEMBERS, "if poisoned == 0 and", "if poisoned != 2 and"),
            Edit(MEMBERS, "if poisoned != POISONED and", "if"),
        ),
        RULES_OF_MEMBERS,
        "recovery_goes_by",
    ),
    "overflow is a kill by another name": Mutant(
        (Edit(MEMBERS, "OVERFLOWN if kind == _OVERFLOW else 0", "0"),),
        RULES_OF_MEMBERS,
        "adds_to_what_a_member",
    ),
    "an overflown member resumes": Mutant(
        (Edit(MEMBERS, "if poisoned == 0 and", "if poisoned != POISONED and"),),
        RULES_OF_MEMBERS,
        "recovery_goes_by",
    ),
    "the Weibull mean is taken for its scale": Mutant(
        (Edit(SETUP, "[weibull_scale(mean, config.fault_shape) for mean", "[mean for mean"),),
        MEASURED,
        "series_of_weibull",
        compiled=True,
    ),
    "a heavy tail is cut": Mutant(
        (
            Edit(
                MEMBERS,
                "return max(scaled(variate, mean) << surplus,",
                "return max(scaled(variate, mean),",
            ),
        ),
        RULES_OF_MEMBERS,
        "gap_between_faults",
    ),
    "reassignment stops after one move": Mutant(
        (Edit(TAKEOVER, "        front = later\n", "        front = later & 0\n"),),
        RULES_OF_TAKEOVERS,
        "as_many_roles_are_filled",
    ),
    "a chain overwrites holders": Mutant(
        (Edit(TAKEOVER, "        moving = displaced\n", ""),),
        RULES_OF_TAKEOVERS,
        "along_a_chain",
    ),
    "who is not eligible serves": Mutant(
        (
            Edit(
                TAKEOVER,
                "if (able >> member) & 1 == 0:",
                "if able == 0:",
            ),
        ),
        RULES_OF_TAKEOVERS,
        "who_serves_is_up",
    ),
    "staleness is waited for": Mutant(
        (Edit(TAKEOVER, "wait += replayed(", "wait += since_checkpoint // 2 + replayed("),),
        RULES_OF_TAKEOVERS,
        "a_takeover_takes_detection",
    ),
    "who takes over serves at once": Mutant(
        (Edit(TAKEOVER, "= at + detect_time + wait", "= at"),),
        RULES_OF_TAKEOVERS,
        "a_takeover_takes_detection",
    ),
    "closed when any role is unfilled": Mutant(
        (
            Edit(
                SETUP,
                "sum(1 << at for at, needed in enumerate(critical) if needed)",
                "(1 << len(critical)) - 1",
            ),
        ),
        RULES_OF_OFFICES,
        "closed_in_exactly_the_patterns",
    ),
    "open while some roles are filled": Mutant(
        (
            Edit(
                OUTCOMES,
                "    if (filled & required) != required:\n        return np.int64(3)",
                "    if (filled & required) == 0:\n        return np.int64(3)",
            ),
        ),
        RULES_OF_OFFICES,
        "closed_in_exactly_the_patterns",
    ),
    "closed time counts as open": Mutant(
        (
            Edit(
                OUTCOMES,
                "            closed_time[office] += spent",
                "            open_time[office] += spent",
            ),
        ),
        RULES_OF_OFFICES,
        "open_and_closed_time",
    ),
    "a critical role takes nobody from one that is not": Mutant(
        (Edit(TAKEOVER, "if (required >> role) & 1 == 0:", "if role >= 0:"),),
        RULES_OF_OFFICES,
        "open_as_long_as_some_assignment",
    ),
    "a checkpoint is never older than nothing": Mutant(
        (Edit(OFFICES, "archive < 0 or (filled", "archive < 0 or 1 | (filled"),),
        RULES_OF_OFFICES,
        "a_checkpoint_is_as_old",
    ),
    "a checkpoint that falls on a turn of practice is left out": Mutant(
        (
            Edit(
                OFFICES,
                "    if checkpoint_every > 0 and at %",
                "    elif checkpoint_every > 0 and at %",
            ),
        ),
        RULES_OF_OFFICES,
        "fall_together_both",
    ),
    "every posture stands by as the first": Mutant(
        (Edit(TAKEOVER, "standby[np.int64(posture[office]), role]", "standby[0, role]"),),
        RULES_OF_POSTURES,
        "takes_as_long_as_the_standby",
    ),
    "every posture rotates as the first": Mutant(
        (Edit(TAKEOVER, "eligible[np.int64(posture[office]), role]", "eligible[0, role]"),),
        RULES_OF_POSTURES,
        "whom_the_posture_lets",
    ),
    "upkeep counts who serves among the backups": Mutant(
        (Edit(CONFIG, "(many - 1) * config.standby_cost", "many * config.standby_cost"),),
        CONFIGURED,
        "upkeep_is_that_of_the_backups",
    ),
    "who is struck from outside keeps its role": Mutant(
        (
            Edit(
                STRIKES,
                "        vacate(office, member, role_holder, member_duty)\n",
                "        pass\n",
            ),
        ),
        STRUCK,
        "closes_an_office_at_the_first_instant",
    ),
    "a plan strikes all offices": Mutant(
        (
            Edit(
                STRIKES, "    seat = office - world * offices\n    key =", "    seat = 2\n    key ="
            ),
        ),
        STRUCK,
        "a_planned_fault_strikes_its_member",
    ),
    "an outage keeps nobody from coming back": Mutant(
        (
            Edit(
                OFFICES,
                "if member_out[office, member] and",
                "if 0 * member_out[office, member] and",
            ),
        ),
        STRUCK,
        "nobody_comes_back_while",
    ),
    "who is mended and kept by an outage is mended anew": Mutant(
        (Edit(MEMBERS, "& (state != _MENDED)", "& (state >= 0)"),),
        STRUCK,
        "a_crew_goes_on",
    ),
    "an outage of a host is one of all hosts": Mutant(
        (
            Edit(STRIKES, "(host_hit[world, host] > 0)", "(host_hit[world, 1] > 0)"),
            Edit(STRIKES, "host_hit[world, host] == 0", "host_hit[world, 1] == 0"),
        ),
        STRUCK,
        "kills_those_who_run_on_it",
    ),
    "what a candidate proposed is agreed on": Mutant(
        (
            Edit(
                CONSENSUS,
                "peer_rank, commit_index, log_value) >= number",
                "peer_rank, commit_index, log_value) >= 0",
            ),
        ),
        AGREED,
        "two_of_three_deciders_down",
    ),
    "a decider that is down answers": Mutant(
        (Edit(CONSENSUS, "< _DOWN", "<= _DOWN"),),
        AGREED,
        "peers_are_up_as",
    ),
    "peers are members of the first role": Mutant(
        (Edit(CONSENSUS, "[office, decide_first + peer]", "[office, peer]"),),
        AGREED,
        "peers_are_up_as",
    ),
}
"""Name of the mistake, what makes it, and what catches it."""


def copy_of(folder: Path, edits: tuple[Edit, ...]) -> None:
    """Copy the package into a folder, edited.

    Raises
    ------
    ValueError
        When an edit's text is not found exactly as often as it says.
    """
    source = Path(hive_env.__file__).parent
    target = folder / "hive_env"
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in edits:
        path = target / edit.file
        text = path.read_text()
        if text.count(edit.old) != edit.times:
            found = text.count(edit.old)
            raise ValueError(f"{edit.file}: found {found} times, not {edit.times}: {edit.old!r}")
        path.write_text(text.replace(edit.old, edit.new))


def tested(mutant: Mutant, edits: tuple[Edit, ...]) -> subprocess.CompletedProcess[str]:
    """Run a mutant's test on a copy with some edits."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_of(folder, edits)
        # Python looks into the working folder first, so the copy goes before any other package.
        chosen = {"PYTHONPATH": str(TESTS), "NUMBA_DISABLE_JIT": "01"[not mutant.compiled]}
        if edits:
            chosen["HIVE_ENV_CACHE_DIR"] = str(folder / "cache")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        command += ["-c", str(TESTS.parent / "pyproject.toml"), "--rootdir", str(TESTS.parent)]
        command += [str(TESTS / mutant.file), "-k", mutant.test]
        return subprocess.run(
            command,
            env={**os.environ, **chosen},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )


def caught(name: str) -> str:
    """Return the test that a mutant fails; empty where it survives.

    Raises
    ------
    ValueError
        When an edit does not apply, or the test is not one that passes without it.
    """
    mutant = MUTANTS[name]
    whole = tested(mutant, ())
    if whole.returncode != 0:
        raise ValueError(f"{name}: its test does not pass without it:\n{whole.stdout[-2000:]}")
    done = tested(mutant, mutant.edits)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    return lines[0].split(" - ")[0].partition("::")[2] if done.returncode == 1 and lines else ""


def main(names: list[str]) -> int:
    """Print for every mistake what catches it; return 1 when one survives."""
    survived = 0
    for name in names or list(MUTANTS):
        began = time.perf_counter()
        test = caught(name)
        survived += not test
        spent = time.perf_counter() - began
        sys.stdout.write(f"| {name} | {test or '**survives**'} | {spent:.0f} s |\n")
        sys.stdout.flush()
    return int(survived > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
