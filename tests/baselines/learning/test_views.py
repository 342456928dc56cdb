"""Views: what is told besides is of one's own manager and one's own region."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from baselines.learning.policies import critic_of, network_of  # noqa: E402 (needs torch)
from baselines.learning.tied import TiedNetwork  # noqa: E402
from baselines.learning.views import CentralView, ManagersView, View  # noqa: E402
from hive_env.errors import ArgumentError  # noqa: E402
from hive_env.scenarios.forage import Forage  # noqa: E402
from hive_env.scenarios.hive import Hive  # noqa: E402
from hive_env.scenarios.queue import Queue  # noqa: E402
from hive_env.sizes import Size  # noqa: E402

SMALL = Size(64, 4, 2, 1, 1)


def played(family: type[Hive]) -> Hive:
    hive = family(SMALL, worlds=2)
    hive.reset(seed=0)
    for _ in range(20):
        orders = {level: hive.decide("random", level=level) for level in ("manager", "governor")}
        hive.step(hive.decide("reflex"), orders)
    order = np.random.default_rng(0).permutation(64)
    hive.permute(np.concatenate([order, 64 + order]))
    return hive


@pytest.mark.parametrize("family", [Forage, Queue])
def test_a_worker_is_told_what_its_own_manager_sees(family: type[Hive]) -> None:
    hive = played(family)
    seen, above = hive.observe(), hive.observe(level="manager")
    rows = ManagersView("worker")(hive, seen)
    assert rows.shape == (128, len(ManagersView("worker").features(hive)))
    superior, regions = hive.superiors("worker"), hive.levels["manager"].seats
    for world, worker in ((0, 0), (0, 63), (1, 5)):
        row = 64 * world + worker
        told = above[regions * world + superior[row]]
        np.testing.assert_array_equal(rows[row], np.concatenate([seen[row], told]))


@pytest.mark.parametrize("family", [Forage, Queue])
@pytest.mark.parametrize("level", ["worker", "manager"])
def test_a_critic_is_told_the_state_of_the_seats_region_and_the_mean(
    family: type[Hive], level: str
) -> None:
    hive = played(family)
    seen, view = hive.observe(level=level), CentralView(level)
    rows = view(hive, seen)
    assert rows.shape[1] == len(view.features(hive))
    for row in (0, 3, len(rows) - 1):
        world, seat = divmod(row, hive.levels[level].seats)
        states = hive.state(world).reshape(hive.levels["manager"].seats, -1)
        region = seat if level == "manager" else hive.superiors("worker")[row]
        expected = np.concatenate([seen[row], states[region], states.mean(axis=0)])
        np.testing.assert_allclose(rows[row], expected, rtol=1e-6)


def test_a_view_of_regions_is_refused_to_levels_that_have_several() -> None:
    with pytest.raises(ArgumentError, match="level: expected worker or manager"):
        CentralView("governor")


@pytest.mark.parametrize("family", [Forage, Queue])
def test_what_comes_as_bytes_is_mapped_to_its_range_and_what_is_added_is_not(
    family: type[Hive],
) -> None:
    hive = played(family)
    view = ManagersView("worker")
    tied = network_of(hive, view, (8,))
    assert isinstance(tied, TiedNetwork)
    for network in (tied.base, critic_of(hive, view, (8,))):
        rows = (view(hive, hive.observe()).float() - network.zero) / network.scale
        low = torch.tensor([one.low for one in view.features(hive)])
        high = torch.tensor([one.high for one in view.features(hive)])
        slack = 0.02
        assert (rows >= low - slack).all()
        assert (rows <= high + slack).all()
        assert rows.max() > 0.5
    plain = critic_of(hive, View("worker"), (8,))
    assert torch.equal(plain.zero, network.zero[: len(plain.zero)])
