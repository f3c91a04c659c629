"""OCI layouts made from a description: files by name, for a folder or a tar.

Nothing is checked, so that a layout can be as wrong as a test needs it.
"""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyggcr.differential.generate.archives import ImageSpec, make_tar, member, sha256

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYERS = {
    "none": "application/vnd.oci.image.layer.v1.tar",
    "gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
}
CONTAINERD_NAME = "io.containerd.image.name"
REF_NAME = "org.opencontainers.image.ref.name"
ATTESTATION = {"vnd.docker.reference.type": "attestation-manifest"}

Json = dict[str, Any]


@dataclass
class Layout:
    """The files of a layout; ``roots`` are the descriptors of its index.json."""

    files: dict[str, bytes] = field(default_factory=dict)
    roots: list[Json] = field(default_factory=list)

    def add_blob(self, data: bytes, media_type: str, **more: Any) -> Json:
        """Add a blob; its descriptor."""
        digest = sha256(data)
        self.files[f"blobs/sha256/{digest.partition(':')[2]}"] = data
        return {"mediaType": media_type, "digest": digest, "size": len(data), **more}

    def add_image(self, image: ImageSpec, **more: Any) -> Json:
        """Add an image's blobs; the descriptor of its manifest."""
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": self.add_blob(image.raw_config(), OCI_CONFIG),
            "layers": [
                self.add_blob(layer.stored(), OCI_LAYERS[layer.compression])
                for layer in image.layers
            ],
        }
        return self.add_blob(json.dumps(manifest).encode(), OCI_MANIFEST, **more)

    def add_index(self, children: list[Json], **more: Any) -> Json:
        """Add an index of what is described; its descriptor."""
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children}
        return self.add_blob(json.dumps(index).encode(), OCI_INDEX, **more)

    def finished(self) -> dict[str, bytes]:
        """All files, with those at the top."""
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": self.roots}
        return {
            **self.files,
            "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
            "index.json": json.dumps(index).encode(),
        }

    def tar(self) -> bytes:
        """The layout as a tar."""
        return tar_of(self.finished())


def tar_of(files: dict[str, bytes]) -> bytes:
    """A tar of the files."""
    return make_tar([member(name, content) for name, content in files.items()])


def write_folder(files: dict[str, bytes], folder: Path) -> Path:
    """Write the files below a folder; the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a tar into a folder; the folder."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder
