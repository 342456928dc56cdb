"""What a central critic is shown: the state of a seat's own region, and the mean of all."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from baselines.learning.views import CentralView
from hive_env.errors import ArgumentError
from hive_env.scenarios import areas
from hive_env.scenarios.forage import Forage
from hive_env.sizes import Size


def test_a_managers_row_ends_in_the_state_of_its_region_and_the_mean_of_all() -> None:
    hive = Forage(Size(64, 2, 2, 1, 1), 2)
    hive.reset(0)
    for _ in range(20):
        hive.step(hive.decide("reflex"))
    seen = hive.observe(level="manager")
    view = CentralView("manager")
    rows = view(hive, seen).numpy()
    assert rows.shape == (8, len(view.features(hive)))
    for world in range(2):
        state = hive.state(world).reshape(4, -1)
        for region in range(4):
            told = rows[4 * world + region, seen.shape[1] :]
            np.testing.assert_array_equal(told[: len(told) // 2], state[region])
            np.testing.assert_allclose(told[len(told) // 2 :], state.mean(axis=0), rtol=1e-6)


def test_a_hive_whose_state_is_not_by_region_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "AREA_LIMIT", 3)
    hive = Forage(Size(64, 2, 2, 1, 1))
    with pytest.raises(ArgumentError, match="by region"):
        CentralView("worker").features(hive)
