"""A chart's XML (DrawingML, ECMA-376 part 1, 21.2) -> its title and its figures as a table. Pure."""

from __future__ import annotations

from typing import Any

from rag.ingest.opc import local
from rag.ingest.tables import SEPARATOR, one_line

MAX_POINTS = 500  # of a series
_KINDS = {
    "barChart": "Bar chart", "bar3DChart": "Bar chart", "lineChart": "Line chart", "line3DChart": "Line chart",
    "pieChart": "Pie chart", "pie3DChart": "Pie chart", "ofPieChart": "Pie chart", "doughnutChart": "Doughnut chart",
    "areaChart": "Area chart", "area3DChart": "Area chart", "scatterChart": "Scatter chart",
    "bubbleChart": "Bubble chart", "radarChart": "Radar chart", "stockChart": "Stock chart",
    "surfaceChart": "Surface chart", "surface3DChart": "Surface chart",
}  # fmt: skip


def chart_lines(root: Any) -> list[str]:
    """Title, kind, and a line for each category with the series' figures; `""` stands before and after."""
    lines = [""]
    title = _title(root)
    if title:
        lines += [title, ""]
    kinds = [_KINDS[local(element)] for element in root.iter() if local(element) in _KINDS]
    series = [_series(element) for element in root.iter("{*}ser")]
    lines += [kinds[0] if kinds else "Chart", ""]
    names = [name for name, _, _ in series]
    if any(names):
        lines.append(SEPARATOR.join(["", *names]).strip() if len(names) > 1 else names[0])
    categories = max((categories for _, categories, _ in series), key=len, default={})
    for index in sorted({index for _, _, values in series for index in values} | set(categories))[:MAX_POINTS]:
        figures = [values.get(index, "") for _, _, values in series]
        lines.append(SEPARATOR.join(filter(None, [categories.get(index, ""), *figures])))
    return [*lines, ""]


def _title(root: Any) -> str:
    """The chart's own title; an axis's is not meant."""
    title = root.find(".//{*}chart/{*}title")
    return "" if title is None else one_line(" ".join(text.text or "" for text in title.iter("{*}t", "{*}v")))


def _series(element: Any) -> tuple[str, dict[int, str], dict[int, str]]:
    """(name, its categories, its values), the latter by index."""
    name = element.find("{*}tx")
    values = _points(element.find("{*}val")) or _points(element.find("{*}yVal"))
    categories = _points(element.find("{*}cat")) or _points(element.find("{*}xVal"))
    return ("" if name is None else one_line(" ".join(v.text or "" for v in name.iter("{*}v")))), categories, values


def _points(element: Any) -> dict[int, str]:
    if element is None:
        return {}
    found = {}
    for point in element.iter("{*}pt"):
        value, index = point.find("{*}v"), point.get("idx") or ""
        if value is not None and value.text and index.isascii() and index.isdigit() and len(index) < 7:
            found[int(index)] = one_line(value.text)
    return found
