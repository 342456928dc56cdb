"""Line charts as SVG, in panels: text that diffs, and nothing to install."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 460, 320
"""Size of a panel, pixels."""

LEFT, RIGHT, TOP, BOTTOM = 44, 14, 34, 44
"""Margins around the axes."""

COLOURS = ("#1f6fb2", "#c8501e", "#2c8a3d", "#7b4ba8", "#8a6d1d")
"""Of the lines, in order."""

FONT = 'font-family="sans-serif" font-size="11" fill="#333"'


@dataclass(frozen=True)
class Line:
    """One thing, as calculated and as measured.

    Parameters
    ----------
    name : str
        What it is.
    xs, exact : sequence of float
        Drawn as a line.
    marks : sequence of (x, y)
        Drawn as dots.
    """

    name: str
    xs: Sequence[float]
    exact: Sequence[float]
    marks: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Panel:
    """One chart of probabilities, from 0 to 1.

    Parameters
    ----------
    title, x_label : str
        What is written above and below it.
    lines : sequence of Line
        What it shows; at most as many as there are colours.
    low, high : float
        Ends of the x axis.
    logarithmic : bool
        Whether the x axis is; then ``low`` is above 0.
    steps : bool
        Whether values hold until the next, as those of a distribution of few values do.
    """

    title: str
    x_label: str
    lines: Sequence[Line]
    low: float
    high: float
    logarithmic: bool = False
    steps: bool = False

    def across(self, x: float) -> float:
        """Return where a value lies, pixels from the left."""
        inner = WIDTH - LEFT - RIGHT
        if self.logarithmic:
            x = max(x, self.low)
            return LEFT + inner * math.log(x / self.low) / math.log(self.high / self.low)
        return LEFT + inner * (x - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Return the values that the x axis names: powers of ten, or fifths."""
        if not self.logarithmic:
            return [self.low + (self.high - self.low) * part / 5 for part in range(6)]
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        return [10.0**power for power in range(first, last + 1)]


def picture(panels: Sequence[Panel]) -> str:
    """Return an SVG of panels side by side."""
    width = len(panels) * WIDTH
    drawn = [
        f'<g transform="translate({index * WIDTH},0)">\n{drawing(panel)}\n</g>'
        for index, panel in enumerate(panels)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" '
    head += f'viewBox="0 0 {width} {HEIGHT}">'
    ground = f'<rect width="{width}" height="{HEIGHT}" fill="white"/>'
    return "\n".join((head, ground, *drawn, "</svg>")) + "\n"


def drawing(panel: Panel) -> str:
    """Return the inside of one panel."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [_text(WIDTH / 2, 18, panel.title, "middle", 'font-weight="bold"')]
    parts.append(_text(WIDTH / 2, HEIGHT - 8, panel.x_label, "middle"))
    for part in range(5):
        y = _down(part / 4)
        parts.append(_straight(LEFT, y, right, y))
        parts.append(_text(LEFT - 6, y + 4, f"{part / 4:g}", "end"))
    for value in panel.ticks():
        x = panel.across(value)
        parts.append(_straight(x, bottom, x, bottom + 4))
        parts.append(_text(x, bottom + 17, _named(value), "middle"))
    # Names stand where survival has ended, and distributions have not begun.
    x, anchor = (right - 4, "end") if not panel.steps else (LEFT + 6, "start")
    for number, (line, colour) in enumerate(zip(panel.lines, COLOURS, strict=False)):
        parts += _drawn(panel, line, colour)
        named = f'style="fill:{colour}"'
        parts.append(_text(x, TOP + 16 + 15 * number, line.name, anchor, named))
    return "\n".join(parts)


def _drawn(panel: Panel, line: Line, colour: str) -> list[str]:
    points: list[tuple[float, float]] = []
    for x, y in zip(line.xs, line.exact, strict=True):
        if panel.steps and points:
            points.append((panel.across(x), points[-1][1]))
        points.append((panel.across(x), _down(y)))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    style = f'fill="none" stroke="{colour}" stroke-width="1.4"'
    dots = [
        f'<circle cx="{panel.across(x):.1f}" cy="{_down(y):.1f}" r="2.4" fill="{colour}"/>'
        for x, y in line.marks
        if panel.low <= x <= panel.high
    ]
    return [f'<polyline points="{path}" {style}/>', *dots]


def _named(value: float) -> str:
    """Return a value of the x axis in words: short, for powers of ten."""
    return f"1e{math.log10(value):.0f}" if value >= 1e5 else f"{value:,.6g}"


def _down(share: float) -> float:
    """Return where a probability lies, pixels from the top."""
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - share)


def _text(x: float, y: float, words: str, anchor: str, more: str = "") -> str:
    safe = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {FONT} {more}>{safe}</text>'


def _straight(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#ccc"/>'
