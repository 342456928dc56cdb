"""What the governors and the orchestrator of a hive share by their ledger, and what they do by it.

Down travel the quotas, and who governs each region; up travel deliveries, known stock and the
blacklist. A sector goes by what its own replica says, and so by what it has heard.
"""

from __future__ import annotations

import numpy as np

from hive_env.enums import RESOURCE_TYPES
from hive_env.random import rule
from hive_env.systems.chart import hand_over
from hive_env.systems.ledger import (
    bar,
    count_deliveries,
    fade_knowledge,
    learn,
    merge,
    write_order,
)
from hive_env.systems.orders import NEUTRAL_QUOTA
from hive_env.systems.partitions import hub_linked, reaches

_TYPES = RESOURCE_TYPES
_NEUTRAL = NEUTRAL_QUOTA

MOST_KNOWN = 65_535
"""Highest stock of a sector, by region, that the ledger tells apart from more."""

_MOST = MOST_KNOWN


# --- down: quotas --------------------------------------------------------------------------------


@rule
def enter_quotas(
    hive, tick, orchestrator_period, ledgers, hive_sectors, orchestrator_action, quota,
    ledger_clock, ledger_written, ledger_stamp, ledger_order, ledger_built,
):  # fmt: skip
    """Write a hive's quotas into its own replica when its orchestrator has given them."""
    if ledgers == 0 or tick % orchestrator_period != 0 or orchestrator_action.shape[0] == 0:
        return
    for kind in range(_TYPES):
        write_order(
            hive * (hive_sectors + 1), 0, kind, quota[hive, kind], ledger_clock, ledger_written,
            ledger_stamp, ledger_order, ledger_built,
        )  # fmt: skip


@rule
def hear_quotas(
    hive, world, hives, sectors, hive_sectors, ledgers, hive_sector, quota, ledger_stamp,
    ledger_order, quota_heard,
):  # fmt: skip
    """Let every sector of a hive hear its quotas: what its replica says, neutral until it does.

    Where no ledger is kept all hear the quotas at once.
    """
    first = hive * (hive_sectors + 1)
    for index in range(hive_sectors):
        sector = world * sectors + np.int64(hive_sector[hive - world * hives, index])
        for kind in range(_TYPES):
            heard = np.int64(quota[hive, kind])
            if ledgers > 0:
                heard = np.int64(_NEUTRAL)
                if ledger_stamp[first + 1 + index, kind] > 0:
                    heard = np.int64(ledger_order[first + 1 + index, kind])
            quota_heard[sector, kind] = heard


# --- down: who governs ---------------------------------------------------------------------------


@rule
def write_claim(
    region, sector, hive, world, regions, sectors, hive_sectors, ledgers, sector_place,
    region_register, ledger_clock, ledger_written, ledger_stamp, ledger_order, ledger_built,
):  # fmt: skip
    """Write into the replica of a sector that a region is its governor's; without a ledger nothing.

    Whoever puts a region under another governor by itself writes this too, or the region would
    follow an earlier claim.
    """
    if ledgers == 0:
        return
    here = np.int64(sector_place[sector - world * sectors])
    register = np.int64(region_register[region - world * regions])
    write_order(
        hive * (hive_sectors + 1) + here, here, register, here, ledger_clock, ledger_written,
        ledger_stamp, ledger_order, ledger_built,
    )  # fmt: skip


@rule
def confer(
    sector, other, hive, world, sectors, hive_sectors, ledgers, sector_place, ledger_tally,
    ledger_seen, ledger_tag, ledger_barred, ledger_clock, ledger_written, ledger_stamp,
    ledger_order, ledger_built, ledger_lost, ledger_known, ledger_epoch,
):  # fmt: skip
    """Let a governor hear all that another one has before it takes a region over from it.

    So what it writes then replaces the other's claim knowingly.
    """
    if ledgers == 0 or sector == other:
        return
    hub = hive * (hive_sectors + 1)
    place = np.int64(sector_place[sector - world * sectors])
    there = hub + np.int64(sector_place[other - world * sectors])
    merge(
        hub + place, there, place, ledger_tally, ledger_seen, ledger_tag, ledger_barred,
        ledger_clock, ledger_written, ledger_stamp, ledger_order, ledger_built, ledger_lost,
        ledger_known, ledger_epoch,
    )  # fmt: skip


@rule
def claim_region(
    region, sector, hive, world, regions, sectors, hive_sectors, max_span, ledgers, sector_place,
    region_register, reports_count, cut, governor, stand_in, adopted, refuges, ledger_tally,
    ledger_seen, ledger_tag, ledger_barred, ledger_clock, ledger_written, ledger_stamp,
    ledger_order, ledger_built, ledger_lost, ledger_known, ledger_epoch,
):  # fmt: skip
    """Let the governor of a sector claim a region of its hive, and write it into its replica.

    The region is handed over at once if its present governor is within reach and the new one has
    a slot free; else it goes over when its governor hears of the claim, see `follow_claims`. To be
    called in a pass over hives, of which `list_reports` is the last system.

    Returns
    -------
    int
        1 if the region has changed hands, 0 if the claim waits.
    """
    before = world * sectors + np.int64(governor[region])
    if reaches(sector, before, cut):
        confer(
            sector, before, hive, world, sectors, hive_sectors, ledgers, sector_place,
            ledger_tally, ledger_seen, ledger_tag, ledger_barred, ledger_clock, ledger_written,
            ledger_stamp, ledger_order, ledger_built, ledger_lost, ledger_known, ledger_epoch,
        )  # fmt: skip
    write_claim(
        region, sector, hive, world, regions, sectors, hive_sectors, ledgers, sector_place,
        region_register, ledger_clock, ledger_written, ledger_stamp, ledger_order, ledger_built,
    )  # fmt: skip
    if before == sector or reports_count[sector] >= max_span or not reaches(sector, before, cut):
        return 0
    hand_over(region, sector, world, sectors, governor, stand_in, adopted, refuges, reports_count)
    return 1


@rule
def reparent_region(
    hive, world, regions, sectors, hive_sectors, max_span, ledgers, claimed_region, claimed_sector,
    sector_place, region_register, cut, governor, stand_in, adopted, refuges, reports_count,
    ledger_tally, ledger_seen, ledger_tag, ledger_barred, ledger_clock, ledger_written,
    ledger_stamp, ledger_order, ledger_built, ledger_lost, ledger_known, ledger_epoch,
):  # fmt: skip
    """Let a region be claimed from outside, between two ticks; see `claim_region`."""
    claim_region(
        claimed_region, claimed_sector, hive, world, regions, sectors, hive_sectors, max_span,
        ledgers, sector_place, region_register, reports_count, cut, governor, stand_in, adopted,
        refuges, ledger_tally, ledger_seen, ledger_tag, ledger_barred, ledger_clock,
        ledger_written, ledger_stamp, ledger_order, ledger_built, ledger_lost, ledger_known,
        ledger_epoch,
    )  # fmt: skip


@rule
def claimed_by(replica, register, ledger_stamp, ledger_order):
    """Place of the sector that governs a region as far as a replica knows; 0: nobody claims it."""
    if ledger_stamp[replica, register] == 0:
        return np.int64(0)
    return np.int64(ledger_order[replica, register])


@rule
def follow_claims(
    hive, world, hives, regions, sectors, hive_sectors, max_span, tick, gossip_period, hive_sector,
    sector_regions, sector_place, region_register, ledger_stamp, ledger_order, governor, stand_in,
    adopted, refuges, reports_count,
):  # fmt: skip
    """Hand over the regions that belong to others by what their present governors have heard.

    In order of number, while the other has a slot free; a region whose has none stays until then.
    """
    if tick % gossip_period != 0:
        return
    part = hive - world * hives
    for index in range(hive_sectors):
        own = np.int64(hive_sector[part, index])
        for slot in range(sector_regions.shape[1]):
            place = np.int64(sector_regions[own, slot])
            region = world * regions + place
            before = np.int64(governor[region])
            here = np.int64(sector_place[before])
            there = claimed_by(
                hive * (hive_sectors + 1) + here, np.int64(region_register[place]), ledger_stamp,
                ledger_order,
            )  # fmt: skip
            if there == 0 or there == here:
                continue
            after = world * sectors + np.int64(hive_sector[part, there - 1])
            if reports_count[after] < max_span:
                hand_over(
                    region, after, world, sectors, governor, stand_in, adopted, refuges,
                    reports_count,
                )  # fmt: skip


# --- up: deliveries, knowledge, blacklist --------------------------------------------------------


@rule
def enter_reports(
    hive, world, hives, regions, sectors, hive_sectors, tick, gossip_period, knowledge_period,
    hive_sector, reports, reports_count, delivered, stock_seen, ledger_entered, ledger_tally,
    ledger_epoch, ledger_known,
):  # fmt: skip
    """Let the governors of a hive enter what was delivered under them, and what stock is known.

    A zone of the ledger is a sector; its level is the mean of its regions, units of each type.
    """
    if tick % gossip_period != 0:
        return
    fade_knowledge(hive, hive_sectors, tick, knowledge_period, ledger_epoch, ledger_known)
    count_deliveries(
        hive, world, hives, sectors, regions, hive_sectors, hive_sector, reports, reports_count,
        delivered, ledger_entered, ledger_tally,
    )  # fmt: skip
    for index in range(hive_sectors):
        sector = world * sectors + np.int64(hive_sector[hive - world * hives, index])
        count = np.int64(reports_count[sector])
        for kind in range(_TYPES):
            seen = np.int64(0)
            for slot in range(count):
                region = world * regions + np.int64(reports[sector, slot])
                seen += np.int64(stock_seen[region, kind])
            level = min(seen // max(count, 1), _MOST)
            learn(hive * (hive_sectors + 1) + 1 + index, index, kind, level, ledger_known)


@rule
def hear_hub(
    sector, world, sectors, hives, hive_sectors, tick, manager_period, sector_hive, sector_place,
    cut, ledger_tally, ledger_known, told, told_tally,
):  # fmt: skip
    """Let the orchestrator know of a sector that is cut off from it what its own replica says.

    That is stock, which fades, and the deliveries that it has heard of since the reports before.
    """
    if tick % manager_period != 0:
        return
    part = sector - world * sectors
    hub = (world * hives + np.int64(sector_hive[part])) * (hive_sectors + 1)
    place = np.int64(sector_place[part])
    for kind in range(_TYPES):
        tally = ledger_tally[hub, place, kind]
        if not hub_linked(cut[sector]):
            known = np.int64(ledger_known[hub, place - 1, kind])
            told[sector, 3 + kind] = known * told[sector, 0]
            told[sector, 7 + kind] = tally - told_tally[sector, kind]
        told_tally[sector, kind] = tally


@rule
def lift(hub, place, tick, blacklist_ticks, ledger_seen, ledger_tag, ledger_barred, ledger_since):
    """Let the replica at a place take off its own old entries that the hub has heard of."""
    replica = hub + place
    for slot in range(ledger_tag.shape[2]):
        tag = ledger_tag[replica, place, slot]
        known = tag > 0 and tag <= ledger_seen[hub, place]
        if known and tick - ledger_since[replica, slot] >= blacklist_ticks:
            ledger_tag[replica, place, slot] = 0
            ledger_barred[replica, place, slot] = 0


@rule
def enter_outcasts(
    hive, world, hives, regions, sectors, hive_sectors, tick, gossip_period, blacklist_ticks,
    hive_sector, reports, reports_count, cut, outcast, outcasts, ledger_seen, ledger_tag,
    ledger_barred, ledger_since, ledger_full,
):  # fmt: skip
    """Let the governors of a hive bar the workers that were destroyed under them.

    What finds no slot waits in its region and is asked for again. An entry is taken off by its
    origin when it has stood for ``blacklist_ticks`` and the orchestrator, within reach, has heard
    of it: its id never comes back, so nothing is admitted by that.
    """
    if tick % gossip_period != 0:
        return
    hub = hive * (hive_sectors + 1)
    for index in range(hive_sectors):
        place = 1 + index
        sector = world * sectors + np.int64(hive_sector[hive - world * hives, index])
        if hub_linked(cut[sector]):
            lift(
                hub, place, tick, blacklist_ticks, ledger_seen, ledger_tag, ledger_barred,
                ledger_since,
            )  # fmt: skip
        if outcasts.shape[0] == 0:
            continue
        for slot in range(reports_count[sector]):
            region = world * regions + np.int64(reports[sector, slot])
            bar_outcasts(
                region, hub + place, place, tick, outcast, outcasts, ledger_seen, ledger_tag,
                ledger_barred, ledger_since, ledger_full,
            )  # fmt: skip


@rule
def bar_outcasts(
    region, replica, place, tick, outcast, outcasts, ledger_seen, ledger_tag, ledger_barred,
    ledger_since, ledger_full,
):  # fmt: skip
    """Bar the workers destroyed in a region; those for whom there is no slot stay listed."""
    left = np.int64(0)
    for index in range(np.int64(outcasts[region])):
        entity = np.int64(outcast[region, index])
        if bar(replica, place, entity, ledger_seen, ledger_tag, ledger_barred, ledger_full) == 0:
            outcast[region, left] = entity
            left += 1
            continue
        for slot in range(ledger_tag.shape[2]):
            if ledger_tag[replica, place, slot] == ledger_seen[replica, place]:
                ledger_since[replica, slot] = tick
    for index in range(left, outcast.shape[1]):
        outcast[region, index] = 0
    outcasts[region] = left
