"""The immediate reward of a worker."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from systems.worlds import TINY, random_actions, world

from hive_env.enums import Event, Health
from hive_env.errors import ArgumentError


@pytest.mark.jitless
@pytest.mark.parametrize("health", list(Health))
def test_a_reward_is_the_value_delivered_less_what_the_tick_cost(health):
    hive = world(TINY)
    c = hive.columns
    c["health"][:] = health
    cases = list(itertools.product((0, 200, 1800, 32_000), (0, Event.HAZARD), (0, Event.BLOCKED)))
    for row, (gain, hazard, blocked) in enumerate(cases):
        c["gain"][row] = gain
        c["event"][row] = int(hazard | blocked | Event.MOVED | Event.DELIVERED)
    got = hive.rewards()
    for row, (gain, hazard, blocked) in enumerate(cases):
        expected = gain / 1000 - 0.01 - 0.5 * bool(hazard) - 0.05 * bool(blocked)
        if health == Health.ENDED:
            expected = 0
        assert got[row] == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_rewards_go_by_id_and_sum_to_what_the_hive_earned():
    hive = world(TINY, worlds=2)
    rng = np.random.default_rng(0)
    hive.columns["gain"][:] = rng.integers(0, 2000, 32)
    before = hive.rewards()
    order = np.concatenate([rng.permutation(16), 16 + rng.permutation(16)])
    hive.permute(order)
    np.testing.assert_array_equal(hive.rewards(), before)
    assert before.sum() == pytest.approx(hive.columns["gain"].sum() / 1000 - 0.32, rel=1e-5)


def test_what_workers_earn_in_an_episode_is_what_the_hive_is_worth():
    hive = world(TINY, worlds=2, season_ticks=40)
    earned = np.zeros(2)
    for _ in range(150):
        hive.step(hive.decide("expert"))
        earned += hive.columns["gain"].reshape(2, -1).sum(axis=1)
    np.testing.assert_array_equal(earned / 1000, hive.values())
    assert earned.all()


def test_a_failed_worker_still_pays_for_the_tick():
    hive = world(TINY, reboot_ticks=100)
    hive.columns["health"][:] = Health.FAILED
    hive.step(random_actions(hive, np.random.default_rng(0)))
    np.testing.assert_allclose(hive.rewards(), -0.01, rtol=1e-6)


@pytest.mark.parametrize("out", [np.zeros(15, np.float32), np.zeros(16)], ids=["shape", "dtype"])
def test_a_buffer_that_does_not_fit_is_refused(out):
    with pytest.raises(ArgumentError, match=r"^out: expected a writeable C-contiguous float32"):
        world(TINY).rewards(out)
