"""``pyggcr.gcrane`` on both engines: copies between registries that list as Google's do."""

from __future__ import annotations

import logging
import threading

import pytest
from support.fake_server import Answer
from support.google_registry import GoogleRegistry

from pyggcr import (
    authn,
    empty,
    errors,
    gcrane,
    google,
    limits,
    mutate,
    random,
    registry,
    remote,
    v1,
)
from pyggcr.gcrane import copying
from pyggcr.remote import Retry

AT_ONCE = Retry(duration=0.001, factor=1.0, jitter=0.0, steps=3)
PLATFORMS = ("linux/amd64", "linux/arm64")


@pytest.fixture
def server():
    with registry.serve(engine="python") as behind, GoogleRegistry(behind.host) as running:
        yield running


def image(number: int) -> v1.Image:
    return random.image(64, 2, source=number, engine="python")


def index(*numbers: int) -> v1.ImageIndex:
    additions = [
        mutate.IndexAddendum(image(number), platform=v1.parse_platform(platform))
        for number, platform in zip(numbers, PLATFORMS, strict=True)
    ]
    return mutate.append_manifests(empty.index(engine="python"), *additions)


def push(target: str, content) -> str:
    remote.push(target, content, engine="python")
    return str(content.digest())


def held(server: GoogleRegistry, repository: str) -> dict[str, list[str]]:
    """The manifests of a repository, and their tags."""
    found = google.list(f"{server.host}/{repository}", engine="python")
    return {digest: it.tags for digest, it in (found.manifests or {}).items()}


def test_an_image_is_copied_with_its_digest(engine, server) -> None:
    digest = push(f"{server.host}/g/app:1", image(1))
    gcrane.copy(f"{server.host}/g/app:1", f"{server.host}/g/copy:2", engine=engine)
    assert held(server, "g/copy") == {digest: ["2"]}


def test_blobs_are_copied_several_at_once(engine, server) -> None:
    push(f"{server.host}/g/app:1", image(1))
    gcrane.copy(f"{server.host}/g/app:1", f"{server.host}/g/copy:1", jobs=1, engine=engine)
    assert held(server, "g/copy") == held(server, "g/app")
    with pytest.raises(errors.UnsupportedOptionError, match="jobs must be greater than zero"):
        gcrane.copy(f"{server.host}/g/app:1", f"{server.host}/g/copy:1", jobs=0, engine=engine)


def test_of_an_index_one_platform_is_copied(engine, server) -> None:
    both = index(1, 2)
    push(f"{server.host}/g/app:1", both)
    gcrane.copy(
        f"{server.host}/g/app:1", f"{server.host}/g/arm:1", platform="linux/arm64", engine=engine
    )
    gcrane.copy(f"{server.host}/g/app:1", f"{server.host}/g/all:1", engine=engine)
    assert held(server, "g/arm") == {str(image(2).digest()): ["1"]}
    assert held(server, "g/all")[str(both.digest())] == ["1"]


def test_what_is_no_reference_is_refused(engine) -> None:
    with pytest.raises(errors.InvalidReferenceError, match='parsing reference "A"'):
        gcrane.copy("A", "b", engine=engine)
    with pytest.raises(errors.InvalidReferenceError, match='parsing repo "A"'):
        gcrane.copy_repository("A", "b", engine=engine)
    with pytest.raises(errors.InvalidReferenceError, match='parsing repo "B"'):
        gcrane.copy_repository("a", "B", engine=engine)


@pytest.fixture
def tree(server):
    """Repositories with several tags, without a tag, with an index."""
    push(f"{server.host}/g/src:1", image(1))
    push(f"{server.host}/g/src:latest", image(1))
    push(f"{server.host}/g/src@{image(2).digest()}", image(2))
    push(f"{server.host}/g/src/deep/index:all", index(3, 4))
    return server


def test_a_tree_is_copied_with_all_tags(engine, tree) -> None:
    gcrane.copy_repository(f"{tree.host}/g/src", f"{tree.host}/g/dst", jobs=2, engine=engine)

    assert held(tree, "g/dst") == {
        str(image(1).digest()): ["1", "latest"],
        str(image(2).digest()): [],
    }
    for path in ("", "/deep", "/deep/index"):
        assert held(tree, f"g/dst{path}") == held(tree, f"g/src{path}")


def test_only_what_the_target_lacks_is_copied(engine, tree) -> None:
    source, target = f"{tree.host}/g/src", f"{tree.host}/g/dst"
    gcrane.copy_repository(source, target, engine=engine)
    tree.asked.clear()
    gcrane.copy_repository(source, target, engine=engine)
    assert tree.paths("PUT") == tree.paths("POST") == []

    remote.tag(f"{source}:new", remote.get(f"{source}:1", engine="python"), engine="python")
    tree.asked.clear()
    gcrane.copy_repository(source, target, engine=engine)
    assert tree.paths("PUT") == ["/v2/g/dst/manifests/new"]


def test_one_platform_of_each_index_is_copied(engine, tree) -> None:
    gcrane.copy_repository(
        f"{tree.host}/g/src/deep", f"{tree.host}/g/arm", platform="linux/arm64", engine=engine
    )
    assert held(tree, "g/arm/index")[str(image(4).digest())] == ["all"]
    assert str(index(3, 4).digest()) not in held(tree, "g/arm/index")


def test_a_list_that_fails_is_asked_for_again(engine, tree, caplog) -> None:
    tree.lists["g/src"] = [Answer(503), Answer(429), None]
    with caplog.at_level(logging.WARNING, "pyggcr"):
        gcrane.copy_repository(
            f"{tree.host}/g/src", f"{tree.host}/g/dst", backoff=AT_ONCE, engine=engine
        )
    assert held(tree, "g/dst") == held(tree, "g/src")
    url = f"GET http://{tree.host}/v2/g/src/tags/list?n=1000: unexpected status code"
    told = [it for it in caplog.messages if "/g/src/tags" in it]
    assert told == [
        f"failed walkFn for repo {tree.host}/g/src: {url} 503 Service Unavailable",
        f"Retrying {url} 429 Too Many Requests",
    ]


def test_it_gives_up_after_so_many_tries(engine, tree) -> None:
    tree.lists["g/dst"] = [Answer(500)]
    with pytest.raises(errors.TransportError) as caught:
        gcrane.copy_repository(
            f"{tree.host}/g/src", f"{tree.host}/g/dst", backoff=AT_ONCE, engine=engine
        )
    assert str(caught.value) == (
        f'failed to Walk: failed to copy repo "{tree.host}/g/src": '
        f"GET http://{tree.host}/v2/g/dst/tags/list?n=1000: "
        "unexpected status code 500 Internal Server Error"
    )
    assert tree.paths("GET").count("/v2/g/dst/tags/list?n=1000") == AT_ONCE.steps


def test_a_refusal_is_final(engine, tree) -> None:
    tree.lists["g/src"] = [Answer(403, b'{"errors":[{"code":"DENIED","message":"no"}]}')]
    with pytest.raises(errors.TransportError) as caught:
        gcrane.copy_repository(f"{tree.host}/g/src", f"{tree.host}/g/dst", engine=engine)
    assert str(caught.value) == (
        f"failed to Walk: failed List for repo {tree.host}/g/src: "
        f"GET http://{tree.host}/v2/g/src/tags/list?n=1000: DENIED: no"
    )
    assert len(tree.paths("GET")) - tree.paths("GET").count("/v2/") == 2


def test_an_image_that_cannot_be_copied_is_named(engine, server) -> None:
    unknown = f"sha256:{'0' * 64}"
    body = f'{{"manifest":{{"{unknown}":{{"tag":["gone"]}}}}}}'
    server.lists["g/src"] = [Answer(200, body.encode())]
    with pytest.raises(errors.TransportError) as caught:
        gcrane.copy_repository(f"{server.host}/g/src", f"{server.host}/g/dst", engine=engine)
    assert caught.value.status == 404
    assert str(caught.value).startswith(
        f'failed to copy "{unknown}": fetching "{server.host}/g/src:gone": GET '
    )


def test_credentials_and_the_user_agent_reach_both_sides(engine, tree) -> None:
    seen = []

    class Keychain:
        def resolve(self, resource):
            seen.append(str(resource))
            return authn.ANONYMOUS

    tree.asked.clear()
    source, target = f"{tree.host}/g/src", f"{tree.host}/g/dst"
    gcrane.copy_repository(source, target, keychain=Keychain(), user_agent="me", engine=engine)
    gcrane.copy(f"{source}:1", f"{target}:2", auth=authn.ANONYMOUS, user_agent="me", engine=engine)
    # Lists ask for the registry's credentials, copies for the repository's.
    assert {tree.host, source, target} <= {*seen}
    assert all(it.headers["user-agent"].startswith("me go-containerregistry/") for it in tree.asked)


def test_the_keychain_of_this_package_is_the_default(engine, tree, tmp_path, monkeypatch) -> None:
    (tmp_path / "config.json").write_text(f'{{"auths":{{"{tree.host}":{{"auth":"YW5uOng="}}}}}}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    tree.asked.clear()
    gcrane.copy_repository(f"{tree.host}/g/src", f"{tree.host}/g/dst", engine=engine)
    with_credentials = [it for it in tree.asked if it.headers.get("authorization")]
    assert {it.method for it in with_credentials} >= {"GET", "PUT"}
    assert gcrane.KEYCHAIN.keychains == (google.KEYCHAIN, authn.DEFAULT_KEYCHAIN)


def test_options_that_mean_nothing_are_refused(engine) -> None:
    with pytest.raises(TypeError, match="unexpected option .page_size."):
        gcrane.copy("example.com/a", "example.com/b", page_size=1, engine=engine)
    with pytest.raises(TypeError, match="unexpected option .retry."):
        gcrane.copy_repository("example.com/a", "example.com/b", retry=AT_ONCE, engine=engine)
    with pytest.raises(errors.UnsupportedOptionError, match="jobs must be greater than zero"):
        gcrane.copy_repository("example.com/a", "example.com/b", jobs=0, engine=engine)


def test_a_pause_ends_with_the_call(engine, tree) -> None:
    tree.lists["g/src"] = [Answer(503)]
    source, target = f"{tree.host}/g/src", f"{tree.host}/g/dst"
    with pytest.raises(errors.DeadlineExceededError):
        gcrane.copy_repository(source, target, timeout=0.3, engine=engine)
    token = limits.CancelToken()
    threading.Timer(0.2, token.cancel).start()
    with pytest.raises(errors.CancelledError):
        gcrane.copy_repository(source, target, cancel=token, engine=engine)


def test_how_often_google_s_registry_is_asked_again() -> None:
    backoff = gcrane.gcr_backoff()
    assert (backoff.steps, backoff.duration, backoff.factor) == (3, 6.0, 10.0)
    short, long = backoff.waits()
    assert 6.0 <= short <= 6.6
    assert 60.0 <= long <= 66.0


# The tables of go-containerregistry's own test, TestDiffImages and TestSubtractStringLists.
INFO = google.ManifestInfo(
    size=123,
    media_type="application/vnd.docker.distribution.manifest.v2+json",
    created=v1.Time(694_766_400, 500_000_000, 0),
    uploaded=v1.Time(1_543_464_810, 500_000_000, 0),
    tags=["b", "c", "d"],
)


@pytest.mark.parametrize(
    ("want", "have", "need"),
    [
        ({"a": ["b", "c"]}, {"a": ["b", "c"]}, {}),
        ({"a": ["b", "c", "d"]}, {}, {"a": ["b", "c", "d"]}),
        ({"a": ["b", "c", "d"]}, {"a": ["c"]}, {"a": ["b", "d"]}),
        ({"a": ["a", "a", "a"]}, {"a": ["a", "b"]}, {}),
        ({"a": None}, {"a": None}, {}),
        ({"a": None}, {}, {"a": None}),
    ],
)
def test_what_is_missing(want, have, need) -> None:
    def infos(tags):
        return {key: google.ManifestInfo(tags=it) for key, it in tags.items()}

    assert copying.missing(infos(want), infos(have)) == infos(need)


def test_what_is_missing_keeps_all_that_is_known() -> None:
    assert copying.missing({"a": INFO}, {}) == {"a": INFO}
    (found,) = copying.missing({"a": INFO}, {"a": google.ManifestInfo(tags=["c"])}).values()
    assert (found.size, found.created, found.tags) == (123, INFO.created, ["b", "d"])
