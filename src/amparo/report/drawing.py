"""The house style of a chart: colours, sizes, and marks laid in one Vega-Lite view that becomes SVG text.

Sizes never depend on measured text, so that the same findings give the same bytes on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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

Rows = Sequence[dict[str, Any]]
Layer = dict[str, Any]


def _layer(mark: str, rows: Rows, style: dict[str, Any], ends: bool, *paints: str) -> Layer:
    """One kind of mark in Vega-Lite, at places given in pixels and in colours given as they are."""
    encoding: dict[str, Any] = {
        axis: {"field": axis, "type": "quantitative", "scale": None, "axis": None} for axis in ("x", "y")
    }
    if ends:
        encoding |= {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
    encoding |= {name: {"field": name, "type": "nominal", "scale": None, "legend": None} for name in paints}
    return {"data": {"values": list(rows)}, "mark": {"type": mark, **style}, "encoding": encoding}


def texts(rows: Rows, **style: Any) -> Layer:
    """Words: rows of x, y, text and optionally fill."""
    style = {"align": "left", "baseline": "middle", "fontSize": SIZE} | style
    layer = _layer("text", [{"fill": INK, **row} for row in rows], style, False, "fill")
    layer["encoding"]["text"] = {"field": "text", "type": "nominal"}
    return layer


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
    spec = {
        "layer": list(layers),
        "width": width,
        "height": height,
        "padding": 0,
        "autosize": "none",
        "config": {"aria": False, "font": FONT, "background": "transparent", "view": {"stroke": None}},
    }
    return vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])


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
