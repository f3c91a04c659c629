"""Observations beyond those of the golden files, mostly of package partial.

Flat answers by name, such as ``layers[0].uncompressed_size``; documents as Go writes them. They
cost as much as all other observations together, so a campaign makes them only now and then, for one
image of an archive.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from pyggcr._layers.known_layers import ignore_layer_cache
from pyggcr.differential.observation import OK, Failure
from pyggcr.differential.observing import UNKNOWN, attempt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.v1.image import Image, Layer

__all__ = ["observe_extra", "observe_path_extra"]

_Question = tuple[str, Callable[[], object]]


@ignore_layer_cache()
def observe_extra(image: Image) -> dict[str, str | Failure]:
    """The further answers of an image and of its layers, by name.

    Raises:
        Error: as ``observe``.
    """
    answers = {name: _answer(call) for name, call in _questions(image)}
    layers = attempt(image.layers)
    if not isinstance(layers, Failure):
        for index, layer in enumerate(layers):
            for name, call in _layer_questions(image, layer):
                answers[f"layers[{index}].{name}"] = _answer(call)
    return answers


@ignore_layer_cache()
def observe_path_extra(
    path: str | os.PathLike[str], tag: str | None, *, engine: str, gzip_profile: str | None
) -> dict[str, str | Failure]:
    """The further answers of an image of an archive that is known to open.

    Raises:
        Error: as ``tarball.image_from_path`` and ``observe``.
    """
    from pyggcr import tarball

    with tarball.image_from_path(path, tag, engine=engine, gzip_profile=gzip_profile) as image:
        return observe_extra(image)


def _answer(call: Callable[[], object]) -> str | Failure:
    return attempt(lambda: str(call()))


def _questions(image: Image) -> Iterator[_Question]:
    from pyggcr import partial, validate

    yield "config_file", lambda: _written(image.config_file())
    yield "manifest", lambda: _written(image.manifest())
    yield "partial_config_file", lambda: _text(partial.raw_config_file(image))
    yield "partial_manifest", lambda: _text(partial.raw_manifest(image))
    yield "descriptor", lambda: _written(partial.descriptor(image))
    yield "artifact_type", lambda: partial.artifact_type(image)
    yield "config_layer", lambda: _about(partial.config_layer(image))
    yield "validate_fast", lambda: _ok(validate.image, image, True)
    yield "config_descriptor", lambda: _written(partial.blob_descriptor(image, image.config_name()))
    yield "config_by_digest", lambda: _about(image.layer_by_digest(image.config_name()))
    yield "unknown_blob_size", lambda: partial.blob_size(image, UNKNOWN)
    yield "unknown_descriptor", lambda: _written(partial.blob_descriptor(image, UNKNOWN))
    yield "unknown_layer_by_digest", lambda: _about(image.layer_by_digest(UNKNOWN))
    yield "unknown_layer_by_diff_id", lambda: _about(image.layer_by_diff_id(UNKNOWN))


def _layer_questions(image: Image, layer: Layer) -> Iterator[_Question]:
    from pyggcr import partial, validate

    yield "uncompressed_size", lambda: partial.uncompressed_size(layer)
    yield "exists", lambda: partial.exists(layer)
    yield "descriptor", lambda: _written(partial.descriptor(layer))
    yield "blob_size", lambda: partial.blob_size(image, layer.digest())
    yield "blob_descriptor", lambda: _written(partial.blob_descriptor(image, layer.digest()))
    yield "validate", lambda: _ok(validate.layer, layer, False)
    yield "validate_fast", lambda: _ok(validate.layer, layer, True)
    yield "found_by_digest", lambda: _about(image.layer_by_digest(layer.digest()))
    yield "found_by_diff_id", lambda: _about(image.layer_by_diff_id(layer.diff_id()))


def _ok(check: Callable[..., None], checked: Image | Layer, fast: bool) -> str:
    check(checked, fast=fast)
    return OK


def _about(layer: Layer) -> str:
    with layer.compressed() as stream:
        size = len(stream.read())
    return f"{layer.digest()} {layer.media_type()} {layer.size()} {size}"


def _written(document: object) -> str:
    from pyggcr._gostd import json

    return _text(json.marshal(document))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
