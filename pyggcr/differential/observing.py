"""Observes an image: makes all public calls, one after the other, and records the results.

An error of one call is recorded as its result, and the next call is made all the same. Streams are
read in chunks and hashed. Errors that do not come from the image are raised: a cancelled call, an
engine that is not available, an option that an engine does not support.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

from pyggcr._dataclasses import replace
from pyggcr._layers.known_layers import ignore_layer_cache
from pyggcr.differential.observation import (
    OK,
    Answer,
    Failure,
    LayerObservation,
    Observation,
    StreamSummary,
)
from pyggcr.errors import (
    CancelledError,
    EngineUnavailableError,
    UnsupportedOptionError,
)
from pyggcr.v1.hash import Hash, sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    import io
    from typing import TypeVar

    from pyggcr.name import Tag
    from pyggcr.v1.image import Image, Layer
else:
    from pyggcr._typing import TypeVar

__all__ = ["UNKNOWN", "attempt", "observe", "observe_path"]

# The hash that no blob has, as the golden files chose it.
UNKNOWN = Hash("sha256", "aa".rjust(64, "0"))

_NOT_AN_ANSWER = (CancelledError, EngineUnavailableError, UnsupportedOptionError)

_T = TypeVar("_T")


@ignore_layer_cache()
def observe(image: Image) -> Observation:
    """Record the results of an image, with its look-ups and streams.

    Args:
        image: any image; it is not closed.

    Returns:
        The results; a call that raised an error has a ``Failure``.

    Raises:
        CancelledError: the call was cancelled or took longer than its timeout.
        EngineUnavailableError: the engine of the image is not available, as after a fork.
        UnsupportedOptionError: the engine of the image does not support what a call needs.

    Examples:
        >>> from pyggcr import empty
        >>> observe(empty.image()).media_type
        'application/vnd.docker.distribution.manifest.v2+json'
    """
    from pyggcr import partial

    return Observation(
        media_type=_text(image.media_type),
        digest=_text(image.digest),
        size=_text(image.size),
        config_name=_text(image.config_name),
        raw_manifest=attempt(lambda: image.raw_manifest().decode("utf-8", "surrogateescape")),
        raw_config_sha256=attempt(lambda: hashlib.sha256(image.raw_config_file()).hexdigest()),
        fs_layers=attempt(lambda: tuple(str(digest) for digest in partial.fs_layers(image))),
        diff_ids=attempt(lambda: tuple(str(diff_id) for diff_id in partial.diff_ids(image))),
        layers=attempt(lambda: tuple(_observe_layer(image, layer) for layer in image.layers())),
        unknown_blob=_text(lambda: partial.blob_to_diff_id(image, UNKNOWN)),
        unknown_diff_id=_text(lambda: partial.diff_id_to_blob(image, UNKNOWN)),
        validate=attempt(lambda: _validate(image)),
    )


@ignore_layer_cache()
def observe_path(
    path: str | os.PathLike[str],
    tag: Tag | str | None = None,
    *,
    engine: str,
    gzip_profile: str | None = None,
    layer_sources: str = "patched",
) -> Observation:
    """Open an image in an archive on one engine, and record its results.

    Args:
        path: an archive of ``docker save``.
        tag: which image, by one of its tags; default: the only image of the archive.
        engine: ``go`` or ``python``.
        gzip_profile: the gzip encoder whose bytes are written, such as ``go1.26``; default: that of
            the engine.
        layer_sources: ``patched`` or ``trusted``, as for ``tarball.image_from_path``; default
            ``patched``.

    Returns:
        The results; if the archive cannot be opened, only ``open``, ``engine`` and
        ``gzip_profile`` are set.

    Raises:
        EngineUnavailableError: the engine is not available.
        InvalidReferenceError: the tag is not a valid one.
        UnsupportedOptionError: there is no such engine, or it does not have this ``gzip_profile``
            or ``layer_sources``.
        CancelledError: the call was cancelled or took longer than its timeout.
    """
    from pyggcr import tarball
    from pyggcr.engine import engines, select

    profile = gzip_profile or engines()[select(engine).name].gzip_profile
    reference = _parse_tag(tag)
    image = attempt(
        lambda: tarball.image_from_path(
            path, reference, engine=engine, gzip_profile=gzip_profile, layer_sources=layer_sources
        )
    )
    if isinstance(image, Failure):
        return Observation(open=image, engine=engine, gzip_profile=profile)
    with image:
        return replace(observe(image), engine=engine, gzip_profile=profile)


def _parse_tag(tag: Tag | str | None) -> Tag | None:
    from pyggcr import name

    return name.new_tag(tag) if isinstance(tag, str) else tag


def _observe_layer(image: Image, layer: Layer) -> LayerObservation:
    from pyggcr import partial

    digest = attempt(layer.digest)
    diff_id = attempt(layer.diff_id)
    return LayerObservation(
        digest=digest if isinstance(digest, Failure) else str(digest),
        diff_id=diff_id if isinstance(diff_id, Failure) else str(diff_id),
        size=_text(layer.size),
        media_type=_text(layer.media_type),
        compressed=attempt(lambda: _summarise(layer.compressed)),
        uncompressed=attempt(lambda: _summarise(layer.uncompressed)),
        blob_to_diff_id=_look_up(digest, lambda it: str(partial.blob_to_diff_id(image, it))),
        diff_id_to_blob=_look_up(diff_id, lambda it: str(partial.diff_id_to_blob(image, it))),
        layer_by_digest=_look_up(digest, lambda it: _found(image.layer_by_digest(it))),
        layer_by_diff_id=_look_up(diff_id, lambda it: _found(image.layer_by_diff_id(it))),
    )


def attempt(call: Callable[[], _T]) -> _T | Failure:
    """Make a call, and return its error in place of raising it.

    Args:
        call: a function without parameters.

    Returns:
        The result of the call, or its failure.

    Raises:
        CancelledError: the call was cancelled or took longer than its timeout.
        EngineUnavailableError: the engine is not available.
        UnsupportedOptionError: the engine does not support an option.

    Examples:
        >>> attempt(lambda: Hash("sha256", "ab").hex)
        'ab'
    """
    try:
        return call()
    except _NOT_AN_ANSWER:
        raise
    except Exception as error:  # noqa: BLE001 - whatever was raised is the answer
        return Failure(str(error), type(error).__name__)


def _text(call: Callable[[], object]) -> Answer:
    return attempt(lambda: str(call()))


def _look_up(key: Hash | Failure, call: Callable[[Hash], str]) -> Answer:
    return None if isinstance(key, Failure) else attempt(lambda: call(key))


def _found(_layer: Layer) -> str:
    # Not closed: an image may give the same object at each look-up.
    return OK


def _summarise(open_stream: Callable[[], io.RawIOBase]) -> StreamSummary:
    with open_stream() as stream:
        digest, size = sha256(stream)
    return StreamSummary(digest.hex, size)


def _validate(image: Image) -> str:
    from pyggcr import validate

    validate.image(image)
    return OK
