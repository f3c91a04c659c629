"""pkg/v1/layout beside a Go program: the same files, modes, contents and errors, step by step."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from support import layout_steps
from support.go_programs import ask, build_with_library

from pyggcr import empty, layout, tarball

DATA = Path(__file__).parents[1] / "data" / "docker"
PLAIN = str(DATA / "25.0.2" / "app-tag.tar")
ZIPPED = str(DATA / "28.5.2-containerd-store" / "app-tag.tar")
OTHER = "sha256:" + 64 * "a"
NONE = "sha256:" + 64 * "0"

IMAGE = {"Do": "append_image", "Archive": PLAIN}
SECOND = {"Do": "append_image", "Archive": ZIPPED}
EMPTY = {"Do": "write_empty"}
PLATFORM = {
    "Platform": {"architecture": "arm64", "os": "linux", "variant": "v8"},
    "Text": "linux/arm64/v8",
}
COLLECT = {"Do": "garbage_collect"}


def data(content: bytes) -> str:
    return base64.b64encode(content).decode()


BLOB = {"Do": "write_blob", "Digest": OTHER, "Data": data(b"content")}


@pytest.fixture(scope="module")
def program(tmp_path_factory, require):
    return build_with_library("layouts", tmp_path_factory.mktemp("program"), require)


@pytest.fixture(scope="module")
def digests():
    """The digest of the manifest of each image, which the steps name."""
    with tarball.image_from_path(PLAIN) as plain, tarball.image_from_path(ZIPPED) as zipped:
        return {"PLAIN": str(plain.digest()), "ZIPPED": str(zipped.digest())}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A layout with an image, an image of an index, and a blob that is neither."""
    folder = tmp_path_factory.mktemp("source")
    path = layout.write(folder, empty.index(engine="python"))
    with tarball.image_from_path(PLAIN) as plain, tarball.image_from_path(ZIPPED) as zipped:
        path.append_image(zipped, annotations={"kept": "<yes>"})
        nested = path.image_index()
        path.write_index(nested)
        path.append_image(plain)
        path.append_descriptor(layout.writing._described(nested, None, None, None))
    return folder


TASKS = {
    "nothing there": [
        {"Do": "from_path"},
        IMAGE,
        {"Do": "remove_all"},
        COLLECT,
        {"Do": "bytes", "Digest": OTHER},
        {"Do": "remove_blob", "Digest": OTHER},
    ],
    "an image": [EMPTY, {"Do": "from_path"}, IMAGE, {"Do": "image", "Digest": "PLAIN"}],
    "one image, by no digest": [EMPTY, IMAGE, {"Do": "image"}],
    "two images, by no digest": [EMPTY, IMAGE, SECOND, {"Do": "image"}],
    "an image twice": [EMPTY, IMAGE, IMAGE],
    "options": [
        EMPTY,
        {**IMAGE, "Annotations": {"b": "<&>\u2028é", "a": ""}, "URLs": ["u1", "u2"], **PLATFORM},
        {**SECOND, "Annotations": {}, "URLs": []},
    ],
    "an index": [{"Do": "write"}, {"Do": "append_index"}, {"Do": "append_index", **PLATFORM}],
    "an index appended to nothing": [EMPTY, {"Do": "append_index", "Annotations": {"a": "1"}}],
    "an index without entries": [EMPTY, {"Do": "append_empty_index"}],
    "an index without entries, beside blobs": [EMPTY, IMAGE, {"Do": "append_empty_index"}],
    "replaced": [
        EMPTY,
        IMAGE,
        IMAGE,
        SECOND,
        {"Do": "replace_image", "Archive": ZIPPED, "Digest": "PLAIN", "Annotations": {"n": "1"}},
        {"Do": "replace_index", "Digest": "ZIPPED"},
        {"Do": "replace_image", "Archive": PLAIN, "Digest": OTHER},
    ],
    "removed": [
        EMPTY,
        IMAGE,
        SECOND,
        {"Do": "remove_descriptors", "Digest": "PLAIN"},
        {"Do": "image", "Digest": "PLAIN"},
        COLLECT,
        {"Do": "remove_all"},
        COLLECT,
        IMAGE,
        COLLECT,
    ],
    "removed from nothing": [EMPTY, {"Do": "remove_all"}],
    "a subject": [
        EMPTY,
        {
            "Do": "write_file",
            "Name": "index.json",
            "Mode": 0o600,
            "Data": data(
                b'{"schemaVersion":2,"unknown":1,"manifests":[],"annotations":{"a":"1"},'
                b'"subject":{"mediaType":"m","size":1,"digest":"' + OTHER.encode() + b'"}}'
            ),
        },
        {"Do": "append_descriptor", "Digest": OTHER, "Descriptor": {}},
        {"Do": "replace_image", "Archive": PLAIN, "Digest": OTHER},
    ],
    "an index.json that is none": [
        EMPTY,
        {"Do": "write_file", "Name": "index.json", "Mode": 0o777, "Data": data(b"{} {}")},
        IMAGE,
        {"Do": "write_file", "Name": "index.json", "Mode": 0o777, "Data": data(b"")},
        {"Do": "remove_all"},
        {"Do": "write_file", "Name": "index.json", "Mode": 0o777, "Data": data(b'{"manifests":1}')},
        COLLECT,
    ],
    "files": [
        {"Do": "write_file", "Name": "notes", "Mode": 0o640, "Data": data(b"first")},
        {"Do": "write_file", "Name": "notes", "Mode": 0o777, "Data": data(b"2")},
        {"Do": "write_file", "Name": "none/notes", "Mode": 0o777, "Data": data(b"2")},
        {"Do": "write_file", "Name": ".", "Mode": 0o777, "Data": data(b"2")},
    ],
    "blobs": [
        BLOB,
        {**BLOB, "Data": data(b"other")},
        {"Do": "bytes", "Digest": OTHER},
        {"Do": "remove_blob", "Digest": OTHER},
        {"Do": "remove_blob", "Digest": OTHER},
        {"Do": "bytes", "Digest": OTHER},
        {**BLOB, "Data": data(b"other")},
        {"Do": "bytes", "Digest": OTHER},
    ],
    "a link": [
        BLOB,
        {"Do": "link", "Digest": NONE, "Name": 64 * "a"},
        {"Do": "bytes", "Digest": NONE},
    ],
    "a folder in the way": [
        EMPTY,
        {**BLOB, "Digest": "sha256:" + 64 * "b"},
        {"Do": "write_file", "Name": "blobs/sha512", "Mode": 0o644, "Data": data(b"")},
        {**BLOB, "Digest": "sha512:" + 128 * "b"},
        {"Do": "bytes", "Digest": "sha512:" + 128 * "b"},
        {"Do": "remove_blob", "Digest": "sha512:" + 128 * "b"},
    ],
    "what is no image": [
        EMPTY,
        {
            "Do": "append_descriptor",
            "Digest": OTHER,
            "Descriptor": {"mediaType": "text/plain", "size": 3, "digest": OTHER},
        },
        {"Do": "image", "Digest": OTHER},
        {"Do": "image_index", "Digest": OTHER},
        {"Do": "image", "Digest": NONE},
        COLLECT,
    ],
    "an image is no index": [EMPTY, IMAGE, {"Do": "image_index", "Digest": "PLAIN"}],
    "a manifest that is cut short": [
        EMPTY,
        IMAGE,
        {"Do": "remove_blob", "Digest": "PLAIN"},
        {"Do": "write_blob", "Digest": "PLAIN", "Data": data(b"{")},
        IMAGE,
        {"Do": "bytes", "Digest": "PLAIN"},
        COLLECT,
    ],
    "a file that is no digest": [
        EMPTY,
        IMAGE,
        {"Do": "write_file", "Name": "blobs/sha256/" + 64 * "s", "Mode": 0o644, "Data": ""},
        COLLECT,
    ],
    "a file whose name is too short": [
        EMPTY,
        IMAGE,
        {"Do": "write_file", "Name": "blobs/lost", "Mode": 0o644, "Data": ""},
        COLLECT,
    ],
}


@pytest.mark.parametrize("steps", TASKS.values(), ids=TASKS.keys())
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_every_step_leaves_what_go_leaves(program, source, digests, engine, tmp_path, steps, umask):
    steps = [
        {**it, "Digest": digests.get(it["Digest"], it["Digest"])} if "Digest" in it else it
        for it in steps
    ]
    for it in steps:
        if it["Do"] == "append_descriptor":
            it["Descriptor"] = {"mediaType": "text/plain", "size": 3, "digest": it["Digest"]}
    task = {"Source": str(source), "Steps": steps}
    before = os.umask(umask)
    try:
        (wanted,) = ask(program, [{**task, "Folder": str(tmp_path / "go")}])
        got = layout_steps.run({**task, "Folder": str(tmp_path / "py")}, engine)
    finally:
        os.umask(before)

    shown = [{**it, "Error": it["Error"].replace(str(tmp_path / "go"), "FOLDER")} for it in wanted]
    told = [{**it, "Error": it["Error"].replace(str(tmp_path / "py"), "FOLDER")} for it in got]
    assert told == shown
    assert layout_steps.tree(tmp_path / "py") == layout_steps.tree(tmp_path / "go")
