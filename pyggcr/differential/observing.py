"""Make every observation of an image through its public calls, one after the other.

An exception in one observation is that observation's answer and never stops the next. Streams
are read in chunks and hashed, never held whole. What ends the work itself (a cancelled call, an
engine that is not there, an option that it refuses) is no answer of the image and is raised.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

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

if TYPE_CHECKING:
    import io

    from pyggcr.name import Tag
    from pyggcr.v1.image import Image, Layer

__all__ = ["UNKNOWN", "attempt", "observe", "observe_path"]

# The hash that no blob has, as the golden files chose it.
UNKNOWN = Hash("sha256", "aa".rjust(64, "0"))

_NOT_AN_ANSWER = (CancelledError, EngineUnavailableError, UnsupportedOptionError)

_T = TypeVar("_T")


@ignore_layer_cache()
def observe(image: Image) -> Observation:
    """Ask the image everything; its lookups and streams too.

    Args:
        image: any ``v1.Image``; it stays open.

    Raises:
        CancelledError: a limit of ``pyggcr.limits`` ended the work.
        EngineUnavailableError: the image's engine cannot be used (any more).
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
    """Open an archive on one engine and ask it everything.

    Args:
        path: a ``docker save`` archive.
        tag: which image; ``None`` for the only one.
        engine: ``go`` or ``python``.
        gzip_profile: such as ``go1.26``; ``None`` for the engine's own.
        layer_sources: ``patched`` or, as before v0.19, ``trusted``.

    Raises:
        EngineUnavailableError: the engine is not there.
        InvalidReferenceError: the tag is not one.
        UnsupportedOptionError: the engine cannot do what an option asks for.
    """
    from pyggcr import tarball
    from pyggcr.engine import engines

    profile = gzip_profile or engines()[engine].gzip_profile
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
    """What the call answers, or its failure; what ends the work itself is raised."""
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
