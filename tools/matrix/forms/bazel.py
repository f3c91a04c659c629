"""What Bazel's rules write.

rules_oci: github.com/bazel-contrib/rules_oci, oci/private/image.sh (``oci_image``, a layout, whose
blobs are links to the outputs of other rules where ``USE_TREEARTIFACT_SYMLINKS`` is set) and
oci/private/tarball.sh.tpl (``oci_load``, formerly ``oci_tarball``: every layer is called .tar.gz).

rules_docker: github.com/bazelbuild/rules_docker, container/go/cmd/join_layers/join_layers.go, which
is go-containerregistry's MultiWriteToFile; before that was written, the module
client/v2_2/save_.py of github.com/google/containerregistry.
"""

from __future__ import annotations

import hashlib
import json

from tools.matrix.forms.content import (
    APP,
    OCI_INDEX,
    Image,
    Store,
    folder_member,
    hex_of,
    make_tar,
    member,
)
from tools.matrix.forms.kaniko import multi_write

__all__ = [
    "LINKS",
    "docker_image",
    "docker_image_old",
    "oci_image",
    "oci_image_plain",
    "oci_load",
    "oci_load_plain",
]

# Where the blobs of a layout with links are, from the folder of the layout.
LINKS = "../outputs"


def oci_image() -> dict[str, bytes]:
    """``oci_image``: a layout of layers that are compressed."""
    return _layout("gzip")


def oci_image_plain() -> dict[str, bytes]:
    """``oci_image`` with layers of ``pkg_tar`` as it makes them by default: not compressed."""
    return _layout("none")


def oci_load() -> bytes:
    """``oci_load`` with ``format = "docker"``."""
    return _load("gzip")


def oci_load_plain() -> bytes:
    """``oci_load`` of an image whose layers are not compressed."""
    return _load("none")


def docker_image() -> bytes:
    """``container_image`` of rules_docker, name.tar."""
    return multi_write("bazel/app:image", APP, "gzip")


def docker_image_old() -> bytes:
    """``container_image`` of rules_docker while that was written in Python."""
    image = Image(APP.layers, env="STEP=old")
    config_name = f"{hex_of(image.config)}.json"
    # Names of layers are hashes of v1 configs, which nobody reads.
    names = [hashlib.sha256(b"v1 of " + layer).hexdigest() for layer in image.layers]
    members = [member(config_name, image.config)]
    for number, (name, layer) in enumerate(zip(names, image.layers, strict=True)):
        parent = {"parent": names[number - 1]} if number else {}
        members += [
            folder_member(f"{name}/"),
            member(f"{name}/VERSION", b"1.0"),
            member(f"{name}/layer.tar", layer),
            member(f"{name}/json", json.dumps({"id": name, **parent}).encode()),
        ]
    manifest = [
        {
            "Config": config_name,
            "Layers": [f"{name}/layer.tar" for name in names],
            "RepoTags": ["bazel/app:image"],
        }
    ]
    repositories = {"bazel/app": {"image": names[-1]}}
    members += [
        member("top", names[-1].encode()),
        member("repositories", json.dumps(repositories, sort_keys=True).encode()),
        member("manifest.json", json.dumps(manifest, sort_keys=True).encode()),
    ]
    return make_tar(members)


def _layout(compression: str) -> dict[str, bytes]:
    store = Store()
    described = store.add_image(APP, compression=compression, indent=2)
    index = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [{**described, "platform": {"os": "linux", "architecture": "amd64"}}],
    }
    return {
        **store.files(),
        "index.json": json.dumps(index, indent=2).encode() + b"\n",
        "oci-layout": b'{\n    "imageLayoutVersion": "1.0.0"\n}',
    }


def _load(compression: str) -> bytes:
    store = Store()
    layers = [store.add_layer(layer, compression)["digest"] for layer in APP.layers]
    config = f"blobs/sha256/{hex_of(APP.config)}"
    names = [f"blobs/sha256/{digest[7:]}.tar.gz" for digest in layers]
    manifest = [{"Config": config, "RepoTags": ["app:1"], "Layers": names}]
    blobs = {config: APP.config}
    blobs.update({name: store.blobs[it] for name, it in zip(names, layers, strict=True)})
    members = [member("manifest.json", json.dumps(manifest, indent=2).encode() + b"\n")]
    members += [folder_member("blobs/"), folder_member("blobs/sha256/")]
    return make_tar(members + [member(name, data) for name, data in sorted(blobs.items())])
