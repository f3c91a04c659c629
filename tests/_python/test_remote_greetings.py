"""How often the Python engine greets a registry: once for each client, and once for a copy."""

from __future__ import annotations

import pytest
from support.fake_server import Answer, FakeServer

from pyggcr import crane, random, remote
from pyggcr.errors import TransportError
from pyggcr.registry import serve


def greetings(server) -> int:
    return server.paths("GET").count("/v2/")


@pytest.fixture
def source(faulty):
    """An image in a registry; the proxy before it; requests are noted from now on."""
    with serve(conforming=True, engine="python") as registry:
        proxy = faulty(registry.host)
        remote.write(f"{proxy.host}/a:1", random.image(64, 2, engine="python"), engine="python")
        proxy.requests.clear()
        yield proxy


def test_a_copy_in_a_registry_greets_it_once_even_if_it_mounts(source):
    crane.copy(f"{source.host}/a:1", f"{source.host}/b:1", engine="python")
    assert len([path for path in source.paths("POST") if "mount=" in path]) == 3
    assert greetings(source) == 1


def test_a_copied_repository_greets_its_registry_once(source):
    crane.copy_repository(f"{source.host}/a", f"{source.host}/b", engine="python")
    assert greetings(source) == 1


def test_a_client_greets_a_registry_once_for_all_repositories():
    with FakeServer(lambda _: Answer(200, b'{"name":"a","tags":["1"]}')) as server:
        with remote.Puller(engine="python") as puller:
            assert puller.list_tags(f"{server.host}/a") == ["1"]
            assert puller.list_tags(f"{server.host}/b") == ["1"]
        assert greetings(server) == 1


def test_a_greeting_that_failed_is_repeated():
    statuses = [418]

    def answer(asked):
        status = statuses.pop() if asked.path == "/v2/" and statuses else 200
        return Answer(status, b'{"name":"a","tags":["1"]}')

    with FakeServer(answer) as server, remote.Puller(engine="python") as puller:
        with pytest.raises(TransportError):
            puller.list_tags(f"{server.host}/a")
        assert puller.list_tags(f"{server.host}/a") == ["1"]
        assert greetings(server) == 2
