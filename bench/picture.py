"""The picture for the README, `docs/images/performance.svg`, from the newest result (`publish`).

One bar for each row: how many times as many operations a second as the peer, whose own rate is the line at 1.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "performance.svg"

_CONNECTIONS = 64  # where a row exists for several numbers
_WIDTH, _LABELS, _FIGURES = 900, 330, 190  # of the picture, of the names at the left, of the figures at the right
_ROW, _BAR, _TOP, _BOTTOM = 26, 14, 56, 52
# Readable on white and on GitHub's dark page: whoever shows the picture says which of the two it is.
_STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .title { font-size: 15px; font-weight: 600; }
    .quiet { fill: #59636e; }
    .bar { fill: #1a7f64; }
    .short { fill: #bc4c00; }
    .line { stroke: #59636e; stroke-dasharray: 3 3; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .quiet { fill: #9198a1; }
      .bar { fill: #3fb68b; }
      .short { fill: #f0883e; }
      .line { stroke: #9198a1; }
    }
"""


def shown_rows(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of each scenario, database and algorithm the row with the most connections that is at most `_CONNECTIONS`."""
    best: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for row in rows:
        key = (row["scenario"], row["database"], row["algorithm"])
        if row["connections"] <= _CONNECTIONS and row["connections"] >= best.get(key, row)["connections"]:
            best[key] = row
    return list(best.values())


def draw(result: Mapping[str, Any]) -> str:
    """The SVG of a result as `Result.to_json` gives it."""
    rows = shown_rows(result["rows"])
    widest = max(1.0, *(row["ratio"] for row in rows))
    unit = (_WIDTH - _LABELS - _FIGURES) / widest
    height = _TOP + _ROW * len(rows) + _BOTTOM
    title = "Operations a second on one core, compared with oidc-provider = 1"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{title}">',
        f"<style>{_STYLE}</style>",
        f'<text class="title" x="0" y="20">{title}</text>',
        *(_bar(row, _TOP + _ROW * number, unit) for number, row in enumerate(rows)),
        _line(unit, height - _BOTTOM),
        f'<text class="quiet" x="0" y="{height - 12}">{escape(_origin(result))}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _bar(row: Mapping[str, Any], top: float, unit: float) -> str:
    base = top + _BAR - 2
    kind = "bar" if row["ratio"] >= 1 else "short"
    name = f"{row['title']}, {row['database']}"
    if row["algorithm"] != "ES256":
        name += f", {row['algorithm']}"
    figures = f"{row['ratio']:.1f} ×  ({row['ours']['rate']:,.0f} : {row['peer']['rate']:,.0f} /s)".replace(",", " ")
    length = row["ratio"] * unit
    return (
        f'<text x="0" y="{base}">{escape(name)}</text>'
        f'<rect class="{kind}" x="{_LABELS}" y="{top}" width="{length:.1f}" height="{_BAR}" rx="2"/>'
        f'<text class="quiet" x="{_LABELS + max(length, unit) + 8:.1f}" y="{base}">{figures}</text>'
    )


def _line(unit: float, bottom: float) -> str:
    x = f"{_LABELS + unit:.1f}"
    return f'<line class="line" x1="{x}" y1="{_TOP - 8}" x2="{x}" y2="{bottom}"/>'


def _origin(result: Mapping[str, Any]) -> str:
    versions = result["versions"]
    return (
        f"{result['made_at'][:10]}, {result['machine']['processor']}, oidc-provider {versions['oidc-provider']} "
        f"on Node {versions['Node']}, Python {versions['Python']}; every commit durable"
    )
