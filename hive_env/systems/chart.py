"""Who governs which region, and how one goes over to another governor."""

from __future__ import annotations

import numpy as np

from hive_env.random import rule


@rule
def hand_over(
    region, sector, world, sectors, governor, stand_in, adopted, refuges, reports_count
):  # fmt: skip
    """Put a region under another governor, free of what the one before ordered of it alone.

    Nobody stands in for it, it is nobody's orphan, and its people are pushed nowhere until the new
    governor's first order. To be followed by `list_reports`.
    """
    reports_count[world * sectors + np.int64(governor[region])] -= 1
    reports_count[sector] += 1
    governor[region] = sector - world * sectors
    stand_in[region] = 0
    adopted[region] = 0
    refuges[region] = 0


@rule
def list_reports(
    hive, world, hives, regions, sectors, hive_sectors, hive_sector, sector_regions, governor,
    reports, reports_count,
):  # fmt: skip
    """List the regions under each governor of a hive, in order of number."""
    part = hive - world * hives
    for index in range(hive_sectors):
        reports_count[world * sectors + np.int64(hive_sector[part, index])] = 0
    for index in range(hive_sectors):
        own = np.int64(hive_sector[part, index])
        for slot in range(sector_regions.shape[1]):
            place = np.int64(sector_regions[own, slot])
            above = world * sectors + np.int64(governor[world * regions + place])
            reports[above, reports_count[above]] = place
            reports_count[above] += 1
