"""Pushed by one engine, pulled by the other, judged by crane and skopeo: always the same image.

Every real archive goes through a real registry; the digests are those that the real library
recorded (tests/data/golden).
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from support.boundary import Wrapped

import pyggcr
from pyggcr import mutate, partial, registry, remote, tarball, v1, validate
from pyggcr.errors import EngineUnavailableError
from pyggcr.types import MediaType

DATA = Path(__file__).parent.parent / "data"
NO_TAG = "(no tag)"
RECORDINGS = {"go1.26": "head-go1.26.6.json", "go1.27": "head-go1.27.3.json"}
ENGINES = ("go", "python")
PLAIN = DATA / "docker" / "25.0.2" / "app-tag.tar"


def recorded(profile: str) -> dict:
    return json.loads((DATA / "golden" / RECORDINGS[profile]).read_text())["archives"]


CASES = [
    (archive, tag)
    for archive, tags in recorded("go1.26").items()
    for tag, seen in tags.items()
    if "open" not in seen and seen["validate"] == "ok"
]


@pytest.fixture(params=ENGINES, scope="module")
def pusher(request, require):
    """The engine that pushes."""
    return _available(request.param, require)


@pytest.fixture(params=ENGINES, scope="module")
def puller(request, require):
    """The engine that pulls."""
    return _available(request.param, require)


def _available(engine, require):
    info = pyggcr.engines()[engine]
    if not info.available:
        require(engine, info.reason)
    return engine


def test_there_are_cases():
    assert len(CASES) >= 39


@pytest.mark.parametrize(("archive", "tag"), CASES)
def test_every_real_archive_travels_unchanged(real_registry, repository, pusher, archive, tag):
    puller = {"go": "python", "python": "go"}[pusher]
    if not pyggcr.engines()[puller].available:
        puller = pusher
    target = f"{real_registry.host}/{repository}:1"
    wanted = None if tag == NO_TAG else tag
    with tarball.image_from_path(DATA / archive, wanted, engine=pusher) as image:
        remote.write(target, image, engine=pusher)
    # On none of these archives the platforms of a release differ.
    profile = pyggcr.engines()[pusher].gzip_profile.partition("-")[0]
    with remote.image(target, engine=puller) as pulled:
        assert str(pulled.digest()) == recorded(profile)[archive][tag]["digest"]
        validate.image(pulled)


def test_mixed_pairs_of_engines(host, repository, pusher, puller):
    target = f"{host}/{repository}:1"
    with tarball.image_from_path(PLAIN, engine=pusher) as image:
        remote.write(target, image, engine=pusher)
        with remote.image(target, engine=puller) as pulled:
            validate.image(pulled)
            assert pulled.digest() == image.digest()


def test_an_engine_pushes_images_of_the_other(host, repository, pusher, puller):
    target = f"{host}/{repository}:1"
    with tarball.image_from_path(PLAIN, engine=puller) as image:
        remote.write(target, image, engine=pusher)
        with remote.image(target, engine=pusher) as pulled:
            assert pulled.digest() == image.digest()
            validate.image(pulled)
            # What was pulled by one goes on by the other, without a file between.
            remote.write(f"{host}/{repository}/on:1", pulled, engine=puller)
            digest = pulled.digest()
    assert remote.head(f"{host}/{repository}/on:1", engine=puller).digest == digest


def mounts_and_downloads(proxy, layers):
    """How many of the layers were mounted, and how many downloaded."""
    blobs = {str(it.digest()) for it in layers}
    mounts = [it for it in proxy.paths("POST") if any(f"mount={b}" in it for b in _quoted(blobs))]
    downloads = [it for it in proxy.paths("GET") if it.rpartition("/")[2] in blobs]
    return len(mounts), len(downloads)


def _quoted(blobs):
    return [it.replace(":", "%3A") for it in blobs]


@pytest.mark.parametrize(
    "change",
    [
        lambda it, _engine: Wrapped(it),
        lambda it, engine: mutate.annotations(it, {"a": "b"}, engine=engine),
        lambda it, engine: mutate.annotations(Wrapped(it), {"a": "b"}, engine=engine),
    ],
    ids=["wrapped", "changed", "both"],
)
@pytest.mark.parametrize("changer", ENGINES)
@pytest.mark.usefixtures("go_engine")
def test_the_layers_of_a_changed_image_are_mounted(
    real_registry, faulty, repository, pusher, puller, changer, change
):
    """Whoever pulled the image, changed or wrapped it, and pushes it."""
    proxy = faulty(real_registry.host)
    with tarball.image_from_path(PLAIN, engine=pusher) as image:
        remote.write(f"{proxy.host}/{repository}/a:1", image, engine=pusher)
    with remote.image(f"{proxy.host}/{repository}/a:1", engine=puller) as pulled:
        layers = pulled.layers()
        changed = change(pulled, changer)
        proxy.requests.clear()
        remote.write(f"{proxy.host}/{repository}/b:1", changed, engine=pusher)
    count = len({str(it.digest()) for it in layers})
    assert mounts_and_downloads(proxy, layers) == (count, 0)


class OwnImage(v1.Image):
    """An image that a user wrote in Python: one layer, whose bytes are made up."""

    def __init__(self) -> None:
        with tarball.image_from_path(PLAIN, engine="python") as image:
            self._config = image.raw_config_file()
            self._manifest = image.raw_manifest()
            self._layers = [OwnLayer(layer) for layer in image.layers()]

    def raw_manifest(self):
        return self._manifest

    def raw_config_file(self):
        return self._config

    def layers(self):
        return self._layers

    def media_type(self):
        return MediaType(json.loads(self._manifest)["mediaType"])

    def manifest(self):
        return partial.manifest(self)

    def config_file(self):
        return partial.config_file(self)

    def config_name(self):
        return partial.config_name(self)

    def digest(self):
        return partial.digest(self)

    def size(self):
        return len(self._manifest)

    def layer_by_digest(self, digest):
        wanted = v1.to_hash(digest)
        return next(layer for layer in self._layers if layer.digest() == wanted)

    def layer_by_diff_id(self, diff_id):
        wanted = v1.to_hash(diff_id)
        return next(layer for layer in self._layers if layer.diff_id() == wanted)


class OwnLayer(v1.Layer):
    """A layer whose bytes a user holds."""

    def __init__(self, layer) -> None:
        with layer.compressed() as one, layer.uncompressed() as other:
            self._compressed, self._uncompressed = one.read(), other.read()
        self._digest, self._diff_id = layer.digest(), layer.diff_id()

    def digest(self):
        return self._digest

    def diff_id(self):
        return self._diff_id

    def compressed(self):
        return io.BytesIO(self._compressed)

    def uncompressed(self):
        return io.BytesIO(self._uncompressed)

    def size(self):
        return len(self._compressed)

    def media_type(self):
        return MediaType.DOCKER_LAYER


def test_an_image_of_the_user_s_own(host, repository, engine):
    image, target = OwnImage(), f"{host}/{repository}:1"
    remote.write(target, image, engine=engine)
    with remote.image(target, engine=engine) as pulled:
        assert pulled.raw_manifest() == image.raw_manifest()
        validate.image(pulled)


def test_crane_and_skopeo_find_what_was_pushed(
    real_registry, repository, engine, run_crane, run_skopeo, tmp_path
):
    target = f"{real_registry.host}/{repository}:1"
    with tarball.image_from_path(PLAIN, engine=engine) as image:
        remote.write(target, image, engine=engine)
        digest = str(image.digest())
    assert run_crane("digest", target) == digest
    run_crane("validate", "--remote", target)
    raw = run_skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{target}")
    assert json.loads(raw) == json.loads(remote.get(target, engine=engine).manifest)
    run_skopeo("copy", "--src-tls-verify=false", f"docker://{target}", f"dir:{tmp_path / 'dir'}")


def test_what_crane_and_skopeo_pushed_can_be_pulled(
    real_registry, repository, engine, run_crane, run_skopeo
):
    app = f"{real_registry.host}/{repository}"
    run_crane("push", PLAIN, f"{app}:crane")
    run_skopeo(
        "copy", "--dest-tls-verify=false", f"docker-archive:{PLAIN}", f"docker://{app}:skopeo"
    )
    for tag in ("crane", "skopeo"):
        with remote.image(f"{app}:{tag}", engine=engine) as image:
            validate.image(image)
    with remote.image(f"{app}:crane", engine=engine) as pulled:
        assert str(pulled.digest()) == run_crane("digest", "--tarball", PLAIN)


def test_crane_pushes_to_our_registry_and_pulls_from_it(engine, repository, run_crane, tmp_path):
    try:
        server = registry.serve(engine=engine)
    except EngineUnavailableError as error:
        pytest.skip(str(error))
    with server:
        target = f"{server.host}/{repository}:1"
        run_crane("push", PLAIN, target)
        run_crane("validate", "--remote", target)
        run_crane("pull", target, tmp_path / "pulled.tar")
        with (
            tarball.image_from_path(tmp_path / "pulled.tar", engine=engine) as image,
            remote.image(target, engine=engine) as pulled,
        ):
            assert image.config_name() == pulled.config_name()
            validate.image(pulled)
