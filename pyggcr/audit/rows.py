"""What an audit says of an image: one ``Row`` for each image and platform, and its JSON form.

A file of rows has one JSON document on each line; ``read_rows`` reads it row by row, so that no
report of an audit needs all rows in memory. Values only: ``images`` makes rows, ``state`` keeps
them, ``formats`` and ``page`` show them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from pyggcr._dataclasses import dataclass
from pyggcr._os.file import path_error
from pyggcr.doctor.catalogue import CATALOGUE, SEVERITIES, Severity
from pyggcr.errors import ArchiveError

__all__ = ["Base", "Problem", "Row", "RowFailure", "RowFinding", "RowLayer", "read_rows"]

Found: TypeAlias = Literal["annotations", "layers"]

_DAY = 86400  # seconds


@dataclass(frozen=True, slots=True)
class RowLayer:
    """A layer of an image.

    Attributes:
        digest: of the blob; empty where an archive does not tell it.
        diff_id: of the content; empty where the config does not tell it.
        media_type: as the manifest has it.
        size: of the blob, in bytes; 0 if unknown.
        compression: ``none``, ``gzip``, ``zstd`` or ``""`` if unknown: by the media type, or by
            the first bytes where they were read.
        shared: how many other images of the audit have it, by its digest.
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
        found: by which means: annotations of the manifest, or the layers that it shares with
            another image of the audit.
        reference: its name, if that is known.
        digest: of its manifest, if that is known.
        layers: how many layers of the image are the base's; 0 if that is not known.
    """

    found: Found
    reference: str = ""
    digest: str = ""
    layers: int = 0


@dataclass(frozen=True, slots=True)
class RowFailure:
    """A tool that fails on an image.

    Attributes:
        tool: its name.
        versions: those that fail, such as ``< 0.19``.
        text: what it says; empty if it says nothing.
        effect: what it does, where the text does not tell.
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
        code: such as ``PYG001``; ``pyggcr.doctor.CATALOGUE`` has them all.
        severity: ``info``, ``warning`` or ``error``.
        message: what it is here, in a sentence.
        entry: the file or blob that it is about, if it is about one.
        layers: numbers of layers of the image, from 0.
        fails: the tools that fail on it.
        advice: what to do, where the remedy of the catalogue would not help.
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
        """Its name in the catalogue, such as ``zstd-layer``."""
        return CATALOGUE[self.code].name if self.code in CATALOGUE else self.code

    @property
    def remedy(self) -> str:
        """What to do about it, in a sentence."""
        if self.advice or self.code not in CATALOGUE:
            return self.advice
        return CATALOGUE[self.code].remedy


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an image could not be read.

    Attributes:
        kind: name of the error's class in ``pyggcr.errors``, such as ``TransportError``.
        message: its text, without credentials.
        status: of HTTP; 0 if it is not about an answer of a server.
    """

    kind: str
    message: str
    status: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One image for one platform; or, with an ``error``, what could not be read.

    Attributes:
        reference: what the image is called: ``registry.example.com/app:1``, a path, or a path and
            a tag behind a colon.
        digest: of its manifest; empty where an archive has none, or the image cannot be read.
        index: digest of the index that it was found in; empty if there is none.
        media_type: of the manifest.
        config_digest: of the config, which is the image's ID.
        config_media_type: of the config; that of an artifact if it is no image.
        size: of manifest, config and layers together, as they are stored, in bytes.
        created: when it was built, as the config says (RFC 3339); empty if it does not.
        platform: such as ``linux/amd64``.
        base: the image that it was probably built on.
        layers: the lowest first.
        findings: in the order of their codes.
        error: why it could not be read, or not all of it.
        when: when the audit read it (RFC 3339, UTC).
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
        """Days between ``created`` and ``when``; ``None`` if the image does not tell."""
        created, when = _moment(self.created), _moment(self.when)
        if created is None or when is None:
            return None
        return (when - created).total_seconds() / _DAY

    @property
    def severity(self) -> Severity | None:
        """That of the worst finding; ``None`` without one."""
        return max((it.severity for it in self.findings), key=SEVERITIES.index, default=None)

    @property
    def tools(self) -> tuple[RowFailure, ...]:
        """All tools that fail on the image, each failure once."""
        return tuple(dict.fromkeys(it for finding in self.findings for it in finding.fails))

    @property
    def shared_layers(self) -> int:
        """How many of the layers other images of the audit have, too."""
        return sum(layer.shared > 0 for layer in self.layers)

    @property
    def shared_size(self) -> int:
        """Bytes of the layers that other images of the audit have, too."""
        return sum(layer.size for layer in self.layers if layer.shared)

    def to_json(self) -> dict[str, Any]:
        """The row, ready for ``json.dumps``; ``from_json`` takes it back."""
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
        """The row of a document that ``to_json`` made.

        Raises:
            ArchiveError: it is no such document.
        """
        try:
            return _parsed(document)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ArchiveError(f"not a row of an audit: {type(error).__name__} {error}") from None

    def to_line(self) -> str:
        """The row as a line of JSON, without the end of the line."""
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
    """The rows of a file with one JSON document on each line, one after the other.

    Args:
        path: of the file, as ``pyggcr audit --output rows.jsonl`` writes it.

    Raises:
        FileAccessError: it cannot be read.
        ArchiveError: a line is no row.
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
