"""Faults from outside: on whom they strike, what is refused, and a fault system of a user's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from systems.worlds import SMALL, idle, world

from hive_env.config import ForageConfig, HiveConfig
from hive_env.ecs import System
from hive_env.enums import Condition, Event, FaultKind, Health
from hive_env.errors import ArgumentError, ResetNeededError
from hive_env.faults import Faults, WorkerFaults
from hive_env.random import below, draw, rule
from hive_env.scenarios.forage import STRIKE, TICK, Forage, blueprint_of, insert_after
from hive_env.systems.space import cell_of
from hive_env.systems.workers import fail

KINDS = Faults(WorkerFaults(0.0, kill=0.5), offices=None)


def test_a_fault_strikes_those_named_in_the_world_named_and_nobody_else() -> None:
    hive = world(SMALL, worlds=3)
    hive.permute(
        np.concatenate([k * 64 + np.random.default_rng(k).permutation(64) for k in range(3)])
    )
    hive.step(idle(hive))
    hive.inject(FaultKind.KILL, seats=[1, 63, 5], world=1)
    assert np.flatnonzero(~hive.able("worker")).tolist() == [64 + 1, 64 + 5, 64 + 63]
    struck = hive.facts("worker")["event"] & Event.STRUCK > 0
    assert np.flatnonzero(struck).tolist() == [65, 69, 127]
    lying = hive.columns["ground"] & 32
    assert np.flatnonzero(lying.any(axis=1)).min() >= 4, "they lie where others see them"
    assert lying.any()


def test_it_strikes_now_and_the_world_goes_on() -> None:
    hive = world(SMALL, faults=KINDS, reboot_ticks=2)
    hive.inject(FaultKind.KILL, seats=np.arange(64))
    assert not hive.able("worker").any()
    for _ in range(2):
        hive.step(idle(hive))
    assert hive.able("worker").all()
    assert hive.churn()["reset"].tolist() == [64]


def test_a_world_in_which_workers_have_no_ailments_knows_two_kinds() -> None:
    hive = world(SMALL)
    for kind in (FaultKind.KILL, FaultKind.OVERFLOW):
        hive.inject(kind, seats=3)
    before = hive.state_hash()
    for kind in (FaultKind.DELAY, FaultKind.CORRUPTION):
        with pytest.raises(ArgumentError, match="kind"):
            hive.inject(kind, seats=4)
    assert hive.state_hash() == before
    assert not any(count.any() for count in hive.churn().values())


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"kind": 0}, "kind"),
        ({"kind": "kill"}, "kind"),
        ({"level": "orchestrator"}, "level"),
        ({"level": 3}, "level"),
        ({"seats": 64}, "seats"),
        ({"seats": -1}, "seats"),
        ({"seats": [1, 1]}, "seats"),
        ({"seats": []}, "seats"),
        ({"seats": [1.5]}, "seats"),
        ({"seats": True}, "seats"),
        ({"world": 1}, "world"),
        ({"world": -1}, "world"),
        ({"world": None}, "world"),
        ({"member": 1}, "member"),
        ({"level": "manager"}, "office"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_by_name_and_changes_nothing(
    arguments: dict[str, Any], named: str
) -> None:
    hive = world(SMALL, faults=KINDS)
    before = hive.state_hash()
    with pytest.raises(ArgumentError, match=rf"^{named}: expected"):
        hive.inject(**{"kind": FaultKind.KILL, "seats": [0], **arguments})
    assert hive.state_hash() == before


def test_nobody_is_struck_before_a_reset() -> None:
    with pytest.raises(ResetNeededError):
        Forage(HiveConfig(SMALL)).inject(FaultKind.KILL)


def test_a_member_of_an_office_is_struck_where_its_seat_is() -> None:
    hive = world(SMALL, worlds=2, faults="off")
    hive.inject(FaultKind.KILL, "manager", [1, 3], 1, member=2)
    hive.inject(FaultKind.KILL, "governor", 0, member=5)
    down = np.argwhere(hive.columns["member_condition"] >= Condition.DOWN).tolist()
    assert down == [[4, 5], [5 + 1, 2], [5 + 3, 2]]


# --- a fault of the user's own -------------------------------------------------------------------

LIGHTNING = 64
"""Stream of the user's own."""


@rule
def lightning(
    row, seed, episode, tick, cells_x, lightning_every, x, health, cargo, down, repair, error_count,
    event,
):  # fmt: skip
    """Fail whoever stands in the column of cells that is struck in this tick."""
    if tick % lightning_every != 0 or health[row] != 0:
        return
    struck = below(draw(seed, episode, tick, 64, 0)[0], cells_x)
    if cell_of(x[row]) == struck:
        fail(row, health, cargo, down, repair, error_count)
        event[row] = np.int64(event[row]) | 128


@pytest.mark.parametrize("faults", [None, KINDS])
def test_a_fault_of_the_users_own_strikes_with_the_others(faults: Faults | None) -> None:
    """Added after `STRIKE`; whom it strikes follows from the seed alone."""
    writes = ("health", "cargo", "down", "repair", "error_count", "event")
    system = System(lightning, writes, "With the task's own faults.")
    config = HiveConfig(
        SMALL, ForageConfig(faults=faults, fault_mean_ticks=0, hazards_per_region=0)
    )
    blueprint = blueprint_of(
        config, tick=insert_after(TICK, STRIKE, system), constants={"lightning_every": 2}
    )
    hive = Forage(config, 2, blueprint=blueprint)
    hive.reset(6)
    failed = np.zeros(128, bool)
    for tick in range(40):
        cells = hive.columns["x"] >> 12
        hive.step(hive.decide("reflex"))
        for at in range(2):
            mine = slice(at * 64, at * 64 + 64)
            column = below(draw(6 + at, 0, tick, LIGHTNING, 0)[0], 48)
            struck = (cells[mine] == column) & ~failed[mine] & (tick % 2 == 0)
            assert ((hive.columns["event"][mine] & Event.STRUCK > 0) == struck).all()
            failed[mine] |= struck
        failed = hive.columns["health"] == Health.FAILED
    assert failed.any()
