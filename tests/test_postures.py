"""What a posture may say, and what is refused."""

from __future__ import annotations

import pytest

from hive_env.enums import Standby
from hive_env.errors import ConfigError
from hive_env.postures import PLANNED, POSTURES, Posture


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("name", {"name": ""}),
        ("name", {"name": 3}),
        ("standby", {"name": "x", "standby": "hot"}),
        ("standby", {"name": "x", "standby": (Standby.HOT, 1)}),
        *[("standby", {"name": "x", "standby": no}) for no in ([], "", 0.0, 0, False)],
        ("critical", {"name": "x", "critical": (Standby.HOT,)}),
    ],
)
def test_what_no_posture_can_be_is_refused_by_name(name, changes):
    with pytest.raises(ConfigError, match=f"Posture.{name}"):
        Posture(**changes)


def test_the_first_of_the_usual_postures_is_as_planned():
    assert [one.name for one in POSTURES] == ["planned", "lean", "guarded", "rotating"]
    assert POSTURES[0] == PLANNED == Posture("planned")
