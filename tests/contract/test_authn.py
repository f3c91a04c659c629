"""Credentials: who gives which, in what order keychains are asked, and that none are shown."""

from __future__ import annotations

import pickle

import pytest

from pyggcr import authn
from pyggcr.name import Registry, Repository

REGISTRY = Registry("registry.example.com")
REPOSITORY = Repository(REGISTRY, "team/app")
SECRETS = authn.AuthConfig("ann", "PASS-1", "AUTH-2", "IDENTITY-3", "REGISTRY-4")


class Knows:
    """A keychain that knows one repository or registry, and keeps count."""

    def __init__(self, resource: object, answer: authn.Authenticator) -> None:
        self.resource, self.answer, self.asked = resource, answer, []

    def resolve(self, resource: authn.Resource) -> authn.Authenticator:
        self.asked.append(resource)
        return self.answer if resource == self.resource else authn.ANONYMOUS


@pytest.mark.parametrize(
    ("authenticator", "config"),
    [
        (authn.ANONYMOUS, authn.AuthConfig()),
        (authn.Basic("ann", "PASS-1"), authn.AuthConfig(username="ann", password="PASS-1")),
        (authn.Bearer("REGISTRY-4"), authn.AuthConfig(registry_token="REGISTRY-4")),
        (authn.FromConfig(SECRETS), SECRETS),
    ],
)
def test_an_authenticator_gives_its_credentials(authenticator, config):
    assert authenticator.authorization() == config


@pytest.mark.parametrize(
    "holder",
    [
        SECRETS,
        authn.FromConfig(SECRETS),
        authn.Basic("ann", "PASS-1"),
        authn.Bearer("REGISTRY-4"),
        authn.MultiKeychain(Knows(REGISTRY, authn.Basic("ann", "PASS-1"))),
    ],
)
def test_nothing_that_holds_a_secret_shows_it(holder):
    shown = f"{holder!r} {holder} {[holder]}"
    assert [it for it in ("PASS-1", "AUTH-2", "IDENTITY-3", "REGISTRY-4") if it in shown] == []


def test_a_repr_says_what_is_there():
    config = authn.AuthConfig(username="ann", password="PASS-1")
    assert repr(config) == "AuthConfig(username='ann', password=…)"
    assert repr(authn.AuthConfig()) == "AuthConfig()"


def test_the_first_keychain_that_knows_something_is_taken():
    ann, bob = authn.Basic("ann", "a"), authn.Basic("bob", "b")
    first, second, third = Knows(REGISTRY, ann), Knows(REPOSITORY, bob), Knows(REPOSITORY, ann)
    chain = authn.MultiKeychain(first, second, third)
    assert chain.resolve(REPOSITORY) is bob
    assert (first.asked, second.asked, third.asked) == ([REPOSITORY], [REPOSITORY], [])


def test_keychains_that_know_nothing_are_anonymous():
    nobody = Knows(REPOSITORY, authn.Basic("ann", "a"))
    assert authn.MultiKeychain(nobody).resolve(REGISTRY) is authn.ANONYMOUS
    assert authn.MultiKeychain().resolve(REGISTRY) is authn.ANONYMOUS


@pytest.mark.parametrize(
    "value", [SECRETS, authn.Basic("ann", "a"), authn.Bearer("b"), authn.DEFAULT_KEYCHAIN]
)
def test_values_can_be_pickled(value):
    assert pickle.loads(pickle.dumps(value)) == value
