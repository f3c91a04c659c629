"""Work that lasts: it can be cut off at once, and the image is as good as new afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest
from support.boundary import HANG, SLOW, environment

from pyggcr import limits
from pyggcr._go import open_handles, package
from pyggcr.errors import CancelledError, DeadlineExceededError

INTERRUPTED = """
import sys
from pyggcr import limits, tarball
from pyggcr._go import open_handles, package

validate = package("validate")
image = tarball.image_from_path(sys.argv[1], engine="go")
before = open_handles()
try:
    with limits.limit(progress=lambda _: print("running", flush=True)):
        validate.image(image=image, fast=False)
except KeyboardInterrupt:
    print("interrupted", open_handles() - before, image.media_type())
"""


class _StopError(Exception):
    pass


def test_ctrl_c_ends_a_validation(go, endless_archive):
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(endless_archive)],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=HANG)
    last = rest.splitlines()[-1]
    assert last == "interrupted 0 application/vnd.docker.distribution.manifest.v2+json"
    assert process.returncode == 0


def test_a_timeout_ends_a_validation(go, open_image, endless_archive):
    image = open_image(endless_archive)
    with limits.limit(timeout=0.2), pytest.raises(DeadlineExceededError) as raised:
        go.validate.image(image=image, fast=False)
    assert str(raised.value) == "context deadline exceeded"


def test_a_timeout_that_has_passed_lets_nothing_begin(open_image, small_archive):
    image = open_image(small_archive)
    with limits.limit(timeout=0), pytest.raises(DeadlineExceededError):
        image.digest()


def test_a_token_ends_a_call_in_any_thread(go, open_image, endless_archive):
    image = open_image(endless_archive)
    token = limits.CancelToken()
    errors = []

    def validate():
        try:
            with limits.limit(cancel=token):
                go.validate.image(image=image, fast=False)
        except CancelledError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=validate) for _ in range(2)]
    for thread in threads:
        thread.start()
    token.cancel()
    for thread in threads:
        thread.join(HANG)
    assert errors == ["context canceled"] * 2


def test_progress_tells_the_bytes_read_so_far(open_image, slow_archive):
    image = open_image(slow_archive)
    seen = []
    with limits.limit(progress=lambda p: seen.append(p.bytes_read)):
        image.digest()
    assert seen == sorted(seen)
    assert seen[-1] > SLOW


def test_what_a_progress_function_raises_ends_the_call(open_image, endless_archive):
    def stop(_progress):
        raise _StopError

    image = open_image(endless_archive)
    before = open_handles()
    with limits.limit(progress=stop), pytest.raises(_StopError):
        image.digest()
    assert open_handles() == before


@pytest.mark.parametrize("archive", ["slow_archive", "slow_gzip_archive"])
def test_an_image_whose_work_was_cut_off_starts_afresh(request, open_image, archive):
    path = request.getfixturevalue(archive)
    expected = open_image(path).digest()
    image = open_image(path)
    token = limits.CancelToken()
    with (
        limits.limit(cancel=token, progress=lambda _: token.cancel()),
        pytest.raises(CancelledError),
    ):
        image.digest()
    assert image.digest() == expected


def test_a_layer_whose_work_was_cut_off_starts_afresh(open_image, slow_archive):
    image = open_image(slow_archive)
    expected = image.layers()[0].digest()
    layer = image.layers()[0]
    token = limits.CancelToken()
    with (
        limits.limit(cancel=token, progress=lambda _: token.cancel()),
        pytest.raises(CancelledError),
    ):
        layer.digest()
    assert layer.digest() == expected


def test_cutting_off_one_call_leaves_another_alone(open_image, slow_archive):
    image = open_image(slow_archive)
    expected = open_image(slow_archive).digest()
    answers = []
    started = threading.Event()

    def patient():
        with limits.limit(progress=lambda _: started.set()):
            answers.append(image.digest())

    thread = threading.Thread(target=patient)
    thread.start()
    assert started.wait(HANG)
    # Validating takes its time even if the other call is done by now.
    with limits.limit(timeout=0.01), pytest.raises(DeadlineExceededError):
        package("validate").image(image=image, fast=False)
    thread.join(HANG)
    assert answers == [expected]


def test_cutting_off_a_call_leaves_an_open_stream_alone(open_image, slow_archive):
    image = open_image(slow_archive)
    layer = image.layers()[0]
    with layer.uncompressed() as stream:
        first = stream.read(1000)
        with limits.limit(timeout=0.01), pytest.raises(DeadlineExceededError):
            layer.digest()
        rest = stream.readall()
    assert len(first) + len(rest) == SLOW


def test_eight_threads_share_an_image(go, open_image, small_archive):
    image = open_image(small_archive)
    expected = observe(go, open_image(small_archive))
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.extend(observe(go, image) for _ in range(5)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG)
    assert answers == [expected] * 40


def observe(go, image):
    go.validate.image(image=image, fast=False)
    contents = []
    for layer in image.layers():
        with layer, layer.uncompressed() as plain, layer.compressed() as packed:
            contents.append((layer.digest(), layer.size(), plain.readall(), packed.readall()))
    return image.digest(), image.raw_manifest(), image.raw_config_file(), contents
