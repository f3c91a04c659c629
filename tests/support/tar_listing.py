"""What the tar reader says of an archive, in the form of the Go engine's ``tar_list``."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import Any

from pyggcr._gostd import tar
from pyggcr._gostd.tar.header import Format
from pyggcr.errors import Error


def listing(data: bytes) -> list[Any]:
    """Every entry, its content read on the way; last, if something went wrong, the error."""
    reader = tar.Reader(io.BytesIO(data))
    entries: list[Any] = []
    try:
        while (header := reader.next()) is not None:
            entries.append(_entry(header, reader.read))
    except Error as error:
        entries.append({"Error": str(error)})
    return entries


def random_access(data: bytes) -> list[Any]:
    """The same, but with content read afterwards, from where the headers say it lies."""
    headers, failure = [], None
    reader = tar.Reader(io.BytesIO(data))
    try:
        while (header := reader.next()) is not None:
            headers.append(header)
    except Error as error:
        failure = {"Error": str(error)}
    entries = [
        _entry(header, tar.EntryReader(lambda at, size: data[at : at + size], header).read)
        for header in headers
    ]
    return entries if failure is None else [*entries, failure]


def _entry(header: tar.Header, read: Any) -> dict[str, Any]:
    digest, size, failure = hashlib.sha256(), 0, ""
    try:
        while piece := read(1000):
            digest.update(piece)
            size += len(piece)
    except Error as error:
        failure = str(error)
    return {
        "Typeflag": ord(header.typeflag),
        "Name": _opaque(header.name),
        "Linkname": _opaque(header.linkname),
        "Size": header.size,
        "Mode": header.mode,
        "UID": header.uid,
        "GID": header.gid,
        "Uname": _opaque(header.uname),
        "Gname": _opaque(header.gname),
        "ModTime": _stamp(header.mod_time),
        "AccessTime": _stamp(header.access_time),
        "ChangeTime": _stamp(header.change_time),
        "Devmajor": header.devmajor,
        "Devminor": header.devminor,
        "PAXRecords": {
            _opaque(key): _opaque(value) for key, value in (header.pax_records or {}).items()
        },
        "Format": Format.text(header.format),
        "ContentSize": size,
        "ContentSHA256": digest.hexdigest(),
        "Error": failure,
    }


def _opaque(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def _stamp(time: Any) -> str:
    return "" if time is None else f"[{time.seconds},{time.nanoseconds}]"
