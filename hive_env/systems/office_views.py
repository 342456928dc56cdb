"""What managers, governors and orchestrators observe of offices, after what they see besides."""

from __future__ import annotations

import numpy as np

from hive_env.enums import Condition
from hive_env.random import rule
from hive_env.systems.partitions import hub_linked, ring_linked
from hive_env.systems.views import (
    GOVERNOR_EXTRA,
    MANAGER_WIDTH,
    ORCHESTRATOR_EXTRA,
    SLOT_WIDTH,
    ratio,
    share,
)

_DOWN = int(Condition.DOWN)
_MANAGER_WIDTH = MANAGER_WIDTH
_SLOT_WIDTH = SLOT_WIDTH
_GOVERNOR_EXTRA = GOVERNOR_EXTRA
_ORCHESTRATOR_EXTRA = ORCHESTRATOR_EXTRA

OWN_OFFICE = 4
"""Features of an office that its own seat sees."""

MANAGER_OFFICE = OWN_OFFICE + 3
"""Features that offices add to a manager's view, besides one a posture."""

BELOW = 4
"""Features that offices add to each slot of a governor's view."""

GOVERNOR_OFFICE = OWN_OFFICE + 3
"""Features that offices add to a governor's view, besides `BELOW` a slot."""

SECTOR_OFFICE = 3
"""Features that offices add to each slot of an orchestrator's view."""


@rule
def up_share(office, members, member_condition):
    """Share of an office's members who are not down."""
    up = np.int64(0)
    for member in range(members):
        up += np.int64(member_condition[office, member] < _DOWN)
    return share(up, members)


@rule
def thin_share(office, members, roles, required, role_of, member_condition):
    """Share of an office's critical roles of whose own members at most one is not down."""
    thin = np.int64(0)
    critical = np.int64(0)
    for role in range(roles):
        if (required >> role) & 1 == 0:
            continue
        critical += 1
        up = np.int64(0)
        for member in range(members):
            mine = role_of[member] == role and member_condition[office, member] < _DOWN
            up += np.int64(mine)
        thin += np.int64(up <= 1)
    return share(thin, critical)


@rule
def view_office(
    view, row, at, office, members, roles, required, role_of, member_condition, office_level,
    office_closed,
):  # fmt: skip
    """Write how an office is: closed, its level, who is up, which critical roles are thin."""
    view[row, at] = np.float32(office_closed[office])
    view[row, at + 1] = np.float32(office_level[office]) / np.float32(3)
    view[row, at + 2] = up_share(office, members, member_condition)
    view[row, at + 3] = thin_share(office, members, roles, required, role_of, member_condition)


@rule
def view_manager_office(
    region, place, world, offices, members, roles, required, savings, hosts, role_of,
    member_condition, office_level, office_closed, office_funds, posture, stand_in, host_out,
    manager_view,
):  # fmt: skip
    """Write what a manager observes of its office."""
    if offices == 0:
        return
    office = world * offices + place
    at = np.int64(_MANAGER_WIDTH)
    view_office(
        manager_view, region, at, office, members, roles, required, role_of, member_condition,
        office_level, office_closed,
    )  # fmt: skip
    at += 4
    out = np.int64(0)
    for host in range(hosts):
        out += np.int64(host_out[world, host])
    manager_view[region, at] = share(np.int64(office_funds[office]), savings)
    manager_view[region, at + 1] = share(out, hosts)
    manager_view[region, at + 2] = np.float32(stand_in[region])
    for choice in range(at + 3, manager_view.shape[1]):
        manager_view[region, choice] = np.float32(posture[office] == choice - at - 3)


@rule
def orphans(
    sector, world, regions, sectors, hive_sectors, offices, hive_sector, sector_hive, reports_count,
    cut, office_closed,
):  # fmt: skip
    """Regions of siblings within a governor's reach whose own governor's office is closed."""
    part = sector - world * sectors
    hive = np.int64(sector_hive[part])
    found = np.int64(0)
    for index in range(hive_sectors):
        other = np.int64(hive_sector[hive, index])
        sibling = world * sectors + other
        if other != part and ring_linked(cut[sector], cut[sibling]):
            shut = office_closed[world * offices + regions + other] == 1
            found += np.int64(reports_count[sibling]) * np.int64(shut)
    return found


@rule
def view_governor_offices(
    sector, world, regions, sectors, hive_sectors, offices, members, roles, required,
    max_span, hive_sector, sector_hive, role_of, reports, reports_count, cut, member_condition,
    office_level, office_closed, stand_in, governor_view,
):  # fmt: skip
    """Write what a governor observes of the offices below it, of its own, and of its siblings."""
    if offices == 0:
        return
    base = np.int64(_SLOT_WIDTH * max_span + _GOVERNOR_EXTRA)
    for index in range(base, governor_view.shape[1]):
        governor_view[sector, index] = np.float32(0)
    for slot in range(reports_count[sector]):
        place = np.int64(reports[sector, slot])
        office = world * offices + place
        at = base + 4 * slot
        governor_view[sector, at] = np.float32(office_closed[office])
        governor_view[sector, at + 1] = np.float32(office_level[office]) / np.float32(3)
        governor_view[sector, at + 2] = up_share(office, members, member_condition)
        governor_view[sector, at + 3] = np.float32(stand_in[world * regions + place])
    at = base + 4 * max_span
    part = sector - world * sectors
    own = world * offices + regions + part
    view_office(
        governor_view, sector, at, own, members, roles, required, role_of, member_condition,
        office_level, office_closed,
    )  # fmt: skip
    orphaned = orphans(
        sector, world, regions, sectors, hive_sectors, offices, hive_sector, sector_hive,
        reports_count, cut, office_closed,
    )  # fmt: skip
    governor_view[sector, at + 4] = ratio(orphaned, max_span)
    governor_view[sector, at + 5] = np.float32(not hub_linked(cut[sector]))
    governor_view[sector, at + 6] = np.float32(not ring_linked(cut[sector], 0))


@rule
def view_orchestrator_offices(
    hive, world, regions, sectors, hives, hive_sectors, offices, hive_sector, cut, office_level,
    office_closed, orchestrator_view,
):  # fmt: skip
    """Write what an orchestrator observes of its governors' offices, unless they are cut off."""
    if offices == 0:
        return
    base = np.int64(_SLOT_WIDTH * hive_sectors + _ORCHESTRATOR_EXTRA)
    for slot in range(hive_sectors):
        at = base + 3 * slot
        part = np.int64(hive_sector[hive - world * hives, slot])
        office = world * offices + regions + part
        heard = hub_linked(cut[world * sectors + part])
        orchestrator_view[hive, at] = np.float32(heard and office_closed[office] == 1)
        level = np.float32(office_level[office]) / np.float32(3)
        orchestrator_view[hive, at + 1] = level if heard else np.float32(0)
        orchestrator_view[hive, at + 2] = np.float32(not heard)
