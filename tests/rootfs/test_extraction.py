"""``FileSystem.extract``: files in a new folder, and nothing outside it."""

from __future__ import annotations

import io
import stat
import tarfile

import pytest
from rootfs.conftest import layer_of, special

from pyggcr import empty, limits, mutate, tarball
from pyggcr.errors import CancelledError, Error, FileAccessError, MissingPathError
from pyggcr.rootfs import FileSystem, Skipped


def names_in(folder):
    return [path.name for path in folder.iterdir()]


def test_the_files_are_written_with_their_attributes(image, tmp_path):
    program = special("bin/run", tarfile.REGTYPE, mode=0o755, mtime=1_000_000_000)
    closed = special("closed", tarfile.DIRTYPE, mode=0o500, mtime=7)
    found = image(
        layer_of("bin/", (program, b"#!"), closed, ("closed/a", b"1"), ("gone", b"")),
        layer_of(special("bin/link", tarfile.LNKTYPE, "bin/run"), ".wh.gone"),
        layer_of(special("sym", tarfile.SYMTYPE, "/etc/passwd")),
    )

    result = FileSystem(found).extract(tmp_path / "out", owners=False)

    out = tmp_path / "out"
    assert sorted(str(it.relative_to(out)) for it in out.rglob("*")) == [
        *("bin", "bin/link", "bin/run", "closed", "closed/a", "sym"),
    ]
    assert (out / "bin/run").read_bytes() == b"#!"
    assert (out / "bin/run").stat().st_mtime == 1_000_000_000
    assert stat.S_IMODE((out / "bin/run").stat().st_mode) == 0o755
    assert stat.S_IMODE((out / "closed").stat().st_mode) == 0o500
    assert (out / "closed").stat().st_mtime == 7
    assert (out / "sym").readlink() == type(out)("/etc/passwd")
    assert (result.files, result.skipped) == (6, ())
    assert names_in(tmp_path) == ["out"]


def test_hard_links_are_one_file(image, tmp_path):
    link = special("b", tarfile.LNKTYPE, "a")
    FileSystem(image(layer_of(("a", b"1"), link))).extract(tmp_path / "out")

    assert (tmp_path / "out/a").stat().st_ino == (tmp_path / "out/b").stat().st_ino


def test_a_directory_of_the_image_alone(image, tmp_path):
    found = image(layer_of(("a/b/c", b"1"), ("a/d", b"2"), ("e", b"")))
    FileSystem(found).extract(tmp_path / "out", "/a")

    assert sorted(names_in(tmp_path / "out")) == ["b", "d"]
    assert (tmp_path / "out/b/c").read_bytes() == b"1"


def test_no_link_is_followed(image, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    found = image(
        layer_of(special("link", tarfile.SYMTYPE, str(outside))),
        layer_of(("link/a", b"1")),
        layer_of(special("to", tarfile.SYMTYPE, f"..{outside}"), ("to/b", b"2")),
        layer_of(special("hard", tarfile.LNKTYPE, "to/b")),
    )

    FileSystem(found).extract(tmp_path / "out")

    assert not names_in(outside)
    assert (tmp_path / "out/link/a").read_bytes() == b"1"


def test_devices_and_foreign_setuid_are_left_out(image, tmp_path):
    found = image(
        layer_of(
            special("null", tarfile.CHRTYPE, devmajor=1, devminor=3),
            special("pipe", tarfile.FIFOTYPE),
            special("suid", tarfile.REGTYPE, mode=0o4755),
            special("lost", tarfile.LNKTYPE, "nothing"),
        )
    )

    result = FileSystem(found).extract(tmp_path / "out", owners=False)

    assert names_in(tmp_path / "out") == ["suid"]
    assert stat.S_IMODE((tmp_path / "out/suid").stat().st_mode) == 0o755
    assert sorted(result.skipped, key=lambda it: it.path) == [
        Skipped("lost", "a hard link to nothing, which is not there"),
        Skipped("null", "a character device"),
        Skipped("pipe", "a fifo"),
        Skipped("suid", "setuid or setgid bit"),
    ]


def test_an_empty_folder_is_filled_and_a_full_one_refused(image, tmp_path):
    files = FileSystem(image(layer_of("a")))
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full/kept").write_text("kept")

    files.extract(tmp_path / "empty")
    assert names_in(tmp_path / "empty") == ["a"]
    with pytest.raises(FileAccessError, match="the folder is not empty"):
        files.extract(tmp_path / "full")
    with pytest.raises(FileAccessError, match="is a symbolic link"):
        (tmp_path / "new").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "new")
        files.extract(tmp_path / "link")
    with pytest.raises(MissingPathError):
        files.extract(tmp_path / "none/below")
    assert (tmp_path / "full/kept").read_text() == "kept"


def test_nothing_is_left_of_an_extraction_that_fails(image, tmp_path):
    closed = special("closed", tarfile.DIRTYPE, mode=0)
    files = FileSystem(image(layer_of(closed, ("closed/a", b"x" * 5000)), layer_of("b")))
    token = limits.CancelToken()
    token.cancel()

    with limits.limit(cancel=token), pytest.raises(CancelledError):
        files.extract(tmp_path / "out")
    assert not names_in(tmp_path)


def test_a_damaged_layer_fails(engine, tmp_path):
    content = layer_of(("a", b"1" * 2000))
    state = {"content": content}
    layer = tarball.layer_from_opener(lambda: io.BytesIO(state["content"]), engine=engine)
    files = FileSystem(mutate.append_layers(empty.image(engine=engine), layer))
    state["content"] = content[:700]

    with pytest.raises(Error):
        files.extract(tmp_path / "out")
    assert not names_in(tmp_path)
