"""Codes that are learned: what a level tells the one below it, as one word of a shared vocabulary.

Van den Oord, Vinyals and Kavukcuoglu, *Neural discrete representation learning* (2017): a vector is
replaced by the nearest of a codebook; gradients pass it as if it had not been (straight-through).
The codebook follows what is said by moving averages, and words that nobody says are given another
meaning (Kaiser et al., *Fast decoding in sequence models using discrete latent variables*, 2018;
Dhariwal et al., *Jukebox*, 2020).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from baselines.learning.tied import TiedNetwork
from hive_env.scenarios.features import Feature, exact


class Codebook(nn.Module):
    """A vocabulary: so many words, each a vector.

    Parameters
    ----------
    words, width : int
        How many, and of how many numbers.
    keep : float
        Share of what was known that the moving averages keep in an update.
    least : float
        Share of its fair part of what is said below which a word is dead, and begins anew as a
        vector that has just been said.
    """

    words: Tensor
    said: Tensor
    sums: Tensor

    def __init__(
        self, words: int = 64, width: int = 8, keep: float = 0.99, least: float = 0.03
    ) -> None:
        super().__init__()
        self.keep, self.least = keep, least
        # Nothing was said yet: the first update gives all words a meaning.
        self.register_buffer("words", torch.randn(words, width))
        self.register_buffer("said", torch.zeros(words))
        self.register_buffer("sums", torch.zeros(words, width))

    def nearest(self, vectors: Tensor) -> Tensor:
        """Return the word nearest to each vector, int64[n]."""
        return torch.cdist(vectors, self.words).argmin(-1)

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Return the words for vectors, float32[n, width], and how far these are from them.

        With gradients, and so in an update, the words follow what is said.
        """
        found = self.nearest(vectors.detach())
        words = self.words[found]
        far = (vectors - words).square().mean()
        if torch.is_grad_enabled():
            self._follow(vectors.detach(), found)
        return vectors + (words - vectors).detach(), far

    @torch.no_grad()
    def _follow(self, vectors: Tensor, found: Tensor) -> None:
        count = torch.bincount(found, minlength=len(self.words)).float()
        # In units of a word's fair part.
        part = len(vectors) / len(self.words)
        sums = torch.zeros_like(self.sums).index_add_(0, found, vectors)
        self.said.mul_(self.keep).add_(count / part, alpha=1 - self.keep)
        self.sums.mul_(self.keep).add_(sums / part, alpha=1 - self.keep)
        dead = self.said < self.least
        if dead.any():
            # Many rows are alike: all workers of a manager are told the same.
            fresh = vectors.unique(dim=0)
            again = torch.randint(len(fresh), (int(dead.sum()),))
            self.sums[dead], self.said[dead] = fresh[again], 1.0
        self.words.copy_(self.sums / self.said[:, None])


class CodedNetwork(nn.Module):
    """A worker's network that is told a word by its manager, who is told one from above.

    Each level above makes a vector of what it observes and of the word that it is told, from the
    top down; all take their words from one codebook. Workers see nothing else of what is above.
    They share a `TiedNetwork`, which sees types of goods from a worker's own on; a word is the same
    for all who hear it, so each kind turns it into its own terms, by a matrix that it learns. Types
    other than its own are not alike to it: a word could not name one of them.

    Parameters
    ----------
    own : sequence of Feature
        What a worker observes.
    above : sequence of int
        Numbers that each level above observes, from the top down; in a row they come after the
        worker's own, in the same order.
    choices, hidden, first
        As of `TiedNetwork`.
    words, width : int
        Of the codebook.
    weight : float
        Of the distance between vectors and their words, in the loss.
    """

    kinds, memory = TiedNetwork.kinds, 0

    def __init__(
        self,
        own: Sequence[Feature],
        above: Sequence[int],
        choices: Sequence[int],
        hidden: Sequence[int] = (64, 64),
        words: int = 64,
        width: int = 8,
        weight: float = 0.25,
        first: int | None = None,
    ) -> None:
        super().__init__()
        self.parts, self.choices, self.weight = (len(own), *above), tuple(choices), weight
        self.codebook = Codebook(words, width)
        self.tellers = nn.ModuleList(
            _teller(seen + (width if at else 0), hidden[0], width) for at, seen in enumerate(above)
        )
        told = tuple(exact(f"word_{at}", -1.0, 1.0) for at in range(width))
        self.terms = nn.Parameter(torch.eye(width).repeat(self.kinds, 1, 1))
        self.base = TiedNetwork((*own, *told), choices, hidden, first=first)
        self.extra = torch.zeros(())

    @property
    def value_units(self) -> Tensor:
        """In what units the values are; see `SpecialistNetwork`."""
        return self.base.value_units

    def tell(self, above: Sequence[Tensor]) -> tuple[list[Tensor], Tensor]:
        """Return the word that each level is told, from the top down, and what it costs."""
        words: list[Tensor] = []
        cost = torch.zeros(())
        for teller, seen in zip(self.tellers, above, strict=True):
            word, far = self.codebook(teller(torch.cat([seen, *words[-1:]], -1)))
            words.append(word)
            cost = cost + far
        return words, self.weight * cost

    def forward(
        self, observed: Tensor, kind: Tensor, memory: Tensor | None = None
    ) -> tuple[Tensor, Tensor, None]:
        """Return logits, values and no memory, as `TiedNetwork` does.

        ``extra`` is left to be added to the loss.
        """
        own, *above = observed.float().split(self.parts, -1)
        words, self.extra = self.tell(above)
        heard = torch.einsum("nw,nwv->nv", words[-1], self.terms[kind])
        logits, values, _ = self.base(torch.cat([own, heard], -1), kind)
        return logits, values, None


def _teller(seen: int, hidden: int, width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(seen, hidden), nn.ReLU(), nn.Linear(hidden, width))
