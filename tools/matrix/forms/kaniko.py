"""What kaniko writes: github.com/GoogleContainerTools/kaniko, pkg/executor/push.go.

``--tar-path`` is go-containerregistry's tarball.MultiWriteToFile (pkg/v1/tarball/write.go),
``--oci-layout-path`` its layout.Write and AppendImage (pkg/v1/layout/write.go). The tar.gz that
names of layers end with says nothing of what they are: before v0.21.8 those of zstd have it too.
"""

from __future__ import annotations

import json

from tools.matrix.forms.content import (
    APP,
    DOCKER_CONFIG,
    DOCKER_MANIFEST,
    OCI_INDEX,
    REPEATED,
    Image,
    Json,
    Store,
    go_json,
    go_tar,
    member,
)

__all__ = ["layout", "multi_write", "tar_path", "tar_path_repeated", "tar_path_zstd"]


def tar_path() -> bytes:
    """``--tar-path image.tar --destination registry.example.com/app:1``."""
    return multi_write("registry.example.com/app:1", APP, "gzip")


def tar_path_repeated() -> bytes:
    """The same of an image with a layer that is there twice."""
    return multi_write("registry.example.com/dup:1", REPEATED, "gzip")


def tar_path_zstd() -> bytes:
    """``--tar-path image.tar --compression zstd``."""
    return multi_write("registry.example.com/app:1", APP, "zstd")


def multi_write(tag: str, image: Image, compression: str) -> bytes:
    """An archive as go-containerregistry writes it."""
    store = Store()
    layers = [store.add_layer(layer, compression, docker=True) for layer in image.layers]
    config = store.add(image.config, "")["digest"]
    names = [f"{layer['digest'][7:]}.tar.gz" for layer in layers]
    contents = {config: image.config}
    contents.update({f"{it['digest'][7:]}.tar.gz": store.blobs[it["digest"]] for it in layers})
    entry = {"Config": config, "RepoTags": [tag], "Layers": names}
    contents["manifest.json"] = go_json([entry])
    members = [member(name, content) for name, content in contents.items()]
    for info, _ in members:
        info.mode = 0o644
    return go_tar(members)


def layout() -> dict[str, bytes]:
    """``--oci-layout-path layout``: a folder."""
    store = Store()
    manifest = {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST,
        "config": _in_gos_order(store.add(APP.config, DOCKER_CONFIG)),
        "layers": [
            _in_gos_order(store.add_layer(layer, "gzip", docker=True)) for layer in APP.layers
        ],
    }
    described = _in_gos_order(store.add_json(manifest))
    index = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [{**described, "artifactType": DOCKER_CONFIG}],
    }
    return {
        **store.files(),
        "index.json": json.dumps(index, indent=3).encode(),
        "oci-layout": b'{\n    "imageLayoutVersion": "1.0.0"\n}',
    }


def _in_gos_order(described: Json) -> Json:
    """A descriptor with its fields as go-containerregistry has them."""
    return {key: described[key] for key in ("mediaType", "size", "digest")}
