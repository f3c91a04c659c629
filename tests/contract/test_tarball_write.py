"""Archives that ``tarball`` writes, in a file or a stream, and what they say of tags."""

from __future__ import annotations

import io
import json
import tarfile

import pytest

from pyggcr import crane, errors, name, tarball
from pyggcr.differential.generate.archives import ImageSpec, LayerSpec, docker_save, layer_tar


@pytest.fixture
def image(tmp_path, engine):
    layers = [LayerSpec(layer_tar({f"f{number}": b"content"}), "gzip") for number in range(2)]
    (tmp_path / "source.tar").write_bytes(docker_save([ImageSpec(layers, ["app:1"])]))
    with tarball.image_from_path(tmp_path / "source.tar", engine=engine) as opened:
        yield opened


def manifest(archive: bytes) -> list[dict]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return json.loads(tar.extractfile("manifest.json").read())


def written(images) -> bytes:
    stream = io.BytesIO()
    tarball.multi_ref_write(images, stream)
    return stream.getvalue()


def test_all_functions_write_the_same_archive_of_one_tag(image, tmp_path):
    tag = name.new_tag("app:1")
    streams = [io.BytesIO() for _ in range(3)]
    tarball.write("app:1", image, streams[0])
    tarball.multi_write({tag: image}, streams[1])
    crane.save({"app:1": image}, streams[2])
    files = [tmp_path / str(number) for number in range(3)]
    tarball.write_to_file(files[0], tag, image)
    tarball.multi_write_to_file(files[1], {tag: image})
    tarball.multi_ref_write_to_file(files[2], [(tag, image)])

    answers = {stream.getvalue() for stream in streams} | {file.read_bytes() for file in files}

    assert answers == {written({tag: image})}


def test_an_image_with_several_tags_is_there_once(image):
    archive = written({name.new_tag("app:1"): image, name.new_tag("app"): image})

    assert [it["RepoTags"] for it in manifest(archive)] == [["app:1", "app:latest"]]


def test_an_image_with_a_digest_has_no_tag(image):
    reference = name.new_digest(f"app@sha256:{'0' * 64}")

    (described,) = manifest(written({reference: image}))

    assert described["RepoTags"] is None


def test_what_was_written_is_read_again(image, tmp_path, engine):
    tarball.write_to_file(tmp_path / "copy.tar", "app:1", image)

    with tarball.image_from_path(tmp_path / "copy.tar", "app:1", engine=engine) as copy:
        assert copy.raw_config_file() == image.raw_config_file()
        assert [it.digest() for it in copy.layers()] == [it.digest() for it in image.layers()]


def test_a_text_that_is_no_reference_is_an_error(image):
    with pytest.raises(errors.InvalidReferenceError):
        tarball.write("app:1:2", image, io.BytesIO())
