"""``pyggcr.remote.transport`` on both engines: greetings, tokens, error codes, trying again."""

from __future__ import annotations

import json
import re

import pytest
from support.fake_server import Answer, FakeServer
from support.faulty_proxy import Fault, FaultyProxy, answer, drop
from support.registries import PASSWORD, USER
from support.tokens import REFRESH_TOKEN, SERVICE

from pyggcr import authn, errors, name, remote
from pyggcr._values.remote import RemoteOptions, Retry
from pyggcr.remote import transport

QUICK = Retry(duration=0.01, factor=1, jitter=0, steps=3)
ANN = authn.Basic(USER, PASSWORD)


def challenging(*headers, status=401):
    """A registry that answers a greeting with such a header."""
    return lambda _: Answer(status, b"", dict(zip(["WWW-Authenticate"] * 9, headers, strict=False)))


# ---- ping


def test_a_registry_that_lets_everybody_in_has_no_challenge(real_registry, engine):
    found = transport.ping(real_registry.host, engine=engine)
    assert found == transport.Challenge("", {}, insecure=True)
    assert found.url_scheme() == "http"


def test_a_registry_says_where_tokens_are(token_registry, tokens, engine):
    found = transport.ping(token_registry.host, engine=engine)
    assert (found.scheme, found.insecure) == ("bearer", True)
    assert found.parameters == {"realm": tokens.realm, "service": SERVICE}


def test_a_registry_that_wants_a_password_is_greeted(locked_registry, engine):
    found = transport.ping(name.new_registry(locked_registry.host), engine=engine)
    assert (found.scheme, dict(found.parameters)) == ("basic", {"realm": "tests"})


def test_tls_is_tried_first(tls_registry, tls_certificate, engine):
    found = transport.ping(tls_registry.host, ca_file=tls_certificate.certificate, engine=engine)
    assert not found.insecure
    assert found.url_scheme() == "https"


@pytest.mark.parametrize(
    ("header", "scheme", "parameters"),
    [
        (
            'Bearer Realm="https://x/t",SERVICE="a b"',
            "bearer",
            {"realm": "https://x/t", "service": "a b"},
        ),
        ("NEGOTIATE", "negotiate", {}),
        ('="no token"', '="no token"', {}),
        ('Basic realm="\xff"', "basic", {"realm": "\udcff"}),
        ("", "", {}),
    ],
)
def test_challenges_are_parsed_as_go_parses_them(engine, header, scheme, parameters):
    with FakeServer(challenging(header)) as server:
        found = transport.ping(server.host, engine=engine)
    assert (found.scheme, dict(found.parameters)) == (scheme, parameters)


def test_what_is_no_registry_is_refused(engine):
    body = json.dumps({"errors": [{"code": "DENIED", "message": "go away"}]}).encode()
    with FakeServer(lambda _: Answer(403, body)) as server:
        with pytest.raises(errors.TransportError) as caught:
            transport.ping(server.host, engine=engine)
        assert f"GET http://{server.host}/v2/: DENIED: go away" in str(caught.value)
    assert caught.value.status == 403
    assert not caught.value.temporary()


def test_a_greeting_is_tried_again(engine):
    fault = Fault("GET", "/v2/", answer(503))
    with FakeServer(lambda _: Answer()) as server, FaultyProxy(server.host, fault) as proxy:
        found = transport.ping(proxy.host, retry=QUICK, engine=engine)
        assert found.insecure
        assert proxy.paths("GET") == ["/v2/", "/v2/"]


# ---- exchange


@pytest.mark.parametrize(
    ("auth", "method"),
    [
        (ANN, "GET"),
        (authn.FromConfig(authn.AuthConfig(identity_token=REFRESH_TOKEN)), "POST"),
    ],
    ids=["password", "identity token"],
)
def test_a_token_is_exchanged_for_credentials(
    token_registry, tokens, repository, engine, auth, method
):
    target = name.new_repository(f"{token_registry.host}/{repository}")
    scopes = [target.scope(transport.PULL_SCOPE), target.scope(transport.PUSH_SCOPE)]
    token = transport.exchange(target.registry, scopes, auth=auth, engine=engine)
    assert token.token
    assert token.token == token.access_token
    assert token.expires_in > 0
    assert token.refresh_token == ""
    (request,) = tokens.requests
    assert (request.method, request.scopes) == (method, scopes)


def test_a_challenge_that_one_has_saves_a_greeting(token_registry, tokens, engine):
    challenge = transport.ping(token_registry.host, engine=engine)
    with FaultyProxy(token_registry.host) as proxy:
        scope = name.new_registry(proxy.host).scope(transport.CATALOG_SCOPE)
        token = transport.exchange(proxy.host, [scope], challenge, auth=ANN, engine=engine)
        assert token.token
        assert proxy.requests == []
    assert tokens.requests[0].scopes == ["registry:catalog:*"]


def test_credentials_may_be_those_of_a_repository(token_registry, tokens, repository, engine):
    class Keychain:
        def resolve(self, resource):
            return ANN if isinstance(resource, name.Repository) else authn.ANONYMOUS

    target = name.new_repository(f"{token_registry.host}/{repository}")
    scopes = [target.scope(transport.DELETE_SCOPE)]
    transport.exchange(target, scopes, keychain=Keychain(), engine=engine)
    transport.exchange(target.registry, scopes, keychain=Keychain(), engine=engine)
    assert [request.user for request in tokens.requests] == [USER, ""]


def test_without_tokens_there_is_nothing_to_exchange(locked_registry, engine):
    with pytest.raises(errors.Error) as caught:
        transport.exchange(locked_registry.host, ["x"], auth=ANN, engine=engine)
    assert str(caught.value) == 'challenge scheme "basic" is not bearer'


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"service": "s"}, "malformed www-authenticate, missing realm: map[service:s]"),
        (
            {"realm": "https://169.254.169.254/token"},
            (
                "invalid realm in www-authenticate: realm host "
                '"169.254.169.254" is a private or link-local address'
            ),
        ),
        (
            {"realm": "http://tokens.example/token"},
            (
                'invalid realm in www-authenticate: realm scheme "http" not allowed for a secure '
                "registry; use https"
            ),
        ),
    ],
)
def test_no_credentials_go_to_a_realm_that_is_not_to_be_trusted(engine, parameters, text):
    challenge = transport.Challenge("Bearer", parameters)
    with pytest.raises(errors.Error) as caught:
        transport.exchange("registry.example", ["x"], challenge, auth=ANN, engine=engine)
    assert str(caught.value) == text


def test_a_token_server_that_refuses_is_told(token_registry, tokens, engine):
    with pytest.raises(errors.TransportError) as caught:
        wrong = authn.Basic(USER, "wrong-SECRET")
        transport.exchange(token_registry.host, ["x"], auth=wrong, engine=engine)
    assert caught.value.status == 401
    assert "SECRET" not in str(caught.value)


# ---- error codes


def test_the_error_codes_are_those_of_the_specification():
    codes = [it for it in transport.__all__ if it.endswith("_ERROR_CODE")]
    assert len(codes) == 18
    values = {it: getattr(transport, it) for it in codes}
    assert all(isinstance(value, transport.ErrorCode) for value in values.values())
    assert values.pop("TOO_MANY_REQUESTS_ERROR_CODE") == "TOOMANYREQUESTS"
    assert all(f"{value}_ERROR_CODE" == key for key, value in values.items())


def test_scopes_are_actions():
    scopes = (transport.PULL_SCOPE, transport.PUSH_SCOPE, transport.DELETE_SCOPE)
    assert scopes == ("pull", "push,pull", "push,pull,delete")
    assert transport.CATALOG_SCOPE == "catalog"


CASES = [
    (404, ["MANIFEST_UNKNOWN"], False),
    (404, [], False),
    (429, ["TOOMANYREQUESTS"], True),
    (429, ["TOOMANYREQUESTS", "DENIED"], False),
    (404, ["UNKNOWN", "UNAVAILABLE"], True),
    (400, ["BLOB_UPLOAD_INVALID"], True),
    (503, ["DENIED"], False),
    (418, [], False),
    *((status, [], True) for status in (408, 429, 500, 502, 503, 504)),
    *((status, [], False) for status in (499, 501, 505, 522)),
]


@pytest.mark.parametrize(("status", "codes", "expected"), CASES)
def test_an_error_says_whether_it_is_temporary(engine, status, codes, expected):
    told = [{"code": code, "message": "m"} for code in codes]
    body = json.dumps({"errors": told}).encode() if codes else b""
    refusing = lambda asked: Answer(status, body) if "manifests" in asked.path else Answer()  # noqa: E731
    once = Retry(duration=0, steps=1)
    with FakeServer(refusing) as server, pytest.raises(errors.TransportError) as caught:
        remote.get(f"{server.host}/a/b:1", retry=once, engine=engine)
    assert [it.code for it in caught.value.diagnostics] == codes
    assert caught.value.temporary() is expected


def test_what_was_not_answered_is_not_temporary(engine):
    with pytest.raises(errors.TransportError) as caught:
        remote.get("127.0.0.1:1/a/b:1", engine=engine)
    assert caught.value.status == 0
    assert not caught.value.temporary()


# ---- retry_predicate


class Predicate:
    """Notes errors, and answers what it was told.

    A greeting tries TLS first; that this fails is no matter here.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.errors = []

    def __call__(self, error):
        if re.search("tls: |HTTPS", str(error)):
            return False
        self.errors.append(error)
        said = self.answers.pop(0) if self.answers else False
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture
def broken():
    """``broken(*faults)``: a proxy that fails before a registry of one manifest."""
    started = []

    def start(*faults):
        server = FakeServer(lambda asked: Answer(200, b"{}", {"Content-Type": "x/y"}))
        proxy = FaultyProxy(server.host, *faults)
        started.extend([proxy, server])
        return proxy

    yield start
    for it in started:
        it.close()


def gets(proxy):
    return sum("manifests" in path for path in proxy.paths("GET"))


def test_a_predicate_decides_what_is_tried_again(broken, engine):
    proxy = broken(Fault("GET", "manifests", answer(503), times=2))
    predicate = Predicate(True, True)
    found = remote.get(f"{proxy.host}/a/b:1", retry=QUICK, retry_predicate=predicate, engine=engine)
    assert found.manifest == b"{}"
    assert gets(proxy) == 3
    for error in predicate.errors:
        assert isinstance(error, errors.TransportError)
        assert (error.status, error.method) == (503, "GET")
        assert str(error) == (
            f"GET http://{proxy.host}/v2/a/b/manifests/1: "
            "unexpected status code 503 Service Unavailable"
        )


def test_a_predicate_may_be_against_it(broken, engine):
    proxy = broken(Fault("GET", "manifests", answer(500, b"no"), times=None))
    predicate = Predicate(False)
    with pytest.raises(errors.TransportError, match="500 Internal Server Error: no"):
        remote.get(f"{proxy.host}/a/b:1", retry=QUICK, retry_predicate=predicate, engine=engine)
    assert gets(proxy) == len(predicate.errors) == 1


def test_the_last_error_is_that_of_the_last_try(broken, engine):
    proxy = broken(Fault("GET", "manifests", answer(500, b"no"), times=None))
    predicate = Predicate(True, True, True, True)
    with pytest.raises(errors.TransportError, match="500 Internal Server Error: no"):
        remote.get(f"{proxy.host}/a/b:1", retry=QUICK, retry_predicate=predicate, engine=engine)
    assert gets(proxy) == QUICK.steps


def test_a_status_alone_counts_as_temporary_for_a_predicate(broken, engine):
    denied = json.dumps({"errors": [{"code": "DENIED", "message": "m"}]}).encode()
    proxy = broken(Fault("GET", "manifests", answer(403, denied)))
    remote.get(
        f"{proxy.host}/a/b:1",
        retry=QUICK,
        retry_statuses=(403,),
        retry_predicate=lambda error: error.temporary(),
        engine=engine,
    )
    assert gets(proxy) == 2


def test_a_predicate_is_asked_of_a_broken_connection(broken, engine):
    proxy = broken(Fault("GET", "manifests", drop(), times=None))
    predicate = Predicate(True)
    with pytest.raises(errors.TransportError, match=r"^Get \".*\": EOF$"):
        remote.get(f"{proxy.host}/a/b:1", retry=QUICK, retry_predicate=predicate, engine=engine)
    assert [str(error) for error in predicate.errors] == ["EOF", "EOF"]


def test_a_predicate_is_not_asked_when_all_is_well(broken, engine):
    predicate = Predicate()
    proxy = broken()
    remote.get(f"{proxy.host}/a/b:1", retry_predicate=predicate, engine=engine)
    proxy = broken(Fault("GET", "manifests", answer(404)))
    with pytest.raises(errors.TransportError):
        remote.get(f"{proxy.host}/a/b:1", retry_predicate=predicate, engine=engine)
    # 404 is none of the statuses after which a request is repeated.
    assert predicate.errors == []


def test_what_a_predicate_raises_ends_the_call(broken, engine):
    proxy = broken(Fault("GET", "manifests", answer(503), times=None))
    raised = KeyError("of the predicate")
    predicate = Predicate(raised)
    options = {"retry": QUICK, "retry_predicate": predicate, "engine": engine}
    with remote.Puller(**options) as puller:
        with pytest.raises(KeyError) as caught:
            puller.get(f"{proxy.host}/a/b:1")
        assert caught.value is raised
        with pytest.raises(errors.TransportError):
            puller.get(f"{proxy.host}/a/b:1")
    assert len(predicate.errors) == 2


def test_a_predicate_holds_for_pages_and_greetings(broken, engine):
    predicate = Predicate(True, True)
    proxy = broken(Fault("GET", "/v2/$", answer(503)), Fault("GET", "tags/list", answer(503)))
    options = {"retry": QUICK, "retry_predicate": predicate, "engine": engine}
    transport.ping(proxy.host, **options)
    assert list(remote.lister(f"{proxy.host}/a/b", **options)) == [remote.Tags("", [])]
    assert [error.status for error in predicate.errors] == [503, 503]


def test_a_predicate_holds_for_uploads(real_registry, repository, faulty, engine):
    from pyggcr import random

    predicate = Predicate(True)
    proxy = faulty(real_registry.host, Fault("PUT", "manifests", answer(400)))
    with random.image(16, 1, engine=engine) as image:
        remote.write(
            f"{proxy.host}/{repository}:1",
            image,
            retry=QUICK,
            retry_predicate=predicate,
            engine=engine,
        )
    assert [error.status for error in predicate.errors] == [400]
    assert len([it for it in proxy.paths("PUT") if "manifests" in it]) == 2


def test_a_predicate_must_be_a_function():
    with pytest.raises(TypeError) as caught:
        RemoteOptions(retry_predicate=3)
    assert str(caught.value) == "retry_predicate takes a function, not int"
