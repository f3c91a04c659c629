"""What one engine says of one image: values only.

The shape is that of the golden files, which record go-containerregistry's own answers: a good
answer is a string, a failed call ``{"error": text}``. A failure also keeps the name of its class,
which the golden files do not have. ``observing`` makes observations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyggcr._dataclasses import dataclass, fields

__all__ = ["Answer", "Failure", "LayerObservation", "Observation", "StreamSummary"]

OK = "ok"


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that raised: its text (Go's) and the name of the exception's class."""

    error: str
    kind: str

    def to_json(self) -> dict[str, str]:
        """The failure as the golden files write it: without the class."""
        return {"error": self.error}


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """A stream read to its end: hex SHA-256 of its bytes, and how many there were."""

    sha256: str
    size: int

    def to_json(self) -> dict[str, str | int]:
        """The summary as the golden files write it."""
        return {"sha256": self.sha256, "size": self.size}


# A string answer, or the failure of the call; None where the call could not be made at all,
# because the call that gives its argument had failed.
Answer = str | Failure | None


@dataclass(frozen=True, slots=True)
class LayerObservation:
    """The answers of one layer, and of the image's look-ups of that layer."""

    digest: Answer = None
    diff_id: Answer = None
    size: Answer = None
    media_type: Answer = None
    compressed: StreamSummary | Failure | None = None
    uncompressed: StreamSummary | Failure | None = None
    blob_to_diff_id: Answer = None
    diff_id_to_blob: Answer = None
    layer_by_digest: Answer = None
    layer_by_diff_id: Answer = None

    def to_json(self) -> dict[str, Any]:
        """The answers as the golden files write them; calls that were not made are absent."""
        return _to_json(self)


@dataclass(frozen=True, slots=True)
class Observation:
    """Every answer of one image on one engine.

    Attributes:
        open: the failure to open it; ``None`` when it opened, and then the rest is filled in.
        engine: ``go`` or ``python``; empty when the image came from elsewhere.
        gzip_profile: the encoder that the engine used; empty when not known.
    """

    open: Failure | None = None
    media_type: Answer = None
    digest: Answer = None
    size: Answer = None
    config_name: Answer = None
    raw_manifest: Answer = None
    raw_config_sha256: Answer = None
    fs_layers: tuple[str, ...] | Failure | None = None
    diff_ids: tuple[str, ...] | Failure | None = None
    layers: tuple[LayerObservation, ...] | Failure | None = None
    unknown_blob: Answer = None
    unknown_diff_id: Answer = None
    validate: Answer = None
    engine: str = ""
    gzip_profile: str = ""

    def to_json(self) -> dict[str, Any]:
        """The observation in the shape of the golden files, ready for ``json.dumps``."""
        document = _to_json(self)
        del document["engine"], document["gzip_profile"]
        return document

    def failures(self) -> dict[str, str]:
        """The class of each failed call by where it is, such as ``layers[1].digest``."""
        return {
            where: answer.kind for where, answer in self.answers() if isinstance(answer, Failure)
        }

    def answers(self) -> Iterator[tuple[str, Any]]:
        """Every answer with its place, such as ``layers[1].compressed``; lists are opened up."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in _ABOUT or value is None:
                continue
            if field.name == "layers" and isinstance(value, tuple):
                yield "len(layers)", str(len(value))
                yield from _layer_answers(value)
            else:
                yield field.name, value


_ABOUT = frozenset({"engine", "gzip_profile"})


def _layer_answers(layers: tuple[LayerObservation, ...]) -> Iterator[tuple[str, Any]]:
    for index, layer in enumerate(layers):
        for field in fields(layer):
            value = getattr(layer, field.name)
            if value is not None:
                yield f"layers[{index}].{field.name}", value


def _to_json(value: Observation | LayerObservation) -> dict[str, Any]:
    document = {}
    for field in fields(value):
        answer = getattr(value, field.name)
        if answer is not None:
            document[field.name] = _plain(answer)
    return document


def _plain(answer: Any) -> Any:
    if isinstance(answer, tuple):
        return [_plain(item) for item in answer]
    return answer if isinstance(answer, str) else answer.to_json()
