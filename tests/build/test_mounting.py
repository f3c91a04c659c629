"""A layer that is added to an image in a registry: the image's own layers are mounted, not read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pyggcr
from pyggcr import build, convert, registry, remote, tarball

APP = Path(__file__).parent.parent / "data" / "docker" / "28.5.2" / "app-tag.tar"
ENGINES = ("go", "python")


@pytest.fixture(params=ENGINES)
def puller(request, require):
    """The engine that reads the base."""
    return available(request.param, require)


@pytest.fixture(params=ENGINES)
def pusher(request, require):
    """The engine that pushes the image."""
    return available(request.param, require)


def available(engine, require):
    info = pyggcr.engines()[engine]
    if not info.available:
        require(engine, info.reason)
    return engine


def blobs_read(proxy):
    """The digests of blobs that were downloaded."""
    found = (re.search(r"/blobs/(sha256:[0-9a-f]+)$", path) for path in proxy.paths("GET"))
    return {match[1] for match in found if match}


def built(base, layer):
    return build.image(base, [layer])


def converted(base, _layer):
    return convert.image(base, "oci")


@pytest.mark.parametrize("change", [built, converted])
def test_layers_of_the_base_are_mounted(real_registry, faulty, repository, puller, pusher, change):
    with tarball.image_from_path(APP, engine="python") as saved:
        remote.write(f"{real_registry.host}/{repository}/base:1", saved)
    proxy = faulty(real_registry.host)
    with (
        remote.image(f"{proxy.host}/{repository}/base:1", engine=puller) as base,
        build.layer({"/added": "added"}) as layer,
    ):
        image = change(base, layer)
        remote.write(f"{proxy.host}/{repository}/new:1", image, engine=pusher)

        own = {str(it.digest()) for it in base.layers()}
        assert blobs_read(proxy) == {str(base.config_name())}
        mounted = [path for path in proxy.paths("POST") if "mount=" in path]
        assert {digest for digest in own if any(digest[7:] in path for path in mounted)} == own
        assert len(mounted) == len(own)
        new = len(image.layers()) - len(base.layers())
        # And the config, which may be new too.
        assert len(proxy.paths("POST")) == len(own) + new + 1
        written = remote.image(f"{real_registry.host}/{repository}/new:1")
        with written:
            assert written.digest() == image.digest()


def test_several_platforms_on_an_index(real_registry, faulty, repository, puller, pusher):
    with build.layer({"/base": "base"}) as below:
        index = build.index(layers=[below], platforms=["linux/amd64", "linux/arm64"])
        remote.write_index(f"{real_registry.host}/{repository}/base:1", index)
    proxy = faulty(real_registry.host)
    with (
        remote.index(f"{proxy.host}/{repository}/base:1", engine=puller) as base,
        build.layer({"/added": "added"}) as layer,
    ):
        image = build.index(base, [layer])
        remote.write_index(f"{proxy.host}/{repository}/new:1", image, engine=pusher)

        assert str(below.digest()) not in blobs_read(proxy)
        assert sum(f"mount=sha256%3A{below.digest().hex}" in it for it in proxy.paths("POST")) == 1


def test_the_registry_of_this_process_sends_no_layer(puller, pusher, kept_for_tracing, caplog):
    with registry.serve(engine="python") as server:
        with tarball.image_from_path(APP, engine="python") as saved:
            remote.write(f"{server.host}/base:1", saved)
        with (
            caplog.at_level("DEBUG", "pyggcr.requests"),
            remote.image(f"{server.host}/base:1", engine=puller) as base,
            build.layer({"/added": "added"}) as layer,
        ):
            remote.write(f"{server.host}/new:1", build.image(base, [layer]), engine=pusher)
            config = str(base.config_name())

    asked = re.findall(r"--> GET \S+/blobs/(sha256:[0-9a-f]+)", caplog.text)
    assert set(asked) == {config}
    # The new layer and the new config are all that is sent.
    assert len(re.findall(r"--> PUT \S+/blobs/uploads/", caplog.text)) == 2
