"""The tables of go-containerregistry's tests of pkg/v1/remote/transport, on both engines."""

from __future__ import annotations

import pytest
from support.fake_server import Answer, FakeServer
from support.raw_registry import registry_that_says
from support.upstream_tables import rows

from pyggcr import authn, errors, remote
from pyggcr.remote import transport

pytestmark = pytest.mark.usefixtures("kept_for_tracing")

ONCE = remote.Retry(duration=0.01, steps=1)


@pytest.mark.parametrize("row", rows("transport", "TestPing"))
def test_ping(engine, row):
    challenges = "".join(f"WWW-Authenticate: {it}\r\n" for it in row["challenges"])
    answer = f"HTTP/1.1 {row['status']} said\r\n{challenges}Content-Length: 0\r\n\r\n"
    with registry_that_says(answer.encode(), greets=False) as host:
        if row["scheme"] is None:
            with pytest.raises(errors.TransportError):
                transport.ping(host, engine=engine)
            return
        found = transport.ping(host, engine=engine)
    assert (found.scheme, len(found.parameters), found.insecure) == (
        row["scheme"],
        row["parameters"],
        True,
    )


@pytest.mark.parametrize(
    "row", rows("transport", "TestTemporary", "TestTemporaryStatusCodes_Includes429")
)
def test_what_may_be_gone_next_time(row):
    diagnostics = tuple(map(transport.Diagnostic, row["codes"]))
    error = errors.TransportError(status=row["status"], diagnostics=diagnostics)
    assert error.temporary() is row["temporary"]


def asked(engine, *, method="GET", **answer):
    """What a registry is asked for, and what comes of an answer to it."""
    said = Answer(answer["status"], answer.get("body", "").encode())
    with FakeServer(lambda it: Answer() if it.path == "/v2/" else said) as server:
        call = remote.head if method == "HEAD" else remote.get
        try:
            call(f"{server.host}/app:1", engine=engine, retry=ONCE)
        except errors.TransportError as error:
            prefix = f"{method} http://{server.host}/v2/app/manifests/1: "
            return error.status, str(error).removeprefix(prefix)
    return None


@pytest.mark.parametrize(
    "row", rows("transport", "TestCheckErrorNotError", "TestCheckErrorWithError")
)
def test_texts_of_errors(engine, row):
    assert asked(engine, status=row["status"], body=row["body"]) == (row["status"], row["text"])


@pytest.mark.parametrize("row", rows("transport", "TestCheckErrorNotError by HEAD"))
def test_texts_of_errors_by_head(engine, row):
    assert asked(engine, method="HEAD", status=row["status"]) == (row["status"], row["text"])


@pytest.mark.parametrize("row", rows("transport", "TestBasicTransportRegistryToken"))
def test_credentials_for_a_registry_that_wants_them(engine, row):
    def answer(it):
        if it.path == "/v2/":
            return Answer(401, b"", {"WWW-Authenticate": "Basic"})
        return Answer(200, b"{}", {"Content-Type": "text/x"})

    auth = authn.FromConfig(authn.AuthConfig(**row["auth"]))
    with FakeServer(answer) as server:
        remote.get(f"{server.host}/app:1", auth=auth, engine=engine)
        sent = [it.headers.get("authorization") for it in server.asked if it.path != "/v2/"]
    assert sent == [row["header"]]


def refused(engine, challenge):
    answer = Answer(401, b"", {"WWW-Authenticate": challenge})
    with FakeServer(lambda _: answer) as server, pytest.raises(errors.Error) as raised:
        remote.get(f"{server.host}/app:1", engine=engine, retry=ONCE)
    return str(raised.value)


@pytest.mark.parametrize("row", rows("transport", "TestValidateRealmURL"))
def test_tokens_are_not_asked_for_in_a_private_network(engine, row):
    told = refused(engine, f'Bearer realm="{row}"')
    assert told.startswith("invalid realm in www-authenticate: realm host ")
    assert told.endswith(" is a private or link-local address")


@pytest.mark.parametrize("row", rows("transport", "TestTransportSelectionBearerMissingRealm"))
def test_tokens_come_from_somewhere(engine, row):
    assert "missing realm" in refused(engine, row)
