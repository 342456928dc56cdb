"""What a Queue world holds: every column, declared once."""

from __future__ import annotations

import numpy as np

from hive_env.ecs import Column, Kind

DERIVED, OUTPUT = Kind.DERIVED, Kind.OUTPUT

COLUMNS = (
    # Worlds.
    Column("seed", np.int64, "W", "bits", "Key of the world's generator, 64 bits."),
    Column("episode", np.int32, "W", "episodes", "Episodes since the last seeding."),
    Column("tick", np.int32, "W", "ticks", "Ticks since the episode began."),
    # Workers.
    Column("id", np.uint32, "E", "", "Identity of the entity within its world."),
    Column("specialist", np.uint8, "E", "", "The type of task that the worker is made for."),
    Column("post", np.uint32, "E", "region", "Region where it is, or to which it travels."),
    Column("counter", np.uint8, "E", "", "Type whose counter it stands at, or walks to."),
    Column("delay", np.uint16, "E", "ticks", "Ticks until it arrives; 0: it is there."),
    Column("order", np.uint8, "E", "", "Priorities of its order, two bits a type."),
    Column("order_rule", np.uint8, "E", "", "Dispatch rule of its order, one of Dispatch."),
    Column("job", np.uint8, "E", "", "What it holds: 0 nothing, else a type plus one."),
    Column("job_second", np.uint8, "E", "", "Second specialist of its job: 0 none, else 1 + kind."),
    Column("partner", np.uint32, "E", "", "Who holds the job too: 0 nobody, else an id plus one."),
    Column("left", np.uint16, "E", "1/16 tick", "Work left of its job, of a specialist."),
    Column("until", np.int32, "E", "tick", "Last tick in which its job can be handed in."),
    Column("worth", np.int32, "E", "1/1000", "Worth of its job before the price."),
    Column("event", np.uint8, "E", "", "What happened in the last tick, bits of QueueEvent."),
    Column("gain", np.int32, "E", "1/1000", "Value delivered in the last tick.", OUTPUT),
    Column("credit", np.int32, "E", "1/1000", "Worth handed in or dropped, before price.", OUTPUT),
    Column("asking", np.uint8, "E", "", "Type plus one that it asks for in this tick.", DERIVED),
    Column("row_of", np.uint32, "E", "", "Row of each id: k * N + i has that of id i.", DERIVED),
    Column("asker", np.uint32, "E", "", "Ids of those who ask, region by region.", DERIVED),
    Column("ask_word", np.int64, "E", "", "Their priorities, the lowest first.", DERIVED),
    # Queues: slot kind * queue_length + place.
    Column("task_waits", np.uint8, "R,S", "", "1 where a task waits."),
    Column("task_second", np.uint8, "R,S", "", "Second specialist: 0 none, else a kind plus one."),
    Column("task_work", np.uint16, "R,S", "1/16 tick", "Its work, of a specialist."),
    Column("task_until", np.int32, "R,S", "tick", "Last tick in which it can be handed in."),
    Column("task_worth", np.int32, "R,S", "1/1000", "Worth before the price."),
    Column("task_since", np.int32, "R,S", "tick", "When it came."),
    Column(
        "head", np.uint8, "R,K", "", "What each counter has: bit 0 for one, 1 + k with k.", DERIVED
    ),
    Column("cursor", np.int32, "R,K", "slot", "First slot that may be empty.", DERIVED),
    Column("supply", np.int32, "R,K,2", "tasks", "What the expert counts: for one.", DERIVED),
    Column("supply_pairs", np.int32, "R,K,K", "tasks", "And by second kind.", DERIVED),
    # Regions.
    Column("slack", np.uint8, "R", "", "Pair of types with slack deadlines, of PAIRS."),
    Column("slack_until", np.int32, "R", "tick", "When it is redrawn."),
    Column("busy", np.uint8, "R", "", "1 when much arrives."),
    Column("load_word", np.int64, "R", "", "The draw that ranks the region's load.", DERIVED),
    Column("flow", np.int32, "R", "1/16 task", "Arrivals lately: each fades by 1/16 a tick."),
    Column("priority", np.uint8, "R,K", "", "The manager's order: 0 off, 1 normal, 2 high."),
    Column("ruling", np.uint8, "R", "", "The manager's dispatch rule, one of Dispatch."),
    Column("workforce", np.uint8, "R", "", "The governor's order, one of Workforce."),
    Column("region_value", np.int64, "R", "1/1000", "Value delivered in the episode."),
    Column("arrived", np.int64, "R,K", "tasks", "Tasks that came in the episode, by type."),
    Column("refused", np.int64, "R,K", "tasks", "Those that found their queue full."),
    Column("expired", np.int64, "R,K", "tasks", "Those whose deadline passed."),
    Column("dropped", np.int64, "R,K", "tasks", "Those that workers let go of."),
    Column("delivered", np.int64, "R,K", "tasks", "Those that were handed in."),
    Column("present", np.int32, "R,K", "workers", "Workers by kind, as of the last tick.", OUTPUT),
    Column("idle", np.int32, "R", "workers", "Workers who hold nothing, likewise.", OUTPUT),
    Column("ask_first", np.int64, "R", "", "First of the region's requests.", DERIVED),
    Column("ask_count", np.int64, "R", "", "Their number.", DERIVED),
    # Sectors.
    Column("load_until", np.int32, "T", "tick", "When the busy regions are redrawn."),
    Column("drawn", np.uint32, "T,G", "region", "Regions that draw workers in, in order."),
    Column("drawn_count", np.uint32, "T", "regions", "Their number."),
    Column("sector_gain", np.int64, "T", "1/1000", "Value gained by its regions.", DERIVED),
    # Hives.
    Column("price", np.uint8, "O", "", "Pair of types whose price is high, of PAIRS."),
    Column("price_until", np.int32, "O", "tick", "When it is redrawn."),
    Column("quota", np.uint8, "O,K", "", "The orchestrator's order: 0 to 3 for each type."),
    # Buffers by seat, always the caller's.
    Column("action", np.uint8, "0,1", "", "Action of each worker, by id.", DERIVED),
    Column("manager_action", np.uint8, "0,5", "", "Actions of managers.", DERIVED),
    Column("governor_action", np.uint8, "0,G", "", "Actions of governors.", DERIVED),
    Column("orchestrator_action", np.uint8, "0,K", "", "Actions of orchestrators.", DERIVED),
    Column("observation", np.uint8, "0,0", "", "What each worker observes.", DERIVED),
    Column("manager_view", np.float32, "0,0", "", "What managers observe.", DERIVED),
    Column("governor_view", np.float32, "0,0", "", "What governors observe.", DERIVED),
    Column("orchestrator_view", np.float32, "0,0", "", "What orchestrators observe.", DERIVED),
    # And what a step tells of the seats of any level.
    Column("told_event", np.int64, "0", "", "What happened to each worker, by id.", DERIVED),
    Column("agent", np.int64, "0", "", "Which agent each worker is, by id.", DERIVED),
    Column("able", bool, "0", "", "Whether the action of each worker counts, by id.", DERIVED),
    Column("mask", bool, "0,0", "", "Which values of each choice are open to each.", DERIVED),
    Column("earned", np.float32, "0,3", "", "Components of each seat's reward.", DERIVED),
    Column("hive_gain", np.float32, "0", "", "What each hive gained, by worker.", DERIVED),
    Column("world_value", np.float64, "0", "", "U of each world, or by worker.", DERIVED),
    Column("value_since", np.int64, "0", "1/1000", "Value by region when it began.", DERIVED),
    Column("delivered_since", np.int64, "0,K", "tasks", "Tasks handed in then.", DERIVED),
)
