"""Docker daemons that stall: calls end at once, streams live on, and nothing is left behind."""

from __future__ import annotations

import contextlib
import gc
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from support.big import write_archive, zero_layer_size
from support.boundary import (
    AT_ONCE,
    HANG,
    Stopwatch,
    Wrapped,
    cancelled_soon,
    daemon_image,
    environment,
    read_exactly,
    wait_until,
)
from support.fake_engine import RECORDED, FakeEngine
from support.fake_faults import Instead, Slow, Stalled

from pyggcr import limits, name
from pyggcr._go import open_handles
from pyggcr._values.daemon import DaemonOptions
from pyggcr.errors import (
    CancelledError,
    ClosedError,
    DaemonError,
    DeadlineExceededError,
)

BUFFERS = ("file", "memory", "none")

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

# Bytes of an answer after which the archive is under way.
IN_THE_ARCHIVE = 50_000

BIG = 8 << 20


@pytest.fixture
def docker(go, tmp_path):
    """An engine that serves what 25.0.2 wrote."""
    with FakeEngine(RECORDED["25.0.2"], unix=tmp_path / "docker.sock") as engine:
        yield engine


@pytest.fixture
def app(open_image):
    """The image that the engine has under ``APP``, out of its archive."""
    return open_image(RECORDED["25.0.2"].archive("app-tag"))


@pytest.fixture
def new(open_image):
    """An image that the engine does not have."""
    return open_image(RECORDED["24.0.7"].archive("app-tag"))


def options(docker, **more):
    return DaemonOptions(host=docker.host, **more)


def biggest(image):
    return max(image.layers(), key=lambda layer: layer.size())


# What stalls, and what is done then.
JOBS = {
    "ping": (
        Stalled(PING),
        lambda go, options, _new: daemon_image(go, APP, options),
    ),
    "inspect": (
        Stalled(INSPECT),
        lambda go, options, _new: daemon_image(go, APP, options),
    ),
    "inspect's body": (
        Stalled(INSPECT, after=300),
        lambda go, options, _new: daemon_image(go, APP, options),
    ),
    "history": (
        Stalled(HISTORY),
        lambda go, options, _new: daemon_image(go, APP, options).config_file(),
    ),
    "save": (
        Stalled(SAVE),
        lambda go, options, _new: daemon_image(go, APP, options).digest(),
    ),
    "archive": (
        Stalled(SAVE, after=IN_THE_ARCHIVE),
        lambda go, options, _new: daemon_image(go, APP, options).digest(),
    ),
    "load": (
        Stalled(LOAD),
        lambda go, options, new: go.daemon.write(tag=WRITTEN, image=new, options=options),
    ),
    "tag": (
        Stalled(TAG),
        lambda go, options, _new: go.daemon.tag(source=APP, target=WRITTEN, options=options),
    ),
}


@pytest.mark.parametrize("buffer", BUFFERS)
@pytest.mark.parametrize("job", JOBS)
def test_a_token_ends_every_call(go, docker, new, job, buffer):
    fault, ask = JOBS[job]
    docker.faults.append(fault)
    token, timer = cancelled_soon()
    with Stopwatch() as watch, limits.limit(cancel=token), pytest.raises(CancelledError) as raised:
        ask(go, options(docker, buffer=buffer), new)
    timer.join()
    assert str(raised.value) == "context canceled"
    assert watch.took < AT_ONCE


def test_a_timeout_ends_a_call(go, docker):
    docker.faults.append(Stalled(INSPECT))
    with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError) as raised:
        daemon_image(go, APP, options(docker))
    assert str(raised.value) == "context deadline exceeded"


@pytest.mark.parametrize("buffer", BUFFERS)
def test_an_image_is_as_good_as_new_after_a_cancelled_call(go, docker, app, buffer):
    docker.faults.append(Stalled(SAVE, after=IN_THE_ARCHIVE, times=1))
    with daemon_image(go, APP, options(docker, buffer=buffer)) as image:
        with limits.limit(timeout=0.2), pytest.raises(DeadlineExceededError):
            image.digest()
        assert image.digest() == app.digest()
        assert biggest(image).digest() == biggest(app).digest()


@pytest.mark.parametrize("buffer", ["file", "memory"])
def test_an_archive_that_is_there_outlives_a_cancelled_call(go, docker, app, buffer):
    with daemon_image(go, APP, options(docker, buffer=buffer)) as image:
        image.raw_config_file()
        docker.faults.append(Stalled(HISTORY, times=1))
        with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError):
            image.config_file()
        assert image.digest() == app.digest()
    assert len([path for path in docker.paths() if path.startswith(SAVE)]) == 1


def test_it_is_still_the_same_image_when_its_tag_has_moved(go, docker, app, new):
    docker.faults.append(Stalled(SAVE, after=1000, times=1))
    with daemon_image(go, APP, options(docker)) as image:
        go.daemon.write(tag=APP, image=new, options=options(docker))
        with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError):
            image.digest()
        assert image.config_name() == app.config_name()
        assert image.raw_config_file() == app.raw_config_file()
        assert image.config_file().created == app.config_file().created


@pytest.fixture
def big(docker, tmp_path):
    """The name of an image in the engine that no buffer of a connection holds."""
    archive = tmp_path / "big.tar"
    write_archive(archive, BIG)
    for tag in docker.add(archive):
        docker.find(tag).config.update(
            created="2024-01-02T03:04:05Z", architecture="amd64", os="linux"
        )
    return name.new_tag("big:1")


def test_a_stream_lives_on_when_a_call_of_its_image_is_cancelled(go, docker, big):
    with daemon_image(go, big, options(docker, buffer="none")) as image:
        (layer,) = image.layers()
        with layer.uncompressed() as stream:
            first = read_exactly(stream, 10)
            docker.faults.append(Stalled(HISTORY, times=1))
            with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError):
                image.config_file()
            rest = stream.readall()
    assert len(first + rest) == zero_layer_size(BIG)


@pytest.mark.parametrize("buffer", BUFFERS)
def test_a_stream_lives_on_when_its_image_and_layer_are_closed(go, docker, app, buffer):
    image = daemon_image(go, APP, options(docker, buffer=buffer))
    layer = biggest(image)
    stream = layer.uncompressed()
    image.close()
    layer.close()
    with stream, biggest(app).uncompressed() as expected:
        assert stream.readall() == expected.readall()


@pytest.fixture
def stalled_stream(go, docker):
    """A stream of a layer which comes from the engine, and stays away after some bytes."""
    with (
        daemon_image(go, APP, options(docker, buffer="none")) as image,
        biggest(image) as layer,
    ):
        with layer.uncompressed() as whole:
            size = len(whole.readall())
        docker.faults.append(Stalled(SAVE, after=size // 2))
        with layer.uncompressed() as stream:
            yield stream


def read_on(stream):
    while stream.read(1 << 16):
        pass


def test_a_read_that_waits_ends_and_may_go_on_later(stalled_stream):
    for _ in range(2):
        with (
            Stopwatch() as watch,
            limits.limit(timeout=0.1),
            pytest.raises(DeadlineExceededError),
        ):
            read_on(stalled_stream)
        assert watch.took < AT_ONCE


def test_closing_a_stream_ends_a_read_that_waits(stalled_stream):
    timer = threading.Timer(0.1, stalled_stream._handle.close)
    timer.start()
    with Stopwatch() as watch, pytest.raises(ClosedError):
        read_on(stalled_stream)
    timer.join()
    assert watch.took < AT_ONCE


def test_closing_an_image_lets_a_call_of_it_end(go, docker, app):
    docker.faults.append(Slow(SAVE, pause=0.005, times=1))
    image = daemon_image(go, APP, options(docker))
    timer = threading.Timer(0.05, image.close)
    timer.start()
    assert image.digest() == app.digest()
    timer.join()
    with pytest.raises(ClosedError):
        image.digest()


@pytest.mark.parametrize("buffer", BUFFERS)
def test_connections_end_with_the_image(go, docker, buffer):
    before = len(sockets())
    with daemon_image(go, APP, options(docker, buffer=buffer)) as image:
        image.digest()
        image.config_file()
        assert len(sockets()) > before
    wait_until(lambda: len(sockets()) == before)


class RefusesAtOnce(Instead):
    """An error, before anything of the request's body has come."""

    def receive(self, _body):
        return iter(())

    def send(self, exchange, answer):
        super().send(exchange, answer)
        exchange.close_connection = True


def test_what_writing_leaves_behind_ends_with_the_image(go, docker, tmp_path):
    """go-containerregistry goes on asking for the archive when nobody wants it any more."""
    before = len(sockets())
    with (
        FakeEngine(RECORDED["24.0.7"], unix=tmp_path / "other.sock") as other,
        daemon_image(go, APP, options(docker)) as image,
    ):
        docker.faults.append(Stalled(SAVE))
        other.faults.append(RefusesAtOnce(LOAD, status=500, body=b'{"message":"no"}'))
        with pytest.raises(DaemonError, match="^error loading image: Error response .*: no$"):
            go.daemon.write(tag=WRITTEN, image=image, options=options(other))
        wait_until(lambda: docker.paths()[-1].startswith(SAVE))
        with Stopwatch() as watch:
            image.close()
    assert watch.took < AT_ONCE
    the_stalled_engines_end = 1
    wait_until(lambda: len(sockets()) == before + the_stalled_engines_end)


def sockets():
    return [target for target in open_descriptors() if target.startswith("socket:")]


def test_calls_at_the_same_time_wait_for_the_same_archive(go, docker, app):
    docker.faults.append(Slow(SAVE, pause=0.005))
    with daemon_image(go, APP, options(docker)) as image:
        found = []
        threads = [threading.Thread(target=lambda: found.append(image.digest())) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [app.digest()] * 4
    assert len([path for path in docker.paths() if path.startswith(SAVE)]) == 1


@pytest.mark.parametrize("buffer", BUFFERS)
def test_progress_is_what_came_of_the_engine(go, docker, buffer):
    reports = []
    with (
        daemon_image(go, APP, options(docker, buffer=buffer)) as image,
        limits.limit(progress=lambda report: reports.append(report.bytes_read)),
    ):
        image.digest()
    assert reports == sorted(reports)
    assert reports[-1] >= RECORDED["25.0.2"].archive("app-tag").stat().st_size // 2


def test_progress_grows_while_the_archive_comes(go, docker):
    docker.faults.append(Slow(SAVE, pause=0.005))
    reports = []
    with (
        daemon_image(go, APP, options(docker)) as image,
        limits.limit(progress=lambda report: reports.append(report.bytes_read)),
    ):
        image.raw_config_file()
    assert any(0 < so_far < reports[-1] for so_far in reports)


def test_progress_of_writing_is_what_was_read_of_the_image(go, docker, new):
    reports = []
    with limits.limit(progress=lambda report: reports.append(report.bytes_read)):
        go.daemon.write(tag=WRITTEN, image=new, options=options(docker))
    assert reports[-1] > 0


def test_writing_that_was_cancelled_loads_nothing(go, docker, new):
    """The image stalls while the engine reads it."""
    asked, go_on = threading.Event(), threading.Event()

    def layers():
        asked.set()
        go_on.wait(HANG)
        return new.layers()

    token = limits.CancelToken()
    canceller = threading.Thread(target=lambda: (asked.wait(HANG), token.cancel()))
    canceller.start()
    with Stopwatch() as watch, limits.limit(cancel=token), pytest.raises(CancelledError):
        go.daemon.write(tag=WRITTEN, image=Wrapped(new, layers=layers), options=options(docker))
    canceller.join()
    go_on.set()
    assert watch.took < AT_ONCE
    assert docker.loaded == []
    go.daemon.write(tag=WRITTEN, image=new, options=options(docker))
    assert len(docker.loaded) == 1


def test_the_file_of_an_archive_has_no_name(go, docker, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    docker.faults.append(Slow(SAVE, pause=0.005))
    seen = []
    with daemon_image(go, APP, options(docker, folder=str(folder))) as image:
        with limits.limit(
            progress=lambda _: seen.append((open_files_in(folder), list(folder.iterdir())))
        ):
            image.digest()
        assert len(open_files_in(folder)) == 1
    assert max(len(files) for files, _ in seen) == 1
    assert not any(names for _, names in seen)
    wait_until(lambda: not open_files_in(folder))


def open_files_in(folder):
    return [target for target in open_descriptors() if target.startswith(f"{folder}/")]


def open_descriptors():
    """What the descriptors of this process are open for."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(descriptor.readlink()))
    return found


def test_the_file_is_closed_when_its_image_is_garbage(go, docker, tmp_path):
    image = daemon_image(go, APP, options(docker, folder=str(tmp_path)))
    image.raw_config_file()
    assert open_files_in(tmp_path)
    del image
    gc.collect()
    wait_until(lambda: not open_files_in(tmp_path))


def test_the_file_is_closed_when_the_archive_breaks_off(go, docker, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    docker.faults.append(Stalled(SAVE, after=IN_THE_ARCHIVE))
    with daemon_image(go, APP, options(docker, folder=str(folder))) as image:
        with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError):
            image.digest()
        wait_until(lambda: not open_files_in(folder))


KILLED = """
import sys
from pyggcr import daemon

host, folder = sys.argv[1:]
image = daemon.image("app:1", host=host, folder=folder, engine="go")
image.digest()
"""


def test_a_process_that_is_killed_leaves_no_file(go, docker, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    docker.faults.append(Stalled(SAVE, after=IN_THE_ARCHIVE))
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, docker.host, str(folder)], env=environment()
    )
    try:
        wait_until(lambda: docker.paths() and docker.paths()[-1].startswith(SAVE))
        time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    assert not list(folder.iterdir())


def test_many_cancelled_calls_leave_nothing(go, docker):
    docker.faults.append(Stalled(SAVE, after=IN_THE_ARCHIVE))
    before = open_handles()
    for position in range(20):
        buffer = BUFFERS[position % len(BUFFERS)]
        with (
            daemon_image(go, APP, options(docker, buffer=buffer)) as image,
            limits.limit(timeout=0.02),
            pytest.raises(DeadlineExceededError),
        ):
            image.digest()
    gc.collect()
    assert open_handles() == before


FORK = """
import os, sys
from pyggcr import daemon
from pyggcr.errors import ForkedProcessError

options = {"host": sys.argv[1], "engine": "go"}
app = "app:1"
image = daemon.image(app, **options)
image.digest()
child = os.fork()
if child == 0:
    refused = 0
    for use in (
        image.raw_config_file,
        lambda: daemon.image(app, **options),
        lambda: daemon.image(app, opener=open, **options),
        lambda: daemon.write(app, image, **options),
        lambda: daemon.tag(app, app, **options),
    ):
        try:
            use()
        except ForkedProcessError:
            refused += 1
    os._exit(refused)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), bool(image.raw_config_file()))
"""


def test_a_forked_child_is_refused(docker, run_python):
    assert run_python(FORK, docker.host) == "5 True\n"
