"""The entity-component-system core: columns, systems and passes, and the hash of a state."""

from hive_env.ecs.columns import Column, Kind, allocate, bytes_of
from hive_env.ecs.systems import Each, Fetch, Members, Pass, System, Unit

__all__ = [
    "Column",
    "Each",
    "Fetch",
    "Kind",
    "Members",
    "Pass",
    "System",
    "Unit",
    "allocate",
    "bytes_of",
]
