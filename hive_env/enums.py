"""The named integers of the world. Their values are part of the task version and never move."""

from __future__ import annotations

from enum import IntEnum, IntFlag

RESOURCE_TYPES = 4
"""K: the number of resource types, and of specialist kinds of worker."""

SQUADS = 8
"""Squads of a region: a worker's is its number among those of its own region, modulo eight."""

ZONES_ACROSS = 4
"""Zones along a side of a region: there are sixteen."""

PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
"""Every pair of resource types, in the order that demand and season count them."""


class Verb(IntEnum):
    """First part of a worker's action. UP and DOWN exist in worlds of depth above one."""

    STAY = 0
    NORTH = 1
    EAST = 2
    SOUTH = 3
    WEST = 4
    PICK = 5
    DROP = 6
    WORK = 7
    UP = 8
    DOWN = 9


class Channel(IntEnum):
    """Semantic channel of the map; a worker's deposit action is the channel plus one."""

    DANGER = 0
    RESOURCE = 1
    CONGESTION = 2
    EXPLORATION = 3


class Plane(IntEnum):
    """Plane of the map: the resource channel has one plane per resource type."""

    DANGER = 0
    RESOURCE = 1
    CONGESTION = 5
    EXPLORATION = 6


PLANES = 7
"""Number of planes of the map: danger, one resource plane per type, congestion, exploration."""


class Health(IntEnum):
    """An entity's condition. FAILED can be repaired; ENDED never comes back."""

    ALIVE = 0
    FAILED = 1
    ENDED = 2


class Event(IntFlag):
    """What happened to a worker in the last tick."""

    SLOWED = 1
    BLOCKED = 2
    HAZARD = 4
    CLAIMED = 8
    PICKED = 16
    DELIVERED = 32
    WORKED = 64
    STRUCK = 128
    REPAIRED = 256
    MOVED = 512
    MATCHED = 1024
    MISMATCHED = 2048
    OVERFLOWN = 4096
    DESTROYED = 8192
    SPAWNED = 16384


class Ground(IntFlag):
    """Bits of a world cell; the low four bits count the workers in it, up to 15."""

    COUNT = 15
    WORK = 16
    CASUALTY = 32
    HAZARD = 64
    SITE = 128


class Workforce(IntEnum):
    """A governor's order to a region: give its idle workers away, keep them, or take some in."""

    HOLD = 0
    PUSH = 1
    DRAW = 2


class Boundary(IntEnum):
    """What lies at the edge of the world."""

    WALL = 0
    TORUS = 1


class Stream(IntEnum):
    """Streams of the counter-based generator. Exogenous streams never read an action."""

    PLACE = 1
    SITE = 2
    DEMAND = 3
    DOOR = 4
    SEASON = 5
    HAZARD = 6
    FAULT = 7
    PICK = 8
    CROWD = 9
    POLICY = 10
    HEADING = 11
    REPORT = 12
    MANAGER = 13
    GOVERNOR = 14
    ORCHESTRATOR = 15
    OFFICE_FAULT = 16
    OFFICE_RECOVERY = 17
    OFFICE_TAKEOVER = 18
    PARTITION = 19
    MANDATE = 20
    CONSENSUS = 21
    OFFICE_STRIKE = 24
    OUTAGE = 32
    OUTAGE_SHARE = 33
    AILMENT = 34
    GARBLE = 35
    INJECTED = 36
    CHOICE = 40


class Condition(IntEnum):
    """A member's condition. SLOW acts on old input, CORRUPT puts out nonsense; both serve.

    One that is MENDED is kept by an outage of what it runs on, and back when that is over.
    """

    UP = 0
    SLOW = 1
    CORRUPT = 2
    DOWN = 3
    MENDING = 4
    MENDED = 5


class Memory(IntEnum):
    """How a member last came back, and so what it remembers."""

    WHOLE = 0
    RESUMED = 1
    TRANSFERRED = 2
    RESTARTED = 3


class Standby(IntEnum):
    """How those stand by who do not serve: in step, from checkpoints, or not running."""

    HOT = 0
    WARM = 1
    COLD = 2


class Crew(IntEnum):
    """Who repairs: nobody, one for each member, one for each role, or one for the whole office.

    Who repairs for a whole office takes the first who is down, any of them, or one of the role
    with fewest members up.
    """

    NOBODY = 0
    EACH = 1
    BY_ROLE = 2
    FIRST = 3
    RANDOM = 4
    NEEDIEST = 5


class Garble(IntEnum):
    """What a corrupt office puts out: anything, what stood, or the opposite of what it should."""

    RANDOM = 0
    STUCK = 1
    ADVERSARIAL = 2


class Standing(IntEnum):
    """What the people of a closed office do: as last told, fetch nothing, or go to their depot."""

    CARRY_ON = 0
    HOLD = 1
    RETREAT = 2


class FaultKind(IntEnum):
    """What a fault does: down; acts on old input; puts out nonsense; loses what it holds."""

    KILL = 0
    DELAY = 1
    CORRUPTION = 2
    OVERFLOW = 3


class Cut(IntFlag):
    """From whom a sector is cut off."""

    ORCHESTRATOR = 1
    SIBLINGS = 2
