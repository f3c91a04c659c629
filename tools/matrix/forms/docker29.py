"""What Docker 29 saves, whose default is the containerd image store.

Written by moby's daemon/containerd/image_exporter.go, which calls containerd's exporter: gzip
layers, no ``LayerSources``, no ``repositories``, an index in the index where there are
attestations, and only the platforms that are there. Images that were loaded from old archives have
plain layers beside gzip ones.
"""

from __future__ import annotations

from tools.matrix.forms.containerd import AMD64, Target, attested, export, two_platforms
from tools.matrix.forms.content import APP, ONE, REPEATED, Store

__all__ = [
    "app_id",
    "app_tag",
    "attested_image",
    "loaded_from_24",
    "loaded_from_25",
    "mixed",
    "multi",
    "multiplatform",
    "repeated",
    "two_tags",
]

_APP = "docker.io/library/app:1"
_ONE = "docker.io/library/one:1"


def app_tag() -> bytes:
    """``docker save app:1``."""
    store = Store()
    return _saved(store, Target(store.add_image(APP), _APP))


def app_id() -> bytes:
    """``docker save sha256:…``."""
    store = Store()
    return _saved(store, Target(store.add_image(APP)))


def multi() -> bytes:
    """``docker save app:1 one:1``."""
    store = Store()
    return _saved(store, Target(store.add_image(APP), _APP), Target(store.add_image(ONE), _ONE))


def mixed() -> bytes:
    """``docker save app:1 sha256:…``: an image with a tag, and one without."""
    store = Store()
    return _saved(store, Target(store.add_image(APP), _APP), Target(store.add_image(ONE)))


def two_tags() -> bytes:
    """``docker save one:1 registry.example.com:5000/team/one:v2``: one image, two tags."""
    store = Store()
    image = store.add_image(ONE)
    return _saved(
        store, Target(image, _ONE), Target(image, "registry.example.com:5000/team/one:v2")
    )


def repeated() -> bytes:
    """``docker save`` of an image with a layer that is there twice."""
    store = Store()
    return _saved(store, Target(store.add_image(REPEATED), "docker.io/library/dup:1"))


def attested_image() -> bytes:
    """``docker save`` of what ``docker build`` made, with provenance."""
    store = Store()
    image = {**store.add_image(APP, indent=2), "platform": AMD64}
    index = store.add_index(image, attested(store, image, AMD64), indent=2)
    return _saved(store, Target(index, _APP))


def multiplatform() -> bytes:
    """``docker save`` of an image for two platforms, of which only one was pulled."""
    store = Store()
    index = two_platforms(store)
    arm64 = store.read(store.read(index)["manifests"][1])
    for blob in (arm64["config"], arm64["layers"][-1]):
        del store.blobs[blob["digest"]]
    return _saved(store, Target(index, _APP))


def loaded_from_24() -> bytes:
    """``docker save`` of what was loaded from an old archive; the first layer was there as gzip."""
    store = Store()
    first, *others = APP.layers
    stored = [store.add_layer(first, "gzip", docker=True)]
    stored += [store.add_layer(layer, "none", docker=True) for layer in others]
    return _saved(store, Target(store.add_image(APP, docker=True, stored=stored), _APP))


def loaded_from_25() -> bytes:
    """``docker save`` of what was loaded from an archive of Docker 25: the layers stay plain."""
    store = Store()
    return _saved(store, Target(store.add_image(APP, compression="none"), _APP))


def _saved(store: Store, *targets: Target) -> bytes:
    return export(store, *targets, skip_missing=True)
