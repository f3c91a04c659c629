"""The tables of go-containerregistry's tests of pkg/authn, on both engines."""

from __future__ import annotations

import base64
import itertools
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.upstream_tables import rows

import pyggcr
from pyggcr import authn, name
from pyggcr.errors import Error

VARIABLES = ("DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR")


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    for variable in (*VARIABLES, "XDG_CONFIG_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def resolve(engine, resource="test.io"):
    with pyggcr.use_engine(engine):
        named = name.new_repository(resource) if "/" in resource else name.new_registry(resource)
        return authn.DEFAULT_KEYCHAIN.resolve(named)


def write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))


@pytest.mark.parametrize("row", rows("authn", "TestVariousPaths"))
def test_what_a_configuration_file_says(engine, home, row):
    write(home / ".docker" / "config.json", row["file"])
    if row.get("error"):
        with pytest.raises(Error):
            resolve(engine, row["for"])
        return
    found = resolve(engine, row["for"])
    if row["user"] is None:
        assert found is authn.ANONYMOUS
    else:
        assert found.authorization() == authn.AuthConfig(*row["user"])


@pytest.mark.parametrize("row", rows("authn", "TestNoConfig and TestConfigFileIsADir"))
def test_no_configuration_file(engine, monkeypatch, home, row):
    monkeypatch.setenv("DOCKER_CONFIG", str(home))
    if row["what"] == "a folder":
        (home / "config.json").mkdir()
    assert resolve(engine) is authn.ANONYMOUS


@pytest.mark.parametrize("row", rows("authn", "TestPodmanConfig"))
def test_which_file_is_taken(engine, monkeypatch, home, row):
    """Each file has credentials of its own, named after where it lies."""
    places = {
        "REGISTRY_AUTH_FILE": ("registry", "auth.json"),
        "XDG_RUNTIME_DIR": ("runtime", "containers", "auth.json"),
        "XDG_CONFIG_HOME": ("config", "containers", "auth.json"),
        "DOCKER_CONFIG": ("docker", "config.json"),
        "home": (".docker", "config.json"),
        "home-config": (".config", "containers", "auth.json"),
    }
    for place in row["files"]:
        folder, *inside = places[place]
        path = home.joinpath(folder, *inside)
        pair = base64.b64encode(f"{place}-foo:{place}-bar".encode()).decode()
        write(path, {"auths": {"test.io": {"auth": pair}}})
        if not place.startswith("home"):
            value = path if place == "REGISTRY_AUTH_FILE" else home / folder
            monkeypatch.setenv(place, str(value))
    taken = row["user"]
    expected = authn.AuthConfig(f"{taken}-foo", f"{taken}-bar")
    assert resolve(engine).authorization() == expected


@pytest.mark.parametrize("row", rows("authn", "Authenticators"))
def test_authenticators(row):
    made = {
        "anonymous": lambda: authn.ANONYMOUS,
        "basic": authn.Basic,
        "bearer": authn.Bearer,
    }[row["of"]](*row.get("given", ()))
    assert made.authorization() == authn.AuthConfig(**row["config"])


class Fixed:
    """A keychain that knows registries."""

    def __init__(self, known):
        self.known = known

    def resolve(self, resource):
        return self.known.get(resource.registry_str(), authn.ANONYMOUS)


@pytest.mark.parametrize("row", rows("authn", "TestMultiKeychain"))
def test_keychains_in_turn(row):
    users = {user: authn.Basic(user, "secret") for user in ("one", "two", "three")}
    chains = [
        Fixed({host: users[user] for host, user in known.items()}) for known in row["keychains"]
    ]
    chain = chains[0] if len(chains) == 1 else authn.MultiKeychain(*chains)
    expected = users.get(row["user"], authn.ANONYMOUS)
    assert chain.resolve(name.new_registry(row["for"])) is expected


@pytest.mark.parametrize("row", rows("authn", "TestAuthConfigMarshalJSON"))
def test_credentials_are_written(row):
    assert authn.AuthConfig(**row["config"]).marshal().decode() == row["json"]


@pytest.mark.parametrize("row", rows("authn", "TestAuthConfigUnmarshalJSON"))
def test_credentials_are_read(row):
    if "error" in row:
        with pytest.raises(Error) as raised:
            authn.AuthConfig.parse(row["json"].encode())
        assert str(raised.value).startswith(row["error"])
    else:
        assert authn.AuthConfig.parse(row["json"].encode()) == authn.AuthConfig(**row["config"])


@pytest.mark.parametrize("row", rows("authn", "TestNewKeychainFromHelper"))
def test_a_helper_of_ones_own(row):
    class Helper:
        def get(self, server_url):
            assert server_url == "example.com"
            if row["says"] is None:
                raise LookupError("oh no bad")
            return tuple(row["says"])

    found = authn.KeychainFromHelper(Helper()).resolve(name.new_repository("example.com/my/repo"))
    if row["config"] is None:
        assert found is authn.ANONYMOUS
    else:
        assert found.authorization() == authn.AuthConfig(**row["config"])


@pytest.mark.parametrize("row", rows("authn", "TestRefreshingAuth"))
def test_credentials_that_are_refreshed(monkeypatch, row):
    """The clock goes on by a minute whenever somebody looks at it."""
    now = itertools.count(0, 60.0 * row["minutes_between"])
    monkeypatch.setattr("pyggcr._values.authn.time", SimpleNamespace(monotonic=lambda: next(now)))
    resolved = []

    class Counting:
        def resolve(self, resource):
            resolved.append(resource)
            return authn.Basic("foo", "secret")

    seconds = 60.0 * row["refresh_after_minutes"]
    chain = authn.refreshing_keychain(Counting(), seconds)
    found = chain.resolve(name.new_repository("example.com/my/repo"))
    for _ in range(row["calls"]):
        assert found.authorization() == authn.AuthConfig("foo", "secret")
    assert len(resolved) == row["resolved"]
