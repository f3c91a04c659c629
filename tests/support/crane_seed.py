"""What a registry and a folder hold before a command line of crane runs: small, and always alike.

``SEED`` has the blobs and manifests of the registry; ``seed`` writes them through its API, and
``fill`` writes the files. Everything is made here, byte by byte, with nothing of pyggcr.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.client
import io
import json
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["SEED", "Seed", "fill", "seed"]

_DOCKER = "application/vnd.docker"
_OCI = "application/vnd.oci.image"
DOCKER_MANIFEST = f"{_DOCKER}.distribution.manifest.v2+json"
DOCKER_LIST = f"{_DOCKER}.distribution.manifest.list.v2+json"
OCI_MANIFEST = f"{_OCI}.manifest.v1+json"
OCI_INDEX = f"{_OCI}.index.v1+json"
_CONFIG = {
    DOCKER_MANIFEST: f"{_DOCKER}.container.image.v1+json",
    OCI_MANIFEST: f"{_OCI}.config.v1+json",
}
_LAYER = {
    DOCKER_MANIFEST: f"{_DOCKER}.image.rootfs.diff.tar.gzip",
    OCI_MANIFEST: f"{_OCI}.layer.v1.tar+gzip",
}
_FOREIGN = f"{_DOCKER}.image.rootfs.foreign.diff.tar.gzip"
_TIME = "2024-05-06T07:08:09Z"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def tar_of(files: dict[str, str]) -> bytes:
    """A tar of files, always the same bytes."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, text in files.items():
            header = tarfile.TarInfo(name)
            header.size, header.mtime, header.mode = len(text), 1_700_000_000, 0o644
            archive.addfile(header, io.BytesIO(text.encode()))
    return target.getvalue()


@dataclass
class Manifest:
    """A manifest's bytes and media type."""

    content: bytes
    media_type: str
    platform: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return digest_of(self.content)

    def descriptor(self, **more: Any) -> dict[str, Any]:
        described = {"mediaType": self.media_type, "size": len(self.content), "digest": self.digest}
        if self.platform:
            described["platform"] = self.platform
        return {**described, **more}


@dataclass
class Seed:
    """Blobs by digest, and manifests by repository and reference."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], Manifest] = field(default_factory=dict)

    def blob(self, content: bytes) -> str:
        self.blobs[digest_of(content)] = content
        return digest_of(content)

    def image(
        self,
        layers: list[dict[str, str]],
        *,
        kind: str = DOCKER_MANIFEST,
        platform: str = "linux/amd64",
        layer_type: str = "",
        config: dict[str, Any] | None = None,
        annotations: dict[str, str] | None = None,
        history: bool = True,
    ) -> Manifest:
        tars = [tar_of(files) for files in layers]
        os, architecture, *variant = platform.split("/")
        document: dict[str, Any] = {
            "architecture": architecture,
            "created": _TIME,
            "os": os,
            "config": {"Env": ["PATH=/bin", "A=1"], "Cmd": ["sh"], **(config or {})},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in tars]},
        }
        if variant:
            document["variant"] = variant[0]
        if history:
            document["history"] = [
                {"created": _TIME, "created_by": f"layer {n}"} for n in range(len(tars))
            ]
        raw = json.dumps(document, separators=(",", ":")).encode()
        described = []
        for tar in tars:
            content = gzip.compress(tar, mtime=0)
            described.append(
                {
                    "mediaType": layer_type or _LAYER[kind],
                    "size": len(content),
                    "digest": self.blob(content),
                }
            )
        manifest: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": kind,
            "config": {"mediaType": _CONFIG[kind], "size": len(raw), "digest": self.blob(raw)},
            "layers": described,
        }
        if annotations:
            manifest["annotations"] = annotations
        split = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
        return Manifest(json.dumps(manifest, separators=(",", ":")).encode(), kind, split)

    def tag(self, repository: str, tag: str, manifest: Manifest) -> Manifest:
        self.manifests[repository, manifest.digest] = manifest
        self.manifests[repository, tag] = manifest
        return manifest

    def index(
        self, repository: str, tag: str, listed: list[Manifest], kind: str = OCI_INDEX, **more: Any
    ) -> Manifest:
        for it in listed:
            self.manifests[repository, it.digest] = it
        document = {
            "schemaVersion": 2,
            "mediaType": kind,
            "manifests": [it.descriptor() for it in listed],
            **more,
        }
        raw = json.dumps(document, separators=(",", ":")).encode()
        return self.tag(repository, tag, Manifest(raw, kind))


def _make() -> Seed:
    made = Seed()
    base1, base2 = {"etc/base": "1\n"}, {"etc/base": "2\n", "etc/more": "2\n"}
    app = {"app/main": "print()\n", "etc/motd": "hello\n"}
    made.tag("app", "one", made.image([base1, app]))
    made.tag("app", "latest", made.image([base1, app, {"app/.wh.main": "", "app/new": "n\n"}]))
    oci = made.tag(
        "app", "oci", made.image([base1], kind=OCI_MANIFEST, annotations={"org.example": "yes"})
    )
    made.tag("app", f"sha256-{oci.digest[7:]}", oci)
    arm = made.image([base1, {"arm": "v7\n"}], kind=OCI_MANIFEST, platform="linux/arm/v7")
    windows = made.image([{"Files/a": "w\n"}], kind=OCI_MANIFEST, platform="windows/amd64")
    made.index("app", "index", [oci, arm, windows], annotations={"index": "yes"})
    arm64 = made.image([base2], platform="linux/arm64")
    made.index("app", "list", [made.image([base1]), arm64], DOCKER_LIST)
    made.tag("app", "windows", windows)
    made.tag("app", "foreign", made.image([base1, base2], layer_type=_FOREIGN))
    made.tag("app", "text", made.image([{"a": "b"}], kind=OCI_MANIFEST, layer_type="text/plain"))
    made.tag("app", "none", made.image([]))
    made.tag("app", "nohistory", made.image([base1], history=False))
    old = made.tag("base", "old", made.image([base1]))
    made.tag("base", "new", made.image([base2]))
    made.tag("base", "other", made.image([{"x": "y\n"}]))
    based = {
        "org.opencontainers.image.base.name": "{registry}/base:new",
        "org.opencontainers.image.base.digest": old.digest,
    }
    made.tag("app", "based", made.image([base1, app], annotations=based))
    return made


SEED = _make()


def seed(host: str, known_as: str = "") -> None:
    """Write everything into a registry that is empty; others may know it by another address."""
    connection = http.client.HTTPConnection(host)
    for digest, content in SEED.blobs.items():
        for repository in ("app", "base"):
            _send(connection, "POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", content)
    for (repository, reference), manifest in SEED.manifests.items():
        content = manifest.content.replace(b"{registry}", (known_as or host).encode())
        if reference.startswith("sha256:"):
            reference = digest_of(content)
        path = f"/v2/{repository}/manifests/{reference}"
        _send(connection, "PUT", path, content, manifest.media_type)
    connection.close()


def _send(
    connection: http.client.HTTPConnection, method: str, path: str, content: bytes, kind: str = ""
) -> None:
    connection.request(method, path, content, {"Content-Type": kind or "application/octet-stream"})
    answer = connection.getresponse()
    said = answer.read()
    assert answer.status == 201, (method, path, answer.status, said)


@functools.cache
def _files() -> dict[str, bytes]:
    """The files of the folder, by path."""
    image = SEED.manifests["app", "one"]
    files = {
        "layer.tar": tar_of({"added": "text\n"}),
        "layer.tgz": gzip.compress(tar_of({"zipped": "text\n"}), mtime=0),
        "empty.tar": tar_of({}),
        "broken.tar": b"no tar",
        "text": b"text\n",
        "image.tar": _archive(image, "example.com/app:one"),
        "docker/config.json": b"{}",
    }
    files |= _layout("layout", [image])
    files |= _layout("several", [image, SEED.manifests["app", "oci"]])
    files |= _layout("nested", [SEED.manifests["app", "index"]])
    files |= _layout("odd", [Manifest(b"{}", "text/plain")])
    files["nolayout/oci-layout"] = b'{"imageLayoutVersion":"1.0.0"}'
    return files


def _archive(image: Manifest, tag: str) -> bytes:
    manifest = json.loads(image.content)
    target = io.BytesIO()
    config = manifest["config"]["digest"]
    layers = [it["digest"] for it in manifest["layers"]]
    saved = [{"Config": config, "RepoTags": [tag], "Layers": [f"{it[7:]}.tar.gz" for it in layers]}]
    contents = {config: SEED.blobs[config]}
    contents |= {f"{it[7:]}.tar.gz": SEED.blobs[it] for it in layers}
    contents["manifest.json"] = json.dumps(saved).encode()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in contents.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return target.getvalue()


def _layout(folder: str, listed: list[Manifest]) -> dict[str, bytes]:
    files = {f"{folder}/oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    index = {"schemaVersion": 2, "manifests": [it.descriptor() for it in listed]}
    files[f"{folder}/index.json"] = json.dumps(index).encode()
    waiting = list(listed)
    while waiting:
        it = waiting.pop()
        files[f"{folder}/blobs/sha256/{it.digest[7:]}"] = it.content
        document = json.loads(it.content)
        waiting += [SEED.manifests["app", it["digest"]] for it in document.get("manifests", ())]
        for blob in (document.get("config"), *document.get("layers", ())):
            if blob:
                digest = blob["digest"]
                files[f"{folder}/blobs/sha256/{digest[7:]}"] = SEED.blobs[digest]
    files[f"{folder}/blobs/sha256/{'0' * 64}"] = b"garbage"
    return files


def fill(folder: Path) -> None:
    """Write the files into a folder."""
    for name, content in _files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
