"""``crane pull IMAGE TARBALL``: images of registries into an archive or an OCI layout."""

from __future__ import annotations

import contextlib

from pyggcr.cli.crane.cobra import CommandError
from pyggcr.cli.crane.session import failing, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import v1
    from pyggcr.cli.crane.session import Session

__all__ = ["pull"]


def pull(session: Session) -> None:
    """``crane pull``."""
    from pyggcr import crane, v1
    from pyggcr.cli.signals import exit_on_signals

    *sources, path = session.arguments
    kind = session.flag("format")
    with contextlib.ExitStack() as held:
        found = {source: _open(session, source, kind) for source in dict.fromkeys(sources)}
        for content in found.values():
            held.enter_context(content)
        images = {source: it for source, it in found.items() if isinstance(it, v1.Image)}
        held.enter_context(exit_on_signals())
        if kind == "oci":
            indexes = {source: it for source, it in found.items() if source not in images}
            annotate = session.flag("annotate-ref")
            crane.save_oci({**images, **indexes}, path, annotate=annotate)
        elif kind == "legacy":
            with failing(f"saving legacy tarball {path}"):
                crane.save_legacy(images, path)
        elif kind == "tarball":
            with failing(f"saving tarball {path}"):
                crane.save(images, path)
        else:
            raise CommandError(
                f"unexpected --format: {quoted(kind)} (valid values are: tarball, legacy, and oci)"
            )


def _open(session: Session, source: str, kind: str) -> v1.Image | v1.ImageIndex:
    from pyggcr import remote

    reference = session.parsed(source)
    found = remote.get(reference, **session.options())
    is_index = found.descriptor.media_type.is_index()
    if kind == "oci" and is_index and session.platform is None:
        return found.image_index()
    image = found.image()
    if not (folder := session.flag("cache_path")):
        return image
    from pyggcr.cache import CachedImage, FilesystemCache

    return CachedImage(image, FilesystemCache(folder))
