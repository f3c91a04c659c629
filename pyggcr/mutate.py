"""Images made of other images: pkg/v1/mutate."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pyggcr import v1
from pyggcr.engine import select
from pyggcr.types import MediaType

if TYPE_CHECKING:
    from pyggcr.engine import Engine

__all__ = ["append_layers", "config", "config_file", "extract", "media_type"]


def append_layers(base: v1.Image, *layers: v1.Layer, engine: str | None = None) -> v1.Image:
    """Add layers on top of an image (``mutate.AppendLayers``).

    Nothing is read before the new image is asked for something. Each layer gets an empty entry in
    the history. An image whose config is not a container's keeps its config file as it is.

    Args:
        base: an image of either engine, or of your own.
        layers: layers of any origin, lowest first; without any, the base itself is returned.
        engine: the engine that computes the new image; ``None`` for that of ``base``.

    Returns:
        A new image; the base stays as it is, and must stay usable.

    Raises:
        TypeError: a layer or the base is something else.
        EngineUnavailableError: the engine is not there.

    >>> import io
    >>> from pyggcr import empty, tarball
    >>> layer = tarball.layer_from_opener(lambda: io.BytesIO(bytes(1024)))
    >>> image = append_layers(empty.image(), layer)
    >>> image.layers()[0].diff_id() == layer.diff_id()
    True
    """
    for layer in layers:
        _check(layer, v1.Layer)
    chosen = _engine(base, engine)
    return chosen.mutate.append_layers(base=base, layers=layers) if layers else base


def config(base: v1.Image, config: v1.Config, *, engine: str | None = None) -> v1.Image:
    """Replace how an image is run: command, environment, user … (``mutate.Config``).

    Args:
        base: an image of either engine, or of your own; its config file is read now.
        config: the new ``config`` of the config file. It is copied.
        engine: as for ``append_layers``.

    Returns:
        A new image. Its config file is written anew, so fields that go-containerregistry does not
        know are lost.

    Raises:
        TypeError: an argument is of another type.
        Error: whatever the base raises.

    >>> from pyggcr import empty, v1
    >>> image = config(empty.image(), v1.Config(cmd=["sh"]))
    >>> image.config_file().config.cmd
    ['sh']
    """
    _check(config, v1.Config)
    return _engine(base, engine).mutate.config(base=base, config=config)


def config_file(
    base: v1.Image, config_file: v1.ConfigFile, *, engine: str | None = None
) -> v1.Image:
    """Replace the config file of an image (``mutate.ConfigFile``).

    Go keeps the caller's config file and changes with it; here it is copied.

    Args:
        base: an image of either engine, or of your own; its manifest is read now.
        config_file: the new config file.
        engine: as for ``append_layers``.

    Returns:
        A new image with the layers of the base.

    Raises:
        TypeError: an argument is of another type.
        Error: whatever the base raises.

    >>> from pyggcr import empty, v1
    >>> image = config_file(empty.image(), v1.ConfigFile(os="linux", architecture="amd64"))
    >>> image.config_file().os
    'linux'
    """
    _check(config_file, v1.ConfigFile)
    return _engine(base, engine).mutate.config_file(base=base, config_file=config_file)


def media_type(
    image: v1.Image, media_type: MediaType | str, *, engine: str | None = None
) -> v1.Image:
    """Change the media type of an image's manifest, and nothing else (``mutate.MediaType``).

    Args:
        image: an image of either engine, or of your own.
        media_type: the new media type. Layers and config keep theirs.
        engine: as for ``append_layers``.

    Returns:
        A new image.

    Raises:
        TypeError: an argument is of another type.
        EngineUnavailableError: the engine is not there.

    >>> from pyggcr import empty, types
    >>> media_type(empty.image(), types.MediaType.OCI_MANIFEST_SCHEMA1).media_type()
    'application/vnd.oci.image.manifest.v1+json'
    """
    _check(media_type, str)
    chosen = _engine(image, engine)
    return chosen.mutate.media_type(image=image, media_type=MediaType(media_type))


def _engine(base: v1.Image, engine: str | None) -> Engine:
    _check(base, v1.Image)
    return select(engine or base.engine)


def _check(value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"expected a {kind.__name__}, not {type(value).__name__}")


def extract(image: v1.Image) -> io.RawIOBase:
    """Flatten the files of all layers into one tar (``mutate.Extract``).

    Entries that later layers delete or replace are left out, and so are links that lead out of the
    tar. The tar is byte for byte Go's.

    Args:
        image: any image; its layers are read while the stream is.

    Returns:
        A stream to be read once and closed. Reading it raises ``ArchiveError`` where a layer is no
        tar or an entry would lead out of the tar, and what the layers raise.
    """
    from pyggcr._gostd.stream import IteratorStream
    from pyggcr._layers import flattening

    return IteratorStream(flattening.pieces(image))
