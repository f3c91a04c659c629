"""The results of an audit: one ``Row`` for each image and platform, and its JSON form.

A file of rows has one JSON document on each line; ``read_rows`` reads it row by row, so that no
report needs all rows in memory. These are values only: ``images`` makes rows, ``state`` stores
them, ``formats`` and ``page`` present them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping

from pyggcr._dataclasses import dataclass
from pyggcr._os.file import path_error
from pyggcr.doctor.catalogue import CATALOGUE, SEVERITIES, Severity
from pyggcr.errors import ArchiveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal, TypeAlias
else:
    from pyggcr._typing import Literal


__all__ = ["Base", "Problem", "Row", "RowFailure", "RowFinding", "RowLayer", "read_rows"]

Found: TypeAlias = Literal["annotations", "layers"]

_DAY = 86400  # seconds


@dataclass(frozen=True, slots=True)
class RowLayer:
    """A layer of an image.

    Attributes:
        digest: the digest of the blob; empty if the archive does not contain it.
        diff_id: the digest of the uncompressed content; empty if the config does not contain it.
        media_type: the media type in the manifest.
        size: the size of the blob in bytes; 0 if it is not known.
        compression: ``none``, ``gzip`` or ``zstd``, from the media type, or from the first bytes if
            they were read; empty if it is not known.
        shared: how many other images of the audit have the layer.
    """

    digest: str
    diff_id: str = ""
    media_type: str = ""
    size: int = 0
    compression: str = ""
    shared: int = 0


@dataclass(frozen=True, slots=True)
class Base:
    """The image that an image was probably built on.

    Attributes:
        found: how it was found: by ``annotations`` of the manifest, or by the ``layers`` that the
            image shares with others of the audit.
        reference: its name; empty if it is not known.
        digest: the digest of its manifest; empty if it is not known.
        layers: how many layers of the image come from the base; 0 if it is not known.
    """

    found: Found
    reference: str = ""
    digest: str = ""
    layers: int = 0


@dataclass(frozen=True, slots=True)
class RowFailure:
    """A tool that fails on an image.

    Attributes:
        tool: the name of the tool.
        versions: the versions that fail, such as ``< 0.19``.
        text: the text of its error; empty if it reports none.
        effect: what the tool does; empty if the text says it.
    """

    tool: str
    versions: str
    text: str = ""
    effect: str = ""

    def __str__(self) -> str:
        """On one line, such as ``go-containerregistry (< 0.19): unknown blob sha256:…``."""
        return f"{self.tool} ({self.versions}): {self.text or self.effect}"


@dataclass(frozen=True, slots=True)
class RowFinding:
    """A finding of the doctor.

    Attributes:
        code: such as ``PYG001``; ``pyggcr.doctor.CATALOGUE`` lists all.
        severity: ``info``, ``warning`` or ``error``.
        message: what is wrong here, in a sentence.
        entry: the file or blob that it is about; empty if it is not about one.
        layers: the numbers of layers of the image, from 0 (the base layer).
        fails: the tools that fail on it.
        advice: what to do, if the remedy of the catalogue would not help here; else empty.
    """

    code: str
    severity: Severity
    message: str
    entry: str = ""
    layers: tuple[int, ...] = ()
    fails: tuple[RowFailure, ...] = ()
    advice: str = ""

    @property
    def name(self) -> str:
        """Its name in the catalogue, such as ``zstd-layer``; the code if that lacks it."""
        return CATALOGUE[self.code].name if self.code in CATALOGUE else self.code

    @property
    def remedy(self) -> str:
        """What to do: the advice, or the remedy of the catalogue; empty if that lacks the code."""
        if self.advice or self.code not in CATALOGUE:
            return self.advice
        return CATALOGUE[self.code].remedy


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an image could not be read.

    Attributes:
        kind: the name of the error class in ``pyggcr.errors``, such as ``TransportError``.
        message: the text of the error, without credentials.
        status: the HTTP status of the response; 0 if there was none.
    """

    kind: str
    message: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One image for one platform; or, with an ``error``, what could not be read.

    Attributes:
        reference: the name of the image: ``registry.example.com/app:1``, a path, or a path with a
            tag after a colon.
        digest: the digest of its manifest; empty if the archive has none, or the image cannot be
            read.
        index: the digest of the index that lists the image; empty if there is none.
        media_type: the media type of the manifest.
        config_digest: the digest of the config, which is the image ID.
        config_media_type: the media type of the config; that of an artifact if it is no image.
        size: the bytes of manifest, config and layers together, as they are stored.
        created: when the image was built, from the config (RFC 3339); empty if it is not known.
        platform: such as ``linux/amd64``; empty if it is not known.
        base: the image that this one was probably built on; ``None`` if none is known.
        layers: the layers, the base layer first.
        findings: the findings of the doctor, in the order of their codes.
        error: why the image, or a part of it, could not be read; ``None`` if all was read.
        when: when the audit read the image (RFC 3339, UTC).
    """

    reference: str
    digest: str = ""
    index: str = ""
    media_type: str = ""
    config_digest: str = ""
    config_media_type: str = ""
    size: int = 0
    created: str = ""
    platform: str = ""
    base: Base | None = None
    layers: tuple[RowLayer, ...] = ()
    findings: tuple[RowFinding, ...] = ()
    error: Problem | None = None
    when: str = ""

    @property
    def age(self) -> float | None:
        """The days between ``created`` and ``when``; ``None`` if one of them is not known."""
        created, when = _moment(self.created), _moment(self.when)
        if created is None or when is None:
            return None
        return (when - created).total_seconds() / _DAY

    @property
    def severity(self) -> Severity | None:
        """The severity of the worst finding; ``None`` if there is no finding."""
        return max((it.severity for it in self.findings), key=SEVERITIES.index, default=None)

    @property
    def tools(self) -> tuple[RowFailure, ...]:
        """All tools that fail on the image, each failure once."""
        return tuple(dict.fromkeys(it for finding in self.findings for it in finding.fails))

    @property
    def shared_layers(self) -> int:
        """How many layers of the image other images of the audit have too."""
        return sum(layer.shared > 0 for layer in self.layers)

    @property
    def shared_size(self) -> int:
        """The bytes of the layers that other images of the audit have too."""
        return sum(layer.size for layer in self.layers if layer.shared)

    def to_json(self) -> dict[str, Any]:
        """Convert the row for ``json.dumps``.

        Returns:
            The attributes, and what is computed from them, such as the age in days.
        """
        age = self.age
        return {
            "reference": self.reference,
            "digest": self.digest,
            "index": self.index,
            "media_type": self.media_type,
            "config_digest": self.config_digest,
            "config_media_type": self.config_media_type,
            "size": self.size,
            "created": self.created,
            "age_days": None if age is None else round(age, 2),
            "platform": self.platform,
            "base": None if self.base is None else _values(self.base),
            "layers": [_values(layer) for layer in self.layers],
            "sharing": {"layers": self.shared_layers, "bytes": self.shared_size},
            "findings": [
                {
                    **_values(it),
                    "name": it.name,
                    "layers": list(it.layers),
                    "fails": [_values(one) for one in it.fails],
                }
                for it in self.findings
            ],
            "tools": [_values(failure) for failure in self.tools],
            "error": None if self.error is None else _values(self.error),
            "when": self.when,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Row:
        """Make the row from a document that ``to_json`` made.

        Args:
            document: the document, as ``json.loads`` returns it.

        Returns:
            The row; it is equal to the one that was converted.

        Raises:
            ArchiveError: the document is not a row.

        >>> row = Row("registry.example.com/app:1", size=1234)
        >>> Row.from_json(row.to_json()) == row
        True
        """
        try:
            return _parsed(document)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ArchiveError(f"not a row of an audit: {type(error).__name__} {error}") from None

    def to_line(self) -> str:
        """Convert the row to a line of JSON.

        Returns:
            The document of ``to_json`` without spaces, and without the end of the line.
        """
        return json.dumps(self.to_json(), separators=(",", ":"))


def _values(record: Base | Problem | RowFailure | RowFinding | RowLayer) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__slots__}


def _parsed(document: Mapping[str, Any]) -> Row:
    values = {name: document[name] for name in Row.__slots__}
    if not isinstance(values["reference"], str):
        raise TypeError("the reference is no text")
    base, error = values["base"], values["error"]
    values["base"] = None if base is None else Base(**base)
    values["error"] = None if error is None else Problem(**error)
    values["layers"] = tuple(RowLayer(**layer) for layer in values["layers"])
    values["findings"] = tuple(_finding(it) for it in values["findings"])
    return Row(**values)


def _finding(document: Mapping[str, Any]) -> RowFinding:
    values = {name: document[name] for name in RowFinding.__slots__}
    values["layers"] = tuple(values["layers"])
    values["fails"] = tuple(RowFailure(**it) for it in values["fails"])
    return RowFinding(**values)


def _moment(text: str) -> dt.datetime | None:
    """What a time of RFC 3339 says, in UTC."""
    # Go writes as many digits of a second as there are; Python takes six before 3.11.
    whole, dot, rest = text.replace("Z", "+00:00").partition(".")
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        whole += f".{digits[:6]:0<6}{rest[len(digits) :]}"
    try:
        moment = dt.datetime.fromisoformat(whole)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)


def read_rows(path: str | os.PathLike[str]) -> Iterator[Row]:
    """Read rows from a file with one JSON document on each line (JSON Lines).

    Args:
        path: the file, as ``pyggcr audit --output rows.jsonl`` writes it.

    Yields:
        The rows, in the order of the file.

    Raises:
        FileAccessError: the file cannot be opened.
        ArchiveError: a line is not a row; the text has the number of the line.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "rows.jsonl")
    ...     _ = file.write_text(Row("registry.example.com/app:1").to_line() + "\\n")
    ...     [row.reference for row in read_rows(file)]
    ['registry.example.com/app:1']
    """
    shown = os.fspath(path)
    try:
        file = open(path, encoding="utf-8", errors="surrogateescape")  # noqa: PTH123, SIM115
    except (OSError, ValueError) as error:
        raise path_error("open", shown, error) from None
    with file:
        for number, line in enumerate(file, 1):
            try:
                row = Row.from_json(json.loads(line))
            except ValueError as error:  # ArchiveError is one, too
                raise ArchiveError(f"{shown}, line {number}: {error}") from None
            yield row
