"""Archives in the form that each Docker Engine gives them in ``docker save``.

Up to Docker 24 an archive has one folder for each layer. Docker 25 and later write an OCI layout
too, with uncompressed layers and ``LayerSources``; 25.0.0 to 25.0.2 write a wrong ``index.json``.
With the containerd store, the default from Docker 29, layers are stored as they were pulled.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Mapping

from pyggcr.differential.generate.archives import (
    OCI_UNCOMPRESSED,
    Member,
    make_tar,
    member,
    sha256,
    uncompressed_source,
)
from pyggcr.errors import UnsupportedOptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pyggcr import v1

__all__ = ["docker_archive"]

_OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
_OCI_INDEX = "application/vnd.oci.image.index.v1+json"
_OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"

_OLDEST, _NEWEST = 24, 29
# The first release with the containerd store whose archives are known here.
_CONTAINERD_STORE = 28
# Numbers that a version leaves out: the newest patch.
_ANY = (999, 999)


def docker_archive(
    images: Mapping[str, v1.Image] | v1.Image,
    version: str,
    *,
    containerd_store: bool | None = None,
) -> bytes:
    """Write images as ``docker save`` of some version of Docker Engine does.

    The JSON files that Docker keeps for each layer for its oldest clients are left out, but for
    Docker 24.

    Args:
        images: images by their tags, such as ``{"app:1": image}``; or one image, saved by its ID.
        version: the version of Docker Engine from 24 to 29, such as ``25.0.2``; ``25`` is its
            newest patch release.
        containerd_store: whether the engine uses the containerd store, which is known here for
            Docker 28 and 29; default: from Docker 29 on.

    Returns:
        The bytes of the archive.

    Raises:
        UnsupportedOptionError: the form of this version, or of the containerd store in this
            version, is not known.
        Error: an image cannot be read; the subclass says why.

    >>> from pyggcr import build
    >>> with build.layer({"/etc/motd": "hello"}) as layer, build.image(layers=[layer]) as image:
    ...     b"LayerSources" in docker_archive({"app:1": image}, "25.0.2")
    True
    """
    number = _parsed(version)
    if containerd_store is None:
        containerd_store = number[0] >= _NEWEST
    if containerd_store and number[0] < _CONTAINERD_STORE:
        raise UnsupportedOptionError(
            f"the containerd store is known for Docker {_CONTAINERD_STORE} and later"
        )
    named = list(images.items()) if isinstance(images, Mapping) else [("", images)]
    old = number[0] == _OLDEST
    files = _folders(named) if old else _layout(named, number, containerd_store)
    return make_tar(_with_parents(files))


def _parsed(version: str) -> tuple[int, ...]:
    try:
        number = tuple(int(part) for part in version.split("."))
    except ValueError:
        number = (0,)
    if not _OLDEST <= number[0] <= _NEWEST:
        raise UnsupportedOptionError(f"no form of archives is known for Docker {version!r}")
    return (*number, *_ANY)


def _with_parents(files: list[Member]) -> list[Member]:
    """The files in order of their names, with the folders that they are in."""
    folders: set[str] = set()
    for info, _ in files:
        parts = info.name.split("/")[:-1]
        folders |= {"/".join(parts[: at + 1]) for at in range(len(parts))}
    every = [*files, *(member(name, b"", tarfile.DIRTYPE) for name in folders)]
    return sorted(every, key=lambda it: it[0].name)


def _folders(named: list[tuple[str, v1.Image]]) -> list[Member]:
    """The form up to Docker 24: a folder for each layer; a repeated layer is a symbolic link."""
    files: dict[str, Member] = {}
    manifest, repositories = [], {}
    for tag, image in named:
        config = image.raw_config_file()
        name = f"{sha256(config).partition(':')[2]}.json"
        files[name] = member(name, config)
        paths: list[str] = []
        first: dict[str, str] = {}
        parent = ""
        for layer in image.layers():
            diff_id = str(layer.diff_id())
            folder = hashlib.sha256(f"{parent} {diff_id}".encode()).hexdigest()
            path = f"{folder}/layer.tar"
            document = {"id": folder, **({"parent": parent} if parent else {})}
            files[f"{folder}/VERSION"] = member(f"{folder}/VERSION", b"1.0")
            files[f"{folder}/json"] = member(f"{folder}/json", json.dumps(document).encode())
            if diff_id in first:
                target = f"../{first[diff_id]}/layer.tar"
                files[path] = member(path, b"", tarfile.SYMTYPE, target)
            else:
                first[diff_id] = folder
                files[path] = member(path, _content(layer))
            paths.append(path)
            parent = folder
        manifest.append({"Config": name, "RepoTags": [tag] if tag else None, "Layers": paths})
        repositories.update(_repository(tag, parent))
    return [*files.values(), *_documents(manifest, repositories)]


def _layout(
    named: list[tuple[str, v1.Image]], number: tuple[int, ...], containerd_store: bool
) -> list[Member]:
    """The form from Docker 25 on: an OCI layout and ``manifest.json``."""
    blobs: dict[str, bytes] = {}
    manifest, listed, repositories = [], [], {}

    def add(data: bytes) -> str:
        digest = sha256(data)
        blobs[digest] = data
        return digest

    for tag, image in named:
        config = add(image.raw_config_file())
        layers = image.layers()
        stored = [_blob(it) if containerd_store else _content(it) for it in layers]
        digests = [add(it) for it in stored]
        entry: dict[str, Any] = {
            "Config": _path(config),
            "RepoTags": [tag] if tag else None,
            "Layers": [_path(it) for it in digests],
        }
        if containerd_store:
            described = image.raw_manifest()
            media_type = str(image.media_type())
        else:
            entry["LayerSources"] = {sha256(it): uncompressed_source(it) for it in stored}
            described = _manifest(config, blobs, _order(digests, number))
            media_type = _OCI_MANIFEST
            repositories.update(_repository(tag, digests[-1].partition(":")[2] if digests else ""))
        manifest.append(entry)
        descriptor = {"mediaType": media_type, "digest": add(described), "size": len(described)}
        # 25.0.0 to 25.0.2 forget images that are saved by ID.
        if tag or number[:3] > (25, 0, 2):
            listed.append({**descriptor, **_annotations(tag), **_platform(image, number)})
    index = {"schemaVersion": 2, "mediaType": _OCI_INDEX, "manifests": listed or None}
    files = [member(_path(digest), data) for digest, data in blobs.items()]
    files.append(member("index.json", json.dumps(index).encode()))
    files.append(member("oci-layout", b'{"imageLayoutVersion": "1.0.0"}'))
    return [*files, *_documents(manifest, None if containerd_store else repositories)]


def _order(digests: list[str], number: tuple[int, ...]) -> list[str]:
    """The layers of the OCI manifest; 25.0.0 drops repeated ones and writes them in any order."""
    return list(dict.fromkeys(digests))[::-1] if number[:3] == (25, 0, 0) else digests


def _manifest(config: str, blobs: dict[str, bytes], layers: list[str]) -> bytes:
    def described(media_type: str, digest: str) -> dict[str, Any]:
        return {"mediaType": media_type, "digest": digest, "size": len(blobs[digest])}

    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": _OCI_MANIFEST,
            "config": described(_OCI_CONFIG, config),
            "layers": [described(OCI_UNCOMPRESSED, it) for it in layers],
        }
    ).encode()


def _annotations(tag: str) -> dict[str, Any]:
    if not tag:
        return {}
    from pyggcr.name import new_tag

    parsed = new_tag(tag)
    whole = parsed.name().replace("index.docker.io/", "docker.io/", 1)
    return {
        "annotations": {
            "io.containerd.image.name": whole,
            "org.opencontainers.image.ref.name": parsed.identifier(),
        }
    }


def _platform(image: v1.Image, number: tuple[int, ...]) -> dict[str, Any]:
    """What 25.0.0 to 25.0.2 say beside a manifest, and later releases do not."""
    if number[:3] > (25, 0, 2):
        return {}
    config = image.config_file()
    return {"platform": {"architecture": config.architecture, "os": config.os}}


def _repository(tag: str, layer: str) -> dict[str, dict[str, str]]:
    repository, _, name = tag.rpartition(":")
    return {repository: {name: layer}} if repository else {}


def _documents(
    manifest: list[dict[str, Any]], repositories: dict[str, dict[str, str]] | None
) -> list[Member]:
    files = [member("manifest.json", json.dumps(manifest).encode())]
    if repositories:
        files.append(member("repositories", json.dumps(repositories).encode()))
    return files


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _content(layer: v1.Layer) -> bytes:
    with layer.uncompressed() as stream:
        return stream.readall() or b""


def _blob(layer: v1.Layer) -> bytes:
    with layer.compressed() as stream:
        return stream.readall() or b""
