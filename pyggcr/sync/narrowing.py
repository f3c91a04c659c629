"""An index less the images for other platforms, or one image of it."""

from __future__ import annotations

from pyggcr import mutate, remote, v1
from pyggcr._dataclasses import dataclass
from pyggcr.errors import ImageNotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from pyggcr.sync.config import Options

Content: TypeAlias = "v1.Image | v1.ImageIndex"

__all__ = ["Content", "Narrowed", "content_of", "narrowed"]

# Which image an attestation of BuildKit's is about.
_ABOUT = "vnd.docker.reference.digest"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is copied of a manifest.

    Attributes:
        source: what is pushed: the manifest as it is, if nothing is left out.
        descriptor: its media type and digest.
        manifest: its bytes.
    """

    source: remote.Source
    descriptor: v1.Descriptor
    manifest: bytes


def narrowed(found: remote.RemoteDescriptor, options: Options) -> Narrowed:
    """What options leave of a manifest; an image, which has one platform, stays as it is.

    Raises:
        ImageNotFoundError: an index has none of the platforms, or an image is for another one.
    """
    whole = Narrowed(found, found.descriptor, found.manifest)
    if options.platform is None and not options.platforms:
        return whole
    wanted = (options.platform,) if options.platform is not None else options.platforms
    if not found.descriptor.media_type.is_index():
        _check_image(found, wanted)
        return whole
    entries = v1.parse_index_manifest(found.manifest).manifests or []
    chosen = [it for it in entries if _is_for(it, wanted)]
    if not chosen:
        there = ", ".join(str(it.platform) for it in entries if it.platform is not None)
        named = ", ".join(map(str, wanted))
        raise ImageNotFoundError(f"no image for {named}; there are {there or 'no platforms'}")
    index = found.image_index()
    if options.platform is not None:
        return _of(index.image(chosen[0].digest))
    kept = {it.digest for it in chosen}
    about = {str(digest) for digest in kept}
    kept |= {it.digest for it in entries if (it.annotations or {}).get(_ABOUT) in about}
    if all(it.digest in kept for it in entries):
        return whole
    return _of(mutate.remove_manifests(index, lambda it: it.digest not in kept))


def _is_for(entry: v1.Descriptor, wanted: tuple[v1.Platform, ...]) -> bool:
    own = entry.platform
    return own is not None and any(own.satisfies(it) for it in wanted)


def _check_image(found: remote.RemoteDescriptor, wanted: tuple[v1.Platform, ...]) -> None:
    with found.image() as image:
        own = image.config_file().platform()
    if own is None or not any(own.satisfies(it) for it in wanted):
        named = ", ".join(map(str, wanted))
        raise ImageNotFoundError(f"the image is for {own or 'no platform'}, not for {named}")


def _of(content: Content) -> Narrowed:
    described = v1.Descriptor(media_type=content.media_type(), digest=content.digest())
    return Narrowed(content, described, content.raw_manifest())


def content_of(source: remote.Source) -> Content:
    """The image or the index that is written to a layout or an archive."""
    if isinstance(source, (v1.Image, v1.ImageIndex)):
        return source
    return source.image_index() if source.descriptor.media_type.is_index() else source.image()
