"""Rows as files: JSON Lines, CSV, Parquet, SARIF and one HTML page; each written row by row.

A file is renamed into place once it is complete. Cells of CSV never begin as a formula does, since
names and error texts come from strangers.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator

from pyggcr._os.atomic_write import writable
from pyggcr.audit.rows import Row
from pyggcr.errors import UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr._os.atomic_write import Writable

__all__ = ["FORMATS", "check_format", "format_of", "write_rows", "write_to"]

_SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".sarif": "sarif",
    ".sarif.json": "sarif",
    ".html": "html",
}
FORMATS = ("jsonl", "csv", "parquet", "sarif", "html")

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BATCH = 1000  # rows of a row group of Parquet
_MOST_NOTES = 1000  # images that a SARIF log says could not be read; the results are all there


def format_of(path: str) -> str:
    """The format that the name of a file asks for.

    Raises:
        UnsupportedOptionError: it asks for none.
    """
    for suffix, kind in _SUFFIXES.items():
        if path.lower().endswith(suffix):
            return kind
    known = ", ".join(_SUFFIXES)
    raise UnsupportedOptionError(f"{path}: the end of the name says no format; known are {known}")


def check_format(kind: str) -> None:
    """Find out, before long work, whether a format can be written.

    Raises:
        UnsupportedOptionError: it is unknown, or Parquet's library is not installed.
    """
    if kind not in FORMATS:
        raise UnsupportedOptionError(f"{kind!r} is no format; known are {', '.join(FORMATS)}")
    if kind == "parquet":
        _pyarrow()


def write_rows(rows: Iterable[Row], path: str | os.PathLike[str], kind: str | None = None) -> None:
    """Write rows to a file.

    Args:
        rows: such as ``Audit.rows()``, or those of ``read_rows``.
        path: of the file.
        kind: one of ``FORMATS``; ``None`` for what the name of the file says.

    Raises:
        UnsupportedOptionError: there is no such format, or its library is not installed.
        FileAccessError: the file cannot be written.
    """
    shown = os.fspath(path)
    kind = kind or format_of(shown)
    check_format(kind)
    if kind == "html":
        from pyggcr.audit.page import write_page

        write_page(shown, rows)
        return
    with writable(shown) as file:
        write_to(file, rows, kind)


def write_to(file: Writable, rows: Iterable[Row], kind: str) -> None:
    """Write rows to what is open already, but not as HTML; see ``write_rows``."""
    _WRITERS[kind](file, rows)


def _write_jsonl(file: Writable, rows: Iterable[Row]) -> None:
    for row in rows:
        file.write(f"{row.to_line()}\n".encode())


# The columns of tables, which have one cell for each fact.
_COLUMNS: dict[str, Callable[[Row], str | float | None]] = {
    "reference": lambda row: row.reference,
    "platform": lambda row: row.platform,
    "digest": lambda row: row.digest,
    "index": lambda row: row.index,
    "media_type": lambda row: row.media_type,
    "config_digest": lambda row: row.config_digest,
    "config_media_type": lambda row: row.config_media_type,
    "size": lambda row: row.size,
    "created": lambda row: row.created,
    "age_days": lambda row: None if row.age is None else round(row.age, 2),
    "base": lambda row: row.base.reference if row.base else "",
    "base_digest": lambda row: row.base.digest if row.base else "",
    "base_found_by": lambda row: row.base.found if row.base else "",
    "layers": lambda row: len(row.layers),
    "layer_digests": lambda row: _words(it.digest or it.diff_id for it in row.layers),
    "layer_media_types": lambda row: _words(_once(it.media_type for it in row.layers)),
    "compressions": lambda row: _words(_once(it.compression for it in row.layers)),
    "shared_layers": lambda row: row.shared_layers,
    "shared_size": lambda row: row.shared_size,
    "severity": lambda row: row.severity or "",
    "findings": lambda row: _words(_once(it.code for it in row.findings)),
    "messages": lambda row: " ".join(it.message for it in row.findings),
    "tools": lambda row: "; ".join(_once(f"{it.tool} ({it.versions})" for it in row.tools)),
    "error_kind": lambda row: row.error.kind if row.error else "",
    "error_status": lambda row: row.error.status or None if row.error else None,
    "error": lambda row: row.error.message if row.error else "",
    "when": lambda row: row.when,
}


def _once(texts: Iterable[str]) -> Iterator[str]:
    return iter(dict.fromkeys(texts))


def _words(texts: Iterable[str]) -> str:
    return " ".join(filter(None, texts))


def _write_csv(file: Writable, rows: Iterable[Row]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(value(row)) for value in _COLUMNS.values()])
        _hand_on(text, file)
    _hand_on(text, file)


def _hand_on(text: io.StringIO, file: Writable) -> None:
    file.write(text.getvalue().encode("utf-8", "backslashreplace"))
    text.seek(0)
    text.truncate()


def _cell(value: str | float | None) -> str | float | None:
    """A value that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _pyarrow() -> Any:
    import importlib

    try:
        importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise UnsupportedOptionError(
            "Parquet needs pyarrow, which is not installed; pip install 'pyggcr[parquet]' installs "
            "it"
        ) from None
    return importlib.import_module("pyarrow")


def _write_parquet(file: Writable, rows: Iterable[Row]) -> None:
    arrow = _pyarrow()
    schema = _schema(arrow)
    waiting = iter(rows)
    with arrow.parquet.ParquetWriter(_Sink(file), schema) as writer:
        while batch := [_encodable(row.to_json()) for row in itertools.islice(waiting, _BATCH)]:
            writer.write_table(arrow.Table.from_pylist(batch, schema=schema))


def _encodable(value: Any) -> Any:
    """The value without lone surrogates, which UTF-8 cannot hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _encodable(it) for key, it in value.items()}
    return [_encodable(it) for it in value] if isinstance(value, list | tuple) else value


def _schema(arrow: Any) -> Any:
    """Of the documents that ``Row.to_json`` makes."""
    text, number = arrow.string(), arrow.int64()

    def struct(**fields: Any) -> Any:
        return arrow.struct(list(fields.items()))

    failure = struct(tool=text, versions=text, text=text, effect=text)
    base = struct(found=text, reference=text, digest=text, layers=number)
    layer = struct(
        digest=text, diff_id=text, media_type=text, size=number, compression=text, shared=number
    )
    finding = struct(
        code=text,
        name=text,
        severity=text,
        message=text,
        entry=text,
        layers=arrow.list_(number),
        fails=arrow.list_(failure),
        advice=text,
    )
    return arrow.schema(
        [
            *((name, text) for name in ("reference", "digest", "index", "media_type")),
            *((name, text) for name in ("config_digest", "config_media_type")),
            ("size", number),
            ("created", text),
            ("age_days", arrow.float64()),
            ("platform", text),
            ("base", base),
            ("layers", arrow.list_(layer)),
            ("sharing", struct(layers=number, bytes=number)),
            ("findings", arrow.list_(finding)),
            ("tools", arrow.list_(failure)),
            ("error", struct(kind=text, message=text, status=number)),
            ("when", text),
        ]
    )


class _Sink(io.RawIOBase):
    """A file for pyarrow, which writes in order and asks where it is."""

    def __init__(self, file: Writable) -> None:
        self._file = file
        self._size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self._file.write(data)
        self._size += size
        return size

    def tell(self) -> int:
        return self._size


def _write_sarif(file: Writable, rows: Iterable[Row]) -> None:
    from pyggcr.audit.findings import checkup_of
    from pyggcr.doctor.report import Report
    from pyggcr.doctor.sarif import notification, result, to_sarif

    log = to_sarif(Report(()))
    run = log["runs"][0]
    (invocation,) = run.pop("invocations")
    del run["results"]
    head = json.dumps({**log, "runs": []}, indent=1).removesuffix("]\n}")
    file.write(f"{head}\n{json.dumps(run, indent=1)[:-2]},\n".encode())
    file.write(b'"results": [')
    notes: list[Any] = []
    comma = ""
    for row in rows:
        checkup = checkup_of(row)
        for finding in checkup.findings:
            file.write(f"{comma}\n{json.dumps(result(finding, compared=False))}".encode())
            comma = ","
        if not checkup.readable:
            invocation["executionSuccessful"] = False
            invocation["exitCode"] = 2
            if len(notes) < _MOST_NOTES:
                notes.append(notification(checkup))
    invocation["toolExecutionNotifications"] = notes
    file.write(f'\n],\n"invocations": [{json.dumps(invocation)}]\n}}]\n}}\n'.encode())


_WRITERS: dict[str, Callable[[Writable, Iterable[Row]], None]] = {
    "jsonl": _write_jsonl,
    "csv": _write_csv,
    "parquet": _write_parquet,
    "sarif": _write_sarif,
}
