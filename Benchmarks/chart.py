"""A chart with lines as SVG that follows the reader's light or dark theme. Nothing but Python's own library."""

import math
from dataclasses import dataclass
from html import escape

STYLE = """
  svg { color-scheme: light dark; --ground: #ffffff; --ink: #1f2328; --quiet: #59636e; --grid: #d8dee4;
        --c0: #0969da; --c1: #1a7f37; --c2: #bc4c00; --c3: #8250df; }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #0d1117; --ink: #f0f6fc; --quiet: #9198a1; --grid: #2b323b;
          --c0: #58a6ff; --c1: #3fb950; --c2: #f0883e; --c3: #bc8cff; }
  }
  .ground { fill: var(--ground); }
  .grid { stroke: var(--grid); stroke-width: 1; }
  .fine { stroke-dasharray: 1 4; }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
         fill: var(--quiet); }
  .title { font-size: 18px; font-weight: 600; fill: var(--ink); }
  .value { font-size: 11.5px; font-weight: 600; text-anchor: middle; paint-order: stroke; stroke: var(--ground);
           stroke-width: 4px; stroke-linejoin: round; }
  .name { font-size: 14px; font-weight: 600; }
  .middle { text-anchor: middle; }
  .end { text-anchor: end; }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round; }
  .band { fill: var(--c1); opacity: .14; }
  .dot { stroke: var(--ground); stroke-width: 2; }
"""


@dataclass
class Series:
    name: str
    points: list            # (x, y)
    labels: list            # of the points
    labelled_above: bool = True


@dataclass
class Axis:
    """From `lowest` to `highest`, on a logarithmic scale unless `linear`; `ticks` are (value, text)."""

    title: str
    lowest: float
    highest: float
    ticks: list
    linear: bool = False

    def share(self, value):
        low, high, value = (self.lowest, self.highest, value) if self.linear else map(
            math.log10, (self.lowest, self.highest, value))
        return (value - low) / (high - low)


@dataclass
class Chart:
    title: str
    subtitle: str
    across: Axis
    up: Axis
    series: list
    band: tuple | None = None  # (name, lower points, upper points): a shaded region
    width: int = 860
    height: int = 490
    left: int = 74
    right: int = 176
    top: int = 100
    bottom: int = 62

    def x(self, value):
        return self.left + self.across.share(value) * (self.width - self.left - self.right)

    def y(self, value):
        return self.height - self.bottom - self.up.share(value) * (self.height - self.top - self.bottom)

    def place(self, point):
        return f"{self.x(point[0]):.1f},{self.y(point[1]):.1f}"

    def grid(self):
        left, right, floor = self.left, self.width - self.right, self.height - self.bottom
        for value, text in self.up.ticks:
            y = self.y(value)
            yield f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield f'<text class="end" x="{left - 10}" y="{y + 4:.1f}">{escape(text)}</text>'
        for value, text in self.across.ticks:
            x = self.x(value)
            yield f'<line class="grid fine" x1="{x:.1f}" x2="{x:.1f}" y1="{self.top}" y2="{floor}"/>'
            yield f'<text class="middle" x="{x:.1f}" y="{floor + 22}">{escape(text)}</text>'
        yield f'<text class="middle" x="{(left + right) / 2:.1f}" y="{floor + 46}">{escape(self.across.title)}</text>'
        yield f'<text x="{left - 56}" y="{self.top - 14}">{escape(self.up.title)}</text>'

    def shaded(self):
        if self.band:
            name, lower, upper = self.band
            places = " ".join(self.place(point) for point in (*lower, *reversed(upper)))
            yield f'<polygon class="band" points="{places}"><title>{escape(name)}</title></polygon>'

    def lines(self):
        for number, series in enumerate(self.series):
            color = f"var(--c{number})"
            places = " ".join(self.place(point) for point in series.points)
            yield f'<polyline class="line" points="{places}" style="stroke:{color}"/>'
            for point, label in zip(series.points, series.labels):
                x, y = self.x(point[0]), self.y(point[1])
                yield f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="5.5" style="fill:{color}"/>'
                at = y - 12 if series.labelled_above else y + 21
                yield f'<text class="value" x="{x:.1f}" y="{at:.1f}" style="fill:{color}">{escape(label)}</text>'

    def names(self):
        """Each line's name at its end, moved apart where they would overlap."""
        floor = math.inf
        ends = sorted(((self.y(series.points[-1][1]), number, series) for number, series in enumerate(self.series)),
                      key=lambda end: end[0], reverse=True)
        for y, number, series in ends:
            floor = min(y, floor - 20)
            yield (f'<text class="name" x="{self.width - self.right + 18}" y="{floor + 5:.1f}" '
                   f'style="fill:var(--c{number})">{escape(series.name)}</text>')

    def svg(self):
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-label="{escape(self.title)}">',
            f"<style>{STYLE}</style>",
            f'<rect class="ground" width="{self.width}" height="{self.height}" rx="8"/>',
            f'<text class="title" x="{self.left - 56}" y="30">{escape(self.title)}</text>',
            f'<text x="{self.left - 56}" y="50">{escape(self.subtitle)}</text>',
            *self.grid(), *self.shaded(), *self.lines(), *self.names(), "</svg>",
        ]
        return "\n".join(parts) + "\n"
