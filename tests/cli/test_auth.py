"""``pyggcr auth``: what it prints, stores and asks for is what crane does."""

from __future__ import annotations

import json
import subprocess

import pytest
from click.testing import CliRunner
from support.registries import PASSWORD, USER

from pyggcr import authn, crane, errors
from pyggcr.cli import app as program


@pytest.fixture
def config(monkeypatch, tmp_path):
    """The place of Docker's configuration for both programs; there is none yet."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / "docker" / "config.json"


@pytest.fixture
def both(config, engine, monkeypatch, run_crane):
    """``both(…)``: what crane and pyggcr print, and their exit codes."""
    monkeypatch.setenv("PYGGCR_ENGINE", engine)

    def both(*arguments: str, given: str = "") -> tuple[tuple[int, str], tuple[int, str]]:
        theirs = subprocess.run(
            ["crane", *arguments], input=given, capture_output=True, text=True, timeout=120
        )
        ours = CliRunner().invoke(program, arguments, input=given)
        return (theirs.returncode, theirs.stdout), (ours.exit_code, ours.stdout)

    return both


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"auth": "YW5uOnNlY3JldC1vZi1hbm4="},
        {"username": "ann", "password": "<&>\u2028"},
        {"identitytoken": "token-of-ann"},
        {"username": "ann"},
        {"registrytoken": "token-of-the-registry"},
    ],
)
def test_get(both, config, entry):
    config.parent.mkdir()
    config.write_text(json.dumps({"auths": {"registry.example.com": entry}}))
    theirs, ours = both("auth", "get", "registry.example.com")
    assert ours == theirs
    by_input = both("auth", "get", given=" registry.example.com\n")
    assert by_input == (theirs, ours)


def test_get_of_what_is_no_registry(both):
    theirs, ours = both("auth", "get", given="not a registry")
    assert (theirs[0], ours[0]) == (1, 2)
    assert theirs[1] == ours[1] == ""


@pytest.mark.parametrize("server", ["registry.example.com", "index.docker.io", "docker.io"])
@pytest.mark.parametrize(
    "given", [b"secret\n", b"secret\r\n", b"secret", b"two\nlines\n", b"p\xe4ss\n", b"\xff\xfe"]
)
def test_login_and_logout_leave_the_same_configuration(both, config, server, given):
    """The programs one after the other, each from an empty configuration."""
    left = []
    for chosen in (0, 1):
        for arguments in (
            ("auth", "login", server, "-u", "ann", "--password-stdin"),
            ("auth", "logout", server),
        ):
            config.unlink(missing_ok=True)
            login = arguments if arguments[1] == "login" else None
            if login is None:
                both("auth", "login", server, "-u", "ann", "-p", "x")
            if chosen == 0:
                subprocess.run(["crane", *arguments], input=given, check=True, capture_output=True)
            else:
                result = CliRunner().invoke(program, arguments, input=given)
                assert result.exit_code == 0, result.output
            left.append(json.loads(config.read_text()))
    assert left[:2] == left[2:]


def test_login_without_a_name_and_a_password(both, config):
    theirs, ours = both("auth", "login", "registry.example.com", "--password-stdin")
    assert (theirs, ours) == ((1, ""), (2, ""))
    assert not config.exists()


class TestToken:
    @pytest.fixture(autouse=True)
    def logged_in(self, config, token_registry):
        pair = {"username": USER, "password": PASSWORD}
        config.parent.mkdir()
        config.write_text(json.dumps({"auths": {token_registry.host: pair}}))

    @pytest.mark.parametrize(
        "options", [(), ("--push",), ("-m", "HOST/b"), ("--push", "--mount", "HOST/b,HOST/c")]
    )
    def test_the_same_is_asked_for(self, both, token_registry, tokens, options):
        options = [it.replace("HOST", token_registry.host) for it in options]
        theirs, ours = both("auth", "token", f"{token_registry.host}/a", *options)
        assert theirs[0] == ours[0] == 0
        first, second = tokens.requests
        assert second == first
        assert second.user == USER
        printed = [json.loads(text) for _, text in (theirs, ours)]
        assert list(printed[0]) == list(printed[1])
        assert printed[0]["expires_in"] == printed[1]["expires_in"] == 300
        assert ours[1].endswith("}\n")

    def test_as_a_header(self, both, token_registry, tokens):
        theirs, ours = both("auth", "token", "-H", f"{token_registry.host}/a")
        for _, text in (theirs, ours):
            assert text.startswith("Authorization: Bearer ey")
            assert not text.endswith("\n")

    def test_of_a_registry_that_wants_none(self, both, real_registry, locked_registry, engine):
        for host, scheme in ((real_registry.host, ""), (locked_registry.host, "basic")):
            theirs, ours = both("auth", "token", f"{host}/a")
            assert (theirs, ours) == ((1, ""), (2, ""))
            with pytest.raises(errors.Error, match=f'^challenge scheme "{scheme}" is not bearer$'):
                crane.token(f"{host}/a", engine=engine)

    def test_a_token_shows_no_secret(self, config, token_registry, tokens, engine):
        token = crane.token(f"{token_registry.host}/a", actions="push,pull", engine=engine)
        assert repr(token) == "Token(expires_in=300)"
        bearer = authn.Bearer(token.token)
        with pytest.raises(errors.TransportError) as caught:
            crane.list_tags(f"{token_registry.host}/a", auth=bearer, engine=engine)
        assert caught.value.status == 404
