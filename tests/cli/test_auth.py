"""``pyggcr auth``: what it prints, stores and asks for is what crane does."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import subprocess
import sys

import pytest
from support.command_runner import CliRunner
from support.processes import started
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


def login(*arguments: str, given: str | bytes = ""):
    return CliRunner().invoke(program, ["auth", "login", "registry.example.com", *arguments], given)


def test_a_password_in_the_file_is_warned_about(config):
    result = login("-u", "ann", "-p", "secret")

    assert result.exit_code == 0
    assert f"WARNING! Your credentials are stored unencrypted in '{config}'." in result.stderr


@pytest.fixture
def keeper(config, monkeypatch, tmp_path):
    """A helper that keeps everything, and writes down what it was told."""
    program = tmp_path / "bin" / "docker-credential-keeper"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$1 $(cat)" >> {tmp_path}/told\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    config.parent.mkdir()
    config.write_text('{"credsStore":"keeper"}')
    return tmp_path / "told"


def test_a_helper_keeps_the_password_and_nobody_is_warned(keeper):
    result = login("-u", "ann", "-p", "secret")

    assert (result.exit_code, "WARNING" in result.stderr) == (0, False)
    assert json.loads(keeper.read_text().removeprefix("store ")) == {
        "ServerURL": "registry.example.com",
        "Username": "ann",
        "Secret": "secret",
    }


def test_a_helper_is_not_given_bytes_that_it_cannot_keep(keeper):
    result = login("-u", "ann", "--password-stdin", given=b"p\xe4ss")

    assert result.exit_code == 2
    assert "docker-credential-keeper keeps text only" in result.stderr
    assert not keeper.exists()


@pytest.mark.parametrize("arguments", [(), ("-u", "ann")])
def test_on_a_terminal_it_asks_for_what_is_missing(config, arguments):
    master, terminal = os.openpty()
    command = [sys.executable, "-m", "pyggcr", "auth", "login", "registry.example.com", *arguments]
    with started(
        command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
    ) as process:
        os.close(terminal)
        shown = b""
        answers = [(b"Username: ", b"ann\n")] if not arguments else []
        for asked, answer in (*answers, (b"Password: ", b"secret\n")):
            while not shown.endswith(asked):
                shown += os.read(master, 1000)
            os.write(master, answer)
        with contextlib.suppress(OSError):  # Linux says so at the end
            while piece := os.read(master, 1000):
                shown += piece
    os.close(master)
    assert process.returncode == 0, shown
    assert b"secret" not in shown
    kept = json.loads(config.read_text())["auths"]["registry.example.com"]["auth"]
    assert base64.b64decode(kept) == b"ann:secret"


@pytest.mark.parametrize(
    ("helper", "hint"),
    [
        ("ecr-login", "is the helper for Amazon ECR; install it (apt install amazon-ecr-"),
        ("acr-env", "is the helper for Azure Container Registry; install it ("),
        ("gcr", "is the helper for Google Artifact Registry; install it ("),
        ("gcloud", "it comes with the Google Cloud CLI"),
        ("pass", "apt install golang-docker-credential-helpers"),
        ("osxkeychain", "brew install docker-credential-helper"),
        ("ours", "install the program docker-credential-ours into a folder of PATH"),
    ],
)
def test_a_missing_helper_is_named_with_how_to_install_it(
    config, engine, monkeypatch, helper, hint
):
    monkeypatch.setenv("PYGGCR_ENGINE", engine)
    monkeypatch.setenv("PATH", str(config.parent))
    config.parent.mkdir()
    config.write_text(json.dumps({"credHelpers": {"registry.example.com": helper}}))

    result = get_credentials()

    assert result[0] == 2
    assert f'exec: "docker-credential-{helper}": executable file not found' in result[1]
    assert f"hint: docker-credential-{helper}" in result[1] or "hint: install" in result[1]
    assert hint in result[1]


def get_credentials() -> tuple[int, str]:
    """``pyggcr auth get`` in this process, as a shell sees it."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), pytest.raises(SystemExit) as ended:
        program.main(["auth", "get", "registry.example.com"])
    return ended.value.code, errors.getvalue()


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
