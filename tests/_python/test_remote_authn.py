"""The default keychain of the Python engine; where Go is there too, it says the same."""

from __future__ import annotations

import base64
import json
import stat
import time
from pathlib import Path

import pytest

from pyggcr import limits, name
from pyggcr._python import authn
from pyggcr._python.authn.keychains import resolve_by
from pyggcr.authn import (
    ANONYMOUS,
    DEFAULT_KEYCHAIN,
    AuthConfig,
    Basic,
    Keychain,
    MultiKeychain,
)
from pyggcr.errors import CancelledError, Error, FileAccessError, JSONError

SECRET = "hunter2-is-secret"
REPOSITORY = name.new_repository("registry.example.com/team/app")
HUB = name.new_repository("team/app")
_VARIABLES = (
    "DOCKER_CONFIG",
    "DOCKER_AUTH_CONFIG",
    "REGISTRY_AUTH_FILE",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home without any configuration; programs are looked for in its folder ``bin`` too."""
    for variable in _VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return tmp_path


def write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = document if isinstance(document, str) else json.dumps(document)
    path.write_text(text)


def encoded(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def helper(home: Path, suffix: str, script: str) -> None:
    path = home / "bin" / f"docker-credential-{suffix}"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


ANN = AuthConfig(username="ann", password=SECRET)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"auths": {"registry.example.com": {"auth": encoded("ann", SECRET)}}}, ANN),
        (
            {"auths": {"registry.example.com": {"username": "ann", "password": SECRET}}},
            ANN,
        ),
        ({"auths": {"registry.example.com/team/app": {"auth": encoded("ann", SECRET)}}}, ANN),
        ({"auths": {"https://registry.example.com/v2/": {"auth": encoded("ann", SECRET)}}}, ANN),
        ({"auths": {"registry.example.com": {}}}, AuthConfig()),
        ({"auths": {}}, AuthConfig()),
        ({}, AuthConfig()),
        ({"auths": {"other.example.com": {"auth": encoded("ann", SECRET)}}}, AuthConfig()),
        (
            {"auths": {"registry.example.com": {"identitytoken": SECRET}}},
            AuthConfig(identity_token=SECRET),
        ),
        (
            {"auths": {"registry.example.com": {"registrytoken": SECRET}}},
            AuthConfig(registry_token=SECRET),
        ),
        (
            {
                "auths": {
                    "registry.example.com/team/app": {"auth": encoded("ann", SECRET)},
                    "registry.example.com": {"auth": encoded("bob", "other")},
                }
            },
            ANN,
        ),
    ],
)
def test_credentials_are_found_in_dockers_configuration(home, config, found):
    write(home / ".docker" / "config.json", config)

    assert authn.resolve(REPOSITORY) == found


def test_docker_hub_is_known_by_its_old_address(home):
    auths = {"https://index.docker.io/v1/": {"auth": encoded("ann", SECRET)}}
    write(home / ".docker" / "config.json", {"auths": auths})

    assert authn.resolve(HUB) == ANN
    assert authn.resolve(HUB.registry) == ANN


def test_the_variable_for_dockers_folder_counts(home, monkeypatch):
    auths = {"registry.example.com": {"auth": encoded("ann", SECRET)}}
    write(home / "elsewhere" / "config.json", {"auths": auths})
    monkeypatch.setenv("DOCKER_CONFIG", str(home / "elsewhere"))

    assert authn.resolve(REPOSITORY) == ANN


@pytest.mark.parametrize("variable", ["REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"])
def test_podmans_file_is_read_where_there_is_none_of_docker(home, monkeypatch, variable):
    path = home / "some" / "containers" / "auth.json"
    write(path, {"auths": {"registry.example.com": {"auth": encoded("ann", SECRET)}}})
    where = path if variable == "REGISTRY_AUTH_FILE" else home / "some"
    monkeypatch.setenv(variable, str(where))

    assert authn.resolve(REPOSITORY) == ANN

    write(home / ".docker" / "config.json", {})
    assert authn.resolve(REPOSITORY) == AuthConfig()


def test_podmans_file_is_in_the_home_by_default(home):
    auths = {"registry.example.com": {"auth": encoded("ann", SECRET)}}
    write(home / ".config" / "containers" / "auth.json", {"auths": auths})

    assert authn.resolve(REPOSITORY) == ANN


def test_nothing_configured_is_nobody():
    assert authn.resolve(REPOSITORY) == AuthConfig()
    assert resolve_by(DEFAULT_KEYCHAIN, REPOSITORY) is ANONYMOUS


def test_an_empty_file_is_nobody(home):
    write(home / ".docker" / "config.json", "")

    assert authn.resolve(REPOSITORY) == AuthConfig()


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ('{"auths":', "unexpected EOF"),
        ('{"auths": {"a": {"auth": "!"}}}', "illegal base64 data at input byte 0"),
        ('{"auths": {"a": {"auth": "YQ=="}}}', "invalid auth configuration file"),
        (
            '{"auths": 5}',
            (
                "json: cannot unmarshal number into Go struct field ConfigFile.auths of type "
                "map[string]types.AuthConfig"
            ),
        ),
    ],
)
def test_a_malformed_file_is_an_error(home, config, text):
    path = home / ".docker" / "config.json"
    write(path, config)

    with pytest.raises(Error) as caught:
        authn.resolve(REPOSITORY)
    assert str(caught.value) == f"parsing config file ({path}): {text}"


def test_a_helper_is_asked_for_its_registry(home):
    helper(
        home,
        "mine",
        f'read host; echo "{{\\"Username\\":\\"$host\\",\\"Secret\\":\\"{SECRET}\\"}}"',
    )
    helpers = {"registry.example.com": "mine"}
    write(home / ".docker" / "config.json", {"credHelpers": helpers, "credsStore": "none"})

    found = authn.resolve(REPOSITORY.registry)
    assert found == AuthConfig(username="registry.example.com", password=SECRET)


def test_the_store_is_asked_for_all_others(home):
    helper(home, "all", f'echo "{{\\"Username\\":\\"ann\\",\\"Secret\\":\\"{SECRET}\\"}}"')
    write(home / ".docker" / "config.json", {"credsStore": "all", "auths": {"x": {}}})

    assert authn.resolve(REPOSITORY) == ANN


def test_an_identity_token_of_a_helper_has_no_user(home):
    helper(home, "all", f'echo "{{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"{SECRET}\\"}}"')
    write(home / ".docker" / "config.json", {"credsStore": "all"})

    assert authn.resolve(REPOSITORY) == AuthConfig(identity_token=SECRET)


def test_a_helper_that_knows_nothing_is_no_error(home):
    helper(home, "all", 'echo "credentials not found in native keychain"; exit 1')
    write(home / ".docker" / "config.json", {"credsStore": "all"})

    assert authn.resolve(REPOSITORY) == AuthConfig()


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("echo broken; exit 3", "error getting credentials - err: exit status 3, out: `broken`"),
        (
            None,
            (
                'error getting credentials - err: exec: "docker-credential-all": executable file '
                "not found in $PATH, out: ``"
            ),
        ),
    ],
)
def test_a_helper_that_fails_is_an_error(home, script, text):
    if script is not None:
        helper(home, "all", script)
    write(home / ".docker" / "config.json", {"credsStore": "all"})

    with pytest.raises(Error) as caught:
        authn.resolve(REPOSITORY)
    assert str(caught.value) == text


def test_a_helper_is_no_path(home):
    write(home / "bin" / "docker-credential-x" / "run", "")
    write(home / ".docker" / "config.json", {"credsStore": "x/run"})

    with pytest.raises(Error, match="executable file not found"):
        authn.resolve(REPOSITORY)


def test_a_helper_is_run_without_a_shell(home):
    write(home / ".docker" / "config.json", {"credsStore": f"x; touch {home}/hacked"})

    with pytest.raises(Error):
        authn.resolve(REPOSITORY)
    assert not (home / "hacked").exists()


def test_a_helper_that_hangs_ends_with_the_call(home):
    helper(home, "all", "exec sleep 60")
    write(home / ".docker" / "config.json", {"credsStore": "all"})

    begin = time.monotonic()
    with pytest.raises(CancelledError), limits.limit(timeout=0.2):
        authn.resolve(REPOSITORY)
    assert time.monotonic() - begin < 1.2


def test_the_environment_may_hold_a_configuration(home, monkeypatch):
    write(home / ".docker" / "config.json", {})
    auths = {"registry.example.com": {"auth": encoded("ann", SECRET)}}
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", json.dumps({"auths": auths}))

    assert authn.resolve(REPOSITORY) == ANN


def test_a_file_that_may_not_be_read_is_an_error(home):
    path = home / ".docker" / "config.json"
    path.parent.mkdir()
    path.symlink_to("/proc/self/mem")  # opens, but gives nothing

    with pytest.raises(FileAccessError):
        authn.resolve(REPOSITORY)


class Known(Keychain):
    """A keychain of the user's own."""

    def resolve(self, resource):
        return Basic("ann", SECRET) if resource == REPOSITORY else ANONYMOUS


def test_the_first_keychain_that_knows_something_is_taken(home):
    auths = {"registry.example.com": {"auth": encoded("bob", "other")}}
    write(home / ".docker" / "config.json", {"auths": auths})
    both = MultiKeychain(Known(), DEFAULT_KEYCHAIN)

    assert resolve_by(both, REPOSITORY) == Basic("ann", SECRET)
    other = resolve_by(both, REPOSITORY.registry)
    assert other.authorization() == AuthConfig(username="bob", password="other")


def test_no_secret_is_in_a_repr_or_an_error(home):
    write(home / ".docker" / "config.json", {"auths": {"a": {"auth": encoded("", SECRET)}}})
    with pytest.raises(JSONError) as caught:
        authn.resolve(REPOSITORY)

    texts = [str(caught.value), repr(caught.value), repr(ANN), repr(Basic("ann", SECRET))]
    assert not any(SECRET in text or encoded("", SECRET) in text for text in texts)


CONFIGS = [
    {"auths": {"registry.example.com": {"auth": encoded("ann", SECRET + "\x00")}}},
    {"auths": {"registry.example.com": {"auth": encoded("ann", "a:b")}}},
    {"auths": {"http://registry.example.com": {"auth": encoded("ann", SECRET)}}},
    {"auths": {"registry.example.com/v1": {"auth": encoded("ann", SECRET)}}},
    {"auths": {"registry.example.com:443": {"auth": encoded("ann", SECRET)}}},
    {"auths": {"registry.example.com": {"auth": encoded("ann", ""), "email": "x"}}},
    {"Auths": {"registry.example.com": {"AUTH": encoded("ann", SECRET)}}},
    {"auths": {"registry.example.com": {"auth": encoded("ann", SECRET), "registrytoken": "t"}}},
    {"auths": {"registry.example.com": {"username": "only"}}},
    {"auths": None, "credHelpers": None},
    {"credHelpers": {"registry.example.com": ""}, "credsStore": "missing"},
    {"credsStore": 5},
    [],
]


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_go_says_the_same(go_engine, home, config):
    from pyggcr._go import authn as go

    write(home / ".docker" / "config.json", config)

    assert answer(authn.resolve) == answer(go.resolve)


def answer(resolve) -> object:
    try:
        return resolve(resource=REPOSITORY)
    except Error as error:
        return type(error), str(error)
