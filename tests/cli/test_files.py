"""``files``, ``cat``, ``extract`` and ``diff``: the contents of images on the command line."""

from __future__ import annotations

import json

import pytest

from pyggcr import crane, layout, tarball

APP, OTHER = "25.0.2/app-tag.tar", "25.0.2/whiteout.tar"


@pytest.fixture
def archive(tmp_path):
    """The function that writes an archive with an image of some files."""

    def write(name, files):
        path = tmp_path / name
        tarball.write_to_file(path, f"{path.stem}:1", crane.image(files))
        return path

    return write


def test_files_lists_names(run, docker):
    result = run("files", docker / OTHER, "bin")

    assert (result.exit_code, result.stdout) == (0, "bin/rmtool\nbin/tool\nbin/tool-hard\n")


def test_files_shows_attributes(run, docker):
    lines = run("files", "--long", docker / OTHER, "/bin").stdout.splitlines()

    assert lines[2] == (
        "-rwxr-xr-x         0/0         3004 2023-11-14 22:13 bin/tool-hard link to bin/tool"
    )


def test_files_as_json(run, docker):
    described = json.loads(run("files", docker / OTHER, "etc", "--json").stdout)["files"]
    assert described[0] == {
        "path": "etc/dangling",
        "type": "symlink",
        "mode": "0777",
        "uid": 0,
        "gid": 0,
        "size": 0,
        "mtime": 1700000000,
        "layer": 0,
        "target": "/no/such/target",
    }


def test_what_is_not_there(run, docker):
    result = run("cat", docker / OTHER, "/etc/hello.txt")

    assert result.exit_code == 2
    assert result.stderr == (
        "pyggcr: open /etc/hello.txt: no such file or directory in the image\n"
    )


def test_cat_prints_bytes(run, archive):
    result = run("cat", archive("a.tar", {"b": b"\x00\xff\n"}), "/b")

    assert (result.exit_code, result.stdout_bytes) == (0, b"\x00\xff\n")


def test_a_layout_is_read_too(run, tmp_path):
    made = layout.write(tmp_path / "layout", crane_index())
    assert made is not None

    assert run("files", tmp_path / "layout").stdout == "a\n"


def crane_index():
    from pyggcr import empty, mutate

    return mutate.append_manifests(empty.index(), mutate.IndexAddendum(crane.image({"a": b""})))


def test_extract_writes_a_folder(run, docker, tmp_path):
    result = run("extract", docker / OTHER, tmp_path / "out", "--no-owners")

    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"19 files, 3681 bytes, written to {tmp_path}/out\n"
    assert (tmp_path / "out/bin/tool-hard").stat().st_nlink == 2
    again = run("extract", docker / OTHER, tmp_path / "out", "--json")
    assert again.exit_code == 2
    assert "the folder is not empty" in again.stderr


def test_diff_of_equal_images(run, docker):
    result = run("diff", docker / APP, docker / APP)

    assert (result.exit_code, result.stdout) == (0, "The images do not differ.\n")


def test_diff_of_two_images(run, archive):
    first = archive("first.tar", {"a": b"1", "b": b""})
    second = archive("second.tar", {"a": b"22", "c": b""})

    result = run("diff", first, second)

    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.split() for line in lines[3:]] == [
        ["file", "change", "bytes"],
        ["a", "changed:", "content", "+1"],
        ["b", "removed", "0"],
        ["c", "added", "0"],
        ["1", "added,", "1", "removed,", "1", "changed;", "+1", "bytes"],
    ]


def test_diff_as_json(run, archive):
    first, second = archive("first.tar", {"a": b"1"}), archive("second.tar", {"a": b"2"})

    document = json.loads(run("diff", first, second, "--json").stdout)

    assert document["equal"] is False
    (change,) = document["files"]
    assert (change["path"], change["kind"], change["fields"]) == ("a", "changed", ["content"])
    assert [layer["size"] for layer in document["layers"]] == [1, 1]
    alone = json.loads(run("diff", first, second, "--no-files", "--json").stdout)
    assert alone["files"] == []
    assert [layer["size"] for layer in alone["layers"]] == [None, None]


def test_diff_as_a_page(run, archive, tmp_path):
    first, second = archive("first.tar", {"<b>": b"1"}), archive("second.tar", {"<b>": b"2"})

    run("diff", first, second, "--html", tmp_path / "page.html")

    page = (tmp_path / "page.html").read_text()
    assert '<tr class="changed"><td>&lt;b&gt;<td>changed: content<td class="number">0' in page
    assert "<b>" not in page
    assert "http" not in page


def test_only_one_image_comes_from_standard_input(run):
    assert "Only one image" in run("diff", "-", "-").stderr
