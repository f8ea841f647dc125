"""The house style of a chart: colours, sizes, and marks laid in one Vega-Lite view that becomes SVG text.

Sizes never depend on measured text, so that the same findings give the same bytes on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import altair as alt
import vl_convert

WIDE, NARROW = 680, 340  # CSS pixels: a column of text, a telephone

INK = "#1f2d38"
MUTED = "#5a6975"
GRID = "#dde4e9"
STRIPE = "#f4f7f9"
BLUE = "#1f5f8b"
PALE = "#a9c6da"
ORANGE = "#b4510b"  # told from the blue by every common colour vision; in grey its label tells

# The page sets its own family in CSS; the PDF finds this one inside typst.
FONT = "Libertinus Serif, Georgia, serif"
SIZE = 12
LETTER = 0.52 * SIZE  # a generous mean width of one letter, to choose the side of a label

# The channels of a mark: where it stands, how it is painted.
PLACES = {"x": alt.X, "y": alt.Y}
PAINTS = {"fill": alt.Fill, "stroke": alt.Stroke}

Rows = Sequence[dict[str, Any]]
Layer = alt.Chart
Mark = Literal["text", "rect", "rule", "point"]


def _layer(mark: Mark, rows: Rows, style: dict[str, Any], ends: bool, *paints: str) -> Layer:
    """One kind of mark, at places given in pixels and in colours given as they are."""
    channels: dict[str, Any] = {
        axis: PLACES[axis](axis, type="quantitative", scale=None, axis=None) for axis in PLACES
    }
    if ends:
        channels |= {"x2": alt.X2("x2"), "y2": alt.Y2("y2")}
    channels |= {name: PAINTS[name](name, type="nominal", scale=None, legend=None) for name in paints}
    data = alt.Data(values=list(rows))
    return alt.Chart(data, mark=alt.MarkDef(type=mark, **style)).encode(**channels)


def texts(rows: Rows, **style: Any) -> Layer:
    """Words: rows of x, y, text and optionally fill."""
    style = {"align": "left", "baseline": "middle", "fontSize": SIZE} | style
    layer = _layer("text", [{"fill": INK, **row} for row in rows], style, False, "fill")
    return layer.encode(text=alt.Text("text", type="nominal"))


def boxes(rows: Rows) -> Layer:
    """Rectangles: rows of x, x2, y, y2, fill and optionally stroke."""
    return _layer("rect", [{"stroke": None, **row} for row in rows], {}, True, "fill", "stroke")


def lines(rows: Rows, **style: Any) -> Layer:
    """Straight lines: rows of x, x2, y, y2 and stroke."""
    return _layer("rule", rows, style, True, "stroke")


def dots(rows: Rows, **style: Any) -> Layer:
    """Signs: rows of x, y, fill and optionally stroke."""
    painted = [{"stroke": None, **row} for row in rows]
    return _layer("point", painted, {"opacity": 1} | style, False, "fill", "stroke")


def svg(layers: Sequence[Layer], width: float, height: float) -> str:
    """The layers as one SVG of exactly that size, without a script, a style or an outside address."""
    chart = alt.layer(*layers, width=width, height=height, padding=0, autosize="none").configure(
        aria=False, font=FONT, background="transparent", view=alt.ViewConfig(stroke=None)
    )
    return vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])


def ticks(top: float, wanted: int) -> list[float]:
    """Round numbers from 0 that cover `top` in about `wanted` steps of 1, 2 or 5 times a power of ten."""
    step = 1.0
    while top / step > wanted:
        step *= 2 if str(int(step))[0] in "15" else 2.5
    return [step * i for i in range(int(top // step) + 1)]


def clip(text: str, room: float, size: float = SIZE) -> str:
    """The text cut to what fits in `room` pixels, with an ellipsis where something is lost."""
    letters = int(room / (0.5 * size))
    return text if len(text) <= letters else text[: max(letters - 1, 1)].rstrip() + "…"
