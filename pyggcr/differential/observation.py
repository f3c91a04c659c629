"""The results of one image on one engine, as plain values.

The golden files of the tests record the results of go-containerregistry in the same form: a result
is a string, a failed call is ``{"error": text}``. A failure also has the name of the error class,
which the golden files lack. ``observing`` makes observations.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyggcr._dataclasses import dataclass, fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = ["Answer", "Failure", "LayerObservation", "Observation", "StreamSummary"]

OK = "ok"


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that raised an error.

    Attributes:
        error: the text of the error.
        kind: the name of its class, such as ``ArchiveError``.
    """

    error: str
    kind: str

    def to_json(self) -> dict[str, str]:
        """Return the failure as in the golden files.

        Returns:
            ``{"error": text}``, without the class.
        """
        return {"error": self.error}


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """What a stream contained.

    Attributes:
        sha256: the SHA-256 of its bytes, in hexadecimal.
        size: how many bytes it had.
    """

    sha256: str
    size: int

    def to_json(self) -> dict[str, str | int]:
        """Return the summary as in the golden files.

        Returns:
            A dict with the attributes.
        """
        return {"sha256": self.sha256, "size": self.size}


# The result of a call as a string, or its failure; None where the call was not made, because the
# call that gives its argument had failed.
Answer = str | Failure | None


@dataclass(frozen=True, slots=True)
class LayerObservation:
    """The results of one layer.

    Each is a string or a ``Failure``, and ``None`` if the call could not be made.

    Attributes:
        digest: the digest of the compressed layer.
        diff_id: the digest of the uncompressed layer.
        size: the size of the compressed layer, in bytes.
        media_type: the media type.
        compressed: what the compressed stream contained.
        uncompressed: what the uncompressed stream contained.
        blob_to_diff_id: the diff_id that the image has for the digest.
        diff_id_to_blob: the digest that the image has for the diff_id.
        layer_by_digest: ``ok`` if the image finds the layer by its digest.
        layer_by_diff_id: ``ok`` if the image finds the layer by its diff_id.
    """

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
        """Return the results as in the golden files.

        Returns:
            A dict of the attributes, without calls that were not made.
        """
        return _to_json(self)


@dataclass(frozen=True, slots=True)
class Observation:
    """The results of one image on one engine.

    Each is a string or a ``Failure``, unless something else is said here. All are ``None`` if the
    image could not be opened.

    Attributes:
        open: why the image could not be opened; ``None`` if it could.
        media_type: the media type of the manifest.
        digest: the digest of the manifest.
        size: the size of the manifest, in bytes.
        config_name: the digest of the config.
        raw_manifest: the manifest.
        raw_config_sha256: the SHA-256 of the config, in hexadecimal.
        fs_layers: the digests of the layers, or a ``Failure``.
        diff_ids: the diff_ids of the layers, or a ``Failure``.
        layers: the results of each layer, or a ``Failure``.
        unknown_blob: the result of looking up a digest that no layer has.
        unknown_diff_id: the result of looking up a diff_id that no layer has.
        validate: ``ok`` if ``validate.image`` finds no error.
        engine: ``go`` or ``python``; empty if ``observe`` was given the image.
        gzip_profile: the gzip encoder that the engine used, such as ``go1.26``; empty if
            ``observe`` was given the image.
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
        """Return the observation as in the golden files.

        Returns:
            A dict of the results, ready for ``json.dumps``, without ``engine`` and
            ``gzip_profile``.
        """
        document = _to_json(self)
        del document["engine"], document["gzip_profile"]
        return document

    def failures(self) -> dict[str, str]:
        """Return the error class of each failed call.

        Returns:
            The names of the classes, by the call, such as ``layers[1].digest``.
        """
        return {
            where: answer.kind for where, answer in self.answers() if isinstance(answer, Failure)
        }

    def answers(self) -> Iterator[tuple[str, Any]]:
        """Iterate over all results, with those of each layer one by one.

        Yields:
            The call, such as ``layers[1].compressed``, and its result.
        """
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
