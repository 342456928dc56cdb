"""Outages: when regions and hosts go down, whom that strikes, and that nobody returns meanwhile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from systems.worlds import TINY, idle, random_actions, standing, verbs, world

from hive_env.enums import Event, Health, Verb
from hive_env.faults import Faults, Outages, WorkerFaults
from hive_env.scenarios.forage import Forage
from hive_env.scenarios.forage.tick import TICK
from hive_env.sizes import Size

BOUND = 5.0
LONG = 2.0**26
MANY = Size(64, 4, 4, 2, 2)
"""64 regions of one worker."""


def dark(size: Size = TINY, worlds: int = 1, task: Any = None, **outages: Any) -> Forage:
    """A world that has no faults but outages."""
    faults = Faults(WorkerFaults(), Outages(**outages), offices=None)
    return world(size, worlds=worlds, faults=faults, **(task or {}))


def outages_of(hive: Forage, ticks: int, unit: str) -> tuple[Any, Any]:
    """Run the passes of outages and the clock alone; return who is out and who is hit."""
    passes = [p for p in TICK if p.name in ("outages_regions", "outages_hosts", "clock")]
    out, hit = [], []
    for _ in range(ticks):
        for pass_ in passes:
            if hive.due(pass_):
                hive.run_pass(pass_)
        out.append(hive.columns[f"{unit}_out"].ravel().copy())
        hit.append(hive.columns[f"{unit}_hit"].ravel().copy())
    return np.array(out), np.array(hit)


@pytest.mark.parametrize("unit", ["region", "host"])
@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_the_share_that_is_out_is_that_of_the_continuous_chain(unit: str, scale: float) -> None:
    """At every tick, and at ticks ten times as long: a/(a+b) (1 - exp(-(1/a + 1/b) t))."""
    up, down = 30.0 * scale, 10.0 * scale
    hive = dark(MANY, 64, length=down, hosts=64, **{f"{unit}_mean": up})
    out, hit = outages_of(hive, 60, unit)
    assert out.shape[1] == 4096
    ticks = np.arange(60)
    expected = down / (up + down) * (1 - np.exp(-(1 / up + 1 / down) * ticks))
    error = np.sqrt(expected * (1 - expected) / out.shape[1])
    assert (abs(out.mean(axis=1) - expected) <= BOUND * error + 1e-12).all()
    begins = (out[1:] == 1) & (out[:-1] == 0)
    assert (hit[1:][begins] == 1).all(), "each that is seen to begin is told"
    assert not hit[0].any()
    if scale == 1.0:
        rate = (1 - expected).sum() / up
        assert abs(hit.sum() - rate * 4096) <= BOUND * np.sqrt(rate * 4096) + 4096 * 0.04 * rate


def test_an_outage_within_one_tick_still_strikes() -> None:
    hive = dark(MANY, 8, region_mean=20.0, length=1.0)
    out, hit = outages_of(hive, 200, "region")
    assert ((hit == 1) & (out == 0)).any()


@pytest.mark.parametrize("unit", ["region", "host"])
@pytest.mark.parametrize("share", [1.0, 0.3])
def test_those_who_share_what_goes_out_are_struck_and_nobody_else(unit: str, share: float) -> None:
    hive = dark(
        Size(512, 2, 2, 2, 2),
        8,
        {"reboot_ticks": 1},
        length=2.0,
        hosts=5,
        share=share,
        **{f"{unit}_mean": 8.0},
    )
    rng, met, failed = np.random.default_rng(0), 0, 0
    for _ in range(40):
        place = standing(hive)
        alive = hive.columns["health"] == Health.ALIVE
        hive.step(random_actions(hive, rng))
        c = hive.columns
        if unit == "region":
            hit = c["region_hit"][place] == 1
        else:
            hit = c["host_hit"][np.arange(len(place)) // hive.workers, c["id"] % 5] == 1
        struck = c["event"] & Event.STRUCK > 0
        assert not struck[~hit].any()
        assert not struck[~alive].any()
        met += int((hit & alive).sum())
        failed += int(struck.sum())
    assert met > 2000
    assert abs(failed - share * met) <= BOUND * np.sqrt(met * share * (1 - share))


@pytest.mark.parametrize("unit", ["region", "host"])
def test_nobody_comes_back_while_the_outage_lasts_and_all_when_it_is_over(unit: str) -> None:
    """Everybody mends, and all would reboot in the next tick; half the places are out."""
    hive = dark(task={"reboot_ticks": 1}, length=LONG, hosts=2, **{f"{unit}_mean": LONG})
    c = hive.columns
    changes = c[f"{unit}_changes"].reshape(-1)
    changes[::2] = 1
    c["health"][:] = Health.FAILED
    place = standing(hive)
    out = (place % 2 == 0) if unit == "region" else (c["id"] % 2 == 0)
    hive.resume()
    for _ in range(5):
        hive.step(verbs(hive, int(Verb.WORK)) * (hive.able("worker")[:, None]).astype(np.uint8))
        assert ((c["health"] == Health.FAILED) == out).all()
    changes[::2] = 2
    hive.step(idle(hive))
    assert (c["health"] == Health.ALIVE).all()


def test_times_of_outages_do_not_depend_on_what_anybody_does() -> None:
    settings = {"region_mean": 20.0, "host_mean": 20.0, "length": 4.0}
    one, other = dark(**settings), dark(**settings)
    rng = np.random.default_rng(0)
    begun = 0
    for _ in range(80):
        one.step(one.decide("scripted"))
        other.step(random_actions(other, rng))
        for name in ("region_out", "region_hit", "host_out", "host_hit", "region_turn"):
            assert (one.columns[name] == other.columns[name]).all()
        begun += int(one.columns["host_hit"].sum() + one.columns["region_hit"].sum())
    assert begun > 10


def test_a_world_without_outages_has_columns_of_zeros_and_the_hash_of_one_that_knows_none() -> None:
    hive = world(TINY)
    for _ in range(5):
        hive.step(idle(hive))
    for name in ("region_out", "region_hit", "host_out", "host_hit"):
        assert not hive.columns[name].any()
        assert len(hive.columns[name])
    assert not len(hive.columns["region_turn"])
    assert not len(hive.columns["host_turn"])


def test_a_reset_ends_every_outage() -> None:
    hive = dark(worlds=2, region_mean=1.0, host_mean=1.0, length=LONG)
    for _ in range(20):
        hive.step(idle(hive))
    assert hive.columns["region_out"].all()
    assert hive.columns["host_out"].all()
    hive.reset(5, np.array([True, False]))
    assert not hive.columns["region_out"][:4].any()
    assert hive.columns["region_out"][4:].all()
    assert not hive.columns["host_out"][0].any()
    assert hive.columns["host_out"][1].all()
