"""What ``docker buildx build --output`` writes: github.com/moby/buildkit, exporter/oci/export.go.

Both exporters hand the image to containerd's (see ``containerd``): ``type=docker`` with a
``manifest.json``, ``type=oci`` without one. Manifests are indented by two blanks, and attestations
beside an image make an index of it (exporter/containerimage/writer.go); ``type=docker`` takes no
index, so it has no attestations. The cache (``--cache-to type=local``) is
cache/remotecache/export.go.
"""

from __future__ import annotations

from tools.matrix.forms.containerd import AMD64, Target, attested, export, two_platforms
from tools.matrix.forms.content import (
    APP,
    CREATED,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    Json,
    Store,
    go_json,
)

__all__ = [
    "cache",
    "docker",
    "docker_plain",
    "docker_zstd",
    "oci",
    "oci_artifact",
    "oci_attested",
    "oci_plain",
    "oci_two_platforms",
    "oci_zstd",
]

_NAME = "docker.io/library/app:1"


def docker() -> bytes:
    """``--output type=docker,name=app:1``."""
    return _docker("gzip", docker_types=True)


def docker_plain() -> bytes:
    """``--output type=docker,compression=uncompressed,force-compression=true``."""
    return _docker("none", docker_types=True)


def docker_zstd() -> bytes:
    """``--output type=docker,compression=zstd,force-compression=true,oci-mediatypes=true``."""
    return _docker("zstd", docker_types=False)


def oci() -> bytes:
    """``--output type=oci --provenance=false``."""
    return _oci("gzip")


def oci_plain() -> bytes:
    """``--output type=oci,compression=uncompressed,force-compression=true --provenance=false``."""
    return _oci("none")


def oci_zstd() -> bytes:
    """``--output type=oci,compression=zstd,force-compression=true --provenance=false``."""
    return _oci("zstd")


def oci_attested() -> bytes:
    """``--output type=oci``: with provenance, as it is by default."""
    store = Store()
    image = {**store.add_image(APP, indent=2), "platform": AMD64}
    index = store.add_index(image, attested(store, image, AMD64), indent=2)
    return export(store, Target(_created(index), _NAME), manifest_json=False)


def oci_artifact() -> bytes:
    """``--output type=oci,oci-artifact=true``: with provenance in another form."""
    store = Store()
    image = {**store.add_image(APP, indent=2), "platform": AMD64}
    index = store.add_index(image, attested(store, image, AMD64, artifact=True), indent=2)
    return export(store, Target(_created(index), _NAME), manifest_json=False)


def oci_two_platforms() -> bytes:
    """``--output type=oci --platform linux/amd64,linux/arm64``, with provenance."""
    store = Store()
    return export(store, Target(_created(two_platforms(store)), _NAME), manifest_json=False)


def cache() -> dict[str, bytes]:
    """``--cache-to type=local``: an index of layers, no image."""
    store = Store()
    layers = [store.add_layer(layer, "gzip") for layer in APP.layers]
    config = store.add(
        go_json({"layers": [{"blob": it["digest"], "parent": -1} for it in layers], "records": []}),
        "application/vnd.buildkit.cacheconfig.v0",
    )
    index = store.add_index(*layers, config)
    root = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [{**index, "annotations": {"org.opencontainers.image.ref.name": "latest"}}],
    }
    return {
        **store.files(),
        "index.json": go_json(root),
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
    }


def _docker(compression: str, *, docker_types: bool) -> bytes:
    store = Store()
    image = store.add_image(APP, compression=compression, docker=docker_types, indent=2)
    assert image["mediaType"] == (DOCKER_MANIFEST if docker_types else OCI_MANIFEST)
    return export(store, Target(_created(image), _NAME))


def _oci(compression: str) -> bytes:
    store = Store()
    image = store.add_image(APP, compression=compression, indent=2)
    return export(store, Target(_created(image), _NAME), manifest_json=False)


def _created(described: Json) -> Json:
    """What the exporter says of the time."""
    return {**described, "annotations": {"org.opencontainers.image.created": CREATED}}
