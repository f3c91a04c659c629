"""The requests of a copy from one repository to another one of a registry: which, and how many."""

from __future__ import annotations

import json
import re
import threading
import urllib.parse
from collections import Counter

import pytest
from support.fake_server import Answer, FakeServer
from support.faulty_proxy import Fault, answer, stall

from pyggcr import crane, errors, mutate, partial, random, remote
from pyggcr.registry import serve
from pyggcr.types import MediaType

LAYERS = 5
PATIENCE = 60.0  # seconds


@pytest.fixture(params=["docker-registry", "conforming"])
def proxy(request, faulty):
    """A proxy before a registry that mounts."""
    if request.param == "docker-registry":
        yield faulty(request.getfixturevalue("real_registry").host)
        return
    with serve(conforming=True, engine="python") as registry:
        yield faulty(registry.host)


def pass_on(handler):
    handler.pass_on(lambda pieces: pieces)


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


BLOBS = Counter({MOUNT: LAYERS + 1})


def test_each_blob_costs_one_request(copied):
    assert Counter(copied()) == AROUND + BLOBS


def test_the_target_is_asked_while_the_source_is_read(copied, proxy):
    asked = threading.Event()

    def note(handler):
        asked.set()
        pass_on(handler)

    def wait(handler):
        assert asked.wait(PATIENCE)
        pass_on(handler)

    proxy.faults += [Fault("HEAD", "/b/manifests/", note), Fault("GET", "/a/manifests/", wait)]
    assert Counter(copied()) == AROUND + BLOBS
    assert asked.is_set()


def test_one_job_is_one_request_at_a_time(copied):
    found = copied(jobs=1)
    assert found == [*AROUND][:3] + [MOUNT] * (LAYERS + 1) + [*AROUND][3:]


def test_a_blob_that_occurs_twice_is_mounted_once(copied):
    layer = random.layer(64, engine="python")
    image = mutate.append_layers(random.image(64, 1, engine="python"), layer, layer, layer)
    assert Counter(copied(image)) == AROUND + Counter({MOUNT: 3})


def test_a_registry_that_refuses_to_mount_is_not_asked_to_first_again(copied, proxy):
    proxy.faults.append(Fault("POST", "mount=", answer(405), times=None))
    begin = "POST /v2/b/blobs/uploads/"
    found = [it for it in copied(jobs=1) if it in (MOUNT, ASK, begin)]
    assert found == [MOUNT, ASK, begin, *([ASK, MOUNT, begin] * LAYERS)]


def index_of(*images):
    """An index of these images."""
    empty = random.index(0, 0, 0, engine="python")
    return mutate.append_manifests(empty, *map(mutate.IndexAddendum, images))


READ = "GET /v2/a/manifests/DIGEST"
LOOK = "HEAD /v2/b/manifests/DIGEST"
COMMIT = "PUT /v2/b/manifests/DIGEST"


def test_the_images_of_an_index_are_written_together(copied):
    layer = random.layer(64, engine="python")
    images = [
        mutate.append_layers(random.image(64, 1, source=it, engine="python"), layer)
        for it in range(20)
    ]
    found = copied(index_of(*images, images[0]), push=remote.write_index)
    of_images = Counter({READ: 20, LOOK: 20, COMMIT: 20})
    assert Counter(found) == AROUND + of_images + Counter({MOUNT: 20 + 20 + 1})
    kinds = [it for it in found if it in (READ, LOOK, MOUNT, COMMIT)]
    assert set(kinds[:32]) == {READ, LOOK}  # four for each of four jobs
    assert set(kinds[32 : 32 + 33]) == {MOUNT}
    assert set(kinds[32 + 33 : 32 + 33 + 16]) == {COMMIT}
    assert found[-1] == "PUT /v2/b/manifests/1"


def test_an_image_of_an_index_that_is_there_is_not_read(copied, proxy, repository):
    images = [random.image(64, 1, source=it, engine="python") for it in (1, 2)]
    remote.write(f"{proxy.host}/{repository}/b:there", images[0], engine="python")
    found = Counter(copied(index_of(*images), push=remote.write_index))
    assert found == AROUND + Counter({READ: 1, LOOK: 2, COMMIT: 1, MOUNT: 2})


def test_an_index_in_an_index(copied):
    inner, image = (random.image(64, 1, source=it, engine="python") for it in (1, 2))
    found = Counter(copied(index_of(index_of(inner), image), push=remote.write_index))
    assert found == AROUND + Counter({READ: 3, LOOK: 3, COMMIT: 3, MOUNT: 4})


def test_images_with_one_subject_are_all_listed(real_registry, repository):
    """The registry has no list of referrers: the client keeps one."""
    place = f"{real_registry.host}/{repository}"
    subject = random.image(64, 1, engine="python")
    remote.write(f"{place}/a:subject", subject, engine="python")
    described = partial.descriptor(subject)
    images = [
        mutate.subject(random.image(64, 1, source=it, engine="python"), described)
        for it in range(6)
    ]
    remote.write_index(f"{place}/a:1", index_of(*images), engine="python")
    crane.copy(f"{place}/a:1", f"{place}/b:1", engine="python")
    listed = remote.referrers(f"{place}/b@{subject.digest()}", engine="python").index_manifest()
    assert {it.digest for it in listed.manifests} == {it.digest() for it in images}


@pytest.fixture
def stored(proxy, repository):
    """The references of an image, and of where to copy it; requests are noted from now on."""
    source, target = (f"{proxy.host}/{repository}/{it}:1" for it in ("a", "b"))
    remote.write(source, random.image(64, 1, engine="python"), engine="python")
    proxy.requests.clear()
    return source, target


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/b/manifests/"), ("GET", "/a/manifests/")])
def test_what_fails_is_asked_once(proxy, stored, method, path):
    proxy.faults.append(Fault(method, path, answer(401), times=None))
    with pytest.raises(errors.TransportError, match=f"{method} http.*{path}.* 401 ") as caught:
        crane.copy(*stored, engine="python")
    assert caught.value.status == 401
    assert len([it for it in proxy.paths(method) if path in it]) == 1
    assert proxy.paths("POST") == []


def test_a_source_that_fails_waits_for_no_target(proxy, stored):
    proxy.faults += [Fault("HEAD", "/b/", stall(), None), Fault("GET", "/a/", answer(404), None)]
    with pytest.raises(errors.TransportError, match="404 Not Found"):
        crane.copy(*stored, engine="python", timeout=PATIENCE)


def test_a_target_that_stalls_ends_at_the_deadline(proxy, stored):
    proxy.faults.append(Fault("HEAD", "/b/", stall(), None))
    with pytest.raises(errors.DeadlineExceededError):
        crane.copy(*stored, engine="python", timeout=1)


def test_a_target_that_is_not_there(proxy, stored):
    with pytest.raises(errors.TransportError, match="connection refused"):
        crane.copy(stored[0], "127.0.0.1:1/b:1", engine="python", retry=remote.Retry(steps=1))
    assert proxy.paths("POST") == []


MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": str(MediaType.DOCKER_MANIFEST_SCHEMA2),
        "config": {"mediaType": "c", "size": 2, "digest": f"sha256:{'1' * 64}"},
        "layers": [],
    }
).encode()
BOTH = ["repository:b:push,pull", "repository:a:pull"]


@pytest.mark.parametrize(
    ("refused", "asked"),
    [([], [BOTH]), (BOTH, [BOTH, BOTH[:1], BOTH])],
    ids=["granted", "refused together"],
)
def test_one_token_to_write_and_to_mount(refused, asked):
    scopes = []

    def said(asked):
        path, _, query = asked.path.partition("?")
        if path == "/token":
            scopes.append(urllib.parse.parse_qs(query)["scope"])
            return Answer(403) if scopes[-1] == refused else Answer(200, b'{"token": "t"}')
        if path == "/v2/":
            realm = f'Bearer realm="http://{asked.headers["host"]}/token"'
            return Answer(401, b"", {"WWW-Authenticate": realm})
        if asked.method == "GET":
            return Answer(200, MANIFEST, {"Content-Type": str(MediaType.DOCKER_MANIFEST_SCHEMA2)})
        there = refused and "/blobs/" in path
        statuses = {"POST": 201, "PUT": 201, "HEAD": 200 if there else 404}
        return Answer(statuses[asked.method])

    with FakeServer(said) as server:
        crane.copy(f"{server.host}/a:1", f"{server.host}/b:1", engine="python")
        mounts = server.paths("POST")
    assert sorted(scopes) == sorted([["repository:a:pull"], *asked])
    assert len(mounts) == (0 if refused else 1)
