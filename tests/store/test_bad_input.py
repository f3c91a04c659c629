"""What is damaged, hostile or no archive at all: a clear error of ours, soon, and no more."""

from __future__ import annotations

import contextlib
import json
import os
import tarfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.layouts import OCI_INDEX, OCI_MANIFEST, REF_NAME, Layout, tar_of, write_folder

import pyggcr
from pyggcr import limits, validate
from pyggcr._layers.documents import DOCUMENT_LIMIT
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    layer_tar,
    make_tar,
    member,
)
from pyggcr.doctor import diagnose, repair
from pyggcr.errors import (
    ArchiveError,
    DeadlineExceededError,
    Error,
    InvalidHashError,
    JSONError,
    LinkCycleError,
    TruncatedError,
    ValidationError,
)

IMAGE = ImageSpec([LayerSpec(layer_tar({"a": b"a" * 5000}), "gzip")], tags=["app:1"])
ZERO_HASH = "sha256:" + "0" * 64


def layout_of(image: ImageSpec = IMAGE) -> Layout:
    """A layout of one image."""
    layout = Layout()
    layout.roots = [layout.add_image(image)]
    return layout


@pytest.mark.parametrize("content", [b"", b"text", b"\0" * 2048, os.urandom(4096), b"PK\3\4" * 600])
def test_what_is_no_archive_is_refused(opened, content: bytes) -> None:
    with pytest.raises(ArchiveError, match=r"^.*made-0\.tar(: | is )"):
        opened(content)


def test_a_folder_without_images_is_refused(opened, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=f"^{tmp_path}: nothing is in it; docker save"):
        opened(tmp_path)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArchiveError, match="pipe is a pipe, not a file$"):
        pyggcr.open(tmp_path / "pipe")


def test_a_pipe_in_a_layout_is_refused_at_once(opened, tmp_path: Path) -> None:
    folder = write_folder(layout_of().finished(), tmp_path / "layout")
    (folder / "index.json").unlink()
    os.mkfifo(folder / "index.json")
    with pytest.raises(ArchiveError, match="index.json is a pipe, not a file$"):
        opened(folder)


def test_a_truncated_archive_tells_so(opened) -> None:
    whole = docker_save([IMAGE])
    with pytest.raises(TruncatedError, match="^.*: unexpected EOF: the archive is truncated"):
        opened(whole[: whole.index(b'[{"Config"') + 10])


def test_an_archive_truncated_inside_a_layer_is_not_valid(opened) -> None:
    content = layer_tar({"a": b"a" * 50_000})
    config = ImageSpec([LayerSpec(content)]).raw_config()
    manifest = json.dumps([{"Config": "config", "Layers": ["layer.tar"]}]).encode()
    archive = tar_of({"manifest.json": manifest, "config": config, "layer.tar": content})
    image = opened(archive[:30_000]).image()
    with pytest.raises(ValidationError, match="unexpected EOF|undersized"):
        validate.image(image)


DOCUMENTS = [
    b"",
    b"{",
    b"7",
    b'"text"',
    b"[7]",
    b'[{"Config": 7}]',
    b'[{"Config": "c", "Layers": "text"}]',
    b'[{"Config": "c", "RepoTags": {"a": 1}}]',
    b'[{"Config": "c", "LayerSources": {"no hash": {}}}]',
    b"[" * 20_000,
    b"\xff\xfe",
]


@pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda document: document[:40].decode("latin-1")
)
def test_a_malformed_manifest_json_is_named(opened, document: bytes) -> None:
    with pytest.raises((JSONError, InvalidHashError, TruncatedError), match="tar: manifest.json: "):
        opened(tar_of({"manifest.json": document}))


@pytest.mark.parametrize("document", [b"null", b"[]", b"[] and more"])
def test_a_manifest_json_without_images_is_told(opened, document: bytes) -> None:
    with pytest.raises(ArchiveError, match="lists no image|that lists images"):
        opened(tar_of({"manifest.json": document}))


@pytest.mark.parametrize(
    "document",
    [b"", b"{", b"7", b'{"manifests": 7}', b'{"manifests": [{"digest": "x"}]}', b"[" * 20_000],
    ids=lambda document: document[:40].decode(),
)
def test_a_malformed_index_json_is_named_where_there_is_nothing_else(opened, document) -> None:
    with pytest.raises((JSONError, InvalidHashError, TruncatedError), match="tar: index.json: "):
        opened(tar_of({"index.json": document, "oci-layout": b"{}"}))


@pytest.mark.parametrize(
    "config", [b"", b"7", b"[]", b'{"rootfs": 7}', b'{"rootfs": {"diff_ids": ["x"]}}', b"{" * 5000]
)
def test_a_malformed_config_is_an_error_of_its_image_only(opened, config: bytes) -> None:
    manifest = [{"Config": "c", "RepoTags": ["bad:1"], "Layers": []}]
    image = opened(tar_of({"c": config, "manifest.json": json.dumps(manifest).encode()})).image()
    assert image.tags == ("bad:1",)
    with pytest.raises((JSONError, InvalidHashError, TruncatedError)):
        image.layers()
    with pytest.raises(ValidationError):
        validate.image(image)


def test_links_in_a_circle_are_refused(opened) -> None:
    links = [
        member("manifest.json", kind=tarfile.SYMTYPE, link="other.json"),
        member("other.json", kind=tarfile.SYMTYPE, link="manifest.json"),
    ]
    with pytest.raises(LinkCycleError, match="link cycle detected for manifest.json$"):
        opened(make_tar(links))


def test_a_layer_whose_link_leads_out_is_missing(opened) -> None:
    manifest = [{"Config": "c", "Layers": ["layer.tar"]}]
    config = {"rootfs": {"type": "layers", "diff_ids": [ZERO_HASH]}}
    archive = make_tar(
        [
            member("layer.tar", kind=tarfile.SYMTYPE, link="../../../../etc/passwd"),
            member("c", json.dumps(config).encode()),
            member("manifest.json", json.dumps(manifest).encode()),
        ]
    )
    with pytest.raises(ArchiveError, match="etc/passwd not found in tar$"):
        opened(archive).image().layers()


def test_an_index_that_lists_itself_is_refused(opened) -> None:
    # Only a blob that is not what its digest says can do that.
    itself = {"mediaType": OCI_INDEX, "digest": ZERO_HASH, "size": 7}
    index = json.dumps({"schemaVersion": 2, "manifests": [itself]}).encode()
    layout = Layout({"blobs/sha256/" + "0" * 64: index}, [itself])
    with pytest.raises(ArchiveError, match=f"blobs/sha256/{'0' * 64}: the content has the digest"):
        opened(layout.tar())


def test_indexes_are_followed_eight_deep_and_no_further(opened) -> None:
    layout = Layout()
    root = layout.add_image(IMAGE)
    for _ in range(7):  # and index.json itself
        root = layout.add_index([root])
    layout.roots = [root]
    assert len(opened(layout.tar()).images()) == 1
    for _ in range(1000):
        root = layout.add_index([root])
    layout.roots = [root]
    with pytest.raises(ArchiveError, match="indexes are nested more than 8 deep$"):
        opened(layout.tar())


def test_indexes_that_double_at_each_level_are_followed_once(opened) -> None:
    layout = Layout()
    root = layout.add_image(IMAGE)
    for _ in range(7):
        root = layout.add_index([root] * 1000)
    layout.roots = [root] * 1000
    assert len(opened(layout.tar()).images()) == 1


def test_one_image_under_very_many_names_is_read_in_linear_time(opened) -> None:
    layout = Layout()
    image = layout.add_image(IMAGE)
    names = [f"app:{number}" for number in range(20_000)]
    layout.roots = [{**image, "annotations": {REF_NAME: name}} for name in names]
    assert opened(layout.tar()).image().tags == tuple(names)


def test_indexes_that_list_the_same_others_again_and_again_are_refused(opened) -> None:
    layout = Layout()
    leaves = [
        {"mediaType": OCI_MANIFEST, "digest": f"sha256:{number:064x}", "size": 7}
        for number in range(2000)
    ]
    shared = layout.add_index(leaves)
    for number in range(2000):
        index = {"schemaVersion": 2, "manifests": [shared], "number": number}
        layout.roots.append(layout.add_blob(json.dumps(index).encode(), OCI_INDEX))
    with pytest.raises(ArchiveError, match="the indexes list each other too often$"):
        opened(layout.tar())


def test_a_huge_index_is_refused(opened, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with (folder / "index.json").open("wb") as file:
        file.truncate(DOCUMENT_LIMIT + 1)  # a sparse file
    with pytest.raises(ArchiveError, match=rf"index\.json is larger than {DOCUMENT_LIMIT} bytes$"):
        opened(folder)


def test_of_a_huge_manifest_the_beginning_is_read(opened, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with (folder / "manifest.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(JSONError, match=r"manifest\.json: invalid character '\\x00' looking for"):
        opened(folder)


def test_a_huge_config_is_refused(opened, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "manifest.json").write_text('[{"Config": "config"}]')
    with (folder / "config").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ArchiveError, match="config is larger than"):
        opened(folder).image().config_file()


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "up/secret"])
def test_a_folder_is_never_left(opened, tmp_path: Path, name: str) -> None:
    (tmp_path / "secret").write_text("{}")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "up").symlink_to("..")
    (folder / "manifest.json").write_text(json.dumps([{"Config": name}]))
    with pytest.raises(ArchiveError, match="leads out of the folder$"):
        opened(folder).image().config_file()


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """A path that each example writes its archive to."""
    return tmp_path_factory.mktemp("damaged") / "archive.tar"


WHOLE = (
    docker_save([IMAGE], manifest_first=True),
    tar_of({**layout_of().finished()}),
)


@given(
    whole=st.sampled_from(WHOLE),
    flips=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), max_size=4),
    end=st.one_of(st.none(), st.integers(0, 1 << 20)),
)
def test_whatever_is_damaged_the_error_is_ours(damaged: Path, whole: bytes, flips, end) -> None:
    content = bytearray(whole)
    for place, change in flips:
        content[place % len(content)] ^= change
    damaged.write_bytes(content[: len(content) if end is None else end % len(content)])
    with contextlib.suppress(Error), pyggcr.open(damaged) as store:
        for image in store.images():
            validate.image(image)


def test_a_large_config_that_many_images_have_is_in_memory_once(opened) -> None:
    names = ["config", "./config", "link"]
    manifest = [
        {"Config": name, "RepoTags": [f"app:{n}"], "Layers": ["l"]}
        for n in range(5)
        for name in names
    ]
    store = opened(
        make_tar(
            [
                member("manifest.json", json.dumps(manifest).encode()),
                member("config", IMAGE.raw_config() + b" " * (1 << 20)),
                member("link", b"", tarfile.SYMTYPE, "config"),
                member("l", IMAGE.layers[0].stored()),
            ]
        )
    )
    images = store.images()
    assert len(images) == 15
    assert len({id(image.raw_config_file()) for image in images}) == 1


def hole(name: str, size: int) -> bytes:
    """A file that is one hole, as GNU tar writes it: a header, and no content."""
    header = bytearray(512)
    numbers = {124: 0, 386: size, 398: 0, 483: size}  # stored size, the one segment, real size
    for place, number in numbers.items():
        header[place : place + 12] = b"\x80" + number.to_bytes(11, "big")
    for place, text in {0: name.encode(), 100: b"0000644", 156: b"S", 257: b"ustar  "}.items():
        header[place : place + len(text)] = text
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize("work", ["validate", "repair", "doctor"])
def test_a_limit_ends_the_reading_of_a_hole_without_end(tmp_path: Path, work: str) -> None:
    manifest = json.dumps([{"Config": "config", "RepoTags": ["app:1"], "Layers": ["l"]}]).encode()
    files = tar_of({"manifest.json": manifest, "config": IMAGE.raw_config()})
    path = tmp_path / "hole.tar"
    path.write_bytes(hole("l", 1 << 50) + files)

    def do() -> None:
        if work == "doctor":
            diagnose(path, deep=True)
        elif work == "repair":
            repair(path, tmp_path / "out.tar", compression="plain")
        else:
            with pyggcr.open(path) as store:
                validate.image(store.image())

    began = time.monotonic()
    with limits.limit(timeout=0.3), pytest.raises(DeadlineExceededError):
        do()
    assert time.monotonic() - began < 10
    assert [found.name for found in tmp_path.iterdir()] == ["hole.tar"]
