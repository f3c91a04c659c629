"""A real registry that wants tokens: how they are asked for, kept, renewed, and kept secret."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from support.faulty_proxy import Fault
from support.registries import PASSWORD, USER
from support.tokens import REFRESH_TOKEN

from pyggcr import authn, errors, remote, tarball, validate

# crane, or a level that another test set, may make Go report its requests.
pytestmark = pytest.mark.usefixtures("kept_for_tracing")

GZIP = Path(__file__).parent.parent / "data" / "docker" / "28.5.2-containerd-store" / "app-tag.tar"
ANN = authn.Basic(USER, PASSWORD)


@pytest.fixture
def app(token_registry, repository, engine):
    """A repository with an image, ``app:1``."""
    path = f"{token_registry.host}/{repository}"
    with tarball.image_from_path(GZIP, engine=engine) as image:
        remote.write(f"{path}:1", image, auth=ANN, engine=engine)
    return path


def pull(reference, auth, engine):
    with remote.image(reference, auth=auth, engine=engine) as image:
        validate.image(image)
        return image.digest()


@pytest.mark.parametrize(
    "auth",
    [ANN, authn.FromConfig(authn.AuthConfig(identity_token=REFRESH_TOKEN))],
    ids=["password", "refresh token"],
)
def test_a_token_is_fetched_and_used(app, tokens, repository, engine, auth):
    tokens.requests.clear()
    pull(f"{app}:1", auth, engine)
    assert tokens.requests
    for request in tokens.requests:
        assert request.scopes == [f"repository:{repository}:pull"]
        assert (request.method, request.user) == (("GET", USER) if auth is ANN else ("POST", ""))


def test_a_token_that_one_has_is_sent_as_it_is(app, tokens, repository, engine):
    tokens.requests.clear()
    token = tokens.token([f"repository:{repository}:pull"])
    pull(f"{app}:1", authn.Bearer(token), engine)
    assert tokens.requests == []


def test_a_puller_keeps_its_token(app, tokens, engine):
    tokens.requests.clear()
    puller = remote.Puller(auth=ANN, engine=engine)
    for _ in range(3):
        puller.head(f"{app}:1")
    assert len(tokens.requests) == 1


def test_a_stale_token_is_renewed(app, tokens, engine):
    tokens.requests.clear()
    tokens.stale = 1
    remote.get(f"{app}:1", auth=ANN, engine=engine)
    assert len(tokens.requests) == 2


def slow(handler) -> None:
    """Pass the request on when a token that lasts for a second has expired."""
    time.sleep(1.5)
    handler.pass_on(lambda pieces: pieces)


def test_a_token_that_expires_in_the_middle_of_a_copy_is_renewed(
    app, tokens, token_registry, repository, faulty, engine
):
    digest = pull(f"{app}:1", ANN, engine)
    proxy = faulty(token_registry.host, Fault("POST", "/blobs/uploads/", slow))
    tokens.requests.clear()
    tokens.dying = 2  # one to pull with, one to push with
    source = remote.get(f"{proxy.host}/{repository}:1", auth=ANN, engine=engine)
    remote.push(f"{proxy.host}/{repository}/late:1", source, auth=ANN, engine=engine)

    assert tokens.dying == 0
    assert len(tokens.requests) > 2
    assert pull(f"{app}/late:1", ANN, engine) == digest


def test_a_token_that_expires_before_the_manifest_is_renewed(
    app, tokens, token_registry, repository, faulty
):
    # Go fails here: "http: ContentLength=906 with Body length 0".
    source = remote.get(f"{app}:1", auth=ANN, engine="python")
    tokens.dying = 1
    proxy = faulty(token_registry.host, Fault("PUT", "/manifests/", slow))
    remote.put(f"{proxy.host}/{repository}:late", source, auth=ANN, engine="python")

    assert tokens.dying == 0
    assert remote.head(f"{app}:late", auth=ANN, engine="python").digest == source.descriptor.digest


def test_a_push_asks_to_push(app, tokens, repository, engine):
    tokens.requests.clear()
    with tarball.image_from_path(GZIP, engine=engine) as image:
        remote.write(f"{app}:2", image, auth=ANN, engine=engine)
    asked = {scope for request in tokens.requests for scope in request.scopes}
    assert f"repository:{repository}:push,pull" in asked


def test_a_copy_inside_the_registry_mounts(app, tokens, repository, engine):
    tokens.requests.clear()
    pusher = remote.Pusher(auth=ANN, engine=engine)
    pusher.push(f"{app}/copy:1", remote.get(f"{app}:1", auth=ANN, engine=engine))
    assert pull(f"{app}/copy:1", ANN, engine) == pull(f"{app}:1", ANN, engine)
    together = [it for it in tokens.requests if f"repository:{repository}:pull" in it.scopes]
    assert any(len(request.scopes) > 1 for request in together)


def test_the_catalog_has_a_scope_of_its_own(app, tokens, token_registry, repository, engine):
    tokens.requests.clear()
    assert repository in remote.catalog(token_registry.host, auth=ANN, engine=engine)
    assert tokens.requests[0].scopes == ["registry:catalog:*"]


@pytest.mark.parametrize(
    "auth",
    [
        authn.Basic(USER, "wrong-SECRET"),
        authn.Bearer("not-a-token-SECRET"),
        authn.FromConfig(authn.AuthConfig(identity_token="unknown-SECRET")),
    ],
    ids=["password", "token", "refresh token"],
)
def test_who_is_not_known_gets_nothing(app, tokens, engine, auth, caplog):
    caplog.set_level(0)
    with pytest.raises(errors.TransportError) as caught:
        remote.get(f"{app}:1", auth=auth, engine=engine)
    assert caught.value.status == 401
    assert "SECRET" not in f"{caught.value} {vars(caught.value)} {auth!r} {caplog.text}"


def test_an_anonymous_user_gets_a_token_that_allows_nothing(app, tokens, engine):
    with pytest.raises(errors.TransportError) as caught:
        remote.get(f"{app}:1", engine=engine)
    assert caught.value.status == 401
    assert [it.code for it in caught.value.diagnostics] == ["UNAUTHORIZED"]


def test_everybody_may_pull_what_is_public(app, tokens, repository, engine):
    tokens.public = True
    tokens.requests.clear()
    assert pull(f"{app}:1", None, engine) == pull(f"{app}:1", ANN, engine)
    assert (tokens.requests[0].method, tokens.requests[0].user) == ("GET", "")
    with pytest.raises(errors.TransportError) as caught:
        remote.check_push_permission(f"{app}:2", keychain=Keychain(authn.ANONYMOUS), engine=engine)
    assert caught.value.status == 401


def test_one_may_push_if_the_token_says_so(app, tokens, engine):
    remote.check_push_permission(f"{app}:2", keychain=Keychain(ANN), engine=engine)
    with pytest.raises(errors.TransportError):
        remote.check_push_permission(f"{app}:2", engine=engine)


class Keychain:
    """The same credentials for everything."""

    def __init__(self, auth) -> None:
        self.auth = auth

    def resolve(self, resource):
        return self.auth
