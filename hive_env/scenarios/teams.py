"""Offices by themselves, without a world around them: what measures their dependability."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np

from hive_env.ecs import Column, Pass, System, Unit
from hive_env.ecs.columns import Array
from hive_env.errors import ArgumentError
from hive_env.offices import OfficeConfig
from hive_env.scenarios import consensus, offices
from hive_env.simulation import Blueprint, Simulation
from hive_env.systems import clock, placement
from hive_env.systems.members import INSTANT_SHIFT

COLUMNS = (
    Column("seed", np.int64, "W", "", "Seed of the world."),
    Column("episode", np.int64, "W", "", "Number of the episode."),
    Column("tick", np.int64, "W", "ticks", "Ticks of the episode so far."),
    *offices.COLUMNS,
    *consensus.COLUMNS,
)

TICK = (
    offices.ADVANCE,
    consensus.CONSENSUS,
    Pass("clock", Unit.WORLD, (System(clock.advance_clock, ("tick",), "The tick is over."),)),
)
RESET = (
    Pass("reset_worlds", Unit.WORLD, (System(placement.start_clock, ("tick",), "Tick 0."),)),
    offices.OPEN,
    consensus.OPEN,
)


@dataclass(frozen=True)
class Account:
    """What became of offices so far. Times are in ticks.

    Parameters
    ----------
    closings : int
        How often an office closed: a critical role was unfilled.
    open_time, closed_time : float
        Time open and closed.
    events : int
        Faults, returns and ends of takeovers.
    takeovers, takeovers_failed : int
        Takeovers begun, and those of them that failed.
    takeover_time : float
        Latency of those that did not, in all.
    """

    closings: int
    open_time: float
    closed_time: float
    events: int
    takeovers: int
    takeovers_failed: int
    takeover_time: float

    @property
    def mttf(self) -> float:
        """Time open by closings, ticks: the maximum likelihood estimate; infinite without any."""
        return self.open_time / self.closings if self.closings else float("inf")

    @property
    def availability(self) -> float:
        """Share of the time for which offices were open."""
        return self.open_time / (self.open_time + self.closed_time)


class Teams(Simulation):
    """So many offices that live by the rules of a hive's, and do nothing else.

    Parameters
    ----------
    config : OfficeConfig, optional
        Faults, standby, recovery.
    offices : int
        Offices of each world.
    renew : bool
        Whether an office that closes starts anew at once, with all its members up: then
        `Account.mttf` estimates the mean time to failure from there.
    worlds, device, threads
        As in `Simulation`.
    """

    def __init__(
        self,
        config: OfficeConfig | None = None,
        offices: int = 1,
        *,
        renew: bool = False,
        worlds: int = 1,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        if not isinstance(offices, int) or isinstance(offices, bool) or not 0 < offices < 2**24:
            raise ArgumentError("offices", "an integer from 1 to 16,777,215", offices)
        self.config = OfficeConfig() if config is None else config
        super().__init__(_blueprint(self.config, offices, renew), worlds, device, threads)
        for name, values in _statics(self.config).items():
            self.put(name, values)

    def tick(self, ticks: int = 1) -> None:
        """Let so many ticks pass."""
        if not isinstance(ticks, int) or isinstance(ticks, bool) or ticks < 1:
            raise ArgumentError("ticks", "a positive integer", ticks)
        self.need_ready()
        for _ in range(ticks):
            self._advance()

    def account(self) -> Account:
        """Return what became of all offices since the reset."""

        def total(name: str) -> int:
            return int(self.columns[name].sum(dtype=np.int64))

        columns = self.columns
        now = columns["tick"].repeat(self.blueprint.lengths["F"]) << INSTANT_SHIFT
        running = now - columns["closed_since"]
        closed = columns["office_closed"] == 1

        def ticks(times: Array) -> float:
            return float(times.sum(dtype=np.float64)) / (1 << INSTANT_SHIFT)

        return Account(
            total("closings"),
            ticks(columns["open_time"] + running * ~closed),
            ticks(columns["closed_time"] + running * closed),
            total("office_events"),
            total("takeovers"),
            total("takeovers_failed"),
            ticks(columns["takeover_time"]),
        )


def _statics(config: OfficeConfig) -> dict[str, Array]:
    return {**offices.statics_of(config), **consensus.statics_of(config)}


def _blueprint(config: OfficeConfig, count: int, renew: bool) -> Blueprint:
    text = json.dumps([asdict(config), count, renew], sort_keys=True, default=int)
    return Blueprint(
        family="teams",
        columns=COLUMNS,
        lengths={
            "W": 1,
            **offices.lengths_of(config, count),
            **consensus.lengths_of(config, count),
        },
        constants={
            **offices.numbers_of(config, count, renew=renew),
            **consensus.numbers_of(config, count),
        },
        reset=RESET,
        tick=TICK,
        config_hash=hashlib.blake2b(text.encode(), digest_size=8).hexdigest(),
    )
