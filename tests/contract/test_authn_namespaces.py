"""Credentials for parent namespaces, beside skopeo, which finds them as Podman does."""

from __future__ import annotations

import base64
import json
import subprocess

import pytest
from support.credential_table import StandIn

from pyggcr import authn, name, remote, use_engine
from pyggcr.errors import Error


def auth(user: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:secret".encode()).decode()}


@pytest.fixture
def stand_in():
    registry = StandIn(tokens=False)
    yield registry
    registry.close()


@pytest.fixture
def write(tmp_path, monkeypatch):
    """``write({…})``: the file that ``REGISTRY_AUTH_FILE`` names; there is no other."""
    for variable in ("DOCKER_AUTH_CONFIG", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "auth.json"
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(path))

    def write(document: object) -> None:
        path.write_text(json.dumps(document))

    return write


TABLE = [
    {"{r}/team/sub/app": auth("repository"), "{r}/team": auth("team"), "{r}": auth("registry")},
    {"{r}/team/sub": auth("namespace"), "{r}/team": auth("team"), "{r}": auth("registry")},
    {"{r}/team": auth("team"), "{r}": auth("registry")},
    {"{r}/other": auth("other"), "{r}": auth("registry")},
    {"{r}/tea": auth("other"), "{r}/team/su": auth("other"), "{r}": auth("registry")},
    {"{r}": auth("registry")},
    {"https://{r}/v1/": auth("address")},
    {"http://{r}": auth("address"), "{r}/team": auth("team")},
    {"{r}/team": auth("team"), "{r}/team/sub": auth("namespace")},
]


@pytest.mark.parametrize("auths", TABLE, ids=range(len(TABLE)))
def test_the_entry_is_the_one_that_skopeo_takes(engine, stand_in, write, auths, run_skopeo):
    write({"auths": {key.replace("{r}", stand_in.host): it for key, it in auths.items()}})
    image = f"{stand_in.host}/team/sub/app:1"

    subprocess.run(
        ["skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{image}"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    theirs = credentials_of(stand_in)
    remote.head(image, keychain=authn.NAMESPACE_KEYCHAIN, engine=engine)

    assert credentials_of(stand_in) == theirs != set()


def credentials_of(stand_in: StandIn) -> set[str]:
    return {it[2] for it in stand_in.take()} - {""}


def user(repository: str) -> str:
    found = authn.NAMESPACE_KEYCHAIN.resolve(name.new_repository(repository))
    return found.authorization().username


def test_what_is_for_one_namespace_is_never_used_for_another(write):
    write({"auths": {"registry.example.com/team": auth("team")}})

    assert user("registry.example.com/team/app") == "team"
    assert user("registry.example.com/other/app") == ""
    assert authn.NAMESPACE_KEYCHAIN.resolve(name.new_registry("registry.example.com")) is (
        authn.ANONYMOUS
    )


def test_the_default_keychain_takes_any_namespace_of_the_host(engine, write):
    write({"auths": {f"registry.example.com/{it}": auth(it) for it in ("a", "b")}})
    resource = name.new_repository("registry.example.com/c/app")

    with use_engine(engine):
        found = {
            authn.DEFAULT_KEYCHAIN.resolve(resource).authorization().username for _ in range(5)
        }

    assert found <= ({"a", "b"} if engine == "go" else {"a"})
    assert found
    assert user("registry.example.com/c/app") == ""


def test_docker_hub_has_several_names(write):
    write(
        {
            "auths": {
                "https://index.docker.io/v1/": auth("hub"),
                "docker.io/library": auth("library"),
                "docker.io/team/app": auth("app"),
            }
        }
    )

    assert (user("alpine"), user("team/app"), user("team/other")) == ("library", "app", "hub")


def test_helpers_are_asked_for_the_registry(write, tmp_path, monkeypatch):
    helper = tmp_path / "bin" / "docker-credential-tests"
    helper.parent.mkdir()
    helper.write_text('#!/bin/sh\nprintf \'{"Username":"%s","Secret":"secret"}\' "$(cat)"\n')
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{helper.parent}:/usr/bin:/bin")

    write({"credHelpers": {"registry.example.com": "tests"}, "auths": {"a.example.com": auth("a")}})
    assert user("registry.example.com/team/app") == "registry.example.com"
    assert (user("a.example.com/team/app"), user("b.example.com/team/app")) == ("a", "")

    write({"credsStore": "tests", "auths": {"a.example.com/team": auth("a")}})
    assert user("a.example.com/team/app") == "a"
    assert user("b.example.com/team/app") == "b.example.com"


def test_the_variable_wins(write, monkeypatch):
    write({"auths": {"registry.example.com/team/app": auth("file")}})
    monkeypatch.setenv(
        "DOCKER_AUTH_CONFIG", json.dumps({"auths": {"registry.example.com/team": auth("variable")}})
    )

    assert user("registry.example.com/team/app") == "variable"
    assert user("registry.example.com/other/app") == ""


def test_a_damaged_file_is_an_error(write):
    write([])

    with pytest.raises(Error, match="cannot unmarshal array"):
        user("registry.example.com/team/app")
