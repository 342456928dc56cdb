"""What a network chooses: never what is closed, and as often as it says."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from baselines.learning.policies import (  # noqa: E402 (needs torch)
    NetworkPolicy,
    critic_of,
    draw,
    kinds_of,
    log_chance,
    masked,
    network_of,
)
from baselines.learning.views import View  # noqa: E402
from hive_env.scenarios.forage import Forage  # noqa: E402
from hive_env.scenarios.queue import Queue  # noqa: E402
from hive_env.sizes import Size  # noqa: E402

SMALL = Size(64, 2, 2, 1, 1)
CHOICES = (3, 2)


def test_what_is_closed_is_never_drawn_and_has_no_chance() -> None:
    torch.manual_seed(0)
    masks = torch.tensor([[True, False, True, True, False]]).expand(4_000, 5)
    logits = masked(torch.tensor([0.0, 9.0, 1.0, -1.0, 9.0]).expand(4_000, 5), masks)
    for likeliest in (False, True):
        chosen = draw(logits, CHOICES, likeliest)
        assert set(chosen[:, 0].tolist()) <= {0, 2}
        assert set(chosen[:, 1].tolist()) == {0}
    chance, entropy = log_chance(logits, CHOICES, torch.tensor([[0, 0]]).expand(4_000, 2))
    assert chance[0].exp().item() == pytest.approx(1 / (1 + np.e))
    share = (draw(logits, CHOICES)[:, 0] == 0).float().mean().item()
    assert share == pytest.approx(1 / (1 + np.e), abs=0.03)
    p = 1 / (1 + np.e)
    assert entropy[0].item() == pytest.approx(-p * np.log(p) - (1 - p) * np.log(1 - p), abs=1e-5)


def test_chances_and_entropies_are_those_of_torchs_own_distributions() -> None:
    torch.manual_seed(1)
    logits, actions = torch.randn(50, 5), torch.randint(0, 2, (50, 2))
    chance, entropy = log_chance(logits, CHOICES, actions)
    heads = [torch.distributions.Categorical(logits=one) for one in logits.split(CHOICES, -1)]
    expected = sum(head.log_prob(actions[:, i]) for i, head in enumerate(heads))
    torch.testing.assert_close(chance, expected)
    torch.testing.assert_close(entropy, sum(head.entropy() for head in heads))


@pytest.mark.parametrize("family", [Forage, Queue])
@pytest.mark.parametrize("level", ["worker", "manager", "governor", "orchestrator"])
def test_a_network_plays_every_level_of_every_family_within_its_masks(
    family: type, level: str
) -> None:
    hive = family(SMALL, worlds=2)
    hive.reset(seed=0)
    policy = NetworkPolicy(network_of(hive, View(level), (8,)), View(level))
    for _ in range(3):
        masks = np.split(hive.masks(level), np.cumsum(hive.levels[level].choices)[:-1], axis=1)
        actions = policy(hive)
        assert actions.shape == (2 * hive.levels[level].seats, len(masks))
        for part, mask in enumerate(masks):
            assert mask[np.arange(len(actions)), actions[:, part]].all()
        orders = {} if level == "worker" else {level: actions}
        hive.step(actions if level == "worker" else hive.decide("random"), orders)


def test_workers_are_of_the_kind_of_their_specialist_whatever_the_order_of_rows() -> None:
    hive = Forage(SMALL, worlds=2)
    hive.reset(seed=0)
    network = network_of(hive, View("worker"), (8,))
    before = kinds_of(hive, "worker", network)
    order = np.random.default_rng(0).permutation(64)
    hive.permute(np.concatenate([order, 64 + order]))
    assert network.kinds == 4
    assert torch.equal(kinds_of(hive, "worker", network), before)
    assert set(before.tolist()) == {0, 1, 2, 3}
    alone = critic_of(hive, View("worker"), (8,))
    assert not kinds_of(hive, "worker", alone).any()
