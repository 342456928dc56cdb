"""A network for what is a table of alike things: the regions of a governor, the types of goods.

What is learned of one item is known of all of them (Zaheer et al., *Deep sets*, 2017): each has the
same weights, and sees the others only as their mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from hive_env.errors import ArgumentError
from hive_env.scenarios.features import Feature


class SetNetwork(nn.Module):
    """Logits and a value of observations in which items alike have features alike.

    A feature belongs to an item when its name has the item's between underscores (``r0_crowd`` to
    ``r0``, ``s1_stock_a`` to ``a``); what belongs to none is seen by all. Layers are
    ``relu(map of the item + map of the items' mean)``; with the mean the first is given what
    belongs to none.

    Parameters
    ----------
    features : sequence of Feature
        F features of an observation.
    choices : sequence of int
        Number of values of each part of an action: first those of the items, one each, then the
        others, which are read from the items' mean.
    items : sequence of str
        Names, in the order of their parts of the action.
    hidden : sequence of int
        Widths of the hidden layers.

    Raises
    ------
    ArgumentError
        When items are not alike: in their features, or in the values of their choices.
    """

    value_units: Tensor
    own: Tensor
    common: Tensor

    kinds, memory = 1, 0

    def __init__(
        self,
        features: Sequence[Feature],
        choices: Sequence[int],
        items: Sequence[str],
        hidden: Sequence[int] = (64, 64),
    ) -> None:
        super().__init__()
        names = [one.name.split("_") for one in features]
        own = [[at for at, parts in enumerate(names) if item in parts] for item in items]
        stems = [
            [[part for part in names[at] if part != item] for at in places]
            for item, places in zip(items, own, strict=True)
        ]
        if any(stem != stems[0] for stem in stems) or len(set(choices[: len(items)])) != 1:
            raise ArgumentError("items", "names whose features and choices are alike", list(items))
        self.items, self.choices = len(items), tuple(choices)
        whose = {at for places in own for at in places}
        self.register_buffer("own", torch.tensor(own))
        common = [at for at in range(len(names)) if at not in whose]
        self.register_buffer("common", torch.tensor(common, dtype=torch.int64))
        self.register_buffer("value_units", torch.zeros(3, dtype=torch.float64))
        alone, together = (len(own[0]), *hidden), (len(own[0]) + len(common), *hidden)
        self.alone = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(alone))
        self.together = nn.ModuleList(nn.Linear(*pair, bias=False) for pair in pairwise(together))
        rest = sum(choices[self.items :])
        self.logits = nn.Linear(hidden[-1], choices[0])
        self.others = nn.Linear(hidden[-1], rest) if rest else None
        self.value = nn.Linear(hidden[-1], 1)
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.orthogonal_(layer.weight, 1.0)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        for layer in (self.logits, self.others):
            if layer is not None:
                nn.init.orthogonal_(layer.weight, 0.01)

    def of_items(
        self, features: Sequence[Feature], choices: Sequence[int], items: Sequence[str]
    ) -> SetNetwork:
        """Return a network of the same weights for more items, or fewer.

        Raises
        ------
        ArgumentError
            When items are not alike, or not like those of this network.
        """
        hidden = [layer.out_features for layer in self.alone if isinstance(layer, nn.Linear)]
        found = SetNetwork(features, choices, items, hidden)
        mine = dict(self.named_parameters())
        theirs = {name: tuple(one.shape) for name, one in found.named_parameters()}
        if theirs != {name: tuple(one.shape) for name, one in mine.items()}:
            raise ArgumentError("items", "names of what this network has learned for", list(items))
        found.load_state_dict({**found.state_dict(), **mine, "value_units": self.value_units})
        return found

    def forward(
        self, observed: Tensor, kind: Tensor | None = None, memory: Tensor | None = None
    ) -> tuple[Tensor, Tensor, None]:
        """Return logits float32[n, sum(choices)], values float32[n], and no memory.

        Parameters
        ----------
        observed : float32[n, F]
            Observations.
        kind, memory
            As of `SpecialistNetwork`, not looked at.
        """
        rows, common = observed[:, self.own], observed[:, self.common]
        for alone, together in zip(self.alone, self.together, strict=True):
            shared = together(torch.cat([rows.mean(1), common], -1))
            rows = functional.relu(alone(rows) + shared[:, None])
            common = common[:, :0]
        mean = rows.mean(1)
        logits = self.logits(rows).flatten(1)
        if self.others is not None:
            logits = torch.cat([logits, self.others(mean)], -1)
        return logits, self.value(mean).squeeze(-1), None
