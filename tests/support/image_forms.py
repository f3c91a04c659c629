"""An image of two platforms in every form that commands take, with a registry and a daemon."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from pyggcr import layout, registry, remote
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, layer_tar
from support.fake_engine import RECORDED, FakeEngine
from support.image_commands import invoke
from support.layouts import CONTAINERD_NAME, Layout, tar_of, write_folder

__all__ = ["PLATFORMS", "Forms", "image_forms"]

PLATFORMS = ("linux/amd64", "linux/arm64")
_NAMES = {CONTAINERD_NAME: "docker.io/library/app:1"}


@dataclass
class Forms:
    """The forms.

    Attributes:
        texts: what names the image, by form.
        saved: the archive, for standard input.
        digests: of the images, by platform.
        configs: their config files.
        manifests: their manifests.
        index: the digest of both together.
        host: of the registry.
        daemon: the Docker daemon.
    """

    texts: dict[str, str]
    saved: bytes
    digests: dict[str, str]
    configs: dict[str, bytes]
    manifests: dict[str, bytes]
    index: str
    host: str
    daemon: FakeEngine


@contextlib.contextmanager
def image_forms(folder: Path) -> Iterator[Forms]:
    """Make them all, in a folder."""
    spec = ImageSpec([LayerSpec(layer_tar({"a": b"a"}), "gzip")], tags=["app:1"])
    made = Layout()
    found: dict[str, tuple[dict, bytes, bytes]] = {
        platform: _for(made, spec, platform) for platform in PLATFORMS
    }
    made.roots = [made.add_index([it[0] for it in found.values()], annotations=_NAMES)]
    (folder / "oci.tar").write_bytes(made.tar())
    write_folder(made.finished(), folder / "layout")
    saved = tar_of({**made.finished(), "manifest.json": _saved(found["linux/amd64"][2])})
    (folder / "app.tar").write_bytes(saved)
    (folder / "app.tar.gz").write_bytes(gzip.compress(saved))
    whole = layout.image_index_from_path(folder / "layout")
    with (
        registry.serve(engine="python") as server,
        FakeEngine(RECORDED["28.5.2"], [folder / "app.tar"], unix=folder / "s") as daemon,
        mock.patch.dict(os.environ, {"DOCKER_HOST": daemon.host}),
    ):
        index = whole.image_index(made.roots[0]["digest"])
        remote.push(f"{server.host}/app:1", index, engine="python")
        done = invoke("copy", f"oci:{folder}/layout", f"dir:{folder}/dir")
        assert done.exit_code == 0, done.output
        texts = {
            "app.tar": f"{folder}/app.tar",
            "app.tar.gz": f"{folder}/app.tar.gz",
            "folder": f"{folder}/layout",
            "-": "-",
            "docker-archive:": f"docker-archive:{folder}/app.tar",
            "oci:": f"oci:{folder}/layout",
            "oci-archive:": f"oci-archive:{folder}/oci.tar",
            "dir:": f"dir:{folder}/dir",
            "docker-daemon:": "docker-daemon:app:1",
            "docker://": f"docker://{server.host}/app:1",
            "host/app:1": f"{server.host}/app:1",
        }
        yield Forms(
            texts,
            saved,
            {platform: it[0]["digest"] for platform, it in found.items()},
            {platform: it[1] for platform, it in found.items()},
            {platform: it[2] for platform, it in found.items()},
            made.roots[0]["digest"],
            server.host,
            daemon,
        )


def _for(made: Layout, spec: ImageSpec, text: str) -> tuple[dict, bytes, bytes]:
    """The descriptor of an image for a platform, its config and its manifest."""
    system, architecture = text.split("/")
    platform = {"architecture": architecture, "os": system}
    config = json.dumps({**json.loads(spec.raw_config()), **platform}).encode()
    described = made.add_image(spec)
    manifest = json.loads(made.files[f"blobs/sha256/{described['digest'][7:]}"])
    kind = manifest["config"]["mediaType"]
    manifest["config"] = made.add_blob(config, kind)
    raw = json.dumps(manifest).encode()
    return made.add_blob(raw, manifest["mediaType"], platform=platform), config, raw


def _saved(raw: bytes) -> bytes:
    """A ``manifest.json`` that lists one image, as that of a daemon does for its own platform."""
    manifest = json.loads(raw)
    blobs = [f"blobs/sha256/{it['digest'][7:]}" for it in (manifest["config"], *manifest["layers"])]
    entry = {"Config": blobs[0], "RepoTags": ["app:1"], "Layers": blobs[1:]}
    return json.dumps([entry]).encode()
