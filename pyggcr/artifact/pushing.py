"""``push`` and ``attach``: artifacts into registries."""

from __future__ import annotations

from pyggcr import limits, name, remote, v1
from pyggcr.artifact.images import image
from pyggcr.crane.attached import Target, put_referrer
from pyggcr.crane.options import parsed_reference, with_keychain
from pyggcr.errors import ArtifactError
from pyggcr.remote.options import ConnectionOptions, Options

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from typing import cast

    from typing_extensions import Unpack

    from pyggcr.artifact.file import File, Files
else:
    from pyggcr._typing import cast

__all__ = ["attach", "push"]


def push(
    reference: str,
    files: Files = (),
    *,
    artifact_type: str = "",
    subject: v1.Descriptor | None = None,
    annotations: Mapping[str, str] | None = None,
    config: str | os.PathLike[str] | File | None = None,
    **options: Unpack[Options],
) -> name.Digest:
    """Push files as an artifact.

    Args:
        reference: the tag or digest that it gets.
        files: paths of files and folders, or ``File``; default none.
        artifact_type: the type of the artifact, such as ``application/spdx+json``; default as for
            ``image``.
        subject: the manifest that it refers to, in the same repository; default none.
        annotations: annotations of the manifest; default none.
        config: the config file; default the empty one, ``{}``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The artifact, by its digest.

    Raises:
        ArtifactError: a title is impossible or used twice, or a type is not a media type.
        BuildError: something is neither a file nor a folder.
        FileAccessError: a file cannot be read.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: the text is not a reference.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable; the subclass says why.

    Examples:
        >>> from pyggcr import artifact, registry
        >>> with registry.serve() as server:
        ...     pushed = push(
        ...         f"{server.host}/notes:1",
        ...         [artifact.File("hello.txt", "text/plain", content=b"hello")],
        ...         artifact_type="application/vnd.example.notes",
        ...     )
        ...     [file.title for file in artifact.files(str(pushed))]
        ['hello.txt']
    """
    parsed = parsed_reference(reference, options)
    with image(
        files,
        artifact_type=artifact_type,
        subject=subject,
        annotations=annotations,
        config=config,
    ) as made:
        if isinstance(parsed, name.Digest) and parsed.digest_str() != str(made.digest()):
            raise ArtifactError(f"the artifact is {made.digest()}, and not {parsed}")
        tag = parsed if isinstance(parsed, name.Tag) else None
        return _sent(made, parsed.context(), tag, subject, options)


def _sent(
    made: v1.Image,
    repository: name.Repository,
    tag: name.Tag | None,
    subject: v1.Descriptor | None,
    options: Options,
) -> name.Digest:
    """Push an artifact by its digest, and under a tag."""
    given, rest = limits.split(with_keychain(options))
    connection = cast(ConnectionOptions, rest)
    pushed = repository.digest(str(made.digest()))
    with (
        limits.limit(**given),
        remote.Puller(**connection) as puller,
        remote.Pusher(**connection) as pusher,
    ):
        if subject is not None:
            about = repository.digest(str(subject.digest))
            put_referrer(Target(connection, puller, pusher, {}), about, pushed, made)
        if tag is not None or subject is None:
            pusher.push(tag or pushed, made)
    return pushed


def attach(
    reference: str,
    files: Files = (),
    *,
    artifact_type: str,
    annotations: Mapping[str, str] | None = None,
    config: str | os.PathLike[str] | File | None = None,
    **options: Unpack[Options],
) -> name.Digest:
    """Attach files to an image, an index or an artifact in a registry.

    The files become an artifact that refers to it. If the registry has no list of referrers, the
    list under the fallback tag is updated.

    Args:
        reference: an image, an index, or an artifact; with the option ``platform``, the image of an
            index.
        files: paths of files and folders, or ``File``; default none.
        artifact_type: the type of the artifact, such as ``application/spdx+json``.
        annotations: annotations of the manifest; default none.
        config: the config file; default the empty one, ``{}``.
        options: keyword arguments of ``remote.Options``. Without ``auth`` and ``keychain``, the
            credentials of Docker and Podman are used.

    Returns:
        The artifact, by its digest.

    Raises:
        ArtifactError: a title is impossible or used twice, or a type is not a media type.
        BuildError: something is neither a file nor a folder.
        FileAccessError: a file cannot be read.
        TransportError: the registry refused a request, or could not be reached.
        InvalidReferenceError: the text is not a reference.
        UnsupportedOptionError: options contradict each other, or are out of range.
        TypeError: an option is unknown or has another type.
        CancelledError: the call was cancelled.
        DeadlineExceededError: the call took longer than its timeout.
        Error: the registry's answer is not acceptable; the subclass says why.

    Examples:
        >>> from pyggcr import artifact, crane, random, registry
        >>> with registry.serve() as server:
        ...     crane.push(random.image(100, 1, source=1), f"{server.host}/app:1")
        ...     _ = attach(
        ...         f"{server.host}/app:1",
        ...         [artifact.File("sbom.json", "application/spdx+json", content=b"{}")],
        ...         artifact_type="application/spdx+json",
        ...     )
        ...     [it.descriptor.artifact_type for it in artifact.attached(f"{server.host}/app:1")]
        ['application/spdx+json']
    """
    parsed = parsed_reference(reference, options)
    found = remote.get(parsed, **with_keychain(options))
    subject = found.descriptor
    if "platform" in options and subject.media_type.is_index():
        with found.image() as chosen:
            subject = v1.Descriptor(
                media_type=chosen.media_type(), digest=chosen.digest(), size=chosen.size()
            )
    with image(
        files,
        artifact_type=artifact_type,
        subject=subject,
        annotations=annotations,
        config=config,
    ) as made:
        return _sent(made, parsed.context(), None, subject, options)
