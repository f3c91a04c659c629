"""The images of an archive, as the engine that wrote it describes them: inspect and history.

Made of the archive's own config and layers, as moby's daemon/images does (with the containerd
store, daemon/containerd): times in seconds, newest first. Sizes are those of the files in a layer;
with the containerd store, of the blocks on disk that they take, a folder at least.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from support.fake_engine import Recorded

__all__ = ["SavedImage", "familiar", "images_of"]

# What a container has and an image has not: gone from inspect with API 1.50.
_OF_CONTAINERS = (
    "Hostname",
    "Domainname",
    "AttachStdin",
    "AttachStdout",
    "AttachStderr",
    "Tty",
    "OpenStdin",
    "StdinOnce",
    "Image",
    "NetworkDisabled",
    "MacAddress",
    "StopTimeout",
)
_LEAN_API = (1, 50)

_BLOCK_SIZE = 4096
_NEVER = "0001-01-01T00:00:00Z"  # Go's zero time


def familiar(name: str) -> str:
    """A name as the engine shows it: without Docker's registry, with a tag."""
    for prefix in ("index.docker.io/", "docker.io/"):
        name = name.removeprefix(prefix)
    name = name.removeprefix("library/")
    last = name.rpartition("/")[2]
    return name if ":" in last or "@" in last else f"{name}:latest"


@dataclass
class SavedImage:
    """One image.

    Attributes:
        archive: what it was saved in.
        id: of the config, or with the containerd store of what the name refers to.
        tags: as the engine shows them.
        config: the document.
        layer_sizes: bytes in files, layer by layer.
    """

    archive: Path
    id: str
    tags: list[str]
    config: dict[str, Any]
    layer_sizes: list[int]

    def inspect(self, engine: Recorded) -> dict[str, Any]:
        """What ``GET /images/{name}/json`` says."""
        config = dict(self.config.get("config") or {})
        api = tuple(int(number) for number in engine.api.split("."))
        if api >= _LEAN_API:
            config = {key: config[key] for key in config if key not in _OF_CONTAINERS}
        size = sum(self.layer_sizes)
        document = {
            "Id": self.id,
            "RepoTags": self.tags,
            "RepoDigests": [],
            "Parent": "",
            "Comment": self.config.get("comment", "") or self._last_comment(engine),
            "Created": self.config.get("created", _NEVER),
            "DockerVersion": self.config.get("docker_version", ""),
            "Author": self.config.get("author", ""),
            "Config": config,
            "Architecture": self.config.get("architecture", ""),
            "Os": self.config.get("os", ""),
            "Size": size,
            "GraphDriver": {"Data": None, "Name": engine.driver},
            "RootFS": {"Type": "layers", "Layers": self.config["rootfs"]["diff_ids"]},
            "Metadata": {"LastTagTime": "0001-01-01T00:00:00Z"},
        }
        if variant := self.config.get("variant"):
            document["Variant"] = variant
        return document

    def _last_comment(self, engine: Recorded) -> str:
        """The containerd store takes that of the last step."""
        steps = self.config.get("history") or [{}]
        return str(steps[-1].get("comment", "")) if engine.containerd_store else ""

    def history(self) -> list[dict[str, Any]]:
        """What ``GET /images/{name}/history`` says."""
        sizes = iter(self.layer_sizes)
        entries = [
            {
                "Id": "<missing>",
                "Created": _seconds(entry["created"]),
                "CreatedBy": entry.get("created_by", ""),
                "Comment": entry.get("comment", ""),
                "Size": 0 if entry.get("empty_layer") else next(sizes),
                "Tags": None,
            }
            for entry in self.config.get("history") or ()
        ]
        entries.reverse()
        if entries:
            entries[0].update(Id=self.id, Tags=self.tags or None)
        return entries


def images_of(archive: Path, containerd_store: bool) -> list[SavedImage]:
    """The images of an archive that an engine wrote."""
    with tarfile.open(archive) as tar:
        entries = json.loads(_read(tar, "manifest.json"))
        return [_image(archive, tar, entry, containerd_store) for entry in entries]


def _image(
    archive: Path, tar: tarfile.TarFile, entry: dict[str, Any], containerd_store: bool
) -> SavedImage:
    raw = _read(tar, entry["Config"])
    config_digest = _digest(raw)
    config = json.loads(raw)
    target = _target(tar, config_digest) if containerd_store else None
    size_of = _blocks_of_files if containerd_store else _size_of_files
    sizes = [size_of(tar, layer) for layer in entry["Layers"]]
    tags = [familiar(tag) for tag in entry["RepoTags"] or ()]
    return SavedImage(archive, target or config_digest, tags, config, sizes)


def _target(tar: tarfile.TarFile, config: str) -> str | None:
    """The digest in ``index.json`` that leads to a config."""
    if "index.json" not in tar.getnames():
        return None
    for descriptor in json.loads(_read(tar, "index.json"))["manifests"] or ():
        if _leads_to(tar, descriptor, config):
            digest: str = descriptor["digest"]
            return digest
    return None


def _leads_to(tar: tarfile.TarFile, descriptor: dict[str, Any], config: str) -> bool:
    name = f"blobs/sha256/{descriptor['digest'][7:]}"
    if name not in tar.getnames():
        return False
    document = json.loads(_read(tar, name))
    if "manifests" in document:
        return any(_leads_to(tar, it, config) for it in document["manifests"])
    return bool(document["config"]["digest"] == config)


def _size_of_files(tar: tarfile.TarFile, layer: str) -> int:
    """Bytes in regular files, as moby counts them while it unpacks a layer."""
    return sum(_sizes(tar, layer))


def _blocks_of_files(tar: tarfile.TarFile, layer: str) -> int:
    """Bytes on disk, as containerd's snapshotters count them."""
    return _BLOCK_SIZE + sum(-(-size // _BLOCK_SIZE) * _BLOCK_SIZE for size in _sizes(tar, layer))


def _sizes(tar: tarfile.TarFile, layer: str) -> list[int]:
    stream = tar.extractfile(layer)
    assert stream is not None
    with stream, tarfile.open(fileobj=stream) as files:
        return [it.size for it in files]


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    stream = tar.extractfile(name)
    assert stream is not None
    return stream.read()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _seconds(time: str) -> int:
    """Unix time, cut to seconds."""
    return int(datetime.fromisoformat(time.partition(".")[0].rstrip("Z") + "+00:00").timestamp())
