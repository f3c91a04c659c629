"""List, filter and extend indexes: the commands ``crane index list|filter|append``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from pyggcr import empty, layout, mutate, name, partial, remote, v1
from pyggcr._dataclasses import dataclass, replace
from pyggcr._gostd.strconv import quote
from pyggcr.crane.loading import load
from pyggcr.crane.options import with_keychain
from pyggcr.crane.wrapping import wrapped
from pyggcr.errors import Error, UnsupportedOptionError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from pyggcr.remote.options import Options

__all__ = [
    "Part",
    "addendum",
    "append_to_index",
    "append_to_layout",
    "children",
    "empty_index",
    "filter_index",
    "filtered",
    "is_local",
    "list_index",
    "parts_of",
    "table",
    "with_parts",
]


@dataclass(frozen=True, slots=True)
class Part:
    """An image or index to be listed in an index, with its descriptor."""

    content: v1.Image | v1.ImageIndex
    descriptor: v1.Descriptor


def list_index(reference: str, **options: Unpack[Options]) -> list[v1.Descriptor]:
    """List the entries of an index in a registry, or of an OCI layout (``crane index list``).

    Args:
        reference: the index, or the path of a layout; ``is_local`` decides.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        Descriptors, in the order of the index.

    Raises:
        FileAccessError: the layout cannot be read.
        JSONError: the index is malformed.
        Error: the reference points to an image.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    if is_local(reference):
        index: v1.ImageIndex = layout.from_path(reference).image_index()
    else:
        _, index = _pulled(reference, options)
    with index:
        return index.index_manifest().manifests or []


def table(entries: Sequence[v1.Descriptor]) -> Iterator[str]:
    """Format the entries of an index as ``crane index list`` does.

    Args:
        entries: descriptors.

    Yields:
        Lines, the heading first.

    Examples:
        >>> list(table([]))[0].split()
        ['Digest', 'MediaType', 'Platform']
    """
    yield f"{'Digest':<70} {'MediaType':<20} Platform"
    for entry in entries:
        platform = "-" if entry.platform is None else str(entry.platform)
        yield f"{entry.digest!s:<70} {entry.media_type!s:<20} {platform}"


def filter_index(
    reference: str, platforms: Sequence[v1.Platform], *, tag: str = "", **options: Unpack[Options]
) -> str:
    """Push an index with the images for some platforms only (``crane index filter``).

    Args:
        reference: the index.
        platforms: platforms, one of which an entry has to satisfy. Entries without a platform are
            removed.
        tag: the reference of the result; default: that of the index, which is overwritten. An index
            by digest is pushed by its new digest.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The result's reference by digest.

    Raises:
        Error: the reference points to an image.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    options = with_keychain(options)
    target, base = _pulled(reference, options)
    with base:
        index = filtered(base, platforms)
        digest = str(index.digest())
        if tag:
            with wrapped(f"parsing reference {tag}"):
                target = name.parse_reference(tag, insecure=options.get("insecure", False))
        elif isinstance(target, name.Digest):
            target = target.context().digest(digest)
        with wrapped(f"pushing image {tag}"):
            remote.write_index(target, index, **options)
    return str(target.context().digest(digest))


def filtered(index: v1.ImageIndex, platforms: Sequence[v1.Platform]) -> v1.ImageIndex:
    """Remove the entries of an index that satisfy none of the platforms.

    Args:
        index: the index.
        platforms: platforms, one of which an entry has to satisfy. Entries without a platform are
            removed.

    Returns:
        A new index.

    Raises:
        TypeError: an argument has another type.
    """

    def is_unwanted(entry: v1.Descriptor) -> bool:
        own = entry.platform
        return own is None or not any(own.satisfies(wanted) for wanted in platforms)

    return mutate.remove_manifests(index, is_unwanted)


def append_to_index(
    base: str,
    manifests: Sequence[str],
    *,
    tag: str = "",
    docker_empty_base: bool = False,
    flatten: bool = True,
    log: Callable[[str], None] | None = None,
    **options: Unpack[Options],
) -> str | None:
    """Add images and indexes to an index (``crane index append``).

    Args:
        base: the index in a registry, or the path of an OCI layout, which need not exist; empty for
            a new index.
        manifests: images and indexes to add: archives, layouts and references.
        tag: the reference of the result; default: that of the base, which is overwritten.
        docker_empty_base: give a new index Docker's media type; default false.
        flatten: add the entries of an index in place of the index; default true.
        log: called with each line that crane writes to standard error; default none.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The result's reference by digest; ``None`` if a layout was written.

    Raises:
        UnsupportedOptionError: neither base nor tag is given.
        ArchiveError: an archive is damaged.
        FileAccessError: a file cannot be read or written.
        JSONError: a document is malformed.
        Error: the base is an image, or something to add is neither an image nor an index.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    options = with_keychain(options)
    parts = [part for it in manifests for part in parts_of(it, flatten=flatten, **options)]
    if is_local(base):
        append_to_layout(base, parts)
        return None
    return _append_and_push(base, parts, tag, docker_empty_base, log, options)


def is_local(reference: str) -> bool:
    """Tell whether crane takes a text for a path.

    Args:
        reference: the text.

    Returns:
        True if there is such a file, or the text begins with ``.`` or ``/``.

    Examples:
        >>> is_local("./images"), is_local("example.com/app:1")
        (True, False)
    """
    return os.path.exists(reference) or reference.startswith((".", "/"))  # noqa: PTH110


def parts_of(reference: str, *, flatten: bool = True, **options: Unpack[Options]) -> list[Part]:
    """Resolve an argument of ``crane index append`` to images and indexes.

    Args:
        reference: an archive or a layout; otherwise something in a registry.
        flatten: return the entries of an index in place of the index; default true.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        Images and indexes with their descriptors.

    Raises:
        Error: the reference points to neither an image nor an index; or a file cannot be used.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: a text is not a reference of the kind that is needed.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
    """
    part = _resolved(reference, with_keychain(options))
    index = part.content
    if isinstance(index, v1.Image) or not flatten:
        return [part]
    return children(index)


def children(index: v1.ImageIndex) -> list[Part]:
    """Open the entries of an index.

    Args:
        index: the index.

    Returns:
        Images and indexes with their descriptors.

    Raises:
        Error: an entry is neither an image nor an index, or cannot be read.
    """
    return [_child(index, entry) for entry in index.index_manifest().manifests or ()]


def _child(index: v1.ImageIndex, entry: v1.Descriptor) -> Part:
    if entry.media_type.is_image():
        return Part(index.image(entry.digest), entry)
    if entry.media_type.is_index():
        return Part(index.image_index(entry.digest), entry)
    raise Error(f"unexpected child media type: {entry.media_type}")


def _resolved(reference: str, options: Options) -> Part:
    try:
        return _read(reference, options.get("engine"))
    except Error:
        # Whatever is wrong with a file, it may be a reference.
        pass
    found = remote.get(reference, **options)
    descriptor = found.descriptor
    if descriptor.media_type.is_image():
        image = found.image()
        return Part(image, replace(descriptor, platform=image.config_file().platform()))
    if descriptor.media_type.is_index():
        return Part(found.image_index(), descriptor)
    raise Error(f"unknown media type: {descriptor.media_type}")


def _read(path: str, engine: str | None) -> Part:
    if os.path.isdir(path):  # noqa: PTH112
        index = layout.image_index_from_path(path)
        return Part(index, v1.Descriptor(index.media_type(), index.size(), index.digest()))
    image = load(path, engine=engine)
    described = partial.descriptor(image)
    return Part(image, replace(described, platform=image.config_file().platform()))


def append_to_layout(folder: str, parts: Sequence[Part], *, keep_annotations: bool = False) -> None:
    """Add parts to the ``index.json`` of a layout, which is created if it does not exist.

    Args:
        folder: the folder of the layout.
        parts: what to add; the blobs are written too.
        keep_annotations: keep the annotations of the descriptors, which crane drops; default false.

    Raises:
        FileAccessError: the layout cannot be written.
        Error: an image cannot be read; the subclass says why.
    """
    exists = os.path.exists(folder)  # noqa: PTH110
    to = layout.from_path(folder) if exists else layout.write(folder, empty.index())
    for part in parts:
        described = part.descriptor
        annotations = described.annotations if keep_annotations else None
        if isinstance(part.content, v1.Image):
            to.append_image(part.content, annotations=annotations, platform=described.platform)
        else:
            to.append_index(part.content, annotations=annotations, platform=described.platform)


def _append_and_push(
    base: str,
    parts: Sequence[Part],
    tag: str,
    docker_empty_base: bool,
    log: Callable[[str], None] | None,
    options: Options,
) -> str:
    insecure = options.get("insecure", False)
    target: name.Reference
    if base:
        target, index = _pulled(base, options)
    elif tag:
        if log is not None:
            log("base unspecified, using empty index")
        index = empty_index(docker=docker_empty_base, engine=options.get("engine"))
    else:
        raise UnsupportedOptionError("at least one of --base or --tag must be specified")
    with index:
        made = with_parts(index, parts)
        digest = str(made.digest())
        if tag:
            with wrapped(f"parsing reference {tag}"):
                target = name.parse_reference(tag, insecure=insecure)
        elif isinstance(target, name.Digest):
            target = target.context().digest(digest)
        with wrapped(f"pushing image {target}"):
            remote.write_index(target, made, **options)
    return str(target.context().digest(digest))


def empty_index(*, docker: bool, engine: str | None = None) -> v1.ImageIndex:
    """Return an index without entries.

    Args:
        docker: whether it has Docker's media type instead of OCI's.
        engine: ``go`` or ``python``; default: the engine in force.

    Returns:
        The index.

    Raises:
        EngineUnavailableError: the engine is not available.
    """
    index = empty.index(engine=engine)
    return mutate.index_media_type(index, MediaType.DOCKER_MANIFEST_LIST) if docker else index


def with_parts(index: v1.ImageIndex, parts: Sequence[Part]) -> v1.ImageIndex:
    """Add parts to an index.

    Args:
        index: the index.
        parts: what to add.

    Returns:
        A new index.

    Raises:
        TypeError: an argument has another type.
    """
    adds = [addendum(part.content, part.descriptor) for part in parts]
    return mutate.append_manifests(index, *adds)


def addendum(content: v1.Image | v1.ImageIndex, described: v1.Descriptor) -> mutate.IndexAddendum:
    """Combine an image or index with its descriptor, to be added to an index.

    Args:
        content: the image or index.
        described: the descriptor.

    Returns:
        The addendum.
    """
    return mutate.IndexAddendum(
        content,
        media_type=described.media_type,
        size=described.size,
        digest=described.digest,
        data=described.data,
        urls=described.urls,
        annotations=described.annotations,
        platform=described.platform,
        artifact_type=described.artifact_type,
    )


def _pulled(reference: str, options: Options) -> tuple[name.Reference, v1.ImageIndex]:
    """A parsed reference, and the index that it stands for."""
    options = with_keychain(options)
    parsed = name.parse_reference(reference, insecure=options.get("insecure", False))
    with wrapped(f"pulling {reference}"):
        found = remote.get(parsed, **options)
    media_type = found.descriptor.media_type
    if not media_type.is_index():
        raise Error(f"expected {reference} to be an index, got {quote(media_type)}")
    return parsed, found.image_index()
