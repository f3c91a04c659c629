"""OCI layouts that ``layout`` writes, and reads again."""

from __future__ import annotations

import pytest

from pyggcr import crane, errors, layout, tarball, validate
from pyggcr.differential.making.archives import ImageSpec, LayerSpec, docker_save, layer_tar


@pytest.fixture
def image(tmp_path, engine):
    layers = [LayerSpec(layer_tar({f"f{number}": b"content"}), "gzip") for number in range(2)]
    (tmp_path / "source.tar").write_bytes(docker_save([ImageSpec(layers, ["app:1"])]))
    with tarball.image_from_path(tmp_path / "source.tar", engine=engine) as opened:
        yield opened


@pytest.fixture
def filled(image, tmp_path):
    """A layout of one image."""
    crane.save_oci({"app:1": image}, tmp_path / "layout")
    return layout.from_path(tmp_path / "layout")


def test_an_image_that_was_appended_is_listed_and_valid(filled, image):
    index = filled.image_index()

    assert [it.digest for it in index.index_manifest().manifests] == [image.digest()]
    validate.index(index, engine="python")


def test_annotations_are_added_to_the_entry(filled, image):
    filled.append_image(image, annotations={"colour": "red"})

    first, second = filled.image_index().index_manifest().manifests
    assert first.annotations is None
    assert second.annotations == {"colour": "red"}


def test_an_index_is_written_with_all_that_it_lists(filled, image, tmp_path):
    copy = layout.write(tmp_path / "copy", filled.image_index())

    assert copy.image_index().raw_manifest() == filled.image_index().raw_manifest()
    validate.index(copy.image_index(), engine="python")


def test_an_index_can_be_appended_to_another(filled, tmp_path):
    copy = layout.write(tmp_path / "copy", filled.image_index())
    copy.append_index(filled.image_index(), annotations={"nested": "yes"})

    nested = copy.image_index().index_manifest().manifests[-1]
    assert nested.annotations == {"nested": "yes"}
    assert copy.image_index().image_index(nested.digest).digest() == filled.image_index().digest()


def test_a_folder_without_an_index_is_no_layout(tmp_path):
    with pytest.raises(errors.MissingPathError, match=r"^open .*index\.json: no such file"):
        layout.from_path(tmp_path)


def test_a_layout_cannot_be_made_where_a_file_is(filled, tmp_path):
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(errors.FileAccessError, match="^mkdir .*file: file exists$"):
        layout.write(tmp_path / "file", filled.image_index())
