"""The report of an audit as one page of HTML: figures, plots, and a table to search and sort.

The page holds everything that it shows. Its content security policy lets it load nothing, and lets
no script run but its own, so a hostile name of an image or text of a label stays text. The plots
are there without scripts, too; the table needs one.
"""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
import json

from pyggcr._os.atomic_write import writable
from pyggcr.audit.charts import Bar, chart
from pyggcr.audit.summary import AGES, CONTENTS, SIZES, Summary
from pyggcr.doctor.catalogue import CATALOGUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from typing import Any

    from pyggcr.audit.rows import Row, RowLayer

__all__ = ["TABLE_ROWS", "write_page"]

# Rows that the table holds at most: browsers become slow with more. The plots count all.
TABLE_ROWS = 20_000

_MOST = 15  # bars of a plot whose number is not fixed
_SEVERITIES = ("error", "warning", "info", "none")
_COLUMNS = (
    ("reference", "image"),
    ("platform", "platform"),
    ("size", "size"),
    ("age", "age in days"),
    ("layers", "layers"),
    ("severity", "findings"),
)


def write_page(
    path: str | os.PathLike[str], rows: Iterable[Row], *, title: str = "Audit of images"
) -> None:
    """Write the report of an audit to a file, which is replaced once the report is complete.

    Args:
        path: of the file.
        rows: of the audit; they are read once. The first ``TABLE_ROWS`` with a finding of severity
            warning or error, or an error of their own, come into the table, then others while
            there is room.
        title: of the page.

    Raises:
        FileAccessError: the file cannot be written.

    >>> from pyggcr.audit import Row
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "report.html")
    >>> write_page(path, [Row("app:1")])
    >>> os.path.getsize(path) > 1000
    True
    """
    summary = Summary()
    urgent: list[dict[str, Any]] = []
    other: list[dict[str, Any]] = []
    for row in rows:
        summary.add(row)
        kept = urgent if row.error or row.severity in ("warning", "error") else other
        if len(kept) < TABLE_ROWS:
            kept.append(_table_row(row))
    table = (urgent + other)[:TABLE_ROWS]
    with writable(path) as file:
        for part in _parts(title, summary, table):
            file.write(part.encode("utf-8", "replace"))


def _parts(title: str, summary: Summary, table: list[dict[str, Any]]) -> Iterator[str]:
    style, script = _asset("page.css"), _asset("page.js")
    yield '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
    yield f"<title>{_text(title)}</title>\n"
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    yield f"style-src '{_source(style)}'; script-src '{_source(script)}'\">\n"
    yield '<meta name="viewport" content="width=device-width">\n'
    yield f"<style>{style}</style>\n<h1>{_text(title)}</h1>\n"
    yield from _tiles(summary)
    yield '<div class="plots">\n'
    yield from _charts(summary)
    yield "</div>\n"
    yield from _table(summary, table)
    yield f"<script>{script}</script>\n</html>\n"


def _tiles(summary: Summary) -> Iterator[str]:
    flawed = summary.severities["error"] + summary.severities["warning"]
    tiles = (
        (f"{summary.images:,}", "images"),
        (f"{flawed:,}", "with warnings or errors"),
        (f"{summary.severities['none'] + summary.severities['info']:,}", "without"),
        (f"{summary.failed:,}", "could not be read completely"),
        (_size(summary.size), "in all images together"),
        (_size(summary.duplicated), "stored more than once"),
        (f"{summary.mixed:,}", "with mixed compression"),
    )
    yield '<div class="tiles">'
    for figure, meaning in tiles:
        yield f"<div><b>{figure}</b> {meaning}</div>"
    yield "</div>\n"


def _charts(summary: Summary) -> Iterator[str]:
    severities = [Bar(it, summary.severities[it], kind=it) for it in _SEVERITIES]
    yield chart("Images by their worst finding", severities)
    yield chart("Images by finding", [_finding_bar(*it) for it in summary.findings.most_common()])
    yield chart("Tools that fail", _bars(summary.tools), note="Images on which a version fails.")
    yield chart("Size of images", [Bar(name, summary.sizes[name]) for name, _ in SIZES])
    ages = [Bar(name, summary.ages[name]) for name in (*(it for it, _ in AGES), "unknown")]
    yield chart("Age of images", ages)
    yield chart("Compression of layers", _bars(summary.compressions))
    yield chart("Platforms", _bars(summary.platforms))
    if summary.errors:
        yield chart("Why images could not be read", _bars(summary.errors, "error"))
    duplicated = [
        Bar(it.diff_id, it.wasted, f"{_size(it.wasted)} in {len(it.blobs)} blobs")
        for it in summary.most_duplicated(_MOST)
    ]
    note = "Contents (diff_id) under more than one digest, and what one blob would save."
    if summary.forgotten:
        note += f" Of all layers, the first {CONTENTS:,} different contents were compared."
    yield chart("Duplicated layers", duplicated, note=note, above=True)
    shared = [
        Bar(digest, (images - 1) * size, f"{_size(size)} in {images:,} images")
        for digest, images, size in summary.most_shared(_MOST)
    ]
    note = "Layers that several images have, by the bytes that a registry stores once."
    yield chart("Shared layers", shared, note=note, above=True)


def _bars(counts: dict[str, int], kind: str = "bar") -> list[Bar]:
    most = sorted(counts.items(), key=lambda it: (-it[1], it[0]))
    bars = [Bar(name, count, kind=kind) for name, count in most[:_MOST]]
    if rest := sum(count for _, count in most[_MOST:]):
        bars.append(Bar(f"{len(most) - _MOST} more", rest, kind=kind))
    return bars


def _finding_bar(code: str, count: int) -> Bar:
    entry = CATALOGUE.get(code)
    label, kind = (f"{code} {entry.name}", entry.severity) if entry else (code, "bar")
    return Bar(label, count, kind=kind, link=f"#{code}")


def _table(summary: Summary, table: list[dict[str, Any]]) -> Iterator[str]:
    yield '<section>\n<h2>Images</h2>\n<form id="filter">'
    yield '<input type="search" name="search" placeholder="Filter by name, digest, finding, tool" '
    yield 'aria-label="Filter"><select name="severity" aria-label="Severity">'
    yield '<option value="">all</option>'
    for value in ("failed", *_SEVERITIES):
        yield f'<option value="{value}">{value}</option>'
    yield '</select><button type="button" name="previous">previous</button>'
    yield '<button type="button" name="next">next</button> '
    yield '<span id="shown" class="muted" aria-live="polite"></span></form>\n'
    left_out = summary.images + summary.failed - len(table)
    if len(table) == TABLE_ROWS and left_out > 0:
        yield f"<p>The table has {len(table):,} rows, those with problems first; the plots count "
        yield "all.</p>\n"
    yield "<noscript><p>The table needs JavaScript.</p></noscript>\n"
    yield '<div class="wide"><table id="images"><thead><tr>'
    for key, name in _COLUMNS:
        yield f'<th data-key="{key}"><button type="button">{name}</button>'
    yield "</thead><tbody></tbody></table></div>\n</section>\n"
    yield '<script type="application/json" id="rows">['
    for number, row in enumerate(table):
        # A script ends at "</": no text of an image may hold one.
        document = json.dumps(row, separators=(",", ":")).replace("<", "\\u003c")
        yield f"{',' if number else ''}\n{document}"
    yield "]</script>\n"


def _table_row(row: Row) -> dict[str, Any]:
    age = row.age
    base = row.base
    return {
        "reference": row.reference,
        "digest": row.digest,
        "platform": row.platform,
        "size": row.size,
        "age": None if age is None else round(age, 1),
        "created": row.created,
        "base": f"{base.reference} {base.digest}".strip() if base else "",
        "layers": [_layer_text(layer) for layer in row.layers],
        "findings": [
            {"code": it.code, "name": it.name, "severity": it.severity, "message": it.message}
            for it in row.findings
        ],
        "tools": [str(failure) for failure in row.tools],
        "error": f"{row.error.kind}: {row.error.message}" if row.error else "",
    }


def _layer_text(layer: RowLayer) -> str:
    shared = f", in {layer.shared} other images" if layer.shared else ""
    return (
        f"layer {layer.digest or layer.diff_id}, {_size(layer.size)}, "
        f"{layer.compression or 'unknown compression'}{shared}"
    )


def _asset(name: str) -> str:
    return (importlib.resources.files("pyggcr.audit") / name).read_text("utf-8")


def _source(text: str) -> str:
    """How a content security policy names an inline style or script."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _size(size: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if size < 1024 or unit == "TiB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"


def _text(text: str) -> str:
    return html.escape(text)
