"""What ``podman save`` writes: github.com/containers/image, docker/internal/tarfile/writer.go.

``--format oci-archive`` is oci/archive/oci_dest.go and oci/layout/oci_dest.go of the same module.
Skopeo writes by the same code.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import tarfile
from typing import Any

from tools.matrix.forms.content import (
    APP,
    ONE,
    REPEATED,
    Image,
    Json,
    Member,
    Store,
    folder_member,
    go_json,
    go_tar,
    hex_of,
    member,
    sha256,
)

__all__ = ["oci_archive", "save", "save_many", "save_oci", "save_oci_plain", "save_repeated"]

# What a v1 image has of the config, in the order of Go's maps.
_V1_KEYS = (
    "architecture",
    "config",
    "container",
    "container_config",
    "created",
    "docker_version",
    "os",
)


def save() -> bytes:
    """``podman save app:1``."""
    return docker_archive({"localhost/app:1": APP})


def save_repeated() -> bytes:
    """``podman save dup:1``, an image with a layer that is there twice."""
    return docker_archive({"localhost/dup:1": REPEATED})


def save_many() -> bytes:
    """``podman save --multi-image-archive app:1 one:1``."""
    return docker_archive({"localhost/app:1": APP, "localhost/one:1": ONE})


def save_oci() -> bytes:
    """``podman save --format oci-archive app:1``."""
    return oci_archive(APP, "gzip", "localhost/app:1")


def save_oci_plain() -> bytes:
    """``podman save --format oci-archive --uncompressed app:1``."""
    return oci_archive(APP, "none", "localhost/app:1")


def docker_archive(images: dict[str, Image]) -> bytes:
    """A docker-archive of images by their tags."""
    writer = _Writer()
    for tag, image in images.items():
        writer.add(image, tag)
    return writer.finished()


class _Writer:
    """Follows ``tarfile.Writer`` of containers/image."""

    def __init__(self) -> None:
        self._members: list[Member] = []
        self._sent: set[str] = set()
        self._manifest: list[Json] = []
        self._repositories: dict[str, dict[str, str]] = {}

    def add(self, image: Image, tag: str) -> None:
        """Layers, then the config, then what versions of Docker before 1.10 read."""
        for layer in image.layers:
            self._send_once(f"{hex_of(layer)}.tar", layer)
        config_name = f"{hex_of(image.config)}.json"
        self._send_once(config_name, image.config)
        last = self._add_v1(image)
        name, _, version = tag.rpartition(":")
        self._repositories.setdefault(name, {})[version] = last
        self._manifest.append(
            {
                "Config": config_name,
                "RepoTags": [tag],
                "Layers": [f"{hex_of(layer)}.tar" for layer in image.layers],
            }
        )

    def finished(self) -> bytes:
        """The archive."""
        self._send_once("manifest.json", go_json(self._manifest))
        repositories = {
            name: dict(sorted(tags.items())) for name, tags in sorted(self._repositories.items())
        }
        self._send_once("repositories", go_json(repositories))
        return go_tar(self._members)

    def _add_v1(self, image: Image) -> str:
        """A folder for each layer, with a link to it; the name of the last."""
        chain, last = "", ""
        for number, layer in enumerate(image.layers):
            document: dict[str, Any] = {"parent": last} if last else {}
            if number == len(image.layers) - 1:
                config = json.loads(image.config)
                document.update({key: config.get(key) for key in _V1_KEYS})
            digest = sha256(layer)
            chain = sha256(f"{chain} {digest}".encode()) if chain else digest
            named = go_json(dict(sorted({**document, "layer_id": chain}.items())))
            last = hashlib.sha256(named).hexdigest()
            raw = go_json(dict(sorted({**document, "id": last}.items())))
            self._send_v1(last, layer, raw)
        return last

    def _send_v1(self, name: str, layer: bytes, raw: bytes) -> None:
        link = posixpath.join(name, "layer.tar")
        if link in self._sent:
            return
        self._sent.add(link)
        made = member(link, kind=tarfile.SYMTYPE, link=f"../{hex_of(layer)}.tar")
        made[0].mode = 0
        self._members.append(made)
        self._send_once(posixpath.join(name, "VERSION"), b"1.0")
        self._send_once(posixpath.join(name, "json"), raw)

    def _send_once(self, name: str, content: bytes) -> None:
        if name not in self._sent:
            self._sent.add(name)
            made = member(name, content)
            made[0].mode = 0o444
            self._members.append(made)


def oci_archive(image: Image, compression: str, tag: str) -> bytes:
    """An oci-archive: the files of a layout in a tar, with the folders that hold them."""
    store = Store()
    described = store.add_image(image, compression=compression)
    described["annotations"] = {"org.opencontainers.image.ref.name": tag}
    files = {
        **store.files(),
        "index.json": go_json({"schemaVersion": 2, "manifests": [described]}),
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
    }
    folders = [folder_member("blobs/"), folder_member("blobs/sha256/")]
    return go_tar([*folders, *(member(name, data) for name, data in sorted(files.items()))])
