"""``image``: an artifact as an image, which everything here can write."""

from __future__ import annotations

from pyggcr._layers.composed import ComposedImage, serialized
from pyggcr.artifact import words
from pyggcr.artifact.file import Blob, File, Files, LayerOf, layers_of
from pyggcr.errors import ArtifactError
from pyggcr.types import MediaType

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from typing import Any

    from pyggcr import v1

__all__ = ["image"]

_EMPTY = b"{}"


def image(
    files: Files = (),
    *,
    artifact_type: str = "",
    subject: v1.Descriptor | None = None,
    annotations: Mapping[str, str] | None = None,
    config: str | os.PathLike[str] | File | None = None,
) -> v1.Image:
    """Make an artifact of files, with the same digest on every machine.

    Args:
        files: paths of files and folders, or ``File``; none for an artifact that has only
            annotations.
        artifact_type: the type of the artifact, such as ``application/spdx+json``; default
            ``application/vnd.unknown.artifact.v1``, as in oras, unless there is a config.
        subject: the manifest that it refers to; default none.
        annotations: annotations of the manifest; default none.
        config: the config file; default the empty one, ``{}``.

    Returns:
        An image, to be pushed or written with ``pyggcr.build.write``. Files are read again then;
        folders are kept in temporary files until it is closed.

    Raises:
        ArtifactError: a title is impossible or used twice, or a type is not a media type.
        BuildError: something is neither a file nor a folder.
        FileAccessError: a file cannot be read.

    Examples:
        >>> made = image([File("hello.txt", "text/plain", content=b"hello")])
        >>> made.manifest().layers[0].annotations
        {'org.opencontainers.image.title': 'hello.txt'}
    """
    if artifact_type and "/" not in artifact_type:
        raise ArtifactError(f"{artifact_type!r} is no media type")
    layers = list(layers_of(files))
    if not layers:
        # The specification wants a layer in each manifest.
        layers = [LayerOf(Blob.of(_EMPTY, words.EMPTY_TYPE), {})]
    described, raw_config = _config(config)
    if not artifact_type and config is None:
        artifact_type = words.DEFAULT_TYPE
    manifest: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": str(MediaType.OCI_MANIFEST_SCHEMA1),
        **({"artifactType": artifact_type} if artifact_type else {}),
        "config": described,
        "layers": [it.descriptor() for it in layers],
        **({"subject": _subject(subject)} if subject is not None else {}),
        **({"annotations": dict(annotations)} if annotations else {}),
    }
    return ComposedImage(
        serialized(manifest),
        raw_config,
        [it.layer for it in layers],
        owned=[it.owned for it in layers if it.owned is not None],
    )


def _config(config: str | os.PathLike[str] | File | None) -> tuple[dict[str, Any], bytes]:
    """The descriptor of the config, and its bytes."""
    if config is None:
        described = LayerOf(Blob.of(_EMPTY, words.EMPTY_TYPE), {}).descriptor()
        return {**described, "data": "e30="}, _EMPTY
    file = config if isinstance(config, File) else File(config)
    (made,) = layers_of(
        [
            File(
                file.path,
                file.media_type or words.DEFAULT_CONFIG_TYPE,
                "config",
                None,
                file.content,
            )
        ]
    )
    if made.owned is not None:
        raise ArtifactError(f"{file.path} is a folder, and no config file")
    with made.layer.compressed() as stream:
        content = stream.readall()
    annotations = {"annotations": dict(file.annotations)} if file.annotations else {}
    return {**LayerOf(made.layer, {}).descriptor(), **annotations}, content


def _subject(subject: v1.Descriptor) -> dict[str, Any]:
    return {
        "mediaType": str(subject.media_type),
        "digest": str(subject.digest),
        "size": subject.size,
    }
