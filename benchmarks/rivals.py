"""One job by a Python library in a registry, in a program that has done a small one before.

``python rivals.py LIBRARY VERB SOURCE TARGET SMALL_SOURCE SMALL_TARGET`` does the small job first,
which loads all modules, then the other one, and prints its seconds and what it found. It runs in
the environment of the library, so it imports nothing else. An image on disk is an OCI layout; a
folder that is pulled to gets a file for each blob.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_DOCKER_TYPES = {
    "application/vnd.oci.image.config.v1+json": "application/vnd.docker.container.image.v1+json",
    "application/vnd.oci.image.layer.v1.tar+gzip": (
        "application/vnd.docker.image.rootfs.diff.tar.gzip"
    ),
    _OCI_MANIFEST: _DOCKER_MANIFEST,
}


def _split(reference: str) -> tuple[str, str, str]:
    """Host, repository and tag; the tag may be missing."""
    host, _, path = reference.partition("/")
    repository, _, tag = path.partition(":")
    return host, repository, tag


def _blob_file(layout: str, digest: str) -> str:
    return str(Path(layout, "blobs", *digest.split(":")))


def _manifest_of(layout: str) -> dict[str, Any]:
    index = json.loads(Path(layout, "index.json").read_text("utf-8"))
    path = _blob_file(layout, index["manifests"][0]["digest"])
    found: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
    return found


def _descriptors(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [manifest["config"], *manifest["layers"]]


def _as_docker(manifest: dict[str, Any]) -> dict[str, Any]:
    """The same image as Docker's manifest, the only one that python-dxf can push."""
    text = json.dumps(manifest)
    for oci, docker in _DOCKER_TYPES.items():
        text = text.replace(f'"{oci}"', f'"{docker}"')
    found: dict[str, Any] = json.loads(text)
    return found


def _said(tags: Iterable[str]) -> str:
    names = sorted(tags)
    return f"{len(names)} {hashlib.sha256(' '.join(names).encode()).hexdigest()}"


class Pyggcr:
    """pyggcr, its Python engine."""

    def push(self, source: str, target: str) -> str:
        from pyggcr import crane, layout

        index = layout.image_index_from_path(source)
        crane.push(index.image(index.index_manifest().manifests[0].digest), target)
        return ""

    def pull(self, source: str, target: str) -> str:
        from pyggcr import crane

        crane.save_oci({source: crane.pull(source)}, target)
        return ""

    def copy(self, source: str, target: str) -> str:
        from pyggcr import crane

        crane.copy(source, target)
        return ""

    def tags(self, source: str, _target: str) -> str:
        from pyggcr import crane

        return _said(crane.list_tags(source))

    def manifest(self, source: str, _target: str) -> str:
        from pyggcr import crane

        return str(json.loads(crane.manifest(source))["config"]["digest"])

    def load(self, source: str, target: str) -> str:
        from pyggcr import daemon, tarball

        daemon.write(target, tarball.image_from_path(source))
        return ""


class Dxf:
    """python-dxf: blobs and manifests, one by one."""

    @staticmethod
    def _open(reference: str) -> tuple[Any, str]:
        from dxf import DXF

        host, repository, tag = _split(reference)
        return DXF(host, repository, insecure=True), tag

    def push(self, source: str, target: str) -> str:
        registry, tag = self._open(target)
        manifest = _as_docker(_manifest_of(source))
        for each in _descriptors(manifest):
            registry.push_blob(_blob_file(source, each["digest"]))
        registry.set_manifest(tag, json.dumps(manifest))
        return ""

    def pull(self, source: str, target: str) -> str:
        registry, tag = self._open(source)
        Path(target).mkdir(parents=True, exist_ok=True)
        for each in _descriptors(json.loads(registry.get_manifest(tag))):
            digest = each["digest"]
            with Path(target, digest.partition(":")[2]).open("wb") as file:
                file.writelines(registry.pull_blob(digest))
        return ""

    def copy(self, source: str, target: str) -> str:
        origin, tag = self._open(source)
        destination, new_tag = self._open(target)
        manifest = origin.get_manifest(tag)
        for each in _descriptors(json.loads(manifest)):
            digest = each["digest"]
            destination.push_blob(data=iter(origin.pull_blob(digest)), digest=digest)
        destination.set_manifest(new_tag, manifest)
        return ""

    def tags(self, source: str, _target: str) -> str:
        return _said(self._open(source)[0].list_aliases())

    def manifest(self, source: str, _target: str) -> str:
        registry, tag = self._open(source)
        return str(json.loads(registry.get_manifest(tag))["config"]["digest"])


class Oras:
    """oras-py: blobs and manifests, one by one."""

    @staticmethod
    def _open() -> Any:
        import oras.client

        return oras.client.OrasClient(insecure=True)

    @staticmethod
    def _put(client: Any, manifest: dict[str, Any], target: str) -> None:
        # It always says that a manifest is OCI's, so it has to be.
        text = json.dumps(manifest)
        for oci, docker in _DOCKER_TYPES.items():
            text = text.replace(f'"{docker}"', f'"{oci}"')
        answer = client.upload_manifest(json.loads(text), client.get_container(target))
        answer.raise_for_status()

    @staticmethod
    def _get(client: Any, source: str) -> dict[str, Any]:
        found: dict[str, Any] = client.get_manifest(source, [_DOCKER_MANIFEST, _OCI_MANIFEST])
        return found

    def push(self, source: str, target: str) -> str:
        client = self._open()
        manifest = _manifest_of(source)
        for each in _descriptors(manifest):
            client.upload_blob(_blob_file(source, each["digest"]), target, each).raise_for_status()
        self._put(client, manifest, target)
        return ""

    def pull(self, source: str, target: str) -> str:
        client = self._open()
        for each in _descriptors(self._get(client, source)):
            name = each["digest"].partition(":")[2]
            client.download_blob(source, each["digest"], str(Path(target, name)))
        return ""

    def copy(self, source: str, target: str) -> str:
        client = self._open()
        manifest = self._get(client, source)
        with tempfile.TemporaryDirectory() as folder:
            for each in _descriptors(manifest):
                path = str(Path(folder, "blob"))
                client.download_blob(source, each["digest"], path)
                client.upload_blob(path, target, each).raise_for_status()
        self._put(client, manifest, target)
        return ""

    def tags(self, source: str, _target: str) -> str:
        return _said(self._open().get_tags(source))

    def manifest(self, source: str, _target: str) -> str:
        return str(self._get(self._open(), source)["config"]["digest"])


class DockerPy:
    """docker-py, which has a daemon do the work."""

    def load(self, source: str, _target: str) -> str:
        import docker

        with Path(source).open("rb") as file:
            docker.from_env(timeout=600).images.load(file)
        return ""


LIBRARIES: dict[str, Callable[[], Any]] = {
    "pyggcr": Pyggcr,
    "python-dxf": Dxf,
    "oras": Oras,
    "docker": DockerPy,
}


def main() -> None:
    """Do the small job, then the other, and time that."""
    library, verb, source, target, small_source, small_target = sys.argv[1:]
    job = getattr(LIBRARIES[library](), verb)
    job(small_source, small_target)
    start = time.perf_counter()
    found = job(source, target)
    print(time.perf_counter() - start, found)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
