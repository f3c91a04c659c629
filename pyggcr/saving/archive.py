"""Archives that ``docker load`` reads, as Go writes them: pkg/v1/tarball/write.go."""

from __future__ import annotations

from collections.abc import Mapping

from pyggcr import name, v1
from pyggcr._layers.docker_archive import entries, tag_text
from pyggcr.saving.entries import Target, write_archive

__all__ = ["save", "tag_for"]

# The tag of what was pulled by digest, so that it does not become ``latest`` (pkg/crane).
_WAS_A_DIGEST = "i-was-a-digest"


def save(images: Mapping[str, v1.Image], target: Target) -> None:
    """Write a docker-save archive of images (``crane.MultiSave``).

    Args:
        images: by the reference that each one gets; of a digest it is the tag
            ``i-was-a-digest``.
        target: a path, or a stream that need not seek.

    Raises:
        InvalidReferenceError: a text is not a reference.
        ArchiveError: a layer is not as long as it says.
        FileAccessError: the file cannot be written; what was there before still is.
    """
    named = [(image, [tag_text(tag_for(reference))]) for reference, image in images.items()]
    write_archive(entries(named), target)


def tag_for(reference: str) -> name.Tag:
    """The tag of an image where only tags are names: of a digest, ``i-was-a-digest``.

    Raises:
        InvalidReferenceError: the text is not a reference.
    """
    parsed = name.parse_reference(reference)
    if isinstance(parsed, name.Tag):
        return parsed
    return parsed.context().tag(_WAS_A_DIGEST)
