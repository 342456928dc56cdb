"""What a manager or governor may choose for its office: how members stand by, and rotation."""

from __future__ import annotations

from dataclasses import dataclass

from hive_env.checks import need
from hive_env.enums import Standby


@dataclass(frozen=True)
class Posture:
    """A choice of standby and rotation for an office.

    Parameters
    ----------
    name : str
        Its name.
    standby : Standby or tuple of Standby, optional
        How the members of each role who do not serve it stand by: one for all, or one for each.
        None: as the roles say.
    critical : Standby, optional
        The same for critical roles. None: as ``standby`` says.
    rotation : int, optional
        k, roles that each member can serve. None: the office's.
    """

    name: str
    standby: Standby | tuple[Standby, ...] | None = None
    critical: Standby | None = None
    rotation: int | None = None

    def __post_init__(self) -> None:
        need(isinstance(self.name, str) and bool(self.name), "Posture.name", "a name", self.name)
        each = self.standby if isinstance(self.standby, tuple) else (self.standby,)
        good = self.standby is None or all(isinstance(one, Standby) for one in each)
        need(good, "Posture.standby", "a Standby, a tuple of them, or None", self.standby)
        good = self.critical is None or isinstance(self.critical, Standby)
        need(good, "Posture.critical", "a Standby or None", self.critical)


PLANNED = Posture("planned")
"""As the roles and the office say."""

POSTURES = (
    PLANNED,
    Posture("lean", standby=Standby.COLD, rotation=1),
    Posture("guarded", critical=Standby.HOT, rotation=1),
    Posture("rotating", rotation=2),
)
"""What may be chosen by default."""
