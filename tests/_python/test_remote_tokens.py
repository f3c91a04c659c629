"""Credentials on the Python engine: who gets them, who never does, and tokens got for them."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import traceback
from urllib.parse import parse_qs, urlsplit

import pytest
from support.fake_server import Answer, Asked, FakeServer

from pyggcr import name
from pyggcr._python import remote
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.authn import AuthConfig, Basic, Bearer, FromConfig
from pyggcr.errors import Error, TransportError

PASSWORD = "hunter2-is-secret"
IDENTITY = "identity-is-secret"
TOKEN = "token-is-secret"
SECRETS = (
    PASSWORD,
    IDENTITY,
    TOKEN,
    base64.b64encode(f"ann:{PASSWORD}".encode()).decode(),
)
QUICK = Retry(duration=0.001, factor=1.0, jitter=0.0, steps=2)
TAGS = json.dumps({"name": "a/b", "tags": ["one"]}).encode()


class TokenRegistry:
    """A registry with its own token server: ``grants`` tokens one after the other."""

    def __init__(self, *grants: dict[str, object], post_status: int = 200) -> None:
        self.grants = list(grants)
        self.valid = ""
        self.post_status = post_status

    def __call__(self, asked: Asked) -> Answer:
        host = asked.headers["host"]
        if asked.path.startswith("/token"):
            if asked.method == "POST" and self.post_status != 200:
                return Answer(self.post_status)
            grant = self.grants.pop(0)
            self.valid = str(grant.get("access_token") or grant.get("token"))
            return Answer(200, json.dumps(grant).encode())
        if asked.headers.get("authorization") == f"Bearer {self.valid}" and self.valid:
            return Answer(200, TAGS)
        challenge = f'Bearer realm="http://{host}/token?kept=1",service="svc"'
        return Answer(401, b"", {"WWW-Authenticate": challenge})


def list_tags(server: FakeServer, **options: object) -> list[str]:
    return remote.list_tags(
        repository=name.new_repository(f"{server.host}/a/b"),
        client=remote.client(options=RemoteOptions(retry=QUICK, **options)),
    )


def test_basic_credentials_are_sent_to_the_registry():
    def answer(asked: Asked) -> Answer:
        if asked.headers.get("authorization") == f"Basic {SECRETS[3]}":
            return Answer(200, TAGS)
        return Answer(401, b"", {"WWW-Authenticate": "Basic realm=x"})

    with FakeServer(answer) as server:
        assert list_tags(server, auth=Basic("ann", PASSWORD)) == ["one"]


def test_a_token_is_asked_for_with_scope_and_service():
    with FakeServer(TokenRegistry({"token": TOKEN})) as server:
        assert list_tags(server, auth=Basic("ann", PASSWORD)) == ["one"]

        (asked,) = [it for it in server.asked if it.path.startswith("/token")]
    assert parse_qs(urlsplit(asked.path).query) == {
        "kept": ["1"],
        "scope": ["repository:a/b:pull"],
        "service": ["svc"],
    }
    assert asked.headers["authorization"] == f"Basic {SECRETS[3]}"


def test_nobody_in_particular_asks_without_credentials():
    with FakeServer(TokenRegistry({"access_token": TOKEN})) as server:
        assert list_tags(server) == ["one"]

        (asked,) = [it for it in server.asked if it.path.startswith("/token")]
    assert "authorization" not in asked.headers


def test_a_token_of_the_users_own_is_sent_as_it_is():
    registry = TokenRegistry()
    registry.valid = TOKEN
    with FakeServer(registry) as server:
        # The greeting is without a token, so the challenge is seen.
        assert list_tags(server, auth=Bearer(TOKEN)) == ["one"]
        assert not any(it.path.startswith("/token") for it in server.asked)


def test_an_identity_token_is_exchanged_by_post():
    auth = FromConfig(AuthConfig(identity_token=IDENTITY))
    with FakeServer(TokenRegistry({"access_token": TOKEN, "refresh_token": "next"})) as server:
        assert list_tags(server, auth=auth) == ["one"]

        (asked,) = [it for it in server.asked if it.method == "POST"]
    assert parse_qs(asked.body.decode()) == {
        "client_id": ["go-containerregistry"],
        "grant_type": ["refresh_token"],
        "refresh_token": [IDENTITY],
        "scope": ["repository:a/b:pull"],
        "service": ["svc"],
    }


def test_a_server_that_knows_no_post_is_asked_by_get():
    auth = FromConfig(AuthConfig(username="ann", password=PASSWORD, identity_token=IDENTITY))
    with FakeServer(TokenRegistry({"token": TOKEN}, post_status=404)) as server:
        assert list_tags(server, auth=auth) == ["one"]

        assert [it.method for it in server.asked if it.path.startswith("/token")] == ["POST", "GET"]


def test_a_refused_token_is_renewed_once():
    registry = TokenRegistry({"token": "first"}, {"token": "second"})
    client = remote.client(options=RemoteOptions(retry=QUICK))
    repository = name.new_repository
    with FakeServer(registry) as server:
        remote.list_tags(repository=repository(f"{server.host}/a/b"), client=client)
        registry.valid = "something else"

        assert remote.list_tags(repository=repository(f"{server.host}/a/b"), client=client) == [
            "one"
        ]
        tokens = [it for it in server.asked if it.path.startswith("/token")]
    assert len(tokens) == 2


def test_one_token_serves_all_calls_of_a_client():
    client = remote.client(options=RemoteOptions(retry=QUICK))
    with FakeServer(TokenRegistry({"token": TOKEN})) as server:
        for _ in range(3):
            remote.list_tags(repository=name.new_repository(f"{server.host}/a/b"), client=client)

        tokens = [it for it in server.asked if it.path.startswith("/token")]
    assert len(tokens) == 1


def test_credentials_do_not_follow_a_redirect_to_another_host():
    with FakeServer(lambda _: Answer(200, TAGS)) as other:

        def answer(asked: Asked) -> Answer:
            if "authorization" not in asked.headers:
                return Answer(401, b"", {"WWW-Authenticate": "Basic realm=x"})
            if asked.path == "/v2/":
                return Answer(200)
            return Answer(307, b"", {"Location": f"http://{other.host}/elsewhere?sig={TOKEN}"})

        with FakeServer(answer) as server:
            assert list_tags(server, auth=Basic("ann", PASSWORD)) == ["one"]

        assert other.paths("GET") == [f"/elsewhere?sig={TOKEN}"]
        assert "authorization" not in other.asked[0].headers


def test_an_identity_token_is_not_posted_on_to_another_host():
    auth = FromConfig(AuthConfig(identity_token=IDENTITY))
    with FakeServer(lambda _: Answer(200, b"{}")) as other:

        def answer(asked: Asked) -> Answer:
            host = asked.headers["host"]
            if asked.path.startswith("/token"):
                return Answer(307, b"", {"Location": f"http://{other.host}/token"})
            challenge = f'Bearer realm="http://{host}/token"'
            return Answer(401, b"", {"WWW-Authenticate": challenge})

        with FakeServer(answer) as server, pytest.raises(Error, match="refusing token-server"):
            list_tags(server, auth=auth)

        assert other.asked == []


@pytest.mark.parametrize(
    ("challenge", "text"),
    [
        (
            'Bearer realm="http://169.254.169.254/token"',
            (
                'invalid realm in www-authenticate: realm host "169.254.169.254" is a private or '
                "link-local address"
            ),
        ),
        (
            'Bearer realm="file:///etc/passwd"',
            (
                'invalid realm in www-authenticate: realm scheme "file" not allowed; must be https '
                "(or http for insecure registries)"
            ),
        ),
        ('Bearer service="s"', "malformed www-authenticate, missing realm: map[service:s]"),
    ],
)
def test_a_token_server_that_cannot_be_right_is_refused(challenge, text):
    with (
        FakeServer(lambda _: Answer(401, b"", {"WWW-Authenticate": challenge})) as server,
        pytest.raises(Error) as caught,
    ):
        list_tags(server, auth=Basic("ann", PASSWORD))
    assert str(caught.value) == text


def failing(kind: str, asked: Asked) -> Answer:
    """A registry that takes credentials and then fails, in one way or another."""
    host = asked.headers["host"]
    if asked.path.startswith("/token"):
        if kind == "token refused":
            return Answer(403, b"no")
        if kind == "token server says all again":
            said = asked.headers.get("authorization", "") + asked.body.decode()
            return Answer(400, said.encode())
        if kind == "no token":
            return Answer(200, json.dumps({"refresh_token": IDENTITY}).encode())
        return Answer(200, json.dumps({"token": TOKEN}).encode())
    if f"Bearer {TOKEN}" not in asked.headers.get("authorization", ""):
        challenge = f'Bearer realm="http://{host}/token",service="svc"'
        return Answer(401, b"", {"WWW-Authenticate": challenge})
    if kind == "redirected to a signed address":
        return Answer(307, b"", {"Location": f"http://169.254.1.1/x?signature={TOKEN}"})
    if kind == "hung up":
        raise ConnectionResetError
    if kind == "registry says all again":
        error = {"code": "DENIED", "message": asked.headers["authorization"], "detail": TOKEN}
        return Answer(403, json.dumps({"errors": [error]}).encode())
    return Answer(500, b"broken")


@pytest.mark.parametrize(
    "kind",
    [
        *("token refused", "no token", "redirected to a signed address", "hung up", "broken"),
        *("registry says all again", "token server says all again"),
    ],
)
@pytest.mark.parametrize(
    "auth", [Basic("ann", PASSWORD), FromConfig(AuthConfig(identity_token=IDENTITY))]
)
def test_no_secret_is_in_an_error_a_traceback_or_a_log(kind, auth, caplog):
    caplog.set_level(logging.DEBUG)
    with (
        FakeServer(lambda asked: failing(kind, asked)) as server,
        pytest.raises(Error) as caught,
    ):
        list_tags(server, auth=auth)

    error = caught.value
    shown = [str(error), repr(error), repr(vars(error)), caplog.text]
    shown += traceback.format_exception(error)
    assert "/v2/" in caplog.text  # something was logged
    for secret in SECRETS:
        assert not any(secret in text for text in shown)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_no_secret_is_in_the_repr_of_options():
    options = RemoteOptions(auth=Basic("ann", PASSWORD), proxy=f"http://ann:{PASSWORD}@p:1")

    assert PASSWORD not in repr(options)


def test_what_refused_is_told_with_method_and_status():
    with (
        FakeServer(lambda asked: failing("token refused", asked)) as server,
        pytest.raises(TransportError) as caught,
    ):
        list_tags(server, auth=Basic("ann", PASSWORD))

    error = caught.value
    assert (error.method, error.status) == ("GET", 403)
    assert error.url == (f"http://{server.host}/token?scope=repository%3Aa%2Fb%3Apull&service=svc")
    assert str(error) == f"GET {error.url}: unexpected status code 403 Forbidden: no"
