"""Docker daemons that stall or send much: calls end at once, memory is bounded, nothing is left."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.big import write_archive
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import Slow, Stalled

from pyggcr import limits, name
from pyggcr._python import daemon, supplement, tarball
from pyggcr._values.daemon import DaemonOptions
from pyggcr.errors import CancelledError, ClosedError, DeadlineExceededError

PROFILE = "go1.26"
APP = name.new_tag("app:1")
WRITTEN = name.new_tag("tests/written:1")
PING, INSPECT, HISTORY, SAVE, LOAD, TAG = (
    "/_ping",
    "/json",
    "/history",
    "/images/get",
    "/images/load",
    "/tag",
)
BUFFERS = ("file", "memory", "none")
IN_THE_ARCHIVE = 20_000  # bytes of the answer
SOON = 0.2  # seconds until the call is stopped
AT_MOST = 1.0  # seconds that it may take to end after that
HANG = 30.0  # seconds until a test gives up
MIB = 1 << 20


@pytest.fixture
def docker(tmp_path):
    """An engine that serves what 25.0.2 wrote."""
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "docker.sock") as engine:
        yield engine


def archived(engine):
    path = str(RECORDED[engine].archive("app-tag"))
    return tarball.image_from_path(path, None, gzip_profile=PROFILE, layer_sources="patched")


def options(docker, **more):
    return DaemonOptions(host=docker.host, **more)


def opened(docker, **more):
    return daemon.image(APP, options(docker, **more), gzip_profile=PROFILE)


@contextlib.contextmanager
def cancelled_soon():
    token = limits.CancelToken()
    timer = threading.Timer(SOON, token.cancel)
    timer.start()
    begin = time.monotonic()
    try:
        with limits.limit(cancel=token):
            yield
    finally:
        timer.cancel()
        timer.join()
    assert time.monotonic() - begin < SOON + AT_MOST


def read_all(docker):
    with supplement.daemon_save(names=["app:1"], options=options(docker)) as stream:
        return stream.readall()


def wait_until(condition):
    deadline = time.monotonic() + HANG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


JOBS = {
    "ping": (Stalled(PING), opened),
    "inspect": (Stalled(INSPECT), opened),
    "body of inspect": (Stalled(INSPECT, after=300), opened),
    "history": (Stalled(HISTORY), lambda docker: opened(docker).config_file()),
    "save": (Stalled(SAVE), lambda docker: opened(docker).digest()),
    "archive": (
        Stalled(SAVE, after=IN_THE_ARCHIVE),
        lambda docker: opened(docker).digest(),
    ),
    "archive in memory": (
        Stalled(SAVE, after=IN_THE_ARCHIVE),
        lambda docker: opened(docker, buffer="memory").digest(),
    ),
    "archive in passing": (
        Stalled(SAVE, after=IN_THE_ARCHIVE),
        lambda docker: opened(docker, buffer="none").digest(),
    ),
    "stream": (Stalled(SAVE, after=IN_THE_ARCHIVE), read_all),
    "load": (
        Stalled(LOAD),
        lambda docker: daemon.write(WRITTEN, archived("24.0.7"), options(docker)),
    ),
    "tag": (Stalled(TAG), lambda docker: daemon.tag(APP, WRITTEN, options(docker))),
    "version": (
        Stalled("/version"),
        lambda docker: supplement.daemon_info(options=options(docker)),
    ),
}


@pytest.mark.parametrize("job", JOBS)
def test_a_token_ends_every_call(docker, job):
    fault, ask = JOBS[job]
    docker.faults.append(fault)
    with pytest.raises(CancelledError, match="^context canceled$"), cancelled_soon():
        ask(docker)


def test_a_timeout_ends_a_call(docker):
    docker.faults.append(Stalled(INSPECT))
    with (
        limits.limit(timeout=SOON),
        pytest.raises(DeadlineExceededError, match="^context deadline exceeded$"),
    ):
        opened(docker)


class EndlessLayer:
    """A layer, where one of an image is wanted, that goes on and on."""

    def __init__(self, layer):
        self._layer = layer

    def __getattr__(self, attribute):
        return getattr(self._layer, attribute)

    def size(self):
        return 1 << 40

    @contextlib.contextmanager
    def compressed(self):
        yield self

    def read(self, size):
        return bytes(size)


def test_a_token_ends_an_upload_that_nobody_reads(tmp_path):
    image = archived("24.0.7")
    layers = [EndlessLayer(layer) for layer in image.layers()]
    image.layers = lambda: layers
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        server.listen()
        client = daemon.Client(DaemonOptions(host=f"unix://{tmp_path}/socket", api_version="1.44"))
        with pytest.raises(CancelledError), cancelled_soon():
            daemon._load(client, WRITTEN, image)


@pytest.mark.parametrize("buffer", BUFFERS)
def test_an_image_is_as_good_as_new_after_a_cancelled_call(docker, buffer):
    docker.faults.append(Stalled(SAVE, after=IN_THE_ARCHIVE, times=1))
    with opened(docker, buffer=buffer) as image:
        with limits.limit(timeout=SOON), pytest.raises(DeadlineExceededError):
            image.digest()
        assert image.digest() == archived("25.0.2").digest()


def test_a_read_that_was_cancelled_is_the_last_one(docker):
    docker.faults.append(Stalled(SAVE, after=IN_THE_ARCHIVE))
    with supplement.daemon_save(names=["app:1"], options=options(docker)) as stream:
        with limits.limit(timeout=SOON), pytest.raises(DeadlineExceededError):
            stream.readall()
        with pytest.raises(CancelledError, match="an earlier read of the stream was interrupted"):
            stream.read(1)


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_closing_a_stream_ends_a_read_that_waits(kind, tmp_path):
    unix = tmp_path / "docker.sock" if kind == "unix" else None
    with FakeEngine(RECORDED["25.0.2"], unix=unix) as docker:
        docker.faults.append(Stalled(SAVE, after=IN_THE_ARCHIVE))
        stream = supplement.daemon_save(names=["app:1"], options=options(docker))
        timer = threading.Timer(SOON, stream.close)
        timer.start()
        begin = time.monotonic()
        with pytest.raises(ClosedError):
            stream.readall()
        timer.join()
        assert time.monotonic() - begin < SOON + AT_MOST


def test_calls_at_the_same_time_wait_for_the_same_archive(docker):
    docker.faults.append(Slow(SAVE, pause=0.02))
    found = []
    with opened(docker) as image:
        threads = [threading.Thread(target=lambda: found.append(image.digest())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [archived("25.0.2").digest()] * 4
    assert len([path for path in docker.paths() if path.startswith(SAVE)]) == 1


def test_whoever_waits_for_the_archive_of_another_call_can_be_stopped(docker):
    docker.faults.append(Stalled(SAVE, after=IN_THE_ARCHIVE))
    other = limits.CancelToken()

    def fill():
        with limits.limit(cancel=other), contextlib.suppress(CancelledError):
            image.digest()

    with opened(docker) as image:
        thread = threading.Thread(target=fill)
        thread.start()
        wait_until(lambda: docker.paths()[-1].startswith(SAVE))
        with pytest.raises(CancelledError), cancelled_soon():
            image.digest()
        other.cancel()
        thread.join()


def test_closing_an_image_lets_a_call_of_it_end(docker):
    docker.faults.append(Slow(SAVE, pause=0.005))
    image = opened(docker)
    timer = threading.Timer(0.05, image.close)
    timer.start()
    assert image.digest() == archived("25.0.2").digest()
    timer.join()
    with pytest.raises(ClosedError):
        image.digest()


def test_a_layer_of_a_closed_image_reads_nothing_more(docker):
    with opened(docker) as image:
        layer = image.layers()[0]
    with pytest.raises(ClosedError):
        layer.uncompressed()


def test_progress_grows_while_the_archive_comes(docker, monkeypatch):
    monkeypatch.setattr("pyggcr._python.daemon.archive_buffer._READ_SIZE", 4096)
    docker.faults.append(Slow(SAVE, pause=0.005))
    reports = []
    with (
        opened(docker) as image,
        limits.limit(progress=lambda report: reports.append(report.bytes_read)),
    ):
        image.digest()
    assert reports == sorted(reports)
    assert any(0 < so_far < reports[-1] for so_far in reports)


MEASURED = """
import sys
from pyggcr import name, tarball
from pyggcr._python import daemon
from pyggcr._values.daemon import DaemonOptions

host, folder, what = sys.argv[1:]
options = DaemonOptions(host=host, folder=folder)
tag = name.new_tag("big:1")

def peak():
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmHWM"].split()[0]) << 10

before = peak()
with daemon.image(tag, options, gzip_profile="go1.26") as image:
    if what == "read":
        for layer in image.layers():
            with layer.uncompressed() as content:
                while content.read(1 << 20):
                    pass
    else:
        daemon.write(name.new_tag("other:2"), Anonymous(image), options)
print(peak() - before)
"""
# An image that the engine seems not to have.
ANONYMOUS = """
from pyggcr import v1

class Anonymous:
    def __init__(self, image):
        self._image = image

    def __getattr__(self, attribute):
        return getattr(self._image, attribute)

    def config_name(self):
        return v1.new_hash("sha256:" + 64 * "0")

"""


@pytest.mark.parametrize("what", ["read", "write"])
def test_memory_is_bounded_whatever_the_size_of_an_image(docker, tmp_path, what):
    archive = tmp_path / "big.tar"
    write_archive(archive, 512 * MIB)
    docker.add(archive)
    docker.find("big:1").config.update(
        created="2024-01-02T03:04:05Z", architecture="amd64", os="linux"
    )
    done = subprocess.run(
        [sys.executable, "-c", ANONYMOUS + MEASURED, docker.host, str(tmp_path), what],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert int(done.stdout) < 64 * MIB


KILLED = """
import sys
from pyggcr import name
from pyggcr._python import daemon
from pyggcr._values.daemon import DaemonOptions

host, folder = sys.argv[1:]
options = DaemonOptions(host=host, folder=folder)
daemon.image(name.new_tag("app:1"), options, gzip_profile="go1.26").digest()
"""


def test_a_process_that_is_killed_leaves_no_file(docker, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    docker.faults.append(Stalled(SAVE, after=IN_THE_ARCHIVE))
    process = subprocess.Popen([sys.executable, "-c", KILLED, docker.host, str(folder)])
    try:
        wait_until(lambda: docker.paths() and docker.paths()[-1].startswith(SAVE))
        wait_until(lambda: files_of(process.pid, folder))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not list(folder.iterdir())


def files_of(process, folder):
    """The files of a folder that a process has open, with a name or without."""
    found = []
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.append(descriptor.readlink())
    return [link for link in found if link.parent == folder]


def test_a_forked_child_goes_on(docker):
    with opened(docker) as image:
        expected = image.digest()
        child = os.fork()
        if child == 0:
            os._exit(image.config_file() is None or image.digest() != expected)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
