"""``files``: the content of an artifact; and ``attached``: what is attached to an image."""

from __future__ import annotations

from pyggcr import limits, remote, v1
from pyggcr._dataclasses import dataclass
from pyggcr.artifact import words
from pyggcr.crane.attached import Attached, Attachments
from pyggcr.crane.options import parsed_reference, with_keychain
from pyggcr.errors import ArtifactError
from pyggcr.remote.options import ConnectionOptions, Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import cast

    from typing_extensions import Unpack
else:
    from pyggcr._typing import cast

__all__ = ["Attached", "ListedFile", "attached", "files", "files_in", "manifest_of"]


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of an artifact.

    Attributes:
        title: its name; empty for a layer without one, which ``pull`` leaves out.
        descriptor: the layer.
        is_folder: whether it is a folder, packed as a tar.
    """

    title: str
    descriptor: v1.Descriptor
    is_folder: bool


def files(reference: str, **options: Unpack[Options]) -> list[ListedFile]:
    """List the files of an artifact, fetching only its manifest.

    Args:
        reference: an artifact; with the option ``platform``, that of an index.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The files, in the order of the manifest.

    Raises:
        ArtifactError: the reference points to an index, or to something else than an image
            manifest.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: the text is not a reference.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable; the subclass says why.
    """
    parsed = parsed_reference(reference, options)
    return files_in(manifest_of(remote.get(parsed, **with_keychain(options)), options))


def manifest_of(found: remote.RemoteDescriptor, options: Options) -> v1.Manifest:
    """Return the manifest of an artifact.

    Args:
        found: what the reference points to.
        options: the options, of which ``platform`` matters.

    Returns:
        The manifest.

    Raises:
        ArtifactError: it is an index, or not the manifest of an image.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: the text is not a reference.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable; the subclass says why.
    """
    media_type = found.descriptor.media_type
    if media_type.is_index() and "platform" in options:
        with found.image() as image:
            return image.manifest()
    if media_type.is_index():
        raise ArtifactError(
            f"{found.descriptor.digest} is an index: choose a platform, or what it lists by digest"
        )
    if not media_type.is_image():
        raise ArtifactError(f"{found.descriptor.digest} is no artifact: {media_type}")
    return v1.parse_manifest(found.manifest)


def files_in(manifest: v1.Manifest) -> list[ListedFile]:
    """Return the files that a manifest lists.

    Args:
        manifest: the manifest.

    Returns:
        The files, in the order of the manifest.
    """
    listed = []
    for layer in manifest.layers or ():
        if str(layer.media_type) == words.EMPTY_TYPE:
            continue
        annotations = layer.annotations or {}
        is_folder = annotations.get(words.UNPACK) == "true"
        listed.append(ListedFile(annotations.get(words.TITLE, ""), layer, is_folder))
    return listed


def attached(
    reference: str,
    *,
    artifact_type: str = "",
    recursive: bool = False,
    digest_tags: bool = False,
    **options: Unpack[Options],
) -> list[Attached]:
    """List what is attached to an image, an index or an artifact.

    Args:
        reference: an image, an index, or an artifact; with the option ``platform``, the image of an
            index.
        artifact_type: list only referrers of this type; default all.
        recursive: also list what is attached to the images of an index, and to what is attached;
            default false.
        digest_tags: also list what has tags such as ``sha256-….sig``, as cosign makes them; default
            false.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        Referrers and digest tags, each with its subject.

    Raises:
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: the text is not a reference.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable; the subclass says why.
    """
    given, rest = limits.split(with_keychain(options))
    parsed = parsed_reference(reference, options)
    with limits.limit(**given), remote.Puller(**cast(ConnectionOptions, rest)) as puller:
        found = puller.get(parsed)
        described, manifest = found.descriptor, found.manifest
        if "platform" in options and described.media_type.is_index():
            with found.image() as image:
                described = v1.Descriptor(media_type=image.media_type(), digest=image.digest())
                manifest = image.raw_manifest()
        walk = Attachments(puller, parsed.context(), {}, referrers=True, digest_tags=digest_tags)
        listed = walk.of(described, manifest) if recursive else walk.to(described.digest)
        corrected = (_corrected(it, walk) for it in listed)
        return [
            it
            for it in corrected
            if not artifact_type or it.descriptor.artifact_type == artifact_type
        ]


def _corrected(found: Attached, walk: Attachments) -> Attached:
    """What is attached, with its type where the registry does not say it.

    go-containerregistry's registry lists the config's media type instead (v0.22.1), and of a tag
    nobody says more than the digest.
    """
    descriptor = found.descriptor
    if descriptor.artifact_type not in ("", words.EMPTY_TYPE):
        return found
    raw = walk.get(descriptor.digest).manifest
    if descriptor.media_type.is_index():
        artifact_type = v1.parse_index_manifest(raw).artifact_type
    elif descriptor.media_type.is_image():
        manifest = v1.parse_manifest(raw)
        artifact_type = manifest.artifact_type or str(manifest.config.media_type)
    else:
        return found
    told = v1.Descriptor(
        media_type=descriptor.media_type,
        size=descriptor.size,
        digest=descriptor.digest,
        annotations=descriptor.annotations,
        platform=descriptor.platform,
        artifact_type=artifact_type,
    )
    return Attached(found.subject, told, found.depth, found.tag)
