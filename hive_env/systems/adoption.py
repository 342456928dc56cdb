"""Adoption: who governs the regions of a governor whose office is closed.

A governor may take in an *orphan*, a region whose governor's office is closed, if it has a slot
free and reaches that sector. It gives the region back when it takes in no more and the office of
the region's own governor is open, reached, and has a slot free.
"""

from __future__ import annotations

import numpy as np

from hive_env.random import rule
from hive_env.systems.chart import hand_over
from hive_env.systems.orders import apart
from hive_env.systems.partitions import ring_linked
from hive_env.systems.sharing import confer, write_claim


@rule
def is_closed(sector, world, regions, sectors, offices, office_closed):
    """Whether the office of a sector's governor is closed."""
    return office_closed[world * offices + regions + sector - world * sectors] == 1


@rule
def nearest_orphan(
    sector, world, regions, sectors, offices, cells_x, cells_y, torus, sector_regions, region_hive,
    sector_hive, region_x0, region_y0, cut, office_closed, governor,
):  # fmt: skip
    """The orphan nearest to a sector's first region among those that it reaches; -1 without any.

    Of those as near the first.
    """
    part = sector - world * sectors
    heart = np.int64(sector_regions[part, 0])
    best = np.int64(-1)
    least = np.int64(0)
    for place in range(regions):
        if region_hive[place] != sector_hive[part]:
            continue
        above = world * sectors + np.int64(governor[world * regions + place])
        if above == sector or not ring_linked(cut[sector], cut[above]):
            continue
        if is_closed(above, world, regions, sectors, offices, office_closed):
            far = apart(place, heart, cells_x, cells_y, torus, region_x0, region_y0)
            if best < 0 or far < least:
                best = np.int64(place)
                least = far
    return best


@rule
def move(
    place, sector, hive, world, regions, sectors, hive_sectors, governor, stand_in, adopted,
    refuges, reports_count, ledgers, sector_place, region_register, ledger_tally, ledger_seen,
    ledger_tag, ledger_barred, ledger_clock, ledger_written, ledger_stamp, ledger_order,
    ledger_built, ledger_lost, ledger_known, ledger_epoch,
):  # fmt: skip
    """Put a region under another governor, who hears the one before and claims it."""
    region = world * regions + place
    before = world * sectors + np.int64(governor[region])
    confer(
        sector, before, hive, world, sectors, hive_sectors, ledgers, sector_place, ledger_tally,
        ledger_seen, ledger_tag, ledger_barred, ledger_clock, ledger_written, ledger_stamp,
        ledger_order, ledger_built, ledger_lost, ledger_known, ledger_epoch,
    )  # fmt: skip
    write_claim(
        region, sector, hive, world, regions, sectors, hive_sectors, ledgers, sector_place,
        region_register, ledger_clock, ledger_written, ledger_stamp, ledger_order, ledger_built,
    )  # fmt: skip
    hand_over(region, sector, world, sectors, governor, stand_in, adopted, refuges, reports_count)


@rule
def may_return(
    place, sector, world, regions, sectors, offices, max_span, region_sector, cut, office_closed,
    adopted, reports_count,
):  # fmt: skip
    """Whether a region that a governor has taken in can report to its own again."""
    own = world * sectors + np.int64(region_sector[place])
    if adopted[world * regions + place] == 0 or not ring_linked(cut[sector], cut[own]):
        return False
    shut = is_closed(own, world, regions, sectors, offices, office_closed)
    return not shut and reports_count[own] < max_span


@rule
def adopt(
    hive, world, tick, governor_period, max_span, regions, sectors, hives, hive_sectors, offices,
    cells_x, cells_y, torus, hive_sector, sector_regions, region_sector, region_hive, sector_hive,
    region_x0, region_y0, cut, office_closed, governor_issued, sector_ordered, reports, governor,
    stand_in, adopted, refuges, reports_count, ledgers, sector_place, region_register,
    ledger_tally, ledger_seen, ledger_tag, ledger_barred, ledger_clock, ledger_written,
    ledger_stamp, ledger_order, ledger_built, ledger_lost, ledger_known, ledger_epoch,
):  # fmt: skip
    """Let the governors of a hive take in orphans, or give back what they have taken in.

    In order of number. One region is taken in for each order that says so. To be followed by
    `list_reports`.
    """
    if offices == 0:
        return
    for index in range(hive_sectors):
        sector = world * sectors + np.int64(hive_sector[hive - world * hives, index])
        if is_closed(sector, world, regions, sectors, offices, office_closed):
            continue
        taking = governor_issued[sector, max_span] == max_span + 1
        if taking and sector_ordered[sector] and reports_count[sector] < max_span:
            place = nearest_orphan(
                sector, world, regions, sectors, offices, cells_x, cells_y, torus, sector_regions,
                region_hive, sector_hive, region_x0, region_y0, cut, office_closed, governor,
            )  # fmt: skip
            if place >= 0:
                move(
                    place, sector, hive, world, regions, sectors, hive_sectors, governor, stand_in,
                    adopted, refuges, reports_count, ledgers, sector_place, region_register,
                    ledger_tally, ledger_seen, ledger_tag, ledger_barred, ledger_clock,
                    ledger_written, ledger_stamp, ledger_order, ledger_built, ledger_lost,
                    ledger_known, ledger_epoch,
                )  # fmt: skip
                adopted[world * regions + place] = 1
        if taking or tick % governor_period != 0:
            continue
        for slot in range(reports.shape[1]):
            place = np.int64(reports[sector, slot])
            own = world * sectors + np.int64(region_sector[place])
            here = world * sectors + np.int64(governor[world * regions + place]) == sector
            if here and own != sector and may_return(
                place, sector, world, regions, sectors, offices, max_span, region_sector, cut,
                office_closed, adopted, reports_count,
            ):  # fmt: skip
                move(
                    place, own, hive, world, regions, sectors, hive_sectors, governor, stand_in,
                    adopted, refuges, reports_count, ledgers, sector_place, region_register,
                    ledger_tally, ledger_seen, ledger_tag, ledger_barred, ledger_clock,
                    ledger_written, ledger_stamp, ledger_order, ledger_built, ledger_lost,
                    ledger_known, ledger_epoch,
                )  # fmt: skip
