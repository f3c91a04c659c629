"""What goes into the archives: small layers, configs, blobs and their descriptors.

Layers are compressed by pyggcr as a given Go does it, and not by the zlib of this machine: two
builds of zlib write two streams.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pyggcr import tarball
from pyggcr._gostd.tar.header import Header
from pyggcr._gostd.tar.writer import Writer
from pyggcr.differential.generate.archives import (
    Member,
    layer_tar,
    make_tar,
    member,
    sha256,
)

__all__ = [
    "APP",
    "CREATED",
    "DOCKER_CONFIG",
    "DOCKER_LAYER",
    "DOCKER_MANIFEST",
    "OCI_CONFIG",
    "OCI_INDEX",
    "OCI_LAYER",
    "OCI_MANIFEST",
    "ONE",
    "REPEATED",
    "Image",
    "Json",
    "Member",
    "Store",
    "folder_member",
    "go_json",
    "go_tar",
    "gzipped",
    "hex_of",
    "layer_tar",
    "make_tar",
    "member",
    "sha256",
    "zstd_frame",
]

Json = dict[str, Any]

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"

CREATED = "2026-01-02T03:04:05Z"

_ZSTD_MAGIC = bytes.fromhex("28b52ffd")
_RAW_BLOCK_LIMIT = 1 << 17  # bytes that a zstd block may hold


def go_json(document: Any) -> bytes:
    """A document as Go's ``json.Marshal`` writes it; the fields stay in their order."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def go_tar(members: Sequence[Member]) -> bytes:
    """A tar of the members as Go's archive/tar writes it."""
    written = io.BytesIO()
    writer = Writer(written)
    for info, data in members:
        name = info.name + "/" * (info.isdir() and not info.name.endswith("/"))
        header = Header(name, size=len(data), mode=info.mode)
        header.typeflag = info.type.decode()
        header.linkname = info.linkname
        writer.write_header(header)
        writer.write(data)
    writer.close()
    return written.getvalue()


def hex_of(data: bytes) -> str:
    """The digits of a SHA-256."""
    return hashlib.sha256(data).hexdigest()


def gzipped(data: bytes) -> bytes:
    """The data as go-containerregistry compresses a layer, by the gzip of Go 1.26."""
    layer = tarball.layer_from_opener(
        lambda: io.BytesIO(data), engine="python", gzip_profile="go1.26"
    )
    with layer.compressed() as stream:
        return stream.read()


def zstd_frame(data: bytes) -> bytes:
    """The data as a zstd frame of raw blocks (RFC 8878), which no version of a library changes."""
    assert 256 <= len(data) < 65536 + 256 <= _RAW_BLOCK_LIMIT
    # One segment, whose size is told in two bytes; then one block, the last.
    header = bytes([0b0110_0000]) + (len(data) - 256).to_bytes(2, "little")
    return _ZSTD_MAGIC + header + (1 | len(data) << 3).to_bytes(3, "little") + data


def folder_member(name: str, mode: int = 0o755) -> Member:
    """An entry for a folder."""
    made = member(name, kind=tarfile.DIRTYPE)
    made[0].mode = mode
    return made


@dataclass(frozen=True)
class Image:
    """A small image.

    Attributes:
        layers: plain tars.
        architecture: of the config.
        env: of the config, to tell two images with the same layers apart.
    """

    layers: tuple[bytes, ...]
    architecture: str = "amd64"
    env: str = "STEP=1"

    @property
    def diff_ids(self) -> list[str]:
        """The digests of the plain layers."""
        return [sha256(layer) for layer in self.layers]

    @property
    def config(self) -> bytes:
        """The config file."""
        history = [
            {"created": CREATED, "created_by": f"COPY {n} /"} for n in range(len(self.layers))
        ]
        return go_json(
            {
                "architecture": self.architecture,
                "config": {"Env": [self.env], "Cmd": ["/bin/tool"]},
                "created": CREATED,
                "history": history,
                "os": "linux",
                "rootfs": {"type": "layers", "diff_ids": self.diff_ids},
            }
        )


_BASE = layer_tar({"bin/tool": bytes(range(256)) * 12, "etc/motd": b"hello\n" * 100})
_FILES = layer_tar({"srv/data.txt": b"".join(b"line %d\n" % n for n in range(300))})
_MORE = layer_tar({"srv/more.txt": b"more\n"})

APP = Image((_BASE, _FILES, _MORE))
ONE = Image((_MORE,), env="STEP=one")
# The first and the third layer are the same.
REPEATED = Image((_FILES, _MORE, _FILES), env="STEP=3")


@dataclass
class Store:
    """Blobs by digest, as a content store has them, and descriptors of them."""

    blobs: dict[str, bytes] = field(default_factory=dict)

    def add(self, data: bytes, media_type: str, /, **more: Any) -> Json:
        """Add a blob; its descriptor."""
        digest = sha256(data)
        self.blobs[digest] = data
        return {"mediaType": media_type, "digest": digest, "size": len(data), **more}

    def add_json(self, document: Json, indent: int | None = None) -> Json:
        """Add a manifest or an index; its descriptor."""
        data = json.dumps(document, indent=indent).encode() if indent else go_json(document)
        return self.add(data, document["mediaType"])

    def add_image(
        self,
        image: Image,
        *,
        compression: str = "gzip",
        docker: bool = False,
        indent: int | None = None,
        stored: list[Json] | None = None,
    ) -> Json:
        """Add an image; the descriptor of its manifest.

        Args:
            image: which.
            compression: of the layers: ``none``, ``gzip`` or ``zstd``.
            docker: whether media types are Docker's.
            indent: of the manifest; none at all by default.
            stored: descriptors of its layers, if they were added already.
        """
        if stored is None:
            stored = [self.add_layer(layer, compression, docker=docker) for layer in image.layers]
        config = self.add(image.config, DOCKER_CONFIG if docker else OCI_CONFIG)
        manifest = {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST if docker else OCI_MANIFEST,
            "config": config,
            "layers": stored,
        }
        return self.add_json(manifest, indent)

    def add_layer(self, layer: bytes, compression: str, *, docker: bool = False) -> Json:
        """Add a layer; its descriptor."""
        plain = DOCKER_LAYER if docker else OCI_LAYER
        if compression == "none":
            return self.add(layer, plain)
        if compression == "zstd":
            return self.add(zstd_frame(layer), f"{OCI_LAYER}+zstd")
        return self.add(gzipped(layer), f"{plain}.gzip" if docker else f"{plain}+gzip")

    def add_index(self, *children: Json, indent: int | None = None) -> Json:
        """Add an index; its descriptor."""
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(children)}
        return self.add_json(index, indent)

    def read(self, described: Json) -> Json:
        """A document that was added."""
        document: Json = json.loads(self.blobs[described["digest"]])
        return document

    def files(self) -> dict[str, bytes]:
        """The blobs as a layout has them."""
        return {f"blobs/sha256/{digest[7:]}": data for digest, data in self.blobs.items()}
