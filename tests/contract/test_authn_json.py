"""The JSON of ``authn.AuthConfig``: what Go reads and writes, and its errors."""

from __future__ import annotations

import base64

import pytest

from pyggcr.authn import AuthConfig
from pyggcr.errors import Error

DOCUMENTS = (
    b"{}",
    b'{"username":"ann","password":"secret"}',
    b'{"username":"ann"}',
    b'{"password":"secret"}',
    b'{"auth":"YW5uOnNlY3JldA=="}',
    b'{"auth":"YW5uOnNlY3JldA"}',
    b'{"auth":"YW5uOnNlY3JldA==","username":"bob","password":"other"}',
    b'{"auth":" YW5uOnNlY3JldA== "}',
    b'{"auth":"YW5uOnNlY3JldA==\\n"}',
    b'{"auth":"YW5u"}',
    b'{"auth":"YW5uO"}',
    b'{"auth":"!"}',
    b'{"auth":"Og=="}',
    b'{"auth":"YTpiOmM="}',
    b'{"auth":"YTpi/w=="}',
    b'{"auth":"' + base64.b64encode(b"ann:\xe4\xff") + b'"}',
    b'{"identitytoken":"i","registrytoken":"r"}',
    b'{"username":"ann","identitytoken":"i"}',
    b'{"Username":"ann","PASSWORD":"<&>\\u2028"}',
    b'{"username":1}',
    b'{"auth":null,"username":null}',
    b"null",
    b"[]",
    b'"text"',
    b"",
    b"{",
    b"{} {}",
    b'{"username":"ann","username":"bob","other":[1,{"a":2}]}',
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_credentials_are_read_and_written_as_in_go(go_engine, document):
    from pyggcr._go import gostd

    def answer(call):
        try:
            return call()
        except Error as error:
            return type(error), str(error)

    ours = answer(lambda: AuthConfig.parse(document).marshal())
    assert ours == answer(lambda: gostd.call("auth_config", document))


def test_what_auth_holds_replaces_the_name_beside_it():
    read = AuthConfig.parse(b'{"auth":"YW5uOnNlY3JldA==","username":"bob","registrytoken":"r"}')

    assert (read.username, read.password, read.registry_token) == ("ann", "secret", "r")


def test_a_password_of_any_bytes_survives():
    auth = base64.b64encode(b"ann:\xe4\xff").decode()

    read = AuthConfig.parse(b'{"auth":"' + auth.encode() + b'"}')

    assert read.password.encode("utf-8", "surrogateescape") == b"\xe4\xff"
    assert read.auth == auth
    assert auth.encode() in read.marshal()
