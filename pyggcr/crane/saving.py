"""Write images to archives and layouts: pkg/crane/pull.go.

Any image can be written, of either engine or your own, even one in a registry. ``tarball``,
``legacy.tarball`` and ``layout`` implement the formats.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from pyggcr import name, tarball, v1
from pyggcr._gostd.strconv import quote
from pyggcr._layers.annotation_names import REFERENCE_NAME
from pyggcr.crane.wrapping import wrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pyggcr import layout
    from pyggcr._layers.archive_writer import Target

__all__ = ["save", "save_legacy", "save_oci", "tag_for"]

# The tag of an image that was pulled by digest, so that it does not become ``latest``.
_WAS_A_DIGEST = "i-was-a-digest"

_EMPTY = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'


def save(images: Mapping[str, v1.Image], target: Target) -> None:
    """Write a docker-save archive of images (``crane.MultiSave``).

    Args:
        images: images by the references they get; an image by digest gets the tag
            ``i-was-a-digest``.
        target: a path, or a stream, which need not be seekable.

    Raises:
        InvalidReferenceError: a text is not a reference.
        ArchiveError: a layer is not as long as it says.
        FileAccessError: the file cannot be written; a file that was there before is unchanged.
        UnsupportedOptionError: there are no images.
        Error: an image cannot be read; the subclass says why.

    Examples:
        >>> import io
        >>> from pyggcr import empty
        >>> save({"app:1": empty.image()}, io.BytesIO())
    """
    tagged = [(tag_for(reference), image) for reference, image in images.items()]
    if isinstance(target, (str, os.PathLike)):
        tarball.multi_write_to_file(target, tagged)
    else:
        tarball.multi_write(tagged, target)


def save_legacy(images: Mapping[str, v1.Image], target: Target) -> None:
    """Write an archive in Docker's oldest format (``crane.MultiSaveLegacy``).

    Layers are read twice, because their sizes come before them.

    Args:
        images: images by the references they get; an image by digest gets none.
        target: a path, or a stream, which need not be seekable.

    Raises:
        InvalidReferenceError: a text is not a reference.
        ArchiveError: the length of a layer changed between the two reads.
        FileAccessError: the file cannot be written; a file that was there before is unchanged.
        MismatchedLayersError: the history of the config does not fit the number of layers.
        Error: an image cannot be read; the subclass says why.
    """
    from pyggcr.legacy import tarball as legacy

    parsed = [(_parsed(text), image) for text, image in images.items()]
    legacy.multi_write(parsed, target)


def save_oci(
    contents: Mapping[str, v1.Image | v1.ImageIndex],
    folder: str | os.PathLike[str],
    *,
    annotate: bool = False,
) -> None:
    """Add images and indexes to an OCI layout, which need not exist (``crane.MultiSaveOCI``).

    Existing blobs of the right size are not written again.

    Args:
        contents: images and indexes by reference.
        folder: the folder of the layout.
        annotate: store the references, as ``org.opencontainers.image.ref.name``; default false.

    Raises:
        InvalidReferenceError: ``annotate`` was given, and a text is not a reference.
        FileAccessError: the folder cannot be written.
        Error: an image cannot be read; the subclass says why.
    """
    to = _layout(folder)
    for reference, content in contents.items():
        annotations = {REFERENCE_NAME: name.parse_reference(reference).name()} if annotate else None
        if isinstance(content, v1.Image):
            to.append_image(content, annotations=annotations)
        else:
            to.append_index(content, annotations=annotations)


def _layout(folder: str | os.PathLike[str]) -> layout.Path:
    """The layout in a folder, which is made if there is none."""
    from pathlib import Path

    from pyggcr import layout
    from pyggcr.types import MediaType

    if Path(folder, "index.json").exists():
        return layout.Path(folder)
    return layout.write(folder, layout.LayoutIndex(folder, _EMPTY, MediaType.OCI_IMAGE_INDEX))


def tag_for(reference: str) -> name.Tag:
    """Parse a reference where only tags can be stored: a digest becomes the tag ``i-was-a-digest``.

    Args:
        reference: the text.

    Returns:
        The tag.

    Raises:
        InvalidReferenceError: the text is not a reference.
    """
    parsed = _parsed(reference)
    if isinstance(parsed, name.Tag):
        return parsed
    return parsed.context().tag(_WAS_A_DIGEST)


def _parsed(reference: str) -> name.Reference:
    with wrapped(f"parsing ref {quote(reference)}"):
        return name.parse_reference(reference)
