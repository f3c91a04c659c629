"""Keychains of helpers, those that renew credentials, GitHub's, and asking with a limit."""

from __future__ import annotations

import time

import pytest

import pyggcr
from pyggcr import authn, name
from pyggcr.authn import github
from pyggcr.errors import CancelledError, DeadlineExceededError, Error

REGISTRY = name.new_registry("registry.example.com")
REPOSITORY = name.new_repository("registry.example.com/team/app")


class Vault:
    """A helper that knows what it is told, and keeps what it was asked."""

    def __init__(self, answer: object) -> None:
        self.answer, self.asked = answer, []

    def get(self, server_url: str) -> tuple[str, str]:
        self.asked.append(server_url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Counting:
    """A keychain that answers with a new password each time."""

    def __init__(self) -> None:
        self.count = 0

    def resolve(self, resource: authn.Resource) -> authn.Authenticator:
        self.count += 1
        return authn.Basic("ann", f"password {self.count}")


@pytest.mark.parametrize(
    ("answer", "config"),
    [
        (("ann", "secret"), authn.AuthConfig(username="ann", password="secret")),
        (("<token>", "secret"), authn.AuthConfig(username="<token>", identity_token="secret")),
        (("", ""), authn.AuthConfig()),
    ],
)
def test_a_helper_is_asked_for_the_registry(answer, config):
    helper = Vault(answer)

    found = authn.KeychainFromHelper(helper).resolve(REPOSITORY)

    assert authn.authorization(found) == config
    assert helper.asked == ["registry.example.com"]


@pytest.mark.parametrize("error", [Error("locked"), OSError("gone"), ValueError("no")])
def test_an_error_of_a_helper_means_that_there_are_no_credentials(error):
    keychain = authn.KeychainFromHelper(Vault(error))

    assert authn.resolve(keychain, REGISTRY) is authn.ANONYMOUS


def test_a_limit_is_no_error_of_a_helper():
    keychain = authn.KeychainFromHelper(Vault(CancelledError("context canceled")))

    with pytest.raises(CancelledError):
        authn.resolve(keychain, REGISTRY)


def test_credentials_are_asked_for_anew_when_they_are_old():
    inner = Counting()
    always = authn.refreshing_keychain(inner, 0).resolve(REGISTRY)
    passwords = [always.authorization().password for _ in range(3)]
    assert passwords == ["password 2", "password 3", "password 4"]

    seldom = authn.refreshing_keychain(inner, 3600).resolve(REGISTRY)
    assert {seldom.authorization().password for _ in range(3)} == {"password 5"}


def test_who_is_anonymous_stays_so():
    keychain = authn.refreshing_keychain(authn.MultiKeychain(), 0)

    assert keychain.resolve(REGISTRY) is authn.ANONYMOUS


def test_errors_of_the_keychain_are_passed_on():
    class Broken:
        def resolve(self, resource: authn.Resource) -> authn.Authenticator:
            raise Error("broken")

    with pytest.raises(Error, match="broken"):
        authn.refreshing_keychain(Broken(), 1).resolve(REGISTRY)


def test_limits_hold_while_a_keychain_is_asked():
    class Slow:
        def resolve(self, resource: authn.Resource) -> authn.Authenticator:
            while True:
                pyggcr.limits.current().check()
                time.sleep(0.005)

        def authorization(self) -> authn.AuthConfig:
            self.resolve(REGISTRY)

    with pytest.raises(DeadlineExceededError):
        authn.resolve(Slow(), REGISTRY, timeout=0.01)
    with pytest.raises(DeadlineExceededError):
        authn.authorization(Slow(), timeout=0.01)


def test_the_engines_use_what_these_keychains_find(engine, locked_registry):
    from support.registries import PASSWORD, USER

    helper = authn.KeychainFromHelper(Vault((USER, PASSWORD)))
    for keychain in (helper, authn.refreshing_keychain(helper, 0)):
        tags = pyggcr.crane.catalog(locked_registry.host, keychain=keychain, engine=engine)
        assert isinstance(tags, list)
    with pytest.raises(pyggcr.errors.TransportError):
        pyggcr.crane.catalog(locked_registry.host, auth=authn.ANONYMOUS, engine=engine)


def test_any_resource_can_be_asked_about(engine, monkeypatch, tmp_path):
    """A resource of one's own is looked up by its text, then by its registry."""

    class Team:
        def __str__(self) -> str:
            return "registry.example.com/team"

        def registry_str(self) -> str:
            return "registry.example.com"

    (tmp_path / "config.json").write_text(
        '{"auths":{"registry.example.com/team":{"auth":"YW5uOnNlY3JldA=="}}}'
    )
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pyggcr.use_engine(engine):
        found = authn.DEFAULT_KEYCHAIN.resolve(Team())
    assert found.authorization() == authn.AuthConfig(username="ann", password="secret")


class TestGitHub:
    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch):
        monkeypatch.setenv("GITHUB_ACTOR", "ann")
        monkeypatch.setenv("GITHUB_TOKEN", "secret")

    @pytest.mark.parametrize(
        ("repository", "known"),
        [
            ("ghcr.io/team/app", True),
            ("ghcr.io:443/team/app", True),
            ("docker.ghcr.io/team/app", False),
            ("ghcr.io.example.com/team/app", False),
            ("gcr.io/team/app", False),
            ("team/app", False),
        ],
    )
    def test_the_host_decides(self, repository, known):
        found = github.KEYCHAIN.resolve(name.new_repository(repository))

        assert found == (authn.Basic("ann", "secret") if known else authn.ANONYMOUS)

    def test_the_environment_is_read_each_time(self, monkeypatch):
        registry = name.new_registry("ghcr.io")
        monkeypatch.delenv("GITHUB_ACTOR")
        assert github.KEYCHAIN.resolve(registry) == authn.Basic("unset", "secret")
        monkeypatch.setenv("GITHUB_TOKEN", "")
        assert github.KEYCHAIN.resolve(registry) is authn.ANONYMOUS

    @pytest.mark.parametrize("text", ["ghcr.io:port", "ghcr.io%zz", "user@ghcr.io/app", ""])
    def test_what_is_no_host_is_nobodys(self, text):
        class Odd:
            def __str__(self) -> str:
                return text

            def registry_str(self) -> str:
                return text

        known = text.startswith("user@")  # as url.Parse reads it
        assert (github.KEYCHAIN.resolve(Odd()) is not authn.ANONYMOUS) == known
