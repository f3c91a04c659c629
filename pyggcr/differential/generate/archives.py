"""Archives in the form of ``docker save``, made from a description.

A description can ask for what no engine writes: gzip and plain layers mixed, links, sources of
any kind, entries that are not there. What is made up at random is ``descriptions``'.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import reprlib
import sys
import tarfile
from collections.abc import Sequence

from pyggcr._dataclasses import dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


__all__ = [
    "DOCKER_FOREIGN",
    "DOCKER_UNCOMPRESSED",
    "OCI_UNCOMPRESSED",
    "ImageSpec",
    "LayerSpec",
    "Member",
    "docker_save",
    "layer_tar",
    "make_tar",
    "member",
    "sha256",
    "uncompressed_source",
    "zstd_compress",
]

EPOCH = 0
GZIP_LEVEL = 6
ZSTD_LEVEL = 3
OCI_UNCOMPRESSED = "application/vnd.oci.image.layer.v1.tar"
DOCKER_UNCOMPRESSED = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

# One entry of a tar: its header and its content.
Member = tuple[tarfile.TarInfo, bytes]


def member(
    name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> Member:
    """Make one entry of a tar.

    Args:
        name: the path of the entry.
        content: its content; default: empty.
        kind: the type flag of ``tarfile``; default: a regular file.
        link: the target of a link; default none.

    Returns:
        The entry, for ``make_tar``.
    """
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.type = kind
    info.linkname = link
    info.mtime = EPOCH
    return info, content


def make_tar(members: Sequence[Member], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """Make a tar archive.

    Args:
        members: the entries, in order.
        form: a format of ``tarfile``; default ``USTAR_FORMAT``.

    Returns:
        The bytes of the archive.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def layer_tar(files: dict[str, bytes]) -> bytes:
    """Make the content of a layer: a tar of files.

    Args:
        files: the contents by their paths.

    Returns:
        The bytes of the tar.
    """
    return make_tar([member(name, content) for name, content in files.items()])


def sha256(data: bytes) -> str:
    """Hash data.

    Args:
        data: the data.

    Returns:
        The digest, with ``sha256:`` in front.
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


def zstd_compress(data: bytes) -> bytes:
    """Compress data as one zstd frame.

    Args:
        data: the data.

    Returns:
        The frame.
    """
    if sys.version_info >= (3, 14):
        from compression import zstd

        return zstd.compress(data, ZSTD_LEVEL)
    import zstandard

    return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(data)


@dataclass
class LayerSpec:
    """A layer: its content, how it is stored, and what ``LayerSources`` says of it, if anything."""

    content: bytes
    compression: str = "none"
    source: dict[str, Any] | None = None
    link: str = ""  # "hard" or "symbolic": stored once more elsewhere, and linked

    def __repr__(self) -> str:
        # Contents are long, and failing examples are printed.
        return (
            f"LayerSpec({reprlib.repr(self.content)}, {self.compression!r}, "
            f"{self.source!r}, {self.link!r})"
        )

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        # What IPython and hypothesis ask for; they would print a dataclass field by field.
        printer.text(repr(self))

    def stored(self) -> bytes:
        """Return the bytes of the layer in the archive.

        Returns:
            The content, compressed as the description says.
        """
        if self.compression == "gzip":
            return gzip.compress(self.content, GZIP_LEVEL, mtime=0)
        if self.compression == "zstd":
            return zstd_compress(self.content)
        return self.content


@dataclass
class ImageSpec:
    """An image: layers, tags, and whatever the config holds beyond them."""

    layers: list[LayerSpec] = field(default_factory=list)
    tags: list[str] | None = None
    config: dict[str, Any] = field(default_factory=dict)

    def raw_config(self) -> bytes:
        """Return the config file of the image.

        Returns:
            One JSON document.
        """
        document = {
            "architecture": "amd64",
            "os": "linux",
            "rootfs": {
                "type": "layers",
                "diff_ids": [sha256(layer.content) for layer in self.layers],
            },
            "config": {},
            **self.config,
        }
        return json.dumps(document).encode()


def uncompressed_source(content: bytes, media_type: str = OCI_UNCOMPRESSED) -> dict[str, Any]:
    """Describe a layer in ``LayerSources`` as Docker 25 and later do for their own layers.

    Args:
        content: the uncompressed layer.
        media_type: the media type to name; default that of an uncompressed OCI layer.

    Returns:
        The entry, for ``LayerSpec.source``.
    """
    return {"mediaType": media_type, "size": len(content), "digest": sha256(content)}


def docker_save(
    images: Sequence[ImageSpec],
    *,
    manifest_first: bool = False,
    form: int = tarfile.USTAR_FORMAT,
) -> bytes:
    """Write the archive of some images; blobs are stored once, by digest, as Docker 25 does.

    Args:
        images: descriptions of the images.
        manifest_first: whether ``manifest.json`` is the first entry of the archive; default
            false: the last.
        form: a format of ``tarfile``; default ``USTAR_FORMAT``.

    Returns:
        The bytes of the archive.
    """
    blobs: dict[str, Member] = {}
    manifest = []
    for number, image in enumerate(images):
        config = image.raw_config()
        names = [_add(blobs, layer, f"{number}-{at}") for at, layer in enumerate(image.layers)]
        config_name = _blob_name(config)
        blobs[config_name] = member(config_name, config)
        entry: dict[str, Any] = {"Config": config_name, "RepoTags": image.tags, "Layers": names}
        sources = {
            sha256(layer.content): layer.source
            for layer in image.layers
            if layer.source is not None
        }
        if sources:
            entry["LayerSources"] = sources
        manifest.append(entry)
    first = [member("manifest.json", json.dumps(manifest).encode())]
    rest = list(blobs.values())
    return make_tar(first + rest if manifest_first else rest + first, form)


def _blob_name(data: bytes) -> str:
    return "blobs/sha256/" + hashlib.sha256(data).hexdigest()


def _add(blobs: dict[str, Member], layer: LayerSpec, place: str) -> str:
    stored = layer.stored()
    target = _blob_name(stored)
    if not layer.link:
        blobs[target] = member(target, stored)
        return target
    name = f"links/{place}/layer.tar"
    if layer.link == "symbolic":
        blobs[name] = member(name, b"", tarfile.SYMTYPE, f"../../{target}")
    else:
        # Go resolves hard links against the folder of the link too.
        blobs[name] = member(name, b"", tarfile.LNKTYPE, f"../../{target}")
    blobs[target] = member(target, stored)
    return name
