"""The strips: the same places whatever is written in them, and nothing over the edge."""

from __future__ import annotations

import numpy as np
import pytest

from hive_env.render import palette
from hive_env.render.legend import Item, font, strip, text_width, type_at

LABELS = ["tick", "U", "type 0", "carrying", "depots open", "hazards"]


def items(value: str) -> list[Item]:
    return [Item(label, value, "1,000,000") for label in LABELS]


@pytest.mark.parametrize("width", [320, 480, 960, 3_000])
def test_a_strip_has_the_same_height_whatever_its_values(width):
    assert strip(items("0"), width).shape == strip(items("1,000,000"), width).shape


@pytest.mark.parametrize("width", [320, 480, 960])
def test_words_stay_within_the_strip(width):
    image = strip(items("1,000,000"), width)
    margin = type_at(width).margin // 2
    assert (image[:, -margin:] == palette.PANEL).all()
    assert (image[:, :margin] == palette.PANEL).all()
    assert (image[0] == palette.PANEL).all()
    assert (image[-1] == palette.PANEL).all()
    assert (image != palette.PANEL).any()


def test_items_never_overlap():
    """Each item alone, at its place, covers pixels that no other covers."""
    width = 500
    everything = items("1,000,000")
    covered = np.zeros(strip(everything, width).shape[:2], int)
    for index in range(len(everything)):
        lone = [
            one if at == index else Item("", "", f"{one.label} {one.longest}")
            for at, one in enumerate(everything)
        ]
        covered += (strip(lone, width) != palette.PANEL).any(axis=-1)
    assert covered.max() == 1


def test_text_grows_with_the_picture():
    sizes = [type_at(width).text for width in (320, 960, 1_920, 8_192)]
    assert sizes == sorted(sizes)
    assert text_width("workers", sizes[-1]) > text_width("workers", sizes[0])
    assert font(12) is font(12)
