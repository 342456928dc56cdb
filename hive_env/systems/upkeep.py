"""Upkeep: what the standby of an office costs, and what its manager can afford.

An office has a budget by the tick and may save some of it. Each posture costs so much by the tick;
one that the savings do not pay for until the next decision is not taken.
"""

from __future__ import annotations

import numpy as np

from hive_env.random import rule


@rule
def open_account(office, savings, office_funds, decision_issued):
    """Begin an episode with half of what can be saved, and with no decision."""
    office_funds[office] = savings // 2
    decision_issued[office] = 0


@rule
def pay(funds, cost, ticks, budget, savings):
    """What is left of an office's funds after so many ticks of a cost; below zero if too little."""
    return min(funds + (budget - cost) * ticks, savings)


@rule
def keep_up(
    region, place, world, tick, manager_period, offices, budget, savings, upkeep,
    manager_action, posture, office_funds,
):  # fmt: skip
    """Settle an office's account, and let its manager choose the posture until the next decision.

    A posture that the funds do not pay for is not taken: the office is in the first one instead.

    Parameters
    ----------
    budget, savings : int
        What an office has to spend by the tick, and what it can save, both times 1,000.
    upkeep : integer array [g]
        What each posture costs by the tick, times 1,000.
    """
    if tick % manager_period != 0 or offices == 0:
        return
    office = world * offices + place
    if tick > 0:
        cost = np.int64(upkeep[np.int64(posture[office])])
        office_funds[office] = pay(
            np.int64(office_funds[office]), cost, manager_period, budget, savings
        )
    if manager_action.shape[0] == 0:
        wanted = np.int64(posture[office])
    else:
        wanted = np.int64(manager_action[region, manager_action.shape[1] - 1])
    cost = np.int64(upkeep[wanted])
    paid = pay(np.int64(office_funds[office]), cost, manager_period, budget, savings) >= 0
    posture[office] = wanted if paid else 0
