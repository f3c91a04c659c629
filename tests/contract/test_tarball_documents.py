"""Documents are bounded: a few kilobytes that claim a config of a tebibyte fill no memory."""

from __future__ import annotations

import json
import os
import tarfile

import pytest
from support.sparse import end, old_sparse, pax_sparse, plain

import pyggcr
from pyggcr import errors, layout, tarball, validate
from pyggcr._layers.documents import DOCUMENT_LIMIT
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    layer_tar,
    make_tar,
    member,
)
from pyggcr.doctor import diagnose

TIB = 1 << 40
LAYER = layer_tar({"a": b"hello"})
CONFIG = ImageSpec(layers=[LayerSpec(LAYER)]).raw_config()
SPARSE = {"PAX 1.0": pax_sparse, "old GNU": old_sparse}


def manifest(**more: object) -> bytes:
    return json.dumps(
        [{"Config": "c.json", "RepoTags": ["app:1"], "Layers": ["l.tar"]} | more]
    ).encode()


@pytest.fixture
def archive(tmp_path):
    """Writes an archive of these entries and gives its path."""
    path = tmp_path / "archive.tar"

    def write(*entries: bytes):
        path.write_bytes(b"".join(entries) + end())
        return path

    return write


@pytest.mark.parametrize("form", SPARSE)
def test_a_config_of_a_tebibyte_is_refused(engine, archive, form):
    path = archive(
        SPARSE[form]("c.json", CONFIG, TIB),
        plain("l.tar", LAYER),
        plain("manifest.json", manifest()),
    )
    with pytest.raises(errors.ArchiveError, match=r"^c\.json is larger than 67108864 bytes$"):
        tarball.image_from_path(path, engine=engine)
    assert "c.json is larger" in diagnose(path).checkups[0].reason


def test_a_config_behind_links_is_refused_by_the_name_that_was_asked_for(engine, archive):
    link = make_tar([member("c.json", kind=tarfile.SYMTYPE, link="sub/real.json")])[:512]
    path = archive(
        link,
        pax_sparse("sub/real.json", CONFIG, TIB),
        plain("l.tar", LAYER),
        plain("manifest.json", manifest()),
    )
    with pytest.raises(errors.ArchiveError, match=r"^c\.json is larger than"):
        tarball.image_from_path(path, "app:1", engine=engine)


@pytest.mark.parametrize("form", SPARSE)
def test_of_a_manifest_the_first_value_counts_whatever_it_claims_to_have_behind_it(
    engine, archive, form
):
    path = archive(
        plain("c.json", CONFIG),
        plain("l.tar", LAYER),
        SPARSE[form]("manifest.json", manifest(), TIB),
    )
    with tarball.image_from_path(path, engine=engine) as image:
        validate.image(image)
    assert len(tarball.load_manifest(path, engine=engine)) == 1
    with pyggcr.open(path) as store:
        assert len(store.images()) == 1
    assert diagnose(path).checkups[0].readable


TOO_LARGE = r"^manifest\.json is larger than 67108864 bytes$"


@pytest.mark.parametrize(
    ("value", "error"),
    [
        pytest.param(b'["' + b"a" * DOCUMENT_LIMIT, TOO_LARGE, marks=pytest.mark.full),
        pytest.param(b" " * (DOCUMENT_LIMIT + 1), TOO_LARGE, marks=pytest.mark.full),
        pytest.param(b"[{]" + b" " * DOCUMENT_LIMIT, "invalid character ']'"),
    ],
    ids=["one string", "nothing but space", "malformed at its beginning"],
)
def test_a_manifest_that_does_not_end_is_refused(engine, archive, value, error):
    path = archive(plain("manifest.json", value))
    with pytest.raises(errors.Error, match=error):
        tarball.load_manifest(path, engine=engine)
    with pytest.raises(errors.Error, match=error):
        tarball.image_from_path(path, engine=engine)


def test_a_large_layer_is_no_document(engine, archive):
    path = archive(
        plain("c.json", CONFIG),
        pax_sparse("l.tar", LAYER, TIB),
        plain("manifest.json", manifest()),
    )
    with tarball.image_from_path(path, engine=engine) as image:
        assert image.raw_config_file() == CONFIG


@pytest.mark.parametrize("name", ["index.json", "the manifest"])
def test_documents_of_a_layout_are_bounded(tmp_path, name):
    with tarball.image_from_path(written(tmp_path / "in.tar")) as image:
        path = layout.write(tmp_path / "layout", pyggcr.empty.index())
        path.append_image(image)
        digest = image.digest()
    index = layout.image_index_from_path(tmp_path / "layout")
    blob = tmp_path / "layout" / "blobs" / digest.algorithm / digest.hex
    os.truncate(tmp_path / "layout" / name if name == "index.json" else blob, DOCUMENT_LIMIT + 1)

    with pytest.raises(errors.ArchiveError, match="is larger than 67108864 bytes$"):
        if name == "index.json":
            layout.image_index_from_path(tmp_path / "layout")
        else:
            index.image(digest).raw_manifest()


def written(path):
    path.write_bytes(
        plain("c.json", CONFIG) + plain("l.tar", LAYER) + plain("manifest.json", manifest()) + end()
    )
    return path


def test_a_pipe_in_a_layout_is_not_waited_for(tmp_path):
    layout.write(tmp_path, pyggcr.empty.index())
    (tmp_path / "index.json").unlink()
    os.mkfifo(tmp_path / "index.json")

    with pytest.raises(errors.Error, match=r"index\.json is not a regular file$"):
        layout.image_index_from_path(tmp_path)
