"""``pyggcr.random`` on both engines: pkg/v1/random, byte for byte Go's for a given source."""

from __future__ import annotations

import io
import tarfile

import pytest
from support.go_programs import ask, build_with_library

from pyggcr import errors, limits, random, types, validate

NONE = "sha256:" + 64 * "0"


class Counting:
    """A source of the user's own: the numbers of another one, counted."""

    def __init__(self, seed):
        self.inner = random.Source(seed)
        self.count = 0

    def int63(self):
        self.count += 1
        return self.inner.int63()


def tar_of(layer):
    with layer.uncompressed() as stream:
        return stream.read()


def test_a_layer_has_the_file_that_go_makes(engine):
    layer = random.layer(16, types.MediaType.OCI_LAYER, source=1, engine=engine)

    with tarfile.open(fileobj=io.BytesIO(tar_of(layer))) as tar:
        (entry,) = tar
        content = tar.extractfile(entry).read()
    assert entry.name == "random_file_5577006791947779410.txt"
    assert (entry.mode, entry.mtime, entry.uid, entry.size) == (0, 0, 0, 16)
    assert content.hex().startswith("4f163f5f0f9a621d")
    assert layer.media_type() == types.MediaType.OCI_LAYER
    assert layer.engine == engine
    validate.layer(layer)


@pytest.fixture(scope="module")
def answers(tmp_path_factory, require):
    folder = tmp_path_factory.mktemp("random")
    sizes = [(0, 0, 0), (1, 1, 1), (7, 2, 0), (16, 0, 2), (1 << 20, 2, 1), (459_000, 1, 2)]
    tasks = [
        {"Seed": seed, "Size": size, "Layers": layers, "Indexed": count}
        for seed, (size, layers, count) in zip([1, 0, -5, 1 << 62, 42, 7], sizes, strict=True)
    ]
    return list(zip(tasks, ask(build_with_library("random", folder, require), tasks), strict=True))


def test_one_source_gives_what_go_makes_of_it_one_after_the_other(answers, engine):
    for task, answer in answers:
        size, layers = task["Size"], task["Layers"]
        source = random.Source(task["Seed"])

        layer = random.layer(size, source=source, engine=engine)
        image = random.image(size, layers, source=source, engine=engine)
        index = random.index(size, layers, task["Indexed"], source=source, engine=engine)

        assert str(layer.diff_id()) == answer["Layer"]
        assert image.raw_config_file().decode() == answer["Config"]
        assert image.raw_manifest().decode() == answer["Image"]
        assert index.raw_manifest().decode() == answer["Index"]
        with pytest.raises(errors.ArchiveError) as raised:
            random.layer(-1, source=source, engine=engine)
        assert str(raised.value) == answer["Negative"]
        assert source.int63() == answer["Next"]


def test_engines_share_the_state_of_a_source(go_engine):
    source, other = random.Source(3), random.Source(3)
    mixed = [random.layer(100, source=source, engine=it).diff_id() for it in ("go", "python", "go")]
    assert mixed == [random.layer(100, source=other, engine="python").diff_id() for _ in range(3)]


def test_a_source_of_the_users_own_is_asked_as_often_as_go_asks(engine):
    source = Counting(5)
    layer = random.layer(15, source=source, engine=engine)
    assert layer.diff_id() == random.layer(15, source=5, engine=engine).diff_id()
    assert source.count == 1 + 3
    random.image(7, 2, source=source, engine=engine)
    assert source.count == 1 + 3 + 2 * (1 + 1)


def test_a_source_that_fails_is_heard(engine):
    class Broken:
        def int63(self):
            raise ValueError("no numbers left")

    with pytest.raises(ValueError, match="^no numbers left$"):
        random.layer(1, source=Broken(), engine=engine)


def test_without_a_source_no_two_layers_are_the_same(engine):
    assert random.layer(16, engine=engine).diff_id() != random.layer(16, engine=engine).diff_id()
    image = random.image(16, 2, engine=engine)
    assert len({it.diff_id() for it in image.layers()}) == 2


def test_an_image_is_valid_and_has_a_history(engine):
    image = random.image(100, 2, source=9, engine=engine)
    validate.image(image)
    history = image.config_file().history
    assert [it.comment for it in history] == [
        "this is a random history 0 of 2",
        "this is a random history 1 of 2",
    ]
    assert {(it.author, it.created_by) for it in history} == {("random.Image", "random")}


def test_an_index_has_its_images_and_nothing_else(engine):
    index = random.index(10, 1, 2, source=9, engine=engine)
    assert index.media_type() == types.MediaType.OCI_IMAGE_INDEX
    for described in index.index_manifest().manifests:
        assert described.media_type == types.MediaType.DOCKER_MANIFEST_SCHEMA2
        assert index.image(described.digest).digest() == described.digest
    for look_up in (index.image, index.image_index):
        with pytest.raises(errors.Error) as raised:
            look_up(NONE)
        assert str(raised.value) == f"image not found: {NONE}"


def test_work_that_was_cut_off_gives_the_same_later(engine):
    image = random.image(1 << 22, 2, source=4, engine=engine)
    with pytest.raises(errors.CancelledError), limits.limit(timeout=0.0):
        image.digest()
    assert image.digest() == random.image(1 << 22, 2, source=4, engine=engine).digest()


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1])
def test_a_number_that_go_does_not_have_is_refused(engine, number):
    with pytest.raises(errors.UnsupportedOptionError):
        random.layer(number, engine=engine)


def test_there_may_be_no_layers_and_no_images(engine):
    assert random.image(10, 0, engine=engine).layers() == []
    assert random.image(10, -1, engine=engine).layers() == []
    assert random.index(10, 1, 0, engine=engine).index_manifest().manifests == []
