"""Bad content: always a report, never an exception, and no archive stops the others."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ailing import AILING, A, B, Hybrid, linked

from pyggcr import errors, limits
from pyggcr.differential.generate.archives import (
    ImageSpec,
    LayerSpec,
    docker_save,
    make_tar,
    member,
)
from pyggcr.differential.generate.cases import case_seed, make_recipe
from pyggcr.doctor import Report, diagnose, diagnose_all

BLOCK = 512
BUG = "(a bug)"

WRONG = (None, True, 7, -1, 1e300, "", "x", "../../x", [], [None], [[]], {}, {"x": {}})


def hybrid() -> Hybrid:
    """An image in manifest.json and, behind another index, in index.json."""
    made = Hybrid()
    image = ImageSpec([LayerSpec(A), LayerSpec(B, "gzip")], ["app:1"])
    made.save(image)
    return made.list(made.nest(made.describe(image)))


def checked(path: Path) -> Report:
    """The deepest report there is; it never tells of a bug."""
    report = diagnose(path, deep=True, digests=True)
    for checkup in report.checkups:
        assert BUG not in checkup.reason
    return report


@pytest.fixture
def archive(tmp_path):
    """Writes an archive and gives its report."""

    def write(data: bytes) -> Report:
        path = tmp_path / "archive.tar"
        path.write_bytes(data)
        return checked(path)

    return write


def places(document: object, path: tuple = ()) -> list[tuple]:
    """The way to each value in a JSON document."""
    found = [path]
    if isinstance(document, dict):
        for key, value in document.items():
            found += places(value, (*path, key))
    elif isinstance(document, list):
        for number, value in enumerate(document):
            found += places(value, (*path, number))
    return found


def replaced(document: object, path: tuple, value: object) -> object:
    """The document with another value at a place."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


@pytest.mark.parametrize(
    "name", ["docker/25.0.2/mixed.tar", "docker/28.5.2-containerd-store/buildkit.tar"]
)
def test_truncated_at_every_block(archive, docker, name):
    data = (docker.parent / name).read_bytes()
    for size in range(0, len(data) - 2 * BLOCK, BLOCK):
        report = archive(data[:size])
        if size < tail_of(docker.parent / name):
            assert report.status == "unreadable", size


def tail_of(path: Path) -> int:
    """Where the last file that an image needs ends."""
    with tarfile.open(path) as tar:
        return max(
            member.offset_data + member.size
            for member in tar
            if member.name.startswith("blobs/") or member.name == "manifest.json"
        )


def test_a_gzip_archive_that_is_cut_short(tmp_path):
    import gzip

    data = gzip.compress(hybrid().tar())
    for size in range(0, len(data), 37):
        path = tmp_path / "archive.tar.gz"
        path.write_bytes(data[:size])
        assert checked(path).status == "unreadable"


@pytest.mark.parametrize("name", ["manifest.json", "index.json"])
def test_values_of_a_wrong_kind_anywhere_in_a_document(archive, name):
    files = hybrid().all_files()
    document = json.loads(files[name])
    for path in places(document):
        for value in WRONG:
            changed = json.dumps(replaced(document, path, value)).encode()
            archive(
                make_tar(
                    [member(each, changed if each == name else it) for each, it in files.items()]
                )
            )


@pytest.mark.parametrize("part", ["config", "manifest", "index"])
def test_values_of_a_wrong_kind_in_blobs(archive, part):
    made = hybrid()
    names = {
        "config": made.manifest[0]["Config"],
        "index": f"blobs/sha256/{made.index['manifests'][0]['digest'][7:]}",
    }
    nested = json.loads(made.files[names["index"]])
    names["manifest"] = f"blobs/sha256/{nested['manifests'][0]['digest'][7:]}"
    document = json.loads(made.files[names[part]])
    for path in places(document):
        for value in WRONG:
            made.files[names[part]] = json.dumps(replaced(document, path, value)).encode()
            report = archive(made.tar())
            # Whatever else is said: the document is not what its name says.
            if value != document:
                assert report.status != "clean"


@pytest.mark.parametrize("name", ["manifest.json", "index.json"])
@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"nul", b"[{}", b"\0" * 4096],
    ids=["empty", "open", "deep list", "deep object", "no UTF-8", "word", "cut", "zeros"],
)
def test_what_is_no_json(archive, name, text):
    files = {**hybrid().all_files(), name: text}
    report = archive(make_tar([member(each, content) for each, content in files.items()]))
    assert report.status == "unreadable"


@pytest.mark.parametrize("name", list(AILING["PYG014"]))
def test_unsafe_paths_are_findings_and_nothing_outside_is_read(archive, name):
    report = archive(AILING["PYG014"][name]())
    assert report.status == "findings"


def test_links_out_of_a_folder_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(A)
    folder = tmp_path / "layout"
    for name, content in hybrid().all_files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    layer = next(iter(hybrid().manifest))["Layers"][0]
    (folder / layer).unlink()
    (folder / layer).symlink_to(secret)

    report = checked(folder)

    assert [
        (found.code, found.place.entry)
        for found in report.findings
        if found.code in ("PYG014", "PYG015")
    ] == [("PYG015", layer)]


def test_an_index_that_names_itself_ends(archive):
    """Nobody can make one by digest; by a wrong name everybody can."""
    made = hybrid()
    name = f"blobs/sha256/{made.index['manifests'][0]['digest'][7:]}"
    made.files[name] = json.dumps(made.index).encode()
    assert "PYG010" in {found.code for found in archive(made.tar()).findings}


def test_a_missing_layer_is_told_in_gos_words(archive):
    report = archive(linked("x"))
    assert report.checkups[0].reason == "file x not found in tar"


def test_an_image_that_cannot_be_read_does_not_hide_the_others(archive):
    data = docker_save([ImageSpec([LayerSpec(A)], ["app:1"])])
    with_other = add_to_manifest(data, {"Config": "nothing", "RepoTags": None, "Layers": []})
    report = archive(with_other)
    assert report.checkups[0].reason == ("image 1 of manifest.json: file nothing not found in tar")
    assert [found.place.image for found in report.findings] == ["app:1"]


def add_to_manifest(data: bytes, entry: dict) -> bytes:
    """The archive with one more image in ``manifest.json``."""
    import io

    members = []
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for info in tar:
            content = tar.extractfile(info).read()
            if info.name == "manifest.json":
                content = json.dumps([*json.loads(content), entry]).encode()
            members.append(member(info.name, content))
    return make_tar(members)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "nothing is in it; docker save -o FILE IMAGE writes an archive"),
        (
            {"x": b"x"},
            "there is neither a manifest.json nor an index.json that lists images; "  # noqa: ISC004
            "there are x; docker save -o FILE IMAGE writes an archive",
        ),
        ({"manifest.json": b"[]"}, "no image is in it"),
        ({"manifest.json": b"null"}, "no image is in it"),
        ({"index.json": b'{"manifests": []}', "oci-layout": b"{}"}, "no image is in it"),
        (
            {"index.json": b'{"manifests": []}'},
            "index.json is there, but neither manifest.json nor oci-layout",
        ),
    ],
)
def test_what_has_no_images(archive, files, reason):
    report = archive(make_tar([member(name, content) for name, content in files.items()]))
    assert report.checkups[0].reason == reason


@pytest.mark.parametrize(
    "content", [b"", b"x", b"x" * 5000, b"\x1f\x8b", b"\x28\xb5\x2f\xfd", bytes(2048)]
)
def test_what_is_no_archive(archive, content):
    assert archive(content).status == "unreadable"


def test_targets_that_cannot_be_opened(tmp_path):
    pipe = tmp_path / "pipe.tar"
    os.mkfifo(pipe)
    loop = tmp_path / "loop.tar"
    loop.symlink_to(loop)
    empty = tmp_path / "empty"
    empty.mkdir()
    report = diagnose_all([tmp_path / "missing.tar", pipe, loop, empty, "nul\0.tar"])
    assert [checkup.readable for checkup in report.checkups] == [False] * 5
    assert not [checkup.reason for checkup in report.checkups if BUG in checkup.reason]


def test_one_bad_file_never_stops_the_rest(tmp_path):
    for number in range(5):
        good = docker_save([ImageSpec([LayerSpec(A)], [f"app:{number}"])])
        (tmp_path / f"{number}.tar").write_bytes(good)
    (tmp_path / "2.tar").write_bytes(b"garbage" * 1000)
    (tmp_path / "unrelated.txt").write_bytes(b"no archive")

    report = diagnose(tmp_path)

    assert [checkup.readable for checkup in report.checkups] == [True, True, False, True, True]
    assert report.exit_code == 2
    assert [found.place.image for found in report.findings] == ["app:0", "app:1", "app:3", "app:4"]


def test_folders_are_searched_for_archives_and_layouts(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/no-suffix").write_bytes(docker_save([ImageSpec([LayerSpec(A)])]))
    for name, content in hybrid().all_files().items():
        (tmp_path / "a/layout" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "a/layout" / name).write_bytes(content)
    (tmp_path / "a/up").symlink_to(tmp_path)

    report = diagnose(tmp_path)

    names = [str(Path(checkup.path).relative_to(tmp_path)) for checkup in report.checkups]
    assert names == ["a/b/no-suffix", "a/layout"]


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path, monkeypatch):
    (tmp_path / "good.tar").write_bytes(hybrid().tar())
    (tmp_path / "locked").mkdir()
    (tmp_path / "gone").mkdir()
    refused = {
        str(tmp_path / "locked"): PermissionError(13, "Permission denied"),
        str(tmp_path / "gone"): FileNotFoundError(2, "No such file or directory"),
    }
    scandir = os.scandir

    def scan(place):
        if (error := refused.get(str(place).rstrip("/"))) is not None:
            raise error
        return scandir(place)

    monkeypatch.setattr(os, "scandir", scan)
    good, locked = checked(tmp_path).checkups
    assert good.readable
    assert locked.reason == f"open {tmp_path}/locked/: permission denied"


def test_folders_may_be_deeper_than_python_recurses(tmp_path):
    bottom = tmp_path
    for _ in range(sys.getrecursionlimit() + 50):
        bottom /= "d"
        bottom.mkdir()
    (bottom / "good.tar").write_bytes(hybrid().tar())
    try:
        (checkup,) = checked(tmp_path).checkups
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # shutil recurses
    assert checkup.readable


def test_an_archive_that_is_given_twice_is_looked_at_once(tmp_path):
    path = tmp_path / "good.tar"
    path.write_bytes(hybrid().tar())
    assert [one.path for one in diagnose_all([path, tmp_path]).checkups] == [str(path)]


def test_a_limit_ends_the_work(tmp_path, docker):
    token = limits.CancelToken()
    token.cancel()
    with limits.limit(cancel=token), pytest.raises(errors.CancelledError):
        diagnose(docker, deep=True)


def test_progress_counts_archives(docker):
    seen: list[tuple[int, int]] = []
    diagnose_all(
        [docker / "24.0.7"], progress=lambda done, everything: seen.append((done, everything))
    )
    assert seen == [(number, 7) for number in range(1, 8)]


@given(st.integers(0, 1 << 32))
def test_archives_of_campaigns(tmp_path_factory, seed):
    path = tmp_path_factory.getbasetemp() / "campaign.tar"
    path.write_bytes(make_recipe(case_seed(seed, 0)).archive())
    checked(path)


def test_many_layers_over_many_links_end(archive):
    """Go, and whoever follows links as often as they are named, takes minutes for this one."""
    links = [member(f"l{number}", b"", tarfile.SYMTYPE, f"l{number + 1}") for number in range(600)]
    image = ImageSpec([LayerSpec(A)] * 600)
    manifest = [
        {"Config": "config", "RepoTags": None, "Layers": [f"l{number}" for number in range(600)]}
    ]
    report = archive(
        make_tar(
            [
                member("config", image.raw_config()),
                member("manifest.json", json.dumps(manifest).encode()),
                *links,
                member("l600", A),
            ]
        )
    )
    assert Counter(found.code for found in report.findings) == {"PYG008": 1, "PYG009": 600}


def test_documents_may_be_as_large_as_pyggcr_open_reads_them(archive):
    config = ImageSpec([LayerSpec(A, "gzip")]).raw_config()
    manifest = json.dumps([{"Config": "config", "RepoTags": None, "Layers": ["l"]}]).encode()
    report = archive(
        make_tar(
            [
                member("config", config + b" " * (20 << 20)),
                member("manifest.json", manifest),
                member("l", LayerSpec(A, "gzip").stored()),
            ]
        )
    )
    assert report.checkups[0].readable


def test_many_problems_are_told_in_short(archive):
    manifest = [{"Config": "config", "RepoTags": None, "Layers": [f"l{n}" for n in range(2000)]}]
    report = archive(
        make_tar(
            [
                member("config", ImageSpec().raw_config()),
                member("manifest.json", json.dumps(manifest).encode()),
            ]
        )
    )
    reason = report.checkups[0].reason
    assert reason.startswith("file l0 not found in tar; file l1 not found in tar; ")
    assert reason.endswith("; and 1995 more")


@given(st.data())
def test_flipped_bytes(tmp_path_factory, data):
    content = bytearray(hybrid().tar())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "flipped.tar"
    path.write_bytes(bytes(content))
    checked(path)
