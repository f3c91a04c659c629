"""Registries that stall: calls end at once, streams live on, and nothing is left behind."""

from __future__ import annotations

import gc
import socket
import threading
from pathlib import Path

import pytest
from support.boundary import (
    AT_ONCE,
    Stopwatch,
    Wrapped,
    cancelled_soon,
    client_of,
    impatient_client,
    read_exactly,
    wait_until,
)
from support.faulty_proxy import Fault, drop, stall

from pyggcr import limits, name
from pyggcr._go import open_handles
from pyggcr._values.remote import RemoteOptions
from pyggcr.errors import CancelledError, ClosedError, DeadlineExceededError, TransportError

CONFIG_AND_LAYERS = "/blobs/"
EVERYTHING = "/v2/"


@pytest.fixture
def image(open_image, small_archive):
    return open_image(small_archive)


@pytest.fixture
def written(go, served, image):
    """The name of an image in a registry."""
    ref = served("tests/app:1")
    go.remote.write(reference=ref, image=image, client=client_of(go))
    return ref


@pytest.fixture
def black_hole():
    """The host of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield "{}:{}".format(*server.getsockname())


# Every kind of call, on a registry where there is a name, a layer's digest and an image.
JOBS = {
    "get": lambda remote, ref, _digest, _image: remote.get(
        reference=ref, client=remote.client(options=RemoteOptions())
    ),
    "head": lambda remote, ref, _digest, _image: remote.head(
        reference=ref, client=remote.client(options=RemoteOptions())
    ),
    "image": lambda remote, ref, _digest, _image: remote.image(
        reference=ref, client=remote.client(options=RemoteOptions())
    ),
    "index": lambda remote, ref, _digest, _image: remote.index(
        reference=ref, client=remote.client(options=RemoteOptions())
    ),
    "layer": lambda remote, _ref, digest, _image: remote.layer(
        reference=digest, client=remote.client(options=RemoteOptions())
    ),
    "referrers": lambda remote, _ref, digest, _image: remote.referrers(
        reference=digest, client=remote.client(options=RemoteOptions())
    ),
    "list_tags": lambda remote, ref, _digest, _image: remote.list_tags(
        repository=ref.context(), client=remote.client(options=RemoteOptions())
    ),
    "catalog": lambda remote, ref, _digest, _image: remote.catalog(
        registry=ref.context().registry, client=remote.client(options=RemoteOptions())
    ),
    "write": lambda remote, ref, _digest, image: remote.write(
        reference=ref, image=image, client=remote.client(options=RemoteOptions())
    ),
    "put": lambda remote, ref, _digest, image: remote.put(
        reference=ref, source=image, client=remote.client(options=RemoteOptions())
    ),
    "write_layer": lambda remote, ref, _digest, image: remote.write_layer(
        repository=ref.context(),
        layer=image.layers()[0],
        client=remote.client(options=RemoteOptions()),
    ),
    "multi_write": lambda remote, ref, _digest, image: remote.multi_write(
        parts={ref: image}, client=remote.client(options=RemoteOptions())
    ),
    "delete": lambda remote, ref, _digest, _image: remote.delete(
        reference=ref, client=remote.client(options=RemoteOptions())
    ),
    "check_push_permission": lambda remote, ref, _digest, _image: remote.check_push_permission(
        reference=ref, client=remote.client(options=RemoteOptions())
    ),
}


@pytest.mark.parametrize("job", JOBS)
def test_a_token_ends_every_call(go, black_hole, image, job):
    ref = name.parse_reference(f"{black_hole}/a:1")
    digest = ref.context().digest(str(image.digest()))
    token, timer = cancelled_soon()
    with Stopwatch() as watch, limits.limit(cancel=token), pytest.raises(CancelledError) as raised:
        JOBS[job](go.remote, ref, digest, image)
    timer.join()
    assert str(raised.value) == "context canceled"
    assert watch.took < AT_ONCE


def test_a_timeout_ends_a_call(go, black_hole):
    with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError) as raised:
        go.remote.head(
            reference=name.parse_reference(f"{black_hole}/a:1"),
            client=client_of(go),
        )
    assert str(raised.value) == "context deadline exceeded"


def test_a_cancelled_call_closes_its_connections(go, served, written, faulty):
    proxy = faulty(served.host, Fault("GET", "/manifests/", stall(0), times=None))
    ref = name.parse_reference(f"{proxy.host}/tests/app:1")
    with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError):
        go.remote.get(reference=ref, client=client_of(go))
    wait_until(lambda: not connections_to(proxy.host))


def connections_to(host):
    """The sockets of this process that are connected to this address of 127.0.0.1."""
    with Path("/proc/self/net/tcp").open(encoding="ascii") as table:
        port = f"0100007F:{int(host.rpartition(':')[2]):04X}"
        return [line for line in table if line.split()[2] == port and line.split()[3] == "01"]


def test_an_image_is_as_good_as_new_after_a_cancelled_call(go, served, written, faulty, image):
    proxy = faulty(served.host, Fault("GET", CONFIG_AND_LAYERS, stall(10)))
    with go.remote.image(
        reference=name.parse_reference(f"{proxy.host}/tests/app:1"),
        client=client_of(go),
    ) as got:
        with limits.limit(timeout=0.2), pytest.raises(DeadlineExceededError):
            got.raw_config_file()
        assert got.raw_config_file() == image.raw_config_file()
        go.validate.image(image=got, fast=False)


def test_it_is_still_the_same_image_when_its_tag_has_moved(go, served, written, faulty, image):
    other = image.layers()[0]
    proxy = faulty(served.host, Fault("GET", CONFIG_AND_LAYERS, stall(10)))
    with go.remote.image(
        reference=name.parse_reference(f"{proxy.host}/tests/app:1"),
        client=client_of(go),
    ) as got:
        changed = Wrapped(image, raw_manifest=lambda: image.raw_manifest() + b" ")
        go.remote.put(reference=written, source=changed, client=client_of(go))
        assert go.remote.head(reference=written, client=client_of(go)).digest != image.digest()
        with limits.limit(timeout=0.2), pytest.raises(DeadlineExceededError):
            got.raw_config_file()
        assert got.raw_config_file() == image.raw_config_file()
        assert got.digest() == image.digest()
        assert got.layers()[0].digest() == other.digest()


def test_a_read_that_waits_ends_and_may_go_on_later(go, served, written, faulty, image):
    layer = max(image.layers(), key=lambda layer: layer.size())
    proxy = faulty(served.host, Fault("GET", str(layer.digest()), stall(1000)))
    ref = name.new_digest(f"{proxy.host}/tests/app@{layer.digest()}")
    with (
        go.remote.layer(reference=ref, client=impatient_client(go)) as remote,
        remote.compressed() as stream,
    ):
        with layer.compressed() as whole:
            expected = whole.read(1000)
        assert read_exactly(stream, 1000) == expected
        for _ in range(2):
            with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError):
                stream.read(1)
        proxy.close()
        with pytest.raises((TransportError, EOFError)):
            stream.read(1)


def test_a_stream_lives_on_when_a_call_of_its_image_is_cancelled(
    go, served, written, faulty, image
):
    proxy = faulty(served.host, Fault("GET", str(image.config_name()), stall(10)))
    with go.remote.image(
        reference=name.parse_reference(f"{proxy.host}/tests/app:1"),
        client=client_of(go),
    ) as got:
        layer = max(got.layers(), key=lambda layer: layer.size())
        with layer.compressed() as stream:
            first = read_exactly(stream, 10)
            with limits.limit(timeout=0.2), pytest.raises(DeadlineExceededError):
                got.raw_config_file()
            rest = stream.readall()
        assert len(first + rest) == layer.size()


def test_a_stream_lives_on_when_its_image_and_layer_are_closed(go, written, image):
    got = go.remote.image(reference=written, client=client_of(go))
    layers = got.layers()
    stream = layers[0].uncompressed()
    got.close()
    for layer in layers:
        layer.close()
    with stream, image.layers()[0].uncompressed() as expected:
        assert stream.readall() == expected.readall()


def test_closing_a_stream_ends_a_read_that_waits(go, served, written, faulty, image):
    digest = image.layers()[0].digest()
    proxy = faulty(served.host, Fault("GET", str(digest), stall(10)))
    ref = name.new_digest(f"{proxy.host}/tests/app@{digest}")
    with go.remote.layer(reference=ref, client=client_of(go)) as layer:
        stream = layer.compressed()
        read_exactly(stream, 10)
        timer = threading.Timer(0.1, stream._handle.close)
        timer.start()
        with Stopwatch() as watch, pytest.raises(ClosedError):
            stream.read(1)
        timer.join()
        stream.close()
    assert watch.took < AT_ONCE
    wait_until(lambda: not connections_to(proxy.host))


def test_opening_a_stream_that_stalls_can_be_cancelled(go, served, written, faulty, image):
    digest = image.layers()[0].digest()
    proxy = faulty(served.host, Fault("GET", str(digest), stall(0)))
    ref = name.new_digest(f"{proxy.host}/tests/app@{digest}")
    with go.remote.layer(reference=ref, client=client_of(go)) as layer:
        # An uncompressed stream is opened with its first bytes.
        with limits.limit(timeout=0.2), pytest.raises(DeadlineExceededError):
            layer.uncompressed()
        with layer.uncompressed() as stream, image.layers()[0].uncompressed() as expected:
            assert stream.readall() == expected.readall()


def test_more_streams_than_jobs_wait_for_their_turn(go, served, written, faulty, image):
    proxy = faulty(served.host, Fault("GET", str(image.layers()[0].digest()), stall(10)))
    ref = name.parse_reference(f"{proxy.host}/tests/app:1")
    with go.remote.image(reference=ref, client=client_of(go, jobs=1)) as got:
        layers = got.layers()
        first = layers[0].compressed()
        with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError):
            layers[1].compressed()
        first.close()
        with layers[1].compressed() as second:
            assert len(second.readall()) == layers[1].size()


def test_progress_is_what_came_of_the_registry(go, written):
    reports = []
    with go.remote.image(reference=written, client=client_of(go)) as got:
        with limits.limit(progress=lambda report: reports.append(report.bytes_read)):
            go.validate.image(image=got, fast=False)
        assert reports[-1] >= sum(layer.size() for layer in got.layers())


def test_progress_of_a_push_is_what_was_read_of_the_archive(go, served, image):
    reports = []
    with limits.limit(progress=lambda report: reports.append(report.bytes_read)):
        go.remote.write(
            reference=served("tests/app:1"),
            image=image,
            client=client_of(go),
        )
    assert reports
    assert reports[-1] > 0


def test_an_upload_that_breaks_off_is_begun_again(go, served, faulty, image):
    proxy = faulty(served.host, Fault("PATCH", EVERYTHING, drop()))
    ref = name.parse_reference(f"{proxy.host}/tests/app:1")
    go.remote.write(reference=ref, image=image, client=impatient_client(go))
    with go.remote.image(reference=served("tests/app:1"), client=client_of(go)) as got:
        go.validate.image(image=got, fast=False)


def test_a_cancelled_push_leaves_no_image(go, served, faulty, image):
    proxy = faulty(served.host, Fault("PUT", "/blobs/uploads/", stall(0), times=None))
    ref = name.parse_reference(f"{proxy.host}/tests/app:1")
    token = limits.CancelToken()

    def cancel():
        wait_until(lambda: proxy.paths("PUT"))
        token.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with limits.limit(cancel=token), pytest.raises(CancelledError):
        go.remote.write(reference=ref, image=image, client=client_of(go))
    canceller.join()
    wait_until(lambda: not connections_to(proxy.host))
    assert not [path for path in proxy.paths("PUT") if "/manifests/" in path]


def test_many_cancelled_calls_leave_nothing(go, served, written, faulty):
    proxy = faulty(served.host, Fault("GET", CONFIG_AND_LAYERS, stall(5), times=None))
    before = open_handles()
    for _ in range(20):
        ref = name.parse_reference(f"{proxy.host}/tests/app:1")
        with (
            go.remote.image(reference=ref, client=client_of(go)) as got,
            limits.limit(timeout=0.02),
            pytest.raises(DeadlineExceededError),
        ):
            got.raw_config_file()
    gc.collect()
    assert open_handles() == before
    wait_until(lambda: not connections_to(proxy.host))


FORK = """
import os
from pyggcr import name, registry, remote, tarball
from pyggcr.errors import ForkedProcessError
import sys

os.environ["PYGGCR_ENGINE"] = "go"
served = registry.serve()
image = tarball.image_from_path(sys.argv[1])
ref = name.parse_reference(served.host + "/a:1")
client = remote.Pusher()
client.push(ref, image)
got = remote.image(ref)
stream = got.layers()[0].compressed()
child = os.fork()
if child == 0:
    refused = 0
    for use in (
        lambda: client.push(ref, image),
        lambda: remote.head(ref),
        lambda: remote.write(ref, image),
        got.raw_config_file,
        stream.read,
        registry.serve,
    ):
        try:
            use()
        except ForkedProcessError:
            refused += 1
    for held in (stream, got, image, served):
        held.close()
    os._exit(refused)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 6
assert len(stream.readall()) == got.layers()[0].size()
print(remote.head(ref).digest == image.digest())
"""


def test_a_forked_child_is_refused_and_takes_nothing_from_its_parent(run_python, small_archive):
    assert run_python(FORK, small_archive) == "True\n"
