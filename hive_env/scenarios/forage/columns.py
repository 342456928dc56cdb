"""What a Forage world holds: every column, declared once."""

from __future__ import annotations

import numpy as np

from hive_env.ecs import Column, Kind
from hive_env.scenarios import breakdowns, consensus, ledgers, offices, strikes

STATE, CARRIED, DERIVED = Kind.STATE, Kind.CARRIED, Kind.DERIVED
STATIC, OUTPUT = Kind.STATIC, Kind.OUTPUT

COLUMNS = (
    # Worlds.
    Column("seed", np.int64, "W", "bits", "Key of the world's generator, 64 bits."),
    Column("episode", np.int32, "W", "episodes", "Episodes since the last seeding."),
    Column("tick", np.int32, "W", "ticks", "Ticks since the episode began."),
    # Workers: Position, Velocity, Task, Memory, AgentType, Health, ResourceClaim.
    Column("id", np.uint32, "E", "", "Identity of the entity within its world."),
    Column("x", np.int32, "E", "1/4096 cell", "Position along x, eastward."),
    Column("y", np.int32, "E", "1/4096 cell", "Position along y, southward."),
    Column("z", np.int32, "D", "1/4096 cell", "Position along z; no rows in the plane."),
    Column("vx", np.int32, "V", "1/4096 cell a tick", "Velocity along x; no rows on the grid."),
    Column("vy", np.int32, "V", "1/4096 cell a tick", "Velocity along y; no rows on the grid."),
    Column("vz", np.int32, "V", "1/4096 cell a tick", "Velocity along z; no rows on the grid."),
    Column("task", np.uint8, "E", "", "Goal: 0 none, else a resource type plus one."),
    Column(
        "task_zone",
        np.uint8,
        "E",
        "",
        "Parameter of the goal: 0 anywhere, 1 to 16 a zone, 17 to 20 a quadrant, 21 the depot.",
    ),
    Column("task_priority", np.uint8, "E", "", "Priorities of the types, two bits each."),
    Column(
        "memory", np.float32, "E,N", "", "The user's embedding; any width, 0 by default.", CARRIED
    ),
    Column("specialist", np.uint8, "E", "", "AgentType: the resource type the worker is made for."),
    Column("health", np.uint8, "E", "", "Condition, one of Health."),
    Column("fatigue", np.uint8, "E", "1/255", "Wear by hazards; the worker fails at 255."),
    Column("error_count", np.uint16, "E", "failures", "Failures so far."),
    Column("compute_budget", np.uint16, "E", "units a tick", "ResourceClaim: compute granted."),
    Column("memory_usage", np.uint16, "E", "bytes", "ResourceClaim: memory held."),
    Column("home", np.uint32, "E", "region", "Region whose depot pays the worker."),
    Column("cargo", np.uint8, "E", "", "What it carries: 0 nothing, else a type plus one."),
    Column(
        "success",
        np.uint8,
        "E",
        "",
        "Last pick since a drop: 0 none, 1 no stock seen left, 2 stock left.",
    ),
    Column("next_fault", np.int32, "E", "tick", "When the next fault strikes."),
    Column("down", np.uint16, "E", "ticks", "Ticks since it failed."),
    Column("repair", np.uint8, "E", "ticks", "Repair it has had since it failed."),
    Column("event", np.uint16, "E", "", "What happened in the last tick, bits of Event."),
    Column("gain", np.int16, "E", "1/1000", "Value delivered in the last tick.", OUTPUT),
    # Buffers by id, always the caller's.
    Column("action", np.uint8, "0,2", "", "Verb and deposit of each worker, by id.", DERIVED),
    Column("observation", np.uint8, "0,64", "", "What each worker observes.", DERIVED),
    Column("entity", np.int64, "0", "", "Row by id of each row of a chunk.", DERIVED),
    Column(
        "standing",
        np.int32,
        "0",
        "1/1000",
        "How near each is to its next goal, by id.",
        DERIVED,
    ),
    Column("stood", np.int32, "0", "1/1000", "The same, when the step began.", DERIVED),
    Column("errand", np.int64, "0", "", "What each is to do next, by id.", DERIVED),
    Column("errand_before", np.int64, "0", "", "The same, when the step began.", DERIVED),
    Column("earned", np.float32, "0,3", "", "Components of each worker's reward.", DERIVED),
    Column("hive_gain", np.float32, "0", "", "What each hive gained, by worker.", DERIVED),
    # Buffers by seat, always the caller's: actions of the levels, and what they observe.
    Column("manager_action", np.uint8, "0,0", "", "Priorities and focus, or goals.", DERIVED),
    Column("governor_action", np.uint8, "0,0", "", "An order for each slot.", DERIVED),
    Column("orchestrator_action", np.uint8, "0,K", "", "A quota for each type.", DERIVED),
    Column("manager_view", np.float32, "0,128", "", "What each manager observes.", DERIVED),
    Column("governor_view", np.float32, "0,0", "", "What each governor observes.", DERIVED),
    Column("orchestrator_view", np.float32, "0,0", "", "What each orchestrator observes.", DERIVED),
    # The map by hand: what `StigmergyMap` is asked.
    Column("probe_cell", np.int64, "0,3", "cell", "World cells asked about.", DERIVED),
    Column("probe_plane", np.int64, "0", "", "Plane of each deposit.", DERIVED),
    Column("probe_amount", np.int64, "0", "trail", "Amount of each deposit.", DERIVED),
    Column("probe_level", np.int64, "0,P", "trail", "Trail found there.", DERIVED),
    Column("probe_slope", np.float64, "0,P,3", "trail a map cell", "Its gradient.", DERIVED),
    # Regions.
    Column("demand", np.uint8, "R", "", "Pair of types worth something at the depot, of PAIRS."),
    Column("demand_until", np.int32, "R", "tick", "When the demand is redrawn."),
    Column("door", np.uint8, "R", "", "1 when the depot is open."),
    Column("door_word", np.int64, "R", "", "The draw that ranks the region's door.", DERIVED),
    Column("governor", np.uint32, "R", "sector", "Whose governor the region's manager is under."),
    Column("workforce", np.uint8, "R", "", "The governor's order, one of Workforce."),
    Column("refuge", np.uint32, "R,4", "region", "Where its pushed-out workers go."),
    Column("refuges", np.uint8, "R", "regions", "How many those are."),
    Column("priority", np.uint8, "R,K", "", "The manager's order: 0 off, 1 normal, 2 high."),
    Column("focus", np.uint8, "R", "", "The manager's order: 0 none, a quadrant plus one, 5 home."),
    Column("manager_draft", np.uint8, "R,8", "", "What the manager last decided."),
    Column("manager_meant", np.uint8, "R,8", "", "What its office means to put out."),
    Column("manager_issued", np.uint8, "R,8", "", "What its office last put out."),
    Column("governor_draft", np.uint8, "T,x", "", "What the governor last decided."),
    Column("governor_meant", np.uint8, "T,x", "", "What its office means to put out."),
    Column("governor_issued", np.uint8, "T,x", "", "What its office last put out."),
    Column("ordered", np.uint8, "R", "", "1 in ticks with a new order of the manager.", DERIVED),
    Column("sector_ordered", np.uint8, "T", "", "The same of the governor.", DERIVED),
    Column("draft_reports", np.uint32, "T,X", "region", "Whom a governor's draft is about."),
    Column("draft_count", np.int32, "T", "regions", "How many those are."),
    Column("meant_reports", np.uint32, "T,X", "region", "Whom what its office means is about."),
    Column("meant_count", np.int32, "T", "regions", "How many those are."),
    Column("decision_issued", np.int32, "F", "decision", "Last that left an office."),
    Column("manager_standing", np.uint8, "R", "", "What people do whose manager's office is shut."),
    Column("governor_standing", np.uint8, "T", "", "The same for a governor's regions."),
    Column("stand_in", np.uint8, "R", "", "1 where the governor's office may stand in."),
    Column("adopted", np.uint8, "R", "", "1 where the governor has taken an orphan in."),
    Column("office_funds", np.int64, "F", "1/1000", "What is saved for standby."),
    Column("squad", np.uint8, "R,8", "", "Goals of squads: 0 none, else 1 + 4 zone + type."),
    Column("squad_units", np.uint32, "R,8", "units", "Units delivered since the last report."),
    Column("region_value", np.int64, "R", "1/1000", "Value delivered in the episode."),
    Column("delivered", np.int64, "R,K", "units", "Units delivered in the episode, by type."),
    Column("paid", np.int64, "R,K", "units", "Units delivered that were worth something."),
    Column("picked", np.int64, "R,K", "units", "Units picked in the episode, by type."),
    Column("hazard_cell", np.int32, "R,H", "cell", "Where each hazard is, within the region."),
    # Sites.
    Column("site_cell", np.int32, "R,S", "cell", "Where each site is, within the region."),
    Column("site_type", np.uint8, "R,S", "", "Resource type."),
    Column("site_stock", np.int16, "R,S", "units", "Units left."),
    Column("site_wait", np.uint16, "R,S", "ticks", "Ticks until an empty slot has a site again."),
    Column("site_known", np.uint8, "R,S", "", "1 when the region's manager knows of the site."),
    Column("site_generation", np.uint16, "R,S", "", "Sites that the slot has had."),
    Column("site_taken", np.uint8, "R,S", "units", "Units taken in this tick.", DERIVED),
    Column("claim_first", np.int64, "R,S", "", "Lowest key of this tick's claims.", DERIVED),
    Column("claim_second", np.int64, "R,S", "", "Second lowest key.", DERIVED),
    # Reports, made when managers decide.
    Column("counted", np.int64, "R,K", "units", "Units delivered until the report.", OUTPUT),
    Column("lately", np.int32, "R,K", "units", "Units delivered between two reports.", OUTPUT),
    Column("squad_lately", np.uint32, "R,8", "units", "The same, by squad.", OUTPUT),
    Column("stock_seen", np.int32, "R,K", "units", "Stock of the sites known, by type.", OUTPUT),
    Column("zone_crowd", np.uint32, "R,16", "workers", "Workers alive in each zone.", OUTPUT),
    Column("zone_failed", np.uint32, "R,16", "workers", "Workers failed in each zone.", OUTPUT),
    Column("census", np.uint32, "R,K", "workers", "Workers alive in the region, by kind.", OUTPUT),
    Column("laden", np.uint32, "R", "workers", "Those of them who carry something.", OUTPUT),
    Column("hit", np.uint32, "R", "workers", "Those of them who were in a hazard.", OUTPUT),
    # Map and ground.
    Column("trail", np.uint16, "R,P,M", "trail", "Trails of the stigmergy map, by plane."),
    Column("trail_next", np.uint16, "Q,P,M", "trail", "Trails while they diffuse.", DERIVED),
    Column(
        "ground", np.uint8, "R,C", "", "Who and what is in a world cell, bits of Ground.", DERIVED
    ),
    # Sectors and hives.
    Column("reports", np.uint32, "T,X", "region", "Regions under a governor, by slot.", DERIVED),
    Column("reports_count", np.int32, "T", "regions", "How many those are.", DERIVED),
    Column("quota", np.uint8, "O,K", "", "The orchestrator's order, 0 to 3 by type."),
    Column("quota_heard", np.uint8, "T,K", "", "The quotas that a sector has heard.", DERIVED),
    Column("season", np.uint8, "O", "", "Pair of types in season, of PAIRS."),
    Column("season_until", np.int32, "O", "tick", "When the season is redrawn."),
    # Who stands where.
    Column("member", np.uint32, "L", "row", "Rows of the workers in each region.", DERIVED),
    Column("member_first", np.int64, "R", "slot", "First slot of each region.", DERIVED),
    Column("member_room", np.int32, "R", "slots", "Slots of each region.", DERIVED),
    Column("member_stay", np.int32, "R", "slots", "Workers who are in the region.", DERIVED),
    Column(
        "member_left", np.int32, "R", "slots", "End of those who left in the last tick.", DERIVED
    ),
    Column("member_end", np.int32, "R", "slots", "End of those who arrived in it.", DERIVED),
    Column("overflow", np.uint8, "1", "", "1 when a region's slots did not suffice.", DERIVED),
    Column("dense_first", np.int64, "R", "row", "First row of each region in a chunk.", DERIVED),
    # Geometry.
    Column(
        "region_grid", np.int32, "r", "region", "Region by place on the grid, row by row.", STATIC
    ),
    Column("region_x0", np.int32, "r", "cell", "West edge of a region.", STATIC),
    Column("region_y0", np.int32, "r", "cell", "North edge of a region.", STATIC),
    Column("region_sector", np.int32, "r", "sector", "Sector of a region.", STATIC),
    Column("region_hive", np.int32, "r", "hive", "Hive of a region.", STATIC),
    Column("sector_hive", np.int32, "t", "hive", "Hive of a sector.", STATIC),
    Column("hive_sector", np.int32, "o,J", "sector", "Sectors of a hive.", STATIC),
    Column("sector_regions", np.int32, "t,G", "region", "Regions of a sector.", STATIC),
    Column(
        "neighbour",
        np.int32,
        "r,9",
        "region",
        "Region by direction, 3 dy + dx + 4; -1 a wall.",
        STATIC,
    ),
    Column("near", np.int32, "r,8", "region", "The different ones among them, then -1.", STATIC),
    Column("evaporation", np.uint32, "P", "1/65536", "Share of a trail lost in a tick.", STATIC),
    *offices.COLUMNS,
    *consensus.COLUMNS,
    *strikes.COLUMNS,
    *breakdowns.COLUMNS,
    *ledgers.COLUMNS,
)
