"""``pyggcr.rootfs.FileSystem``: which files an image has, after all its layers."""

from __future__ import annotations

import tarfile

import pytest
from rootfs.conftest import layer_of, special

from pyggcr.errors import ArchiveError, FileAccessError, MissingPathError
from pyggcr.rootfs import FileSystem, tree


def names(image, path="/"):
    return [file.path for file in FileSystem(image).walk(path)]


def read(image, path):
    with FileSystem(image).open(path) as stream:
        return stream.read()


def symlink(name, target):
    return special(name, tarfile.SYMTYPE, target)


def hardlink(name, target):
    return special(name, tarfile.LNKTYPE, target)


def test_a_later_layer_wins(image):
    found = image(layer_of(("a", b"old"), ("b", b"kept")), layer_of(("./a", b"new")))

    assert names(found) == ["a", "b"]
    assert read(found, "a") == b"new"
    assert read(found, "/b") == b"kept"
    assert FileSystem(found).get("a").layer == 1


def test_a_later_entry_of_a_layer_wins(image):
    found = image(layer_of(("a", b"old"), ("a", b"new")))

    assert read(found, "a") == b"new"


def test_a_whiteout_removes_what_is_below(image):
    found = image(
        layer_of("d/", ("d/a", b""), ("d/b", b""), ("e/f", b"")), layer_of("d/.wh.a", ".wh.e")
    )

    assert names(found) == ["d", "d/b"]


@pytest.mark.parametrize("entries", [[".wh.a", ("a", b"new")], [("a", b"new"), ".wh.a"]])
def test_a_whiteout_is_not_for_its_own_layer(image, entries):
    found = image(layer_of(("a", b"old")), layer_of(*entries))

    assert read(found, "a") == b"new"


@pytest.mark.parametrize(
    "entries", [[".wh.d", "d/n"], ["d/", "d/n", ".wh.d"], ["d/n", "d/.wh..wh..opq"]]
)
def test_an_opaque_directory_hides_what_is_below(image, entries):
    assert names(image(layer_of("d/", "d/old"), layer_of(*entries))) == ["d", "d/n"]


def test_a_file_replaces_a_directory_and_the_other_way_round(image):
    found = image(layer_of("a/", "a/x", "b"), layer_of("a", "b/y"))

    assert [(file.path, file.type) for file in FileSystem(found).walk()] == [
        ("a", "file"),
        ("b", "directory"),
        ("b/y", "file"),
    ]


def test_whiteouts_of_aufs_are_no_files(image):
    assert names(image(layer_of("a", ".wh..wh.plnk/", ".wh..wh.aufs"))) == ["a"]


def test_links_are_followed_inside_the_image(image):
    found = image(
        layer_of("usr/bin/", ("usr/bin/tool", b"!"), symlink("bin", "usr/bin")),
        layer_of(symlink("tool", "/bin/tool"), symlink("up", "../../../usr")),
    )

    assert read(found, "tool") == b"!"
    assert read(found, "up/bin/tool") == b"!"
    assert names(found, "bin") == ["usr/bin/tool"]
    assert FileSystem(found).get("bin", follow=False).target == "usr/bin"


def test_an_entry_below_a_link_of_its_layer_is_where_the_link_leads(image):
    found = image(layer_of("real/", symlink("link", "real"), ("link/a", b"1")))

    assert names(found) == ["link", "real", "real/a"]
    assert read(found, "real/a") == b"1"


def test_links_in_a_circle_lead_nowhere(image):
    found = image(layer_of(symlink("a", "b"), symlink("b", "a")))

    with pytest.raises(MissingPathError):
        FileSystem(found).open("a/c")
    with pytest.raises(ArchiveError, match=r'"a/c": "[ab]" is not a directory'):
        FileSystem(image(layer_of(symlink("a", "b"), symlink("b", "a"), "a/c")))


def test_a_hard_link_shares_its_targets_content(image):
    found = image(
        layer_of(("a", b"one"), hardlink("b", "a")), layer_of(hardlink("c", "./b"), ".wh.a")
    )

    assert [(file.path, file.size) for file in FileSystem(found).walk()] == [("b", 3), ("c", 3)]
    assert read(found, "b") == read(found, "c") == b"one"


def test_a_hard_link_to_nothing_cannot_be_read(image):
    found = image(layer_of(hardlink("b", "a")))

    with pytest.raises(FileAccessError, match="^open b: a hard link to a, which is not there$"):
        FileSystem(found).open("b")


def test_what_is_no_file_cannot_be_read(image):
    found = image(layer_of("d/", special("p", tarfile.FIFOTYPE)))

    with pytest.raises(FileAccessError, match="^open d: is a directory$"):
        FileSystem(found).open("d")
    with pytest.raises(FileAccessError, match="^open p: is a fifo$"):
        FileSystem(found).open("p")
    with pytest.raises(MissingPathError, match="^open x: no such file or directory in the image$"):
        FileSystem(found).open("x")


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/.."])
def test_a_name_that_leads_out_is_refused(image, name):
    with pytest.raises(ArchiveError, match="unsafe tar path"):
        FileSystem(image(layer_of((name, b""))))


def test_names_that_no_system_takes_are_refused(image):
    with pytest.raises(ArchiveError, match="more than 4096 bytes"):
        FileSystem(image(layer_of("a/" * 2048 + "a")))


def test_only_so_many_files_are_listed(image, monkeypatch):
    monkeypatch.setattr(tree, "MAX_NODES", 5)

    assert len(names(image(layer_of(*"abcde")))) == 5
    with pytest.raises(ArchiveError, match="more files than pyggcr can list"):
        FileSystem(image(layer_of(*"abc"), layer_of("d/e/f")))


def test_bytes_that_are_no_utf8_stay_what_they_are(image):
    found = image(layer_of(("\udcff", b"1")))

    assert names(found) == ["\udcff"]
    assert read(found, "\udcff") == b"1"


def test_attributes(image):
    entry = special(
        "dev", tarfile.CHRTYPE, mode=0o4660, uid=1, gid=2, mtime=3, devmajor=4, devminor=5
    )
    entry.pax_headers = {"SCHILY.xattr.user.a": "b"}
    (file,) = FileSystem(image(layer_of(entry))).walk()

    assert (file.type, file.mode, file.uid, file.gid, file.mtime) == (
        "character device",
        0o4660,
        1,
        2,
        3,
    )
    assert (file.device, file.xattrs) == ((4, 5), (("user.a", b"b"),))
