"""An image and an index without content: pkg/v1/empty."""

from __future__ import annotations

from pyggcr.engine import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1

__all__ = ["image", "index"]


def image(*, engine: str | None = None) -> v1.Image:
    """Return an image without layers, as a base for ``pyggcr.mutate`` (``empty.Image``).

    Its manifest has Docker's media type, and its config file names neither an architecture nor an
    operating system.

    Args:
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        The same image each time, with the same digest on both engines.

    Raises:
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> image().layers()
        []
    """
    return select(engine).empty.image()


def index(*, engine: str | None = None) -> v1.ImageIndex:
    """Return an OCI index without entries (``empty.Index``).

    Args:
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        An index; opening an image of it raises ``Error`` with the text ``empty index``.

    Raises:
        EngineUnavailableError: the engine is not available.

    Examples:
        >>> index().index_manifest().manifests
        []
    """
    return select(engine).empty.index()
