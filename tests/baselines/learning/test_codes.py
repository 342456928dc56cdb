"""Learned codes: words follow what is said, gradients pass them, dead ones begin anew."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from baselines.learning.codes import Codebook, CodedNetwork  # noqa: E402 (needs torch)
from baselines.learning.views import HeldViews  # noqa: E402
from hive_env.scenarios.features import share  # noqa: E402
from hive_env.scenarios.forage import Forage  # noqa: E402
from hive_env.sizes import Size  # noqa: E402

SMALL = Size(64, 2, 2, 1, 1)
OWN = (share("x"), share("y"))
KIND = torch.zeros(200, dtype=torch.int64)


def test_a_vector_becomes_the_nearest_word_and_gradients_pass_as_if_it_had_not() -> None:
    torch.manual_seed(0)
    book = Codebook(5, 3)
    vectors = torch.randn(20, 3, requires_grad=True)
    before = book.words.clone()
    words, far = book(vectors)
    nearest = np.linalg.norm(vectors.detach().numpy()[:, None] - before.numpy(), axis=-1).argmin(1)
    torch.testing.assert_close(words.detach(), before[nearest])
    (gradient,) = torch.autograd.grad((2 * words).sum(), vectors, retain_graph=True)
    assert torch.equal(gradient, torch.full_like(vectors, 2.0))
    (gradient,) = torch.autograd.grad(far, vectors)
    torch.testing.assert_close(gradient, 2 * (vectors - before[nearest]).detach() / vectors.numel())


def test_words_come_to_the_middle_of_what_is_said_and_none_stays_dead() -> None:
    torch.manual_seed(0)
    book = Codebook(4, 2, keep=0.9)
    middles = torch.tensor([[5.0, 0.0], [-5.0, 0.0], [0.0, 5.0], [0.0, -5.0]])
    for _ in range(200):
        vectors = (middles.repeat(16, 1) + 0.1 * torch.randn(64, 2)).requires_grad_()
        book(vectors)
    assert sorted(book.nearest(middles).tolist()) == [0, 1, 2, 3]
    torch.testing.assert_close(book.words[book.nearest(middles)], middles, atol=0.2, rtol=0)


def test_playing_teaches_no_words() -> None:
    book = Codebook(4, 2)
    before = book.words.clone()
    with torch.no_grad():
        book(torch.randn(8, 2))
    assert torch.equal(book.words, before)


def test_workers_know_of_what_is_above_only_the_word_of_their_manager() -> None:
    torch.manual_seed(0)
    network = CodedNetwork(OWN, (3, 4), (2,), (8,), words=1)
    seen = torch.rand(5, 9)
    other = torch.cat([seen[:, :2], torch.rand(5, 7)], -1)
    with torch.no_grad():
        torch.testing.assert_close(network(seen, KIND[:5])[0], network(other, KIND[:5])[0])
    network = CodedNetwork(OWN, (3, 4), (2,), (8,), words=64)
    with torch.no_grad():
        network.base.base.logits.weight.normal_()
        for teller in network.tellers:
            for layer in teller:
                if isinstance(layer, torch.nn.Linear):
                    layer.weight.mul_(20)
    found = network(torch.cat([seen[:1, :2].expand(200, 2), torch.rand(200, 7)], -1), KIND)[0]
    assert 1 < len({tuple(row) for row in found.detach().numpy().round(5).tolist()}) <= 64


def test_each_kind_hears_a_word_in_its_own_terms() -> None:
    """Else a word could name no type to all: workers see types from their own on."""
    torch.manual_seed(0)
    network = CodedNetwork(OWN, (3, 4), (2,), (8,))
    network.base.base.logits.weight.data.normal_()
    seen = torch.rand(1, 9).expand(4, 9)
    kinds = torch.arange(4)
    with torch.no_grad():
        alike = network(seen, kinds)[0]
        torch.testing.assert_close(alike, alike[:1].expand(4, 2))
        network.terms[2] = -network.terms[2]
        apart = network(seen, kinds)[0]
    torch.testing.assert_close(apart[[0, 1, 3]], alike[[0, 1, 3]])
    assert not torch.allclose(apart[2], alike[2])


def test_types_of_goods_are_seen_from_a_workers_own_on() -> None:
    own = tuple(share(f"near_{one}") for one in "abcd")
    network = CodedNetwork(own, (3,), (4,), (8,), first=0)
    network.base.base.logits.weight.data.normal_()
    seen = torch.rand(1, 7)
    turned = torch.cat([seen[:, 1:4], seen[:, :1], seen[:, 4:]], -1)
    with torch.no_grad():
        one = network(seen, torch.tensor([1]))[0]
        other = network(turned, torch.tensor([0]))[0]
    torch.testing.assert_close(one, other.roll(1, -1))


def test_what_managers_say_hangs_on_what_they_are_told() -> None:
    torch.manual_seed(0)
    network = CodedNetwork(OWN, (3, 4), (2,), (32,))
    above = [torch.rand(1, 3).expand(6, 3), torch.rand(1, 4).expand(6, 4)]
    words, cost = network.tell(above)
    assert len(words) == 2
    assert cost > 0
    top = torch.rand(1, 3, requires_grad=True)
    (words, _) = network.tell([top, torch.rand(1, 4)])
    (gradient,) = torch.autograd.grad(words[-1].sum(), top)
    assert gradient.abs().sum() > 0


def test_what_is_above_is_seen_as_it_was_at_the_last_decision() -> None:
    hive = Forage(SMALL, worlds=2)
    hive.reset(seed=0)
    view, fresh = HeldViews("worker"), HeldViews("worker")
    at = np.cumsum([0, len(hive.levels["worker"].features), *view.widths(hive)])
    rows = []
    for _ in range(10):
        rows.append(view(hive, hive.observe()).numpy())
        told = hive.observe(level="manager")
        hive.step(hive.decide("reflex"), {})
    managers = [row[:, at[3] : at[4]] for row in rows]
    for tick in range(1, 8):
        assert np.array_equal(managers[tick], managers[0])
    assert not np.array_equal(managers[8], managers[7])
    assert np.array_equal(managers[9], managers[8])
    assert not np.array_equal(managers[9][0], told[0]), "as it was, not as it is"
    assert view.anew().held == {}
    fresh.load(view.state())
    seen = hive.observe()
    assert np.array_equal(fresh(hive, seen), view(hive, seen))
