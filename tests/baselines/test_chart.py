"""Charts as SVG."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree


def drawn(*panels: Any) -> list[Any]:
    from baselines.chart import picture

    return list(ElementTree.fromstring(picture(panels)).iter())


def panel(title: str = "a < b & c", top: float = 4.0) -> Any:
    from baselines.chart import Panel

    lines = [([100.0, 200.0], [1.0, top]), ([100.0, 200.0], [0.5, 2.0])]
    return Panel(title, "x", "y", lines, [("scripted", 3.0)])


def points(tree: list[Any]) -> list[list[tuple[float, float]]]:
    lines = [one.get("points") for one in tree if one.tag.endswith("polyline")]
    return [[tuple(map(float, at.split(","))) for at in line.split()] for line in lines]  # type: ignore[misc]


def test_every_run_is_a_line_that_rises_where_its_values_do() -> None:
    first, second = points(drawn(panel()))
    assert first[0][0] < first[1][0]
    assert first[1][1] < second[1][1] < first[0][1] < second[0][1]


def test_words_are_escaped_and_levels_named() -> None:
    words = [one.text for one in drawn(panel()) if one.tag.endswith("text")]
    assert "a < b & c" in words
    assert "scripted" in words


def test_no_line_leaves_its_panel() -> None:
    from baselines.chart import HEIGHT, WIDTH

    for top in (0.4, 4.0, 5.0, 40.0, 999.0):
        for line in points(drawn(panel(top=top), panel(top=top))):
            assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in line)


def test_panels_stand_side_by_side() -> None:
    places = [one.get("transform") for one in drawn(panel(), panel(), panel())]
    shown = [place for place in places if place and place.startswith("translate")]
    assert shown == ["translate(0,0)", "translate(360,0)", "translate(0,250)"]
