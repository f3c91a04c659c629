"""``pyggcr.stream`` on both engines: pkg/v1/stream."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import threading

import pytest
from support.boundary import Served
from support.faulty_proxy import Fault, FaultyProxy, answer

from pyggcr import (
    empty,
    errors,
    layout,
    mutate,
    registry,
    remote,
    stream,
    tarball,
    types,
    v1,
    validate,
)
from pyggcr.differential.generate.archives import layer_tar

CONTENT = layer_tar({"a": b"content" * 1000})
NOT_COMPUTED = "value not computed until stream is consumed"


class Source(io.BytesIO):
    """A stream that can be read once, and tells whether it was."""

    reads = 0

    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation("seek")

    def read(self, size=-1):
        self.reads += 1
        return super().read(size)


@pytest.fixture(scope="module")
def served():
    with registry.serve(engine="python") as server:
        yield Served(server.host)


def consumed(layer):
    with layer.compressed() as compressed:
        return compressed.read()


def expected(content=CONTENT, **options):
    """The layer that the content is when it is at hand."""
    return tarball.layer_from_opener(lambda: io.BytesIO(content), **options)


def assert_unknown(ask):
    with pytest.raises(errors.StreamNotComputedError) as raised:
        ask()
    assert type(raised.value) is errors.StreamNotComputedError
    assert str(raised.value) == NOT_COMPUTED


def test_nothing_is_read_and_nothing_known_before_it_is_consumed(engine):
    source = Source(CONTENT)
    layer = stream.new_layer(source, engine=engine)

    assert isinstance(layer, stream.Layer)
    assert layer.engine == engine
    for ask in (layer.digest, layer.diff_id, layer.size):
        assert_unknown(ask)
    assert layer.media_type() == types.MediaType.DOCKER_LAYER
    assert source.reads == 0


def test_afterwards_it_is_the_layer_that_go_makes_of_the_content(engine):
    source = Source(CONTENT)
    layer = stream.new_layer(source, engine=engine)

    data = consumed(layer)

    wanted = expected(engine=engine)
    assert (layer.digest(), layer.diff_id()) == (wanted.digest(), wanted.diff_id())
    assert layer.size() == wanted.size() == len(data)
    assert gzip.decompress(data) == CONTENT
    assert source.closed


def test_the_digest_is_known_when_the_end_was_read(engine):
    layer = stream.new_layer(Source(CONTENT), engine=engine)
    compressed = layer.compressed()
    data = compressed.read()
    assert str(layer.digest()) == f"sha256:{hashlib.sha256(data).hexdigest()}"
    compressed.close()


@pytest.mark.parametrize("level", [-2, 0, 6, 9])
def test_the_level_can_be_chosen(engine, level):
    layer = stream.new_layer(Source(CONTENT), compression_level=level, engine=engine)
    consumed(layer)
    assert layer.digest() == expected(engine=engine, compression_level=level).digest()


def test_the_media_type_can_be_chosen(engine):
    layer = stream.new_layer(Source(), media_type="text/plain", engine=engine)
    assert layer.media_type() == "text/plain"


@pytest.mark.parametrize("level", [42, 77, -3])
def test_a_level_that_does_not_exist_fails_when_it_is_compressed(engine, level):
    layer = stream.new_layer(Source(CONTENT), compression_level=level, engine=engine)
    with pytest.raises(errors.UnsupportedOptionError) as raised:
        layer.compressed()
    assert str(raised.value) == f"gzip: invalid compression level: {level}"
    assert_unknown(layer.digest)


def test_it_can_be_consumed_once(engine):
    layer = stream.new_layer(Source(CONTENT), engine=engine)
    consumed(layer)
    with pytest.raises(errors.StreamConsumedError) as raised:
        layer.compressed()
    assert type(raised.value) is errors.StreamConsumedError
    assert str(raised.value) == "stream was already consumed"


def test_the_uncompressed_form_is_never_there(engine):
    layer = stream.new_layer(Source(CONTENT), engine=engine)
    for _ in range(2):
        with pytest.raises(errors.Error) as raised:
            layer.uncompressed()
        assert str(raised.value) == "NYI: stream.Layer.Uncompressed is not implemented"
        if not isinstance(raised.value, errors.StreamConsumedError):
            consumed(stream.new_layer(Source(), engine=engine))


def test_closing_without_reading_consumes_it(engine):
    source = Source(CONTENT)
    layer = stream.new_layer(source, engine=engine)

    layer.compressed().close()

    assert str(layer.digest()) == f"sha256:{hashlib.sha256().hexdigest()}"
    assert_unknown(layer.size)  # a size of 0 counts as unknown, as in Go
    assert source.closed
    with pytest.raises(errors.StreamConsumedError):
        layer.compressed()


def test_it_comes_in_pieces_of_128_kib(engine):
    content = random.Random(1).randbytes(1 << 20)
    layer = stream.new_layer(Source(content), engine=engine)
    sizes = []
    with layer.compressed() as compressed:
        while piece := compressed.read(1 << 20):
            sizes.append(len(piece))
    assert set(sizes[:-1]) == {128 << 10}
    assert sum(sizes) == layer.size()


def test_closing_early_keeps_the_digest_of_the_pieces_that_were_read_whole(engine):
    content = random.Random(1).randbytes(1 << 20)
    layer = stream.new_layer(Source(content), engine=engine)
    with layer.compressed() as compressed:
        piece = compressed.read(128 << 10)
        while len(piece) < 128 << 10:
            piece += compressed.read((128 << 10) - len(piece))
    assert layer.size() % (128 << 10) == 0
    if engine == "python":  # the Go engine reads ahead
        assert str(layer.digest()) == f"sha256:{hashlib.sha256(piece).hexdigest()}"


def test_what_the_stream_raises_is_raised_unchanged(engine):
    failure = RuntimeError("a user's own")

    class Broken(Source):
        def read(self, size=-1):
            if self.reads:
                raise failure
            return super().read(10)

    source = Broken(CONTENT)
    layer = stream.new_layer(source, engine=engine)
    with layer.compressed() as compressed:
        for _ in range(2):
            with pytest.raises(RuntimeError) as raised:
                compressed.read()
            assert raised.value is failure
    assert source.closed
    with pytest.raises(errors.StreamConsumedError):
        layer.compressed()


def test_a_stream_that_gives_nothing_yet_is_an_error(engine):
    class NonBlocking(Source):
        def read(self, size=-1):
            return None

    layer = stream.new_layer(NonBlocking(), engine=engine)
    with layer.compressed() as compressed, pytest.raises(BlockingIOError):
        compressed.read()


def test_what_is_no_stream_is_refused(engine):
    for wrong in (b"bytes", "path", None):
        with pytest.raises(TypeError):
            stream.new_layer(wrong, engine=engine)


@pytest.mark.parametrize("level", [1 << 63, -(1 << 63) - 1])
def test_a_level_that_go_has_no_number_for_is_refused(engine, level):
    with pytest.raises(errors.UnsupportedOptionError):
        stream.new_layer(Source(), compression_level=level, engine=engine)


def test_a_pipe_can_be_a_layer(engine):
    end, begin = os.pipe()

    def fill():
        with os.fdopen(begin, "wb") as pipe:
            pipe.write(CONTENT)

    thread = threading.Thread(target=fill)
    thread.start()
    layer = stream.new_layer(os.fdopen(end, "rb"), engine=engine)
    consumed(layer)
    thread.join()
    assert layer.diff_id() == expected(engine=engine).diff_id()


# Images with such a layer.


def streaming_image(engine, content=CONTENT):
    layer = stream.new_layer(Source(content), engine=engine)
    return mutate.append_layers(empty.image(engine=engine), layer, engine=engine), layer


def image_at_hand(engine):
    return mutate.append_layers(empty.image(engine=engine), expected(engine=engine), engine=engine)


def test_an_image_with_such_a_layer_knows_its_layers_only(engine):
    image, _ = streaming_image(engine)
    for ask in (image.digest, image.manifest, image.raw_manifest, image.size):
        assert_unknown(ask)
    for ask in (image.config_file, image.config_name, image.raw_config_file):
        assert_unknown(ask)
    (layer,) = image.layers()
    assert_unknown(layer.digest)

    consumed(layer)

    assert image.digest() == image_at_hand(engine).digest()


def test_an_image_with_such_a_layer_is_pushed(engine, served):
    image, layer = streaming_image(engine)
    reference = served("app:1")

    remote.write(reference, image, engine=engine)

    wanted = image_at_hand(engine)
    assert image.digest() == wanted.digest()
    assert layer.digest() == expected(engine=engine).digest()
    with remote.image(reference, engine=engine) as pushed:
        assert pushed.raw_manifest() == wanted.raw_manifest()
        validate.image(pushed)


def test_each_engine_pushes_an_image_with_a_layer_of_the_other(go_engine, engine, served):
    other = {"go": "python", "python": "go"}[engine]
    layer = stream.new_layer(Source(CONTENT), engine=other)
    image = mutate.append_layers(empty.image(engine=engine), layer, engine=engine)
    remote.write(served("app:1"), image, engine=engine)
    assert image.digest() == image_at_hand(engine).digest()


def test_an_archive_cannot_be_written_of_it(engine):
    image, _ = streaming_image(engine)
    with pytest.raises(errors.StreamNotComputedError) as raised:
        tarball.write("app:1", image, io.BytesIO())
    assert str(raised.value) == f"unable to calculate manifest: {NOT_COMPUTED}"


def test_a_layout_can_be_written_of_it(engine, tmp_path):
    image, layer = streaming_image(engine)
    path = layout.write(tmp_path, empty.index(engine=engine))

    path.append_image(image)

    (described,) = path.image_index().index_manifest().manifests
    assert described.digest == image.digest() == image_at_hand(engine).digest()
    assert isinstance(layer.digest(), v1.Hash)
    validate.image(path.image(described.digest))


def test_such_a_layer_is_pushed_alone(engine, served):
    layer = stream.new_layer(Source(CONTENT), engine=engine)
    remote.write_layer(served.repository("app"), layer, engine=engine)
    pushed = remote.layer(served.repository("app").digest(str(layer.digest())), engine=engine)
    assert consumed(pushed) == consumed(expected(engine=engine))


def test_what_the_stream_raises_ends_a_push(engine, served):
    class Broken(Source):
        def read(self, size=-1):
            raise RuntimeError("a user's own")

    layer = stream.new_layer(Broken(), engine=engine)
    with pytest.raises(RuntimeError, match="^a user's own$"):
        remote.write_layer(served.repository("app"), layer, engine=engine)


def test_a_layer_that_was_pushed_cannot_be_pushed_elsewhere(engine, served):
    layer = stream.new_layer(Source(CONTENT), engine=engine)
    remote.write_layer(served.repository("app"), layer, engine=engine)
    with registry.serve(engine="python") as other, pytest.raises(errors.StreamConsumedError):
        remote.write_layer(Served(other.host).repository("app"), layer, engine=engine)


def test_an_index_of_an_image_with_such_a_layer_is_pushed(engine, served):
    image, _ = streaming_image(engine)
    known = image_at_hand(engine)
    index = mutate.append_manifests(
        empty.index(engine=engine), mutate.IndexAddendum(known), mutate.IndexAddendum(image)
    )
    assert_unknown(index.digest)

    remote.write_index(served("index:1"), index, engine=engine)

    pushed = remote.index(served("index:1"), engine=engine)
    assert pushed.digest() == index.digest()
    validate.index(pushed)
    assert [it.digest for it in pushed.index_manifest().manifests] == [image.digest()] * 2


def test_an_index_of_an_image_with_such_a_layer_is_not_written_into_a_layout(engine, tmp_path):
    image, _ = streaming_image(engine)
    index = mutate.append_manifests(empty.index(engine=engine), mutate.IndexAddendum(image))
    assert_unknown(lambda: layout.write(tmp_path, index))


def test_a_push_that_was_refused_cannot_begin_again(engine, served):
    retry = remote.Retry(duration=0.001, factor=1.0, jitter=0.0, steps=3)
    # Content of its own: the registry has the other tests' blob, which ends the second try well.
    layer = stream.new_layer(Source(layer_tar({engine: b"refused"})), engine=engine)
    refused = Fault("PATCH", "/blobs/uploads/", answer(503))
    with FaultyProxy(served.host, refused) as proxy, pytest.raises(errors.StreamConsumedError):
        remote.write_layer(
            Served(proxy.host).repository("refused"), layer, retry=retry, engine=engine
        )
