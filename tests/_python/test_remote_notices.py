"""What registries tell in ``Warning`` headers reaches the log, once, and harms nobody."""

from __future__ import annotations

import logging

import pytest
from support.fake_server import Answer, Asked, FakeServer

from pyggcr import authn, name
from pyggcr._python import remote
from pyggcr._values.remote import RemoteOptions
from pyggcr.errors import TransportError

OPTIONS = {"auth": authn.Bearer("very-SECRET")}
DIGEST = "sha256:" + 64 * "0"


@pytest.fixture
def told(caplog):
    """``told(*warnings)``: what is logged when a registry says so with each of several answers."""

    def ask(*warnings: str) -> list[str]:
        left = iter(warnings)

        def answer(asked: Asked) -> Answer:
            headers = {"Content-Type": "a/b", "Docker-Content-Digest": DIGEST}
            if asked.method == "HEAD":
                headers["Warning"] = next(left)
            return Answer(200, b"{}", headers)

        client = remote.client(options=RemoteOptions(**OPTIONS))
        caplog.set_level(logging.WARNING, "pyggcr")
        with FakeServer(answer) as server:
            for _ in warnings:
                remote.head(reference=name.new_tag(f"{server.host}/a/b:1"), client=client)
            return [it.getMessage().replace(server.host, "HOST") for it in caplog.records]

    return ask


def test_it_is_logged_once(told):
    assert told('299 - "moving soon"', '299 - "moving soon"', '299 - "bye"') == [
        'HOST warns: "moving soon"',
        'HOST warns: "bye"',
    ]


@pytest.mark.parametrize("header", ["", "299 - ", '299 - "', '199 - "x"', '299 host "x"', "moving"])
def test_what_is_no_warning_is_passed_over(told, header):
    assert told(header) == []


def test_control_characters_and_secrets_are_not_logged(told):
    logged = told('299 - "\xc2\x9b2J caf\xc3\xa9 very-SECRET"')
    assert logged == ['HOST warns: "\\u009b2J café REDACTED"']


@pytest.mark.parametrize(
    ("password", "shown"),
    [("secret", "a secret of an ant"), ("ofanant-", "a secret of an ant"), ("very-secret", None)],
)
def test_a_short_password_hides_no_words(password, shown):
    message = shown or f"not {password}"

    def answer(asked: Asked) -> Answer:
        if asked.path == "/v2/":
            return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="here"'})
        body = f'{{"errors":[{{"code":"DENIED","message":"{message}"}}]}}'
        return Answer(403, body.encode())

    client = remote.client(options=RemoteOptions(auth=authn.Basic("ant", password)))
    with FakeServer(answer) as server, pytest.raises(TransportError) as raised:
        remote.get(reference=name.new_tag(f"{server.host}/a/b:1"), client=client)
    assert str(raised.value).endswith(f"DENIED: {shown or 'not REDACTED'}")


def test_there_is_an_end_to_it(told):
    assert len(told(*(f'299 - "{number}"' for number in range(150)))) == 100


@pytest.mark.parametrize(("auth", "times"), [(None, 1), (authn.Basic("ann", "pw"), 0)])
def test_who_is_nobody_in_particular_is_told_so_when_a_token_is_refused(caplog, auth, times):
    def answer(asked: Asked) -> Answer:
        challenge = f'Bearer realm="http://{asked.headers["host"]}/token"'
        return Answer(401, b"", {"WWW-Authenticate": challenge})

    caplog.set_level(logging.WARNING, "pyggcr")
    with FakeServer(answer) as server, pytest.raises(TransportError):
        remote.head(
            reference=name.new_tag(f"{server.host}/a/b:1"),
            client=remote.client(options=RemoteOptions(auth=auth)),
        )

    said = f'No matching credentials were found for "{server.host}"'
    assert [it.getMessage() for it in caplog.records] == [said] * times
