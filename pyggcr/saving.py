"""Images written down: docker-save archives (tarball.MultiRefWrite) and OCI layouts (layout).

Any image will do, of either engine or of your own, also one that is still in a registry: blobs
stream through, none is held whole, and each is written once. Archives are byte for byte Go's.
"""

from __future__ import annotations

import contextlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from pyggcr import calls, name, partial, v1
from pyggcr._gostd.json import marshal
from pyggcr.errors import ValidationError
from pyggcr.types import MediaType
from pyggcr.v1.tarball_manifest import Descriptor

__all__ = ["save", "save_oci", "tarball_manifest"]

# The tag of what was pulled by digest, so that it does not become ``latest`` (pkg/crane).
_WAS_A_DIGEST = "i-was-a-digest"

_EXTENSIONS = {
    MediaType.OCI_LAYER_ZSTD: ".tar.zst",
    MediaType.OCI_UNCOMPRESSED_LAYER: ".tar",
    MediaType.OCI_UNCOMPRESSED_RESTRICTED_LAYER: ".tar",
    MediaType.DOCKER_UNCOMPRESSED_LAYER: ".tar",
}
_GZIP_EXTENSION = ".tar.gz"  # whatever else it is, as in Go

_CHUNK = 1 << 20
_BLOCK = 512
_MODE = 0o644
_END = bytes(2 * _BLOCK)

# Fields of a tar header (POSIX ustar).
_CHECKSUM = slice(148, 156)
_DEVICES = slice(329, 345)
_NO_DEVICE = b"0000000\0"

_REF_NAME = "org.opencontainers.image.ref.name"
_LAYOUT = b'{\n    "imageLayoutVersion": "1.0.0"\n}'
_INDENT = 3  # of Go's index.json

Target: TypeAlias = "str | os.PathLike[str] | BinaryIO"


def save(images: Mapping[str, v1.Image], target: Target) -> None:
    """Write a docker-save archive of images (``crane.MultiSave``).

    Args:
        images: by the reference that each one gets; of a digest it is the tag
            ``i-was-a-digest``.
        target: a path, or a stream that need not seek.

    Raises:
        InvalidReferenceError: a text is not a reference.
        ValidationError: a layer is not as long as it says.
    """
    named = [(image, [_tag(reference)]) for reference, image in images.items()]
    manifest = b"[" + b",".join(map(marshal, tarball_manifest(named))) + b"]"
    with _opened(target) as stream:
        seen: set[str] = set()
        for image, _ in named:
            config = image.raw_config_file()
            _write_entry(stream, str(image.config_name()), [config], len(config))
            for layer in image.layers():
                file = _layer_file(layer)
                if file not in seen:
                    seen.add(file)
                    _write_layer(stream, file, layer)
        _write_entry(stream, "manifest.json", [manifest], len(manifest))
        stream.write(_END)


def tarball_manifest(images: Sequence[tuple[v1.Image, list[str]]]) -> list[Descriptor]:
    """What ``manifest.json`` will say of images and their tags (``tarball.ComputeManifest``)."""
    described = [_describe(image, tags) for image, tags in images]
    return sorted(described, key=lambda it: ",".join(it.repo_tags or ()).encode())


def _describe(image: v1.Image, tags: list[str]) -> Descriptor:
    layers = image.layers()
    manifest = image.manifest()
    foreign = {
        layer.diff_id(): described
        for layer, described in zip(layers, manifest.layers or (), strict=True)
        if not described.media_type.is_distributable()
    }
    return Descriptor(
        config=str(image.config_name()),
        repo_tags=tags,
        layers=[_layer_file(layer) for layer in layers],
        layer_sources=foreign,
    )


def _tag(reference: str) -> str:
    parsed = name.parse_reference(reference)
    tag = parsed.context().tag(_WAS_A_DIGEST) if isinstance(parsed, name.Digest) else parsed
    text = str(tag)
    # Docker does not load what has no tag: go-containerregistry issue 890.
    latest = f":{name.DEFAULT_TAG}"
    is_latest = tag.identifier() == name.DEFAULT_TAG and not text.endswith(latest)
    return f"{text}{latest}" if is_latest else text


def _layer_file(layer: v1.Layer) -> str:
    return f"{layer.digest().hex}{_EXTENSIONS.get(layer.media_type(), _GZIP_EXTENSION)}"


@contextlib.contextmanager
def _opened(target: Target) -> Iterator[BinaryIO]:
    if isinstance(target, (str, os.PathLike)):
        with Path(target).open("wb") as stream:
            yield stream
    else:
        yield target


def _write_layer(stream: BinaryIO, file: str, layer: v1.Layer) -> None:
    with layer.compressed() as blob:
        _write_entry(stream, file, _pieces(blob), layer.size())


def _pieces(blob: Any) -> Iterator[bytes]:
    while piece := blob.read(_CHUNK):
        calls.current().check()
        yield piece


def _write_entry(stream: BinaryIO, file: str, pieces: Iterable[bytes], size: int) -> None:
    stream.write(_header(file, size))
    written = 0
    for piece in pieces:
        stream.write(piece)
        written += len(piece)
    if written != size:
        raise ValidationError(f"{file}: {written} bytes where {size} were announced")
    stream.write(bytes(-size % _BLOCK))


def _header(file: str, size: int) -> bytes:
    """The header of a file; Go writes the numbers of a device, both 0, where Python writes none."""
    info = tarfile.TarInfo(file)
    info.size, info.mode = size, _MODE
    header = bytearray(info.tobuf(tarfile.PAX_FORMAT))
    block = memoryview(header)[-_BLOCK:]
    block[_DEVICES] = _NO_DEVICE * 2
    block[_CHECKSUM] = b" " * 8
    block[_CHECKSUM] = b"%06o\0 " % sum(block)
    return bytes(header)


def save_oci(
    contents: Mapping[str, v1.Image | v1.ImageIndex],
    folder: str | os.PathLike[str],
    *,
    annotate: bool = False,
) -> None:
    """Add images and indexes to the OCI layout in a folder, new or not (``layout.AppendImage``).

    Blobs that are there already, with the right size, are not written again.

    Args:
        contents: by their references.
        folder: where the layout is, or shall be.
        annotate: keep the references, as ``org.opencontainers.image.ref.name``.

    Raises:
        FileAccessError: the folder cannot be written.
    """
    layout = _Layout(Path(folder))
    for reference, content in contents.items():
        layout.write(content)
        described = _descriptor(content)
        if annotate:
            parsed = name.parse_reference(reference)
            described.annotations = {**(described.annotations or {}), _REF_NAME: parsed.name()}
        layout.append(described)


def _descriptor(content: v1.Image | v1.ImageIndex) -> v1.Descriptor:
    if isinstance(content, v1.Image):
        return partial.descriptor(content)
    return v1.Descriptor(content.media_type(), content.size(), content.digest())


class _Layout:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._index = folder / "index.json"
        folder.mkdir(parents=True, exist_ok=True)
        if not self._index.exists():
            (folder / "oci-layout").write_bytes(_LAYOUT)
            empty = v1.IndexManifest(2, MediaType.OCI_IMAGE_INDEX, manifests=[])
            self._index.write_bytes(marshal(empty))

    def append(self, described: v1.Descriptor) -> None:
        index = v1.parse_index_manifest(self._index.read_bytes())
        index.manifests = [*(index.manifests or ()), described]
        document = json.loads(marshal(index))
        text = json.dumps(document, indent=_INDENT, ensure_ascii=False)
        self._index.write_text(text, encoding="utf-8")

    def write(self, content: v1.Image | v1.ImageIndex) -> None:
        if isinstance(content, v1.Image):
            for layer in content.layers():
                self._write_layer(layer)
            config = content.raw_config_file()
            self._write_blob(content.config_name(), [config], len(config))
        else:
            for described in content.index_manifest().manifests or ():
                self._write_part(content, described)
        manifest = content.raw_manifest()
        self._write_blob(content.digest(), [manifest], len(manifest))

    def _write_part(self, index: v1.ImageIndex, described: v1.Descriptor) -> None:
        if described.media_type.is_index():
            with index.image_index(described.digest) as nested:
                self.write(nested)
        else:
            with index.image(described.digest) as image:
                self.write(image)

    def _write_layer(self, layer: v1.Layer) -> None:
        digest, size = layer.digest(), layer.size()
        if not self._has(digest, size):
            with layer.compressed() as blob:
                self._write_blob(digest, _pieces(blob), size)

    def _has(self, digest: v1.Hash, size: int) -> bool:
        place = self._place(digest)
        return place.is_file() and place.stat().st_size == size

    def _place(self, digest: v1.Hash) -> Path:
        return self._folder / "blobs" / digest.algorithm / digest.hex

    def _write_blob(self, digest: v1.Hash, pieces: Iterable[bytes], size: int) -> None:
        if self._has(digest, size):
            return
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        # It gets its name once it is whole.
        descriptor, unfinished = tempfile.mkstemp(prefix=digest.hex, dir=place.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                written = file.tell()
            if written != size:
                raise ValidationError(f"expected blob size {size}, but only wrote {written}")
            Path(unfinished).chmod(_MODE)
            Path(unfinished).replace(place)
        except BaseException:
            Path(unfinished).unlink()
            raise
