"""Line charts as SVG, in small panels: nothing to install, and text that diffs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 360, 250
"""Size of a panel, pixels."""

LEFT, RIGHT, TOP, BOTTOM = 52, 12, 34, 42
"""Margins around the axes."""

FONT = 'font-family="sans-serif" font-size="11" fill="#333"'


@dataclass(frozen=True)
class Panel:
    """One chart: lines over x, and levels that do not change with x.

    Parameters
    ----------
    title, x_label, y_label : str
        What is written above, below and beside it.
    lines : sequence of (x, y)
        Drawn in the same colour: runs of one thing.
    marks : sequence of (name, value)
        Horizontal dashed lines with their names.
    band : (x, middle, low, high), optional
        A thicker line, and what lies between two others.
    """

    title: str
    x_label: str
    y_label: str
    lines: Sequence[tuple[Sequence[float], Sequence[float]]]
    marks: Sequence[tuple[str, float]]
    band: tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[float]] | None = None


def picture(panels: Sequence[Panel], across: int = 2) -> str:
    """Return an SVG of panels, row by row."""
    rows = -(-len(panels) // across)
    width, height = across * WIDTH, rows * HEIGHT
    drawn = [
        f'<g transform="translate({index % across * WIDTH},{index // across * HEIGHT})">\n'
        f"{drawing(panel)}\n</g>"
        for index, panel in enumerate(panels)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
    head += f'viewBox="0 0 {width} {height}">'
    ground = f'<rect width="{width}" height="{height}" fill="white"/>'
    return "\n".join((head, ground, *drawn, "</svg>")) + "\n"


def drawing(panel: Panel) -> str:
    """Return the inside of one panel."""
    xs = [x for line in panel.lines for x in line[0]]
    ys = [y for line in panel.lines for y in line[1]] + [value for _, value in panel.marks]
    right, top = max(xs), nice(max(ys))
    low = min(0.0, *ys)
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def at(x: float, y: float) -> tuple[float, float]:
        across = LEFT + inner_width * x / right
        down = TOP + inner_height * (1 - (y - low) / (top - low))
        return round(across, 1), round(down, 1)

    parts = [text(WIDTH / 2, 18, panel.title, "middle", 'font-weight="bold"')]
    parts.append(text(WIDTH / 2, HEIGHT - 8, panel.x_label, "middle"))
    turned = f'transform="rotate(-90 14 {HEIGHT / 2})"'
    parts.append(text(14, HEIGHT / 2, panel.y_label, "middle", turned))
    for share in range(5):
        value = low + (top - low) * share / 4
        x, y = at(0, value)
        parts.append(rule(x, y, at(right, value)[0], y, 'stroke="#ddd"'))
        parts.append(text(x - 6, y + 4, f"{value:.3g}", "end"))
        x, y = at(right * share / 4, low)
        # The last number ends where the axis does: beyond it the panel is over.
        parts.append(
            text(x, y + 16, thousands(right * share / 4), "end" if share == 4 else "middle")
        )
    for name, value in panel.marks:
        x, y = at(0, value)
        parts.append(rule(x, y, at(right, value)[0], y, 'stroke="#888" stroke-dasharray="5 4"'))
        parts.append(text(at(right, value)[0] - 4, y - 4, name, "end"))

    def points(x: Sequence[float], y: Sequence[float]) -> str:
        return " ".join("{},{}".format(*at(*one)) for one in zip(x, y, strict=True))

    thin = 1.8
    if panel.band:
        along, middle, below, above = panel.band
        around = f"{points(along, above)} {points(along[::-1], below[::-1])}"
        parts.append(f'<polygon points="{around}" fill="#1f6fb2" fill-opacity="0.18"/>')
        parts.append(line(points(along, middle), 2.4))
        thin = 0.9
    parts += [line(points(*one), thin) for one in panel.lines]
    return "\n".join(parts)


def line(points: str, width: float) -> str:
    """Return a line through points."""
    return f'<polyline points="{points}" fill="none" stroke="#1f6fb2" stroke-width="{width}"/>'


def nice(value: float) -> float:
    """Return a round number a little above a value."""
    step = 10.0 ** (len(str(int(max(value, 1)))) - 1) / 2
    return step * (int(value / step) + 1)


def thousands(value: float) -> str:
    """Return a count in thousands or millions."""
    if value >= 1e6:
        return f"{value / 1e6:.3g} M"
    return f"{value / 1e3:.3g} k" if value >= 1e3 else f"{value:.3g}"


def text(x: float, y: float, words: str, anchor: str, more: str = "") -> str:
    """Return words at a place."""
    safe = words.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" {FONT} {more}>{safe}</text>'


def rule(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """Return a straight line."""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" {style}/>'
