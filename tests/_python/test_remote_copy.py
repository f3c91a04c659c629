"""The requests of a copy from one repository to another one of a registry: which, and how many."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from support.faulty_proxy import Fault, answer

from pyggcr import crane, mutate, random, remote
from pyggcr.registry import serve

LAYERS = 5


@pytest.fixture(params=["docker-registry", "conforming"])
def proxy(request, faulty):
    """A proxy before a registry that mounts."""
    if request.param == "docker-registry":
        yield faulty(request.getfixturevalue("real_registry").host)
        return
    with serve(conforming=True, engine="python") as registry:
        yield faulty(registry.host)


@pytest.fixture
def copied(proxy, repository):
    """``copied(image)``: the requests of a copy of it."""

    def copied(image=None, push=remote.write, **options) -> list[str]:
        image = image or random.image(64, LAYERS, engine="python")
        source, target = (f"{proxy.host}/{repository}/{it}:1" for it in ("a", "b"))
        push(source, image, engine="python")
        proxy.requests.clear()
        crane.copy(source, target, engine="python", **options)
        assert crane.digest(target, engine="python") == str(image.digest())
        return [_shown(it, repository) for it in proxy.requests[:-2]]

    return copied


def _shown(request, repository) -> str:
    path = request.path.replace(f"{repository}/", "")
    path = re.sub("sha256(:|%3A)[0-9a-f]{64}", "DIGEST", path)
    return f"{request.method} {path.partition('&origin=')[0]}".replace(
        repository.replace("/", "%2F") + "%2F", ""
    )


MOUNT = "POST /v2/b/blobs/uploads/?from=a&mount=DIGEST"
ASK = "HEAD /v2/b/blobs/DIGEST"
AROUND = Counter(
    ["GET /v2/", "GET /v2/a/manifests/1", "HEAD /v2/b/manifests/1", "PUT /v2/b/manifests/1"]
)


def test_each_blob_costs_one_request(copied):
    assert Counter(copied()) == AROUND + Counter({MOUNT: LAYERS + 1})


def test_a_blob_that_occurs_twice_is_mounted_once(copied):
    layer = random.layer(64, engine="python")
    image = mutate.append_layers(random.image(64, 1, engine="python"), layer, layer, layer)
    assert Counter(copied(image)) == AROUND + Counter({MOUNT: 3})


def test_a_registry_that_refuses_to_mount_is_not_asked_to_first_again(copied, proxy):
    proxy.faults.append(Fault("POST", "mount=", answer(405), times=None))
    begin = "POST /v2/b/blobs/uploads/"
    found = [it for it in copied(jobs=1) if it in (MOUNT, ASK, begin)]
    assert found == [MOUNT, ASK, begin, *([ASK, MOUNT, begin] * LAYERS)]


def test_the_images_of_an_index_share_their_blobs(copied):
    layer = random.layer(64, engine="python")
    images = [
        mutate.append_layers(random.image(64, 1, source=it, engine="python"), layer)
        for it in (1, 2)
    ]
    index = mutate.append_manifests(
        random.index(0, 0, 0, engine="python"), *map(mutate.IndexAddendum, images)
    )
    found = Counter(copied(index, push=remote.write_index))
    of_images = Counter(
        {
            "GET /v2/a/manifests/DIGEST": 2,
            "HEAD /v2/b/manifests/DIGEST": 2,
            "PUT /v2/b/manifests/DIGEST": 2,
        }
    )
    assert found == AROUND + of_images + Counter({MOUNT: 2 + 2 + 1})
