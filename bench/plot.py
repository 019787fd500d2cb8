"""Charts as SVG: a few dozen lines of text each instead of a library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 36, 48
_COLOURS = ("#0b6e99", "#c4501b", "#3c7d3c", "#7a4b94")
_LEGEND_LINE = 18


def chart(
    title: str, x_label: str, y_label: str, lines: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """Draw lines over an x axis whose steps are powers of ten; the y axis begins at 0."""
    points = [point for line in lines.values() for point in line]
    low, high = (math.log10(limit(x for x, _ in points)) for limit in (min, max))
    top = _round_up(max(y for _, y in points))

    def at(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - low) / ((high - low) or 1)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - y / top * (_HEIGHT - _TOP - _BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
        "<style>text{font:12px sans-serif;fill:#333}</style>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
        _text(_WIDTH / 2, 20, title, 'text-anchor="middle"'),
        _text((_LEFT + _WIDTH) / 2, _HEIGHT - 10, x_label, 'text-anchor="middle"'),
        _text(0, 0, y_label, f'transform="translate(16 {_HEIGHT / 2}) rotate(-90)"'),
    ]
    for step in range(5):
        x, y = at(10**low, top * step / 4)
        parts.append(f'<path d="M{x} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>')
        parts.append(_text(x - 6, y + 4, f"{top * step / 4:g}", 'text-anchor="end"'))
    for value in sorted({x for x, _ in points}):
        x, y = at(value, 0)
        parts.append(_text(x, y + 18, f"{value:,.0f}", 'text-anchor="middle"'))
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [at(x, y) for x, y in line]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        parts.append(f'<path d="M{path}" stroke="{colour}" stroke-width="2" fill="none"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        own = f'style="fill:{colour}"'
        parts.append(_text(_LEFT + 12, _TOP + 12 + number * _LEGEND_LINE, name, own))
    return "\n".join([*parts, "</svg>", ""])


def bars(title: str, x_label: str, values: Mapping[str, float]) -> str:
    """Draw a bar for each value, the first on top; the x axis begins at 0."""
    left, step = 4 * _LEFT, 22
    height = _TOP + step * len(values) + _BOTTOM
    most = _round_up(max(values.values()))
    scale = (_WIDTH - left - 3 * _RIGHT) / most
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}">',
        "<style>text{font:12px sans-serif;fill:#333}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>',
        _text(_WIDTH / 2, 20, title, 'text-anchor="middle"'),
        _text(_WIDTH / 2, height - 10, x_label, 'text-anchor="middle"'),
    ]
    for part in range(5):
        x = left + scale * most * part / 4
        parts.append(f'<path d="M{x:.1f} {_TOP}V{height - _BOTTOM}" stroke="#ddd"/>')
        label = f"{most * part / 4:g}"
        parts.append(_text(x, height - _BOTTOM + 16, label, 'text-anchor="middle"'))
    for number, (name, value) in enumerate(values.items()):
        y = _TOP + step * number + 4
        size = f'width="{scale * value:.1f}" height="{step - 8}"'
        parts.append(f'<rect x="{left}" y="{y}" {size} fill="{_COLOURS[0]}"/>')
        parts.append(_text(left - 8, y + 11, name, 'text-anchor="end"'))
        parts.append(_text(left + scale * value + 6, y + 11, f"{value:.3f}", ""))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, own: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {own}>{escape(text)}</text>'


def _round_up(value: float) -> float:
    step: float = 10 ** math.floor(math.log10(value))
    return math.ceil(value / step) * step
