"""Tallies: what each family tells of a tick, staged by hand or worked out in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from envs.worlds import PERIODS, WIDE, build, random_actions
from scenarios.queue.worlds import go, put_task, still
from systems.worlds import TINY, idle, world

from hive_env.enums import PAIRS, Event, FaultKind, Verb
from hive_env.faults import Faults, WorkerFaults
from hive_env.monitoring import Counts, Meter, Metrics
from hive_env.offices import OfficeConfig
from hive_env.scenarios.forage import Forage
from hive_env.systems.queues import QueueEvent

HELD = {"manager_period": 64, "governor_period": 64, "orchestrator_period": 64}
"""Clocks of levels that decide in the first tick and then not for long."""

AILING = Faults(
    WorkerFaults(mean_ticks=12, kill=0.3, delay=0.2, corruption=0.4, corruption_mean=4,
                 spawn_ticks=3, reserve=9),
    offices=None,
)  # fmt: skip
"""Faults that change what workers do, destroy them, and put others in their place."""


def told(counts: Counts) -> dict[str, Any]:
    """Counts of the first world, but for those of choices."""
    return {name: int(one[0]) for name, one in counts.table.items() if one.ndim == 1}


# --- Forage -------------------------------------------------------------------------------------


def at_sites(**forage: Any) -> Forage:
    """Each worker stands in its own region, on a site of its kind. Only region 0 has an order
    that prefers something: type 0."""
    hive = world(TINY, sites_per_region=32, **HELD, **forage)
    c, side = hive.columns, hive.config.region_side
    hive.step(idle(hive), {"manager": [[2, 0, 1, 0, 0], [1] * 5, [1] * 5, [1] * 5]})
    c["site_type"][:, :4] = range(4)
    c["site_cell"][:, :4] = 20 + 5 * np.arange(4)
    c["site_cell"][:, 4:] = 3
    place = c["home"].astype(int)
    cell = c["site_cell"][place, c["specialist"]]
    c["x"][:] = ((c["region_x0"][place] + cell % side) << 12) + 2048
    c["y"][:] = ((c["region_y0"][place] + cell // side) << 12) + 2048
    hive.resume()
    return hive


def verbs(hive: Forage, verb: Verb, trace: int = 0) -> Any:
    """The same action for everybody."""
    actions = idle(hive)
    actions[:] = verb, trace
    return actions


def test_picks_of_an_order_by_hand() -> None:
    """Sixteen pick a unit each; four of them under an order, and one of these what it asks for."""
    hive = at_sites()
    with Meter(hive, ["worker"]) as meter:
        hive.step(verbs(hive, Verb.PICK))
        found = told(meter.read())

    assert found == {
        "ticks": 1,
        "decisions": 16,
        "value": 0,
        "tasks": 0,
        "picked": 16,
        "destroyed": 0,
        "spawned": 0,
        "busy": 16,
        "attempts": 16,
        "successes": 16,
        "messages": 0,
        "kept/worker": 1,
        "broken/worker": 3,
    }


def test_what_is_attempted_in_vain_is_no_success() -> None:
    """To drop with empty hands; then to pick with full ones."""
    hive = at_sites()
    with Meter(hive, ["worker"]) as meter:
        hive.step(verbs(hive, Verb.DROP))
        vain = told(meter.read())
        hive.step(verbs(hive, Verb.PICK))
        hive.step(verbs(hive, Verb.PICK))
        found = told(meter.read())

    assert (vain["attempts"], vain["successes"], vain["busy"]) == (16, 0, 0)
    assert (found["attempts"], found["successes"], found["busy"]) == (32, 16, 16)


def test_a_site_that_yields_nothing_leaves_an_attempt_and_nobody_busy() -> None:
    """Each stands on a site of another kind than its own, of which it never gets anything."""
    hive = at_sites(off_specialist_success=0.0)
    hive.columns["site_type"][:, :4] = [1, 2, 3, 0]
    hive.resume()
    with Meter(hive, ["worker"]) as meter:
        hive.step(verbs(hive, Verb.PICK))
        found = told(meter.read())

    assert (hive.columns["event"] == Event.CLAIMED).all()
    assert (found["attempts"], found["successes"], found["busy"]) == (16, 0, 0)


def test_worlds_out_of_step_are_told_of_their_own_orders_alone() -> None:
    """World 1 is a tick behind: its managers decide when those of world 0 do not."""
    hive = build("forage", WIDE, 2, **PERIODS)
    hive.reset(0)
    orders = {"manager": hive.decide("scripted", level="manager")}
    hive.step(np.zeros((128, 2), np.uint8))
    hive.reset(worlds=np.array([False, True]))
    found = []
    with Meter(hive, ["worker"]) as meter:
        for _ in range(3):
            hive.step(np.zeros((128, 2), np.uint8), orders)
            found.append(meter.read().table["messages"].tolist())

    # Eight orders when they decide, eight reports a tick before.
    assert found == [[8, 8], [8, 8], [8, 8]]


def test_a_delivery_is_a_task_completed_whatever_it_is_worth() -> None:
    """Everybody stands at its depot with a unit of its kind; half the depots may be shut."""
    hive = world(TINY, **HELD)
    c, side = hive.columns, hive.config.region_side
    place = c["home"].astype(int)
    c["x"][:] = ((c["region_x0"][place] + side // 2) << 12) + 2048
    c["y"][:] = ((c["region_y0"][place] + side // 2) << 12) + 2048
    c["cargo"][:] = 1 + c["specialist"]
    c["door"][:] = [1, 0, 1, 0]
    hive.resume()

    with Meter(hive, ["worker"]) as meter:
        hive.step(verbs(hive, Verb.DROP))
        found = told(meter.read())

    assert found["tasks"] == found["successes"] == found["attempts"] == found["busy"] == 16
    assert found["value"] == hive.values()[0] * 1000 > 0
    assert (c["gain"] == 0).any()


def test_the_failed_decide_nothing_and_attempt_nothing() -> None:
    hive = at_sites(reboot_ticks=100)
    hive.columns["health"][:3] = 1
    with Meter(hive, ["worker"]) as meter:
        hive.step(verbs(hive, Verb.PICK, 1))
        found = meter.read()

    assert told(found)["decisions"] == told(found)["attempts"] == told(found)["messages"] == 13
    assert found.table["chosen/worker"][0].sum() == 2 * 13


@pytest.mark.parametrize("verb", [Verb.STAY, Verb.WORK, Verb.NORTH])
def test_who_moves_or_works_is_busy_and_who_stays_is_not(verb: Verb) -> None:
    hive = at_sites()
    with Meter(hive, ["worker"]) as meter:
        hive.step(verbs(hive, verb))
        found = told(meter.read())

    assert found["busy"] == (0 if verb is Verb.STAY else 16)
    assert found["attempts"] == 0


def test_messages_are_traces_orders_and_reports() -> None:
    """Managers decide every 2 ticks, governors every 4, orchestrators every 8: in the first tick
    all give an order; at the end of the second and fourth the regions report."""
    hive = build("forage", WIDE, **PERIODS, fault_mean_ticks=0, hazards_per_region=0)
    regions, sectors, hives = 8, 4, 2
    hive.reset(0)
    rng = np.random.default_rng(0)
    found = []
    with Meter(hive, ["worker"]) as meter:
        for tick in range(4):
            actions = np.zeros((64, 2), np.uint8)
            actions[: tick + 1, 1] = 1
            orders = {
                level: random_actions(hive, level, rng)
                for level in ("manager", "governor", "orchestrator")
                if hive.deciding(level).all()
            }
            hive.step(actions, orders)
            found.append(told(meter.read())["messages"])

    first = regions + sectors + hives
    assert found == [1 + first, 2 + regions, 3 + regions, 4 + regions]


def test_orders_that_nobody_gives_are_no_messages() -> None:
    hive = build("forage", WIDE, **PERIODS)
    hive.reset(0)
    with Meter(hive, ["worker"]) as meter:
        hive.step(np.zeros((64, 2), np.uint8))

    assert told(meter.read())["messages"] == 0


def test_an_office_that_is_closed_gives_no_order() -> None:
    faults = Faults(WorkerFaults(mean_ticks=0), offices=OfficeConfig(fault_mean=0, resume=1e6))
    hive = world(TINY, faults=faults, manager_period=2, governor_period=64, orchestrator_period=64)
    hive.columns["office_closed"][1] = 1
    orders = hive.decide("scripted", level="manager")
    with Meter(hive, ["worker"]) as meter:
        hive.step(idle(hive), {"manager": orders})

    assert told(meter.read())["messages"] == 3


def as_python(hive: Forage, able: Any, done: Any) -> dict[str, int]:
    """What workers of a world did in its last tick, one after another."""
    c = hive.columns
    found = dict.fromkeys(
        ("busy", "attempts", "successes", "traces", "kept", "broken", "destroyed", "spawned"), 0
    )
    for row in range(hive.workers):
        verb, trace = done[c["id"][row]]
        event = Event(int(c["event"][row]))
        if able[c["id"][row]]:
            found["attempts"] += verb in (Verb.PICK, Verb.DROP)
            found["traces"] += trace > 0
        found["busy"] += bool(event & (Event.MOVED | Event.PICKED | Event.DELIVERED | Event.WORKED))
        found["successes"] += Event.PICKED in event or Event.DELIVERED in event
        found["kept"] += Event.MATCHED in event
        found["broken"] += Event.MISMATCHED in event
        found["destroyed"] += Event.DESTROYED in event
        found["spawned"] += Event.SPAWNED in event
    return found


def test_what_ailing_workers_do_is_counted_as_they_did_it() -> None:
    """Slow, corrupt, destroyed and replaced; rows change places at times."""
    hive = world(WIDE, faults=AILING, sites_per_region=16, **HELD)
    rng = np.random.default_rng(0)
    meter = Meter(hive, ["worker"])
    sums: dict[str, int] = {}
    for tick in range(80):
        able = hive.able("worker")
        asked = rng.integers(0, [8, 5], (64, 2))
        hive.step(asked)
        found, expected = told(meter.read()), as_python(hive, able, hive.columns["acted"])
        assert found["decisions"] == able.sum()
        reports = 8 * (tick % 64 == 63)
        assert found["messages"] == expected.pop("traces") + reports
        expected |= {f"{name}/worker": expected.pop(name) for name in ("kept", "broken")}
        for name, count in expected.items():
            assert found[name] == count, name
            sums[name] = sums.get(name, 0) + count
        assert found["successes"] <= found["attempts"]
        if tick % 7 == 0:
            hive.permute(rng.permutation(64))

    churn = hive.churn()
    assert sums["destroyed"] == churn["destroyed"][0] > 10
    assert sums["spawned"] == churn["spawned"][0] > 10
    assert min(sums["successes"], sums["busy"]) > 0


def test_what_was_asked_for_makes_the_entropy_and_not_what_an_ailment_made_of_it() -> None:
    """A corrupt worker does anything; its policy chose always the same."""
    hive = world(TINY, faults=AILING)
    hive.inject(FaultKind.CORRUPTION, seats=range(16))
    with Meter(hive, ["worker"]) as meter:
        for _ in range(3):
            hive.step(idle(hive))
        found = Metrics.of(meter.read(), "worker")

    assert len(np.unique(hive.columns["acted"][:, 0])) > 1
    assert found.action_entropy == 0


def asked_types(hive: Forage, region: int) -> set[int]:
    """Types of at least half the highest of what a depot pays, times the quota heard."""
    c, forage = hive.columns, hive.config.forage
    hot = PAIRS[int(c["demand"][region])]
    sector = int(c["governor"][region])
    worth = [
        (forage.demand_hot if kind in hot else forage.demand_cold)
        * int(c["quota_heard"][sector, kind])
        for kind in range(4)
    ]
    return {kind for kind in range(4) if worth[kind] > 0 and 2 * worth[kind] >= max(worth)}


@pytest.mark.parametrize("expert", [True, False])
def test_managers_and_governors_are_held_against_the_quotas_that_they_heard(expert: bool) -> None:
    hive = build("forage", WIDE, **PERIODS, sites_per_region=24)
    hive.reset(3)
    c = hive.columns
    meter = Meter(hive, ["manager", "governor"])
    rng = np.random.default_rng(1)
    kept = dict.fromkeys(("kept/manager", "broken/manager", "kept/governor", "broken/governor"), 0)
    found = dict(kept)
    for _ in range(120):
        picked, delivered, paid = (c[name].copy() for name in ("picked", "delivered", "paid"))
        orders = {
            level: random_actions(hive, level, rng)
            for level in ("manager", "governor", "orchestrator")
            if hive.deciding(level).all()
        }
        hive.step(hive.decide("expert" if expert else "reflex"), orders)
        for region in range(8):
            asked = asked_types(hive, region)
            quota = c["quota_heard"][int(c["governor"][region])].tolist()
            high = {k for k in range(4) if quota[k] > 0 and 2 * quota[k] >= max(quota)}
            for kind in range(4):
                units = int(c["picked"][region, kind] - picked[region, kind])
                kept["kept/manager" if kind in asked else "broken/manager"] += units
                done = int(c["delivered"][region, kind] - delivered[region, kind])
                good = int(c["paid"][region, kind] - paid[region, kind]) * (kind in high)
                kept["kept/governor"] += good
                kept["broken/governor"] += done - good
        now = told(meter.read())
        found = {name: count + now[name] for name, count in found.items()}

    assert found == kept
    assert min(kept.values()) > 0


# --- Queue --------------------------------------------------------------------------------------


def test_a_task_is_asked_for_done_and_handed_in() -> None:
    """Worker 0 of 24 takes a task of its kind, works two ticks and hands it in."""
    hive = still(manager_period=64, governor_period=64, orchestrator_period=64)
    kind = int(hive.columns["specialist"][hive.columns["row_of"][0]])
    hive.columns["counter"][hive.columns["row_of"][0]] = kind
    put_task(hive, kind, work=2)
    hive.resume()
    found = []
    with Meter(hive, ["worker"]) as meter:
        for action in (1 + kind, 0, 0, 5):
            go(hive, {0: action})
            found.append(told(meter.read()))

    assert [one["busy"] for one in found] == [1, 1, 1, 0]
    assert [one["tasks"] for one in found] == [0, 0, 0, 1]
    assert [one["attempts"] for one in found] == [0, 0, 0, 1]
    assert [one["successes"] for one in found] == [0, 0, 0, 1]
    assert [one["decisions"] for one in found] == [24] * 4
    assert found[3]["value"] == hive.values()[0] * 1000 > 0
    assert all(one["destroyed"] == one["spawned"] == one["messages"] == 0 for one in found)


def test_tasks_that_expire_or_are_let_go_of_are_attempts_that_failed() -> None:
    hive = still(manager_period=64, governor_period=64, orchestrator_period=64)
    kind = int(hive.columns["specialist"][hive.columns["row_of"][0]])
    hive.columns["counter"][hive.columns["row_of"][0]] = kind
    put_task(hive, kind, work=9)
    put_task(hive, kind, place=1, until=2, region=1)
    hive.resume()
    with Meter(hive, ["worker"]) as meter:
        go(hive, {0: 1 + kind})
        go(hive, {0: 1 + kind})
        go(hive, ticks=2)
        found = told(meter.read())

    assert (found["attempts"], found["successes"]) == (2, 0)


def test_who_walks_decides_nothing() -> None:
    hive = still(manager_period=64, governor_period=64, orchestrator_period=64)
    hive.columns["delay"][:5] = 3
    hive.resume()
    with Meter(hive, ["worker"]) as meter:
        go(hive)

    assert told(meter.read())["decisions"] == 24 - 5


def test_every_seat_that_gives_an_order_sends_a_message() -> None:
    hive = build("queue", WIDE, **PERIODS)
    hive.reset(0)
    found = []
    with Meter(hive, ["worker"]) as meter:
        for _ in range(4):
            orders = {
                level: hive.decide("scripted", level=level)
                for level in ("manager", "governor", "orchestrator")
                if hive.deciding(level).all()
            }
            hive.step(hive.decide("scripted"), orders)
            found.append(told(meter.read())["messages"])

    assert found == [8 + 4 + 2, 0, 8, 0]


def test_deliveries_are_held_against_the_orders_and_quotas_that_stand() -> None:
    hive = build("queue", WIDE, **PERIODS)
    hive.reset(1)
    c = hive.columns
    meter = Meter(hive)
    rng = np.random.default_rng(0)
    kept = {f"{what}/{level}": 0 for level in ("worker", "manager") for what in ("kept", "broken")}
    found = dict(kept)
    for _ in range(200):
        delivered = c["delivered"].copy()
        orders = {
            level: random_actions(hive, level, rng)
            for level in ("manager", "governor", "orchestrator")
            if hive.deciding(level).all()
        }
        if "orchestrator" in orders:
            orders["orchestrator"][0] = 2
        hive.step(hive.decide("scripted"), orders)
        for event in c["event"].tolist():
            kept["kept/worker"] += bool(event & QueueEvent.MATCHED)
            kept["broken/worker"] += bool(event & QueueEvent.MISMATCHED)
        for region in range(8):
            quota = c["quota"][region // 4].tolist()
            for kind in range(4):
                tasks = int(c["delivered"][region, kind] - delivered[region, kind])
                if len(set(quota)) > 1:
                    best = quota[kind] == max(quota)
                    kept["kept/manager" if best else "broken/manager"] += tasks
        now = told(meter.read())
        found = {name: count + now[name] for name, count in found.items()}
        assert now["kept/governor"] == now["kept/manager"]
        assert now["broken/governor"] == now["broken/manager"]

    assert found == kept
    assert min(kept.values()) > 0
    assert c["delivered"].sum() > kept["kept/manager"] + kept["broken/manager"]
