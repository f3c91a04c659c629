"""Limits on work that lasts: timeouts, tokens, Ctrl-C and progress, on both engines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from support.big import write_archive

import pyggcr
from pyggcr import errors, tarball, validate

MIB = 1 << 20


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """An archive that takes both engines seconds to validate, on faster machines too."""
    path = tmp_path_factory.mktemp("slow") / "archive.tar"
    write_archive(path, 4096 * MIB)
    return path


def test_a_timeout(engine, archive):
    with (
        tarball.image_from_path(archive, engine=engine) as image,
        pytest.raises(errors.DeadlineExceededError, match="^context deadline exceeded$") as caught,
    ):
        validate.image(image, timeout=0.1)
    assert isinstance(caught.value, TimeoutError)


def test_a_timeout_around_any_call(engine, archive):
    with (
        tarball.image_from_path(archive, engine=engine) as image,
        pyggcr.limit(timeout=0.1),
        pytest.raises(errors.DeadlineExceededError),
    ):
        image.digest()


@pytest.mark.parametrize("timeout", [float("inf"), 1e30, 1e9])
def test_a_timeout_may_be_longer_than_any_work(engine, tmp_path, timeout):
    write_archive(tmp_path / "small.tar", 1 << 16)
    image = tarball.image_from_path(tmp_path / "small.tar", engine=engine)
    validate.image(image, timeout=timeout)


def test_a_timeout_that_is_no_number_is_refused(engine, archive):
    with pytest.raises(errors.UnsupportedOptionError, match="timeout is not a number"):
        validate.image(tarball.image_from_path(archive, engine=engine), timeout=float("nan"))


def test_a_token(engine, archive):
    token = pyggcr.CancelToken()
    timer = threading.Timer(0.1, token.cancel)
    timer.start()
    with (
        tarball.image_from_path(archive, engine=engine) as image,
        pytest.raises(errors.CancelledError, match="^context canceled$"),
    ):
        validate.image(image, cancel=token)
    timer.join()


def test_a_used_token_stops_everything(engine, archive):
    token = pyggcr.CancelToken()
    token.cancel()
    with pyggcr.limit(cancel=token), pytest.raises(errors.CancelledError):
        tarball.image_from_path(archive, engine=engine)


def test_an_image_is_whole_after_a_timeout(engine, archive, tmp_path):
    small = tmp_path / "small.tar"
    write_archive(small, 8 * MIB)
    with tarball.image_from_path(small, engine=engine) as image:
        for _ in range(3):
            with pyggcr.limit(timeout=0.001):
                try:
                    image.digest()
                except errors.DeadlineExceededError:
                    continue
        with tarball.image_from_path(small, engine="python") as fresh:
            assert image.digest() == fresh.digest()
        validate.image(image)


def test_cancelling_one_thread_leaves_the_other_alone(engine, tmp_path):
    path = tmp_path / "archive.tar"
    write_archive(path, 128 * MIB)
    outcome = []
    with tarball.image_from_path(path, engine=engine) as image:
        thread = threading.Thread(target=lambda: outcome.append(validate.image(image)))
        thread.start()
        with pytest.raises(errors.DeadlineExceededError):
            validate.image(image, timeout=0.01)
        thread.join()
    assert outcome == [None]


def test_progress_grows(engine, archive):
    seen = []
    with (
        tarball.image_from_path(archive, engine=engine) as image,
        pytest.raises(errors.DeadlineExceededError),
    ):
        validate.image(image, timeout=0.6, progress=lambda it: seen.append(it.bytes_read))
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert seen[-1] > 0


def test_what_a_progress_function_raises_reaches_the_caller(engine, archive):
    def stop(_progress):
        raise KeyError("enough")

    with tarball.image_from_path(archive, engine=engine) as image, pytest.raises(KeyError):
        validate.image(image, progress=stop)


INTERRUPTED = """
import sys
from pyggcr import tarball, validate
path, engine = sys.argv[1:]
with tarball.image_from_path(path, engine=engine) as image:
    print("ready", flush=True)
    try:
        validate.image(image)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def test_ctrl_c_during_validate(engine, archive):
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(archive), engine],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=120)
    assert out == "interrupted\n"
    assert process.returncode == 0


def test_what_calls_inside_the_block_read_is_counted_together_and_once(engine, tmp_path):
    path = tmp_path / "archive.tar"
    write_archive(path, 8 * MIB)
    seen = []
    with (
        tarball.image_from_path(path, engine=engine) as image,
        pyggcr.limit(progress=lambda it: seen.append(it.bytes_read)) as limits,
    ):
        for _ in range(3):
            with pyggcr.limit(timeout=60), image.layers()[0].uncompressed() as stream:
                stream.readall()
        assert 8 * MIB <= limits.counter.bytes_read <= path.stat().st_size
    assert seen == sorted(seen)
