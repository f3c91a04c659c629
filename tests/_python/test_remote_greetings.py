"""How often the Python engine greets a registry: once for each client, and once for a copy."""

from __future__ import annotations

import concurrent.futures
import threading
import time

import pytest
from support.fake_server import Answer, FakeServer

from pyggcr import crane, limits, name, random, remote
from pyggcr._python.remote.ping import Greetings, _Greeting
from pyggcr._python.remote.transport import Transport
from pyggcr._values.remote import RemoteOptions
from pyggcr.errors import CancelledError, TransportError
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


@pytest.mark.parametrize("status", [200, 418])
def test_threads_that_come_at_once_share_a_greeting(status):
    threads = 4
    come = threading.Barrier(threads)

    def answer(asked):
        if asked.path != "/v2/":
            return Answer(200, b'{"name":"a","tags":["1"]}')
        time.sleep(0.2)  # for the others to come
        return Answer(status)

    def ask(number):
        come.wait()
        try:
            return puller.list_tags(f"{server.host}/{number}")
        except TransportError as error:
            return error.status

    with (
        FakeServer(answer) as server,
        remote.Puller(engine="python") as puller,
        concurrent.futures.ThreadPoolExecutor(threads) as pool,
    ):
        told = list(pool.map(ask, "abcd"))
        assert told == [["1"] if status == 200 else 418] * threads
        assert greetings(server) == 1


def test_who_greets_and_is_told_to_stop_leaves_it_to_the_next():
    cancel = limits.CancelToken()
    asked = threading.Event()

    def answer(request):
        if request.path == "/v2/" and not asked.is_set():
            asked.set()
            time.sleep(0.5)
        return Answer(200, b'{"name":"a","tags":["1"]}')

    with (
        FakeServer(answer) as server,
        remote.Puller(engine="python") as puller,
        concurrent.futures.ThreadPoolExecutor(2) as pool,
    ):
        first = pool.submit(puller.list_tags, f"{server.host}/a", cancel=cancel)
        asked.wait()
        second = pool.submit(puller.list_tags, f"{server.host}/b")
        cancel.cancel()
        with pytest.raises(CancelledError):
            first.result()
        assert second.result() == ["1"]


def test_a_process_does_not_wait_for_its_parent_s_greeting():
    """As after a fork, when a thread of the parent was at it."""
    with FakeServer(lambda _: Answer()) as server:
        registry = name.new_registry(server.host)
        told = Greetings(Transport(RemoteOptions()))
        told._said[registry] = _Greeting(process=-1)
        with limits.limit(timeout=30):
            assert told.greet(registry).scheme == ""
        assert greetings(server) == 1
        told.transport.forget_connections()
