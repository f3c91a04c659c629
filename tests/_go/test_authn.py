"""Credentials: what Docker's and Podman's configuration says, by Go's own keychain."""

from __future__ import annotations

import base64
import json
import os
import stat

import pytest
from support.boundary import client_of
from support.registries import PASSWORD, USER

from pyggcr import name
from pyggcr.authn import DEFAULT_KEYCHAIN, AuthConfig, Basic
from pyggcr.errors import TransportError, TruncatedError

HOST = "registry.example.com"
REPOSITORY = name.new_repository(f"{HOST}/tests/app")

HELPER = """#!/bin/sh
read server
printf '{"ServerURL": "%s", "Username": "%s", "Secret": "%s"}' "$server" "$HELPER_USER" s3cret
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home without any configuration."""
    for variable in ("DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE"):
        monkeypatch.delenv(variable, raising=False)
    for variable in ("XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def configure(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))


def login(user, secret="s3cret"):
    return {"auths": {HOST: {"auth": base64.b64encode(f"{user}:{secret}".encode()).decode()}}}


def test_without_a_configuration_there_is_nobody(go, home):
    assert go.authn.resolve(resource=REPOSITORY) == AuthConfig()


@pytest.mark.parametrize("resource", [REPOSITORY, name.new_registry(HOST)])
def test_dockers_configuration_is_found_in_the_home(go, home, resource):
    configure(home / ".docker" / "config.json", login("ann"))
    found = go.authn.resolve(resource=resource)
    assert (found.username, found.password) == ("ann", "s3cret")


def test_the_environment_is_that_of_now(go, home, monkeypatch):
    for user in ("ann", "bob"):
        folder = home / user
        configure(folder / ".docker" / "config.json", login(user))
        monkeypatch.setenv("HOME", str(folder))
        assert go.authn.resolve(resource=REPOSITORY).username == user
    configure(home / "elsewhere" / "config.json", login("eve"))
    monkeypatch.setenv("DOCKER_CONFIG", str(home / "elsewhere"))
    assert go.authn.resolve(resource=REPOSITORY).username == "eve"
    monkeypatch.delenv("DOCKER_CONFIG")
    assert go.authn.resolve(resource=REPOSITORY).username == "bob"


def test_podmans_configuration_is_the_second_choice(go, home, monkeypatch):
    configure(home / ".config" / "containers" / "auth.json", login("pod"))
    assert go.authn.resolve(resource=REPOSITORY).username == "pod"
    configure(home / "run" / "containers" / "auth.json", login("run"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "run"))
    assert go.authn.resolve(resource=REPOSITORY).username == "run"
    configure(home / "file.json", login("file"))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(home / "file.json"))
    assert go.authn.resolve(resource=REPOSITORY).username == "file"


@pytest.mark.parametrize(
    "document",
    [{"credHelpers": {HOST: "tests"}}, {"credsStore": "tests", "auths": {HOST: {}}}],
)
def test_credential_helpers_are_asked(go, home, monkeypatch, document):
    helper = home / "bin" / "docker-credential-tests"
    helper.parent.mkdir()
    helper.write_text(HELPER)
    helper.chmod(helper.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(helper.parent), prepend=":")
    monkeypatch.setenv("HELPER_USER", "helped")
    configure(home / ".docker" / "config.json", document)
    found = go.authn.resolve(resource=REPOSITORY)
    assert (found.username, found.password) == ("helped", "s3cret")


def test_a_configuration_that_is_no_json_is_an_error(go, home):
    (home / ".docker").mkdir()
    (home / ".docker" / "config.json").write_text("{")
    with pytest.raises(TruncatedError, match="unexpected EOF"):
        go.authn.resolve(resource=REPOSITORY)


def test_a_variable_that_is_no_text_does_no_harm(go, home, monkeypatch):
    monkeypatch.setenv("PYGGCR_TEST_BYTES", "\udcff")
    assert go.authn.resolve(resource=REPOSITORY) == AuthConfig()
    assert os.getenvb(b"PYGGCR_TEST_BYTES") == b"\xff"


def test_the_default_keychain_logs_in(go, home, locked_registry, open_image, small_archive):
    ref = name.parse_reference(f"{locked_registry.host}/tests/go:1")
    configure(
        home / ".docker" / "config.json",
        {
            "auths": {
                locked_registry.host: {
                    "auth": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
                }
            }
        },
    )
    image = open_image(small_archive)
    go.remote.write(
        reference=ref,
        image=image,
        client=client_of(go, keychain=DEFAULT_KEYCHAIN),
    )
    found = go.remote.head(reference=ref, client=client_of(go, auth=Basic(USER, PASSWORD)))
    assert found.digest == image.digest()


@pytest.mark.parametrize("options", [{}, {"auth": Basic(USER, "wrong")}])
def test_who_is_not_known_is_refused_and_no_secret_shown(go, locked_registry, options):
    ref = name.parse_reference(f"{locked_registry.host}/tests/go:1")
    with pytest.raises(TransportError) as raised:
        go.remote.get(reference=ref, client=client_of(go, **options))
    assert raised.value.status == 401
    assert "wrong" not in str(raised.value)
    with pytest.raises(TransportError):
        go.remote.check_push_permission(reference=ref, client=client_of(go, **options))
