"""Images and layers of Python in Go: the same answers, and exceptions come back unchanged."""

from __future__ import annotations

import gc
import io
import threading
import weakref

import pytest
from support.boundary import ROOT, Wrapped, client_of

from pyggcr import engine, limits, tarball, v1
from pyggcr._go import open_handles, python_value
from pyggcr.errors import (
    CancelledError,
    ClosedError,
    CompressionError,
    DeadlineExceededError,
    ForkedProcessError,
    TruncatedError,
    UnknownBlobError,
    ValidationError,
)


class TroubleError(Exception):
    pass


class WrappedLayer(v1.Layer):
    """A layer whose compressed stream a test may replace."""

    def __init__(self, inner, compressed):
        self.inner = inner
        self.open = compressed

    def digest(self):
        return self.inner.digest()

    def diff_id(self):
        return self.inner.diff_id()

    def size(self):
        return self.inner.size()

    def media_type(self):
        return self.inner.media_type()

    def compressed(self):
        return self.open()

    def uncompressed(self):
        return self.inner.uncompressed()


class Failing(io.RawIOBase):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def readinto(self, _buffer):
        raise self.error

    def readable(self):
        return True


@pytest.fixture
def image(small_archive):
    with tarball.image_from_path(small_archive, engine="python") as image:
        yield image


def raising(error):
    def method(*_arguments):
        raise error

    return method


def test_go_finds_in_every_real_archive_what_it_finds_in_its_own_images(go, archives):
    for path in archives:
        for tag in _tags(path):
            found = []
            for engine_name in ("python", "go"):
                with tarball.image_from_path(path, tag, engine=engine_name) as image:
                    found.append(_findings(go, image))
            assert found[0] == found[1], path


def _findings(go, image):
    try:
        go.validate.image(image=image, fast=False)
    except ValidationError as error:
        return str(error)
    return None


def _tags(path):
    descriptors = tarball.load_manifest(path, engine="python")
    if len(descriptors) == 1:
        return [None]
    return [tag for descriptor in descriptors for tag in descriptor.repo_tags or ()]


def test_go_says_of_an_image_of_python_what_it_says_of_its_own(
    go, image, open_image, small_archive
):
    ours, partial = open_image(small_archive), go.partial
    blob = ours.layers()[1].digest()
    assert partial.digest(image=image) == partial.digest(image=ours)
    assert partial.config_name(image=image) == partial.config_name(image=ours)
    assert partial.config_file(image=image) == partial.config_file(image=ours)
    assert partial.manifest(image=image) == partial.manifest(image=ours)
    assert partial.fs_layers(image=image) == partial.fs_layers(image=ours)
    assert partial.diff_ids(image=image) == partial.diff_ids(image=ours)
    assert partial.blob_to_diff_id(image=image, blob=blob) == partial.blob_to_diff_id(
        image=ours, blob=blob
    )
    assert partial.raw_config_file(image=image) == partial.raw_config_file(image=ours)
    assert partial.descriptor(described=image) == partial.descriptor(described=ours)
    assert partial.uncompressed_size(layer=image.layers()[1]) == partial.uncompressed_size(
        layer=ours.layers()[1]
    )


def test_a_layer_of_the_config_lives_on(go, image):
    layer = go.partial.config_layer(image=Wrapped(image))
    gc.collect()
    with layer, layer.compressed() as stream:
        assert stream.read() == image.raw_config_file()


def test_an_image_of_ones_own_is_pushed_and_pulled(go, image, served):
    ref = served("tests/app:1")
    go.remote.write(reference=ref, image=Wrapped(image), client=client_of(go))
    with go.remote.image(reference=ref, client=client_of(go)) as got:
        assert got.digest() == image.digest()
        go.validate.image(image=got, fast=False)


def test_an_exception_of_a_method_comes_back_unchanged(go, image):
    error = TroubleError("on purpose")
    for method in ("layers", "manifest", "raw_config_file", "digest"):
        with pytest.raises(TroubleError) as raised:
            go.validate.image(image=Wrapped(image, **{method: raising(error)}), fast=False)
        assert raised.value is error


def test_an_exception_of_a_stream_comes_back_unchanged(go, image, served):
    error = TroubleError("on purpose")
    layer = WrappedLayer(image.layers()[0], lambda: Failing(error))
    with pytest.raises(TroubleError) as raised:
        go.remote.write_layer(
            repository=served.repository("a"),
            layer=layer,
            client=client_of(go),
        )
    assert raised.value is error


def test_an_error_of_ours_is_an_error_of_the_image_to_validate(go, image):
    broken = Wrapped(image, layer_by_digest=raising(UnknownBlobError("unknown blob x")))
    with pytest.raises(ValidationError, match="unknown blob x"):
        go.validate.image(image=broken, fast=False)


def test_an_error_of_ours_in_a_stream_is_a_finding_too(go, image):
    def stream():
        return Failing(CompressionError("flate: corrupt input before offset 5"))

    layers = [WrappedLayer(layer, stream) for layer in image.layers()]
    with pytest.raises(ValidationError, match="flate: corrupt input before offset 5"):
        go.validate.image(image=Wrapped(image, layers=lambda: layers), fast=False)


@pytest.mark.parametrize("kind", [CancelledError, ClosedError, ForkedProcessError])
def test_an_error_that_says_nothing_of_the_image_is_no_finding(go, image, kind):
    error = kind("on purpose")
    with pytest.raises(kind) as raised:
        go.validate.image(image=Wrapped(image, layers=raising(error)), fast=False)
    assert raised.value is error


def test_an_error_of_ours_comes_back_unchanged_otherwise(go, image):
    error = TruncatedError("unexpected EOF")
    with pytest.raises(TruncatedError) as raised:
        go.partial.config_name(image=Wrapped(image, raw_config_file=raising(error)))
    assert raised.value is error


def test_what_contradicts_itself_is_found(go, image):
    wrong = Wrapped(image, digest=lambda: image.config_name())
    with pytest.raises(ValidationError, match="mismatched manifest digest"):
        go.validate.image(image=wrong, fast=False)


def test_a_method_that_answers_nonsense_is_a_type_error(go, image):
    with pytest.raises(TypeError):
        go.partial.digest(image=Wrapped(image, raw_manifest=lambda: None))


def test_methods_run_under_the_limits_and_the_engine_of_the_caller(go, image):
    seen = []

    def digest():
        seen.append((limits.current().deadline, engine.select().name))
        return image.digest()

    with limits.limit(timeout=60) as given, engine.use_engine("python"):
        go.validate.image(image=Wrapped(image, digest=digest), fast=True)
    assert set(seen) == {(given.deadline, "python")}


def test_a_method_may_use_the_go_engine_itself(go, image, open_image, small_archive):
    other = open_image(small_archive)
    assert go.partial.config_name(image=Wrapped(image, raw_config_file=other.raw_config_file))
    go.validate.image(image=Wrapped(image, layers=other.layers), fast=False)


def test_many_threads_ask_at_once(go, image, served):
    failed = []

    def push(number):
        try:
            go.remote.write(
                reference=served(f"tests/app:{number}"),
                image=Wrapped(image),
                client=client_of(go),
            )
        except BaseException as error:  # noqa: BLE001  (looked at below)
            failed.append(error)

    threads = [threading.Thread(target=push, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_threads_of_go_do_not_stay_in_the_list_of_threads(go, image):
    def digest():
        threading.current_thread()
        return image.digest()

    go.validate.image(image=Wrapped(image, digest=digest), fast=False)
    assert not [thread for thread in threading.enumerate() if "Dummy" in thread.name]


def test_a_method_that_hangs_does_not_hold_its_caller(go, image):
    over = threading.Event()

    def hang():
        over.wait()
        return image.digest()

    with limits.limit(timeout=0.1), pytest.raises(DeadlineExceededError):
        go.validate.image(image=Wrapped(image, digest=hang), fast=False)
    over.set()


def test_a_token_ends_an_upload_whose_stream_hangs(go, image, served):
    over, token = threading.Event(), limits.CancelToken()

    class Hanging(Failing):
        def readinto(self, _buffer):
            token.cancel()
            over.wait()
            return 0

    layer = WrappedLayer(image.layers()[0], lambda: Hanging(None))
    with limits.limit(cancel=token), pytest.raises(CancelledError):
        go.remote.write_layer(
            repository=served.repository("a"),
            layer=layer,
            client=client_of(go),
        )
    over.set()


def test_nothing_is_left_of_an_image(go, image):
    gc.collect()
    before, values = open_handles(), len(python_value._python_values)
    mine = Wrapped(image)
    gone = weakref.ref(mine)
    go.validate.image(image=mine, fast=False)
    del mine
    gc.collect()
    assert gone() is None
    assert open_handles() == before
    assert len(python_value._python_values) == values


EXIT = """
import sys, threading
from pyggcr import limits, tarball
from pyggcr._go import package
from pyggcr.errors import DeadlineExceededError
sys.path.insert(0, sys.argv[2])
from support.boundary import Wrapped

image = tarball.image_from_path(sys.argv[1], engine="python")
validate = package("validate")
hanging = Wrapped(image, digest=threading.Event().wait)
try:
    with limits.limit(timeout=0.1):
        validate.image(image=hanging, fast=False)
except DeadlineExceededError:
    print("left it")
"""


def test_the_interpreter_ends_while_a_method_hangs(run_python, small_archive):
    assert run_python(EXIT, small_archive, ROOT / "tests") == "left it\n"
