"""Compare images, indexes and layers: pkg/v1/compare.

Two objects are the same if all their metadata is the same. Content is read only where a digest has
to be computed.
"""

from __future__ import annotations

from pyggcr import v1
from pyggcr.engine import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr.engine import Engine

__all__ = ["images", "indexes", "layers"]


def images(a: v1.Image, b: v1.Image, *, engine: str | None = None) -> None:
    """Raise an error unless two images are the same (``compare.Images``).

    Args:
        a: an image of either engine, or your own.
        b: another image, which may be of another engine.
        engine: the engine that compares; default: the engine of ``a``.

    Raises:
        Error: they differ; the message has a line for each difference, with both values. On the Go
            engine the subject of a manifest is printed as an address in memory. If the numbers of
            layers differ, the message says nothing else.
        TypeError: an argument has another type.

    Examples:
        >>> from pyggcr import empty, errors, mutate
        >>> images(empty.image(), empty.image())
        >>> other = mutate.media_type(empty.image(), "application/vnd.example")
        >>> try:
        ...     images(empty.image(), other)
        ... except errors.Error as error:
        ...     print(str(error).splitlines()[0])
        Images differ:
    """
    _engine(a, b, v1.Image, engine).compare.images(a=a, b=b)


def indexes(a: v1.ImageIndex, b: v1.ImageIndex, *, engine: str | None = None) -> None:
    """Raise an error unless two indexes are the same (``compare.Indexes``).

    The images that they list are not opened.

    Args:
        a: an index of either engine, or your own.
        b: another index, which may be of another engine.
        engine: the engine that compares; default: the engine of ``a``.

    Raises:
        Error: they differ; the message has a line for each difference, with both values. On the Go
            engine the subject of a manifest is printed as an address in memory. If the numbers of
            layers differ, the message says nothing else.
        TypeError: an argument has another type.

    Examples:
        >>> from pyggcr import empty
        >>> indexes(empty.index(), empty.index())
    """
    _engine(a, b, v1.ImageIndex, engine).compare.indexes(a=a, b=b)


def layers(a: v1.Layer, b: v1.Layer, *, engine: str | None = None) -> None:
    """Raise an error unless two layers have the same metadata (``compare.Layers``).

    Digest, DiffID, size and media type are compared.

    Args:
        a: a layer of either engine, or your own.
        b: another layer, which may be of another engine.
        engine: the engine that compares; default: the engine of ``a``.

    Raises:
        Error: they differ; the message has a line for each difference, with both values. On the Go
            engine the subject of a manifest is printed as an address in memory. If the numbers of
            layers differ, the message says nothing else.
        TypeError: an argument has another type.

    Examples:
        >>> from pyggcr import empty, partial
        >>> config = partial.config_layer(empty.image())
        >>> layers(config, config)
    """
    _engine(a, b, v1.Layer, engine).compare.layers(a=a, b=b)


def _engine(a: object, b: object, kind: type, engine: str | None) -> Engine:
    for value in (a, b):
        if not isinstance(value, kind):
            raise TypeError(f"expected a {kind.__name__}, not {type(value).__name__}")
    return select(engine or getattr(a, "engine", None))
