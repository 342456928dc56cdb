"""What faults cost: events of offices a second, and ticks of a world in which things fail."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from hive_env.bench.limits import draw_rate, spread
from hive_env.bench.measured import office
from hive_env.config import ForageConfig, HiveConfig
from hive_env.consensus import Consensus
from hive_env.faults import Faults, presets
from hive_env.offices import presets as office_presets
from hive_env.scenarios.controllers import FULL, Crew
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.controllers import CONTROLLERS
from hive_env.scenarios.teams import Teams
from hive_env.sizes import Size

Tell = Callable[[], object]
"""What hears of each step of a case."""

TICKS_PER_HOUR = 0.1
"""Ticks in an hour of offices by themselves, whose cost is by event."""

NONE = "none"
"""The world whose faults are None: those of the task alone."""

AGREED = "default, consensus"
"""The default preset, in which the deciders of every office agree before it gives an order."""


def worlds_measured() -> dict[str, Faults | None]:
    """Return the faults of the worlds that are compared, by name."""
    given = presets()
    offices = replace(office_presets()["default"], consensus=Consensus())
    return {NONE: None, **given, AGREED: replace(given["default"], offices=offices)}


def offices(
    threads: int, count: int, ticks: int, draws: int, repeats: int, tell: Tell
) -> dict[str, Any]:
    """Measure the events a second of offices by themselves, beside bare random draws.

    The offices are the paper's teams: 8 roles x 2 members, each with a repairer, at its rates.

    Parameters
    ----------
    threads : int
        CPU threads; one is measured as well.
    count : int
        Offices.
    ticks : int
        Ticks of a repeat, after as many to warm up.
    draws : int
        Draws of a repeat.
    repeats : int
        Repeats of each measurement.
    tell : callable
        Hears of each tick, and of each repeat of draws.

    Returns
    -------
    dict
        By number of threads events and draws a second; and the draws that an event makes.
    """
    found: dict[str, Any] = {"offices": count, "ticks": ticks, "repeats": repeats}
    for used in sorted({1, threads}):
        teams = Teams(office(TICKS_PER_HOUR), count, threads=used)
        teams.reset(0)
        rates = []
        for _ in range(repeats + 1):
            before = teams.account().events
            started = time.perf_counter()
            for _ in range(ticks):
                teams.tick()
                tell()
            seconds = time.perf_counter() - started
            rates.append((teams.account().events - before) / seconds)
        found[f"events_{used}"] = spread(rates[1:])
        found[f"draws_{used}"] = draw_rate(used, draws, repeats, tell)
        found["draws_an_event"] = draws_of(teams) / teams.account().events
    return found


def draws_of(teams: Teams) -> int:
    """Return the draws that events of hot offices with a repairer for each have made.

    A fault draws its kind and when the next one comes; who is down by it draws how long; who takes
    over draws whether that succeeds. A return draws nothing.
    """
    account = teams.account()
    armed = int(teams.columns["member_faults"].sum(dtype=np.int64))
    faults = armed - teams.columns["member_faults"].size
    mending = int((teams.columns["member_condition"] > 0).sum())
    returns = account.events - faults
    return 2 * faults + (returns + mending) + account.takeovers


def faulted(
    threads: int, size: str, warm_up: int, ticks: int, repeats: int, tell: Tell
) -> dict[str, Any]:
    """Measure the tick of Forage at every preset of faults, and with consensus, beside none.

    Every world is played by the full scripted hierarchy, whose decisions are not counted. All
    worlds take their turns in every round, in an order that rotates, so that what disturbs the
    machine meets them alike; the ratios are of ticks of one round.

    Parameters
    ----------
    threads : int
        CPU threads.
    size : str
        Name of the size.
    warm_up, ticks, repeats : int
        Ticks before the first round, ticks of each world in a round, rounds.
    tell : callable
        Hears of each tick of each world.

    Returns
    -------
    dict
        Under ``worlds``, by name, seconds of a tick and the ratio to the tick without.
    """
    worlds = worlds_measured()
    crews = []
    for faults in worlds.values():
        task = ForageConfig(faults=faults)
        hive = Forage(HiveConfig(Size.of(size), task), threads=threads)
        hive.reset(0)
        crews.append(Crew(hive, CONTROLLERS[FULL]))
    for crew in crews:
        _seconds(crew, warm_up, tell)
    taken = np.zeros((repeats, len(worlds)))
    for turn in range(repeats):
        for place in range(len(worlds)):
            which = (turn + place) % len(worlds)
            taken[turn, which] = _seconds(crews[which], ticks, tell) / ticks
    ratios = taken / taken[:, :1]
    return {
        "size": size,
        "workers": crews[0].hive.workers,
        "warm_up": warm_up,
        "ticks": ticks,
        "repeats": repeats,
        "worlds": {
            name: {
                "tick": spread(taken[:, which].tolist()),
                "ratio": spread(ratios[:, which].tolist()),
            }
            for which, name in enumerate(worlds)
        },
    }


def _seconds(crew: Crew, ticks: int, tell: Tell) -> float:
    """Play so many ticks and return the seconds that they took without the decisions."""
    spent = 0.0
    for _ in range(ticks):
        orders, actions = crew.orders(), crew.actions()
        started = time.perf_counter()
        crew.hive.step(actions, orders)
        spent += time.perf_counter() - started
        tell()
    return spent
